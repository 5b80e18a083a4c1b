//! The handler of every op, from the table.
//!
//! A row of the table becomes a marker type in [`rows`], which says what is computed, and [`Shaped::Op`], which says by
//! which generic op. [`handlers`] then asks each row for the handlers of all its variants, in the order of their
//! numbers.
//!
//! Invariant: `HANDLERS[op.number()]` executes `op`. The tests run every variant of every plain shape.

use super::dispatch::Exec;
#[cfg(feature = "fusion")]
use super::dispatch::{Chosen, Dispatch, Entry, Handler};
#[cfg(feature = "fusion")]
use super::frequent::is_frequent;
use super::shapes::Row;
use super::vector::vector_row;
use super::{
    atomic, bulk, call, control, exception, fused, gc, idiom, make, memory, meter, runtime, shapes, table,
};
#[cfg(feature = "fusion")]
use core::marker::PhantomData;
use fantail_core::for_each_op;
use fantail_core::ir::Family;
#[cfg(feature = "fusion")]
use fantail_core::ir::OPS;
use fantail_simd as backend;
use fantail_simd::V128;

/// Which op executes the variants of a row.
pub(crate) trait Shaped: Row {
    /// It.
    type Op<const V: u16>: Exec;
}

/// How handlers are compiled: for which dispatcher and machine.
#[cfg(feature = "fusion")]
pub(super) trait Compiled {
    /// A handler.
    type Handler: Copy;
    /// That of an op.
    type Of<O: Exec>: Entry<Self::Handler>;
    /// That of an op that is [frequent](super::frequent).
    type OfFrequent<O: Exec>: Entry<Self::Handler>;
}

/// For every machine.
#[cfg(feature = "fusion")]
pub(super) struct Plain<D>(PhantomData<D>);

#[cfg(feature = "fusion")]
impl<D: Dispatch> Compiled for Plain<D> {
    type Handler = D::Handler;
    type Of<O: Exec> = D::Of<O>;
    type OfFrequent<O: Exec> = D::OfFrequent<O>;
}

/// For every machine, in a further set.
#[cfg(fantail_vector_sets)]
pub(super) struct Set<D>(PhantomData<D>);

#[cfg(fantail_vector_sets)]
impl<D: Dispatch> Compiled for Set<D> {
    type Handler = D::Handler;
    type Of<O: Exec> = D::OfSet<O>;
    type OfFrequent<O: Exec> = D::OfSet<O>;
}

/// For machines with SSE4.1 and SSSE3.
#[cfg(all(target_arch = "x86_64", fantail_vector_sets))]
pub(super) struct Sse41<D>(PhantomData<D>);

#[cfg(all(target_arch = "x86_64", fantail_vector_sets))]
impl<D: Dispatch> Compiled for Sse41<D> {
    type Handler = D::Handler;
    type Of<O: Exec> = D::OfSse41<O>;
    type OfFrequent<O: Exec> = D::OfSse41<O>;
}

/// For machines with AVX2 and FMA.
#[cfg(all(target_arch = "x86_64", feature = "fusion"))]
pub(super) struct Avx2<D>(PhantomData<D>);

#[cfg(all(target_arch = "x86_64", feature = "fusion"))]
impl<D: Dispatch> Compiled for Avx2<D> {
    type Handler = D::Handler;
    type Of<O: Exec> = D::OfAvx2<O>;
    type OfFrequent<O: Exec> = D::OfAvx2<O>;
}

/// The handler of `O`, which is op `number`.
#[cfg(feature = "fusion")]
const fn handler<C: Compiled, O: Exec>(number: u16) -> C::Handler {
    if is_frequent(number) { <C::OfFrequent<O>>::HANDLER } else { <C::Of<O>>::HANDLER }
}

/// Puts the handlers of variants 0 to 11 of `F` in their places in a table that begins with op `start`; and of the others.
#[cfg(feature = "fusion")]
pub(super) const fn first<C: Compiled, F: Shaped>(table: &mut [C::Handler], start: u16) {
    macro_rules! put {
        ($($v:literal)*) => {$(
            if $v < F::FAMILY.variants() {
                table[(F::FAMILY.first() + $v - start) as usize] = handler::<C, F::Op<$v>>(F::FAMILY.first() + $v);
            }
        )*};
    }
    put!(0 1 2 3 4 5 6 7 8 9 10 11);
    if F::FAMILY.variants() > 12 {
        middle::<C, F>(table, start);
    }
}

/// The same from 12 to 47.
#[cfg(feature = "fusion")]
const fn middle<C: Compiled, F: Shaped>(table: &mut [C::Handler], start: u16) {
    macro_rules! put {
        ($($v:literal)*) => {$(
            if $v < F::FAMILY.variants() {
                table[(F::FAMILY.first() + $v - start) as usize] = handler::<C, F::Op<$v>>(F::FAMILY.first() + $v);
            }
        )*};
    }
    put!(12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47);
    if F::FAMILY.variants() > 48 {
        last::<C, F>(table, start);
    }
}

/// The same from 48 to 143, the most there are.
#[cfg(feature = "fusion")]
const fn last<C: Compiled, F: Shaped>(table: &mut [C::Handler], start: u16) {
    macro_rules! put {
        ($($v:literal)*) => {$(
            if $v < F::FAMILY.variants() {
                table[(F::FAMILY.first() + $v - start) as usize] = handler::<C, F::Op<$v>>(F::FAMILY.first() + $v);
            }
        )*};
    }
    put!(48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79);
    put!(80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99 100 101 102 103 104 105 106 107 108 109);
    put!(110 111 112 113 114 115 116 117 118 119 120 121 122 123 124 125 126 127 128 129 130 131 132 133 134);
    put!(135 136 137 138 139 140 141 142 143);
    assert!(F::FAMILY.variants() <= 144);
}

/// Rust types of the table's types.
pub(super) mod ty {
    pub(crate) type I32 = u32;
    pub(crate) type I64 = u64;
    pub(crate) type F32 = f32;
    pub(crate) type F64 = f64;
    pub(crate) use fantail_simd::V128;
}

/// What a row computes and which op does it, by shape.
macro_rules! row {
    (Com $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (Cmp $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (Bin $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (TryBin $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (FBin $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (FCmp $($row:tt)*) => { row!(binary fantail_core::num; $($row)*); };
    (ComWide $f:ident $($row:tt)*) => {
        row!(semantics fantail_core::num; $f $($row)*);
        row!(op $f fused::BinWide<Self, V>);
    };
    (binary $path:path; $f:ident $($row:tt)*) => {
        row!(semantics $path; $f $($row)*);
        row!(op $f shapes::Bin<Self, V>);
    };
    (semantics $path:path; $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        impl shapes::Binary for $f {
            type A = ty::$a;
            type B = ty::$b;
            type R = ty::$out;
            #[inline(always)]
            fn apply(a: ty::$a, b: ty::$b) -> Result<ty::$out, fantail_core::TrapCode> {
                use $path as functions;
                shapes::Outcome::outcome(functions::$sem(a, b))
            }
        }
    };
    (Un $($row:tt)*) => { row!(unary fantail_core::num; $($row)*); };
    (TryUn $($row:tt)*) => { row!(unary fantail_core::num; $($row)*); };
    (unary $path:path; $f:ident ($a:ident) $out:ident $sem:ident) => {
        impl shapes::Unary for $f {
            type A = ty::$a;
            type R = ty::$out;
            #[inline(always)]
            fn apply(a: ty::$a) -> Result<ty::$out, fantail_core::TrapCode> {
                use $path as functions;
                shapes::Outcome::outcome(functions::$sem(a))
            }
        }
        row!(op $f shapes::Un<Self, V>);
    };
    (Copy $f:ident ($a:ident) $out:ident none) => { row!(typed $f $out shapes::Copy<Self, V>); };
    (Const $f:ident () $out:ident none) => { row!(typed $f $out shapes::Const<Self, V>); };
    (Select $f:ident ($($a:ident),*) $out:ident none) => { row!(typed $f $out shapes::Select<Self, V>); };
    (GlobalGet $f:ident () $out:ident none) => { row!(typed $f $out table::GlobalGet<Self, V>); };
    (GlobalSet $f:ident ($a:ident) None none) => { row!(typed $f $a table::GlobalSet<Self, V>); };
    (ReturnValue $f:ident ($a:ident) None none) => { row!(typed $f $a control::ReturnValue<Self, V>); };
    (typed $f:ident $t:ident $op:ty) => {
        impl shapes::Typed for $f {
            type T = ty::$t;
        }
        row!(op $f $op);
    };
    (BrCmp $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(compare $f $a $sem true); };
    (BrFCmp $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(compare $f $a $sem true); };
    (BrNotFCmp $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(compare $f $a $sem false); };
    (compare $f:ident $a:ident $sem:ident $truth:literal) => {
        row!(compares $f $a $sem);
        row!(op $f control::BrCmp<Self, V, $truth>);
    };
    (compares $f:ident $a:ident $sem:ident) => {
        impl control::Compare for $f {
            type A = ty::$a;
            #[inline(always)]
            fn holds(a: ty::$a, b: ty::$a) -> bool {
                fantail_core::num::$sem(a, b)
            }
        }
    };
    (BrIf BrEqz $($rest:tt)*) => { row!(op BrEqz control::BrIf<Self, V, true>); };
    (BrIf BrNez $($rest:tt)*) => { row!(op BrNez control::BrIf<Self, V, false>); };
    (Jump $f:ident $($rest:tt)*) => { row!(op $f control::Jump<Self, V>); };
    (BrTable $f:ident $($rest:tt)*) => { row!(op $f control::BrTable<Self, V>); };
    (Unreachable $f:ident $($rest:tt)*) => { row!(op $f control::Unreachable<Self, V>); };
    (Throw $f:ident $($rest:tt)*) => { row!(op $f exception::Throw<Self, V>); };
    (ThrowRef $f:ident $($rest:tt)*) => { row!(op $f exception::ThrowRef<Self, V>); };
    (Return $f:ident $($rest:tt)*) => { row!(op $f control::Return<Self, V>); };
    (ZeroCells $f:ident $($rest:tt)*) => { row!(op $f control::ZeroCells<Self, V>); };
    (ZeroCellsPin $f:ident $($rest:tt)*) => { row!(op $f control::ZeroCellsPin<Self, V>); };
    (GlobalStep $f:ident $($rest:tt)*) => { row!(op $f table::GlobalStep<Self, V>); };
    (GlobalSetSum $f:ident $($rest:tt)*) => { row!(op $f table::GlobalSetSum<Self, V>); };
    (CheckStack $f:ident $($rest:tt)*) => { row!(op $f control::CheckStack<Self, V>); };
    (Fuel $f:ident $($rest:tt)*) => { row!(op $f meter::Fuel<Self, V>); };
    (CheckEpoch $f:ident $($rest:tt)*) => { row!(op $f meter::CheckEpoch<Self, V>); };
    (Keep $f:ident $($rest:tt)*) => { row!(op $f control::Keep<Self, V>); };
    (PinLoad $f:ident $($rest:tt)*) => { row!(op $f control::PinLoad<Self, V>); };
    (Load $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f memory::Load<Self, V>);
    };
    (LoadAny $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f memory::LoadAny<Self, V>);
    };
    (load $f:ident $out:ident, |$view:ident, $address:ident| $value:expr) => {
        #[expect(unsafe_code, reason = "reads memory, see `memory::View`")]
        impl memory::Loads for $f {
            type R = ty::$out;
            #[inline(always)]
            unsafe fn load<E: memory::End>($view: memory::View<E>, $address: u64) -> Option<ty::$out> {
                // SAFETY: the caller vouches for the view.
                unsafe { $value }
            }
        }
    };
    (Store $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(store $f $b $sem memory::Store<Self, V>); };
    (FStore $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(store $f $b $sem memory::StoreAcc<Self, V>); };
    (VStore $($row:tt)*) => { row!(Store $($row)*); };
    (VStoreSum $($row:tt)*) => { row!(StoreSum $($row)*); };
    (VStoreX1 $($row:tt)*) => { row!(StoreX1 $($row)*); };
    (StoreAny $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(store $f $b $sem memory::StoreAny<Self, V>); };
    (store $f:ident $t:ident $sem:ident $op:ty) => {
        #[expect(unsafe_code, reason = "writes memory, see `memory::View`")]
        impl memory::Stores for $f {
            type T = ty::$t;
            #[inline(always)]
            unsafe fn store<E: memory::End>(view: memory::View<E>, address: u64, value: ty::$t) -> Option<()> {
                // SAFETY: the caller vouches for the view.
                unsafe { memory::$sem(view, address, value) }
            }
        }
        row!(op $f $op);
    };
    (LoadShared $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f atomic::LoadShared<Self, V>);
    };
    (StoreShared $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(store $f $b $sem atomic::StoreShared<Self, V>);
    };
    (AtomicLoad $f:ident ($a:ident) $out:ident $width:ident) => { row!(atomic $f $width atomic::Load<Self, V>); };
    (AtomicStore $f:ident ($a:ident, $b:ident) None $width:ident) => {
        row!(atomic $f $width atomic::Store<Self, V>);
    };
    (AtomicAdd $($row:tt)*) => { row!(modify Add $($row)*); };
    (AtomicSub $($row:tt)*) => { row!(modify Sub $($row)*); };
    (AtomicAnd $($row:tt)*) => { row!(modify And $($row)*); };
    (AtomicOr $($row:tt)*) => { row!(modify Or $($row)*); };
    (AtomicXor $($row:tt)*) => { row!(modify Xor $($row)*); };
    (AtomicXchg $($row:tt)*) => { row!(modify Xchg $($row)*); };
    (AtomicCmpxchg $f:ident ($($a:ident),*) $out:ident $width:ident) => {
        row!(atomic $f $width atomic::Cmpxchg<Self, V>);
    };
    (modify $how:ident $f:ident ($($a:ident),*) $out:ident $width:ident) => {
        impl atomic::Modifies for $f {
            const HOW: atomic::Modification = atomic::Modification::$how;
        }
        row!(atomic $f $width atomic::Rmw<Self, V>);
    };
    (atomic $f:ident $width:ident $op:ty) => {
        impl atomic::Atomic for $f {
            type W = $width;
        }
        row!(op $f $op);
    };
    (AtomicFence $f:ident $($rest:tt)*) => { row!(op $f atomic::Fence<Self, V>); };
    (MemorySizeShared $f:ident $($rest:tt)*) => { row!(op $f atomic::SharedSize<Self, V>); };
    (MemorySize $f:ident $($rest:tt)*) => { row!(op $f memory::MemorySize<Self, V>); };
    (TableGet $f:ident $($rest:tt)*) => { row!(op $f table::TableGet<Self, V>); };
    (TableSet $f:ident $($rest:tt)*) => { row!(op $f table::TableSet<Self, V>); };
    (TableSize $f:ident $($rest:tt)*) => { row!(op $f table::TableSize<Self, V>); };
    (RefFunc $f:ident $($rest:tt)*) => { row!(op $f table::RefFunc<Self, V>); };
    (RefAsNonNull $f:ident $($rest:tt)*) => { row!(op $f table::RefAsNonNull<Self, V>); };
    (Outline $f:ident $($rest:tt)*) => { row!(op $f bulk::Outline<Self, V>); };
    (Wide4 $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(wide $f four_cells (u64, u64, u64, u64), |(a, b, c, d)| fantail_core::num::$sem(a, b, c, d));
    };
    (Wide2 $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        row!(wide $f two_cells (u64, u64), |(a, b)| fantail_core::num::$sem(a, b));
    };
    (wide $f:ident $cells:ident $operands:ty, |$pattern:pat_param| $value:expr) => {
        #[expect(unsafe_code, reason = "reads cells, see `shapes`")]
        impl shapes::Wide for $f {
            type Operands = $operands;
            #[inline(always)]
            unsafe fn operands(regs: &crate::exec::dispatch::Regs) -> $operands {
                // SAFETY: the caller vouches for the op.
                unsafe { shapes::$cells(regs) }
            }
            #[inline(always)]
            fn apply($pattern: $operands) -> (u64, u64) {
                $value
            }
        }
        row!(op $f shapes::WideOp<Self, V>);
    };
    (Call $f:ident $($rest:tt)*) => { row!(op $f call::Call<Self, V>); };
    (CallImport $f:ident $($rest:tt)*) => { row!(op $f call::CallImport<Self, V, false>); };
    (CallIndirect $f:ident $($rest:tt)*) => { row!(op $f call::CallIndirect<Self, V, false>); };
    (CallRef $f:ident $($rest:tt)*) => { row!(op $f call::CallRef<Self, V, false>); };
    (ReturnCall $f:ident $($rest:tt)*) => { row!(op $f call::ReturnCall<Self, V>); };
    (ReturnCallImport $f:ident $($rest:tt)*) => { row!(op $f call::CallImport<Self, V, true>); };
    (ReturnCallIndirect $f:ident $($rest:tt)*) => { row!(op $f call::CallIndirect<Self, V, true>); };
    (ReturnCallRef $f:ident $($rest:tt)*) => { row!(op $f call::CallRef<Self, V, true>); };
    (Runtime JumpTo $($rest:tt)*) => { row!(op JumpTo control::Jump<Self, V>); };
    (Runtime $f:ident $($rest:tt)*) => { row!(op $f runtime::$f); };
    (StructGet $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f gc::StructGet<Self, V>);
    };
    (StructSet $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(store $f $b $sem gc::StructSet<Self, V, false>);
    };
    (StructSetAcc $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(store $f $b $sem gc::StructSet<Self, V, true>);
    };
    (ArrayGet $f:ident ($a:ident, $b:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f gc::ArrayGet<Self, V>);
    };
    (ArraySet $f:ident ($a:ident, $b:ident, $c:ident) None $sem:ident) => {
        row!(store $f $c $sem gc::ArraySet<Self, V, false>);
    };
    (ArraySetAcc $f:ident ($a:ident, $b:ident, $c:ident) None $sem:ident) => {
        row!(store $f $c $sem gc::ArraySet<Self, V, true>);
    };
    (ArrayLen $f:ident $($rest:tt)*) => { row!(op $f gc::ArrayLen<Self, V>); };
    (RefTest $f:ident ($a:ident) $out:ident $sem:ident) => { row!(test $f $sem gc::RefTest<Self, V>); };
    (RefCast $f:ident ($a:ident) $out:ident $sem:ident) => { row!(test $f $sem gc::RefCast<Self, V>); };
    (BrOnCast $f:ident ($a:ident) None $sem:ident) => { row!(test $f $sem gc::BrOnCast<Self, V, true>); };
    (BrOnCastFail $f:ident ($a:ident) None $sem:ident) => { row!(test $f $sem gc::BrOnCast<Self, V, false>); };
    (test $f:ident $sem:ident $op:ty) => {
        #[expect(unsafe_code, reason = "reads objects, see `gc`")]
        impl gc::Tests for $f {
            #[inline(always)]
            unsafe fn holds(regs: &crate::exec::dispatch::Regs, reference: u64, n: usize) -> bool {
                // SAFETY: the caller vouches for the op.
                unsafe { gc::$sem(regs, reference, n) }
            }
        }
        row!(op $f $op);
    };
    (New $f:ident $($rest:tt)*) => { row!(op $f make::New<Self, V>); };
    (ArrayBulk $f:ident $($rest:tt)*) => { row!(op $f make::ArrayBulk<Self, V>); };
    (Tern $($row:tt)*) => { row!(ternary $($row)*); };
    (FTern $($row:tt)*) => { row!(ternary $($row)*); };
    (ternary $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        impl fused::Ternary for $f {
            type T = ty::$out;
            #[inline(always)]
            fn apply(a: ty::$out, b: ty::$out, c: ty::$out) -> ty::$out {
                fantail_core::num::$sem(a, b, c)
            }
        }
        row!(op $f fused::Tern<Self, V>);
    };
    (BrTest $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(compare $f $a $sem true); };
    (BrNotTest $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(compare $f $a $sem false); };
    (AddBr $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(compares $f $a $sem);
        row!(op $f fused::AddBr<Self, V>);
    };
    (AddBr2 $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(compares $f $a $sem);
        row!(op $f fused::AddBr2<Self, V>);
    };
    (CopyAddBr $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(compares $f $a $sem);
        row!(op $f fused::CopyAddBr<Self, V>);
    };
    (SumBr $($row:tt)*) => { row!(after Sum $($row)*); };
    (AndBr $($row:tt)*) => { row!(after And $($row)*); };
    (LoadBr $($row:tt)*) => { row!(after Load32 $($row)*); };
    (Load8Br $($row:tt)*) => { row!(after Load8U $($row)*); };
    (after $first:ident $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(compares $f $a $sem);
        row!(op $f fused::BrAfter<Self, fused::$first, V>);
    };
    (FillLoop $f:ident $($rest:tt)*) => { row!(op $f idiom::FillLoop<Self, V>); };
    (CopyLoop $f:ident $($rest:tt)*) => { row!(op $f idiom::CopyLoop<Self, V>); };
    (Ahead $f:ident $($rest:tt)*) => { row!(op $f idiom::Ahead<Self, V>); };
    (AddShiftAhead $f:ident $($rest:tt)*) => { row!(op $f idiom::AddShiftAhead<Self, V>); };
    (CopyBrIf CopyBrEqz $($rest:tt)*) => { row!(op CopyBrEqz fused::CopyBrIf<Self, V, true>); };
    (CopyBrIf CopyBrNez $($rest:tt)*) => { row!(op CopyBrNez fused::CopyBrIf<Self, V, false>); };
    (LoadLoad $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f fused::LoadLoad<Self, V>);
    };
    (LoadX1 $($row:tt)*) => { row!(load_scaled 0 $($row)*); };
    (LoadX2 $($row:tt)*) => { row!(load_scaled 1 $($row)*); };
    (LoadX4 $($row:tt)*) => { row!(load_scaled 2 $($row)*); };
    (LoadX8 $($row:tt)*) => { row!(load_scaled 3 $($row)*); };
    (load_scaled $shift:literal $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f fused::LoadScaled<Self, V, $shift>);
    };
    (StoreX1 $($row:tt)*) => { row!(store_scaled 0 $($row)*); };
    (StoreX2 $($row:tt)*) => { row!(store_scaled 1 $($row)*); };
    (StoreX4 $($row:tt)*) => { row!(store_scaled 2 $($row)*); };
    (StoreX8 $($row:tt)*) => { row!(store_scaled 3 $($row)*); };
    (store_scaled $shift:literal $f:ident ($a:ident, $b:ident, $c:ident) None $sem:ident) => {
        row!(store $f $c $sem fused::StoreScaled<Self, V, $shift>);
    };
    (LoadSum $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f fused::LoadSum<Self, V>);
    };
    (StoreSum $f:ident ($a:ident, $b:ident) None $sem:ident) => { row!(store $f $b $sem fused::StoreSum<Self, V>); };
    (FStoreSum $f:ident ($a:ident, $b:ident) None $sem:ident) => {
        row!(store $f $b $sem fused::StoreAccSum<Self, V>);
    };
    (Add2 $f:ident $($rest:tt)*) => { row!(op $f fused::Add2<Self, V>); };
    (AddShift $f:ident $($rest:tt)*) => { row!(op $f fused::AddShift<Self, V>); };
    (Copy2 $f:ident $($rest:tt)*) => { row!(op $f fused::Copy2<Self, V>); };
    (CopyJump $f:ident $($rest:tt)*) => { row!(op $f fused::CopyJump<Self, V>); };
    (Copy2Jump $f:ident $($rest:tt)*) => { row!(op $f fused::Copy2Jump<Self, V>); };
    (LoadStore $f:ident $($rest:tt)*) => { row!(op $f fused::LoadStore<Self, V>); };
    (AddTo $f:ident $($rest:tt)*) => { row!(op $f fused::AddTo<Self, V>); };
    (LoadMulAdd $f:ident ($($a:ident),*) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f fused::LoadMulAdd<Self, V>);
    };
    (CopyLoad $f:ident ($a:ident) $out:ident $sem:ident) => {
        row!(load $f $out, |view, address| memory::$sem(view, address));
        row!(op $f fused::CopyLoad<Self, V>);
    };
    (SelectBits $f:ident $($rest:tt)*) => { row!(op $f fused::SelectBits<Self, V>); };
    (VUn $($row:tt)*) => { vector_row!(safe VUn $($row)*); };
    (VBin $($row:tt)*) => { vector_row!(safe VBin $($row)*); };
    (VTern $($row:tt)*) => { vector_row!(safe VTern $($row)*); };
    (VPair $($row:tt)*) => { vector_row!(safe VPair $($row)*); };
    (VLoadBin $($row:tt)*) => { vector_row!(safe VLoadBin $($row)*); };
    (VLoadX1Bin $($row:tt)*) => { vector_row!(safe VLoadX1Bin $($row)*); };
    (VLoadPair $($row:tt)*) => { vector_row!(safe VLoadPair $($row)*); };
    (VBinStore $($row:tt)*) => { vector_row!(safe VBinStore $($row)*); };
    (VDot $($row:tt)*) => { vector_row!(safe VDot $($row)*); };
    (VBitmaskBrEqz $($row:tt)*) => { vector_row!(safe VBitmaskBrEqz $($row)*); };
    (VBitmaskBrNez $($row:tt)*) => { vector_row!(safe VBitmaskBrNez $($row)*); };
    (VBitmaskPopcnt $($row:tt)*) => { vector_row!(safe VBitmaskPopcnt $($row)*); };
    (VBrAddCmp $($row:tt)*) => { vector_row!(safe VBrAddCmp $($row)*); };
    (VBrNotAddCmp $($row:tt)*) => { vector_row!(safe VBrNotAddCmp $($row)*); };
    (VShift $($row:tt)*) => { vector_row!(safe VShift $($row)*); };
    (VRotl $($row:tt)*) => { vector_row!(safe VRotl $($row)*); };
    (VXorRotl $($row:tt)*) => { vector_row!(safe VXorRotl $($row)*); };
    (VXorRotlBy $($row:tt)*) => { vector_row!(safe VXorRotlBy $($row)*); };
    (VXorPermute $($row:tt)*) => { vector_row!(safe VXorPermute $($row)*); };
    (VTest $($row:tt)*) => { vector_row!(safe VTest $($row)*); };
    (VBrTest $($row:tt)*) => { vector_row!(safe VBrTest $($row)*); };
    (VBrNotTest $($row:tt)*) => { vector_row!(safe VBrNotTest $($row)*); };
    (VBrCmp $($row:tt)*) => { vector_row!(safe VBrCmp $($row)*); };
    (VBrNotCmp $($row:tt)*) => { vector_row!(safe VBrNotCmp $($row)*); };
    (VBitmask $($row:tt)*) => { vector_row!(safe VBitmask $($row)*); };
    (VSplat $($row:tt)*) => { vector_row!(safe VSplat $($row)*); };
    (VExtract $($row:tt)*) => { vector_row!(safe VExtract $($row)*); };
    (VReplace $($row:tt)*) => { vector_row!(safe VReplace $($row)*); };
    (VShuffle $($row:tt)*) => { vector_row!(safe VShuffle $($row)*); };
    (VPattern $($row:tt)*) => { vector_row!(safe VPattern $($row)*); };
    (VPermute $($row:tt)*) => { vector_row!(safe VPermute $($row)*); };
    (VLoad $($row:tt)*) => { vector_row!(safe VLoad $($row)*); };
    (VLoadSum $($row:tt)*) => { vector_row!(safe VLoadSum $($row)*); };
    (VLoadX1 $($row:tt)*) => { vector_row!(safe VLoadX1 $($row)*); };
    (op $f:ident $op:ty) => {
        impl Shaped for $f {
            type Op<const V: u16> = $op;
        }
    };
}

macro_rules! define {
    ($( $shape:ident { $( $family:ident $text:literal ($($ty:ident),*) -> $out:ident $sem:ident; )* } )*) => {
        /// A type per row of the table.
        pub(crate) mod rows {
            use super::*;

            $($(
                pub(crate) struct $family;

                impl Row for $family {
                    const FAMILY: Family = Family::$family;
                }

                row!($shape $family ($($ty),*) $out $sem);
            )*)*
        }

        /// The handlers of all ops in dispatcher `D`. For constants alone: executed, it would need a handler for every
        /// number in the lists above.
        #[cfg(feature = "fusion")]
        pub(crate) const fn handlers<D: Dispatch>() -> [D::Handler; OPS] {
            let mut table = [<D::Of<<rows::Unreachable as Shaped>::Op<0>>>::HANDLER; OPS];
            $($(first::<Plain<D>, rows::$family>(&mut table, 0);)*)*
            table
        }
    };
}
for_each_op!(define);

/// The handlers of all ops by number.
#[cfg(feature = "fusion")]
pub(crate) static HANDLERS: [Handler; OPS] = handlers::<Chosen>();

#[cfg(not(feature = "fusion"))]
pub(crate) use matched::execute;

/// Compact ops, each the arm of a `match`.
#[cfg(not(feature = "fusion"))]
mod matched {
    use super::Shaped;
    use super::rows::*;
    use crate::exec::dispatch::{Chosen, Dispatch, Exec, Regs, Step, opaque};
    use crate::exec::shapes::Row;
    use fantail_core::ir::compact::{NONE, Numbers, uses_vectors};

    /// The numbers of a row: as compact ops, and as variants.
    trait Numbered: Row {
        const NUMBERS: Numbers = Numbers::of(Self::FAMILY);
        /// Without a constant; a number that no op has if there is no such op.
        const SLOT: u16 = Self::NUMBERS.slot;
        /// With a constant.
        const IMM: u16 = Self::NUMBERS.constant;
    }

    impl<F: Row> Numbered for F {}

    /// Executes `O`, compact op `N` of row `F`. Vectors would have the loop keep a large frame: they do not enter it.
    ///
    /// # Safety
    /// As for [`Exec::exec`].
    #[inline(always)]
    #[expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]
    unsafe fn arm<F: Row, O: Exec, const N: u16>(mut regs: Regs) -> Step {
        regs.ip = opaque::<_, N>(regs.ip.cast_mut());
        // SAFETY: the caller vouches for the op.
        let step = unsafe {
            if const { uses_vectors(F::FAMILY) } {
                Chosen::outline::<O>(regs)
            } else {
                O::exec::<Chosen>(regs)
            }
        };
        match step {
            Step::Next(mut regs) => {
                regs.ip = opaque::<_, N>(regs.ip.cast_mut());
                Step::Next(regs)
            }
            end => end,
        }
    }

    macro_rules! define {
        ($( $shape:ident { $( $family:ident $text:literal ($($ty:ident),*) -> $out:ident $sem:ident; )* } )*) => {
            /// Executes compact op `number`, which is that at `regs.ip`.
            ///
            /// # Safety
            /// `number` is that of an executable op, for which [`Exec::exec`] may be called.
            #[inline(always)]
            #[expect(unsafe_code, reason = "ops act on the registers under the invariants of `dispatch`")]
            #[allow(unreachable_patterns, reason = "what no op has is the number of many rows")]
            pub(crate) unsafe fn execute(number: u16, regs: Regs) -> Step {
                // SAFETY: the caller vouches for the op; `ir::verify` accepts no other number.
                unsafe {
                    match number {
                        NONE => core::hint::unreachable_unchecked(),
                        $($(
                            <$family as Numbered>::SLOT => {
                                arm::<
                                    $family,
                                    <$family as Shaped>::Op<{ <$family as Numbered>::NUMBERS.slot_variant }>,
                                    { <$family as Numbered>::SLOT },
                                >(regs)
                            }
                            <$family as Numbered>::IMM => {
                                arm::<
                                    $family,
                                    <$family as Shaped>::Op<{ <$family as Numbered>::NUMBERS.constant_variant }>,
                                    { <$family as Numbered>::IMM },
                                >(regs)
                            }
                        )*)*
                        _ => core::hint::unreachable_unchecked(),
                    }
                }
            }
        };
    }
    fantail_core::for_each_op!(define);
}
