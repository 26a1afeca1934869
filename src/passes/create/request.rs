//! Takes the pre-set fields of the API handler (SG-JSON-01..04) and the short forms of limits.

use crate::config::{Cpus, Memory, Resources};
use crate::draft::{BlockIoDraft, CpuDraft, Draft, MemoryDraft};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

/// Umask where neither the request nor containers.conf has one.
const UMASK: &str = "0022";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| umask(cx, draft));
    cx.within(|| memory(cx, draft));
    cx.within(|| cpu(cx, draft));
    cx.within(|| pids(cx, draft));
    cx.within(|| rest(cx, draft));
}

/// SG-JSON-01: a umask of the request wins, an empty one too.
fn umask<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.container.umask.set(cx, Rule::SgJson01, || match cx.config().umask() {
        Some(umask) => Cow::Borrowed(umask.as_str()),
        None => Cow::Borrowed(cx.facts().conf_umask().map_or(UMASK, |umask| umask.as_str())),
    });
}

/// SG-JSON-01: whether the image's /etc/hosts is left alone.
pub(super) fn image_hosts(cx: &Cx<'_>) -> bool {
    cx.config()
        .use_image_hosts()
        .unwrap_or_else(|| cx.facts().conf_no_hosts().copied().unwrap_or(false))
}

/// The request's resource object, opened as a whole.
fn limits<'a>(cx: &Cx<'a>) -> Option<&'a Resources> {
    cx.config().resource_limits().as_ref()
}

fn memory<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = limits(cx).and_then(|l| l.memory.as_ref());
    let short = *cx.config().memory();
    if short.is_some() && given.is_some_and(|m| m.limit.is_some()) {
        return draft.refuse(
            cx,
            Rule::OcShort01,
            Problem::TwoForms { short: "memory", long: "resource_limits.memory.limit" },
        );
    }
    if given.is_none() && short.is_none() {
        return;
    }
    let rule = if short.is_some() { Rule::OcShort01 } else { Rule::OcGiven01 };
    let mut memory = given.map_or_else(MemoryDraft::default, of_memory);
    memory.limit = short.map_or(memory.limit, |limit| Some(limit.0));
    let place = &mut draft.spec.resources.memory;
    place.set(cx, rule, || Some(memory));
    if let Some(swap) = twice_the_limit(&memory) {
        place.set(cx, Rule::SgJson04, || Some(MemoryDraft { swap: Some(swap), ..memory }));
    }
}

fn of_memory(m: &Memory) -> MemoryDraft {
    MemoryDraft {
        limit: m.limit,
        reservation: m.reservation,
        swap: m.swap,
        kernel: m.kernel,
        kernel_tcp: m.kernel_tcp,
        swappiness: m.swappiness,
        disable_oom_killer: m.disable_oom_killer,
        use_hierarchy: m.use_hierarchy,
    }
}

/// SG-JSON-04: the swap limit that a memory limit brings along, bytes; one that is given stays, whatever it is.
fn twice_the_limit(memory: &MemoryDraft) -> Option<i64> {
    match (memory.limit, memory.swap) {
        // Beyond half of the range the product wraps, as it does in Go.
        (Some(limit), None) if limit > 0 => Some(limit.wrapping_mul(2)),
        _ => None,
    }
}

fn cpu<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = limits(cx).and_then(|l| l.cpu.as_ref());
    let short = *cx.config().cpus();
    let long = given.and_then(|c| match (c.quota, c.period) {
        (Some(_), _) => Some("resource_limits.cpu.quota"),
        (None, Some(_)) => Some("resource_limits.cpu.period"),
        (None, None) => None,
    });
    if let (Some(_), Some(long)) = (short, long) {
        return draft.refuse(cx, Rule::OcShort01, Problem::TwoForms { short: "cpus", long });
    }
    if given.is_none() && short.is_none() {
        return;
    }
    let text =
        |t: &'a Option<alloc::string::String>| Cow::Borrowed(t.as_deref().unwrap_or_default());
    let rule = if short.is_some() { Rule::OcShort01 } else { Rule::OcGiven01 };
    draft.spec.resources.cpu.set(cx, rule, || {
        let long = given.map_or_else(CpuDraft::default, |c| CpuDraft {
            shares: c.shares,
            quota: c.quota,
            period: c.period,
            realtime_runtime: c.realtime_runtime,
            realtime_period: c.realtime_period,
            cpus: text(&c.cpus),
            mems: text(&c.mems),
        });
        Some(match short {
            Some(cpus) => {
                CpuDraft { quota: Some(cpus.quota_us), period: Some(Cpus::PERIOD_US), ..long }
            }
            None => long,
        })
    });
}

fn pids<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = limits(cx).and_then(|l| l.pids.as_ref()).map(|p| p.limit);
    match (given, *cx.config().pids()) {
        (Some(_), Some(_)) => draft.refuse(
            cx,
            Rule::OcShort01,
            Problem::TwoForms { short: "pids", long: "resource_limits.pids.limit" },
        ),
        (None, Some(limit)) => draft.spec.resources.pids.set(cx, Rule::OcShort01, || Some(limit)),
        (Some(limit), None) => draft.spec.resources.pids.set(cx, Rule::OcGiven01, || Some(limit)),
        (None, None) => {}
    }
}

fn rest<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.working.limits.set(cx, Rule::OcGiven01, || limits(cx));
    let Some(b) = limits(cx).and_then(|l| l.block_io.as_ref()) else { return };
    draft.spec.resources.block_io.set(cx, Rule::OcGiven01, || {
        Some(BlockIoDraft {
            weight: b.weight,
            leaf_weight: b.leaf_weight,
            weight_device: b.weight_device.clone(),
            throttle_read_bps: b.throttle_read_bps.clone(),
            throttle_write_bps: b.throttle_write_bps.clone(),
            throttle_read_iops: b.throttle_read_iops.clone(),
            throttle_write_iops: b.throttle_write_iops.clone(),
        })
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Bytes, Config, Cpu, Pids};
    use crate::facts::Facts;
    use crate::options::Profile;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    /// Runs the pass: what it makes of the limits, or its refusals.
    fn made(
        config: &Config,
    ) -> Result<(Option<MemoryDraft>, Option<(Option<i64>, Option<u64>)>, Option<i64>), Vec<String>>
    {
        let facts = Facts::default();
        let cx = Cx::new(config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        run(&cx, &mut draft);
        if draft.refused() {
            return Err(draft.refusals.iter().map(|d| d.problem.to_string()).collect());
        }
        let r = &draft.spec.resources;
        let cpu = r.cpu.value().cloned().flatten().map(|c| (c.quota, c.period));
        Ok((r.memory.value().copied().flatten(), cpu, r.pids.value().copied().flatten()))
    }

    fn with(resources: Resources) -> Config {
        Config { resource_limits: Some(resources), ..Config::default() }
    }

    #[test]
    fn a_memory_limit_without_swap_gets_twice_as_much() {
        // SG-JSON-04
        for (limit, swap, expected) in [
            (Some(1_000_000), None, Some(2_000_000)),
            (Some(1_000_000), Some(0), Some(0)),
            (Some(1_000_000), Some(-1), Some(-1)),
            (Some(0), None, None),
            (Some(-1), None, None),
            (None, None, None),
            (None, Some(5), Some(5)),
            (Some(i64::MAX), None, Some(-2)),
        ] {
            let config = with(Resources {
                memory: Some(Memory { limit, swap, ..Memory::default() }),
                ..Resources::default()
            });
            let (memory, ..) = made(&config).unwrap();
            assert_eq!(
                memory,
                Some(MemoryDraft { limit, swap: expected, ..MemoryDraft::default() }),
                "{limit:?} {swap:?}"
            );
        }
    }

    #[test]
    fn the_short_forms_stand_for_long_ones() {
        // OC-SHORT-01
        let config = Config {
            memory: Some(Bytes(512 << 20)),
            cpus: Some(Cpus { quota_us: 150_000 }),
            pids: Some(7),
            ..Config::default()
        };
        let memory =
            MemoryDraft { limit: Some(512 << 20), swap: Some(1 << 30), ..MemoryDraft::default() };
        assert_eq!(
            made(&config),
            Ok((Some(memory), Some((Some(150_000), Some(100_000))), Some(7)))
        );
        assert_eq!(made(&Config::default()), Ok((None, None, None)));
    }

    #[test]
    fn the_short_form_goes_with_other_limits_of_its_kind() {
        let resources = Resources {
            memory: Some(Memory { reservation: Some(5), swap: Some(9), ..Memory::default() }),
            cpu: Some(Cpu { shares: Some(3), ..Cpu::default() }),
            ..Resources::default()
        };
        let config = Config {
            memory: Some(Bytes(8)),
            cpus: Some(Cpus { quota_us: 50_000 }),
            ..with(resources)
        };
        let memory = MemoryDraft {
            limit: Some(8),
            reservation: Some(5),
            swap: Some(9),
            ..MemoryDraft::default()
        };
        assert_eq!(made(&config), Ok((Some(memory), Some((Some(50_000), Some(100_000))), None)));
    }

    #[test]
    fn one_limit_in_two_forms_is_refused() {
        let both = |short: &str, long: &str| {
            Err(Vec::from([std::format!(
                "both `{short}` and `{long}` are given, and they set the same limit"
            )]))
        };
        let memory = Memory { limit: Some(1), ..Memory::default() };
        let config = Config {
            memory: Some(Bytes(1)),
            ..with(Resources { memory: Some(memory), ..Resources::default() })
        };
        assert_eq!(made(&config), both("memory", "resource_limits.memory.limit"));
        for (cpu, long) in [
            (
                Cpu { quota: Some(1), period: Some(2), ..Cpu::default() },
                "resource_limits.cpu.quota",
            ),
            (Cpu { period: Some(2), ..Cpu::default() }, "resource_limits.cpu.period"),
        ] {
            let config = Config {
                cpus: Some(Cpus { quota_us: 1 }),
                ..with(Resources { cpu: Some(cpu), ..Resources::default() })
            };
            assert_eq!(made(&config), both("cpus", long));
        }
        let config = Config {
            pids: Some(1),
            ..with(Resources { pids: Some(Pids { limit: 1 }), ..Resources::default() })
        };
        assert_eq!(made(&config), both("pids", "resource_limits.pids.limit"));
    }

    #[test]
    fn the_umask_and_the_hosts_file_are_the_engines_unless_given() {
        // SG-JSON-01
        for (given, conf, expected) in [
            (None, None, "0022"),
            (None, Some("0077"), "0077"),
            (Some("02"), Some("0077"), "02"),
            (Some(""), Some("0077"), ""),
        ] {
            let config = Config { umask: given.map(Into::into), ..Config::default() };
            let mut facts = Facts::default();
            facts.conf.containers.umask = conf.map(Into::into);
            let cx = Cx::new(&config, &facts, Profile::Podman43);
            let mut draft = Draft::default();
            run(&cx, &mut draft);
            assert_eq!(draft.container.umask.value().map(|u| &**u), Some(expected));
        }
        for (given, conf, expected) in
            [(None, None, false), (None, Some(true), true), (Some(false), Some(true), false)]
        {
            let config = Config { use_image_hosts: given, ..Config::default() };
            let mut facts = Facts::default();
            facts.conf.containers.no_hosts = conf;
            assert_eq!(image_hosts(&Cx::new(&config, &facts, Profile::Podman43)), expected);
        }
    }
}
