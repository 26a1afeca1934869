//! The effects layer: asks this host for facts, and carries plans out on it. The core cannot see it.
#![expect(clippy::disallowed_methods, reason = "this room is the effects layer")]

pub mod apply;
mod beneath;
mod containers;
mod created;
pub mod gather;
mod netlink;
mod processes;
pub mod rootless;
pub mod run;
mod runtime;
#[cfg(test)]
mod scratch;
mod signals;
mod subreaper;
mod telling;

pub use apply::{
    Applied, ApplyError, CleanupError, ReloadError, apply, apply_on, cleanup, reload_network,
};
pub use containers::{DependencyError, FindError, Listed, Status, base, find, list};
pub use gather::{GatherError, GatherOptions, complete, gather, gather_with, runtime_features};
pub use run::{RunError, RunOptions, prepare, run, run_compiled, start};
