//! slirp4netns, published ports, addresses, and what networks give.

pub mod addresses;
pub mod expose;
pub mod leases;
pub mod pasta;
pub mod ports;
pub mod reload;
pub mod slirp4netns;
