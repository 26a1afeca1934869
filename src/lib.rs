//! A declarative OCI spec compiler: what a container should be, plus a record of what the host is, become an OCI runtime spec, a plan of
//! host effects, and the reason for every field. Semantics: Podman 4.3.1.
//!
//! ```text
//! text ─parse──► Config ──────────► passes: CREATE, START ──► Draft ──► Compiled { spec, plan, places, warnings }
//!                  │ questions          ▲                                  │        │       │
//!                  ▼                    │                             config.json   │   why is it so?
//!                linux::gather ──────► Facts (or a recorded facts.json)             ▼
//!                                                                              linux::apply
//! ```
//!
//! The rooms, in the order in which data flows: [`text`] (YAML and JSON into typed records), [`config`] (what is given), [`facts`] (what the
//! host is), [`questions`](mod@questions) (which facts a config needs), `passes` (two lists of functions, in Podman's order), [`draft`] (the spec under
//! construction), [`plan`] (what is to happen on the host), `emit` (the bytes), [`why`] (the reasons), [`check`] (what is
//! wrong with a spec, whoever made it). [`rules`] names every rule that decides
//! something, [`problem`] every refusal. Between them stand rooms of plain functions that know one thing each: [`path`], [`env`](mod@env),
//! [`files`], [`user`], [`mount`], [`security`], [`network`], [`device`], [`hook`], [`idmap`], [`quote`].
//!
//! **Invariant:** the core has no clock, no files, no environment; what it needs to know is in [`Facts`]. It is built without `std`
//! (`cargo check --lib --no-default-features`).
//!
//! **Invariant:** a place in the spec is opened in one line of `emit`, and nowhere else.
//!
//! **Invariant:** an effect is decided here and carried out elsewhere; the core never learns how it went.
//!
//! **Invariant:** a pass reads only through its context, so that what it decides knows why.
//!
//! # Example
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let config = ocify::parse("rootfs: /srv/root\ncommand: [sleep, '10']\nnetns: host\n")?;
//! // A record that was made without that config does not answer everything it needs: the refusal names what is missing.
//! let refused = ocify::compile(&config, &ocify::Facts::default(), &ocify::Options::default()).unwrap_err();
//! assert!(refused.missing.iter().any(|question| question.to_string() == "host.rootless"));
//! # Ok(())
//! # }
//! ```
#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    expect(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::large_stack_arrays,
        clippy::type_complexity,
        reason = "tables of cases, read by nobody but the tests"
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "linux", feature = "cli"))]
extern crate std;

#[macro_use]
pub mod text;
mod bytes;
pub mod check;
pub mod compare;
mod compile;
pub mod config;
pub mod device;
pub mod digest;
pub mod draft;
mod emit;
pub mod env;
pub mod facts;
pub mod files;
pub mod hook;
pub mod idmap;
pub mod ledger;
#[cfg(feature = "linux")]
pub mod linux;
pub mod mount;
pub mod network;
pub mod options;
mod passes;
pub mod path;
pub mod plan;
pub mod problem;
pub mod provenance;
pub mod questions;
pub mod quote;
pub mod rules;
pub mod schema;
pub mod security;
pub mod user;
pub mod why;

pub use compile::{Compiled, Refused, compile};
pub use config::{Config, parse};
pub use facts::Facts;
pub use options::{Options, Profile};
pub use questions::questions;
