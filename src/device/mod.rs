//! Devices: how a request names them.

pub mod cdi;
pub mod spec;
