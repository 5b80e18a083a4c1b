//! Bytes that are no valid module: decoding and validation must return, and never panic.

use fantail_core::module::{BlockType, Module, Reader};
use fantail_core::types::TypeStore;
use fantail_core::{ErrorKind, Features};
use std::path::Path;
use std::time::{Duration, Instant};

/// How long a test spends on one program.
const BUDGET: Duration = Duration::from_millis(400);

fn guests() -> Vec<(String, Vec<u8>)> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/guests"));
    let Ok(entries) = std::fs::read_dir(path) else {
        eprintln!("SKIPPED: the guest programs are not beside this checkout");
        return Vec::new();
    };
    let mut guests: Vec<_> = entries
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .map(|path| {
            (path.file_name().expect("a file").display().to_string(), std::fs::read(&path).expect("readable"))
        })
        .collect();
    guests.sort();
    guests
}

fn parse(bytes: &[u8]) -> Result<Module, fantail_core::Error> {
    Module::parse(bytes, &Features::all(), &mut TypeStore::new())
}

/// A generator of reproducible numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }
}

#[test]
fn programs_of_real_toolchains_are_valid() {
    for (name, bytes) in guests() {
        parse(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn prefixes_of_a_module_are_rejected_without_panic() {
    for (name, bytes) in guests() {
        // Every prefix of a small module; of a large one as many as there is time for.
        let start = Instant::now();
        let step = (bytes.len() / 20_000).max(1);
        for len in (0..bytes.len()).step_by(step) {
            if let Ok(module) = parse(&bytes[..len]) {
                // A cut between sections may be fine, but never one that leaves a function without body.
                assert_eq!(
                    module.imported_funcs as usize + module.bodies.len(),
                    module.funcs.len(),
                    "{name}"
                );
            }
            if start.elapsed() > BUDGET {
                break;
            }
        }
    }
}

#[test]
fn mutated_modules_are_accepted_or_rejected_without_panic() {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for (name, bytes) in guests() {
        let start = Instant::now();
        let (mut accepted, mut rejected) = (0, 0);
        let mut mutant = bytes.clone();
        for _ in 0..3000 {
            let at = random.below(bytes.len());
            mutant[at] = random.below(256) as u8;
            match parse(&mutant) {
                Ok(_) => accepted += 1,
                Err(_) => rejected += 1,
            }
            mutant[at] = bytes[at];
            if start.elapsed() > BUDGET {
                break;
            }
        }
        println!("{name}: {accepted} mutants accepted, {rejected} rejected");
    }
}

/// Reads instructions from random bytes, as a translator would from a body it trusts too much.
#[test]
fn readers_make_progress_on_random_bytes() {
    let mut random = Random(7);
    for _ in 0..20_000 {
        let bytes: Vec<u8> = (0..40).map(|_| random.below(256) as u8).collect();
        let mut reader = Reader::new(&bytes, 3..bytes.len());
        loop {
            let before = reader.offset();
            let Ok(instr) = reader.instr() else { break };
            if reader.skip_immediates(instr).is_err() {
                break;
            }
            assert!(reader.offset() > before);
        }
        let block = Reader::new(&bytes, 0..bytes.len()).block_type();
        assert!(!matches!(block, Ok(BlockType::Empty)) || bytes[0] == 0x40);
    }
}

fn leb128(mut value: usize, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn section(id: u8, contents: &[u8], out: &mut Vec<u8>) {
    out.push(id);
    leb128(contents.len(), out);
    out.extend_from_slice(contents);
}

/// A module with one function without parameters and results.
fn with_body(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    section(1, &[1, 0x60, 0, 0], &mut bytes);
    section(3, &[1, 0], &mut bytes);
    let mut code = vec![1];
    leb128(body.len(), &mut code);
    code.extend_from_slice(body);
    section(10, &code, &mut bytes);
    bytes
}

#[test]
fn blocks_may_be_nested_as_deep_as_a_body_allows() {
    let depth = 1_000_000;
    let mut body = vec![0];
    (0..depth).for_each(|_| body.extend([0x02, 0x40]));
    body.extend(std::iter::repeat_n(0x0B, depth + 1));
    parse(&with_body(&body)).expect("nothing recurses");
}

#[test]
fn operands_take_bounded_space() {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    // Function 0 has a thousand results; function 1 calls it over and over.
    let mut types = vec![2, 0x60, 0];
    leb128(1000, &mut types);
    types.extend([0x7F; 1000]);
    types.extend([0x60, 0, 0]);
    section(1, &types, &mut bytes);
    section(3, &[2, 0, 1], &mut bytes);
    let mut body = vec![0];
    (0..1_000_000).for_each(|_| body.extend([0x10, 0]));
    body.push(0x0B);
    let mut code = vec![2, 3, 0, 0x00, 0x0B];
    leb128(body.len(), &mut code);
    code.extend(body);
    section(10, &code, &mut bytes);
    assert_eq!(parse(&bytes).expect_err("too many operands").kind(), ErrorKind::Limit);
}

#[test]
fn a_body_over_the_limit_is_rejected_by_its_size() {
    let mut body = vec![0];
    body.extend(std::iter::repeat_n(0x01, 7_654_321));
    body.push(0x0B);
    assert_eq!(parse(&with_body(&body)).expect_err("too large").kind(), ErrorKind::Limit);
}

#[test]
fn counts_beyond_the_bytes_take_no_space() {
    for id in [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13] {
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        section(id, &[0xFF, 0xFF, 0xFF, 0xFF, 0x0F], &mut bytes);
        assert!(parse(&bytes).is_err(), "section {id}");
        let mut bytes = b"\0asm\x01\0\0\0".to_vec();
        section(id, &[0xC0, 0x84, 0x3D], &mut bytes);
        assert!(parse(&bytes).is_err(), "section {id}");
    }
}

#[test]
fn a_recursive_group_may_be_large() {
    let count = 100_000;
    let mut types = vec![1, 0x4E];
    leb128(count, &mut types);
    for index in 0..count {
        // A structure with a reference to the next type of the group, the last one to the first.
        types.extend([0x5F, 1, 0x63]);
        let mut next = Vec::new();
        leb128((index + 1) % count, &mut next);
        // Indices are signed, so a set bit 6 of the last byte needs one byte more.
        if next.last().is_some_and(|byte| byte & 0x40 != 0) {
            *next.last_mut().expect("not empty") |= 0x80;
            next.push(0);
        }
        types.extend(next);
        types.push(0);
    }
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    section(1, &types, &mut bytes);
    let mut store = TypeStore::new();
    let a = Module::parse(&bytes, &Features::all(), &mut store).expect("valid");
    let b = Module::parse(&bytes, &Features::all(), &mut store).expect("valid");
    assert_eq!(a.types[count - 1].id, b.types[count - 1].id);
    assert_eq!(store.types().len(), count);
}
