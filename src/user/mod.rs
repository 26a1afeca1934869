//! Users and groups of the image: looked up, and added.

pub mod lookup;
pub mod groups;
pub mod entries;
pub mod chroot;
