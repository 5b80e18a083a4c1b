//! The sections of a module, in their order in the file.
//!
//! Spec: WebAssembly 3.0, section 5.5.2 "Sections".

use super::table::Table;
use fantail_core::Error;
use fantail_core::module::{Module, Reader};

/// The names of sections, by their id.
const NAMES: [&str; 14] = [
    "custom",
    "type",
    "import",
    "function",
    "table",
    "memory",
    "global",
    "export",
    "start",
    "element",
    "code",
    "data",
    "data count",
    "tag",
];

/// Magic number and version.
const HEADER: usize = 8;

/// The sections of `module`, whose bytes are `bytes`.
pub(super) fn table(module: &Module, bytes: &[u8]) -> Result<Table, Error> {
    let mut table = Table::new(["section", "offset", "bytes", "holds"]);
    let mut reader = Reader::new(bytes, HEADER..bytes.len());
    while !reader.is_empty() {
        let id = reader.u8()?;
        let size = reader.u32()?;
        let start = reader.offset();
        reader.bytes(size.try_into().unwrap_or(usize::MAX))?;
        let mut contents = Reader::new(bytes, start..reader.offset());
        let name = NAMES.get(usize::from(id)).copied().unwrap_or("unknown");
        let holds = match name {
            "custom" => format!("{:?}", contents.name()?),
            "start" => format!("function {}", contents.u32()?),
            "type" => count(module.types.len(), "type"),
            "function" => count(module.bodies.len(), "function"),
            _ => count(usize::try_from(contents.u32()?).unwrap_or(usize::MAX), "entry"),
        };
        table.row([name.to_owned(), format!("{start:#x}"), size.to_string(), holds]);
    }
    Ok(table)
}

fn count(number: usize, what: &str) -> String {
    match (number, what.strip_suffix('y')) {
        (1, _) => format!("1 {what}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {what}s"),
    }
}
