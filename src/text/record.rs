//! Typed records out of a [`Node`] tree: one table per record gives the struct, its reader, its writer and its schema.

use super::{Node, nearest};
use alloc::{borrow::ToOwned, format, string::String, string::ToString, vec::Vec};
use core::fmt::Write as _;

/// How strictly text is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Mode {
    /// As Podman's API decodes JSON (SG-JSON-02): unknown keys ignored, keys matched without case, the last duplicate wins, no short forms
    /// and no numbers in the place of text.
    pub api: bool,
    /// Unknown keys are ignored; everything else as ever.
    pub lenient: bool,
}

/// One thing wrong with the text, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mistake {
    /// The place, as in `mounts[2].options[0]`; empty for the whole text.
    pub path: String,
    /// What is wrong there.
    pub kind: MistakeKind,
}

/// What can be wrong with a value's shape.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MistakeKind {
    /// A key that no field has.
    #[error("unknown field `{key}`{}", hint.as_ref().map(|h| format!(", did you mean `{h}`?")).unwrap_or_default())]
    UnknownKey {
        /// As written.
        key: String,
        /// The nearest known one.
        hint: Option<String>,
    },
    /// A field of a Podman newer than 4.3.
    #[error("field `{key}` is newer than Podman 4.3, whose semantics are compiled here ({since})")]
    Newer {
        /// As written.
        key: String,
        /// Which version brought it.
        since: &'static str,
    },
    /// A key twice in one object.
    #[error("field `{key}` is given twice")]
    Twice {
        /// As written.
        key: String,
    },
    /// A value of another kind than the field takes.
    #[error("expected {expected}, found {found}")]
    Kind {
        /// What the field takes.
        expected: String,
        /// What was written.
        found: String,
    },
    /// A value of the right kind that cannot be read.
    #[error("{message}")]
    Value {
        /// What is wrong with it.
        message: String,
        /// The part that is wrong, and what was probably meant by it.
        hint: Option<(String, String)>,
    },
}

/// Reads a value out of a tree.
///
/// The records of this crate have it; it is not meant to be implemented elsewhere and may get methods in any version.
pub trait Shape: Sized {
    /// Reads `node`; `None` when it said on `reader` what is wrong.
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self>;
}

/// Where the reading stands, and the mistakes so far.
#[derive(Debug, Default)]
pub struct Reader {
    mode: Mode,
    path: String,
    mistakes: Vec<Mistake>,
}

impl Reader {
    /// Reads a whole tree as a `T`.
    ///
    /// # Errors
    ///
    /// Every mistake in the tree, in the order of the text.
    pub fn whole<T: Shape>(node: &Node<'_>, mode: Mode) -> Result<T, Vec<Mistake>> {
        let mut reader = Reader { mode, ..Reader::default() };
        match T::read(node, &mut reader) {
            Some(value) if reader.mistakes.is_empty() => Ok(value),
            _ => Err(reader.mistakes),
        }
    }

    /// How strictly to read.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Says what is wrong here.
    pub fn wrong<T>(&mut self, kind: MistakeKind) -> Option<T> {
        self.mistakes.push(Mistake { path: self.path.clone(), kind });
        None
    }

    /// Says that another kind of value was expected here.
    pub fn kind<T>(&mut self, expected: &str, node: &Node<'_>) -> Option<T> {
        let found = match node {
            Node::Str(s) if s.len() <= 40 => format!("{} (`{s}`)", node.kind()),
            Node::Int(i) => format!("{} ({i})", node.kind()),
            other => other.kind().to_owned(),
        };
        self.wrong(MistakeKind::Kind { expected: expected.to_owned(), found })
    }

    /// Says that a value cannot be read.
    #[expect(clippy::needless_pass_by_value, reason = "callers hand over a message or an error")]
    pub fn value<T>(&mut self, message: impl ToString) -> Option<T> {
        self.wrong(MistakeKind::Value { message: message.to_string(), hint: None })
    }

    /// Says that a word is none of those known; what was probably meant by it is kept for the help.
    pub fn none_of<T>(&mut self, message: String, word: &str, known: &[&str]) -> Option<T> {
        let meant = nearest(word, known.iter().copied());
        let hint = meant.map(|meant| (word.to_owned(), meant.to_owned()));
        self.wrong(MistakeKind::Value { message, hint })
    }

    /// Reads what stands under a key.
    pub fn field<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let long = self.path.len();
        if long > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        let value = read(self);
        self.path.truncate(long);
        value
    }

    /// Reads an element of a list.
    pub fn element<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let long = self.path.len();
        write!(self.path, "[{index}]").unwrap_or(());
        let value = read(self);
        self.path.truncate(long);
        value
    }

    /// Says that a key is not known, unless unknown keys are ignored. A newer key that says nothing, as newer programs write their unset
    /// fields, or what was so before there was the key, is passed over.
    pub fn unknown(
        &mut self,
        key: &str,
        value: &Node<'_>,
        known: &[&'static str],
        newer: &[(&'static str, &'static str, &str)],
    ) {
        if self.mode.api || self.mode.lenient {
            return;
        }
        let kind = match newer.iter().find(|(name, _, _)| *name == key) {
            Some((_, _, before)) if value.is_unset() || value.is_written(before) => return,
            Some((_, since, _)) => MistakeKind::Newer { key: key.to_owned(), since },
            None => MistakeKind::UnknownKey {
                key: key.to_owned(),
                hint: super::other_names::here(key, known)
                    .or_else(|| nearest(key, known.iter().copied()))
                    .map(ToOwned::to_owned),
            },
        };
        let _: Option<()> = self.field(key, |r| r.wrong(kind));
    }

    /// Whether `key` is the field `name`.
    pub fn is(&self, key: &str, name: &str) -> bool {
        key == name
            || (self.mode.api
                && key.len() == name.len()
                && key.to_lowercase() == name.to_lowercase())
    }
}

/// Defines records: for each the struct, `Default`, [`Shape`], `Serialize` (fields at their default are left out) and `JsonSchema`.
///
/// `short f` names a function `fn(&str, &mut Reader) -> Option<Self>` that reads a text in the record's place (not in API mode), and
/// `newer [("key", "Podman 4.4", "local")]` the keys that get an error of their own, and the value that means what is done without the key;
/// `other "ignored"` lets unknown keys pass, for what other programs write; `own ["key"]` those that Podman does not know, so that they are as unknown as any other in API mode (SG-JSON-02).
macro_rules! record {
    ($(
        $(#[doc = $doc:literal])*
        $(#[derive($($derive:ident),*)])?
        pub struct $Name:ident $(other $other:literal)? $(short $short:path, $what:literal)? $(own [$($own:literal),*])? $(newer [$($newer:tt)*])? {
            $( $(#[doc = $fdoc:literal])* $key:literal $field:ident: $ty:ty ),* $(,)?
        }
    )*) => { $(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, Default, PartialEq $(, $($derive),*)?)]
        pub struct $Name { $( $(#[doc = $fdoc])* pub $field: $ty ),* }

        impl $crate::text::Shape for $Name {
            fn read(node: &$crate::text::Node<'_>, reader: &mut $crate::text::Reader) -> Option<Self> {
                $(if let ($crate::text::Node::Str(text), false) = (node, reader.mode().api) {
                    return $short(text, reader);
                })?
                let $crate::text::Node::Map(entries) = node else {
                    return reader.kind(concat!("an object" $(, " or a text such as ", $what)?), node);
                };
                let mut record = Self::default();
                $(let mut $field: Option<()> = None;)*
                for (key, value) in entries {
                    $(if reader.mode().api && (false $(|| reader.is(key, $own))*) {
                        continue;
                    })?
                    $(if reader.is(key, $key) {
                        if $field.replace(()).is_some() && !reader.mode().api {
                            let _: Option<()> = reader.field($key, |r| r.wrong($crate::text::MistakeKind::Twice { key: $key.into() }));
                        }
                        if !matches!(value, $crate::text::Node::Null) {
                            if let Some(value) = reader.field($key, |r| <$ty as $crate::text::Shape>::read(value, r)) {
                                record.$field = value;
                            }
                        }
                        continue;
                    })*
                    record!(@unknown reader, key, value, [$($key),*], record!(@newer $([$($newer)*])?) $(, $other)?);
                }
                Some(record)
            }
        }

        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let unset = Self::default();
                let mut map = to.serialize_map(None)?;
                $(if self.$field != unset.$field { map.serialize_entry($key, &self.$field)?; })*
                map.end()
            }
        }

        impl schemars::JsonSchema for $Name {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                alloc::borrow::Cow::Borrowed(stringify!($Name))
            }
            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let mut properties = serde_json::Map::new();
                $({
                    let mut property = generator.subschema_for::<$ty>();
                    let about = concat!($($fdoc),*).trim();
                    if !about.is_empty() {
                        if property.get("$ref").is_some() {
                            property = schemars::json_schema!({ "allOf": [property] });
                        }
                        property.insert("description".into(), about.into());
                    }
                    properties.insert($key.into(), property.into());
                })*
                let object = schemars::json_schema!({
                    "type": "object",
                    "description": concat!($($doc),*).trim(),
                    "properties": properties,
                    "additionalProperties": record!(@others $($other)?),
                });
                record!(@schema object $($what)?)
            }
        }
    )* };
    (@unknown $reader:ident, $key:ident, $value:ident, [$($known:literal),*], $newer:expr) => {
        $reader.unknown($key, $value, &[$($known),*], $newer)
    };
    (@unknown $reader:ident, $key:ident, $value:ident, [$($known:literal),*], $newer:expr, $other:literal) => {
        let _: &str = $other;
    };
    (@others) => { false };
    (@others $other:literal) => { true };
    (@newer) => { &[] };
    (@newer [$($newer:tt)*]) => { &[$($newer)*] };
    (@schema $object:ident) => { $object };
    (@schema $object:ident $what:literal) => {
        schemars::json_schema!({ "anyOf": [$object, { "type": "string", "description": concat!("A short form, such as ", $what) }] })
    };
}
