// Strings: bytes to base64 text and back, with a check of what is read.
//
// With vectors, twelve bytes become sixteen letters at once. Both directions find out to which of the alphabet's ranges a
// lane belongs and look up what to add there.

typedef int i32;
typedef unsigned u32;
typedef unsigned char u8;
typedef long long i64;

// A multiple of twelve, so that there is no padding and no remainder.
#define BYTES 24000
#define LETTERS (BYTES / 3 * 4)

// Vectors read and write whole registers, so each buffer has room for a bit more.
static u8 input[BYTES + 16], text[LETTERS + 16], output[BYTES + 16];

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

static void encode(void) {
    // Sextets are in the order that shifting by 10, 4, 6 and 0 bits within pairs of bytes brings about.
    v128_t order = wasm_i8x16_const(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    v128_t offsets = wasm_i8x16_const('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                      '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    for (i32 from = 0, to = 0; from < BYTES; from += 12, to += 16) {
        v128_t pairs = wasm_i8x16_swizzle(wasm_v128_load(&input[from]), order);
        // Lane 0 of each 32 bits holds bytes 1, 0; lane 1 holds bytes 2, 1.
        v128_t first = wasm_v128_and(wasm_u16x8_shr(pairs, 10), wasm_i32x4_const_splat(0x0000003f));
        v128_t second = wasm_v128_and(wasm_i16x8_shl(pairs, 4), wasm_i32x4_const_splat(0x00003f00));
        v128_t third = wasm_v128_and(wasm_u16x8_shr(pairs, 6), wasm_i32x4_const_splat(0x003f0000));
        v128_t fourth = wasm_v128_and(wasm_i16x8_shl(pairs, 8), wasm_i32x4_const_splat(0x3f000000));
        v128_t sextets = wasm_v128_or(wasm_v128_or(first, second), wasm_v128_or(third, fourth));
        // 0 for small letters, 1 to 12 for digits and signs, 13 for capitals.
        v128_t range = wasm_u8x16_sub_sat(sextets, wasm_i8x16_const_splat(51));
        v128_t capital = wasm_i8x16_lt(sextets, wasm_i8x16_const_splat(26));
        range = wasm_v128_or(range, wasm_v128_and(capital, wasm_i8x16_const_splat(13)));
        wasm_v128_store(&text[to], wasm_i8x16_add(sextets, wasm_i8x16_swizzle(offsets, range)));
    }
}

static i32 decode(void) {
    v128_t wrong = wasm_i8x16_const_splat(0);
    for (i32 from = 0, to = 0; from < LETTERS; from += 16, to += 12) {
        v128_t letters = wasm_v128_load(&text[from]);
        v128_t small = wasm_u8x16_lt(wasm_i8x16_sub(letters, wasm_i8x16_const_splat('a')), wasm_i8x16_const_splat(26));
        v128_t capital = wasm_u8x16_lt(wasm_i8x16_sub(letters, wasm_i8x16_const_splat('A')), wasm_i8x16_const_splat(26));
        v128_t digit = wasm_u8x16_lt(wasm_i8x16_sub(letters, wasm_i8x16_const_splat('0')), wasm_i8x16_const_splat(10));
        v128_t plus = wasm_i8x16_eq(letters, wasm_i8x16_const_splat('+'));
        v128_t slash = wasm_i8x16_eq(letters, wasm_i8x16_const_splat('/'));
        v128_t offset = wasm_v128_and(small, wasm_i8x16_const_splat(26 - 'a'));
        offset = wasm_v128_or(offset, wasm_v128_and(capital, wasm_i8x16_const_splat(-'A')));
        offset = wasm_v128_or(offset, wasm_v128_and(digit, wasm_i8x16_const_splat(52 - '0')));
        offset = wasm_v128_or(offset, wasm_v128_and(plus, wasm_i8x16_const_splat(62 - '+')));
        offset = wasm_v128_or(offset, wasm_v128_and(slash, wasm_i8x16_const_splat(63 - '/')));
        wrong = wasm_v128_or(wrong, wasm_i8x16_eq(offset, wasm_i8x16_const_splat(0)));
        v128_t sextets = wasm_i8x16_add(letters, offset);
        // Two sextets to 12 bits, two of those to 24, and their bytes to the front.
        v128_t even = wasm_i16x8_shl(wasm_v128_and(sextets, wasm_i16x8_const_splat(0xff)), 6);
        v128_t twelves = wasm_v128_or(even, wasm_u16x8_shr(sextets, 8));
        v128_t all = wasm_i32x4_dot_i16x8(twelves, wasm_i32x4_const_splat(0x00011000));
        v128_t bytes = wasm_i8x16_shuffle(all, all, 2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, 3, 7, 11, 15);
        wasm_v128_store(&output[to], bytes);
    }
    return wasm_v128_any_true(wrong);
}
#else
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void encode(void) {
    for (i32 from = 0, to = 0; from < BYTES; from += 3, to += 4) {
        u32 bits = (u32)input[from] << 16 | (u32)input[from + 1] << 8 | input[from + 2];
        text[to] = (u8)alphabet[bits >> 18];
        text[to + 1] = (u8)alphabet[bits >> 12 & 63];
        text[to + 2] = (u8)alphabet[bits >> 6 & 63];
        text[to + 3] = (u8)alphabet[bits & 63];
    }
}

static i32 decode(void) {
    static u8 values[256];
    for (i32 i = 0; i < 256; i++)
        values[i] = 255;
    for (i32 i = 0; i < 64; i++)
        values[(u8)alphabet[i]] = (u8)i;
    u8 wrong = 0;
    for (i32 from = 0, to = 0; from < LETTERS; from += 4, to += 3) {
        u8 a = values[text[from]], b = values[text[from + 1]], c = values[text[from + 2]], d = values[text[from + 3]];
        wrong |= a | b | c | d;
        output[to] = (u8)(a << 2 | b >> 4);
        output[to + 1] = (u8)(b << 4 | c >> 2);
        output[to + 2] = (u8)(c << 6 | d);
    }
    return wrong > 63;
}
#endif

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    u32 seed = 9;
    i64 sum = 0;
    for (i32 i = 0; i < BYTES; i++) {
        seed = seed * 1664525 + 1013904223;
        input[i] = (u8)(seed >> 24);
    }
    for (i32 round = 0; round < rounds; round++) {
        input[round % BYTES] ^= 0x5a;
        encode();
        if (round % 4 == 3)
            text[round * 97 % LETTERS] = '*';
        sum = sum * 31 + decode();
        for (i32 i = round % 64; i < BYTES; i += 64)
            sum = sum * 31 + output[i] * (round % 4 != 3) + text[i];
    }
    return sum;
}
