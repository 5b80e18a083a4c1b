//! The executor: threaded code and the handlers that it is made of.
//!
//! ```text
//! ModuleCode ──▶ │ handler │ fields │ handler │ fields │ target │ …      ip ──▶ the current op
//!                     ▼
//!          tail::<Bin<I32Add, 7>>                                  fp ──▶ │ slots of the frame │
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | [`dispatch`] | the registers, and the two ways to get from op to op |
//! | [`operand`] | access to operands by class |
//! | [`shapes`], [`control`], [`call`], [`memory`], [`bulk`], [`table`], [`simd`] | the ops, by shape |
//! | [`exception`] | exceptions: throwing, and the search for a handler |
//! | [`idiom`] | the rest of loops that fill or copy memory |
//! | [`meter`] | fuel and epochs |
//! | [`gc`], [`make`] | structures, arrays, casts; making them |
//! | [`runtime`] | the executor's own ops |
//! | [`handlers`] | the handler of every op |
//! | `frequent` | which handlers lie together |
//! | [`vector`] | the handlers of vector ops for the machine at hand |
//! | [`native`] | other handlers of relaxed vector instructions |
//! | [`code`] | the code of a module, translated at the first call |
//! | `threaded`, `in_place` | the two forms of code, of which a build has one as `form` |
//! | [`run`] | entry from the host, and backtraces |
//! | `count` | what is executed how often, in builds that count |
//! | [`roots`] | which cells of the value stack hold references |

pub(crate) mod atomic;
mod bulk;
pub(crate) mod call;
pub(crate) mod code;
pub(crate) mod control;
#[cfg(fantail_count)]
pub(crate) mod count;
pub(crate) mod dispatch;
pub(crate) mod exception;
#[cfg(feature = "fusion")]
mod frequent;
mod fused;
mod gc;
pub(crate) mod handlers;
mod idiom;
#[cfg(not(feature = "fusion"))]
mod in_place;
pub(crate) mod make;
mod memory;
mod meter;
#[cfg(feature = "fusion")]
pub(crate) mod native;
pub(crate) mod operand;
pub(crate) mod runtime;
pub(crate) mod shapes;
pub(crate) mod simd;
pub(crate) mod table;
#[cfg(feature = "fusion")]
mod threaded;
pub(crate) mod vector;

mod roots;
mod run;
#[cfg(all(test, feature = "fusion"))]
mod tests;

#[cfg(feature = "fusion")]
pub(crate) use bulk::Filled;
#[cfg(not(feature = "fusion"))]
use in_place as form;
pub(crate) use roots::trace_frames;
#[cfg(feature = "fusion")]
use threaded as form;

pub(crate) use run::{Execution, Frame, active, frames, run};
