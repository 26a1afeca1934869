//! Reads the names of capabilities, and merges what is added and dropped.

use alloc::collections::BTreeMap;
use alloc::string::String;
use core::iter;

use super::{BY_NAME, CapSet, place_from};
use crate::quote::Quoted;

/// Capabilities as Podman lists them: sorted, and as often as they were named.
///
/// Podman's lists are no sets: a capability that is added twice stands twice in the spec.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CapList {
    set: CapSet,
    /// How often a name is repeated, for those that are.
    again: BTreeMap<&'static str, usize>,
}

impl CapList {
    /// Gives the capabilities without their number.
    pub fn set(&self) -> CapSet {
        self.set
    }

    /// Says whether nothing is listed.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty()
    }

    /// Gives the full names, sorted, repeated ones as often as they were named.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.set.iter().flat_map(|name| {
            iter::repeat_n(name, self.again.get(name).map_or(1, |again| again.saturating_add(1)))
        })
    }

    /// Leaves only what is also in `set`: how Podman keeps to what the engine itself may have.
    #[must_use]
    pub fn within(mut self, set: CapSet) -> Self {
        // SG-CAPS-04
        self.keep(set);
        self
    }

    /// Adds a capability once more.
    fn push(&mut self, name: &'static str, cap: CapSet) {
        if self.set.contains(cap) {
            let again = self.again.entry(name).or_default();
            *again = again.saturating_add(1);
        } else {
            self.set = self.set.or(cap);
        }
    }

    /// Leaves only what is in `set`.
    fn keep(&mut self, set: CapSet) {
        self.set = self.set.and(set);
        if self.again.is_empty() {
            return;
        }
        let kept = self.set;
        self.again.retain(|name, _| CapSet::named(name).is_some_and(|cap| kept.contains(cap)));
    }
}

impl From<CapSet> for CapList {
    fn from(set: CapSet) -> Self {
        Self { set, again: BTreeMap::new() }
    }
}

/// Why a request for capabilities is refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CapError {
    /// A name that the engine or the kernel does not know, in its normal form.
    #[error("{}: unknown capability", Quoted(.0))]
    Unknown(String),
    /// `ALL` both added and dropped.
    #[error("adding all caps and removing all caps not allowed")]
    AllBothWays,
    /// One capability both added and dropped.
    #[error("capability {} cannot be dropped and added", Quoted(.0))]
    BothWays(&'static str),
}

/// Capabilities as a user names them, read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Named {
    /// Whether `ALL` is among them.
    pub all: bool,
    /// The others.
    pub list: CapList,
}

/// Reads names of capabilities: any case, with or without `CAP_`, or `ALL`.
///
/// `known` is what the kernel knows ([`CapSet::up_to`]).
///
/// # Errors
///
/// [`CapError::Unknown`] with the first name that is not known.
///
/// Source: containers/common `pkg/capabilities/capabilities.go`, `NormalizeCapabilities`.
pub fn parse<S: AsRef<str>>(names: &[S], known: CapSet) -> Result<Named, CapError> {
    // SG-CAPS-01
    let mut read = Named::default();
    let mut next = 0;
    for name in names {
        let name = name.as_ref();
        if name.eq_ignore_ascii_case("ALL") {
            read.all = true;
            continue;
        }
        // Most are spelled in full and in order.
        let found = match place_from(next, name) {
            Some(at) => {
                next = at.saturating_add(1);
                BY_NAME.get(at)
            }
            None => find(name),
        };
        match found.map(|&(full, number)| (full, CapSet::one(number))) {
            Some((full, cap)) if known.contains(cap) => read.list.push(full, cap),
            _ => return Err(CapError::Unknown(normal(name))),
        }
    }
    Ok(read)
}

/// Merges what is added and dropped into the engine's default capabilities; `bounding` is what `ALL` adds.
///
/// The result is not yet limited to the bounding set: see [`CapList::within`].
///
/// # Errors
///
/// [`CapError`]: names are read in the order base, dropped, added, then compared.
///
/// Source: containers/common `pkg/capabilities/capabilities.go`, `MergeCapabilities`.
pub fn merge<B: AsRef<str>, A: AsRef<str>, D: AsRef<str>>(
    base: &[B],
    add: &[A],
    drop: &[D],
    known: CapSet,
    bounding: CapSet,
) -> Result<CapList, CapError> {
    // SG-CAPS-03. An `ALL` among the defaults is no capability and never survives the bounding set.
    let base = parse(base, known)?.list;
    if add.is_empty() && drop.is_empty() {
        return Ok(base);
    }
    let drop = parse(drop, known)?;
    let add = parse(add, known)?;
    if drop.all {
        return if add.all { Err(CapError::AllBothWays) } else { Ok(add.list) };
    }
    let dropped = drop.list.set;
    if add.all {
        return Ok(bounding.without(dropped).into());
    }
    let both = add.list.set.and(dropped);
    if !both.is_empty() {
        return Err(CapError::BothWays(both.iter().next().unwrap_or_default()));
    }
    // What the defaults hold already is not added again, even where it is dropped; what is added twice is.
    let mut added = add.list;
    added.keep(CapSet::ALL.without(base.set));
    let mut merged = base;
    merged.keep(CapSet::ALL.without(dropped));
    merged.set = merged.set.or(added.set);
    merged.again.append(&mut added.again);
    Ok(merged)
}

/// Finds a capability by a user's spelling, without writing the normal form down.
fn find(name: &str) -> Option<&'static (&'static str, u8)> {
    let spelled = |full: &str, name: &str| {
        if name.is_ascii() {
            full.eq_ignore_ascii_case(name)
        } else {
            full.chars().eq(name.chars().map(upper))
        }
    };
    BY_NAME.iter().find(|(full, _)| {
        spelled(full, name) || full.strip_prefix("CAP_").is_some_and(|short| spelled(short, name))
    })
}

/// Gives the normal form of a name, as messages show it.
fn normal(name: &str) -> String {
    let upper: String = name.chars().map(upper).collect();
    if upper.starts_with("CAP_") { upper } else { ["CAP_", &upper].concat() }
}

/// Gives a letter in upper case where that is one letter.
fn upper(letter: char) -> char {
    let mut letters = letter.to_uppercase();
    match (letters.next(), letters.next()) {
        (Some(only), None) => only,
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;
    use std::vec::Vec;

    /// What is added, what is dropped, and what comes of it.
    type Case<'a> = (&'a [&'a str], &'a [&'a str], Result<&'a str, &'a str>);

    /// The defaults of Debian's `containers.conf`.
    const DEFAULTS: [&str; 11] = [
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    ];

    fn names(list: &CapList) -> String {
        list.iter().map(|name| name.strip_prefix("CAP_").unwrap()).collect::<Vec<_>>().join(" ")
    }

    /// The bounding set of the pages' setting: everything but `CAP_SYS_RESOURCE`.
    fn bounding() -> CapSet {
        CapSet::ALL.without(CapSet::named("CAP_SYS_RESOURCE").unwrap())
    }

    fn merged(add: &[&str], drop: &[&str]) -> Result<String, String> {
        merge(&DEFAULTS, add, drop, CapSet::ALL, bounding())
            .map(|list| names(&list.within(bounding())))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn names_are_read_in_any_spelling() {
        let read = |names: &[&str]| {
            parse(names, CapSet::ALL)
                .map(|named| (named.all, self::names(&named.list)))
                .map_err(|error| error.to_string())
        };
        assert_eq!(
            read(&["net_admin", "CAP_CHOWN", "Cap_Sys_Resource"]),
            Ok((false, "CHOWN NET_ADMIN SYS_RESOURCE".into()))
        );
        assert_eq!(read(&["all", "kill"]), Ok((true, "KILL".into())));
        assert_eq!(read(&["bogus"]), Err("\"CAP_BOGUS\": unknown capability".into()));
        assert_eq!(read(&[""]), Err("\"CAP_\": unknown capability".into()));
        assert_eq!(read(&["cap_all"]), Err("\"CAP_ALL\": unknown capability".into()));
        assert_eq!(read(&["CAP_CAP_CHOWN"]), Err("\"CAP_CAP_CHOWN\": unknown capability".into()));
        // Go's upper case is Unicode's.
        assert_eq!(read(&["\u{17f}yslog"]), Ok((false, "SYSLOG".into())));
        assert_eq!(read(&["stra\u{df}e"]), Err("\"CAP_STRA\u{df}E\": unknown capability".into()));
        assert_eq!(parse(&["bpf"], CapSet::up_to(37)), Err(CapError::Unknown("CAP_BPF".into())));
    }

    #[test]
    fn merges_as_the_pages_say() {
        let defaults = "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT";
        let all: Vec<&str> =
            bounding().iter().map(|name| name.strip_prefix("CAP_").unwrap()).collect();
        let (all, without_chown) = (
            all.join(" "),
            all.iter().copied().filter(|&name| name != "CHOWN").collect::<Vec<_>>().join(" "),
        );
        let table: [Case<'_>; 15] = [
            (&[], &[], Ok(defaults)),
            // E-14: what the engine has not is left out.
            (
                &["net_admin", "CAP_CHOWN", "sys_resource"],
                &[],
                Ok(
                    "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_ADMIN NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT",
                ),
            ),
            (&["chown"], &["all"], Ok("CHOWN")), // E-16
            (&[], &["ALL"], Ok("")),
            (&["kill", "kill"], &["ALL", "chown"], Ok("KILL KILL")),
            (&["ALL"], &["chown"], Ok(without_chown.as_str())), // E-17
            (&["ALL", "chown"], &["chown"], Ok(without_chown.as_str())),
            (&["all"], &[], Ok(all.as_str())),
            (&["ALL"], &["ALL"], Err("adding all caps and removing all caps not allowed")), // E-18
            (
                &["net_raw"],
                &["NET_RAW"],
                Err("capability \"CAP_NET_RAW\" cannot be dropped and added"),
            ),
            (&["bogus"], &[], Err("\"CAP_BOGUS\": unknown capability")),
            (&["a"], &["b"], Err("\"CAP_B\": unknown capability")),
            (&[], &["bogus", "all"], Err("\"CAP_BOGUS\": unknown capability")),
            (
                &[],
                &["setuid", "setgid", "net_raw"],
                Ok(
                    "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_BIND_SERVICE SETFCAP SETPCAP SYS_CHROOT",
                ),
            ),
            // Recorded from Podman 4.3.1: what is added twice stands twice, unless it is a default.
            (
                &["NET_ADMIN", "NET_ADMIN", "CAP_CHOWN"],
                &[],
                Ok(
                    "CHOWN DAC_OVERRIDE FOWNER FSETID KILL NET_ADMIN NET_ADMIN NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT",
                ),
            ),
        ];
        for (add, drop, wanted) in table {
            let wanted = wanted.map(ToString::to_string).map_err(ToString::to_string);
            assert_eq!(merged(add, drop), wanted, "add {add:?} drop {drop:?}");
        }
    }

    #[test]
    fn defaults_keep_what_they_repeat() {
        let empty: [&str; 0] = [];
        let base = ["KILL", "kill", "ALL", "CHOWN", "KILL"];
        let run = |add: &[&str], drop: &[&str]| {
            names(&merge(&base, add, drop, CapSet::ALL, CapSet::ALL).unwrap())
        };
        assert_eq!(run(&empty, &empty), "CHOWN KILL KILL KILL");
        assert_eq!(run(&["KILL"], &empty), "CHOWN KILL KILL KILL");
        assert_eq!(run(&empty, &["KILL"]), "CHOWN");
        let nothing: [&str; 0] = [];
        assert_eq!(
            merge(&nothing, &nothing, &nothing, CapSet::ALL, CapSet::ALL),
            Ok(CapList::default())
        );
    }
}
