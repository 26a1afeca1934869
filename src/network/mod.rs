//! slirp4netns, published ports, addresses.

pub mod slirp4netns;
pub mod expose;
pub mod ports;
pub mod addresses;
