//! Finds the known word that was probably meant.

use alloc::vec::Vec;

/// The nearest of `known` to `written`, if it is near enough to be a slip of the hand.
pub fn nearest<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    nearest_of(written, known).map(|(word, _)| word)
}

/// The same, and whether no other one is as near.
pub fn nearest_of<'k>(
    written: &str,
    known: impl IntoIterator<Item = &'k str>,
) -> Option<(&'k str, bool)> {
    if written.is_empty() || written.len() > 128 {
        return None;
    }
    let limit = (written.chars().count() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str, bool)> = None;
    let plain_written = plain(written);
    for word in known {
        let plain_word = plain(word);
        // Each letter more or less counts one.
        if plain_word.len().abs_diff(plain_written.len()) > limit {
            continue;
        }
        let far = distance(&plain_written, &plain_word);
        best = match best {
            Some((least, other, _)) if least == far && other != word => Some((least, other, false)),
            Some((least, other, alone)) if least <= far => Some((least, other, alone)),
            _ => Some((far, word, true)),
        };
    }
    best.filter(|(far, _, _)| *far <= limit).map(|(_, word, alone)| (word, alone))
}

/// A word without case, `_` and `-`.
fn plain(word: &str) -> Vec<char> {
    word.chars().filter(|c| !matches!(c, '_' | '-')).flat_map(char::to_lowercase).collect()
}

/// Edit distance; a swap of neighbours counts one.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len().saturating_add(1));
        row.push(i.saturating_add(1));
        for (j, cb) in b.iter().enumerate() {
            let at = |r: &[usize], k: usize| r.get(k).copied().unwrap_or(usize::MAX);
            let mut best = at(&last, j).saturating_add(usize::from(ca != cb));
            best = best
                .min(at(&last, j.saturating_add(1)).saturating_add(1))
                .min(at(&row, j).saturating_add(1));
            let swapped = i > 0
                && j > 0
                && a.get(i.wrapping_sub(1)) == Some(cb)
                && b.get(j.wrapping_sub(1)) == Some(ca);
            if swapped {
                best = best.min(at(&before, j.wrapping_sub(1)).saturating_add(1));
            }
            row.push(best);
        }
        before = core::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_found_and_a_stranger_is_not() {
        let known = ["hostname", "mounts", "read_only_filesystem", "env"];
        assert_eq!(nearest("hostnmae", known), Some("hostname"));
        assert_eq!(nearest("readonlyfilesystem", known), Some("read_only_filesystem"));
        assert_eq!(nearest("volumes_from", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest_of("rx", ["ro", "rw"]), Some(("ro", false)));
        assert_eq!(nearest_of("rro", ["rw", "ro", "ro"]), Some(("ro", true)));
    }
}
