//! Firmware that runs a WebAssembly guest: it lends a sensor and a UART, survives a trap and a runaway loop, and measures.
//!
//! It has no other output than lines of text; `run` compares them with what they should be.

#![no_std]
#![no_main]

extern crate alloc;

mod board;
mod heap;

use board::{exit, print};
use core::mem::ManuallyDrop;
use core::panic::PanicInfo;
use fantail::{Caller, CompilationMode, Config, Engine, Extern, Linker, Module, Result, Store, Trap};

/// The guest, to be decoded and translated on board.
#[cfg(feature = "compile")]
static GUEST: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/station.wasm"));

/// The guest, prepared to be executed where it is: in flash.
#[cfg(not(feature = "compile"))]
static GUEST: &Aligned<[u8]> = &Aligned(*include_bytes!(concat!(env!("OUT_DIR"), "/station.image")));

/// Something at a multiple of 8, as images have to be.
#[cfg(not(feature = "compile"))]
#[repr(C, align(8))]
struct Aligned<T: ?Sized>(T);

/// What host functions work on.
struct Board {
    /// What the sensor measures next.
    temperature: i32,
}

fn main() -> ! {
    heap::init();
    let done = run().is_ok();
    if !done {
        print(b"error\n");
    }
    exit(done)
}

fn run() -> Result<()> {
    let mut config = Config::new();
    config.consume_fuel(true).max_wasm_stack(STACK).wasm_custom_page_sizes(true);
    // What translation takes is given back before the store takes what it needs.
    config.compilation_mode(CompilationMode::Eager);
    // Nothing of this ends before the board is switched off, so what would take it apart need not be there.
    let engine = ManuallyDrop::new(Engine::new(&config)?);
    #[cfg(feature = "compile")]
    let module = ManuallyDrop::new(Module::new(&engine, GUEST)?);
    #[cfg(not(feature = "compile"))]
    // SAFETY: `build.rs` has made it of a module.
    let module = ManuallyDrop::new(unsafe { Module::from_image(&engine, &GUEST.0)? });
    let mut store = ManuallyDrop::new(Store::try_new(&engine, Board { temperature: 20 })?);
    store.set_fuel(u64::MAX)?;

    let mut linker = ManuallyDrop::new(Linker::new(&engine));
    linker.func_wrap("sensor", "read", |mut caller: Caller<'_, Board>| {
        caller.data_mut().temperature += 1;
        caller.data().temperature
    })?;
    linker.func_wrap("uart", "write", |mut caller: Caller<'_, Board>, at: i32, len: i32| {
        let Some(Extern::Memory(memory)) = caller.get_export("memory") else { return };
        let range = at as usize..(at as usize).saturating_add(len as usize);
        print(memory.data(&caller).get(range).unwrap_or(b"?"));
    })?;
    let instance = linker.instantiate(&mut *store, &module)?;

    let report = instance.get_typed_func::<(), i32>(&mut *store, "report")?;
    let sum = report.call(&mut *store, ())?;
    print(b"\n");
    line(b"sum: ", sum as u32);

    let divide = instance.get_typed_func::<(i32, i32), i32>(&mut *store, "divide")?;
    line(b"84 / 2: ", divide.call(&mut *store, (84, 2))? as u32);
    match divide.call(&mut *store, (1, 0)) {
        Err(error) if error.downcast_ref() == Some(&Trap::IntegerDivisionByZero) => {
            print(b"trap: division by zero\n")
        }
        _ => print(b"no trap\n"),
    }

    let runaway = instance.get_typed_func::<(), ()>(&mut *store, "runaway")?;
    store.set_fuel(10_000)?;
    match runaway.call(&mut *store, ()) {
        Err(error) if error.downcast_ref() == Some(&Trap::OutOfFuel) => print(b"trap: out of fuel\n"),
        _ => print(b"no trap\n"),
    }
    store.set_fuel(u64::MAX)?;

    let fib = instance.get_typed_func::<i32, i32>(&mut *store, "fib")?;
    line(b"fib(10): ", fib.call(&mut *store, 10)? as u32);
    if let Some(clock) = board::Clock::start() {
        let before = clock.ticks();
        let result = fib.call(&mut *store, 20)? as u32;
        let ticks = clock.ticks().wrapping_sub(before) & 0xff_ffff;
        line(b"fib(20): ", result);
        line(b"ticks of that: ", ticks);
    }
    line(b"bytes of heap: ", heap::peak() as u32);
    print(b"done\n");
    Ok(())
}

/// Bytes of the value stack.
const STACK: usize = 1 << 10;

/// Prints a text and a number.
fn line(text: &[u8], mut number: u32) {
    let mut digits = [b'\n'; 11];
    let mut at = digits.len() - 1;
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    print(text);
    print(&digits[at..]);
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    print(b"panic\n");
    exit(false)
}
