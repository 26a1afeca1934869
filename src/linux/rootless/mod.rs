//! Lets a normal user be root of a user namespace and a mount namespace of the user's own: what asks this host and what changes it runs in there.
//!
//! The two are made once and joined by every command after that, so what one of them mounts is there for the next. They are held by a process
//! that only pauses, and go when nobody is inside and no container is left. A process of several threads cannot change its user namespace: what
//! runs inside is another program ([`Inside::command`]), or the same one from its beginning ([`Inside::exec`], then [`Inside::resume`]).

mod maps;
mod pause;
mod place;

use super::apply::Failed;
use super::gather::GatherOptions;
use super::gather::process::text_of;
use pause::Namespaces;
use place::{Held, Place};
use rustix::fs::stat;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::process::{chdir, getegid, geteuid};
use std::borrow::ToOwned as _;
use std::ffi::{CString, OsStr, OsString};
use std::format;
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::string::{String, ToString as _};
use std::sync::Arc;

/// Says that a process is inside already (LP-LEAF-01).
const CONFIGURED: &str = "_CONTAINERS_USERNS_CONFIGURED";
/// Tells the ids outside (LP-LEAF-03).
const OUTSIDE: [&str; 2] = ["_CONTAINERS_ROOTLESS_UID", "_CONTAINERS_ROOTLESS_GID"];
/// Hands a share of the namespace on to the same program: its file, a colon, the base directory.
const SHARE: &str = "_OCIFY_ROOTLESS";

/// A namespace that cannot be made, entered or ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RootlessError {
    /// Its directory, or a file in it, cannot be used.
    #[error(transparent)]
    Host(#[from] Failed),
    /// It cannot be made.
    #[error("making a user namespace{}", help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default())]
    Namespace {
        /// What is in the way, and what to do.
        help: Option<String>,
        /// The host's error.
        source: io::Error,
    },
    /// A range that the own id lies in.
    #[error(
        "invalid configuration: the specified mapping {range} in {file:?} includes the user {kind}"
    )]
    OwnInRange {
        /// The range, as the file has it.
        range: String,
        /// The file.
        file: &'static str,
        /// `UID` or `GID`.
        kind: &'static str,
    },
    /// A program that maps ids cannot be started.
    #[error("starting {program}")]
    Start {
        /// The program.
        program: &'static str,
        /// Why.
        source: io::Error,
    },
    /// A program that maps ids refuses to.
    #[error(
        "{program} does not map the ranges of {file} ({said}): it has to be setuid root, and no range may be another user's"
    )]
    Map {
        /// The program.
        program: &'static str,
        /// Where the ranges are from.
        file: &'static str,
        /// What it says.
        said: String,
    },
    /// A map cannot be written.
    #[error("writing {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A program was not started inside.
    #[error("entering the user's namespace and starting {} there", program.display())]
    Exec {
        /// The program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Whether this process has to go inside before it asks this host or changes it: it is not root, and not inside yet.
pub fn needed() -> bool {
    !geteuid().is_root() && std::env::var_os(CONFIGURED).is_none_or(|value| value.is_empty())
}

/// The base directory of a container by its own directory.
pub fn base_of(container: &Path) -> PathBuf {
    let own = PathBuf::from(text_of(container));
    own.parent().map_or_else(|| own.clone(), Path::to_owned)
}

/// Whether there is a namespace of a base directory, or what a process has left that was killed while it made one: who enters and leaves
/// takes that back.
pub fn is_there(base: &Path) -> bool {
    Place::below(base).is_there(is_ours(base))
}

/// The base directory that nobody has chosen is nobody else's.
fn is_ours(base: &Path) -> bool {
    base == super::base(&GatherOptions::default())
}

/// A share of the user's namespace: it stays while there is one. Dropped, it is given back, and the namespace stays for the next;
/// [`Inside::leave`] also ends it if it was the last.
#[derive(Debug)]
pub struct Inside {
    place: Place,
    /// What can be joined; nothing in a process that is inside.
    namespaces: Option<Arc<Namespaces>>,
    share: Arc<OwnedFd>,
    lacking: Option<String>,
}

impl Inside {
    /// Takes a share of the namespace of a base directory ([`linux::base`](super::base)), and makes it if it is not there: all containers below
    /// it share one.
    ///
    /// # Errors
    ///
    /// [`RootlessError`]
    pub fn enter(base: &Path) -> Result<Self, RootlessError> {
        let place = Place::below(base);
        let Held { namespaces, share, lacking } = place.hold(is_ours(base))?;
        Ok(Inside {
            place,
            namespaces: Some(Arc::new(namespaces)),
            share: Arc::new(share),
            lacking,
        })
    }

    /// What was lacking when it was made, so that the namespace has the user's own ids alone: what to do about it.
    pub fn lacking(&self) -> Option<&str> {
        self.lacking.as_deref()
    }

    /// A program that will be inside. It has a share of its own, which it hands on to what it starts, as it does all files that it knows
    /// nothing of.
    ///
    /// # Errors
    ///
    /// [`RootlessError::Exec`] where this process has no working directory, or is inside itself.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Result<Command, RootlessError> {
        let program = program.as_ref();
        let failed = |source| RootlessError::Exec { program: program.into(), source };
        let namespaces =
            self.namespaces.clone().ok_or_else(|| failed(io::ErrorKind::Unsupported.into()))?;
        let at = std::env::current_dir().map_err(failed)?;
        let at = CString::new(at.into_os_string().into_vec())
            .map_err(|_| failed(io::ErrorKind::InvalidInput.into()))?;
        let share = Arc::clone(&self.share);
        let mut command = Command::new(program);
        command.env(CONFIGURED, "done").env_remove(SHARE);
        for (name, id) in OUTSIDE.into_iter().zip([geteuid().as_raw(), getegid().as_raw()]) {
            command.env(name, id.to_string());
        }
        let join = move || {
            fcntl_setfd(&share, FdFlags::empty())?;
            namespaces.join()?;
            // Another mount namespace begins at its root.
            chdir(&at).map_err(io::Error::from)
        };
        #[expect(unsafe_code, reason = "between fork and exec there is no other way")]
        // SAFETY: the closure makes system calls alone, which are safe after a fork; none allocates or takes a lock.
        unsafe {
            command.pre_exec(join);
        }
        Ok(command)
    }

    /// Goes on as this same program, from its beginning, with the same arguments: inside. [`Inside::resume`] gives it its share. The process
    /// stays the same one, with its terminal, its streams, its parent; only one without other threads can.
    ///
    /// # Errors
    ///
    /// [`RootlessError`]; there is no return otherwise.
    pub fn exec(self) -> Result<std::convert::Infallible, RootlessError> {
        let mut arguments = std::env::args_os();
        let name = arguments.next().unwrap_or_default();
        let mut share = OsString::from(format!("{}:", self.share.as_raw_fd()));
        share.push(self.place.base());
        let failed = match self.command("/proc/self/exe") {
            Ok(mut command) => {
                let source = command.arg0(&name).args(arguments).env(SHARE, share).exec();
                RootlessError::Exec { program: name.into(), source }
            }
            Err(e) => e,
        };
        // What kept it from going in is told before what could not be taken back.
        let _ = self.leave();
        Err(failed)
    }

    /// The share that this program was given by [`Inside::exec`], if it was. To be called first of all, before there are other threads: it
    /// takes the variable out of the environment that told of it.
    pub fn resume() -> Option<Self> {
        let told = std::env::var_os(SHARE)?;
        #[expect(unsafe_code, reason = "a program that is started from here must not see it")]
        // SAFETY: as the documentation asks, no other thread reads the environment meanwhile.
        unsafe {
            std::env::remove_var(SHARE);
        }
        let colon = told.as_bytes().iter().position(|byte| *byte == b':')?;
        let (number, rest) = told.as_bytes().split_at_checked(colon)?;
        let number: RawFd = std::str::from_utf8(number).ok()?.parse().ok()?;
        let place = Place::below(Path::new(OsStr::from_bytes(rest.get(1..)?)));
        // Whatever the environment says: only the one file is taken.
        let (held, named) =
            (stat(format!("/proc/self/fd/{number}")).ok()?, stat(place.inside()).ok()?);
        if number < 3 || (held.st_dev, held.st_ino) != (named.st_dev, named.st_ino) {
            return None;
        }
        #[expect(unsafe_code, reason = "an inherited file has only its number")]
        // SAFETY: it is open, it is no standard stream, and nothing else in this program knows it.
        let share = unsafe { OwnedFd::from_raw_fd(number) };
        fcntl_setfd(&share, FdFlags::CLOEXEC).ok()?;
        Some(Inside { place, namespaces: None, share: Arc::new(share), lacking: None })
    }

    /// Gives the share back. If it was the last one and no container is left below the base directory, the namespace ends, and nothing is
    /// left of it.
    ///
    /// # Errors
    ///
    /// [`RootlessError`]
    pub fn leave(self) -> Result<(), RootlessError> {
        let Inside { place, share, .. } = self;
        // A command that was made and not dropped yet has the other half: it may still be started.
        Arc::into_inner(share).map_or(Ok(()), |share| place.leave(share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;

    /// A namespace can be made by root as well, where there are any.
    fn enter(base: &Path) -> Option<Inside> {
        match Inside::enter(base) {
            Ok(inside) => Some(inside),
            Err(RootlessError::Namespace { .. }) => None,
            Err(e) => panic!("{e}"),
        }
    }

    fn said(inside: &Inside, script: &str) -> String {
        let output = inside.command("sh").unwrap().args(["-c", script]).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn a_program_is_inside_and_the_last_one_ends_the_namespace() {
        let scratch = Scratch::new();
        let base = scratch.path().join("new/base");
        let Some(first) = enter(&base) else { return };
        let second = Inside::enter(&base).unwrap();
        let which = "readlink /proc/self/ns/user /proc/self/ns/mnt";
        let namespaces = said(&first, which);
        assert_eq!(said(&second, which), namespaces);
        let outside = Command::new("sh").args(["-c", which]).output().unwrap().stdout;
        assert_ne!(namespaces.as_bytes(), outside.trim_ascii());
        assert_eq!(said(&first, "id -u"), "0");
        assert_eq!(said(&first, "pwd"), std::env::current_dir().unwrap().to_str().unwrap());
        let outer = format!("done {} {}", geteuid().as_raw(), getegid().as_raw());
        let marks = "echo $_CONTAINERS_USERNS_CONFIGURED $_CONTAINERS_ROOTLESS_UID $_CONTAINERS_ROOTLESS_GID";
        assert_eq!(said(&first, marks), outer);

        // A container keeps it, and so does whoever is inside.
        std::fs::create_dir(base.join("container")).unwrap();
        first.leave().unwrap();
        second.leave().unwrap();
        let third = Inside::enter(&base).unwrap();
        assert_eq!(said(&third, which), namespaces);
        std::fs::remove_dir(base.join("container")).unwrap();
        let mut child = third.command("sleep").unwrap().arg("60").spawn().unwrap();
        third.leave().unwrap();
        assert!(base.join("rootless").exists());
        child.kill().unwrap();
        child.wait().unwrap();
        Inside::enter(&base).unwrap().leave().unwrap();
        assert_eq!(std::fs::read_dir(scratch.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let scratch = Scratch::new();
        std::fs::write(scratch.path().join("file"), "").unwrap();
        let refused = Inside::enter(&scratch.path().join("file")).unwrap_err();
        assert!(matches!(refused, RootlessError::Host(_)), "{refused}");
        let at = |base: &str| base_of(&scratch.path().join(base));
        assert_eq!(at("base/id"), scratch.path().join("base"));
    }
}
