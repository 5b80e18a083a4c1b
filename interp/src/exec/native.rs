//! Handlers of relaxed vector instructions in the form that is fastest on this machine.
//!
//! Which form an engine uses ([`Config::relaxed_simd_deterministic`](crate::Config::relaxed_simd_deterministic)) is
//! decided when code is made threaded: what differs is the handler whose address is written. So the choice costs nothing
//! when an op is executed, register code is the same for all settings and machines, and no op and no row of the table is
//! there twice. An op of its own for each form would have had to be chosen when a function is translated, which may be on
//! another machine than the one that executes it.
//!
//! Invariant: a handler of a set is only used on machines that have what the set needs, as [`Native::of_this_machine`] finds
//! out.

use super::dispatch::Handler;
use fantail_core::ir::Family;
use fantail_simd::for_each_relaxed;

#[cfg(target_arch = "x86_64")]
mod x86;

/// Room for the handlers of a row's variants.
const VARIANTS: usize = 16;

macro_rules! families {
    ($($variant:ident $name:ident $shape:ident;)*) => { &[$(Family::$variant,)*] };
}

/// The rows of relaxed instructions.
const FAMILIES: &[Family] = for_each_relaxed!(families);

/// A set of handlers, by row and variant; none of a row whose deterministic form is as fast.
pub(crate) struct Native([Option<[Handler; VARIANTS]>; FAMILIES.len()]);

/// Where the handlers of a row are in a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Place(u8);

impl Place {
    /// That of `family`, if it is one of relaxed instructions.
    pub(crate) const fn of(family: Family) -> Option<Self> {
        let mut at = 0;
        while at < FAMILIES.len() {
            if FAMILIES[at] as u16 == family as u16 {
                return Some(Self(at as u8));
            }
            at += 1;
        }
        None
    }
}

impl Native {
    /// The set for the machine that executes this, unless the deterministic form is as fast.
    #[cfg(target_arch = "x86_64")]
    pub(crate) fn of_this_machine() -> Option<&'static Self> {
        Some(x86::of_this_machine())
    }

    /// None: nothing is known to be faster on other machines.
    #[cfg(not(target_arch = "x86_64"))]
    pub(crate) fn of_this_machine() -> Option<&'static Self> {
        None
    }

    /// The handler of op `number`, whose row is at `place`, if it has another one here.
    pub(crate) fn handler(&self, place: Place, number: u64) -> Option<Handler> {
        let at = usize::from(place.0);
        self.0[at].map(|row| row[number as usize - usize::from(FAMILIES[at].first())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_their_places_and_others_none() {
        for (at, &family) in FAMILIES.iter().enumerate() {
            assert_eq!(Place::of(family).map(|place| usize::from(place.0)), Some(at));
            assert!(usize::from(family.variants()) <= VARIANTS, "{family:?}");
        }
        assert_eq!(Place::of(Family::I8x16Swizzle), None);
        assert_eq!(Family::ALL.iter().filter(|family| Place::of(**family).is_some()).count(), FAMILIES.len());
    }
}
