//! Expands shell-like words over an environment, and merges the result into it.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::Chars;

/// How much text the variables of one request may expand to, in bytes: the most that the kernel takes as the environment of a program.
///
/// Podman has no such limit, but an environment above it cannot be started; without one, `A=$A$A` doubles at each entry.
pub const EXPANSION_LIMIT_BYTES: usize = 6 * 1024 * 1024;

/// Why a word cannot be expanded, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ShellError {
    /// A single quote without its partner.
    #[error("unexpected end of statement while looking for matching single-quote")]
    SingleQuote,
    /// A double quote without its partner.
    #[error("unexpected end of statement while looking for matching double-quote")]
    DoubleQuote,
    /// `${NAME:-` without its `}`.
    #[error("unexpected end of statement while looking for matching }}")]
    Brace,
    /// `${NAME:` with something other than `-` or `+`.
    #[error("Unsupported modifier ({modifier}) in substitution: {word}")]
    Modifier {
        /// What was found.
        modifier: char,
        /// The whole word.
        word: String,
    },
    /// `${NAME` with something other than `}` or `:`.
    #[error("Missing ':' in substitution: {0}")]
    MissingColon(String),
    /// More than [`EXPANSION_LIMIT_BYTES`].
    #[error(
        "variables expand to more than {EXPANSION_LIMIT_BYTES} bytes, which no program can be started with"
    )]
    TooLong,
}

/// Why an entry cannot be merged, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// It cannot be expanded.
    #[error("unable to process variables for --env-merge {entry}: {source}")]
    Expand {
        /// The entry, as written.
        entry: String,
        /// Why.
        source: ShellError,
    },
    /// It names a variable and gives no value, which ends Podman's request in a crash of Go's.
    #[error("runtime error: index out of range [1] with length 1")]
    NoValue {
        /// The entry, as written.
        entry: String,
    },
}

/// A variable that an entry changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its new value.
    pub value: String,
}

/// Expands the words of one request, and counts what they expand to.
#[derive(Clone, Debug)]
pub struct Expander {
    left: usize,
}

impl Default for Expander {
    fn default() -> Self {
        Self { left: EXPANSION_LIMIT_BYTES }
    }
}

/// Merges entries in order: each sees what the earlier ones changed, and only variables that are there change.
///
/// # Errors
///
/// See [`Expander::merge`].
pub fn merge<'a>(
    entries: impl IntoIterator<Item = &'a str>,
    env: &mut BTreeMap<Cow<'a, str>, Cow<'a, str>>,
) -> Result<(), MergeError> {
    let mut expander = Expander::default();
    for entry in entries {
        let change = expander.merge(entry, |name| env.get(name).map(AsRef::as_ref))?;
        if let Some(Change { name, value }) = change {
            env.insert(Cow::Owned(name), Cow::Owned(value));
        }
    }
    Ok(())
}

impl Expander {
    /// Gives the variable that an entry changes: `None` where it names one that is not there.
    ///
    /// # Errors
    ///
    /// [`MergeError`]: the entry cannot be expanded, or names a variable and gives no value.
    pub fn merge<'e>(
        &mut self,
        entry: &str,
        lookup: impl Fn(&str) -> Option<&'e str>,
    ) -> Result<Option<Change>, MergeError> {
        // SG-ENV-05: the name is taken from the expanded text, and the value ends at a second `=`.
        let expanded = self
            .expand(entry, &lookup)
            .map_err(|source| MergeError::Expand { entry: entry.into(), source })?;
        let mut parts = expanded.split('=');
        let name = parts.next().unwrap_or_default();
        if lookup(name).is_none() {
            return Ok(None);
        }
        match parts.next() {
            Some(value) => Ok(Some(Change { name: name.into(), value: value.into() })),
            None => Err(MergeError::NoValue { entry: entry.into() }),
        }
    }

    /// Expands quotes, escapes, `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}`; a variable that is not there is empty.
    ///
    /// # Errors
    ///
    /// [`ShellError`], the first from the left.
    ///
    /// Source: `openshift/imagebuilder` `shell_parser.go`, `ProcessWord`.
    pub fn expand<'e>(
        &mut self,
        word: &str,
        lookup: impl Fn(&str) -> Option<&'e str>,
    ) -> Result<String, ShellError> {
        // A byte order mark at the start is no part of the text.
        let text = word.strip_prefix('\u{feff}').unwrap_or(word);
        let mut walk = Walk {
            word,
            rest: text.chars(),
            out: String::with_capacity(text.len()),
            open: Vec::new(),
            left: self.left,
            lookup,
        };
        walk.run()?;
        self.left = walk.left;
        Ok(walk.out)
    }
}

/// What was opened and is not closed yet.
#[derive(Clone, Copy, Debug)]
enum Open<'w> {
    /// A double quote.
    Quote,
    /// `${NAME:` and a modifier; `start` is where the word after it begins in the output.
    Brace { name: &'w str, modifier: char, start: usize },
}

/// A word half expanded. What is open is kept in a list, not on the stack, so that no depth of braces can exhaust it.
struct Walk<'w, L> {
    word: &'w str,
    rest: Chars<'w>,
    out: String,
    open: Vec<Open<'w>>,
    left: usize,
    lookup: L,
}

impl<'w, 'e, L: Fn(&str) -> Option<&'e str>> Walk<'w, L> {
    fn run(&mut self) -> Result<(), ShellError> {
        loop {
            let open = self.open.last().copied();
            let Some(letter) = self.rest.next() else {
                return match open {
                    None => Ok(()),
                    Some(Open::Quote) => Err(ShellError::DoubleQuote),
                    Some(Open::Brace { .. }) => Err(ShellError::Brace),
                };
            };
            match (letter, open) {
                ('$', _) => self.dollar()?,
                ('"', Some(Open::Quote)) => {
                    self.open.pop();
                }
                ('\\', Some(Open::Quote)) => {
                    // Only these three are escaped within double quotes; before others the `\` stays.
                    let escaped = self.next_if(|next| matches!(next, '"' | '$' | '\\'));
                    self.out.push(escaped.unwrap_or('\\'));
                }
                (_, Some(Open::Quote)) => self.out.push(letter),
                ('}', Some(Open::Brace { name, modifier, start })) => {
                    self.open.pop();
                    self.close(name, modifier, start)?;
                }
                ('\'', _) => self.single_quote()?,
                ('"', _) => self.open.push(Open::Quote),
                // At the end of the text a `\` is dropped.
                ('\\', _) => self.out.extend(self.rest.next()),
                _ => self.out.push(letter),
            }
        }
    }

    /// Takes all up to the next single quote as it is.
    fn single_quote(&mut self) -> Result<(), ShellError> {
        let (quoted, after) = self.rest.as_str().split_once('\'').ok_or(ShellError::SingleQuote)?;
        self.out.push_str(quoted);
        self.rest = after.chars();
        Ok(())
    }

    /// Reads what follows a `$`.
    fn dollar(&mut self) -> Result<(), ShellError> {
        if self.next_if(|next| next == '{').is_none() {
            let name = self.name();
            if name.is_empty() {
                self.out.push('$');
                return Ok(());
            }
            return self.value_of(name);
        }
        let name = self.name();
        match self.rest.next() {
            Some('}') => self.value_of(name),
            Some(':') => {
                let modifier = self.rest.next().ok_or(ShellError::Brace)?;
                self.open.push(Open::Brace { name, modifier, start: self.out.len() });
                Ok(())
            }
            _ => Err(ShellError::MissingColon(self.word.into())),
        }
    }

    /// Decides between the variable and the word after the modifier, which stands at the end of the output.
    fn close(&mut self, name: &str, modifier: char, start: usize) -> Result<(), ShellError> {
        let set = (self.lookup)(name).is_some_and(|value| !value.is_empty());
        match modifier {
            '+' if set => Ok(()),
            '-' if !set => Ok(()),
            '+' => {
                self.out.truncate(start);
                Ok(())
            }
            '-' => {
                self.out.truncate(start);
                self.value_of(name)
            }
            _ => Err(ShellError::Modifier { modifier, word: self.word.into() }),
        }
    }

    /// Writes a variable's value.
    fn value_of(&mut self, name: &str) -> Result<(), ShellError> {
        let value = (self.lookup)(name).unwrap_or_default();
        self.left = self.left.checked_sub(value.len()).ok_or(ShellError::TooLong)?;
        self.out.push_str(value);
        Ok(())
    }

    /// Reads a name: letters, digits and `_`; where it starts with a digit, that digit alone.
    ///
    /// Digits of other scripts than Latin end a name here, and do not in Go.
    fn name(&mut self) -> &'w str {
        let text = self.rest.as_str();
        let end = if text.starts_with(|first: char| first.is_ascii_digit()) {
            1
        } else {
            text.find(|letter: char| {
                letter != '_' && !letter.is_ascii_digit() && !letter.is_alphabetic()
            })
            .unwrap_or(text.len())
        };
        let (name, after) = text.split_at_checked(end).unwrap_or((text, ""));
        self.rest = after.chars();
        name
    }

    /// Takes the next letter if it is wanted.
    fn next_if(&mut self, wanted: impl Fn(char) -> bool) -> Option<char> {
        let mut ahead = self.rest.clone();
        let next = ahead.next().filter(|&next| wanted(next));
        if next.is_some() {
            self.rest = ahead;
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn expand(word: &str) -> Result<String, String> {
        let lookup = |name: &str| match name {
            "FOO" => Some("img"),
            "EMPTY" => Some(""),
            "1" => Some("one"),
            "SP" => Some("a 'b' $FOO"),
            "\u{e9}t\u{e9}" => Some("summer"),
            _ => None,
        };
        Expander::default().expand(word, lookup).map_err(|error| error.to_string())
    }

    #[test]
    fn words_are_expanded() {
        let table = [
            ("", ""),
            ("plain text", "plain text"),
            ("$FOO", "img"),
            ("a${FOO}b$FOO-c", "aimgbimg-c"),
            ("$NOPE|${NOPE}|$EMPTY", "||"),
            ("$", "$"),
            ("$$FOO a$-", "$img a$-"),
            ("$1x $12", "onex one2"),
            ("$\u{e9}t\u{e9}!", "summer!"),
            // Values are not expanded again.
            ("$SP", "a 'b' $FOO"),
            // Quotes.
            ("'$FOO \\ \"'", "$FOO \\ \""),
            ("\"$FOO '${FOO}'\"", "img 'img'"),
            ("a'b'\"c\"d", "abcd"),
            ("\"\\$FOO \\\" \\\\ \\x\"", "$FOO \" \\ \\x"),
            // Escapes outside of quotes take the next letter, whatever it is.
            ("\\$FOO \\x \\\\ \\'", "$FOO x \\ '"),
            ("end\\", "end"),
            // Modifiers.
            ("${FOO:-w}", "img"),
            ("${NOPE:-w}", "w"),
            ("${EMPTY:-w}", "w"),
            ("${FOO:+w}", "w"),
            ("${NOPE:+w}|${EMPTY:+w}", "|"),
            ("${NOPE:-a b'}'\"}\"\\}c}", "a b}}}c"),
            ("${NOPE:-${FOO:+x${NOPE:-y}}z}", "xyz"),
            ("\"${NOPE:-\"q $FOO\"}\"", "q img"),
            ("${FOO:+}", ""),
            ("${}", ""),
            // A brace that closes nothing is text.
            ("a}b{", "a}b{"),
            ("\u{feff}x\u{feff}", "x\u{feff}"),
        ];
        for (word, wanted) in table {
            assert_eq!(expand(word).as_deref(), Ok(wanted), "{word}");
        }
    }

    #[test]
    fn refusals_read_as_podmans() {
        let end = "unexpected end of statement while looking for matching";
        let table = [
            ("'a", std::format!("{end} single-quote")),
            ("\"a", std::format!("{end} double-quote")),
            ("\"a\\", std::format!("{end} double-quote")),
            ("\"${FOO:-x}", std::format!("{end} double-quote")),
            ("${FOO:-x", std::format!("{end} }}")),
            ("${FOO:-x\\", std::format!("{end} }}")),
            ("${FOO:", std::format!("{end} }}")),
            ("${FOO:}", std::format!("{end} }}")),
            ("${FOO:?x}", "Unsupported modifier (?) in substitution: ${FOO:?x}".to_string()),
            ("a${FOO:}b}", "Unsupported modifier (}) in substitution: a${FOO:}b}".to_string()),
            ("${FOO", "Missing ':' in substitution: ${FOO".to_string()),
            ("${FOO#x}", "Missing ':' in substitution: ${FOO#x}".to_string()),
            ("${12}", "Missing ':' in substitution: ${12}".to_string()),
            ("${FOO-x}", "Missing ':' in substitution: ${FOO-x}".to_string()),
        ];
        for (word, wanted) in table {
            assert_eq!(expand(word), Err(wanted), "{word}");
        }
    }

    fn merged(entries: &[&str]) -> Result<String, String> {
        let mut env: BTreeMap<Cow<'_, str>, Cow<'_, str>> =
            [("FOO", "img"), ("PATH", "/img:/bin"), ("E", "")]
                .map(|(name, value)| (name.into(), value.into()))
                .into();
        merge(entries.iter().copied(), &mut env).map_err(|error| error.to_string())?;
        Ok(env
            .iter()
            .map(|(name, value)| std::format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" "))
    }

    #[test]
    fn entries_are_merged() {
        let table: [(&[&str], &str); 7] = [
            // E-59
            (&["FOO=${FOO}-x", "NEW=$FOO", "PATH=/z:$PATH"], "E= FOO=img-x PATH=/z:/img:/bin"),
            // An earlier entry is seen.
            (&["FOO=1", "E=$FOO$FOO"], "E=11 FOO=1 PATH=/img:/bin"),
            // what follows a second `=` is lost.
            (&["FOO=a=b=c", "E='x=y'"], "E=x FOO=a PATH=/img:/bin"),
            // The name comes out of the expansion too.
            (&["${NOPE:-FOO}=n", "$FOO=m"], "E= FOO=n PATH=/img:/bin"),
            (&["nothing", "", "=x"], "E= FOO=img PATH=/img:/bin"),
            (&["FOO="], "E= FOO= PATH=/img:/bin"),
            (&[], "E= FOO=img PATH=/img:/bin"),
        ];
        for (entries, wanted) in table {
            assert_eq!(merged(entries).as_deref(), Ok(wanted), "{entries:?}");
        }
    }

    #[test]
    fn bad_entries_are_refused() {
        assert_eq!(
            merged(&["FOO"]),
            Err("runtime error: index out of range [1] with length 1".into())
        );
        assert_eq!(
            merged(&["FOO='x"]),
            Err("unable to process variables for --env-merge FOO='x: unexpected end of statement while looking for matching single-quote".into())
        );
    }

    #[test]
    fn neither_depth_nor_doubling_can_exhaust() {
        let deep = [&"${NOPE:-".repeat(200_000), "x", &"}".repeat(200_000)].concat();
        assert_eq!(expand(&deep).as_deref(), Ok("x"));
        let doubling = std::vec!["FOO=$FOO$FOO"; 100];
        assert!(
            merged(&doubling).unwrap_err().ends_with("bytes, which no program can be started with")
        );
    }
}
