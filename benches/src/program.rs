//! A WebAssembly module as the instrument handles it: its bytes, and the functions that it wants from its host.
//!
//! The imports are read once, before any clock starts, so that every VM can be given host functions without
//! being asked what it would import.

use anyhow::{Context, Result, bail};
use wasmparser::{CompositeInnerType, Parser, Payload, TypeRef};

/// A module in the binary format together with its function imports.
pub(crate) struct Program {
    pub(crate) bytes: Vec<u8>,
    pub(crate) imports: Vec<FuncImport>,
}

/// One imported function.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct FuncImport {
    pub(crate) module: String,
    pub(crate) name: String,
    pub(crate) params: Vec<NumType>,
    pub(crate) results: Vec<NumType>,
}

/// The number types, which are all that the imports of benchmark programs use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumType {
    I32,
    I64,
    F32,
    F64,
}

impl Program {
    /// Reads the imports of `bytes`.
    ///
    /// # Errors
    ///
    /// When the module is malformed, or imports anything but functions over number types.
    pub(crate) fn new(bytes: Vec<u8>) -> Result<Self> {
        let mut types = Vec::new();
        let mut imports: Vec<FuncImport> = Vec::new();
        for payload in Parser::new(0).parse_all(&bytes) {
            match payload? {
                Payload::TypeSection(section) => {
                    for group in section {
                        types.extend(group?.into_types().map(|ty| match ty.composite_type.inner {
                            CompositeInnerType::Func(func) => Some(func),
                            _ => None,
                        }));
                    }
                }
                Payload::ImportSection(section) => {
                    for import in section.into_imports() {
                        let import = import?;
                        let TypeRef::Func(index) = import.ty else {
                            bail!("import {}.{} is not a function", import.module, import.name);
                        };
                        let ty = usize::try_from(index)
                            .ok()
                            .and_then(|index| types.get(index)?.as_ref())
                            .with_context(|| format!("unknown type {index}"))?;
                        let import = FuncImport {
                            module: import.module.to_owned(),
                            name: import.name.to_owned(),
                            params: num_types(ty.params())?,
                            results: num_types(ty.results())?,
                        };
                        // Some programs import the same function several times; a host defines it once.
                        if !imports.contains(&import) {
                            imports.push(import);
                        }
                    }
                }
                Payload::CodeSectionStart { .. } => break,
                _ => {}
            }
        }
        Ok(Program { bytes, imports })
    }
}

fn num_types(types: &[wasmparser::ValType]) -> Result<Vec<NumType>> {
    types
        .iter()
        .map(|ty| match ty {
            wasmparser::ValType::I32 => Ok(NumType::I32),
            wasmparser::ValType::I64 => Ok(NumType::I64),
            wasmparser::ValType::F32 => Ok(NumType::F32),
            wasmparser::ValType::F64 => Ok(NumType::F64),
            other => bail!("an imported function uses {other}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn function_imports_are_listed_once_with_their_types() {
        let text = r#"(module (type (struct)) (type $t (func (param i32 f64) (result i64)))
            (import "a" "b" (func (type $t))) (import "c" "d" (func)) (import "a" "b" (func (type $t))))"#;
        let program = Program::new(wat::parse_str(text).unwrap()).unwrap();
        let [first, second] = &program.imports[..] else { panic!("two imports") };
        assert_eq!((first.module.as_str(), first.name.as_str()), ("a", "b"));
        assert_eq!(first.params, [NumType::I32, NumType::F64]);
        assert_eq!(first.results, [NumType::I64]);
        assert!(second.params.is_empty() && second.results.is_empty());
    }

    #[test]
    fn an_imported_memory_is_refused() {
        let bytes = wat::parse_str(r#"(module (import "a" "m" (memory 1)))"#).unwrap();
        assert!(Program::new(bytes).is_err());
    }
}
