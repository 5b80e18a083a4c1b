//! Assembles the guests, and tells the linker about the board's memory.

use fantail_core::features::Features;
use fantail_core::image;
use fantail_core::module::Module;
use fantail_core::translate::Metering;
use fantail_core::types::TypeStore;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=guests");
    println!("cargo::rerun-if-env-changed=FIRMWARE_BOARD");
    for entry in fs::read_dir("guests").expect("the guests are there") {
        let path = entry.expect("can be listed").path();
        let binary = wat::parse_file(&path).expect("a guest in the text format");
        let output = out.join(Path::new(path.file_name().expect("a file")));
        fs::write(output.with_extension("image"), prepare(&binary)).expect("can be written");
        fs::write(output.with_extension("wasm"), binary).expect("can be written");
    }
    let board = env::var("FIRMWARE_BOARD").unwrap_or_else(|_| "mps2-an386".into());
    fs::write(out.join("memory.x"), memory(&board)).expect("can be written");
    // Names of interrupts; all have the same handler.
    fs::write(out.join("device.x"), "").expect("can be written");
    println!("cargo::rustc-link-search={}", out.display());
}

/// The image of a module, as `fantail compile --fuel` makes it.
fn prepare(binary: &[u8]) -> Vec<u8> {
    let mut types = TypeStore::new();
    let module = Module::parse(binary, &Features::all(), &mut types).expect("a valid guest");
    let metering = Metering { fuel: true, epochs: false };
    image::write(&module, binary, &mut types, metering).expect("a guest for an image")
}

/// The memory map of `board`, in the linker's language.
fn memory(board: &str) -> String {
    let arm = |flash: &str, flash_len: &str, ram: &str, ram_len: &str| {
        format!(
            "MEMORY {{ FLASH : ORIGIN = {flash}, LENGTH = {flash_len}\n RAM : ORIGIN = {ram}, LENGTH = {ram_len} }}\n"
        )
    };
    match board {
        "microbit" => arm("0x00000000", "256K", "0x20000000", "16K"),
        "lm3s6965evb" => arm("0x00000000", "256K", "0x20000000", "64K"),
        "mps2-an385" | "mps2-an386" => arm("0x00000000", "4M", "0x20000000", "4M"),
        "mps2-an505" => arm("0x10000000", "4M", "0x38000000", "4M"),
        "virt" => {
            let regions = ["TEXT", "RODATA", "DATA", "BSS", "HEAP", "STACK"];
            let aliases: String =
                regions.iter().map(|region| format!("REGION_ALIAS(\"REGION_{region}\", RAM);\n")).collect();
            format!("MEMORY {{ RAM : ORIGIN = 0x80000000, LENGTH = 8M }}\n{aliases}")
        }
        other => panic!("no board is called {other}"),
    }
}
