//! Our own guests: sources under `guests/`, compiled modules in `guests/wasm/`, arguments and answers here.
//!
//! The modules are part of this program, so that it measures in a lone clone. `guests/build.sh` says how they
//! were compiled, and what a guest exports. The answers are those on which independent engines (Cranelift,
//! wasmi and, but for vectors, Silverfir-nano) agree; a guest and its vector twin (`-simd`) have the same
//! one.

use super::{Case, Script};
use crate::program::Program;
use crate::vm::Value;
use anyhow::Result;

/// One line of the table below.
struct Guest {
    name: &'static str,
    wasm: &'static [u8],
    /// The argument of `setup`, if there is one.
    setup: Option<i32>,
    /// The argument of `run`.
    arg: i32,
    expect: i64,
}

macro_rules! guests {
    ($($name:literal $setup:expr, $arg:expr => $expect:expr;)*) => {
        &[$(Guest {
            name: $name,
            wasm: include_bytes!(concat!("../../guests/wasm/", $name, ".wasm")),
            setup: $setup,
            arg: $arg,
            expect: $expect,
        }),*]
    };
}

const GUESTS: &[Guest] = guests! {
    // numeric
    "bigint" None, 1_500 => 5_923_395_976_641_086_004;
    "x25519" None, 50 => 2_428_429_416_720_277_369;
    "linalg" Some(48), 16 => -2_780_672_046_350_346_240;
    "fft" Some(4096), 60 => 1_386;
    "raytrace" None, 200 => 5_912_856_459_961_808_152;
    "gemm" None, 10 => 5_953_253_124_231_336_868;
    "gemm-simd" None, 10 => 5_953_253_124_231_336_868;
    "mandelbrot" None, 20 => -7_304_410_104_373_731_045;
    "mandelbrot-simd" None, 20 => -7_304_410_104_373_731_045;
    // strings
    "markdown" Some(60_000), 12 => 1_069_677_614_498_138_240;
    "search" Some(200_000), 8 => 3_082_098_768_368_252_928;
    "search-simd" Some(200_000), 8 => 3_082_098_768_368_252_928;
    "regex" Some(100_000), 5 => -3_083_738_036_545_548_275;
    "json" Some(400), 6 => -8_010_395_276_722_481_280;
    "base64" None, 200 => 8_236_284_480_957_433_730;
    "base64-simd" None, 200 => 8_236_284_480_957_433_730;
    "utf8" None, 150 => 9_031_912_247_214_683_463;
    "utf8-simd" None, 150 => 9_031_912_247_214_683_463;
    // hashing
    "sha256" Some(400_000), 8_000 => -8_475_514_149_920_404_693;
    "blake3" Some(200_000), 16 => 8_205_463_649_111_048_055;
    "blake3-simd" Some(200_000), 16 => 8_205_463_649_111_048_055;
    // compression
    "deflate" Some(150_000), 6 => 6_263_931_193_272_451_579;
    "lz4" Some(200_000), 5 => -8_634_951_104_475_938_438;
    "zstd" Some(900_000), 3 => 3_240_134_075_129_980_612;
    "qoi" Some(256), 10 => -40_670_818_301_125_568;
    // sorting, calls, tables, memory
    "sorting" Some(20_000), 5 => 6_465_815_739_105_371_809;
    "nqueens" None, 12 => -4_738_102_926_182_633_273;
    "bytecode" None, 40_000 => 4203;
    "dispatch" None, 20 => 8_096_371_486_886_513_176;
    "maps" Some(50_000), 2 => -2_459_083_179_222_632_608;
    "moves" None, 30 => -5_215_233_114_485_741_075;
    "image" None, 40 => -1_261_039_000_899_777_012;
    "image-simd" None, 40 => -1_261_039_000_899_777_012;
};

/// The module of the guest `name`.
pub(crate) fn find(name: &str) -> Option<&'static [u8]> {
    GUESTS.iter().find(|guest| guest.name == name).map(|guest| guest.wasm)
}

/// All guests without vector instructions, as sources of modules whose loading is measured.
pub(crate) fn modules() -> Vec<String> {
    let scalar = GUESTS.iter().filter(|guest| !guest.name.ends_with("-simd"));
    scalar.map(|guest| format!("guest:{}", guest.name)).collect()
}

/// The guests that are `wanted`.
pub(super) fn all(wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Case>> {
    let wanted = GUESTS.iter().filter(|guest| wanted(guest.name));
    wanted
        .map(|guest| {
            let script = Script::Call {
                setup: guest.setup,
                export: "run",
                args: vec![Value::I32(guest.arg)],
                expect: Value::I64(guest.expect),
                fresh: false,
            };
            Ok(Case {
                name: guest.name,
                group: "guests",
                program: Program::new(guest.wasm.to_vec())?,
                script,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_and_its_vector_twin_compute_the_same() {
        let twins: Vec<_> =
            GUESTS.iter().filter_map(|guest| Some((guest, guest.name.strip_suffix("-simd")?))).collect();
        assert!(!twins.is_empty());
        for (simd, name) in twins {
            let scalar = GUESTS.iter().find(|guest| guest.name == name).expect("a twin");
            let of = |guest: &Guest| (guest.setup, guest.arg, guest.expect);
            assert_eq!(of(simd), of(scalar), "{name}");
        }
    }

    #[test]
    fn names_are_unique_and_modules_small() {
        for guest in GUESTS {
            assert_eq!(GUESTS.iter().filter(|other| other.name == guest.name).count(), 1);
            assert!(guest.wasm.len() < 330_000, "{}", guest.name);
        }
    }
}
