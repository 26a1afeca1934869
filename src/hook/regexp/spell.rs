//! Spells a Go pattern for the `regex` crate.

use super::SyntaxError;
use alloc::format;
use alloc::string::{String, ToString as _};
use core::fmt::Write as _;
use core::iter::Peekable;
use core::str::Chars;

/// How often a part may be repeated at most.
const MAX_REPEAT: u32 = 1000;

/// The classes that have a name inside of a class, as in `[[:alpha:]]`.
const NAMED_CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Spells a pattern anew.
///
/// # Errors
///
/// [`SyntaxError`] for what Go refuses and the crate would not.
pub(super) fn spell(pattern: &str) -> Result<String, SyntaxError> {
    Speller::new(pattern).spell()
}

/// A pattern on its way: what is still to be read, and what is spelled.
struct Speller<'p> {
    chars: Peekable<Chars<'p>>,
    out: String,
}

fn refused<T>(words: impl Into<String>) -> Result<T, SyntaxError> {
    Err(SyntaxError(words.into()))
}

impl<'p> Speller<'p> {
    fn new(pattern: &'p str) -> Self {
        Speller { chars: pattern.chars().peekable(), out: String::with_capacity(pattern.len()) }
    }

    fn spell(mut self) -> Result<String, SyntaxError> {
        // Whether what stands before is a repetition, which Go does not let be repeated.
        let mut repeated = false;
        while let Some(char) = self.chars.next() {
            let repeats = match char {
                '*' | '+' | '?' => {
                    self.out.push(char);
                    true
                }
                '{' => self.braces()?,
                _ => false,
            };
            if repeats {
                if repeated {
                    return refused("invalid nested repetition operator");
                }
                if self.chars.next_if_eq(&'?').is_some() {
                    self.out.push('?');
                }
                repeated = true;
                continue;
            }
            repeated = false;
            match char {
                '{' => self.literal('{'),
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.open()?,
                _ => self.out.push(char),
            }
        }
        Ok(self.out)
    }

    /// A letter that stands for itself.
    fn literal(&mut self, char: char) {
        // Writing to a `String` cannot fail.
        let _ = write!(self.out, "\\x{{{:x}}}", u32::from(char));
    }

    /// What follows a brace: a repetition, or nothing that Go takes for one.
    fn braces(&mut self) -> Result<bool, SyntaxError> {
        let mut ahead = self.chars.clone();
        let mut inside = String::new();
        let closed = loop {
            match ahead.next() {
                Some('}') => break true,
                Some(char) if char.is_ascii_digit() || char == ',' => inside.push(char),
                _ => break false,
            }
        };
        let (least, most) = inside.split_once(',').map_or((&*inside, None), |(a, b)| (a, Some(b)));
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !closed || least.is_empty() || !most.is_none_or(is_number) {
            return Ok(false);
        }
        let fits = |text: &str| text.parse::<u32>().is_ok_and(|count| count <= MAX_REPEAT);
        if !fits(least) || most.is_some_and(|most| !most.is_empty() && !fits(most)) {
            return refused(format!("invalid repeat count: `{{{inside}}}`"));
        }
        self.out.push('{');
        self.out.push_str(&inside);
        self.out.push('}');
        self.chars = ahead;
        Ok(true)
    }

    /// What follows a parenthesis: a group, with a name or flags.
    fn open(&mut self) -> Result<(), SyntaxError> {
        self.out.push('(');
        if self.chars.next_if_eq(&'?').is_none() {
            return Ok(());
        }
        self.out.push('?');
        if self.chars.peek() == Some(&'P') {
            return Ok(());
        }
        for char in self.chars.by_ref() {
            match char {
                'i' | 'm' | 's' | 'U' | '-' => self.out.push(char),
                ':' | ')' => {
                    self.out.push(char);
                    return Ok(());
                }
                _ => break,
            }
        }
        refused("invalid or unsupported Perl syntax")
    }

    /// What follows a backslash outside of a class.
    fn escape(&mut self) -> Result<(), SyntaxError> {
        match self.chars.next() {
            None => refused("trailing backslash at end of expression"),
            Some('Q') => {
                self.quoted();
                Ok(())
            }
            Some('b') => {
                self.out.push_str("(?-u:\\b)");
                Ok(())
            }
            // No two letters of ASCII, or none at all, have a border between them.
            Some('B') => {
                self.out.push_str("(?-u:\\B)");
                Ok(())
            }
            Some(anchor @ ('A' | 'z')) => {
                self.out.push('\\');
                self.out.push(anchor);
                Ok(())
            }
            Some(char) => match self.set(char)? {
                Some(set) => {
                    self.out.push_str(&set);
                    Ok(())
                }
                None => self.escaped(char).map(|char| self.literal(char)),
            },
        }
    }

    /// `\Q...\E`: everything stands for itself.
    fn quoted(&mut self) {
        while let Some(char) = self.chars.next() {
            if char == '\\' && self.chars.next_if_eq(&'E').is_some() {
                return;
            }
            self.literal(char);
        }
    }

    /// A class of letters behind a backslash, which may stand in a class as well; `None` where it is none.
    fn set(&mut self, char: char) -> Result<Option<String>, SyntaxError> {
        let set = match char {
            'd' => "[0-9]",
            'D' => "[^0-9]",
            's' => "[\\t\\n\\f\\r ]",
            'S' => "[^\\t\\n\\f\\r ]",
            'w' => "[0-9A-Za-z_]",
            'W' => "[^0-9A-Za-z_]",
            'p' | 'P' => return self.unicode(char == 'P').map(Some),
            _ => return Ok(None),
        };
        Ok(Some(set.into()))
    }

    /// `\pN`, `\p{Name}` and `\p{^Name}`.
    fn unicode(&mut self, negated: bool) -> Result<String, SyntaxError> {
        let name: String = match self.chars.next() {
            Some('{') => self.chars.by_ref().take_while(|char| *char != '}').collect(),
            Some(letter) => letter.to_string(),
            None => return refused("invalid character class range: `\\p`"),
        };
        let (negated, name) = match name.strip_prefix('^') {
            Some(name) => (!negated, name),
            None => (negated, &*name),
        };
        if name == "Any" {
            return Ok(
                if negated { "[^\\x{0}-\\x{10FFFF}]" } else { "[\\x{0}-\\x{10FFFF}]" }.into()
            );
        }
        // Go's names are those of categories and scripts, as they are spelled there.
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return refused(format!("invalid character class range: `\\p{{{name}}}`"));
        }
        Ok(format!("\\{}{{{name}}}", if negated { 'P' } else { 'p' }))
    }

    /// A single letter behind a backslash.
    fn escaped(&mut self, char: char) -> Result<char, SyntaxError> {
        let octal = |char: &char| matches!(char, '0'..='7');
        let code = match char {
            'a' => 7,
            'f' => 12,
            't' => 9,
            'n' => 10,
            'r' => 13,
            'v' => 11,
            // A single digit but 0 would be a reference to a group, which there are none of.
            '1'..='7' if !self.chars.peek().is_some_and(octal) => {
                return refused(format!("invalid escape sequence: `\\{char}`"));
            }
            '0'..='7' => {
                let mut digits = String::from(char);
                while digits.len() < 3
                    && let Some(digit) = self.chars.next_if(octal)
                {
                    digits.push(digit);
                }
                u32::from_str_radix(&digits, 8).unwrap_or_default()
            }
            'x' => return self.hexadecimal(),
            char if char.is_ascii() && !char.is_ascii_alphanumeric() => return Ok(char),
            char => return refused(format!("invalid escape sequence: `\\{char}`")),
        };
        char::from_u32(code).map_or_else(|| refused("invalid escape sequence"), Ok)
    }

    /// `\x7F` and `\x{10FFFF}`.
    fn hexadecimal(&mut self) -> Result<char, SyntaxError> {
        let digits: String = if self.chars.next_if_eq(&'{').is_some() {
            self.chars.by_ref().take_while(|char| *char != '}').collect()
        } else {
            self.chars.by_ref().take(2).collect::<String>()
        };
        let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let code = if is_hex { u32::from_str_radix(&digits, 16).ok() } else { None };
        code.and_then(char::from_u32).map_or_else(|| refused("invalid escape sequence"), Ok)
    }

    /// What follows a bracket: a class, up to its end.
    fn class(&mut self) -> Result<(), SyntaxError> {
        self.out.push('[');
        if self.chars.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut first = true;
        loop {
            let Some(char) = self.chars.next() else { return refused("missing closing ]") };
            match char {
                ']' if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if self.named_class()? => {}
                _ => self.range(char)?,
            }
            first = false;
        }
    }

    /// `[:alpha:]` inside of a class.
    fn named_class(&mut self) -> Result<bool, SyntaxError> {
        if self.chars.peek() != Some(&':') {
            return Ok(false);
        }
        let mut ahead = self.chars.clone();
        ahead.next();
        let mut name = String::new();
        loop {
            match ahead.next() {
                Some(':') if ahead.peek() == Some(&']') => break,
                Some(char) => name.push(char),
                // Without an end it is but a bracket.
                None => return Ok(false),
            }
        }
        ahead.next();
        if !NAMED_CLASSES.contains(&name.strip_prefix('^').unwrap_or(&name)) {
            return refused(format!("invalid character class range: `[:{name}:]`"));
        }
        // Writing to a `String` cannot fail.
        let _ = write!(self.out, "[:{name}:]");
        self.chars = ahead;
        Ok(true)
    }

    /// A letter, a range of letters or a set, inside of a class.
    fn range(&mut self, char: char) -> Result<(), SyntaxError> {
        let low = match char {
            '\\' => {
                let Some(char) = self.chars.next() else {
                    return refused("trailing backslash at end of expression");
                };
                if let Some(set) = self.set(char)? {
                    self.out.push_str(&set);
                    return Ok(());
                }
                self.escaped(char)?
            }
            char => char,
        };
        self.literal(low);
        let mut ahead = self.chars.clone();
        if ahead.next() != Some('-') || matches!(ahead.peek(), Some(']') | None) {
            return Ok(());
        }
        self.chars = ahead;
        let high = match self.chars.next() {
            Some('\\') => match self.chars.next() {
                Some(char) => self.escaped(char)?,
                None => return refused("trailing backslash at end of expression"),
            },
            Some(char) => char,
            None => return refused("missing closing ]"),
        };
        if high < low {
            return refused(format!("invalid character class range: `{low}-{high}`"));
        }
        self.out.push('-');
        self.literal(high);
        Ok(())
    }
}
