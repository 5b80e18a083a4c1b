//! The types of `wasi_snapshot_preview1.witx`: flags, small enumerations, and records with their layouts.
//!
//! Invariant: a value that came from the guest is of such a type only if it is valid; otherwise [`Errno::Inval`].

use crate::errno::{Errno, Result};
use crate::guest::records;
use bitflags::bitflags;

bitflags! {
    /// What may be done with a file descriptor.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Rights: u64 {
        const FD_DATASYNC = 1 << 0;
        const FD_READ = 1 << 1;
        const FD_SEEK = 1 << 2;
        const FD_FDSTAT_SET_FLAGS = 1 << 3;
        const FD_SYNC = 1 << 4;
        const FD_TELL = 1 << 5;
        const FD_WRITE = 1 << 6;
        const FD_ADVISE = 1 << 7;
        const FD_ALLOCATE = 1 << 8;
        const PATH_CREATE_DIRECTORY = 1 << 9;
        const PATH_CREATE_FILE = 1 << 10;
        const PATH_LINK_SOURCE = 1 << 11;
        const PATH_LINK_TARGET = 1 << 12;
        const PATH_OPEN = 1 << 13;
        const FD_READDIR = 1 << 14;
        const PATH_READLINK = 1 << 15;
        const PATH_RENAME_SOURCE = 1 << 16;
        const PATH_RENAME_TARGET = 1 << 17;
        const PATH_FILESTAT_GET = 1 << 18;
        const PATH_FILESTAT_SET_SIZE = 1 << 19;
        const PATH_FILESTAT_SET_TIMES = 1 << 20;
        const FD_FILESTAT_GET = 1 << 21;
        const FD_FILESTAT_SET_SIZE = 1 << 22;
        const FD_FILESTAT_SET_TIMES = 1 << 23;
        const PATH_SYMLINK = 1 << 24;
        const PATH_REMOVE_DIRECTORY = 1 << 25;
        const PATH_UNLINK_FILE = 1 << 26;
        const POLL_FD_READWRITE = 1 << 27;
        const SOCK_SHUTDOWN = 1 << 28;
        const SOCK_ACCEPT = 1 << 29;

        /// All that one can do with an input stream.
        const INPUT = Self::FD_READ.bits() | Self::FD_FILESTAT_GET.bits() | Self::POLL_FD_READWRITE.bits();
        /// All that one can do with an output stream.
        const OUTPUT = Self::FD_WRITE.bits() | Self::FD_FILESTAT_GET.bits() | Self::POLL_FD_READWRITE.bits();
        /// All that changes a file.
        const FILE_WRITE = Self::FD_WRITE.bits() | Self::FD_ALLOCATE.bits() | Self::FD_FILESTAT_SET_SIZE.bits();
        /// All that one can do with a file.
        const FILE = Self::FILE_WRITE.bits() | Self::INPUT.bits() | Self::FD_DATASYNC.bits() | Self::FD_SEEK.bits()
            | Self::FD_FDSTAT_SET_FLAGS.bits() | Self::FD_SYNC.bits() | Self::FD_TELL.bits()
            | Self::FD_ADVISE.bits() | Self::FD_FILESTAT_SET_TIMES.bits();
        /// All that changes what is in a directory.
        const DIR_MUTATE = Self::PATH_CREATE_DIRECTORY.bits() | Self::PATH_CREATE_FILE.bits()
            | Self::PATH_LINK_SOURCE.bits() | Self::PATH_LINK_TARGET.bits()
            | Self::PATH_RENAME_SOURCE.bits() | Self::PATH_RENAME_TARGET.bits()
            | Self::PATH_FILESTAT_SET_TIMES.bits() | Self::FD_FILESTAT_SET_TIMES.bits()
            | Self::PATH_SYMLINK.bits() | Self::PATH_REMOVE_DIRECTORY.bits() | Self::PATH_UNLINK_FILE.bits();
        /// All that tells what is in a directory.
        const DIR_READ = Self::FD_READDIR.bits() | Self::PATH_READLINK.bits() | Self::PATH_FILESTAT_GET.bits()
            | Self::FD_FILESTAT_GET.bits();
        /// All that one can do with a directory.
        const DIR = Self::DIR_MUTATE.bits() | Self::DIR_READ.bits() | Self::PATH_OPEN.bits()
            | Self::PATH_FILESTAT_SET_SIZE.bits() | Self::FD_FDSTAT_SET_FLAGS.bits()
            | Self::FD_SYNC.bits() | Self::FD_DATASYNC.bits();
        /// All that one can do with a connection.
        const SOCKET = Self::INPUT.bits() | Self::OUTPUT.bits() | Self::FD_FDSTAT_SET_FLAGS.bits()
            | Self::SOCK_SHUTDOWN.bits();
        /// All that one can do with a listening socket.
        const LISTENER = Self::FD_FDSTAT_SET_FLAGS.bits() | Self::FD_FILESTAT_GET.bits()
            | Self::POLL_FD_READWRITE.bits() | Self::SOCK_ACCEPT.bits() | Self::FD_READ.bits();
    }

    /// How a file descriptor behaves.
    #[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
    pub(crate) struct Fdflags: u16 {
        const APPEND = 1 << 0;
        const DSYNC = 1 << 1;
        const NONBLOCK = 1 << 2;
        const RSYNC = 1 << 3;
        const SYNC = 1 << 4;
    }

    /// How `path_open` opens.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Oflags: u16 {
        const CREAT = 1 << 0;
        const DIRECTORY = 1 << 1;
        const EXCL = 1 << 2;
        const TRUNC = 1 << 3;
    }

    /// How a path is resolved.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Lookupflags: u32 {
        const SYMLINK_FOLLOW = 1 << 0;
    }

    /// Which times are to be set, and to what.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Fstflags: u16 {
        const ATIM = 1 << 0;
        const ATIM_NOW = 1 << 1;
        const MTIM = 1 << 2;
        const MTIM_NOW = 1 << 3;
    }

    /// How the timeout of a clock subscription is meant.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Subclockflags: u16 {
        const ABSTIME = 1 << 0;
    }

    /// How `sock_recv` receives.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Riflags: u16 {
        const PEEK = 1 << 0;
        const WAITALL = 1 << 1;
    }

    /// Which directions `sock_shutdown` closes.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub(crate) struct Sdflags: u8 {
        const RD = 1 << 0;
        const WR = 1 << 1;
    }
}

/// A set of flags from its bits as the guest passes them.
pub(crate) fn flags<F>(bits: u32) -> Result<F>
where
    F: bitflags::Flags<Bits: TryFrom<u32>>,
{
    let bits = F::Bits::try_from(bits).map_err(|_| Errno::Inval)?;
    F::from_bits(bits).ok_or(Errno::Inval)
}

macro_rules! enums {
    ($($(#[$doc:meta])* enum $name:ident: $repr:ty {
        $($(#[$case_doc:meta])* $case:ident = $number:literal,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr($repr)]
        #[allow(dead_code, reason = "the whole list, as specified")]
        pub(crate) enum $name {
            $($(#[$case_doc])* $case = $number,)*
        }

        impl TryFrom<u32> for $name {
            type Error = Errno;

            fn try_from(number: u32) -> Result<Self> {
                match number {
                    $($number => Ok(Self::$case),)*
                    _ => Err(Errno::Inval),
                }
            }
        }
    )*};
}

enums! {
    /// A clock.
    enum Clockid: u32 {
        /// Time since 1970.
        Realtime = 0,
        /// Time that never goes back.
        Monotonic = 1,
        /// Time that the process has computed.
        ProcessCputimeId = 2,
        /// Time that the thread has computed.
        ThreadCputimeId = 3,
    }

    /// From where an offset counts.
    enum Whence: u8 {
        /// The start of the file.
        Set = 0,
        /// The current position.
        Cur = 1,
        /// The end of the file.
        End = 2,
    }

    /// What a file descriptor or directory entry refers to.
    enum Filetype: u8 {
        Unknown = 0,
        BlockDevice = 1,
        CharacterDevice = 2,
        Directory = 3,
        RegularFile = 4,
        SocketDgram = 5,
        SocketStream = 6,
        SymbolicLink = 7,
    }

    /// What a subscription waits for.
    enum Eventtype: u8 {
        Clock = 0,
        FdRead = 1,
        FdWrite = 2,
    }

    /// How a file is going to be used.
    enum Advice: u8 {
        Normal = 0,
        Sequential = 1,
        Random = 2,
        Willneed = 3,
        Dontneed = 4,
        Noreuse = 5,
    }
}

/// The one flag of an event on a file descriptor: the peer has closed or disconnected.
pub(crate) const EVENT_FD_READWRITE_HANGUP: u16 = 1;

/// The one flag of what `sock_recv` received: the message was cut. Streams never set it.
pub(crate) const ROFLAGS_NONE: u16 = 0;

records! {
    /// A region of memory.
    struct Iovec[8] {
        buf: u32 = 0,
        len: u32 = 4,
    }

    /// What `fd_fdstat_get` tells.
    struct Fdstat[24] {
        filetype: u8 = 0,
        flags: u16 = 2,
        rights_base: u64 = 8,
        rights_inheriting: u64 = 16,
    }

    /// What `fd_filestat_get` and `path_filestat_get` tell. Times are nanoseconds since 1970.
    struct Filestat[64] {
        dev: u64 = 0,
        ino: u64 = 8,
        filetype: u8 = 16,
        nlink: u64 = 24,
        size: u64 = 32,
        atim: u64 = 40,
        mtim: u64 = 48,
        ctim: u64 = 56,
    }

    /// What `fd_prestat_get` tells; the tag 0 is a directory's, and there is no other.
    struct Prestat[8] {
        tag: u8 = 0,
        name_len: u32 = 4,
    }

    /// The head of a directory entry; the name follows.
    struct Dirent[24] {
        next: u64 = 0,
        ino: u64 = 8,
        namlen: u32 = 16,
        filetype: u8 = 20,
    }

    /// What `poll_oneoff` is to wait for: `subject` is a clock or a file descriptor; timeout and flags are a clock's.
    /// The precision, at offset 32, is not looked at: we always wait as precisely as the host can.
    struct Subscription[48] {
        userdata: u64 = 0,
        tag: u8 = 8,
        subject: u32 = 16,
        timeout: u64 = 24,
        flags: u16 = 40,
    }

    /// What occurred.
    struct Event[32] {
        userdata: u64 = 0,
        error: u16 = 8,
        eventtype: u8 = 10,
        nbytes: u64 = 16,
        flags: u16 = 24,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_flags_and_cases_are_invalid() {
        assert_eq!(flags::<Oflags>(0b1001), Ok(Oflags::CREAT | Oflags::TRUNC));
        assert_eq!(flags::<Oflags>(0b1_0000), Err(Errno::Inval));
        assert_eq!(flags::<Oflags>(0x1_0000), Err(Errno::Inval));
        assert_eq!(Whence::try_from(2), Ok(Whence::End));
        assert_eq!(Whence::try_from(3), Err(Errno::Inval));
    }
}
