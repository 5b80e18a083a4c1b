//! Vector instructions that become other ops than themselves: shuffles by what they choose, rotations, branches on
//! comparisons. By every back end that the machine can execute.

use fantail::{Config, Engine, Instance, Module, Result, SimdBackend, Store, V128};
use std::fmt::Write;

/// Calls `check` with `text`, instantiated, for every back end.
fn by_every_backend(
    text: &str,
    mut check: impl FnMut(&mut Store<()>, Instance, SimdBackend) -> Result<()>,
) -> Result<()> {
    let wasm = wat::parse_str(text)?;
    for &backend in SimdBackend::ALL {
        if !backend.is_available() {
            eprintln!("SKIPPED: this machine does not have what {} needs", backend.name());
            continue;
        }
        let mut config = Config::new();
        config.simd_backend(backend);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, &wasm)?;
        let mut store = Store::new(&engine, ());
        let instance = Instance::new(&mut store, &module, &[])?;
        check(&mut store, instance, backend)?;
    }
    Ok(())
}

fn vector(bytes: [u8; 16]) -> V128 {
    V128::from(u128::from_le_bytes(bytes))
}

fn call(store: &mut Store<()>, instance: Instance, func: &str, a: [u8; 16], b: [u8; 16]) -> Result<V128> {
    instance.get_typed_func::<(V128, V128), V128>(&mut *store, func)?.call(store, (vector(a), vector(b)))
}

const A: [u8; 16] =
    [0x10, 0x21, 0x32, 0x43, 0x54, 0x65, 0x76, 0x87, 0x98, 0xa9, 0xba, 0xcb, 0xdc, 0xed, 0xfe, 0x0f];
const B: [u8; 16] =
    [0xf1, 0xe3, 0xd5, 0xc7, 0xb9, 0xab, 0x9d, 0x8f, 0x71, 0x63, 0x55, 0x47, 0x39, 0x2b, 0x1d, 0x00];

/// Lanes of all kinds: of units of 1 to 8 bytes, which are adjacent, in turns, every second, reversed or any.
fn all_lanes() -> Vec<[u8; 16]> {
    let mut all = Vec::new();
    for first in 0..32 {
        all.push(std::array::from_fn(|i| (first + i as u8) % 32));
        all.push(std::array::from_fn(|i| (first + 32 - i as u8) % 32));
    }
    for width in [1, 2, 4, 8] {
        for high in 0..16 / width {
            let first = high * width;
            // In turns, from `first` on; every second; each rotated by `high` bytes.
            all.push(std::array::from_fn(|i| {
                (i / width % 2 * 16 + (first + i / width / 2 * width) % 16 + i % width) as u8
            }));
            all.push(std::array::from_fn(|i| ((first + i / width * 2 * width + i % width) % 32) as u8));
            all.push(std::array::from_fn(|i| (i / width * width + (i + high) % width) as u8));
        }
    }
    let mut random = 7u32;
    for _ in 0..64 {
        all.push(std::array::from_fn(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 27) as u8
        }));
    }
    let exchanged: Vec<_> = all.iter().map(|lanes| lanes.map(|lane| lane ^ 16)).collect();
    all.extend(exchanged);
    all
}

#[test]
fn shuffles_choose_the_bytes_of_their_lanes() -> Result<()> {
    let all = all_lanes();
    let mut text = String::from("(module");
    for (i, lanes) in all.iter().enumerate() {
        let lanes = lanes.map(|lane| lane.to_string()).join(" ");
        let operands = [
            ("two", "(local.get 0) (local.get 1)"),
            ("same", "(local.get 1) (local.get 1)"),
            ("xor", "(v128.xor (local.get 0) (local.get 1)) (local.get 0)"),
        ];
        for (name, operands) in operands {
            write!(
                text,
                r#"(func (export "{name}{i}") (param v128 v128) (result v128) (i8x16.shuffle {lanes} {operands}))"#
            )
            .expect("strings take all text");
        }
    }
    text.push(')');
    by_every_backend(&text, |store, instance, backend| {
        let xor: [u8; 16] = std::array::from_fn(|i| A[i] ^ B[i]);
        for (i, lanes) in all.iter().enumerate() {
            for (name, a, b) in [("two", A, B), ("same", B, B), ("xor", xor, A)] {
                let both = [a, b].concat();
                let expected = vector(lanes.map(|lane| both[usize::from(lane)]));
                let got = call(store, instance, &format!("{name}{i}"), A, B)?;
                assert_eq!(got, expected, "{}, {name}: {lanes:?}", backend.name());
            }
        }
        Ok(())
    })
}

#[test]
fn rotations_in_place_are_what_shifts_make() -> Result<()> {
    let mut text = String::from("(module");
    for (ty, bits) in [("i32x4", 32), ("i64x2", 64)] {
        for count in 1..bits {
            let rest = bits - count;
            write!(
                text,
                r#"(func (export "{ty}{count}") (param $x v128) (param $y v128) (result v128)
                    (local.set $x (v128.or
                        ({ty}.shl (local.tee $x (v128.xor (local.get $y) (local.get $x))) (i32.const {count}))
                        ({ty}.shr_u (local.get $x) (i32.const {rest}))))
                    (v128.xor (local.get $x) (local.get $y)))"#
            )
            .expect("strings take all text");
        }
    }
    text.push(')');
    let (a, b) = (u128::from_le_bytes(A), u128::from_le_bytes(B));
    by_every_backend(&text, |store, instance, backend| {
        for (ty, bits) in [("i32x4", 32u32), ("i64x2", 64)] {
            for count in 1..bits {
                let mask = (1u128 << bits) - 1;
                let rotated = (0..128 / bits).fold(0, |all, lane| {
                    let value = (a ^ b) >> (lane * bits) & mask;
                    all | ((value << count | value >> (bits - count)) & mask) << (lane * bits)
                });
                let got = call(store, instance, &format!("{ty}{count}"), A, B)?;
                assert_eq!(got, V128::from(rotated ^ b), "{}: {ty} by {count}", backend.name());
            }
        }
        Ok(())
    })
}

#[test]
fn branches_on_comparisons_keep_the_truth_values() -> Result<()> {
    let mut text = String::from("(module");
    for compare in ["i8x16.eq", "f32x4.le", "f64x2.le"] {
        write!(
            text,
            r#"(func (export "any {compare}") (param $x v128) (param $y v128) (result v128) (local $t v128)
                (block $b
                    (br_if $b (v128.any_true (local.tee $t ({compare} (local.get $x) (local.get $y)))))
                    (return (v128.not (local.get $t))))
                (v128.xor (local.get $t) (v128.const i32x4 1 0 0 0)))
            (func (export "none {compare}") (param $x v128) (param $y v128) (result v128) (local $t v128)
                (block $b
                    (br_if $b (i32.eqz (v128.any_true (local.tee $t ({compare} (local.get $x) (local.get $y))))))
                    (return (v128.xor (local.get $t) (v128.const i32x4 1 0 0 0))))
                (v128.not (local.get $t)))
            (func (export "stack {compare}") (param $x v128) (param $y v128) (result v128) (local $t v128)
                (local.tee $t ({compare} (local.get $x) (local.get $y)))
                (br_if 0 (v128.any_true (local.get $t)))
                (v128.not))"#
        )
        .expect("strings take all text");
    }
    text.push(')');
    let lanes = |lanes: [f64; 2]| -> [u8; 16] {
        (lanes.map(f64::to_le_bytes).concat()).try_into().expect("16 bytes")
    };
    let pairs = [
        (A, A),
        (A, B),
        (lanes([1.0, 5.0]), lanes([2.0, 4.0])),
        (lanes([3.0, 5.0]), lanes([2.0, 4.0])),
        (lanes([f64::NAN, 5.0]), lanes([f64::NAN, 5.0])),
        (lanes([f64::NAN, 5.0]), lanes([0.0, 4.0])),
    ];
    by_every_backend(&text, |store, instance, backend| {
        for (a, b) in pairs {
            for compare in ["i8x16.eq", "f32x4.le", "f64x2.le"] {
                let truth = truth(compare, a, b);
                let [marked, plain] = [
                    if truth == 0 { u128::MAX } else { truth ^ 1 },
                    if truth == 0 { u128::MAX } else { truth },
                ];
                for (name, expected) in [("any", marked), ("none", marked), ("stack", plain)] {
                    let got = call(store, instance, &format!("{name} {compare}"), a, b)?;
                    assert_eq!(got, V128::from(expected), "{}: {name} {compare} {a:?} {b:?}", backend.name());
                }
            }
        }
        Ok(())
    })
}

/// Locals that a loop sets to a constant: nothing but that or something else, read in time or too early.
const CONSTANTS: &str = r#"(module
    (func (export "only") (param $i i32) (result v128) (local $c v128) (local $sum v128)
        (loop $again
            (local.set $sum (i8x16.add (local.get $sum) (local.tee $c (v128.const i64x2 1 2))))
            (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (i8x16.add (local.get $sum) (local.get $c)))
    (func (export "early") (param $i i32) (result v128) (local $c v128) (local $sum v128)
        (loop $again
            (local.set $sum (i8x16.add (local.get $sum) (local.get $c)))
            (local.set $c (v128.const i64x2 1 2))
            (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.get $sum))
    (func (export "skipped") (param $i i32) (result v128) (local $c v128)
        (block $end
            (br_if $end (i32.eq (local.get $i) (i32.const 3)))
            (loop $again
                (local.set $c (v128.const i64x2 1 2))
                (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1))))))
        (local.get $c))
    (func (export "other") (param $i i32) (result v128) (local $c v128) (local $sum v128)
        (loop $again
            (local.set $c (v128.const i64x2 1 2))
            (local.set $sum (i8x16.add (local.get $sum) (local.get $c)))
            (local.set $c (v128.const i64x2 2 1))
            (local.set $sum (i8x16.add (local.get $sum) (local.get $c)))
            (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (i8x16.sub (local.get $sum) (local.get $c)))
    (func $with (param $c v128) (param $i i32) (result v128) (local $sum v128)
        (loop $again
            (local.set $sum (i8x16.add (local.get $sum) (local.get $c)))
            (local.set $c (v128.const i64x2 1 2))
            (br_if $again (local.tee $i (i32.sub (local.get $i) (i32.const 1)))))
        (local.get $sum))
    (func (export "parameter") (param $i i32) (result v128)
        (call $with (v128.const i64x2 5 5) (local.get $i))))"#;

#[test]
fn locals_are_constants_only_where_nothing_else_can_be_read() -> Result<()> {
    by_every_backend(CONSTANTS, |store, instance, backend| {
        for (func, low, high) in
            [("only", 4, 8), ("early", 2, 4), ("skipped", 0, 0), ("other", 7, 8), ("parameter", 7, 9)]
        {
            let func_of_i = instance.get_typed_func::<i32, V128>(&mut *store, func)?;
            let expected = V128::from(low | high << 64);
            assert_eq!(func_of_i.call(&mut *store, 3)?, expected, "{func} by {}", backend.name());
        }
        Ok(())
    })
}

/// All bits of the lanes for which `compare` holds.
fn truth(compare: &str, a: [u8; 16], b: [u8; 16]) -> u128 {
    let mut truth = [0; 16];
    let width = match compare {
        "i8x16.eq" => 1,
        "f32x4.le" => 4,
        _ => 8,
    };
    let lanes = a.chunks(width).zip(b.chunks(width));
    for ((a, b), truth) in lanes.zip(truth.chunks_mut(width)) {
        let holds = match width {
            1 => a == b,
            4 => {
                f32::from_le_bytes(a.try_into().expect("4 bytes"))
                    <= f32::from_le_bytes(b.try_into().expect("4 bytes"))
            }
            _ => {
                f64::from_le_bytes(a.try_into().expect("8 bytes"))
                    <= f64::from_le_bytes(b.try_into().expect("8 bytes"))
            }
        };
        truth.fill(if holds { 0xff } else { 0 });
    }
    u128::from_le_bytes(truth)
}
