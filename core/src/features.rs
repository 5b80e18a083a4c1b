//! The proposals that make up WebAssembly, and which of them a module may use.
//!
//! Invariant: [`Proposal::Core`] is in every set of [`Features`].

use core::fmt;

macro_rules! proposals {
    ($($(#[$doc:meta])* $name:ident $text:literal)*) => {
        /// A proposal: a set of instructions, types or rules that can be switched off.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Proposal {
            $($(#[$doc])* $name,)*
        }

        impl Proposal {
            /// All proposals.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its name in the words of the `WebAssembly/proposals` list.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

proposals! {
    /// What the first version of WebAssembly had.
    Core "core"
    /// Imported and exported globals may be mutable.
    MutableGlobal "mutable-global"
    /// `extend8_s` and the like.
    SignExtension "sign-extension"
    /// `trunc_sat`.
    SaturatingFloatToInt "saturating-float-to-int"
    /// Several results, and blocks with parameters.
    MultiValue "multi-value"
    /// Bulk memory and table instructions, passive segments.
    BulkMemory "bulk-memory"
    /// `externref`, several tables, table instructions.
    ReferenceTypes "reference-types"
    /// 128-bit vectors.
    Simd "simd"
    /// Vector instructions whose results may differ between machines.
    RelaxedSimd "relaxed-simd"
    /// `return_call` and the like.
    TailCall "tail-call"
    /// Arithmetic in constant expressions.
    ExtendedConst "extended-const"
    /// Several memories.
    MultiMemory "multi-memory"
    /// Memories and tables with 64-bit indices.
    Memory64 "memory64"
    /// Typed function references.
    FunctionReferences "function-references"
    /// Structures, arrays, `i31`, recursive types and subtypes.
    Gc "gc"
    /// Tags, `throw`, `try_table`, `exnref`.
    Exceptions "exception-handling"
    /// Tags, `throw`, and the older `try`, `catch`, `delegate`, `rethrow`.
    LegacyExceptions "legacy-exceptions"
    /// Shared memories and atomic accesses.
    Threads "threads"
    /// Memories whose pages are not 64 KiB.
    CustomPageSizes "custom-page-sizes"
    /// 128-bit integer arithmetic.
    WideArithmetic "wide-arithmetic"
    /// A custom section that tells which way branches are likely to go.
    BranchHinting "branch-hinting"
}

impl Proposal {
    /// Whether this build can execute it: see the cargo features of this crate. What is not built in counts as switched off.
    #[allow(clippy::match_like_matches_macro, reason = "which arms are true depends on the features")]
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::Simd | Self::RelaxedSimd => cfg!(feature = "simd"),
            Self::Gc => cfg!(feature = "gc"),
            Self::Exceptions | Self::LegacyExceptions => cfg!(feature = "exceptions"),
            Self::Threads => cfg!(feature = "threads"),
            Self::TailCall => cfg!(feature = "tail-calls"),
            Self::Memory64 | Self::MultiMemory | Self::WideArithmetic => cfg!(feature = "memory64"),
            _ => true,
        }
    }
}

/// The set of proposals that a module may use.
///
/// [`Features::default`] is WebAssembly 3.0, threads, and the legacy exceptions that toolchains still emit.
///
/// ```
/// use fantail_core::features::{Features, Proposal};
///
/// let features = Features::wasm2().with(Proposal::TailCall, true);
/// assert!(features.has(Proposal::TailCall) && !features.has(Proposal::Gc));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Features(u32);

impl Features {
    /// WebAssembly as first released: no proposal at all.
    pub const fn mvp() -> Self {
        Self(Self::mvp_bits())
    }

    /// WebAssembly 1.0: the first release with mutable globals at the border.
    pub const fn wasm1() -> Self {
        Self::mvp().with(Proposal::MutableGlobal, true)
    }

    /// WebAssembly 2.0.
    pub const fn wasm2() -> Self {
        Self::wasm1()
            .with(Proposal::SignExtension, true)
            .with(Proposal::SaturatingFloatToInt, true)
            .with(Proposal::MultiValue, true)
            .with(Proposal::BulkMemory, true)
            .with(Proposal::ReferenceTypes, true)
            .with(Proposal::Simd, true)
    }

    /// WebAssembly 3.0.
    pub const fn wasm3() -> Self {
        Self::wasm2()
            .with(Proposal::RelaxedSimd, true)
            .with(Proposal::TailCall, true)
            .with(Proposal::ExtendedConst, true)
            .with(Proposal::MultiMemory, true)
            .with(Proposal::Memory64, true)
            .with(Proposal::FunctionReferences, true)
            .with(Proposal::Gc, true)
            .with(Proposal::Exceptions, true)
    }

    /// Every proposal this crate knows.
    pub const fn all() -> Self {
        Self::wasm3()
            .with(Proposal::LegacyExceptions, true)
            .with(Proposal::Threads, true)
            .with(Proposal::CustomPageSizes, true)
            .with(Proposal::WideArithmetic, true)
            .with(Proposal::BranchHinting, true)
    }

    /// The set with `proposal` switched on or off. [`Proposal::Core`] stays on.
    #[must_use]
    pub const fn with(self, proposal: Proposal, on: bool) -> Self {
        let bit = 1 << proposal as u8;
        Self(if on { self.0 | bit } else { self.0 & !bit | Self::mvp_bits() })
    }

    /// Switches `proposal` on or off. [`Proposal::Core`] stays on.
    pub const fn set(&mut self, proposal: Proposal, on: bool) -> &mut Self {
        *self = self.with(proposal, on);
        self
    }

    /// Whether `proposal` is on, and built in.
    #[inline]
    pub const fn has(self, proposal: Proposal) -> bool {
        self.0 & Self::BUILT_IN & (1 << proposal as u8) != 0
    }

    /// What this build can execute: cargo features leave some of it out.
    const BUILT_IN: u32 = {
        let mut bits = u32::MAX;
        let mut i = 0;
        while i < Proposal::ALL.len() {
            if !Proposal::ALL[i].is_built_in() {
                bits &= !(1 << Proposal::ALL[i] as u8);
            }
            i += 1;
        }
        bits
    };

    /// Whether there are tags and `throw`, which both exception proposals share.
    pub(crate) const fn has_tags(self) -> bool {
        self.has(Proposal::Exceptions) || self.has(Proposal::LegacyExceptions)
    }

    const fn mvp_bits() -> u32 {
        1 << Proposal::Core as u8
    }
}

impl Default for Features {
    fn default() -> Self {
        Self::wasm3().with(Proposal::Threads, true).with(Proposal::LegacyExceptions, true)
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(Proposal::ALL.iter().filter(|proposal| self.has(**proposal)).map(|p| p.name()))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_has_every_proposal_and_mvp_none_but_core() {
        for &proposal in Proposal::ALL {
            assert!(Features::all().has(proposal), "{proposal:?}");
            assert_eq!(Features::mvp().has(proposal), proposal == Proposal::Core, "{proposal:?}");
        }
    }

    #[test]
    fn core_cannot_be_switched_off() {
        assert!(Features::all().with(Proposal::Core, false).has(Proposal::Core));
    }
}
