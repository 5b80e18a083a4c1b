//! Broken modules are rejected or valid; none makes the engine panic.

use fantail_fuzz::{Numbers, Verdict, translate};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long one program is mutated. The mutations are the same ones each time, as far as they get.
const PER_PROGRAM: Duration = Duration::from_millis(700);
const MUTATIONS: usize = 10_000;

fn programs() -> Vec<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let mut programs = Vec::new();
    for folder in ["guests", "bench"] {
        let Ok(entries) = std::fs::read_dir(shared.join(folder)) else {
            eprintln!("SKIPPED: no programs in ../shared/{folder}");
            continue;
        };
        let paths = entries.map(|entry| entry.expect("its entries can be read").path());
        programs.extend(paths.filter(|path| path.extension().is_some_and(|extension| extension == "wasm")));
    }
    programs.sort();
    programs
}

const SMALL: &str = r#"(module
    (type $t (func (param i32 i64) (result f64 v128)))
    (import "m" "f" (func $f (param i32)))
    (memory 1) (table 3 funcref) (global $g (mut f32) (f32.const 1))
    (elem (i32.const 0) $f $h) (data (i32.const 8) "abc")
    (func $h (export "h") (type $t)
        (local i32 v128)
        (loop $next
            (local.set 2 (i32.add (local.get 2) (i32.load offset=4 (local.get 0))))
            (br_if $next (i32.lt_u (local.get 2) (i32.const 100))))
        (block $a (block $b (br_table $a $b $a (local.get 0))) (call $f (local.get 2)))
        (f64.promote_f32 (global.get $g))
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get 3) (local.get 3))))"#;

#[test]
fn every_prefix_of_a_module_is_judged() {
    let bytes = wat::parse_str(SMALL).expect("the text is well-formed");
    assert!(matches!(translate(&bytes), Verdict::Translated(1)));
    for end in 1..bytes.len() {
        translate(&bytes[..end]);
    }
}

#[test]
fn mutations_of_a_module_are_judged() {
    let whole = wat::parse_str(SMALL).expect("the text is well-formed");
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut valid = 0;
    for _ in 0..MUTATIONS {
        let mut bytes = whole.clone();
        let at = numbers.below(bytes.len());
        bytes[at] = numbers.below(256) as u8;
        valid += usize::from(matches!(translate(&bytes), Verdict::Translated(_)));
    }
    assert!(valid > 100, "only {valid} of {MUTATIONS} mutations are valid: nothing is tried");
}

#[test]
fn mutations_of_real_programs_are_judged() {
    for path in programs() {
        let whole = std::fs::read(&path).expect("the program can be read");
        let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
        let start = Instant::now();
        let mut tried = 0;
        while tried < MUTATIONS && start.elapsed() < PER_PROGRAM {
            let mut bytes = whole.clone();
            let at = numbers.below(bytes.len());
            if tried % 8 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at] = numbers.below(256) as u8;
            }
            translate(&bytes);
            tried += 1;
        }
        println!("{}: {tried} mutations", path.display());
    }
}
