//! Compression: prose through LZ4 and back.

use support::{Input, Random, checksum, prose};

static TEXT: Input<String> = Input::new();

/// Makes `len` bytes of prose.
#[unsafe(no_mangle)]
pub extern "C" fn setup(len: i32) {
    TEXT.set(prose(len as usize, &mut Random::new(4)));
}

/// Compresses and decompresses the prose `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let mut sum = 0i64;
    for _ in 0..times {
        let packed = lz4_flex::compress_prepend_size(TEXT.get().as_bytes());
        let text = lz4_flex::decompress_size_prepended(&packed).expect("our own block");
        assert!(text == TEXT.get().as_bytes());
        sum = sum.wrapping_mul(31).wrapping_add(checksum(&packed[..packed.len() / 8]));
    }
    sum
}
