//! How the plain types are read: text, numbers, switches, lists and maps.

use super::{Node, Reader, Shape};
use alloc::{
    boxed::Box, collections::BTreeMap, format, string::String, string::ToString, vec::Vec,
};

impl Shape for String {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Str(s) => Some(s.clone().into_owned()),
            // YAML readers turn `PORT: 8080` into a number; what was meant is its text. A fraction would lose digits, so it has to be quoted.
            Node::Int(i) if !reader.mode().api => Some(i.to_string()),
            Node::Bool(b) if !reader.mode().api => Some(b.to_string()),
            Node::Float(_) if !reader.mode().api => {
                reader.kind("text (put the number into quotes)", node)
            }
            other => reader.kind("text", other),
        }
    }
}

impl Shape for bool {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Bool(b) => Some(*b),
            other => reader.kind("true or false", other),
        }
    }
}

macro_rules! numbers {
    ($($ty:ty: $what:literal),*) => { $(
        impl Shape for $ty {
            fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
                let number = match node {
                    Node::Int(i) => Some(*i),
                    Node::Str(s) if !reader.mode().api => s.trim().parse::<i128>().ok(),
                    _ => None,
                };
                match number {
                    Some(i) => match <$ty>::try_from(i) {
                        Ok(n) => Some(n),
                        Err(_) => reader.value(format!("{i} is out of range: expected {}", $what)),
                    },
                    None => reader.kind($what, node),
                }
            }
        }
    )* };
}
numbers!(
    u16: "a whole number from 0 to 65535",
    u32: "a whole number from 0 to 4294967295",
    u64: "a whole number from 0 to 18446744073709551615",
    i64: "a whole number from -9223372036854775808 to 9223372036854775807",
    i32: "a whole number from -2147483648 to 2147483647"
);

impl<T: Shape> Shape for Option<T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Null => Some(None),
            other => T::read(other, reader).map(Some),
        }
    }
}

impl<T: Shape> Shape for Box<T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        T::read(node, reader).map(Box::new)
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Seq(items) => {
                let mut list = Vec::with_capacity(items.len());
                for (i, item) in items.iter().enumerate() {
                    if let Some(value) = reader.element(i, |r| T::read(item, r)) {
                        list.push(value);
                    }
                }
                Some(list)
            }
            Node::Str(text) if is_words(text) => {
                let words: Vec<String> =
                    text.split_whitespace().map(|word| format!("\"{word}\"")).collect();
                reader.kind(&format!("a list such as `[{}]`", words.join(", ")), node)
            }
            other => reader.kind("a list", other),
        }
    }
}

/// Whether a text is a few words that could be meant as a list of them.
fn is_words(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || " -_./:=,".contains(c);
    !text.trim().is_empty() && text.len() <= 40 && text.chars().all(plain)
}

impl<T: Shape> Shape for BTreeMap<String, T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Map(entries) => {
                let mut map = BTreeMap::new();
                for (key, item) in entries {
                    let value = reader.field(key, |r| T::read(item, r));
                    let Some(value) = value else { continue };
                    if map.insert(key.clone().into_owned(), value).is_some() && !reader.mode().api {
                        let _: Option<()> = reader.field(key, |r| {
                            r.wrong(super::MistakeKind::Twice { key: key.to_string() })
                        });
                    }
                }
                Some(map)
            }
            other => reader.kind("an object", other),
        }
    }
}
