//! Text in: YAML and JSON become one tree, and the tree becomes typed records, with every mistake found at once.

mod node;
mod other_names;
#[macro_use]
mod record;
mod shapes;
mod suggest;

pub use node::{MAX_BYTES, Node, NodeError, json, yaml};
pub use record::{Mistake, MistakeKind, Mode, Reader, Shape};
pub use suggest::{nearest, nearest_of};
