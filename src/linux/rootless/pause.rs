//! Makes, finds and ends the pause process: it does nothing but hold the namespaces while no command is inside.
//!
//! It is a copy of the process that makes it (a fork without an exec): a caller of this library is a program that need not know any hidden
//! mode, and no other program is sure to be there. It closes every file of its maker, goes to a session of its own, and shares the maker's
//! memory until that is written to. Its name is `ocify-pause`; its command line stays its maker's.

use super::{RootlessError, maps};
use crate::linux::gather::read;
use rustix::event::{PollFd, PollFlags, Timespec, pause, poll};
use rustix::fs::{Mode, OFlags, RawDir, open};
use rustix::io::{Errno, read as read_from, write};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Gid, Pid, PidfdFlags, Signal, Uid, WaitOptions, chdir, getpid, kill_process, pidfd_open,
    pidfd_send_signal, setsid, waitpid,
};
use rustix::thread::{
    LinkNameSpaceType, UnshareFlags, move_into_link_name_space, set_name, set_thread_res_gid,
    set_thread_res_uid, unshare_unsafe,
};
use std::format;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command};
use std::string::String;

/// How long it may take to be gone after it was killed.
const GONE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Which process it is: a number alone may belong to another one by now.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub(super) struct Known {
    pid: i32,
    /// When it started, clock ticks after the boot.
    start: u64,
}

/// One that is made and waits to be let go: if nobody can do that any more it ends.
#[derive(Debug)]
pub(super) struct Made {
    child: Child,
    go: OwnedFd,
    pub(super) known: Known,
    /// What is lacking for more than the own ids.
    pub(super) lacking: Option<String>,
}

/// Makes one, its ids mapped.
pub(super) fn make() -> Result<Made, RootlessError> {
    let failed = |source: Errno| RootlessError::Namespace { help: help(), source: source.into() };
    let (ready, go) = pipe_with(PipeFlags::CLOEXEC).map_err(failed)?;
    // Nothing is executed: the copy never returns.
    let mut command = Command::new("/proc/self/exe");
    let hold = move || hold(&ready).map_err(Into::into);
    #[expect(unsafe_code, reason = "between fork and exec there is no other way")]
    // SAFETY: the closure makes system calls alone, none of which allocates or takes a lock, and no memory is shared with the copy.
    unsafe {
        command.pre_exec(hold);
    }
    let child =
        command.spawn().map_err(|source| RootlessError::Namespace { help: help(), source })?;
    drop(command);
    let pid = Pid::from_child(&child);
    let known = maps::write(pid).and_then(|lacking| {
        let start = started(pid).ok_or_else(|| failed(Errno::SRCH))?;
        Ok((Known { pid: pid.as_raw_pid(), start }, lacking))
    });
    match known {
        Ok((known, lacking)) => Ok(Made { child, go, known, lacking }),
        Err(e) => {
            give_up(child, go);
            Err(e)
        }
    }
}

fn give_up(mut child: Child, go: OwnedFd) {
    drop(go);
    // It ends by itself, and its end is all that there is to be told.
    let _ = child.wait();
}

impl Made {
    /// Ends it.
    pub(super) fn end(self) {
        give_up(self.child, self.go);
    }

    /// Lets it stay, also after this process.
    pub(super) fn stay(self) -> Result<Namespaces, RootlessError> {
        let failed = |source: Errno| RootlessError::Namespace { help: None, source: source.into() };
        let namespaces = Namespaces::of(Pid::from_child(&self.child)).map_err(failed)?;
        write(&self.go, b"g").map_err(failed)?;
        Ok(namespaces)
    }
}

/// The namespaces of a pause process. They stay while they are open here, whatever becomes of it.
#[derive(Debug)]
pub(super) struct Namespaces {
    user: OwnedFd,
    mount: OwnedFd,
}

impl Namespaces {
    fn of(pid: Pid) -> Result<Self, Errno> {
        let namespace = |name: &str| {
            let path = format!("/proc/{}/ns/{name}", pid.as_raw_pid());
            open(path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())
        };
        Ok(Namespaces { user: namespace("user")?, mount: namespace("mnt")? })
    }

    /// Moves this process into them, as their root. It may not have other threads; nothing is allocated.
    pub(super) fn join(&self) -> Result<(), Errno> {
        // The first gives the right to enter the second.
        move_into_link_name_space(self.user.as_fd(), Some(LinkNameSpaceType::User))?;
        move_into_link_name_space(self.mount.as_fd(), Some(LinkNameSpaceType::Mount))?;
        // Further groups are kept, as Podman does: a container may keep them too (`keep-groups`).
        set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)?;
        set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)
    }
}

impl Known {
    /// Its namespaces, if it is still there.
    pub(super) fn namespaces(self) -> Option<Namespaces> {
        let pid = Pid::from_raw(self.pid)?;
        let namespaces = Namespaces::of(pid).ok()?;
        // The number is still this process's: so it was when they were opened.
        self.find().map(|_| namespaces)
    }

    /// A handle of it, if it is still there.
    fn find(self) -> Option<OwnedFd> {
        let pid = Pid::from_raw(self.pid)?;
        let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
        // From here on the number is this process's or nobody's.
        let is_it = started(pid) == Some(self.start);
        let lives = poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&Timespec::default()));
        (is_it && lives == Ok(0)).then_some(handle)
    }

    /// Ends it. One that is gone is as good as ended.
    pub(super) fn end(self) -> Result<(), Errno> {
        let Some(handle) = self.find() else { return Ok(()) };
        match pidfd_send_signal(&handle, Signal::KILL) {
            Err(Errno::SRCH) => return Ok(()),
            sent => sent?,
        }
        if poll(&mut [PollFd::new(&handle, PollFlags::IN)], Some(&GONE))? == 0 {
            return Err(Errno::TIMEDOUT);
        }
        // Nothing of it stays behind if it is this process's child; any other has a parent of its own.
        let _ = Pid::from_raw(self.pid).map(|pid| waitpid(Some(pid), WaitOptions::NOHANG));
        Ok(())
    }
}

/// Runs in the copy: it enters its namespaces, and from the last file that it closes its maker knows that it did.
fn hold(ready: &OwnedFd) -> Result<(), Errno> {
    setsid()?;
    unshare()?;
    // No directory of the caller's is kept busy.
    chdir(c"/")?;
    set_name(c"ocify-pause")?;
    close_all_but(ready.as_raw_fd())?;
    loop {
        match read_from(ready, &mut [0; 1]) {
            Ok(1) => break,
            Err(Errno::INTR) => {}
            // Its maker is gone or has failed; there is nobody left to tell, and nothing to clean up.
            Ok(_) | Err(_) => kill_process(getpid(), Signal::KILL)?,
        }
    }
    loop {
        pause();
    }
}

/// The kernel makes what is shared with other mount namespaces flow into the new one and not out of it, as it always does below a new user
/// namespace. That is all there is to propagation, as with Podman.
fn unshare() -> Result<(), Errno> {
    #[expect(unsafe_code, reason = "the kernel offers no other way into a new namespace")]
    // SAFETY: only namespaces of the copy are exchanged; no memory and no file descriptor is shared with its maker.
    unsafe {
        unshare_unsafe(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)
    }
}

/// Closes every file but one, without allocating.
fn close_all_but(kept: RawFd) -> Result<(), Errno> {
    let mut buffer = [MaybeUninit::<u8>::uninit(); 2048];
    let listing = open(c"/proc/self/fd", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
    let own = listing.as_raw_fd();
    let mut entries = RawDir::new(listing, &mut buffer);
    while let Some(entry) = entries.next() {
        if let Some(file) =
            number(entry?.file_name().to_bytes()).filter(|n| *n != kept && *n != own)
        {
            #[expect(unsafe_code, reason = "the files of a caller have no other names here")]
            // SAFETY: the copy never returns to code that could use the file.
            unsafe {
                rustix::io::close(file);
            }
        }
    }
    Ok(())
}

fn number(name: &[u8]) -> Option<RawFd> {
    let mut n: RawFd = 0;
    for digit in name {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        n = n.checked_mul(10)?.checked_add(RawFd::from(digit))?;
    }
    Some(n)
}

/// When a process started, clock ticks after the boot.
fn started(pid: Pid) -> Option<u64> {
    start_of(&read::text(format!("/proc/{}/stat", pid.as_raw_pid())).ok()?)
}

/// The 22nd field; the name in the second may hold anything.
fn start_of(stat: &str) -> Option<u64> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// What may keep a user from making namespaces, and what to do.
fn help() -> Option<String> {
    let is = |file: &str, value: &str| {
        read::text(format!("/proc/sys/{file}")).is_ok_and(|text| text.trim() == value)
    };
    [
        ("kernel/unprivileged_userns_clone", "0", "1"),
        ("user/max_user_namespaces", "0", "15000"),
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "0"),
    ]
    .into_iter()
    .find(|(file, off, _)| is(file, off))
    .map(|(file, _, on)| {
        let name = file.replace('/', ".");
        format!("user namespaces are disabled: as root, `sysctl {name}={on}`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_of_a_process_is_read_behind_its_name() {
        let rest = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20";
        assert_eq!(start_of(&format!("1 (a) b) {rest}")), Some(4711));
        assert_eq!(start_of("1 (a) S"), None);
        assert!(started(getpid()).is_some());
    }

    #[test]
    fn numbers_are_read_without_allocating() {
        for (name, n) in [("0", Some(0)), ("123", Some(123)), (".", None), ("99999999999", None)] {
            assert_eq!(number(name.as_bytes()), n, "{name}");
        }
    }

    #[test]
    fn another_process_of_the_same_number_is_not_taken_for_it() {
        let pid = getpid();
        let known = Known { pid: pid.as_raw_pid(), start: started(pid).unwrap() };
        assert!(known.find().is_some());
        let other = Known { start: known.start - 1, ..known };
        assert!(other.find().is_none());
        assert_eq!(other.end(), Ok(()));
    }
}
