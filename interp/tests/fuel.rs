//! Fuel and epochs: guests stop where they should, at the same place in every mode, and their store works on.

use fantail::{
    Caller, CompilationMode, Config, Engine, Error, Instance, Linker, Module, Result, Store, Trap,
    UpdateDeadline, WasmBacktrace,
};

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
    assert_eq!(
        error.to_string(),
        "fuel is not configured in this store: its engine needs `Config::consume_fuel`"
    );
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

/// An engine whose guests look at the epoch, and a store with a guest, whose deadline has come.
fn interruptible<T: 'static>(text: &str, data: T) -> (Store<T>, Instance) {
    let engine = Engine::new(Config::new().epoch_interruption(true)).expect("it is consistent");
    let module = Module::new(&engine, wat::parse_str(text).expect("it is well-formed")).expect("it is valid");
    let mut store = Store::new(&engine, data);
    let instance = Instance::new(&mut store, &module, &[]).expect("it imports nothing");
    (store, instance)
}

#[test]
fn a_callback_prolongs_the_deadline_or_interrupts() -> Result<()> {
    let (mut store, instance) = interruptible(GUEST, 0);
    let sum = instance.get_typed_func::<i32, i32>(&mut store, "sum")?;
    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        Ok(UpdateDeadline::Continue(0))
    });
    assert_eq!(sum.call(&mut store, 100)?, 5050);
    assert_eq!(*store.data(), 101, "it is asked when the function is entered, and by each round of the loop");

    store.epoch_deadline_callback(|mut store| {
        *store.data_mut() += 1;
        Ok(UpdateDeadline::Continue(1))
    });
    *store.data_mut() = 0;
    assert_eq!(sum.call(&mut store, 100)?, 5050);
    assert_eq!(*store.data(), 1, "then the deadline is a later one");

    store.engine().increment_epoch();
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Interrupt));
    let error = sum.call(&mut store, 100).expect_err("it is interrupted");
    assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    assert_eq!(error.downcast_ref::<WasmBacktrace>().expect("it is a trap").frames().len(), 1);

    store.epoch_deadline_callback(|_| Err(Error::msg("no more time")));
    let error = sum.call(&mut store, 100).expect_err("the callback fails");
    assert_eq!(error.to_string(), "no more time");
    assert_eq!(error.downcast_ref::<WasmBacktrace>().expect("a guest was called").frames().len(), 1);

    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::Continue(1)));
    store.epoch_deadline_trap();
    let error = sum.call(&mut store, 100).expect_err("there is no callback any more");
    assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    Ok(())
}

#[test]
fn a_callback_may_use_the_store_while_the_guest_waits() -> Result<()> {
    // `run` keeps values in locals and on its operand stack across the loop, and sums up what the callback has written.
    let (mut store, instance) = interruptible(
        r#"(module
            (memory (export "memory") 1 4)
            (func (export "square") (param i64) (result i64) (i64.mul (local.get 0) (local.get 0)))
            (func (export "run") (param $n i32) (param $f f64) (result f64)
                (local $sum i32)
                (f64.mul (local.get $f) (f64.const 2))
                (i32.const 1000)
                (loop $next (param i32) (result i32)
                    (i32.add (i32.load (i32.const 65536)))
                    (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (f64.add (f64.convert_i32_s))))"#,
        (0_u32, None::<Instance>),
    );
    store.data_mut().1 = Some(instance);
    let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
    store.epoch_deadline_callback(|mut store| {
        let Some(instance) = store.data().1 else { return Ok(UpdateDeadline::Interrupt) };
        let memory = instance.get_memory(&mut store, "memory").expect("it is exported");
        if memory.size(&store) == 1 {
            memory.grow(&mut store, 1)?;
        }
        store.data_mut().0 += 1;
        let count = store.data().0;
        memory.write(&mut store, 65536, &count.to_le_bytes())?;
        // A guest that it calls is not asked about, but interrupted at its deadline.
        let square = instance.get_typed_func::<i64, i64>(&mut store, "square")?;
        let error = square.call(&mut store, 3).expect_err("the deadline has come");
        assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
        store.set_epoch_deadline(1);
        assert_eq!(square.call(&mut store, 12)?, 144);
        Ok(UpdateDeadline::Continue(0))
    });
    let run = instance.get_typed_func::<(i32, f64), f64>(&mut store, "run")?;
    // Asked once when it is entered, then three times.
    assert_eq!(run.call(&mut store, (3, 0.25))?, 0.5 + 1000.0 + f64::from(2 + 3 + 4));
    assert_eq!(memory.size(&store), 2);
    Ok(())
}

#[test]
fn objects_of_a_guest_that_waits_for_a_callback_are_not_collected() -> Result<()> {
    let (mut store, instance) = interruptible(
        r#"(module
            (type $box (struct (field (mut i32))))
            (func (export "run") (param $n i32) (result i32)
                (local $kept (ref null $box))
                (local.set $kept (struct.new $box (i32.const 40)))
                (struct.new $box (i32.const 1))
                (struct.new $box (i32.const 2))
                (loop $next (param (ref $box)) (result (ref $box))
                    (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
                (struct.get $box 0)
                (local.set $n)
                (struct.get $box 0)
                (local.set $n (i32.add (local.get $n)))
                (i32.add (local.get $n) (struct.get $box 0 (local.get $kept)))))"#,
        0,
    );
    store.epoch_deadline_callback(|mut store| {
        store.gc(None)?;
        *store.data_mut() += 1;
        Ok(UpdateDeadline::Continue(0))
    });
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run")?;
    assert_eq!(run.call(&mut store, 5)?, 43);
    assert_eq!(*store.data(), 6);
    Ok(())
}
