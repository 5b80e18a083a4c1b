//! Types that say what a build has: of what it leaves out there is no value.
//!
//! A handle with one of them in it cannot exist in a build without that feature, so the compiler leaves out whatever would be
//! done with such a handle.

/// That there are shared memories.
#[cfg(feature = "threads")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Threads;

/// That there are shared memories: there are none.
#[cfg(not(feature = "threads"))]
#[derive(Clone, Copy, Debug)]
pub(crate) enum Threads {}

impl Threads {
    /// It, if this build has it.
    #[cfg(feature = "threads")]
    pub(crate) const BUILT_IN: Option<Self> = Some(Self);

    /// This build does not have it.
    #[cfg(not(feature = "threads"))]
    pub(crate) const BUILT_IN: Option<Self> = None;
}
