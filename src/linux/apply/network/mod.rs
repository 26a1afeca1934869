//! Makes network namespaces, and gives them a network: by netavark, by slirp4netns, by the port forwarder.

mod input;
mod leases;
pub(super) mod netavark;
pub(super) mod netns;
pub(super) mod pasta;
mod program;
pub(super) mod rootless_netns;
pub(super) mod rootlessport;
pub(super) mod slirp4netns;
