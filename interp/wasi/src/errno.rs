//! [`Errno`]: what every function of preview 1 answers, and what the host's errors become.
//!
//! Numbers: `errno` of `wasi_snapshot_preview1.witx`.

use std::io;

/// The result of a function of preview 1 inside this crate.
pub(crate) type Result<T = ()> = core::result::Result<T, Errno>;

macro_rules! errnos {
    ($($(#[$doc:meta])* $name:ident = $host:ident,)*) => {
        /// An error code. The numbers are those of the specification, in its order.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u16)]
        #[allow(dead_code, reason = "the whole list, so that the numbers follow from the order")]
        pub(crate) enum Errno {
            /// No error occurred.
            Success,
            $($(#[$doc])* $name,)*
            /// Capabilities insufficient.
            Notcapable,
        }

        impl From<rustix::io::Errno> for Errno {
            fn from(error: rustix::io::Errno) -> Self {
                // Some hosts give two of these names one number, which a `match` does not allow.
                $(if error == rustix::io::Errno::$host { return Self::$name; })*
                if error == rustix::io::Errno::OPNOTSUPP { Self::Notsup } else { Self::Io }
            }
        }
    };
}

errnos! {
    /// Argument list too long.
    TooBig = TOOBIG,
    /// Permission denied.
    Acces = ACCESS,
    /// Address in use.
    Addrinuse = ADDRINUSE,
    /// Address not available.
    Addrnotavail = ADDRNOTAVAIL,
    /// Address family not supported.
    Afnosupport = AFNOSUPPORT,
    /// Resource unavailable, or operation would block.
    Again = AGAIN,
    /// Connection already in progress.
    Already = ALREADY,
    /// Bad file descriptor.
    Badf = BADF,
    /// Bad message.
    Badmsg = BADMSG,
    /// Device or resource busy.
    Busy = BUSY,
    /// Operation cancelled.
    Canceled = CANCELED,
    /// No child processes.
    Child = CHILD,
    /// Connection aborted.
    Connaborted = CONNABORTED,
    /// Connection refused.
    Connrefused = CONNREFUSED,
    /// Connection reset.
    Connreset = CONNRESET,
    /// Resource deadlock would occur.
    Deadlk = DEADLK,
    /// Destination address required.
    Destaddrreq = DESTADDRREQ,
    /// Mathematics argument out of domain of function.
    Dom = DOM,
    /// Reserved.
    Dquot = DQUOT,
    /// File exists.
    Exist = EXIST,
    /// Bad address.
    Fault = FAULT,
    /// File too large.
    Fbig = FBIG,
    /// Host is unreachable.
    Hostunreach = HOSTUNREACH,
    /// Identifier removed.
    Idrm = IDRM,
    /// Illegal byte sequence.
    Ilseq = ILSEQ,
    /// Operation in progress.
    Inprogress = INPROGRESS,
    /// Interrupted function.
    Intr = INTR,
    /// Invalid argument.
    Inval = INVAL,
    /// I/O error.
    Io = IO,
    /// Socket is connected.
    Isconn = ISCONN,
    /// Is a directory.
    Isdir = ISDIR,
    /// Too many levels of symbolic links.
    Loop = LOOP,
    /// File descriptor value too large.
    Mfile = MFILE,
    /// Too many links.
    Mlink = MLINK,
    /// Message too large.
    Msgsize = MSGSIZE,
    /// Reserved.
    Multihop = MULTIHOP,
    /// Filename too long.
    Nametoolong = NAMETOOLONG,
    /// Network is down.
    Netdown = NETDOWN,
    /// Connection aborted by network.
    Netreset = NETRESET,
    /// Network unreachable.
    Netunreach = NETUNREACH,
    /// Too many files open in system.
    Nfile = NFILE,
    /// No buffer space available.
    Nobufs = NOBUFS,
    /// No such device.
    Nodev = NODEV,
    /// No such file or directory.
    Noent = NOENT,
    /// Executable file format error.
    Noexec = NOEXEC,
    /// No locks available.
    Nolck = NOLCK,
    /// Reserved.
    Nolink = NOLINK,
    /// Not enough space.
    Nomem = NOMEM,
    /// No message of the desired type.
    Nomsg = NOMSG,
    /// Protocol not available.
    Noprotoopt = NOPROTOOPT,
    /// No space left on device.
    Nospc = NOSPC,
    /// Function not supported.
    Nosys = NOSYS,
    /// The socket is not connected.
    Notconn = NOTCONN,
    /// Not a directory or a symbolic link to a directory.
    Notdir = NOTDIR,
    /// Directory not empty.
    Notempty = NOTEMPTY,
    /// State not recoverable.
    Notrecoverable = NOTRECOVERABLE,
    /// Not a socket.
    Notsock = NOTSOCK,
    /// Not supported, or operation not supported on socket.
    Notsup = NOTSUP,
    /// Inappropriate I/O control operation.
    Notty = NOTTY,
    /// No such device or address.
    Nxio = NXIO,
    /// Value too large to be stored in data type.
    Overflow = OVERFLOW,
    /// Previous owner died.
    Ownerdead = OWNERDEAD,
    /// Operation not permitted.
    Perm = PERM,
    /// Broken pipe.
    Pipe = PIPE,
    /// Protocol error.
    Proto = PROTO,
    /// Protocol not supported.
    Protonosupport = PROTONOSUPPORT,
    /// Protocol wrong type for socket.
    Prototype = PROTOTYPE,
    /// Result too large.
    Range = RANGE,
    /// Read-only file system.
    Rofs = ROFS,
    /// Invalid seek.
    Spipe = SPIPE,
    /// No such process.
    Srch = SRCH,
    /// Reserved.
    Stale = STALE,
    /// Connection timed out.
    Timedout = TIMEDOUT,
    /// Text file busy.
    Txtbsy = TXTBSY,
    /// Cross-device link.
    Xdev = XDEV,
}

impl From<io::Error> for Errno {
    fn from(error: io::Error) -> Self {
        if let Some(code) = rustix::io::Errno::from_io_error(&error) {
            return code.into();
        }
        match error.kind() {
            io::ErrorKind::NotFound => Self::Noent,
            // How `cap-std` says that a path leads out of its directory.
            io::ErrorKind::PermissionDenied => Self::Perm,
            io::ErrorKind::AlreadyExists => Self::Exist,
            io::ErrorKind::InvalidInput => Self::Inval,
            io::ErrorKind::InvalidData => Self::Ilseq,
            io::ErrorKind::WouldBlock => Self::Again,
            io::ErrorKind::Interrupted => Self::Intr,
            io::ErrorKind::BrokenPipe | io::ErrorKind::WriteZero => Self::Pipe,
            io::ErrorKind::StorageFull => Self::Nospc,
            io::ErrorKind::Unsupported => Self::Notsup,
            io::ErrorKind::OutOfMemory => Self::Nomem,
            _ => Self::Io,
        }
    }
}

impl From<core::num::TryFromIntError> for Errno {
    fn from(_: core::num::TryFromIntError) -> Self {
        Self::Overflow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        let numbers = [
            (Errno::Success, 0),
            (Errno::TooBig, 1),
            (Errno::Badf, 8),
            (Errno::Fault, 21),
            (Errno::Inval, 28),
            (Errno::Noent, 44),
            (Errno::Notdir, 54),
            (Errno::Perm, 63),
            (Errno::Spipe, 70),
            (Errno::Xdev, 75),
            (Errno::Notcapable, 76),
        ];
        for (errno, number) in numbers {
            assert_eq!(errno as u16, number, "{errno:?}");
        }
    }

    #[test]
    fn host_errors_keep_their_meaning() {
        assert_eq!(
            Errno::from(io::Error::from_raw_os_error(rustix::io::Errno::NOENT.raw_os_error())),
            Errno::Noent
        );
        assert_eq!(Errno::from(rustix::io::Errno::OPNOTSUPP), Errno::Notsup);
        assert_eq!(Errno::from(io::Error::from(io::ErrorKind::PermissionDenied)), Errno::Perm);
        assert_eq!(Errno::from(io::Error::other("?")), Errno::Io);
    }
}
