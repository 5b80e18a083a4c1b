use super::*;
use crate::error::ErrorKind;
use crate::features::Features;
use crate::ir::compact::parts;
use crate::module::Module;
use crate::translate::Metering;
use crate::types::TypeStore;
use alloc::format;
use alloc::vec::Vec;
use core::ops::Range;

const GUEST: &str = r#"(module
    (import "host" "f" (func $f (param i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 8) "hello")
    (table 4 funcref) (elem (i32.const 1) $f $fib)
    (global (mut i64) (i64.const -7))
    (func $fib (export "fib") (param i32) (result i32)
        (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
            (then (local.get 0))
            (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                           (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (param i32) (result i32)
        (call_indirect (param i32) (result i32) (local.get 0) (i32.const 2)))
    (func (param i32) (result i32)
        (block (block (br_table 0 1 (local.get 0))) (return (i32.load (local.get 0)))) (i32.const 3)))"#;

fn image_of(text: &str) -> Result<Vec<u8>, crate::Error> {
    let bytes = wat::parse_str(text).expect("is well-formed");
    let mut store = TypeStore::new();
    let module = Module::parse(&bytes, &Features::all(), &mut store)?;
    write(&module, &bytes, &mut store, Metering::default())
}

fn read_all(image: &[u8]) -> Result<Image, crate::Error> {
    let words: Vec<u64> =
        image.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap())).collect();
    let read = read(image, &mut TypeStore::new())?;
    #[cfg(feature = "verify")]
    read.verify(|range: Range<usize>| &words[range.start / 8..range.end / 8])?;
    Ok(read)
}

/// Lets the checksum be right, so that what lies behind it is looked at.
fn sign(image: &mut [u8]) {
    let sum = checksum(&image[24..]);
    image[16..20].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn what_is_written_is_read() {
    let image = image_of(GUEST).unwrap();
    let Image { module, functions, .. } = read_all(&image).unwrap();
    assert_eq!((module.funcs.len(), module.imported_funcs, functions.len()), (4, 1, 3));
    assert_eq!(module.exports[1].name, "fib");
    assert_eq!(&image[module.data[0].bytes.clone()], b"hello");
    assert_eq!(module.imports[0].module, "host");
}

#[test]
fn a_flipped_bit_is_found() {
    let image = image_of(GUEST).unwrap();
    for bit in 0..image.len() * 8 {
        let mut image = image.clone();
        image[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&image, &mut TypeStore::new()).is_err(), "bit {bit}");
    }
}

#[test]
fn what_is_cut_off_is_found() {
    let image = image_of(GUEST).unwrap();
    for len in 0..image.len() {
        assert!(read(&image[..len], &mut TypeStore::new()).is_err(), "{len} bytes");
    }
}

#[test]
fn another_version_is_refused() {
    let mut image = image_of(GUEST).unwrap();
    image[8] ^= 1;
    sign(&mut image);
    let error = read(&image, &mut TypeStore::new()).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Unsupported, "an image of another version"));
}

#[test]
fn a_damaged_image_with_the_right_checksum_is_judged_without_a_panic() {
    let image = image_of(GUEST).unwrap();
    for at in 24..image.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut image = image.clone();
            image[at] ^= change;
            sign(&mut image);
            let _ = read_all(&image);
        }
    }
}

#[test]
fn records_that_do_not_fit_are_found() {
    let mut image = image_of("(module (func (param i64 i64)))").unwrap();
    let read = read_all(&image).unwrap();
    let code = read.functions[0].range.start;
    // A `return` whose record would be in the parameters.
    image[code + 8] = 1;
    sign(&mut image);
    assert!(read_all(&image).is_err());
}

#[test]
fn what_an_image_cannot_hold_is_refused() {
    for (text, what) in [
        ("(module (tag))", "tags"),
        ("(module (type (struct)))", "types of objects"),
        ("(module (memory 1 1 shared))", "shared memories"),
        ("(module (global externref (ref.null extern)))", "references other than funcref"),
        ("(module (rec (type (func)) (type (func (param i32)))))", "recursive types or subtypes"),
        ("(module (func (try_table (catch_all 0) (unreachable))))", "handlers of exceptions"),
    ] {
        let error = image_of(text).expect_err(text);
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::Unsupported, &*format!("an image cannot hold {what}"))
        );
    }
}

#[test]
fn an_image_says_what_its_code_needs() {
    let parts_of = |text| u32::from_le_bytes(image_of(text).unwrap()[24..28].try_into().unwrap()) >> PARTS;
    assert_eq!(parts_of(GUEST), 0);
    assert_eq!(parts_of("(module (func (result f64) (f64.sqrt (f64.const 2))))"), parts::FLOATS);
    assert_eq!(parts_of("(module (func (drop (v128.not (v128.const i64x2 0 0)))))"), parts::SIMD);
}

#[test]
fn an_image_that_needs_what_no_build_has_is_refused() {
    let mut image = image_of(GUEST).unwrap();
    image[27] |= 0x80;
    sign(&mut image);
    let error = read(&image, &mut TypeStore::new()).unwrap_err();
    assert_eq!(
        (error.kind(), error.message()),
        (ErrorKind::Unsupported, "code that this build cannot execute")
    );
}

#[test]
fn what_is_wrong_with_the_head_of_an_image_is_told() {
    let good = image_of(GUEST).unwrap();
    let changed = |at: usize| {
        let mut image = good.clone();
        image[at] ^= 1;
        image
    };
    // Where code begins has to be a multiple of 8.
    let (mut odd, shorter) = (changed(28), &good[..good.len() - 8]);
    sign(&mut odd);
    for (image, message) in [
        (&[][..], "not an image"),
        (b"\0asm\x01\0\0\0", "not an image"),
        (&changed(8), "an image of another version"),
        (shorter, "an image of another length"),
        (&changed(24), "a damaged image: its checksum is another one"),
        (&odd, "a malformed image"),
    ] {
        assert_eq!(read(image, &mut TypeStore::new()).unwrap_err().message(), message);
    }
}
