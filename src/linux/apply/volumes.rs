//! Makes named volumes that are plain directories, fills them and gives them their owner.

use super::directories;
use super::failed::{Attempt, Failed};
use super::mounts;
use super::tree::{self, Copying};
use crate::linux::beneath::Root;
use crate::linux::gather::store::{DATA, NEEDS_CHOWN, NEEDS_COPY_UP, is_name};
use rustix::fs::{FileType, Mode, OFlags, fstat, open, openat};
use rustix::io::Errno;
use std::fs::{remove_file, write};
use std::path::{Path, PathBuf};

/// The directory of a volume.
pub(super) fn directory(volumes: &Path, name: &str) -> Result<PathBuf, Failed> {
    if is_name(name) {
        Ok(volumes.join(name))
    } else {
        Err(Failed::at(Attempt::Make, volumes.join(name))(Errno::INVAL))
    }
}

/// Makes a volume. What is still to be done to it is written down beside its data.
pub(super) fn create(volumes: &Path, name: &str, uid: u32, gid: u32) -> Result<(), Failed> {
    let own = directory(volumes, name)?;
    directories::make(volumes, 0o711, 0, 0)?;
    directories::make(&own, 0o711, 0, 0)?;
    for marker in [NEEDS_COPY_UP, NEEDS_CHOWN] {
        write(own.join(marker), "").map_err(Failed::io(Attempt::Write, own.join(marker)))?;
    }
    directories::make(&own.join(DATA), 0o755, uid, gid)
}

/// LP-MNT-11: copies what the image has at a path into an empty volume. In all other cases it is tried again at the next start.
pub(super) fn fill(
    volumes: &Path,
    name: &str,
    mountpoint: &Path,
    root: &Path,
    path: &str,
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Look, root.join(path.trim_start_matches('/')));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let covered = match Root::open(root).and_then(|root| root.directory(path)) {
        Ok(covered) => openat(covered.handle(), ".", flags, Mode::empty()).map_err(&failed)?,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    let volume = open(mountpoint, flags | OFlags::NOFOLLOW, Mode::empty())
        .map_err(Failed::at(Attempt::Look, mountpoint))?;
    if tree::is_empty(&covered).map_err(&failed)?
        || !tree::is_empty(&volume).map_err(Failed::at(Attempt::Look, mountpoint))?
    {
        return Ok(());
    }
    done(volumes, name, NEEDS_COPY_UP)?;
    tree::copy_into(&covered, &volume, &root.join(path.trim_start_matches('/')), Copying::Archive)
}

/// LP-VOL-30: gives a new volume its owner, and then what the directory has that it covers.
pub(super) fn fix(
    volumes: &Path,
    name: &str,
    mountpoint: &Path,
    root: &Path,
    covers: &Path,
    (uid, gid): (u32, u32),
) -> Result<(), Failed> {
    done(volumes, name, NEEDS_CHOWN)?;
    let volume = open(mountpoint, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
        .map_err(Failed::at(Attempt::Own, mountpoint))?;
    tree::own(&volume, uid, gid).map_err(Failed::at(Attempt::Own, mountpoint))?;
    let inside = covers.strip_prefix(root).unwrap_or(covers).to_string_lossy();
    let covered = match Root::open(root).and_then(|root| root.find_link(&inside)) {
        Ok(covered) => fstat(&covered).map_err(Failed::at(Attempt::Look, covers))?,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(e) => return Err(Failed::at(Attempt::Look, covers)(e)),
    };
    if FileType::from_raw_mode(covered.st_mode) == FileType::Directory {
        mounts::like_covered(mountpoint, &covered)
    } else {
        Ok(())
    }
}

fn done(volumes: &Path, name: &str, marker: &str) -> Result<(), Failed> {
    let path = directory(volumes, name)?.join(marker);
    match remove_file(&path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Failed::io(Attempt::Remove, &path)(e))
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir_all, metadata};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    #[test]
    fn a_new_volume_takes_what_it_covers() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let scratch = Scratch::new();
        let (root, volumes) = (scratch.path().join("root"), scratch.path().join("volumes"));
        create_dir_all(root.join("data/sub")).unwrap();
        write(root.join("data/file"), "text").unwrap();
        std::fs::set_permissions(root.join("data"), std::fs::Permissions::from_mode(0o1750))
            .unwrap();
        std::os::unix::fs::chown(root.join("data"), Some(5), Some(6)).unwrap();
        create(&volumes, "v", 7, 8).unwrap();
        let data = volumes.join("v/_data");
        assert_eq!((metadata(&data).unwrap().uid(), metadata(&data).unwrap().gid()), (7, 8));
        fill(&volumes, "v", &data, &root, "/data").unwrap();
        assert!(
            data.join("file").exists()
                && data.join("sub").is_dir()
                && !volumes.join("v/needs_copy_up").exists()
        );
        // A volume with content is left alone.
        write(root.join("data/more"), "").unwrap();
        fill(&volumes, "v", &data, &root, "/data").unwrap();
        assert!(!data.join("more").exists());
        fix(&volumes, "v", &data, &root, &root.join("data"), (9, 9)).unwrap();
        let found = metadata(&data).unwrap();
        assert_eq!((found.uid(), found.gid(), found.mode() & 0o7777), (5, 6, 0o1750));
        assert!(!volumes.join("v/needs_chown").exists());
        // Nothing is taken through a link that leads out, and a volume's name is one name.
        create(&volumes, "w", 0, 0).unwrap();
        symlink(scratch.path(), root.join("out")).unwrap();
        fill(&volumes, "w", &volumes.join("w/_data"), &root, "/out").unwrap();
        assert!(volumes.join("w/needs_copy_up").exists());
        assert_eq!(create(&volumes, "../x", 0, 0).unwrap_err().source, Errno::INVAL);
    }
}
