// Numeric, floating point: spheres, shadows and reflections in `f64`, with square roots and many branches.

typedef int i32;
typedef long long i64;

typedef struct { double x, y, z; } vec;
typedef struct { vec centre; double radius, mirror; vec colour; } sphere;

static const sphere spheres[] = {
    {{0, -1000, 0}, 999, 0.1, {0.6, 0.6, 0.5}}, {{0, 0, 0}, 1, 0.5, {0.9, 0.2, 0.2}},
    {{2, 0.5, 1}, 0.7, 0.3, {0.2, 0.8, 0.3}},   {{-2, 0.3, -1}, 0.9, 0.6, {0.2, 0.4, 0.9}},
    {{0.7, -0.4, -1.6}, 0.5, 0.2, {0.9, 0.9, 0.2}},
};
#define COUNT ((i32)(sizeof spheres / sizeof *spheres))

static vec add(vec a, vec b) { return (vec){a.x + b.x, a.y + b.y, a.z + b.z}; }
static vec scale(vec a, double k) { return (vec){a.x * k, a.y * k, a.z * k}; }
static double dot(vec a, vec b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vec normal(vec a) { return scale(a, 1 / __builtin_sqrt(dot(a, a))); }

__attribute__((noinline)) static double hit(const sphere *s, vec origin, vec direction) {
    vec to = add(s->centre, scale(origin, -1));
    double along = dot(to, direction), disc = along * along - dot(to, to) + s->radius * s->radius;
    if (disc < 0)
        return -1;
    double root = __builtin_sqrt(disc), near = along - root;
    return near > 1e-6 ? near : along + root > 1e-6 ? along + root : -1;
}

__attribute__((noinline)) static const sphere *nearest(vec origin, vec direction, double *distance) {
    const sphere *found = 0;
    for (i32 i = 0; i < COUNT; i++) {
        double t = hit(&spheres[i], origin, direction);
        if (t > 0 && (!found || t < *distance)) {
            found = &spheres[i];
            *distance = t;
        }
    }
    return found;
}

static vec trace(vec origin, vec direction, i32 depth) {
    double distance = 0;
    const sphere *s = nearest(origin, direction, &distance);
    if (!s)
        return (vec){0.3 + 0.2 * direction.y, 0.5, 0.8};
    vec at = add(origin, scale(direction, distance));
    vec up = scale(add(at, scale(s->centre, -1)), 1 / s->radius);
    vec light = normal((vec){1, 2, -1});
    double shadow, bright = dot(up, light);
    if (bright < 0 || nearest(at, light, &shadow))
        bright = 0;
    vec colour = scale(s->colour, 0.2 + 0.8 * bright);
    if (depth == 0)
        return colour;
    vec bounce = add(direction, scale(up, -2 * dot(direction, up)));
    return add(scale(colour, 1 - s->mirror), scale(trace(at, bounce, depth - 1), s->mirror));
}

__attribute__((export_name("run"))) i64 run(i32 width) {
    i64 sum = 0;
    for (i32 y = 0; y < width; y++)
        for (i32 x = 0; x < width; x++) {
            vec direction = normal((vec){(x - width / 2.0) / width, (width / 2.0 - y) / width, 1});
            vec colour = trace((vec){0, 0.5, -5}, direction, 3);
            sum = sum * 31 + (i64)(colour.x * 255) * 65536 + (i64)(colour.y * 255) * 256 + (i64)(colour.z * 255);
        }
    return sum;
}
