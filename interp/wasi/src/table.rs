//! [`FdTable`]: the guest's file descriptors, what they refer to and what may be done with them.
//!
//! Invariant: an operation gets at what a descriptor refers to only by naming the rights that it needs.

use crate::dir::Directory;
use crate::errno::{Errno, Result};
use crate::stream::{InputStream, OutputStream};
use crate::types::{Fdflags, Filetype, Rights};
use cap_std::fs::{Dir, File};
use std::net::{TcpListener, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};

/// What a file descriptor refers to.
pub(crate) enum Kind {
    Input(Box<dyn InputStream>),
    Output(Box<dyn OutputStream>),
    File(File),
    Dir(Directory),
    Listener(TcpListener),
    Socket(TcpStream),
}

impl Kind {
    pub(crate) fn dir(dir: Dir) -> Self {
        Self::Dir(Directory::new(dir))
    }

    /// The host's file descriptor, where there is one.
    pub(crate) fn host_fd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Input(stream) => stream.poll_fd(),
            Self::Output(stream) => stream.poll_fd(),
            Self::File(file) => Some(file.as_fd()),
            Self::Dir(directory) => Some(directory.dir().as_fd()),
            Self::Listener(listener) => Some(listener.as_fd()),
            Self::Socket(socket) => Some(socket.as_fd()),
        }
    }

    pub(crate) fn filetype(&self) -> Result<Filetype> {
        Ok(match self {
            Self::Input(stream) if stream.is_terminal() => Filetype::CharacterDevice,
            Self::Output(stream) if stream.is_terminal() => Filetype::CharacterDevice,
            Self::Input(_) | Self::Output(_) => Filetype::Unknown,
            Self::File(file) => crate::dir::filetype(file.metadata()?.file_type()),
            Self::Dir(_) => Filetype::Directory,
            Self::Listener(_) | Self::Socket(_) => Filetype::SocketStream,
        })
    }
}

/// An entry of the table.
pub(crate) struct Descriptor {
    pub(crate) kind: Kind,
    /// What may be done with it.
    pub(crate) rights: Rights,
    /// What may at most be done with what is opened through it.
    pub(crate) inheriting: Rights,
    /// The flags with which it was opened, or which were set since.
    pub(crate) flags: Fdflags,
    /// The guest's name for a preopened directory.
    pub(crate) preopen: Option<String>,
}

impl Descriptor {
    pub(crate) fn new(kind: Kind, rights: Rights, inheriting: Rights) -> Self {
        Self { kind, rights, inheriting, flags: Fdflags::empty(), preopen: None }
    }

    /// Checks that the descriptor has `rights`. Programs know what POSIX answers to what they may not do, and few know
    /// `notcapable`: so to read or write without leave is a bad descriptor, and anything else is not permitted.
    pub(crate) fn check(&self, rights: Rights) -> Result {
        if self.rights.contains(rights) {
            Ok(())
        } else if rights.intersects(Rights::FD_READ | Rights::FD_WRITE) {
            Err(Errno::Badf)
        } else {
            Err(Errno::Perm)
        }
    }
}

/// The guest's file descriptors by number.
pub(crate) struct FdTable(Vec<Option<Descriptor>>);

impl FdTable {
    pub(crate) fn new(descriptors: impl IntoIterator<Item = Descriptor>) -> Self {
        Self(descriptors.into_iter().map(Some).collect())
    }

    /// The descriptor `fd`.
    pub(crate) fn get(&self, fd: u32) -> Result<&Descriptor> {
        self.0.get(usize::try_from(fd)?).and_then(Option::as_ref).ok_or(Errno::Badf)
    }

    /// The descriptor `fd`, to be changed.
    pub(crate) fn get_mut(&mut self, fd: u32) -> Result<&mut Descriptor> {
        self.0.get_mut(usize::try_from(fd)?).and_then(Option::as_mut).ok_or(Errno::Badf)
    }

    /// The file behind `fd`, with which `rights` are needed.
    pub(crate) fn file(&self, fd: u32, rights: Rights) -> Result<&File> {
        let descriptor = self.get(fd)?;
        match &descriptor.kind {
            Kind::File(file) => descriptor.check(rights).map(|()| file),
            Kind::Dir(_) if rights.contains(Rights::FD_READ) => Err(Errno::Isdir),
            Kind::Dir(_) => Err(Errno::Badf),
            Kind::Input(_) | Kind::Output(_) | Kind::Listener(_) | Kind::Socket(_) => Err(Errno::Spipe),
        }
    }

    /// The directory behind `fd`, with which `rights` are needed, and its descriptor.
    pub(crate) fn dir(&self, fd: u32, rights: Rights) -> Result<(&Dir, &Descriptor)> {
        let descriptor = self.get(fd)?;
        match &descriptor.kind {
            Kind::Dir(directory) => descriptor.check(rights).map(|()| (directory.dir(), descriptor)),
            _ => Err(Errno::Notdir),
        }
    }

    /// Adds a descriptor under the lowest free number.
    pub(crate) fn insert(&mut self, descriptor: Descriptor) -> Result<u32> {
        let free = self.0.iter().position(Option::is_none);
        let index = free.unwrap_or(self.0.len());
        let fd = u32::try_from(index)?;
        match free {
            Some(index) => self.0[index] = Some(descriptor),
            None => self.0.push(Some(descriptor)),
        }
        Ok(fd)
    }

    /// Takes the descriptor `fd` out.
    pub(crate) fn remove(&mut self, fd: u32) -> Result<Descriptor> {
        self.0.get_mut(usize::try_from(fd)?).and_then(Option::take).ok_or(Errno::Badf)
    }

    /// Puts the descriptor `fd` in the place of `to`; both have to be open.
    pub(crate) fn renumber(&mut self, fd: u32, to: u32) -> Result {
        self.get(fd)?;
        self.get(to)?;
        if fd != to {
            let descriptor = self.remove(fd)?;
            *self.get_mut(to)? = descriptor;
        }
        Ok(())
    }
}
