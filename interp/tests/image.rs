//! Images: what they were made of is executed as before, in place where code is compact.

#![cfg(feature = "compile")]
#![expect(unsafe_code, reason = "the origin of an image has to be vouched for")]

use fantail::{Caller, Config, Engine, Instance, Linker, Module, Result, Store, Trap, Val};

/// The image of a module in the text format, where it can be executed.
fn image(engine: &Engine, text: &str) -> Result<&'static [u8]> {
    Ok(place(&Module::new(engine, wat::parse_str(text)?)?.to_image()?))
}

/// `image` at a multiple of 8, for ever.
fn place(image: &[u8]) -> &'static [u8] {
    let bytes = Vec::leak(vec![0_u8; image.len() + 8]);
    let skip = bytes.as_ptr().align_offset(8);
    bytes[skip..skip + image.len()].copy_from_slice(image);
    &bytes[skip..skip + image.len()]
}

/// The module of an image of `to_image`, damaged perhaps.
fn from_image(engine: &Engine, image: &'static [u8]) -> Result<Module> {
    // SAFETY: it is one, or is refused for its checksum.
    unsafe { Module::from_image(engine, image) }
}

const GUEST: &str = r#"(module
    (import "host" "twice" (func $twice (param i32) (result i32)))
    (memory (export "memory") 1)
    (data (i32.const 8) "\07\00\00\00") (data $passive "\09")
    (table $t 4 funcref) (elem (i32.const 1) $twice $fib)
    (global $calls (export "calls") (mut i64) (i64.const 0))
    (type $unary (func (param i32) (result i32)))
    (func $fib (export "fib") (param i32) (result i32)
        (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "through") (param i32 i32) (result i32)
        (call_indirect (type $unary) (local.get 1) (local.get 0)))
    (func (export "tail") (param i32) (result i32)
        (return_call_indirect (type $unary) (local.get 0) (i32.const 2)))
    (func (export "data") (result i32)
        (memory.init $passive (i32.const 100) (i32.const 0) (i32.const 1))
        (i32.add (i32.load (i32.const 8)) (i32.load8_u (i32.const 100))))
    (func (export "switch") (param i32) (result i32)
        (block (block (block (br_table 0 1 2 (local.get 0))) (return (i32.const 10))) (return (i32.const 20)))
        (i32.const 30))
    (func (export "mean") (param f32 f64) (result f64)
        (f64.div (f64.add (f64.promote_f32 (local.get 0)) (local.get 1)) (f64.const 2)))
    (func (export "forever") (loop (br 0))))"#;

fn instantiate(engine: &Engine, module: &Module) -> Result<(Store<u32>, Instance)> {
    let mut store = Store::new(engine, 0);
    // An error where fuel is not counted.
    let _ = store.set_fuel(1_000_000);
    let mut linker = Linker::new(engine);
    linker.func_wrap("host", "twice", |mut caller: Caller<'_, u32>, value: i32| {
        *caller.data_mut() += 1;
        value * 2
    })?;
    let instance = linker.instantiate(&mut store, module)?;
    Ok((store, instance))
}

#[test]
fn an_image_does_what_its_module_does() -> Result<()> {
    let engine = Engine::default();
    let modules =
        [Module::new(&engine, wat::parse_str(GUEST)?)?, from_image(&engine, image(&engine, GUEST)?)?];
    for module in modules {
        let (mut store, instance) = instantiate(&engine, &module)?;
        let fib = instance.get_typed_func::<i32, i32>(&mut store, "fib")?;
        assert_eq!(fib.call(&mut store, 15)?, 610);
        let through = instance.get_typed_func::<(i32, i32), i32>(&mut store, "through")?;
        assert_eq!(through.call(&mut store, (1, 21))?, 42);
        assert_eq!(through.call(&mut store, (2, 10))?, 55);
        let trap = |error: fantail::Error| error.downcast_ref::<Trap>().copied();
        assert_eq!(trap(through.call(&mut store, (0, 1)).unwrap_err()), Some(Trap::IndirectCallToNull));
        assert_eq!(trap(through.call(&mut store, (9, 1)).unwrap_err()), Some(Trap::UndefinedElement));
        let tail = instance.get_typed_func::<i32, i32>(&mut store, "tail")?;
        assert_eq!(tail.call(&mut store, 10)?, 55);
        let data = instance.get_typed_func::<(), i32>(&mut store, "data")?;
        assert_eq!(data.call(&mut store, ())?, 16);
        let switch = instance.get_typed_func::<i32, i32>(&mut store, "switch")?;
        let answers = [0, 1, 2, -1].map(|label| switch.call(&mut store, label).unwrap());
        assert_eq!(answers, [10, 20, 30, 30]);
        let mean = instance.get_typed_func::<(f32, f64), f64>(&mut store, "mean")?;
        assert_eq!(mean.call(&mut store, (1.5, 2.0))?, 1.75);
        let calls = instance.get_global(&mut store, "calls").expect("is exported");
        assert!(matches!(calls.get(&mut store), Val::I64(2327)), "{:?}", calls.get(&mut store));
        assert_eq!(*store.data(), 1);
    }
    Ok(())
}

#[test]
fn an_image_runs_out_of_fuel() -> Result<()> {
    let engine = Engine::new(Config::new().consume_fuel(true))?;
    let module = from_image(&engine, image(&engine, GUEST)?)?;
    let (mut store, instance) = instantiate(&engine, &module)?;
    let forever = instance.get_typed_func::<(), ()>(&mut store, "forever")?;
    let error = forever.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
    Ok(())
}

#[test]
fn an_image_for_other_settings_is_refused() -> Result<()> {
    let image = image(&Engine::default(), GUEST)?;
    let fuel = Engine::new(Config::new().consume_fuel(true))?;
    assert_eq!(
        from_image(&fuel, image).unwrap_err().to_string(),
        "the image was made for other settings of fuel and epochs"
    );
    Ok(())
}

#[test]
fn a_damaged_image_and_one_at_an_odd_place_are_refused() -> Result<()> {
    let engine = Engine::default();
    let good = image(&engine, GUEST)?;
    for byte in (0..good.len()).step_by(7) {
        let mut bad = good.to_vec();
        bad[byte] ^= 0x10;
        assert!(from_image(&engine, place(&bad)).is_err(), "byte {byte}");
    }
    let shifted = Vec::leak([&[0; 4], good].concat());
    let odd = shifted.as_ptr().align_offset(8);
    assert_eq!(
        from_image(&engine, &shifted[odd + 4..][..good.len() - 8]).unwrap_err().to_string(),
        "an image must begin at a multiple of 8, and have a multiple of 8 bytes"
    );
    Ok(())
}

#[test]
fn an_image_is_its_own_image() -> Result<()> {
    let engine = Engine::default();
    let image = image(&engine, GUEST)?;
    assert_eq!(from_image(&engine, image)?.to_image()?, image);
    Ok(())
}
