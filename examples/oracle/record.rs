//! Reads a recorded case: JSON whose larger parts are shared blobs.

use crate::Fallible;
use ocify::Facts;
use ocify::text::{Mode, Reader, Shape, json};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

static NOTHING: Value = Value::Null;

/// The blobs read so far, and the facts of the hosts that were made of them.
pub(crate) struct Library {
    blobs: PathBuf,
    read: BTreeMap<String, Rc<Value>>,
    /// Facts of a host by the blob that it came from.
    pub(crate) hosts: BTreeMap<String, Rc<Facts>>,
}

impl Library {
    pub(crate) fn new(dir: &Path) -> Self {
        Library { blobs: dir.join("blobs"), read: BTreeMap::new(), hosts: BTreeMap::new() }
    }

    /// The text of a blob.
    pub(crate) fn text(&self, sum: &str) -> Fallible<String> {
        read(&self.blobs.join(format!("{sum}.json")))
    }

    /// A value with the blobs that it names in the place of their names.
    pub(crate) fn resolve(&mut self, value: &Value) -> Fallible<Rc<Value>> {
        match blob_of(value) {
            Some(sum) => self.blob(sum),
            None => Ok(Rc::new(self.filled(value)?)),
        }
    }

    fn blob(&mut self, sum: &str) -> Fallible<Rc<Value>> {
        if let Some(known) = self.read.get(sum) {
            return Ok(Rc::clone(known));
        }
        let raw: Value = serde_json::from_str(&self.text(sum)?)?;
        let value = Rc::new(self.filled(&raw)?);
        self.read.insert(sum.to_owned(), Rc::clone(&value));
        Ok(value)
    }

    fn filled(&mut self, value: &Value) -> Fallible<Value> {
        Ok(match value {
            // The profile of a whole engine is large and read as text where it is wanted.
            Value::Object(map) => match blob_of(value) {
                Some(sum) => (*self.blob(sum)?).clone(),
                None => Value::Object(
                    map.iter()
                        .map(|(key, inner)| {
                            Ok((
                                key.clone(),
                                if key == "default_seccomp_profile" {
                                    inner.clone()
                                } else {
                                    self.filled(inner)?
                                },
                            ))
                        })
                        .collect::<Fallible<_>>()?,
                ),
            },
            Value::Array(list) => {
                Value::Array(list.iter().map(|inner| self.filled(inner)).collect::<Fallible<_>>()?)
            }
            other => other.clone(),
        })
    }
}

/// The name of the blob that stands for a value.
pub(crate) fn blob_of(value: &Value) -> Option<&str> {
    match value {
        Value::Object(map) if map.len() == 1 => map.get("$blob")?.as_str(),
        _ => None,
    }
}

/// A file's text.
pub(crate) fn read(path: &Path) -> Fallible<String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// A record of ocify's from JSON of the same keys; others are passed over.
pub(crate) fn shaped<T: Shape>(value: &Value) -> Fallible<T> {
    let text = value.to_string();
    let node = json(&text)?;
    Reader::whole(&node, Mode { api: false, lenient: true }).map_err(|mistakes| {
        let told: Vec<String> =
            mistakes.iter().map(|m| format!("{}: {}", m.path, m.kind)).collect();
        told.join("; ").into()
    })
}

/// Looks into JSON; what is not there is `null`, empty or 0.
pub(crate) trait Look {
    fn at(&self, key: &str) -> &Value;
    fn text_at(&self, key: &str) -> &str;
    fn list_at(&self, key: &str) -> &[Value];
    fn map_at(&self, key: &str) -> impl Iterator<Item = (&String, &Value)>;
    fn is_at(&self, key: &str) -> bool;
    fn number_at<T: TryFrom<i64> + Default>(&self, key: &str) -> T;

    fn owned_at(&self, key: &str) -> String {
        self.text_at(key).to_owned()
    }

    fn maybe_at(&self, key: &str) -> Option<String> {
        self.at(key).as_str().map(str::to_owned)
    }

    fn texts_at(&self, key: &str) -> Vec<String> {
        self.list_at(key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    fn texts_by_key_at(&self, key: &str) -> BTreeMap<String, String> {
        self.map_at(key).filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
    }
}

impl Look for Value {
    fn at(&self, key: &str) -> &Value {
        self.get(key).unwrap_or(&NOTHING)
    }

    fn text_at(&self, key: &str) -> &str {
        self.at(key).as_str().unwrap_or_default()
    }

    fn list_at(&self, key: &str) -> &[Value] {
        self.at(key).as_array().map_or(&[], Vec::as_slice)
    }

    fn map_at(&self, key: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.at(key).as_object().into_iter().flatten()
    }

    fn is_at(&self, key: &str) -> bool {
        self.at(key).as_bool().unwrap_or_default()
    }

    fn number_at<T: TryFrom<i64> + Default>(&self, key: &str) -> T {
        self.at(key).as_i64().and_then(|n| T::try_from(n).ok()).unwrap_or_default()
    }
}
