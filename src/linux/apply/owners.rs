//! Changes owners and labels, of one path or of a whole tree, never of the system's own directories.

use super::failed::{Attempt, Failed};
use super::tree;
use crate::linux::gather::lsm;
use rustix::fs::{Mode, OFlags, XattrFlags, fsetxattr, fstat, getxattr, open, setxattr};
use rustix::io::Errno;
use std::borrow::{Cow, ToOwned as _};
use std::format;
use std::os::fd::{AsFd, AsRawFd as _};
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// The attribute that holds a label.
const LABEL: &str = "security.selinux";

/// What is asked of an owner's change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chown {
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Everything below as well.
    pub(super) recursive: bool,
    /// Only when the top has another owner (LP-VOL-22).
    pub(super) unless_owned: bool,
    /// Refused for system paths (LP-LEAF-09).
    pub(super) guarded: bool,
}

/// Changes the owner of a path.
pub(super) fn chown(path: &Path, how: Chown) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Own, path);
    let path = if how.guarded {
        // LP-LEAF-09: what a link leads to is what counts.
        let real = path.canonicalize().map_err(Failed::io(Attempt::Own, path))?;
        refuse_system(&real, Attempt::Own)?;
        Cow::Owned(real)
    } else {
        Cow::Borrowed(path)
    };
    let top = open(&*path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).map_err(&failed)?;
    let found = fstat(&top).map_err(&failed)?;
    let owned = (found.st_uid, found.st_gid) == (how.uid, how.gid);
    if how.unless_owned && owned {
        return Ok(());
    }
    if !how.recursive {
        return tree::own(&top, how.uid, how.gid).map_err(failed);
    }
    tree::each(&path, &mut |at, found, path| {
        if (found.st_uid, found.st_gid) == (how.uid, how.gid) {
            Ok(())
        } else {
            tree::own(at, how.uid, how.gid).map_err(Failed::at(Attempt::Own, path))
        }
    })
}

/// Sets a label on a tree. Without SELinux, or without a label, there is nothing to do.
pub(super) fn relabel(
    path: &Path,
    label: &str,
    shared: bool,
    unless_labelled: bool,
) -> Result<(), Failed> {
    if label.is_empty() || !lsm::selinux() {
        return Ok(());
    }
    // LP-VOL-21
    if unless_labelled && current(path)? == label.as_bytes() {
        return Ok(());
    }
    // LP-LEAF-08: compared as text, but for one slash at the end.
    let text = path.to_string_lossy();
    refuse_system(
        Path::new(text.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(&text)),
        Attempt::Label,
    )?;
    let label = if shared { shared_level(label) } else { label.to_owned() };
    tree::each(path, &mut |at, _, path| {
        let handle = format!("/proc/self/fd/{}", at.as_raw_fd());
        setxattr(&handle, LABEL, label.as_bytes(), XattrFlags::empty())
            .map_err(Failed::at(Attempt::Label, path))
    })
}

/// Sets a label on an open file.
pub(super) fn label_file(file: impl AsFd, path: &Path, label: &str) -> Result<(), Failed> {
    if label.is_empty() || !lsm::selinux() {
        return Ok(());
    }
    fsetxattr(file, LABEL, label.as_bytes(), XattrFlags::empty())
        .map_err(Failed::at(Attempt::Label, path))
}

fn current(path: &Path) -> Result<Vec<u8>, Failed> {
    let mut label = std::vec![0_u8; 4096];
    let long =
        getxattr(path, LABEL, label.as_mut_slice()).map_err(Failed::at(Attempt::Label, path))?;
    label.truncate(long);
    // The kernel counts the end of the text.
    Ok(label.strip_suffix(b"\0").map(<[u8]>::to_vec).unwrap_or(label))
}

/// The label with the level that all containers share.
fn shared_level(label: &str) -> String {
    let mut parts = label.splitn(4, ':');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(user), Some(role), Some(kind)) => format!("{user}:{role}:{kind}:s0"),
        _ => label.to_owned(),
    }
}

fn refuse_system(path: &Path, attempt: Attempt) -> Result<(), Failed> {
    if is_system(
        path,
        std::env::var_os("HOME").map(PathBuf::from).as_deref(),
        sudo_home().as_deref(),
    ) {
        let note = Some("a directory of the system is not changed as a whole".to_owned());
        return Err(Failed { attempt, path: path.to_owned(), note, source: Errno::PERM });
    }
    Ok(())
}

fn is_system(path: &Path, home: Option<&Path>, other_home: Option<&Path>) -> bool {
    crate::path::SYSTEM.iter().any(|system| path == Path::new(system))
        || Some(path) == home
        || Some(path) == other_home
}

fn sudo_home() -> Option<PathBuf> {
    let user = std::env::var_os("SUDO_USER")?.into_string().ok()?;
    crate::linux::gather::user_home(&user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    #[test]
    fn system_directories_are_refused_through_links_too() {
        let scratch = Scratch::new();
        symlink("/usr", scratch.path().join("link")).unwrap();
        let how = Chown { uid: 0, gid: 0, recursive: true, unless_owned: false, guarded: true };
        for path in [Path::new("/"), Path::new("/etc"), &scratch.path().join("link")] {
            assert_eq!(chown(path, how).unwrap_err().source, Errno::PERM, "{}", path.display());
        }
        assert_eq!(chown(&scratch.path().join("none"), how).unwrap_err().source, Errno::NOENT);
        assert!(is_system(Path::new("/home/ann"), Some(Path::new("/home/ann")), None));
        assert!(is_system(Path::new("/home/bob"), None, Some(Path::new("/home/bob"))));
        assert!(!is_system(Path::new("/srv/data"), None, None));
    }

    #[test]
    fn links_in_a_tree_keep_what_they_lead_to() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let scratch = Scratch::new();
        let (tree, outside) = (scratch.path().join("tree"), scratch.path().join("outside"));
        std::fs::create_dir(&tree).unwrap();
        std::fs::write(tree.join("file"), "").unwrap();
        std::fs::write(&outside, "").unwrap();
        symlink(&outside, tree.join("link")).unwrap();
        let how =
            Chown { uid: 4242, gid: 4343, recursive: true, unless_owned: true, guarded: true };
        chown(&tree, how).unwrap();
        let owner = |path: &Path| path.symlink_metadata().map(|m| (m.uid(), m.gid())).unwrap();
        for path in [&tree, &tree.join("file"), &tree.join("link")] {
            assert_eq!(owner(path), (4242, 4343), "{}", path.display());
        }
        assert_eq!(owner(&outside), (0, 0));
        // LP-VOL-22: the top has the owner already, so nothing below is looked at.
        std::fs::write(tree.join("later"), "").unwrap();
        chown(&tree, how).unwrap();
        assert_eq!(owner(&tree.join("later")), (0, 0));
    }

    #[test]
    fn the_shared_level_is_s0() {
        assert_eq!(
            shared_level("system_u:object_r:container_file_t:s0:c1,c2"),
            "system_u:object_r:container_file_t:s0"
        );
        assert_eq!(shared_level("odd"), "odd");
    }
}
