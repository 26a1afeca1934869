//! Mounts: option rules, overlays, volume strings.

pub mod options;
pub mod overlay;
pub mod volume_string;
