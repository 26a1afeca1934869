//! Why: reading is what gets recorded.
//!
//! A pass reads the config and the facts through a [`Cx`]; what it decides owes all it has opened. A decided value carries a [`Because`] of four
//! bytes: the newest node of a trail that shares its tail with others. Nothing is rendered before somebody asks.

mod caused;
mod cx;
mod list;
mod trails;

pub(crate) use caused::shown;
pub use caused::{Caused, Slot};
pub use cx::{Cx, Element, Entries, Given};
pub use list::{Keyed, List, Removed};
pub(crate) use trails::Kept;
pub use trails::{Because, Cause, LENGTH, Trails, WHOLE};
