//! Holds the directory of all containers while one of them comes or goes.

use super::ApplyError;
use super::back::Back;
use super::directories;
use super::failed::{Attempt, Failed};
use super::state::{Lock, State};
use rustix::io::Errno;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

/// How often a directory is made that others take away with the last container in it.
const TRIES: u32 = 20;

/// What the first step of every container is called: its back is the directories above that were made for it.
pub(super) const BEGIN: &str = "begin";

/// Makes a base directory where it is missing and locks it; with it, the directories that were made and what takes them back.
pub(super) fn hold(base: &Path) -> Result<(Vec<Back>, Lock), ApplyError> {
    let euid = rustix::process::geteuid().as_raw();
    let egid = rustix::process::getegid().as_raw();
    for _ in 0..TRIES {
        let made = directories::missing(base)
            .into_iter()
            .map(|path| Back::RemoveDirectory { path })
            .collect();
        let held = directories::make(base, 0o711, euid, egid)
            .and_then(|()| directories::safe(base))
            .and_then(|()| Lock::of_base(base));
        match held {
            Ok(Some(lock)) => return Ok((made, lock)),
            Ok(None) | Err(Failed { source: Errno::NOENT, .. }) => {}
            Err(failed) => return Err(ApplyError::Directory(failed)),
        }
    }
    Err(ApplyError::Directory(Failed::at(Attempt::Make, base)(Errno::NOENT)))
}

/// The container that has a name already.
pub(super) fn named<'s>(others: &'s [State], name: &str) -> Option<&'s String> {
    others.iter().find(|other| !name.is_empty() && other.name == name).map(|other| &other.id)
}

/// What takes the directories above back that were made for the first of the containers: whoever is the last has to do it.
pub(super) fn inherited(others: &[State]) -> Vec<Back> {
    let firsts = others.iter().filter_map(|other| other.steps.first());
    let made = firsts.filter(|step| step.what == BEGIN).map(|step| &step.back);
    made.max_by_key(|back| back.len()).cloned().unwrap_or_default()
}
