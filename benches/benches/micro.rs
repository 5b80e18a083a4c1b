//! Small loops under criterion, one per thing that an interpreter must be fast at, against wasmi where that can execute
//! them: it has no objects, exceptions or threads. Wasmtime's Pulley, which has no threads either, takes part if it is
//! built in (`--features pulley`).
//!
//! Time of Pulley 48 over that of Fantail, on x86-64, in one run:
//!
//! | gc-allocate | gc-fields | gc-casts | throw-catch-1 | throw-catch-100 | fib-recursive | call-indirect |
//! |---|---|---|---|---|---|---|
//! | 7.2 | 18 | 40 | 11.5 | 5.7 | 3.5 | 4.2 |
//!
//! `cargo bench -p fantail-bench` runs all of them, `cargo bench -p fantail-bench -- call` those with `call`
//! in the name. Unlike `peers`, these take wall-clock time and show tiny differences; run them on a quiet
//! machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use std::time::Duration;

/// A module that exports `run(i32) -> i32` and may import `env.inc (i32) -> i32`.
struct Micro {
    name: &'static str,
    /// The argument: how many times the loop runs.
    n: i32,
    text: &'static str,
}

/// How many threads contend for a word of a shared memory.
const THREADS: usize = 4;

/// What wasmi cannot execute.
const BEYOND_WASMI: &[Micro] = &[
    Micro {
        name: "gc-allocate",
        n: 100_000,
        text: r#"(type $node (struct (field (mut (ref null $node))) (field i32)))
            (func (export "run") (param $n i32) (result i32) (local $a (ref null $node))
                (loop $l
                    ;; Every eighth refers to the one before: there is always a little that lives.
                    (local.set $a (struct.new $node
                        (select (result (ref null $node)) (local.get $a) (ref.null $node)
                            (i32.and (local.get $n) (i32.const 7)))
                        (local.get $n)))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (struct.get $node 1 (local.get $a)))"#,
    },
    Micro {
        name: "gc-fields",
        n: 10_000,
        text: r#"(type $point (struct (field (mut i32)) (field (mut i64))))
            (type $array (array (mut i32)))
            (func (export "run") (param $n i32) (result i32)
                (local $p (ref null $point)) (local $a (ref null $array))
                (local.set $p (struct.new $point (i32.const 1) (i64.const 2)))
                (local.set $a (array.new $array (i32.const 3) (i32.const 16)))
                (loop $l
                    (struct.set $point 0 (local.get $p)
                        (i32.add (struct.get $point 0 (local.get $p)) (local.get $n)))
                    (array.set $array (local.get $a) (i32.and (local.get $n) (i32.const 15))
                        (i32.add (struct.get $point 0 (local.get $p))
                            (array.get $array (local.get $a) (i32.const 5))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (struct.get $point 0 (local.get $p)))"#,
    },
    Micro {
        name: "gc-casts",
        n: 10_000,
        text: r#"(type $a (sub (struct (field i32))))
            (type $b (sub $a (struct (field i32) (field i32))))
            (type $c (sub $a (struct (field i32) (field i64))))
            (func (export "run") (param $n i32) (result i32)
                (local $x anyref) (local $y anyref) (local $sum i32)
                (local.set $x (struct.new $b (i32.const 1) (i32.const 2)))
                (local.set $y (struct.new $c (i32.const 3) (i64.const 4)))
                (loop $l
                    (local.set $sum (i32.add (local.get $sum)
                        (struct.get $a 0 (ref.cast (ref $a) (local.get $x)))))
                    (local.set $sum (i32.add (local.get $sum) (ref.test (ref $b) (local.get $y))))
                    (block $not (result anyref)
                        (local.set $sum (i32.add (local.get $sum) (struct.get $b 1
                            (br_on_cast_fail $not anyref (ref $b) (local.get $x)))))
                        (ref.null any))
                    (drop)
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum))"#,
    },
    Micro {
        name: "throw-catch-1",
        n: 10_000,
        text: r#"(tag $t (param i32))
            (func $throw (param i32) (throw $t (local.get 0)))
            (func (export "run") (param $n i32) (result i32) (local $sum i32)
                (loop $l
                    (local.set $sum (i32.add (local.get $sum)
                        (block $caught (result i32)
                            (try_table (catch $t $caught) (call $throw (local.get $n)))
                            (i32.const 0))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum))"#,
    },
    Micro {
        name: "throw-catch-100",
        n: 1_000,
        text: r#"(tag $t (param i32))
            (func $throw (param $value i32) (param $depth i32) (result i32)
                (if (i32.eqz (local.get $depth)) (then (throw $t (local.get $value))))
                (i32.add (i32.const 1)
                    (call $throw (local.get $value) (i32.sub (local.get $depth) (i32.const 1)))))
            (func (export "run") (param $n i32) (result i32) (local $sum i32)
                (loop $l
                    (local.set $sum (i32.add (local.get $sum)
                        (block $caught (result i32)
                            (try_table (result i32) (catch $t $caught)
                                (call $throw (local.get $n) (i32.const 99))))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $sum))"#,
    },
    Micro {
        name: "atomics",
        n: 10_000,
        text: r#"(memory 1 1 shared)
            (func (export "run") (param $n i32) (result i32) (local $old i32)
                (loop $l
                    (drop (i32.atomic.rmw.add (i32.const 8) (i32.const 1)))
                    (local.set $old (i32.atomic.load (i32.const 16)))
                    (drop (i32.atomic.rmw.cmpxchg (i32.const 16)
                        (local.get $old) (i32.add (local.get $old) (i32.const 1))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (i32.sub (i32.atomic.load (i32.const 16)) (i32.atomic.load (i32.const 8))))"#,
    },
    Micro {
        name: "shared-load-store",
        n: 10_000,
        text: r#"(memory 1 1 shared)
            (func (export "run") (param $n i32) (result i32) (local $a i32)
                (loop $l
                    (i32.store offset=16 (i32.shl (local.get $n) (i32.const 2)) (local.get $a))
                    (local.set $a (i32.add (local.get $a)
                        (i32.load offset=12 (i32.shl (local.get $n) (i32.const 2)))))
                    (local.set $a (i32.xor (local.get $a) (i32.load8_u (local.get $n))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $a))"#,
    },
];

/// A spin lock, and a counter without one.
const CONTENDED: &str = r#"(module
    (import "" "memory" (memory 1 1 shared))
    (func (export "run") (param $n i32)
        (loop $l
            (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
            (loop $lock
                (br_if $lock (i32.atomic.rmw.cmpxchg (i32.const 64) (i32.const 0) (i32.const 1))))
            (i32.store (i32.const 68) (i32.add (i32.load (i32.const 68)) (i32.const 1)))
            (i32.atomic.store (i32.const 64) (i32.const 0))
            (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))"#;

const MICROS: &[Micro] = &[
    Micro {
        name: "counter",
        n: 100_000,
        text: r#"(func (export "run") (param $n i32) (result i32)
            (loop $l (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $n))"#,
    },
    Micro {
        name: "fib-recursive",
        n: 18,
        text: r#"(func $fib (export "run") (param $n i32) (result i32)
            (if (result i32) (i32.lt_s (local.get $n) (i32.const 2))
                (then (local.get $n))
                (else (i32.add
                    (call $fib (i32.sub (local.get $n) (i32.const 1)))
                    (call $fib (i32.sub (local.get $n) (i32.const 2)))))))"#,
    },
    Micro {
        name: "fib-iterative",
        n: 20_000,
        text: r#"(func (export "run") (param $n i32) (result i32) (local $a i32) (local $b i32) (local $t i32)
            (local.set $b (i32.const 1))
            (loop $l
                (local.set $t (i32.add (local.get $a) (local.get $b)))
                (local.set $a (local.get $b))
                (local.set $b (local.get $t))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $a))"#,
    },
    Micro {
        name: "call-indirect",
        n: 10_000,
        text: r#"(type $t (func (param i32 i32) (result i32)))
            (table funcref (elem $add $xor))
            (func $add (type $t) (i32.add (local.get 0) (local.get 1)))
            (func $xor (type $t) (i32.xor (local.get 0) (local.get 1)))
            (func (export "run") (param $n i32) (result i32) (local $a i32)
                (loop $l
                    (local.set $a (call_indirect (type $t)
                        (local.get $a) (local.get $n) (i32.and (local.get $n) (i32.const 1))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $a))"#,
    },
    Micro {
        name: "host-call",
        n: 10_000,
        text: r#"(import "env" "inc" (func $inc (param i32) (result i32)))
            (func (export "run") (param $n i32) (result i32) (local $a i32)
                (loop $l
                    (local.set $a (call $inc (local.get $a)))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $a))"#,
    },
    Micro {
        name: "memory-fill",
        n: 1_000,
        text: r#"(memory 1)
            (func (export "run") (param $n i32) (result i32)
                (loop $l
                    (memory.fill (i32.const 64) (local.get $n) (i32.const 1024))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (i32.load (i32.const 100)))"#,
    },
    Micro {
        name: "memory-copy",
        n: 1_000,
        text: r#"(memory 1)
            (func (export "run") (param $n i32) (result i32)
                (i32.store8 (local.get $n) (local.get $n))
                (loop $l
                    (memory.copy (i32.const 4096) (local.get $n) (i32.const 1024))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (i32.load (i32.const 4100)))"#,
    },
    Micro {
        name: "memory-grow-by-nothing",
        n: 10_000,
        text: r#"(memory 1 1)
            (func (export "run") (param $n i32) (result i32) (local $a i32)
                (loop $l
                    (local.set $a (i32.add (local.get $a) (memory.grow (i32.const 0))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $a))"#,
    },
    Micro {
        name: "load-store",
        n: 10_000,
        text: r#"(memory 1)
            (func (export "run") (param $n i32) (result i32) (local $a i32)
                (loop $l
                    (i32.store offset=16 (i32.shl (local.get $n) (i32.const 2)) (local.get $a))
                    (local.set $a (i32.add (local.get $a)
                        (i32.load offset=12 (i32.shl (local.get $n) (i32.const 2)))))
                    (local.set $a (i32.xor (local.get $a) (i32.load8_u (local.get $n))))
                    (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (local.get $a))"#,
    },
    Micro {
        name: "br-table",
        n: 10_000,
        text: r#"(func (export "run") (param $n i32) (result i32) (local $a i32)
            (loop $l
                (block $end (block $2 (block $1 (block $0
                    (br_table $0 $1 $2 $end (i32.and (local.get $n) (i32.const 3))))
                    (local.set $a (i32.add (local.get $a) (i32.const 1))) (br $end))
                    (local.set $a (i32.xor (local.get $a) (local.get $n))) (br $end))
                    (local.set $a (i32.rotl (local.get $a) (i32.const 1))))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $a))"#,
    },
    Micro {
        name: "select",
        n: 10_000,
        text: r#"(func (export "run") (param $n i32) (result i32) (local $a i32)
            (loop $l
                (local.set $a (select
                    (i32.add (local.get $a) (local.get $n))
                    (i32.sub (local.get $a) (i32.const 3))
                    (i32.lt_s (local.get $a) (i32.const 1000))))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $a))"#,
    },
    Micro {
        name: "globals",
        n: 10_000,
        text: r#"(global $g (mut i32) (i32.const 0)) (global $h (mut i32) (i32.const 7))
            (func (export "run") (param $n i32) (result i32)
                (global.set $g (local.get $n))
                (loop $l
                    (global.set $h (i32.add (global.get $h) (global.get $g)))
                    (global.set $g (i32.sub (global.get $g) (i32.const 1)))
                    (br_if $l (global.get $g)))
                (i32.and (global.get $h) (i32.const 0)))"#,
    },
    Micro {
        name: "f64",
        n: 10_000,
        text: r#"(func (export "run") (param $n i32) (result i32) (local $x f64) (local $y f64)
            (loop $l
                (local.set $x (f64.add (f64.mul (local.get $x) (f64.const 0.999)) (f64.convert_i32_s (local.get $n))))
                (local.set $y (f64.sqrt (f64.add (f64.mul (local.get $x) (local.get $x)) (f64.abs (local.get $y)))))
                (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (i32.trunc_sat_f64_s (local.get $y)))"#,
    },
];

/// Loads `wasm` into Fantail, eagerly translated, and returns its `run`.
fn in_fantail(wasm: &[u8]) -> impl FnMut(i32) -> i32 {
    let mut config = fantail::Config::new();
    config.compilation_mode(fantail::CompilationMode::Eager);
    let engine = fantail::Engine::new(&config).expect("supported");
    let module = fantail::Module::from_binary(&engine, wasm).expect("valid");
    let mut store = fantail::Store::new(&engine, ());
    let mut linker = fantail::Linker::new(&engine);
    linker.func_wrap("env", "inc", |x: i32| x.wrapping_add(1)).expect("a new name");
    let instance = linker.instantiate(&mut store, &module).expect("instantiable");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    move |n| run.call(&mut store, n).expect("no trap")
}

/// Loads `wasm` into wasmi, eagerly translated, and returns its `run`.
fn in_wasmi(wasm: &[u8]) -> impl FnMut(i32) -> i32 {
    let mut config = wasmi::Config::default();
    config.compilation_mode(wasmi::CompilationMode::Eager);
    let engine = wasmi::Engine::new(&config);
    let module = wasmi::Module::new(&engine, wasm).expect("valid");
    let mut store = wasmi::Store::new(&engine, ());
    let mut linker = wasmi::Linker::new(&engine);
    linker.func_wrap("env", "inc", |x: i32| x.wrapping_add(1)).expect("a new name");
    let instance = linker.instantiate_and_start(&mut store, &module).expect("instantiable");
    let run = instance.get_typed_func::<i32, i32>(&store, "run").expect("exported");
    move |n| run.call(&mut store, n).expect("no trap")
}

/// Loads `wasm` into Pulley and returns its `run`, or nothing if it cannot execute that: it has no threads.
#[cfg(feature = "pulley")]
fn in_pulley(wasm: &[u8]) -> Option<impl FnMut(i32) -> i32> {
    let mut config = wasmtime::Config::new();
    config
        .target(if cfg!(target_endian = "little") { "pulley64" } else { "pulley64be" })
        .expect("it is known");
    let engine = wasmtime::Engine::new(&config).expect("supported");
    let module = wasmtime::Module::from_binary(&engine, wasm).ok()?;
    let mut store = wasmtime::Store::new(&engine, ());
    let mut linker = wasmtime::Linker::new(&engine);
    linker.func_wrap("env", "inc", |x: i32| x.wrapping_add(1)).expect("a new name");
    let instance = linker.instantiate(&mut store, &module).expect("instantiable");
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run").expect("exported");
    Some(move |n| run.call(&mut store, n).expect("no trap"))
}

/// Pulley is not built in.
#[cfg(not(feature = "pulley"))]
fn in_pulley(_: &[u8]) -> Option<impl FnMut(i32) -> i32> {
    None::<fn(i32) -> i32>
}

fn micro(criterion: &mut Criterion) {
    for Micro { name, n, text } in MICROS {
        let wasm = wat::parse_str(format!("(module {text})")).expect("valid text");
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Elements(u64::from(n.unsigned_abs())));
        let mut wasmi = in_wasmi(&wasm);
        let mut fantail = in_fantail(&wasm);
        assert_eq!(fantail(*n), wasmi(*n), "{name}");
        group.bench_function("fantail", |bencher| bencher.iter(|| fantail(black_box(*n))));
        group.bench_function("wasmi", |bencher| bencher.iter(|| wasmi(black_box(*n))));
        if let Some(mut pulley) = in_pulley(&wasm) {
            assert_eq!(fantail(*n), pulley(*n), "{name}");
            group.bench_function("pulley", |bencher| bencher.iter(|| pulley(black_box(*n))));
        }
        group.finish();
    }
}

/// What wasmi cannot execute.
fn beyond_wasmi(criterion: &mut Criterion) {
    for Micro { name, n, text } in BEYOND_WASMI {
        let wasm = wat::parse_str(format!("(module {text})")).expect("valid text");
        let mut group = criterion.benchmark_group(*name);
        group.throughput(Throughput::Elements(u64::from(n.unsigned_abs())));
        let mut fantail = in_fantail(&wasm);
        group.bench_function("fantail", |bencher| bencher.iter(|| fantail(black_box(*n))));
        if let Some(mut pulley) = in_pulley(&wasm) {
            assert_eq!(fantail(*n), pulley(*n), "{name}");
            group.bench_function("pulley", |bencher| bencher.iter(|| pulley(black_box(*n))));
        }
        group.finish();
    }
}

/// Several threads at the same words. The time of threads that start is part of it, and little.
fn contended(criterion: &mut Criterion) {
    let engine = fantail::Engine::default();
    let wasm = wat::parse_str(CONTENDED).expect("valid text");
    let module = fantail::Module::new(&engine, wasm).expect("valid");
    let memory = fantail::SharedMemory::new(&engine, fantail::MemoryType::shared(1, 1)).expect("it fits");
    let n = 10_000_u32;
    let run = || {
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    let mut store = fantail::Store::new(&engine, ());
                    let imports = [memory.clone().into()];
                    let instance = fantail::Instance::new(&mut store, &module, &imports).expect("linked");
                    let run = instance.get_typed_func::<u32, ()>(&mut store, "run").expect("exported");
                    run.call(&mut store, n).expect("no trap");
                });
            }
        });
    };
    let mut group = criterion.benchmark_group("contended-atomics");
    group.throughput(Throughput::Elements(u64::from(n) * THREADS as u64));
    group.bench_function("fantail", |bencher| bencher.iter(run));
    group.finish();
    let mut counts = [[0; 4]; 2];
    memory.read(0, &mut counts[0]).expect("it is there");
    memory.read(68, &mut counts[1]).expect("it is there");
    assert_eq!(counts[0], counts[1], "the lock lost a count");
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = micro, beyond_wasmi, contended
}
criterion_main!(benches);
