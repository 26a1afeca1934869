//! Knows what fields are called elsewhere: in Compose and Kubernetes files, and on the command lines of Podman and Docker.

/// What is called otherwise elsewhere, and here.
const NAMES: &[(&str, &str)] = &[
    ("add_host", "hostadd"),
    ("args", "command"),
    ("cgroupns_mode", "cgroupns"),
    ("cmd", "command"),
    ("container_name", "name"),
    ("cpu", "cpus"),
    ("cpu_limit", "cpus"),
    ("depends_on", "dependencyContainers"),
    ("device", "devices"),
    ("dns", "dns_server"),
    ("dns_opt", "dns_option"),
    ("environment", "env"),
    ("exec", "command"),
    ("extra_hosts", "hostadd"),
    ("gid_map", "idmappings"),
    ("gidmap", "idmappings"),
    ("group_add", "groups"),
    ("health_check", "healthconfig"),
    ("health_cmd", "healthconfig"),
    ("healthcheck", "healthconfig"),
    ("ipc", "ipcns"),
    ("ipc_mode", "ipcns"),
    ("log_driver", "log_configuration"),
    ("logging", "log_configuration"),
    ("mem", "memory"),
    ("mem_limit", "memory"),
    ("memory_limit", "memory"),
    ("mount", "mounts"),
    ("net", "netns"),
    ("network", "netns"),
    ("network_mode", "netns"),
    ("networks", "Networks"),
    ("no_new_privs", "no_new_privileges"),
    ("pid", "pidns"),
    ("pid_mode", "pidns"),
    ("pids_limit", "pids"),
    ("port", "portmappings"),
    ("ports", "portmappings"),
    ("publish", "portmappings"),
    ("read_only", "read_only_filesystem"),
    ("readonly", "read_only_filesystem"),
    ("restart", "restart_policy"),
    ("rlimits", "r_limits"),
    ("rm", "remove"),
    ("root", "rootfs"),
    ("secret", "secrets"),
    ("stdin_open", "stdin"),
    ("stop_grace_period", "stop_timeout"),
    ("sysctls", "sysctl"),
    ("tmpfs", "mounts"),
    ("tty", "terminal"),
    ("uid_map", "idmappings"),
    ("uidmap", "idmappings"),
    ("ulimit", "r_limits"),
    ("ulimits", "r_limits"),
    ("userns_mode", "userns"),
    ("uts", "utsns"),
    ("uts_mode", "utsns"),
    ("volume", "volumes"),
    ("workdir", "work_dir"),
    ("working_dir", "work_dir"),
    ("workingdir", "work_dir"),
];

/// The field that is called `key` elsewhere, if it is one of `known`; case, `-` and `_` do not count.
pub(super) fn here(key: &str, known: &[&'static str]) -> Option<&'static str> {
    let plain = |text: &str| {
        let letters = text.bytes().filter(|b| !matches!(b, b'_' | b'-'));
        letters.map(|b| b.to_ascii_lowercase()).collect::<alloc::vec::Vec<u8>>()
    };
    let key = plain(key);
    let (_, name) = NAMES.iter().find(|(elsewhere, _)| plain(elsewhere) == key)?;
    known.iter().find(|one| *one == name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Field;
    use std::vec::Vec;

    #[test]
    fn every_name_leads_to_a_field_and_is_none_itself() {
        let fields: Vec<&str> = Field::ALL.iter().map(|field| field.key()).collect();
        for (elsewhere, name) in NAMES {
            assert!(fields.contains(name), "{name} is no field");
            assert!(!fields.contains(elsewhere), "{elsewhere} is a field");
        }
        assert!(NAMES.is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(here("Ports", &["portmappings"]), Some("portmappings"));
        assert_eq!(here("mem-limit", &["memory"]), Some("memory"));
        assert_eq!(here("ports", &["memory"]), None);
    }
}
