//! Reads paths as text, the way Go's `path/filepath` does: no host is asked.

pub mod secure_join;

use crate::bytes::{self, Eight};
use alloc::borrow::Cow;
use alloc::string::String;

/// Paths whose owner or label is never changed as a whole (LP-LEAF-08); the homes of those who run the engine come on top.
pub const SYSTEM: [&str; 24] = [
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/etc/passwd",
    "/etc/pki",
    "/etc/shadow",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/lib",
    "/var/log",
];

/// Gives the shortest path that means the same, by text alone: no `//`, no `.`, no `..` that can be taken back.
///
/// Borrows when `path` is already that; `""` becomes `.`, and `..` above `/` is dropped.
///
/// Source: Go `path/filepath`, `Clean`.
pub fn clean(path: &str) -> Cow<'_, str> {
    if is_plain(path) {
        return Cow::Borrowed(path);
    }
    let cleaned = rebuild(path);
    // `.` and `../a` are clean without being plain.
    if cleaned == path { Cow::Borrowed(path) } else { Cow::Owned(cleaned) }
}

/// Says whether a path is the shortest that means the same.
pub fn is_clean(path: &str) -> bool {
    matches!(clean(path), Cow::Borrowed(_))
}

/// Joins parts with `/` and cleans the result; empty parts are skipped, and nothing but empty parts gives `""`.
///
/// Source: Go `path/filepath`, `Join`.
pub fn join(parts: &[&str]) -> String {
    let mut joined = String::with_capacity(
        parts.iter().fold(0, |sum, part| part.len().saturating_add(sum).saturating_add(1)),
    );
    for part in parts.iter().filter(|part| !part.is_empty()) {
        if joined.is_empty() {
            joined.push_str(part);
        } else {
            if !joined.ends_with('/') {
                joined.push('/');
            }
            joined.push_str(part.strip_prefix('/').unwrap_or(part));
        }
    }
    if joined.is_empty() || is_plain(&joined) { joined } else { rebuild(&joined) }
}

/// Gives the cleaned path without its last element; `.` when there is nothing before it.
///
/// Source: Go `path/filepath`, `Dir`.
pub fn dir(path: &str) -> Cow<'_, str> {
    match path.rfind('/').and_then(|slash| path.split_at_checked(slash.saturating_add(1))) {
        Some((before, _)) => clean_dir(before),
        None => Cow::Borrowed("."),
    }
}

/// Gives the last element, trailing slashes aside: `.` for an empty path, `/` for nothing but slashes.
///
/// Source: Go `path`, `Base`.
pub fn base(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    match path.trim_end_matches('/').rsplit('/').next() {
        None | Some("") => "/",
        Some(last) => last,
    }
}

/// Says whether the path starts at the root.
pub fn is_abs(path: &str) -> bool {
    path.starts_with('/')
}

/// Gives the number of `/` in the cleaned destination, by which mounts are sorted.
///
/// `/` and `/a` both count 1, `/a/b` 2, a bare name 0.
pub fn depth(destination: &str) -> usize {
    // LP-SORT-01: the count is of slashes, not of elements, so that `/` stands beside `/a`.
    bytes::count(clean(destination).as_bytes(), b'/')
}

/// Says whether `path` lies strictly below `ancestor`; both are taken as they are, so both should be clean.
pub fn is_below(path: &str, ancestor: &str) -> bool {
    match path.strip_prefix(ancestor) {
        None | Some("") => false,
        Some(rest) => ancestor.ends_with('/') || rest.starts_with('/'),
    }
}

/// Cleans the text before and with a last slash, which costs nothing where only that slash is too much.
fn clean_dir(before: &str) -> Cow<'_, str> {
    match before.strip_suffix('/') {
        Some(parent) if !parent.is_empty() => clean(parent),
        _ => clean(before),
    }
}

/// Says whether a path is clean and holds no dots-only element, in one look at its bytes.
fn is_plain(path: &str) -> bool {
    match path.as_bytes() {
        [b'/'] => true,
        [] | [.., b'/'] => false,
        bytes @ [first, ..] => {
            (*first != b'.' || !is_dots(bytes)) && !(may_be_odd(bytes) && has_odd(bytes))
        }
    }
}

/// Says whether an element after the first is empty, `.` or `..`.
fn has_odd(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let [byte, after @ ..] = rest {
        if *byte == b'/' && (after.first() == Some(&b'/') || is_dots(after)) {
            return true;
        }
        rest = after;
    }
    false
}

/// Says whether a `/` or `.` follows a `/` anywhere; without one nothing can be odd. Eight bytes are looked at in one step, and each
/// step starts with the last byte of the one before.
fn may_be_odd(bytes: &[u8]) -> bool {
    let (Some(first), Some(last)) = (bytes.first_chunk(), bytes.last_chunk()) else { return true };
    let ends = slash_then_odd(*first) | slash_then_odd(*last);
    ends || (bytes.len() > 15
        && bytes
            .windows(8)
            .step_by(7)
            .filter_map(<[u8]>::first_chunk)
            .any(|eight| slash_then_odd(*eight)))
}

/// Says so of eight bytes.
fn slash_then_odd(eight: [u8; 8]) -> bool {
    let eight = Eight::from(&eight);
    // A `.` is a `/` less one.
    !eight.are(b'/').before(eight.made_odd().are(b'/')).is_none()
}

/// Says whether the first element is `.` or `..`.
fn is_dots(bytes: &[u8]) -> bool {
    matches!(bytes, [b'.'] | [b'.', b'/', ..] | [b'.', b'.'] | [b'.', b'.', b'/', ..])
}

/// Writes the clean form of any path.
fn rebuild(path: &str) -> String {
    let rooted = is_abs(path);
    let mut out = String::with_capacity(path.len());
    if rooted {
        out.push('/');
    }
    // How many of the elements in `out` a `..` may take back: not the leading `..` of a relative path.
    let mut named = 0_usize;
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if named > 0 => {
                named = named.saturating_sub(1);
                let end = out.rfind('/').unwrap_or(0);
                out.truncate(if rooted { end.max(1) } else { end });
            }
            ".." if rooted => {}
            _ => {
                if !out.is_empty() && !out.ends_with('/') {
                    out.push('/');
                }
                out.push_str(element);
                named = named.saturating_add(usize::from(element != ".."));
            }
        }
    }
    if out.is_empty() {
        out.push('.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_agrees_with_go() {
        let table = [
            // Already clean.
            ("abc", "abc"),
            ("abc/def", "abc/def"),
            ("a/b/c", "a/b/c"),
            (".", "."),
            ("..", ".."),
            ("../..", "../.."),
            ("../../abc", "../../abc"),
            ("/abc", "/abc"),
            ("/", "/"),
            ("/a/.b", "/a/.b"),
            ("/a/...", "/a/..."),
            ("/a..", "/a.."),
            // Empty is the current directory.
            ("", "."),
            // Trailing slashes.
            ("abc/", "abc"),
            ("abc/def/", "abc/def"),
            ("a/b/c/", "a/b/c"),
            ("./", "."),
            ("../", ".."),
            ("../../", "../.."),
            ("/abc/", "/abc"),
            // Doubled slashes.
            ("abc//def//ghi", "abc/def/ghi"),
            ("//abc", "/abc"),
            ("///abc", "/abc"),
            ("//abc//", "/abc"),
            ("abc//", "abc"),
            ("//", "/"),
            // `.` elements.
            ("abc/./def", "abc/def"),
            ("/./abc/def", "/abc/def"),
            ("abc/.", "abc"),
            // `..` elements.
            ("abc/def/ghi/../jkl", "abc/def/jkl"),
            ("abc/def/../ghi/../jkl", "abc/jkl"),
            ("abc/def/..", "abc"),
            ("abc/def/../..", "."),
            ("/abc/def/../..", "/"),
            ("abc/def/../../..", ".."),
            ("/abc/def/../../..", "/"),
            ("abc/def/../../../ghi/jkl/../../../mno", "../../mno"),
            ("/../abc", "/abc"),
            ("a/../b:/../../c", "../c"),
            // Combinations.
            ("abc/./../def", "def"),
            ("abc//./../def", "def"),
            ("abc/../../././../def", "../../def"),
            ("/x/../y/", "/y"),
        ];
        for (path, wanted) in table {
            let cleaned = clean(path);
            assert_eq!(cleaned, wanted, "{path:?}");
            assert_eq!(matches!(cleaned, Cow::Borrowed(_)), path == wanted, "borrowed: {path:?}");
            assert_eq!(clean(wanted), wanted, "twice: {path:?}");
        }
    }

    #[test]
    fn join_agrees_with_go() {
        let table: [(&[&str], &str); 20] = [
            (&[], ""),
            (&[""], ""),
            (&["/"], "/"),
            (&["a"], "a"),
            (&["a", "b"], "a/b"),
            (&["a", ""], "a"),
            (&["", "b"], "b"),
            (&["/", "a"], "/a"),
            (&["/", "a/b"], "/a/b"),
            (&["/", ""], "/"),
            (&["/a", "b"], "/a/b"),
            (&["a", "/b"], "a/b"),
            (&["/a", "/b"], "/a/b"),
            (&["a/", "b"], "a/b"),
            (&["a/", ""], "a"),
            (&["", ""], ""),
            (&["/", "a", "b"], "/a/b"),
            (&["//", "a"], "/a"),
            (&["a", "..", "b"], "b"),
            (&["/a/b", "../../../xyz"], "/xyz"),
        ];
        for (parts, wanted) in table {
            assert_eq!(join(parts), wanted, "{parts:?}");
        }
    }

    #[test]
    fn dir_agrees_with_go() {
        let table = [
            ("", "."),
            (".", "."),
            ("/.", "/"),
            ("/", "/"),
            ("/foo", "/"),
            ("x/", "x"),
            ("abc", "."),
            ("abc/def", "abc"),
            ("a/b/.x", "a/b"),
            ("a/b/c.", "a/b"),
            ("a/b/c.x", "a/b"),
            ("////foo", "/"),
            ("../a", ".."),
            ("/foo/bar/../baz", "/foo"),
        ];
        for (path, wanted) in table {
            assert_eq!(dir(path), wanted, "{path:?}");
        }
    }

    #[test]
    fn base_agrees_with_go() {
        let table = [
            ("", "."),
            (".", "."),
            ("/.", "."),
            ("/", "/"),
            ("////", "/"),
            ("x/", "x"),
            ("abc", "abc"),
            ("abc/def", "def"),
            ("a/b/.x", ".x"),
            ("a/b/c.", "c."),
        ];
        for (path, wanted) in table {
            assert_eq!(base(path), wanted, "{path:?}");
        }
    }

    #[test]
    fn depth_counts_the_slashes_of_the_clean_path() {
        // The worked values of LP-SORT-01.
        for (destination, wanted) in [
            ("/", 1),
            ("/a", 1),
            ("/dev/shm/", 2),
            ("a/b", 1),
            ("rel", 0),
            ("/x/../y", 1),
            ("/run/.containerenv", 2),
        ] {
            assert_eq!(depth(destination), wanted, "{destination:?}");
        }
    }

    #[test]
    fn below_is_strict_and_knows_elements() {
        let table = [
            ("/dev/shm", "/dev", true),
            ("/dev", "/dev", false),
            ("/device", "/dev", false),
            ("/dev", "/", true),
            ("/", "/", false),
            ("a/b", "a", true),
            ("a", "/", false),
            ("/a/b/c", "/a", true),
        ];
        for (path, ancestor, wanted) in table {
            assert_eq!(is_below(path, ancestor), wanted, "{path} below {ancestor}");
        }
        assert!(is_abs("/a") && !is_abs("a") && !is_abs(""));
    }
}
