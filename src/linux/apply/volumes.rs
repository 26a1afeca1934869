//! Makes named volumes, fills them and gives them their owner. What is done once is done under the volume's lock.

use super::directories;
use super::failed::{Attempt, Failed};
use super::files::{Dress, write_bytes};
use super::mounts;
use super::tree::{self, Copying};
use crate::linux::beneath::Root;
use crate::linux::gather::store::{
    DATA, NEEDS_CHOWN, NEEDS_COPY_UP, RECORD, VolumeRecord, is_name,
};
use rustix::fs::{FileType, FlockOperation, Mode, OFlags, flock, fstat, open, openat};
use rustix::io::Errno;
use std::borrow::{Cow, ToOwned as _};
use std::fs::{remove_file, write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// The directory of a volume.
pub(super) fn directory(volumes: &Path, name: &str) -> Result<PathBuf, Failed> {
    if is_name(name) {
        Ok(volumes.join(name))
    } else {
        Err(Failed::at(Attempt::Make, volumes.join(name))(Errno::INVAL))
    }
}

/// Takes the lock of a volume, or of all of them: that of its directory. It goes with the process.
pub(super) fn lock(directory: &Path) -> Result<OwnedFd, Failed> {
    let failed = Failed::at(Attempt::Lock, directory);
    let handle =
        open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(&failed)?;
    flock(&handle, FlockOperation::LockExclusive).map_err(failed)?;
    Ok(handle)
}

/// Makes a volume, unless another process has made the same meanwhile. What is still to be done to it is written down beside its data.
pub(super) fn create(
    volumes: &Path,
    name: &str,
    uid: u32,
    gid: u32,
    options: &[Cow<'_, str>],
) -> Result<(), Failed> {
    let own = directory(volumes, name)?;
    let pair = |option: &Cow<'_, str>| {
        option.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()))
    };
    let options = options.iter().filter_map(pair).collect();
    directories::make(volumes, 0o711, 0, 0)?;
    let _lock = lock(volumes)?;
    if own.join(DATA).is_dir() {
        let there = record(&own)?;
        if there.options == options {
            return Ok(());
        }
        let note = Some("it was made with other driver options meanwhile: try again".to_owned());
        return Err(Failed { note, ..Failed::at(Attempt::Make, &own)(Errno::EXIST) });
    }
    directories::make(&own, 0o711, 0, 0)?;
    for marker in [NEEDS_COPY_UP, NEEDS_CHOWN] {
        write(own.join(marker), "").map_err(Failed::io(Attempt::Write, own.join(marker)))?;
    }
    if !options.is_empty() {
        let path = own.join(RECORD);
        let text = serde_json::to_vec(&VolumeRecord::new(options))
            .map_err(|_| Failed::at(Attempt::Write, &path)(Errno::INVAL))?;
        write_bytes(&path, &text, Dress { mode: 0o600, uid: 0, gid: 0, label: "" })?;
    }
    // It is a volume when its data has a place, which comes last.
    directories::make(&own.join(DATA), 0o755, uid, gid)
}

/// What is written down with a volume.
pub(super) fn record(own: &Path) -> Result<VolumeRecord, Failed> {
    VolumeRecord::read(own).map_err(|why| {
        let path = own.join(RECORD);
        Failed { note: Some(why), ..Failed::at(Attempt::Look, path)(Errno::INVAL) }
    })
}

/// LP-MNT-11: copies what the image has at a path into an empty volume. In all other cases it is tried again at the next start.
pub(super) fn fill(
    volumes: &Path,
    name: &str,
    mountpoint: &Path,
    root: &Path,
    path: &str,
) -> Result<(), Failed> {
    let own = directory(volumes, name)?;
    // LP-MNT-10: another container that is started with it may have filled it just now.
    let _lock = lock(&own)?;
    if !own.join(NEEDS_COPY_UP).exists() {
        return Ok(());
    }
    let failed = Failed::at(Attempt::Look, root.join(path.trim_start_matches('/')));
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let covered = match Root::open(root).and_then(|root| root.directory(path)) {
        Ok(covered) => openat(covered.handle(), ".", flags, Mode::empty()).map_err(&failed)?,
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(e) => return Err(failed(e)),
    };
    let volume =
        open(mountpoint, flags, Mode::empty()).map_err(Failed::at(Attempt::Look, mountpoint))?;
    if tree::is_empty(&covered).map_err(&failed)?
        || !tree::is_empty(&volume).map_err(Failed::at(Attempt::Look, mountpoint))?
    {
        return Ok(());
    }
    done(&own, NEEDS_COPY_UP)?;
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
    let own = directory(volumes, name)?;
    let _lock = lock(&own)?;
    if !own.join(NEEDS_CHOWN).exists() {
        return Ok(());
    }
    done(&own, NEEDS_CHOWN)?;
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

fn done(own: &Path, marker: &str) -> Result<(), Failed> {
    let path = own.join(marker);
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
        create(&volumes, "v", 7, 8, &[]).unwrap();
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
        create(&volumes, "w", 0, 0, &[]).unwrap();
        symlink(scratch.path(), root.join("out")).unwrap();
        fill(&volumes, "w", &volumes.join("w/_data"), &root, "/out").unwrap();
        assert!(volumes.join("w/needs_copy_up").exists());
        assert_eq!(create(&volumes, "../x", 0, 0, &[]).unwrap_err().source, Errno::INVAL);
    }

    #[test]
    fn a_volume_that_many_make_at_once_is_made_once() {
        if !rustix::process::geteuid().is_root() {
            return;
        }
        let scratch = Scratch::new();
        let (root, volumes) = (scratch.path().join("root"), scratch.path().join("volumes"));
        create_dir_all(root.join("data")).unwrap();
        write(root.join("data/file"), "text").unwrap();
        let data = volumes.join("v/_data");
        let options = [Cow::Borrowed("o=uid=5"), Cow::Borrowed("type=tmpfs")];
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    create(&volumes, "v", 7, 8, &options).unwrap();
                    fill(&volumes, "v", &data, &root, "/data").unwrap();
                    fix(&volumes, "v", &data, &root, &root.join("none"), (9, 9)).unwrap();
                });
            }
        });
        assert_eq!(std::fs::read_to_string(data.join("file")).unwrap(), "text");
        assert_eq!(metadata(&data).unwrap().uid(), 9);
        assert!(!volumes.join("v/needs_copy_up").exists());
        assert!(!volumes.join("v/needs_chown").exists());
        let found = record(&volumes.join("v")).unwrap().options;
        assert_eq!(found.get("o").map(|value| &**value), Some("uid=5"));
        let other = create(&volumes, "v", 7, 8, &[]).unwrap_err();
        assert!(other.note.unwrap().contains("other driver options"));
    }
}
