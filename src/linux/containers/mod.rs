//! Knows the containers that were prepared on this host: each by the state in its directory below one base directory.

use super::apply::{Attempt, Failed, Lock, State, StateError};
use super::gather::{GatherOptions, Process, read};
use super::runtime::Runtime;
use crate::facts::Dependency;
use std::borrow::ToOwned as _;
use std::format;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};
use std::time::Duration;
use std::vec::Vec;

/// How often it is looked again at a container that is just being started or taken back.
const TRIES: u32 = 40;

/// How long to wait before that.
const PAUSE: Duration = Duration::from_millis(25);

/// A container as it is listed. As JSON its keys are these names, and a later version adds keys only.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
pub struct Listed {
    /// Its id, 64 hex digits; the name of its directory where the state cannot be read.
    pub id: String,
    /// Its name; empty where it is not known.
    pub name: String,
    /// How it stands.
    pub state: Status,
    /// What is wrong with one that is broken.
    pub error: Option<String>,
    /// Process id of its init while it runs.
    pub pid: Option<u32>,
    /// When it was prepared, RFC 3339; empty where it is not known.
    pub created: String,
    /// What it runs.
    pub command: Vec<String>,
    /// Name of its image; empty for a root directory.
    pub image: String,
    /// Its root directory; empty for an image.
    pub rootfs: String,
    /// Its own directory.
    pub directory: PathBuf,
}

/// How a container stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// It is being prepared.
    Preparing,
    /// It is prepared and was not started yet.
    Prepared,
    /// It runs.
    Running,
    /// Its processes are frozen.
    Paused,
    /// It ran, and was not cleaned up yet.
    Exited,
    /// Its state cannot be used, or it was not prepared to the end.
    Broken,
}

impl Status {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Status::Preparing => "preparing",
            Status::Prepared => "prepared",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Exited => "exited",
            Status::Broken => "broken",
        }
    }

    /// Podman's word, as the facts have it. One that Podman has not started is `created`.
    fn podman(self) -> &'static str {
        match self {
            Status::Preparing | Status::Prepared => "created",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Exited | Status::Broken => "exited",
        }
    }
}

/// A container that is not found.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FindError {
    /// There is none.
    #[error("no container with name or ID \"{text}\" found below {}: no such container", base.display())]
    None {
        /// What was looked for.
        text: String,
        /// Where.
        base: PathBuf,
    },
    /// The beginning of an id that several have.
    #[error("more than one result for container ID {text}: {}", ids.join(", "))]
    Several {
        /// What was looked for.
        text: String,
        /// Their ids.
        ids: Vec<String>,
    },
    /// The containers cannot be looked through.
    #[error(transparent)]
    Look(Failed),
}

/// A container that cannot be joined.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DependencyError {
    /// It is not found.
    #[error(transparent)]
    Find(FindError),
    /// Its state cannot be used.
    #[error("container {id} cannot be joined")]
    State {
        /// Its id.
        id: String,
        /// Why.
        source: StateError,
    },
    /// Its state does not say what has to be known of it.
    #[error(
        "container {id} cannot be joined: it was not prepared to the end, or by an earlier version of this program"
    )]
    Unknown {
        /// Its id.
        id: String,
    },
    /// It cannot be told whether it runs.
    #[error("asking whether container {id} runs")]
    Runs {
        /// Its id.
        id: String,
        /// Why.
        source: Failed,
    },
}

/// The directory below which each container has one of its own.
pub fn base(options: &GatherOptions) -> PathBuf {
    PathBuf::from(Process::new(options).base)
}

/// Lists the containers below a base directory, the oldest first. One whose state cannot be read is listed as broken.
///
/// # Errors
///
/// [`Failed`] when the directory cannot be read; one that does not exist holds none.
///
/// # Examples
///
/// ```
/// let base = std::env::temp_dir().join("no-containers-here");
/// assert!(ocify::linux::list(&base)?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn list(base: &Path) -> Result<Vec<Listed>, Failed> {
    let mut found: Vec<Listed> = entries(base)?.into_iter().map(Entry::listed).collect();
    // Times are in UTC, and differ in length by their fraction alone: `Z` would come after its digits.
    found.sort_by(|a, b| {
        let key = |one: &Listed| (one.created.trim_end_matches('Z').to_owned(), one.id.clone());
        key(a).cmp(&key(b))
    });
    Ok(found)
}

/// Finds a container's directory by its id, its name or the beginning of its id, in this order.
///
/// # Errors
///
/// [`FindError`] where none has it, or several have.
pub fn find(base: &Path, text: &str) -> Result<PathBuf, FindError> {
    find_entry(base, text).map(|entry| entry.directory)
}

/// What another container has to know of one that it joins; one without an id where there is none.
///
/// # Errors
///
/// [`DependencyError`] where it is not found, or its state does not say what has to be known of it.
pub(super) fn dependency(base: &Path, text: &str) -> Result<Dependency, DependencyError> {
    let entry = match find_entry(base, text) {
        Ok(entry) => entry,
        Err(FindError::None { .. }) => return Ok(Dependency::default()),
        Err(error) => return Err(DependencyError::Find(error)),
    };
    let id = entry.id();
    let state = entry.state.map_err(|source| DependencyError::State { id: id.clone(), source })?;
    let state = state.ok_or_else(|| DependencyError::Unknown { id: id.clone() })?;
    let Some(about) = state.about.clone() else { return Err(DependencyError::Unknown { id }) };
    let (status, pid) =
        runs(&entry.directory, &state).map_err(|source| DependencyError::Runs { id, source })?;
    let mut told = about.dependency;
    status.podman().clone_into(&mut told.state);
    told.pid = pid.unwrap_or_default();
    told.hosts = told.bind_mounts.get("/etc/hosts").map(|path| read::text(path).into());
    Ok(told)
}

/// The states of the containers below a base directory that can be read.
pub(super) fn states(base: &Path) -> Result<Vec<State>, Failed> {
    Ok(entries(base)?.into_iter().filter_map(|entry| entry.state.ok().flatten()).collect())
}

/// A container's directory.
struct Entry {
    directory: PathBuf,
    /// `None` where nothing was written down yet.
    state: Result<Option<State>, StateError>,
}

impl Entry {
    /// Its id, or its directory's name where that is not known.
    fn id(&self) -> String {
        match &self.state {
            Ok(Some(state)) => state.id.clone(),
            _ => self
                .directory
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
        }
    }

    fn listed(self) -> Listed {
        let id = self.id();
        let mut listed = Listed {
            id,
            name: String::new(),
            state: Status::Broken,
            error: None,
            pid: None,
            created: String::new(),
            command: Vec::new(),
            image: String::new(),
            rootfs: String::new(),
            directory: self.directory,
        };
        let state = match self.state {
            Ok(Some(state)) => state,
            Ok(None) if Lock::is_held(&listed.directory) => {
                listed.state = Status::Preparing;
                return listed;
            }
            Ok(None) => {
                listed.error = Some("nothing is written down of it: clean it up".to_owned());
                return listed;
            }
            Err(error) => {
                listed.error = Some(chain(&error));
                return listed;
            }
        };
        match runs(&listed.directory, &state) {
            Ok((status, pid)) => (listed.state, listed.pid) = (status, pid),
            Err(error) => listed.error = Some(chain(&error)),
        }
        if listed.state == Status::Preparing && !Lock::is_held(&listed.directory) {
            listed.state = Status::Broken;
            listed.error = Some("it was not prepared to the end: clean it up".to_owned());
        }
        listed.name = state.name;
        if let Some(about) = state.about {
            listed.created = about.created;
            listed.command = about.command;
            listed.image = about.image;
            listed.rootfs = about.rootfs;
        }
        listed
    }
}

/// The directories of containers below a base directory, in order of their names. What holds neither a state nor a lock is none.
fn entries(base: &Path) -> Result<Vec<Entry>, Failed> {
    let failed = Failed::io(Attempt::Look, base);
    let children = match fs::read_dir(base) {
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        other => other.map_err(&failed)?,
    };
    let mut found = Vec::new();
    for child in children {
        let directory = child.map_err(&failed)?.path();
        if !directory.is_dir() {
            continue;
        }
        let state = State::load(&directory);
        // One that was removed meanwhile is none either.
        if matches!(state, Ok(None)) && !Lock::is_there(&directory) {
            continue;
        }
        found.push(Entry { directory, state });
    }
    found.sort_by(|a, b| a.directory.cmp(&b.directory));
    Ok(found)
}

fn find_entry(base: &Path, text: &str) -> Result<Entry, FindError> {
    let none = || FindError::None { text: text.to_owned(), base: base.to_owned() };
    if text.is_empty() {
        return Err(none());
    }
    let mut all = entries(base).map_err(FindError::Look)?;
    let named = |entry: &Entry| matches!(&entry.state, Ok(Some(state)) if state.name == text);
    let exact =
        all.iter().position(|entry| entry.id() == text).or_else(|| all.iter().position(named));
    if let Some(at) = exact {
        return Ok(all.swap_remove(at));
    }
    all.retain(|entry| entry.id().starts_with(text));
    match all.len() {
        0 => Err(none()),
        1 => all.pop().ok_or_else(none),
        _ => Err(FindError::Several {
            text: text.to_owned(),
            ids: all.iter().map(Entry::id).collect(),
        }),
    }
}

/// Whether a container runs, and as which process.
fn runs(directory: &Path, state: &State) -> Result<(Status, Option<u32>), Failed> {
    if !state.prepared {
        return Ok((Status::Preparing, None));
    }
    let launch = state.launch.as_ref().filter(|_| state.was_started());
    let Some(launch) = launch else { return Ok((Status::Prepared, None)) };
    let mut tries = 0_u32;
    loop {
        let (found, settled) = look(directory, &state.id, &launch.runtime)?;
        // The container may run before its runtime has written down that it does, and may have ended before all of that is gone.
        if settled || tries >= TRIES || !Lock::is_held(directory) {
            return Ok(found);
        }
        tries = tries.saturating_add(1);
        std::thread::sleep(PAUSE);
    }
}

/// What can be told of a container at this moment, and whether that is all while a process works on it. The runtime is only asked for one
/// that may run.
fn look(
    directory: &Path,
    id: &str,
    runtime: &Runtime,
) -> Result<((Status, Option<u32>), bool), Failed> {
    const EXITED: (Status, Option<u32>) = (Status::Exited, None);
    let init = read::text(State::pid_file(directory)).ok();
    let init = init.and_then(|text| text.trim().parse::<u32>().ok());
    if init.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
        return Ok((EXITED, true));
    }
    // The runtime takes its own directory of it away when it is gone.
    if !runtime.root.join(id).exists() {
        return Ok((EXITED, false));
    }
    // The process may be another one by now that was given its number: the runtime has written down when its own began.
    let Some((word, pid)) = runtime.state(id)? else { return Ok((EXITED, false)) };
    Ok(match word.as_str() {
        "running" => ((Status::Running, Some(pid)), true),
        "paused" => ((Status::Paused, Some(pid)), true),
        "creating" | "created" => ((Status::Prepared, None), false),
        _ => (EXITED, true),
    })
}

/// An error with what it came of.
fn chain(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words = format!("{words}: {cause}");
        source = cause.source();
    }
    words
}

#[cfg(test)]
mod tests;
