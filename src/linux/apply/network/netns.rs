//! Makes a network namespace outlive its maker: by a file with the namespace bound onto it.

use crate::linux::apply::directories;
use crate::linux::apply::failed::{Attempt, Failed};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::mount::{MountPropagationFlags, mount_bind_recursive, mount_change};
use rustix::process::{getegid, geteuid};
use rustix::thread::{LinkNameSpaceType, UnshareFlags, move_into_link_name_space, unshare_unsafe};
use std::fs::{File, remove_file};
use std::os::fd::AsFd as _;
use std::path::Path;
use std::thread;

/// LP-NET-11: makes the file and binds a new namespace onto it. If that fails the file is removed.
pub(crate) fn create(path: &Path, run_dir: &Path) -> Result<(), Failed> {
    directories::make(run_dir, 0o755, geteuid().as_raw(), getegid().as_raw())?;
    share(run_dir)?;
    let unshared = || {
        unshare_network()?;
        mount_bind_recursive("/proc/thread-self/ns/net", path)
    };
    onto(path, || on_own_thread(unshared))
}

/// LP-NET-41: makes the file and binds the namespace of a process onto it. If that fails the file is removed.
pub(crate) fn bind(path: &Path, run_dir: &Path, pid: u32) -> Result<(), Failed> {
    directories::make(run_dir, 0o711, geteuid().as_raw(), getegid().as_raw())?;
    onto(path, || mount_bind_recursive(std::format!("/proc/{pid}/ns/net"), path))
}

/// Makes the file onto which something is bound.
fn onto(path: &Path, bind: impl FnOnce() -> Result<(), Errno>) -> Result<(), Failed> {
    File::options()
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(Failed::io(Attempt::Make, path))?;
    bind().map_err(|e| {
        // It was made just now and nothing is bound onto it.
        let _ = remove_file(path);
        Failed::at(Attempt::Mount, path)(e)
    })
}

/// Runs work inside a namespace; this thread stays where it is.
pub(super) fn within<T: Send>(
    path: &Path,
    work: impl FnOnce() -> Result<T, Errno> + Send,
) -> Result<T, Errno> {
    on_own_thread(|| {
        let namespace = open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
        work()
    })
}

/// A thread that has changed its namespace is never used for anything else.
fn on_own_thread<T: Send>(work: impl FnOnce() -> Result<T, Errno> + Send) -> Result<T, Errno> {
    thread::scope(|scope| {
        let thread = thread::Builder::new().spawn_scoped(scope, work);
        let thread = thread.map_err(|_| Errno::AGAIN)?;
        thread.join().unwrap_or(Err(Errno::IO))
    })
}

fn unshare_network() -> Result<(), Errno> {
    #[expect(unsafe_code, reason = "the kernel offers no other way into a new namespace")]
    // SAFETY: only the network namespace of this thread is exchanged; no memory and no file descriptor is taken from other threads.
    unsafe {
        unshare_unsafe(UnshareFlags::NEWNET)
    }
}

/// Gives this thread, or a process that was just forked, mounts of its own.
pub(super) fn unshare_mounts() -> Result<(), Errno> {
    #[expect(unsafe_code, reason = "the kernel offers no other way into a new namespace")]
    // SAFETY: only the mount namespace of this thread is exchanged; no memory and no file descriptor is taken from other threads.
    unsafe {
        unshare_unsafe(UnshareFlags::NEWNS)
    }
}

/// What is mounted in the directory has to be seen by other mount namespaces. It is bound onto itself where it is no mount yet; like the
/// directory that stays, for other namespaces are kept in it.
fn share(run_dir: &Path) -> Result<(), Failed> {
    let shared = MountPropagationFlags::SHARED | MountPropagationFlags::REC;
    match mount_change(run_dir, shared) {
        Err(Errno::INVAL) => mount_bind_recursive(run_dir, run_dir)
            .and_then(|()| mount_change(run_dir, shared))
            .map_err(Failed::at(Attempt::Mount, run_dir)),
        changed => changed.map_err(Failed::at(Attempt::Mount, run_dir)),
    }
}
