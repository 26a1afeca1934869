//! Resource limits: defaults, verification, devices named by path (RES).
//!
//! Memory, CPU, pids and block devices are places of the spec from the request on; each is checked apart, so that it owes no other.

mod uint_list;
mod v1;

use crate::config::{Config, Field, Throttle, ThrottleDevice, Weight};
use crate::draft::{BlockIoDraft, CpuDraft, DeviceCgroup, Draft, MemoryDraft};
use crate::facts::{CgroupV1, FactKey};
use crate::problem::{Problem, WarningKind};
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt::Debug;
use v1::Checked;

const NO_SWAP: &str = "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.";

/// SG-RES-10: by what the host is; what is limited by path later on is never checked.
pub(super) fn verify<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    match cx.facts().cgroup_unified() {
        Err(errno) => draft.refuse(cx, Rule::SgRes10, Problem::CgroupVersionUnknown { errno }),
        Ok(true) => on_v2(cx, draft),
        Ok(false) if cx.facts().rootless() => drop_all(cx, draft),
        Ok(false) => on_v1(cx, draft),
    }
}

/// SG-RES-11: a rootless user has no cgroup on v1.
fn drop_all<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    fn drop<T: Debug>(cx: &Cx<'_>, slot: &mut Slot<Option<T>>) -> bool {
        let given = slot.holds(cx, Option::is_some);
        if given {
            slot.set(cx, Rule::SgRes11, || None);
        }
        given
    }
    let r = &mut draft.spec.resources;
    let dropped = [
        drop(cx, &mut draft.working.limits),
        drop(cx, &mut r.memory),
        drop(cx, &mut r.cpu),
        drop(cx, &mut r.pids),
        drop(cx, &mut r.block_io),
    ];
    if dropped.contains(&true) {
        draft.warn(cx, Rule::SgRes11, WarningKind::LimitsIgnoredRootlessV1);
    }
}

/// SG-RES-16: nothing else is checked on v2.
fn on_v2<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let Some(memory) = draft.spec.resources.memory.see(cx).copied().flatten() else { return };
        if memory.swap.is_none() {
            return;
        }
        let files = cx.facts().memory_swap();
        if files.memory_max && !files.memory_swap_max {
            draft
                .spec
                .resources
                .memory
                .set(cx, Rule::SgRes16, || Some(MemoryDraft { swap: None, ..memory }));
            // The warning names the rule that it is about.
            draft.spec.resources.memory.see(cx);
            draft.warn(cx, Rule::SgRes18, WarningKind::LimitDiscarded(NO_SWAP.into()));
        } else {
            draft.spec.resources.memory.stand(cx);
        }
    });
    cx.within(|| {
        let Some(cpu) = draft.spec.resources.cpu.see(cx).cloned().flatten() else { return };
        let said = [
            (cpu.realtime_period.is_some(), "Realtime period not supported on cgroups V2 systems"),
            (
                cpu.realtime_runtime.is_some(),
                "Realtime runtime not supported on cgroups V2 systems",
            ),
        ];
        for (_, text) in said.iter().filter(|(given, _)| *given) {
            draft.warn(cx, Rule::SgRes18, WarningKind::LimitDiscarded((*text).into()));
        }
        if said.iter().any(|(given, _)| *given) {
            draft.spec.resources.cpu.set(cx, Rule::SgRes16, || {
                Some(CpuDraft { realtime_period: None, realtime_runtime: None, ..cpu })
            });
        }
    });
}

fn on_v1<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        // SG-RES-11
        if draft.working.limits.see(cx).copied().flatten().is_some_and(|l| l.unified.is_some()) {
            draft.refuse(cx, Rule::SgRes11, Problem::UnifiedOnV1);
        }
    });
    check(cx, draft, Rule::SgRes12, |draft| &mut draft.spec.resources.memory, v1::memory);
    check(cx, draft, Rule::SgRes13, |draft| &mut draft.spec.resources.pids, v1::pids);
    check(cx, draft, Rule::SgRes14, |draft| &mut draft.spec.resources.cpu, v1::cpu);
    check(cx, draft, Rule::SgRes15, |draft| &mut draft.spec.resources.block_io, v1::block_io);
}

/// Checks what stands in a place: takes over what the kernel supports of it, says what it does not, and refuses what makes no sense.
fn check<'a, T: Clone + Debug + PartialEq>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    place: for<'d> fn(&'d mut Draft<'a>) -> &'d mut Slot<Option<T>>,
    checked: fn(T, &CgroupV1) -> Checked<T>,
) {
    cx.within(|| {
        let Some(given) = place(draft).see(cx).cloned().flatten() else { return };
        // SG-RES-17
        let Some(support) = cx.facts().cgroup_v1() else {
            return cx.note_missing(FactKey::CgroupV1, "");
        };
        let Checked { kept, said, refused } = checked(given.clone(), support);
        if kept.as_ref() == Some(&given) {
            place(draft).stand(cx);
        } else {
            place(draft).set(cx, rule, || kept);
            // The warnings name the rule that they are about.
            place(draft).see(cx);
        }
        for text in said {
            draft.warn(cx, Rule::SgRes18, WarningKind::LimitDiscarded(text.into()));
        }
        if let Some(problem) = refused {
            draft.refuse(cx, rule, problem);
        }
    });
}

/// SG-RES-20: appended to what the request has by number; the same device twice stays twice.
pub(super) fn throttle<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    type Select = fn(&Config) -> &BTreeMap<String, ThrottleDevice>;
    type Place = fn(&mut BlockIoDraft) -> &mut Vec<Throttle>;
    let kinds: [(Field, Select, Place); 4] = [
        (Field::ThrottleReadBps, |c| &c.throttle_read_bps, |b| &mut b.throttle_read_bps),
        (Field::ThrottleWriteBps, |c| &c.throttle_write_bps, |b| &mut b.throttle_write_bps),
        (Field::ThrottleReadIops, |c| &c.throttle_read_iops, |b| &mut b.throttle_read_iops),
        (Field::ThrottleWriteIops, |c| &c.throttle_write_iops, |b| &mut b.throttle_write_iops),
    ];
    for (field, select, place) in kinds {
        cx.within(|| {
            let mut found = Vec::new();
            for (path, device) in cx.config().entries(field, select).iter() {
                let rate = device.see(cx).rate;
                match block_device(cx, path) {
                    Ok((major, minor)) => found.push(Throttle { major, minor, rate }),
                    Err(errno) => {
                        return draft.refuse(
                            cx,
                            Rule::SgRes20,
                            Problem::ThrottleDevice { path: path.into(), errno },
                        );
                    }
                }
            }
            if found.is_empty() {
                return;
            }
            let mut block_io =
                draft.spec.resources.block_io.see(cx).cloned().flatten().unwrap_or_default();
            place(&mut block_io).append(&mut found);
            draft.spec.resources.block_io.set(cx, Rule::SgRes20, || Some(block_io));
        });
    }
}

/// The numbers of a device; 0 and 0 for what is none.
fn block_device(cx: &Cx<'_>, path: &str) -> Result<(i64, i64), crate::facts::Errno> {
    cx.facts().path_answer(path, |p| p.kind.as_ref())?;
    Ok(cx.facts().path(path).map_or((0, 0), |p| (p.rdev_major, p.rdev_minor)))
}

/// SG-RES-01: what was not checked is taken as it is, unless all was dropped.
pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let Some(given) = draft.working.limits.see(cx).copied().flatten() else { return };
        let r = &mut draft.spec.resources;
        for rule in &given.devices {
            r.devices.push(cx, Rule::SgRes01, || DeviceCgroup::from(rule));
        }
        if !given.hugepage_limits.is_empty() {
            r.hugepage_limits.set(cx, Rule::SgRes01, || given.hugepage_limits.as_slice());
        }
        if given.network.is_some() {
            r.network.set(cx, Rule::SgRes01, || given.network.as_ref());
        }
        if !given.rdma.is_empty() {
            r.rdma.set(cx, Rule::SgRes01, || Some(&given.rdma));
        }
        if given.unified.is_some() {
            r.unified.set(cx, Rule::SgRes01, || given.unified.as_ref());
        }
    });
    cx.within(|| weights(cx, draft));
}

/// SG-RES-21: in the place of an earlier weight of the same device.
fn weights<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mut found: BTreeMap<(i64, i64), u16> = BTreeMap::new();
    for (path, device) in cx.config().entries(Field::WeightDevices, |c| &c.weight_device).iter() {
        let weight = device.see(cx).weight;
        match (block_device(cx, path), weight) {
            (Ok(numbers), Some(weight)) => {
                found.insert(numbers, weight);
            }
            // Podman panics, after it has looked at all of them.
            (Ok(_), None) => draft.refuse(cx, Rule::SgRes21, Problem::WeightMissing),
            (Err(errno), _) => {
                return draft.refuse(
                    cx,
                    Rule::SgRes21,
                    Problem::WeightDevice { path: path.into(), errno },
                );
            }
        }
    }
    if found.is_empty() {
        return;
    }
    let mut block_io = draft.spec.resources.block_io.see(cx).cloned().flatten().unwrap_or_default();
    for device in &mut block_io.weight_device {
        if let Some(weight) = found.remove(&(device.major, device.minor)) {
            device.weight = Some(weight);
        }
    }
    block_io.weight_device.extend(found.into_iter().map(|((major, minor), weight)| Weight {
        major,
        minor,
        weight: Some(weight),
        leaf_weight: None,
    }));
    draft.spec.resources.block_io.set(cx, Rule::SgRes21, || Some(block_io));
}

#[cfg(test)]
mod tests;
