//! Every function of real programs is translated, and its code passes the verifier.

use fantail_core::ErrorKind;
use fantail_core::features::Features;
use fantail_core::ir::Disassembly;
use fantail_core::ir::verify::{Bounds, verify, verify_handlers};
use fantail_core::module::Module;
use fantail_core::translate::Translator;
use fantail_core::types::{FuncIdx, TypeStore};
use fantail_core::validate::{FuncValidator, validate_body};
use std::{fs, path::Path};

/// Translates all functions of a module; returns how many, and how many need what is not executed yet.
fn translate_all(name: &str, bytes: &[u8]) -> (usize, usize) {
    let module = Module::parse(bytes, &Features::all(), &mut TypeStore::new()).expect(name);
    let mut translator = Translator::new();
    let mut validator = FuncValidator::new();
    let (mut translated, mut unsupported) = (0, 0);
    for func in (module.imported_funcs..module.funcs.len() as u32).map(FuncIdx) {
        match translator.translate(&module, bytes, func).map(<[u64]>::to_vec) {
            Ok(code) => {
                let bounds = Bounds::new(&module, translator.frame_cells());
                verify(&code, &bounds).unwrap_or_else(|fault| panic!("{name}, function {func}: {fault}"));
                verify_handlers(translator.handlers(), &code, &bounds)
                    .unwrap_or_else(|fault| panic!("{name}, handlers of function {func}: {fault}"));
                validate_body(&module, bytes, func, &mut validator).expect(name);
                let again = translator.translate_validated(&module, bytes, func, &validator);
                assert!(
                    again == Ok(&code),
                    "{name}, function {func}: validated just before, it becomes other code"
                );
                translated += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Unsupported, "{name}: {error}");
                unsupported += 1;
            }
        }
    }
    (translated, unsupported)
}

#[test]
fn code_of_real_programs_passes_the_verifier() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    for folder in ["guests", "bench"] {
        let Ok(entries) = fs::read_dir(shared.join(folder)) else {
            eprintln!("SKIPPED: no programs in ../shared/{folder}");
            continue;
        };
        for entry in entries {
            let path = entry.expect("its entries can be read").path();
            if path.extension().is_some_and(|extension| extension == "wasm") {
                let name = path.display().to_string();
                let (translated, unsupported) = translate_all(&name, &fs::read(&path).expect(&name));
                println!("{name}: {translated} functions, {unsupported} not executed yet");
                assert!(translated > 0, "{name}");
            }
        }
    }
}

#[test]
fn a_load_that_is_delayed_keeps_its_position() {
    let bytes = wat::parse_str(
        "(module (memory 1) (func (param i32 i32) (result v128)
            (f32x4.sub (v128.load (local.get 0)) (v128.load32_splat (local.get 1)))))",
    )
    .expect("the text is well-formed");
    let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("the module is valid");
    let mut translator = Translator::new();
    let (code, positions) =
        translator.translate_with_positions(&module, &bytes, FuncIdx(0)).expect("it is translated");
    let text = Disassembly(code).to_string();
    let (splat, sub) = (text.find("v128.load32_splat s1"), text.find("v128.load+f32x4.sub s0"));
    assert!(splat.is_some() && splat < sub, "{text}");
    // `v128.load32_splat`, then `v128.load`, behind their prefix.
    let opcodes: Vec<u8> =
        positions.iter().take(2).map(|position| bytes[position.offset as usize + 1]).collect();
    assert_eq!(opcodes, [9, 0]);
}

#[test]
fn a_sum_in_memory_has_the_position_of_its_load() {
    let bytes = wat::parse_str(
        "(module (memory 1) (func (param i32)
            (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.const 1)))))",
    )
    .expect("the text is well-formed");
    let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("the module is valid");
    let mut translator = Translator::new();
    let (code, positions) =
        translator.translate_with_positions(&module, &bytes, FuncIdx(0)).expect("it is translated");
    assert!(Disassembly(code).to_string().contains("i32.add_to s0, 1 +0"));
    // i32.load, end.
    let opcodes: Vec<u8> = positions.iter().map(|position| bytes[position.offset as usize]).collect();
    assert_eq!(opcodes, [0x28, 0x0b]);
}

#[test]
fn positions_name_the_instruction_that_an_op_comes_from() {
    let bytes = wat::parse_str(
        "(module (memory 1) (func (param i32) (result i32) (i32.load (i32.mul (local.get 0) (i32.const 3)))))",
    )
    .expect("the text is well-formed");
    let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("the module is valid");
    let mut translator = Translator::new();
    let plain = translator.translate(&module, &bytes, FuncIdx(0)).expect("it is translated").to_vec();
    let (code, positions) =
        translator.translate_with_positions(&module, &bytes, FuncIdx(0)).expect("it is translated");
    assert_eq!(code, plain);
    // i32.mul, i32.load, end.
    let opcodes: Vec<u8> = positions.iter().map(|position| bytes[position.offset as usize]).collect();
    assert_eq!(opcodes, [0x6c, 0x28, 0x0b]);
    assert_eq!(positions.iter().map(|position| position.word).collect::<Vec<_>>(), [0, 2, 4]);
}

#[test]
fn positions_tell_which_ops_are_of_a_function_that_was_inlined() {
    let bytes = wat::parse_str(
        "(module (memory 1)
            (func $is_zero (param i32) (result i32) (i32.eqz (local.get 0)))
            (func $get (param i32) (result i32) (i32.load (local.get 0)))
            (func (param i32) (result i32)
                (if (call $is_zero (i32.load (local.get 0))) (then (return (call $get (i32.const 4)))))
                (call $get (call $get (local.get 0)))))",
    )
    .expect("the text is well-formed");
    let module = Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).expect("the module is valid");
    let mut translator = Translator::new();
    let (code, positions) =
        translator.translate_with_positions(&module, &bytes, FuncIdx(2)).expect("it is translated");
    let ops: Vec<String> = Disassembly(code).to_string().lines().map(|line| line[7..].to_owned()).collect();
    let found: Vec<_> = ops
        .iter()
        .zip(&positions)
        .map(|(op, position)| {
            let func = module.func_at(position.offset as usize).expect("it is in a body");
            let called_at = position.call.map(|call| {
                assert_eq!(module.func_at(call as usize), Some(FuncIdx(2)));
                bytes[call as usize..][..2].to_vec()
            });
            (op.as_str(), func.0, bytes[position.offset as usize], called_at)
        })
        .collect();
    let get = Some(vec![0x10, 1]);
    assert_eq!(
        found,
        [
            ("acc = load_br_i32.ne s0 +0, 0 -> 7", 2, 0x28, None),
            ("acc = i32.load 0 +4", 1, 0x28, get.clone()),
            ("return.1.i32 acc, record=1", 2, 0x0f, None),
            ("acc = i32.load s0 +0", 1, 0x28, get.clone()),
            ("acc = i32.load acc +0", 1, 0x28, get),
            ("return.1.i32 acc, record=1", 2, 0x0b, None),
        ]
    );
    assert_eq!(module.func_at(bytes.len()), None);
    assert_eq!(module.func_at(0), None);
}
