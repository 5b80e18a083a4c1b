//! Numeric, floating point: products, LU and QR decompositions of dense `f64` matrices.

use nalgebra::DMatrix;
use support::{Input, Random, checksum};

static MATRIX: Input<DMatrix<f64>> = Input::new();

/// Makes a matrix of `order` rows.
#[unsafe(no_mangle)]
pub extern "C" fn setup(order: i32) {
    let mut random = Random::new(9);
    let order = order as usize;
    MATRIX.set(DMatrix::from_fn(order, order, |row, column| {
        random.signed_unit() + if row == column { order as f64 } else { 0.0 }
    }));
}

/// Decomposes it `times` times.
#[unsafe(no_mangle)]
pub extern "C" fn run(times: i32) -> i64 {
    let matrix = MATRIX.get();
    let mut sum = 0i64;
    for _ in 0..times {
        let lu = matrix.clone().lu();
        let inverse = lu.try_inverse().expect("regular");
        let product = matrix * &inverse;
        let (q, r) = matrix.clone().qr().unpack();
        let values = [matrix.determinant().ln(), product.trace(), (q * r).norm(), inverse.norm()];
        sum = sum.wrapping_mul(31).wrapping_add(checksum(&values.map(f64::to_le_bytes).concat()));
    }
    sum
}
