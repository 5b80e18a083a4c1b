//! How often a counting loop goes round, without going round.
//!
//! The counter of `do { x = x + step } while x ∘ limit` walks a circle of `2^bits` numbers. Those for which the relation does
//! not hold lie side by side on it, so all that has to be known of them is the first one that the counter meets in the direction
//! in which it walks.

/// A relation between integers, in the order that the ops of the register IR have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "named after the instructions")]
pub enum Relation {
    Eq,
    Ne,
    LtS,
    LtU,
    GtS,
    GtU,
    LeS,
    LeU,
    GeS,
    GeU,
}

impl Relation {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Eq,
        Self::Ne,
        Self::LtS,
        Self::LtU,
        Self::GtS,
        Self::GtU,
        Self::LeS,
        Self::LeU,
        Self::GeS,
        Self::GeU,
    ];

    /// Its name in instructions.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::LtS => "lt_s",
            Self::LtU => "lt_u",
            Self::GtS => "gt_s",
            Self::GtU => "gt_u",
            Self::LeS => "le_s",
            Self::LeU => "le_u",
            Self::GeS => "ge_s",
            Self::GeU => "ge_u",
        }
    }

    const fn is_signed(self) -> bool {
        matches!(self, Self::LtS | Self::GtS | Self::LeS | Self::GeS)
    }
}

/// So many times in a row, at least, `x + step ∘ limit` holds after `x = x + step`, for integers of `bits` bits, of which
/// higher ones are ignored. That many times a loop that ends with this step and a branch on this relation is certain to go back.
///
/// The number is the exact one where the counter, having come near the end of the relation, meets it; if it steps over that, the
/// loop goes on, and what is left may be asked for from there. It is never so large that the counter walks the circle twice.
pub const fn rounds(bits: u32, relation: Relation, x: u64, step: u64, limit: u64) -> u64 {
    let mask = u64::MAX >> (64 - bits);
    let sign = 1 << (bits - 1);
    // With its sign bit turned over a signed integer is ordered like an unsigned one, and the same may be added to it.
    let bias = if relation.is_signed() { sign } else { 0 };
    let (step, limit) = (step & mask, limit & mask ^ bias);
    let first = (x & mask ^ bias).wrapping_add(step) & mask;
    let up = step & sign == 0;
    let (holds, end) = match (relation, up) {
        (Relation::Eq, true) => (first == limit, limit.wrapping_add(1)),
        (Relation::Eq, false) => (first == limit, limit.wrapping_sub(1)),
        (Relation::Ne, _) => (first != limit, limit),
        (Relation::LtS | Relation::LtU, true) => (first < limit, limit),
        (Relation::LtS | Relation::LtU, false) => (first < limit, mask),
        (Relation::GtS | Relation::GtU, true) => (first > limit, 0),
        (Relation::GtS | Relation::GtU, false) => (first > limit, limit),
        (Relation::LeS | Relation::LeU, true) => (first <= limit, limit.wrapping_add(1)),
        (Relation::LeS | Relation::LeU, false) => (first <= limit, mask),
        (Relation::GeS | Relation::GeU, true) => (first >= limit, 0),
        (Relation::GeS | Relation::GeU, false) => (first >= limit, limit.wrapping_sub(1)),
    };
    let (distance, size) =
        if up { (end.wrapping_sub(first), step) } else { (first.wrapping_sub(end), step.wrapping_neg()) };
    let (distance, size) = (distance & mask, size & mask);
    if !holds || size == 0 { 0 } else { distance.div_ceil(size) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(bits: u32, relation: Relation, a: u64, b: u64) -> bool {
        let signed = |value: u64| (value << (64 - bits)).cast_signed();
        match relation {
            Relation::Eq => a == b,
            Relation::Ne => a != b,
            Relation::LtU => a < b,
            Relation::GtU => a > b,
            Relation::LeU => a <= b,
            Relation::GeU => a >= b,
            Relation::LtS => signed(a) < signed(b),
            Relation::GtS => signed(a) > signed(b),
            Relation::LeS => signed(a) <= signed(b),
            Relation::GeS => signed(a) >= signed(b),
        }
    }

    /// Every start, step and limit of five bits: the loop goes back as often as said and, unless the counter stepped over the
    /// end, no more.
    #[test]
    fn loops_of_small_integers_go_back_as_often_as_said() {
        const BITS: u32 = 5;
        const MASK: u64 = (1 << BITS) - 1;
        let mut exact = 0;
        for relation in Relation::ALL {
            for case in 0..1 << (3 * BITS) {
                let (x, step, limit) = (case & MASK, case >> BITS & MASK, case >> (2 * BITS));
                // Higher bits are ignored.
                let rounds = rounds(BITS, relation, x | 0xa0, step | 0x60, limit | !MASK);
                assert!(rounds <= MASK + 1, "{relation:?} {x} {step} {limit}");
                let mut at = x;
                for _ in 0..rounds {
                    at = (at + step) & MASK;
                    assert!(holds(BITS, relation, at, limit), "{relation:?} {x} {step} {limit}: {rounds}");
                }
                let next = (at + step) & MASK;
                exact += u64::from(!holds(BITS, relation, next, limit));
                // With steps of one nothing is stepped over.
                let all = (0..=MASK).all(|x| holds(BITS, relation, x, limit));
                if (step == 1 || step == MASK) && !all {
                    assert!(!holds(BITS, relation, next, limit), "{relation:?} {x} {step} {limit}: {rounds}");
                }
            }
        }
        assert!(exact > 10 << (3 * BITS - 1), "only {exact} loops end where they are said to");
    }

    #[test]
    fn loops_of_large_integers_go_back_as_often_as_said() {
        assert_eq!(rounds(32, Relation::Ne, 1000, u64::MAX, 0), 999);
        assert_eq!(rounds(32, Relation::Ne, 0, u64::MAX, 0), u64::from(u32::MAX));
        assert_eq!(rounds(64, Relation::Ne, 0, 1, 0), u64::MAX);
        assert_eq!(rounds(64, Relation::LtS, 1 << 63, 1, 0), (1 << 63) - 1);
        assert_eq!(rounds(64, Relation::GeS, 1 << 63, u64::MAX, 5), (1 << 63) - 5);
        assert_eq!(rounds(64, Relation::LtU, 0, 7, 100), 14);
        assert_eq!(rounds(32, Relation::LtU, 0, 0, 100), 0);
        assert_eq!(rounds(32, Relation::LtS, 0x7fff_fff0, 8, 0x7fff_ffff), 1);
    }

    #[test]
    fn relations_are_in_the_order_of_the_comparisons() {
        use crate::ir::Family;
        for (relation, family) in Relation::ALL.iter().zip(&Family::ALL[Family::I32Eq as usize..]) {
            assert_eq!(family.info().text.split_once('.').map(|(_, name)| name), Some(relation.text()));
        }
    }
}
