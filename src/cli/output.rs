//! Writes results: to standard output, or to a file that is complete or not there.

use super::Failure;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

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

/// Writes a file that is complete or not there.
///
/// A file that stands there stays, unless `force` is set.
pub(crate) fn write(path: &Path, bytes: &[u8], force: bool) -> Result<(), Failure> {
    let mut file = Beside::create(path, force)?;
    file.write_all(bytes).map_err(|e| trouble(path, &e))?;
    file.finish()
}

pub(crate) fn trouble(path: &Path, what: &dyn std::fmt::Display) -> Failure {
    Failure::Trouble(format!("cannot write `{}`: {what}", path.display()))
}

fn taken(path: &Path) -> Failure {
    Failure::Trouble(format!("`{}` exists: --force replaces it", path.display()))
}

/// A file that is written beside its place and moved there when it is complete, so that nobody reads half of it.
#[derive(Debug)]
pub(crate) struct Beside {
    path: PathBuf,
    draft: PathBuf,
    file: fs::File,
    force: bool,
}

impl Beside {
    /// Begins one.
    pub(crate) fn create(path: &Path, force: bool) -> Result<Self, Failure> {
        let Some(name) = path.file_name() else { return Err(trouble(path, &"it names no file")) };
        if !force && path.symlink_metadata().is_ok() {
            return Err(taken(path));
        }
        let mut beside = OsString::from(".");
        beside.push(name);
        beside.push(format!(".{}", std::process::id()));
        let beside = path.with_file_name(beside);
        let file = fs::File::create_new(&beside).map_err(|e| trouble(path, &e))?;
        Ok(Beside { path: path.to_owned(), draft: beside, file, force })
    }

    /// Moves it to its place.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let (path, beside) = (&self.path, &self.draft);
        if self.force {
            return fs::rename(beside, path).map_err(|e| trouble(path, &e));
        }
        match renameat_with(CWD, beside, CWD, path, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(taken(path)),
            // Some file systems cannot rename so; a link cannot replace either.
            Err(Errno::INVAL | Errno::NOSYS) => match fs::hard_link(beside, path) {
                Ok(()) => Ok(()),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Err(taken(path)),
                Err(e) => Err(trouble(path, &e)),
            },
            Err(e) => Err(trouble(path, &e)),
        }
    }
}

impl std::io::Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // What stands beside is ours, or moved; that it may be gone already is no trouble.
        let _ = fs::remove_file(&self.draft);
    }
}

/// JSON indented for reading, with its keys in the order they have.
pub(crate) fn pretty(json: &[u8]) -> Result<Vec<u8>, Failure> {
    let trouble = |e: &dyn std::fmt::Display| Failure::Trouble(format!("cannot indent: {e}"));
    let text = std::str::from_utf8(json).map_err(|e| trouble(&e))?;
    let tree = ocify::text::json(text).map_err(|e| trouble(&e))?;
    serde_json::to_vec_pretty(&tree).map_err(|e| trouble(&e))
}
