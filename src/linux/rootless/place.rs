//! The directory that tells of the namespace: who holds it, and the two locks that say who is inside.
//!
//! `gate` is held by who makes the namespace, enters it, or ends it; `inside` is shared by all that are inside. A command takes its share while
//! it holds `gate`, and who wants to end the namespace has to get all of `inside` while it holds `gate`: so nobody enters what is being ended.

use super::RootlessError;
use super::pause::{Known, Made, Namespaces, make};
use crate::linux::apply::directories;
use crate::linux::apply::{Attempt, Failed};
use crate::linux::gather::read;
use rustix::fs::{FlockOperation, Mode, OFlags, chmod, flock, fstat, mkdir, open, stat};
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::fs::{read_dir, remove_dir, remove_file, rename, write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// Its name below the base directory.
const NAME: &str = "rootless";
/// Not the name of a container's lock: this is no container's directory.
const GATE: &str = "gate";
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
    /// Nothing until it is made: a process that is killed before leaves the directories alone.
    pause: Option<Known>,
    /// Directories that were made for it, the uppermost first.
    made: Vec<PathBuf>,
}

/// A namespace that can be entered, with a share of `inside`.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) namespaces: Namespaces,
    pub(super) share: OwnedFd,
    pub(super) lacking: Option<String>,
}

impl Place {
    pub(super) fn below(base: &Path) -> Self {
        Place { base: base.to_owned(), own: base.join(NAME) }
    }

    /// Takes a share of the namespace, which is made if there is none. Whether nobody but programs like this one makes the base directory: then
    /// an empty one was left by one that was killed.
    pub(super) fn hold(&self, is_ours: bool) -> Result<Held, RootlessError> {
        let (lock, mut made) = self.locked()?;
        if is_ours && !self.has_containers()? {
            made.push(self.base.clone());
        }
        let written = self.written().unwrap_or(Written { pause: None, made: Vec::new() });
        let Written { pause, made: claimed } = written;
        let (is_first, before) = (pause.is_none(), claimed.len());
        // What another command is about to use may have been made by this one, and is removed by the last one.
        made.extend(claimed);
        made.sort_unstable();
        made.dedup();
        if made.len() > before {
            self.write(&Written { pause, made: made.clone() })?;
        }
        let (namespaces, lacking) = match pause.and_then(Known::namespaces) {
            Some(namespaces) => (namespaces, None),
            None => make().and_then(|new| self.keep(new, &made)).inspect_err(|_| {
                // Nobody has ever been inside: nothing is kept of it.
                if is_first {
                    let _ = self.remove_all(made);
                }
            })?,
        };
        let inside = self.own.join(INSIDE);
        let share = file(&inside, OFlags::CREATE).map_err(Failed::at(Attempt::Lock, &inside))?;
        // Who holds all of it holds `gate` too.
        wait_for(&share, FlockOperation::LockShared).map_err(Failed::at(Attempt::Lock, &inside))?;
        drop(lock);
        Ok(Held { namespaces, share, lacking })
    }

    /// Whether there is anything of it, be it what a killed process has left.
    pub(super) fn is_there(&self, is_ours: bool) -> bool {
        self.own.is_dir() || is_ours && self.has_containers().is_ok_and(|has| !has)
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
                let ended = pause.map_or(Ok(()), Known::end);
                ended.map_err(Failed::at(Attempt::Stop, "the pause process"))?;
                made
            }
            None => Vec::new(),
        };
        self.remove_all(made)
    }

    /// Removes everything. Who enters meanwhile makes it anew, and has to remove what was made before as well. To be called by who holds `gate`.
    fn remove_all(&self, mut made: Vec<PathBuf>) -> Result<(), RootlessError> {
        self.remove_files()?;
        for _ in 0..TRIES {
            // Somebody else's files may be in them.
            let _ = remove_dir(&self.own);
            for path in made.iter().rev() {
                let _ = remove_dir(path);
            }
            if !self.own.exists() {
                break;
            }
            let Some(_lock) = self.lock()? else { continue };
            if let Some(mut written) = self.written() {
                written.made.append(&mut made);
                written.made.sort_unstable();
                written.made.dedup();
                self.write(&written)?;
                break;
            }
            self.remove_files()?;
        }
        Ok(())
    }

    fn remove_files(&self) -> Result<(), Failed> {
        for name in [BESIDE, PAUSE, INSIDE, GATE] {
            let path = self.own.join(name);
            match remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    return Err(Failed::io(Attempt::Remove, path)(e));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Takes `gate`, and makes the directories for it: these are given.
    fn locked(&self) -> Result<(OwnedFd, Vec<PathBuf>), RootlessError> {
        let failed = Failed::at(Attempt::Lock, self.own.join(GATE));
        let mut made = Vec::new();
        for _ in 0..TRIES {
            match self.make_directories(&mut made) {
                // Its last user has just taken it away.
                Err(Failed { source: Errno::NOENT, .. }) => continue,
                done => done?,
            }
            match file(&self.own.join(GATE), OFlags::CREATE) {
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

    /// Others may pass through the base directory, as they may through root's: what is bound into a container of another id lies below.
    /// Nobody else may write to it; in the one above it others may only if the user lets them.
    fn make_directories(&self, made: &mut Vec<PathBuf>) -> Result<(), Failed> {
        let above = self.base.parent().unwrap_or(&self.base);
        for path in directories::missing(above) {
            make_directory(&path, 0o700, made)?;
        }
        let uid = stat(above).map_err(Failed::at(Attempt::Look, above))?.st_uid;
        if uid != rustix::process::geteuid().as_raw() {
            directories::safe(above)?;
        }
        for (path, mode) in [(&self.base, 0o711), (&self.own, 0o700)] {
            make_directory(path, mode, made)?;
            directories::safe(path)?;
        }
        Ok(())
    }

    /// Takes `gate`; `None` where there is no namespace.
    fn lock(&self) -> Result<Option<OwnedFd>, RootlessError> {
        let failed = Failed::at(Attempt::Lock, self.own.join(GATE));
        for _ in 0..TRIES {
            let lock = match file(&self.own.join(GATE), OFlags::empty()) {
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
            .zip(stat(self.own.join(GATE)).ok())
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
    ) -> Result<(Namespaces, Option<String>), RootlessError> {
        if let Err(e) = self.write(&Written { pause: Some(new.known), made: made.to_owned() }) {
            new.end();
            return Err(e.into());
        }
        let lacking = new.lacking.clone();
        Ok((new.stay()?, lacking))
    }

    /// Writes beside, and renames: it is whole at any time.
    fn write(&self, written: &Written) -> Result<(), Failed> {
        let (path, beside) = (self.own.join(PAUSE), self.own.join(BESIDE));
        serde_json::to_vec(written)
            .map_err(std::io::Error::from)
            .and_then(|text| write(&beside, text))
            .and_then(|()| rename(&beside, &path))
            .map_err(Failed::io(Attempt::Write, &path))
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

/// Makes one that is not there. Who really made it has to know: somebody has to remove it.
fn make_directory(path: &Path, mode: u32, made: &mut Vec<PathBuf>) -> Result<(), Failed> {
    let failed = Failed::at(Attempt::Make, path);
    match mkdir(path, Mode::RWXU) {
        Ok(()) => {
            made.push(path.to_owned());
            // Whatever the umask.
            chmod(path, Mode::from_raw_mode(mode)).map_err(failed)
        }
        Err(Errno::EXIST) if path.is_dir() => Ok(()),
        // Taken away between the two, or no directory.
        Err(Errno::EXIST) if !path.exists() => Err(failed(Errno::NOENT)),
        Err(Errno::EXIST) => Err(failed(Errno::NOTDIR)),
        Err(e) => Err(failed(e)),
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
