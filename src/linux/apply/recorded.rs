//! Keeps facts in a container's state: they are written and read as they are in a facts record.

use crate::text::{Mode, Node, Reader, Shape};
use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer, Serialize, Serializer};

#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(super) fn serialize<T: Serialize, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    value.serialize(to)
}

pub(super) fn deserialize<'de, T: Shape, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    whole(from)
}

/// The same for what is always there.
pub(super) fn whole<'de, T: Shape, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    // A newer minor version may have written more than is known here.
    let node = Node::deserialize(from)?;
    Reader::whole(&node, Mode { api: false, lenient: true })
        .map_err(|_| D::Error::custom("not the record that was written"))
}
