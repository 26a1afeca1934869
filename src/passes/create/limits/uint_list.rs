//! Reads lists of CPUs and memory nodes, such as `0-2,5`, and says whether one lies within another.

use alloc::vec::Vec;

/// Ranges of numbers, sorted, none touching another.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct UintList(Vec<(i64, i64)>);

impl UintList {
    /// Reads a list; nothing at all is the empty one.
    ///
    /// Source: `docker/docker` `pkg/parsers/parsers.go`, `ParseUintList`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(UintList(Vec::new()));
        }
        let mut ranges = Vec::new();
        for part in text.split(',') {
            let (first, last) = match part.split_once('-') {
                Some((first, last)) => (first.parse().ok()?, last.parse().ok()?),
                None => {
                    let number = part.parse().ok()?;
                    (number, number)
                }
            };
            if last < first {
                return None;
            }
            ranges.push((first, last));
        }
        ranges.sort_unstable();
        let mut joined: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => {
                    before.1 = before.1.max(last);
                }
                _ => joined.push((first, last)),
            }
        }
        Some(UintList(joined))
    }

    /// Whether every number of this list is in `other`.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|(first, last)| {
            let at = other.0.partition_point(|range| range.1 < *first);
            other.0.get(at).is_some_and(|range| range.0 <= *first && *last <= range.1)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        // The formats that the source names.
        for (text, ranges) in [
            ("", &[][..]),
            ("7", &[(7, 7)]),
            ("1-6", &[(1, 6)]),
            ("0,3-4,7,8-10", &[(0, 0), (3, 4), (7, 10)]),
            ("0-0,0,1-7", &[(0, 7)]),
            ("03,1-3", &[(1, 3)]),
            ("3,2,1", &[(1, 3)]),
            ("0-2,3,1", &[(0, 3)]),
            ("0-9223372036854775807", &[(0, i64::MAX)]),
        ] {
            assert_eq!(UintList::parse(text), Some(UintList(ranges.to_vec())), "{text}");
        }
        for text in ["-1", "1-", "-", ",", "1,", "3-1", "a", "1-2-3", " 1", "1--3"] {
            assert_eq!(UintList::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_list_lies_within_another() {
        for (inner, outer, is) in [
            ("", "", true),
            ("", "0-3", true),
            ("0", "", false),
            ("0-63", "0-1", false),
            ("0,1", "0-1", true),
            ("1-4", "0-2,3-5", true),
            ("1-4", "0-2,4-5", false),
            ("9", "0-1,8-9", true),
            ("7", "0-1,8-9", false),
        ] {
            assert_eq!(
                UintList::parse(inner).unwrap().is_within(&UintList::parse(outer).unwrap()),
                is,
                "{inner} in {outer}"
            );
        }
    }
}
