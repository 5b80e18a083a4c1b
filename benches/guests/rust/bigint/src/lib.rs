//! Numeric, 32 and 64 bits: digits of pi with big integers, by Machin's formula, and a modular power.

use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use support::checksum;

/// `scale * atan(1/x)`.
fn arctan_of_inverse(x: u32, scale: &BigInt) -> BigInt {
    let square = BigInt::from(x * x);
    let mut power = scale / x;
    let mut sum = power.clone();
    let mut divisor = 1u32;
    while !power.is_zero() {
        power = -(power / &square);
        divisor += 2;
        sum += &power / divisor;
    }
    sum
}

/// Pi to `digits` digits.
#[unsafe(no_mangle)]
pub extern "C" fn run(digits: i32) -> i64 {
    let guard = 10u32;
    let scale = BigInt::from(10).pow(digits as u32 + guard);
    let pi: BigInt = (arctan_of_inverse(5, &scale) * 4 - arctan_of_inverse(239, &scale)) * 4;
    let pi = pi / BigInt::from(10).pow(guard);
    let modulus: BigInt = (BigInt::one() << 521) - 1;
    let power = BigInt::from(3).modpow(&pi.abs(), &modulus);
    checksum(format!("{pi} {power}").as_bytes())
}
