//! An answer of the host: a value, or the error it came back with.

use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, format, string::String};
use core::fmt;

/// An error number of the kernel.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct Errno(pub i32);

macro_rules! errnos {
    ($($name:ident $number:literal $text:literal),* $(,)?) => {
        impl Errno {
            $( #[doc = $text] pub const $name: Errno = Errno($number); )*

            /// The names of those that have one here.
            pub const NAMES: [&'static str; [$($number),*].len()] = [$(stringify!($name)),*];

            /// Its name, such as `ENOENT`.
            pub fn name(self) -> Cow<'static, str> {
                match self { $(Errno::$name => Cow::Borrowed(stringify!($name)),)* Errno(n) => Cow::Owned(format!("errno {n}")) }
            }

            /// Reads a name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $(stringify!($name) => Some(Errno::$name),)* other => other.strip_prefix("errno ")?.parse().ok().map(Errno) }
            }
        }
        impl fmt::Display for Errno {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match *self { $(Errno::$name => f.write_str($text),)* Errno(n) => write!(f, "errno {n}") }
            }
        }
    };
}
errnos!(
    EPERM 1 "operation not permitted",
    ENOENT 2 "no such file or directory",
    EIO 5 "input/output error",
    ENXIO 6 "no such device or address",
    EBADF 9 "bad file descriptor",
    ENOMEM 12 "cannot allocate memory",
    EACCES 13 "permission denied",
    EBUSY 16 "device or resource busy",
    EEXIST 17 "file exists",
    ENODEV 19 "no such device",
    ENOTDIR 20 "not a directory",
    EISDIR 21 "is a directory",
    EINVAL 22 "invalid argument",
    EFBIG 27 "file too large",
    EROFS 30 "read-only file system",
    ENAMETOOLONG 36 "file name too long",
    ENOSYS 38 "function not implemented",
    ELOOP 40 "too many levels of symbolic links",
    EOPNOTSUPP 95 "operation not supported",
);

impl Errno {
    /// Not an error of the kernel: the fact was never asked for, and the compilation fails for it.
    pub(crate) const UNANSWERED: Errno = Errno(-1);
}

/// A value, or the error in its place (`{"error": "ENOENT"}`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer<T> {
    /// The value.
    Is(T),
    /// The error.
    Error(Errno),
}

impl<T> Answer<T> {
    /// As a `Result`.
    ///
    /// # Errors
    ///
    /// The error that stands in the value's place.
    pub fn get(&self) -> Result<&T, Errno> {
        match self {
            Answer::Is(value) => Ok(value),
            Answer::Error(errno) => Err(*errno),
        }
    }
}

impl<T> From<Result<T, Errno>> for Answer<T> {
    fn from(result: Result<T, Errno>) -> Self {
        match result {
            Ok(value) => Answer::Is(value),
            Err(errno) => Answer::Error(errno),
        }
    }
}

impl<T: Default> Default for Answer<T> {
    fn default() -> Self {
        Answer::Is(T::default())
    }
}

impl<T: Shape> Shape for Answer<T> {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        if let Node::Map(entries) = node
            && let [(key, Node::Str(name))] = entries.as_slice()
            && key == "error"
        {
            return match Errno::from_name(name) {
                Some(errno) => Some(Answer::Error(errno)),
                None => not_an_errno(name, reader),
            };
        }
        T::read(node, reader).map(Answer::Is)
    }
}

impl<T: serde::Serialize> serde::Serialize for Answer<T> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        match self {
            Answer::Is(value) => value.serialize(to),
            Answer::Error(errno) => {
                let mut map = to.serialize_map(Some(1))?;
                map.serialize_entry("error", &errno.name())?;
                map.end()
            }
        }
    }
}

impl<T: schemars::JsonSchema> schemars::JsonSchema for Answer<T> {
    fn schema_name() -> Cow<'static, str> {
        Cow::Owned(format!("AnswerOf{}", T::schema_name()))
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let inside = generator.subschema_for::<T>();
        schemars::json_schema!({
            "anyOf": [inside, { "type": "object", "properties": { "error": { "type": "string", "description": "Name of the error, such as `ENOENT`" } }, "required": ["error"], "additionalProperties": false }]
        })
    }
}

fn not_an_errno<T>(name: &str, reader: &mut Reader) -> Option<T> {
    let message = format!("`{name}` is not the name of an error, such as `ENOENT`");
    reader.none_of(message, name, &Errno::NAMES)
}

impl Shape for Errno {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let name: String = Shape::read(node, reader)?;
        match Errno::from_name(&name) {
            Some(errno) => Some(errno),
            None => not_an_errno(&name, reader),
        }
    }
}
