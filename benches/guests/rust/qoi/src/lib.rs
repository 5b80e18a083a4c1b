//! Compression: a picture through the QOI codec and back.

use support::{Input, Random, checksum};

struct Picture {
    width: u32,
    pixels: Vec<u8>,
}

static PICTURE: Input<Picture> = Input::new();

/// Makes a square picture of `width` pixels: gradients, flat areas and noise.
#[unsafe(no_mangle)]
pub extern "C" fn setup(width: i32) {
    let mut random = Random::new(11);
    let width = width as u32;
    let mut pixels = Vec::new();
    for y in 0..width {
        for x in 0..width {
            match (x / 32 + y / 32) % 3 {
                0 => pixels.extend([x as u8, y as u8, (x + y) as u8, 255]),
                1 => pixels.extend([40, (y / 32 * 9) as u8, 90, 255]),
                _ => pixels.extend(((random.next() >> 32) as u32).to_le_bytes()),
            }
        }
    }
    PICTURE.set(Picture { width, pixels });
}

/// Encodes and decodes it `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let Picture { width, pixels } = PICTURE.get();
    let mut sum = 0i64;
    for _ in 0..times {
        let packed = qoi::encode_to_vec(pixels, *width, *width).expect("a valid size");
        let (_, back) = qoi::decode_to_vec(&packed).expect("our own picture");
        assert!(&back == pixels);
        sum = sum.wrapping_mul(31).wrapping_add(checksum(&packed[..packed.len() / 8]));
    }
    sum
}
