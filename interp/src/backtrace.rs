//! [`WasmBacktrace`]: the WebAssembly calls in which an error occurred.
//!
//! Invariant: frames are in the order of the calls, innermost first, those of outer activations (when WebAssembly
//! called a host function that called WebAssembly) after those of inner ones.

use crate::Module;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use fantail_core::types::FuncIdx;

/// The WebAssembly calls in which an error occurred, innermost first.
///
/// ```
/// # fn print(error: fantail::Error) {
/// if let Some(backtrace) = error.downcast_ref::<fantail::WasmBacktrace>() {
///     for frame in backtrace.frames() {
///         eprintln!("in function {}: {:?}", frame.func_index(), frame.func_name());
///     }
/// }
/// # }
/// ```
#[derive(Clone, Default)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
}

/// One call of a [`WasmBacktrace`].
#[derive(Clone)]
pub struct FrameInfo {
    module: Module,
    func: FuncIdx,
    name: Option<String>,
    module_offset: Option<usize>,
}

impl WasmBacktrace {
    /// The calls, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }

    pub(crate) fn push(&mut self, frame: FrameInfo) {
        self.frames.push(frame);
    }
}

impl FrameInfo {
    pub(crate) fn new(module: Module, func: FuncIdx, module_offset: Option<usize>) -> Self {
        let name = module.func_name(func).map(ToString::to_string);
        Self { module, func, name, module_offset }
    }

    /// Index of the function in its module, imports counted.
    pub fn func_index(&self) -> u32 {
        self.func.0
    }

    /// The module of the function.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// Name of the function according to the module's `name` section.
    pub fn func_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Offset in the module's bytes of the instruction that was being executed, where known.
    pub fn module_offset(&self) -> Option<usize> {
        self.module_offset
    }

    /// The same offset counted from the start of the function's body, where known.
    pub fn func_offset(&self) -> Option<usize> {
        let body = self.module.inner.core.body(self.func)?;
        self.module_offset?.checked_sub(body.range.start)
    }
}

impl fmt::Debug for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.debug_struct("WasmBacktrace").field("frames", &self.frames).finish()
    }
}

impl fmt::Debug for FrameInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.debug_struct("FrameInfo")
            .field("func_index", &self.func.0)
            .field("func_name", &self.name)
            .field("module_offset", &self.module_offset)
            .finish()
    }
}

impl fmt::Display for WasmBacktrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str("wasm backtrace:")?;
        for (number, frame) in self.frames.iter().enumerate() {
            write!(f, "\n  {number:>3}: ")?;
            if let Some(offset) = frame.module_offset {
                write!(f, "{offset:#6x} - ")?;
            }
            f.write_str(frame.module.name().unwrap_or("<unknown>"))?;
            match &frame.name {
                Some(name) => write!(f, "!{name}")?,
                None => write!(f, "!<wasm function {}>", frame.func)?,
            }
        }
        Ok(())
    }
}
