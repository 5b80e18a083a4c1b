//! Sockets: connections that the embedder gave, and what its listening sockets accept.

use crate::WasiCtx;
use crate::errno::{Errno, Result};
use crate::fd::{Regions, gather, read, scatter, write};
use crate::guest::GuestMemory;
use crate::table::{Descriptor, FdTable, Kind};
use crate::types::{Fdflags, ROFLAGS_NONE, Riflags, Rights, Sdflags, flags};
use rustix::event::PollFlags;
use rustix::net::RecvFlags;
use std::io;
use std::net::{Shutdown, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

impl WasiCtx {
    pub(crate) fn sock_accept(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        fdflags: u32,
        connection: u32,
    ) -> Result {
        let fdflags = flags::<Fdflags>(fdflags)?;
        if !Fdflags::NONBLOCK.contains(fdflags) {
            return Err(Errno::Inval);
        }
        memory.check(connection, 4)?;
        let Self { fds, turn, .. } = self;
        let descriptor = fds.get(fd)?;
        let Kind::Listener(listener) = &descriptor.kind else {
            return Err(Errno::Notsock);
        };
        descriptor.check(Rights::SOCK_ACCEPT)?;
        if !descriptor.flags.contains(Fdflags::NONBLOCK) {
            turn.wait_for(listener.as_fd(), PollFlags::IN)?;
        }
        let (stream, _) = listener.accept()?;
        stream.set_nonblocking(fdflags.contains(Fdflags::NONBLOCK))?;
        let mut accepted = Descriptor::new(Kind::Socket(stream), descriptor.inheriting, Rights::empty());
        accepted.flags = fdflags;
        memory.write(connection, &fds.insert(accepted)?)
    }

    #[expect(clippy::too_many_arguments, reason = "they are the specification's")]
    pub(crate) fn sock_recv(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        data: u32,
        data_len: u32,
        riflags: u32,
        received: u32,
        roflags: u32,
    ) -> Result {
        let riflags = flags::<Riflags>(riflags)?;
        let Self { fds, turn, .. } = self;
        let socket = socket(fds, fd, Rights::FD_READ)?;
        turn.finish(memory, socket.as_fd(), move |memory, host| {
            let count = if riflags.contains(Riflags::PEEK) {
                scatter(memory, data, data_len, Regions::First, |buf| {
                    Ok(rustix::net::recv(host, buf, RecvFlags::PEEK)?.0)
                })?
            } else if riflags.contains(Riflags::WAITALL) {
                scatter(memory, data, data_len, Regions::All, |buf| read_all(host, buf))?
            } else {
                scatter(memory, data, data_len, Regions::First, |buf| read(host, buf))?
            };
            memory.write(received, &count)?;
            memory.write(roflags, &ROFLAGS_NONE)
        })
    }

    pub(crate) fn sock_send(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        data: u32,
        data_len: u32,
        siflags: u32,
        sent: u32,
    ) -> Result {
        let Self { fds, turn, .. } = self;
        let socket = socket(fds, fd, Rights::FD_WRITE)?;
        // No flag is defined.
        if siflags != 0 {
            return Err(Errno::Inval);
        }
        turn.finish(memory, socket.as_fd(), move |memory, host| {
            let count = gather(memory, data, data_len, usize::MAX, |slices| write(host, slices))?;
            memory.write(sent, &count)
        })
    }

    pub(crate) fn sock_shutdown(&mut self, _: &mut GuestMemory<'_>, fd: u32, how: u32) -> Result {
        let socket = socket(&self.fds, fd, Rights::SOCK_SHUTDOWN)?;
        let how = flags::<Sdflags>(how)?;
        let how = match (how.contains(Sdflags::RD), how.contains(Sdflags::WR)) {
            (true, true) => Shutdown::Both,
            (true, false) => Shutdown::Read,
            (false, true) => Shutdown::Write,
            (false, false) => return Err(Errno::Inval),
        };
        Ok(socket.shutdown(how)?)
    }
}

/// The connection behind `fd`, with which `rights` are needed.
fn socket(fds: &FdTable, fd: u32, rights: Rights) -> Result<&TcpStream> {
    let descriptor = fds.get(fd)?;
    let Kind::Socket(socket) = &descriptor.kind else {
        return Err(Errno::Notsock);
    };
    descriptor.check(rights).map(|()| socket)
}

/// Reads until `buf` is full or the connection ends.
fn read_all(host: BorrowedFd<'_>, buf: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buf.len() {
        match read(host, &mut buf[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if filled > 0 => break,
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WasiCtxBuilder;
    use crate::types::Iovec;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_connection_is_accepted_received_from_and_sent_to() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let mut ctx = WasiCtxBuilder::new().preopened_listener(listener).build();
        let mut peer = TcpStream::connect(address).expect("it listens");
        peer.write_all(b"question").expect("it is connected");

        let mut bytes = vec![0; 1024];
        let mut memory = GuestMemory::new(&mut bytes);
        ctx.sock_accept(&mut memory, 3, 0, 0).expect("there is one");
        let connection: u32 = memory.read(0).expect("it was written");
        memory.write(100, &Iovec { buf: 200, len: 3 }).expect("it fits");
        memory.write(108, &Iovec { buf: 300, len: 5 }).expect("it fits");
        ctx.sock_recv(&mut memory, connection, 100, 1, u32::from(Riflags::PEEK.bits()), 8, 12)
            .expect("it came");
        ctx.sock_recv(&mut memory, connection, 100, 2, u32::from(Riflags::WAITALL.bits()), 8, 12)
            .expect("it came");
        assert_eq!(memory.read::<u32>(8), Ok(8));
        assert_eq!(memory.bytes(200, 3).as_deref(), Ok(&b"que"[..]));
        assert_eq!(memory.bytes(300, 5).as_deref(), Ok(&b"stion"[..]));
        ctx.sock_send(&mut memory, connection, 100, 2, 0, 8).expect("it is connected");
        assert_eq!(ctx.sock_shutdown(&mut memory, connection, 0), Err(Errno::Inval));
        ctx.sock_shutdown(&mut memory, connection, 2).expect("it is connected");
        let mut answer = String::new();
        peer.read_to_string(&mut answer).expect("it is sent whole");
        assert_eq!(answer, "question");
    }

    #[test]
    fn what_is_no_socket_is_told() {
        let mut ctx = WasiCtxBuilder::new().build();
        let mut bytes = [0; 16];
        let mut memory = GuestMemory::new(&mut bytes);
        assert_eq!(ctx.sock_shutdown(&mut memory, 1, 3), Err(Errno::Notsock));
        assert_eq!(ctx.sock_accept(&mut memory, 1, 0, 0), Err(Errno::Notsock));
        assert_eq!(ctx.sock_shutdown(&mut memory, 9, 3), Err(Errno::Badf));
    }
}
