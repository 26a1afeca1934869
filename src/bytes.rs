//! Looks at text eight bytes in one step.

const ONES: u64 = u64::from_le_bytes([1; 8]);
const HIGHS: u64 = ONES << 7;

/// Eight bytes as one number; the first is the lowest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eight(u64);

/// The high bits of those of eight bytes of which something holds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found(u64);

impl From<&[u8; 8]> for Eight {
    fn from(bytes: &[u8; 8]) -> Self {
        Eight(u64::from_le_bytes(*bytes))
    }
}

impl Eight {
    /// Those that are `byte`.
    pub(crate) fn are(self, byte: u8) -> Found {
        Found(Eight(self.0 ^ all(byte)).below(1).0)
    }

    /// Those that are lower than `limit`, which is at most 128.
    pub(crate) fn below(self, limit: u8) -> Found {
        // Without its high bit a byte can be added to and carry nothing into the next; from the limit up the sum reaches the high bit.
        let sums = (self.0 & !HIGHS).wrapping_add(all(128_u8.saturating_sub(limit)));
        Found(!(sums | self.0) & HIGHS)
    }

    /// The same with the lowest bit of each byte set.
    pub(crate) fn made_odd(self) -> Self {
        Eight(self.0 | ONES)
    }
}

impl Found {
    /// Whether there is none.
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Which is the first.
    pub(crate) fn first(self) -> Option<usize> {
        if self.is_none() { None } else { usize::try_from(self.0.trailing_zeros() >> 3).ok() }
    }

    /// How many there are.
    pub(crate) fn count(self) -> usize {
        usize::try_from(self.0.count_ones()).unwrap_or(0)
    }

    /// Those of either.
    pub(crate) fn or(self, other: Self) -> Self {
        Found(self.0 | other.0)
    }

    /// Those of `other` right behind one of these.
    pub(crate) fn before(self, other: Self) -> Self {
        Found((self.0 << 8) & other.0)
    }
}

fn all(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Where a byte first stands.
pub(crate) fn position(text: &[u8], byte: u8) -> Option<usize> {
    let (eights, rest) = text.as_chunks();
    let mut start = 0_usize;
    for eight in eights {
        if let Some(at) = Eight::from(eight).are(byte).first() {
            return start.checked_add(at);
        }
        start = start.saturating_add(8);
    }
    rest.iter().position(|found| *found == byte).and_then(|at| start.checked_add(at))
}

/// How often a byte stands there.
pub(crate) fn count(text: &[u8], byte: u8) -> usize {
    let (eights, rest) = text.as_chunks();
    let rest =
        rest.iter().fold(0_usize, |sum, found| sum.saturating_add(usize::from(*found == byte)));
    eights.iter().fold(rest, |sum, eight| sum.saturating_add(Eight::from(eight).are(byte).count()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_is_found_where_it_first_stands() {
        for length in 0..40 {
            for at in 0..length {
                for (byte, other) in [(b'/', b'.'), (b'\n', 0x0b), (0, 1), (0x80, 0), (b'/', 0xaf)]
                {
                    let mut text = std::vec![other; length];
                    assert_eq!(position(&text, byte), None);
                    text[at] = byte;
                    assert_eq!(position(&text, byte), Some(at));
                    assert_eq!(count(&text, byte), 1);
                    text[length - 1] = byte;
                    assert_eq!(position(&text, byte), Some(at));
                }
            }
        }
    }

    #[test]
    fn bytes_below_a_limit_are_found() {
        for byte in 0..=u8::MAX {
            for at in 0..8 {
                let mut eight = [0xc3; 8];
                eight[at] = byte;
                let found = Eight::from(&eight).below(0x20).first();
                assert_eq!(found, (byte < 0x20).then_some(at));
            }
        }
    }
}
