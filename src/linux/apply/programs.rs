//! Runs programs that do one thing and end, and tells their words where they fail.

use super::failed::{Attempt, Failed};
use rustix::fs::{MemfdFlags, memfd_create};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::string::{String, ToString as _};

/// The most of its words that is told, bytes.
const WORDS: u64 = 4096;

/// Runs a program and waits for it, though not for what it leaves running. `attempt` and `path` are what an error tells of.
pub(super) fn run(command: &mut Command, attempt: Attempt, path: &Path) -> Result<(), Failed> {
    let program = PathBuf::from(command.get_program());
    let start = Failed::io(Attempt::Start, &program);
    // No pipe: what it leaves running may keep that open.
    let mut said = memfd_create("words", MemfdFlags::CLOEXEC)
        .map(File::from)
        .map_err(Failed::at(Attempt::Start, &program))?;
    let stream = || said.try_clone().map(Stdio::from).map_err(&start);
    let (out, err) = (stream()?, stream()?);
    // The keys of a terminal are not meant for it.
    command.stdin(Stdio::null()).stdout(out).stderr(err).process_group(0).env("LC_ALL", "C");
    let status = command.status().map_err(&start)?;
    if status.success() {
        return Ok(());
    }
    let mut words = String::new();
    // Without its words there is still its exit status.
    let _ = said.rewind().and_then(|()| said.take(WORDS).read_to_string(&mut words));
    let words = match words.trim() {
        "" => status.to_string(),
        words => words.replace('\n', "; "),
    };
    let note = Some(std::format!("{}: {words}", program.display()));
    Err(Failed { note, ..Failed::at(attempt, path)(Errno::IO) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_the_programs_words() {
        let at = Path::new("/at");
        let run = |script: &str| run(Command::new("sh").args(["-c", script]), Attempt::Mount, at);
        assert_eq!(run("exit 0"), Ok(()));
        // What it leaves running does not hold this up.
        assert_eq!(run("sleep 2 & exit 0"), Ok(()));
        for (script, words) in [
            ("echo one; echo two >&2; exit 3", "sh: one; two"),
            ("exit 3", "sh: exit status: 3"),
            ("kill -9 $$", "sh: signal: 9 (SIGKILL)"),
        ] {
            let failed = run(script).unwrap_err();
            assert_eq!((failed.note.as_deref(), failed.path.as_path()), (Some(words), at));
        }
        let none = super::run(&mut Command::new("/no/such/program"), Attempt::Mount, at);
        assert_eq!(none.unwrap_err().source, Errno::NOENT);
    }
}
