//! Moves the processes of this process's own cgroup into a child of it: with cgroup v2 only a leaf may hold processes.

use super::back::CGROUP;
use super::failed::{Attempt, Failed};
use crate::linux::gather::read;
use rustix::fs::statfs;
use rustix::io::Errno;
use std::fs::{create_dir, read_to_string, write};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// How often what was started meanwhile is looked for.
const ROUNDS: usize = 8;

/// LP-INIT-04: in each hierarchy, but where this process is at the root.
pub(super) fn move_into(child: &str) -> Result<(), Failed> {
    let own = text("/proc/self/cgroup")?;
    let mountinfo = text("/proc/self/mountinfo")?;
    for line in own.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        if path == "/" {
            continue;
        }
        // A hierarchy that is not mounted here concerns nobody.
        if let Some(directory) = directory(&mountinfo, controllers, path) {
            empty_into(&directory, child, controllers.is_empty())?;
        }
    }
    Ok(())
}

fn text(path: &str) -> Result<String, Failed> {
    read::text(path).map_err(|e| Failed::at(Attempt::Look, path)(Errno::from_raw_os_error(e.0)))
}

/// The directory of a cgroup. `controllers` is as /proc/self/cgroup has it, empty for v2.
fn directory(mountinfo: &str, controllers: &str, path: &str) -> Option<PathBuf> {
    let is_cgroup =
        |at: &PathBuf| statfs(at).is_ok_and(|found| CGROUP.contains(&i128::from(found.f_type)));
    places(mountinfo, controllers, path).into_iter().find(is_cgroup)
}

/// Where the directory of a cgroup may be, as far as mounts tell; something else may be mounted over it.
pub(in crate::linux) fn places(mountinfo: &str, controllers: &str, path: &str) -> Vec<PathBuf> {
    let place = |line: &str| {
        let (mount, source) = line.split_once(" - ")?;
        let mut source = source.split(' ');
        let (kind, options) = (source.next()?, source.nth(1)?);
        let has = |controller: &str| options.split(',').any(|option| option == controller);
        let is_it = if controllers.is_empty() {
            kind == "cgroup2"
        } else {
            kind == "cgroup" && controllers.split(',').all(has)
        };
        let mut mount = mount.split(' ').skip(3);
        let (root, at) = (mount.next()?, mount.next()?);
        let below = Path::new(path).strip_prefix(root).ok()?;
        is_it.then(|| Path::new(at).join(below))
    };
    mountinfo.lines().filter_map(place).collect()
}

fn empty_into(directory: &Path, child: &str, unified: bool) -> Result<(), Failed> {
    let child = directory.join(child);
    match create_dir(&child) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        made => made.map_err(Failed::io(Attempt::Make, &child))?,
    }
    let (from, to) = (directory.join("cgroup.procs"), child.join("cgroup.procs"));
    let mut before = String::new();
    for _ in 0..ROUNDS {
        let now = read_to_string(&from).map_err(Failed::io(Attempt::Look, &from))?;
        if now.is_empty() || now == before {
            break;
        }
        // 0 is one that this process cannot see.
        for pid in now.lines().filter(|pid| *pid != "0") {
            match write(&to, pid) {
                Ok(()) => {}
                // Gone meanwhile.
                Err(e) if e.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => {}
                // Only with v2 it is in the way where it is; a new cpuset of v1, which has no CPUs yet, takes none.
                Err(_) if !unified => {}
                Err(e) => {
                    let note = Some(std::format!("process {pid}"));
                    return Err(Failed { note, ..Failed::io(Attempt::Write, &to)(e) });
                }
            }
        }
        before = now;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cgroup_lies_where_its_hierarchy_is_mounted() {
        let hybrid = "\
30 24 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755
31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
32 30 0:28 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
33 30 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
34 30 0:30 /docker/x /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
";
        for (controllers, path, wanted) in [
            ("", "/a/b", Some("/sys/fs/cgroup/unified/a/b")),
            ("name=systemd", "/a", Some("/sys/fs/cgroup/systemd/a")),
            ("cpu,cpuacct", "/a", Some("/sys/fs/cgroup/cpu,cpuacct/a")),
            ("cpuacct,cpu", "/a", Some("/sys/fs/cgroup/cpu,cpuacct/a")),
            ("pids", "/docker/x/y", Some("/sys/fs/cgroup/pids/y")),
            ("pids", "/docker/z", None),
            ("memory", "/a", None),
        ] {
            let wanted: Vec<PathBuf> = wanted.into_iter().map(PathBuf::from).collect();
            assert_eq!(places(hybrid, controllers, path), wanted, "{controllers} {path}");
        }
        let v2 = "31 30 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";
        assert_eq!(places(v2, "", "/a"), [PathBuf::from("/sys/fs/cgroup/a")]);
    }
}
