//! Any bytes are rejected, or translated to code that `ir::verify` accepts: nothing panics.

use fantail_core::features::Features;
use fantail_core::ir::verify::{Bounds, verify};
use fantail_core::module::Module;
use fantail_core::translate::Translator;
use fantail_core::types::{FuncIdx, TypeStore};
use fantail_core::{Error, ErrorKind};

/// What came of some bytes that were taken for a module.
#[derive(Debug)]
pub enum Verdict {
    /// They are no valid module.
    Rejected(Error),
    /// They are one, of which so many functions were translated.
    Translated(usize),
}

/// Decodes, validates and translates `bytes` with every proposal switched on.
///
/// # Panics
/// When code does not pass the verifier, or a function of a valid module cannot be translated for another reason than
/// a limit or an instruction that is not executed.
pub fn translate(bytes: &[u8]) -> Verdict {
    let module = match Module::parse(bytes, &Features::all(), &mut TypeStore::new()) {
        Ok(module) => module,
        Err(error) => return Verdict::Rejected(error),
    };
    let mut translator = Translator::new();
    let mut translated = 0;
    for func in (module.imported_funcs..).map(FuncIdx).take(module.bodies.len()) {
        match translator.translate(&module, bytes, func).map(<[u64]>::to_vec) {
            Ok(code) => {
                let bounds = Bounds::new(&module, translator.frame_cells());
                verify(&code, &bounds).unwrap_or_else(|fault| panic!("function {func}: {fault}"));
                translated += 1;
            }
            Err(error) => {
                let expected = matches!(error.kind(), ErrorKind::Unsupported | ErrorKind::Limit);
                assert!(expected, "a valid function is not translated: {error}");
            }
        }
    }
    Verdict::Translated(translated)
}
