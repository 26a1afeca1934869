//! Makes directories: on the host by their path, inside a root beneath it by handle.

use super::failed::{Attempt, Failed};
use super::tree;
use crate::linux::beneath::Root;
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, chmodat, chownat, fchmod, mkdirat, open, openat, statat,
    symlinkat,
};
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use std::borrow::ToOwned;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// The directories of a path that are not there, the uppermost first.
pub(in crate::linux) fn missing(path: &Path) -> Vec<PathBuf> {
    let absent = |path: &&Path| statat(CWD, *path, AtFlags::SYMLINK_NOFOLLOW).is_err();
    let mut missing: Vec<PathBuf> =
        path.ancestors().take_while(absent).map(Path::to_owned).collect();
    missing.reverse();
    missing
}

/// Makes a directory and those above it. What is there already keeps its mode and owner.
pub(in crate::linux) fn make(path: &Path, mode: u32, uid: u32, gid: u32) -> Result<(), Failed> {
    /// How often the directory above may be taken away meanwhile, by whoever was the last in it.
    const TRIES: usize = 100;
    let mut tries = 0..TRIES;
    loop {
        match try_to_make(path, mode, uid, gid) {
            Err(failed) if failed.source == Errno::NOENT && tries.next().is_some() => {}
            made => return made,
        }
    }
}

fn try_to_make(path: &Path, mode: u32, uid: u32, gid: u32) -> Result<(), Failed> {
    for path in missing(path) {
        let failed = Failed::at(Attempt::Make, &path);
        match mkdirat(CWD, &path, Mode::RWXU) {
            // Another process made it just now.
            Err(Errno::EXIST) => continue,
            made => made.map_err(&failed)?,
        }
        let made = open(
            &path,
            OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map_err(&failed)?;
        dress(&made, mode, uid, gid).map_err(Failed::at(Attempt::Own, &path))?;
    }
    let found = statat(CWD, path, AtFlags::empty()).map_err(Failed::at(Attempt::Make, path))?;
    if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
        Ok(())
    } else {
        Err(Failed::at(Attempt::Make, path)(Errno::NOTDIR))
    }
}

/// Refuses a directory in which somebody else could replace what is ours: one of another user, or one that others write to.
pub(in crate::linux) fn safe(path: &Path) -> Result<(), Failed> {
    const OTHERS_WRITE: u32 = 0o022;
    const STICKY: u32 = 0o1000;
    let found = statat(CWD, path, AtFlags::empty()).map_err(Failed::at(Attempt::Look, path))?;
    let owned = found.st_uid == 0 || found.st_uid == rustix::process::geteuid().as_raw();
    if owned && (found.st_mode & OTHERS_WRITE == 0 || found.st_mode & STICKY != 0) {
        return Ok(());
    }
    let note = Some("it is another user's, or others may write to it".to_owned());
    Err(Failed { note, ..Failed::at(Attempt::Make, path)(Errno::PERM) })
}

fn dress(made: &OwnedFd, mode: u32, uid: u32, gid: u32) -> Result<(), Errno> {
    let own =
        rustix::process::geteuid().as_raw() == uid && rustix::process::getegid().as_raw() == gid;
    if !own {
        tree::own(made, uid, gid)?;
    }
    fchmod(made, Mode::from_raw_mode(mode))
}

/// LP-MNT-06: /etc and the link /etc/mtab inside a root.
pub(super) fn make_mtab(path: &str, uid: u32, gid: u32) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Make, Path::new(path).join("etc/mtab"));
    let root = Root::open(path).map_err(&failed)?;
    let own = |directory: &Root, name: &str| {
        if uid == 0 && gid == 0 {
            return Ok(());
        }
        chownat(
            directory.handle(),
            name,
            Some(Uid::from_raw(uid)),
            Some(Gid::from_raw(gid)),
            AtFlags::SYMLINK_NOFOLLOW,
        )
    };
    match mkdirat(root.handle(), "etc", Mode::from_raw_mode(0o755)) {
        Err(Errno::EXIST) => {}
        made => made.and_then(|()| own(&root, "etc")).map_err(&failed)?,
    }
    let etc = root.directory("etc").map_err(&failed)?;
    match symlinkat("/proc/mounts", etc.handle(), "mtab") {
        Err(Errno::EXIST) => Ok(()),
        made => made.and_then(|()| own(&etc, "mtab")).map_err(failed),
    }
}

/// Refuses a root whose /dev is a link out of it, before a runtime is told of it: crun 1.8 makes its devices where that leads.
pub(super) fn refuse_dev_outside(root: &Path) -> Result<(), Failed> {
    // A root that cannot be opened is the runtime's to tell.
    let Ok(found) = Root::open(root) else { return Ok(()) };
    let failed = Failed::at(Attempt::Look, root.join("dev"));
    if found.leads_out("dev").map_err(&failed)? {
        let note = Some("it is a link that leads out of the root filesystem".to_owned());
        return Err(Failed { note, ..failed(Errno::XDEV) });
    }
    Ok(())
}

/// LP-WD-03: a directory and those above it inside a root; only the last one gets the owner, and only if it was made.
pub(super) fn make_work_dir(root: &str, path: &str, uid: u32, gid: u32) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Make, Path::new(root).join(path.trim_start_matches('/')));
    let mut at = Root::open(root).map_err(&failed)?;
    let top = Root::open(root).map_err(&failed)?;
    let mut so_far = String::new();
    let mut made_last = None;
    for name in path.split('/').filter(|name| !name.is_empty()) {
        so_far.push('/');
        so_far.push_str(name);
        made_last = None;
        at = match top.directory(&so_far) {
            Ok(there) => there,
            Err(Errno::NOENT) => {
                // `at` is where the path has led so far. A link that leads nowhere stands in the way and is an error here.
                mkdirat(at.handle(), name, Mode::from_raw_mode(0o755)).map_err(&failed)?;
                let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let made = openat(at.handle(), name, flags, Mode::empty()).map_err(&failed)?;
                fchmod(&made, Mode::from_raw_mode(0o755)).map_err(&failed)?;
                made_last = Some(made);
                top.directory(&so_far).map_err(&failed)?
            }
            Err(e) => return Err(failed(e)),
        };
    }
    made_last.map_or(Ok(()), |made| tree::own(&made, uid, gid)).map_err(failed)
}

/// LP-INIT-03: search permission on a path and each directory above it, but for those that are the user's own.
pub(super) fn make_accessible(path: &Path, uid: u32, gid: u32) -> Result<(), Failed> {
    const SEARCH: u32 = 0o111;
    for path in path.ancestors().filter(|path| path.parent().is_some()) {
        let failed = Failed::at(Attempt::Own, path);
        let found = match statat(CWD, path, AtFlags::empty()) {
            Ok(found) => found,
            Err(Errno::NOENT) => return Ok(()),
            Err(e) => return Err(failed(e)),
        };
        let mode = found.st_mode & 0o7777;
        if (found.st_uid, found.st_gid) != (uid, gid) && mode & SEARCH != SEARCH {
            chmodat(CWD, path, Mode::from_raw_mode(mode | SEARCH), AtFlags::empty())
                .map_err(failed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::format;
    use std::fs::{create_dir, create_dir_all, metadata, read_link, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    fn ids() -> (u32, u32) {
        (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw())
    }

    #[test]
    fn what_is_made_gets_the_mode_whatever_the_umask() {
        let scratch = Scratch::new();
        let (uid, gid) = ids();
        let path = scratch.path().join("a/b/c");
        assert_eq!(missing(&path).len(), 3);
        make(&path, 0o777, uid, gid).unwrap();
        make(&path, 0o700, uid, gid).unwrap();
        for above in ["a", "a/b", "a/b/c"] {
            assert_eq!(
                metadata(scratch.path().join(above)).unwrap().mode() & 0o7777,
                0o777,
                "{above}"
            );
        }
        std::fs::write(scratch.path().join("file"), "").unwrap();
        assert_eq!(
            make(&scratch.path().join("file"), 0o700, uid, gid).unwrap_err().source,
            Errno::NOTDIR
        );
        assert!(make(&scratch.path().join("file/x"), 0o700, uid, gid).is_err());
    }

    #[test]
    fn links_inside_a_root_do_not_lead_out() {
        let scratch = Scratch::new();
        let (uid, gid) = ids();
        let (root, outside) = (scratch.path().join("root"), scratch.path().join("outside"));
        create_dir_all(root.join("real")).unwrap();
        create_dir(&outside).unwrap();
        let text = root.to_str().unwrap();
        symlink("/real", root.join("etc")).unwrap();
        make_mtab(text, uid, gid).unwrap();
        make_mtab(text, uid, gid).unwrap();
        assert_eq!(read_link(root.join("real/mtab")).unwrap(), Path::new("/proc/mounts"));
        symlink(&outside, root.join("out")).unwrap();
        symlink("../../outside", root.join("up")).unwrap();
        symlink("/real", root.join("in")).unwrap();
        make_work_dir(text, "/in/work/deep", uid, gid).unwrap();
        assert!(root.join("real/work/deep").is_dir());
        make_work_dir(text, "/../new", uid, gid).unwrap();
        assert!(root.join("new").is_dir() && !scratch.path().join("new").exists());
        for path in ["/out/x", "/up/x", "/out", "/up"] {
            assert!(make_work_dir(text, path, uid, gid).is_err(), "{path}");
        }
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 0);
        // The link itself names a path that does not exist inside, so nothing was made for it there either.
        assert!(!root.join(format!("{}/x", outside.display()).trim_start_matches('/')).exists());
    }

    #[test]
    fn a_directory_of_others_is_refused() {
        let scratch = Scratch::new();
        for (mode, is) in
            [(0o755, true), (0o711, true), (0o1777, true), (0o777, false), (0o775, false)]
        {
            set_permissions(scratch.path(), std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(safe(scratch.path()).is_ok(), is, "{mode:o}");
        }
        if rustix::process::geteuid().is_root() {
            set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
            std::os::unix::fs::chown(scratch.path(), Some(4242), None).unwrap();
            assert!(safe(scratch.path()).is_err());
        }
    }

    #[test]
    fn search_permission_is_added_above() {
        // LP-INIT-03
        let scratch = Scratch::new();
        let path = scratch.path().join("a/b");
        create_dir_all(&path).unwrap();
        set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        set_permissions(scratch.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        make_accessible(&path, 4242, 4242).unwrap();
        assert_eq!(metadata(&path).unwrap().mode() & 0o7777, 0o711);
        assert_eq!(metadata(scratch.path()).unwrap().mode() & 0o7777, 0o711);
        make_accessible(&path.join("none"), 4242, 4242).unwrap();
    }
}
