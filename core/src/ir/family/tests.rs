//! Numbers of ops and their parts are inverse to each other, and texts are unique.

use super::*;
use alloc::vec::Vec;

#[test]
fn every_op_is_a_variant_of_its_family_and_back() {
    for number in 0..OPS as u64 {
        let op = Op::new(number).unwrap();
        let info = op.family().info();
        let classes = op.classes();
        let given: Vec<Class> = info
            .operands
            .as_slice()
            .iter()
            .zip(classes)
            .filter(|(operand, _)| operand.classes.len() > 1)
            .map(|(_, class)| class)
            .collect();
        assert_eq!(op.family().op(&given), op);
    }
    assert!(Op::new(OPS as u64).is_none());
}

#[test]
fn a_destination_turns_from_the_accumulator_to_a_slot_by_adding_one() {
    for family in Family::ALL {
        let info = family.info();
        let Some(dst) = info.operands.as_slice().last().filter(|o| o.role == Role::Dst) else { continue };
        if dst.classes.has(Class::Acc) {
            for variant in (0..family.variants()).step_by(usize::from(dst.classes.len())) {
                let n = info.operands.as_slice().len() - 1;
                let classes = |variant| Op(family.first() + variant).classes();
                assert_eq!(classes(variant)[n], Class::Acc);
                assert_eq!(classes(variant + 1)[n], Class::Slot);
            }
        }
    }
}

#[test]
fn texts_are_unique() {
    let mut texts: Vec<_> = Family::ALL.iter().map(|f| f.info().text).collect();
    texts.sort_unstable();
    let n = texts.len();
    texts.dedup();
    assert_eq!(texts.len(), n);
}
