//! The text of the files the engine makes for a container.

pub mod resolv_conf;
pub mod hosts;
pub mod containerenv;
