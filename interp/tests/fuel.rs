//! Fuel and epochs: guests stop where they should, at the same place in every mode, and their store works on.

use fantail::{Caller, CompilationMode, Config, Engine, Instance, Linker, Module, Result, Store, Trap};

const MODES: [CompilationMode; 3] =
    [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy];

/// `sum(n)` executes 4 + 10 n instructions that cost something; `spin` never ends; `deep` calls itself for ever.
const GUEST: &str = r#"(module
    (func (export "sum") (param $n i32) (result i32)
        (local $sum i32)
        (block $done
            (br_if $done (i32.eqz (local.get $n)))
            (loop $next
                (local.set $sum (i32.add (local.get $sum) (local.get $n)))
                (local.set $n (i32.sub (local.get $n) (i32.const 1)))
                (br_if $next (local.get $n))))
        (local.get $sum))
    (func (export "spin") (loop $again (br $again)))
    (func $deep (export "deep") (param i64) (call $deep (local.get 0)))
    (func (export "traps") unreachable))"#;

fn fueled(mode: CompilationMode) -> (Store<()>, Instance) {
    let mut config = Config::new();
    config.consume_fuel(true).compilation_mode(mode);
    instantiate(&Engine::new(&config).expect("it is consistent"))
}

fn instantiate(engine: &Engine) -> (Store<()>, Instance) {
    let module = Module::new(engine, wat::parse_str(GUEST).expect("it is well-formed")).expect("it is valid");
    let mut store = Store::new(engine, ());
    let instance = Instance::new(&mut store, &module, &[]).expect("it imports nothing");
    (store, instance)
}

#[test]
fn each_instruction_costs_one_in_every_mode() -> Result<()> {
    for mode in MODES {
        let (mut store, instance) = fueled(mode);
        let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
        for n in [0, 1, 2, 100] {
            store.set_fuel(10_000)?;
            assert_eq!(sum.call(&mut store, n)?, n * (n + 1) / 2);
            // `local.get`, `i32.eqz`, `br_if`, then ten for each time round, and `local.get`.
            assert_eq!(10_000 - store.get_fuel()?, 4 + 10 * n as u64, "sum({n}) in mode {mode:?}");
        }
    }
    Ok(())
}

#[test]
fn a_guest_without_fuel_traps_and_works_again_with_some() -> Result<()> {
    let (mut store, instance) = fueled(CompilationMode::LazyTranslation);
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    let deep = instance.get_typed_func::<i64, ()>(&mut store, "deep")?;
    let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
    let trap = |result: Result<()>| result.expect_err("it never ends").downcast_ref::<Trap>().copied();
    assert_eq!(trap(sum.call(&mut store, 1).map(drop)), Some(Trap::OutOfFuel), "a store has none at first");
    store.set_fuel(1_000)?;
    assert_eq!(trap(spin.call(&mut store, ())), Some(Trap::OutOfFuel));
    store.set_fuel(1_000)?;
    assert_eq!(trap(deep.call(&mut store, 1)), Some(Trap::OutOfFuel));
    store.set_fuel(u64::MAX)?;
    assert_eq!(trap(deep.call(&mut store, 1)), Some(Trap::StackOverflow));
    assert_eq!(sum.call(&mut store, 10)?, 55);
    Ok(())
}

#[test]
fn host_functions_see_fuel_and_may_change_it() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let module =
        wat::parse_str(r#"(module (import "" "f" (func $f)) (func (export "g") (call $f) (call $f)))"#);
    let module = Module::new(&engine, module.expect("it is well-formed"))?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("", "f", |mut caller: Caller<'_, Vec<u64>>| -> Result<()> {
        let fuel = caller.get_fuel()?;
        caller.data_mut().push(fuel);
        caller.set_fuel(50)
    })?;
    let mut store = Store::new(&engine, Vec::new());
    store.set_fuel(100)?;
    let instance = linker.instantiate(&mut store, &module)?;
    instance.get_typed_func::<(), ()>(&mut store, "g")?.call(&mut store, ())?;
    // Both calls are charged when the function is entered.
    assert_eq!((store.data().as_slice(), store.get_fuel()?), ([98, 50].as_slice(), 50));
    Ok(())
}

#[test]
fn fuel_has_to_be_configured() {
    let mut store = Store::<()>::default();
    let error = store.set_fuel(1).expect_err("it is not configured");
    assert_eq!(error.to_string(), "fuel is not configured in this store");
    assert!(store.get_fuel().is_err());
}

#[test]
fn the_trap_is_at_the_instruction_that_would_have_been_next() -> Result<()> {
    let (mut store, instance) = fueled(CompilationMode::LazyTranslation);
    store.set_fuel(10)?;
    let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
    let error = sum.call(&mut store, 5).expect_err("10 is not enough");
    let text = format!("{error:?}");
    assert!(text.contains("sum") && text.contains("fuel"), "{text}");
    Ok(())
}

#[test]
fn guests_are_interrupted_once_the_deadline_has_come() -> Result<()> {
    let engine = Engine::new(Config::new().epoch_interruption(true))?;
    let (mut store, instance) = instantiate(&engine);
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
    let trap = |result: Result<()>| result.expect_err("it never ends").downcast_ref::<Trap>().copied();
    assert_eq!(trap(spin.call(&mut store, ())), Some(Trap::Interrupt), "no deadline was set");
    store.set_epoch_deadline(2);
    assert_eq!(sum.call(&mut store, 10)?, 55);
    let other = engine.clone();
    let ticking = std::thread::spawn(move || (0..2).for_each(|_| other.increment_epoch()));
    assert_eq!(trap(spin.call(&mut store, ())), Some(Trap::Interrupt));
    ticking.join().expect("it only counts");
    assert_eq!(
        trap(sum.call(&mut store, 10).map(drop)),
        Some(Trap::Interrupt),
        "it is still past the deadline"
    );
    store.set_epoch_deadline(1);
    assert_eq!(sum.call(&mut store, 10)?, 55);
    Ok(())
}
