//! The virtual machines under comparison, one file each, behind three small traits.
//!
//! A [`Vm`] makes a [`Loader`] (its engine and the host functions that a program imports: not timed), the
//! loader turns bytes into an [`Instance`] (timed by `startup`: decode, validate, translate, instantiate),
//! and the instance is called (timed by `peers`). Two host functions are real, `env.inc` and `env.clock_ms`,
//! defined the fastest way the VM offers for a statically known type; every other import traps when it is
//! called.

mod fantail;
mod silverfir;
#[cfg(feature = "peers")]
mod tinywasm;
#[cfg(feature = "peers")]
mod wasm3;
mod wasmi;
#[cfg(feature = "pulley")]
mod wasmtime;

use crate::program::{FuncImport, Program};
use anyhow::{Context, Result};
use std::fmt;

/// A virtual machine in one configuration.
pub(crate) trait Vm {
    /// The name by which the command line, the tables and the charts know it.
    fn name(&self) -> &'static str;

    /// The compilation modes that it offers. The first one is used to compare execution.
    fn modes(&self) -> &'static [Mode];

    /// Creates an engine and the host functions that `program` imports.
    ///
    /// # Errors
    ///
    /// When the VM refuses the configuration or a host function.
    fn prepare(&self, program: &Program, mode: Mode) -> Result<Box<dyn Loader>>;
}

/// An engine with its host functions, ready to load one module.
pub(crate) trait Loader {
    /// Decodes, validates, translates (as far as the mode says) and instantiates `wasm`.
    ///
    /// # Errors
    ///
    /// When the VM does not support the module.
    fn load(self: Box<Self>, wasm: &[u8]) -> Result<Box<dyn Instance>>;
}

/// A module instance.
pub(crate) trait Instance {
    /// Calls the exported function `export`, which has at most one result.
    ///
    /// # Errors
    ///
    /// When there is no such function, or it traps.
    fn call(&mut self, export: &str, args: &[Value]) -> Result<Option<Value>>;

    /// Copies `bytes` into the first memory at address `at`.
    ///
    /// # Errors
    ///
    /// When there is no memory, or the range is out of bounds.
    fn write(&mut self, at: usize, bytes: &[u8]) -> Result<()>;
}

/// When function bodies are validated and translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Both while loading.
    Eager,
    /// Validated while loading, translated at the first call.
    LazyTranslation,
    /// Both at the first call.
    Lazy,
}

impl Mode {
    pub(crate) const ALL: [Mode; 3] = [Mode::Eager, Mode::LazyTranslation, Mode::Lazy];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Mode::Eager => "eager",
            Mode::LazyTranslation => "lazy-translation",
            Mode::Lazy => "lazy",
        }
    }
}

/// An argument or a result. Floats are equal when their bits are.
#[derive(Clone, Copy)]
pub(crate) enum Value {
    I32(i32),
    I64(i64),
    F32(f32),
    F64(f64),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Value::I32(a), Value::I32(b)) => a == b,
            (Value::I64(a), Value::I64(b)) => a == b,
            (Value::F32(a), Value::F32(b)) => a.to_bits() == b.to_bits(),
            (Value::F64(a), Value::F64(b)) => a.to_bits() == b.to_bits(),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::I32(value) => write!(f, "i32:{value}"),
            Value::I64(value) => write!(f, "i64:{value}"),
            Value::F32(value) => write!(f, "f32:{value:?}"),
            Value::F64(value) => write!(f, "f64:{value:?}"),
        }
    }
}

/// Every VM of this build, the baseline first.
pub(crate) fn all() -> Vec<Box<dyn Vm>> {
    let light: [Box<dyn Vm>; 3] =
        [Box::new(wasmi::Wasmi), Box::new(silverfir::Silverfir), Box::new(fantail::Fantail)];
    light.into_iter().chain(heavy()).collect()
}

/// The VMs that take minutes to build.
#[cfg(feature = "peers")]
fn heavy() -> impl Iterator<Item = Box<dyn Vm>> {
    let interpreters: [Box<dyn Vm>; 2] = [Box::new(wasm3::Wasm3), Box::new(tinywasm::Tinywasm)];
    interpreters.into_iter().chain(wasmtime::all())
}

/// The VM that takes minutes to build.
#[cfg(all(feature = "pulley", not(feature = "peers")))]
fn heavy() -> impl Iterator<Item = Box<dyn Vm>> {
    wasmtime::all()
}

/// The VMs that take minutes to build: none without the features `pulley` and `peers`.
#[cfg(not(feature = "pulley"))]
fn heavy() -> impl Iterator<Item = Box<dyn Vm>> {
    std::iter::empty()
}

/// The VMs named in `list` (comma-separated), or all of them; the baseline first when it is among them.
///
/// # Errors
///
/// When a name is unknown.
pub(crate) fn select(list: Option<&str>) -> Result<Vec<Box<dyn Vm>>> {
    let mut vms = all();
    if let Some(list) = list {
        let names: Vec<&str> = list.split(',').map(str::trim).collect();
        for &name in &names {
            vms.iter().find(|vm| vm.name() == name).with_context(|| {
                let known: Vec<_> = all().iter().map(|vm| vm.name()).collect();
                format!("unknown VM `{name}`: this build has {}", known.join(", "))
            })?;
        }
        vms.retain(|vm| names.contains(&vm.name()));
    }
    Ok(vms)
}

/// What an import is bound to.
enum HostFunc {
    /// `env.inc (i32) -> i32`: its argument plus one.
    Inc,
    /// `env.clock_ms () -> i32`: see [`crate::clock::guest_millis`].
    ClockMs,
    /// Anything else: traps.
    Trap,
}

impl HostFunc {
    fn of(import: &FuncImport) -> Self {
        match (import.module.as_str(), import.name.as_str()) {
            ("env", "inc") => HostFunc::Inc,
            ("env", "clock_ms") => HostFunc::ClockMs,
            _ => HostFunc::Trap,
        }
    }
}
