//! The text of the files the engine makes for a container.

pub mod containerenv;
pub mod hosts;
pub mod resolv_conf;
