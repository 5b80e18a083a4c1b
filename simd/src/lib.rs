//! WebAssembly's `v128` instructions as pure functions: one per instruction, named after it with `_` for `.`.
//!
//! ```
//! use fantail_simd::{V128, i8x16_add, i8x16_extract_lane_u, i8x16_splat};
//! let sum = i8x16_add(i8x16_splat(250), i8x16_splat(10));
//! assert_eq!(i8x16_extract_lane_u(sum, 3), 4);
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`V128`] | the value, and its views as lanes |
//! | [`for_each_simd!`] | the table of all instructions, with the shapes of their functions |
//! | [`backend`] | the implementations: [`backend::scalar`] defines what each instruction means, the others must equal it |
//!
//! There are functions for patterns of `i8x16.shuffle` too, for which machines have instructions, such as `i8x16_zip_low`
//! and `v128_slide4`, and `i8x16_permute` for shuffles of one vector.
//!
//! The functions of the crate root are those of the best back end that the build target is sure to have. A machine may
//! have a better one: the interpreter finds out and uses that.
//!
//! - Relaxed instructions behave as in the specification's deterministic profile: each as its first alternative. Their
//!   other forms are in [`backend::native`].
//! - NaN results obey the same rules as those of `fantail_core::num`, by which the lanes are computed.
//! - No function panics: lane indices count modulo the number of lanes, shift counts modulo the lane's width.

#![no_std]

pub mod backend;
mod table;
mod v128;

pub use backend::chosen::*;
pub use v128::V128;
