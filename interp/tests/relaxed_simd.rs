//! `Config::relaxed_simd_deterministic`: which of the allowed results relaxed instructions have.

use fantail::{CompilationMode, Config, Engine, Instance, Module, Result, Store, V128};

const MODULE: &str = r#"(module
    (func (export "min") (param v128 v128) (result v128) (f32x4.relaxed_min (local.get 0) (local.get 1)))
    (func (export "trunc") (param v128 v128) (result v128) (i32x4.relaxed_trunc_f32x4_s (local.get 0)))
    (func (export "swizzle") (param v128 v128) (result v128)
        (i8x16.relaxed_swizzle (local.get 0) (local.get 1)))
    (func (export "madd") (param v128 v128) (result v128)
        (f32x4.relaxed_madd (local.get 0) (local.get 0) (local.get 1))))"#;

fn call(config: &Config, func: &str, a: V128, b: V128) -> Result<V128> {
    let engine = Engine::new(config)?;
    let module = Module::new(&engine, wat::parse_str(MODULE)?)?;
    let mut store = Store::new(&engine, ());
    let instance = Instance::new(&mut store, &module, &[])?;
    instance.get_typed_func::<(V128, V128), V128>(&mut store, func)?.call(&mut store, (a, b))
}

fn floats(lanes: [f32; 4]) -> V128 {
    let mut bytes = [0; 16];
    for (bytes, lane) in bytes.chunks_exact_mut(4).zip(lanes) {
        bytes.copy_from_slice(&lane.to_le_bytes());
    }
    V128::from(u128::from_le_bytes(bytes))
}

/// Operands for which the results differ, and the result that is the same everywhere.
fn cases() -> [(&'static str, V128, V128, V128); 4] {
    // The square of 1 + 2^-12 is 1 + 2^-11 + 2^-24, of which rounding twice loses the last term.
    let root = f32::from_bits(0x3f80_0800);
    [
        ("min", floats([-0.0; 4]), floats([0.0; 4]), floats([-0.0; 4])),
        ("trunc", floats([3e9; 4]), floats([0.0; 4]), V128::from(0x7fff_ffff_7fff_ffff_7fff_ffff_7fff_ffff)),
        ("swizzle", V128::from(u128::MAX), V128::from(0x10), V128::from(u128::MAX << 8)),
        ("madd", floats([root; 4]), floats([-root * root; 4]), floats([0.0; 4])),
    ]
}

#[test]
fn results_are_the_same_everywhere_by_default() -> Result<()> {
    for (func, a, b, expected) in cases() {
        assert_eq!(call(&Config::new(), func, a, b)?, expected, "{func}");
        assert_eq!(call(Config::new().relaxed_simd_deterministic(true), func, a, b)?, expected, "{func}");
    }
    Ok(())
}

#[test]
#[cfg(target_arch = "x86_64")]
fn results_may_be_those_of_the_machine() -> Result<()> {
    let has_fma = is_x86_feature_detected!("fma");
    for (func, a, b, deterministic) in cases() {
        let expected = match func {
            "min" => floats([0.0; 4]),
            "trunc" => V128::from(0x8000_0000_8000_0000_8000_0000_8000_0000),
            "swizzle" if has_fma => V128::from(u128::MAX),
            "madd" if has_fma => floats([2f32.powi(-24); 4]),
            _ => deterministic,
        };
        for mode in [CompilationMode::Eager, CompilationMode::LazyTranslation, CompilationMode::Lazy] {
            let mut config = Config::new();
            config.relaxed_simd_deterministic(false).compilation_mode(mode);
            assert_eq!(call(&config, func, a, b)?, expected, "{func}");
        }
    }
    Ok(())
}
