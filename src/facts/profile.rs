//! A seccomp profile inside a facts record: the profile's own JSON.

use crate::security::seccomp::SeccompProfile;
use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, string::ToString};

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
            Err(e) => reader.value(e.to_string()),
        }
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
