//! Many configs on many hosts: the line that a batch is made of, what was read kept for the next one, and results in one buffer.

use crate::compile::{Compiled, Refused, compile};
use crate::config::{Config, ParseError};
use crate::facts::Facts;
use crate::options::Options;
use crate::text::{Mistake, MistakeKind, Node, NodeError, json, nearest};
use alloc::{borrow::ToOwned, string::String, string::ToString as _, vec::Vec};
use serde::Deserialize;
use serde_json::value::RawValue;

/// Compiles one container after the other. Each result is handed over with its spec as canonical JSON, which lies in a buffer that the next
/// one uses again.
///
/// # Examples
///
/// Every config on every host:
///
/// ```
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
/// # let laptop = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
/// # let server = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/server.json"));
/// # let hosts = [ocify::facts::facts_from_json(laptop)?, ocify::facts::facts_from_json(server)?];
/// let configs = [ocify::parse(text)?, ocify::parse(&text.replace("64m", "128m"))?];
/// let pairs = configs.iter().flat_map(|config| hosts.iter().map(move |host| (config, host)));
/// let mut sizes = Vec::new();
/// ocify::batch::each(pairs, &ocify::Options::default(), |result| match result {
///     Ok((compiled, json)) => sizes.push((json.len(), compiled.warnings().len())),
///     Err(refused) => panic!("{refused}"),
/// });
/// assert_eq!(sizes.len(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn each<'a>(
    pairs: impl IntoIterator<Item = (&'a Config, &'a Facts)>,
    options: &Options,
    mut result: impl FnMut(Result<(&Compiled<'a>, &[u8]), Refused>),
) {
    let mut out = Vec::new();
    for (config, facts) in pairs {
        out.clear();
        match compile(config, facts, options) {
            Ok(compiled) => {
                compiled.write_json(&mut out);
                result(Ok((&compiled, &out)));
            }
            Err(refused) => result(Err(refused)),
        }
    }
}

/// What was read last from a text. Where the same text comes again, as a host for many configs or a config for many hosts, it is not read again.
#[derive(Clone, Debug, Default)]
pub struct Last<T> {
    text: String,
    value: Option<T>,
}

impl<T> Last<T> {
    /// The value of a text, read if it is another text than the last one.
    ///
    /// # Errors
    ///
    /// What `read` says; then nothing is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// let mut last = ocify::batch::Last::default();
    /// let mut reads = 0;
    /// for text in ["1", "1", "2"] {
    ///     last.read(text, |text| { reads += 1; text.parse::<u32>() })?;
    /// }
    /// assert_eq!(reads, 2);
    /// # Ok::<(), std::num::ParseIntError>(())
    /// ```
    pub fn read<E>(
        &mut self,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<&T, E> {
        let kept = if self.text == text { self.value.take() } else { None };
        let value = match kept {
            Some(value) => value,
            None => {
                let value = read(text)?;
                self.text.clear();
                self.text.push_str(text);
                value
            }
        };
        Ok(self.value.insert(value))
    }
}

/// A line of a batch, `{"config": …, "facts": …, "id": …}`: the JSON texts that stand in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Line<'t> {
    /// What is to be compiled.
    pub config: &'t str,
    /// The host; what is not given is known from elsewhere.
    pub facts: Option<&'t str>,
    /// What the result is called by.
    pub id: Option<&'t str>,
}

/// The line as it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written<'t> {
    #[serde(borrow)]
    config: &'t RawValue,
    #[serde(borrow, default)]
    facts: Option<&'t RawValue>,
    #[serde(borrow, default)]
    id: Option<&'t RawValue>,
}

const KEYS: [&str; 3] = ["config", "facts", "id"];

impl<'t> Line<'t> {
    /// Takes a line apart. What stands under its keys is not looked into.
    ///
    /// # Errors
    ///
    /// [`ParseError`] where it is not JSON, or no object, lacks `config`, or has other keys or one of them twice.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocify::batch::Line;
    ///
    /// let line = Line::read(r#"{"id": 7, "config": {"rootfs": "/srv"}}"#)?;
    /// assert_eq!((line.config, line.facts, line.id), (r#"{"rootfs": "/srv"}"#, None, Some("7")));
    ///
    /// let wrong = Line::read(r#"{"confi": {}}"#).unwrap_err();
    /// assert_eq!(wrong.to_string(), "confi: unknown field `confi`, did you mean `config`?");
    /// # Ok::<(), ocify::config::ParseError>(())
    /// ```
    pub fn read(text: &'t str) -> Result<Self, ParseError> {
        match serde_json::from_str::<Written<'t>>(text) {
            Ok(line) => Ok(Line {
                config: line.config.get(),
                facts: line.facts.map(RawValue::get),
                id: line.id.map(RawValue::get),
            }),
            Err(error) => Err(wrong(text, &error)),
        }
    }
}

/// What is wrong with a line that cannot be read.
fn wrong(text: &str, error: &serde_json::Error) -> ParseError {
    let tree = match json(text) {
        Ok(tree) => tree,
        Err(error) => return error.into(),
    };
    let mut mistakes = Vec::new();
    let mut mistake = |path: &str, kind| mistakes.push(Mistake { path: path.to_owned(), kind });
    if let Node::Map(entries) = &tree {
        for (at, (key, _)) in entries.iter().enumerate() {
            if !KEYS.contains(&key.as_ref()) {
                let hint = nearest(key, KEYS).map(ToOwned::to_owned);
                mistake(key, MistakeKind::UnknownKey { key: key.to_string(), hint });
            } else if entries.iter().take(at).any(|(before, _)| before == key) {
                mistake(key, MistakeKind::Twice { key: key.to_string() });
            }
        }
        if mistakes.is_empty() && !entries.iter().any(|(key, _)| key == "config") {
            let message = "the line has no `config`".to_owned();
            mistakes.push(Mistake {
                path: String::new(),
                kind: MistakeKind::Value { message, hint: None },
            });
        }
    } else {
        let expected = "an object with `config`, `facts` and `id`".to_owned();
        mistake("", MistakeKind::Kind { expected, found: tree.kind().to_owned() });
    }
    if mistakes.is_empty() {
        let (line, column) = (error.line(), error.column());
        return NodeError::Syntax { message: error.to_string(), line, column }.into();
    }
    ParseError::Mistakes(mistakes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_or_told_what_is_wrong_with_it() {
        for (text, told) in [
            (r#"{"config":{}}"#, None),
            (r#" {"facts":{},"config":[1],"id":{"a":"}"}} "#, None),
            (r#"{"config":null,"facts":null,"id":null}"#, None),
            ("", Some("EOF while parsing a value")),
            (r#"{"config":{}"#, Some("EOF while parsing an object")),
            (r#"{"config":{}} {}"#, Some("trailing characters")),
            ("[]", Some(": expected an object with `config`, `facts` and `id`, found a list")),
            ("7", Some(": expected an object with `config`, `facts` and `id`, found a number")),
            ("{}", Some(": the line has no `config`")),
            (r#"{"facts":{}}"#, Some(": the line has no `config`")),
            (
                r#"{"config":{},"Facts":1,"x":1}"#,
                Some("Facts: unknown field `Facts`, did you mean `facts`?; x: unknown field `x`"),
            ),
            (r#"{"config":{},"config":{}}"#, Some("config: field `config` is given twice")),
            (r#"{"config":{"a":}}"#, Some("expected value")),
        ] {
            let error = Line::read(text).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), told, "{text}");
        }
    }

    #[test]
    fn what_failed_is_not_kept() {
        let mut last: Last<u32> = Last::default();
        let odd = |_: &str| Err::<u32, ()>(());
        assert_eq!(last.read("", |_| Ok::<_, ()>(7)), Ok(&7));
        assert_eq!(last.read("", odd), Ok(&7));
        assert_eq!(last.read("a", odd), Err(()));
        assert_eq!(last.read("a", |_| Ok::<_, ()>(8)), Ok(&8));
        assert_eq!(last.read("", odd), Err(()));
    }
}
