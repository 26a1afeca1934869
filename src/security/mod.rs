//! Capabilities, seccomp, masked paths.

pub mod caps;
pub mod mask;
pub mod seccomp;
