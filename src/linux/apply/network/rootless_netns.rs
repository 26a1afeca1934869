//! Makes the network namespace in which a user's bridges lie, works in it, and removes it with the last container that uses it (LP-RNS).

use super::{netns, slirp4netns};
use crate::linux::apply::directories;
use crate::linux::apply::failed::{Attempt, Failed, errno};
use crate::linux::apply::files::{self, Dress};
use crate::linux::apply::state::Lock;
use crate::linux::apply::tree;
use crate::linux::processes;
use rustix::fs::statfs;
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    unmount,
};
use rustix::process::{getegid, geteuid};
use std::fs::{File, read_dir, read_link, remove_file};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

/// What is mounted to keep a namespace, as statfs(2) has it.
const NSFS: i128 = 0x6e73_6673;
/// Directory of one file for each container that uses the namespace.
const USERS: &str = "users";
/// Its resolv.conf.
const RESOLV_CONF: &str = "resolv.conf";
/// What of the namespace's directory is seen in the place of the host's.
const OWN: [&str; 2] = ["var/lib/cni", "run"];

/// The namespace, and the directories that belong to it.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct RootlessNetns {
    /// Directory of what work in it sees as its own.
    pub dir: PathBuf,
    /// The file of the namespace.
    pub netns: PathBuf,
    /// The user's run-time directory, which such work sees as well.
    pub runtime_dir: PathBuf,
}

impl RootlessNetns {
    /// LP-RNS-01, LP-RNS-02: makes it where it is missing, and writes down who uses it.
    pub(crate) fn join(
        &self,
        run_dir: &Path,
        start: &slirp4netns::Start<'_>,
        resolv_conf: &str,
        id: &str,
    ) -> Result<(), Failed> {
        if self.netns.as_os_str().is_empty() {
            return Err(Failed::at(Attempt::Make, "rootless-netns")(Errno::INVAL));
        }
        let lock = self.lock()?;
        let users = self.dir.join(USERS);
        own_directory(&self.dir)?;
        own_directory(&users)?;
        let user = users.join(id);
        File::create(&user).map_err(Failed::io(Attempt::Write, &user))?;
        if self.is_there() {
            return Ok(());
        }
        // One that was begun by a process which was killed.
        self.end(start.argv.first().map_or(Path::new(""), |word| Path::new(&**word)))?;
        for own in OWN {
            own_directory(&self.dir.join(own))?;
        }
        let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
        let dress = Dress { mode: 0o644, uid, gid, label: "" };
        files::write_bytes(&self.dir.join(RESOLV_CONF), resolv_conf.as_bytes(), dress)?;
        netns::create(&self.netns, run_dir)?;
        slirp4netns::start(start)?;
        drop(lock);
        Ok(())
    }

    /// LP-RNS-05: forgets a container; with the last one the namespace goes, and all that belongs to it.
    pub(crate) fn leave(&self, program: &Path, id: &str) -> Result<(), Failed> {
        if !self.dir.is_dir() {
            return Ok(());
        }
        let lock = self.lock()?;
        let users = self.dir.join(USERS);
        let user = users.join(id);
        match remove_file(&user) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failed::io(Attempt::Remove, &user)(e));
            }
            _ => {}
        }
        if read_dir(&users).is_ok_and(|mut others| others.next().is_some()) {
            return Ok(());
        }
        self.end(program)?;
        tree::remove(&self.dir)?;
        remove_file(self.lock_file()).unwrap_or(());
        drop(lock);
        Ok(())
    }

    /// Ends slirp4netns and takes the namespace away, as far as they are there.
    fn end(&self, program: &Path) -> Result<(), Failed> {
        processes::end_all(program, |words| {
            words.first() == Some(&program.as_os_str().as_bytes())
                && words.contains(&self.netns.as_os_str().as_bytes())
        })?;
        match unmount(&self.netns, UnmountFlags::DETACH | UnmountFlags::NOFOLLOW) {
            Ok(()) | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR) => {}
            Err(e) => return Err(Failed::at(Attempt::Unmount, &self.netns)(e)),
        }
        match remove_file(&self.netns) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(Failed::io(Attempt::Remove, &self.netns)(e))
            }
            _ => Ok(()),
        }
    }

    /// Whether it is a namespace, and not only a file that a killed process has made.
    pub(crate) fn is_there(&self) -> bool {
        statfs(&self.netns).is_ok_and(|found| i128::from(found.f_type) == NSFS)
            && self.dir.join(RESOLV_CONF).exists()
    }

    fn lock_file(&self) -> PathBuf {
        self.dir.with_extension("lock")
    }

    fn lock(&self) -> Result<Lock, Failed> {
        let path = self.lock_file();
        if let Some(above) = path.parent() {
            own_directory(above)?;
        }
        Lock::of_file(&path)
    }

    /// LP-RNS-04: does something in the namespace, on a thread of its own that sees the namespace's files in the place of the host's.
    pub(crate) fn within<T: Send>(
        &self,
        work: impl FnOnce() -> Result<T, Failed> + Send,
    ) -> Result<T, Failed> {
        let failed = Failed::at(Attempt::Mount, &self.dir);
        let mut done = None;
        netns::within(&self.netns, || {
            self.put_in_place()?;
            done = Some(work());
            Ok(())
        })
        .map_err(&failed)?;
        done.unwrap_or_else(|| Err(failed(Errno::IO)))
    }

    fn put_in_place(&self) -> Result<(), Errno> {
        netns::unshare_mounts()?;
        // Nothing of this is seen elsewhere.
        mount_change(c"/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)?;
        let run = self.dir.join("run");
        for path in [&*self.runtime_dir, Path::new("/run/systemd")] {
            let Ok(below) = path.strip_prefix("/run") else { continue };
            if path.is_dir() && !below.as_os_str().is_empty() {
                bind(path, &run.join(below))?;
            }
        }
        let target = resolv_conf_target();
        if let Ok(below) = target.strip_prefix("/run") {
            if below.starts_with("systemd/resolve") {
                let resolve = run.join("systemd/resolve");
                make(&resolve)?;
                mount("none", &resolve, "tmpfs", MountFlags::empty(), None)?;
            }
            let own = run.join(below);
            make(own.parent().unwrap_or(&run))?;
            touch(&own)?;
        }
        let on =
            target.strip_prefix("/run").map_or_else(|_| target.clone(), |below| run.join(below));
        match mount_bind_recursive(self.dir.join(RESOLV_CONF), &on) {
            // A host without such a file has nothing to cover.
            Err(Errno::NOENT) => {}
            bound => bound?,
        }
        let cni = Path::new("/var/lib/cni");
        if let Some(there) = cni.ancestors().find(|path| path.is_dir()).filter(|it| *it == cni) {
            mount_bind_recursive(self.dir.join("var/lib/cni"), there)?;
        }
        mount_bind_recursive(&run, "/run")
    }
}

fn own_directory(path: &Path) -> Result<(), Failed> {
    directories::make(path, 0o700, geteuid().as_raw(), getegid().as_raw())
}

/// Where /etc/resolv.conf leads, as far as the first place below /run.
fn resolv_conf_target() -> PathBuf {
    const LINKS: usize = 255;
    let mut path = PathBuf::from("/etc/resolv.conf");
    for _ in 0..LINKS {
        if path.starts_with("/run") {
            break;
        }
        let Ok(target) = read_link(&path) else { break };
        path = normal(&path.parent().unwrap_or(Path::new("/")).join(target));
    }
    path
}

/// A path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => normal.push(name),
            Component::ParentDir => {
                normal.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    normal
}

fn bind(from: &Path, to: &Path) -> Result<(), Errno> {
    make(to)?;
    mount_bind_recursive(from, to)
}

fn make(path: &Path) -> Result<(), Errno> {
    std::fs::create_dir_all(path).map_err(|e| errno(&e))
}

fn touch(path: &Path) -> Result<(), Errno> {
    File::options().append(true).create(true).open(path).map(drop).map_err(|e| errno(&e))
}
