//! Asks /etc/subuid and /etc/subgid for the ranges of a user.

use super::read;
use std::vec::Vec;

/// The sizes of a user's ranges in such a file, in the file's order; empty where the file or the user is missing.
pub(super) fn sizes(path: &str, user: &str, uid: u32) -> Vec<u32> {
    ranges(path, user, uid).into_iter().map(|(_, size)| size).collect()
}

/// A user's ranges in such a file, each as its first id and its size, in the file's order; empty where the file or the user is missing.
pub(crate) fn ranges(path: &str, user: &str, uid: u32) -> Vec<(u32, u32)> {
    read::text(path).map(|text| parse(&text, user, uid)).unwrap_or_default()
}

/// Lines are `owner:start:size`; the owner is a login name or a number, and `ALL` is everybody.
pub(super) fn parse(text: &str, user: &str, uid: u32) -> Vec<(u32, u32)> {
    let range = |line: &str| {
        let mut fields = line.trim().split(':');
        let owner = fields.next()?;
        let (start, size): (u32, u32) =
            (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        let ours =
            (!user.is_empty() && owner == user) || owner == "ALL" || owner.parse() == Ok(uid);
        (ours && fields.next().is_none() && start.checked_add(size).is_some())
            .then_some((start, size))
    };
    text.lines().filter_map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_found_by_name_or_number() {
        let text = "# comment\nann:100000:65536\nbob:200000:10\n1000:300000:20\n\nann:400000:5\nann:x:7\nann:5\nann:1:2:3\n";
        for (user, uid, ranges) in [
            ("ann", 7, &[(100_000, 65536), (400_000, 5)][..]),
            ("bob", 1000, &[(200_000, 10), (300_000, 20)]),
            ("", 1000, &[(300_000, 20)]),
            ("eve", 1, &[]),
        ] {
            assert_eq!(parse(text, user, uid), ranges, "{user}");
        }
    }
}
