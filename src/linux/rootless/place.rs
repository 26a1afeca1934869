//! The directory that tells of the namespace: who holds it, and the two locks that say who is inside.
//!
//! `lock` is held by who makes the namespace, enters it, or ends it; `inside` is shared by all that are inside. A command takes its share while it holds
//! `lock`, and who wants to end the namespace has to get all of `inside` while it holds `lock`: so nobody enters what is being ended.

use super::RootlessError;
use super::pause::{Known, Made, make};
use crate::linux::apply::directories;
use crate::linux::apply::{Attempt, Failed};
use crate::linux::gather::read;
use rustix::fs::{FlockOperation, Mode, OFlags, flock, fstat, open, stat};
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::fs::{read_dir, remove_dir, remove_file, rename, write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// Its name below the base directory.
const NAME: &str = "rootless";
const LOCK: &str = "lock";
const INSIDE: &str = "inside";
const PAUSE: &str = "pause.json";
const BESIDE: &str = ".pause.json.new";
/// How often others may take the directory away just before it is used.
const TRIES: usize = 1000;

/// The directory of a base directory.
#[derive(Clone, Debug)]
pub(super) struct Place {
    base: PathBuf,
    own: PathBuf,
}

/// What is written down of the namespace.
#[derive(Debug, serde::Deserialize, serde::Serialize)]
struct Written {
    pause: Known,
    /// Directories that were made for it, the uppermost first.
    made: Vec<PathBuf>,
}

/// A namespace that can be entered, with a share of `inside`.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) pause: OwnedFd,
    pub(super) share: OwnedFd,
    pub(super) lacking: Option<String>,
}

impl Place {
    pub(super) fn below(base: &Path) -> Self {
        Place { base: base.to_owned(), own: base.join(NAME) }
    }

    /// Takes a share of the namespace, which is made if there is none.
    pub(super) fn hold(&self) -> Result<Held, RootlessError> {
        let (lock, mut made) = self.locked()?;
        let written = self.written();
        let there = written.as_ref().and_then(|written| written.pause.find());
        let (pause, lacking) = match there {
            Some(pause) => (pause, None),
            None => {
                let is_first = written.is_none();
                let mut all = written.map(|written| written.made).unwrap_or_default();
                all.append(&mut made);
                let new = make().and_then(|new| self.keep(new, &all));
                new.inspect_err(|_| {
                    // Nobody has ever been inside: nothing is kept of it.
                    if is_first {
                        let _ = self.remove(&all);
                    }
                })?
            }
        };
        let inside = self.own.join(INSIDE);
        let share = file(&inside, OFlags::CREATE).map_err(Failed::at(Attempt::Lock, &inside))?;
        // Who holds all of it holds `lock` too.
        wait_for(&share, FlockOperation::LockShared).map_err(Failed::at(Attempt::Lock, &inside))?;
        drop(lock);
        Ok(Held { pause, share, lacking })
    }

    /// The file whose shared lock says who is inside.
    pub(super) fn inside(&self) -> PathBuf {
        self.own.join(INSIDE)
    }

    pub(super) fn base(&self) -> &Path {
        &self.base
    }

    /// Gives a share back. Who is the last ends the namespace if no container is left.
    pub(super) fn leave(&self, share: OwnedFd) -> Result<(), RootlessError> {
        let Some(_lock) = self.lock()? else { return Ok(()) };
        drop(share);
        let inside = self.own.join(INSIDE);
        let all = match file(&inside, OFlags::CREATE) {
            Ok(all) => all,
            Err(e) => return Err(Failed::at(Attempt::Lock, &inside)(e).into()),
        };
        match flock(&all, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(()),
            taken => taken.map_err(Failed::at(Attempt::Lock, &inside))?,
        }
        if self.has_containers()? {
            return Ok(());
        }
        let made = match self.written() {
            Some(Written { pause, made }) => {
                pause.end().map_err(Failed::at(Attempt::Stop, "the pause process"))?;
                made
            }
            None => Vec::new(),
        };
        self.remove(&made)
    }

    /// Removes the files, and the directories that were made for them. To be called by who holds `lock`.
    fn remove(&self, made: &[PathBuf]) -> Result<(), RootlessError> {
        for name in [BESIDE, PAUSE, INSIDE, LOCK] {
            let path = self.own.join(name);
            match remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failed::io(Attempt::Remove, path)(e).into());
                }
                Ok(()) | Err(_) => {}
            }
        }
        // Somebody else's files may be in the others, or another command may be about to enter.
        let _ = remove_dir(&self.own);
        for path in made.iter().rev() {
            let _ = remove_dir(path);
        }
        Ok(())
    }

    /// Takes `lock`, and makes the directories for it: these are given.
    fn locked(&self) -> Result<(OwnedFd, Vec<PathBuf>), RootlessError> {
        let failed = Failed::at(Attempt::Lock, self.own.join(LOCK));
        let mut made = Vec::new();
        for _ in 0..TRIES {
            for path in directories::missing(&self.own) {
                if !made.contains(&path) {
                    made.push(path);
                }
            }
            match self.make_directories() {
                // Its last user has just taken it away.
                Err(Failed { source: Errno::NOENT, .. }) => continue,
                done => done?,
            }
            match file(&self.own.join(LOCK), OFlags::CREATE) {
                Err(Errno::NOENT) => {}
                opened => {
                    let lock = opened.map_err(&failed)?;
                    wait_for(&lock, FlockOperation::LockExclusive).map_err(&failed)?;
                    if self.is_lock(&lock) {
                        return Ok((lock, made));
                    }
                }
            }
        }
        Err(failed(Errno::AGAIN).into())
    }

    /// Others may pass through the base directory, as they may through root's: what is bound into a container of another id lies below. Nobody else may
    /// write to any of them.
    fn make_directories(&self) -> Result<(), Failed> {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let above = self.base.parent().unwrap_or(&self.base);
        for (path, mode) in [(above, 0o700), (self.base.as_path(), 0o711), (&self.own, 0o700)] {
            directories::make(path, mode, uid, gid)?;
            directories::safe(path)?;
        }
        Ok(())
    }

    /// Takes `lock`; `None` where there is no namespace.
    fn lock(&self) -> Result<Option<OwnedFd>, RootlessError> {
        let failed = Failed::at(Attempt::Lock, self.own.join(LOCK));
        for _ in 0..TRIES {
            let lock = match file(&self.own.join(LOCK), OFlags::empty()) {
                Err(Errno::NOENT) => return Ok(None),
                opened => opened.map_err(&failed)?,
            };
            wait_for(&lock, FlockOperation::LockExclusive).map_err(&failed)?;
            if self.is_lock(&lock) {
                return Ok(Some(lock));
            }
        }
        Err(failed(Errno::AGAIN).into())
    }

    /// Whether a file that is locked is still the one by that name.
    fn is_lock(&self, lock: &OwnedFd) -> bool {
        fstat(lock)
            .ok()
            .zip(stat(self.own.join(LOCK)).ok())
            .is_some_and(|(held, named)| (held.st_dev, held.st_ino) == (named.st_dev, named.st_ino))
    }

    fn written(&self) -> Option<Written> {
        serde_json::from_str(&read::text(self.own.join(PAUSE)).ok()?).ok()
    }

    /// Writes a new one down, and lets it stay.
    fn keep(
        &self,
        new: Made,
        made: &[PathBuf],
    ) -> Result<(OwnedFd, Option<String>), RootlessError> {
        let (path, beside) = (self.own.join(PAUSE), self.own.join(BESIDE));
        let failed = Failed::io(Attempt::Write, &path);
        let written = serde_json::to_vec(&Written { pause: new.known, made: made.to_owned() })
            .map_err(std::io::Error::from)
            .and_then(|text| write(&beside, text))
            .and_then(|()| rename(&beside, &path));
        if let Err(e) = written {
            new.end();
            return Err(failed(e).into());
        }
        let lacking = new.lacking.clone();
        Ok((new.stay()?, lacking))
    }

    /// Each container has a directory of its own below the base directory; networks of containers may have others.
    fn has_containers(&self) -> Result<bool, RootlessError> {
        let failed = Failed::io(Attempt::Look, &self.base);
        for entry in read_dir(&self.base).map_err(&failed)? {
            let entry = entry.map_err(&failed)?;
            if entry.file_name() != *NAME && entry.file_type().map_err(&failed)?.is_dir() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn file(path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let flags = flags | OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    open(path, flags, Mode::RUSR | Mode::WUSR)
}

fn wait_for(file: &OwnedFd, how: FlockOperation) -> Result<(), Errno> {
    loop {
        match flock(file, how) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}
