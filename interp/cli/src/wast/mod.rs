//! Specification scripts: the `.wast` files of the official test suite.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the command: which scripts, what is printed, how they are counted |
//! | `pool` | several scripts at a time, none of which can hang or bring down the others |
//! | `script` | one script, directive by directive |
//! | `annotation` | annotations that stand for custom sections |
//! | `legacy` | text of the legacy exception handling proposal |
//! | `matching` | arguments, results and patterns |
//! | `spectest` | the module `spectest` that scripts import |
//! | `expected` | the list of scripts that are known to fail |
//!
//! Invariant: every directive of a script is counted exactly once, as passed, failed or skipped; nothing passes without
//! having been checked.

mod annotation;
mod expected;
mod legacy;
mod matching;
mod pool;
mod script;
mod spectest;

pub use expected::Expected;
pub use pool::run_all;
pub use script::{Note, Prepare, Report, Script};

use crate::args::WastArgs;
use crate::input::describe;
use crate::outcome::{End, Outcome};
use crate::terminal::{BAD, GOOD, Terminal, print};
use fantail::{CompilationMode, Config};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

/// How scripts are run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// When functions are translated.
    pub mode: CompilationMode,
    /// How long a script may take.
    pub timeout: Duration,
    /// How many scripts run at the same time.
    pub jobs: usize,
}

impl Default for Options {
    /// The engine's own mode, two minutes, and as many scripts as there are processors.
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().map_or(1, Into::into);
        Self { mode: CompilationMode::default(), timeout: Duration::from_secs(120), jobs }
    }
}

/// The settings for a script of this name: WebAssembly 3.0, and the proposal after which its folder is named.
pub fn config_for(name: &str) -> Config {
    let mut config = Config::new();
    // The core suite expects that shared memories are unknown.
    config.wasm_threads(false);
    match Path::new(name).parent().and_then(Path::file_name).and_then(|folder| folder.to_str()) {
        // It builds upon the first version, and expects that what came since is unknown.
        Some("threads") => config
            .wasm_threads(true)
            .wasm_reference_types(false)
            .wasm_function_references(false)
            .wasm_gc(false)
            .wasm_exceptions(false)
            .wasm_multi_memory(false),
        Some("wide-arithmetic") => config.wasm_wide_arithmetic(true),
        Some("custom-page-sizes") => config.wasm_custom_page_sizes(true),
        Some("custom") => config.wasm_branch_hinting(true),
        Some("legacy") => config.wasm_legacy_exceptions(true),
        _ => &mut config,
    };
    config
}

/// What was counted over many scripts.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Totals {
    /// Directives that passed.
    pub passed: usize,
    /// Directives that failed, and listed scripts that do not fail.
    pub failed: usize,
    /// Directives that were not run, and failures that the list expects.
    pub skipped: usize,
}

impl core::fmt::Display for Totals {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

impl Totals {
    /// Counts a script, and answers the lines to be printed of it. At most `shown` failures get a line.
    pub fn add(&mut self, report: &Report, expected: &Expected, shown: usize) -> String {
        self.passed += report.passed;
        self.skipped += report.skipped.len();
        let mut text = String::new();
        let listed = expected.lists(&report.name);
        let verdict = match (report.failures.is_empty(), listed) {
            (true, false) => "ok     ",
            (false, true) => "listed ",
            (true, true) | (false, false) => "FAILED ",
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "{verdict} {}: {} passed", report.name, report.passed);
        if !report.failures.is_empty() {
            let _ = write!(text, ", {} failed", report.failures.len());
        }
        if let Some(first) = report.skipped.first() {
            let _ = write!(text, ", {} skipped ({})", report.skipped.len(), first.text);
        }
        if listed && report.failures.is_empty() {
            self.failed += 1;
            text.push_str("\n    it passes whole: remove it from the list of expected failures");
        } else if listed {
            self.skipped += report.failures.len();
        } else {
            self.failed += report.failures.len();
            for note in report.failures.iter().take(shown) {
                let _ = write!(text, "\n    {}:{}: {}", report.name, note.line, note.text);
            }
            if let Some(more) = report.failures.len().checked_sub(shown).filter(|more| *more > 0) {
                let _ = write!(text, "\n    … and {more} more");
            }
        }
        text
    }
}

pub(crate) fn command(args: &WastArgs) -> Outcome {
    let expected = match &args.expect_failures {
        Some(path) => Expected::read(path).map_err(End::Input)?,
        None => Expected::default(),
    };
    let mut scripts = Vec::new();
    for path in &args.paths {
        collect(path, &mut scripts)?;
    }
    if scripts.is_empty() {
        return Err(End::input("there are no scripts (files whose names end in .wast)"));
    }
    for script in &mut scripts {
        args.engine.wasm.switch(&mut script.config)?;
    }
    let mut options = Options {
        mode: args.engine.compile.mode(),
        timeout: Duration::from_secs(args.timeout),
        ..Options::default()
    };
    if let Some(jobs) = args.jobs {
        options.jobs = jobs;
    }
    let mut totals = Totals::default();
    let terminal = Terminal::stdout();
    run_all(scripts, options, |report| {
        let text = totals.add(&report, &expected, if args.verbose { usize::MAX } else { 5 });
        let (verdict, rest) = text.split_once(' ').unwrap_or((&text, ""));
        let style = if verdict == "FAILED" { BAD } else { GOOD };
        print(format_args!("{} {rest}\n", terminal.paint(style, verdict)));
    });
    print(format_args!("{totals}\n"));
    if totals.failed == 0 { Ok(()) } else { Err(End::Failed) }
}

/// Adds the script `path`, or the scripts in the directory `path`, whose names then count from there.
fn collect(path: &Path, scripts: &mut Vec<Script>) -> Outcome {
    let found = match path.is_dir() {
        true => Script::read_dir(path),
        false => Script::read(path.to_string_lossy(), path).map(|script| vec![script]),
    };
    let failed = |error| End::input(format!("cannot read {}: {}", path.display(), describe(&error)));
    scripts.extend(found.map_err(failed)?);
    Ok(())
}
