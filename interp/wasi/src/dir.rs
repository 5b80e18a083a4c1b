//! Directories: listing them, and the attributes of what is in them.

use crate::WasiCtx;
use crate::clock::{Clocks, nanoseconds};
use crate::errno::{Errno, Result};
use crate::guest::{GuestMemory, Layout};
use crate::table::Kind;
use crate::types::{Clockid, Dirent, Filestat, Filetype, Fstflags, Rights, flags};
use cap_fs_ext::{FileTypeExt, MetadataExt};
use cap_std::fs::{Dir, FileType, Metadata};
use std::time::SystemTime;

/// An open directory and its entries as they were when the guest began to list them.
pub(crate) struct Directory {
    dir: Dir,
    listing: Option<Vec<Entry>>,
}

struct Entry {
    name: Vec<u8>,
    ino: u64,
    filetype: Filetype,
}

impl Directory {
    pub(crate) fn new(dir: Dir) -> Self {
        Self { dir, listing: None }
    }

    pub(crate) fn dir(&self) -> &Dir {
        &self.dir
    }

    /// The entries from `cookie` on. Cookie 0 looks anew.
    fn entries(&mut self, cookie: u64) -> Result<impl Iterator<Item = (u64, &Entry)>> {
        if cookie == 0 {
            self.listing = None;
        }
        let listing = match self.listing.take() {
            Some(listing) => listing,
            None => list(&self.dir)?,
        };
        let start = usize::try_from(cookie).unwrap_or(usize::MAX);
        Ok((1..).zip(self.listing.insert(listing).iter()).skip(start))
    }
}

fn list(dir: &Dir) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for entry in rustix::fs::Dir::read_from(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes().to_vec();
        // What lies above the directory is none of the guest's business.
        let ino = if name == b".." { 0 } else { entry.ino() };
        let filetype = match entry.file_type() {
            rustix::fs::FileType::RegularFile => Filetype::RegularFile,
            rustix::fs::FileType::Directory => Filetype::Directory,
            rustix::fs::FileType::Symlink => Filetype::SymbolicLink,
            rustix::fs::FileType::CharacterDevice => Filetype::CharacterDevice,
            rustix::fs::FileType::BlockDevice => Filetype::BlockDevice,
            rustix::fs::FileType::Socket => Filetype::SocketStream,
            rustix::fs::FileType::Fifo | rustix::fs::FileType::Unknown => Filetype::Unknown,
        };
        entries.push(Entry { name, ino, filetype });
    }
    Ok(entries)
}

/// The type of a file that is not open.
pub(crate) fn filetype(host: FileType) -> Filetype {
    if host.is_file() {
        Filetype::RegularFile
    } else if host.is_dir() {
        Filetype::Directory
    } else if host.is_symlink() {
        Filetype::SymbolicLink
    } else if host.is_char_device() {
        Filetype::CharacterDevice
    } else if host.is_block_device() {
        Filetype::BlockDevice
    } else if host.is_socket() {
        Filetype::SocketStream
    } else {
        Filetype::Unknown
    }
}

/// Attributes as WASI lays them out.
pub(crate) fn filestat(metadata: &Metadata) -> Result<Filestat> {
    let time = |time: std::io::Result<cap_std::time::SystemTime>| match time {
        Ok(time) => nanoseconds(time.into_std().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()),
        Err(_) => Ok(0),
    };
    Ok(Filestat {
        dev: metadata.dev(),
        ino: metadata.ino(),
        filetype: filetype(metadata.file_type()) as u8,
        nlink: metadata.nlink(),
        size: metadata.len(),
        atim: time(metadata.accessed())?,
        mtim: time(metadata.modified())?,
        ctim: change_time(metadata)?,
    })
}

/// When the attributes were changed last, which the standard library does not tell.
fn change_time(metadata: &Metadata) -> Result<u64> {
    let seconds = u64::try_from(cap_std::fs::MetadataExt::ctime(metadata)).unwrap_or(0);
    let nanoseconds = u64::try_from(cap_std::fs::MetadataExt::ctime_nsec(metadata)).unwrap_or(0);
    seconds.checked_mul(1_000_000_000).and_then(|time| time.checked_add(nanoseconds)).ok_or(Errno::Overflow)
}

/// Times to be set, in nanoseconds since 1970; `None` leaves them as they are.
pub(crate) struct Times {
    pub(crate) atim: Option<u64>,
    pub(crate) mtim: Option<u64>,
}

impl Times {
    /// The times that the arguments of a `…_filestat_set_times` mean.
    pub(crate) fn new(clocks: &Clocks, atim: u64, mtim: u64, fst_flags: u32) -> Result<Self> {
        let set = flags::<Fstflags>(fst_flags)?;
        let time = |given: Fstflags, now: Fstflags, time: u64| match (set.contains(given), set.contains(now))
        {
            (true, true) => Err(Errno::Inval),
            (true, false) => Ok(Some(time)),
            (false, true) => nanoseconds(clocks.now(Clockid::Realtime)).map(Some),
            (false, false) => Ok(None),
        };
        Ok(Self {
            atim: time(Fstflags::ATIM, Fstflags::ATIM_NOW, atim)?,
            mtim: time(Fstflags::MTIM, Fstflags::MTIM_NOW, mtim)?,
        })
    }
}

impl WasiCtx {
    pub(crate) fn fd_readdir(
        &mut self,
        memory: &mut GuestMemory<'_>,
        fd: u32,
        buf: u32,
        buf_len: u32,
        cookie: u64,
        used: u32,
    ) -> Result {
        let descriptor = self.fds.get_mut(fd)?;
        if matches!(descriptor.kind, Kind::Dir(_)) {
            descriptor.check(Rights::FD_READDIR)?;
        }
        let Kind::Dir(directory) = &mut descriptor.kind else {
            return Err(Errno::Notdir);
        };
        memory.check(buf, buf_len)?;
        let mut filled = 0;
        for (next, entry) in directory.entries(cookie)? {
            let head = Dirent {
                next,
                ino: entry.ino,
                namlen: u32::try_from(entry.name.len())?,
                filetype: entry.filetype as u8,
            };
            // An entry that does not fit is cut: the guest sees a full buffer and comes again from the last cookie.
            let mut bytes = [0; Dirent::SIZE as usize];
            head.write(&mut GuestMemory::new(&mut bytes), 0)?;
            for part in [&bytes, entry.name.as_slice()] {
                let room = buf_len - filled;
                let count = room.min(u32::try_from(part.len())?);
                memory.copy(buf + filled, &part[..usize::try_from(count)?])?;
                filled += count;
            }
            if filled == buf_len {
                break;
            }
        }
        memory.write(used, &filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{DirPerms, FilePerms, WasiCtxBuilder};
    use std::collections::BTreeSet;

    #[test]
    fn a_directory_is_listed_piece_by_piece() {
        let host = tempfile::tempdir().expect("a directory");
        for number in 0..20 {
            std::fs::write(host.path().join(format!("file-{number}")), "").expect("a file");
        }
        std::fs::create_dir(host.path().join("dir")).expect("a directory");
        let mut ctx = WasiCtxBuilder::new()
            .preopened_dir(host.path(), "/", DirPerms::all(), FilePerms::all())
            .expect("it is there")
            .build();
        let mut bytes = vec![0; 4096];
        let mut memory = GuestMemory::new(&mut bytes);
        let (mut names, mut cookie) = (BTreeSet::new(), 0);
        // A buffer for one entry or two, the last of which is cut.
        const BUF: u32 = 70;
        loop {
            ctx.fd_readdir(&mut memory, 3, 100, BUF, cookie, 0).expect("it can be listed");
            let used: u32 = memory.read(0).expect("it was written");
            let mut at = 0;
            while at + Dirent::SIZE <= used {
                let entry: Dirent = memory.read(100 + at).expect("it was written");
                if at + Dirent::SIZE + entry.namlen > used {
                    break;
                }
                let name = memory.path(100 + at + Dirent::SIZE, entry.namlen).expect("it was written");
                let is_dir = entry.filetype == Filetype::Directory as u8;
                assert_eq!(is_dir, [".", "..", "dir"].contains(&name.as_str()), "{name}");
                assert!(names.insert(name), "each is listed once");
                cookie = entry.next;
                at += Dirent::SIZE + entry.namlen;
            }
            if used < BUF {
                break;
            }
        }
        assert_eq!(names.len(), 23, "{names:?}");
    }

    #[test]
    fn a_time_is_given_or_now_but_not_both() {
        let clocks = Clocks::fixed(core::time::Duration::from_nanos(7));
        let times = Times::new(&clocks, 1, 2, 0b1001).expect("they are valid");
        assert_eq!((times.atim, times.mtim), (Some(1), Some(7)));
        assert_eq!(Times::new(&clocks, 1, 2, 0b0011).err(), Some(Errno::Inval));
        assert_eq!(Times::new(&clocks, 1, 2, 0b1_0000).err(), Some(Errno::Inval));
    }
}
