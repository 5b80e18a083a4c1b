//! [`Error`]: whatever can go wrong, with context, causes and the WebAssembly backtrace.
//!
//! It works as `anyhow::Error` and Wasmtime's error do: any error converts to it with `?`, [`Error::context`] says what
//! was being done, and [`Error::downcast_ref`] finds the original again, however much context was added.
//!
//! Invariant: an error that travels through WebAssembly frames stays the same object; only its backtrace grows.

mod macros;

#[doc(hidden)]
pub use macros::{Errors, Messages, OfError, OfMessage};

use crate::backtrace::WasmBacktrace;
use alloc::boxed::Box;
use core::any::{Any, TypeId};
use core::fmt::{self, Debug, Display};

#[doc(inline)]
pub use crate::{bail, ensure, format_err};

/// `Result` whose error is [`Error`] unless stated otherwise.
///
/// ```
/// fn parse(text: &str) -> fantail::Result<u16> {
///     Ok(text.parse()?)
/// }
/// assert_eq!(parse("7").ok(), Some(7));
/// assert_eq!(parse("x").unwrap_err().to_string(), "invalid digit found in string");
/// ```
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// An error of any type, with context.
///
/// `{}` prints the outermost message, `{:#}` the whole chain in one line, and `{:?}` the chain in lines and the
/// WebAssembly backtrace where there is one.
///
/// ```
/// use fantail::{Error, Trap};
///
/// let error = Error::from(Trap::UnreachableCodeReached).context("while running the plugin");
/// assert_eq!(error.to_string(), "while running the plugin");
/// assert_eq!(format!("{error:#}"), "while running the plugin: unreachable");
/// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::UnreachableCodeReached));
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    object: Box<dyn Object>,
    backtrace: Option<WasmBacktrace>,
}

/// What an [`Error`] is made of.
trait Object: Send + Sync {
    /// The outermost layer as a standard error, whose sources are the layers below.
    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static);
    /// The value of type `id` among the layers.
    fn get(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)>;
    /// As [`get`](Self::get), mutably.
    fn get_mut(&mut self, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)>;
    /// The value of type `id` by value; `Err` with everything when there is none.
    fn take(self: Box<Self>, id: TypeId) -> Result<Box<dyn Any + Send + Sync>, Box<dyn Object>>;
}

/// A standard error.
struct Standard<E>(E);

/// A message that is no error by itself.
struct Message<M>(M);

/// A message about what was being done when `error` occurred.
struct ContextLayer<C> {
    context: C,
    error: Error,
}

/// An error whose type is not known any more.
struct Boxed(Box<dyn core::error::Error + Send + Sync + 'static>);

impl Error {
    /// An error that is `error`.
    #[cold]
    pub fn new<E>(error: E) -> Self
    where
        E: core::error::Error + Send + Sync + 'static,
    {
        Self::from_object(Box::new(Standard(error)))
    }

    /// An error that prints as `message`.
    #[cold]
    pub fn msg<M>(message: M) -> Self
    where
        M: Display + Debug + Send + Sync + 'static,
    {
        Self::from_object(Box::new(Message(message)))
    }

    /// An error that is `error`.
    pub fn from_boxed(error: Box<dyn core::error::Error + Send + Sync + 'static>) -> Self {
        Self::from_object(Box::new(Boxed(error)))
    }

    fn from_object(object: Box<dyn Object>) -> Self {
        Self(Box::new(Inner { object, backtrace: None }))
    }

    /// The same error below `context`, which from now on is what `{}` prints.
    ///
    /// ```
    /// use fantail::{Error, Trap};
    ///
    /// let error = Error::new(Trap::Interrupt).context("while saving").context("while closing");
    /// assert_eq!(format!("{error:#}"), "while closing: while saving: interrupt");
    /// assert_eq!(error.downcast_ref::<&str>(), Some(&"while closing"));
    /// ```
    #[must_use]
    pub fn context<C>(mut self, context: C) -> Self
    where
        C: Display + Debug + Send + Sync + 'static,
    {
        let backtrace = self.0.backtrace.take();
        let object = Box::new(ContextLayer { context, error: self });
        Self(Box::new(Inner { object, backtrace }))
    }

    /// The same error below the text of `context`.
    pub(crate) fn context_text(self, context: fmt::Arguments<'_>) -> Self {
        if cfg!(feature = "text") { self.context(alloc::fmt::format(context)) } else { self }
    }

    /// This error and its causes, outermost first.
    ///
    /// ```
    /// use fantail::{Error, Trap};
    ///
    /// let error = Error::new(Trap::Interrupt).context("while saving");
    /// let messages: Vec<_> = error.chain().map(|error| error.to_string()).collect();
    /// assert_eq!(messages, ["while saving", "interrupt"]);
    /// assert_eq!(error.root_cause().to_string(), "interrupt");
    /// ```
    pub fn chain(&self) -> Chain<'_> {
        Chain(Some(self.as_error()))
    }

    /// The last of the [`chain`](Self::chain).
    pub fn root_cause(&self) -> &(dyn core::error::Error + 'static) {
        self.chain().last().unwrap_or_else(|| self.as_error())
    }

    /// Whether there is an `E` in it, as [`downcast_ref`](Self::downcast_ref) would find.
    pub fn is<E: Display + Debug + Send + Sync + 'static>(&self) -> bool {
        self.downcast_ref::<E>().is_some()
    }

    /// The error or context of type `E` in it. With [`WasmBacktrace`] as `E`: the calls in which the error occurred.
    ///
    /// ```
    /// use fantail::{Error, Trap};
    ///
    /// let error = Error::new(Trap::OutOfFuel).context("in a guest");
    /// assert!(error.is::<Trap>() && !error.is::<std::io::Error>());
    /// assert_eq!(error.downcast_ref::<Trap>(), Some(&Trap::OutOfFuel));
    /// // By value, or the same error again.
    /// assert_eq!(error.downcast::<Trap>().ok(), Some(Trap::OutOfFuel));
    /// ```
    pub fn downcast_ref<E: Display + Debug + Send + Sync + 'static>(&self) -> Option<&E> {
        if TypeId::of::<E>() == TypeId::of::<WasmBacktrace>() {
            let backtrace: &(dyn Any + Send + Sync) = self.0.backtrace.as_ref()?;
            return backtrace.downcast_ref();
        }
        self.0.object.get(TypeId::of::<E>())?.downcast_ref()
    }

    /// As [`downcast_ref`](Self::downcast_ref), mutably.
    pub fn downcast_mut<E: Display + Debug + Send + Sync + 'static>(&mut self) -> Option<&mut E> {
        self.0.object.get_mut(TypeId::of::<E>())?.downcast_mut()
    }

    /// The error or context of type `E` in it, by value.
    ///
    /// # Errors
    /// When there is none: the same error.
    pub fn downcast<E: Display + Debug + Send + Sync + 'static>(self) -> Result<E, Self> {
        let Inner { object, backtrace } = *self.0;
        match object.take(TypeId::of::<E>()) {
            Ok(value) => match value.downcast::<E>() {
                Ok(value) => Ok(*value),
                Err(_) => unreachable!("`take` answers with the type that was asked for"),
            },
            Err(object) => Err(Self(Box::new(Inner { object, backtrace }))),
        }
    }

    /// It as a standard error.
    ///
    /// ```
    /// use fantail::{Error, Trap};
    ///
    /// fn main_of_a_program() -> Result<(), Box<dyn std::error::Error>> {
    ///     Err(Error::new(Trap::OutOfFuel).context("in a guest").into_boxed_dyn_error())
    /// }
    /// let error = main_of_a_program().unwrap_err();
    /// assert_eq!(error.source().unwrap().to_string(), "all fuel consumed");
    /// ```
    pub fn into_boxed_dyn_error(self) -> Box<dyn core::error::Error + Send + Sync + 'static> {
        Box::new(Opaque(self))
    }

    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        self.0.object.as_error()
    }

    /// The backtrace, to which an outer activation adds its frames.
    pub(crate) fn backtrace_mut(&mut self) -> &mut WasmBacktrace {
        self.0.backtrace.get_or_insert_default()
    }
}

/// An iterator over an error and its causes.
///
/// ```
/// use fantail::Error;
///
/// let error = Error::msg("disk full").context("cannot save");
/// assert_eq!(error.chain().count(), 2);
/// assert_eq!(error.chain().last().map(|error| error.to_string()), Some("disk full".into()));
/// ```
#[derive(Clone, Debug)]
pub struct Chain<'a>(Option<&'a (dyn core::error::Error + 'static)>);

impl<'a> Iterator for Chain<'a> {
    type Item = &'a (dyn core::error::Error + 'static);

    fn next(&mut self) -> Option<Self::Item> {
        let error = self.0?;
        self.0 = error.source();
        Some(error)
    }
}

impl core::iter::FusedIterator for Chain<'_> {}

impl<E> From<E> for Error
where
    E: core::error::Error + Send + Sync + 'static,
{
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl From<Error> for Box<dyn core::error::Error + Send + Sync + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn core::error::Error + Send + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl From<Error> for Box<dyn core::error::Error + 'static> {
    fn from(error: Error) -> Self {
        error.into_boxed_dyn_error()
    }
}

impl core::ops::Deref for Error {
    type Target = dyn core::error::Error + Send + Sync + 'static;

    fn deref(&self) -> &Self::Target {
        self.as_error()
    }
}

impl AsRef<dyn core::error::Error> for Error {
    fn as_ref(&self) -> &(dyn core::error::Error + 'static) {
        self.as_error()
    }
}

impl AsRef<dyn core::error::Error + Send + Sync> for Error {
    fn as_ref(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        self.as_error()
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        write!(f, "{}", self.as_error())?;
        if f.alternate() {
            for cause in self.chain().skip(1) {
                write!(f, ": {cause}")?;
            }
        }
        Ok(())
    }
}

impl Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        if f.alternate() {
            return write!(f, "{:#?}", self.as_error());
        }
        write!(f, "{}", self.as_error())?;
        let causes = self.chain().skip(1).count();
        if causes > 0 {
            f.write_str("\n\nCaused by:")?;
            for (number, cause) in self.chain().skip(1).enumerate() {
                match causes {
                    1 => write!(f, "\n    {cause}")?,
                    _ => write!(f, "\n    {number}: {cause}")?,
                }
            }
        }
        match &self.0.backtrace {
            Some(backtrace) if !backtrace.frames().is_empty() => write!(f, "\n\n{backtrace}"),
            _ => Ok(()),
        }
    }
}

/// Adds context to the error of a `Result`, or makes one of a missing value.
///
/// ```
/// use fantail::{Result, error::Context};
///
/// fn port(text: &str) -> Result<u16> {
///     text.parse().with_context(|| format!("bad port {text:?}"))
/// }
/// assert_eq!(port("x").unwrap_err().to_string(), "bad port \"x\"");
/// ```
pub trait Context<T, E>: sealed::Sealed {
    /// With `context` above the error.
    ///
    /// # Errors
    /// When `self` is an error or empty.
    fn context<C: Display + Debug + Send + Sync + 'static>(self, context: C) -> Result<T>;

    /// With the result of `context` above the error.
    ///
    /// # Errors
    /// When `self` is an error or empty.
    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: Display + Debug + Send + Sync + 'static,
        F: FnOnce() -> C;
}

impl<T, E: Into<Error>> Context<T, E> for Result<T, E> {
    fn context<C: Display + Debug + Send + Sync + 'static>(self, context: C) -> Result<T> {
        self.map_err(|error| error.into().context(context))
    }

    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: Display + Debug + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        self.map_err(|error| error.into().context(context()))
    }
}

impl<T> Context<T, core::convert::Infallible> for Option<T> {
    fn context<C: Display + Debug + Send + Sync + 'static>(self, context: C) -> Result<T> {
        self.ok_or_else(|| Error::msg(context))
    }

    fn with_context<C, F>(self, context: F) -> Result<T>
    where
        C: Display + Debug + Send + Sync + 'static,
        F: FnOnce() -> C,
    {
        self.ok_or_else(|| Error::msg(context()))
    }
}

mod sealed {
    pub trait Sealed {}
    impl<T, E> Sealed for Result<T, E> {}
    impl<T> Sealed for Option<T> {}
}

/// An [`Error`] as a standard error.
struct Opaque(Error);

impl Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        Display::fmt(&self.0, f)
    }
}

impl Debug for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        Debug::fmt(&self.0, f)
    }
}

impl core::error::Error for Opaque {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.as_error().source()
    }
}

fn ask<T: Send + Sync + 'static>(value: &T, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
    (TypeId::of::<T>() == id).then_some(value)
}

fn ask_mut<T: Send + Sync + 'static>(value: &mut T, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)> {
    if TypeId::of::<T>() == id { Some(value) } else { None }
}

impl<E: core::error::Error + Send + Sync + 'static> Object for Standard<E> {
    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        &self.0
    }

    fn get(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        ask(&self.0, id)
    }

    fn get_mut(&mut self, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)> {
        ask_mut(&mut self.0, id)
    }

    fn take(self: Box<Self>, id: TypeId) -> Result<Box<dyn Any + Send + Sync>, Box<dyn Object>> {
        if TypeId::of::<E>() == id { Ok(Box::new(self.0)) } else { Err(self) }
    }
}

impl<M: Display + Debug + Send + Sync + 'static> Object for Message<M> {
    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        self
    }

    fn get(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        ask(&self.0, id)
    }

    fn get_mut(&mut self, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)> {
        ask_mut(&mut self.0, id)
    }

    fn take(self: Box<Self>, id: TypeId) -> Result<Box<dyn Any + Send + Sync>, Box<dyn Object>> {
        if TypeId::of::<M>() == id { Ok(Box::new(self.0)) } else { Err(self) }
    }
}

impl<M: Display> Display for Message<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        self.0.fmt(f)
    }
}

impl<M: Debug> Debug for Message<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        self.0.fmt(f)
    }
}

impl<M: Display + Debug> core::error::Error for Message<M> {}

impl<C: Display + Debug + Send + Sync + 'static> Object for ContextLayer<C> {
    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        self
    }

    fn get(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        ask(&self.context, id).or_else(|| self.error.0.object.get(id))
    }

    fn get_mut(&mut self, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)> {
        if TypeId::of::<C>() == id { Some(&mut self.context) } else { self.error.0.object.get_mut(id) }
    }

    fn take(self: Box<Self>, id: TypeId) -> Result<Box<dyn Any + Send + Sync>, Box<dyn Object>> {
        if TypeId::of::<C>() == id {
            return Ok(Box::new(self.context));
        }
        let Self { context, error } = *self;
        let Inner { object, backtrace } = *error.0;
        object.take(id).map_err(|object| {
            let error = Error(Box::new(Inner { object, backtrace }));
            let layer: Box<dyn Object> = Box::new(Self { context, error });
            layer
        })
    }
}

impl<C: Display> Display for ContextLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        self.context.fmt(f)
    }
}

impl<C: Debug> Debug for ContextLayer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !cfg!(feature = "text") {
            return Ok(());
        }
        f.debug_struct("Error").field("context", &self.context).field("source", &self.error).finish()
    }
}

impl<C: Display + Debug> core::error::Error for ContextLayer<C> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(self.error.as_error())
    }
}

impl Object for Boxed {
    fn as_error(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        &*self.0
    }

    fn get(&self, id: TypeId) -> Option<&(dyn Any + Send + Sync)> {
        ask(&self.0, id)
    }

    fn get_mut(&mut self, id: TypeId) -> Option<&mut (dyn Any + Send + Sync)> {
        ask_mut(&mut self.0, id)
    }

    fn take(self: Box<Self>, id: TypeId) -> Result<Box<dyn Any + Send + Sync>, Box<dyn Object>> {
        if TypeId::of::<Box<dyn core::error::Error + Send + Sync>>() == id {
            Ok(Box::new(self.0))
        } else {
            Err(self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trap;
    use alloc::format;
    use alloc::string::{String, ToString};

    #[test]
    fn debug_prints_every_cause() {
        let error = Error::msg("disk is full").context("cannot save").context("cannot quit");
        assert_eq!(
            format!("{error:?}"),
            "cannot quit\n\nCaused by:\n    0: cannot save\n    1: disk is full"
        );
        assert_eq!(error.root_cause().to_string(), "disk is full");
    }

    #[test]
    fn what_lies_below_context_can_be_taken_out() {
        let error = Error::new(Trap::StackOverflow).context(String::from("deep"));
        assert!(error.is::<String>() && error.is::<Trap>() && !error.is::<u8>());
        let error = error.downcast::<u8>().expect_err("there is no u8 in it");
        assert_eq!(error.to_string(), "deep");
        assert_eq!(error.downcast::<Trap>().expect("the trap is in it"), Trap::StackOverflow);
    }

    #[test]
    fn it_is_one_pointer() {
        assert_eq!(size_of::<Result<()>>(), size_of::<usize>());
    }
}
