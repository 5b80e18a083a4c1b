//! Relations between families: negation, exchange of operands, and the branch that a comparison fuses into.
//!
//! They rest on the order of the rows in the table: the comparisons of a type stand in the same order as its fused
//! branches, which the tests check by name.

use super::Family;

/// `eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u`, negated.
const NEGATED: [u16; 10] = [1, 0, 8, 9, 6, 7, 4, 5, 2, 3];
/// The same with exchanged operands.
const EXCHANGED: [u16; 10] = [0, 1, 4, 5, 2, 3, 8, 9, 6, 7];
const RELATIONS: u16 = NEGATED.len() as u16;
/// `eq ne lt gt le ge`.
const FLOAT_RELATIONS: u16 = 6;

/// Position of `family` among those from `first` on, when it is one of `count`.
const fn within(family: Family, first: Family, count: u16) -> Option<u16> {
    match (family as u16).checked_sub(first as u16) {
        Some(i) if i < count => Some(i),
        _ => None,
    }
}

const fn nth(first: Family, i: u16) -> Family {
    Family::ALL[(first as u16 + i) as usize]
}

/// Replaces a relation between integers by another one of the same type.
const fn map(family: Family, first: Family, by: &[u16; 10]) -> Option<Family> {
    match within(family, first, 2 * RELATIONS) {
        Some(i) => Some(nth(first, i / RELATIONS * RELATIONS + by[(i % RELATIONS) as usize])),
        None => None,
    }
}

impl Family {
    /// The comparison, or fused branch, of integers that holds when this one does not.
    pub const fn negated(self) -> Option<Self> {
        match map(self, Self::I32Eq, &NEGATED) {
            None => map(self, Self::BrI32Eq, &NEGATED),
            negated => negated,
        }
    }

    /// The comparison of integers that holds for `(b, a)` when this one does for `(a, b)`.
    pub const fn exchanged(self) -> Option<Self> {
        map(self, Self::I32Eq, &EXCHANGED)
    }

    /// The branch to take when this comparison has the result `holds`.
    pub const fn branch(self, holds: bool) -> Option<Self> {
        if let Some(i) = within(self, Self::I32Eq, 2 * RELATIONS) {
            let branch = nth(Self::BrI32Eq, i);
            return if holds { Some(branch) } else { branch.negated() };
        }
        let Some(i) = within(self, Self::F32Eq, 2 * FLOAT_RELATIONS) else { return None };
        let (ty, relation) = (i / FLOAT_RELATIONS, i % FLOAT_RELATIONS);
        Some(match (relation, holds) {
            // A NaN makes `eq` false and `ne` true: these two are each other's negation even so.
            (0 | 1, false) => nth(Self::BrF32Eq, ty * FLOAT_RELATIONS + (relation ^ 1)),
            (_, true) => nth(Self::BrF32Eq, i),
            (_, false) => nth(Self::BrNotF32Lt, ty * (FLOAT_RELATIONS - 2) + relation - 2),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Shape;
    use alloc::format;

    #[test]
    fn negation_and_exchange_are_involutions_that_keep_the_type() {
        for &family in Family::ALL {
            let shape = family.info().shape;
            assert_eq!(family.negated().is_some(), matches!(shape, Shape::Cmp | Shape::BrCmp), "{family:?}");
            assert_eq!(family.exchanged().is_some(), shape == Shape::Cmp, "{family:?}");
            for related in [family.negated(), family.exchanged()].into_iter().flatten() {
                assert_eq!(related.info().shape, shape);
                assert_eq!(related.info().operands.as_slice()[0].ty, family.info().operands.as_slice()[0].ty);
            }
            assert!(family.negated().is_none_or(|n| n.negated() == Some(family) && n != family));
            assert!(family.exchanged().is_none_or(|x| x.exchanged() == Some(family)));
        }
        assert_eq!(Family::I64LtU.negated(), Some(Family::I64GeU));
        assert_eq!(Family::I32GtS.exchanged(), Some(Family::I32LtS));
        assert_eq!(Family::I64LeU.exchanged(), Some(Family::I64GeU));
    }

    #[test]
    fn a_comparison_fuses_into_the_branch_of_its_name() {
        for &family in Family::ALL {
            let compares = matches!(family.info().shape, Shape::Cmp | Shape::FCmp);
            assert_eq!(family.branch(true).is_some(), compares, "{family:?}");
            if compares {
                let text = family.info().text;
                assert_eq!(family.branch(true).unwrap().info().text, format!("br_{text}"));
                let negation = family.branch(false).unwrap();
                match family.negated() {
                    Some(negated) => assert_eq!(Some(negation), negated.branch(true)),
                    None if text.ends_with("eq") || text.ends_with("ne") => {
                        assert_eq!(negation.info().shape, Shape::BrFCmp);
                        assert_ne!(negation.info().text, format!("br_{text}"));
                    }
                    None => assert_eq!(negation.info().text, format!("br_not_{text}")),
                }
            }
        }
    }
}
