//! Asks about paths of the host: what is there, whose it is, how its file system is mounted.

use super::devices::{self, node};
use super::read::{errno, io_errno};
use crate::facts::{Answer, Errno, FileKind, PathFacts, StatFs, Table};
use rustix::fs::{FileType, StatVfsMountFlags, lstat, major, minor, stat, statvfs};
use std::borrow::ToOwned as _;
use std::fs::canonicalize;
use std::string::String;

/// What is known of a path, but for the devices below it: to find these a whole tree may have to be walked.
pub(super) fn facts(path: &str) -> PathFacts {
    let mut facts = PathFacts {
        real: Some(real(path).into()),
        statfs: Some(flags(path).into()),
        device: Some(device(path).into()),
        ..PathFacts::default()
    };
    match stat(path) {
        Ok(found) => {
            facts.kind = Some(Answer::Is(kind(FileType::from_raw_mode(found.st_mode))));
            (facts.uid, facts.gid, facts.mode) =
                (found.st_uid, found.st_gid, found.st_mode & 0o7777);
            (facts.rdev_major, facts.rdev_minor) =
                (major(found.st_rdev).into(), minor(found.st_rdev).into());
        }
        Err(e) => facts.kind = Some(Answer::Error(errno(e))),
    }
    facts
}

/// All device nodes below a directory, by their path relative to it (SG-DEV-06). What cannot be read is passed over.
pub(super) fn devices_below(path: &str) -> Answer<Table<crate::facts::DeviceNode>> {
    match stat(path).map(|found| FileType::from_raw_mode(found.st_mode)) {
        Ok(FileType::Directory) => {
            let relative = |node: crate::facts::DeviceNode| {
                (
                    node.path
                        .strip_prefix(path)
                        .unwrap_or(&node.path)
                        .trim_start_matches('/')
                        .to_owned(),
                    node,
                )
            };
            Answer::Is(devices::all_below(path).into_iter().map(relative).collect())
        }
        Ok(_) => Answer::Error(Errno::ENOTDIR),
        Err(e) => Answer::Error(errno(e)),
    }
}

fn kind(of: FileType) -> FileKind {
    match of {
        FileType::RegularFile => FileKind::File,
        FileType::Directory => FileKind::Directory,
        _ => FileKind::Special,
    }
}

fn real(path: &str) -> Result<String, Errno> {
    let real = canonicalize(path).map_err(|e| io_errno(&e))?;
    // A path that is not UTF-8 cannot be written into a spec either.
    real.into_os_string().into_string().map_err(|_| Errno::EINVAL)
}

fn flags(path: &str) -> Result<StatFs, Errno> {
    let flags = statvfs(path).map_err(errno)?.f_flag;
    let has = |flag| flags.contains(flag);
    Ok(StatFs {
        ro: has(StatVfsMountFlags::RDONLY),
        nosuid: has(StatVfsMountFlags::NOSUID),
        nodev: has(StatVfsMountFlags::NODEV),
        noexec: has(StatVfsMountFlags::NOEXEC),
    })
}

fn device(path: &str) -> Result<crate::facts::DeviceNode, Errno> {
    node(path, &lstat(path).map_err(errno)?).ok_or(Errno::EINVAL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_an_answer() {
        let nothing = facts("/nowhere/at/all");
        assert_eq!(nothing.kind, Some(Answer::Error(Errno::ENOENT)));
        assert_eq!(nothing.real, Some(Answer::Error(Errno::ENOENT)));
        assert_eq!(nothing.statfs, Some(Answer::Error(Errno::ENOENT)));
        assert_eq!(nothing.device, Some(Answer::Error(Errno::ENOENT)));
        assert_eq!(facts("/dev/null/x").kind, Some(Answer::Error(Errno::ENOTDIR)));
        assert_eq!(facts("/a\0b").kind, Some(Answer::Error(Errno::EINVAL)));
    }

    #[test]
    fn a_device_is_told_by_its_numbers() {
        let null = facts("/dev/null");
        assert_eq!(
            (null.kind, null.rdev_major, null.rdev_minor),
            (Some(Answer::Is(FileKind::Special)), 1, 3)
        );
        let Some(Answer::Is(node)) = null.device else { panic!("no device") };
        assert_eq!(
            (node.kind.as_str(), node.major, node.minor, node.mode & 0o170_000),
            ("c", 1, 3, 0o020_000)
        );
        assert_eq!(facts("/").device, Some(Answer::Error(Errno::EINVAL)));
        assert_eq!(devices_below("/dev/null"), Answer::Error(Errno::ENOTDIR));
        assert_eq!(devices_below("/proc/self/fdinfo"), Answer::Is(Table::default()));
    }
}
