//! Makes network namespaces, and gives them a network by slirp4netns.

pub(super) mod netns;
pub(super) mod slirp4netns;
