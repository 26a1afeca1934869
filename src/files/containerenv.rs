//! Writes `/run/.containerenv`, by which a process learns that it is in a container; and quotes text as Go's `%q` does.

use alloc::string::String;
use core::fmt::{self, Write as _};

/// The engine that the file names: the one whose behaviour the compiler follows.
const ENGINE: &str = "podman-4.3.1";

/// What a privileged container may read about itself.
#[derive(Clone, Copy, Debug)]
pub struct Privileged<'a> {
    /// The container's name.
    pub name: &'a str,
    /// The container's id.
    pub id: &'a str,
    /// The image's name; empty for a rootfs.
    pub image: &'a str,
    /// The image's id; empty for a rootfs.
    pub image_id: &'a str,
    /// Whether libpod counts its own process as rootless.
    pub rootless: bool,
}

/// Gives the file's text: for an unprivileged container (`None`) the flag alone, and so mostly nothing.
pub fn text(privileged: Option<&Privileged<'_>>, graph_root_mounted: bool) -> String {
    // LP-CE-01: the flag ends the file, without a newline.
    let flag = if graph_root_mounted { "graphRootMounted=1" } else { "" };
    let Some(Privileged { name, id, image, image_id, rootless }) = privileged else {
        return flag.into();
    };
    let fields = [name, id, image, image_id].iter().map(|field| field.len()).sum();
    let mut text = String::with_capacity(usize::saturating_add(fields, 100));
    for part in ["engine=\"", ENGINE, "\""] {
        text.push_str(part);
    }
    for (key, value) in [("name", name), ("id", id), ("image", image), ("imageid", image_id)] {
        text.push('\n');
        text.push_str(key);
        text.push('=');
        push_quoted(&mut text, value);
    }
    text.push_str(if *rootless { "\nrootless=1\n" } else { "\nrootless=0\n" });
    text.push_str(flag);
    text
}

/// Says whether some mount brings the storage's graph root along, going by the mounts' sources.
pub fn graph_root_mounted<'a>(
    graph_root: &str,
    sources: impl IntoIterator<Item = &'a str>,
) -> bool {
    // LP-CE-01: a bare text prefix. An empty source or `/` always matches, and `/var/lib/con` does too.
    sources.into_iter().any(|source| graph_root.starts_with(source))
}

/// Shows a text as Go's `%q` does: in double quotes, with what cannot be seen escaped.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len().saturating_add(2));
        push_quoted(&mut text, self.0);
        f.write_str(&text)
    }
}

/// Appends `value` as Go's `strconv.Quote` spells it.
pub fn push_quoted(text: &mut String, value: &str) {
    text.push('"');
    for char in value.chars() {
        let escape = match char {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{7}' => "\\a",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\u{b}' => "\\v",
            _ if is_printable(char) => {
                text.push(char);
                continue;
            }
            _ => {
                // Writing to a `String` cannot fail.
                let _ = match u32::from(char) {
                    code @ (..0x20 | 0x7f) => write!(text, "\\x{code:02x}"),
                    code @ ..0x1_0000 => write!(text, "\\u{code:04x}"),
                    code => write!(text, "\\U{code:08x}"),
                };
                continue;
            }
        };
        text.push_str(escape);
    }
    text.push('"');
}

/// Says whether Go's `unicode.IsPrint` holds: a letter, mark, number, punctuation, symbol or the ASCII space.
fn is_printable(char: char) -> bool {
    if char.is_ascii() {
        return matches!(char, ' '..='~');
    }
    // `escape_debug` escapes the same categories, and a mark that has nothing to sit on: so it gets an `a` first.
    !String::from_iter(['a', char]).escape_debug().any(|shown| shown == '\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString as _;

    #[test]
    fn a_privileged_container_reads_who_it_is() {
        let mut privileged = Privileged {
            name: "n\"q",
            id: "aaaabbbb",
            image: "docker.io/x:1",
            image_id: "abc",
            rootless: false,
        };
        assert_eq!(
            text(Some(&privileged), true),
            "engine=\"podman-4.3.1\"\nname=\"n\\\"q\"\nid=\"aaaabbbb\"\nimage=\"docker.io/x:1\"\nimageid=\"abc\"\n\
             rootless=0\ngraphRootMounted=1"
        );
        privileged.rootless = true;
        assert!(text(Some(&privileged), false).ends_with("imageid=\"abc\"\nrootless=1\n"));
    }

    #[test]
    fn an_unprivileged_container_reads_the_flag_alone() {
        assert_eq!(text(None, false), "");
        assert_eq!(text(None, true), "graphRootMounted=1");
    }

    #[test]
    fn any_source_that_the_graph_root_begins_with_counts() {
        let root = "/var/lib/containers/storage";
        for (sources, expected) in [
            (&["/"][..], true),
            (&[""], true),
            (&["proc", "/var/lib/con"], true),
            (&["/var/lib/containers/storage"], true),
            (&["/var/lib/containers/storage/overlay"], false),
            (&["proc", "tmpfs"], false),
            (&[], false),
        ] {
            assert_eq!(graph_root_mounted(root, sources.iter().copied()), expected, "{sources:?}");
        }
    }

    #[test]
    fn text_is_quoted_as_go_quotes_it() {
        for (text, expected) in [
            ("", r#""""#),
            ("plain text", r#""plain text""#),
            ("a\"b\\c'", r#""a\"b\\c'""#),
            ("\u{7}\u{8}\u{c}\n\r\t\u{b}", r#""\a\b\f\n\r\t\v""#),
            ("\0\u{1b}\u{7f}", r#""\x00\x1b\x7f""#),
            ("é日本☺", r#""é日本☺""#),
            ("e\u{301}\u{301}", "\"e\u{301}\u{301}\""),
            ("\u{301}", "\"\u{301}\""),
            (
                "\u{85}\u{a0}\u{ad}\u{200b}\u{2028}\u{feff}",
                r#""\u0085\u00a0\u00ad\u200b\u2028\ufeff""#,
            ),
            ("\u{e0001}\u{10ffff}", r#""\U000e0001\U0010ffff""#),
        ] {
            assert_eq!(Quoted(text).to_string(), expected);
        }
    }
}
