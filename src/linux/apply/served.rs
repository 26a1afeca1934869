//! Mounts overlays by a program that serves them, and unmounts them again with the program's end.

use super::failed::{Attempt, Failed};
use super::programs;
use crate::linux::processes;
use rustix::io::Errno;
use rustix::mount::{UnmountFlags, unmount as unmount_by_kernel};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Programs with which a user may unmount what he has mounted by FUSE (LP-OVL-04).
const FOR_USERS: [&str; 2] = ["fusermount3", "fusermount"];

/// How long a program may take to end when nothing is mounted any more.
const ENDS: Duration = Duration::from_secs(5);
/// How soon it is looked at again.
const AGAIN: Duration = Duration::from_millis(5);

/// LP-OVL-02: has a program mount an overlay.
pub(super) fn mount(program: &str, options: &str, merge: &Path) -> Result<(), Failed> {
    programs::run(Command::new(program).arg("-o").arg(options).arg(merge), Attempt::Mount, merge)
}

/// LP-OVL-04: unmounts what a program serves, and waits until that is gone; a program that has not come to mount yet, or does not end, is killed.
pub(super) fn unmount(program: &Path, merge: &Path) -> Result<(), Failed> {
    // By how it was called, not by its name: a script may have put another in its place.
    let serves = |words: &[&[u8]]| matches!(words, [.., b"-o", _, last] if *last == merge.as_os_str().as_bytes());
    let begin = Instant::now();
    unmount_now(merge)?;
    // Started by a process that was killed, it may be about to mount only now.
    while processes::is_any(serves) {
        if begin.elapsed() > ENDS {
            processes::end_all(program, serves)?;
        }
        sleep(AGAIN);
        unmount_now(merge)?;
    }
    unmount_now(merge)
}

fn unmount_now(merge: &Path) -> Result<(), Failed> {
    match unmount_by_kernel(merge, UnmountFlags::NOFOLLOW) {
        Ok(()) | Err(Errno::INVAL | Errno::NOENT | Errno::NOTDIR) => Ok(()),
        Err(Errno::BUSY) => unmount_by_kernel(merge, UnmountFlags::NOFOLLOW | UnmountFlags::DETACH)
            .map_err(Failed::at(Attempt::Unmount, merge)),
        Err(Errno::PERM) => {
            let by = |program: &str| {
                let mut command = Command::new(program);
                programs::run(command.arg("-u").arg(merge), Attempt::Unmount, merge).is_ok()
            };
            if FOR_USERS.iter().any(|program| by(program)) {
                Ok(())
            } else {
                Err(Failed::at(Attempt::Unmount, merge)(Errno::PERM))
            }
        }
        Err(e) => Err(Failed::at(Attempt::Unmount, merge)(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Stdio;

    #[test]
    fn a_program_that_never_mounts_is_ended() {
        // One of this process: the same test in another one must not end what this one starts.
        let merge = std::format!("/no/such/place/{}/merge", std::process::id());
        // Nothing of it is left, and nothing is ended that was called otherwise.
        let start = |words: &[&str]| {
            let mut command = Command::new("sh");
            command.args(["-c", "read word; true", "program"]).args(words);
            command.stdin(Stdio::piped()).spawn().unwrap()
        };
        let mut one = start(&["-o", "lowerdir=/x", &merge]);
        let mut other = start(&["-o", "lowerdir=/x", "/no/such/place/other"]);
        for _ in 0..2 {
            unmount(Path::new("program"), Path::new(&merge)).unwrap();
        }
        // It was waited for there.
        one.wait().unwrap_err();
        assert!(other.try_wait().unwrap().is_none());
        drop(other.stdin.take());
        other.wait().unwrap();
    }
}
