//! Knows who may put something into each part of the spec: for what is not there and was never spoken of.

use ocify::rules::Rule;

/// A part of the spec, and who may put something there.
#[derive(Debug)]
pub(crate) struct Sources {
    /// The place, or the list of places.
    pub(crate) name: &'static str,
    /// Fields of the config.
    pub(crate) config: &'static [&'static str],
    pub(crate) facts: &'static [&'static str],
    pub(crate) rules: &'static [Rule],
}

/// The part that a place belongs to.
pub(crate) fn sources(place: &str) -> Option<&'static Sources> {
    let name = place.split_once('[').map_or(place, |(list, _)| list);
    SOURCES.iter().find(|sources| sources.name == name)
}

const fn from(
    name: &'static str,
    config: &'static [&'static str],
    facts: &'static [&'static str],
    rules: &'static [Rule],
) -> Sources {
    Sources { name, config, facts, rules }
}

const SOURCES: &[Sources] = &[
    from(
        "process.env",
        &["env", "secret_env", "env_host", "httpproxy"],
        &["containers_conf.containers.env", "image.config.Env"],
        &[Rule::SgEnv03, Rule::SgEnv08],
    ),
    from(
        "mounts",
        &["mounts", "volumes", "overlay_volumes", "image_volumes", "volumes_from", "secrets"],
        &["containers_conf.containers.volumes", "image.config.Volumes"],
        &[Rule::SgMnt10, Rule::LpBind01],
    ),
    from(
        "process.capabilities",
        &["cap_add", "cap_drop", "privileged"],
        &["containers_conf.containers.default_capabilities", "host.bounding_capabilities"],
        &[Rule::SgCaps03, Rule::SgCaps06],
    ),
    from(
        "process.rlimits",
        &["r_limits"],
        &["containers_conf.containers.default_ulimits"],
        &[Rule::SgRlim01],
    ),
    from("process.user.additionalGids", &["user", "groups"], &["rootfs.group"], &[Rule::LpUser24]),
    from(
        "process.user.umask",
        &["umask"],
        &["containers_conf.containers.umask"],
        &[Rule::LpUser22],
    ),
    from(
        "process.apparmorProfile",
        &["apparmor_profile", "privileged"],
        &["host.apparmor", "containers_conf.containers.apparmor_profile"],
        &[Rule::SgApp01, Rule::SgApp02],
    ),
    from("process.selinuxLabel", &["selinux_opts"], &["host.selinux"], &[Rule::LpLabel01]),
    from("linux.mountLabel", &["selinux_opts"], &["host.selinux"], &[Rule::LpLabel01]),
    from("process.oomScoreAdj", &["oom_score_adj"], &[], &[Rule::OcGiven01]),
    from(
        "annotations",
        &["annotations"],
        &["containers_conf.containers.annotations", "image.annotations"],
        &[Rule::SgAnn01, Rule::SgAnn04],
    ),
    from("container.labels", &["labels"], &["image.config.Labels"], &[Rule::SgLbl01]),
    from(
        "linux.sysctl",
        &["sysctl"],
        &["containers_conf.containers.default_sysctls"],
        &[Rule::SgSysctl02, Rule::SgSysctl03],
    ),
    from(
        "linux.devices",
        &["devices", "privileged"],
        &["containers_conf.containers.devices", "host.rootless"],
        &[Rule::SgDev02, Rule::SgDev07],
    ),
    from(
        "linux.resources.devices",
        &["devices", "device_cgroup_rule", "privileged"],
        &["host.rootless"],
        &[Rule::SgDev01, Rule::SgDev07],
    ),
    from(
        "linux.namespaces",
        &["pidns", "ipcns", "utsns", "userns", "netns", "cgroupns"],
        &[],
        &[Rule::OcDefault01, Rule::SgNs10],
    ),
    from(
        "linux.maskedPaths",
        &["mask", "unmask", "privileged"],
        &[],
        &[Rule::SgMask01, Rule::SgMask03],
    ),
    from("linux.readonlyPaths", &["unmask", "privileged"], &[], &[Rule::SgMask01]),
    from("linux.uidMappings", &["userns", "idmappings"], &[], &[Rule::SgUns02]),
    from("linux.gidMappings", &["userns", "idmappings"], &[], &[Rule::SgUns02]),
    from(
        "linux.seccomp",
        &["seccomp_profile_path", "seccomp_policy", "privileged"],
        &[],
        &[Rule::SgSecc01],
    ),
    from("linux.personality", &["personality"], &[], &[Rule::OcGiven01]),
    from("linux.rootfsPropagation", &["mounts", "volumes"], &[], &[Rule::LpProp01]),
    from(
        "linux.cgroupsPath",
        &["cgroups_mode", "cgroup_parent"],
        &["engine.cgroup_manager"],
        &[Rule::LpCg20],
    ),
    from("linux.resources.memory", &["memory", "resource_limits"], &[], &[Rule::SgRes01]),
    from("linux.resources.cpu", &["cpus", "resource_limits"], &[], &[Rule::SgRes01]),
    from(
        "linux.resources.pids",
        &["pids", "resource_limits", "cgroups_mode"],
        &["containers_conf.containers.pids_limit"],
        &[Rule::SgRes02],
    ),
    from(
        "linux.resources.blockIO",
        &["resource_limits", "weightDevice", "throttleReadBpsDevice", "throttleWriteBpsDevice"],
        &[],
        &[Rule::SgRes01],
    ),
    from("linux.resources.hugepageLimits", &["resource_limits"], &[], &[Rule::SgRes01]),
    from("linux.resources.network", &["resource_limits"], &[], &[Rule::SgRes01]),
    from("linux.resources.rdma", &["resource_limits"], &[], &[Rule::SgRes01]),
    from("linux.resources.unified", &["resource_limits"], &[], &[Rule::SgRes01]),
    from("hooks", &[], &["containers_conf.engine.hooks_dir"], &[Rule::LpHook01]),
    from("hostname", &["hostname", "utsns", "netns"], &[], &[Rule::SgHost02, Rule::SgHost03]),
    from(
        "container.ports",
        &["portmappings", "publish_image_ports", "netns"],
        &[],
        &[Rule::SgPort01],
    ),
    from(
        "container.named_volumes",
        &["volumes"],
        &["image.config.Volumes"],
        &[Rule::SgVol01, Rule::SgVol06],
    ),
    from("container.secrets", &["secrets"], &[], &[Rule::LpSec02]),
    from("container.timezone", &["timezone"], &["containers_conf.containers.tz"], &[Rule::SgLib08]),
    from("container.health", &["healthconfig"], &["image.config.Healthcheck"], &[Rule::SgHc01]),
    from("warnings", &[], &[], &[]),
    from("plan", &[], &[], &[]),
];

/// What people call a part of the spec: names of fields and options, in one word.
pub(crate) fn meant(word: &str) -> Option<&'static [&'static str]> {
    WORDS.iter().find(|(words, _)| words.contains(&word)).map(|(_, places)| *places)
}

type Words = (&'static [&'static str], &'static [&'static str]);

const WORDS: &[Words] = &[
    (&["user", "uid", "gid"], &["process.user", "container.user"]),
    (&["umask"], &["process.user.umask", "container.umask"]),
    (&["group", "groups", "gids"], &["process.user.additionalGids"]),
    (&["cwd", "workdir", "work_dir", "working_dir"], &["process.cwd"]),
    (&["args", "cmd", "command", "entrypoint"], &["process.args"]),
    (&["env", "environment", "variables"], &["process.env"]),
    (&["cap", "caps", "capabilities", "cap_add", "cap_drop"], &["process.capabilities"]),
    (&["rlimit", "rlimits", "r_limits", "ulimit", "ulimits"], &["process.rlimits"]),
    (&["seccomp", "seccomp_profile_path", "seccomp_policy"], &["linux.seccomp"]),
    (&["apparmor", "apparmor_profile"], &["process.apparmorProfile"]),
    (
        &["selinux", "selinux_opts"],
        &["process.selinuxLabel", "linux.mountLabel", "container.label_options"],
    ),
    (&["no_new_privileges"], &["process.noNewPrivileges"]),
    (&["oom_score_adj"], &["process.oomScoreAdj"]),
    (&["tty", "terminal"], &["process.terminal"]),
    (&["rootfs"], &["root"]),
    (&["readonly", "read_only", "read_only_filesystem"], &["root.readonly"]),
    (&["mount", "mounts", "tmpfs", "bind"], &["mounts"]),
    (&["volume"], &["mounts", "container.named_volumes", "container.overlay_volumes"]),
    (&["device", "devices"], &["linux.devices", "linux.resources.devices"]),
    (&["memory"], &["linux.resources.memory"]),
    (&["cpu", "cpus"], &["linux.resources.cpu"]),
    (&["pids", "pids_limit"], &["linux.resources.pids"]),
    (&["blkio", "blockio", "io"], &["linux.resources.blockIO"]),
    (&["limits", "resources", "resource_limits"], &["linux.resources"]),
    (
        &["cgroup", "cgroups", "cgroup_parent", "cgroups_mode"],
        &["linux.cgroupsPath", "container.cgroup"],
    ),
    (
        &["net", "netns", "network", "networks"],
        &[
            "linux.namespaces[network]",
            "container.net_mode",
            "container.networks",
            "container.create_netns",
        ],
    ),
    (&["pidns"], &["linux.namespaces[pid]"]),
    (&["ipcns"], &["linux.namespaces[ipc]"]),
    (&["utsns"], &["linux.namespaces[uts]"]),
    (&["cgroupns"], &["linux.namespaces[cgroup]"]),
    (
        &["userns", "idmappings"],
        &["linux.namespaces[user]", "linux.uidMappings", "linux.gidMappings"],
    ),
    (&["ns", "namespace", "namespaces"], &["linux.namespaces"]),
    (&["port", "ports", "portmappings", "publish"], &["container.ports"]),
    (
        &["dns", "resolv.conf"],
        &["mounts[/etc/resolv.conf]", "container.bind_mounts[/etc/resolv.conf]"],
    ),
    (&["hosts"], &["mounts[/etc/hosts]", "container.bind_mounts[/etc/hosts]"]),
    (&["sysctl", "sysctls"], &["linux.sysctl"]),
    (&["label", "labels"], &["container.labels"]),
    (&["annotation"], &["annotations"]),
    (&["mask", "masked", "unmask"], &["linux.maskedPaths"]),
    (&["readonly_path"], &["linux.readonlyPaths"]),
    (&["shm", "shm_size"], &["mounts[/dev/shm]", "container.shm", "container.shm_size"]),
    (&["secret", "secrets"], &["container.secrets", "container.secret_env"]),
    (&["hook"], &["hooks"]),
    (&["systemd"], &["container.systemd"]),
    (&["timezone", "tz"], &["container.timezone"]),
    (&["health", "healthcheck", "healthconfig"], &["container.health"]),
    (&["log", "log_driver", "log_configuration"], &["container.log_driver", "container.log_path"]),
    (&["privileged"], &["container.privileged"]),
    (&["step", "steps"], &["plan"]),
    (&["warning"], &["warnings"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use ocify::config::Field;
    use std::collections::BTreeSet;

    #[test]
    fn words_and_fields_are_what_they_are_elsewhere() {
        let mut seen = BTreeSet::new();
        for (words, _) in WORDS {
            assert!(words.iter().all(|word| seen.insert(*word)), "{words:?}");
        }
        let short = ["memory", "cpus", "pids"];
        for sources in SOURCES {
            for field in sources.config {
                let known = Field::ALL.iter().any(|known| known.key() == *field);
                assert!(known || short.contains(field), "{field} of {}", sources.name);
            }
        }
    }
}
