//! Hashing: SHA-256 of prose, and of its own digests.

use sha2::{Digest, Sha256};
use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(1)));
}

/// Hashes the prose, and `rounds` times the digest.
#[unsafe(no_mangle)]
pub extern "C" fn run(rounds: i32) -> i64 {
    let mut digest = Sha256::digest(TEXT.get());
    for _ in 0..rounds {
        digest = Sha256::digest(digest);
    }
    checksum(&digest)
}
