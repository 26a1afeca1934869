//! Quotes text in messages the way Go's `%q` does, so that a refusal reads as Podman's.

use core::fmt::{self, Display, Formatter, Write};

/// Text that displays in double quotes, with what is not printable escaped.
///
/// Source: Go `strconv`, `Quote`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quoted<'a>(pub &'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for letter in self.0.chars() {
            match letter {
                '"' => f.write_str("\\\"")?,
                '\\' => f.write_str("\\\\")?,
                '\x07' => f.write_str("\\a")?,
                '\x08' => f.write_str("\\b")?,
                '\x0c' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\x0b' => f.write_str("\\v")?,
                ' '..='~' => f.write_char(letter)?,
                '\0'..='\x7f' => write!(f, "\\x{:02x}", u32::from(letter))?,
                _ if is_printable(letter) => f.write_char(letter)?,
                '\u{80}'..='\u{ffff}' => write!(f, "\\u{:04x}", u32::from(letter))?,
                _ => write!(f, "\\U{:08x}", u32::from(letter))?,
            }
        }
        f.write_char('"')
    }
}

/// Says whether a letter beyond ASCII is printed as it is; marks that combine are escaped, which Go does not do.
fn is_printable(letter: char) -> bool {
    letter.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn quotes_as_go_does() {
        let table = [
            ("", "\"\""),
            ("wat", "\"wat\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
            ("\x07\x08\x0c\r\n\t\x0b", "\"\\a\\b\\f\\r\\n\\t\\v\""),
            ("\0\x1b\x7f", "\"\\x00\\x1b\\x7f\""),
            ("\u{263a}", "\"\u{263a}\""),
            ("\u{a0}\u{feff}", "\"\\u00a0\\ufeff\""),
            ("\u{10ffff}", "\"\\U0010ffff\""),
        ];
        for (text, wanted) in table {
            assert_eq!(Quoted(text).to_string(), wanted);
        }
    }
}
