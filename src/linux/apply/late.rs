//! Configures the network of a container that the runtime has made, from what its plan is compiled from: that is kept in the container's directory.

use super::failed::{Attempt, Failed};
use super::files::{self, Dress};
use super::{ApplyError, Trouble, recorded};
use crate::compile;
use crate::config::Config;
use crate::facts::Facts;
use crate::options::{Options, Profile};
use crate::plan::Plan;
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};
use std::format;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};

/// What a plan is compiled from. It holds secrets.
#[derive(serde::Deserialize, serde::Serialize)]
struct Record {
    #[serde(with = "recorded")]
    config: Option<Config>,
    #[serde(with = "recorded")]
    facts: Option<Facts>,
    hardened: bool,
}

/// The file in a container's directory.
pub(super) fn file(directory: &Path) -> PathBuf {
    directory.join("compiled-from.json")
}

/// Keeps what a plan was compiled from.
pub(super) fn keep(directory: &Path, plan: &Plan<'_>) -> Result<(), Failed> {
    let path = file(directory);
    let record = Record {
        config: Some(plan.config.clone()),
        facts: Some(plan.facts.clone()),
        hardened: plan.options.profile == Profile::Hardened,
    };
    let text =
        serde_json::to_vec(&record).map_err(|_| Failed::at(Attempt::Write, &path)(Errno::INVAL))?;
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    files::write_bytes(&path, &text, Dress { mode: 0o600, uid, gid, label: "" })
}

/// Compiles it with the container's process among the facts, and does something with the plan.
pub(super) fn with_plan(
    directory: &Path,
    pid: u32,
    then: impl FnOnce(&Plan<'_>) -> Result<(), ApplyError>,
) -> Result<(), ApplyError> {
    let path = file(directory);
    let lost = |why: String| ApplyError::Stopped {
        source: Trouble::Again(format!("{}: {why}", path.display())),
        also: std::vec::Vec::new(),
    };
    let text = std::fs::read(&path).map_err(|e| lost(e.to_string()))?;
    let record: Record = serde_json::from_slice(&text).map_err(|e| lost(e.to_string()))?;
    let config = record.config.unwrap_or_default();
    let mut facts = record.facts.unwrap_or_default();
    facts.container.pid = pid;
    let profile = if record.hardened { Profile::Hardened } else { Profile::Podman43 };
    let compiled = compile(&config, &facts, &Options { profile });
    then(&compiled.map_err(|refused| lost(refused.to_string()))?.plan)
}
