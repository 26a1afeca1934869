//! Asks /proc about the process that asks: its ids, capabilities, limits.

use super::read;
use crate::facts::{Answer, Errno, IdRangeText, Limits};
use crate::security::caps::CapSet;
use rustix::process::{Resource, getrlimit};
use std::fs::read_dir;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

/// The capability sets of this process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Status {
    /// The sets, where they can be read.
    pub(super) effective: Option<CapSet>,
    /// What can ever be had.
    pub(super) bounding: CapSet,
    /// Whether the kernel has ambient capabilities.
    pub(super) ambient: bool,
}

/// /proc/self/status, with what the kernel does not know left out of the bounding set.
pub(super) fn status() -> Status {
    let last =
        read::text("/proc/sys/kernel/cap_last_cap").ok().and_then(|text| text.trim().parse().ok());
    let mut status =
        read::text("/proc/self/status").map(|text| parse_status(&text)).unwrap_or_default();
    status.bounding = last.map_or(status.bounding, |last| status.bounding.and(CapSet::up_to(last)));
    status
}

pub(super) fn parse_status(text: &str) -> Status {
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .and_then(CapSet::from_hex)
    };
    Status {
        effective: field("CapEff"),
        bounding: field("CapBnd").unwrap_or_default(),
        ambient: field("CapAmb").is_some(),
    }
}

/// `/proc/self/uid_map` or `gid_map` (LP-LEAF-04).
pub(super) fn id_map(path: &str) -> Answer<Vec<IdRangeText>> {
    read::text(path).map(|text| parse_id_map(&text)).into()
}

/// A field that is no number is 0, and blank lines are skipped.
pub(super) fn parse_id_map(text: &str) -> Vec<IdRangeText> {
    let range = |line: &str| {
        let mut fields = line.split_whitespace().map(|field| field.parse().unwrap_or(0));
        let mut next = || fields.next().unwrap_or(0);
        IdRangeText { id: next(), parent: next(), count: next() }
    };
    text.lines().filter(|line| !line.trim().is_empty()).map(range).collect()
}

/// `/proc/sys/kernel/pid_max`.
pub(super) fn pid_max() -> Option<u64> {
    read::text("/proc/sys/kernel/pid_max").ok()?.trim().parse().ok()
}

/// The limit on open files, as Podman finds it: Go raises the soft one to the hard one when a program starts.
pub(super) fn rlimit_nofile() -> Limits {
    let hard = hard(Resource::Nofile);
    Limits { soft: hard, hard }
}

/// The limit on processes, as Podman leaves it: reading its settings sets both to `pid_max`, or else to the built-in number, where the
/// hard one or a capability allows.
pub(super) fn rlimit_nproc(pid_max: Option<u64>, may_raise: bool) -> Limits {
    const BUILT_IN: u64 = 1_048_576;
    let limit = getrlimit(Resource::Nproc);
    let now =
        Limits { soft: limit.current.unwrap_or(u64::MAX), hard: limit.maximum.unwrap_or(u64::MAX) };
    let fits = |n: u64| may_raise || n <= now.hard;
    let both = |n: u64| Limits { soft: n, hard: n };
    match pid_max {
        Some(n) if fits(n) => both(n),
        _ if fits(BUILT_IN) => both(BUILT_IN),
        _ => now,
    }
}

fn hard(resource: Resource) -> u64 {
    getrlimit(resource).maximum.unwrap_or(u64::MAX)
}

/// The CPUs that have thermal counters, in order; none where the directory cannot be read.
pub(super) fn thermal_throttle() -> Vec<u32> {
    let root = Path::new("/sys/devices/system/cpu");
    let mut cpus: Vec<u32> = read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let number = entry.file_name().to_str()?.strip_prefix("cpu")?.parse().ok()?;
            entry.path().join("thermal_throttle").is_dir().then_some(number)
        })
        .collect();
    cpus.sort_unstable();
    cpus
}

/// /proc/self/cgroup.
pub(super) fn own_cgroup() -> Result<String, Errno> {
    read::text("/proc/self/cgroup")
}

/// Whether PID 1 is systemd.
pub(super) fn systemd() -> bool {
    read::text("/proc/1/comm").is_ok_and(|comm| comm.trim_end() == "systemd")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_maps_are_read_as_podman_does() {
        // LP-LEAF-04
        let range = |id, parent, count| IdRangeText { id, parent, count };
        for (text, ranges) in [
            ("         0          0 4294967295\n", &[range(0, 0, u32::MAX)][..]),
            ("0 1000 1\n1 100000 65536\n", &[range(0, 1000, 1), range(1, 100_000, 65536)]),
            ("\n  \nx 5 y\n", &[range(0, 5, 0)]),
            ("7\n", &[range(7, 0, 0)]),
            ("", &[]),
        ] {
            assert_eq!(parse_id_map(text), ranges, "{text:?}");
        }
    }

    #[test]
    fn cpus_with_thermal_counters_are_in_order() {
        let cpus = thermal_throttle();
        assert!(cpus.is_sorted());
        for cpu in cpus {
            let path = std::format!("/sys/devices/system/cpu/cpu{cpu}/thermal_throttle");
            assert!(Path::new(&path).is_dir(), "{path}");
        }
    }

    #[test]
    fn capability_sets_are_read_by_their_lines() {
        let status = parse_status(
            "Name:\tx\nCapInh:\t0000000000000000\nCapEff:\t0000000000200000\nCapBnd:\t000001fffeffffff\nCapAmb:\t0\n",
        );
        assert_eq!(status.effective, CapSet::named("CAP_SYS_ADMIN"));
        assert!(!status.bounding.contains(CapSet::named("CAP_SYS_RESOURCE").unwrap()));
        assert_eq!(status.bounding.len(), 40);
        assert!(status.ambient);
        assert_eq!(parse_status(""), Status::default());
    }
}
