// Pictures: box blur, blend, threshold and histogram over 8-bit pixels, with saturation and averages.

typedef int i32;
typedef unsigned u32;
typedef unsigned char u8;
typedef long long i64;

#define W 256
#define H 192

static u8 picture[H][W], blurred[H][W], mask[H][W], out[H][W];

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

static void blur(void) {
    for (i32 y = 1; y + 1 < H; y++)
        for (i32 x = 0; x < W; x += 16) {
            v128_t up = wasm_v128_load(&picture[y - 1][x]), down = wasm_v128_load(&picture[y + 1][x]);
            v128_t here = wasm_v128_load(&picture[y][x]);
            wasm_v128_store(&blurred[y][x], wasm_u8x16_avgr(wasm_u8x16_avgr(up, down), here));
        }
}

static void blend(u8 level) {
    v128_t limit = wasm_u8x16_splat(level), bias = wasm_u8x16_splat(level / 4);
    for (i32 y = 0; y < H; y++)
        for (i32 x = 0; x < W; x += 16) {
            v128_t here = wasm_v128_load(&picture[y][x]), soft = wasm_v128_load(&blurred[y][x]);
            v128_t over = wasm_u8x16_gt(here, limit);
            v128_t bright = wasm_u8x16_add_sat(here, bias), dark = wasm_u8x16_sub_sat(soft, bias);
            wasm_v128_store(&mask[y][x], over);
            wasm_v128_store(&out[y][x], wasm_v128_bitselect(bright, dark, over));
        }
}
#else
static void blur(void) {
    for (i32 y = 1; y + 1 < H; y++)
        for (i32 x = 0; x < W; x++) {
            u32 sides = (picture[y - 1][x] + picture[y + 1][x] + 1u) >> 1;
            blurred[y][x] = (u8)((sides + picture[y][x] + 1u) >> 1);
        }
}

static void blend(u8 level) {
    i32 bias = level / 4;
    for (i32 y = 0; y < H; y++)
        for (i32 x = 0; x < W; x++) {
            i32 bright = picture[y][x] + bias, dark = blurred[y][x] - bias;
            u8 over = picture[y][x] > level ? 255 : 0;
            mask[y][x] = over;
            out[y][x] = (u8)(over ? (bright > 255 ? 255 : bright) : (dark < 0 ? 0 : dark));
        }
}
#endif

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    u32 seed = 5;
    for (i32 i = 0; i < W * H; i++) {
        seed = seed * 1664525 + 1013904223;
        (&picture[0][0])[i] = (u8)((seed >> 26) + i % W / 2 + i / W / 4);
    }
    i64 sum = 0;
    for (i32 round = 0; round < rounds; round++) {
        blur();
        blend((u8)(round * 37));
        u32 histogram[16] = {0};
        for (i32 y = 0; y < H; y += 4)
            for (i32 x = round & 3; x < W; x += 4)
                histogram[out[y][x] >> 4] += 1 + (mask[y][x] & 1);
        for (i32 i = 0; i < 16; i++)
            sum = sum * 31 + histogram[i];
        __builtin_memcpy(picture, out, sizeof picture);
    }
    return sum;
}
