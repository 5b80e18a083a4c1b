//! Fuel and epochs: how much a guest may execute, and until when.
//!
//! Invariant: what is set here takes effect at the next op of metering, also while a guest is waiting for a host function
//! that sets it, or for the callback that is asked at a deadline.

use crate::fallible::try_box;
use crate::store::{AsContext, AsContextMut, StoreContext, StoreContextMut, StoreOpaque};
use crate::{Caller, Result, Store, ensure};

impl StoreOpaque {
    fn fuel(&self) -> Result<u64> {
        ensure!(
            self.engine().config().metering.fuel,
            "fuel is not configured in this store: its engine needs `Config::consume_fuel`"
        );
        Ok(self.exec.fuel)
    }

    fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.fuel()?;
        self.exec.fuel = fuel;
        Ok(())
    }

    pub(crate) fn set_deadline(&mut self, ticks: u64) {
        let ticks = usize::try_from(ticks).unwrap_or(usize::MAX);
        self.exec.deadline = self.engine().current_epoch().saturating_add(ticks);
    }
}

impl<T> Store<T> {
    /// How much fuel is left.
    ///
    /// # Errors
    /// When the engine was not made with [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn get_fuel(&self) -> Result<u64> {
        self.as_context().get_fuel()
    }

    /// Sets how much may be executed from now on: a guest that needs more traps with
    /// [`Trap::OutOfFuel`](crate::Trap::OutOfFuel), and can be called again once there is fuel.
    ///
    /// ```
    /// use fantail::{Config, Engine, Instance, Module, Store, Trap};
    ///
    /// let engine = Engine::new(Config::new().consume_fuel(true))?;
    /// let module = Module::new(&engine, wat::parse_str(
    ///     r#"(module (func (export "spin") (loop $again (br $again))))"#,
    /// )?)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_fuel(1_000)?;
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    /// let error = spin.call(&mut store, ()).expect_err("it never ends");
    /// assert_eq!(error.downcast_ref(), Some(&Trap::OutOfFuel));
    /// assert_eq!(store.get_fuel()?, 0);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the engine was not made with [`Config::consume_fuel`](crate::Config::consume_fuel).
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.as_context_mut().set_fuel(fuel)
    }

    /// Lets guests of this store trap with [`Trap::Interrupt`](crate::Trap::Interrupt) once
    /// [`Engine::increment_epoch`](crate::Engine::increment_epoch) has been called `ticks_beyond_current` more times. At
    /// first a store's deadline is that of an engine which has just been made: it has passed.
    ///
    /// ```
    /// use fantail::{Config, Engine, Instance, Module, Store, Trap};
    /// use std::{thread, time::Duration};
    ///
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, wat::parse_str(
    ///     r#"(module (func (export "spin") (loop $again (br $again))))"#,
    /// )?)?;
    /// let mut store = Store::new(&engine, ());
    /// store.set_epoch_deadline(1);
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    ///
    /// thread::spawn(move || {
    ///     thread::sleep(Duration::from_millis(10));
    ///     engine.increment_epoch();
    /// });
    /// let error = spin.call(&mut store, ()).expect_err("it never ends");
    /// assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.as_context_mut().set_epoch_deadline(ticks_beyond_current);
    }

    /// Lets guests trap at the deadline, as they do at first: without a callback.
    pub fn epoch_deadline_trap(&mut self) {
        self.as_context_mut().epoch_deadline_trap();
    }

    /// Lets `callback` decide what happens to guests at the deadline: it may set a later one, or end the execution, with
    /// [`Trap::Interrupt`](crate::Trap::Interrupt) or with an error of its own. It gets the store, and can look at and
    /// change what is there. About a guest that waits in `memory.atomic.wait32` or `wait64` it is asked once that goes on.
    ///
    /// ```
    /// use fantail::{Config, Engine, Instance, Module, Store, Trap, UpdateDeadline};
    ///
    /// let engine = Engine::new(Config::new().epoch_interruption(true))?;
    /// let module = Module::new(&engine, wat::parse_str(
    ///     r#"(module (func (export "spin") (loop $again (br $again))))"#,
    /// )?)?;
    /// let mut store = Store::new(&engine, 0);
    /// // As an example, time passes only here: three times there is some left.
    /// store.epoch_deadline_callback(|mut store| {
    ///     *store.data_mut() += 1;
    ///     Ok(if *store.data() <= 3 { UpdateDeadline::Continue(0) } else { UpdateDeadline::Interrupt })
    /// });
    /// let instance = Instance::new(&mut store, &module, &[])?;
    /// let spin = instance.get_typed_func::<(), ()>(&mut store, "spin")?;
    /// let error = spin.call(&mut store, ()).expect_err("it never ends");
    /// assert_eq!(error.downcast_ref(), Some(&Trap::Interrupt));
    /// assert_eq!(*store.data(), 4);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    pub fn epoch_deadline_callback(
        &mut self,
        callback: impl FnMut(StoreContextMut<'_, T>) -> Result<UpdateDeadline> + Send + Sync + 'static,
    ) {
        let boxed = try_box(callback).unwrap_or_else(|error| panic!("{error}"));
        self.as_context_mut().set_epoch_callback(Some(boxed));
    }
}

/// What follows once the epoch has reached a store's deadline: what a callback set by
/// [`Store::epoch_deadline_callback`] says.
///
/// ```
/// use fantail::{Store, UpdateDeadline};
///
/// let mut store = Store::new(&fantail::Engine::default(), 100);
/// // So many ticks more, as long as there are some left.
/// store.epoch_deadline_callback(|mut store| {
///     *store.data_mut() -= 1;
///     Ok(if *store.data() > 0 { UpdateDeadline::Continue(1) } else { UpdateDeadline::Interrupt })
/// });
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum UpdateDeadline {
    /// The guest traps with [`Trap::Interrupt`](crate::Trap::Interrupt), and the deadline stays what it is.
    Interrupt,
    /// The guest goes on until so many ticks beyond the current epoch.
    Continue(u64),
}

impl<T> StoreContext<'_, T> {
    /// How much fuel is left, see [`Store::get_fuel`].
    ///
    /// # Errors
    /// As [`Store::get_fuel`].
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.opaque.fuel()
    }
}

impl<T> StoreContextMut<'_, T> {
    /// How much fuel is left, see [`Store::get_fuel`].
    ///
    /// # Errors
    /// As [`Store::get_fuel`].
    pub fn get_fuel(&self) -> Result<u64> {
        self.0.opaque.fuel()
    }

    /// Sets how much may be executed, see [`Store::set_fuel`].
    ///
    /// # Errors
    /// As [`Store::set_fuel`].
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.0.opaque.set_fuel(fuel)
    }

    /// Sets when guests are interrupted, see [`Store::set_epoch_deadline`].
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.0.opaque.set_deadline(ticks_beyond_current);
    }

    /// Lets guests trap at the deadline, see [`Store::epoch_deadline_trap`].
    pub fn epoch_deadline_trap(&mut self) {
        self.set_epoch_callback(None);
    }
}

impl<T> Caller<'_, T> {
    /// How much fuel is left, see [`Store::get_fuel`].
    ///
    /// # Errors
    /// As [`Store::get_fuel`].
    pub fn get_fuel(&self) -> Result<u64> {
        self.as_context().get_fuel()
    }

    /// Sets how much may be executed, see [`Store::set_fuel`].
    ///
    /// # Errors
    /// As [`Store::set_fuel`].
    pub fn set_fuel(&mut self, fuel: u64) -> Result<()> {
        self.as_context_mut().set_fuel(fuel)
    }

    /// Sets when guests are interrupted, see [`Store::set_epoch_deadline`].
    pub fn set_epoch_deadline(&mut self, ticks_beyond_current: u64) {
        self.as_context_mut().set_epoch_deadline(ticks_beyond_current);
    }
}
