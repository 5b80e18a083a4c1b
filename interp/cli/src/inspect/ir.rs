//! `inspect --ir`: the register code of functions.

use core::fmt::{Display, Write as _};
use core::ops::Range;
use fantail_core::ir::Disassembly;
use fantail_core::module::Module;
use fantail_core::translate::Translator;
use fantail_core::types::FuncIdx;

/// The functions to be shown: all that have a body, or the one of this name or index.
pub(super) fn select(module: &Module, bytes: &[u8], function: Option<&str>) -> Result<Range<u32>, String> {
    let end = u32::try_from(module.funcs.len()).map_err(|error| error.to_string())?;
    let defined = module.imported_funcs..end;
    let Some(wanted) = function else {
        return Ok(defined);
    };
    let index = match wanted.parse::<u32>() {
        Ok(index) => Some(index),
        Err(_) => defined.clone().find(|index| module.func_name(FuncIdx(*index), bytes) == Some(wanted)),
    };
    match index {
        Some(index) if defined.contains(&index) => Ok(index..index + 1),
        Some(index) if index < end => Err(format!("function {index} is imported: it has no code")),
        Some(index) => Err(format!("there is no function {index}: there are {end}")),
        None => Err(format!("there is no function named {wanted:?}")),
    }
}

/// The code of `functions`.
pub(super) fn print(module: &Module, bytes: &[u8], functions: Range<u32>) -> Result<String, impl Display> {
    let mut translator = Translator::new();
    let mut text = String::new();
    for func in functions.map(FuncIdx) {
        let code = translator.translate(module, bytes, func)?;
        let name = module.func_name(func, bytes).unwrap_or("<unnamed>");
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "function {func} {name}: {}\n{}",
            super::func_text(module.func_type(func)),
            Disassembly(code)
        );
        let _ = writeln!(text, "  frame: {} cells\n", translator.frame_cells());
    }
    Ok::<_, fantail_core::Error>(text)
}
