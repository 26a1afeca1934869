//! A seccomp profile inside a facts record: the profile's own JSON.

use crate::security::seccomp::SeccompProfile;
use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, string::String, string::ToString, vec::Vec};

impl Shape for SeccompProfile {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let text = match node {
            Node::Map(_) => match serde_json::to_string(node) {
                Ok(text) => text,
                Err(e) => return reader.value(e.to_string()),
            },
            // The text of a file, which may be no profile at all: that is refused where it is used.
            Node::Str(text) => return Some(SeccompProfile::of_file(&**text)),
            other => return reader.kind("a seccomp profile", other),
        };
        match SeccompProfile::parse(text) {
            Ok(profile) => Some(profile),
            Err(e) => {
                // The parser counts in a text of its own, in one line: its column leads to the value.
                let words = e.to_string();
                let (message, column) =
                    words.split_once(" at line 1 column ").unwrap_or((&words, ""));
                let place = column.parse().map(|column| place(node, column)).unwrap_or_default();
                if place.is_empty() {
                    return reader.value(message);
                }
                reader.field(&place, |reader| reader.value(message))
            }
        }
    }
}

/// The path of the value that ends at a column of the tree's JSON, written without blanks.
fn place(node: &Node<'_>, column: usize) -> String {
    let length = |node: &Node<'_>| serde_json::to_string(node).map_or(0, |text| text.len());
    let mut path = String::new();
    let (mut node, mut column) = (node, column);
    loop {
        // Behind the bracket.
        let mut at: usize = 1;
        let children: Vec<(Option<&str>, &Node<'_>)> = match node {
            Node::Map(entries) => entries.iter().map(|(key, node)| (Some(&**key), node)).collect(),
            Node::Seq(items) => items.iter().map(|node| (None, node)).collect(),
            _ => return path,
        };
        let mut inside = None;
        for (number, (key, child)) in children.into_iter().enumerate() {
            let name = key.map_or(0, |key| length(&Node::Str(key.into())).saturating_add(1));
            let start = at.saturating_add(name);
            at = start.saturating_add(length(child));
            if column <= at {
                inside = Some((number, key, child, start));
                break;
            }
            at = at.saturating_add(1);
        }
        let Some((number, key, child, start)) = inside else { return path };
        match key {
            Some(key) if path.is_empty() => path.push_str(key),
            Some(key) => path.extend([".", key]),
            None => path.extend(["[", &number.to_string(), "]"]),
        }
        (node, column) = (child, column.saturating_sub(start));
    }
}

impl serde::Serialize for SeccompProfile {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !self.is_profile() {
            return to.serialize_str(self.text());
        }
        let value: serde_json::Value =
            serde_json::from_str(self.text()).map_err(serde::ser::Error::custom)?;
        value.serialize(to)
    }
}

impl schemars::JsonSchema for SeccompProfile {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("SeccompProfile")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["object", "string"], "description": "A seccomp profile, as containers/common reads it; as text also one that is none" })
    }
}
