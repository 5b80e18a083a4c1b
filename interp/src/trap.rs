//! [`Trap`]: why the guest stopped, under the names that Wasmtime gives the causes.
//!
//! Invariant: every [`TrapCode`] is one of these, and prints the same.

use core::fmt;
use fantail_core::trap::TrapCode;

macro_rules! traps {
    ($($(#[$doc:meta])* $name:ident = $code:ident,)*) => {
        /// The cause of a trap, found in an [`Error`](crate::Error) with `error.downcast_ref::<Trap>()`.
        ///
        /// `Display` words it as the specification's test suite does.
        ///
        /// ```
        /// use fantail::{Engine, Instance, Module, Store, Trap};
        ///
        /// let engine = Engine::default();
        /// let wasm = wat::parse_str(r#"(module (memory 1)
        ///     (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))"#)?;
        /// let mut store = Store::new(&engine, ());
        /// let instance = Instance::new(&mut store, &Module::new(&engine, wasm)?, &[])?;
        /// let load = instance.get_typed_func::<u32, u32>(&mut store, "load")?;
        /// let error = load.call(&mut store, 65_536).unwrap_err();
        /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::MemoryOutOfBounds));
        /// assert_eq!(Trap::MemoryOutOfBounds.to_string(), "out of bounds memory access");
        /// # Ok::<(), fantail::Error>(())
        /// ```
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[non_exhaustive]
        pub enum Trap {
            $($(#[$doc])* $name,)*
        }

        impl Trap {
            pub(crate) fn code(self) -> TrapCode {
                match self {
                    $(Self::$name => TrapCode::$code,)*
                }
            }
        }

        impl From<TrapCode> for Trap {
            fn from(code: TrapCode) -> Self {
                match code {
                    $(TrapCode::$code => Self::$name,)*
                    _ => unreachable!("{code:?} has no trap"),
                }
            }
        }
    };
}

traps! {
    /// Calls nested deeper than the value stack allows.
    StackOverflow = StackOverflow,
    /// A load, store or bulk operation reached past the end of a memory or data segment.
    MemoryOutOfBounds = MemoryOutOfBounds,
    /// An atomic access at an address that its size does not divide.
    HeapMisaligned = HeapMisaligned,
    /// A table access or bulk operation reached past the end of a table or element segment.
    TableOutOfBounds = TableOutOfBounds,
    /// An indirect call named an element past the end of its table. Wasmtime has no name of its own for it.
    UndefinedElement = UndefinedElement,
    /// An indirect call named a null element.
    IndirectCallToNull = IndirectCallToNull,
    /// An indirect call named a function of another type.
    BadSignature = BadSignature,
    /// A division or a conversion to an integer whose result does not fit.
    IntegerOverflow = IntegerOverflow,
    /// A division or remainder by zero.
    IntegerDivisionByZero = IntegerDivideByZero,
    /// A conversion of NaN to an integer.
    BadConversionToInteger = BadConversionToInteger,
    /// `unreachable` was executed.
    UnreachableCodeReached = Unreachable,
    /// The embedder asked for the execution to stop.
    Interrupt = Interrupt,
    /// The store's fuel ran out.
    OutOfFuel = OutOfFuel,
    /// `memory.atomic.wait32` or `wait64` on a memory that is not shared.
    AtomicWaitNonSharedMemory = AtomicWaitNonSharedMemory,
    /// `memory.atomic.wait32` or `wait64` would have to wait, but the crate was built without the feature `std`, and so
    /// without the means to. Wasmtime has no such build.
    AtomicWaitUnsupported = AtomicWaitUnsupported,
    /// An instruction needed a reference and found null.
    NullReference = NullReference,
    /// `call_ref` and the like found null.
    NullFuncReference = NullFuncReference,
    /// `i31.get_s` or `i31.get_u` found null.
    NullI31Reference = NullI31Reference,
    /// A structure access found null.
    NullStructReference = NullStructReference,
    /// An array access found null.
    NullArrayReference = NullArrayReference,
    /// An array access reached past the end of the array.
    ArrayOutOfBounds = ArrayOutOfBounds,
    /// An object is larger than the heap can ever hold.
    AllocationTooLarge = AllocationTooLarge,
    /// The heap is full of objects that are in use.
    HeapExhausted = HeapExhausted,
    /// `ref.cast` found a reference of another type.
    CastFailure = CastFailure,
    /// An exception left the outermost function.
    UncaughtException = UncaughtException,
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        self.code().fmt(f)
    }
}

impl core::error::Error for Trap {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn every_trap_code_has_a_trap_of_the_same_wording() {
        for &code in TrapCode::ALL {
            assert_eq!(Trap::from(code).to_string(), code.to_string());
            assert_eq!(Trap::from(code).code(), code);
        }
    }
}
