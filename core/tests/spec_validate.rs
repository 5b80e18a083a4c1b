//! The official test suite, as far as it concerns decoding and validation: every module of it must be accepted,
//! every one that it calls invalid or malformed must be rejected.
//!
//! What is accepted is also translated in each form: builds with debug assertions look whether there is room for each word.

use fantail_core::module::Module;
use fantail_core::translate::{Metering, Translator};
use fantail_core::types::{FuncIdx, TypeStore};
use fantail_core::{ErrorKind, Features, Proposal};
use std::path::{Path, PathBuf};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::{QuoteWat, Wast, WastDirective, WastExecute, Wat};

/// Folders of the suite and which proposals its files assume.
fn folders() -> [(&'static str, Features); 5] {
    // The proposals' files are based on the core specification as it was when they began.
    let threads = Features::wasm2().with(Proposal::Threads, true).with(Proposal::ReferenceTypes, false);
    [
        ("", Features::default()),
        ("custom", Features::default()),
        ("proposals/threads", threads),
        ("proposals/wide-arithmetic", Features::default().with(Proposal::WideArithmetic, true)),
        ("proposals/custom-page-sizes", Features::default().with(Proposal::CustomPageSizes, true)),
    ]
}

fn suite() -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/spec-tests"));
    if path.is_dir() {
        return Some(path.into());
    }
    eprintln!("SKIPPED: the official test suite is not beside this checkout");
    None
}

#[derive(Default)]
struct Tally {
    files: u32,
    valid: u32,
    invalid: u32,
    malformed: u32,
    malformed_text: u32,
    other_message: Vec<String>,
    failures: Vec<String>,
}

#[test]
fn modules_of_the_official_suite_are_accepted_or_rejected_as_it_says() {
    let Some(suite) = suite() else { return };
    let mut tally = Tally::default();
    for (folder, features) in folders() {
        let mut files: Vec<_> = std::fs::read_dir(suite.join(folder))
            .expect("the folder is part of the suite")
            .map(|entry| entry.expect("readable").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "wast"))
            .collect();
        files.sort();
        for file in files {
            tally.file(&file, features);
        }
    }
    // The crate `wast` does not parse the folded `try` of these files, and custom descriptors are a proposal that
    // this engine does not have. Unit tests of the validator cover the legacy instructions.
    println!("not part of this test: legacy/ (4 files), proposals/custom-descriptors/ (14 files)");
    println!(
        "{} files: {} modules accepted; rejected: {} invalid, {} malformed, {} malformed texts",
        tally.files, tally.valid, tally.invalid, tally.malformed, tally.malformed_text
    );
    println!("rejected with another message than the suite's: {}", tally.other_message.len());
    if std::env::var_os("FANTAIL_SPEC_MESSAGES").is_some() {
        tally.other_message.iter().for_each(|line| println!("  {line}"));
    }
    assert!(tally.files >= 270, "only {} files found", tally.files);
    assert!(tally.failures.is_empty(), "{} failures:\n{}", tally.failures.len(), tally.failures.join("\n"));
}

impl Tally {
    fn file(&mut self, path: &Path, features: Features) {
        self.files += 1;
        let text = std::fs::read_to_string(path).expect("readable");
        let name = path.file_name().expect("a file").display().to_string();
        let mut lexer = Lexer::new(&text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).unwrap_or_else(|error| panic!("{name}: {error}"));
        let wast: Wast<'_> = parser::parse(&buffer).unwrap_or_else(|error| panic!("{name}: {error}"));
        for directive in wast.directives {
            let (line, _) = directive.span().linecol_in(&text);
            self.directive(directive, &format!("{name}:{}", line + 1), features);
        }
    }

    fn directive(&mut self, directive: WastDirective<'_>, place: &str, features: Features) {
        match directive {
            WastDirective::Module(module) | WastDirective::ModuleDefinition(module) => {
                self.valid(module, place, features);
            }
            WastDirective::AssertUnlinkable { module, .. }
            | WastDirective::AssertTrap { exec: WastExecute::Wat(module), .. }
            | WastDirective::AssertReturn { exec: WastExecute::Wat(module), .. } => {
                self.valid(QuoteWat::Wat(module), place, features);
            }
            WastDirective::AssertInvalid { module, message, .. } => {
                self.invalid += 1;
                self.rejected(module, message, place, features);
            }
            WastDirective::AssertMalformed { module, message, .. } => {
                let is_text = matches!(module, QuoteWat::QuoteModule(..));
                *(if is_text { &mut self.malformed_text } else { &mut self.malformed }) += 1;
                self.rejected(module, message, place, features);
            }
            // A malformed custom section does not make a module malformed for an engine that ignores it.
            WastDirective::AssertMalformedCustom { .. } | WastDirective::AssertInvalidCustom { .. } => {}
            _ => {}
        }
    }

    fn valid(&mut self, mut module: QuoteWat<'_>, place: &str, features: Features) {
        if matches!(module, QuoteWat::Wat(Wat::Component(_))) {
            return;
        }
        self.valid += 1;
        match module.encode() {
            Ok(bytes) => {
                let translated = parse(&bytes, features).and_then(|module| translate(&module, &bytes));
                if let Err(error) = translated {
                    self.failures.push(format!("{place}: must be valid: {error}"));
                }
            }
            Err(error) => self.failures.push(format!("{place}: cannot be encoded: {}", error.message())),
        }
    }

    fn rejected(&mut self, mut module: QuoteWat<'_>, message: &str, place: &str, features: Features) {
        // What the text parser of the crate `wast` rejects has no bytes to try.
        let Ok(bytes) = module.encode() else { return };
        match parse(&bytes, features) {
            Ok(_) => self.failures.push(format!("{place}: must be rejected: {message}")),
            Err(error) if error.kind() == ErrorKind::Limit => {
                self.failures.push(format!("{place}: hits a limit: {error}"));
            }
            Err(error) if !error.message().starts_with(message) => {
                self.other_message.push(format!("{place}: {message:?}, we say {error}"));
            }
            Err(_) => {}
        }
    }
}

/// Translates all functions of `module`.
fn translate(module: &Module, bytes: &[u8]) -> Result<(), fantail_core::Error> {
    let metering = Metering { fuel: true, epochs: true };
    let translators = || [Translator::new(), Translator::metered(metering), Translator::new().slots_only()];
    let mut all = translators();
    for func in (module.imported_funcs..module.funcs.len() as u32).map(FuncIdx) {
        for (reused, mut fresh) in all.iter_mut().zip(translators()) {
            // A buffer that is there already hides that none was asked for.
            let words = fresh.translate(module, bytes, func)?;
            let (again, positions) = reused.translate_with_positions(module, bytes, func)?;
            assert_eq!(words, again);
            let last = positions.last().map_or(0, |position| position.word);
            fresh.ref_slots(module, bytes, func, last)?;
        }
    }
    Ok(())
}

fn parse(bytes: &[u8], features: Features) -> Result<Module, fantail_core::Error> {
    Module::parse(bytes, &features, &mut TypeStore::new())
}
