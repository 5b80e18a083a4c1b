//! Arguments, environment and the program's end.

use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::{I32Exit, WasiCtx};

impl WasiCtx {
    pub(crate) fn args_get(&mut self, memory: &mut GuestMemory<'_>, argv: u32, argv_buf: u32) -> Result {
        write_strings(memory, &self.args, argv, argv_buf)
    }

    pub(crate) fn args_sizes_get(&mut self, memory: &mut GuestMemory<'_>, count: u32, size: u32) -> Result {
        write_sizes(memory, &self.args, count, size)
    }

    pub(crate) fn environ_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        environ: u32,
        environ_buf: u32,
    ) -> Result {
        write_strings(memory, &self.env, environ, environ_buf)
    }

    pub(crate) fn environ_sizes_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        count: u32,
        size: u32,
    ) -> Result {
        write_sizes(memory, &self.env, count, size)
    }

    /// Does what a signal does to a program that has not asked for it: most end it, as a shell reports it.
    pub(crate) fn proc_raise(&mut self, _: &mut GuestMemory<'_>, signal: u32) -> fantail::Result<Result> {
        const CHLD: u32 = 16;
        const CONT: u32 = 17;
        const STOP: u32 = 18;
        const TTOU: u32 = 21;
        const URG: u32 = 22;
        const WINCH: u32 = 27;
        const SYS: u32 = 30;
        match signal {
            0 | CHLD | CONT | URG | WINCH => Ok(Ok(())),
            STOP..=TTOU => Ok(Err(Errno::Notsup)),
            _ if signal > SYS => Ok(Err(Errno::Inval)),
            _ => Err(I32Exit(128 + signal.cast_signed()).into()),
        }
    }

    pub(crate) fn sched_yield(&mut self, _: &mut GuestMemory<'_>) -> Result {
        std::thread::yield_now();
        Ok(())
    }
}

/// Writes each string with a final zero to `buffer`, and its address to `pointers`.
fn write_strings(memory: &mut GuestMemory<'_>, strings: &[String], pointers: u32, buffer: u32) -> Result {
    let (mut pointer, mut address) = (pointers, buffer);
    for string in strings {
        memory.write(pointer, &address)?;
        memory.copy(address, string.as_bytes())?;
        let end = address.checked_add(u32::try_from(string.len())?).ok_or(Errno::Fault)?;
        memory.write(end, &0_u8)?;
        address = end.checked_add(1).ok_or(Errno::Fault)?;
        pointer = pointer.checked_add(4).ok_or(Errno::Fault)?;
    }
    Ok(())
}

fn write_sizes(memory: &mut GuestMemory<'_>, strings: &[String], count: u32, size: u32) -> Result {
    let bytes: usize = strings.iter().map(|string| string.len() + 1).sum();
    memory.write(count, &u32::try_from(strings.len())?)?;
    memory.write(size, &u32::try_from(bytes)?)
}
