//! Standard streams: inherited from the host's process, in memory, or the embedder's own.

use std::io::{self, IsTerminal, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Arc, Mutex, PoisonError};

/// What a guest can read from: [`std::io::Empty`], [`MemoryInputPipe`], or the embedder's own.
///
/// ```
/// use fantail_wasi::{InputStream, WasiCtxBuilder};
/// use std::io::{self, Read};
///
/// /// So many lines that say yes.
/// struct Yes(usize);
///
/// impl Read for Yes {
///     fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
///         let size = if self.0 == 0 || buffer.len() < 4 { 0 } else { 4 };
///         buffer[..size].copy_from_slice(&b"yes\n"[..size]);
///         self.0 = self.0.saturating_sub(1);
///         Ok(size)
///     }
/// }
///
/// impl InputStream for Yes {}
///
/// let ctx = WasiCtxBuilder::new().stdin(Yes(3)).build();
/// assert_eq!(io::read_to_string(Yes(2))?, "yes\nyes\n");
/// # Ok::<(), io::Error>(())
/// ```
pub trait InputStream: Read + Send {
    /// Whether a user sits at the other end.
    fn is_terminal(&self) -> bool {
        false
    }

    /// What to wait on until there is something to read; `None` when reading never waits.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

/// What a guest can write to: [`std::io::Stdout`], [`std::io::Stderr`], [`std::io::Sink`], [`MemoryOutputPipe`], or the
/// embedder's own. It is flushed after every `fd_write`.
///
/// ```
/// use fantail_wasi::{OutputStream, WasiCtxBuilder};
/// use std::io::{self, Write};
/// use std::sync::mpsc::{Sender, channel};
///
/// /// Sends what a guest prints to another thread.
/// struct Forward(Sender<Vec<u8>>);
///
/// impl Write for Forward {
///     fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
///         self.0.send(bytes.to_vec()).map_err(|_| io::ErrorKind::BrokenPipe)?;
///         Ok(bytes.len())
///     }
///
///     fn flush(&mut self) -> io::Result<()> {
///         Ok(())
///     }
/// }
///
/// impl OutputStream for Forward {}
///
/// let (sender, receiver) = channel();
/// Forward(sender.clone()).write_all(b"hello")?;
/// assert_eq!(receiver.recv().as_deref(), Ok(&b"hello"[..]));
/// let ctx = WasiCtxBuilder::new().stdout(Forward(sender)).build();
/// # Ok::<(), io::Error>(())
/// ```
pub trait OutputStream: Write + Send {
    /// Whether a user sits at the other end.
    fn is_terminal(&self) -> bool {
        false
    }

    /// What to wait on until it can be written to; `None` when writing never waits.
    fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

macro_rules! inherited {
    ($($stream:ty: $role:ident,)*) => {$(
        impl $role for $stream {
            fn is_terminal(&self) -> bool {
                self.as_fd().is_terminal()
            }

            fn poll_fd(&self) -> Option<BorrowedFd<'_>> {
                Some(self.as_fd())
            }
        }
    )*};
}

inherited! {
    HostStdin: InputStream,
    io::Stdout: OutputStream,
    io::Stderr: OutputStream,
}

/// The standard input of the host's process, without a buffer: `poll_oneoff` could not see what lies in one.
pub(crate) struct HostStdin;

impl AsFd for HostStdin {
    fn as_fd(&self) -> BorrowedFd<'_> {
        rustix::stdio::stdin()
    }
}

impl Read for HostStdin {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&*self, buf)?)
    }
}

impl InputStream for io::Empty {}

impl OutputStream for io::Sink {}

/// Input that lies in memory. Clones share what is left of it.
///
/// ```
/// use fantail_wasi::{MemoryInputPipe, WasiCtxBuilder};
///
/// let ctx = WasiCtxBuilder::new().stdin(MemoryInputPipe::new("first line\n")).build();
/// ```
#[derive(Clone, Debug)]
pub struct MemoryInputPipe(Arc<Mutex<io::Cursor<Vec<u8>>>>);

impl MemoryInputPipe {
    /// A stream that gives `bytes` and then ends.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Arc::new(Mutex::new(io::Cursor::new(bytes.into()))))
    }
}

impl Read for MemoryInputPipe {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).read(buf)
    }
}

impl InputStream for MemoryInputPipe {}

/// Output that is kept in memory up to a capacity; what exceeds it is refused. Clones share the contents.
///
/// ```
/// use fantail_wasi::{MemoryOutputPipe, WasiCtxBuilder};
///
/// let stdout = MemoryOutputPipe::new(64 * 1024);
/// let ctx = WasiCtxBuilder::new().stdout(stdout.clone()).build();
/// // … run the guest …
/// assert!(stdout.contents().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct MemoryOutputPipe {
    contents: Arc<Mutex<Vec<u8>>>,
    capacity: usize,
}

impl MemoryOutputPipe {
    /// A stream that keeps up to `capacity` bytes.
    pub fn new(capacity: usize) -> Self {
        Self { contents: Arc::default(), capacity }
    }

    /// What has been written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for MemoryOutputPipe {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let mut contents = self.contents.lock().unwrap_or_else(PoisonError::into_inner);
        let room = self.capacity.saturating_sub(contents.len());
        if room == 0 && !buf.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = &buf[..buf.len().min(room)];
        contents.extend_from_slice(written);
        Ok(written.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl OutputStream for MemoryOutputPipe {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pipe_refuses_more() {
        let mut pipe = MemoryOutputPipe::new(3);
        assert_eq!(pipe.write(b"ab").expect("there is room"), 2);
        assert_eq!(pipe.write(b"cd").expect("there is room for one"), 1);
        assert_eq!(pipe.write(b"d").expect_err("it is full").kind(), io::ErrorKind::StorageFull);
        assert_eq!(pipe.contents(), b"abc");
    }
}
