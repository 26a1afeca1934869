//! Takes ids, names and the time from the air.

use super::read::errno;
use crate::facts::Errno;
use rustix::rand::{GetRandomFlags, getrandom};
use std::fmt::Write as _;
use std::format;
use std::string::String;
use std::time::{SystemTime, UNIX_EPOCH};

/// 64 random hex digits.
///
/// # Errors
///
/// The host's error.
pub(crate) fn hex() -> Result<String, Errno> {
    let mut bytes = [0_u8; 32];
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        filled = filled.saturating_add(getrandom(rest, GetRandomFlags::empty()).map_err(errno)?);
    }
    let mut text = String::with_capacity(64);
    for byte in bytes {
        write!(text, "{byte:02x}").unwrap_or(());
    }
    Ok(text)
}

/// A name for a network namespace (LP-NET-11), out of random hex digits.
pub(super) fn netns_name(hex: &str) -> String {
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!(
        "netns-{}-{}-{}-{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 16),
        part(16, 20),
        part(20, 32)
    )
}

/// Now, as RFC 3339 in UTC, with as many digits of a second's fraction as it takes.
pub(super) fn now() -> String {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(since.as_secs(), since.subsec_nanos())
}

fn rfc3339(seconds: u64, nanos: u32) -> String {
    let (days, second) = (seconds.wrapping_div(86_400), seconds.wrapping_rem(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (
        second.wrapping_div(3600),
        second.wrapping_div(60).wrapping_rem(60),
        second.wrapping_rem(60),
    );
    let fraction = if nanos == 0 { String::new() } else { format!(".{nanos:09}") };
    format!(
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{}Z",
        fraction.trim_end_matches('0')
    )
}

/// The date that is so many days after 1970-01-01.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| {
        (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
    };
    let mut year = 1970_u64;
    loop {
        let long = if leap(year) { 366 } else { 365 };
        if days < long {
            break;
        }
        days = days.wrapping_sub(long);
        year = year.wrapping_add(1);
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1_u64;
    for long in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < long {
            break;
        }
        days = days.wrapping_sub(long);
        month = month.wrapping_add(1);
    }
    (year, month, days.wrapping_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_go_writes_them() {
        for (seconds, nanos, text) in [
            (0, 0, "1970-01-01T00:00:00Z"),
            (1_667_988_000, 120_000_000, "2022-11-09T10:00:00.12Z"),
            (1_709_164_799, 999_999_999, "2024-02-28T23:59:59.999999999Z"),
            (1_709_164_800, 1, "2024-02-29T00:00:00.000000001Z"),
            (4_102_444_799, 0, "2099-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(seconds, nanos), text);
        }
    }

    #[test]
    fn names_are_random() {
        let (a, b) = (hex().unwrap(), hex().unwrap());
        assert!(a.len() == 64 && a.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_ne!(a, b);
        assert_eq!(
            netns_name("0123456789abcdef0123456789abcdef"),
            "netns-01234567-89ab-cdef-0123-456789abcdef"
        );
    }
}
