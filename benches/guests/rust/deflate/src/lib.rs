//! Compression: prose through DEFLATE and back.

use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec};
use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(3)));
}

/// Compresses the prose at `level`, and decompresses it ten times.
#[unsafe(no_mangle)]
pub extern "C" fn run(level: i32) -> i64 {
    let packed = compress_to_vec(TEXT.get().as_bytes(), level as u8);
    for _ in 0..10 {
        let text = decompress_to_vec(&packed).expect("our own stream");
        assert!(text == TEXT.get().as_bytes());
    }
    checksum(&packed)
}
