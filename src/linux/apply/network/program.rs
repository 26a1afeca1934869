//! Starts a program that goes on by itself, and waits until it says that it is ready.
//!
//! Not this process but what takes the plan back ends it, which may be another process after a kill: it is found again by a mark in its
//! environment, which it has from its first moment on. Before that moment its process still holds the lock of the container's directory.

use crate::linux::apply::failed::{Attempt, Failed};
use crate::linux::processes::MARK;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, FdFlags, fcntl_setfd};
use std::fs::{File, remove_file};
use std::io::{Read as _, Seek as _};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command};
use std::string::String;

/// The longest text of a program's that is told, bytes.
const TOLD: u64 = 2048;

/// A program that is about to be started.
pub(super) struct Program<'p> {
    pub(super) path: &'p Path,
    pub(super) command: Command,
    /// A byte comes here when it is ready.
    pub(super) ready: OwnedFd,
    /// What only the program keeps open.
    pub(super) inherited: [OwnedFd; 3],
    /// How long to wait before it is looked whether it still lives, seconds.
    pub(super) slice: i64,
}

impl Program<'_> {
    /// Starts it in a process group of its own, with `mark` to find it again, and waits as long as it lives. What it says when it ends instead
    /// is in the first of `said` that holds anything.
    pub(super) fn start(mut self, mark: &Path, said: &mut [&mut File]) -> Result<(), Failed> {
        let failed = Failed::io(Attempt::Start, self.path);
        let inherited = self.inherited;
        let keep_open = move || {
            for file in &inherited {
                fcntl_setfd(file, FdFlags::empty())?;
            }
            Ok(())
        };
        self.command.env(MARK, mark).process_group(0);
        #[expect(
            unsafe_code,
            reason = "other threads start programs as well, which must not get these files"
        )]
        // SAFETY: the closure makes three system calls, which are safe after a fork, and neither allocates nor takes a lock.
        unsafe {
            self.command.pre_exec(keep_open);
        }
        let child = self.command.spawn().map_err(&failed)?;
        // With it goes what only the program keeps open.
        drop(self.command);
        wait(child, self.ready, self.path, self.slice, said)
    }
}

/// The log of a program: it has no name any more, so it goes with those who have it open.
pub(super) fn log(path: &Path) -> Result<File, Failed> {
    let log = File::options()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
        .map_err(Failed::io(Attempt::Make, path))?;
    remove_file(path).map_err(Failed::io(Attempt::Remove, path))?;
    Ok(log)
}

/// LP-SLIRP-12, LP-RLK-04: a byte on the pipe says that it is ready; it may take as long as it lives.
fn wait(
    mut child: Child,
    ready: OwnedFd,
    program: &Path,
    slice: i64,
    said: &mut [&mut File],
) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Start, program);
    let slice = Timespec { tv_sec: slice, tv_nsec: 0 };
    loop {
        let told = match poll(&mut [PollFd::new(&ready, PollFlags::IN)], Some(&slice)) {
            Err(Errno::INTR) => continue,
            told => told.map_err(&failed)?,
        };
        if told > 0 {
            let mut byte = [0];
            if File::from(ready).read(&mut byte).is_ok_and(|length| length > 0) {
                return Ok(());
            }
            let _ = child.wait();
            return Err(ended(program, said));
        }
        if child.try_wait().map_err(Failed::io(Attempt::Start, program))?.is_some() {
            return Err(ended(program, said));
        }
    }
}

fn ended(program: &Path, said: &mut [&mut File]) -> Failed {
    let mut words = said.iter_mut().map(|file| {
        let mut text = String::new();
        // Without its words there is still the fact.
        let _ = file.rewind().and_then(|()| file.take(TOLD).read_to_string(&mut text));
        text.trim().replace('\n', "; ")
    });
    Failed {
        note: words.find(|words| !words.is_empty()),
        ..Failed::at(Attempt::Start, program)(Errno::CHILD)
    }
}
