//! The way back from what was really done: more exact than the plan's, which cannot know what was there before.

use super::failed::{Attempt, Failed, errno};
use super::network::netavark::Netavark;
use super::network::rootless_netns::RootlessNetns;
use super::{served, tree, volume_mounts};
use crate::files::hosts;
use crate::linux::gather::read;
use crate::linux::processes;
use crate::linux::runtime::Runtime;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, open, statfs};
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount};
use std::fs::{File, remove_dir, remove_file};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::string::String;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::vec::Vec;

/// `CGROUP_SUPER_MAGIC` and `CGROUP2_SUPER_MAGIC`, as statfs(2) has them.
pub(super) const CGROUP: [i128; 2] = [0x0027_e0eb, 0x6367_7270];

/// How long processes may take to leave a cgroup.
const ENDS: Duration = Duration::from_secs(5);

/// One thing that is taken back. What is gone already is as good as taken back.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(tag = "undo", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Back {
    /// Unmounts.
    Unmount {
        /// The mount point.
        path: PathBuf,
        /// Detach now, unmount when no longer busy.
        lazy: bool,
    },
    /// Unmounts what a program serves, and waits for the program's end.
    UnmountServed {
        /// The program.
        program: PathBuf,
        /// The mount point, which is the last word that it was called with.
        path: PathBuf,
    },
    /// Ends the use of a volume that a driver mounts; the last user unmounts it.
    LeaveVolume {
        /// The volume's directory.
        directory: PathBuf,
        /// Where it is mounted.
        mountpoint: PathBuf,
        /// The directory of the container that uses it.
        user: PathBuf,
    },
    /// Removes a file.
    RemoveFile {
        /// The file.
        path: PathBuf,
    },
    /// Removes a directory that was made, if nothing of others is in it.
    RemoveDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// Removes a directory that was made and is ours alone, with what is in it. It does not go into what is mounted there.
    RemoveTree {
        /// The directory.
        path: PathBuf,
    },
    /// Takes lines out of another container's hosts file.
    RemoveHosts {
        /// The file.
        path: PathBuf,
        /// Address.
        ip: String,
        /// Names.
        names: Vec<String>,
    },
    /// Has the runtime kill and delete the container.
    DeleteContainer {
        /// The runtime.
        runtime: Runtime,
        /// Id of the container.
        id: String,
    },
    /// Ends a program that was started.
    EndProgram {
        /// The program.
        program: PathBuf,
        /// What it was called with and nothing else is, such as the file of its namespace.
        argument: String,
    },
    /// Ends a program that was started with a mark in its environment, and its children.
    EndMarked {
        /// The program.
        program: PathBuf,
        /// The mark, which nothing else has.
        mark: PathBuf,
    },
    /// Takes the container's networks down and gives its addresses back.
    TearDownNetwork {
        /// By whom, and what.
        by: Netavark,
    },
    /// Removes the rootless network namespace when no other container uses it.
    LeaveRootlessNetns {
        /// The namespace.
        namespace: RootlessNetns,
        /// slirp4netns.
        program: PathBuf,
        /// The container that used it.
        id: String,
    },
    /// Removes the container's own cgroup in every hierarchy; a runtime leaves it when it fails.
    RemoveCgroup {
        /// Its path in a hierarchy.
        path: String,
    },
}

impl Back {
    /// Whether it is forgotten when it cannot be taken back: the failure is told, but trying again would only fail again.
    pub(super) fn is_tried_once(&self) -> bool {
        matches!(self, Back::TearDownNetwork { .. })
    }

    /// Takes it back on this host.
    ///
    /// # Errors
    ///
    /// [`Failed`]
    pub(crate) fn take(&self) -> Result<(), Failed> {
        match self {
            Back::Unmount { path, lazy } => {
                let flags = UnmountFlags::NOFOLLOW
                    | if *lazy { UnmountFlags::DETACH } else { UnmountFlags::empty() };
                // LP-SHM-02: not mounted and not there are as good as done.
                gone(unmount(path, flags), &[Errno::INVAL, Errno::NOENT, Errno::NOTDIR])
                    .map_err(Failed::at(Attempt::Unmount, path))
            }
            Back::UnmountServed { program, path } => served::unmount(program, path),
            Back::LeaveVolume { directory, mountpoint, user } => {
                volume_mounts::leave(directory, mountpoint, user)
            }
            Back::RemoveFile { path } => gone_io(remove_file(path), &[Errno::NOENT, Errno::NOTDIR])
                .map_err(Failed::at(Attempt::Remove, path)),
            Back::RemoveDirectory { path } => {
                let others = [Errno::NOENT, Errno::NOTDIR, Errno::NOTEMPTY, Errno::EXIST];
                gone_io(remove_dir(path), &others).map_err(Failed::at(Attempt::Remove, path))
            }
            Back::RemoveTree { path } => tree::remove(path),
            Back::RemoveHosts { path, ip, names } => remove_hosts(path, ip, names),
            Back::DeleteContainer { runtime, id } => runtime.delete(id),
            Back::TearDownNetwork { by } => by.tear_down(),
            Back::LeaveRootlessNetns { namespace, program, id } => namespace.leave(program, id),
            Back::RemoveCgroup { path } => remove_cgroup(path),
            Back::EndMarked { program, mark } => processes::end_marked(program, mark),
            Back::EndProgram { program, argument } => processes::end_all(program, |words| {
                words.split_first().is_some_and(|(first, rest)| {
                    *first == program.as_os_str().as_bytes() && rest.contains(&argument.as_bytes())
                })
            }),
        }
    }
}

fn gone(result: Result<(), Errno>, as_good: &[Errno]) -> Result<(), Errno> {
    match result {
        Err(e) if as_good.contains(&e) => Ok(()),
        other => other,
    }
}

fn gone_io(result: std::io::Result<()>, as_good: &[Errno]) -> Result<(), Errno> {
    gone(result.map_err(|e| errno(&e)), as_good)
}

/// LP-CLEAN-10: under the file's lock, and only if the file is still there.
fn remove_hosts(path: &Path, ip: &str, names: &[String]) -> Result<(), Failed> {
    let mut file = match open(
        path,
        OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK,
        Mode::empty(),
    ) {
        Ok(fd) => File::from(fd),
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        Err(e) => return Err(Failed::at(Attempt::Write, path)(e)),
    };
    let failed = Failed::io(Attempt::Write, path);
    flock(&file, FlockOperation::LockExclusive).map_err(Failed::at(Attempt::Lock, path))?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(&failed)?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let rest = hosts::without(&text, &[hosts::Entry { ip, names: &names }]);
    file.rewind().map_err(&failed)?;
    file.write_all(rest.as_bytes()).map_err(&failed)?;
    file.set_len(u64::try_from(rest.len()).unwrap_or(u64::MAX)).map_err(&failed)
}

/// Removes a cgroup where it exists. Only a leaf without processes can be removed, so this cannot hit anybody else.
fn remove_cgroup(path: &str) -> Result<(), Failed> {
    let mountinfo = read::text("/proc/self/mountinfo").unwrap_or_default();
    for mount in mountinfo
        .lines()
        .filter_map(|line| line.split_once(" - "))
        .filter(|(_, kind)| kind.starts_with("cgroup"))
    {
        let Some(hierarchy) = mount.0.split(' ').nth(4) else { continue };
        let directory = Path::new(hierarchy).join(path.trim_start_matches('/'));
        // Another file system may be mounted over a hierarchy: what is in that is nobody's cgroup.
        if directory != Path::new(hierarchy)
            && statfs(&directory).is_ok_and(|found| CGROUP.contains(&i128::from(found.f_type)))
        {
            let begin = Instant::now();
            let removed = loop {
                match gone_io(remove_dir(&directory), &[Errno::NOENT, Errno::NOTDIR]) {
                    // What a runtime that was killed had begun ends by itself, in a moment.
                    Err(Errno::BUSY) if begin.elapsed() < ENDS => sleep(Duration::from_millis(5)),
                    removed => break removed,
                }
            };
            removed.map_err(Failed::at(Attempt::Remove, &directory))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::borrow::ToOwned as _;
    use std::fs::{create_dir, write};

    #[test]
    fn what_is_gone_is_as_good_as_taken_back() {
        let scratch = Scratch::new();
        let at = |name: &str| scratch.path().join(name);
        write(at("file"), "").unwrap();
        create_dir(at("empty")).unwrap();
        create_dir(at("full")).unwrap();
        write(at("full/other"), "").unwrap();
        write(at("hosts"), "127.0.0.1 localhost\n10.0.0.1 a b\n").unwrap();
        let names = || Vec::from(["b".to_owned()]);
        for back in [
            Back::RemoveFile { path: at("file") },
            Back::RemoveFile { path: at("file/below") },
            Back::RemoveDirectory { path: at("empty") },
            // Somebody else's file is in it.
            Back::RemoveDirectory { path: at("full") },
            Back::Unmount { path: at("none"), lazy: false },
            Back::Unmount { path: at("full"), lazy: false },
            Back::RemoveTree { path: at("none") },
            Back::UnmountServed { program: at("none"), path: at("full") },
            Back::LeaveVolume {
                directory: at("none"),
                mountpoint: at("none/_data"),
                user: at("full"),
            },
            Back::RemoveHosts { path: at("hosts"), ip: "10.0.0.1".to_owned(), names: names() },
            Back::RemoveHosts { path: at("none"), ip: "10.0.0.1".to_owned(), names: names() },
            Back::RemoveCgroup { path: "/no/such/cgroup".to_owned() },
            Back::RemoveCgroup { path: "/".to_owned() },
            Back::EndProgram { program: at("none"), argument: "none".to_owned() },
            Back::EndMarked { program: at("none"), mark: at("none") },
        ] {
            back.take().unwrap();
            back.take().unwrap();
            let text = serde_json::to_string(&back).unwrap();
            assert_eq!(serde_json::from_str::<Back>(&text).unwrap(), back);
        }
        assert!(!at("file").exists() && !at("empty").exists() && at("full/other").exists());
        let hosts = std::fs::read_to_string(at("hosts")).unwrap();
        assert!(hosts.contains("localhost") && !hosts.contains("10.0.0.1"), "{hosts}");
    }
}
