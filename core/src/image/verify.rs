//! Looking through the code of an image, op by op, before it is executed.

use super::read::{Image, Result, broken};
use crate::error::Error;
use crate::ir::compact::CompactOps;
use crate::ir::verify::{Bounds, Callees, FaultKind, verify_compact};
use crate::ir::{Family, Field};
use crate::translate::{COMPACT_FRAME_MARGIN, record_of};
use crate::types::FuncIdx;
use core::ops::Range;

impl Image {
    /// Verifies the code of the functions; `words` gives the words of a range of the image.
    ///
    /// # Errors
    /// When the code of one cannot be trusted, or uses an op that this build leaves out; when memory is short.
    pub fn verify<'w>(&self, words: impl Fn(Range<usize>) -> &'w [u64]) -> Result<()> {
        let module = &self.module;
        for (func, function) in (module.imported_funcs..).map(FuncIdx).zip(&self.functions) {
            let bounds = Bounds::new(module, function.cells);
            let callees = Callees {
                own: record_of(module.func_type(func)),
                of_func: &|func| record_of(module.func_type(func)),
                of_type: &|ty| record_of(module.func_type_at(ty)),
            };
            let code = words(function.range.clone());
            if function.cells as usize > COMPACT_FRAME_MARGIN {
                let check = CompactOps::new(code).next().and_then(|op| op.ok());
                if check.is_none_or(|op| {
                    op.family() != Family::CheckStack || op.field(Field::B) < function.cells.into()
                }) {
                    return broken("an image with a large frame that is not checked");
                }
            }
            verify_compact(code, &bounds, &callees).map_err(|fault| {
                if fault.kind == FaultKind::OutOfMemory {
                    return Error::out_of_memory();
                }
                Error::unsupported("code that this build cannot execute")
                    .at(function.range.start)
                    .in_func(func, None)
            })?;
        }
        Ok(())
    }
}
