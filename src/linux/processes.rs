//! Finds the processes of a program by what they were called with, and ends them: also those that were started by a process which is gone.

use super::apply::{Attempt, Failed};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid,
};
use std::borrow::ToOwned as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;
use std::vec::Vec;

/// How long a process may take to be gone after it was killed.
const GONE: Timespec = Timespec { tv_sec: 5, tv_nsec: 0 };

/// Kills every process whose command line `is_one` takes for one, and waits until each is gone. `program` is what errors tell of.
///
/// # Errors
///
/// [`Failed`] when one of them does not end within a few seconds.
pub(super) fn end_all(program: &Path, is_one: impl Fn(&[&[u8]]) -> bool) -> Result<(), Failed> {
    wait(program, is_one, Some(Signal::KILL))
}

/// Waits until no process is left whose command line `is_one` takes for one.
///
/// # Errors
///
/// [`Failed`] when one of them does not end within a few seconds.
pub(super) fn wait_for(program: &Path, is_one: impl Fn(&[&[u8]]) -> bool) -> Result<(), Failed> {
    wait(program, is_one, None)
}

/// Whether there is a process whose command line `is_one` takes for one.
pub(super) fn is_any(is_one: impl Fn(&[&[u8]]) -> bool) -> bool {
    pids().any(|pid| is_called(pid, &is_one))
}

fn pids() -> impl Iterator<Item = Pid> {
    let processes = fs::read_dir("/proc").into_iter().flatten();
    let pids = processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    pids.filter_map(Pid::from_raw)
}

fn command_line(pid: Pid) -> Vec<u8> {
    /// How often it is looked for.
    const TRIES: usize = 5;
    let process = PathBuf::from(std::format!("/proc/{}", pid.as_raw_pid()));
    for _ in 0..TRIES {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        // A program that begins has none for a moment. What never has one, a thread of the kernel or what is dead, has no program either.
        if !line.is_empty() || fs::read_link(process.join("exe")).is_err() {
            return line;
        }
        sleep(Duration::from_millis(1));
    }
    Vec::new()
}

fn is_called(pid: Pid, is_one: impl Fn(&[&[u8]]) -> bool) -> bool {
    let line = command_line(pid);
    let line = line.strip_suffix(b"\0").unwrap_or(&line);
    is_one(&line.split(|byte| *byte == 0).collect::<Vec<_>>())
}

fn wait(
    program: &Path,
    is_one: impl Fn(&[&[u8]]) -> bool,
    signal: Option<Signal>,
) -> Result<(), Failed> {
    // One that is about to start another program still has its own name: looked for again, until none is found.
    while wait_once(program, &is_one, signal)? {}
    Ok(())
}

/// Says whether there was any.
fn wait_once(
    program: &Path,
    is_one: &impl Fn(&[&[u8]]) -> bool,
    signal: Option<Signal>,
) -> Result<bool, Failed> {
    let mut was_any = false;
    for pid in pids().filter(|pid| is_called(*pid, is_one)) {
        let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
        // The number may have been given away before the handle was there; from here on it is this process or none.
        if !is_called(pid, is_one)
            || signal.is_some_and(|signal| pidfd_send_signal(&process, signal).is_err())
        {
            continue;
        }
        if poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&GONE)) == Ok(0) {
            return Err(Failed {
                attempt: Attempt::Stop,
                path: program.to_owned(),
                note: Some(std::format!("process {}", pid.as_raw_pid())),
                source: Errno::TIMEDOUT,
            });
        }
        // Of a child of this process nothing stays behind either; any other has a parent of its own.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
        was_any = true;
    }
    Ok(was_any)
}
