//! Opens paths beneath a root by handle: whatever links are inside, they lead nowhere else.

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2, statat};
use rustix::io::{Errno, Result};
use std::format;
use std::os::fd::{AsRawFd as _, BorrowedFd, OwnedFd};
use std::path::Path;

/// A directory that is taken for `/`: absolute links inside start there, `..` ends there.
#[derive(Debug)]
pub(crate) struct Root(OwnedFd);

/// Links lead beneath the root, and the magic ones of /proc lead nowhere.
const INSIDE: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);

impl Root {
    /// Opens a directory of the host.
    ///
    /// # Errors
    ///
    /// The host's error.
    pub(crate) fn open(path: impl AsRef<Path>) -> Result<Self> {
        open(path.as_ref(), OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map(Root)
    }

    /// The directory itself.
    pub(crate) fn handle(&self) -> BorrowedFd<'_> {
        use std::os::fd::AsFd as _;
        self.0.as_fd()
    }

    /// A handle of what lies at a path, the last link followed; it can be looked at but not read.
    ///
    /// # Errors
    ///
    /// The host's error; `ENOSYS` before Linux 5.6.
    pub(crate) fn find(&self, path: &str) -> Result<OwnedFd> {
        self.at(path, OFlags::PATH, Mode::empty())
    }

    /// A handle of what lies at a path, the last link not followed.
    ///
    /// # Errors
    ///
    /// As [`Root::find`].
    pub(crate) fn find_link(&self, path: &str) -> Result<OwnedFd> {
        self.at(path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty())
    }

    /// A directory inside, as a root of its own.
    ///
    /// # Errors
    ///
    /// As [`Root::find`]; `ENOTDIR` for anything else.
    pub(crate) fn directory(&self, path: &str) -> Result<Root> {
        self.at(path, OFlags::PATH | OFlags::DIRECTORY, Mode::empty()).map(Root)
    }

    /// Opens a regular file for reading. It is looked at before it is opened: the opening of a device has effects, that of a FIFO waits.
    ///
    /// # Errors
    ///
    /// As [`Root::find`]; `EISDIR` and `EINVAL` for what is no regular file.
    pub(crate) fn read(&self, path: &str) -> Result<OwnedFd> {
        reopen(&self.find(path)?, OFlags::RDONLY)
    }

    /// Opens a regular file for appending, and makes it where it is missing.
    ///
    /// # Errors
    ///
    /// As [`Root::read`].
    pub(crate) fn append(&self, path: &str, mode: Mode) -> Result<OwnedFd> {
        match self.find(path) {
            Ok(found) => reopen(&found, OFlags::WRONLY | OFlags::APPEND),
            // Made only if still nothing is there: nothing else can have come in between.
            Err(Errno::NOENT) => {
                self.at(path, OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::EXCL, mode)
            }
            Err(e) => Err(e),
        }
    }

    /// Whether an entry of the root is a link that leads somewhere else for whoever follows it without taking the root for `/`.
    ///
    /// # Errors
    ///
    /// As [`Root::find`], but for an entry that is not there.
    pub(crate) fn leads_out(&self, name: &str) -> Result<bool> {
        let entry = match self.find_link(name) {
            Err(Errno::NOENT) => return Ok(false),
            entry => entry?,
        };
        if FileType::from_raw_mode(fstat(&entry)?.st_mode) != FileType::Symlink {
            return Ok(false);
        }
        // A link that leads nowhere on the host leads nobody astray.
        let Ok(host) = statat(&self.0, name, AtFlags::empty()) else { return Ok(false) };
        let inside = self.find(name).and_then(fstat);
        Ok(inside
            .map_or(true, |inside| (inside.st_dev, inside.st_ino) != (host.st_dev, host.st_ino)))
    }

    fn at(&self, path: &str, flags: OFlags, mode: Mode) -> Result<OwnedFd> {
        // Another process that renames something meanwhile makes the kernel ask for another try.
        let mut tries = 0_u8;
        loop {
            match openat2(&self.0, path, flags | OFlags::CLOEXEC, mode, INSIDE) {
                Err(Errno::AGAIN) if tries < 16 => tries = tries.saturating_add(1),
                done => return done,
            }
        }
    }
}

/// Opens what a handle stands for, if it is a regular file.
fn reopen(found: &OwnedFd, flags: OFlags) -> Result<OwnedFd> {
    match FileType::from_raw_mode(fstat(found)?.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(Errno::ISDIR),
        _ => return Err(Errno::INVAL),
    }
    open(
        format!("/proc/self/fd/{}", found.as_raw_fd()),
        flags | OFlags::CLOEXEC | OFlags::NOCTTY,
        Mode::empty(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir, create_dir_all};
    use std::os::unix::fs::symlink;

    #[test]
    fn links_out_of_a_root_are_told_from_those_inside() {
        let scratch = Scratch::new();
        let root = scratch.path().join("root");
        create_dir_all(root.join("real")).unwrap();
        create_dir(scratch.path().join("outside")).unwrap();
        let links = [
            ("relative", "real", false),
            ("up", "../outside", true),
            ("up_and_in", "../root/real", true),
            ("host", "/proc", true),
            ("nowhere", "/no/such/place", false),
            ("loop", "loop", false),
        ];
        for (name, target, _) in links {
            symlink(target, root.join(name)).unwrap();
        }
        symlink(scratch.path().join("outside"), root.join("last")).unwrap();
        symlink("last", root.join("chain")).unwrap();
        let root = Root::open(&root).unwrap();
        let more = [("real", "", false), ("none", "", false), ("chain", "", true)];
        for (name, _, wanted) in links.into_iter().chain(more) {
            assert_eq!(root.leads_out(name), Ok(wanted), "{name}");
        }
    }
}
