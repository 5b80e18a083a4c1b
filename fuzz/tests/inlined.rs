//! Programs do the same whether or not their calls are inlined: they return the same, leave the same memory and globals, and
//! where they trap, the backtrace is the same text.
//!
//! Nothing is inlined in code that is metered, so that is what they are compared with.
//!
//! They are the same programs each time, as far as the time goes: `FANTAIL_FUZZ_SECONDS`, 4 by default.

use fantail::{Config, Engine, Extern, Instance, Module, Result, Store, Val};
use fantail_fuzz::{Numbers, program};
use std::time::{Duration, Instant};

/// What calling all functions of `wasm` with numbers from `seed` comes to: a line for each result, error and export.
fn run(metered: bool, wasm: &[u8], seed: u64) -> Result<String> {
    let mut numbers = Numbers(seed | 1);
    let engine = Engine::new(Config::new().consume_fuel(metered))?;
    let mut store = Store::new(&engine, ());
    if metered {
        store.set_fuel(u64::MAX)?;
    }
    let module = Module::new(&engine, wasm)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let mut text = String::new();
    for export in module.exports() {
        if let Some(Extern::Func(func)) = instance.get_export(&mut store, export.name()) {
            let args = [
                Val::I32(numbers.below(1 << 16) as i32),
                Val::I32(numbers.draw() as i32),
                Val::I64(numbers.draw() as i64),
            ];
            let mut results = [Val::I64(0)];
            match func.call(&mut store, &args, &mut results) {
                Ok(()) => text += &format!("{}: {:?}\n", export.name(), results[0]),
                Err(error) => text += &format!("{}: {error:?}\n", export.name()),
            }
        }
    }
    for export in module.exports() {
        match instance.get_export(&mut store, export.name()) {
            Some(Extern::Global(global)) => {
                text += &format!("{}: {:?}\n", export.name(), global.get(&mut store))
            }
            Some(Extern::Memory(memory)) => {
                let hash = memory.data(&store).iter().fold(0u64, |hash, &byte| {
                    (hash.rotate_left(5) ^ u64::from(byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                });
                text += &format!("{}: {hash:#x}\n", export.name());
            }
            _ => {}
        }
    }
    Ok(text)
}

#[test]
fn programs_do_the_same_when_nothing_is_inlined() {
    let seconds = std::env::var("FANTAIL_FUZZ_SECONDS");
    let seconds = seconds.map_or(4, |seconds| seconds.parse().expect("it is a number"));
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut tried, mut trapped, mut in_leaves, mut beyond) = (0, 0, 0, 0);
    for number in 1u64.. {
        if tried >= 20 && Instant::now() > end {
            break;
        }
        let text = program(&mut Numbers(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
        let wasm = wat::parse_str(&text).expect("it is well-formed");
        let inlined = run(false, &wasm, number).expect("it is valid");
        let called = run(true, &wasm, number).expect("it is valid");
        assert!(inlined == called, "program {number}, inlined:\n{inlined}\nand called:\n{called}\n{text}");
        tried += 1;
        trapped += inlined.matches("wasm backtrace:").count();
        in_leaves += inlined.matches("!leaf").count();
        beyond += inlined.matches("!wrapper").count();
    }
    let what = format!("{trapped} calls trapped, {in_leaves} of them in leaves, {beyond} behind wrappers");
    println!("{tried} programs, {what}");
    assert!(trapped > 0 && in_leaves > 0 && beyond > 0, "{what}");
}
