//! Appends JSON to a buffer: no tree, no copy of what is borrowed.

use crate::bytes::Eight;
use alloc::vec::Vec;

/// An open object or list.
#[derive(Debug)]
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

/// A number that JSON can hold exactly.
pub(super) trait Number {
    fn write(self, out: &mut Vec<u8>);
}

macro_rules! naturals {
    ($($ty:ty),*) => { $(
        impl Number for $ty {
            fn write(self, out: &mut Vec<u8>) {
                digits(false, u64::from(self), out);
            }
        }
    )* };
}
naturals!(u16, u32, u64);
impl Number for i64 {
    fn write(self, out: &mut Vec<u8>) {
        digits(self < 0, self.unsigned_abs(), out);
    }
}

fn digits(negative: bool, mut n: u64, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let start = out.len();
    loop {
        out.push(u8::try_from(n.wrapping_rem(10)).unwrap_or(0).wrapping_add(b'0'));
        n = n.wrapping_div(10);
        if n == 0 {
            break;
        }
    }
    if let Some(written) = out.get_mut(start..) {
        written.reverse();
    }
}

/// Writes a text in quotes. `<`, `>` and `&` stay as they are.
pub(super) fn quoted(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escaped(text, out);
    out.push(b'"');
}

fn escaped(text: &str, out: &mut Vec<u8>) {
    if is_plain(text.as_bytes()) {
        out.extend_from_slice(text.as_bytes());
        return;
    }
    for &byte in text.as_bytes() {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            control if control < 0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                for nibble in [control >> 4, control & 15] {
                    out.push(HEX.get(usize::from(nibble)).copied().unwrap_or(b'0'));
                }
            }
            other => out.push(other),
        }
    }
}

/// Whether nothing is to be escaped. Eight bytes are looked at in one step, and the last eight again.
fn is_plain(text: &[u8]) -> bool {
    let plain = |byte: &u8| *byte >= 0x20 && *byte != b'"' && *byte != b'\\';
    match text.last_chunk() {
        None => text.iter().all(plain),
        Some(last) => {
            let (eights, _rest) = text.as_chunks();
            eights.iter().chain([last]).all(|eight| !has_odd(*eight))
        }
    }
}

/// Whether one of eight bytes is to be escaped.
fn has_odd(eight: [u8; 8]) -> bool {
    let eight = Eight::from(&eight);
    !eight.below(0x20).or(eight.are(b'"')).or(eight.are(b'\\')).is_none()
}

impl<'o> Object<'o> {
    /// Opens an object.
    pub(super) fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Object { out, first: true }
    }

    /// Closes it.
    pub(super) fn close(self) {
        self.out.push(b'}');
    }

    fn next(&mut self) {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
    }

    /// A key; all keys of the spec are plain ASCII.
    fn key(&mut self, key: &str) {
        self.next();
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// `key: "text"`
    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        quoted(text, self.out);
    }

    /// `key: "text"`, left out when empty.
    pub(super) fn text_unless_empty(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    /// `key: true`, left out when false.
    pub(super) fn flag(&mut self, key: &str, on: bool) {
        if on {
            self.boolean(key, true);
        }
    }

    /// `key: true` or `key: false`
    pub(super) fn boolean(&mut self, key: &str, on: bool) {
        self.key(key);
        self.out.extend_from_slice(if on { b"true" } else { b"false" });
    }

    /// `key: number`
    pub(super) fn number(&mut self, key: &str, n: impl Number) {
        self.key(key);
        n.write(self.out);
    }

    /// `key: number`, left out when absent.
    pub(super) fn maybe_number(&mut self, key: &str, n: Option<impl Number>) {
        if let Some(n) = n {
            self.number(key, n);
        }
    }

    /// A number as an element of the open list.
    pub(super) fn raw_number(&mut self, n: impl Number) {
        self.next();
        n.write(self.out);
    }

    /// `"name=value"` as an element of the open list.
    pub(super) fn raw_pair(&mut self, name: &str, value: &str) {
        self.next();
        self.out.push(b'"');
        escaped(name, self.out);
        self.out.push(b'=');
        escaped(value, self.out);
        self.out.push(b'"');
    }

    /// `key: {...}`
    pub(super) fn object(&mut self, key: &str, f: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        self.braces(f);
    }

    fn braces(&mut self, f: impl FnOnce(&mut Object<'_>)) {
        let mut inner = Object::open(self.out);
        f(&mut inner);
        inner.close();
    }

    /// `{...}` as an element of the open list.
    pub(super) fn in_object(&mut self, f: impl FnOnce(&mut Object<'_>)) {
        self.next();
        self.braces(f);
    }

    /// `key: {...}`, left out when nothing is in it.
    pub(super) fn object_unless_empty(&mut self, key: &str, f: impl FnOnce(&mut Object<'_>)) {
        let (start, first) = (self.out.len(), self.first);
        self.key(key);
        let inside = self.out.len();
        self.braces(f);
        if self.out.len() == inside.saturating_add(2) {
            self.out.truncate(start);
            self.first = first;
        }
    }

    /// `key: [...]`, left out when empty.
    pub(super) fn list<T>(
        &mut self,
        key: &str,
        items: impl Iterator<Item = T>,
        f: impl Fn(T, &mut Object<'_>),
    ) {
        let mut items = items.peekable();
        if items.peek().is_none() {
            return;
        }
        self.key(key);
        self.out.push(b'[');
        let mut inner = Object { out: self.out, first: true };
        for item in items {
            f(item, &mut inner);
        }
        self.out.push(b']');
    }

    /// `key: ["a", "b"]`, an empty list too.
    pub(super) fn texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        self.key(key);
        self.out.push(b'[');
        let mut first = true;
        for text in texts {
            if !first {
                self.out.push(b',');
            }
            first = false;
            quoted(text, self.out);
        }
        self.out.push(b']');
    }

    /// `key: ["a", "b"]`, left out when empty.
    pub(super) fn texts_unless_empty<'t>(
        &mut self,
        key: &str,
        texts: impl Iterator<Item = &'t str>,
    ) {
        let mut texts = texts.peekable();
        if texts.peek().is_some() {
            self.texts(key, texts);
        }
    }

    /// `key: {"k": "v"}`, left out when empty.
    pub(super) fn pairs<'t>(&mut self, key: &str, pairs: impl Iterator<Item = (&'t str, &'t str)>) {
        let mut pairs = pairs.peekable();
        if pairs.peek().is_none() {
            return;
        }
        self.key(key);
        self.out.push(b'{');
        let mut first = true;
        for (k, v) in pairs {
            if !first {
                self.out.push(b',');
            }
            first = false;
            quoted(k, self.out);
            self.out.push(b':');
            quoted(v, self.out);
        }
        self.out.push(b'}');
    }

    /// `key: {"k": {...}}`
    pub(super) fn map<'t, T: 't>(
        &mut self,
        key: &str,
        entries: impl Iterator<Item = (&'t alloc::string::String, &'t T)>,
        f: impl Fn(&T, &mut Object<'_>),
    ) {
        self.object(key, |o| {
            for (k, value) in entries {
                o.next();
                quoted(k, o.out);
                o.out.push(b':');
                o.braces(|o| f(value, o));
            }
        });
    }

    /// `key: ` and whatever `f` appends, which must be one JSON value.
    pub(super) fn raw(&mut self, key: &str, f: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        f(self.out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_escapes_are_what_a_json_reader_expects() {
        let mut out = Vec::new();
        let mut o = Object::open(&mut out);
        o.number("a", i64::MIN);
        o.number("b", u64::MAX);
        o.number("c", 0_u32);
        o.text("d", "q\"\\\n\u{1}é\u{2028}");
        o.object_unless_empty("gone", |_| ());
        o.list("e", [1_u32, 20].iter(), |n, o| o.raw_number(*n));
        o.close();
        let read: serde_json::Value = serde_json::from_slice(&out).unwrap();
        let expected = serde_json::json!({ "a": i64::MIN, "b": u64::MAX, "c": 0, "d": "q\"\\\n\u{1}é\u{2028}", "e": [1, 20] });
        assert_eq!(read, expected);
    }
}
