//! Finds the processes of a program by what they were called with, and ends them: also those that were started by a process which is gone.

use super::apply::{Attempt, Failed};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{Shutdown, shutdown};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Signal, WaitOptions, pidfd_getfd, pidfd_open,
    pidfd_send_signal, waitpid,
};
use std::borrow::ToOwned as _;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use std::vec::Vec;

/// How long a process may take to be gone after it was told to end.
const GONE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };
/// The variable that marks the processes of a program: its children inherit it.
pub(super) const MARK: &str = "OCIFY_STARTED_AS";
/// The variable with the number of a socket that a program keeps open: it ends when that is shut.
pub(super) const EXIT: &str = "OCIFY_EXIT_SOCKET";

/// Kills every process whose command line `is_one` takes for one, and waits until each is gone. `program` is what errors tell of.
///
/// # Errors
///
/// [`Failed`] when one of them does not end within a few seconds.
pub(super) fn end_all(program: &Path, is_one: impl Fn(&[&[u8]]) -> bool) -> Result<(), Failed> {
    // One that is about to start another program still has its own name, and has children: looked for again, until none is found.
    while each(program, |pid| is_one(&words(pid, "cmdline").split()), kill)? {}
    Ok(())
}

/// Waits until no process is left whose command line `is_one` takes for one.
///
/// # Errors
///
/// [`Failed`] when one of them does not end within a few seconds.
pub(super) fn wait_for(program: &Path, is_one: impl Fn(&[&[u8]]) -> bool) -> Result<(), Failed> {
    while each(program, |pid| is_one(&words(pid, "cmdline").split()), |_, _| true)? {}
    Ok(())
}

/// Whether there is a process whose command line `is_one` takes for one.
pub(super) fn is_any(is_one: impl Fn(&[&[u8]]) -> bool) -> bool {
    pids().any(|pid| is_one(&words(pid, "cmdline").split()))
}

/// Ends the processes that were started with a mark: by the socket that a program keeps for that, or else by killing them.
///
/// # Errors
///
/// [`Failed`] when one of them does not end within a few seconds.
pub(super) fn end_marked(program: &Path, mark: &Path) -> Result<(), Failed> {
    let is_one =
        |pid| variable(pid, MARK).is_some_and(|found| found == mark.as_os_str().as_bytes());
    // What it has made it takes away itself, if it is let. That it cannot be told is no reason to let it live.
    let _ = each(program, is_one, shut);
    while each(program, is_one, kill)? {}
    Ok(())
}

/// Waits a short time until a child of this process, or of one that it stood in for, is gone.
pub(super) fn reap(pid: Pid) {
    if let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) {
        let _ = is_gone(&process);
    }
    let _ = waitpid(Some(pid), WaitOptions::NOHANG);
}

fn kill(_: Pid, process: &OwnedFd) -> bool {
    pidfd_send_signal(process, Signal::KILL).is_ok()
}

fn shut(pid: Pid, process: &OwnedFd) -> bool {
    let number = variable(pid, EXIT).and_then(|text| std::str::from_utf8(&text).ok()?.parse().ok());
    number.is_some_and(|number| {
        pidfd_getfd(process, number, PidfdGetfdFlags::empty())
            .and_then(|socket| shutdown(&socket, Shutdown::Write))
            .is_ok()
    })
}

/// Whether a process is gone within a short time.
fn is_gone(process: &OwnedFd) -> bool {
    loop {
        // A signal to this process says nothing of the other.
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&GONE)) {
            Err(Errno::INTR) => {}
            told => return told != Ok(0),
        }
    }
}

/// What the kernel keeps of a process as words, each with a zero byte behind it.
struct Words(Vec<u8>);

fn words(pid: Pid, file: &str) -> Words {
    /// How often they are looked for; a busy machine may leave a program waiting in its very beginning.
    const TRIES: usize = 1000;
    let process = PathBuf::from(std::format!("/proc/{}", pid.as_raw_pid()));
    for _ in 0..TRIES {
        let words = fs::read(process.join(file)).unwrap_or_default();
        if !words.is_empty() || !is_beginning(&process) {
            return Words(words);
        }
        sleep(Duration::from_millis(1));
    }
    Words(Vec::new())
}

/// Whether a program is between its exec and its first instruction: it has no words then. What never has any, a thread of the kernel or what is
/// dead, has no program either, and what has cleared its own still has the place of them.
fn is_beginning(process: &Path) -> bool {
    /// `arg_start` of proc(5), counted from the state, which stands behind the name.
    const ARG_START: usize = 45;
    let text = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let behind = text.rsplit_once(')').map_or("", |(_, behind)| behind);
    fs::read_link(process.join("exe")).is_ok()
        && behind.split_whitespace().nth(ARG_START) == Some("0")
}

impl Words {
    fn split(&self) -> Vec<&[u8]> {
        let words = self.0.strip_suffix(b"\0").unwrap_or(&self.0);
        words.split(|byte| *byte == 0).collect()
    }
}

/// A variable of the environment that a process was started with.
fn variable(pid: Pid, name: &str) -> Option<Vec<u8>> {
    let environment = words(pid, "environ");
    let mut words = environment.split().into_iter();
    words.find_map(|word| Some(word.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?.to_owned()))
}

fn pids() -> impl Iterator<Item = Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw)
}

/// Does something to each process that is one, and waits until it is gone where that was done. Gives whether there was any.
fn each(
    program: &Path,
    is_one: impl Fn(Pid) -> bool,
    act: impl Fn(Pid, &OwnedFd) -> bool,
) -> Result<bool, Failed> {
    let mut any = false;
    for pid in pids().filter(|pid| is_one(*pid)) {
        let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
        // The number may have been given away before the handle was there; from here on it is this process or none.
        if !is_one(pid) || !act(pid, &process) {
            continue;
        }
        any = true;
        if !is_gone(&process) {
            return Err(Failed {
                attempt: Attempt::Stop,
                path: program.to_owned(),
                note: Some(std::format!("process {}", pid.as_raw_pid())),
                source: Errno::TIMEDOUT,
            });
        }
        // Of a child of this process nothing stays behind either; any other has a parent of its own.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
    Ok(any)
}
