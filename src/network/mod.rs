//! slirp4netns, published ports, addresses.

pub mod addresses;
pub mod expose;
pub mod ports;
pub mod slirp4netns;
