//! Text to [`Config`]: the format found out, every mistake told with its place.

use super::{Config, Mount};
use crate::text::{Mistake, Mode, Node, NodeError, Reader, json, yaml};
use alloc::{borrow::ToOwned, string::String, vec::Vec};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// How a text is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// YAML, of which JSON is nearly a part.
    Yaml,
    /// JSON, which is read ten times faster.
    Json,
}

impl Format {
    /// JSON if the text starts with `{`, else YAML.
    pub fn of(text: &str) -> Self {
        if text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{') { Format::Json } else { Format::Yaml }
    }
}

/// How a config is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Parsing {
    /// As Podman's API decodes it (SG-JSON-02): JSON only, no short forms, unknown keys ignored, keys matched without case.
    pub api: bool,
    /// Ignore unknown keys.
    pub lenient: bool,
}

/// A text that is no config: each mistake with its place.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// Neither YAML nor JSON.
    #[error("{0}")]
    Text(#[from] NodeError),
    /// Fields that cannot be what they are; never empty.
    #[error("{}", .0.first().map_or("", |_| "the config has mistakes"))]
    Mistakes(Vec<Mistake>),
}

/// Reads a config from YAML or JSON.
///
/// # Errors
///
/// [`ParseError`] with every mistake found.
pub fn parse(text: &str) -> Result<Config, ParseError> {
    parse_as(text, Format::of(text), Parsing::default())
}

/// Reads a config from text of a known format.
///
/// # Errors
///
/// [`ParseError`] with every mistake found.
pub fn parse_as(text: &str, format: Format, how: Parsing) -> Result<Config, ParseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = match format {
        Format::Json => json(text)?,
        Format::Yaml if text.trim().is_empty() => Node::Map(Vec::new()),
        Format::Yaml => yaml(text)?,
    };
    let node = if matches!(node, Node::Null) { Node::Map(Vec::new()) } else { node };
    let mut config: Config = Reader::whole(&node, Mode { api: how.api, lenient: how.lenient }).map_err(ParseError::Mistakes)?;
    if !how.api {
        binds_among_volumes(&mut config);
    }
    Ok(config)
}

/// In the short form a volume whose source is a path is a bind mount, as on Podman's command line.
fn binds_among_volumes(config: &mut Config) {
    let is_path = |name: &str| name.starts_with('/') || name.starts_with('.');
    if !config.volumes.iter().any(|v| is_path(&v.name)) {
        return;
    }
    for volume in core::mem::take(&mut config.volumes) {
        if is_path(&volume.name) {
            config.mounts.push(Mount { destination: volume.dest, kind: "bind".to_owned(), source: volume.name, options: Some(volume.options) });
        } else {
            config.volumes.push(volume);
        }
    }
}

/// Where the value at `path` (as in `mounts[2].options`) stands in the text: line and column, from 1.
///
/// The text is read again for it, so this belongs to the telling of a mistake, not to the way of every container.
pub fn locate(text: &str, format: Format, path: &str) -> Option<(usize, usize)> {
    let steps = steps(path);
    let seek = Seek { steps: &steps };
    match format {
        Format::Json => {
            let error = seek.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?;
            (error.line() > 0).then(|| (error.line(), error.column()))
        }
        Format::Yaml => {
            let error = seek.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
            error.location().map(|l| (l.line(), l.column()))
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

fn steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, mut rest) = part.split_once('[').map_or((part, ""), |(k, r)| (k, r));
        if !key.is_empty() {
            steps.push(Step::Key(key.to_owned()));
        }
        while let Some((index, more)) = rest.split_once(']') {
            match index.parse() {
                Ok(i) => steps.push(Step::Index(i)),
                Err(_) => steps.push(Step::Key(index.to_owned())),
            }
            rest = more.strip_prefix('[').unwrap_or("");
        }
    }
    steps
}

/// Walks to a place and fails there: the parsers' errors carry the position.
struct Seek<'s> {
    steps: &'s [Step],
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

macro_rules! found {
    ($($visit:ident: $ty:ty),*) => { $( fn $visit<E: serde::de::Error>(self, _: $ty) -> Result<(), E> { Err(E::custom("here")) } )* };
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();
    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("the place looked for")
    }
    found!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(E::custom("here"))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        let Some((Step::Index(index), rest)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        for _ in 0..*index {
            if from.next_element::<IgnoredAny>()?.is_none() {
                return Err(A::Error::custom("here"));
            }
        }
        match from.next_element_seed(Seek { steps: rest })? {
            Some(()) => Ok(()),
            None => Err(A::Error::custom("here")),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        let Some((Step::Key(wanted), rest)) = self.steps.split_first() else { return Err(A::Error::custom("here")) };
        while let Some(key) = from.next_key::<String>()? {
            if key == *wanted || key.eq_ignore_ascii_case(wanted) {
                if rest.is_empty() {
                    return Err(A::Error::custom("here"));
                }
                return from.next_value_seed(Seek { steps: rest });
            }
            from.next_value::<IgnoredAny>()?;
        }
        Err(A::Error::custom("here"))
    }
}
