//! Every message about a module, word for word: what is wrong with it, where, and what would have been right.
//!
//! What the specification calls a fault comes first in each, since its scripts compare beginnings. Messages of custom
//! sections and of images stand beside their code, those of traps in `fantail_core::trap`.

use fantail_core::module::Module;
use fantail_core::types::TypeStore;
use fantail_core::{Features, Proposal};

/// What is said of the module `bytes` when all proposals but `off` are on.
fn message_without(off: Option<Proposal>, bytes: &[u8]) -> String {
    let features = off.map_or(Features::all(), |proposal| Features::all().with(proposal, false));
    match Module::parse(bytes, &features, &mut TypeStore::new()) {
        Ok(_) => "nothing is wrong".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// What is said of a function's body, behind its offset; the function is named by `place`.
fn message_in_body(bytes: &[u8], place: &str) -> String {
    let error = Module::parse(bytes, &Features::all(), &mut TypeStore::new()).expect_err("it is not valid");
    let (message, offset) = (error.message(), error.offset().expect("it is somewhere"));
    assert_eq!(error.to_string(), format!("{message} (at offset {offset:#x}, {place})"));
    format!("{offset:#x}: {message}")
}

fn assemble(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}"))
}

/// Compares all before it fails, so that one run says what is amiss.
fn compare<T: std::fmt::Debug>(rows: &[(T, &str)], message: impl Fn(&T) -> String) {
    let mut wrong = String::new();
    for (input, expected) in rows {
        let found = message(input);
        if found != *expected {
            // Some are long.
            let input: String = format!("{input:?}").chars().take(200).collect();
            wrong += &format!("{input}\n  expected: {expected}\n  found:    {found}\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn section(id: u8, contents: &[u8]) -> Vec<u8> {
    assert!(contents.len() < 0x80, "its length takes one byte");
    [&[id, contents.len() as u8], contents].concat()
}

/// The module of these sections.
fn module(sections: &[(u8, &[u8])]) -> Vec<u8> {
    let sections: Vec<u8> = sections.iter().flat_map(|(id, contents)| section(*id, contents)).collect();
    [b"\0asm\x01\0\0\0", sections.as_slice()].concat()
}

/// A module with a memory, a tag and a function, the latter without parameters and results, whose body is `body`.
fn with_body(body: &[u8]) -> Vec<u8> {
    let code = [&[1, body.len() as u8], body].concat();
    module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (5, &[1, 0, 1]), (13, &[1, 0, 0]), (10, &code)])
}

#[test]
fn instructions_that_are_not_valid() {
    // One module around them all: function 0 is imported, the instructions are those of function 1.
    let message = |body: &&str| {
        let text = format!(
            r#"(module
            (type $func (func))
            (type $pair (struct (field i8) (field i32) (field (mut (ref any)))))
            (type $bytes (array i8))
            (type $ints (array (mut i32)))
            (type $longs (array (mut i64)))
            (type $refs (array (mut anyref)))
            (type $strict (array (mut (ref any))))
            (import "" "" (func (param i32)))
            (import "" "" (global i32))
            (table 1 externref)
            (memory 1)
            (tag $tag (param i32))
            (data "x")
            (elem externref)
            (func $f (param i32) (result i32) (local (ref any)) {body}))"#
        );
        message_in_body(&assemble(&text), "in function 1 \"f\"")
    };
    compare(
        &[
            ("f64.const 0", "0x67: type mismatch: expected i32, found f64"),
            ("", "0x5e: type mismatch: expected i32, found nothing on the stack"),
            ("i32.const 0 i32.const 1", "0x62: type mismatch: 1 values remain at the end of the block"),
            ("local.get 9", "0x5e: unknown local 9"),
            ("local.get 1", "0x5e: uninitialized local 1"),
            ("global.get 9", "0x5e: unknown global 9"),
            ("i32.const 1 global.set 0", "0x60: immutable global 0"),
            ("call 9", "0x5e: unknown function 9"),
            ("ref.func 9", "0x5e: unknown function 9"),
            (
                "ref.func 0",
                "0x5e: undeclared function reference 0: it is in no export, global or element segment",
            ),
            ("br 9", "0x5e: unknown label 9"),
            ("memory.size 9", "0x5e: unknown memory 9"),
            ("table.size 9", "0x5e: unknown table 9"),
            ("throw 9", "0x5e: unknown tag 9"),
            ("data.drop 9", "0x61: unknown data segment 9"),
            ("elem.drop 9", "0x5e: unknown elem segment 9"),
            ("block (type 9) end", "0x5e: unknown type 9"),
            ("block (type $pair) end", "0x5e: type mismatch: type 1 is not a function type"),
            (
                "local.get 0 i32.load8_u align=4",
                "0x60: alignment must not be larger than natural: 2^2 for an access to 2^0 bytes",
            ),
            (
                "local.get 0 i32.atomic.load align=2",
                "0x60: alignment of an atomic access must be natural: 2^1 for 2^2 bytes",
            ),
            (
                "local.get 0 i32.load offset=0x100000000",
                "0x60: offset out of range: 4294967296 into a memory with 32-bit indices",
            ),
            (
                "local.get 0 if (result i32) i32.const 1 end",
                "0x64: type mismatch: if without else must have its parameters as results",
            ),
            (
                "block block (result i32) local.get 0 local.get 0 br_table 0 1 end drop end local.get 0",
                "0x66: type mismatch: br_table has labels of 1 and of 0 values",
            ),
            (
                "local.get 0 call_indirect (type $func)",
                "0x60: type mismatch: expected a table of functions, found one of externref",
            ),
            (
                "return_call 0",
                "0x5e: type mismatch: the results of a tail call must be those of its function",
            ),
            (
                "block try_table (catch $tag 0) end end local.get 0",
                "0x60: type mismatch: a catch clause passes other values than its label takes",
            ),
            (
                "try catch $tag rethrow 1 end local.get 0",
                "0x62: invalid rethrow label: it must be that of a catch",
            ),
            (
                "block ref.null any br_on_non_null 0 end local.get 0",
                "0x62: type mismatch: br_on_non_null passes a reference, its label takes none",
            ),
            (
                "block ref.null any br_on_cast 0 anyref eqref drop end local.get 0",
                "0x62: type mismatch: a branch on cast passes a reference, its label takes none",
            ),
            (
                "block (result i31ref) ref.null any br_on_cast 0 anyref eqref end drop local.get 0",
                "0x62: type mismatch: expected (ref null i31), found (ref null eq)",
            ),
            (
                "ref.null any br_on_cast 0 eqref anyref drop local.get 0",
                "0x60: type mismatch: expected a cast to a subtype of (ref null eq), found (ref null any)",
            ),
            ("struct.new_default 9", "0x5e: unknown type 9"),
            ("struct.new_default $bytes", "0x5e: type mismatch: type 2 is not a structure type"),
            ("array.new_default $pair", "0x5e: type mismatch: type 1 is not an array type"),
            ("struct.new_default $pair", "0x5e: type mismatch: field type (ref any) has no default value"),
            ("array.new_default $strict", "0x5e: type mismatch: field type (ref any) has no default value"),
            (
                "ref.null $pair struct.get $pair 0",
                "0x60: type mismatch: field is packed: to be read with _s or _u",
            ),
            (
                "ref.null $pair struct.get_s $pair 1",
                "0x60: type mismatch: field is unpacked: to be read without _s or _u",
            ),
            ("ref.null $pair struct.get $pair 9", "0x60: unknown field 9 of type 1"),
            ("ref.null $pair local.get 0 struct.set $pair 1", "0x62: immutable field 1 of type 1"),
            ("ref.null $bytes local.get 0 local.get 0 array.set $bytes", "0x64: immutable array 2"),
            (
                "ref.null $ints local.get 0 ref.null $longs local.get 0 local.get 0 array.copy $ints $longs",
                "0x68: array types do not match: elements of type i64 are copied to those of type i32",
            ),
            (
                "ref.null $ints local.get 0 ref.null $bytes local.get 0 local.get 0 array.copy $ints $bytes",
                "0x68: array types do not match: elements of type i8 are copied to those of type i32",
            ),
            (
                "local.get 0 local.get 0 array.new_data $refs 0",
                "0x65: array type is not numeric or vector: its elements are (ref null any)",
            ),
            (
                "local.get 0 local.get 0 array.new_elem $bytes 0",
                "0x62: type mismatch: expected an array of references, found a packed array",
            ),
            (
                "local.get 0 local.get 0 array.new_elem $ints 0",
                "0x62: type mismatch: expected i32, found externref",
            ),
            (
                "array.new_fixed $ints 10001",
                "0x5e: too many operands of array.new_fixed: 10001, where 10000 is the limit of this implementation",
            ),
        ],
        message,
    );
}

/// Instructions that no text stands for.
#[test]
fn bodies_that_are_not_well_formed() {
    compare(
        &[
            // nop
            (&[0, 0x01][..], "0x22: END opcode expected"),
            // end; nop
            (&[0, 0x0B, 0x01], "0x22: section size mismatch: the body goes on after its end"),
            // 2^32 - 1 locals of type i32, and one more
            (&[2, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x7F, 1, 0x7F, 0x0B], "0x20: too many locals: 4294967296"),
            // 50,001 locals
            (
                &[1, 0xD1, 0x86, 0x03, 0x7F, 0x0B],
                "0x20: too many locals: 50001, where 50000 is the limit of this implementation",
            ),
            // A local of type 0x10
            (&[1, 1, 0x10, 0x0B], "0x22: malformed value type 0x10"),
            // else; catch_all; catch 0; delegate 0: none of them in what they end
            (&[0, 0x05, 0x0B], "0x21: else without if"),
            (&[0, 0x19, 0x0B], "0x21: catch without try"),
            (&[0, 0x07, 0x00, 0x0B], "0x21: catch without try"),
            (&[0, 0x18, 0x00, 0x0B], "0x21: delegate without try"),
            // No instructions
            (&[0, 0xFF, 0x0B], "0x21: illegal opcode 0xff"),
            (&[0, 0xFB, 0x7F, 0x0B], "0x21: illegal opcode 0xfb 0x7f"),
            // block of a type that is neither an index nor one byte
            (&[0, 0x02, 0x80, 0x7F, 0x0B, 0x0B], "0x22: malformed block type: neither a type nor its index"),
            // i32.const 0; i32.load with bit 7 of the flags
            (&[0, 0x41, 0, 0x28, 0x80, 0x01, 0, 0x1A, 0x0B], "0x24: malformed memop flags 0x80"),
            // try_table with a clause of kind 4
            (&[0, 0x1F, 0x40, 1, 4, 0, 0x0B, 0x0B], "0x24: malformed catch clause 0x04"),
            // br_on_cast
            (&[0, 0xFB, 24, 4, 0, 0x6E, 0x6E, 0x0B], "0x23: malformed br_on_cast flags 0x04"),
            // select of no type and of two
            (&[0, 0x1C, 0, 0x0B], "0x22: invalid result arity: a select of 0 types"),
            (&[0, 0x1C, 2, 0x7F, 0x7F, 0x0B], "0x22: invalid result arity: a select of 2 types"),
            // i8x16.extract_lane_s
            (&[0, 0xFD, 21, 16, 0x0B], "0x23: invalid lane index 16: there are 16"),
            // atomic.fence
            (&[0, 0xFE, 3, 1, 0x0B], "0x23: zero byte expected, found 0x01"),
            // data.drop
            (&[0, 0xFC, 9, 0, 0x0B], "0x21: data count section required"),
            // ref.null of a negative number that is no heap type
            (&[0, 0xD0, 0x40, 0x0B], "0x22: malformed heap type 0x40"),
            // br_table with more labels than bytes
            (&[0, 0x0E, 9, 0x0B], "0x24: unexpected end of section or function"),
            // i32.const of six bytes, and of more than 32 bits
            (&[0, 0x41, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x0B], "0x22: integer representation too long"),
            (&[0, 0x41, 0xFF, 0xFF, 0xFF, 0xFF, 0x1F, 0x0B], "0x22: integer too large"),
            // local.get without an index
            (&[0, 0x20], "0x22: unexpected end of section or function"),
        ],
        |body| message_in_body(&with_body(body), "in function 0"),
    );
}

#[test]
fn definitions_that_are_not_valid() {
    compare(
        &[
            ("(module (func (type 9)))", "unknown type 9 (at offset 0xb)"),
            (
                "(module (type (struct)) (import \"\" \"\" (func (type 0))))",
                "type mismatch: type 0 is not a function type (at offset 0x10)",
            ),
            ("(module (type (struct (field (ref 9)))))", "unknown type 9 (at offset 0xb)"),
            (
                "(module (type (sub 1 (struct))) (type (sub (struct))))",
                "unknown type 1: not before its subtype 0 (at offset 0xb)",
            ),
            (
                "(module (type (sub final (struct))) (type (sub 0 (struct))))",
                "sub type 1 of 0, which is final (at offset 0xd)",
            ),
            (
                "(module (type (sub (struct (field i32)))) (type (sub 0 (struct))))",
                "sub type 1 does not match its super type 0 (at offset 0x11)",
            ),
            ("(module (tag (result i32)))", "non-empty tag result type (at offset 0x12)"),
            ("(module (memory 65537))", "memory size must be at most 65536 pages (4GiB) (at offset 0xb)"),
            (
                "(module (memory i64 0x1000000000001))",
                "memory size must be at most 281474976710656 pages (at offset 0xb)",
            ),
            ("(module (memory 2 1))", "size minimum must not be greater than maximum (at offset 0xb)"),
            ("(module (table 2 1 funcref))", "size minimum must not be greater than maximum (at offset 0xb)"),
            (
                "(module (table 1 (ref func)))",
                "type mismatch: a table of (ref func) needs an initial value (at offset 0xb)",
            ),
            ("(module (export \"f\" (func 9)))", "unknown function 9 (at offset 0xb)"),
            ("(module (export \"f\" (table 9)))", "unknown table 9 (at offset 0xb)"),
            ("(module (export \"f\" (memory 9)))", "unknown memory 9 (at offset 0xb)"),
            ("(module (export \"f\" (global 9)))", "unknown global 9 (at offset 0xb)"),
            ("(module (export \"f\" (tag 9)))", "unknown tag 9 (at offset 0xb)"),
            (
                "(module (func (export \"f\")) (memory (export \"f\") 1))",
                "duplicate export name \"f\" (at offset 0x1e)",
            ),
            (
                "(module (func $f (param i32)) (start $f))",
                "start function must have no parameters and no results (at offset 0x15)",
            ),
            ("(module (start 9))", "unknown function 9 (at offset 0xa)"),
            ("(module (global i32 (i64.const 1)))", "type mismatch: expected i32, found i64 (at offset 0xf)"),
            (
                "(module (global i32 (i32.popcnt (i32.const 1))))",
                "constant expression required: i32.popcnt is not constant (at offset 0xf)",
            ),
            (
                "(module (global $g (mut i32) (i32.const 1)) (global i32 (global.get $g)))",
                "constant expression required: global 0 is not constant (at offset 0x12)",
            ),
            (
                "(module (global i32 (return)))",
                "constant expression required: return is not constant (at offset 0xd)",
            ),
            (
                "(module (table 1 externref) (func $f) (elem (i32.const 0) func $f))",
                "type mismatch: elements of type (ref func) for a table of externref (at offset 0x1b)",
            ),
            ("(module (elem (i32.const 0)))", "unknown table 0 (at offset 0xb)"),
            ("(module (elem func 9))", "unknown function 9 (at offset 0xe)"),
            ("(module (data (i32.const 0)))", "unknown memory 0 (at offset 0xb)"),
        ],
        |text| message_without(None, &assemble(text)),
    );
}

#[test]
fn sections_that_are_not_well_formed() {
    compare(
        &[
            (
                b"\0asm\x01\0\0\0\x01\x09".to_vec(),
                "length out of bounds: 9 bytes, where 0 are left (at offset 0xa)",
            ),
            (b"\0asm\x01\0\0\0\x01".to_vec(), "unexpected end (at offset 0x9)"),
            (b"\0ASM\x01\0\0\0".to_vec(), "magic header not detected (at offset 0x0)"),
            (b"\0asm\x0d\0\x01\0".to_vec(), "unknown binary version: this is a component (at offset 0x4)"),
            (b"\0asm\x02\0\0\0".to_vec(), "unknown binary version (at offset 0x4)"),
            (b"\0asm\x01".to_vec(), "unexpected end (at offset 0x5)"),
            (b"\0as".to_vec(), "unexpected end (at offset 0x3)"),
            (module(&[(14, &[])]), "malformed section id 14 (at offset 0x8)"),
            (module(&[(2, &[0]), (1, &[0])]), "unexpected content after last section (at offset 0xb)"),
            (
                module(&[(1, &[0, 0])]),
                "section size mismatch: its contents end before it does (at offset 0xb)",
            ),
            (
                module(&[(1, &[1])]),
                "unexpected end of section or function: length out of bounds (at offset 0xa)",
            ),
            (module(&[(1, &[1, 0x5D])]), "malformed type form 0x5d (at offset 0xb)"),
            (
                module(&[(1, &[1, 0xE0, 0x7F])]),
                "integer representation too long: type form 0xe0 (at offset 0xb)",
            ),
            // A sub type of two types, without fields
            (
                module(&[(1, &[1, 0x50, 2, 0, 0, 0x5F, 0])]),
                "sub type with 2 supertypes, where one is possible (at offset 0xc)",
            ),
            // An array of i32, neither constant nor mutable
            (module(&[(1, &[1, 0x5E, 0x7F, 2])]), "malformed mutability 0x02 (at offset 0xd)"),
            // A parameter of type 0x20; more parameters than bytes
            (module(&[(1, &[1, 0x60, 1, 0x20, 0])]), "malformed value type 0x20 (at offset 0xd)"),
            (
                module(&[(1, &[1, 0x60, 9, 0x7F, 0])]),
                "unexpected end of section or function: length out of bounds (at offset 0xc)",
            ),
            // Imports of kind 5, and of a name that is no UTF-8 or too long
            (module(&[(2, &[1, 0, 0, 5])]), "malformed import kind 0x05 (at offset 0xd)"),
            (module(&[(2, &[1, 1, 0xFF, 0, 0])]), "malformed UTF-8 encoding (at offset 0xc)"),
            (module(&[(2, &[1, 9, 0])]), "length out of bounds: 9 bytes, where 1 are left (at offset 0xc)"),
            (
                module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0])]),
                "function and code section have inconsistent lengths: 1 and 0 (at offset 0x12)",
            ),
            (
                module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0]), (10, &[2, 2, 0, 0x0B, 2, 0, 0x0B])]),
                "function and code section have inconsistent lengths: 1 and 2 (at offset 0x14)",
            ),
            (module(&[(4, &[1, 0x7F, 0, 1])]), "malformed reference type 0x7f (at offset 0xb)"),
            (module(&[(4, &[1, 0x70, 8, 1])]), "malformed limits flags 0x08 (at offset 0xc)"),
            (
                module(&[(4, &[1, 0x40, 1, 0x70, 0, 1])]),
                "malformed table: 0x40 must be followed by 0x00 (at offset 0xb)",
            ),
            (module(&[(5, &[1, 16, 1])]), "malformed limits flags 0x10 (at offset 0xb)"),
            // Shared, without a maximum
            (module(&[(5, &[1, 2, 1])]), "shared memory must have maximum (at offset 0xb)"),
            // Pages of 2^3 bytes, of 2^64
            (
                module(&[(5, &[1, 8, 1, 3])]),
                "invalid custom page size: the logarithm must be 0 or 16, not 3 (at offset 0xb)",
            ),
            (module(&[(5, &[1, 8, 1, 64])]), "invalid custom page size: its logarithm is 64 (at offset 0xd)"),
            (module(&[(13, &[1, 1, 0])]), "malformed tag attribute 0x01 (at offset 0xb)"),
            (module(&[(7, &[1, 0, 5, 0])]), "malformed export kind 0x05 (at offset 0xc)"),
            (module(&[(9, &[1, 8])]), "malformed elements segment kind 8 (at offset 0xb)"),
            // Passive, of kind 1
            (module(&[(9, &[1, 1, 1, 0])]), "malformed element kind 0x01 (at offset 0xc)"),
            (
                module(&[(12, &[1])]),
                "data count and data section have inconsistent lengths: 1 and 0 (at offset 0xb)",
            ),
            (module(&[(11, &[1, 3])]), "malformed data segment kind 3 (at offset 0xb)"),
            (module(&[(11, &[1, 1, 9])]), "length out of bounds: 9 bytes, where 0 are left (at offset 0xd)"),
        ],
        |bytes| message_without(None, bytes),
    );
}

#[test]
fn proposals_that_are_off() {
    use Proposal::*;
    let rows: &[((Proposal, &str), &str)] = &[
        (
            (MultiMemory, "(module (memory 1) (memory 1))"),
            "multiple memories need the proposal multi-memory, which is not enabled (at offset 0xd)",
        ),
        (
            (MultiMemory, "(module (memory 1) (func (drop (i32.load 1 (i32.const 0)))))"),
            "a memory index needs the proposal multi-memory, which is not enabled (at offset 0x20, in function 0)",
        ),
        (
            (ReferenceTypes, "(module (table 1 funcref) (table 1 funcref))"),
            "multiple tables need the proposal reference-types, which is not enabled (at offset 0xe)",
        ),
        (
            (ReferenceTypes, "(module (table 1 anyref))"),
            "a table of anything but funcref needs the proposal reference-types, which is not enabled (at offset 0xb)",
        ),
        (
            (ReferenceTypes, "(module (table 1 externref))"),
            "the type externref needs the proposal reference-types, which is not enabled (at offset 0xc)",
        ),
        (
            (MultiValue, "(module (func (result i32 i32) unreachable))"),
            "invalid result arity: several results need the proposal multi-value, which is not enabled (at offset 0xd)",
        ),
        (
            (MultiValue, "(module (func i32.const 0 block (param i32) drop end))"),
            "a block with a function type needs the proposal multi-value, which is not enabled (at offset 0x1d, in \
             function 0)",
        ),
        (
            (MutableGlobal, "(module (import \"\" \"\" (global (mut i32))))"),
            "an imported global that is mutable needs the proposal mutable-global, which is not enabled (at offset \
             0xb)",
        ),
        (
            (MutableGlobal, "(module (global (export \"g\") (mut i32) (i32.const 0)))"),
            "an exported global that is mutable needs the proposal mutable-global, which is not enabled (at offset \
             0x13)",
        ),
        (
            (BulkMemory, "(module (data \"x\"))"),
            "a data segment that is not active needs the proposal bulk-memory, which is not enabled (at offset 0xb)",
        ),
        (
            (BulkMemory, "(module (elem func))"),
            "an element segment that is not active needs the proposal bulk-memory, which is not enabled (at offset \
             0xb)",
        ),
        (
            (Memory64, "(module (memory i64 1))"),
            "a 64-bit index type needs the proposal memory64, which is not enabled (at offset 0xc)",
        ),
        (
            (FunctionReferences, "(module (type (func)) (func (param (ref 0))))"),
            "a typed reference needs the proposal function-references, which is not enabled (at offset 0x11)",
        ),
        (
            (FunctionReferences, "(module (table 1 funcref (ref.null func)))"),
            "a table with an initial value needs the proposal function-references, which is not enabled (at offset \
             0xb)",
        ),
        (
            (Gc, "(module (type (struct)))"),
            "a structure type needs the proposal gc, which is not enabled (at offset 0xc)",
        ),
        (
            (Gc, "(module (type (array i8)))"),
            "an array type needs the proposal gc, which is not enabled (at offset 0xc)",
        ),
        (
            (Gc, "(module (rec (type (func))))"),
            "a recursive type needs the proposal gc, which is not enabled (at offset 0xb)",
        ),
        (
            (Gc, "(module (type (sub (func))))"),
            "a sub type needs the proposal gc, which is not enabled (at offset 0xb)",
        ),
        (
            (Gc, "(module (func (param anyref)))"),
            "the heap type any needs the proposal gc, which is not enabled (at offset 0xe)",
        ),
        (
            (Exceptions, "(module (func (param exnref)))"),
            "the type exnref needs the proposal exception-handling, which is not enabled (at offset 0xe)",
        ),
        (
            (Simd, "(module (func (param v128)))"),
            "the type v128 needs the proposal simd, which is not enabled (at offset 0xd)",
        ),
        (
            (SignExtension, "(module (func (param i32) (drop (i32.extend8_s (local.get 0)))))"),
            "i32.extend8_s needs the proposal sign-extension, which is not enabled (at offset 0x1a, in function 0)",
        ),
        (
            (ExtendedConst, "(module (global i32 (i32.add (i32.const 1) (i32.const 1))))"),
            "constant expression required: i32.add is not constant (at offset 0x11)",
        ),
        (
            (TailCall, "(module (func return_call 0))"),
            "return_call needs the proposal tail-call, which is not enabled (at offset 0x17, in function 0)",
        ),
        (
            (FunctionReferences, "(module (type (func)) (func unreachable return_call_ref 0))"),
            "return_call_ref needs the proposal function-references, which is not enabled (at offset 0x18, in \
             function 0)",
        ),
    ];
    compare(rows, |(off, text)| message_without(Some(*off), &assemble(text)));
}

/// What is valid, but more than this implementation takes.
#[test]
fn limits_of_the_implementation() {
    let many = |count: usize, what: &str| what.repeat(count);
    let nested: String = (0..64).map(|parent| format!("(type (sub {parent} (struct)))")).collect();
    let calls = format!(
        "(module (func $many (result{}) unreachable) (func {}))",
        many(1000, " i32"),
        many(1002, "call $many ")
    );
    // A function whose body is one byte too long.
    let mut long = module(&[(1, &[1, 0x60, 0, 0]), (3, &[1, 0])]);
    long.extend([10, 0xB7, 0x97, 0xD3, 0x03, 1, 0xB2, 0x97, 0xD3, 0x03]);
    long.resize(long.len() + 7_654_322, 0x01);
    compare(
        &[
            (
                assemble(&format!("(module (func (param{})))", many(1001, " i32"))),
                "too many parameters: 1001, where 1000 is the limit of this implementation (at offset 0xd)",
            ),
            (
                assemble(&format!("(module (func (result{}) unreachable))", many(1001, " i32"))),
                "too many results: 1001, where 1000 is the limit of this implementation (at offset 0xe)",
            ),
            (
                assemble(&format!("(module (type (struct {})))", many(10_001, "(field i8)"))),
                "too many fields: 10001, where 10000 is the limit of this implementation (at offset 0xd)",
            ),
            (
                assemble(&format!("(module {})", many(101, "(memory 0)"))),
                "too many memories: 101, where 100 is the limit of this implementation (at offset 0xd4)",
            ),
            (
                assemble(&format!("(module (type (sub (struct))) {nested})")),
                "sub type 64 has too many supertypes: 63 is the limit of this implementation (at offset 0x14b)",
            ),
            (
                assemble(&calls),
                "too many operands on the stack: 1000000 is the limit of this implementation (at offset 0xbdd, in \
                 function 1)",
            ),
            (
                long,
                "too large a function body: 7654322 bytes, where 7654321 is the limit of this implementation (at \
                 offset 0x1c)",
            ),
            // A million imports and one: what they are is not even read
            (
                module(&[(2, &[0xC1, 0x84, 0x3D])]),
                "too many imports: 1000001, where 1000000 is the limit of this implementation (at offset 0xa)",
            ),
        ],
        |bytes| message_without(None, bytes),
    );
}
