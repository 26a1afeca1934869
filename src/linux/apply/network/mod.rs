//! Makes network namespaces, and gives them a network: by netavark, by slirp4netns.

mod leases;
pub(super) mod netavark;
pub(super) mod netns;
pub(super) mod rootless_netns;
pub(super) mod slirp4netns;
