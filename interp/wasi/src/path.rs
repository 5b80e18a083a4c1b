//! The functions on paths, each relative to an open directory.
//!
//! Invariant: paths are resolved by `cap-std` alone, which keeps them below their directory: what is absolute, or leads
//! out through `..` or a symbolic link, is [`Errno::Perm`](crate::errno::Errno::Perm).

#![expect(clippy::too_many_arguments, reason = "they are the specification's")]

use crate::WasiCtx;
use crate::dir::{Times, filestat};
use crate::errno::{Errno, Result};
use crate::guest::GuestMemory;
use crate::table::{Descriptor, Kind};
use crate::types::{Fdflags, Lookupflags, Oflags, Rights, flags};
use cap_fs_ext::{
    DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsMaybeDirExt, OpenOptionsSyncExt, SystemTimeSpec,
};
use cap_std::fs::{Dir, OpenOptions};
use core::time::Duration;
use rustix::fs::OFlags;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

impl WasiCtx {
    pub(crate) fn path_create_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        path: u32,
        path_len: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_CREATE_DIRECTORY)?;
        Ok(dir.create_dir(path)?)
    }

    pub(crate) fn path_filestat_get(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        path: u32,
        path_len: u32,
        stat: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let lookup = flags::<Lookupflags>(lookup)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_FILESTAT_GET)?;
        let metadata = match lookup.contains(Lookupflags::SYMLINK_FOLLOW) {
            true => dir.metadata(path)?,
            false => dir.symlink_metadata(path)?,
        };
        memory.write(stat, &filestat(&metadata)?)
    }

    pub(crate) fn path_filestat_set_times(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        path: u32,
        path_len: u32,
        atim: u64,
        mtim: u64,
        fst_flags: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let lookup = flags::<Lookupflags>(lookup)?;
        let times = Times::new(&self.clocks, atim, mtim, fst_flags)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_FILESTAT_SET_TIMES)?;
        let (atim, mtim) = (spec(times.atim)?, spec(times.mtim)?);
        match lookup.contains(Lookupflags::SYMLINK_FOLLOW) {
            true => dir.set_times(path, atim, mtim)?,
            false => dir.set_symlink_times(path, atim, mtim)?,
        }
        Ok(())
    }

    pub(crate) fn path_link(
        &mut self,
        memory: &mut GuestMemory<'_>,
        old_fd: u32,
        old_flags: u32,
        old_path: u32,
        old_path_len: u32,
        new_fd: u32,
        new_path: u32,
        new_path_len: u32,
    ) -> Result {
        let old_path = memory.path(old_path, old_path_len)?;
        let new_path = memory.path(new_path, new_path_len)?;
        // A link to what a symbolic link names could not be made without a race.
        if flags::<Lookupflags>(old_flags)?.contains(Lookupflags::SYMLINK_FOLLOW) {
            return Err(Errno::Inval);
        }
        let (old_dir, _) = self.fds.dir(old_fd, Rights::PATH_LINK_SOURCE)?;
        let (new_dir, _) = self.fds.dir(new_fd, Rights::PATH_LINK_TARGET)?;
        Ok(old_dir.hard_link(old_path, new_dir, new_path)?)
    }

    pub(crate) fn path_open(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        lookup: u32,
        path: u32,
        path_len: u32,
        oflags: u32,
        rights_base: u64,
        rights_inheriting: u64,
        fdflags: u32,
        opened: u32,
    ) -> Result {
        memory.check(opened, 4)?;
        let path = memory.path(path, path_len)?;
        let request = Open {
            lookup: flags(lookup)?,
            oflags: flags(oflags)?,
            // Programs ask for every right they know of, and for later ones too.
            base: Rights::from_bits_truncate(rights_base),
            inheriting: Rights::from_bits_truncate(rights_inheriting),
            fdflags: flags(fdflags)?,
        };
        let (dir, parent) = self.fds.dir(fd, Rights::PATH_OPEN)?;
        let descriptor = request.open(dir, parent, &path)?;
        memory.write(opened, &self.fds.insert(descriptor)?)
    }

    pub(crate) fn path_readlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        path: u32,
        path_len: u32,
        buf: u32,
        buf_len: u32,
        used: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_READLINK)?;
        let target = dir.read_link(path)?;
        let bytes = target.as_os_str().as_bytes();
        let count = buf_len.min(u32::try_from(bytes.len())?);
        memory.copy(buf, &bytes[..usize::try_from(count)?])?;
        memory.write(used, &count)
    }

    pub(crate) fn path_remove_directory(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        path: u32,
        path_len: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_REMOVE_DIRECTORY)?;
        Ok(dir.remove_dir(path)?)
    }

    pub(crate) fn path_rename(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        old_path: u32,
        old_path_len: u32,
        new_fd: u32,
        new_path: u32,
        new_path_len: u32,
    ) -> Result {
        let old_path = memory.path(old_path, old_path_len)?;
        let new_path = memory.path(new_path, new_path_len)?;
        let (old_dir, _) = self.fds.dir(fd, Rights::PATH_RENAME_SOURCE)?;
        let (new_dir, _) = self.fds.dir(new_fd, Rights::PATH_RENAME_TARGET)?;
        Ok(old_dir.rename(old_path, new_dir, new_path)?)
    }

    pub(crate) fn path_symlink(
        &mut self,
        memory: &mut GuestMemory<'_>,
        old_path: u32,
        old_path_len: u32,
        fd: u32,
        new_path: u32,
        new_path_len: u32,
    ) -> Result {
        let old_path = memory.path(old_path, old_path_len)?;
        let new_path = memory.path(new_path, new_path_len)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_SYMLINK)?;
        Ok(DirExt::symlink(dir, old_path, new_path)?)
    }

    pub(crate) fn path_unlink_file(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        path: u32,
        path_len: u32,
    ) -> Result {
        let path = memory.path(path, path_len)?;
        let (dir, _) = self.fds.dir(fd, Rights::PATH_UNLINK_FILE)?;
        Ok(dir.remove_file_or_symlink(path)?)
    }
}

/// What the guest asks of `path_open`.
struct Open {
    lookup: Lookupflags,
    oflags: Oflags,
    base: Rights,
    inheriting: Rights,
    fdflags: Fdflags,
}

impl Open {
    /// Opens `path` below `dir`, with at most the rights that `parent` hands on.
    fn open(&self, dir: &Dir, parent: &Descriptor, path: &str) -> Result<Descriptor> {
        let directory = self.oflags.contains(Oflags::DIRECTORY);
        let creates = self.oflags.contains(Oflags::CREAT);
        let truncates = self.oflags.contains(Oflags::TRUNC);
        if directory && (creates || truncates || self.oflags.contains(Oflags::EXCL)) {
            return Err(Errno::Inval);
        }
        if creates {
            parent.check(Rights::PATH_CREATE_FILE)?;
        }
        if truncates {
            parent.check(Rights::PATH_FILESTAT_SET_SIZE)?;
        }
        let access = self.base & (Rights::FD_READ | Rights::FD_WRITE);
        if !directory && !parent.inheriting.contains(access) {
            return Err(Errno::Perm);
        }
        let file = dir.open_with(path, &self.options(directory))?;
        let is_dir = file.metadata()?.is_dir();
        if directory && !is_dir {
            return Err(Errno::Notdir);
        }
        // Not by the options: the library does not let one truncate and append, which POSIX does.
        if !is_dir && self.fdflags.contains(Fdflags::APPEND) {
            rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? | OFlags::APPEND)?;
        }
        let base = self.base & parent.inheriting;
        let mut descriptor = match is_dir {
            true => {
                let kind = Kind::dir(Dir::from_std_file(file.into_std()));
                Descriptor::new(kind, base & Rights::DIR, self.inheriting & parent.inheriting)
            }
            false => Descriptor::new(Kind::File(file), base & Rights::FILE, Rights::empty()),
        };
        descriptor.flags = self.fdflags;
        Ok(descriptor)
    }

    fn options(&self, directory: bool) -> OpenOptions {
        let creates = self.oflags.contains(Oflags::CREAT);
        let exclusively = creates && self.oflags.contains(Oflags::EXCL);
        let truncates = self.oflags.contains(Oflags::TRUNC);
        // The host creates and truncates only what it opens for writing, which gives the guest no right to write.
        let write = !directory && (self.base.contains(Rights::FD_WRITE) || creates || truncates);
        let read = self.base.contains(Rights::FD_READ) || !write;
        let follow = match self.lookup.contains(Lookupflags::SYMLINK_FOLLOW) && !exclusively {
            true => FollowSymlinks::Yes,
            false => FollowSymlinks::No,
        };
        let mut options = OpenOptions::new();
        options
            .read(read)
            .write(write)
            .create(creates)
            .create_new(exclusively)
            .truncate(truncates)
            .follow(follow)
            .maybe_dir(true)
            .dsync(self.fdflags.contains(Fdflags::DSYNC))
            .rsync(self.fdflags.contains(Fdflags::RSYNC))
            .sync(self.fdflags.contains(Fdflags::SYNC))
            .nonblock(self.fdflags.contains(Fdflags::NONBLOCK));
        options
    }
}

fn spec(time: Option<u64>) -> Result<Option<SystemTimeSpec>> {
    let Some(nanoseconds) = time else {
        return Ok(None);
    };
    let time =
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds)).ok_or(Errno::Overflow)?;
    Ok(Some(SystemTimeSpec::Absolute(cap_std::time::SystemTime::from_std(time))))
}

#[cfg(test)]
mod tests;
