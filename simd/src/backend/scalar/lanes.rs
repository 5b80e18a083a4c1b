//! Maps over lanes: what all instructions of a family have in common. The lane types follow from the function mapped.

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
    /// The lanes of this half.
    #[inline(always)]
    fn of<L>(self, lanes: &[L]) -> &[L] {
        let (low, high) = lanes.split_at(lanes.len() / 2);
        match self {
            Low => low,
            High => high,
        }
    }
}

/// The vector whose lanes are the first of `lanes`, and zero where these end.
#[inline(always)]
fn collect<L: Lane>(lanes: impl Iterator<Item = L>) -> V128 {
    let mut result = L::split(V128::ZERO);
    for (result, lane) in result.as_mut().iter_mut().zip(lanes) {
        *result = lane;
    }
    L::join(result)
}

/// `f` of each lane; the result's lanes have the same width.
#[inline(always)]
pub(super) fn map<A: Lane, R: Lane>(a: V128, f: impl Fn(A) -> R) -> V128 {
    const { assert!(size_of::<A>() == size_of::<R>()) };
    collect(A::split(a).as_ref().iter().map(|&a| f(a)))
}

/// `f` of each pair of lanes at the same place.
#[inline(always)]
pub(super) fn map2<L: Lane>(a: V128, b: V128, f: impl Fn(L, L) -> L) -> V128 {
    collect(L::split(a).as_ref().iter().zip(L::split(b).as_ref()).map(|(&a, &b)| f(a, b)))
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
    collect(half.of(A::split(a).as_ref()).iter().map(|&a| f(a)))
}

/// `f` of each pair of lanes at the same place of one half; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn widen2<A: Lane, R: Lane>(half: Half, a: V128, b: V128, f: impl Fn(A, A) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let (a, b) = (A::split(a), A::split(b));
    collect(half.of(a.as_ref()).iter().zip(half.of(b.as_ref())).map(|(&a, &b)| f(a, b)))
}

/// `f` of each lane of `a`, then of `b`; the result's lanes are half as wide.
#[inline(always)]
pub(super) fn narrow<A: Lane, R: Lane>(a: V128, b: V128, f: impl Fn(A) -> R) -> V128 {
    const { assert!(size_of::<A>() == 2 * size_of::<R>()) };
    collect(A::split(a).as_ref().iter().chain(A::split(b).as_ref()).map(|&lane| f(lane)))
}

/// `f` of each two neighbours; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn pairwise<A: Lane, R: Lane>(a: V128, f: impl Fn(A, A) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    collect(A::split(a).as_ref().as_chunks().0.iter().map(|&[first, second]| f(first, second)))
}

/// `f` of each two neighbours of `a` and the two at the same place of `b`; the result's lanes are twice as wide.
#[inline(always)]
pub(super) fn pairwise2<A: Lane, R: Lane>(a: V128, b: V128, f: impl Fn([A; 2], [A; 2]) -> R) -> V128 {
    const { assert!(2 * size_of::<A>() == size_of::<R>()) };
    let (a, b) = (A::split(a), A::split(b));
    collect(a.as_ref().as_chunks().0.iter().zip(b.as_ref().as_chunks().0).map(|(&a, &b)| f(a, b)))
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
    collect(core::iter::repeat_n(value, 16 / size_of::<L>()))
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
    usize::from(lane) % (16 / size_of::<L>())
}
