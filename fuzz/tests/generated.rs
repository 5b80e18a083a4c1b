//! Modules made by wasm-smith: Fantail judges them as wasmparser does, and executes them as wasmi does, or Wasmtime with the feature of
//! that name.
//!
//! They are the same ones each time, as far as the time goes: `FANTAIL_FUZZ_SECONDS` for each test, 4 by default.
//! `FANTAIL_FUZZ_FIRST` is the number of the first one.

#[cfg(feature = "wasmtime")]
use fantail_fuzz::program;
use fantail_fuzz::{Kind, Numbers, Outcome, execute, generate, validate};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

fn variable(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().expect("it is a number"))
}

/// A module out of numbers.
fn generated(numbers: &mut Numbers, kind: Kind) -> Option<Vec<u8>> {
    let size = 256 << numbers.below(6);
    let bytes = numbers.bytes(size);
    generate(&bytes, kind)
}

/// Calls `check` with the numbered modules that `make` makes until the time is over, and says for which of them it panics.
/// At least `least` modules are tried.
fn for_each_module(
    name: &str,
    least: usize,
    make: impl Fn(&mut Numbers) -> Option<Vec<u8>>,
    mut check: impl FnMut(u64, &[u8]),
) {
    let end = Instant::now() + Duration::from_secs(variable("FANTAIL_FUZZ_SECONDS", 4));
    let first = variable("FANTAIL_FUZZ_FIRST", 1);
    let mut tried = 0;
    for number in first.. {
        if tried >= least && Instant::now() > end {
            println!("{tried} modules, numbers {first} to {number}");
            return;
        }
        let mut numbers = Numbers(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let Some(module) = make(&mut numbers) else { continue };
        tried += 1;
        if catch_unwind(AssertUnwindSafe(|| check(number, &module))).is_err() {
            let path = std::env::temp_dir().join(format!("fantail-{name}-{number}.wasm"));
            std::fs::write(&path, &module).expect("the module can be written");
            panic!("module {number} fails; it is in {}", path.display());
        }
    }
}

#[test]
fn modules_are_valid_where_wasmparser_says_so() {
    let (mut valid, mut invalid) = (0, 0);
    for_each_module(
        "validate",
        20,
        |numbers| generated(numbers, Kind::Validate),
        |number, module| {
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
        },
    );
    assert!(valid > 0 && invalid > 0, "of the changed modules {valid} are valid and {invalid} are not");
}

/// Executes what `make` makes here and in the peer.
fn compare(name: &str, make: impl Fn(&mut Numbers) -> Option<Vec<u8>>) {
    let (mut all_returned, mut all_trapped) = (0, 0);
    for_each_module(name, 20, make, |number, module| {
        if let Outcome::Called { returned, trapped } = execute(module, number) {
            all_returned += returned;
            all_trapped += trapped;
        }
    });
    println!("{all_returned} calls returned, {all_trapped} trapped");
    assert!(all_returned > 0 && all_trapped > 0, "{all_returned} calls returned, {all_trapped} trapped");
}

#[test]
fn modules_do_what_they_do_in_the_peer() {
    compare("execute", |numbers| generated(numbers, Kind::Execute));
}

/// With Wasmtime only: wasmi 2.0 computes something else for about one in a thousand.
#[cfg(feature = "wasmtime")]
#[test]
fn programs_do_what_they_do_in_the_peer() {
    compare("program", |numbers| Some(wat::parse_str(program(numbers)).expect("it is well-formed")));
}
