//! Mounts what a container needs before its runtime is called: /dev/shm's tmpfs, an overlay above a root directory.

use super::directories;
use super::failed::{Attempt, Failed};
use super::owners;
use super::served;
use super::tree;
use crate::linux::gather::lsm;
use rustix::fs::{
    AtFlags, CWD, Mode, OFlags, Stat, StatxAttributes, StatxFlags, chmodat, chownat, fchmod,
    fchown, open, stat, statx, utimensat,
};
use rustix::fs::{Gid, Uid};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use std::borrow::Cow;
use std::ffi::CString;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

/// Whether something is mounted on a path.
pub(super) fn is_mounted(path: &Path) -> Result<bool, Failed> {
    let flags = AtFlags::SYMLINK_NOFOLLOW | AtFlags::NO_AUTOMOUNT;
    match statx(CWD, path, flags, StatxFlags::empty()) {
        Ok(found) if found.stx_attributes_mask.contains(StatxAttributes::MOUNT_ROOT) => {
            Ok(found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
        }
        // Linux before 5.8 does not say.
        Ok(_) => Err(Failed::at(Attempt::Look, path)(Errno::NOSYS)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
        Err(e) => Err(Failed::at(Attempt::Look, path)(e)),
    }
}

/// LP-SHM-01, LP-MNT-02: a tmpfs; one that is mounted already is used as it is.
pub(super) fn shm(path: &Path, data: &str, uid: u32, gid: u32) -> Result<(), Failed> {
    if is_mounted(path)? {
        return Ok(());
    }
    let failed = Failed::at(Attempt::Mount, path);
    let flags = MountFlags::NOEXEC | MountFlags::NOSUID | MountFlags::NODEV;
    // A label is for SELinux alone; any other kernel refuses it.
    let data = if lsm::selinux() { Cow::Borrowed(data) } else { without_context(data) };
    let data = CString::new(data.as_bytes()).map_err(|_| failed(Errno::INVAL))?;
    mount("shm", path, "tmpfs", flags, &*data).map_err(failed)?;
    owners::chown(
        path,
        owners::Chown { uid, gid, recursive: false, unless_owned: false, guarded: false },
    )
}

fn without_context(data: &str) -> Cow<'_, str> {
    // A label has commas of its own, but stands last and in quotes (LP-LEAF-07).
    match data.split_once("context=\"") {
        Some((rest, _)) => Cow::Borrowed(rest.strip_suffix(',').unwrap_or(rest)),
        None => Cow::Borrowed(data),
    }
}

/// The image's content as the container's root: for now a directory, which only has to be there.
pub(super) fn rootfs(path: &Path) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Mount, path);
    open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map(drop)
        .map_err(failed)
}

/// An overlay above a root directory.
#[derive(Clone, Copy, Debug)]
pub(super) struct RootfsOverlay<'a> {
    /// The lower directory.
    pub(super) rootfs: &'a Path,
    /// The directory of the others.
    pub(super) content: &'a Path,
    pub(super) options: &'a [Cow<'a, str>],
    /// Who mounts it instead of the kernel; empty for none.
    pub(super) program: &'a str,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// LP-MNT-04: an overlay above a root directory, mounted on `merge`.
pub(super) fn rootfs_overlay(overlay: RootfsOverlay<'_>) -> Result<(), Failed> {
    let RootfsOverlay { rootfs, content, options, program, uid, gid } = overlay;
    let merge = content.join("merge");
    if is_mounted(&merge)? {
        return Ok(());
    }
    for name in ["upper", "work", "merge"] {
        directories::make(&content.join(name), 0o700, 0, 0)?;
    }
    like(&content.join("upper"), rootfs)?;
    if program.is_empty() {
        let failed = Failed::at(Attempt::Mount, &merge);
        let (flags, propagation, data) = split(options);
        let data = CString::new(data).map_err(|_| failed(Errno::INVAL))?;
        mount("overlay", &merge, "overlay", flags, &*data).map_err(&failed)?;
        if let Some(propagation) = propagation {
            mount_change(&merge, propagation).map_err(failed)?;
        }
    } else {
        served::mount(program, &options.join(","), &merge)?;
    }
    owners::chown(
        &merge,
        owners::Chown { uid, gid, recursive: false, unless_owned: false, guarded: true },
    )
}

/// What of mount options are flags, what is propagation, and what is left for the file system.
fn split(options: &[Cow<'_, str>]) -> (MountFlags, Option<MountPropagationFlags>, String) {
    let (mut flags, mut propagation, mut data) = (MountFlags::empty(), None, Vec::new());
    for option in options {
        match &**option {
            "nodev" => flags |= MountFlags::NODEV,
            "nosuid" => flags |= MountFlags::NOSUID,
            "noexec" => flags |= MountFlags::NOEXEC,
            "ro" => flags |= MountFlags::RDONLY,
            "rw" => flags.remove(MountFlags::RDONLY),
            "private" => propagation = Some(MountPropagationFlags::PRIVATE),
            "rprivate" => {
                propagation = Some(MountPropagationFlags::PRIVATE | MountPropagationFlags::REC);
            }
            other => data.push(other),
        }
    }
    (flags, propagation, data.join(","))
}

/// LP-OVL-02: the directories of an overlay that the runtime mounts, or a program. The upper one takes mode and owner of the source.
pub(super) fn overlay(
    source: &Path,
    content: &Path,
    upper: &Path,
    work: &Path,
    uid: u32,
    gid: u32,
) -> Result<(), Failed> {
    for name in ["upper", "work", "merge"] {
        directories::make(&content.join(name), 0o700, uid, gid)?;
    }
    if upper.as_os_str().is_empty() {
        return directories::make(&content.join("lower"), 0o755, uid, gid);
    }
    for given in [upper, work] {
        open(given, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(Failed::at(Attempt::Look, given))?;
    }
    like(upper, source)
}

/// Gives a directory the mode and the owner of another.
fn like(path: &Path, other: &Path) -> Result<(), Failed> {
    let found = stat(other).map_err(Failed::at(Attempt::Look, other))?;
    let failed = Failed::at(Attempt::Own, path);
    let directory = open(path, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
        .map_err(&failed)?;
    fchown(&directory, Some(Uid::from_raw(found.st_uid)), Some(Gid::from_raw(found.st_gid)))
        .map_err(&failed)?;
    fchmod(&directory, Mode::from_raw_mode(found.st_mode & 0o7777)).map_err(failed)
}

/// LP-VOL-30: gives a volume what the directory has that it covers. One that is a link has nothing to give.
pub(super) fn like_covered(mountpoint: &Path, covered: &Stat) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Own, mountpoint);
    let (uid, gid) = (Uid::from_raw(covered.st_uid), Gid::from_raw(covered.st_gid));
    chownat(CWD, mountpoint, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
    chmod(mountpoint, covered.st_mode & 0o7777)?;
    volume_times(mountpoint, covered)
}

/// LP-VOL-35: gives a volume the times of last access and modification of what it covers, ns precise. A link is followed.
fn volume_times(mountpoint: &Path, covered: &Stat) -> Result<(), Failed> {
    utimensat(CWD, mountpoint, &tree::times(covered), AtFlags::empty())
        .map_err(Failed::at(Attempt::Own, mountpoint))
}

/// Changes a mode by path.
pub(super) fn chmod(path: &Path, mode: u32) -> Result<(), Failed> {
    chmodat(CWD, path, Mode::from_raw_mode(mode), AtFlags::empty())
        .map_err(Failed::at(Attempt::Own, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::create_dir;
    use std::os::unix::fs::{MetadataExt as _, symlink};
    #[test]
    fn options_are_flags_propagation_and_data() {
        let options: Vec<Cow<'_, str>> =
            ["lowerdir=/a\\:b:/c", "upperdir=/u", "private", "nodev", "userxattr"]
                .map(Cow::Borrowed)
                .into();
        let (flags, propagation, data) = split(&options);
        assert_eq!((flags, propagation), (MountFlags::NODEV, Some(MountPropagationFlags::PRIVATE)));
        assert_eq!(data, "lowerdir=/a\\:b:/c,upperdir=/u,userxattr");
    }

    #[test]
    fn a_label_is_left_out_where_nobody_reads_it() {
        for (data, plain) in [
            ("mode=1777,size=5", "mode=1777,size=5"),
            ("mode=1777,size=5,context=\"a:b:c:s0:c1,c2\"", "mode=1777,size=5"),
            ("context=\"a:b\"", ""),
        ] {
            assert_eq!(without_context(data), plain);
        }
    }

    #[test]
    fn mount_points_are_told_from_directories() {
        assert!(is_mounted(Path::new("/proc")).unwrap());
        assert!(!is_mounted(Path::new("/proc/self")).unwrap());
        assert!(!is_mounted(Path::new("/nowhere/at/all")).unwrap());
    }

    /// The table of LP-VOL-35.
    #[test]
    fn a_volume_takes_both_times_to_the_nanosecond() {
        let scratch = Scratch::new();
        let (covered, volume) = (scratch.path().join("covered"), scratch.path().join("volume"));
        create_dir(&covered).unwrap();
        create_dir(&volume).unwrap();
        symlink(&volume, scratch.path().join("link")).unwrap();
        let set = |(atime, atime_ns): (i64, i64), (mtime, mtime_ns): (i64, i64)| {
            let times = rustix::fs::Timestamps {
                last_access: rustix::fs::Timespec { tv_sec: atime, tv_nsec: atime_ns },
                last_modification: rustix::fs::Timespec { tv_sec: mtime, tv_nsec: mtime_ns },
            };
            utimensat(CWD, &covered, &times, AtFlags::empty()).unwrap();
            stat(&covered).unwrap()
        };
        let found = |path: &Path| {
            let meta = path.symlink_metadata().unwrap();
            ((meta.atime(), meta.atime_nsec()), (meta.mtime(), meta.mtime_nsec()))
        };
        let wanted = ((1, 500_000_000), (2, 250_000_000));
        volume_times(&volume, &set(wanted.0, wanted.1)).unwrap();
        assert_eq!(found(&volume), wanted);
        let wanted = ((1_700_000_000, 123_456_789), (3, 1));
        volume_times(&scratch.path().join("link"), &set(wanted.0, wanted.1)).unwrap();
        assert_eq!(found(&volume), wanted);
        let covered = stat(&covered).unwrap();
        let missing = volume_times(&scratch.path().join("none"), &covered).unwrap_err();
        assert_eq!(missing.source, Errno::NOENT);
        // Where this host has something that is read-only.
        let read_only = ["/sys/fs/cgroup", "/proc/sys"].map(Path::new).into_iter().find(|path| {
            rustix::fs::statvfs(*path)
                .is_ok_and(|found| found.f_flag.contains(rustix::fs::StatVfsMountFlags::RDONLY))
        });
        if let Some(path) = read_only {
            assert_eq!(volume_times(path, &covered).unwrap_err().source, Errno::ROFS);
        }
        // All that a volume takes: the times come last, as the others change what is looked at.
        like_covered(&volume, &covered).unwrap();
        assert_eq!(found(&volume), wanted);
    }
}
