// Numeric: how many steps points of the plane take to leave a circle, in `f64`, two points at once with vectors.

typedef int i32;
typedef long long i64;

#define SIZE 96
#define LIMIT 60

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

static i64 row(double y) {
    i64 sum = 0;
    v128_t cy = wasm_f64x2_splat(y), four = wasm_f64x2_const_splat(4.0);
    for (i32 i = 0; i < SIZE; i += 2) {
        v128_t cx = wasm_f64x2_make(i * (3.0 / SIZE) - 2.25, (i + 1) * (3.0 / SIZE) - 2.25);
        v128_t x = wasm_i64x2_const_splat(0), z = x, xx = x, zz = x, steps = x;
        for (i32 n = 0; n < LIMIT; n++) {
            v128_t inside = wasm_f64x2_le(wasm_f64x2_add(xx, zz), four);
            if (!wasm_v128_any_true(inside))
                break;
            steps = wasm_i64x2_sub(steps, inside);
            v128_t xz = wasm_f64x2_mul(x, z);
            x = wasm_f64x2_add(wasm_f64x2_sub(xx, zz), cx);
            z = wasm_f64x2_add(wasm_f64x2_add(xz, xz), cy);
            xx = wasm_f64x2_mul(x, x);
            zz = wasm_f64x2_mul(z, z);
        }
        sum = sum * 31 + wasm_i64x2_extract_lane(steps, 0);
        sum = sum * 31 + wasm_i64x2_extract_lane(steps, 1);
    }
    return sum;
}
#else
static i64 row(double cy) {
    i64 sum = 0;
    for (i32 i = 0; i < SIZE; i++) {
        double cx = i * (3.0 / SIZE) - 2.25, x = 0, z = 0, xx = 0, zz = 0;
        i32 n = 0;
        for (; n < LIMIT && xx + zz <= 4.0; n++) {
            double xz = x * z;
            x = xx - zz + cx;
            z = xz + xz + cy;
            xx = x * x;
            zz = z * z;
        }
        sum = sum * 31 + n;
    }
    return sum;
}
#endif

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    i64 sum = 0;
    for (i32 round = 0; round < rounds; round++)
        for (i32 i = 0; i < SIZE; i++)
            sum = sum * 17 + row((i + round * 0.25) * (2.5 / SIZE) - 1.25);
    return sum;
}
