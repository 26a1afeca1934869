//! A declarative OCI spec compiler.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "linux", feature = "cli"))]
extern crate std;

#[macro_use]
pub mod text;
mod compile;
pub mod config;
pub mod device;
pub mod draft;
mod emit;
pub mod env;
pub mod facts;
pub mod files;
pub mod idmap;
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
pub mod security;
pub mod user;
pub mod why;

pub use compile::{Compiled, Refused, compile};
pub use config::{Config, parse};
pub use facts::Facts;
pub use options::{Options, Profile};
