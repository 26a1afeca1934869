//! Writes results: to standard output, or to a file that is complete or not there.

use super::Failure;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// Writes to standard output. A reader who left early has what it wanted.
pub(crate) fn print(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failure::Trouble(format!("cannot write to standard output: {e}")))
        }
        _ => Ok(()),
    }
}

/// Writes a file beside its place and renames it there, so that nobody reads half of it.
///
/// A file that stands there stays, unless `force` is set.
pub(crate) fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let taken = || Failure::Trouble(format!("`{}` exists: --force replaces it", path.display()));
    let trouble = |e: &dyn std::fmt::Display| {
        Failure::Trouble(format!("cannot write `{}`: {e}", path.display()))
    };
    let Some(name) = path.file_name() else { return Err(trouble(&"it names no file")) };
    if !force && path.symlink_metadata().is_ok() {
        return Err(taken());
    }
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}", std::process::id()));
    let beside = path.with_file_name(beside);
    let mut file = fs::File::create_new(&beside).map_err(|e| trouble(&e))?;
    let moved = match file.write_all(bytes) {
        Ok(()) if force => fs::rename(&beside, path).map_err(|e| trouble(&e)),
        Ok(()) => match renameat_with(CWD, &beside, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(taken()),
            // Some file systems cannot rename so; a link cannot replace either.
            Err(Errno::INVAL | Errno::NOSYS) => {
                fs::hard_link(&beside, path).and_then(|()| fs::remove_file(&beside)).map_err(|e| {
                    if e.kind() == std::io::ErrorKind::AlreadyExists {
                        taken()
                    } else {
                        trouble(&e)
                    }
                })
            }
            Err(e) => Err(trouble(&e)),
        },
        Err(e) => Err(trouble(&e)),
    };
    if moved.is_err() {
        // The half-made file is ours; that it may be gone already is no trouble.
        let _ = fs::remove_file(&beside);
    }
    moved
}

/// JSON indented for reading, with its keys in the order they have.
pub(crate) fn pretty(json: &[u8]) -> Result<Vec<u8>, Failure> {
    let trouble = |e: &dyn std::fmt::Display| Failure::Trouble(format!("cannot indent: {e}"));
    let text = std::str::from_utf8(json).map_err(|e| trouble(&e))?;
    let tree = ocify::text::json(text).map_err(|e| trouble(&e))?;
    serde_json::to_vec_pretty(&tree).map_err(|e| trouble(&e))
}
