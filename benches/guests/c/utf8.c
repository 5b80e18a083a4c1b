// Strings: whether bytes are well-formed UTF-8.
//
// With vectors, each pair of neighbouring bytes is classified by three tables of sixteen entries, one per half of the
// first byte and one for the upper half of the second: an entry has a bit per error that it allows, and what all three
// allow is one. (John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2021.)

typedef int i32;
typedef unsigned u32;
typedef unsigned char u8;
typedef long long i64;

#define SIZE 32768

static u8 text[SIZE];

#ifdef __wasm_simd128__
#include <wasm_simd128.h>

// A lead byte before no continuation; a continuation after ASCII; overlong forms; beyond U+10FFFF, with leads that leave
// no doubt apart; surrogates; and two continuations in a row, which is an error unless the bytes before demand it.
#define TOO_SHORT 1
#define TOO_LONG 2
#define OVERLONG_3 4
#define TOO_LARGE 8
#define SURROGATE 16
#define OVERLONG_2 32
#define TOO_LARGE_1000 64
#define OVERLONG_4 64
#define TWO_CONTS 128
#define CARRY (TOO_SHORT | TOO_LONG | TWO_CONTS)
#define SMALL(x) ((signed char)(x))

static i32 well_formed(i32 len) {
    v128_t first_high = wasm_i8x16_const(
        TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, SMALL(TWO_CONTS),
        SMALL(TWO_CONTS), SMALL(TWO_CONTS), SMALL(TWO_CONTS), TOO_SHORT | OVERLONG_2, TOO_SHORT,
        TOO_SHORT | OVERLONG_3 | SURROGATE, TOO_SHORT | TOO_LARGE | TOO_LARGE_1000 | OVERLONG_4);
    v128_t first_low = wasm_i8x16_const(
        SMALL(CARRY | OVERLONG_3 | OVERLONG_2 | OVERLONG_4), SMALL(CARRY | OVERLONG_2), SMALL(CARRY), SMALL(CARRY),
        SMALL(CARRY | TOO_LARGE), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000),
        SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000),
        SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000),
        SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000),
        SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000 | SURROGATE), SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000),
        SMALL(CARRY | TOO_LARGE | TOO_LARGE_1000));
    v128_t second_high = wasm_i8x16_const(
        TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
        SMALL(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE_1000 | OVERLONG_4),
        SMALL(TOO_LONG | OVERLONG_2 | TWO_CONTS | OVERLONG_3 | TOO_LARGE),
        SMALL(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE),
        SMALL(TOO_LONG | OVERLONG_2 | TWO_CONTS | SURROGATE | TOO_LARGE), TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT);
    v128_t low_half = wasm_i8x16_const_splat(15);
    v128_t errors = wasm_i8x16_const_splat(0), before = errors;
    for (i32 i = 0; i < len; i += 16) {
        v128_t here = wasm_v128_load(&text[i]);
        v128_t one = wasm_i8x16_shuffle(before, here, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30);
        v128_t two = wasm_i8x16_shuffle(before, here, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
        v128_t three = wasm_i8x16_shuffle(before, here, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28);
        v128_t a = wasm_i8x16_swizzle(first_high, wasm_u8x16_shr(one, 4));
        v128_t b = wasm_i8x16_swizzle(first_low, wasm_v128_and(one, low_half));
        v128_t c = wasm_i8x16_swizzle(second_high, wasm_u8x16_shr(here, 4));
        v128_t special = wasm_v128_and(wasm_v128_and(a, b), c);
        // Two continuations have to follow where the byte two before leads three bytes, or the one three before four.
        v128_t third = wasm_u8x16_sub_sat(two, wasm_i8x16_const_splat(0xe0 - 0x80));
        v128_t fourth = wasm_u8x16_sub_sat(three, wasm_i8x16_const_splat(0xf0 - 0x80));
        v128_t must = wasm_v128_and(wasm_v128_or(third, fourth), wasm_i8x16_const_splat(SMALL(0x80)));
        errors = wasm_v128_or(errors, wasm_v128_xor(must, special));
        before = here;
    }
    // The last three bytes must not ask for more than there is.
    v128_t most = wasm_i8x16_const(-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, SMALL(0xf0 - 1),
                                   SMALL(0xe0 - 1), SMALL(0xc0 - 1));
    errors = wasm_v128_or(errors, wasm_u8x16_sub_sat(before, most));
    return !wasm_v128_any_true(errors);
}
#else
static i32 well_formed(i32 len) {
    for (i32 i = 0; i < len;) {
        u8 lead = text[i++];
        if (lead < 0x80)
            continue;
        i32 more = lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
        if (more < 0 || i + more > len)
            return 0;
        u8 least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
        u8 greatest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
        if (text[i] < least || text[i] > greatest)
            return 0;
        for (i32 n = 1; n < more; n++)
            if ((text[i + n] & 0xc0) != 0x80)
                return 0;
        i += more;
    }
    return 1;
}
#endif

static i32 put(i32 at, u32 scalar) {
    if (scalar < 0x80) {
        text[at++] = (u8)scalar;
    } else if (scalar < 0x800) {
        text[at++] = (u8)(0xc0 | scalar >> 6);
        text[at++] = (u8)(0x80 | (scalar & 63));
    } else if (scalar < 0x10000) {
        text[at++] = (u8)(0xe0 | scalar >> 12);
        text[at++] = (u8)(0x80 | (scalar >> 6 & 63));
        text[at++] = (u8)(0x80 | (scalar & 63));
    } else {
        text[at++] = (u8)(0xf0 | scalar >> 18);
        text[at++] = (u8)(0x80 | (scalar >> 12 & 63));
        text[at++] = (u8)(0x80 | (scalar >> 6 & 63));
        text[at++] = (u8)(0x80 | (scalar & 63));
    }
    return at;
}

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    u32 seed = 7;
    i32 len = 0;
    while (len < SIZE - 4) {
        seed = seed * 1664525 + 1013904223;
        u32 kind = seed >> 28;
        u32 scalar = kind < 9 ? 32 + (seed >> 8) % 95 : kind < 12 ? 0xc0 + (seed >> 8) % 0x600
                   : kind < 15 ? 0x900 + (seed >> 8) % 0xc000 : 0x10000 + (seed >> 8) % 0xf0000;
        len = put(len, scalar);
    }
    while (len < SIZE)
        text[len++] = ' ';
    i64 sum = 0;
    for (i32 round = 0; round < rounds; round++) {
        sum = sum * 3 + well_formed(SIZE);
        // One byte is another for a moment, late in the text: some stay well-formed.
        i32 at = SIZE - 1 - round * 37 % 4096;
        u8 was = text[at];
        text[at] = (u8)(was ^ 1 << round % 8);
        sum = sum * 3 + well_formed(SIZE);
        text[at] = was;
    }
    return sum;
}
