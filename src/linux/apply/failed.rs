//! What was attempted on the host and did not succeed.

use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::path::{Path, PathBuf};
use std::string::String;

/// What was attempted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Attempt {
    /// Looking at a path.
    Look,
    /// Making a directory, or another node.
    Make,
    /// Writing or copying a file.
    Write,
    /// Changing an owner or a mode.
    Own,
    /// Setting a label.
    Label,
    /// Mounting.
    Mount,
    /// Unmounting.
    Unmount,
    /// Removing.
    Remove,
    /// Taking a lock.
    Lock,
    /// Having the runtime delete the container.
    Delete,
    /// Starting a program, or waiting for it to be ready.
    Start,
    /// Ending a program.
    Stop,
    /// Having a port forwarded.
    Forward,
    /// Having networks set up.
    Network,
    /// Having networks taken down.
    TearDown,
}

impl Attempt {
    fn words(self) -> &'static str {
        match self {
            Attempt::Look => "looking at",
            Attempt::Make => "making",
            Attempt::Write => "writing",
            Attempt::Own => "changing the owner of",
            Attempt::Label => "labelling",
            Attempt::Mount => "mounting",
            Attempt::Unmount => "unmounting",
            Attempt::Remove => "removing",
            Attempt::Lock => "locking",
            Attempt::Delete => "deleting the container by",
            Attempt::Start => "starting",
            Attempt::Stop => "ending",
            Attempt::Forward => "forwarding a port by",
            Attempt::Network => "setting up the networks by",
            Attempt::TearDown => "taking the networks down by",
        }
    }
}

/// An attempt that failed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{} {}{}", attempt.words(), path.display(), note.as_deref().map(|note| std::format!(" ({note})")).unwrap_or_default())]
pub struct Failed {
    /// What was attempted.
    pub attempt: Attempt,
    /// On which path.
    pub path: PathBuf,
    /// What else there is to say.
    pub note: Option<String>,
    /// The host's error.
    pub source: Errno,
}

impl Failed {
    /// For `map_err`: an error of a system call.
    pub(crate) fn at(attempt: Attempt, path: impl AsRef<Path>) -> impl Fn(Errno) -> Failed {
        let path = path.as_ref().to_owned();
        move |source| Failed { attempt, path: path.clone(), note: None, source }
    }

    /// For `map_err`: an error of the standard library.
    pub(crate) fn io(
        attempt: Attempt,
        path: impl AsRef<Path>,
    ) -> impl Fn(std::io::Error) -> Failed {
        let path = path.as_ref().to_owned();
        move |e| Failed { attempt, path: path.clone(), note: None, source: errno(&e) }
    }
}

/// The kernel's number of an error of the standard library's.
pub(crate) fn errno(error: &std::io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::IO, Errno::from_raw_os_error)
}
