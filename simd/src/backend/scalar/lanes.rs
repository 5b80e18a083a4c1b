//! Maps over lanes: what all instructions of a family have in common. The lane types follow from the function mapped.
//!
//! Lanes are counted, not zipped: some steps of the standard library's adapters are functions of their own unless they
//! happen to be compiled with what uses them, and a handler that calls something does not end in a jump.

use crate::V128;
use crate::v128::Lane;

/// Which half of the lanes a widening instruction reads.
#[derive(Clone, Copy)]
pub(super) enum Half {
    Low,
    High,
}
pub(super) use Half::{High, Low};

impl Half {
    /// Where its lane `i` is among all.
    #[inline(always)]
    const fn at<L: Lane>(self, i: usize) -> usize {
        match self {
            Low => i,
            High => count::<L>() / 2 + i,
        }
    }
}

/// How many lanes there are.
#[inline(always)]
const fn count<L: Lane>() -> usize {
    16 / size_of::<L>()
}

/// The vector whose lane `i` is `f` of `i`.
#[inline(always)]
pub(super) fn collect<L: Lane>(f: impl Fn(usize) -> L) -> V128 {
    let mut result = L::split(V128::ZERO);
    for i in 0..count::<L>() {
        result.as_mut()[i] = f(i);
    }
    L::join(result)
}

/// `f` of each lane; the result's lanes have the same width.
#[inline(always)]
pub(super) fn map<A: Lane, R: Lane>(a: V128, f: impl Fn(A) -> R) -> V128 {
    const { assert!(size_of::<A>() == size_of::<R>()) };
    let a = A::split(a);
    collect(|i| f(a.as_ref()[i]))
}

/// `f` of each pair of lanes at the same place.
#[inline(always)]
pub(super) fn map2<L: Lane>(a: V128, b: V128, f: impl Fn(L, L) -> L) -> V128 {
    let (a, b) = (L::split(a), L::split(b));
    collect(|i| f(a.as_ref()[i], b.as_ref()[i]))
}

/// All ones in the lanes for which `f` holds, else zeros.
#[inline(always)]
pub(super) fn compare<L: Lane>(a: V128, b: V128, f: impl Fn(&L, &L) -> bool) -> V128 {
    map2(a, b, |a, b| L::mask(f(&a, &b)))
}

/// `f` of each lane of one half; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn widen<A: Lane, R: Lane>(half: Half, a: V128, f: impl Fn(A) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let a = A::split(a);
    collect(|i| f(a.as_ref()[half.at::<A>(i)]))
}

/// `f` of each pair of lanes at the same place of one half; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn widen2<A: Lane, R: Lane>(half: Half, a: V128, b: V128, f: impl Fn(A, A) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let (a, b) = (A::split(a), A::split(b));
    collect(|i| f(a.as_ref()[half.at::<A>(i)], b.as_ref()[half.at::<A>(i)]))
}

/// `f` of each lane of `a`, then of `b`; the result's lanes are half as wide.
#[inline(always)]
pub(super) fn narrow<A: Lane, R: Lane>(a: V128, b: V128, f: impl Fn(A) -> R) -> V128 {
    const { assert!(size_of::<A>() == 2 * size_of::<R>()) };
    let (a, b) = (A::split(a), A::split(b));
    collect(|i| f(if i < count::<A>() { a.as_ref()[i] } else { b.as_ref()[i - count::<A>()] }))
}

/// `f` of each two neighbours; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn pairwise<A: Lane, R: Lane>(a: V128, f: impl Fn(A, A) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let a = A::split(a);
    collect(|i| f(a.as_ref()[2 * i], a.as_ref()[2 * i + 1]))
}

/// `f` of each two neighbours of `a` and the two at the same place of `b`; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn pairwise2<A: Lane, R: Lane>(a: V128, b: V128, f: impl Fn([A; 2], [A; 2]) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let (a, b) = (A::split(a), A::split(b));
    let two = |lanes: &A::Lanes, i| [lanes.as_ref()[2 * i], lanes.as_ref()[2 * i + 1]];
    collect(|i| f(two(&a, i), two(&b, i)))
}

/// Whether `f` holds for every lane.
#[inline(always)]
pub(super) fn all<L: Lane>(a: V128, f: impl Fn(L) -> bool) -> bool {
    // Without short circuit: a branch per lane costs more than all lanes together.
    L::split(a).as_ref().iter().fold(true, |all, &lane| all & f(lane))
}

/// Bit `i` tells whether `f` holds for lane `i`.
#[inline(always)]
pub(super) fn bits<L: Lane>(a: V128, f: impl Fn(L) -> bool) -> u32 {
    L::split(a).as_ref().iter().rev().fold(0, |bits, &lane| bits << 1 | u32::from(f(lane)))
}

/// The vector with every lane `value`.
#[inline(always)]
pub(super) fn splat<L: Lane>(value: L) -> V128 {
    collect(|_| value)
}

/// Lane `lane`, counted modulo the number of lanes: validation has excluded all others.
#[inline(always)]
pub(super) fn extract<L: Lane>(a: V128, lane: u8) -> L {
    let lanes = L::split(a);
    lanes.as_ref()[position::<L>(lane)]
}

/// `a` with lane `lane`, counted as by [`extract`], replaced by `value`.
#[inline(always)]
pub(super) fn replace<L: Lane>(a: V128, lane: u8, value: L) -> V128 {
    let mut lanes = L::split(a);
    lanes.as_mut()[position::<L>(lane)] = value;
    L::join(lanes)
}

#[inline(always)]
fn position<L: Lane>(lane: u8) -> usize {
    usize::from(lane) % count::<L>()
}
