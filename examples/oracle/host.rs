//! Makes facts of what was recorded about a host: the kernel, the engine's process and settings, what storage and networks hold.

use crate::Fallible;
use crate::fixtures;
use crate::paths::{self, octal};
use crate::record::{Library, Look, blob_of, shaped};
use ocify::Facts;
use ocify::facts::{
    Answer, CgroupV1, ContainersConf, DeviceNode, Engine, Errno, Host, HostUser, IdRangeText,
    Limits, MemorySwap, NetworkFacts, NetworkSubnet, SecretFacts, SlirpFeatures, Table, Volume,
};
use ocify::parts::security::caps::CapSet;
use ocify::parts::security::seccomp::SeccompProfile;
use serde_json::Value;

/// The facts that hold for every case on a host.
pub(crate) fn facts(host: &Value, library: &Library) -> Fallible<Facts> {
    let mut facts = Facts {
        format_version: "1.0".to_owned(),
        host: kernel(host)?,
        conf: conf(host.at("containers_conf"))?,
        engine: engine(host),
        ..Facts::default()
    };
    seccomp(&mut facts, host, library)?;
    facts.hooks = Some(texts(host.at("hooks_dirs")));
    facts.cdi = Some(texts(host.at("cdi_dirs")));
    facts.volumes =
        host.list_at("volumes").iter().map(|v| (v.owned_at("Name"), volume(v))).collect();
    for network in host.list_at("networks") {
        let told = NetworkFacts {
            id: network.owned_at("id"),
            name: network.owned_at("name"),
            driver: network.owned_at("driver"),
            dns_enabled: network.is_at("dns_enabled"),
            subnets: network
                .list_at("subnets")
                .iter()
                .map(|s| NetworkSubnet::of(&s.owned_at("subnet")))
                .collect(),
            ..NetworkFacts::default()
        };
        facts.networks.insert(told.id.clone(), told.clone());
        facts.networks.insert(told.name.clone(), told);
    }
    for (number, (name, data)) in host.texts_by_key_at("secrets").into_iter().enumerate() {
        // The ids of secrets were not recorded; no request names one.
        let told = SecretFacts {
            id: format!("{:025x}", number.saturating_add(0x5ec)),
            name: name.clone(),
            data: Some(data),
        };
        facts.secrets.insert(told.id.clone(), told.clone());
        facts.secrets.insert(name, told);
    }
    users(&mut facts, host);
    for (path, key) in [("/etc/resolv.conf", "etc_resolv_conf"), ("/etc/hosts", "etc_hosts")] {
        facts
            .files
            .insert(path, host.maybe_at(key).map_or(Answer::Error(Errno::ENOENT), Answer::Is));
    }
    paths::of_host(&mut facts, host);
    Ok(facts)
}

fn kernel(host: &Value) -> Fallible<Host> {
    let uid: u32 = host.number_at("host_uid");
    let limit = |name: &str| {
        let limit = host.at("rlimits").at(name);
        let number = |key: &str| limit.text_at(key).parse().unwrap_or(u64::MAX);
        Limits { soft: number("soft"), hard: number("hard") }
    };
    // Rootless podman puts itself into a user namespace, with every capability in its bounding set.
    let bounding = if host.is_at("rootless") {
        CapSet::up_to(host.text_at("cap_last_cap").parse()?)
    } else {
        CapSet::from_hex(host.at("caps").text_at("CapBnd"))
            .ok_or("the bounding set is not hexadecimal")?
    };
    let unified = host.is_at("cgroup_unified");
    let memory = host.text_at("cgroup2_controllers").split_whitespace().any(|c| c == "memory");
    let mut environment = host.texts_by_key_at("environment");
    // The API service takes its own NOTIFY_SOCKET out of its environment.
    environment.remove("NOTIFY_SOCKET");
    if host.is_at("rootless") {
        // What podman sets for itself in its user namespace, and again when it joins the one of an earlier process.
        let joined = is_inside(host, "uid_map");
        let configured = if joined { "done" } else { "init" };
        let home = environment.get("HOME").cloned().unwrap_or_default();
        environment.entry("XDG_CONFIG_HOME".to_owned()).or_insert(format!("{home}/.config"));
        for (name, value) in [
            ("_CONTAINERS_USERNS_CONFIGURED", configured.to_owned()),
            ("_CONTAINERS_ROOTLESS_UID", uid.to_string()),
            ("_CONTAINERS_ROOTLESS_GID", host.number_at::<u32>("host_gid").to_string()),
        ] {
            environment.insert(name.to_owned(), value);
        }
    }
    Ok(Host {
        rootless: Some(host.is_at("rootless")),
        rootless_uid: Some(uid),
        rootless_gid: Some(host.number_at("host_gid")),
        euid: Some(host.number_at("euid_in_podman_userns")),
        arch: host.maybe_at("arch"),
        kernel: host.maybe_at("kernel"),
        cgroup_unified: Some(Answer::Is(unified)),
        cgroup_v1: (!unified).then(|| cgroup_v1(host)),
        own_cgroup: Some(Answer::Is(host.owned_at("own_cgroup_procfile"))),
        memory_swap: Some(MemorySwap { memory_max: memory, memory_swap_max: memory }),
        hostname: Some(Answer::Is(host.owned_at("hostname"))),
        uid_map: Some(Answer::Is(own_ids(host, "uid_map", "subuid", uid))),
        gid_map: Some(Answer::Is(own_ids(host, "gid_map", "subgid", host.number_at("host_gid")))),
        sub_uids: Some(subordinate(host, "subuid", uid)),
        sub_gids: Some(subordinate(host, "subgid", uid)),
        bounding_capabilities: Some(bounding.iter().map(str::to_owned).collect()),
        ambient_capabilities: Some(true),
        rlimit_nofile: Some(limit("Max open files")),
        rlimit_nproc: Some(limit("Max processes")),
        pid_max: Some(host.text_at("pid_max").parse()?),
        environment: Some(environment),
        working_directory: Some("/".to_owned()),
        selinux: Some(host.is_at("selinux_enabled")),
        apparmor: Some(host.is_at("apparmor_enabled")),
        apparmor_profiles: Some(Vec::new()),
        devices: Some(Answer::Is(scanned(host))),
        // The private network namespace of a recording has nothing but a loopback.
        addresses: Some(vec!["127.0.0.1".to_owned(), "::1".to_owned()]),
        interfaces: Some(vec!["lo".to_owned()]),
        cpus: Some(host.number_at("cpus")),
        fips: Some(false),
        systemd: Some(false),
        free_ports: Some((40000..40064).collect()),
        ..Host::default()
    })
}

fn cgroup_v1(host: &Value) -> CgroupV1 {
    let has = |file: &str| host.at("v1_files").is_at(file);
    // One of the four throttle files was looked at; the kernel has all or none.
    let throttle = has("blkio/blkio.throttle.read_bps_device");
    CgroupV1 {
        memory: has("memory/memory.limit_in_bytes"),
        swap: has("memory/memory.memsw.limit_in_bytes"),
        reservation: has("memory/memory.soft_limit_in_bytes"),
        oom_kill_disable: has("memory/memory.oom_control"),
        swappiness: has("memory/memory.swappiness"),
        cpu_shares: has("cpu/cpu.shares"),
        cpu_period: has("cpu/cpu.cfs_period_us"),
        cpu_quota: has("cpu/cpu.cfs_quota_us"),
        cpuset: has("cpuset/cpuset.cpus"),
        cpuset_cpus: host.at("cpuset_v1").owned_at("cpus"),
        cpuset_mems: host.at("cpuset_v1").owned_at("mems"),
        pids: has("pids"),
        blkio_weight: has("blkio/blkio.weight"),
        blkio_weight_device: has("blkio/blkio.weight_device"),
        blkio_read_bps: throttle,
        blkio_write_bps: throttle,
        blkio_read_iops: throttle,
        blkio_write_iops: throttle,
    }
}

/// The lines of `/proc/PID/uid_map`.
fn id_map(text: &str) -> Vec<IdRangeText> {
    let line = |line: &str| {
        let mut numbers = line.split_whitespace().map(|n| n.parse().unwrap_or_default());
        let mut next = || numbers.next().unwrap_or_default();
        IdRangeText { id: next(), parent: next(), count: next() }
    };
    text.lines().filter(|l| !l.trim().is_empty()).map(line).collect()
}

/// Whether ids were recorded inside of a user namespace.
fn is_inside(host: &Value, key: &str) -> bool {
    id_map(host.text_at(key)).iter().any(|range| range.parent != range.id)
}

/// The ids of the engine's process. A rootless engine's were recorded outside of the user namespace that it makes of the user's own id and
/// his subordinate ones.
fn own_ids(host: &Value, key: &str, subordinate: &str, own: u32) -> Vec<IdRangeText> {
    if !host.is_at("rootless") || is_inside(host, key) {
        return id_map(host.text_at(key));
    }
    let mut ranges = vec![IdRangeText { id: 0, parent: own, count: 1 }];
    let mut next = 1_u32;
    for (parent, count) in subordinate_ranges(host, subordinate, host.number_at("host_uid")) {
        ranges.push(IdRangeText { id: next, parent, count });
        next = next.saturating_add(count);
    }
    ranges
}

/// Sizes of the engine's user's ranges.
fn subordinate(host: &Value, key: &str, uid: u32) -> Vec<u32> {
    subordinate_ranges(host, key, uid).into_iter().map(|(_, size)| size).collect()
}

/// First ids and sizes of the engine's user's ranges, given by name or number.
fn subordinate_ranges(host: &Value, key: &str, uid: u32) -> Vec<(u32, u32)> {
    let (name, number) = (host.text_at("host_user"), uid.to_string());
    let range = |line: &String| {
        let (owner, range) = line.split_once(':')?;
        if owner == name || owner == number {
            let (first, size) = range.split_once(':')?;
            Some((first.trim().parse().ok()?, size.trim().parse().ok()?))
        } else {
            None
        }
    };
    host.texts_at(key).iter().filter_map(range).collect()
}

/// A device node as it was listed; `None` for a link.
pub(crate) fn device(entry: &Value) -> Option<DeviceNode> {
    let kind = entry.maybe_at("type")?;
    let file_type = if kind == "b" { 0o060_000 } else { 0o020_000 };
    Some(DeviceNode {
        path: entry.owned_at("path"),
        kind,
        major: entry.number_at("major"),
        minor: entry.number_at("minor"),
        mode: octal(entry.text_at("mode")) | file_type,
        uid: entry.number_at("uid"),
        gid: entry.number_at("gid"),
    })
}

/// LP-DEV-02: depth first with each directory's entries by name; some directories and every `console` are passed over.
fn scanned(host: &Value) -> Vec<DeviceNode> {
    let skipped = |path: &str| {
        let mut parts = path.rsplit('/');
        parts.next() == Some("console")
            || parts.any(|dir| ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts"].contains(&dir))
    };
    let mut found: Vec<DeviceNode> =
        host.list_at("dev").iter().filter_map(device).filter(|d| !skipped(&d.path)).collect();
    found.sort_by(|a, b| a.path.split('/').cmp(b.path.split('/')));
    found
}

fn conf(recorded: &Value) -> Fallible<ContainersConf> {
    let mut tables = recorded.clone();
    if let Value::Object(map) = &mut tables {
        // The recorder keeps this nested table by its dotted name.
        let runtimes = map.remove("engine.runtimes");
        let engine = map.get_mut("engine").and_then(Value::as_object_mut);
        if let (Some(runtimes), Some(engine)) = (runtimes, engine) {
            engine.insert("runtimes".to_owned(), runtimes);
        }
    }
    shaped(&tables)
}

fn engine(host: &Value) -> Engine {
    let program = |path: &str| Some(Answer::Is(path.to_owned()));
    Engine {
        version: host.maybe_at("podman_version"),
        graph_root: host.maybe_at("graph_root"),
        graph_driver: host.maybe_at("graph_driver"),
        graph_options: Some(Vec::new()),
        run_root: host.maybe_at("run_root"),
        volume_path: host.maybe_at("volume_path"),
        tmp_dir: host.maybe_at("tmp_dir"),
        runtime_dir: Some(
            host.at("environment").maybe_at("XDG_RUNTIME_DIR").unwrap_or_else(|| "/run".to_owned()),
        ),
        cgroup_manager: host.maybe_at("cgroup_manager"),
        oci_runtime: host.maybe_at("oci_runtime"),
        log_driver: Some("k8s-file".to_owned()),
        // Debian 12's packages, which the recorder's notes name.
        slirp4netns: program("/usr/bin/slirp4netns"),
        slirp4netns_features: Some(SlirpFeatures {
            disable_host_loopback: true,
            mtu: true,
            enable_sandbox: true,
            enable_seccomp: true,
            cidr: true,
            outbound_addr: true,
            enable_ipv6: true,
        }),
        rootlessport: program("/usr/lib/podman/rootlessport"),
        netavark: program("/usr/lib/podman/netavark"),
        aardvark_dns: program("/usr/lib/podman/aardvark-dns"),
        ..Engine::default()
    }
}

/// The stock profile, at the path that Debian's package has; the administrator's does not exist.
fn seccomp(facts: &mut Facts, host: &Value, library: &Library) -> Fallible<()> {
    const STOCK: &str = "/usr/share/containers/seccomp.json";
    const ADMINISTRATOR: &str = "/etc/containers/seccomp.json";
    let recorded = host.at("default_seccomp_profile");
    let text = match blob_of(recorded) {
        Some(sum) => library.text(sum)?,
        None => recorded.to_string(),
    };
    let profile = SeccompProfile::parse(text)?;
    facts.seccomp.insert("", Answer::Is(profile.clone()));
    facts.seccomp.insert(STOCK, Answer::Is(profile));
    facts.seccomp.insert(ADMINISTRATOR, Answer::Error(Errno::ENOENT));
    paths::put(facts, STOCK, paths::file(0o644));
    paths::put(facts, ADMINISTRATOR, paths::absent());
    Ok(())
}

/// Directories of texts, by path: `null` in the place of one that is not there.
fn texts(dirs: &Value) -> Table<String> {
    let in_dir = |(dir, files): (&String, &Value)| {
        let dir = dir.clone();
        files
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(move |(name, text)| {
                Some((format!("{dir}/{name}"), text.as_str()?.to_owned()))
            })
            .collect::<Vec<_>>()
    };
    dirs.as_object().into_iter().flatten().flat_map(in_dir).collect()
}

fn volume(recorded: &Value) -> Volume {
    Volume {
        exists: true,
        mountpoint: recorded.owned_at("Mountpoint"),
        driver: recorded.owned_at("Driver"),
        options: recorded.texts_by_key_at("Options"),
        needs_copy_up: recorded.is_at("NeedsCopyUp"),
        needs_chown: true,
    }
}

/// Debian's accounts, and the user whose line of /etc/passwd was recorded: by name and number.
fn users(facts: &mut Facts, host: &Value) {
    for line in fixtures::accounts().chain(host.texts_at("host_passwd_ruser")) {
        let mut fields = line.split(':');
        let mut field = || fields.next().unwrap_or_default();
        let (name, _, uid, gid, gecos, home) =
            (field(), field(), field(), field(), field(), field());
        let user = HostUser {
            name: name.to_owned(),
            uid: uid.parse().unwrap_or_default(),
            gid: gid.parse().unwrap_or_default(),
            full_name: gecos.split(',').next().unwrap_or_default().to_owned(),
            home: home.to_owned(),
        };
        // Debian gives each user a group of the same name.
        if gid == uid {
            facts.host_groups.insert(gid, name.to_owned());
        }
        facts.host_users.insert(uid, user.clone());
        facts.host_users.insert(name, user);
    }
}
