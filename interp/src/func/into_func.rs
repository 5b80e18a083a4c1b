//! [`IntoFunc`]: closures as host functions.
//!
//! Invariant: what a closure's signature says is the type of the host function made from it, so its trampoline reads
//! and writes the cells that the caller prepared, and no others.

#![expect(unsafe_code, reason = "trampolines read and write the value stack in place")]

use super::typed::{WasmParams, WasmResults, WasmTy, for_each_tuple};
use crate::store::StoreOpaque;
use crate::store::host::{HostFunc, Signature};
use crate::{AsContext, AsContextMut, Caller, Engine, Result, bail};
use fantail_core::types::ValType;

/// What a closure for [`Func::wrap`](crate::Func::wrap) may return: a [`WasmTy`], a tuple of them, `()`, or a
/// [`Result`] with one of these, whose error ends the execution.
///
/// ```
/// use fantail::{Func, Result, Store, bail};
///
/// let mut store = Store::<()>::default();
/// let nothing = Func::wrap(&mut store, || ());
/// let several = Func::wrap(&mut store, || (1_i32, 2.5_f64));
/// let fallible = Func::wrap(&mut store, |divisor: i32| -> Result<i32> {
///     if divisor == 0 { bail!("it is zero") } else { Ok(100 / divisor) }
/// });
/// assert_eq!(nothing.ty(&store).results().len(), 0);
/// assert_eq!(several.ty(&store).to_string(), "(func (result i32 f64))");
/// assert_eq!(fallible.typed::<i32, i32>(&store)?.call(&mut store, 0).unwrap_err().to_string(), "it is zero");
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Safety
/// `store_results` writes values of the types `RESULTS`.
pub unsafe trait WasmRet {
    /// The types of the results.
    #[doc(hidden)]
    const RESULTS: &'static [ValType];

    /// Writes the results to `cells`.
    ///
    /// # Safety
    /// There is room for them.
    #[doc(hidden)]
    unsafe fn store_results(self, store: &StoreOpaque, cells: *mut u64) -> Result<()>;
}

// SAFETY: it is a tuple of one.
unsafe impl<T: WasmTy> WasmRet for T {
    const RESULTS: &'static [ValType] = <T as WasmParams>::TYPES;

    #[inline]
    unsafe fn store_results(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
        // SAFETY: the caller vouches for it.
        unsafe { (self,).store_results(store, cells) }
    }
}

// SAFETY: on success it is a `T`; otherwise nothing is written. Only one error type, so that the compiler infers it.
unsafe impl<T: WasmRet> WasmRet for Result<T> {
    const RESULTS: &'static [ValType] = T::RESULTS;

    #[inline]
    unsafe fn store_results(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
        // SAFETY: the caller vouches for it.
        self.and_then(|results| unsafe { results.store_results(store, cells) })
    }
}

/// A closure that can be a host function: see [`Func::wrap`](crate::Func::wrap).
///
/// ```
/// use fantail::{Caller, IntoFunc, Linker, Result};
///
/// /// Defines a function of a module of the host.
/// fn define<P, R>(linker: &mut Linker<i32>, name: &str, func: impl IntoFunc<i32, P, R>) -> Result<()> {
///     linker.func_wrap("host", name, func).map(drop)
/// }
/// let mut linker = Linker::new(&fantail::Engine::default());
/// define(&mut linker, "add", |a: i32, b: i32| a + b)?;
/// define(&mut linker, "data", |caller: Caller<'_, i32>| *caller.data())?;
/// # Ok::<(), fantail::Error>(())
/// ```
pub trait IntoFunc<T, Params, Results>: Send + Sync + 'static {
    /// The host function.
    ///
    /// # Errors
    /// When there is not enough memory, or the engine has too many types.
    #[doc(hidden)]
    fn into_func(self, engine: &Engine) -> Result<HostFunc>;
}

macro_rules! returns {
    ($n:literal $($name:ident)*) => {
        // SAFETY: a tuple's types are those of its elements.
        #[allow(non_snake_case, reason = "values have the names of their types")]
        unsafe impl<$($name: WasmTy,)*> WasmRet for ($($name,)*) {
            const RESULTS: &'static [ValType] = <Self as WasmParams>::TYPES;

            #[inline]
            unsafe fn store_results(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
                let (($($name,)*), _id) = (&self, store.id());
                if !(true $(&& $name.is_owned_by(_id))*) {
                    bail!("host function attempted to return a reference of another store");
                }
                // SAFETY: the caller vouches for it.
                unsafe { WasmParams::put(self, store, cells) }
            }
        }
    };
}

for_each_tuple!(returns);

macro_rules! into_func {
    // A single parameter is its own list.
    (1 $name:ident) => { into_func!(@impl ($name) $name); };
    ($n:literal $($name:ident)*) => { into_func!(@impl (($($name,)*)) $($name)*); };
    (@impl ($params:ty) $($name:ident)*) => {
        #[allow(non_snake_case, reason = "values have the names of their types")]
        impl<T: 'static, F, R, $($name,)*> IntoFunc<T, $params, R> for F
        where
            F: Fn($($name),*) -> R + Send + Sync + 'static,
            R: WasmRet,
            $($name: WasmTy,)*
        {
            fn into_func(self, engine: &Engine) -> Result<HostFunc> {
                let func = move |_: Caller<'_, T>, $($name: $name),*| self($($name),*);
                func.into_func(engine)
            }
        }

        #[allow(non_snake_case, reason = "values have the names of their types")]
        impl<T: 'static, F, R, $($name,)*> IntoFunc<T, (Caller<'_, T>, $($name,)*), R> for F
        where
            F: Fn(Caller<'_, T>, $($name),*) -> R + Send + Sync + 'static,
            R: WasmRet,
            $($name: WasmTy,)*
        {
            fn into_func(self, engine: &Engine) -> Result<HostFunc> {
                let signature = Signature::new(engine, <($($name,)*) as WasmParams>::TYPES, R::RESULTS)?;
                let body = move |mut caller: Caller<'_, T>, cells: *mut u64| {
                    let store = &mut caller.as_context_mut().0.opaque;
                    // SAFETY: a caller puts values of the parameters' types into the cells.
                    let ($($name,)*) = unsafe { <($($name,)*)>::take(store, cells) };
                    let results = self(caller.reborrow(), $($name),*);
                    // SAFETY: it has room for the results there.
                    unsafe { results.store_results(&caller.as_context().0.opaque, cells) }
                };
                // SAFETY: `body` reads and writes values of the types in `signature`, and its stores have a `T`.
                Ok(unsafe { HostFunc::new(signature, body)? })
            }
        }
    };
}

for_each_tuple!(into_func);
