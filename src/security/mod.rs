//! Capabilities, seccomp, masked paths.

pub mod caps;
pub mod seccomp;
pub mod mask;
