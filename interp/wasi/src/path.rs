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
        let path = memory.string(path, path_len)?;
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
        let path = memory.string(path, path_len)?;
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
        let path = memory.string(path, path_len)?;
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
        let old_path = memory.string(old_path, old_path_len)?;
        let new_path = memory.string(new_path, new_path_len)?;
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
        memory.bytes(opened, 4)?;
        let path = memory.string(path, path_len)?;
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
        let path = memory.string(path, path_len)?;
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
        let path = memory.string(path, path_len)?;
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
        let old_path = memory.string(old_path, old_path_len)?;
        let new_path = memory.string(new_path, new_path_len)?;
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
        let old_path = memory.string(old_path, old_path_len)?;
        let new_path = memory.string(new_path, new_path_len)?;
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
        let path = memory.string(path, path_len)?;
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
mod tests {
    use super::*;
    use crate::{DirPerms, FilePerms, WasiCtxBuilder};
    use std::fs;
    use tempfile::TempDir;

    /// The preopened directory; another one is 4.
    const ROOT: u32 = 3;
    const OTHER: u32 = 4;

    /// A host directory that holds `root` and `other`, which the guest has, and `secret`, which it must not see.
    struct Guest {
        host: TempDir,
        ctx: WasiCtx,
        memory: Vec<u8>,
    }

    impl Guest {
        fn new(dir_perms: DirPerms, file_perms: FilePerms) -> Self {
            let host = tempfile::tempdir().expect("a directory");
            let path = host.path();
            for dir in ["root", "root/sub", "other"] {
                fs::create_dir(path.join(dir)).expect("a directory");
            }
            fs::write(path.join("secret"), "secret").expect("a file");
            fs::write(path.join("root/file"), "text").expect("a file");
            let ctx = WasiCtxBuilder::new()
                .preopened_dir(path.join("root"), "/", dir_perms, file_perms)
                .and_then(|builder| {
                    builder.preopened_dir(path.join("other"), "/other", dir_perms, file_perms)
                })
                .expect("the directories are there")
                .build();
            Self { host, ctx, memory: vec![0; 65536] }
        }

        fn all() -> Self {
            Self::new(DirPerms::all(), FilePerms::all())
        }

        /// Calls a function with a path at address 0.
        fn with_path<R>(
            &mut self,
            path: &str,
            call: impl FnOnce(&mut WasiCtx, &mut GuestMemory<'_>, u32) -> R,
        ) -> R {
            self.memory[..path.len()].copy_from_slice(path.as_bytes());
            let len = u32::try_from(path.len()).expect("a short path");
            call(&mut self.ctx, &mut GuestMemory::new(&mut self.memory), len)
        }

        /// Calls a function with paths at addresses 0 and 1000.
        fn with_paths(
            &mut self,
            from: &str,
            to: &str,
            call: impl FnOnce(&mut WasiCtx, &mut GuestMemory<'_>, u32, u32) -> Result,
        ) -> Result {
            self.memory[1000..1000 + to.len()].copy_from_slice(to.as_bytes());
            let to_len = u32::try_from(to.len()).expect("a short path");
            self.with_path(from, |ctx, memory, len| call(ctx, memory, len, to_len))
        }

        /// Opens a file with all rights, following symbolic links.
        fn open(&mut self, path: &str, oflags: Oflags, rights: Rights) -> Result<u32> {
            self.with_path(path, |ctx, memory, len| {
                let (oflags, rights) = (u32::from(oflags.bits()), rights.bits());
                ctx.path_open(memory, ROOT, 1, 0, len, oflags, rights, u64::MAX, 0, 2000)?;
                memory.read(2000)
            })
        }

        fn read(&mut self, path: &str) -> Result<u32> {
            self.open(path, Oflags::empty(), Rights::FD_READ)
        }

        fn rename(&mut self, from: &str, to_fd: u32, to: &str) -> Result {
            self.with_paths(from, to, |ctx, memory, len, to_len| {
                ctx.path_rename(memory, ROOT, 0, len, to_fd, 1000, to_len)
            })
        }

        fn link(&mut self, from: &str, to_fd: u32, to: &str) -> Result {
            self.with_paths(from, to, |ctx, memory, len, to_len| {
                ctx.path_link(memory, ROOT, 0, 0, len, to_fd, 1000, to_len)
            })
        }

        fn symlink(&mut self, target: &str, link: &str) -> Result {
            self.with_paths(target, link, |ctx, memory, len, to_len| {
                ctx.path_symlink(memory, 0, len, ROOT, 1000, to_len)
            })
        }

        fn host_symlink(&self, target: &str, link: &str) {
            std::os::unix::fs::symlink(target, self.host.path().join("root").join(link)).expect("a link");
        }
    }

    #[test]
    fn paths_within_the_directory_lead_to_files() {
        let mut guest = Guest::all();
        guest.host_symlink("../file", "sub/back");
        for path in ["file", "./file", "sub/../file", "sub/back"] {
            assert!(guest.read(path).is_ok(), "{path}");
        }
        assert_eq!(guest.read("nothing"), Err(Errno::Noent));
        assert_eq!(guest.read("file/below"), Err(Errno::Notdir));
    }

    #[test]
    fn no_path_leads_out_of_the_directory() {
        let mut guest = Guest::all();
        let absolute = guest.host.path().join("secret");
        let absolute = absolute.to_str().expect("the path is Unicode").to_owned();
        guest.host_symlink("../secret", "link");
        guest.host_symlink("..", "up");
        guest.host_symlink(&absolute, "absolute");
        for path in
            ["../secret", "sub/../../secret", "link", "up/secret", "absolute", &absolute, "/", "..", "up"]
        {
            assert_eq!(guest.read(path), Err(Errno::Perm), "{path}");
            let create = guest.open(path, Oflags::CREAT, Rights::FD_WRITE);
            assert_eq!(create, Err(Errno::Perm), "{path}");
            let stat = guest
                .with_path(path, |ctx, memory, len| ctx.path_filestat_get(memory, ROOT, 1, 0, len, 3000));
            assert_eq!(stat, Err(Errno::Perm), "{path}");
        }
        for path in ["../new", "up/new", "/new"] {
            let made =
                guest.with_path(path, |ctx, memory, len| ctx.path_create_directory(memory, ROOT, 0, len));
            assert_eq!(made, Err(Errno::Perm), "{path}");
        }
        for path in ["../secret", "up/secret"] {
            let removed =
                guest.with_path(path, |ctx, memory, len| ctx.path_unlink_file(memory, ROOT, 0, len));
            assert_eq!(removed, Err(Errno::Perm), "{path}");
            let removed =
                guest.with_path(path, |ctx, memory, len| ctx.path_remove_directory(memory, ROOT, 0, len));
            assert_eq!(removed, Err(Errno::Perm), "{path}");
            let set = guest.with_path(path, |ctx, memory, len| {
                ctx.path_filestat_set_times(memory, ROOT, 1, 0, len, 0, 0, 0b1010)
            });
            assert_eq!(set, Err(Errno::Perm), "{path}");
            let read = guest
                .with_path(path, |ctx, memory, len| ctx.path_readlink(memory, ROOT, 0, len, 3000, 100, 4000));
            assert_eq!(read, Err(Errno::Perm), "{path}");
        }
        assert_eq!(
            fs::read_to_string(guest.host.path().join("secret")).expect("it is still there"),
            "secret"
        );
        assert_eq!(fs::read_dir(guest.host.path()).expect("a directory").count(), 3);
    }

    #[test]
    fn nothing_is_renamed_or_linked_out_of_or_into_the_directory() {
        let mut guest = Guest::all();
        guest.host_symlink("..", "up");
        for (from, to) in
            [("file", "../stolen"), ("file", "up/stolen"), ("../secret", "mine"), ("up/secret", "mine")]
        {
            assert_eq!(guest.rename(from, ROOT, to), Err(Errno::Perm), "{from} to {to}");
            assert_eq!(guest.link(from, ROOT, to), Err(Errno::Perm), "{from} to {to}");
        }
        // Between directories that the guest both has, it may.
        assert_eq!(guest.link("file", OTHER, "linked"), Ok(()));
        assert_eq!(guest.rename("file", OTHER, "moved"), Ok(()));
        assert_eq!(guest.rename("sub", OTHER, "../sub"), Err(Errno::Perm));
        let other = guest.host.path().join("other");
        assert_eq!(fs::read_to_string(other.join("moved")).expect("it was moved"), "text");
        assert_eq!(fs::read_to_string(other.join("linked")).expect("it was linked"), "text");
    }

    #[test]
    fn symbolic_links_that_lead_out_can_be_made_but_not_followed() {
        let mut guest = Guest::all();
        assert_eq!(guest.symlink("/etc/passwd", "absolute"), Err(Errno::Perm));
        assert_eq!(guest.symlink("../secret", "relative"), Ok(()));
        assert_eq!(guest.read("relative"), Err(Errno::Perm));
        assert_eq!(guest.symlink("file", "../link"), Err(Errno::Perm));
        assert_eq!(guest.symlink("file", "inside"), Ok(()));
        assert!(guest.read("inside").is_ok());
    }

    #[test]
    fn the_parent_of_an_opened_directory_is_out_of_reach() {
        let mut guest = Guest::all();
        let sub = guest.open("sub", Oflags::DIRECTORY, Rights::DIR).expect("it is a directory");
        let opened = guest.with_path("../file", |ctx, memory, len| {
            ctx.path_open(memory, sub, 1, 0, len, 0, Rights::FD_READ.bits(), 0, 0, 2000)
        });
        assert_eq!(opened, Err(Errno::Perm));
    }

    #[test]
    fn a_directory_to_read_cannot_be_changed() {
        let mut guest = Guest::new(DirPerms::READ, FilePerms::READ);
        assert!(guest.read("file").is_ok());
        assert_eq!(guest.open("file", Oflags::empty(), Rights::FD_WRITE), Err(Errno::Perm));
        assert_eq!(guest.open("file", Oflags::TRUNC, Rights::FD_READ), Err(Errno::Perm));
        assert_eq!(guest.open("new", Oflags::CREAT, Rights::FD_READ), Err(Errno::Perm));
        assert_eq!(guest.rename("file", ROOT, "new"), Err(Errno::Perm));
        assert_eq!(guest.link("file", ROOT, "new"), Err(Errno::Perm));
        assert_eq!(guest.symlink("file", "new"), Err(Errno::Perm));
        let set = guest.with_path("file", |ctx, memory, len| {
            ctx.path_filestat_set_times(memory, ROOT, 1, 0, len, 0, 0, 0b1010)
        });
        assert_eq!(set, Err(Errno::Perm));
        // Nor by what is opened in it.
        let file = guest.read("file").expect("it can be read");
        let mut bytes = [0; 64];
        let mut memory = GuestMemory::new(&mut bytes);
        assert_eq!(guest.ctx.fd_write(&mut memory, file, 0, 0, 8), Err(Errno::Badf));
        assert_eq!(guest.ctx.fd_filestat_set_size(&mut memory, file, 0), Err(Errno::Perm));
        assert_eq!(guest.ctx.fd_allocate(&mut memory, file, 0, 100), Err(Errno::Perm));
        assert_eq!(guest.ctx.fd_filestat_set_times(&mut memory, file, 0, 0, 0b1010), Err(Errno::Perm));
        let sub = guest.open("sub", Oflags::DIRECTORY, Rights::all()).expect("it can be opened");
        let made = guest.with_path("new", |ctx, memory, len| ctx.path_create_directory(memory, sub, 0, len));
        assert_eq!(made, Err(Errno::Perm));
    }

    #[test]
    fn creating_exclusively_and_truncating_do_what_they_say() {
        let mut guest = Guest::all();
        let rights = Rights::FD_WRITE | Rights::FD_READ;
        assert_eq!(guest.open("file", Oflags::CREAT | Oflags::EXCL, rights), Err(Errno::Exist));
        assert!(guest.open("new", Oflags::CREAT | Oflags::EXCL, rights).is_ok());
        assert!(guest.open("file", Oflags::TRUNC, rights).is_ok());
        assert_eq!(fs::read(guest.host.path().join("root/file")).expect("it is there"), b"");
        assert_eq!(guest.open("file", Oflags::DIRECTORY, rights), Err(Errno::Notdir));
        assert_eq!(guest.open("sub", Oflags::DIRECTORY | Oflags::CREAT, rights), Err(Errno::Inval));
        assert_eq!(guest.open("sub", Oflags::empty(), rights), Err(Errno::Isdir));
    }

    #[test]
    fn without_following_a_link_is_not_opened_but_read() {
        let mut guest = Guest::all();
        guest.host_symlink("file", "link");
        let opened = guest.with_path("link", |ctx, memory, len| {
            ctx.path_open(memory, ROOT, 0, 0, len, 0, Rights::FD_READ.bits(), 0, 0, 2000)
        });
        assert_eq!(opened, Err(Errno::Loop));
        let used = guest.with_path("link", |ctx, memory, len| {
            ctx.path_readlink(memory, ROOT, 0, len, 3000, 2, 4000)?;
            memory.read::<u32>(4000)
        });
        // The buffer holds two bytes: so many are given.
        assert_eq!((used, &guest.memory[3000..3003]), (Ok(2), &b"fi\0"[..]));
    }

    #[test]
    fn pointers_outside_of_the_memory_are_faults_before_anything_happens() {
        let mut guest = Guest::all();
        let end = 65536;
        let opened = guest.with_path("new", |ctx, memory, len| {
            ctx.path_open(memory, ROOT, 0, 0, len, 1, u64::MAX, u64::MAX, 0, end - 3)
        });
        assert_eq!(opened, Err(Errno::Fault));
        assert_eq!(guest.read("new"), Err(Errno::Noent));
        let mut memory = GuestMemory::new(&mut guest.memory);
        assert_eq!(guest.ctx.path_unlink_file(&mut memory, ROOT, end - 1, 2), Err(Errno::Fault));
        assert_eq!(guest.ctx.path_unlink_file(&mut memory, ROOT, u32::MAX, u32::MAX), Err(Errno::Fault));
        assert_eq!(guest.ctx.fd_read(&mut memory, 0, end - 4, 1, 0), Err(Errno::Fault));
        assert_eq!(guest.ctx.poll_oneoff(&mut memory, 0, 0, u32::MAX, 0), Err(Errno::Fault));
        assert_eq!(guest.ctx.random_get(&mut memory, 1, end), Err(Errno::Fault));
    }
}
