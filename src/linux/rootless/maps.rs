//! Maps the ids of a new user namespace: the user's own id is 0, the ranges that are set aside for the user follow one after another.

use super::RootlessError;
use crate::linux::gather::{host_users, subid};
use rustix::process::Pid;
use std::format;
use std::io::ErrorKind;
use std::process::{Command, Stdio};
use std::string::{String, ToString as _};
use std::vec::Vec;

/// One of the two kinds of ids.
struct Kind {
    /// Programs that may write such a map of another user's ids: they are setuid.
    program: &'static str,
    file: &'static str,
    ranges: &'static str,
    name: &'static str,
}

const USERS: Kind =
    Kind { program: "newuidmap", file: "uid_map", ranges: "/etc/subuid", name: "UID" };
const GROUPS: Kind =
    Kind { program: "newgidmap", file: "gid_map", ranges: "/etc/subgid", name: "GID" };

/// Maps both kinds of ids of a process that has just entered a user namespace of its own. Gives what is lacking when only the own ids could
/// be mapped.
pub(super) fn write(pid: Pid) -> Result<Option<String>, RootlessError> {
    let uid = rustix::process::geteuid().as_raw();
    let gid = rustix::process::getegid().as_raw();
    let user = host_users::name(uid);
    let mut lacking = Vec::new();
    for (kind, own) in [(USERS, uid), (GROUPS, gid)] {
        let ranges = sorted(subid::ranges(kind.ranges, &user, uid));
        let why = if ranges.is_empty() {
            let who = if user.is_empty() { uid.to_string() } else { user.clone() };
            Some(format!("add a range for {who} to {}", kind.ranges))
        } else {
            let words = words(&kind, own, &ranges)?;
            by_program(&kind, pid, &words)?
                .then(|| format!("install {} (package uidmap)", kind.program))
        };
        if let Some(why) = why {
            only_own(&kind, pid, own)?;
            lacking.push(why);
        }
    }
    Ok((!lacking.is_empty()).then(|| lacking.join(", ")))
}

/// The lowest range first, as Podman maps them.
fn sorted(mut ranges: Vec<(u32, u32)>) -> Vec<(u32, u32)> {
    ranges.sort_unstable();
    ranges
}

/// What the program is called with behind the process: three numbers for each part of the map.
fn words(kind: &Kind, own: u32, ranges: &[(u32, u32)]) -> Result<Vec<String>, RootlessError> {
    let mut words = Vec::from([0, own, 1].map(|n: u32| n.to_string()));
    let mut inside = 1_u32;
    for (first, size) in ranges {
        if (*first..first.saturating_add(*size)).contains(&own) {
            return Err(RootlessError::OwnInRange {
                range: format!("{first}:{size}"),
                file: kind.ranges,
                kind: kind.name,
            });
        }
        words.extend([inside, *first, *size].map(|n| n.to_string()));
        inside = inside.saturating_add(*size);
    }
    Ok(words)
}

/// Whether the program is missing.
fn by_program(kind: &Kind, pid: Pid, words: &[String]) -> Result<bool, RootlessError> {
    let mut command = Command::new(kind.program);
    command.arg(pid.as_raw_pid().to_string()).args(words).stdin(Stdio::null());
    let output = match command.output() {
        Ok(output) => output,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(true),
        Err(source) => return Err(RootlessError::Start { program: kind.program, source }),
    };
    if output.status.success() {
        return Ok(false);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(RootlessError::Map { program: kind.program, file: kind.ranges, said })
}

fn only_own(kind: &Kind, pid: Pid, own: u32) -> Result<(), RootlessError> {
    let file = |name: &str| format!("/proc/{}/{name}", pid.as_raw_pid());
    let write = |name: &str, text: &str| {
        std::fs::write(file(name), text)
            .map_err(|source| RootlessError::Write { path: file(name).into(), source })
    };
    if kind.file == GROUPS.file {
        // The kernel lets nobody map a group who could then leave groups that shut the user out of something.
        write("setgroups", "deny")?;
    }
    write(kind.file, &format!("0 {own} 1\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_follow_the_own_id() {
        let ranges = sorted(Vec::from([(400_000, 5), (100_000, 65536)]));
        let map = words(&USERS, 1000, &ranges).unwrap();
        assert_eq!(map.join(" "), "0 1000 1 1 100000 65536 65537 400000 5");
        let wrong = words(&GROUPS, 100_005, &ranges).unwrap_err().to_string();
        assert_eq!(
            wrong,
            "invalid configuration: the specified mapping 100000:65536 in \"/etc/subgid\" includes the user GID"
        );
    }
}
