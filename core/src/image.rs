//! Images: modules that were decoded, validated and translated elsewhere, to be executed where they are.
//!
//! An image is compact code with the tables that instantiation needs. It holds no address and is the same for every
//! machine, so it may lie in flash and is neither copied nor changed.
//!
//! ```text
//! header   magic │ version │ length │ checksum │ flags │ where the code begins
//! tables   types │ imports │ functions │ tables │ memories │ globals │ exports │ start │ elements │ data
//! bytes    constant expressions and data, which the tables name by their place in the image
//! code     8-byte words, at a multiple of 8
//! ```
//!
//! Numbers in the tables are LEB128, code and header are little-endian.
//!
//! [`read`] judges an image before anything of it is used: its version, its checksum, whether this build executes what its
//! code needs, and every index in the tables. Builds with the feature `verify` then look at every op of the code, by
//! [`verify_compact`](crate::ir::verify::verify_compact): what they accept can be executed without looking. That does not see
//! whether the types of operands fit: as with [`verify`](crate::ir::verify), a cell is bits.
//!
//! Not everything can be in an image: modules with tags, with structures, arrays or other references than `funcref`, and with
//! shared memories are refused by [`write`](fn@write).

mod read;
#[cfg(feature = "verify")]
mod verify;
#[cfg(feature = "compile")]
mod write;

pub use read::{Function, Image, read};
#[cfg(feature = "compile")]
pub use write::write;

/// What an image begins with.
pub const MAGIC: [u8; 8] = *b"\0fantail";

/// The version of the format, which changes with the numbers of compact ops.
pub const VERSION: u32 = 3 << 16 | crate::ir::compact::COMPACT_OPS as u32;

/// Bytes of the header.
const HEADER: usize = 32;

/// Whether the code counts fuel, in the flags.
const FUEL: u32 = 1;
/// Whether the code looks at the epoch.
const EPOCH: u32 = 2;
/// From which bit on the flags hold which [`parts`](crate::ir::compact::parts) the code needs.
const PARTS: u32 = 8;

/// The checksum of an image but for its first 24 bytes: CRC-32, which finds every flipped bit.
fn checksum(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for &byte in bytes {
        sum ^= u32::from(byte);
        for _ in 0..8 {
            let odd = sum & 1;
            sum >>= 1;
            if odd != 0 {
                sum ^= 0xedb8_8320;
            }
        }
    }
    !sum
}

/// What kind of thing is imported or exported.
mod kind {
    pub(super) const FUNC: u8 = 0;
    pub(super) const TABLE: u8 = 1;
    pub(super) const MEMORY: u8 = 2;
    pub(super) const GLOBAL: u8 = 3;
}

/// How an element segment is used.
mod mode {
    pub(super) const PASSIVE: u8 = 0;
    pub(super) const ACTIVE: u8 = 1;
    pub(super) const DECLARATIVE: u8 = 2;
}

#[cfg(all(test, feature = "compile"))]
mod tests;
