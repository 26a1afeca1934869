//! Holds sets of capabilities.

mod request;

use core::fmt::{self, Display, Formatter};

pub use request::{CapError, CapList, Named, merge, parse};

/// Every capability of Linux up to `CAP_CHECKPOINT_RESTORE`, with the kernel's number, in the order of the names.
const BY_NAME: [(&str, u8); 41] = [
    ("CAP_AUDIT_CONTROL", 30),
    ("CAP_AUDIT_READ", 37),
    ("CAP_AUDIT_WRITE", 29),
    ("CAP_BLOCK_SUSPEND", 36),
    ("CAP_BPF", 39),
    ("CAP_CHECKPOINT_RESTORE", 40),
    ("CAP_CHOWN", 0),
    ("CAP_DAC_OVERRIDE", 1),
    ("CAP_DAC_READ_SEARCH", 2),
    ("CAP_FOWNER", 3),
    ("CAP_FSETID", 4),
    ("CAP_IPC_LOCK", 14),
    ("CAP_IPC_OWNER", 15),
    ("CAP_KILL", 5),
    ("CAP_LEASE", 28),
    ("CAP_LINUX_IMMUTABLE", 9),
    ("CAP_MAC_ADMIN", 33),
    ("CAP_MAC_OVERRIDE", 32),
    ("CAP_MKNOD", 27),
    ("CAP_NET_ADMIN", 12),
    ("CAP_NET_BIND_SERVICE", 10),
    ("CAP_NET_BROADCAST", 11),
    ("CAP_NET_RAW", 13),
    ("CAP_PERFMON", 38),
    ("CAP_SETFCAP", 31),
    ("CAP_SETGID", 6),
    ("CAP_SETPCAP", 8),
    ("CAP_SETUID", 7),
    ("CAP_SYSLOG", 34),
    ("CAP_SYS_ADMIN", 21),
    ("CAP_SYS_BOOT", 22),
    ("CAP_SYS_CHROOT", 18),
    ("CAP_SYS_MODULE", 16),
    ("CAP_SYS_NICE", 23),
    ("CAP_SYS_PACCT", 20),
    ("CAP_SYS_PTRACE", 19),
    ("CAP_SYS_RAWIO", 17),
    ("CAP_SYS_RESOURCE", 24),
    ("CAP_SYS_TIME", 25),
    ("CAP_SYS_TTY_CONFIG", 26),
    ("CAP_WAKE_ALARM", 35),
];

/// A set of capabilities, one bit each by the kernel's number.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct CapSet(u64);

impl CapSet {
    /// No capability.
    pub const EMPTY: Self = Self(0);
    /// Every capability that has a name here.
    pub const ALL: Self = Self((1 << 41) - 1);

    /// Gives the capabilities of these bits; bits without a name here are left out.
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits & Self::ALL.0)
    }

    /// Gives the bits, as the kernel shows them in `CapBnd`.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// Reads the hexadecimal text of `CapBnd` and its like in `/proc/PID/status`; `None` where it is no such number.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.trim_ascii();
        if digits.starts_with('+') {
            None
        } else {
            u64::from_str_radix(digits, 16).ok().map(Self::from_bits)
        }
    }

    /// Gives the capabilities that a kernel knows whose highest one is `last`, the number in `/proc/sys/kernel/cap_last_cap`.
    pub fn up_to(last: u8) -> Self {
        let above = u64::MAX.checked_shl(u32::from(last).saturating_add(1)).unwrap_or(0);
        Self::from_bits(!above)
    }

    /// Gives the set of one capability, by its full name in upper case.
    pub fn named(name: &str) -> Option<Self> {
        let at = BY_NAME.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
        BY_NAME.get(at).map(|&(_, number)| Self::one(number))
    }

    /// Gives the set of all that are named, by full names in upper case; quick where they are sorted. Other names are left out.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set = Self::EMPTY;
        let mut next = 0_usize;
        for name in names {
            let Some(at) = place_from(next, name) else { continue };
            if let Some((_, number)) = BY_NAME.get(at) {
                set = set.or(Self::one(*number));
            }
            next = at.saturating_add(1);
        }
        set
    }

    /// Says whether every capability of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Says whether there is no capability in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Gives the number of capabilities in it.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Gives what is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Gives what is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Gives what is in this one only.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Gives the full names, sorted.
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        BY_NAME
            .iter()
            .filter(move |&&(_, number)| self.contains(Self::one(number)))
            .map(|&(name, _)| name)
    }

    /// Gives the set of one capability by its number.
    fn one(number: u8) -> Self {
        Self(1_u64.checked_shl(u32::from(number)).unwrap_or(0))
    }
}

/// Gives the place of a full name in the table, which is most quickly found right behind the one before.
fn place_from(next: usize, name: &str) -> Option<usize> {
    let behind = BY_NAME.get(next..).unwrap_or_default();
    match behind.iter().position(|(known, _)| *known == name) {
        Some(steps) => next.checked_add(steps),
        None => BY_NAME.binary_search_by(|(known, _)| (*known).cmp(name)).ok(),
    }
}

impl Display for CapSet {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (at, name) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            f.write_str(name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    /// The bounding set of the pages' setting: everything but `CAP_SYS_RESOURCE`.
    fn bounding() -> CapSet {
        CapSet::ALL.without(CapSet::named("CAP_SYS_RESOURCE").unwrap())
    }

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(BY_NAME.is_sorted_by(|(one, _), (two, _)| one < two));
        assert_eq!(
            BY_NAME.iter().fold(0, |bits, (_, number)| bits | 1_u64 << number),
            CapSet::ALL.bits()
        );
        assert_eq!(CapSet::ALL.len(), 41);
        for (name, number) in BY_NAME {
            assert_eq!(CapSet::named(name), Some(CapSet::one(number)));
        }
    }

    #[test]
    fn hex_text_is_the_kernels() {
        assert_eq!(CapSet::from_hex("000001ffffffffff"), Some(CapSet::ALL));
        assert_eq!(CapSet::from_hex("\t000001fffeffffff\n"), Some(bounding()));
        assert_eq!(CapSet::from_hex("00000000a80425fb").map(CapSet::len), Some(14));
        assert_eq!(CapSet::from_hex("0000000000000000"), Some(CapSet::EMPTY));
        for bad in ["", "xyz", "+1", "-1", "1ffffffffffffffff"] {
            assert_eq!(CapSet::from_hex(bad), None, "{bad:?}");
        }
        assert_eq!(CapSet::up_to(40), CapSet::ALL);
        assert_eq!(CapSet::up_to(63), CapSet::ALL);
        assert_eq!(CapSet::up_to(255), CapSet::ALL);
        assert_eq!(CapSet::up_to(37).len(), 38);
        assert_eq!(CapSet::up_to(0).to_string(), "CAP_CHOWN");
    }

    #[test]
    fn names_are_sorted_in_output() {
        let set = CapSet::from_bits(1 | 1 << 29 | 1 << 34 | 1 << 21);
        assert_eq!(set.to_string(), "CAP_AUDIT_WRITE,CAP_CHOWN,CAP_SYSLOG,CAP_SYS_ADMIN");
        assert_eq!(CapSet::EMPTY.to_string(), "");
    }
}
