//! Knows the paths that a container does not see or cannot write, and which of them a request opens.

use core::str::Chars;

use crate::path;
use crate::quote::Quoted;

/// Paths that are masked unless the container is privileged, in Podman's order.
pub const MASKED: [&str; 11] = [
    // SG-MASK-01
    "/proc/acpi",
    "/proc/kcore",
    "/proc/keys",
    "/proc/latency_stats",
    "/proc/timer_list",
    "/proc/timer_stats",
    "/proc/sched_debug",
    "/proc/scsi",
    "/sys/firmware",
    "/sys/fs/selinux",
    "/sys/dev/block",
];

/// Paths that are read-only unless the container is privileged, in Podman's order.
pub const READ_ONLY: [&str; 6] =
    ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/// A pattern that is none. Podman logs it, and goes on as if it had not matched.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct BadPattern;

/// A path to be masked that is neither absolute nor empty. Podman logs it, and skips it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("Path {} is not an absolute path, skipping...", Quoted(.0))]
pub struct RelativeMask<'a>(pub &'a str);

/// Says whether any entry of `unmask` opens a default path.
pub fn is_unmasked<'a>(path: &str, unmask: impl IntoIterator<Item = &'a str>) -> bool {
    // SG-MASK-02
    unmask.into_iter().any(|entry| opens(entry, path))
}

/// Says whether one entry of `unmask`, patterns between `:`, opens a default path.
pub fn opens(entry: &str, path: &str) -> bool {
    // a malformed pattern is no match.
    is_all(entry) || entry.split(':').any(|pattern| matches(pattern, path) == Ok(true))
}

/// Says whether an entry of `unmask` opens everything: `all`, in any case.
pub fn is_all(entry: &str) -> bool {
    entry.eq_ignore_ascii_case("all")
}

/// Gives the malformed patterns of an entry of `unmask`, for the log.
pub fn malformed(entry: &str) -> impl Iterator<Item = &str> {
    // Whether a pattern is well-formed does not hang on what it is matched with.
    entry.split(':').filter(|pattern| matches(pattern, "").is_err())
}

/// Checks a path that the user wants masked: it has to be absolute, or empty.
///
/// # Errors
///
/// [`RelativeMask`] with the path, which is then not masked.
pub fn check_mask(entry: &str) -> Result<(), RelativeMask<'_>> {
    // SG-MASK-03; Q-23: the empty path passes.
    if entry.is_empty() || path::is_abs(entry) { Ok(()) } else { Err(RelativeMask(entry)) }
}

/// Says whether a shell pattern matches all of a name; `*` and `?` do not match `/`, a class does.
///
/// # Errors
///
/// [`BadPattern`] where it does not match and is malformed: a class without end or content, a `\` at the end.
///
/// Source: Go `path/filepath`, `Match`.
pub fn matches(pattern: &str, name: &str) -> Result<bool, BadPattern> {
    let mut pattern = pattern;
    let mut name = name;
    while !pattern.is_empty() {
        let (star, chunk, after) = next_chunk(pattern);
        pattern = after;
        if star && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        // The last chunk has to use the whole name up.
        let fits = |rest: &&str| rest.is_empty() || !after.is_empty();
        let mut found = match_chunk(chunk, name)?.filter(fits);
        let mut skipped = name.chars();
        while found.is_none() && star && skipped.next().is_some_and(|letter| letter != '/') {
            found = match_chunk(chunk, skipped.as_str())?.filter(fits);
        }
        match found {
            Some(rest) => name = rest,
            None => return check_rest(pattern).map(|()| false),
        }
    }
    Ok(name.is_empty())
}

/// Checks that what is left of a pattern is well-formed.
fn check_rest(pattern: &str) -> Result<(), BadPattern> {
    let mut pattern = pattern;
    while !pattern.is_empty() {
        let (_, chunk, after) = next_chunk(pattern);
        match_chunk(chunk, "")?;
        pattern = after;
    }
    Ok(())
}

/// Splits off leading stars and what follows up to the next star outside of a class: whether there were stars, that chunk, the rest.
fn next_chunk(pattern: &str) -> (bool, &str, &str) {
    let stars_off = pattern.trim_start_matches('*');
    let mut in_class = false;
    let mut letters = stars_off.char_indices();
    let end = loop {
        match letters.next() {
            None => break stars_off.len(),
            Some((at, '*')) if !in_class => break at,
            Some((_, '\\')) => {
                letters.next();
            }
            Some((_, '[')) => in_class = true,
            Some((_, ']')) => in_class = false,
            Some(_) => {}
        }
    };
    let (chunk, after) = stars_off.split_at_checked(end).unwrap_or((stars_off, ""));
    (stars_off.len() < pattern.len(), chunk, after)
}

/// Matches a chunk without stars at the start of a name, and gives what is left of the name.
///
/// Goes on after a mismatch, to see whether the chunk is well-formed.
fn match_chunk<'a>(chunk: &str, name: &'a str) -> Result<Option<&'a str>, BadPattern> {
    let mut chunk = chunk.chars();
    let mut name = name.chars();
    let mut failed = false;
    while let Some(wanted) = chunk.next() {
        let letter = if failed { None } else { name.next() };
        failed = match wanted {
            '[' => {
                let in_class = match_class(&mut chunk, letter)?;
                letter.is_none() || !in_class
            }
            '?' => letter.is_none_or(|letter| letter == '/'),
            '\\' => letter != Some(chunk.next().ok_or(BadPattern)?),
            _ => letter != Some(wanted),
        };
    }
    Ok(if failed { None } else { Some(name.as_str()) })
}

/// Reads a class up to its `]`, and says whether it matches a letter.
fn match_class(chunk: &mut Chars<'_>, letter: Option<char>) -> Result<bool, BadPattern> {
    let negated = chunk.as_str().starts_with('^');
    if negated {
        chunk.next();
    }
    let mut inside = false;
    let mut empty = true;
    while empty || !chunk.as_str().starts_with(']') {
        let low = class_letter(chunk)?;
        let mut high = low;
        if chunk.as_str().starts_with('-') {
            chunk.next();
            high = class_letter(chunk)?;
        }
        inside = inside || letter.is_some_and(|letter| (low..=high).contains(&letter));
        empty = false;
    }
    chunk.next();
    Ok(inside != negated)
}

/// Reads one letter of a class, which has to go on after it.
fn class_letter(chunk: &mut Chars<'_>) -> Result<char, BadPattern> {
    let letter = match chunk.next() {
        None | Some('-' | ']') => return Err(BadPattern),
        Some('\\') => chunk.next().ok_or(BadPattern)?,
        Some(letter) => letter,
    };
    if chunk.as_str().is_empty() { Err(BadPattern) } else { Ok(letter) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    #[test]
    fn matching_agrees_with_go() {
        let (yes, no, bad) = (Ok(true), Ok(false), Err(BadPattern));
        let table = [
            ("abc", "abc", yes),
            ("*", "abc", yes),
            ("*c", "abc", yes),
            ("a*", "a", yes),
            ("a*", "abc", yes),
            ("a*", "ab/c", no),
            ("a*/b", "abc/b", yes),
            ("a*/b", "a/c/b", no),
            ("a*b*c*d*e*/f", "axbxcxdxe/f", yes),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", yes),
            ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", no),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", no),
            ("a*b?c*x", "abxbbxdbxebxczzx", yes),
            ("a*b?c*x", "abxbbxdbxebxczzy", no),
            ("ab[c]", "abc", yes),
            ("ab[b-d]", "abc", yes),
            ("ab[e-g]", "abc", no),
            ("ab[^c]", "abc", no),
            ("ab[^b-d]", "abc", no),
            ("ab[^e-g]", "abc", yes),
            ("a\\*b", "a*b", yes),
            ("a\\*b", "ab", no),
            ("a?b", "a\u{263a}b", yes),
            ("a[^a]b", "a\u{263a}b", yes),
            ("a???b", "a\u{263a}b", no),
            ("a[^a][^a][^a]b", "a\u{263a}b", no),
            ("[a-\u{3b6}]*", "\u{3b1}", yes),
            ("*[a-\u{3b6}]", "A", no),
            ("a?b", "a/b", no),
            ("a*b", "a/b", no),
            ("[\\]a]", "]", yes),
            ("[\\-]", "-", yes),
            ("[x\\-]", "x", yes),
            ("[x\\-]", "-", yes),
            ("[x\\-]", "z", no),
            ("[\\-x]", "x", yes),
            ("[\\-x]", "-", yes),
            ("[\\-x]", "a", no),
            ("[]a]", "]", bad),
            ("[-]", "-", bad),
            ("[x-]", "x", bad),
            ("[x-]", "-", bad),
            ("[x-]", "z", bad),
            ("[-x]", "x", bad),
            ("[-x]", "-", bad),
            ("[-x]", "a", bad),
            ("\\", "a", bad),
            ("[a-b-c]", "a", bad),
            ("[", "a", bad),
            ("[^", "a", bad),
            ("[^bc", "a", bad),
            ("a[", "a", bad),
            ("a[", "ab", bad),
            ("a[", "x", bad),
            ("a/b[", "x", bad),
            ("*x", "xxx", yes),
            ("", "", yes),
            ("", "a", no),
        ];
        for (pattern, name, wanted) in table {
            assert_eq!(matches(pattern, name), wanted, "{pattern:?} {name:?}");
        }
    }

    #[test]
    fn entries_open_default_paths() {
        let left = |unmask: &[&str], paths: &[&'static str]| {
            paths
                .iter()
                .copied()
                .filter(|path| !is_unmasked(path, unmask.iter().copied()))
                .collect::<Vec<_>>()
        };
        // E-69
        assert_eq!(
            left(&["/proc/*:/sys/firmware"], &MASKED),
            ["/sys/fs/selinux", "/sys/dev/block"]
        );
        assert!(left(&["/proc/*:/sys/firmware"], &READ_ONLY).is_empty());
        // E-27
        assert!(left(&["ALL"], &MASKED).is_empty() && left(&["aLl"], &READ_ONLY).is_empty());
        assert_eq!(left(&[], &MASKED), MASKED);
        assert_eq!(
            left(&["/sys/fs/cgroup", "", "all:x", "/proc/kcore/", "/proc/[k"], &MASKED),
            MASKED
        );
        assert_eq!(
            left(&["/proc/[k-", "/proc/sys:rel"], &READ_ONLY),
            ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sysrq-trigger"]
        );
        assert_eq!(
            left(&["/proc/s*"], &READ_ONLY),
            ["/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq"]
        );
    }

    #[test]
    fn malformed_patterns_are_told() {
        assert_eq!(malformed("/proc/[k:/sys:a\\").collect::<Vec<_>>(), ["/proc/[k", "a\\"]);
        assert_eq!(BadPattern.to_string(), "syntax error in pattern");
    }

    #[test]
    fn masks_are_absolute_or_empty() {
        // E-69
        assert_eq!((check_mask("/foo"), check_mask("")), (Ok(()), Ok(())));
        assert_eq!(
            check_mask("rel").unwrap_err().to_string(),
            "Path \"rel\" is not an absolute path, skipping..."
        );
    }
}
