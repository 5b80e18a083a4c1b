//! [`Func`]: a function of a store, of WebAssembly or of the host.
//!
//! # Invariants
//! - A [`Func`] has a handle of the store whose identity it has, never null.
//! - Parameters are put where the free part of the value stack begins, with room for the results in the same place.

#![expect(unsafe_code, reason = "parameters and results are passed on the value stack")]

mod into_func;
mod typed;

pub use into_func::{IntoFunc, WasmRet};
pub use typed::{TypedFunc, WasmParams, WasmResults, WasmTy};

use crate::backtrace::{FrameInfo, WasmBacktrace};
use crate::exec;
use crate::module::Origin;
use crate::store::entity::{ExecContext, InstanceEntity};
use crate::store::handle::StoreId;
use crate::store::host::HostFunc;
use crate::store::{StoreContextMut, StoreInner, StoreOpaque};
use crate::sync::Arc;
use crate::types::{FuncType, ValType};
use crate::value::Val;
use crate::{AsContext, AsContextMut, Caller, Engine, Error, Module, Result, Trap, bail};
use alloc::vec::Vec;
use core::fmt;
use core::marker::PhantomData;
use core::ptr;
use fantail_core::types as core_types;

/// A function of a store.
///
/// ```
/// use fantail::{Engine, Func, Store, Val};
///
/// let mut store = Store::new(&Engine::default(), ());
/// let add = Func::wrap(&mut store, |a: i32, b: i32| a + b);
/// let mut results = [Val::I32(0)];
/// add.call(&mut store, &[Val::I32(2), Val::I32(3)], &mut results)?;
/// assert_eq!(results[0].i32(), Some(5));
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Func {
    store: StoreId,
    handle: u64,
}

impl Func {
    /// A host function of a type that is known only at run time: `func` gets its parameters and writes its results,
    /// which are zeros and nulls at first.
    ///
    /// # Panics
    /// When `ty` belongs to another engine, or there is not enough memory.
    ///
    /// ```
    /// use fantail::{Engine, Func, FuncType, Store, Val, ValType};
    ///
    /// let engine = Engine::default();
    /// let mut store = Store::new(&engine, ());
    /// let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32]);
    /// let add = Func::new(&mut store, ty, |_caller, params, results| {
    ///     results[0] = Val::I32(params[0].unwrap_i32() + params[1].unwrap_i32());
    ///     Ok(())
    /// });
    /// assert_eq!(add.typed::<(i32, i32), i32>(&store)?.call(&mut store, (40, 2))?, 42);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn new<T: 'static>(
        store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Self {
        Self::try_new(store, ty, func).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`new`](Self::new).
    ///
    /// # Errors
    /// When there is not enough memory.
    ///
    /// # Panics
    /// When `ty` belongs to another engine.
    pub fn try_new<T: 'static>(
        mut store: impl AsContextMut<Data = T>,
        ty: FuncType,
        func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
    ) -> Result<Self> {
        let store = &mut store.as_context_mut().0.opaque;
        Self::from_host(store, Arc::try_new(host_func(store.engine(), ty, func)?)?)
    }

    /// A host function of the type that the closure `func` has: up to 16 parameters, one result, a tuple of them or
    /// none, and these alone or in a [`Result`]. With a [`Caller`] as first parameter it gets at the store.
    ///
    /// Parameters and results: `i32`, `u32`, `i64`, `u64`, `f32`, `f64`, [`V128`](crate::V128), and references as
    /// [`Func`], [`Rooted<ExternRef>`](crate::Rooted), or `Option` of one of them.
    ///
    /// ```
    /// use fantail::{Caller, Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), String::from("data"));
    /// let length = Func::wrap(&mut store, |caller: Caller<'_, String>, extra: u32| {
    ///     caller.data().len() as u32 + extra
    /// });
    /// assert_eq!(length.ty(&store).to_string(), "(func (param i32) (result i32))");
    /// assert_eq!(length.typed::<u32, u32>(&store)?.call(&mut store, 10)?, 14);
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Panics
    /// When there is not enough memory.
    pub fn wrap<T, Params, Results>(
        store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Self
    where
        T: 'static,
    {
        Self::try_wrap(store, func).unwrap_or_else(|error| panic!("{error}"))
    }

    /// As [`wrap`](Self::wrap).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn try_wrap<T, Params, Results>(
        mut store: impl AsContextMut<Data = T>,
        func: impl IntoFunc<T, Params, Results>,
    ) -> Result<Self>
    where
        T: 'static,
    {
        let store = &mut store.as_context_mut().0.opaque;
        Self::from_host(store, Arc::try_new(func.into_func(store.engine())?)?)
    }

    /// The host function `host` as a function of `store`.
    pub(crate) fn from_host(store: &mut StoreOpaque, host: Arc<HostFunc>) -> Result<Self> {
        let handle = store.push_host(host)?;
        Ok(Self { store: store.id(), handle })
    }

    /// The function with this handle of the store with this identity; nothing for null.
    pub(crate) fn from_handle(store: StoreId, handle: u64) -> Option<Self> {
        (handle != 0).then_some(Self { store, handle })
    }

    pub(crate) fn store(&self) -> StoreId {
        self.store
    }

    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    /// Its type.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn ty(&self, store: impl AsContext) -> FuncType {
        let store = &store.as_context().0.opaque;
        FuncType::from_id(store.engine(), self.type_id(store))
    }

    /// Whether it can be used where a function of type `ty` is expected.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn matches_ty(&self, store: impl AsContext, ty: &FuncType) -> bool {
        self.ty(store).matches(ty)
    }

    pub(crate) fn type_id(&self, store: &StoreOpaque) -> core_types::CanonId {
        self.store.check(store.id());
        store.func(self.handle).ty
    }

    /// Calls it with `params` and writes what it returns to `results`.
    ///
    /// ```
    /// use fantail::{Func, Store, Val};
    ///
    /// let mut store = Store::<()>::default();
    /// let swap = Func::wrap(&mut store, |a: i32, b: i64| (b, a));
    /// let mut results = vec![Val::I32(0); swap.ty(&store).results().len()];
    /// swap.call(&mut store, &[Val::I32(1), Val::I64(2)], &mut results)?;
    /// assert_eq!((results[0].i64(), results[1].i32()), (Some(2), Some(1)));
    /// let error = swap.call(&mut store, &[Val::I32(1)], &mut results).unwrap_err();
    /// assert_eq!(error.to_string(), "expected 2 arguments, got 1");
    /// # Ok::<(), fantail::Error>(())
    /// ```
    ///
    /// # Errors
    /// When number or types of `params`, or the number of `results`, are not those of the function. When the function
    /// traps, the [`Error`] contains a [`Trap`]; when a host function fails, that function's error. Both have a
    /// [`WasmBacktrace`](crate::WasmBacktrace) of the calls of WebAssembly functions.
    ///
    /// # Panics
    /// When it belongs to another store.
    pub fn call(&self, mut store: impl AsContextMut, params: &[Val], results: &mut [Val]) -> Result<()> {
        let mut context = store.as_context_mut();
        let ty = self.ty(&context);
        check_arity("arguments", ty.params().len(), params.len())?;
        check_arity("results", ty.results().len(), results.len())?;
        for (index, (expected, param)) in ty.params().zip(params).enumerate() {
            let found = param.ty(&context)?;
            if !found.matches(&expected) {
                bail!("argument type mismatch: expected {expected}, found {found} (argument {index})");
            }
        }
        let cells = cells(ty.core_params()).max(cells(ty.core_results()));
        let mut activation = Activation::enter(&mut context, cells)?;
        let first = activation.cells;
        // SAFETY: there is room for them, they have the types of the parameters, and `ty` found the function in this
        // store.
        unsafe {
            write_vals(&*activation.store, first, ty.core_params(), params)?;
            activation.run(self.handle)?;
        }
        let store = &mut context.0.opaque;
        // SAFETY: the function left its results in the cells from `first` on, which nobody wrote to since.
        unsafe { read_vals(first, store, ty.core_results(), results) };
        Ok(())
    }

    /// It as a function whose type is known to the compiler, which makes calls cheap.
    ///
    /// # Errors
    /// When it does not have that type; the message says what differs.
    ///
    /// # Panics
    /// When it belongs to another store.
    ///
    /// ```
    /// use fantail::{Engine, Func, Store};
    ///
    /// let mut store = Store::new(&Engine::default(), ());
    /// let func = Func::wrap(&mut store, |x: i32| (x, i64::from(x)));
    /// let typed = func.typed::<i32, (i32, i64)>(&store)?;
    /// assert_eq!(typed.call(&mut store, 7)?, (7, 7));
    /// assert!(func.typed::<i64, i32>(&store).is_err());
    /// # Ok::<(), fantail::Error>(())
    /// ```
    pub fn typed<Params, Results>(&self, store: impl AsContext) -> Result<TypedFunc<Params, Results>>
    where
        Params: WasmParams,
        Results: WasmResults,
    {
        self.check_type(&store.as_context().0.opaque, Params::TYPES, Results::TYPES)?;
        Ok(TypedFunc::new(*self))
    }

    /// Fails unless it can be given parameters of types `params`, and what it gives are results of types `results`.
    fn check_type(
        &self,
        store: &StoreOpaque,
        params: &[core_types::ValType],
        results: &[core_types::ValType],
    ) -> Result<()> {
        let engine = store.engine();
        let ty = FuncType::from_id(engine, self.type_id(store));
        check_types(engine, ty.core_params(), params, true)
            .map_err(|error| error.context_text(format_args!("type mismatch with parameters")))?;
        check_types(engine, ty.core_results(), results, false)
            .map_err(|error| error.context_text(format_args!("type mismatch with results")))
    }
}

impl fmt::Debug for Func {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Func({})", self.handle)
    }
}

/// Fails unless a function with the parameters `found` can be given values of types `expected`, or if not `is_params`, one with
/// the results `found` gives such values.
fn check_types(
    engine: &Engine,
    found: &[core_types::ValType],
    expected: &[core_types::ValType],
    is_params: bool,
) -> Result<()> {
    let matches = |found: core_types::ValType, expected: core_types::ValType| {
        let (a, b) = if is_params { (expected, found) } else { (found, expected) };
        engine.val_matches(a, b)
    };
    if found.len() != expected.len() {
        bail!("expected {} types, found {}", expected.len(), found.len());
    }
    for (&found, &expected) in found.iter().zip(expected) {
        if !matches(found, expected) {
            let of_engine = |ty| ValType::from_core(engine, ty);
            bail!("type mismatch: expected {}, found {}", of_engine(expected), of_engine(found));
        }
    }
    Ok(())
}

fn check_arity(what: &str, expected: usize, found: usize) -> Result<()> {
    if expected != found {
        bail!("expected {expected} {what}, got {found}");
    }
    Ok(())
}

/// How many cells values of `types` take.
pub(crate) fn cells(types: &[core_types::ValType]) -> usize {
    types.iter().map(|ty| ty.cells() as usize).sum()
}

/// The host function of type `ty` that does `func`.
///
/// # Errors
/// When there is not enough memory.
///
/// # Panics
/// When `ty` belongs to another engine.
pub(crate) fn host_func<T: 'static>(
    engine: &Engine,
    ty: FuncType,
    func: impl Fn(Caller<'_, T>, &[Val], &mut [Val]) -> Result<()> + Send + Sync + 'static,
) -> Result<HostFunc> {
    assert!(Engine::same(engine, ty.engine()), "type used with the wrong engine");
    let signature = ty.clone();
    let body = move |mut caller: Caller<'_, T>, cells: *mut u64| {
        let (params, results) = (signature.core_params(), signature.core_results());
        let mut vals = Vec::new();
        vals.try_reserve_exact(params.len() + results.len())?;
        vals.resize(params.len(), Val::I32(0));
        {
            let store = &mut caller.as_context_mut().0.opaque;
            // SAFETY: the caller of a host function puts its parameters into the cells.
            unsafe { read_vals(cells, store, params, &mut vals) };
            // A reference that cannot be null starts out as null all the same, and is refused unless it is replaced.
            vals.extend(results.iter().map(|&ty| Val::from_cells(store, ty, [0; 2])));
        }
        let (args, out) = vals.split_at_mut(params.len());
        func(caller.reborrow(), args, out)?;
        for (index, (expected, val)) in signature.results().zip(&*out).enumerate() {
            let found = val.ty(&caller)?;
            if !found.matches(&expected) {
                bail!(
                    "function attempted to return an incompatible value: expected {expected}, found {found} (result \
                     {index})"
                );
            }
        }
        // SAFETY: the caller of a host function has room for its results there.
        unsafe { write_vals(&caller.as_context().0.opaque, cells, results, out) }
    };
    // SAFETY: `body` reads parameters and writes results of this type.
    Ok(unsafe { HostFunc::new((&ty).into(), body)? })
}

/// Writes `vals`, of types `types`, to `cells`.
///
/// # Errors
/// When the scope of a reference has ended.
///
/// # Safety
/// `cells` is valid for writing as many cells as they take.
unsafe fn write_vals(
    store: &StoreOpaque,
    mut cells: *mut u64,
    types: &[core_types::ValType],
    vals: &[Val],
) -> Result<()> {
    for (ty, val) in types.iter().zip(vals) {
        let [low, high] = val.to_cells(store)?;
        // SAFETY: the caller vouches for it.
        unsafe {
            *cells = low;
            if ty.cells() == 2 {
                *cells.add(1) = high;
            }
            cells = cells.add(ty.cells() as usize);
        }
    }
    Ok(())
}

/// Reads values of canonical types `types` from `cells` to `vals`.
///
/// # Safety
/// `cells` is valid for reading as many cells as they take, and has such values of the store `store`.
unsafe fn read_vals(
    mut cells: *const u64,
    store: &mut StoreOpaque,
    types: &[core_types::ValType],
    vals: &mut [Val],
) {
    for (&ty, val) in types.iter().zip(vals) {
        // SAFETY: the caller vouches for it.
        unsafe {
            let high = if ty.cells() == 2 { *cells.add(1) } else { 0 };
            *val = Val::from_cells(store, ty, [*cells, high]);
            cells = cells.add(ty.cells() as usize);
        }
    }
}

/// A call from the host, from the moment its parameters are written until its results are read.
///
/// Invariant: nobody uses the store while this has it, other than through `store`.
pub(crate) struct Activation<'a> {
    store: *mut StoreOpaque,
    /// Where parameters go and results are found.
    cells: *mut u64,
    borrow: PhantomData<&'a mut StoreOpaque>,
}

impl<'a> Activation<'a> {
    /// Takes `cells` cells of the value stack of `store`.
    #[inline]
    fn enter<T>(store: &'a mut StoreContextMut<'_, T>, cells: usize) -> Result<Self> {
        let inner: *mut StoreInner<T> = store.0;
        // SAFETY: it was a reference a moment ago.
        let opaque = unsafe { &mut (*inner).opaque };
        if !opaque.has_room(cells) {
            return Err(Trap::StackOverflow.into());
        }
        opaque.exec.store = inner.cast();
        let cells = opaque.top;
        Ok(Self { store: inner.cast(), cells, borrow: PhantomData })
    }

    /// Calls the function with handle `func`.
    ///
    /// # Safety
    /// `func` is a function of the store, and its parameters are in the cells.
    #[inline]
    unsafe fn run(&mut self, func: u64) -> Result<()> {
        // SAFETY: the caller vouches for `func`; `exec` and the store are reached through the same pointer.
        unsafe {
            let exec = &raw mut (*self.store).exec;
            let result = match (&(*self.store)).func(func).host.clone() {
                None => exec::run(exec, func, self.cells),
                Some(host) => self.run_host(&host),
            };
            if !cfg!(feature = "backtrace") {
                return result;
            }
            result.map_err(|error| stopped(error, exec::frames(exec), (*exec).max_frames))
        }
    }

    /// Calls the host function `host`, which has no calling instance.
    ///
    /// # Safety
    /// As for [`run`](Self::run).
    unsafe fn run_host(&mut self, host: &HostFunc) -> Result<()> {
        // SAFETY: the caller vouches for it.
        unsafe {
            let exec = &raw mut (*self.store).exec;
            let caller = Reenter { exec, instance: (*exec).instance };
            (*exec).enter(ptr::null_mut());
            let result = host.call(self.store.cast(), self.cells);
            drop(caller);
            result
        }
    }
}

/// Makes an instance the current one again, also when a host function panics.
struct Reenter {
    exec: *mut ExecContext,
    instance: *mut InstanceEntity,
}

impl Drop for Reenter {
    fn drop(&mut self) {
        // SAFETY: who made it vouches that `exec` is that of a store which nobody uses, and `instance` was the current
        // one.
        unsafe { (*self.exec).enter(self.instance) };
    }
}

/// What the embedder sees of an execution that stopped: its cause, and where it was.
#[cold]
fn stopped(mut error: Error, frames: Vec<exec::Frame>, max_frames: usize) -> Error {
    for frame in frames {
        let Some(backtrace) = error.backtrace_mut() else { break };
        if backtrace.frames().len() < max_frames {
            // SAFETY: frames are taken right after the execution ended, so their instances are there.
            unsafe { push_frame(backtrace, frame, max_frames) };
        }
    }
    error
}

/// Adds what the embedder sees of `frame` to `backtrace`, up to `max_frames`: a function that was inlined is one more.
///
/// # Safety
/// The store of its instance is there.
pub(crate) unsafe fn push_frame(backtrace: &mut WasmBacktrace, frame: exec::Frame, max_frames: usize) {
    // SAFETY: instances stay as long as their store.
    let module = Module::from_inner(unsafe { Arc::clone(&(*frame.instance).module) });
    let Origin { offset, inlined } = module.origin(frame.func, frame.word);
    let inlined = inlined.map(|(func, offset)| FrameInfo::new(module.clone(), func, Some(offset)));
    for info in inlined.into_iter().chain([FrameInfo::new(module, frame.func, offset)]) {
        if backtrace.frames().len() < max_frames {
            backtrace.push(info);
        }
    }
}
