// Tables of jumps: a stack machine with one big `switch` runs a sieve of Eratosthenes.

typedef int i32;
typedef long long i64;

enum { PUSH, LOAD, STORE, PEEK, POKE, ADD, MUL, LESS, JUMP, JUMP_IF_ZERO, DUPLICATE, DROP, INCREMENT, HALT };

static i32 cells[1 << 16];

// for (i = 2; i < N; i++) if (!cells[i]) { count++; for (j = i * i; j < N; j += i) cells[j] = 1; }
enum { N = 0, I = 1, J = 2, COUNT = 3 };
static const i32 program[] = {
    /*  0 */ PUSH, 2, STORE, I, PUSH, 0, STORE, COUNT,
    /*  8 */ LOAD, I, LOAD, N, LESS, JUMP_IF_ZERO, 55,
    /* 15 */ LOAD, I, PEEK, JUMP_IF_ZERO, 22, JUMP, 51,
    /* 22 */ INCREMENT, COUNT, LOAD, I, DUPLICATE, MUL, STORE, J,
    /* 30 */ LOAD, J, LOAD, N, LESS, JUMP_IF_ZERO, 51,
    /* 37 */ PUSH, 1, LOAD, J, POKE, LOAD, J, LOAD, I, ADD, STORE, J, JUMP, 30,
    /* 51 */ INCREMENT, I, JUMP, 8,
    /* 55 */ LOAD, COUNT, HALT,
};

static i32 interpret(const i32 *code, i32 *variables) {
    i32 stack[16];
    i32 *top = stack;
    const i32 *pc = code;
    for (;;) {
        switch (*pc++) {
        case PUSH: *top++ = *pc++; break;
        case LOAD: *top++ = variables[*pc++]; break;
        case STORE: variables[*pc++] = *--top; break;
        case PEEK: top[-1] = cells[top[-1]]; break;
        case POKE: top -= 2; cells[top[1]] = top[0]; break;
        case ADD: top--; top[-1] += top[0]; break;
        case MUL: top--; top[-1] *= top[0]; break;
        case LESS: top--; top[-1] = top[-1] < top[0]; break;
        case JUMP: pc = code + *pc; break;
        case JUMP_IF_ZERO: pc = *--top ? pc + 1 : code + *pc; break;
        case DUPLICATE: top[0] = top[-1]; top++; break;
        case DROP: top--; break;
        case INCREMENT: variables[*pc++]++; break;
        case HALT: return *--top;
        default: __builtin_trap();
        }
    }
}

// Counts the primes below n, which is at most 46340: the square of the last one must fit.
__attribute__((export_name("run"))) i64 run(i32 n) {
    i32 variables[4] = {n, 0, 0, 0};
    for (i32 i = 0; i < n; i++)
        cells[i] = 0;
    return interpret(program, variables);
}
