//! A declarative OCI spec compiler.
#![no_std]
#![deny(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "linux", feature = "cli"))]
extern crate std;

pub mod device;
pub mod env;
pub mod files;
pub mod idmap;
pub mod mount;
pub mod network;
pub mod path;
pub mod quote;
pub mod rules;
pub mod security;
pub mod user;
