//! Says what is wrong with a text that is no JSON, in the words of Go's `encoding/json`.

use crate::quote::Quoted;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// What a scan ends with where it does not get through: the byte that it cannot take, and where; or the end of the text.
type Stop = Option<(u8, &'static str)>;

/// The first fault of a text's syntax; `None` where it is JSON.
///
/// Source: Go `encoding/json/scanner.go`.
pub(super) fn fault(text: &str) -> Option<String> {
    let mut rest = Scan { bytes: text.as_bytes() };
    match rest.whole() {
        Ok(()) => None,
        Err(None) => Some("unexpected end of JSON input".to_owned()),
        Err(Some((byte, place))) => Some(format!("invalid character {} {place}", character(byte))),
    }
}

/// A byte as Go writes it between single quotes: as the character of that number.
fn character(byte: u8) -> String {
    match byte {
        b'\'' => "'\\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        other => {
            let quoted = Quoted(&char::from(other).to_string()).to_string();
            let inside = quoted.strip_prefix('"').and_then(|q| q.strip_suffix('"'));
            format!("'{}'", inside.unwrap_or(&quoted))
        }
    }
}

/// What is left of a text.
struct Scan<'a> {
    bytes: &'a [u8],
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|c| matches!(c, b' ' | b'\t' | b'\r' | b'\n')) {
            self.next();
        }
    }

    /// The next byte that is no blank.
    fn solid(&mut self) -> Result<u8, Stop> {
        self.skip_blanks();
        self.next().ok_or(None)
    }

    /// A value with blanks around it, and nothing else. What is open stands on a stack of its own, as a text may be nested deeply.
    fn whole(&mut self) -> Result<(), Stop> {
        let mut open: Vec<u8> = Vec::new();
        let mut first = self.solid()?;
        loop {
            // A value begins; an object or list that is not empty begins with another.
            match first {
                b'{' => match self.solid()? {
                    b'}' => {}
                    begin => {
                        open.push(b'{');
                        first = self.key(begin)?;
                        continue;
                    }
                },
                b'[' => match self.solid()? {
                    b']' => {}
                    begin => {
                        open.push(b'[');
                        first = begin;
                        continue;
                    }
                },
                other => self.plain(other)?,
            }
            // A value has ended, and with it perhaps what holds it.
            loop {
                let Some(holder) = open.last() else {
                    self.skip_blanks();
                    return self.next().map_or(Ok(()), |c| Err(Some((c, "after top-level value"))));
                };
                match (holder, self.solid()?) {
                    (b'{', b'}') | (b'[', b']') => {
                        open.pop();
                    }
                    (b'{', b',') => {
                        let begin = self.solid()?;
                        first = self.key(begin)?;
                        break;
                    }
                    (b'[', b',') => {
                        first = self.solid()?;
                        break;
                    }
                    (b'{', other) => return Err(Some((other, "after object key:value pair"))),
                    (_, other) => return Err(Some((other, "after array element"))),
                }
            }
        }
    }

    /// A key with its colon; gives the first byte of what follows.
    fn key(&mut self, first: u8) -> Result<u8, Stop> {
        if first != b'"' {
            return Err(Some((first, "looking for beginning of object key string")));
        }
        self.string()?;
        match self.solid()? {
            b':' => self.solid(),
            other => Err(Some((other, "after object key"))),
        }
    }

    /// A value that holds no other.
    fn plain(&mut self, first: u8) -> Result<(), Stop> {
        match first {
            b'"' => self.string(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            b'-' | b'0'..=b'9' => self.number(first),
            other => Err(Some((other, "looking for beginning of value"))),
        }
    }

    fn word(&mut self, word: &'static str) -> Result<(), Stop> {
        for expected in word.bytes().skip(1) {
            let got = self.next().ok_or(None)?;
            if got != expected {
                let place = match (word, expected) {
                    ("true", b'r') => "in literal true (expecting 'r')",
                    ("true", b'u') => "in literal true (expecting 'u')",
                    ("true", _) => "in literal true (expecting 'e')",
                    ("false", b'a') => "in literal false (expecting 'a')",
                    ("false", b'l') => "in literal false (expecting 'l')",
                    ("false", b's') => "in literal false (expecting 's')",
                    ("false", _) => "in literal false (expecting 'e')",
                    (_, b'u') => "in literal null (expecting 'u')",
                    _ => "in literal null (expecting 'l')",
                };
                return Err(Some((got, place)));
            }
        }
        Ok(())
    }

    /// What follows the first quote of a string.
    fn string(&mut self) -> Result<(), Stop> {
        loop {
            match self.next().ok_or(None)? {
                b'"' => return Ok(()),
                b'\\' => match self.next().ok_or(None)? {
                    b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => {}
                    b'u' => {
                        for _ in 0..4 {
                            let digit = self.next().ok_or(None)?;
                            if !digit.is_ascii_hexdigit() {
                                let place = "in \\u hexadecimal character escape";
                                return Err(Some((digit, place)));
                            }
                        }
                    }
                    other => return Err(Some((other, "in string escape code"))),
                },
                control @ 0..0x20 => return Err(Some((control, "in string literal"))),
                _ => {}
            }
        }
    }

    fn number(&mut self, mut first: u8) -> Result<(), Stop> {
        if first == b'-' {
            first = self.next().ok_or(None)?;
        }
        match first {
            b'0' => {}
            b'1'..=b'9' => self.digits(),
            other => return Err(Some((other, "in numeric literal"))),
        }
        if self.peek() == Some(b'.') {
            self.next();
            self.a_digit("after decimal point in numeric literal")?;
        }
        if self.peek().is_some_and(|c| matches!(c, b'e' | b'E')) {
            self.next();
            if self.peek().is_some_and(|c| matches!(c, b'+' | b'-')) {
                self.next();
            }
            self.a_digit("in exponent of numeric literal")?;
        }
        Ok(())
    }

    /// At least one digit.
    fn a_digit(&mut self, place: &'static str) -> Result<(), Stop> {
        match self.next().ok_or(None)? {
            b'0'..=b'9' => {
                self.digits();
                Ok(())
            }
            other => Err(Some((other, place))),
        }
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_told_as_go_tells_them() {
        // The first four were seen in Podman's own refusals; the others are the words of Go's scanner.
        for (text, wanted) in [
            ("{bad\n", "invalid character 'b' looking for beginning of object key string"),
            ("\n", "unexpected end of JSON input"),
            ("", "unexpected end of JSON input"),
            ("{\"defaultAction\":\"A\"} trailing\n", "invalid character 't' after top-level value"),
            ("not json", "invalid character 'o' in literal null (expecting 'u')"),
            ("this", "invalid character 'h' in literal true (expecting 'r')"),
            ("fals3", "invalid character '3' in literal false (expecting 'e')"),
            ("<x>", "invalid character '<' looking for beginning of value"),
            ("'a'", "invalid character '\\'' looking for beginning of value"),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair"),
            ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string"),
            ("[1 2]", "invalid character '2' after array element"),
            ("[1,]", "invalid character ']' looking for beginning of value"),
            ("{\"a\":", "unexpected end of JSON input"),
            ("[[{\"a\":[", "unexpected end of JSON input"),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape"),
            ("-a", "invalid character 'a' in numeric literal"),
            ("1.x", "invalid character 'x' after decimal point in numeric literal"),
            ("1e+x", "invalid character 'x' in exponent of numeric literal"),
            ("01", "invalid character '1' after top-level value"),
            ("é", "invalid character 'Ã' looking for beginning of value"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(wanted), "{text}");
        }
        for text in [
            "{}",
            " [ ] ",
            "{\"a\":[1,{\"b\":null}],\"c\":{}}",
            "-0.5e-7",
            "\"\\u00e9\\n\"",
            "true",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
