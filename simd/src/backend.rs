//! The choice of the implementation.
//!
//! Every back end is a module with the same functions: it re-exports those of the next simpler one and defines anew what
//! its machine does better.

pub mod scalar;

pub use scalar as chosen;
