//! The values of the request that have a short form of their own.

use crate::text::{Node, Reader, Shape};
use alloc::{
    borrow::Cow, borrow::ToOwned, collections::BTreeMap, format, string::String, vec::Vec,
};
use core::ops::Deref;

/// A wrapper that reads, writes and describes itself as its inside, with a short form besides.
macro_rules! inside {
    ($Name:ident, $schema:tt) => {
        impl serde::Serialize for $Name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(to)
            }
        }
        impl schemars::JsonSchema for $Name {
            fn schema_name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($Name))
            }
            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

/// Names and values: an object, or a list of `K=V`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pairs(pub BTreeMap<String, String>);

inside!(Pairs, {
    "anyOf": [
        { "type": "object", "additionalProperties": { "type": ["string", "number", "boolean"] } },
        { "type": "array", "items": { "type": "string", "description": "`K=V`" } },
    ],
});

impl Deref for Pairs {
    type Target = BTreeMap<String, String>;
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Pairs {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Pairs(pairs.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl Shape for Pairs {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let (Node::Seq(items), false) = (node, reader.mode().api) else {
            return Shape::read(node, reader).map(Pairs);
        };
        let mut pairs = BTreeMap::new();
        for (i, item) in items.iter().enumerate() {
            reader.element(i, |r| {
                if let Node::Map(entries) = item
                    && let [(name, _)] = entries.as_slice()
                {
                    let _: Option<()> = r.value(format!(
                        "`{name}` is an object in a list: write `{name}=value`, or take away the dashes"
                    ));
                    return;
                }
                let Some(text) = <String as Shape>::read(item, r) else { return };
                match text.split_once('=') {
                    Some((k, v)) => {
                        if pairs.insert(k.to_owned(), v.to_owned()).is_some() {
                            let _: Option<()> =
                                r.wrong(crate::text::MistakeKind::Twice { key: k.to_owned() });
                        }
                    }
                    None => {
                        let _: Option<()> =
                            r.value(format!("`{text}` has no `=`: write `NAME=value`"));
                    }
                }
            });
        }
        Some(Pairs(pairs))
    }
}

/// A number of bytes: `536870912` or `512m` (k, m, g, t: powers of 1024).
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Bytes(pub i64);

inside!(Bytes, { "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?([kKmMgGtT]i?)?[bB]?$" }] });

impl Shape for Bytes {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Str(text) if !reader.mode().api => match bytes(text) {
                Some(n) => Some(Bytes(n)),
                None => reader.value(format!("`{text}` is not a size: write a number of bytes or one with k, m, g or t, as in `512m`")),
            },
            other => Shape::read(other, reader).map(Bytes),
        }
    }
}

/// Reads a size with a suffix for a power of 1024.
fn bytes(text: &str) -> Option<i64> {
    let text = text.trim();
    let plain = text.strip_suffix(['b', 'B']).unwrap_or(text);
    let plain = if plain.len() > 1 { plain.strip_suffix('i').unwrap_or(plain) } else { plain };
    let (number, shift) = match plain.char_indices().last() {
        Some((at, c)) if c.is_ascii_alphabetic() => {
            let shift = match c.to_ascii_lowercase() {
                'k' => 10,
                'm' => 20,
                'g' => 30,
                't' => 40,
                _ => return None,
            };
            (plain.get(..at)?, shift)
        }
        _ => (plain, 0),
    };
    decimal(number, 1_i128 << shift)
}

/// `number` times `unit`, where the number may have a fraction: exact, rounded down.
fn decimal(number: &str, unit: i128) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !digits(whole)
        || !digits(fraction)
        || (number.contains('.') && fraction.is_empty())
        || fraction.len() > 9
    {
        return None;
    }
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let all: i128 = whole
        .parse::<i128>()
        .ok()?
        .checked_mul(scale)?
        .checked_add(if fraction.is_empty() { 0 } else { fraction.parse().ok()? })?;
    i64::try_from(all.checked_mul(unit)?.checked_div(scale)?).ok()
}

/// A number of CPUs as the CFS quota in µs for each period of 100 000 µs.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Cpus {
    /// µs of run time in each [`Cpus::PERIOD_US`].
    pub quota_us: i64,
}

impl Cpus {
    /// The CFS period that goes with the quota, µs.
    pub const PERIOD_US: u64 = 100_000;
}

impl serde::Serialize for Cpus {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let whole = self.quota_us.wrapping_div(100_000);
        let rest = self.quota_us.wrapping_rem(100_000).unsigned_abs();
        to.serialize_str(format!("{whole}.{rest:05}").trim_end_matches('0').trim_end_matches('.'))
    }
}

impl schemars::JsonSchema for Cpus {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Cpus")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "anyOf": [{ "type": "number", "minimum": 0 }, { "type": "string" }] })
    }
}

impl Shape for Cpus {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let text: Cow<'_, str> = match node {
            Node::Int(i) => Cow::Owned(format!("{i}")),
            Node::Float(f) => Cow::Owned(format!("{f}")),
            Node::Str(s) => Cow::Borrowed(s),
            other => return reader.kind("a number of CPUs", other),
        };
        match decimal(text.trim(), 100_000) {
            Some(quota_us) => Some(Cpus { quota_us }),
            None => {
                reader.value(format!("`{text}` is not a number of CPUs: write one such as `1.5`"))
            }
        }
    }
}

/// A span of whole seconds: `10` or `10s`, `2m`, `1h`.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Seconds(pub u64);

inside!(Seconds, { "anyOf": [{ "type": "integer", "minimum": 0 }, { "type": "string", "pattern": "^([0-9]+[hms])+$" }] });

impl Shape for Seconds {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Str(text) if !reader.mode().api => match nanoseconds(text)
                .and_then(|ns| u64::try_from(ns).ok())
                .map(|ns| (ns.wrapping_div(1_000_000_000), ns.wrapping_rem(1_000_000_000)))
            {
                Some((s, 0)) => Some(Seconds(s)),
                _ => reader.value(format!(
                    "`{text}` is not a number of whole seconds: write one such as `10s`"
                )),
            },
            other => Shape::read(other, reader).map(Seconds),
        }
    }
}

/// A span of time in ns: a number, or `30s`, `1m30s`, `500ms`.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Nanoseconds(pub i64);

inside!(Nanoseconds, { "anyOf": [{ "type": "integer" }, { "type": "string", "pattern": "^([0-9]+(h|m|s|ms|us|ns))+$" }] });

impl Shape for Nanoseconds {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Str(text) if !reader.mode().api => match nanoseconds(text) {
                Some(ns) => Some(Nanoseconds(ns)),
                None => reader.value(format!(
                    "`{text}` is not a span of time: write one such as `30s` or `1m30s`"
                )),
            },
            other => Shape::read(other, reader).map(Nanoseconds),
        }
    }
}

fn nanoseconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..end)?.parse().ok()?;
        let unit_end = rest
            .get(end..)?
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |n| end.saturating_add(n));
        let unit: i64 = match rest.get(end..unit_end)? {
            "h" => 3_600_000_000_000,
            "m" => 60_000_000_000,
            "s" => 1_000_000_000,
            "ms" => 1_000_000,
            "us" | "µs" => 1_000,
            "ns" => 1,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = rest.get(unit_end..)?;
    }
    Some(total)
}

/// The `systemd` word: `true`, `false` or `always`, also as a boolean.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SystemdWord(pub String);

inside!(SystemdWord, { "anyOf": [{ "type": "boolean" }, { "type": "string", "enum": ["", "true", "false", "always"] }] });

impl Shape for SystemdWord {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        Shape::read(node, reader).map(SystemdWord)
    }
}

/// A namespace: its mode, and what the mode needs.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Namespace {
    /// `host`, `private`, `container`, `path`, `pod`, and more by kind; empty for the default.
    pub nsmode: String,
    /// The container, the path, or the mode's options.
    pub value: String,
}

record! {
    /// A namespace: its mode, and what the mode needs.
    #[derive(Eq)]
    pub struct NamespaceForm {
        /// `host`, `private`, `container`, `path`, `pod`, and more by kind; empty for the default.
        "nsmode" nsmode: String,
        /// The container, the path, or the mode's options.
        "value" value: String,
    }
}

impl Namespace {
    /// A mode without a value, such as `host`.
    pub fn mode(nsmode: &str) -> Self {
        Namespace { nsmode: nsmode.to_owned(), value: String::new() }
    }
}

impl Shape for Namespace {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Str(text) if !reader.mode().api => {
                let (mode, value) = text.split_once(':').unwrap_or((text, ""));
                // The command line's words for what the API calls `path` and `no-map`.
                let nsmode = match mode {
                    "ns" => "path",
                    "nomap" => "no-map",
                    other => other,
                };
                Some(Namespace { nsmode: nsmode.to_owned(), value: value.to_owned() })
            }
            other => NamespaceForm::read(other, reader)
                .map(|f| Namespace { nsmode: f.nsmode, value: f.value }),
        }
    }
}

impl serde::Serialize for Namespace {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        NamespaceForm { nsmode: self.nsmode.clone(), value: self.value.clone() }.serialize(to)
    }
}

impl schemars::JsonSchema for Namespace {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Namespace")
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let form = generator.subschema_for::<NamespaceForm>();
        schemars::json_schema!({ "anyOf": [form, { "type": "string", "description": "`mode` or `mode:value`, such as `container:db`" }] })
    }
}

/// A device as the request names it: `src[:dst][:perms]`, or a CDI name. Of the object form only `path` is read, as Podman does.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct DeviceText {
    /// The text.
    pub path: String,
}

impl Shape for DeviceText {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Map(entries) => {
                let mut path = String::new();
                for (key, value) in entries {
                    if reader.is(key, "path") {
                        if let Some(text) =
                            reader.field("path", |r| <String as Shape>::read(value, r))
                        {
                            path = text;
                        }
                    } else if !["type", "major", "minor", "fileMode", "uid", "gid"]
                        .iter()
                        .any(|k| reader.is(key, k))
                    {
                        reader.unknown(
                            key,
                            value,
                            &["path", "type", "major", "minor", "fileMode", "uid", "gid"],
                            &[],
                        );
                    }
                }
                Some(DeviceText { path })
            }
            Node::Str(s) if !reader.mode().api => Some(DeviceText { path: s.clone().into_owned() }),
            other => reader.kind("a device: `src[:dst][:perms]`, or an object with `path`", other),
        }
    }
}

impl serde::Serialize for DeviceText {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("path", &self.path)?;
        map.end()
    }
}

impl schemars::JsonSchema for DeviceText {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Device")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "anyOf": [
                { "type": "string", "description": "`src[:dst][:perms]`, or a CDI name" },
                { "type": "object", "properties": {
                    "path": { "type": "string" }, "type": {}, "major": {}, "minor": {}, "fileMode": {}, "uid": {}, "gid": {}
                }, "required": ["path"], "additionalProperties": false },
            ]
        })
    }
}

/// The words of a list, for messages.
pub(super) fn words(of: &[&str]) -> String {
    let quoted: Vec<String> = of.iter().map(|w| format!("`{w}`")).collect();
    quoted.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_suffixes_of_powers_of_1024() {
        for (text, is) in [
            ("512m", 512 << 20),
            ("1.5g", 3 << 29),
            ("64k", 65536),
            ("10", 10),
            ("1kb", 1024),
            ("2GiB", 2 << 30),
            ("0", 0),
        ] {
            assert_eq!(bytes(text), Some(is), "{text}");
        }
        for text in ["", "m", "1x", "-1m", "1.m", ".5g", "9999999999999t"] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }

    #[test]
    fn spans_add_up() {
        assert_eq!(nanoseconds("1m30s"), Some(90_000_000_000));
        assert_eq!(nanoseconds("500ms"), Some(500_000_000));
        for text in ["", "5", "s", "5d", "5s3"] {
            assert_eq!(nanoseconds(text), None, "{text}");
        }
    }
}
