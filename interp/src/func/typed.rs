//! [`TypedFunc`]: a function whose type the compiler knows.
//!
//! # Invariants
//! - A `TypedFunc<Params, Results>` exists only for a function of that type.
//! - A type takes [`WasmTy::CELLS`] cells, and reading back what was stored gives the same value.

#![expect(unsafe_code, reason = "values are read from and written to the value stack in place")]

use super::{Activation, Func};
use crate::rooted::GcRef;
use crate::store::StoreOpaque;
use crate::store::handle::StoreId;
use crate::types::{HeapType, RefType, ValType};
use crate::value::{V128, v128_from_cells, v128_to_cells};
use crate::{AnyRef, ArrayRef, AsContextMut, EqRef, ExnRef, ExternRef, I31, Result, Rooted, StructRef};
use core::fmt;
use core::marker::PhantomData;
use fantail_core::types as core_types;

/// A function with parameters `Params` and results `Results`: each one type, a tuple of types, or `()`.
///
/// Made by [`Func::typed`] or [`Instance::get_typed_func`](crate::Instance::get_typed_func). A call of it allocates
/// nothing.
///
/// ```
/// use fantail::{Engine, Instance, Module, Store, TypedFunc};
///
/// let engine = Engine::default();
/// let wasm = wat::parse_str(r#"(module (func (export "divide") (param i64 i64) (result i64 i64)
///     (i64.div_s (local.get 0) (local.get 1))
///     (i64.rem_s (local.get 0) (local.get 1))))"#)?;
/// let mut store = Store::new(&engine, ());
/// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
/// let divide: TypedFunc<(i64, i64), (i64, i64)> = instance.get_typed_func(&mut store, "divide")?;
/// assert_eq!(divide.call(&mut store, (-7, 2))?, (-3, -1));
/// # Ok::<(), fantail::Error>(())
/// ```
pub struct TypedFunc<Params, Results> {
    func: Func,
    ty: PhantomData<fn(Params) -> Results>,
}

impl<Params, Results> Clone for TypedFunc<Params, Results> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Params, Results> Copy for TypedFunc<Params, Results> {}

impl<Params, Results> fmt::Debug for TypedFunc<Params, Results> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TypedFunc").field(&self.func).finish()
    }
}

impl<Params, Results> TypedFunc<Params, Results>
where
    Params: WasmParams,
    Results: WasmResults,
{
    /// `func` is of that type.
    pub(super) fn new(func: Func) -> Self {
        Self { func, ty: PhantomData }
    }

    /// The function without the knowledge of its type.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls it.
    ///
    /// # Errors
    /// When it traps, an [`Error`](crate::Error) that contains a [`Trap`](crate::Trap); when a host function fails,
    /// that function's error. Both have a [`WasmBacktrace`](crate::WasmBacktrace).
    ///
    /// # Panics
    /// When it, or a reference among `params`, belongs to another store.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: Params) -> Result<Results> {
        let mut context = store.as_context_mut();
        let id = context.0.opaque.id();
        self.func.store.check(id);
        params.assert_owners(id);
        let mut activation =
            Activation::enter(&mut context, const { max(Params::CELLS, <Results as WasmParams>::CELLS) })?;
        // SAFETY: there is room for parameters and results, the function has that type by the invariants, and it is
        // one of this store.
        unsafe {
            params.put(&*activation.store, activation.cells)?;
            activation.run(self.func.handle)?;
            Ok(Results::take(&mut *activation.store, activation.cells))
        }
    }
}

const fn max(a: usize, b: usize) -> usize {
    if a > b { a } else { b }
}

/// A type of parameters and results.
///
/// ```
/// use fantail::{Func, ValType, WasmTy};
///
/// assert_eq!(u32::valtype(), ValType::I32);
/// assert_eq!(<Option<Func>>::valtype(), ValType::FUNCREF);
/// ```
///
/// # Safety
/// `CELLS` is what a value of `valtype()` takes, `TYPE` is that type, and `into_cells` writes such a value.
pub unsafe trait WasmTy: Copy + Send {
    /// How many cells it takes.
    #[doc(hidden)]
    const CELLS: usize;

    /// The type it stands for, as modules have it: that of no module, so it is no concrete one.
    #[doc(hidden)]
    const TYPE: core_types::ValType;

    /// The type it stands for.
    fn valtype() -> ValType;

    /// Panics when it belongs to another store.
    #[doc(hidden)]
    #[inline]
    fn assert_owner(&self, _store: StoreId) {}

    /// Whether it belongs to the store.
    #[doc(hidden)]
    #[inline]
    fn is_owned_by(&self, _store: StoreId) -> bool {
        true
    }

    /// Writes it to `cells`.
    ///
    /// # Safety
    /// There is room for `CELLS` cells.
    #[doc(hidden)]
    unsafe fn into_cells(self, store: &StoreOpaque, cells: *mut u64) -> Result<()>;

    /// Reads it from `cells`.
    ///
    /// # Safety
    /// A value of `valtype()` that belongs to the store is there.
    #[doc(hidden)]
    unsafe fn from_cells(store: &mut StoreOpaque, cells: *const u64) -> Self;
}

macro_rules! numbers {
    ($($ty:ty, $val_type:ident, $value:ident => $cell:expr, $bits:ident => $back:expr;)*) => {$(
        // SAFETY: the type has one cell, the value in its low bits.
        unsafe impl WasmTy for $ty {
            const CELLS: usize = 1;
            const TYPE: core_types::ValType = core_types::ValType::$val_type;

            fn valtype() -> ValType {
                ValType::$val_type
            }

            #[inline]
            unsafe fn into_cells(self, _store: &StoreOpaque, cells: *mut u64) -> Result<()> {
                let $value = self;
                // SAFETY: the caller vouches for it.
                unsafe { *cells = $cell };
                Ok(())
            }

            #[inline]
            unsafe fn from_cells(_store: &mut StoreOpaque, cells: *const u64) -> Self {
                // SAFETY: the caller vouches for it.
                let $bits = unsafe { *cells };
                $back
            }
        }
    )*};
}

numbers! {
    i32, I32, value => u64::from(value.cast_unsigned()), bits => (bits as u32).cast_signed();
    u32, I32, value => u64::from(value), bits => bits as u32;
    i64, I64, value => value.cast_unsigned(), bits => bits.cast_signed();
    u64, I64, value => value, bits => bits;
    f32, F32, value => u64::from(value.to_bits()), bits => f32::from_bits(bits as u32);
    f64, F64, value => value.to_bits(), bits => f64::from_bits(bits);
}

// SAFETY: a vector has two cells, the low half first.
unsafe impl WasmTy for V128 {
    const CELLS: usize = 2;
    const TYPE: core_types::ValType = core_types::ValType::V128;

    fn valtype() -> ValType {
        ValType::V128
    }

    #[inline]
    unsafe fn into_cells(self, _store: &StoreOpaque, cells: *mut u64) -> Result<()> {
        let [low, high] = v128_to_cells(self.as_u128());
        // SAFETY: the caller vouches for it.
        unsafe {
            *cells = low;
            *cells.add(1) = high;
        }
        Ok(())
    }

    #[inline]
    unsafe fn from_cells(_store: &mut StoreOpaque, cells: *const u64) -> Self {
        // SAFETY: the caller vouches for it.
        unsafe { v128_from_cells([*cells, *cells.add(1)]).into() }
    }
}

macro_rules! references {
    ($($ty:ty, $heap:ident;)*) => {$(
        // SAFETY: a reference has one cell, its handle.
        unsafe impl WasmTy for $ty {
            const CELLS: usize = 1;
            const TYPE: core_types::ValType =
                core_types::ValType::Ref(core_types::RefType { nullable: false, heap: core_types::HeapType::$heap });

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(false, HeapType::$heap))
            }

            #[track_caller]
            fn assert_owner(&self, store: StoreId) {
                assert!(Reference::belongs_to(self, store), "object used with the wrong store");
            }

            fn is_owned_by(&self, store: StoreId) -> bool {
                Reference::belongs_to(self, store)
            }

            #[inline]
            unsafe fn into_cells(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
                // SAFETY: the caller vouches for it.
                unsafe { *cells = Reference::cell(&self, store)? };
                Ok(())
            }

            #[inline]
            unsafe fn from_cells(store: &mut StoreOpaque, cells: *const u64) -> Self {
                // SAFETY: the caller vouches for it.
                let reference = unsafe { <Option<$ty> as WasmTy>::from_cells(store, cells) };
                reference.expect("a reference of this type is not null")
            }
        }

        // SAFETY: as above, null being 0.
        unsafe impl WasmTy for Option<$ty> {
            const CELLS: usize = 1;
            const TYPE: core_types::ValType =
                core_types::ValType::Ref(core_types::RefType { nullable: true, heap: core_types::HeapType::$heap });

            fn valtype() -> ValType {
                ValType::Ref(RefType::new(true, HeapType::$heap))
            }

            #[track_caller]
            fn assert_owner(&self, store: StoreId) {
                if let Some(reference) = self {
                    reference.assert_owner(store);
                }
            }

            fn is_owned_by(&self, store: StoreId) -> bool {
                self.is_none_or(|reference| reference.is_owned_by(store))
            }

            #[inline]
            unsafe fn into_cells(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
                let cell = match &self {
                    Some(reference) => Reference::cell(reference, store)?,
                    None => 0,
                };
                // SAFETY: the caller vouches for it.
                unsafe { *cells = cell };
                Ok(())
            }

            #[inline]
            unsafe fn from_cells(store: &mut StoreOpaque, cells: *const u64) -> Self {
                // SAFETY: the caller vouches for it.
                <$ty as Reference>::of(store, unsafe { *cells })
            }
        }
    )*};
}

references! {
    Func, Func;
    Rooted<ExternRef>, Extern;
    Rooted<AnyRef>, Any;
    Rooted<EqRef>, Eq;
    Rooted<StructRef>, Struct;
    Rooted<ArrayRef>, Array;
    I31, I31;
    Rooted<ExnRef>, Exn;
}

/// What is a reference in a cell.
trait Reference: Sized {
    /// The reference in `cell`; nothing for null.
    fn of(store: &mut StoreOpaque, cell: u64) -> Option<Self>;

    /// The cell of it.
    fn cell(&self, store: &StoreOpaque) -> Result<u64>;

    /// Whether it can be used with the store.
    fn belongs_to(&self, store: StoreId) -> bool;
}

impl Reference for Func {
    fn of(store: &mut StoreOpaque, cell: u64) -> Option<Self> {
        Self::from_handle(store.id(), cell)
    }

    fn cell(&self, _: &StoreOpaque) -> Result<u64> {
        Ok(self.handle())
    }

    fn belongs_to(&self, store: StoreId) -> bool {
        self.store() == store
    }
}

impl<T: GcRef> Reference for Rooted<T> {
    fn of(store: &mut StoreOpaque, cell: u64) -> Option<Self> {
        Self::from_cell(store, cell)
    }

    fn cell(&self, store: &StoreOpaque) -> Result<u64> {
        Rooted::cell(self, store)
    }

    fn belongs_to(&self, store: StoreId) -> bool {
        self.store() == store
    }
}

impl Reference for I31 {
    fn of(_: &mut StoreOpaque, cell: u64) -> Option<Self> {
        (cell != 0).then(|| Self::wrapping_u32((cell >> 1) as u32))
    }

    fn cell(&self, _: &StoreOpaque) -> Result<u64> {
        Ok(fantail_core::num::ref_i31(self.get_u32()))
    }

    fn belongs_to(&self, _: StoreId) -> bool {
        true
    }
}

/// Parameters of a [`TypedFunc`]: a [`WasmTy`], or a tuple of up to 16.
///
/// ```
/// use fantail::{Instance, Result, Store, WasmParams};
///
/// /// Calls what an instance exports as `run`, whatever its parameters.
/// fn run<P: WasmParams>(store: &mut Store<()>, instance: Instance, params: P) -> Result<i32> {
///     instance.get_typed_func::<P, i32>(&mut *store, "run")?.call(store, params)
/// }
/// # let mut store = Store::default();
/// # let wasm = wat::parse_str("(module (func (export \"run\") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1))))")?;
/// # let module = fantail::Module::new(store.engine(), wasm)?;
/// # let instance = Instance::new(&mut store, &module, &[])?;
/// assert_eq!(run(&mut store, instance, (5, 3))?, 2);
/// assert!(run(&mut store, instance, ()).is_err());
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Safety
/// As for [`WasmTy`], for all of them in a row.
pub unsafe trait WasmParams: Send {
    /// How many cells they take.
    #[doc(hidden)]
    const CELLS: usize;

    /// Their types.
    #[doc(hidden)]
    const TYPES: &'static [core_types::ValType];

    /// Panics when one of them belongs to another store.
    #[doc(hidden)]
    fn assert_owners(&self, store: StoreId);

    /// Writes them to `cells`.
    ///
    /// # Safety
    /// There is room for `CELLS` cells.
    #[doc(hidden)]
    unsafe fn put(self, store: &StoreOpaque, cells: *mut u64) -> Result<()>;
}

/// Results of a [`TypedFunc`]: a [`WasmTy`], or a tuple of up to 16.
///
/// ```
/// use fantail::{Func, Result, Store, WasmResults};
///
/// /// Calls a function without parameters, whatever its results.
/// fn call<R: WasmResults>(store: &mut Store<()>, func: Func) -> Result<R> {
///     func.typed::<(), R>(&*store)?.call(store, ())
/// }
/// let mut store = Store::default();
/// let pair = Func::wrap(&mut store, || (1_i32, 2_i64));
/// assert_eq!(call::<(i32, i64)>(&mut store, pair)?, (1, 2));
/// # Ok::<(), fantail::Error>(())
/// ```
///
/// # Safety
/// As for [`WasmParams`].
pub unsafe trait WasmResults: WasmParams {
    /// Reads them from `cells`.
    ///
    /// # Safety
    /// Such values that belong to the store are there.
    #[doc(hidden)]
    unsafe fn take(store: &mut StoreOpaque, cells: *const u64) -> Self;
}

// SAFETY: it is a tuple of one.
unsafe impl<T: WasmTy> WasmParams for T {
    const CELLS: usize = <T as WasmTy>::CELLS;
    const TYPES: &'static [core_types::ValType] = &[T::TYPE];

    #[inline]
    fn assert_owners(&self, store: StoreId) {
        WasmTy::assert_owner(self, store);
    }

    #[inline]
    unsafe fn put(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
        // SAFETY: the caller vouches for it.
        unsafe { WasmTy::into_cells(self, store, cells) }
    }
}

// SAFETY: it is a tuple of one.
unsafe impl<T: WasmTy> WasmResults for T {
    #[inline]
    unsafe fn take(store: &mut StoreOpaque, cells: *const u64) -> Self {
        // SAFETY: the caller vouches for it.
        unsafe { <T as WasmTy>::from_cells(store, cells) }
    }
}

macro_rules! tuples {
    ($n:literal $($name:ident)*) => {
        // SAFETY: each is stored behind those before it, whose cells are counted.
        #[allow(non_snake_case, reason = "values have the names of their types")]
        unsafe impl<$($name: WasmTy,)*> WasmParams for ($($name,)*) {
            const CELLS: usize = 0 $(+ <$name as WasmTy>::CELLS)*;
            const TYPES: &'static [core_types::ValType] = &[$(<$name as WasmTy>::TYPE,)*];

            #[inline]
            fn assert_owners(&self, store: StoreId) {
                let ($($name,)*) = self;
                $(WasmTy::assert_owner($name, store);)*
                let _ = store;
            }

            #[inline]
            unsafe fn put(self, store: &StoreOpaque, cells: *mut u64) -> Result<()> {
                let ($($name,)*) = self;
                let at = 0;
                $(
                    // SAFETY: the caller vouches for all `CELLS` cells.
                    unsafe { WasmTy::into_cells($name, store, cells.add(at))? };
                    let at = at + <$name as WasmTy>::CELLS;
                )*
                let _ = (store, cells, at);
                Ok(())
            }
        }

        // SAFETY: as above.
        #[allow(non_snake_case, clippy::unused_unit, reason = "values have the names of their types")]
        unsafe impl<$($name: WasmTy,)*> WasmResults for ($($name,)*) {
            #[inline]
            unsafe fn take(store: &mut StoreOpaque, cells: *const u64) -> Self {
                let at = 0;
                $(
                    // SAFETY: the caller vouches for all `CELLS` cells.
                    let $name = unsafe { <$name as WasmTy>::from_cells(store, cells.add(at)) };
                    let at = at + <$name as WasmTy>::CELLS;
                )*
                let _ = (store, cells, at);
                ($($name,)*)
            }
        }
    };
}

macro_rules! for_each_tuple {
    ($macro:ident) => {
        $macro!(0);
        $macro!(1 A1);
        $macro!(2 A1 A2);
        $macro!(3 A1 A2 A3);
        $macro!(4 A1 A2 A3 A4);
        $macro!(5 A1 A2 A3 A4 A5);
        $macro!(6 A1 A2 A3 A4 A5 A6);
        $macro!(7 A1 A2 A3 A4 A5 A6 A7);
        $macro!(8 A1 A2 A3 A4 A5 A6 A7 A8);
        $macro!(9 A1 A2 A3 A4 A5 A6 A7 A8 A9);
        $macro!(10 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10);
        $macro!(11 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11);
        $macro!(12 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12);
        $macro!(13 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13);
        $macro!(14 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14);
        $macro!(15 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15);
        $macro!(16 A1 A2 A3 A4 A5 A6 A7 A8 A9 A10 A11 A12 A13 A14 A15 A16);
    };
}

for_each_tuple!(tuples);

pub(super) use for_each_tuple;
