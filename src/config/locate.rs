//! Finds where in its text a value was written.
//!
//! The text is read again for it, so this belongs to the telling of a mistake, not to the way of every container.

use super::Format;
use super::parse::tree_of;
use crate::text::Node;
use alloc::{borrow::Cow, format};
use core::fmt;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IgnoredAny, MapAccess, SeqAccess,
    VariantAccess as _, Visitor,
};

/// Where the value at `path` (as in `mounts[2].options`) stands in the text: line and column, from 1, in characters.
///
/// A field is found at its key, an element of a list at its start. `hostname#2` is the second of two equal keys. A part of a value in a
/// short form is found at that value. `None`: nothing is written there.
pub fn locate(text: &str, format: Format, path: &str) -> Option<(usize, usize)> {
    let (path, nth) = match path.rsplit_once('#').map(|(p, n)| (p, n.parse::<usize>())) {
        Some((path, Ok(nth))) => (path, nth.max(1)),
        _ => (path, 1),
    };
    let moved = ["mounts[", "volumes["].iter().any(|list| path.starts_with(list))
        || path == NETWORK_OPTIONS;
    let path = match moved.then(|| tree_of(text, format)) {
        Some(Ok(tree)) => as_written(&tree, path),
        _ => Cow::Borrowed(path),
    };
    seek(text, format, &path, nth)
}

/// The same for a path as it was written.
pub(super) fn seek(text: &str, format: Format, path: &str, nth: usize) -> Option<(usize, usize)> {
    let seek = Seek { rest: path, nth };
    match format {
        Format::Json => {
            let error = seek.deserialize(&mut serde_json::Deserializer::from_str(text)).err()?;
            found(&error).then(|| start_of_json(text, error.line(), error.column())).flatten()
        }
        Format::Yaml => {
            let error = seek.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
            found(&error).then(|| error.location().map(|l| (l.line(), l.column()))).flatten()
        }
    }
}

/// The field in which options behind the mode of `netns` end.
const NETWORK_OPTIONS: &str = "network_options";

/// The path in the tree of a path in the config: a volume of the short form whose source is a path became a mount, and options of
/// slirp4netns behind the mode became network options.
pub(super) fn as_written<'p>(tree: &Node<'_>, path: &'p str) -> Cow<'p, str> {
    let entries = if let Node::Map(entries) = tree { entries.as_slice() } else { &[] };
    let (is_mount, rest) = match (path.strip_prefix("mounts["), path.strip_prefix("volumes[")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ if path == NETWORK_OPTIONS && !entries.iter().any(|(key, _)| key == NETWORK_OPTIONS) => {
            return Cow::Borrowed("netns");
        }
        _ => return Cow::Borrowed(path),
    };
    let Some((Ok(index), rest)) = rest.split_once(']').map(|(n, r)| (n.parse::<usize>(), r)) else {
        return Cow::Borrowed(path);
    };
    let list = |wanted: &str| match entries.iter().find(|(key, _)| key == wanted) {
        Some((_, Node::Seq(items))) => items.as_slice(),
        _ => &[],
    };
    let wanted = if is_mount {
        let Some(among_volumes) = index.checked_sub(list("mounts").len()) else {
            return Cow::Borrowed(path);
        };
        (true, among_volumes)
    } else {
        (false, index)
    };
    let at = list("volumes")
        .iter()
        .enumerate()
        .filter(|(_, item)| super::parse::is_bind(item) == wanted.0)
        .nth(wanted.1);
    match at {
        Some((at, _)) => Cow::Owned(format!("volumes[{at}]{rest}")),
        None => Cow::Borrowed(path),
    }
}

/// The words that the walk fails with where it wanted to go; the parsers add the position.
const HERE: &str = "ocify looked for this place";

fn found(error: &impl fmt::Display) -> bool {
    format!("{error}").contains(HERE)
}

/// The JSON parser names the last byte of what it has read: the start is sought backwards, as no token spans lines.
fn start_of_json(text: &str, line: usize, column: usize) -> Option<(usize, usize)> {
    let row = text.split('\n').nth(line.checked_sub(1)?)?;
    let read = row.as_bytes().get(..column)?;
    let start = match read.split_last()? {
        (b'"', before) => before
            .iter()
            .enumerate()
            .rev()
            .find(|(at, b)| **b == b'"' && !escaped(before, *at))
            .map(|(at, _)| at)?,
        (b'{' | b'[', before) => before.len(),
        (_, _) => read
            .iter()
            .rposition(|b| !b.is_ascii_alphanumeric() && !b"+-.".contains(b))
            .map_or(0, |at| at.saturating_add(1)),
    };
    Some((line, row.get(..start)?.chars().count().saturating_add(1)))
}

fn escaped(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or(&[]);
    before.iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1
}

/// Walks to a place and fails there: the parsers' errors carry the position.
#[derive(Clone, Copy)]
struct Seek<'p> {
    /// What is left of the path.
    rest: &'p str,
    /// Which of several equal last keys.
    nth: usize,
}

/// What is left of a path behind a key on its way; keys may have dots and brackets in them.
pub(super) fn behind<'p>(path: &'p str, key: &str) -> Option<&'p str> {
    if let Some(bracketed) = path.strip_prefix('[') {
        return bracketed
            .strip_prefix(key)?
            .strip_prefix(']')
            .map(|rest| rest.strip_prefix('.').unwrap_or(rest));
    }
    let head = path.get(..key.len()).filter(|head| head.eq_ignore_ascii_case(key))?;
    let rest = path.strip_prefix(head)?;
    match rest.strip_prefix('.') {
        Some(rest) => Some(rest),
        None => (rest.is_empty() || rest.starts_with('[')).then_some(rest),
    }
}

/// An index on the way of a path, and what is left behind it.
pub(super) fn index(path: &str) -> Option<(usize, &str)> {
    let (index, rest) = path.strip_prefix('[')?.split_once(']')?;
    Some((index.parse().ok()?, rest.strip_prefix('.').unwrap_or(rest)))
}

impl<'de> DeserializeSeed<'de> for Seek<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

macro_rules! found_at {
    ($($visit:ident: $ty:ty),*) => { $( fn $visit<E: Error>(self, _: $ty) -> Result<(), E> { Err(E::custom(HERE)) } )* };
}

impl<'de> Visitor<'de> for Seek<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the place looked for")
    }
    found_at!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64, visit_str: &str);
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Err(E::custom(HERE))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        if self.rest.is_empty() {
            return Err(A::Error::custom(HERE));
        }
        let Some((index, rest)) = index(self.rest) else {
            // `env.PATH` of a list of `K=V`.
            while from.next_element_seed(Pair(self.rest))?.is_some() {}
            return Ok(());
        };
        for _ in 0..index {
            if from.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        from.next_element_seed(Seek { rest, nth: self.nth })?;
        while from.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    /// A tag says nothing of where its value stands.
    fn visit_enum<A: EnumAccess<'de>>(self, from: A) -> Result<(), A::Error> {
        let (IgnoredAny, value) = from.variant()?;
        value.newtype_variant_seed(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        if self.rest.is_empty() {
            return Err(A::Error::custom(HERE));
        }
        let mut left = self.nth;
        while let Some(rest) = from.next_key_seed(Key { seek: self, last: left == 1 })? {
            match rest {
                Some("") => {
                    left = left.saturating_sub(1);
                    from.next_value::<IgnoredAny>()?;
                }
                Some(rest) => from.next_value_seed(Seek { rest, nth: self.nth })?,
                None => {
                    from.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A key: what is left of the path behind it, if it is on the way; where it is the goal the walk fails inside the key.
#[derive(Clone, Copy)]
struct Key<'p> {
    seek: Seek<'p>,
    last: bool,
}

impl<'de, 'p> DeserializeSeed<'de> for Key<'p> {
    type Value = Option<&'p str>;
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'p> Visitor<'_> for Key<'p> {
    type Value = Option<&'p str>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }
    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        match behind(self.seek.rest, key) {
            Some("") if self.last => Err(E::custom(HERE)),
            on_the_way => Ok(on_the_way),
        }
    }
    fn visit_u64<E: Error>(self, key: u64) -> Result<Self::Value, E> {
        self.visit_str(&format!("{key}"))
    }
    fn visit_i64<E: Error>(self, key: i64) -> Result<Self::Value, E> {
        self.visit_str(&format!("{key}"))
    }
    fn visit_bool<E: Error>(self, key: bool) -> Result<Self::Value, E> {
        self.visit_str(if key { "true" } else { "false" })
    }
    fn visit_f64<E: Error>(self, key: f64) -> Result<Self::Value, E> {
        self.visit_str(&format!("{key}"))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// An element of a list of `K=V` that is sought by its name.
#[derive(Clone, Copy)]
struct Pair<'p>(&'p str);

impl<'de> DeserializeSeed<'de> for Pair<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Pair<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`K=V`")
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        match text.split_once('=') {
            Some((name, _)) if name == self.0 => Err(E::custom(HERE)),
            _ => Ok(()),
        }
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        while from.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<(), A::Error> {
        while from.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{string::String, vec::Vec};

    /// The text from the found place to the end of its line.
    fn at(text: &str, format: Format, path: &str) -> Option<String> {
        let (line, column) = locate(text, format, path)?;
        let row: Vec<char> = text.lines().nth(line - 1)?.chars().collect();
        Some(row[column - 1..].iter().collect())
    }

    #[test]
    fn a_field_of_yaml_is_found_at_its_key_and_an_element_at_its_start() {
        let text = concat!(
            "# a web server\nrootfs: /srv/web\nmounts:\n  - destination: /run\n    type: tmpfs\n    options: [rw, \"nosuid\", size=1k]\n",
            "  - type=bind,src=/a,dst=/b\n  - {destination: /x, type: bind}\nenv:\n  - A=b\n  - PATH=/bin\nsysctl:\n  net.ipv4.ip_forward: 1\n",
            "labels: {ü: \"y\", x: z}\nvolumes:\n  - data:/var\n  - /srv:/www:ro\nhostname: a\nhostname: b\n"
        );
        for (path, there) in [
            ("rootfs", "rootfs: /srv/web"),
            ("mounts", "mounts:"),
            ("mounts[0]", "destination: /run"),
            ("mounts[0].type", "type: tmpfs"),
            ("mounts[0].options[1]", "\"nosuid\", size=1k]"),
            ("mounts[1]", "type=bind,src=/a,dst=/b"),
            ("mounts[1].destination", "type=bind,src=/a,dst=/b"),
            ("mounts[2].type", "type: bind}"),
            ("env.PATH", "PATH=/bin"),
            ("sysctl.net.ipv4.ip_forward", "net.ipv4.ip_forward: 1"),
            ("labels.x", "x: z}"),
            ("hostname", "hostname: a"),
            ("hostname#2", "hostname: b"),
            // A bind in the short form of a volume is a mount of the config.
            ("mounts[3]", "/srv:/www:ro"),
            ("volumes[0]", "data:/var"),
        ] {
            assert_eq!(at(text, Format::Yaml, path).as_deref(), Some(there), "{path}");
        }
        for path in ["nope", "mounts[9]", "mounts[0].nope", "env.NOPE", "hostname#3", "sysctl.net"]
        {
            assert_eq!(at(text, Format::Yaml, path), None, "{path}");
        }
    }

    #[test]
    fn a_field_of_json_is_found_at_its_key_and_an_element_at_its_start() {
        let text = "{\n \"rootfs\": \"/srv\",\n \"mounts\": [ {\"destination\": \"/ü\\\"\", \"options\": [\"rw\", \"r\\\"o\"]},\n  \"type=bind\", 12, true ], \"env\": {\"A\": \"ü\", \"B\": 1}}\n";
        for (path, there) in [
            ("rootfs", "\"rootfs\": \"/srv\","),
            ("mounts[0]", "{\"destination\": \"/ü\\\"\", \"options\": [\"rw\", \"r\\\"o\"]},"),
            ("mounts[0].options[1]", "\"r\\\"o\"]},"),
            ("mounts[1]", "\"type=bind\", 12, true ], \"env\": {\"A\": \"ü\", \"B\": 1}}"),
            ("mounts[2]", "12, true ], \"env\": {\"A\": \"ü\", \"B\": 1}}"),
            ("mounts[3]", "true ], \"env\": {\"A\": \"ü\", \"B\": 1}}"),
            ("env.B", "\"B\": 1}}"),
        ] {
            assert_eq!(at(text, Format::Json, path).as_deref(), Some(there), "{path}");
        }
        assert_eq!(at(text, Format::Json, "env.C"), None);
        let facts = "{\"paths\": {\"/srv/a.b\": {\"uid\": 1}}}";
        assert_eq!(
            at(facts, Format::Json, "paths[/srv/a.b]").as_deref(),
            Some("\"/srv/a.b\": {\"uid\": 1}}}")
        );
        assert_eq!(at(facts, Format::Json, "paths./srv/a.b.uid").as_deref(), Some("\"uid\": 1}}}"));
    }
}
