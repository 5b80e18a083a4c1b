//! Compression: the Zstandard library, which is written in C, on prose.

use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(14)));
}

/// Compresses and decompresses it at `level`.
#[unsafe(no_mangle)]
pub extern "C" fn run(level: i32) -> i64 {
    let text = TEXT.get().as_bytes();
    let mut packed = vec![0; zstd_safe::compress_bound(text.len())];
    let len = zstd_safe::compress(&mut packed[..], text, level).expect("enough room");
    let mut back = vec![0; text.len()];
    let back_len = zstd_safe::decompress(&mut back[..], &packed[..len]).expect("our own frame");
    assert!(&back[..back_len] == text);
    checksum(&packed[..len])
}
