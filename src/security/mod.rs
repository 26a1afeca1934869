//! Capabilities, seccomp, masked paths.

pub mod caps;
pub mod hardened;
pub mod mask;
pub mod seccomp;
