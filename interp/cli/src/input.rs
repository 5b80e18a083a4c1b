//! Reading modules. Text is told from binary by its first bytes, not by its name.

use crate::outcome::{End, Outcome};
use fantail::{Engine, Module};
use std::path::Path;

/// The bytes of the module in the file `path`, in the binary format.
pub(crate) fn read(path: &Path) -> Outcome<Vec<u8>> {
    let bytes = std::fs::read(path)
        .map_err(|error| End::input(format!("cannot read {}: {}", path.display(), describe(&error))))?;
    if bytes.is_empty() {
        return Err(End::input(format!("{}: the file is empty", path.display())));
    }
    if !is_text(&bytes) {
        return Ok(bytes);
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| End::input(format!("{}: neither WebAssembly nor text", path.display())))?;
    wat::Parser::new().parse_str(Some(path), &text).map_err(|error| End::input(error.to_string()))
}

/// The module in the file `path`.
pub(crate) fn module(engine: &Engine, path: &Path) -> Outcome<Module> {
    Module::new(engine, read(path)?).map_err(|error| End::input(format!("{}: {error:#}", path.display())))
}

/// Whether it cannot be binary: that starts with a zero, which no text does.
fn is_text(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|first| *first != 0)
}

/// The host's error without its number.
pub(crate) fn describe(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((text, _)) => text.to_owned(),
        None => text,
    }
}
