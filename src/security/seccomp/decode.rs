//! Decodes a profile as Go's `encoding/json` does: keys in any case, unknown ones skipped, `null` as if it were not there.

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::fmt::{self, Formatter};
use core::marker::PhantomData;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// The profile's file, as containers/common's `seccomp.Seccomp` lays it out.
#[derive(Debug, Default)]
pub(super) struct Profile<'a> {
    pub(super) default_action: Text<'a>,
    pub(super) default_errno: Text<'a>,
    pub(super) default_errno_ret: Option<u32>,
    pub(super) architectures: Vec<Text<'a>>,
    pub(super) arch_map: Vec<Object<ArchMap<'a>>>,
    /// `None` is a `null` in the list, which is no rule at all.
    pub(super) syscalls: Vec<Option<Object<Rule<'a>>>>,
    pub(super) flags: Vec<Text<'a>>,
    pub(super) listener_path: Text<'a>,
    pub(super) listener_metadata: Text<'a>,
}

/// An architecture, and those that come with it.
#[derive(Debug, Default)]
pub(super) struct ArchMap<'a> {
    pub(super) architecture: Text<'a>,
    pub(super) sub_architectures: Vec<Text<'a>>,
}

/// One rule.
#[derive(Debug, Default)]
pub(super) struct Rule<'a> {
    pub(super) name: Text<'a>,
    pub(super) names: Vec<Text<'a>>,
    pub(super) action: Text<'a>,
    pub(super) args: Vec<Option<Object<Arg<'a>>>>,
    pub(super) includes: Object<Filter<'a>>,
    pub(super) excludes: Object<Filter<'a>>,
    pub(super) errno: Text<'a>,
    pub(super) errno_ret: Option<u32>,
}

/// A condition on an argument of a system call.
#[derive(Debug, Default)]
pub(super) struct Arg<'a> {
    pub(super) index: u32,
    pub(super) value: u64,
    pub(super) value_two: u64,
    pub(super) op: Text<'a>,
}

/// When a rule is of account.
#[derive(Debug, Default)]
pub(super) struct Filter<'a> {
    pub(super) caps: Vec<Text<'a>>,
    pub(super) arches: Vec<Text<'a>>,
}

/// A text, borrowed where it has no escapes; `null` is empty.
#[derive(Debug, Default, Serialize)]
#[serde(transparent)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// An object whose fields are found by [`Fields::take`]; `null` is an empty one.
#[derive(Debug, Default)]
pub(super) struct Object<T>(pub(super) T);

/// What can be read from an object, field by field.
trait Fields<'de>: Default {
    /// Takes the value that belongs to `key`, and says whether it knows the key.
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

/// Writes [`Fields::take`] from the names of keys, the fields they belong to and the functions that read them.
macro_rules! fields {
    ($kind:ident { $($key:literal => $field:ident by $read:ident),+ $(,)? }) => {
        impl<'de> Fields<'de> for $kind<'de> {
            fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
                $(if key.eq_ignore_ascii_case($key) {
                    self.$field = $read(map)?;
                    return Ok(true);
                })+
                Ok(false)
            }
        }
    };
}

fields!(Profile {
    "defaultAction" => default_action by value,
    "defaultErrno" => default_errno by value,
    "defaultErrnoRet" => default_errno_ret by value,
    "architectures" => architectures by value_or_default,
    "archMap" => arch_map by value_or_default,
    "syscalls" => syscalls by value_or_default,
    "flags" => flags by value_or_default,
    "listenerPath" => listener_path by value,
    "listenerMetadata" => listener_metadata by value,
});
fields!(ArchMap {
    "architecture" => architecture by value,
    "subArchitectures" => sub_architectures by value_or_default,
});
fields!(Rule {
    "names" => names by value_or_default,
    "name" => name by value,
    "action" => action by value,
    "args" => args by value_or_default,
    "includes" => includes by value,
    "excludes" => excludes by value,
    "errno" => errno by value,
    "errnoRet" => errno_ret by value,
});
fields!(Arg {
    "index" => index by value_or_default,
    "value" => value by value_or_default,
    "valueTwo" => value_two by value_or_default,
    "op" => op by value,
});
fields!(Filter {
    "caps" => caps by value_or_default,
    "arches" => arches by value_or_default,
});

/// Reads a value that knows itself what `null` is.
fn value<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    map.next_value()
}

/// Reads a value of which `null` is the default.
fn value_or_default<'de, T: Deserialize<'de> + Default, A: MapAccess<'de>>(
    map: &mut A,
) -> Result<T, A::Error> {
    Ok(map.next_value::<Option<T>>()?.unwrap_or_default())
}

impl<'de, T: Fields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Object(T::default()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut object = T::default();
        while let Some(Text(key)) = map.next_key()? {
            if !object.take(&key, &mut map)? {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Object(object))
    }
}

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.into())))
    }
}
