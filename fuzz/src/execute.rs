//! Fantail and a peer agree on everything a module does: results, traps, and the memories and globals it leaves. The peer is
//! wasmi, which is built quickly, or Wasmtime with the feature of that name: wasmi 2.0 miscompiles some programs.
//!
//! Each engine has a file that turns its values and errors into the ones here; which functions are called, with what, and
//! what is looked at afterwards is written once, in [`execute`].

mod embedding;
mod fantail;
#[cfg(not(feature = "wasmtime"))]
mod wasmi;
#[cfg(feature = "wasmtime")]
mod wasmtime;

#[cfg(not(feature = "wasmtime"))]
use self::wasmi as peer;
#[cfg(feature = "wasmtime")]
use self::wasmtime as peer;
use crate::Numbers;
use std::panic::resume_unwind;

/// Bytes of native stack, of which only what is used is committed.
const STACK: usize = 1 << 29;

/// Bytes that objects may take in a store with garbage collection. Memories are smaller by themselves.
const HEAP: usize = 1 << 26;

/// A value, as far as two engines can agree on it.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Value {
    I32(i32),
    I64(i64),
    /// Its bits.
    F32(u32),
    /// Its bits.
    F64(u64),
    V128(u128),
    /// Whether it is null.
    Ref(bool),
}

/// Type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Type {
    I32,
    I64,
    F32,
    F64,
    V128,
    /// A function or external reference. Arguments are null.
    Ref,
}

/// Why a call ended without results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fault {
    Unreachable,
    Memory,
    /// Outside a table, by an access or a call.
    Table,
    /// A call through a null element.
    Null,
    Signature,
    DivideByZero,
    Overflow,
    Conversion,
    /// The call stack was exhausted, of which each engine has another size, or the peer is at fault: nothing can be said
    /// of what follows.
    Unknown,
    /// Anything else.
    Other,
}

/// What a module exports.
#[derive(Clone, PartialEq, Debug)]
enum Export {
    Func(Vec<Type>),
    Global(Value),
    /// Its bytes.
    Memory(Vec<u8>),
    /// How many elements it has.
    Table(u64),
    Other,
}

/// An engine that has instantiated a module.
trait Guest: Sized {
    /// Instantiates the module `bytes`, which imports nothing.
    fn new(bytes: &[u8], lazy: bool) -> Result<Self, Fault>;

    /// The names of its exports.
    fn names(&mut self) -> Vec<String>;

    /// What the export `name` is now.
    fn export(&mut self, name: &str) -> Export;

    /// Calls the function `name`.
    fn call(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, Fault>;
}

/// How a module that the engines agree on was found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// Neither engine instantiates it, or nothing can be said.
    Refused,
    /// So many calls returned, and so many trapped.
    Called {
        /// Calls that returned.
        returned: usize,
        /// Calls that trapped.
        trapped: usize,
    },
}

/// Instantiates the module `bytes`, which imports nothing and ends, in both engines, calls each exported function with
/// numbers from `seed`, and compares.
///
/// # Panics
/// When the two do not agree.
pub fn execute(bytes: &[u8], seed: u64) -> Outcome {
    // wasmi 2.0 leaves a frame on the native stack for some of the instructions it executes, `memory.grow` among them.
    // No other engine here needs the space, and starting a thread for it takes time.
    if cfg!(feature = "wasmtime") {
        return compare(bytes, seed);
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        let compared = thread.spawn_scoped(scope, || compare(bytes, seed)).expect("a thread can be started");
        compared.join().unwrap_or_else(|panic| resume_unwind(panic))
    })
}

fn compare(bytes: &[u8], seed: u64) -> Outcome {
    let mut numbers = Numbers(seed | 1);
    let ours = fantail::Guest::new(bytes, numbers.below(2) == 0);
    let theirs = peer::Guest::new(bytes, false);
    let (mut ours, mut theirs) = match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(Fault::Unknown), _) | (_, Err(Fault::Unknown)) => return Outcome::Refused,
        (ours, theirs) => {
            assert_eq!(ours.err(), theirs.err(), "instantiation: Fantail at the left");
            return Outcome::Refused;
        }
    };
    let (mut names, mut their_names) = (ours.names(), theirs.names());
    names.sort();
    their_names.sort();
    assert_eq!(names, their_names, "exports: Fantail at the left");

    let (mut returned, mut trapped) = (0, 0);
    for name in &names {
        let Export::Func(params) = ours.export(name) else { continue };
        let args: Vec<Value> = params.iter().map(|ty| argument(*ty, &mut numbers)).collect();
        let (our, their) = (ours.call(name, &args), theirs.call(name, &args));
        if our == Err(Fault::Unknown) || their == Err(Fault::Unknown) {
            return Outcome::Called { returned, trapped };
        }
        assert_eq!(our, their, "{name:?} called with {args:?}: Fantail at the left");
        *if our.is_ok() { &mut returned } else { &mut trapped } += 1;
    }
    for name in &names {
        assert!(ours.export(name) == theirs.export(name), "{name:?} is not the same afterwards");
    }
    Outcome::Called { returned, trapped }
}

/// An argument: often a small number or one at the edge of its type.
fn argument(ty: Type, numbers: &mut Numbers) -> Value {
    const EDGES: [u64; 8] =
        [0, 1, u64::MAX, 1 << 31, (1 << 31) - 1, 1 << 63, (1 << 63) - 1, 0x3ff0_0000_0000_0000];
    let bits = match numbers.below(3) {
        0 => EDGES[numbers.below(EDGES.len())],
        1 => numbers.below(65_536) as u64,
        _ => numbers.draw(),
    };
    match ty {
        Type::I32 => Value::I32(bits as i32),
        Type::I64 => Value::I64(bits as i64),
        // Not NaN: wasm-smith makes only computed ones canonical.
        Type::F32 => Value::F32((f32::from_bits(bits as u32) + 0.0).to_bits()),
        Type::F64 => Value::F64((f64::from_bits(bits) + 0.0).to_bits()),
        Type::V128 => Value::V128(u128::from(bits) << 64 | u128::from(numbers.draw())),
        Type::Ref => Value::Ref(true),
    }
}
