//! Devices: how a request names them.

pub mod spec;
pub mod cdi;
