//! One test crate: what goes in is data below `fixtures/`, what comes out is data below `snapshots/`.
#![expect(clippy::disallowed_methods, reason = "tests read fixtures and run the program")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails by a panic"
)]

mod bad_input;
mod batch;
#[cfg(test)]
mod bridged;
mod check;
mod cli;
mod cli_diff;
mod cli_explain;
mod cli_layers;
mod dependency;
mod diff;
mod explain;
mod face;
mod fixtures;
mod ground;
mod held;
#[cfg(test)]
mod hostile;
mod laws;
mod layers;
mod ledger;
mod mutate;
#[cfg(test)]
mod outside;
mod plans;
mod podman;
mod program;
mod readme;
mod recorded;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod redact;
#[cfg(test)]
mod run;
mod run_bridge;
#[cfg(test)]
mod run_created;
mod run_joined;
#[cfg(test)]
mod run_many;
#[cfg(test)]
mod run_ports;
#[cfg(test)]
mod run_resolver;
#[cfg(test)]
mod run_rootless;
#[cfg(test)]
mod run_systemd;
mod same;
mod say;
mod schema;
mod shells;
mod shots;
#[cfg(test)]
mod storage;
mod tables;
mod tidy;
#[cfg(test)]
mod typos;
#[cfg(test)]
mod user;
