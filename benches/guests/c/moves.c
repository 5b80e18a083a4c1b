// Memory: bulk copies and fills of many sizes and overlaps, and loops of bytes, halves and words.

typedef int i32;
typedef unsigned u32;
typedef unsigned char u8;
typedef unsigned short u16;
typedef long long i64;
typedef unsigned long long u64;

#define SIZE (1 << 18)

static u8 from[SIZE], to[SIZE];

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    u32 seed = 7;
    for (i32 i = 0; i < SIZE; i++) {
        seed = seed * 1664525 + 1013904223;
        from[i] = (u8)(seed >> 24);
        to[i] = (u8)i;
    }
    u64 sum = 0;
    for (i32 round = 0; round < rounds; round++) {
        for (i32 i = 0; i < 2000; i++) {
            seed = seed * 1664525 + 1013904223;
            u32 len = (seed >> 25) << (i % 6), at = (seed >> 8) % (SIZE - 4096);
            __builtin_memcpy(to + at, from + (at ^ 64) % (SIZE - 4096), len);
            __builtin_memmove(to + at + 16, to + at, len);
            __builtin_memset(to + (at + 5000) % (SIZE - 4096), i, len / 2);
        }
        u16 *halves = (u16 *)to;
        for (i32 i = 0; i + 1 < SIZE / 2; i += 2)
            halves[i] = (u16)(halves[i] + (halves[i + 1] >> 3));
        u32 *words = (u32 *)to;
        for (i32 i = SIZE / 4 - 1; i > 0; i -= 3)
            words[i] ^= words[i - 1] << 5 | words[i - 1] >> 27;
        for (i32 i = 0; i < SIZE; i += 5)
            sum = sum * 31 + to[i] + (signed char)from[SIZE - 1 - i];
        u64 *longs = (u64 *)from;
        for (i32 i = 0; i < SIZE / 8; i++)
            longs[i] = longs[i] * 6364136223846793005u + sum;
    }
    return (i64)sum;
}
