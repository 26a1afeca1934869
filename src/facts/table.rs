//! A map by text whose entries have a number: reasons name an entry by four bytes.

use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, collections::BTreeMap, format, string::String, vec::Vec};

/// Entries by key, in byte order of the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table<T>(Vec<(String, T)>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Table(Vec::new())
    }
}

impl<T> Table<T> {
    /// Sets an entry; the one that stood there comes back.
    pub fn insert(&mut self, key: impl Into<String>, value: T) -> Option<T> {
        let key = key.into();
        match self.0.binary_search_by(|(k, _)| k.as_str().cmp(&key)) {
            Ok(at) => self.0.get_mut(at).map(|(_, old)| core::mem::replace(old, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// The entry at a key, and its number.
    pub fn find(&self, key: &str) -> Option<(u32, &T)> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        Some((u32::try_from(at).ok()?, &self.0.get(at)?.1))
    }

    /// The same, with a look at one number first.
    pub(super) fn find_near(&self, key: &str, number: u32) -> Option<(u32, &T)> {
        let there = usize::try_from(number).ok().and_then(|at| self.0.get(at));
        match there {
            Some((found, value)) if found == key => Some((number, value)),
            _ => self.find(key),
        }
    }

    /// The entry at a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.find(key).map(|(_, value)| value)
    }

    /// The entry at a key, to change it.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut T> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    /// The key of an entry's number.
    pub fn key(&self, number: u32) -> Option<&str> {
        self.0.get(usize::try_from(number).ok()?).map(|(k, _)| k.as_str())
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &str) -> Option<T> {
        let at = self.0.binary_search_by(|(k, _)| k.as_str().cmp(key)).ok()?;
        Some(self.0.remove(at).1)
    }

    /// All entries, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.0.iter().map(|(k, v)| (k.as_str(), v))
    }

    /// All values, in order, to change them.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, v)| v)
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<K: Into<String>, T> FromIterator<(K, T)> for Table<T> {
    fn from_iter<I: IntoIterator<Item = (K, T)>>(entries: I) -> Self {
        let map: BTreeMap<String, T> = entries.into_iter().map(|(k, v)| (k.into(), v)).collect();
        Table(map.into_iter().collect())
    }
}

impl<T: Shape> Shape for Table<T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let map: BTreeMap<String, T> = Shape::read(node, reader)?;
        Some(Table(map.into_iter().collect()))
    }
}

impl<T: serde::Serialize> serde::Serialize for Table<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_map(self.0.iter().map(|(k, v)| (k, v)))
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Table<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("TableOf{}", T::schema_name()))
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let inside = generator.subschema_for::<T>();
        schemars::json_schema!({ "type": "object", "additionalProperties": inside })
    }
}
