//! The JSON Schemas of what goes in and comes out, draft 2020-12: the tables of the records say them.

use crate::config::Config;
use crate::facts::Facts;
use crate::plan::WrittenPlan;
use crate::problem::WrittenMessage;
use alloc::string::String;
use schemars::{JsonSchema, Schema, generate::SchemaSettings};

/// What a schema is of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SchemaName {
    /// The config.
    Config,
    /// The facts record.
    Facts,
    /// The written plan.
    Plan,
    /// A message for programs.
    Message,
}

impl SchemaName {
    /// Every schema.
    pub const ALL: [SchemaName; 4] =
        [SchemaName::Config, SchemaName::Facts, SchemaName::Plan, SchemaName::Message];

    /// Its word, which is also the name of its file.
    pub fn word(self) -> &'static str {
        match self {
            SchemaName::Config => "config",
            SchemaName::Facts => "facts",
            SchemaName::Plan => "plan",
            SchemaName::Message => "message",
        }
    }
}

/// The schema.
///
/// # Examples
///
/// ```
/// use ocify::schema::{SchemaName, schema};
///
/// let config = schema(SchemaName::Config);
/// assert_eq!(config.get("title").unwrap(), "ocify config");
/// assert!(config.pointer("/properties/rootfs").is_some());
/// ```
pub fn schema(of: SchemaName) -> Schema {
    let (mut schema, title) = match of {
        SchemaName::Config => (root::<Config>(), "ocify config"),
        SchemaName::Facts => (root::<Facts>(), "ocify facts record"),
        SchemaName::Plan => (root::<WrittenPlan<'_>>(), "ocify plan"),
        SchemaName::Message => (root::<WrittenMessage>(), "ocify message"),
    };
    schema.insert("title".into(), title.into());
    schema
}

/// The schema as indented JSON, with a line break at its end: the same bytes each time.
pub fn schema_text(of: SchemaName) -> String {
    let mut text = serde_json::to_string_pretty(&schema(of)).unwrap_or_default();
    text.push('\n');
    text
}

fn root<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>()
}
