//! Writes down what is done for a container before it is done, so that a process that is killed anywhere leaves what cleaning up needs.

use super::back::Back;
use super::failed::{Attempt, Failed};
use super::recorded;
use crate::config::Config;
use crate::facts::{Dependency, NetworkStatus};
use crate::linux::runtime::Runtime;
use crate::plan::{Plan, Stage};
use rustix::fs::{FlockOperation, Mode, OFlags, Stat, flock, fstat, fsync, open, stat};
use rustix::io::Errno;
use std::borrow::ToOwned;
use std::fs::{OpenOptions, remove_dir, remove_file, rename};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::string::String;
use std::time::Duration;
use std::vec::Vec;

/// Version of the format: an unknown major is refused.
const FORMAT_VERSION: &str = "1.0";

/// The file's name in a container's directory.
const FILE: &str = "state.json";
/// Where it is written before it gets its name.
const BESIDE: &str = ".state.json.new";
/// The file whose lock a process holds while it works on the container.
const LOCK: &str = "lock";
/// The file whose lock the process holds that runs the container.
const RUNNING: &str = "running";
/// The file into which the runtime writes the process id of init.
const PID: &str = "pid";
/// What a step is called that hands the container to the runtime.
pub(crate) const RUN: &str = "run";
/// How often a lock is tried for: those who only look at it give it up at once.
const TRIES: u32 = 5;

/// What is done for one container.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[non_exhaustive]
pub struct State {
    /// Version of this record's format, `major.minor`.
    pub format_version: String,
    /// Id of the container.
    pub id: String,
    /// Name of the container.
    pub name: String,
    /// Directory of the bundle.
    pub bundle: PathBuf,
    /// Whether everything was done that the plan says.
    pub prepared: bool,
    /// How it is to be run.
    #[serde(default)]
    pub launch: Option<Launch>,
    /// What others have to know of it; a state of format 1.0 may lack it.
    #[serde(default)]
    pub about: Option<About>,
    /// What the networks gave.
    #[serde(default, with = "recorded", skip_serializing_if = "Option::is_none")]
    pub network_status: Option<NetworkStatus>,
    /// What is done or under way, in order.
    pub steps: Vec<Taken>,
}

/// What a container is to others: those that join it, and people who list it.
#[derive(Clone, Debug, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[non_exhaustive]
pub struct About {
    /// When it was created, RFC 3339.
    pub created: String,
    /// Name of its image; empty for a root directory.
    pub image: String,
    /// Its root directory; empty for an image.
    pub rootfs: String,
    /// What it runs.
    pub command: Vec<String>,
    /// A digest of the config that it was prepared from: the same for the same config, however that was written.
    #[serde(default)]
    pub config: String,
    /// What another container has to know to depend on it.
    #[serde(deserialize_with = "recorded::whole")]
    pub dependency: Dependency,
}

impl About {
    pub(super) fn of(plan: &Plan<'_>) -> Self {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let (draft, facts) = (&plan.draft, plan.facts);
        let args = draft.spec.process.args.value().map_or(&[][..], Vec::as_slice);
        About {
            created: text(facts.container.created.as_deref()),
            image: text(draft.container.image_name.value().map(|name| &**name)),
            rootfs: plan.config.rootfs.clone(),
            command: args.iter().map(|word| word.clone().into_owned()).collect(),
            config: digest(plan.config),
            dependency: plan.as_dependency(),
        }
    }

    /// Whether it was prepared from the config of a plan.
    pub(crate) fn is_of(&self, plan: &Plan<'_>) -> bool {
        self.config == digest(plan.config)
    }
}

/// Tells configs apart that people write; it is no protection against one who looks for two that are alike (FNV-1a).
fn digest(config: &Config) -> String {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    let text = serde_json::to_vec(config).unwrap_or_default();
    std::format!("{:016x}", text.iter().fold(0xcbf2_9ce4_8422_2325_u64, mix))
}

/// How a prepared container is run.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[non_exhaustive]
pub struct Launch {
    /// The runtime.
    pub runtime: Runtime,
    /// Whether it gets a terminal, which the runtime makes and watches.
    pub terminal: bool,
    /// Its own cgroup, where the runtime makes it by its path.
    pub cgroup: Option<String>,
    /// Whether its network is configured between its making and its start.
    #[serde(default)]
    pub configured_created: bool,
}

/// A step that was taken or is under way.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
#[non_exhaustive]
pub struct Taken {
    /// The effect's word in the plan, or what else was done.
    #[serde(rename = "do")]
    pub what: String,
    /// When, in the plan: network and storage are set up at once, and each takes its own back.
    #[serde(default)]
    pub stage: Stage,
    /// Whether it is done; if not it may be, wholly or in part.
    pub done: bool,
    /// What takes it back, in the order in which it was done.
    pub back: Vec<Back>,
}

impl State {
    pub(super) fn new(id: &str, name: &str, bundle: &str) -> Self {
        State {
            format_version: FORMAT_VERSION.to_owned(),
            id: id.to_owned(),
            name: name.to_owned(),
            bundle: PathBuf::from(bundle),
            ..State::default()
        }
    }

    /// The file that holds the process id of a container's init while it runs.
    pub(crate) fn pid_file(directory: &Path) -> PathBuf {
        directory.join(PID)
    }

    /// Whether the runtime was called to run it.
    pub(crate) fn was_started(&self) -> bool {
        self.steps.iter().any(|step| step.what == RUN)
    }

    /// Reads a container's state; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`StateError`] where it cannot be read, or is of another format.
    pub fn load(directory: &Path) -> Result<Option<State>, StateError> {
        let path = directory.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(StateError::Host(Failed::io(Attempt::Look, &path)(e))),
        };
        let state: State = serde_json::from_str(&text)
            .map_err(|source| StateError::Text { path: path.clone(), source })?;
        let major = |version: &str| version.split('.').next().map(ToOwned::to_owned);
        if major(&state.format_version) == major(FORMAT_VERSION) {
            Ok(Some(state))
        } else {
            Err(StateError::Version { path, found: state.format_version })
        }
    }

    /// Writes the state beside, and renames it: it is whole at any time.
    pub(super) fn save(&self, directory: &Path) -> Result<(), Failed> {
        let (path, beside) = (directory.join(FILE), directory.join(BESIDE));
        let failed = Failed::io(Attempt::Write, &path);
        let text = serde_json::to_vec(self)
            .map_err(|_| Failed::at(Attempt::Write, &path)(Errno::INVAL))?;
        // Its command line is nobody else's business.
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&beside)
            .map_err(&failed)?;
        file.write_all(&text).and_then(|()| file.sync_all()).map_err(&failed)?;
        rename(&beside, &path).map_err(&failed)?;
        // The new name has to be there after a crash as well.
        let directory =
            open(directory, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty());
        directory.and_then(fsync).map_err(Failed::at(Attempt::Write, &path))
    }

    /// Removes the state with its directory. If anything else is still in that, both stay.
    pub(super) fn remove(directory: &Path) -> Result<(), Failed> {
        const OURS: [&str; 4] = [FILE, BESIDE, LOCK, RUNNING];
        let failed = Failed::io(Attempt::Remove, directory);
        let gone = |done: std::io::Result<()>| match done {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        let entries = match std::fs::read_dir(directory) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            other => other.map_err(&failed)?,
        };
        for entry in entries {
            let name = entry.map_err(&failed)?.file_name();
            if !OURS.iter().any(|ours| name == **ours) {
                return Err(Failed {
                    note: Some(name.to_string_lossy().into_owned()),
                    ..Failed::at(Attempt::Remove, directory)(Errno::NOTEMPTY)
                });
            }
        }
        for name in OURS {
            gone(remove_file(directory.join(name))).map_err(&failed)?;
        }
        gone(remove_dir(directory)).map_err(failed)
    }
}

/// State that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Not to be read.
    #[error(transparent)]
    Host(Failed),
    /// Not what was written.
    #[error("reading {}", path.display())]
    Text {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Of another format.
    #[error("{} has format version `{found}`: it was written by another version of this program, which has to clean up", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// As written.
        found: String,
    },
}

/// A lock in a container's directory. It goes with the process.
#[derive(Debug)]
pub(crate) struct Lock(OwnedFd);

/// Said aloud: a program that another thread is about to start has a copy of the file until it runs.
impl Drop for Lock {
    fn drop(&mut self) {
        flock(&self.0, FlockOperation::Unlock).unwrap_or(());
    }
}

impl Lock {
    /// Takes the lock of who works on the container, which is held for a short time only; `None` when another process has it.
    pub(crate) fn take(directory: &Path) -> Result<Option<Lock>, Failed> {
        Lock::of(directory, LOCK, FlockOperation::NonBlockingLockExclusive)
    }

    /// Waits for that lock.
    pub(super) fn wait_for(directory: &Path) -> Result<Option<Lock>, Failed> {
        Lock::of(directory, LOCK, FlockOperation::LockExclusive)
    }

    /// Takes the lock of who runs the container, which is held as long as that takes; `None` when another process has it.
    pub(crate) fn run(directory: &Path) -> Result<Option<Lock>, Failed> {
        Lock::of(directory, RUNNING, FlockOperation::NonBlockingLockExclusive)
    }

    /// Waits for the lock of a file that goes with its last user, and may have come back meanwhile. The directory of it is there.
    pub(super) fn of_file(path: &Path) -> Result<Lock, Failed> {
        let failed = Failed::at(Attempt::Lock, path);
        loop {
            let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
            let file = open(path, flags, Mode::RUSR | Mode::WUSR).map_err(&failed)?;
            let own = fstat(&file).map_err(&failed)?;
            flock(&file, FlockOperation::LockExclusive).map_err(&failed)?;
            let lock = Lock(file);
            let same = |found: &Stat| (found.st_dev, found.st_ino) == (own.st_dev, own.st_ino);
            if stat(path).as_ref().is_ok_and(same) {
                return Ok(lock);
            }
        }
    }

    fn of(directory: &Path, name: &str, operation: FlockOperation) -> Result<Option<Lock>, Failed> {
        let path = directory.join(name);
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = open(&path, flags, Mode::RUSR | Mode::WUSR)
            .map_err(Failed::at(Attempt::Lock, &path))?;
        for _ in 0..TRIES {
            match flock(&file, operation) {
                Ok(()) => return Ok(Some(Lock(file))),
                Err(Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(2)),
                Err(e) => return Err(Failed::at(Attempt::Lock, path)(e)),
            }
        }
        Ok(None)
    }

    /// Whether a process works on the container, or runs it.
    pub(crate) fn is_held(directory: &Path) -> bool {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        [LOCK, RUNNING].into_iter().any(|name| {
            open(directory.join(name), flags, Mode::empty()).is_ok_and(|file| {
                flock(&file, FlockOperation::NonBlockingLockShared) == Err(Errno::WOULDBLOCK)
            })
        })
    }

    /// Whether a directory is a container's: it has the file for the lock.
    pub(crate) fn is_there(directory: &Path) -> bool {
        directory.join(LOCK).symlink_metadata().is_ok()
    }

    /// Waits for the lock of a whole base directory, which is held while a container comes or goes; `None` when it was removed meanwhile.
    pub(super) fn of_base(base: &Path) -> Result<Option<Lock>, Failed> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let failed = Failed::at(Attempt::Lock, base);
        let directory = match open(base, flags, Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            opened => opened.map_err(&failed)?,
        };
        flock(&directory, FlockOperation::LockExclusive).map_err(&failed)?;
        let held = fstat(&directory).map_err(&failed)?;
        let is_it = stat(base).is_ok_and(|at| (at.st_dev, at.st_ino) == (held.st_dev, held.st_ino));
        Ok(is_it.then_some(Lock(directory)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;

    #[test]
    fn state_is_read_as_it_was_written() {
        let scratch = Scratch::new();
        assert!(State::load(scratch.path()).unwrap().is_none());
        let mut state = State::new("id", "name", "/b");
        state.steps.push(Taken {
            what: "mount_shm".to_owned(),
            stage: Stage::Storage,
            done: true,
            back: Vec::from([Back::Unmount { path: "/s".into(), lazy: false }]),
        });
        state.save(scratch.path()).unwrap();
        state.prepared = true;
        state.save(scratch.path()).unwrap();
        assert_eq!(State::load(scratch.path()).unwrap(), Some(state));
        std::fs::write(scratch.path().join(FILE), "{\"format_version\":\"2.0\",\"id\":\"\",\"name\":\"\",\"bundle\":\"\",\"prepared\":false,\"steps\":[]}").unwrap();
        assert!(
            matches!(State::load(scratch.path()), Err(StateError::Version { found, .. }) if found == "2.0")
        );
        std::fs::write(scratch.path().join(FILE), "{").unwrap();
        assert!(matches!(State::load(scratch.path()), Err(StateError::Text { .. })));
    }

    #[test]
    fn one_process_holds_the_lock() {
        let scratch = Scratch::new();
        let held = Lock::take(scratch.path()).unwrap();
        assert!(held.is_some());
        assert!(Lock::take(scratch.path()).unwrap().is_none());
        drop(held);
        assert!(Lock::take(scratch.path()).unwrap().is_some());
    }
}
