//! From function bodies to register code.

/// Cells of the value stack that a function may use without asking. One with a larger frame begins with a
/// `check_stack` op.
pub const FRAME_MARGIN: usize = 512;
