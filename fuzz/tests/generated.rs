//! Modules made by wasm-smith: Fantail judges them as wasmparser does, and executes them as wasmi does.
//!
//! They are the same ones each time, as far as the time goes: `FANTAIL_FUZZ_SECONDS` for each test, 4 by default.
//! `FANTAIL_FUZZ_FIRST` is the number of the first one.

use fantail_fuzz::{Kind, Numbers, Outcome, execute, generate, validate};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("it is a number"))
}

/// Calls `check` with the numbered modules until the time is over, and says for which of them it panics. At least `least`
/// modules are tried.
fn for_each_module(kind: Kind, least: usize, mut check: impl FnMut(u64, &[u8])) {
    let end = Instant::now() + Duration::from_secs(variable("FANTAIL_FUZZ_SECONDS", 4));
    let first = variable("FANTAIL_FUZZ_FIRST", 1);
    let mut tried = 0;
    for number in first.. {
        if tried >= least && Instant::now() > end {
            println!("{tried} modules, numbers {first} to {number}");
            return;
        }
        let mut numbers = Numbers(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let size = 256 << numbers.below(6);
        let bytes = numbers.bytes(size);
        let Some(module) = generate(&bytes, kind) else { continue };
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| check(number, &module))).is_err() {
            let path = std::env::temp_dir().join(format!("fantail-{kind:?}-{number}.wasm"));
            std::fs::write(&path, &module).expect("the module can be written");
            panic!("module {number} fails; it is in {}", path.display());
        }
    }
}

#[test]
fn modules_are_valid_where_wasmparser_says_so() {
    let (mut valid, mut invalid) = (0, 0);
    for_each_module(Kind::Validate, 20, |number, module| {
        assert_eq!(validate(module), Some(true), "wasm-smith makes valid modules");
        let mut numbers = Numbers(number | 1);
        for _ in 0..8 {
            let mut mutant = module.to_vec();
            let at = numbers.below(mutant.len());
            mutant[at] = numbers.below(256) as u8;
            match validate(&mutant) {
                Some(true) => valid += 1,
                Some(false) => invalid += 1,
                None => {}
            }
        }
    });
    assert!(valid > 0 && invalid > 0, "of the changed modules {valid} are valid and {invalid} are not");
}

#[test]
fn modules_do_what_they_do_in_wasmi() {
    let (mut all_returned, mut all_trapped) = (0, 0);
    for_each_module(Kind::Execute, 20, |number, module| {
        if let Outcome::Called { returned, trapped } = execute(module, number) {
            all_returned += returned;
            all_trapped += trapped;
        }
    });
    println!("{all_returned} calls returned, {all_trapped} trapped");
    assert!(all_returned > 0 && all_trapped > 0, "{all_returned} calls returned, {all_trapped} trapped");
}
