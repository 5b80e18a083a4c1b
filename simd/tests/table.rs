//! The table of instructions against that of `fantail_core`.

use fantail_core::{Instr, Proposal};
use fantail_simd::{for_each_relaxed, for_each_simd};

macro_rules! names {
    ($($variant:ident $name:ident $shape:ident;)*) => { &[$((Instr::$variant, stringify!($name)),)*] };
}

const ROWS: &[(Instr, &str)] = for_each_simd!(names);
const RELAXED: &[(Instr, &str)] = for_each_relaxed!(names);

#[test]
fn functions_are_named_after_their_instructions() {
    for (instr, name) in ROWS {
        assert_eq!(instr.name().replace('.', "_"), *name);
    }
}

#[test]
fn every_vector_instruction_has_one_row() {
    let moves_only = [Instr::V128Load, Instr::V128Store, Instr::V128Const];
    for &instr in Instr::ALL {
        let is_vector = matches!(instr.proposal(), Proposal::Simd | Proposal::RelaxedSimd);
        let expected = usize::from(is_vector && !moves_only.contains(&instr));
        assert_eq!(ROWS.iter().filter(|row| row.0 == instr).count(), expected, "{instr:?}");
    }
}

#[test]
fn the_relaxed_rows_are_those_of_the_relaxed_instructions() {
    let relaxed = ROWS.iter().filter(|(instr, _)| instr.proposal() == Proposal::RelaxedSimd);
    assert!(relaxed.eq(RELAXED));
}
