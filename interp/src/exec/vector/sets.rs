//! The sets of handlers, beside the one in [`HANDLERS`](crate::exec::handlers::HANDLERS).

#![expect(
    unsafe_code,
    reason = "functions of a back end may only be called where its target features are present"
)]

use super::{COUNT, FIRST, vector_row};
use crate::exec::dispatch::{Chosen, Handler};
use crate::exec::handlers::{HANDLERS, Set, first};
use crate::exec::shapes::Row;
use crate::simd_backend::SimdBackend;
use fantail_core::for_each_op;
use fantail_core::ir::Family;
use fantail_simd::V128;

/// The set of `backend`, unless it is the one of the build target.
pub(super) fn of(backend: SimdBackend) -> Option<&'static [Handler; COUNT]> {
    match backend {
        SimdBackend::Scalar => Some(&scalar::SET),
        #[cfg(target_arch = "x86_64")]
        SimdBackend::Sse2 => None,
        #[cfg(target_arch = "x86_64")]
        SimdBackend::Sse41 => Some(&sse41::SET),
        #[cfg(target_arch = "x86_64")]
        SimdBackend::Avx2 => Some(&avx2::SET),
        #[cfg(target_arch = "aarch64")]
        SimdBackend::Neon => None,
    }
}

/// What follows, of rows over vectors.
#[rustfmt::skip]
macro_rules! of_vectors {
    (VUn { $($row:tt)* }) => { $($row)* };
    (VBin { $($row:tt)* }) => { $($row)* };
    (VTern { $($row:tt)* }) => { $($row)* };
    (VPair { $($row:tt)* }) => { $($row)* };
    (VLoadBin { $($row:tt)* }) => { $($row)* };
    (VLoadX1Bin { $($row:tt)* }) => { $($row)* };
    (VLoadPair { $($row:tt)* }) => { $($row)* };
    (VBinStore { $($row:tt)* }) => { $($row)* };
    (VDot { $($row:tt)* }) => { $($row)* };
    (VBitmaskBrEqz { $($row:tt)* }) => { $($row)* };
    (VBitmaskBrNez { $($row:tt)* }) => { $($row)* };
    (VBitmaskPopcnt { $($row:tt)* }) => { $($row)* };
    (VBrAddCmp { $($row:tt)* }) => { $($row)* };
    (VBrNotAddCmp { $($row:tt)* }) => { $($row)* };
    (VShift { $($row:tt)* }) => { $($row)* };
    (VRotl { $($row:tt)* }) => { $($row)* };
    (VXorRotl { $($row:tt)* }) => { $($row)* };
    (VXorRotlBy { $($row:tt)* }) => { $($row)* };
    (VXorPermute { $($row:tt)* }) => { $($row)* };
    (VTest { $($row:tt)* }) => { $($row)* };
    (VBrTest { $($row:tt)* }) => { $($row)* };
    (VBrNotTest { $($row:tt)* }) => { $($row)* };
    (VBrCmp { $($row:tt)* }) => { $($row)* };
    (VBrNotCmp { $($row:tt)* }) => { $($row)* };
    (VBitmask { $($row:tt)* }) => { $($row)* };
    (VSplat { $($row:tt)* }) => { $($row)* };
    (VExtract { $($row:tt)* }) => { $($row)* };
    (VReplace { $($row:tt)* }) => { $($row)* };
    (VShuffle { $($row:tt)* }) => { $($row)* };
    (VPattern { $($row:tt)* }) => { $($row)* };
    (VPermute { $($row:tt)* }) => { $($row)* };
    (VLoad { $($row:tt)* }) => { $($row)* };
    (VLoadSum { $($row:tt)* }) => { $($row)* };
    (VLoadX1 { $($row:tt)* }) => { $($row)* };
    ($shape:ident { $($row:tt)* }) => {};
}

macro_rules! define {
    ($( $shape:ident { $( $family:ident $text:literal ($($ty:ident),*) -> $out:ident $sem:ident; )* } )*) => {
        mod rows {
            use super::*;

            $($(of_vectors! { $shape {
                pub(crate) struct $family;

                impl Row for $family {
                    const FAMILY: Family = Family::$family;
                }

                vector_row!(unsafe $shape $family ($($ty),*) $out $sem);
            } })*)*
        }

        pub(super) static SET: [Handler; COUNT] = {
            let mut set = [HANDLERS[0]; COUNT];
            $($(of_vectors! { $shape { first::<Level, rows::$family>(&mut set, FIRST); } })*)*
            set
        };
    };
}

macro_rules! sets {
    ($($(#[$attr:meta])* $name:ident: $backend:ident, $level:ty;)*) => {$(
        // SAFETY (all rows): whoever makes `Handlers` does so only where the target features of the back end are present.
        $(#[$attr])*
        #[allow(unused_unsafe, clippy::undocumented_unsafe_blocks, reason = "see above; some functions are safe")]
        mod $name {
            use super::*;
            use fantail_simd::backend::$backend as backend;

            type Level = $level;
            for_each_op!(define);
        }
    )*};
}

sets! {
    scalar: scalar, Set<Chosen>;
    #[cfg(target_arch = "x86_64")]
    sse41: sse41, crate::exec::handlers::Sse41<Chosen>;
    // There is no module of the back end for AVX2, which its documentation explains.
    #[cfg(target_arch = "x86_64")]
    avx2: sse41, crate::exec::handlers::Avx2<Chosen>;
}
