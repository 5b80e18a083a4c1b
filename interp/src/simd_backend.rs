//! [`SimdBackend`]: by what vector instructions are computed.

/// What vector instructions are made of: see [`Config::simd_backend`](crate::Config::simd_backend).
///
/// All compute the same; in a build without optimization all are the simplest that the processor is sure to have. Which there are depends on the processor that Fantail is built for, so that programs for several
/// name those other than [`Scalar`](Self::Scalar) under a `cfg(target_arch = "…")`.
///
/// ```
/// use fantail::{Config, Engine, SimdBackend};
///
/// assert!(SimdBackend::best().is_available());
/// let mut config = Config::new();
/// config.simd_backend(SimdBackend::Scalar);
/// let engine = Engine::new(&config)?;
/// # Ok::<(), fantail::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum SimdBackend {
    /// Operations on one lane after the other, as far as the compiler leaves them so: for any processor.
    Scalar,
    /// The instructions of every x86-64 processor.
    #[cfg(target_arch = "x86_64")]
    Sse2,
    /// SSE4.1 and SSSE3, which most have since 2008.
    #[cfg(target_arch = "x86_64")]
    Sse41,
    /// AVX2 and FMA, which most have since 2013.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// The vector instructions of every 64-bit Arm processor.
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl SimdBackend {
    /// Those of this build, the simplest first; whether this machine has what they need or not.
    pub const ALL: &'static [Self] = &[
        Self::Scalar,
        #[cfg(target_arch = "x86_64")]
        Self::Sse2,
        #[cfg(target_arch = "x86_64")]
        Self::Sse41,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
    ];

    /// The best one that is available: the default of [`Config`](crate::Config).
    pub fn best() -> Self {
        Self::ALL.iter().copied().rfind(|backend| backend.is_available()).unwrap_or(Self::Scalar)
    }

    /// Whether this machine can execute it. With the feature `std` the processor is asked; without, it is what the build
    /// target is sure to have.
    #[allow(clippy::nonminimal_bool, clippy::eq_op, reason = "without `std` the answers are constants")]
    pub fn is_available(self) -> bool {
        match self {
            Self::Scalar => true,
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => true,
            #[cfg(target_arch = "x86_64")]
            Self::Sse41 => has!("sse4.1") && has!("ssse3"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => has!("avx2") && has!("fma"),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => true,
        }
    }

    /// Its name, as the command line takes it: `scalar`, `sse2`, `sse41`, `avx2` or `neon`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Self::Sse2 => "sse2",
            #[cfg(target_arch = "x86_64")]
            Self::Sse41 => "sse41",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
        }
    }
}

/// Whether the machine has a target feature.
#[cfg(all(feature = "std", target_arch = "x86_64"))]
macro_rules! has {
    ($feature:tt) => {
        std::is_x86_feature_detected!($feature)
    };
}

/// Whether every machine of the build target has a target feature.
#[cfg(all(not(feature = "std"), target_arch = "x86_64"))]
macro_rules! has {
    ($feature:tt) => {
        cfg!(target_feature = $feature)
    };
}

#[cfg(target_arch = "x86_64")]
use has;
