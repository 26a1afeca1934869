//! Walks /dev and other directories for device nodes.

use super::read::{errno, io_errno};
use crate::facts::{Answer, DeviceNode, Errno};
use rustix::fs::{FileType, Stat, lstat, major, minor};
use std::borrow::ToOwned as _;
use std::format;
use std::fs::read_dir;
use std::string::String;
use std::vec::Vec;

/// Directories of /dev that hold no devices of the host (LP-DEV-02).
const SKIPPED: [&str; 6] = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts"];

/// How deep a directory is walked: none that holds devices is deeper, and a loop of bind mounts would have no end.
const DEEPEST: usize = 64;

/// The devices of the host, depth first, by file name (LP-DEV-02).
pub(super) fn host(rootless: bool) -> Answer<Vec<DeviceNode>> {
    let mut nodes = Vec::new();
    match walk("/dev", rootless, 0, &mut nodes) {
        Ok(()) => Answer::Is(nodes),
        Err(errno) => Answer::Error(errno),
    }
}

fn walk(
    directory: &str,
    rootless: bool,
    depth: usize,
    nodes: &mut Vec<DeviceNode>,
) -> Result<(), Errno> {
    let names = match names(directory) {
        Ok(names) => names,
        // LP-DEV-02: what a user may not see is not the user's.
        Err(Errno::EACCES | Errno::EPERM) if rootless => return Ok(()),
        Err(errno) => return Err(errno),
    };
    for name in names {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        let found = match lstat(&path) {
            Ok(found) => found,
            Err(e) if errno(e) == Errno::ENOENT => continue,
            Err(e) => return Err(errno(e)),
        };
        if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
            if !SKIPPED.contains(&name.as_str()) && depth < DEEPEST {
                walk(&path, rootless, depth.saturating_add(1), nodes)?;
            }
        } else if name != "console" {
            nodes.extend(node(&path, &found));
        }
    }
    Ok(())
}

/// Character and block devices below a directory, by file name; what cannot be read is passed over.
pub(super) fn all_below(directory: &str) -> Vec<DeviceNode> {
    let mut nodes = Vec::new();
    let mut open: Vec<(String, usize)> = Vec::from([(directory.to_owned(), 0)]);
    while let Some((directory, depth)) = open.pop() {
        for name in names(&directory).unwrap_or_default() {
            let path = format!("{}/{name}", directory.trim_end_matches('/'));
            let Ok(found) = lstat(&path) else { continue };
            if FileType::from_raw_mode(found.st_mode) == FileType::Directory {
                if depth < DEEPEST {
                    open.push((path, depth.saturating_add(1)));
                }
            } else {
                nodes.extend(node(&path, &found).filter(|node| node.kind != "p"));
            }
        }
    }
    nodes
}

/// File names in byte order; those that are not UTF-8 cannot be written into a spec and are left out.
fn names(directory: &str) -> Result<Vec<String>, Errno> {
    let mut names = Vec::new();
    for entry in read_dir(directory).map_err(|e| io_errno(&e))? {
        names.extend(entry.map_err(|e| io_errno(&e))?.file_name().into_string().ok());
    }
    names.sort_unstable();
    Ok(names)
}

/// A device node (LP-DEV-03); `None` for anything else.
pub(super) fn node(path: &str, found: &Stat) -> Option<DeviceNode> {
    let kind = match FileType::from_raw_mode(found.st_mode) {
        FileType::BlockDevice => "b",
        FileType::CharacterDevice => "c",
        FileType::Fifo => "p",
        _ => return None,
    };
    let (major, minor) = (major(found.st_rdev).into(), minor(found.st_rdev).into());
    Some(DeviceNode {
        path: path.to_owned(),
        kind: kind.to_owned(),
        major,
        minor,
        mode: found.st_mode,
        uid: found.st_uid,
        gid: found.st_gid,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_goes_by_name_and_skips_what_is_not_the_hosts() {
        let Answer::Is(nodes) = host(false) else { panic!("no /dev") };
        let paths: Vec<&str> = nodes.iter().map(|n| n.path.as_str()).collect();
        assert!(paths.contains(&"/dev/null"));
        assert!(!paths.iter().any(|p| p.starts_with("/dev/pts/")
            || p.starts_with("/dev/shm/")
            || p.ends_with("/console")));
        let mut top: Vec<&str> = paths
            .iter()
            .filter_map(|p| p.strip_prefix("/dev/"))
            .filter_map(|p| p.split('/').next())
            .collect();
        top.dedup();
        assert!(top.is_sorted(), "{top:?}");
    }
}
