//! The functions on open file descriptors. `fd_readdir` lies in `dir`.

use crate::WasiCtx;
use crate::clock::timespec;
use crate::dir::{Times, filestat};
use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::pause::{WRITTEN_AT_ONCE, is_ready};
use crate::table::Kind;
use crate::types::{Advice, Fdflags, Fdstat, Filestat, Iovec, Prestat, Rights, Whence, flags};
use rustix::event::PollFlags;
use rustix::fs::{FallocateFlags, OFlags, SeekFrom, Timestamps, UTIME_OMIT};
use rustix::time::Timespec;
use std::io::{self, IoSlice};
use std::os::fd::BorrowedFd;

/// At most so many regions are read or written by one call, as by POSIX systems; the rest is up to the next call.
const IOV_MAX: u32 = 1024;

/// Not every host reads more at once.
const READ_MAX: usize = 1 << 30;

impl WasiCtx {
    pub(crate) fn fd_advise(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: u32,
        offset: u64,
        len: u64,
        advice: u32,
    ) -> Result {
        let advice = Advice::try_from(advice)?;
        advise(self.fds.file(fd, Rights::FD_ADVISE)?, offset, len, advice)
    }

    pub(crate) fn fd_allocate(&mut self, _: &mut GuestMemory<'_>, fd: u32, offset: u64, len: u64) -> Result {
        let file = self.fds.file(fd, Rights::FD_ALLOCATE)?;
        Ok(rustix::fs::fallocate(file, FallocateFlags::empty(), offset, len)?)
    }

    pub(crate) fn fd_close(&mut self, _: &mut GuestMemory<'_>, fd: u32) -> Result {
        self.fds.remove(fd).map(drop)
    }

    pub(crate) fn fd_datasync(&mut self, _: &mut GuestMemory<'_>, fd: u32) -> Result {
        self.synchronize(fd, Rights::FD_DATASYNC, |fd| rustix::fs::fdatasync(fd))
    }

    pub(crate) fn fd_sync(&mut self, _: &mut GuestMemory<'_>, fd: u32) -> Result {
        self.synchronize(fd, Rights::FD_SYNC, |fd| rustix::fs::fsync(fd))
    }

    fn synchronize(
        &self,
        fd: u32,
        rights: Rights,
        sync: impl FnOnce(BorrowedFd<'_>) -> rustix::io::Result<()>,
    ) -> Result {
        let descriptor = self.fds.get(fd)?;
        match (&descriptor.kind, descriptor.kind.host_fd()) {
            (Kind::File(_) | Kind::Dir(_), Some(host)) => {
                descriptor.check(rights)?;
                Ok(sync(host)?)
            }
            _ => Err(Errno::Inval),
        }
    }

    pub(crate) fn fd_fdstat_get(&mut self, memory: &mut GuestMemory<'_>, fd: u32, stat: u32) -> Result {
        let descriptor = self.fds.get(fd)?;
        let fdstat = Fdstat {
            filetype: descriptor.kind.filetype()? as u8,
            flags: descriptor.flags.bits(),
            rights_base: descriptor.rights.bits(),
            rights_inheriting: descriptor.inheriting.bits(),
        };
        memory.write(stat, &fdstat)
    }

    pub(crate) fn fd_fdstat_set_flags(&mut self, _: &mut GuestMemory<'_>, fd: u32, bits: u32) -> Result {
        let wanted = flags::<Fdflags>(bits)?;
        let descriptor = self.fds.get_mut(fd)?;
        let fixed = Fdflags::DSYNC | Fdflags::RSYNC | Fdflags::SYNC;
        if (wanted ^ descriptor.flags).intersects(fixed) {
            return Err(Errno::Notsup);
        }
        let nonblock = wanted.contains(Fdflags::NONBLOCK);
        match &descriptor.kind {
            Kind::File(file) => {
                descriptor.check(Rights::FD_FDSTAT_SET_FLAGS)?;
                let mut host = rustix::fs::fcntl_getfl(file)?;
                host.set(OFlags::APPEND, wanted.contains(Fdflags::APPEND));
                host.set(OFlags::NONBLOCK, nonblock);
                rustix::fs::fcntl_setfl(file, host)?;
            }
            Kind::Socket(socket) => socket.set_nonblocking(nonblock)?,
            Kind::Listener(listener) => listener.set_nonblocking(nonblock)?,
            // The host's streams belong to others too: the flag is only looked at here, before reading.
            Kind::Input(_) | Kind::Output(_) => {}
            Kind::Dir(_) => return Err(Errno::Badf),
        }
        descriptor.flags = wanted;
        Ok(())
    }

    pub(crate) fn fd_fdstat_set_rights(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: u32,
        base: u64,
        inheriting: u64,
    ) -> Result {
        let descriptor = self.fds.get_mut(fd)?;
        let base = Rights::from_bits(base).ok_or(Errno::Inval)?;
        let inheriting = Rights::from_bits(inheriting).ok_or(Errno::Inval)?;
        // Rights can only be dropped.
        if !descriptor.rights.contains(base) || !descriptor.inheriting.contains(inheriting) {
            return Err(Errno::Notcapable);
        }
        (descriptor.rights, descriptor.inheriting) = (base, inheriting);
        Ok(())
    }

    pub(crate) fn fd_filestat_get(&mut self, memory: &mut GuestMemory<'_>, fd: u32, stat: u32) -> Result {
        let descriptor = self.fds.get(fd)?;
        descriptor.check(Rights::FD_FILESTAT_GET)?;
        let attributes = match &descriptor.kind {
            Kind::File(file) => filestat(&file.metadata()?)?,
            Kind::Dir(directory) => filestat(&directory.dir().dir_metadata()?)?,
            kind => Filestat { filetype: kind.filetype()? as u8, nlink: 1, ..Filestat::default() },
        };
        memory.write(stat, &attributes)
    }

    pub(crate) fn fd_filestat_set_size(&mut self, _: &mut GuestMemory<'_>, fd: u32, size: u64) -> Result {
        Ok(self.fds.file(fd, Rights::FD_FILESTAT_SET_SIZE)?.set_len(size)?)
    }

    pub(crate) fn fd_filestat_set_times(
        &mut self,
        _: &mut GuestMemory<'_>,
        fd: u32,
        atim: u64,
        mtim: u64,
        fst_flags: u32,
    ) -> Result {
        let times = Times::new(&self.clocks, atim, mtim, fst_flags)?;
        let descriptor = self.fds.get(fd)?;
        let (Kind::File(_) | Kind::Dir(_), Some(host)) = (&descriptor.kind, descriptor.kind.host_fd()) else {
            return Err(Errno::Badf);
        };
        descriptor.check(Rights::FD_FILESTAT_SET_TIMES)?;
        let convert = |time: Option<u64>| match time {
            Some(time) => timespec(time),
            None => Ok(Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT }),
        };
        let times = Timestamps { last_access: convert(times.atim)?, last_modification: convert(times.mtim)? };
        Ok(rustix::fs::futimens(host, &times)?)
    }

    pub(crate) fn fd_prestat_get(&mut self, memory: &mut GuestMemory<'_>, fd: u32, prestat: u32) -> Result {
        let name = self.fds.get(fd)?.preopen.as_deref().ok_or(Errno::Badf)?;
        memory.write(prestat, &Prestat { tag: 0, name_len: u32::try_from(name.len())? })
    }

    pub(crate) fn fd_prestat_dir_name(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        path: u32,
        path_len: u32,
    ) -> Result {
        let name = self.fds.get(fd)?.preopen.as_deref().ok_or(Errno::Badf)?;
        if u32::try_from(name.len())? > path_len {
            return Err(Errno::Nametoolong);
        }
        memory.copy(path, name.as_bytes())
    }

    pub(crate) fn fd_renumber(&mut self, _: &mut GuestMemory<'_>, fd: u32, to: u32) -> Result {
        self.fds.renumber(fd, to)
    }

    pub(crate) fn fd_seek(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        offset: i64,
        whence: u32,
        position: u32,
    ) -> Result {
        let whence = Whence::try_from(whence)?;
        // To ask for the position is not to move it.
        let tell = offset == 0 && whence == Whence::Cur;
        let file = self.fds.file(fd, if tell { Rights::FD_TELL } else { Rights::FD_SEEK })?;
        let target = match whence {
            Whence::Set => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
            Whence::Cur => SeekFrom::Current(offset),
            Whence::End => SeekFrom::End(offset),
        };
        memory.write(position, &rustix::fs::seek(file, target)?)
    }

    pub(crate) fn fd_tell(&mut self, memory: &mut GuestMemory<'_>, fd: u32, position: u32) -> Result {
        let file = self.fds.file(fd, Rights::FD_TELL)?;
        memory.write(position, &rustix::fs::tell(file)?)
    }

    pub(crate) fn fd_pread(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        iovs: u32,
        iovs_len: u32,
        mut offset: u64,
        nread: u32,
    ) -> Result {
        let file = self.fds.file(fd, Rights::FD_READ | Rights::FD_SEEK)?;
        let read = scatter(memory, iovs, iovs_len, Regions::All, |buf| {
            let read = rustix::io::pread(file, buf, offset)?;
            offset = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
            Ok(read)
        })?;
        memory.write(nread, &read)
    }

    pub(crate) fn fd_pwrite(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        iovs: u32,
        iovs_len: u32,
        offset: u64,
        nwritten: u32,
    ) -> Result {
        let file = self.fds.file(fd, Rights::FD_WRITE | Rights::FD_SEEK)?;
        let written = gather(memory, iovs, iovs_len, usize::MAX, |slices| {
            Ok(rustix::io::pwritev(file, slices, offset)?)
        })?;
        memory.write(nwritten, &written)
    }

    pub(crate) fn fd_read(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        iovs: u32,
        iovs_len: u32,
        nread: u32,
    ) -> Result {
        let Self { fds, turn, .. } = self;
        let descriptor = fds.get_mut(fd)?;
        if matches!(descriptor.kind, Kind::Dir(_)) {
            return Err(Errno::Isdir);
        }
        descriptor.check(Rights::FD_READ)?;
        let regions = if matches!(descriptor.kind, Kind::File(_)) { Regions::All } else { Regions::First };
        match &mut descriptor.kind {
            Kind::File(_) | Kind::Socket(_) => {
                let host = descriptor.kind.host_fd().ok_or(Errno::Badf)?;
                turn.finish(memory, host, move |memory, host| {
                    let read = scatter(memory, iovs, iovs_len, regions, |buf| read(host, buf))?;
                    memory.write(nread, &read)
                })
            }
            Kind::Input(stream) => {
                if let Some(host) = stream.poll_fd() {
                    match descriptor.flags.contains(Fdflags::NONBLOCK) {
                        true if !is_ready(host, PollFlags::IN) => return Err(Errno::Again),
                        true => {}
                        false => turn.wait_for(host, PollFlags::IN)?,
                    }
                }
                let read = scatter(memory, iovs, iovs_len, regions, |buf| stream.read(buf))?;
                memory.write(nread, &read)
            }
            Kind::Output(_) | Kind::Dir(_) | Kind::Listener(_) => Err(Errno::Badf),
        }
    }

    pub(crate) fn fd_write(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        iovs: u32,
        iovs_len: u32,
        nwritten: u32,
    ) -> Result {
        let Self { fds, turn, .. } = self;
        let descriptor = fds.get_mut(fd)?;
        descriptor.check(Rights::FD_WRITE)?;
        match &mut descriptor.kind {
            Kind::File(_) | Kind::Socket(_) => {
                let host = descriptor.kind.host_fd().ok_or(Errno::Badf)?;
                turn.finish(memory, host, move |memory, host| {
                    let written = gather(memory, iovs, iovs_len, usize::MAX, |slices| write(host, slices))?;
                    memory.write(nwritten, &written)
                })
            }
            Kind::Output(stream) => {
                let mut most = usize::MAX;
                if let Some(host) = stream.poll_fd() {
                    turn.wait_for(host, PollFlags::OUT)?;
                    most = if turn.shared { WRITTEN_AT_ONCE } else { most };
                }
                let written = gather(memory, iovs, iovs_len, most, |slices| {
                    let written = stream.write_vectored(slices)?;
                    stream.flush()?;
                    Ok(written)
                })?;
                memory.write(nwritten, &written)
            }
            Kind::Input(_) | Kind::Dir(_) | Kind::Listener(_) => Err(Errno::Badf),
        }
    }
}

/// Into how many regions [`scatter`] reads.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Regions {
    /// Into all, until there is less to read than they hold.
    All,
    /// Into the first that is not empty: a second read might have to wait.
    First,
}

/// Reads into the regions that the guest's array `iovs` names; answers how much was read.
pub(crate) fn scatter(
    memory: &mut GuestMemory<'_>,
    iovs: u32,
    iovs_len: u32,
    regions: Regions,
    mut read: impl FnMut(&mut [u8]) -> io::Result<usize>,
) -> Result<u32> {
    let mut total = 0_u32;
    for Iovec { buf, len } in memory.array::<Iovec>(iovs, iovs_len.min(IOV_MAX))? {
        if len == 0 {
            continue;
        }
        let len_left = len.min(u32::MAX - total);
        memory.check(buf, len_left)?;
        let count = match memory.fill(buf, len_left, |region| Ok(read(region)?)) {
            Ok(count) => u32::try_from(count)?,
            // What has been read already must not be lost.
            Err(_) if total > 0 => break,
            Err(error) => return Err(error),
        };
        total = total.checked_add(count).ok_or(Errno::Overflow)?;
        if count < len || regions == Regions::First {
            break;
        }
    }
    Ok(total)
}

/// Writes the regions that the guest's array `iovs` names, `most` bytes of them; answers how much was written.
pub(crate) fn gather(
    memory: &GuestMemory<'_>,
    iovs: u32,
    iovs_len: u32,
    mut most: usize,
    write: impl FnOnce(&[IoSlice<'_>]) -> io::Result<usize>,
) -> Result<u32> {
    let regions = memory.array::<Iovec>(iovs, iovs_len.min(IOV_MAX))?;
    let regions: Vec<_> =
        regions.iter().map(|region| memory.bytes(region.buf, region.len)).collect::<Result<_>>()?;
    let slices: Vec<_> = regions
        .iter()
        .map(|region| {
            let part = &region[..region.len().min(most)];
            most -= part.len();
            IoSlice::new(part)
        })
        .collect();
    Ok(u32::try_from(write(&slices)?)?)
}

/// Reads from `host`.
pub(crate) fn read(host: BorrowedFd<'_>, buf: &mut [u8]) -> io::Result<usize> {
    let len = buf.len().min(READ_MAX);
    Ok(rustix::io::read(host, &mut buf[..len])?)
}

/// Writes to `host`.
pub(crate) fn write(host: BorrowedFd<'_>, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    Ok(rustix::io::writev(host, slices)?)
}

#[cfg(target_os = "linux")]
fn advise(file: &cap_std::fs::File, offset: u64, len: u64, advice: Advice) -> Result {
    let advice = match advice {
        Advice::Normal => rustix::fs::Advice::Normal,
        Advice::Sequential => rustix::fs::Advice::Sequential,
        Advice::Random => rustix::fs::Advice::Random,
        Advice::Willneed => rustix::fs::Advice::WillNeed,
        Advice::Dontneed => rustix::fs::Advice::DontNeed,
        Advice::Noreuse => rustix::fs::Advice::NoReuse,
    };
    Ok(rustix::fs::fadvise(file, offset, core::num::NonZeroU64::new(len), advice)?)
}

/// Advice need not be taken.
#[cfg(not(target_os = "linux"))]
fn advise(_: &cap_std::fs::File, _: u64, _: u64, _: Advice) -> Result {
    Ok(())
}
