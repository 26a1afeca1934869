//! Tests the passes on limits over hosts with either version of cgroups.

use super::super::{defaults, image, request};
use super::*;
use crate::config::{BlockIo, Cpu, DeviceRule, Memory, Resources, WeightDevice};
use crate::facts::{Answer, Errno, Facts, FileKind, MemorySwap, PathFacts};
use crate::options::Profile;
use std::string::ToString;

/// A host with everything that v1 can do, or on v2 without swap.
fn facts(unified: bool, rootless: bool) -> Facts {
    let mut facts = Facts::default();
    facts.host.rootless = Some(rootless);
    facts.host.cgroup_unified = Some(Answer::Is(unified));
    facts.host.cgroup_v1 = Some(v1::tests::everything());
    facts.host.memory_swap = Some(MemorySwap { memory_max: true, memory_swap_max: false });
    facts.engine.cgroup_manager = Some("cgroupfs".into());
    facts.conf.containers.seccomp_profile = Some("unconfined".into());
    let device = |minor| PathFacts {
        kind: Some(Answer::Is(FileKind::Special)),
        rdev_major: 254,
        rdev_minor: minor,
        ..PathFacts::default()
    };
    facts.paths.insert("/dev/vda", device(0));
    facts.paths.insert("/dev/vdb", device(16));
    facts.paths.insert(
        "/etc/passwd",
        PathFacts { kind: Some(Answer::Is(FileKind::File)), ..PathFacts::default() },
    );
    facts.paths.insert(
        "/nope",
        PathFacts { kind: Some(Answer::Error(Errno::ENOENT)), ..PathFacts::default() },
    );
    facts
}

fn with(resources: Resources) -> Config {
    Config { resource_limits: Some(resources), ..Config::default() }
}

/// Runs what decides on limits: what `read` sees, and what was warned of; or the first refusal.
fn made<T>(
    config: &Config,
    facts: &Facts,
    read: impl Fn(&Draft<'_>) -> T,
) -> Result<(T, Vec<String>), String> {
    let cx = Cx::new(config, facts, Profile::Podman43);
    let mut draft = Draft::default();
    for pass in [request::run, image::find, defaults::run, verify, throttle, emit] {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    match draft.refusals.first() {
        Some(first) => Err(first.problem.to_string()),
        None => Ok((read(&draft), draft.warnings.iter().map(|w| w.kind.to_string()).collect())),
    }
}

#[test]
fn a_rootless_container_has_no_limits_on_v1() {
    // SG-RES-11: E-33
    let resources = Resources {
        devices: [DeviceRule::default()].into(),
        memory: Some(Memory { limit: Some(1), ..Memory::default() }),
        ..Resources::default()
    };
    let read = |d: &Draft<'_>| {
        (d.spec.resources.memory.value().copied().flatten(), d.spec.resources.devices.len())
    };
    let warned =
        "Resource limits are not supported and ignored on cgroups V1 rootless systems".to_string();
    assert_eq!(
        made(&with(resources.clone()), &facts(false, true), read),
        Ok(((None, 0), [warned.clone()].into()))
    );
    assert_eq!(
        made(&with(Resources::default()), &facts(false, true), read),
        Ok(((None, 0), [warned].into()))
    );
    assert_eq!(made(&Config::default(), &facts(false, true), read), Ok(((None, 0), [].into())));
    let memory = MemoryDraft { limit: Some(1), swap: Some(2), ..MemoryDraft::default() };
    assert_eq!(
        made(&with(resources), &facts(false, false), read),
        Ok(((Some(memory), 1), [].into()))
    );
}

#[test]
fn files_of_v2_are_refused_on_v1() {
    // SG-RES-11
    let given = with(Resources { unified: Some(BTreeMap::new()), ..Resources::default() });
    let read = |d: &Draft<'_>| d.spec.resources.unified.value().copied().flatten().is_some();
    assert_eq!(
        made(&given, &facts(false, false), read).unwrap_err(),
        "cannot use --cgroup-conf without cgroup v2"
    );
    assert_eq!(made(&given, &facts(true, false), read), Ok((true, [].into())));
}

#[test]
fn v2_checks_swap_and_realtime_only() {
    // SG-RES-16, E-64
    let resources = Resources {
        memory: Some(Memory { limit: Some(1_000_000), swappiness: Some(101), ..Memory::default() }),
        cpu: Some(Cpu {
            quota: Some(-1),
            cpus: Some("99".into()),
            realtime_period: Some(1),
            realtime_runtime: Some(1),
            ..Cpu::default()
        }),
        ..Resources::default()
    };
    let read = |d: &Draft<'_>| {
        (
            d.spec.resources.memory.value().copied().flatten().unwrap(),
            d.spec.resources.cpu.value().cloned().flatten().unwrap().realtime_period,
        )
    };
    let memory =
        MemoryDraft { limit: Some(1_000_000), swappiness: Some(101), ..MemoryDraft::default() };
    let said = [
        NO_SWAP,
        "Realtime period not supported on cgroups V2 systems",
        "Realtime runtime not supported on cgroups V2 systems",
    ];
    assert_eq!(
        made(&with(resources.clone()), &facts(true, false), read),
        Ok(((memory, None), said.map(Into::into).into()))
    );
    for (memory_max, memory_swap_max) in [(false, false), (true, true)] {
        let mut facts = facts(true, false);
        facts.host.memory_swap = Some(MemorySwap { memory_max, memory_swap_max });
        assert_eq!(made(&with(resources.clone()), &facts, read).unwrap().0.0.swap, Some(2_000_000));
    }
}

#[test]
fn throttled_devices_are_looked_up() {
    // SG-RES-20: E-66
    let given = |path: &str| Config {
        throttle_read_bps: [(path.into(), ThrottleDevice { rate: 100, ..Default::default() })]
            .into(),
        ..Config::default()
    };
    let read = |d: &Draft<'_>| {
        d.spec.resources.block_io.value().cloned().flatten().unwrap_or_default().throttle_read_bps
    };
    let throttle = |major, rate| Throttle { major, minor: 0, rate };
    assert_eq!(
        made(&given("/dev/vda"), &facts(false, false), read),
        Ok(([throttle(254, 100)].into(), [].into()))
    );
    assert_eq!(
        made(&given("/dev/vda"), &facts(false, true), read),
        Ok(([throttle(254, 100)].into(), [].into()))
    );
    assert_eq!(
        made(&given("/etc/passwd"), &facts(true, false), read),
        Ok(([throttle(0, 100)].into(), [].into()))
    );
    assert_eq!(
        made(&given("/nope"), &facts(true, false), read).unwrap_err(),
        "could not parse throttle device at /nope: no such file or directory"
    );
    let block_io = BlockIo { throttle_read_bps: [throttle(254, 5)].into(), ..BlockIo::default() };
    let both = Config {
        resource_limits: Some(Resources { block_io: Some(block_io), ..Resources::default() }),
        ..given("/dev/vda")
    };
    assert_eq!(
        made(&both, &facts(true, false), read),
        Ok(([throttle(254, 5), throttle(254, 100)].into(), [].into()))
    );
}

#[test]
fn weighted_devices_are_looked_up() {
    // SG-RES-21
    let device = |weight| WeightDevice { weight, leaf_weight: Some(1), ..WeightDevice::default() };
    let weight =
        |minor, weight| Weight { major: 254, minor, weight: Some(weight), leaf_weight: None };
    let given = |path: &str, weight| Config {
        weight_device: [(path.into(), device(weight))].into(),
        ..Config::default()
    };
    let read = |d: &Draft<'_>| {
        d.spec.resources.block_io.value().cloned().flatten().unwrap_or_default().weight_device
    };
    assert_eq!(
        made(&given("/dev/vda", Some(300)), &facts(true, false), read),
        Ok(([weight(0, 300)].into(), [].into()))
    );
    assert_eq!(
        made(&given("/nope", Some(1)), &facts(true, false), read).unwrap_err(),
        "failed to inspect '/nope' in --blkio-weight-device: no such file or directory"
    );
    assert_eq!(
        made(&given("/dev/vda", None), &facts(true, false), read).unwrap_err(),
        "runtime error: invalid memory address or nil pointer dereference"
    );
    let block_io = BlockIo {
        weight_device: [weight(16, 5), Weight { leaf_weight: Some(7), ..weight(0, 6) }].into(),
        ..BlockIo::default()
    };
    let both = Config {
        resource_limits: Some(Resources { block_io: Some(block_io), ..Resources::default() }),
        ..given("/dev/vda", Some(300))
    };
    let expected = [weight(16, 5), Weight { leaf_weight: Some(7), ..weight(0, 300) }];
    assert_eq!(made(&both, &facts(true, false), read), Ok((expected.into(), [].into())));
}
