//! The register code of small modules, as text beside their source: `NAME.wat` and `NAME.ir`.
//!
//! A module whose text begins with `;; metered` is translated with all metering.
//!
//! `BLESS=1 cargo test -p fantail-core --test golden` writes the `.ir` files anew.

use fantail_core::features::Features;
use fantail_core::ir::Disassembly;
use fantail_core::ir::verify::{Bounds, verify, verify_handlers};
use fantail_core::module::Module;
use fantail_core::translate::{Metering, Translator};
use fantail_core::types::{FuncIdx, TypeStore};
use std::fmt::Write;
use std::{env, fs, path::Path};

fn disassemble(bytes: &[u8], metered: bool) -> String {
    let module = Module::parse(bytes, &Features::all(), &mut TypeStore::new()).expect("the module is valid");
    let mut translator = Translator::metered(Metering { fuel: metered, epochs: metered });
    let mut text = String::new();
    for func in (module.imported_funcs..module.funcs.len() as u32).map(FuncIdx) {
        let code = translator.translate(&module, bytes, func).expect("the function is translated").to_vec();
        let cells = translator.frame_cells();
        let bounds = Bounds::new(&module, cells);
        verify(&code, &bounds).expect("the code passes the verifier");
        verify_handlers(translator.handlers(), &code, &bounds).expect("the handlers pass the verifier");
        write!(text, "func {func}, {cells} cells\n{}", Disassembly(&code)).expect("strings take all text");
        for handler in translator.handlers() {
            writeln!(text, "       {handler}").expect("strings take all text");
        }
    }
    text
}

#[test]
fn code_is_as_the_golden_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut differing = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the folder is there") {
        let source = entry.expect("its entries can be read").path();
        if source.extension().is_none_or(|extension| extension != "wat") {
            continue;
        }
        let module = fs::read_to_string(&source).expect("the file can be read");
        let bytes = wat::parse_str(&module).expect("the text is well-formed");
        let text = disassemble(&bytes, module.starts_with(";; metered"));
        let golden = source.with_extension("ir");
        if env::var_os("BLESS").is_some() {
            fs::write(&golden, text).expect("the file can be written");
        } else if fs::read_to_string(&golden).unwrap_or_default() != text {
            differing.push(format!("{}:\n{text}", golden.display()));
        }
        count += 1;
    }
    assert!(count > 0, "no golden files in {}", folder.display());
    assert!(differing.is_empty(), "BLESS=1 accepts these:\n{}", differing.join("\n"));
}
