//! Runs a container whose network is configured after the runtime has made it: created, configured, started, waited for.

use super::apply::Applied;
use super::run::{Call, RunError};
use super::signals::{Forwarding, Interrupted};
use super::subreaper::Subreaper;
use rustix::process::Pid;
use std::fs::read_to_string;
use std::io::{Error, ErrorKind};

/// Gives its exit code. Whatever was done is in the state, for the caller to take back.
pub(super) fn run(
    applied: &mut Applied,
    call: &Call,
    forwarding: &Forwarding,
) -> Result<i32, RunError> {
    let init = create(call, forwarding)?;
    applied.configure(init)?;
    applied.runs().map_err(RunError::Note)?;
    forwarding.send_to(init).map_err(|interrupted| call.spawn_error(interrupted))?;
    let mut start = call.command();
    start.arg("start").arg(&call.id);
    let status = start.status().map_err(|e| call.spawn_error(Interrupted::Spawn(e)))?;
    if !status.success() {
        return Err(call.refused(status));
    }
    forwarding.wait_for_end(init).map_err(RunError::Wait)
}

/// Has the runtime make the container, whose first process becomes a child of this one: its parent is the runtime, which ends.
fn create(call: &Call, forwarding: &Forwarding) -> Result<Pid, RunError> {
    let subreaper = Subreaper::begin().map_err(RunError::Wait)?;
    let mut create = call.command();
    create.args(["create", "--bundle"]).arg(&call.bundle).arg("--pid-file").arg(&call.pid_file);
    create.arg(&call.id);
    let status =
        forwarding.wait_for(|| create.spawn()).map_err(|interrupted| call.spawn_error(interrupted));
    drop(subreaper);
    let status = status?;
    if !status.success() {
        return Err(call.refused(status));
    }
    let text = read_to_string(&call.pid_file).map_err(RunError::Wait)?;
    let pid = text.trim().parse().ok().and_then(Pid::from_raw);
    pid.ok_or_else(|| RunError::Wait(Error::new(ErrorKind::InvalidData, text)))
}
