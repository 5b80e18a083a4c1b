// Calls: recursion three ways (direct, mutual, and deep with many arguments).

typedef int i32;
typedef unsigned u32;
typedef long long i64;

static i64 queens(u32 all, u32 columns, u32 left, u32 right) {
    if (columns == all)
        return 1;
    i64 count = 0;
    for (u32 free = all & ~(columns | left | right); free;) {
        u32 bit = free & -free;
        free ^= bit;
        count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
    }
    return count;
}

__attribute__((noinline)) static i32 odd(i32 n);
__attribute__((noinline)) static i32 even(i32 n) { return n == 0 ? 1 : odd(n - 1) + 1; }
__attribute__((noinline)) static i32 odd(i32 n) { return n == 0 ? 0 : even(n - 1) + 1; }

__attribute__((noinline)) static i32 takeuchi(i32 x, i32 y, i32 z) {
    if (y >= x)
        return z;
    return takeuchi(takeuchi(x - 1, y, z), takeuchi(y - 1, z, x), takeuchi(z - 1, x, y));
}

__attribute__((export_name("run"))) i64 run(i32 n) {
    i64 sum = queens((1u << n) - 1, 0, 0, 0);
    for (i32 i = 0; i < 300; i++)
        sum = sum * 31 + even(i + n * 10);
    return sum * 1000 + takeuchi(n + 4, n, n / 2);
}
