//! Mounts volumes as their driver options say, once for all containers that use them: who uses one is written down beside its data.

use super::failed::{Attempt, Failed};
use super::files::{Dress, beside, write_bytes};
use super::{mounts, programs, volumes};
use crate::linux::gather::read;
use crate::linux::processes;
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount};
use std::borrow::ToOwned as _;
use std::collections::BTreeSet;
use std::fs::remove_file;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::string::{String, ToString as _};

/// mount(8), which knows what each file system needs.
const PROGRAM: &str = "mount";
/// The file beside a volume's data that tells who uses it.
const USERS: &str = "users.json";
/// Version of its format: what is of another is not ours to count.
const FORMAT_VERSION: &str = "1.0";

/// The containers that use a volume, by their directories. It stands for Podman's count, and can be mended: whose directory is gone, uses nothing.
#[derive(Debug, Default, serde::Deserialize, serde::Serialize)]
struct Users {
    format_version: String,
    users: BTreeSet<PathBuf>,
}

impl Users {
    fn read(own: &Path) -> Result<Self, Failed> {
        let path = own.join(USERS);
        let unusable = |why: String| Failed {
            note: Some(why),
            ..Failed::at(Attempt::Look, &path)(Errno::INVAL)
        };
        let mut users: Users = match read::text(&path) {
            Ok(text) => serde_json::from_str(&text).map_err(|e| unusable(e.to_string()))?,
            Err(crate::facts::Errno::ENOENT) => {
                Users { format_version: FORMAT_VERSION.to_owned(), users: BTreeSet::new() }
            }
            Err(errno) => return Err(unusable(errno.to_string())),
        };
        if users.format_version.split('.').next() != FORMAT_VERSION.split('.').next() {
            let found = &users.format_version;
            return Err(unusable(std::format!("its format version is `{found}`")));
        }
        users.users.retain(|user| user.is_dir());
        Ok(users)
    }

    fn write(&self, own: &Path) -> Result<(), Failed> {
        let path = own.join(USERS);
        if self.users.is_empty() {
            for path in [beside(&path), path] {
                match remove_file(&path) {
                    Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                        return Err(Failed::io(Attempt::Remove, &path)(e));
                    }
                    Ok(()) | Err(_) => {}
                }
            }
            return Ok(());
        }
        let text = serde_json::to_vec(self)
            .map_err(|_| Failed::at(Attempt::Write, &path)(Errno::INVAL))?;
        write_bytes(&path, &text, Dress { mode: 0o600, uid: 0, gid: 0, label: "" })
    }
}

/// LP-MNT-13: mounts a volume that is not mounted, and writes a user of it down.
pub(super) fn enter(own: &Path, mountpoint: &Path, user: &Path) -> Result<(), Failed> {
    let _lock = volumes::lock(own)?;
    let record = volumes::record(own)?;
    let mut users = Users::read(own)?;
    if !mounts::is_mounted(mountpoint)? {
        let option = |key: &str| record.options.get(key).map_or("", |value| &**value);
        let (kind, device, o) = (option("type"), option("device"), option("o"));
        if kind.is_empty() && device.is_empty() {
            let note = Some("its driver options name neither a type nor a device".to_owned());
            return Err(Failed { note, ..Failed::at(Attempt::Mount, mountpoint)(Errno::INVAL) });
        }
        let mut command = Command::new(PROGRAM);
        if !o.is_empty() {
            command.args(["-o", o]);
        }
        match kind {
            "" => {}
            "bind" => drop(command.args(["-o", "bind"])),
            other => drop(command.args(["-t", other])),
        }
        command.arg("--").arg(if device.is_empty() { kind } else { device }).arg(mountpoint);
        programs::run(&mut command, Attempt::Mount, mountpoint)?;
    }
    users.users.insert(user.to_owned());
    users.write(own)
}

/// LP-MNT-14: takes a user out; with the last one goes the mount, also when it was never written down who made it.
pub(super) fn leave(own: &Path, mountpoint: &Path, user: &Path) -> Result<(), Failed> {
    if !is_there(own) {
        return Ok(());
    }
    let _lock = volumes::lock(own)?;
    let mut users = Users::read(own)?;
    users.users.remove(user);
    if users.users.is_empty() {
        // One that a killed process has started may still be at work.
        let mounts = |words: &[&[u8]]| {
            words.first() == Some(&PROGRAM.as_bytes())
                && words.last() == Some(&mountpoint.as_os_str().as_bytes())
        };
        processes::wait_for(Path::new(PROGRAM), mounts)?;
        match unmount(mountpoint, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            Ok(()) | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR) => {}
            Err(e) => return Err(Failed::at(Attempt::Unmount, mountpoint)(e)),
        }
    }
    users.write(own)
}

fn is_there(own: &Path) -> bool {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    rustix::fs::open(own, flags, rustix::fs::Mode::empty()).is_ok()
}
