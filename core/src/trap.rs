//! Why a guest trapped: one code per cause, worded as the specification's test suite words it.
//!
//! Spec: section 4.2.2 "Results" (a trap carries no value); the wordings are those of `assert_trap` in the test suite.

use core::fmt;

macro_rules! trap_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// The cause of a trap.
        ///
        /// ```
        /// use fantail_core::TrapCode;
        /// assert_eq!(TrapCode::IntegerDivideByZero.to_string(), "integer divide by zero");
        /// ```
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum TrapCode {
            $($(#[$doc])* $name,)*
        }

        impl TrapCode {
            /// Every code, in the order of its number.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The cause in the words of the specification's test suite.
            pub const fn message(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

trap_codes! {
    /// `unreachable` was executed.
    Unreachable = "unreachable",
    /// A load, store or bulk operation reached past the end of a memory or data segment.
    MemoryOutOfBounds = "out of bounds memory access",
    /// A table access or bulk operation reached past the end of a table or element segment.
    TableOutOfBounds = "out of bounds table access",
    /// An indirect call named an element past the end of its table.
    UndefinedElement = "undefined element",
    /// An indirect call named a null element.
    IndirectCallToNull = "uninitialized element",
    /// An indirect call named a function of another type.
    BadSignature = "indirect call type mismatch",
    /// A division or a conversion to an integer whose result does not fit.
    IntegerOverflow = "integer overflow",
    /// A division or remainder by zero.
    IntegerDivideByZero = "integer divide by zero",
    /// A conversion of NaN to an integer.
    BadConversionToInteger = "invalid conversion to integer",
    /// Calls nested deeper than the value stack allows.
    StackOverflow = "call stack exhausted",
    /// The store's fuel ran out.
    OutOfFuel = "all fuel consumed",
    /// The embedder asked for the execution to stop.
    Interrupt = "interrupt",
    /// An instruction needed a reference and found null.
    NullReference = "null reference",
    /// `call_ref` and the like found null.
    NullFuncReference = "null function reference",
    /// `i31.get_s` or `i31.get_u` found null.
    NullI31Reference = "null i31 reference",
    /// A structure access found null.
    NullStructReference = "null structure reference",
    /// An array access found null.
    NullArrayReference = "null array reference",
    /// `ref.cast` found a reference of another type.
    CastFailure = "cast failure",
    /// An array access reached past the end of the array.
    ArrayOutOfBounds = "out of bounds array access",
    /// An object is larger than the heap can ever hold.
    AllocationTooLarge = "allocation size too large",
    /// The heap is full of objects that are in use.
    HeapExhausted = "heap exhausted",
    /// `memory.atomic.wait32` or `wait64` on a memory that is not shared.
    AtomicWaitNonSharedMemory = "expected shared memory",
    /// An atomic access at an address that its size does not divide.
    HeapMisaligned = "unaligned atomic",
    /// `memory.atomic.wait32` or `wait64` would have to wait, but the engine was built without the means to.
    AtomicWaitUnsupported = "waiting is not supported",
    /// An exception left the outermost function.
    UncaughtException = "uncaught exception",
}

impl fmt::Display for TrapCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.write_str(self.message())
    }
}

impl core::error::Error for TrapCode {}

const _: () = assert!(size_of::<TrapCode>() == 1 && size_of::<Result<(), TrapCode>>() == 1);

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn codes_are_numbered_in_order_and_worded_apart() {
        for (number, code) in TrapCode::ALL.iter().enumerate() {
            assert_eq!(*code as usize, number);
            assert_eq!(code.to_string(), code.message());
            assert!(TrapCode::ALL[..number].iter().all(|other| other.message() != code.message()));
        }
    }
}
