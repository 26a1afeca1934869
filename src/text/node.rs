//! Reads YAML or JSON text into a [`Node`] tree: the one place where `serde_yaml` and `serde_json` meet.

use alloc::{borrow::Cow, borrow::ToOwned, boxed::Box, string::String, string::ToString, vec::Vec};
use core::fmt;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The longest text that is read, in bytes. A request of 10⁵ mounts stays below it.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A value as it was written: order and duplicates of keys are kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Node<'t> {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number with a fraction or exponent.
    Float(f64),
    /// Text.
    Str(Cow<'t, str>),
    /// A list.
    Seq(Vec<Node<'t>>),
    /// An object; keys in the order they were written, duplicates included.
    Map(Vec<(Cow<'t, str>, Node<'t>)>),
    /// A value behind the YAML tag `!override`: it takes the place of what layers below it say, where else it would be added to that.
    Override(Box<Node<'t>>),
}

/// Text that is not YAML or JSON, or is larger than the caps allow.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum NodeError {
    /// The text is longer than [`MAX_BYTES`].
    #[error("the text has {bytes} bytes, more than the {MAX_BYTES} that are read")]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// Not well-formed.
    #[error("{message}")]
    Syntax {
        /// What the parser says.
        message: String,
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// Column, from 1; 0 when unknown.
        column: usize,
    },
}

/// Reads JSON.
///
/// # Errors
///
/// [`NodeError`] when the text is too long, too deep or not JSON.
pub fn json(text: &str) -> Result<Node<'_>, NodeError> {
    fits(text)?;
    serde_json::from_str(text).map_err(|e| NodeError::Syntax {
        message: said(&e.to_string()),
        line: e.line(),
        column: e.column(),
    })
}

/// Reads one YAML document. Aliases are expanded by the parser, which refuses a text that grows by them without bound.
///
/// # Errors
///
/// [`NodeError`] when the text is too long, too deep or not YAML.
pub fn yaml(text: &str) -> Result<Node<'_>, NodeError> {
    fits(text)?;
    serde_yaml::from_str(text).map_err(|e| {
        let (line, column) = e.location().map_or((0, 0), |l| (l.line(), l.column()));
        NodeError::Syntax { message: said(&e.to_string()), line, column }
    })
}

fn fits(text: &str) -> Result<(), NodeError> {
    if text.len() > MAX_BYTES { Err(NodeError::TooLong { bytes: text.len() }) } else { Ok(()) }
}

/// The parser's words without the position that it appends: the position is told apart.
fn said(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_owned()
}

impl Node<'_> {
    /// Whether it says nothing: `null`, `false`, 0, and what is empty.
    pub fn is_unset(&self) -> bool {
        match self {
            Node::Null => true,
            Node::Bool(set) => !set,
            Node::Int(number) => *number == 0,
            Node::Float(number) => *number == 0.0,
            Node::Str(text) => text.is_empty(),
            Node::Seq(elements) => elements.is_empty(),
            Node::Map(entries) => entries.is_empty(),
            Node::Override(_) => false,
        }
    }

    /// Whether it is this text, or the whole number that the text writes.
    pub fn is_written(&self, text: &str) -> bool {
        match self {
            Node::Str(found) => found == text,
            Node::Int(number) => text.parse() == Ok(*number),
            _ => false,
        }
    }

    /// What kind of value this is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Node::Null => "null",
            Node::Bool(_) => "a boolean",
            Node::Int(_) => "a number",
            Node::Float(_) => "a number with a fraction",
            Node::Str(_) => "text",
            Node::Seq(_) => "a list",
            Node::Map(_) => "an object",
            Node::Override(_) => "the tag `!override`, which belongs into a layer above another",
        }
    }

    /// The same tree, owning its text.
    pub fn into_owned(self) -> Node<'static> {
        match self {
            Node::Null => Node::Null,
            Node::Bool(b) => Node::Bool(b),
            Node::Int(i) => Node::Int(i),
            Node::Float(f) => Node::Float(f),
            Node::Str(s) => Node::Str(Cow::Owned(s.into_owned())),
            Node::Seq(s) => Node::Seq(s.into_iter().map(Node::into_owned).collect()),
            Node::Map(m) => Node::Map(
                m.into_iter().map(|(k, v)| (Cow::Owned(k.into_owned()), v.into_owned())).collect(),
            ),
            Node::Override(value) => Node::Override(Box::new(value.into_owned())),
        }
    }
}

impl serde::Serialize for Node<'_> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;
        match self {
            Node::Null => to.serialize_unit(),
            Node::Bool(b) => to.serialize_bool(*b),
            Node::Int(i) => match (u64::try_from(*i), i64::try_from(*i)) {
                (Ok(u), _) => to.serialize_u64(u),
                (_, Ok(i)) => to.serialize_i64(i),
                _ => to.serialize_i128(*i),
            },
            Node::Float(f) => to.serialize_f64(*f),
            Node::Str(s) => to.serialize_str(s),
            Node::Seq(items) => to.collect_seq(items),
            Node::Map(entries) => {
                let mut map = to.serialize_map(Some(entries.len()))?;
                for (k, v) in entries {
                    map.serialize_entry(k, v)?;
                }
                map.end()
            }
            Node::Override(value) => value.serialize(to),
        }
    }
}

impl<'de> Deserialize<'de> for Node<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Build)
    }
}

struct Build;

/// A key of an object. YAML allows keys that are not text: they are taken as they are written.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(v)))
            }
            fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v.to_owned())))
            }
            fn visit_string<E>(self, v: String) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v)))
            }
            fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v.to_string())))
            }
            fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(v.to_string())))
            }
            fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(if v { "true" } else { "false" })))
            }
        }
        from.deserialize_any(KeyVisitor)
    }
}

impl<'de> Visitor<'de> for Build {
    type Value = Node<'de>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }
    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }
    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Node::Null)
    }
    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(Build)
    }
    fn visit_bool<E>(self, v: bool) -> Result<Self::Value, E> {
        Ok(Node::Bool(v))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Self::Value, E> {
        Ok(Node::Int(v.into()))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Self::Value, E> {
        Ok(Node::Int(v.into()))
    }
    fn visit_i128<E>(self, v: i128) -> Result<Self::Value, E> {
        Ok(Node::Int(v))
    }
    fn visit_u128<E: serde::de::Error>(self, v: u128) -> Result<Self::Value, E> {
        i128::try_from(v).map(Node::Int).map_err(|_| E::custom("the number is too large"))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Self::Value, E> {
        Ok(Node::Float(v))
    }
    fn visit_borrowed_str<E>(self, v: &'de str) -> Result<Self::Value, E> {
        Ok(Node::Str(Cow::Borrowed(v)))
    }
    fn visit_str<E>(self, v: &str) -> Result<Self::Value, E> {
        Ok(Node::Str(Cow::Owned(v.to_owned())))
    }
    fn visit_string<E>(self, v: String) -> Result<Self::Value, E> {
        Ok(Node::Str(Cow::Owned(v)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = from.next_element()? {
            items.push(item);
        }
        Ok(Node::Seq(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((Key(key), value)) = from.next_entry()? {
            entries.push((key, value));
        }
        Ok(Node::Map(entries))
    }
    fn visit_enum<A: serde::de::EnumAccess<'de>>(self, from: A) -> Result<Self::Value, A::Error> {
        use serde::de::VariantAccess as _;
        let (tag, value) = from.variant::<Cow<'de, str>>()?;
        if tag == "override" {
            return Ok(Node::Override(Box::new(value.newtype_variant()?)));
        }
        Err(serde::de::Error::custom("YAML tags (`!name`) have no meaning here"))
    }
}
