//! [`WasmBacktrace`]: the WebAssembly calls in which an error occurred.
//!
//! A call that was inlined has its frame as any other: [`Position`](fantail_core::translate::Position) says what to show.
//!
//! Invariant: frames are in the order of the calls, innermost first, those of outer activations (when WebAssembly
//! called a host function that called WebAssembly) after those of inner ones.

use crate::fallible::TryVec;
use crate::func::push_frame;
use crate::{AsContext, Config, Module, exec};
use alloc::vec::Vec;
use core::fmt;
use fantail_core::types::FuncIdx;

/// The WebAssembly calls in which an error occurred, innermost first.
///
/// ```
/// use fantail::{Engine, Instance, Module, Store, WasmBacktrace};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module $math
///     (func $divide (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
///     (func (export "run") (result i32) (call $divide (i32.const 0))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
/// let error = instance.get_typed_func::<(), i32>(&mut store, "run")?.call(&mut store, ()).unwrap_err();
/// let calls = error.downcast_ref::<WasmBacktrace>().expect("the guest was called");
/// assert_eq!(
///     calls.to_string(),
///     "wasm backtrace:\n    0:   0x2b - math!divide\n    1:   0x31 - math!<wasm function 1>",
/// );
/// let inner = &calls.frames()[0];
/// assert_eq!((inner.func_index(), inner.func_name()), (0, Some("divide")));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct WasmBacktrace {
    frames: Vec<FrameInfo>,
}

/// One call of a [`WasmBacktrace`].
///
/// ```
/// use fantail::{Engine, Instance, Module, Store, WasmBacktrace};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module $guest (func $fail (export "fail") nop unreachable))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, &wasm)?, &[])?;
/// let error = instance.get_typed_func::<(), ()>(&mut store, "fail")?.call(&mut store, ()).unwrap_err();
/// let frame = &error.downcast_ref::<WasmBacktrace>().expect("the guest was called").frames()[0];
/// assert_eq!((frame.module().name(), frame.func_name()), (Some("guest"), Some("fail")));
/// // The byte at that offset is the code of `unreachable`: 0x00.
/// assert_eq!(frame.module_offset().map(|offset| wasm[offset]), Some(0));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone)]
pub struct FrameInfo {
    module: Module,
    func: FuncIdx,
    module_offset: Option<usize>,
}

impl WasmBacktrace {
    /// The calls that are active in `store`: those that led to the host function which asks. None where
    /// [`Config::wasm_backtrace_max_frames`](crate::Config::wasm_backtrace_max_frames) says so.
    ///
    /// ```
    /// use fantail::{Caller, Engine, Func, Instance, Module, Store, WasmBacktrace};
    ///
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let who = Func::wrap(&mut store, |caller: Caller<'_, ()>| {
    ///     let calls = WasmBacktrace::capture(&caller);
    ///     assert_eq!(calls.frames()[0].func_name(), Some("inner"));
    ///     assert_eq!(calls.frames()[1].func_name(), Some("outer"));
    /// });
    /// let wasm = wat::parse_str(r#"(module (import "" "" (func $who))
    ///     (func $inner (call $who))
    ///     (func $outer (export "outer") (call $inner)))"#)?;
    /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[who.into()])?;
    /// instance.get_typed_func::<(), ()>(&mut store, "outer")?.call(&mut store, ())?;
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn capture(store: impl AsContext) -> Self {
        let limit = store.as_context().engine().config().max_frames;
        limit.map_or_else(Self::default, |limit| Self::active(store, limit.get()))
    }

    /// As [`capture`](Self::capture), also where errors have no backtrace.
    pub fn force_capture(store: impl AsContext) -> Self {
        let limit = store.as_context().engine().config().max_frames.or(Config::new().max_frames);
        limit.map_or_else(Self::default, |limit| Self::active(store, limit.get()))
    }

    #[expect(unsafe_code, reason = "follows return records")]
    fn active(store: impl AsContext, limit: usize) -> Self {
        let exec = &raw const store.as_context().0.opaque.exec;
        // SAFETY: nothing is written through the pointer. Whoever can name the store has it from a host function which was
        // called, or there is no execution.
        let frames = unsafe { exec::active(exec.cast_mut(), limit) };
        let mut this = Self::default();
        for frame in frames {
            // SAFETY: the store is there.
            unsafe { push_frame(&mut this, frame, limit) };
        }
        this
    }

    /// The calls, innermost first.
    pub fn frames(&self) -> &[FrameInfo] {
        &self.frames
    }

    /// Adds a call, unless memory is short: what was being done matters more than where.
    pub(crate) fn push(&mut self, frame: FrameInfo) {
        let _ = self.frames.try_push(frame);
    }
}

impl FrameInfo {
    pub(crate) fn new(module: Module, func: FuncIdx, module_offset: Option<usize>) -> Self {
        Self { module, func, module_offset }
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
        self.module.func_name(self.func)
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
            .field("func_name", &self.func_name())
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
            match frame.func_name() {
                Some(name) => write!(f, "!{name}")?,
                None => write!(f, "!<wasm function {}>", frame.func)?,
            }
        }
        Ok(())
    }
}
