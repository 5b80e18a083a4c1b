//! Hashing: BLAKE3 of prose, as a tree of chunks.

use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(2)));
}

/// Hashes the prose with `keys` different keys.
#[unsafe(no_mangle)]
pub extern "C" fn run(keys: i32) -> i64 {
    let mut key = [0; 32];
    for _ in 0..keys {
        key = *blake3::keyed_hash(&key, TEXT.get().as_bytes()).as_bytes();
    }
    checksum(&key)
}
