//! Reads entries of environment lists: set, or taken from the engine's own environment.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::ops::Bound;

use crate::quote::Quoted;

/// What an entry asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Entry<'a> {
    /// `NAME=VALUE`
    Set {
        /// The name.
        name: &'a str,
        /// The value, as written.
        value: &'a str,
    },
    /// `NAME`: the engine's value, if it has one.
    Inherit(&'a str),
    /// `PREFIX*`: every variable of the engine that starts so.
    InheritPrefix(&'a str),
}

/// An entry without a name, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("invalid environment variable: {}", Quoted(.0))]
pub struct EnvError(pub String);

/// Reads one entry.
///
/// # Errors
///
/// [`EnvError`] where nothing stands before the `=`, or where the entry is empty.
///
/// Source: Podman `pkg/env/env.go`, `parseEnv`.
pub fn parse(entry: &str) -> Result<Entry<'_>, EnvError> {
    // SG-ENV-02: the name is looked at before its blanks are taken off, so that a blank name passes.
    let (name, value) = match entry.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (entry, None),
    };
    if name.is_empty() {
        return Err(EnvError(entry.into()));
    }
    let name = name.trim_start_matches([' ', '\t']);
    Ok(match (value, name.strip_suffix('*')) {
        (Some(value), _) => Entry::Set { name, value },
        (None, Some(prefix)) => Entry::InheritPrefix(prefix),
        (None, None) => Entry::Inherit(name),
    })
}

/// Reads entries in order, the later winning, over the engine's own environment.
///
/// # Errors
///
/// See [`parse`].
///
/// # Examples
///
/// ```
/// use ocify::parts::env::parse::read;
/// use std::collections::BTreeMap;
///
/// let engine = BTreeMap::from([("LANG".to_owned(), "C.UTF-8".to_owned())]);
/// let env = read(["A=1", "A=2", "LANG"], &engine)?;
/// assert_eq!((env["A"], env["LANG"]), ("2", "C.UTF-8"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read<'a>(
    entries: impl IntoIterator<Item = &'a str>,
    engine: &'a BTreeMap<String, String>,
) -> Result<BTreeMap<&'a str, &'a str>, EnvError> {
    let mut env = BTreeMap::new();
    for entry in entries {
        match parse(entry)? {
            Entry::Set { name, value } => {
                env.insert(name, value);
            }
            Entry::Inherit(name) => {
                env.extend(engine.get(name).map(|value| (name, value.as_str())));
            }
            Entry::InheritPrefix(prefix) => env.extend(starting_with(prefix, engine)),
        }
    }
    Ok(env)
}

/// Gives the variables whose names start with `prefix`, sorted.
pub fn starting_with<'a>(
    prefix: &str,
    engine: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let from = engine.range::<str, _>((Bound::Included(prefix), Bound::Unbounded));
    from.take_while(move |(name, _)| name.starts_with(prefix))
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    /// Entries, and the variables that come of them.
    type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

    fn engine() -> BTreeMap<String, String> {
        [("HOME", "/root"), ("HTTP_PROXY", "p"), ("HTTPS_PROXY", "s"), ("HU", ""), ("PATH", "/bin")]
            .map(|(name, value)| (name.into(), value.into()))
            .into()
    }

    #[test]
    fn entries_are_read() {
        let table: [Case<'_>; 10] = [
            (&[], &[]),
            (&["A=1", "B=", "A=2"], &[("A", "2"), ("B", "")]),
            (&["A=b=c"], &[("A", "b=c")]),
            (&["  \tA=1 "], &[("A", "1 ")]),
            (&[" =x"], &[("", "x")]),
            (&["HOME", "HU", "NOPE", " "], &[("HOME", "/root"), ("HU", "")]),
            (&["HTTP*"], &[("HTTPS_PROXY", "s"), ("HTTP_PROXY", "p")]),
            (&["HTTP*=v"], &[("HTTP*", "v")]),
            (&["HTTP**", "Z*"], &[]),
            (
                &["PATH=/x", "*", "HU=1"],
                &[
                    ("HOME", "/root"),
                    ("HTTPS_PROXY", "s"),
                    ("HTTP_PROXY", "p"),
                    ("HU", "1"),
                    ("PATH", "/bin"),
                ],
            ),
        ];
        let engine = engine();
        for (entries, wanted) in table {
            let env = read(entries.iter().copied(), &engine).unwrap();
            assert_eq!(env.into_iter().collect::<Vec<_>>(), wanted, "{entries:?}");
        }
    }

    #[test]
    fn an_entry_needs_a_name() {
        for entry in ["", "=", "=A"] {
            let wanted = std::format!("invalid environment variable: \"{entry}\"");
            assert_eq!(read(["A=1", entry], &engine()).unwrap_err().to_string(), wanted);
        }
    }
}
