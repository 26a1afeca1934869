//! One test crate: what goes in is data below `fixtures/`, what comes out is data below `snapshots/`.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "tests read fixtures and run the program"
)]

mod bad_input;
mod cli;
mod fixtures;
mod ground;
mod laws;
mod mutate;
#[cfg(test)]
mod outside;
mod podman;
#[cfg(test)]
mod run;
#[cfg(test)]
mod run_systemd;
mod schema;
mod tidy;
