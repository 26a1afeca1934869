//! Holds the directory of all containers while one of them comes or goes.

use super::ApplyError;
use super::back::Back;
use super::directories;
use super::failed::{Attempt, Failed};
use super::state::{Lock, State};
use crate::linux::gather::random;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::ffi::OsString;
use std::format;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// How often a directory is made that others take away with the last container in it.
const TRIES: u32 = 100;

/// Others may pass: what is bound into a container of another user lies below.
const MODE: u32 = 0o711;

/// What the first step of every container is called: its back is the directories above that were made for it.
pub(super) const BEGIN: &str = "begin";

/// Makes a base directory where it is missing and locks it; with it, what takes back the directories that were made.
pub(super) fn hold(base: &Path) -> Result<(Vec<Back>, Lock), ApplyError> {
    let mut made: Vec<PathBuf> = Vec::new();
    let back = |made: Vec<PathBuf>| {
        made.into_iter().map(|path| Back::RemoveDirectory { path }).collect::<Vec<_>>()
    };
    for _ in 0..TRIES {
        let held = directories::safe(base).and_then(|()| Lock::of_base(base));
        match held {
            Ok(Some(lock)) => return Ok((back(made), lock)),
            Ok(None) | Err(Failed { source: Errno::NOENT, .. }) => {}
            Err(failed) => return Err(ApplyError::Directory(failed)),
        }
        match make(base, &mut made) {
            Ok(Some(lock)) => {
                made.push(base.to_owned());
                return Ok((back(made), lock));
            }
            // Others were quicker, with it or in taking away what is above.
            Ok(None) | Err(Failed { source: Errno::NOENT, .. }) => {}
            Err(failed) => return Err(ApplyError::Directory(failed)),
        }
    }
    Err(ApplyError::Directory(Failed::at(Attempt::Make, base)(Errno::NOENT)))
}

/// Makes a base directory, which is locked before it has its name: nobody is in it before the one who has to take it away. `None` when it is
/// there by then. Those above it that are made are added to `made`.
fn make(base: &Path, made: &mut Vec<PathBuf>) -> Result<Option<Lock>, Failed> {
    let failed = Failed::at(Attempt::Make, base);
    let (Some(above), Some(name)) = (base.parent(), base.file_name()) else {
        return Err(failed(Errno::INVAL));
    };
    let euid = rustix::process::geteuid().as_raw();
    let egid = rustix::process::getegid().as_raw();
    let missing = directories::missing(above);
    directories::make(above, MODE, euid, egid)?;
    made.extend(missing);
    directories::safe(above)?;
    let random = random::hex().unwrap_or_default();
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", random.get(..16).unwrap_or_default()));
    let beside = above.join(beside);
    directories::make(&beside, MODE, euid, egid)?;
    let named = Lock::of_base(&beside).and_then(|lock| {
        match renameat_with(CWD, &beside, CWD, base, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(lock),
            Err(Errno::EXIST) => Ok(None),
            // A file system that cannot rename so.
            Err(Errno::INVAL | Errno::NOSYS) => {
                directories::make(base, MODE, euid, egid)?;
                Lock::of_base(base)
            }
            Err(e) => Err(failed(e)),
        }
    });
    // Under its first name only what did not get the other one is still there.
    let _ = std::fs::remove_dir(&beside);
    named
}

/// The container that has a name already.
pub(super) fn named<'s>(others: &'s [State], name: &str) -> Option<&'s String> {
    others.iter().find(|other| !name.is_empty() && other.name == name).map(|other| &other.id)
}

/// What takes the directories above back that were made, for this container or for the first of the others: whoever is the last has to do it.
pub(super) fn all_made(mut made: Vec<Back>, others: &[State]) -> Vec<Back> {
    let firsts = others.iter().filter_map(|other| other.steps.first());
    for back in firsts.filter(|step| step.what == BEGIN).flat_map(|step| &step.back) {
        if !made.contains(back) {
            made.push(back.clone());
        }
    }
    // The uppermost first.
    made.sort_by_key(|back| match back {
        Back::RemoveDirectory { path } => path.components().count(),
        _ => 0,
    });
    made
}
