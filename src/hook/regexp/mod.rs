//! Matches regular expressions as Go's `regexp` package reads them.
//!
//! The two languages differ in a few spellings. A pattern is spelled anew for the `regex` crate: classes of letters are ASCII's, what Go takes
//! literally is escaped, and what only the crate knows is refused.

mod spell;

use alloc::string::{String, ToString as _};
use spell::spell;

/// A regular expression, which matches anywhere in a text unless it says otherwise.
#[derive(Clone, Debug)]
pub struct Regexp(Kind);

#[derive(Clone, Debug)]
enum Kind {
    /// Text without anything special but the two anchors.
    Plain {
        text: String,
        at_start: bool,
        at_end: bool,
    },
    Full(regex::Regex),
}

/// A pattern that is no regular expression of Go's.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("error parsing regexp: {0}")]
pub struct SyntaxError(pub String);

impl Regexp {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// [`SyntaxError`]; which patterns are refused is Go's decision, the words are not.
    pub fn new(pattern: &str) -> Result<Self, SyntaxError> {
        if let Some(plain) = plain(pattern) {
            return Ok(Regexp(plain));
        }
        let spelled = spell(pattern)?;
        // The crate's words quote the whole pattern over several lines; the last line says what is wrong.
        let words = |error: regex::Error| {
            let text = error.to_string();
            SyntaxError(
                text.lines().last().unwrap_or_default().trim_start_matches("error: ").into(),
            )
        };
        regex::Regex::new(&spelled).map(|regex| Regexp(Kind::Full(regex))).map_err(words)
    }

    /// Says whether the expression matches somewhere in a text.
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Kind::Plain { text: plain, at_start: true, at_end: true } => text == plain,
            Kind::Plain { text: plain, at_start: true, at_end: false } => text.starts_with(plain),
            Kind::Plain { text: plain, at_start: false, at_end: true } => text.ends_with(plain),
            Kind::Plain { text: plain, at_start: false, at_end: false } => text.contains(plain),
            Kind::Full(regex) => regex.is_match(text),
        }
    }
}

/// Reads a pattern that is plain text, which most are: no engine is needed for it.
fn plain(pattern: &str) -> Option<Kind> {
    let inside = pattern.strip_prefix('^').unwrap_or(pattern);
    let at_start = inside.len() < pattern.len();
    let mut text = String::with_capacity(inside.len());
    let mut chars = inside.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next()? {
                escaped if escaped.is_ascii_punctuation() => text.push(escaped),
                _ => return None,
            },
            '$' if chars.as_str().is_empty() => {
                return Some(Kind::Plain { text, at_start, at_end: true });
            }
            '.' | '+' | '*' | '?' | '(' | ')' | '[' | '{' | '|' | '^' | '$' => return None,
            _ => text.push(char),
        }
    }
    Some(Kind::Plain { text, at_start, at_end: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, text, expected) in [
            ("", "anything", true),
            ("sleep", "/bin/sleep", true),
            ("^sleep", "/bin/sleep", false),
            (".*/sleep$", "/bin/sleep", true),
            ("^oracle\\.hook$", "oracle.hook", true),
            ("^oracle\\.hook$", "oraclexhook", false),
            ("^ye.*", "yes", true),
            ("a|b", "xb", true),
            // A price is no anchor.
            ("\\$5$", "it is $5", true),
            // ASCII classes.
            ("^\\w+$", "caf\u{e9}", false),
            ("^\\d$", "\u{661}", false),
            ("^[\\w-]+$", "a-b_c", true),
            ("^[^\\D]$", "7", true),
            ("\\bcat\\b", "a cat!", true),
            ("\\bcat\\b", "concat", false),
            // What is no repetition is text.
            ("^a{$", "a{", true),
            ("^a{,2}$", "a{,2}", true),
            ("^a{1,2}$", "aa", true),
            ("^a{2}$", "a", false),
            ("^\\Qa.b*\\E$", "a.b*", true),
            ("^\\Qa.b", "a.b", true),
            // Letters of classes that only the crate gives a meaning.
            ("^[a&&b]$", "&", true),
            ("^[[a]$", "[", true),
            ("^[]a]$", "]", true),
            ("^[a~~b]$", "~", true),
            ("^[a-]$", "-", true),
            ("^[+--]$", ",", true),
            ("^[[:alpha:]_]$", "q", true),
            ("^[[:^digit:]]$", "7", false),
            ("^\\101\\x42\\x{43}$", "ABC", true),
            ("^\\0$", "\0", true),
            ("\\<x\\>", "<x>", true),
            ("^.\\<x\\>", "a<x>", true),
            ("(?i)STRASSE", "stra\u{df}e", false),
            ("(?i)^k$", "\u{212a}", true),
            ("(?s)a.b", "a\nb", true),
            ("a.b", "a\nb", false),
            ("(?P<n>a)+?b", "aab", true),
            ("^\\pL+$", "caf\u{e9}", true),
            ("^\\p{Greek}$", "\u{3b1}", true),
            ("^\\p{^Greek}$", "\u{3b1}", false),
            ("^[\\p{Lu}\\d]+$", "A1", true),
        ] {
            let regexp = Regexp::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
            assert_eq!(regexp.matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn patterns_are_refused_as_in_go() {
        for pattern in [
            "(",
            ")",
            "[",
            "[z-a]",
            "a**",
            "a+*",
            "*",
            "a{1001}",
            "a{2}{3}",
            "\\",
            "\\1",
            "\\y",
            "\\Z",
            "(?x)a",
            "(?<n>a)",
            "(?=a)",
            "\\p{Nonsense}",
            "\\x{110000}",
            "\\xg",
            "[[:foo:]]",
            "[\\Qa\\E]",
            "^*",
        ] {
            // Go repeats an anchor without complaint.
            let expected = pattern != "^*";
            assert_eq!(Regexp::new(pattern).is_err(), expected, "{pattern}");
        }
    }
}
