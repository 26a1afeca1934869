//! Knows what the hardened profile keeps out: paths, annotations, sysctls and text that have been the way into a host.

use crate::path;
use crate::problem::NsKind;

/// Paths that are masked beside Podman's own, which has them since 5.8.
pub const MASKED: [&str; 2] = [
    // HD-MASK-01
    "/proc/interrupts",
    "/sys/devices/virtual/powercap",
];

/// Files of /proc that lxcfs serves anew, as runc has them.
const LXCFS: [&str; 9] = [
    "/proc/cpuinfo",
    "/proc/diskstats",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/net/dev",
    "/proc/slabinfo",
    "/proc/stat",
    "/proc/swaps",
    "/proc/uptime",
];

/// Sysctls of the IPC namespace: the kernel has these for each, and Podman takes them as defaults (SG-SYSCTL-01).
pub const IPC: [&str; 8] = [
    "kernel.msgmax",
    "kernel.msgmnb",
    "kernel.msgmni",
    "kernel.sem",
    "kernel.shmall",
    "kernel.shmmax",
    "kernel.shmmni",
    "kernel.shm_rmid_forced",
];

/// What the files of a process are called by which another place is reached.
const LINKS: [&str; 6] = ["cwd", "exe", "fd", "fdinfo", "map_files", "root"];

/// Says whether a mount at a clean destination hides the kernel's own trees (HD-MNT-02).
pub fn hides_kernel(destination: &str, kind: &str) -> bool {
    match destination {
        "/" => true,
        "/proc" => kind != "proc",
        "/sys" => kind != "sysfs",
        below => below.starts_with("/proc/") && !LXCFS.contains(&below),
    }
}

/// Says whether a path leads through the files of a process (HD-WD-01): `/proc/self/fd/7`, `/proc/1/task/1/root`, `/dev/fd/7`.
pub fn leads_through_process(path: &str) -> bool {
    let clean = path::clean(path);
    if clean == "/dev/fd" || clean.starts_with("/dev/fd/") {
        return true;
    }
    let Some(below) = clean.strip_prefix("/proc/") else { return false };
    let mut parts = below.split('/');
    let process = parts.next();
    let mut link = parts.next();
    if process != Some("thread-self") && link == Some("task") {
        link = parts.nth(1);
    }
    link.is_some_and(|link| LINKS.contains(&link))
}

/// Says whether a text can end a field or a line of passwd and group (HD-PW-01).
pub fn ends_field(text: &str) -> bool {
    text.contains(|c: char| c == ':' || c.is_ascii_control())
}

/// Who wrote an annotation.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Author {
    /// Whoever built the image.
    Image,
    /// Whoever asks for the container.
    Request,
}

/// Says whether an annotation steers a runtime or an engine on the host (HD-ANN-01, HD-ANN-02). The names are those that runc and crun
/// list as unsafe in their `features`, and for images also those by which engines know what they run.
pub fn steers_runtime(key: &str, author: Author) -> bool {
    let unsafe_for_all = key == "bundle"
        || key == "org.criu.config"
        || key.starts_with("org.systemd.property.")
        || key.starts_with("module.wasm.image/")
        || (key.starts_with("run.oci.")
            && (author == Author::Image || key != "run.oci.keep_original_groups"));
    unsafe_for_all
        || (author == Author::Image
            && ["io.kubernetes.cri", "io.podman.annotations.", "io.katacontainers."]
                .iter()
                .any(|prefix| key.starts_with(prefix)))
}

/// The namespace that a sysctl belongs to (HD-SYSCTL-01), with its name; `None` for one of the whole host, or a name that is none.
pub fn sysctl_namespace(name: &str) -> Option<(NsKind, &'static str)> {
    // runc and crun turn the dots into slashes: an empty part could climb.
    if name.split(['.', '/']).any(str::is_empty) {
        return None;
    }
    if name.starts_with("net.") {
        Some((NsKind::Network, "network"))
    } else if name.starts_with("fs.mqueue.") || IPC.contains(&name) {
        Some((NsKind::Ipc, "IPC"))
    } else if matches!(name, "kernel.domainname" | "kernel.hostname") {
        Some((NsKind::Uts, "UTS"))
    } else {
        None
    }
}

/// Says whether a sysctl's name or value could be read as more than one (HD-SYSCTL-03).
pub fn joins_sysctls(text: &str) -> bool {
    text.contains(|c: char| c == '+' || (c.is_ascii_control() && c != '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_over_the_kernels_trees_are_told() {
        for (destination, kind, hides) in [
            ("/", "bind", true),
            ("/proc", "bind", true),
            ("/proc", "tmpfs", true),
            ("/proc", "proc", false),
            ("/proc", "sysfs", true),
            ("/proc/self", "bind", true),
            ("/proc/sys/kernel/core_pattern", "bind", true),
            ("/proc/cpuinfo", "bind", false),
            ("/proc/net/dev", "bind", false),
            ("/sys", "bind", true),
            ("/sys", "sysfs", false),
            ("/sys/fs/cgroup", "bind", false),
            ("/process", "bind", false),
            ("/srv/proc", "bind", false),
        ] {
            assert_eq!(hides_kernel(destination, kind), hides, "{destination} {kind}");
        }
    }

    #[test]
    fn ways_through_a_process_are_told() {
        for (path, leads) in [
            ("/proc/self/fd/7", true),
            ("/proc/self/fd", true),
            ("/proc//self/./fd/7/../8", true),
            ("/proc/1/root/etc", true),
            ("/proc/1/cwd", true),
            ("/proc/self/task/3/fd/7", true),
            ("/proc/thread-self/fd/7", true),
            ("/x/../proc/self/fd/7", true),
            ("/dev/fd/7", true),
            ("/proc/self", false),
            ("/proc", false),
            ("/proc/sys/fs", false),
            ("/srv/proc/self/fd/7", false),
            ("/dev/fda", false),
        ] {
            assert_eq!(leads_through_process(path), leads, "{path}");
        }
    }

    #[test]
    fn sysctls_have_a_namespace_or_none() {
        for (name, namespace) in [
            ("net.ipv4.ip_forward", Some("network")),
            ("net.ipv4.conf.eth0/1.forwarding", Some("network")),
            ("fs.mqueue.msg_max", Some("IPC")),
            ("kernel.shmmax", Some("IPC")),
            ("kernel.shm_rmid_forced", Some("IPC")),
            ("kernel.domainname", Some("UTS")),
            ("kernel.core_pattern", None),
            ("kernel.shmmax.x", None),
            ("fs.file-max", None),
            ("vm.swappiness", None),
            ("net.//.kernel.core_pattern", None),
            ("net...kernel", None),
            ("net.", None),
            ("", None),
        ] {
            assert_eq!(sysctl_namespace(name).map(|(_, name)| name), namespace, "{name}");
        }
        for (text, joins) in [
            ("1", false),
            ("1+kernel.core_pattern=|/x", true),
            ("1\n2", true),
            ("4096\t16384", false),
        ] {
            assert_eq!(joins_sysctls(text), joins, "{text:?}");
        }
    }

    #[test]
    fn annotations_that_steer_are_told_by_author() {
        for (key, image, request) in [
            ("org.systemd.property.ExecStartPre", true, true),
            ("org.criu.config", true, true),
            ("bundle", true, true),
            ("run.oci.handler", true, true),
            ("run.oci.hooks.stderr", true, true),
            ("run.oci.keep_original_groups", true, false),
            ("module.wasm.image/variant", true, true),
            ("io.kubernetes.cri-o.TTY", true, false),
            ("io.podman.annotations.label", true, false),
            ("org.opencontainers.image.created", false, false),
            ("maintainer", false, false),
        ] {
            assert_eq!(steers_runtime(key, Author::Image), image, "{key}");
            assert_eq!(steers_runtime(key, Author::Request), request, "{key}");
        }
    }

    #[test]
    fn text_that_ends_a_field_is_told() {
        for (text, ends) in [
            ("/w", false),
            ("a b", false),
            ("", false),
            ("/a:b", true),
            ("/a\nx", true),
            ("\r", true),
            ("\0", true),
        ] {
            assert_eq!(ends_field(text), ends, "{text:?}");
        }
    }
}
