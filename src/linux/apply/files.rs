//! Writes files: beside and renamed on the host, beneath it inside a root.

use super::directories;
use super::failed::{Attempt, Failed};
use super::owners;
use super::tree::{self, Copying};
use crate::files::hosts;
use crate::linux::beneath::Root;
use crate::linux::gather::read::CAREFULLY;
use crate::plan::Content;
use rustix::fs::{
    AtFlags, FileType, FlockOperation, Mode, OFlags, fchmod, flock, fstat, open, openat, renameat,
    unlinkat,
};
use rustix::io::Errno;
use std::ffi::{CString, OsStr};
use std::format;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// What a written file is besides its content.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dress<'a> {
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) gid: u32,
    pub(super) label: &'a str,
}

/// Where a file is written before it gets its name.
pub(super) fn beside(path: &Path) -> PathBuf {
    path.with_file_name(format!(".{}.new", path.file_name().unwrap_or_default().to_string_lossy()))
}

/// Writes a file beside, and renames it: who opens it sees all of it or nothing.
pub(super) fn write(path: &Path, content: &Content<'_>, dress: Dress<'_>) -> Result<(), Failed> {
    match content {
        Content::Text(text) => put(path, dress, |file| file.write_all(text.as_bytes())),
        Content::CopyOf(source) => {
            let from = regular(Path::new(&**source))?;
            put(path, dress, |file| std::io::copy(&mut File::from(from), file).map(|_| ()))
        }
    }
}

/// Writes bytes as [`write()`] does.
pub(super) fn write_bytes(path: &Path, bytes: &[u8], dress: Dress<'_>) -> Result<(), Failed> {
    put(path, dress, |file| file.write_all(bytes))
}

fn put(
    path: &Path,
    dress: Dress<'_>,
    fill: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Write, path);
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(failed(Errno::INVAL));
    };
    let beside = beside(path);
    let beside = beside.file_name().unwrap_or_default();
    let directory =
        open(above, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(&failed)?;
    // One that a killed process left.
    match unlinkat(&directory, beside, AtFlags::empty()) {
        Err(Errno::NOENT) => {}
        removed => removed.map_err(&failed)?,
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file =
        File::from(openat(&directory, beside, flags, Mode::RUSR | Mode::WUSR).map_err(&failed)?);
    fill(&mut file).map_err(Failed::io(Attempt::Write, path))?;
    tree::own(&file, dress.uid, dress.gid).map_err(Failed::at(Attempt::Own, path))?;
    fchmod(&file, Mode::from_raw_mode(dress.mode)).map_err(Failed::at(Attempt::Own, path))?;
    owners::label_file(&file, path, dress.label)?;
    renameat(&directory, beside, &directory, name).map_err(failed)
}

/// Writes a file anew in its place: who has it bound in sees the new text.
pub(super) fn rewrite(path: &Path, text: &str) -> Result<(), Failed> {
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | CAREFULLY;
    let file = open(path, flags, Mode::empty()).map_err(Failed::at(Attempt::Write, path))?;
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mut file = File::from(file);
    file.write_all(text.as_bytes())
        .and_then(|()| file.set_len(length))
        .map_err(Failed::io(Attempt::Write, path))
}

/// Opens a regular file of the host.
fn regular(path: &Path) -> Result<OwnedFd, Failed> {
    let failed = Failed::at(Attempt::Look, path);
    let from = open(path, OFlags::RDONLY | CAREFULLY, Mode::empty()).map_err(&failed)?;
    match FileType::from_raw_mode(fstat(&from).map_err(&failed)?.st_mode) {
        FileType::RegularFile => Ok(from),
        _ => Err(failed(Errno::INVAL)),
    }
}

/// LP-PW-03: appends inside a root; a file that is missing is made with mode 0600.
pub(super) fn append_in_root(root: &str, path: &str, content: &str) -> Result<(), Failed> {
    let at = Path::new(root).join(path.trim_start_matches('/'));
    let failed = Failed::at(Attempt::Write, &at);
    let file = Root::open(root)
        .and_then(|root| root.append(path, Mode::RUSR | Mode::WUSR))
        .map_err(failed)?;
    File::from(file).write_all(content.as_bytes()).map_err(Failed::io(Attempt::Write, &at))
}

/// LP-SUB-02: copies a file or a directory of files; what is there already is used as it is.
pub(super) fn copy_tree(
    source: &Path,
    destination: &Path,
    uid: u32,
    gid: u32,
    label: &str,
) -> Result<(), Failed> {
    if destination.symlink_metadata().is_ok() {
        return Ok(());
    }
    let failed = Failed::at(Attempt::Write, destination);
    let (Some(above), Some(name)) = (destination.parent(), destination.file_name()) else {
        return Err(failed(Errno::INVAL));
    };
    directories::make(above, 0o755, uid, gid)?;
    let how = Copying::Files { uid, gid };
    let found = rustix::fs::stat(source).map_err(Failed::at(Attempt::Look, source))?;
    if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
        directories::make(destination, found.st_mode & 0o7777, uid, gid)?;
        let opened = |path: &Path| {
            open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
                .map_err(Failed::at(Attempt::Look, path))
        };
        tree::copy_into(&opened(source)?, &opened(destination)?, source, how)?;
    } else {
        let directory =
            open(above, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
                .map_err(&failed)?;
        let name = CString::new(OsStr::as_bytes(name)).map_err(|_| failed(Errno::INVAL))?;
        tree::copy_file(regular(source)?, &directory, &name, how, destination)?;
    }
    owners::relabel(destination, label, false, false)
}

/// Which lines [`add_hosts`] would add; empty when the names are there already.
pub(super) fn new_hosts(path: &Path, ip: &str, names: &[&str]) -> Result<String, Failed> {
    let mut text = String::new();
    File::from(regular(path)?)
        .read_to_string(&mut text)
        .map_err(Failed::io(Attempt::Look, path))?;
    Ok(hosts::additions(&text, &[hosts::Entry { ip, names }]))
}

/// LP-HOSTS-20: appends names that are not there to another container's hosts file, under its lock, so that its inode stays.
pub(super) fn add_hosts(path: &Path, ip: &str, names: &[&str]) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Write, path);
    let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | CAREFULLY;
    let mut file = File::from(open(path, flags, Mode::empty()).map_err(failed)?);
    flock(&file, FlockOperation::LockExclusive).map_err(Failed::at(Attempt::Lock, path))?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(Failed::io(Attempt::Look, path))?;
    let more = hosts::additions(&String::from_utf8_lossy(&text), &[hosts::Entry { ip, names }]);
    file.write_all(more.as_bytes()).map_err(Failed::io(Attempt::Write, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir, read_to_string};
    use std::os::unix::fs::{MetadataExt as _, symlink};

    fn dress(mode: u32) -> Dress<'static> {
        Dress {
            mode,
            uid: rustix::process::geteuid().as_raw(),
            gid: rustix::process::getegid().as_raw(),
            label: "",
        }
    }

    #[test]
    fn a_file_that_is_written_anew_stays_the_same_file() {
        let scratch = Scratch::new();
        let path = scratch.path().join("resolv.conf");
        std::fs::write(&path, "a long text").unwrap();
        let before = path.metadata().unwrap().ino();
        rewrite(&path, "short").unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "short");
        assert_eq!(path.metadata().unwrap().ino(), before);
        symlink(&path, scratch.path().join("link")).unwrap();
        rewrite(&scratch.path().join("link"), "x").unwrap_err();
        rewrite(&scratch.path().join("none"), "x").unwrap_err();
    }

    #[test]
    fn a_file_is_whole_under_its_name_and_replaces_what_was_there() {
        let scratch = Scratch::new();
        let path = scratch.path().join("hosts");
        let outside = scratch.path().join("outside");
        std::fs::write(&outside, "outside").unwrap();
        // A link under the name is replaced, not written through; what a killed process left beside is written anew.
        symlink(&outside, &path).unwrap();
        symlink(&outside, beside(&path)).unwrap();
        write(&path, &Content::Text("text".into()), dress(0o644)).unwrap();
        assert_eq!(
            (read_to_string(&path).unwrap().as_str(), read_to_string(&outside).unwrap().as_str()),
            ("text", "outside")
        );
        assert_eq!(path.symlink_metadata().unwrap().mode(), 0o100_644);
        assert!(!beside(&path).exists());
        write(&path, &Content::CopyOf(outside.to_str().unwrap().into()), dress(0o600)).unwrap();
        assert_eq!(read_to_string(&path).unwrap(), "outside");
        assert!(write(&path, &Content::CopyOf("/dev/null".into()), dress(0o600)).is_err());
        assert!(
            write(&scratch.path().join("none/x"), &Content::Text("".into()), dress(0o600)).is_err()
        );
    }

    #[test]
    fn appending_stays_beneath_the_root() {
        let scratch = Scratch::new();
        let (root, outside) = (scratch.path().join("root"), scratch.path().join("passwd"));
        create_dir(&root).unwrap();
        create_dir(root.join("etc")).unwrap();
        std::fs::write(&outside, "outside\n").unwrap();
        let text = root.to_str().unwrap();
        append_in_root(text, "/etc/group", "a\n").unwrap();
        append_in_root(text, "/etc/group", "b\n").unwrap();
        assert_eq!(read_to_string(root.join("etc/group")).unwrap(), "a\nb\n");
        assert_eq!(root.join("etc/group").metadata().unwrap().mode() & 0o7777, 0o600);
        symlink(&outside, root.join("etc/passwd")).unwrap();
        symlink("../../passwd", root.join("etc/up")).unwrap();
        assert!(append_in_root(text, "/etc/passwd", "x\n").is_err());
        assert!(append_in_root(text, "/etc/up", "x\n").is_err());
        assert_eq!(read_to_string(&outside).unwrap(), "outside\n");
    }

    #[test]
    fn names_are_added_to_hosts_once() {
        let scratch = Scratch::new();
        let path = scratch.path().join("hosts");
        std::fs::write(&path, "127.0.0.1\tlocalhost\n").unwrap();
        let inode = path.metadata().unwrap().ino();
        assert!(!new_hosts(&path, "127.0.0.1", &["web"]).unwrap().is_empty());
        add_hosts(&path, "127.0.0.1", &["web"]).unwrap();
        add_hosts(&path, "127.0.0.1", &["web"]).unwrap();
        assert!(new_hosts(&path, "127.0.0.1", &["web"]).unwrap().is_empty());
        assert_eq!(read_to_string(&path).unwrap(), "127.0.0.1\tlocalhost\n127.0.0.1\tweb\n");
        assert_eq!(path.metadata().unwrap().ino(), inode);
    }

    #[test]
    fn a_tree_is_copied_once() {
        let scratch = Scratch::new();
        let at = |name: &str| scratch.path().join(name);
        create_dir(at("from")).unwrap();
        std::fs::write(at("from/a"), "a").unwrap();
        let Dress { uid, gid, .. } = dress(0);
        copy_tree(&at("from"), &at("run/secrets"), uid, gid, "").unwrap();
        std::fs::write(at("from/b"), "b").unwrap();
        copy_tree(&at("from"), &at("run/secrets"), uid, gid, "").unwrap();
        assert!(at("run/secrets/a").exists() && !at("run/secrets/b").exists());
        copy_tree(&at("from/a"), &at("run/one"), uid, gid, "").unwrap();
        assert_eq!(read_to_string(at("run/one")).unwrap(), "a");
    }
}
