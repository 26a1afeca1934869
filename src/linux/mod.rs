//! The effects layer: asks this host for facts, and carries plans out on it. The core cannot see it.
#![expect(clippy::disallowed_methods, reason = "this room is the effects layer")]

mod beneath;
pub mod gather;
#[cfg(test)]
mod scratch;

pub use gather::{GatherError, GatherOptions, gather};
