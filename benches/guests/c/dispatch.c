// Tables of functions: a little virtual class hierarchy, a sort with a comparison function, and a state machine whose
// states are functions.

typedef int i32;
typedef unsigned u32;
typedef long long i64;

#define COUNT 4096

struct shape {
    i32 (*area)(const struct shape *);
    i32 (*grow)(struct shape *, i32);
    i32 a, b;
};

static i32 square_area(const struct shape *s) { return s->a * s->a; }
static i32 rectangle_area(const struct shape *s) { return s->a * s->b; }
static i32 triangle_area(const struct shape *s) { return s->a * s->b / 2; }
static i32 grow_sides(struct shape *s, i32 by) { return s->a = (s->a + by) & 1023; }
static i32 grow_height(struct shape *s, i32 by) { return s->b = (s->b ^ by) & 1023; }

static i32 (*const areas[])(const struct shape *) = {square_area, rectangle_area, triangle_area};
static i32 (*const grows[])(struct shape *, i32) = {grow_sides, grow_height};

static struct shape shapes[COUNT];
static u32 keys[COUNT];

typedef i32 (*compare)(u32, u32);
static i32 ascending(u32 a, u32 b) { return a < b; }
static i32 by_low_bits(u32 a, u32 b) { return (a & 0xfff) < (b & 0xfff); }
static i32 by_parity(u32 a, u32 b) { return (a & 1) == (b & 1) ? a < b : (a & 1) < (b & 1); }
static const compare orders[] = {ascending, by_low_bits, by_parity};

static void heap_sort(u32 *data, i32 count, compare less) {
    for (i32 start = count / 2, end = count; end > 1;) {
        if (start > 0) {
            start--;
        } else {
            end--;
            u32 last = data[end];
            data[end] = data[0];
            data[0] = last;
        }
        for (i32 root = start, child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && less(data[child], data[child + 1]))
                child++;
            if (!less(data[root], data[child]))
                break;
            u32 swap = data[root];
            data[root] = data[child];
            data[child] = swap;
        }
    }
}

struct machine;
typedef struct state {
    struct state (*next)(struct machine *, u32);
} state;
struct machine {
    i32 words, numbers, other;
};
static state in_space(struct machine *m, u32 c);
static state in_word(struct machine *m, u32 c) {
    if (c < 20)
        return (state){in_word};
    m->words++;
    return in_space(m, c);
}
static state in_number(struct machine *m, u32 c) {
    if (c >= 20 && c < 26)
        return (state){in_number};
    m->numbers++;
    return in_space(m, c);
}
static state in_space(struct machine *m, u32 c) {
    if (c < 20)
        return (state){in_word};
    if (c < 26)
        return (state){in_number};
    m->other++;
    return (state){in_space};
}

__attribute__((export_name("run"))) i64 run(i32 rounds) {
    u32 seed = 1;
    for (i32 i = 0; i < COUNT; i++) {
        seed = seed * 1664525 + 1013904223;
        shapes[i] = (struct shape){areas[(seed >> 20) % 3], grows[(seed >> 24) & 1], seed >> 22, (seed >> 10) & 1023};
    }
    i64 sum = 0;
    for (i32 round = 0; round < rounds; round++) {
        for (i32 i = 0; i < COUNT; i++) {
            struct shape *s = &shapes[i];
            sum += s->area(s) + s->grow(s, round);
            seed = seed * 1664525 + 1013904223;
            keys[i] = seed >> 8;
        }
        heap_sort(keys, COUNT, orders[round % 3]);
        struct machine m = {0, 0, 0};
        state now = {in_space};
        for (i32 i = 0; i < COUNT; i++)
            now = now.next(&m, keys[(i * 7) & (COUNT - 1)] & 31);
        sum = sum * 31 + m.words * 7 + m.numbers * 5 + m.other * 3 + keys[COUNT / 2];
    }
    return sum;
}
