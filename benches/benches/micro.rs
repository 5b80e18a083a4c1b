//! Small loops under criterion, one per thing that an interpreter must be fast at, against wasmi.
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
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1));
    targets = micro
}
criterion_main!(benches);
