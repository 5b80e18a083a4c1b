//! `fantail inspect`: what is in a module, as tables; or its register code.
//!
//! The module is only decoded and validated here: one that the engine cannot execute yet can be looked at all the same.

mod ir;
mod sections;
mod table;

use crate::args::InspectArgs;
use crate::input;
use crate::outcome::{End, Outcome};
use crate::terminal::{HEADING, Terminal, print};
use core::fmt::{Display, Write as _};
use fantail_core::Features;
use fantail_core::module::{ExternIdx, ExternType, Module};
use fantail_core::types::{FuncType, GlobalType, Limits, MemoryType, TableType, TypeStore, ValType};
use table::Table;

pub(crate) fn inspect(args: &InspectArgs) -> Outcome {
    let bytes = input::read(&args.file)?;
    let bad = |error: &dyn Display| End::input(format!("{}: {error}", args.file.display()));
    let module =
        Module::parse(&bytes, &Features::all(), &mut TypeStore::new()).map_err(|error| bad(&error))?;
    match &args.ir {
        Some(function) => {
            let functions = ir::select(&module, &bytes, function.as_deref()).map_err(|error| bad(&error))?;
            print(ir::print(&module, &bytes, functions).map_err(|error| bad(&error))?);
        }
        None => {
            let sections = sections::table(&module, &bytes).map_err(|error| bad(&error))?;
            let tables =
                [("Sections", sections), ("Imports", imports(&module)), ("Exports", exports(&module))];
            let terminal = Terminal::stdout();
            let texts = tables.map(|(title, table)| {
                format!("{}\n{}", terminal.paint(HEADING, title), table.text(terminal))
            });
            print(texts.join("\n"));
        }
    }
    Ok(())
}

fn imports(module: &Module) -> Table {
    let mut table = Table::new(["module", "name", "type"]);
    for import in &module.imports {
        let ty = match import.ty {
            ExternType::Func(ty) => func_text(module.func_type_at(ty)),
            ExternType::Table(ty) => table_text(&ty),
            ExternType::Memory(ty) => memory_text(&ty),
            ExternType::Global(ty) => global_text(ty),
            ExternType::Tag(ty) => format!("tag{}", params_text(module.func_type_at(ty))),
        };
        table.row([import.module.clone(), import.name.clone(), ty]);
    }
    table
}

fn exports(module: &Module) -> Table {
    let mut table = Table::new(["name", "index", "type"]);
    for export in &module.exports {
        let (index, ty) = match export.index {
            ExternIdx::Func(index) => (index.0, func_text(module.func_type(index))),
            ExternIdx::Table(index) => (index.0, table_text(&module.tables[index.index()].ty)),
            ExternIdx::Memory(index) => (index.0, memory_text(&module.memories[index.index()])),
            ExternIdx::Global(index) => (index.0, global_text(module.globals[index.index()].ty)),
            ExternIdx::Tag(index) => {
                let ty = module.func_type_at(module.tags[index.index()]);
                (index.0, format!("tag{}", params_text(ty)))
            }
        };
        table.row([export.name.clone(), index.to_string(), ty]);
    }
    table
}

fn func_text(ty: &FuncType) -> String {
    format!("func{}{}", params_text(ty), types_text("result", ty.results()))
}

fn params_text(ty: &FuncType) -> String {
    types_text("param", ty.params())
}

fn types_text(what: &str, types: &[ValType]) -> String {
    let mut text = String::new();
    if !types.is_empty() {
        // Writing to a string cannot fail.
        let _ = write!(text, " ({what}");
        for ty in types {
            let _ = write!(text, " {ty}");
        }
        text.push(')');
    }
    text
}

fn limits_text(limits: &Limits) -> String {
    let mut text = String::from(if limits.is64 { " i64" } else { "" });
    let _ = write!(text, " {}", limits.min);
    if let Some(max) = limits.max {
        let _ = write!(text, " {max}");
    }
    text
}

fn table_text(ty: &TableType) -> String {
    format!("table{} {}", limits_text(&ty.limits), ty.element)
}

fn memory_text(ty: &MemoryType) -> String {
    let mut text = format!("memory{}", limits_text(&ty.limits));
    if ty.shared {
        text.push_str(" shared");
    }
    if ty.page_size_log2 != 16 {
        let _ = write!(text, " (pagesize {})", 1_u64 << ty.page_size_log2);
    }
    text
}

fn global_text(ty: GlobalType) -> String {
    match ty.mutable {
        true => format!("global (mut {})", ty.content),
        false => format!("global {}", ty.content),
    }
}
