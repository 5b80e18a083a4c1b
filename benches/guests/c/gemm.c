// Numeric: a product of `f32` matrices in blocks, and an `i8` product with `i32` sums as neural networks have it.

typedef int i32;
typedef long long i64;
typedef signed char i8;

#define N 96

static float a[N][N], b[N][N], c[N][N];
static i8 p[N][N], q[N][N];
static i32 r[N][N];

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

static void float_product(void) {
    for (i32 i = 0; i < N; i++)
        for (i32 j = 0; j < N; j += 8) {
            v128_t low = wasm_v128_load(&c[i][j]), high = wasm_v128_load(&c[i][j + 4]);
            for (i32 k = 0; k < N; k++) {
                v128_t x = wasm_v128_load32_splat(&a[i][k]);
                low = wasm_f32x4_add(low, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j])));
                high = wasm_f32x4_add(high, wasm_f32x4_mul(x, wasm_v128_load(&b[k][j + 4])));
            }
            wasm_v128_store(&c[i][j], low);
            wasm_v128_store(&c[i][j + 4], high);
        }
}

static void byte_product(void) {
    for (i32 i = 0; i < N; i++)
        for (i32 j = 0; j < N; j++) {
            v128_t sum = wasm_i32x4_const_splat(0);
            for (i32 k = 0; k < N; k += 16) {
                v128_t x = wasm_v128_load(&p[i][k]), y = wasm_v128_load(&q[j][k]);
                v128_t low = wasm_i16x8_extmul_low_i8x16(x, y), high = wasm_i16x8_extmul_high_i8x16(x, y);
                sum = wasm_i32x4_add(sum, wasm_i32x4_extadd_pairwise_i16x8(low));
                sum = wasm_i32x4_add(sum, wasm_i32x4_extadd_pairwise_i16x8(high));
            }
            r[i][j] += wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1) +
                       wasm_i32x4_extract_lane(sum, 2) + wasm_i32x4_extract_lane(sum, 3);
        }
}
#else
static void float_product(void) {
    for (i32 i = 0; i < N; i++)
        for (i32 j = 0; j < N; j += 4)
            for (i32 k = 0; k < N; k++) {
                float x = a[i][k];
                c[i][j] += x * b[k][j];
                c[i][j + 1] += x * b[k][j + 1];
                c[i][j + 2] += x * b[k][j + 2];
                c[i][j + 3] += x * b[k][j + 3];
            }
}

static void byte_product(void) {
    for (i32 i = 0; i < N; i++)
        for (i32 j = 0; j < N; j++) {
            i32 sum = 0;
            for (i32 k = 0; k < N; k++)
                sum += p[i][k] * q[j][k];
            r[i][j] += sum;
        }
}
#endif

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    unsigned seed = 3;
    for (i32 i = 0; i < N * N; i++) {
        seed = seed * 1664525 + 1013904223;
        (&a[0][0])[i] = (float)(seed >> 28);
        (&b[0][0])[i] = (float)(seed << 4 >> 29);
        (&c[0][0])[i] = 0;
        (&p[0][0])[i] = (i8)(seed >> 16);
        (&q[0][0])[i] = (i8)(seed >> 8);
        (&r[0][0])[i] = 0;
    }
    for (i32 round = 0; round < rounds; round++) {
        float_product();
        byte_product();
    }
    // Whole numbers below 2^24: the order of the additions does not matter.
    i64 sum = 0;
    for (i32 i = 0; i < N * N; i++)
        sum = sum * 31 + (i64)(&c[0][0])[i] + (&r[0][0])[i];
    return sum;
}
