//! Users and groups of the image: looked up, and added.

pub mod chroot;
pub mod entries;
pub mod groups;
pub mod lookup;
