//! A program that embeds WebAssembly, written against Wasmtime's interface: the crate's name at the top is all that has to
//! be changed.
//!
//! ```sh
//! cargo run -p fantail-fuzz --example drop_in                       # Fantail
//! cargo run -p fantail-fuzz --example drop_in --features wasmtime   # Wasmtime
//! ```
//!
//! Both print what stands in `drop_in.txt`, as `tests/drop_in.rs` checks. Every guest is written out where it is used.

#[cfg(not(feature = "wasmtime"))]
use fantail as vm;
#[cfg(feature = "wasmtime")]
use wasmtime as vm;

use std::fmt;
use vm::error::Context as _;
use vm::{
    AsContext, AsContextMut, Caller, Config, Engine, Error, Extern, ExternRef, ExternType, Func, FuncType,
    Global, GlobalType, Instance, InstancePre, Linker, Memory, MemoryType, Module, Mutability, Ref, Result,
    Rooted, Store, StoreContextMut, StoreLimits, StoreLimitsBuilder, Table, TableType, Trap, TypedFunc,
    UnknownImportError, UpdateDeadline, Val, ValType, WasmBacktrace, bail, ensure, format_err,
};

fn main() -> Result<()> {
    print!("{}", run()?);
    Ok(())
}

/// What the program prints.
pub(crate) fn run() -> Result<String> {
    let mut out = String::new();
    for (name, part) in PARTS {
        out += &format!("== {name}\n");
        part(&mut out).with_context(|| format!("in part {name:?}"))?;
    }
    Ok(out)
}

type Part = fn(&mut String) -> Result<()>;

const PARTS: [(&str, Part); 10] = [
    ("host functions", host_functions),
    ("shapes of host functions", shapes),
    ("linking modules", linking),
    ("unknown imports", unknown_imports),
    ("instantiating often", instantiating_often),
    ("limits", limits),
    ("interruption", interruption),
    ("errors", errors),
    ("making errors", making_errors),
    ("entities of the host", entities),
];

fn module(engine: &Engine, text: &str) -> Result<Module> {
    Module::new(engine, wat::parse_str(text)?)
}

macro_rules! say {
    ($out:expr, $($arg:tt)*) => { $out.push_str(&(format!($($arg)*) + "\n")) };
}

/// A plugin that logs through its host: strings go through its memory.
const PLUGIN: &str = r#"(module $plugin
    (import "host" "log" (func $log (param i32 i32)))
    (import "host" "next" (func $next (result i64)))
    (memory (export "memory") 1)
    (data (i32.const 8) "from the plugin")
    (func (export "run") (param $times i32) (result i64)
        (local $sum i64)
        (call $log (i32.const 8) (i32.const 15))
        (loop $again
            (local.set $sum (i64.add (local.get $sum) (call $next)))
            (br_if $again (local.tee $times (i32.sub (local.get $times) (i32.const 1)))))
        (local.get $sum)))"#;

/// What the host keeps for a guest.
#[derive(Default)]
struct State {
    lines: Vec<String>,
    next: i64,
}

fn host_functions(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let module = module(&engine, PLUGIN)?;
    for import in module.imports() {
        say!(out, "imports {}.{}: {}", import.module(), import.name(), kind(&import.ty()));
    }
    for export in module.exports() {
        say!(out, "exports {}: {}", export.name(), kind(&export.ty()));
    }

    let mut linker: Linker<State> = Linker::new(&engine);
    linker.func_wrap(
        "host",
        "log",
        |mut caller: Caller<'_, State>, start: u32, size: u32| -> Result<()> {
            let Some(Extern::Memory(memory)) = caller.get_export("memory") else { bail!("it has no memory") };
            let text = memory
                .data(&caller)
                .get(start as usize..)
                .and_then(|rest| rest.get(..size as usize))
                .ok_or_else(|| format_err!("the string is not in its memory"))?;
            let line = std::str::from_utf8(text)?.to_owned();
            caller.data_mut().lines.push(line);
            Ok(())
        },
    )?;
    linker.func_wrap("host", "next", |mut caller: Caller<'_, State>| {
        caller.data_mut().next += 1;
        caller.data().next
    })?;

    let mut store = Store::new(&engine, State::default());
    let instance = linker.instantiate(&mut store, &module)?;
    let run: TypedFunc<i32, i64> = instance.get_typed_func(&mut store, "run")?;
    say!(out, "run(4) = {}", run.call(&mut store, 4)?);
    say!(out, "run(1) = {}", run.call(&mut store, 1)?);
    say!(out, "lines: {:?}", store.data().lines);
    Ok(())
}

fn kind(ty: &ExternType) -> String {
    match ty {
        ExternType::Func(ty) => format!("function of {} to {}", ty.params().len(), ty.results().len()),
        ExternType::Memory(ty) => format!("memory of {} pages at least", ty.minimum()),
        ExternType::Table(ty) => format!("table of {} elements at least", ty.minimum()),
        ExternType::Global(ty) => {
            format!("global, {}", if ty.mutability() == Mutability::Var { "mutable" } else { "constant" })
        }
        _ => "something else".to_owned(),
    }
}

fn shapes(out: &mut String) -> Result<()> {
    let mut store: Store<()> = Store::default();
    let engine = store.engine().clone();

    // Sixteen parameters, of all types of numbers.
    let sixteen = Func::wrap(
        &mut store,
        |a: i32,
         b: u32,
         c: i64,
         d: u64,
         e: f32,
         f: f64,
         g: i32,
         h: i32,
         i: i32,
         j: i32,
         k: i32,
         l: i32,
         m: i32,
         n: i32,
         o: i32,
         p: i32| {
            let small = [a, g, h, i, j, k, l, m, n, o, p].map(f64::from);
            small.iter().sum::<f64>() + f64::from(b) + c as f64 + d as f64 + f64::from(e) + f
        },
    );
    say!(out, "sixteen: {}", kind(&sixteen.ty(&store).into()));
    let args: Vec<Val> = sixteen
        .ty(&store)
        .params()
        .map(|ty| match ty {
            ValType::I64 => Val::I64(2),
            ValType::F32 => Val::F32(0.5_f32.to_bits()),
            ValType::F64 => Val::F64(0.25_f64.to_bits()),
            _ => Val::I32(1),
        })
        .collect();
    let mut results = [Val::I32(0)];
    sixteen.call(&mut store, &args, &mut results)?;
    say!(out, "sixteen(...) = {}", results[0].unwrap_f64());

    // Tuples of results, and a `Result` around them.
    let pair = Func::wrap(&mut store, |a: i32, b: f64| -> Result<(f64, i32)> {
        ensure!(a >= 0, "{a} is negative");
        Ok((b, a))
    });
    let typed = pair.typed::<(i32, f64), (f64, i32)>(&store)?;
    say!(out, "pair(1, 2.5) = {:?}", typed.call(&mut store, (1, 2.5))?);
    say!(out, "pair(-1, 2.5): {}", root(&typed.call(&mut store, (-1, 2.5)).unwrap_err()));
    let wrong = pair.typed::<i32, f64>(&store).map(drop);
    say!(out, "as another type: {}", if wrong.is_err() { "refused" } else { "accepted" });

    // A type that is known only when the program runs.
    let ty = FuncType::new(&engine, [ValType::I32, ValType::I32], [ValType::I32, ValType::I32]);
    let swap = Func::new(&mut store, ty, |_, params, results| {
        results.clone_from_slice(params);
        results.reverse();
        Ok(())
    });
    let swap = swap.typed::<(i32, i32), (i32, i32)>(&store)?;
    say!(out, "swap(1, 2) = {:?}", swap.call(&mut store, (1, 2))?);
    Ok(())
}

fn linking(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let counter = module(
        &engine,
        r#"(module
            (global $count (export "count") (mut i32) (i32.const 10))
            (func (export "bump") (result i32)
                (global.set $count (i32.add (global.get $count) (i32.const 1)))
                (global.get $count)))"#,
    )?;
    let user = module(
        &engine,
        r#"(module
            (import "counter" "bump" (func $bump (result i32)))
            (import "zähler" "weiter" (func $same (result i32)))
            (func (export "twice") (result i32) (drop (call $bump)) (call $same)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    linker.module(&mut store, "counter", &counter)?.alias("counter", "bump", "zähler", "weiter")?;
    say!(out, "an alias of nothing: {}", linker.alias("counter", "jump", "a", "b").map(drop).unwrap_err());
    let again = linker.func_wrap("counter", "bump", || 0_i32).map(drop).unwrap_err();
    say!(out, "twice the same name: {again}");

    let user = linker.instantiate(&mut store, &user)?;
    let twice = user.get_typed_func::<(), i32>(&mut store, "twice")?;
    say!(out, "twice() = {}", twice.call(&mut store, ())?);
    let count = linker.get(&mut store, "counter", "count")?.into_global().context("it is no global")?;
    say!(out, "count = {}", count.get(&mut store).unwrap_i32());
    say!(out, "not there: {}", linker.get(&mut store, "counter", "counts").map(drop).unwrap_err());

    linker.alias_module("counter", "other")?;
    linker.allow_shadowing(true).func_wrap("other", "bump", || 7_i32)?;
    let mut names: Vec<_> =
        linker.iter(&mut store).map(|(module, name, _)| format!("{module}.{name}")).collect();
    names.sort();
    say!(out, "defined: {}", names.join(" "));
    linker.instance(&mut store, "user", user)?;
    say!(out, "user.twice: {}", linker.get(&mut store, "user", "twice").is_ok());
    Ok(())
}

fn unknown_imports(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "env" "missing" (func $missing (param i32)))
            (func (export "calls") (call $missing (i32.const 1)))
            (func (export "does not") (result i32) (i32.const 5)))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let mut linker = Linker::new(&engine);
    let error = linker.instantiate(&mut store, &module).map(drop).unwrap_err();
    let unknown: &UnknownImportError = error.downcast_ref().context("it is another error")?;
    say!(out, "unknown: {}.{}, {}", unknown.module(), unknown.name(), kind(&unknown.ty()));

    linker.define_unknown_imports_as_traps(&module)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let without = instance.get_typed_func::<(), i32>(&mut store, "does not")?;
    say!(out, "not called: {}", without.call(&mut store, ())?);
    let with = instance.get_typed_func::<(), ()>(&mut store, "calls")?;
    let error = with.call(&mut store, ()).unwrap_err();
    say!(out, "called: {}", error.is::<UnknownImportError>());
    Ok(())
}

fn instantiating_often(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "host" "start" (func $start (result i32)))
            (global $n (mut i32) (i32.const 0))
            (func $init (global.set $n (call $start)))
            (start $init)
            (func (export "n") (result i32)
                (global.set $n (i32.mul (global.get $n) (i32.const 2)))
                (global.get $n)))"#,
    )?;
    let mut linker = Linker::new(&engine);
    linker.func_wrap("host", "start", |caller: Caller<'_, i32>| *caller.data())?;
    // Imports are found once; stores and threads may come later.
    let pre: InstancePre<i32> = linker.instantiate_pre(&module)?;
    let threads: Vec<_> = (1..=3)
        .map(|data| {
            let pre = pre.clone();
            std::thread::spawn(move || -> Result<(i32, i32)> {
                let mut store = Store::new(pre.module().engine(), data);
                let instance = pre.instantiate(&mut store)?;
                let n = instance.get_typed_func::<(), i32>(&mut store, "n")?;
                Ok((n.call(&mut store, ())?, n.call(&mut store, ())?))
            })
        })
        .collect();
    for thread in threads {
        match thread.join() {
            Ok(result) => say!(out, "n(), n() = {:?}", result?),
            Err(_) => bail!("a thread panicked"),
        }
    }
    Ok(())
}

fn limits(out: &mut String) -> Result<()> {
    let mut config = Config::new();
    config.consume_fuel(true).max_wasm_stack(256 << 10);
    let engine = Engine::new(&config)?;
    let module = module(
        &engine,
        r#"(module
            (memory (export "memory") 1)
            (table (export "table") 1 funcref)
            (func (export "grow memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "grow table") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
            (func (export "spin") (loop $again (br $again)))
            (func $deep (export "deep") (call $deep)))"#,
    )?;
    let limits = StoreLimitsBuilder::new().memory_size(3 << 16).table_elements(10).instances(2).build();
    let mut store: Store<StoreLimits> = Store::new(&engine, limits);
    store.limiter(|limits| limits);
    store.set_fuel(100_000)?;
    let instance = Instance::new(&mut store, &module, &[])?;
    let memory = instance.get_typed_func::<i32, i32>(&mut store, "grow memory")?;
    let table = instance.get_typed_func::<i32, i32>(&mut store, "grow table")?;
    say!(out, "two pages more: {}, one more: {}", memory.call(&mut store, 2)?, memory.call(&mut store, 1)?);
    say!(out, "nine elements more: {}, one more: {}", table.call(&mut store, 9)?, table.call(&mut store, 1)?);
    let mut store_full = || Instance::new(&mut store, &module, &[]).is_err();
    say!(out, "a second instance is refused: {}, a third one: {}", store_full(), store_full());

    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    say!(out, "spin(): {}", trap(spin.call(&mut store, ())));
    say!(out, "fuel: {}", store.get_fuel()?);
    store.set_fuel(u64::MAX / 2)?;
    let deep = instance.get_typed_func::<(), ()>(&mut store, "deep")?;
    say!(out, "deep(): {}", trap(deep.call(&mut store, ())));
    // And the store works on.
    say!(out, "no page more: {}", memory.call(&mut store, 0)?);
    Ok(())
}

fn interruption(out: &mut String) -> Result<()> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    let engine = Engine::new(&config)?;
    let module = module(&engine, r#"(module (func (export "spin") (loop $again (br $again))))"#)?;
    let mut store = Store::new(&engine, Vec::new());
    store.set_epoch_deadline(1);
    let instance = Instance::new(&mut store, &module, &[])?;
    let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;

    store.epoch_deadline_trap();
    let other = engine.clone();
    let ticking = std::thread::spawn(move || other.increment_epoch());
    say!(out, "spin(): {}", trap(spin.call(&mut store, ())));
    let _ = ticking.join();

    store.epoch_deadline_callback(|mut store: StoreContextMut<'_, Vec<usize>>| {
        let asked = store.data().len();
        store.data_mut().push(asked);
        match asked {
            0..3 => Ok(UpdateDeadline::Continue(0)),
            3 => Ok(UpdateDeadline::Interrupt),
            _ => Err(Error::msg("asked too often")),
        }
    });
    say!(out, "spin(): {}", trap(spin.call(&mut store, ())));
    say!(out, "asked: {:?}", store.data());
    say!(out, "spin(): {}", root(&spin.call(&mut store, ()).unwrap_err()));
    Ok(())
}

/// Fails in as many ways as there are to make an error.
fn fail(way: i32) -> Result<i32> {
    ensure!(way != 0, "way {way} is no way");
    ensure!(way != 1, OutOfPaper { tray: way });
    ensure!(way < 100);
    match way {
        2 => bail!("a message"),
        3 => bail!("a message of {}", way),
        4 => bail!(OutOfPaper { tray: way }),
        5 => bail!(Trap::Interrupt),
        6 => bail!(String::from("a string")),
        7 => Err(format_err!(OutOfPaper { tray: way })).context("with context"),
        8 => Err(OutOfPaper { tray: way }).with_context(|| format!("in way {way}")),
        9 => None.context("nothing there"),
        10 => Err(Error::msg(format_args!("{way}").to_string()).context(OutOfPaper { tray: way })),
        11 => Ok("eleven".parse()?),
        _ => Ok(way),
    }
}

fn making_errors(out: &mut String) -> Result<()> {
    for way in 0..=12 {
        match fail(way) {
            Ok(way) => say!(out, "{way}: no error"),
            Err(error) => {
                let kind = (error.is::<OutOfPaper>(), error.is::<Trap>());
                // What traps are called differs.
                let text = if kind.1 { "a trap".to_string() } else { format!("{error:#}") };
                say!(out, "{way}: {text}; {kind:?}, {} in all", error.chain().count());
            }
        }
    }
    say!(out, "100: {}", fail(100).unwrap_err());
    let mut error = Error::new(OutOfPaper { tray: 1 }).context("printing");
    if let Some(paper) = error.downcast_mut::<OutOfPaper>() {
        paper.tray = 9;
    }
    say!(out, "changed: {}", error.root_cause());
    let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
    say!(out, "as a standard error: {boxed}, from {:?}", boxed.source().map(ToString::to_string));
    let back = Error::from_boxed(boxed);
    say!(out, "and back: {back}; not its type: {}", back.is::<OutOfPaper>());
    Ok(())
}

/// An error of the host's own.
#[derive(Debug, PartialEq)]
struct OutOfPaper {
    tray: i32,
}

impl fmt::Display for OutOfPaper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no paper in tray {}", self.tray)
    }
}

impl std::error::Error for OutOfPaper {}

fn errors(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module $printer
            (import "host" "print" (func $print (param i32)))
            (memory 1)
            (table 3 funcref)
            (elem (i32.const 0) $inner)
            (func $inner (param i32) (call $print (local.get 0)))
            (func $outer (export "print") (param i32) (call $inner (local.get 0)))
            (func (export "divide") (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func (export "truncate") (param f64) (result i32) (i32.trunc_f64_s (local.get 0)))
            (func (export "indirect") (param i32) (call_indirect (local.get 0)))
            (func (export "stop") unreachable))"#,
    )?;
    let mut store = Store::new(&engine, ());
    let print = Func::wrap(&mut store, |tray: i32| -> Result<()> { Err(OutOfPaper { tray }.into()) });
    let instance = Instance::new(&mut store, &module, &[print.into()])?;

    let print = instance.get_typed_func::<i32, ()>(&mut store, "print")?;
    let error = print.call(&mut store, 2).unwrap_err();
    say!(out, "the host's error: {:?}", error.downcast_ref::<OutOfPaper>());
    let backtrace: &WasmBacktrace = error.downcast_ref().context("it has no backtrace")?;
    for frame in backtrace.frames() {
        let module = frame.module().name().unwrap_or("?");
        say!(out, "  in {module}: function {}, {:?}", frame.func_index(), frame.func_name());
    }
    let error = error.context("while printing");
    say!(out, "with context: {error}; still there: {}", error.is::<OutOfPaper>());
    say!(out, "taken out: {:?}", error.downcast::<OutOfPaper>().ok());

    let mut call = |name: &str, args: &[Val]| -> Result<String> {
        let func = instance.get_func(&mut store, name).context("it is not there")?;
        let mut results = vec![Val::I32(0); func.ty(&store).results().len()];
        Ok(match func.call(&mut store, args, &mut results) {
            Ok(()) => format!("{:?}", results.first().map(Val::unwrap_i32)),
            Err(error) => format!("{:?}", error.downcast_ref::<Trap>()),
        })
    };
    say!(out, "7 / 2: {}", call("divide", &[Val::I32(7), Val::I32(2)])?);
    say!(out, "7 / 0: {}", call("divide", &[Val::I32(7), Val::I32(0)])?);
    say!(out, "i32::MIN / -1: {}", call("divide", &[Val::I32(i32::MIN), Val::I32(-1)])?);
    say!(out, "a load at the end: {}", call("load", &[Val::I32(65_533)])?);
    say!(out, "NaN as i32: {}", call("truncate", &[Val::F64(f64::NAN.to_bits())])?);
    say!(out, "element 0: {}", call("indirect", &[Val::I32(0)])?);
    say!(out, "element 1: {}", call("indirect", &[Val::I32(1)])?);
    say!(out, "stop: {}", call("stop", &[])?);
    say!(out, "too few arguments: {}", call("load", &[])?);
    Ok(())
}

fn entities(out: &mut String) -> Result<()> {
    let engine = Engine::default();
    let module = module(
        &engine,
        r#"(module
            (import "host" "memory" (memory 1 4))
            (import "host" "table" (table 2 funcref))
            (import "host" "global" (global $g (mut f64)))
            (func (export "keep") (param externref) (result externref) (local.get 0))
            (func (export "use") (param i32) (result i32)
                (global.set $g (f64.mul (global.get $g) (f64.const 2)))
                (i32.store8 (i32.const 0) (i32.const 65))
                (call_indirect (param i32) (result i32) (local.get 0) (i32.const 1))))"#,
    )?;
    let mut store = Store::new(&engine, 100_i32);
    let memory = Memory::new(&mut store, MemoryType::new(1, Some(4)))?;
    let table = Table::new(&mut store, TableType::new(vm::RefType::FUNCREF, 2, None), Ref::Func(None))?;
    let global =
        Global::new(&mut store, GlobalType::new(ValType::F64, Mutability::Var), Val::F64(1.5_f64.to_bits()))?;
    let add = Func::wrap(&mut store, |caller: Caller<'_, i32>, n: i32| n + *caller.data());
    table.set(&mut store, 1, Ref::Func(Some(add)))?;
    memory.write(&mut store, 0, b"hello")?;

    let mut linker = Linker::new(&engine);
    linker.define(&store, "host", "memory", memory)?.define(&store, "host", "table", table)?;
    linker.define(&store, "host", "global", global)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let used = instance.get_typed_func::<i32, i32>(&mut store, "use")?.call(&mut store, 11)?;
    say!(out, "use(11) = {used}, global = {}", global.get(&mut store).unwrap_f64());
    let mut bytes = [0; 5];
    memory.read(&store, 0, &mut bytes)?;
    say!(out, "memory: {}", String::from_utf8_lossy(&bytes));
    say!(out, "beyond it: {}", memory.write(&mut store, 65_535, &[1, 2]).is_err());
    say!(out, "grown from {} to {} pages", memory.grow(&mut store, 2)?, memory.size(&store));
    let (data, state) = memory.data_and_store_mut(&mut store);
    (data[0], *state) = (b'B', 200);
    say!(out, "table grown from {} to {}", table.grow(&mut store, 3, Ref::Func(None))?, table.size(&store));
    say!(out, "element 1 is null: {:?}", table.get(&mut store, 1).map(|element| element.is_null()));

    let keep = instance
        .get_typed_func::<Option<Rooted<ExternRef>>, Option<Rooted<ExternRef>>>(&mut store, "keep")?;
    let value = ExternRef::new(&mut store, "a value of the host")?;
    let kept = keep.call(&mut store, Some(value))?.context("it became null")?;
    let text = kept.data(&store)?.and_then(|value| value.downcast_ref::<&str>());
    say!(out, "through the guest: {text:?}");
    say!(out, "data: {}, {}", helper(&mut store), store.as_context().data());
    Ok(())
}

/// Functions may take whatever leads to a store.
fn helper(mut store: impl AsContextMut<Data = i32>) -> i32 {
    *store.as_context_mut().data_mut() += 1;
    *store.as_context().data()
}

/// The name of the trap that ended a call.
fn trap(result: Result<()>) -> String {
    match result {
        Ok(()) => "it returned".to_owned(),
        Err(error) => format!("{:?}", error.downcast_ref::<Trap>()),
    }
}

/// The message of what is at the bottom of an error.
fn root(error: &Error) -> String {
    error.root_cause().to_string()
}
