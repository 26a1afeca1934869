//! The way back from each change.

use alloc::{string::String, vec::Vec};

/// How a change is undone.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize, schemars::JsonSchema)]
#[serde(tag = "undo", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Undo {
    /// Unmounts; "not mounted" and "not there" are as good as done.
    Unmount {
        /// What.
        path: String,
        /// Remove the mount point as well.
        remove: bool,
        /// Detach now, unmount when no longer busy.
        lazy: bool,
    },
    /// Gives the container's root back to storage.
    UnmountRootfs {
        /// Where it is mounted.
        path: String,
    },
    /// Unmounts an overlay and removes its directories.
    RemoveOverlay {
        /// The directory of upper, work and merge.
        path: String,
    },
    /// Unmounts a named volume.
    UnmountVolume {
        /// Its name.
        name: String,
    },
    /// Removes a volume that was made for this container.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Unmounts an image.
    UnmountImage {
        /// The image.
        image: String,
    },
    /// Takes the networks down.
    NetworkTeardown,
    /// Removes the rootless network namespace, with its slirp4netns and its directory, when no other container uses it (LP-RNS-05).
    LeaveRootlessNetns {
        /// The file of the namespace.
        path: String,
    },
    /// Stops the program that was started.
    StopProcess,
    /// Removes a file.
    RemoveFile {
        /// The file.
        path: String,
    },
    /// Removes the directories that were made, while they are empty.
    RemoveMade {
        /// The deepest of them.
        path: String,
    },
    /// Takes lines out of a hosts file again.
    RemoveHosts {
        /// The file.
        path: String,
        /// Address.
        ip: String,
        /// Names.
        names: Vec<String>,
    },
    /// Nothing is undone.
    Keep {
        /// Why not.
        why: &'static str,
    },
}
