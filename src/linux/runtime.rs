//! Calls the OCI runtime: crun, runc, or another with their command line.

use super::apply::{Attempt, Failed};
use super::processes;
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::string::String;

/// An OCI runtime, with a directory for its own state of one container.
#[derive(Clone, Debug, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub struct Runtime {
    /// The program.
    pub program: PathBuf,
    /// Where it keeps its state (`--root`).
    pub root: PathBuf,
    /// Whether it makes cgroups by systemd.
    pub systemd_cgroup: bool,
}

impl Runtime {
    /// The program with what comes before the command's name.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--root").arg(&self.root);
        if self.systemd_cgroup {
            command.arg("--systemd-cgroup");
        }
        command
    }

    /// Ends the calls of the runtime that outlived the process which made them, and waits until they are gone. What they still do, such as
    /// taking their directory back, would else cross what is done here. They are known by their `--root`, which no other container has.
    ///
    /// # Errors
    ///
    /// [`Failed`] when one of them does not end within a few seconds.
    pub(crate) fn end_survivors(&self) -> Result<(), Failed> {
        let root = self.root.as_os_str().as_bytes();
        processes::end_all(&self.program, |words| {
            let mut words = words.iter();
            words.any(|word| *word == b"--root") && words.next().is_some_and(|word| *word == root)
        })
    }

    /// What the runtime calls a container's state, and the process id of its init; `None` for one that it does not know.
    ///
    /// # Errors
    ///
    /// [`Failed`] when the runtime cannot be called.
    pub(crate) fn state(&self, id: &str) -> Result<Option<(String, u32)>, Failed> {
        let mut command = self.command();
        command.args(["state", id]).stdin(Stdio::null());
        let output = command.output().map_err(Failed::io(Attempt::Start, &self.program))?;
        if !output.status.success() {
            return Ok(None);
        }
        Ok(state_of(&output.stdout))
    }

    /// Kills and deletes a container. One that the runtime does not know is as good as deleted.
    ///
    /// # Errors
    ///
    /// [`Failed`] with what the runtime says.
    pub(crate) fn delete(&self, id: &str) -> Result<(), Failed> {
        let own = self.root.join(id);
        if !own.exists() {
            return Ok(());
        }
        let failed = |note: String, source| Failed {
            attempt: Attempt::Delete,
            path: self.program.clone(),
            note: Some(note).filter(|note| !note.is_empty()),
            source,
        };
        let quiet =
            |command: &mut Command| command.stdin(Stdio::null()).stdout(Stdio::null()).output();
        let deleted = quiet(self.command().args(["delete", "--force", id]))
            .map_err(|e| Failed::io(Attempt::Delete, &self.program)(e))?;
        // Some say that there is no such container and leave their directory of it: what counts is whether they still know it.
        if deleted.status.success()
            || quiet(self.command().args(["state", id])).is_ok_and(|state| !state.status.success())
        {
            return Ok(());
        }
        Err(failed(String::from_utf8_lossy(&deleted.stderr).trim().to_owned(), Errno::IO))
    }
}

fn state_of(json: &[u8]) -> Option<(String, u32)> {
    let told: serde_json::Value = serde_json::from_slice(json).ok()?;
    let pid = told.get("pid").and_then(serde_json::Value::as_u64).unwrap_or_default();
    Some((told.get("status")?.as_str()?.to_owned(), u32::try_from(pid).ok()?))
}

/// The last error in a log that a runtime wrote as JSON lines; `None` when there is none.
pub(super) fn logged_error(log: &Path) -> Option<String> {
    error_of(&super::gather::read::text(log).ok()?)
}

fn error_of(text: &str) -> Option<String> {
    let error = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let level = line.get("level").and_then(serde_json::Value::as_str)?;
        let message = line.get("msg").and_then(serde_json::Value::as_str)?;
        matches!(level, "error" | "fatal" | "panic").then(|| message.to_owned())
    };
    text.lines().rev().find_map(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_a_log_is_what_the_runtime_says() {
        let text = "{\"msg\":\"first\",\"level\":\"error\"}\nnot json\n{\"level\":\"error\",\"msg\":\"second\"}\n{\"level\":\"warning\",\"msg\":\"odd\"}\n";
        assert_eq!(error_of(text).as_deref(), Some("second"));
        assert_eq!(error_of("{\"level\":\"info\",\"msg\":\"x\"}\n"), None);
    }

    #[test]
    fn a_state_has_a_word_and_a_process() {
        let told = |text: &str| state_of(text.as_bytes());
        let running = "{\"ociVersion\":\"1.0.0\",\"id\":\"a\",\"pid\":42,\"status\":\"running\"}";
        assert_eq!(told(running), Some(("running".to_owned(), 42)));
        assert_eq!(told("{\"status\":\"stopped\"}"), Some(("stopped".to_owned(), 0)));
        assert_eq!(told("{}"), None);
        assert_eq!(told("error"), None);
    }

    #[test]
    fn a_container_that_the_runtime_does_not_know_is_deleted() {
        let runtime = Runtime {
            program: "/nowhere/runtime".into(),
            root: "/nowhere/root".into(),
            systemd_cgroup: false,
        };
        assert_eq!(runtime.delete("id"), Ok(()));
    }
}
