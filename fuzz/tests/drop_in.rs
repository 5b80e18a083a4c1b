//! The program of `examples/drop_in.rs` prints the same with Fantail and, where this is built with the feature `wasmtime`,
//! with Wasmtime: what stands in `examples/drop_in.txt`.

#[path = "../examples/drop_in.rs"]
#[expect(dead_code, reason = "the program's own entry")]
mod drop_in;

#[test]
fn the_program_prints_what_it_prints_with_the_other_engine() {
    let printed = drop_in::run().unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(printed, include_str!("../examples/drop_in.txt"));
}
