//! What cgroup v1 can keep of the limits: what is left, what is said, what is refused (SG-RES-12..15).

use super::uint_list::UintList;
use crate::draft::{BlockIoDraft, CpuDraft, MemoryDraft};
use crate::facts::CgroupV1;
use crate::problem::Problem;
use alloc::{borrow::Cow, vec::Vec};

/// Outcome of a check.
#[derive(Debug, PartialEq)]
pub(super) struct Checked<T> {
    /// What is left.
    pub(super) kept: Option<T>,
    /// What is warned of, in Podman's words.
    pub(super) said: Vec<&'static str>,
    /// Why it is refused.
    pub(super) refused: Option<Problem>,
}

impl<T> Checked<T> {
    fn of(
        given: T,
        check: impl FnOnce(&mut T, &mut Vec<&'static str>) -> Result<(), Problem>,
    ) -> Self {
        let (mut kept, mut said) = (given, Vec::new());
        let refused = check(&mut kept, &mut said).err();
        Checked { kept: Some(kept), said, refused }
    }
}

/// Drops a limit that the kernel does not support.
fn unless<T>(
    supported: bool,
    limit: &mut Option<T>,
    said: &mut Vec<&'static str>,
    text: &'static str,
) {
    if !supported && limit.take().is_some() {
        said.push(text);
    }
}

/// SG-RES-12: in this order.
pub(super) fn memory(given: MemoryDraft, v1: &CgroupV1) -> Checked<MemoryDraft> {
    Checked::of(given, |m, said| {
        if m.limit.is_some() && !v1.memory {
            said.push("Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded.");
            m.limit = None;
            m.swap = None;
        }
        if m.limit.is_some() {
            unless(v1.swap, &mut m.swap, said, super::NO_SWAP);
        }
        match (m.limit, m.swap) {
            // Q-30: -1, for no limit, is below any limit.
            (Some(limit), Some(swap)) if swap < limit => return Err(Problem::SwapBelowLimit),
            (None, Some(_)) => return Err(Problem::SwapWithoutLimit),
            _ => {}
        }
        let text = "Your kernel does not support memory swappiness capabilities, or the cgroup is not mounted. Memory swappiness discarded.";
        unless(v1.swappiness, &mut m.swappiness, said, text);
        if let Some(swappiness) = m.swappiness.filter(|s| *s > 100) {
            return Err(Problem::Swappiness { swappiness });
        }
        let text = "Your kernel does not support memory soft limit capabilities or the cgroup is not mounted. Limitation discarded.";
        unless(v1.reservation, &mut m.reservation, said, text);
        if let (Some(limit), Some(reservation)) = (m.limit, m.reservation)
            && limit < reservation
        {
            return Err(Problem::ReservationAboveLimit);
        }
        if m.disable_oom_killer == Some(true) {
            unless(
                v1.oom_kill_disable,
                &mut m.disable_oom_killer,
                said,
                "Your kernel does not support OomKillDisable. OomKillDisable discarded.",
            );
        }
        Ok(())
    })
}

/// SG-RES-13
pub(super) fn pids(limit: i64, v1: &CgroupV1) -> Checked<i64> {
    if limit < 0 || v1.pids {
        return Checked { kept: Some(limit), said: Vec::new(), refused: None };
    }
    let text = "Your kernel does not support pids limit capabilities or the cgroup is not mounted. PIDs limit discarded.";
    Checked { kept: None, said: Vec::from([text]), refused: None }
}

/// SG-RES-14: in this order.
pub(super) fn cpu<'a>(given: CpuDraft<'a>, v1: &CgroupV1) -> Checked<CpuDraft<'a>> {
    Checked::of(given, |c, said| {
        let text = "Your kernel does not support CPU shares or the cgroup is not mounted. Shares discarded.";
        unless(v1.cpu_shares, &mut c.shares, said, text);
        let text = "Your kernel does not support CPU cfs period or the cgroup is not mounted. Period discarded.";
        unless(v1.cpu_period, &mut c.period, said, text);
        if c.period.is_some_and(|period| !(1000..=1_000_000).contains(&period)) {
            return Err(Problem::CpuPeriod);
        }
        let text = "Your kernel does not support CPU cfs quota or the cgroup is not mounted. Quota discarded.";
        unless(v1.cpu_quota, &mut c.quota, said, text);
        if c.quota.is_some_and(|quota| quota < 1000) {
            return Err(Problem::CpuQuota);
        }
        if !(v1.cpuset || (c.cpus.is_empty() && c.mems.is_empty())) {
            said.push("Your kernel does not support cpuset or the cgroup is not mounted. CPUset discarded.");
            c.cpus = Cow::Borrowed("");
            c.mems = Cow::Borrowed("");
        }
        let available = |text: &'_ str| alloc::string::String::from(text.trim());
        match are_available(&c.cpus, &v1.cpuset_cpus) {
            None => return Err(Problem::CpusetCpusInvalid { cpus: c.cpus.clone().into_owned() }),
            Some(false) => {
                return Err(Problem::CpusetCpusMissing {
                    cpus: c.cpus.clone().into_owned(),
                    available: available(&v1.cpuset_cpus),
                });
            }
            Some(true) => {}
        }
        match are_available(&c.mems, &v1.cpuset_mems) {
            None => Err(Problem::CpusetMemsInvalid { mems: c.mems.clone().into_owned() }),
            Some(false) => Err(Problem::CpusetMemsMissing {
                mems: c.mems.clone().into_owned(),
                available: available(&v1.cpuset_mems),
            }),
            Some(true) => Ok(()),
        }
    })
}

/// Whether the host has all of a list; `None` where either cannot be read.
fn are_available(given: &str, host: &str) -> Option<bool> {
    Some(UintList::parse(given)?.is_within(&UintList::parse(host.trim())?))
}

/// SG-RES-15: only what the request has by number so far.
pub(super) fn block_io(given: BlockIoDraft, v1: &CgroupV1) -> Checked<BlockIoDraft> {
    Checked::of(given, |b, said| {
        let text = "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.";
        unless(v1.blkio_weight, &mut b.weight, said, text);
        if b.weight.is_some_and(|weight| !(10..=1000).contains(&weight)) {
            return Err(Problem::BlkioWeight);
        }
        if !v1.blkio_weight_device && !b.weight_device.is_empty() {
            said.push("Your kernel does not support Block I/O weight_device or the cgroup is not mounted. Weight-device discarded.");
            b.weight_device.clear();
        }
        for (supported, devices, text) in [
            (
                v1.blkio_read_bps,
                &mut b.throttle_read_bps,
                "Your kernel does not support BPS Block I/O read limit or the cgroup is not mounted. Block I/O BPS read limit discarded",
            ),
            (
                v1.blkio_write_bps,
                &mut b.throttle_write_bps,
                "Your kernel does not support BPS Block I/O write limit or the cgroup is not mounted. Block I/O BPS write limit discarded.",
            ),
            (
                v1.blkio_read_iops,
                &mut b.throttle_read_iops,
                "Your kernel does not support IOPS Block read limit or the cgroup is not mounted. Block I/O IOPS read limit discarded.",
            ),
            (
                v1.blkio_write_iops,
                &mut b.throttle_write_iops,
                "Your kernel does not support IOPS Block I/O write limit or the cgroup is not mounted. Block I/O IOPS write limit discarded.",
            ),
        ] {
            if !supported && !devices.is_empty() {
                said.push(text);
                devices.clear();
            }
        }
        Ok(())
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::config::{Throttle, Weight};
    use std::string::ToString as _;

    /// A kernel that supports all.
    pub(in super::super) fn everything() -> CgroupV1 {
        CgroupV1 {
            memory: true,
            swap: true,
            reservation: true,
            oom_kill_disable: true,
            swappiness: true,
            cpu_shares: true,
            cpu_period: true,
            cpu_quota: true,
            cpuset: true,
            cpuset_cpus: "0-1\n".into(),
            cpuset_mems: "0\n".into(),
            pids: true,
            blkio_weight: true,
            blkio_weight_device: true,
            blkio_read_bps: true,
            blkio_write_bps: true,
            blkio_read_iops: true,
            blkio_write_iops: true,
        }
    }

    fn refusal<T>(checked: Checked<T>) -> Option<std::string::String> {
        checked.refused.map(|p| p.to_string())
    }

    #[test]
    fn memory_limits_make_sense() {
        // SG-RES-12: E-63
        let m = MemoryDraft::default();
        let below = Some("minimum memoryswap limit should be larger than memory limit, see usage");
        for (given, refused) in [
            (MemoryDraft { limit: Some(5), swap: Some(10), ..m }, None),
            (MemoryDraft { limit: Some(5), swap: Some(5), ..m }, None),
            (MemoryDraft { limit: Some(-1), ..m }, None),
            (MemoryDraft { limit: Some(5), swap: Some(4), ..m }, below),
            (MemoryDraft { limit: Some(5), swap: Some(-1), ..m }, below),
            (MemoryDraft { limit: Some(5), swap: Some(0), ..m }, below),
            (
                MemoryDraft { swap: Some(5), ..m },
                Some(
                    "you should always set a memory limit when using a memoryswap limit, see usage",
                ),
            ),
            (MemoryDraft { swappiness: Some(100), ..m }, None),
            (
                MemoryDraft { swappiness: Some(101), ..m },
                Some("invalid value: 101, valid memory swappiness range is 0-100"),
            ),
            (MemoryDraft { reservation: Some(6), ..m }, None),
            (
                MemoryDraft { limit: Some(5), reservation: Some(6), ..m },
                Some(
                    "minimum memory limit cannot be less than memory reservation limit, see usage",
                ),
            ),
        ] {
            assert_eq!(refusal(memory(given, &everything())).as_deref(), refused, "{given:?}");
            assert_eq!(memory(given, &everything()).kept, Some(given));
        }
    }

    #[test]
    fn memory_limits_without_support_are_dropped() {
        // SG-RES-12
        let given = MemoryDraft {
            limit: Some(5),
            swap: Some(1),
            reservation: Some(9),
            swappiness: Some(500),
            disable_oom_killer: Some(true),
            ..MemoryDraft::default()
        };
        let checked = memory(given, &CgroupV1::default());
        assert_eq!(
            (checked.kept, checked.said.len(), checked.refused),
            (Some(MemoryDraft::default()), 4, None)
        );
        let checked = memory(given, &CgroupV1 { memory: true, ..CgroupV1::default() });
        assert_eq!(
            (checked.kept.unwrap().limit, checked.said[0]),
            (Some(5), super::super::NO_SWAP)
        );
        let kept =
            memory(MemoryDraft { disable_oom_killer: Some(false), ..given }, &CgroupV1::default())
                .kept
                .unwrap();
        assert_eq!(kept.disable_oom_killer, Some(false));
    }

    #[test]
    fn a_pids_limit_needs_its_controller() {
        // SG-RES-13
        assert_eq!(pids(0, &CgroupV1::default()).kept, None);
        assert_eq!(pids(0, &CgroupV1::default()).said.len(), 1);
        assert_eq!(pids(-1, &CgroupV1::default()).kept, Some(-1));
        assert_eq!(pids(5, &everything()).kept, Some(5));
    }

    #[test]
    fn cpu_limits_make_sense() {
        // SG-RES-14: E-64
        let c = CpuDraft::default;
        let period = Some(
            "CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
        );
        let quota = Some("CPU cfs quota cannot be less than 1ms (i.e. 1000)");
        for (given, refused) in [
            (CpuDraft { period: Some(1000), quota: Some(1000), ..c() }, None),
            (CpuDraft { period: Some(5), ..c() }, period),
            (CpuDraft { period: Some(1_000_001), ..c() }, period),
            (CpuDraft { quota: Some(-1), ..c() }, quota),
            (CpuDraft { quota: Some(999), ..c() }, quota),
            (CpuDraft { cpus: "0,1".into(), mems: "0".into(), ..c() }, None),
            (
                CpuDraft { cpus: "9".into(), ..c() },
                Some("requested CPUs are not available - requested 9, available: 0-1"),
            ),
            (CpuDraft { cpus: "x".into(), ..c() }, Some("invalid value x for cpuset cpus")),
            (
                CpuDraft { mems: "1".into(), ..c() },
                Some("requested memory nodes are not available - requested 1, available: 0"),
            ),
            (CpuDraft { mems: "0-".into(), ..c() }, Some("invalid value 0- for cpuset mems")),
        ] {
            assert_eq!(refusal(cpu(given.clone(), &everything())).as_deref(), refused, "{given:?}");
        }
    }

    #[test]
    fn cpu_limits_without_support_are_dropped() {
        // SG-RES-14
        let given = CpuDraft {
            shares: Some(1),
            period: Some(1),
            quota: Some(1),
            cpus: "x".into(),
            realtime_period: Some(1),
            ..CpuDraft::default()
        };
        let checked = cpu(given, &CgroupV1::default());
        assert_eq!(
            checked.kept,
            Some(CpuDraft { realtime_period: Some(1), ..CpuDraft::default() })
        );
        assert_eq!((checked.said.len(), checked.refused), (4, None));
    }

    #[test]
    fn block_device_limits_make_sense_or_are_dropped() {
        // SG-RES-15: E-65
        for (weight, refused) in [(10, false), (1000, false), (9, true), (1001, true)] {
            let given = BlockIoDraft { weight: Some(weight), ..BlockIoDraft::default() };
            assert_eq!(
                block_io(given, &everything()).refused,
                refused.then_some(Problem::BlkioWeight),
                "{weight}"
            );
        }
        let throttle = Vec::from([Throttle::default()]);
        let given = BlockIoDraft {
            weight: Some(5),
            leaf_weight: Some(7),
            weight_device: Vec::from([Weight::default()]),
            throttle_read_bps: throttle.clone(),
            throttle_write_bps: throttle.clone(),
            throttle_read_iops: throttle.clone(),
            throttle_write_iops: throttle,
        };
        let checked = block_io(given, &CgroupV1::default());
        assert_eq!(
            checked.kept,
            Some(BlockIoDraft { leaf_weight: Some(7), ..BlockIoDraft::default() })
        );
        assert_eq!((checked.said.len(), checked.refused), (6, None));
    }
}
