//! Copies, removes and walks whole directories by handle: a link that is put in the way meanwhile leads nowhere.

use super::failed::{Attempt, Failed};
use super::mounts;
use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, Stat, chownat, fchmod, fchown, fstat,
    futimens, mkdirat, mknodat, open, openat, openat2, readlinkat, statat, symlinkat, unlinkat,
};
use rustix::fs::{Gid, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::vec::Vec;

/// How deep a tree may be: each level holds a handle.
const DEEPEST: usize = 512;

const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The entries of an open directory, in the order of their names.
fn names(directory: impl AsFd) -> Result<Vec<CString>, Errno> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let name = entry?.file_name().to_owned();
        if name.as_bytes() != b"." && name.as_bytes() != b".." {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn below(path: &Path, name: &CStr) -> PathBuf {
    path.join(OsStr::from_bytes(name.to_bytes()))
}

fn too_deep(path: &Path) -> Failed {
    Failed::at(Attempt::Look, path)(Errno::LOOP)
}

/// Removes a directory and what is in it. What is mounted in it stays, and is an error.
pub(super) fn remove(path: &Path) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Remove, path);
    let found = match statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => found,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    if FileType::from_raw_mode(found.st_mode) != FileType::Directory {
        return unlinkat(CWD, path, AtFlags::empty()).map_err(failed);
    }
    // Its content would be somebody else's.
    if mounts::is_mounted(path)? {
        return Err(failed(Errno::BUSY));
    }
    let directory = open(path, DIRECTORY, Mode::empty()).map_err(&failed)?;
    empty(&directory, path, 0)?;
    unlinkat(CWD, path, AtFlags::REMOVEDIR).map_err(failed)
}

/// What is mounted, be it another directory of the same file system.
const NOT_MOUNTED: ResolveFlags = ResolveFlags::NO_XDEV.union(ResolveFlags::BENEATH);

fn empty(directory: &OwnedFd, path: &Path, depth: usize) -> Result<(), Failed> {
    if depth > DEEPEST {
        return Err(too_deep(path));
    }
    for name in names(directory).map_err(Failed::at(Attempt::Look, path))? {
        let path = below(path, &name);
        let failed = Failed::at(Attempt::Remove, &path);
        let found = match statat(directory, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(found) => found,
            Err(Errno::NOENT) => continue,
            Err(e) => return Err(failed(e)),
        };
        if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
            let inner = openat2(directory, &name, DIRECTORY, Mode::empty(), NOT_MOUNTED)
                .map_err(&failed)?;
            empty(&inner, &path, depth.saturating_add(1))?;
            unlinkat(directory, &name, AtFlags::REMOVEDIR).map_err(failed)?;
        } else {
            unlinkat(directory, &name, AtFlags::empty()).map_err(failed)?;
        }
    }
    Ok(())
}

/// Calls `f` with a handle (`O_PATH`) of everything in a tree, a directory after what is in it. A link at the very top is followed, others are
/// things of their own.
pub(super) fn each(
    path: &Path,
    f: &mut impl FnMut(BorrowedFd<'_>, &Stat, &Path) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let top = open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .map_err(Failed::at(Attempt::Look, path))?;
    walk(&top, path, 0, f)
}

fn walk(
    at: &OwnedFd,
    path: &Path,
    depth: usize,
    f: &mut impl FnMut(BorrowedFd<'_>, &Stat, &Path) -> Result<(), Failed>,
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Look, path);
    let found = fstat(at).map_err(&failed)?;
    if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
        if depth > DEEPEST {
            return Err(too_deep(path));
        }
        let directory = openat(at, ".", DIRECTORY, Mode::empty()).map_err(&failed)?;
        for name in names(&directory).map_err(&failed)? {
            match openat(
                &directory,
                &name,
                OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                Mode::empty(),
            ) {
                Ok(inner) => walk(&inner, &below(path, &name), depth.saturating_add(1), f)?,
                // Gone meanwhile.
                Err(Errno::NOENT) => {}
                Err(e) => return Err(Failed::at(Attempt::Look, below(path, &name))(e)),
            }
        }
    }
    f(at.as_fd(), &found, path)
}

/// Changes the owner of what a handle stands for.
pub(super) fn own(at: impl AsFd, uid: u32, gid: u32) -> Result<(), Errno> {
    chownat(at, "", Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)), AtFlags::EMPTY_PATH)
}

/// How a tree is copied.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Copying {
    /// As it is: owners, modes, times, links, special files.
    Archive,
    /// Regular files and directories, links followed where they lead to such; all with this owner.
    Files {
        /// Owner of the copies.
        uid: u32,
        /// Group of the copies.
        gid: u32,
    },
}

/// Copies what is in one directory into another.
pub(super) fn copy_into(
    from: &OwnedFd,
    to: &OwnedFd,
    path: &Path,
    how: Copying,
) -> Result<(), Failed> {
    copy_entries(from, to, path, how, 0)
}

fn copy_entries(
    from: &OwnedFd,
    to: &OwnedFd,
    path: &Path,
    how: Copying,
    depth: usize,
) -> Result<(), Failed> {
    if depth > DEEPEST {
        return Err(too_deep(path));
    }
    for name in names(from).map_err(Failed::at(Attempt::Look, path))? {
        copy_entry(from, to, &name, &below(path, &name), how, depth)?;
    }
    Ok(())
}

/// Copies one entry, under its name, where nothing may be yet.
fn copy_entry(
    from: &OwnedFd,
    to: &OwnedFd,
    name: &CStr,
    path: &Path,
    how: Copying,
    depth: usize,
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Write, path);
    let link = if how == Copying::Archive { AtFlags::SYMLINK_NOFOLLOW } else { AtFlags::empty() };
    let found = match statat(from, name, link) {
        Ok(found) => found,
        // A link that leads nowhere, or what is gone meanwhile.
        Err(Errno::NOENT) => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    let follow = if how == Copying::Archive { OFlags::NOFOLLOW } else { OFlags::empty() };
    match FileType::from_raw_mode(found.st_mode) {
        FileType::Directory => {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | follow;
            let source = openat(from, name, flags, Mode::empty()).map_err(&failed)?;
            mkdirat(to, name, Mode::RWXU).map_err(&failed)?;
            let copy = openat(to, name, DIRECTORY, Mode::empty()).map_err(&failed)?;
            copy_entries(&source, &copy, path, how, depth.saturating_add(1))?;
            dress(&copy, &found, how).map_err(failed)
        }
        FileType::RegularFile => {
            let source = openat(
                from,
                name,
                OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | follow,
                Mode::empty(),
            )
            .map_err(&failed)?;
            copy_file(source, to, name, how, path)
        }
        _ if how != Copying::Archive => Ok(()),
        FileType::Symlink => {
            let target = readlinkat(from, name, Vec::new()).map_err(&failed)?;
            symlinkat(&*target, to, name).map_err(&failed)?;
            let (uid, gid) = (Uid::from_raw(found.st_uid), Gid::from_raw(found.st_gid));
            chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)
        }
        kind @ (FileType::Fifo | FileType::CharacterDevice | FileType::BlockDevice) => {
            mknodat(to, name, kind, Mode::from_raw_mode(found.st_mode), found.st_rdev)
                .map_err(&failed)?;
            let (uid, gid) = (Uid::from_raw(found.st_uid), Gid::from_raw(found.st_gid));
            chownat(to, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)
        }
        // A socket without its process is of no use.
        _ => Ok(()),
    }
}

/// Copies an open regular file to a new one.
pub(super) fn copy_file(
    source: OwnedFd,
    to: &OwnedFd,
    name: &CStr,
    how: Copying,
    path: &Path,
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Write, path);
    let found = fstat(&source).map_err(&failed)?;
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(failed(Errno::INVAL));
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut copy = File::from(openat(to, name, flags, Mode::RUSR | Mode::WUSR).map_err(&failed)?);
    std::io::copy(&mut File::from(source), &mut copy).map_err(Failed::io(Attempt::Write, path))?;
    dress(&OwnedFd::from(copy), &found, how).map_err(failed)
}

/// Gives a copy owner, mode and times. The mode comes after the owner, whose change takes set-id bits away.
fn dress(copy: &OwnedFd, like: &Stat, how: Copying) -> Result<(), Errno> {
    let (uid, gid) = match how {
        Copying::Archive => (like.st_uid, like.st_gid),
        Copying::Files { uid, gid } => (uid, gid),
    };
    fchown(copy, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))?;
    fchmod(copy, Mode::from_raw_mode(like.st_mode & 0o7777))?;
    if how == Copying::Archive { futimens(copy, &times(like)) } else { Ok(()) }
}

/// The times of a file, ns precise.
pub(super) fn times(like: &Stat) -> Timestamps {
    let at =
        |tv_sec: i64, nanos: u64| Timespec { tv_sec, tv_nsec: i64::try_from(nanos).unwrap_or(0) };
    Timestamps {
        last_access: at(like.st_atime, like.st_atime_nsec),
        last_modification: at(like.st_mtime, like.st_mtime_nsec),
    }
}

/// Whether an open directory has no entries.
pub(super) fn is_empty(directory: impl AsFd) -> Result<bool, Errno> {
    names(directory).map(|names| names.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir, create_dir_all, read_link, read_to_string, write};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    fn opened(path: &Path) -> OwnedFd {
        open(path, DIRECTORY, Mode::empty()).unwrap()
    }

    #[test]
    fn an_archive_keeps_what_files_are() {
        let scratch = Scratch::new();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        create_dir_all(from.join("sub")).unwrap();
        create_dir(&to).unwrap();
        write(from.join("sub/file"), "text").unwrap();
        std::fs::set_permissions(from.join("sub/file"), std::fs::Permissions::from_mode(0o4711))
            .unwrap();
        std::fs::set_permissions(from.join("sub"), std::fs::Permissions::from_mode(0o500)).unwrap();
        symlink("/nowhere", from.join("link")).unwrap();
        mknodat(CWD, from.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        copy_into(&opened(&from), &opened(&to), &from, Copying::Archive).unwrap();
        assert_eq!(read_to_string(to.join("sub/file")).unwrap(), "text");
        for name in ["sub", "sub/file", "link", "fifo"] {
            let (a, b) = (
                from.join(name).symlink_metadata().unwrap(),
                to.join(name).symlink_metadata().unwrap(),
            );
            assert_eq!((a.mode(), a.uid(), a.gid()), (b.mode(), b.uid(), b.gid()), "{name}");
            assert!(
                name == "link"
                    || name == "fifo"
                    || (a.mtime(), a.mtime_nsec()) == (b.mtime(), b.mtime_nsec()),
                "{name}"
            );
        }
        assert_eq!(read_link(to.join("link")).unwrap(), Path::new("/nowhere"));
        remove(&to).unwrap();
        remove(&to).unwrap();
        assert!(!to.exists());
    }

    #[test]
    fn files_are_copied_through_links_and_nothing_else_is() {
        let scratch = Scratch::new();
        let (from, to) = (scratch.path().join("from"), scratch.path().join("to"));
        create_dir(&from).unwrap();
        create_dir(&to).unwrap();
        write(scratch.path().join("other"), "linked").unwrap();
        symlink("../other", from.join("good")).unwrap();
        symlink("nowhere", from.join("dangling")).unwrap();
        mknodat(CWD, from.join("fifo"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let owner = from.metadata().unwrap();
        copy_into(
            &opened(&from),
            &opened(&to),
            &from,
            Copying::Files { uid: owner.uid(), gid: owner.gid() },
        )
        .unwrap();
        assert_eq!(read_to_string(to.join("good")).unwrap(), "linked");
        assert!(to.join("good").symlink_metadata().unwrap().is_file());
        assert!(!to.join("dangling").exists() && !to.join("fifo").exists());
        // What stands there already is never written over.
        assert!(
            copy_into(
                &opened(&from),
                &opened(&to),
                &from,
                Copying::Files { uid: owner.uid(), gid: owner.gid() }
            )
            .is_err()
        );
    }

    #[test]
    fn removing_does_not_follow_links() {
        let scratch = Scratch::new();
        let (inside, outside) = (scratch.path().join("inside"), scratch.path().join("outside"));
        create_dir_all(inside.join("a/b")).unwrap();
        create_dir(&outside).unwrap();
        write(outside.join("keep"), "").unwrap();
        symlink(&outside, inside.join("a/link")).unwrap();
        remove(&inside).unwrap();
        assert!(!inside.exists() && outside.join("keep").exists());
        // A link at the top is removed, not followed.
        symlink(&outside, &inside).unwrap();
        remove(&inside).unwrap();
        assert!(!inside.exists() && outside.join("keep").exists());
    }
}
