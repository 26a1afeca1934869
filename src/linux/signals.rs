//! Forwards signals to a child while it is waited for.

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::{Handle, Signals};
use std::io;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

const FORWARDED: [i32; 6] = [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2];

/// Whom a signal is for.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// Nobody yet; the first one keeps the child from being started.
    Nobody(Option<i32>),
    /// A process that has not been reaped.
    Child(Pid),
}

/// Signals are caught from its beginning to its end.
#[derive(Debug)]
pub(super) struct Forwarding {
    target: Arc<Mutex<Target>>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no child.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// A signal came first.
    Signal(i32),
    /// It could not be started.
    Spawn(io::Error),
}

impl Forwarding {
    /// Begins to catch signals.
    pub(super) fn begin() -> io::Result<Self> {
        let mut signals = Signals::new(FORWARDED)?;
        let handle = signals.handle();
        let target = Arc::new(Mutex::new(Target::Nobody(None)));
        let told = Arc::clone(&target);
        let forward = move || {
            for signal in &mut signals.forever() {
                let mut target = lock(&told);
                match *target {
                    Target::Nobody(None) => *target = Target::Nobody(Some(signal)),
                    // It may be a zombie by now, to which nothing can be sent.
                    Target::Child(pid) => send(pid, signal),
                    Target::Nobody(Some(_)) => {}
                }
            }
        };
        let thread = std::thread::Builder::new().name("signals".into()).spawn(forward)?;
        Ok(Forwarding { target, handle, thread: Some(thread) })
    }

    /// Starts a child and waits for its end.
    pub(super) fn wait_for(
        &self,
        spawn: impl FnOnce() -> io::Result<Child>,
    ) -> Result<ExitStatus, Interrupted> {
        let mut target = lock(&self.target);
        if let Target::Nobody(Some(signal)) = *target {
            return Err(Interrupted::Signal(signal));
        }
        let mut child = spawn().map_err(Interrupted::Spawn)?;
        let pid = Pid::from_child(&child);
        *target = Target::Child(pid);
        drop(target);
        self.await_end(pid);
        child.wait().map_err(Interrupted::Spawn)
    }

    /// Sends signals to a child from now on that was started by another.
    pub(super) fn send_to(&self, pid: Pid) -> Result<(), Interrupted> {
        let mut target = lock(&self.target);
        if let Target::Nobody(Some(signal)) = *target {
            return Err(Interrupted::Signal(signal));
        }
        *target = Target::Child(pid);
        Ok(())
    }

    /// Waits for the end of that child. Gives its exit code, or 128 and the number of the signal that ended it.
    pub(super) fn wait_for_end(&self, pid: Pid) -> io::Result<i32> {
        self.await_end(pid);
        loop {
            match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED) {
                Err(Errno::INTR) => {}
                Ok(Some(status)) => {
                    let signal = || Some(status.terminating_signal()?.saturating_add(128));
                    return Ok(status.exit_status().or_else(signal).unwrap_or(128));
                }
                Ok(None) => return Err(Errno::CHILD.into()),
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Waits for the end of a child. It is reaped only when nobody can send to its number any more: another process may get it then.
    fn await_end(&self, pid: Pid) {
        while let Err(Errno::INTR) =
            waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
        {}
        *lock(&self.target) = Target::Nobody(None);
    }
}

impl Drop for Forwarding {
    fn drop(&mut self) {
        self.handle.close();
        // Its only end is the loop's.
        self.thread.take().map_or(Ok(()), JoinHandle::join).unwrap_or(());
    }
}

fn lock(target: &Mutex<Target>) -> MutexGuard<'_, Target> {
    target.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(pid: Pid, signal: i32) {
    if let Some(signal) = Signal::from_named_raw(signal) {
        kill_process(pid, signal).unwrap_or(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    /// One test, since signals are the whole process's.
    #[test]
    fn signals_reach_the_child_or_keep_it_from_starting() {
        let us = rustix::process::getpid();
        let forwarding = Forwarding::begin().unwrap();
        let status = forwarding
            .wait_for(|| {
                let child = Command::new("sleep").arg("30").spawn()?;
                // It is sent while the child is not known yet, and kept for it.
                send(us, SIGUSR2);
                Ok(child)
            })
            .unwrap();
        assert_eq!(status.signal(), Some(SIGUSR2));
        drop(forwarding);

        let forwarding = Forwarding::begin().unwrap();
        send(us, SIGUSR1);
        while matches!(*lock(&forwarding.target), Target::Nobody(None)) {
            std::thread::yield_now();
        }
        assert!(matches!(
            forwarding.wait_for(|| panic!("started")),
            Err(Interrupted::Signal(SIGUSR1))
        ));
    }
}
