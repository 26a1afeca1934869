//! What the engine knows apart from containers.conf, and what it takes from the air for one container.

use super::{Answer, NetworkStatus, RuntimeFeatures};
use crate::config::IdMapping;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// The engine: its directories, its storage, its programs.
    #[derive(Eq)]
    pub struct Engine {
        /// Version that the generated files name.
        "version" version: Option<String>,
        /// Root of container storage.
        "graph_root" graph_root: Option<String>,
        /// Storage driver, such as `overlay`.
        "graph_driver" graph_driver: Option<String>,
        /// Options of the storage driver, such as `overlay.mount_program=/usr/bin/fuse-overlayfs`.
        "graph_options" graph_options: Option<Vec<String>>,
        /// Run-time root of container storage.
        "run_root" run_root: Option<String>,
        /// Directory of named volumes.
        "volume_path" volume_path: Option<String>,
        /// Directory of the engine's own temporary files.
        "tmp_dir" tmp_dir: Option<String>,
        /// The engine's run-time directory for a user (LP-LEAF-11).
        "runtime_dir" runtime_dir: Option<String>,
        /// The manager that cgroups are made by, after all fall-backs: `systemd` or `cgroupfs`.
        "cgroup_manager" cgroup_manager: Option<String>,
        /// Name of the OCI runtime.
        "oci_runtime" oci_runtime: Option<String>,
        /// What that runtime says of itself; recorded only where it was asked, which costs a process. `EOPNOTSUPP` for one that cannot be asked.
        "runtime_features" runtime_features: Option<Answer<RuntimeFeatures>>,
        /// Log driver when containers.conf names none.
        "log_driver" log_driver: Option<String>,
        /// Path of slirp4netns.
        "slirp4netns" slirp4netns: Option<Answer<String>>,
        /// What that slirp4netns can do.
        "slirp4netns_features" slirp4netns_features: Option<SlirpFeatures>,
        /// Path of the rootless port forwarder.
        "rootlessport" rootlessport: Option<Answer<String>>,
        /// The file of the rootless network namespace (LP-RNS-01); the name has a part that stands for the engine's static directory.
        "rootless_netns" rootless_netns: Option<String>,
        /// Path of pasta.
        "pasta" pasta: Option<Answer<String>>,
        /// Path of netavark.
        "netavark" netavark: Option<Answer<String>>,
        /// Path of aardvark-dns.
        "aardvark_dns" aardvark_dns: Option<Answer<String>>,
        /// `LISTEN_PID` and friends are read from the engine's environment; file descriptors that are passed on.
        "preserve_fds" preserve_fds: Option<u32>,
    }

    /// What slirp4netns can do, from its `--help`.
    #[derive(Eq, Copy)]
    pub struct SlirpFeatures {
        /// `--disable-host-loopback`
        "disable_host_loopback" disable_host_loopback: bool,
        /// `--mtu`
        "mtu" mtu: bool,
        /// `--enable-sandbox`
        "enable_sandbox" enable_sandbox: bool,
        /// `--enable-seccomp`
        "enable_seccomp" enable_seccomp: bool,
        /// `--cidr`
        "cidr" cidr: bool,
        /// `--outbound-addr`
        "outbound_addr" outbound_addr: bool,
        /// `--enable-ipv6`
        "enable_ipv6" enable_ipv6: bool,
    }

    /// The container itself: what is usually taken from the air.
    #[derive(Eq)]
    pub struct ContainerFacts {
        /// Its id: 64 hex digits.
        "id" id: Option<String>,
        /// Its name.
        "name" name: Option<String>,
        /// When it was created, RFC 3339 with ns.
        "created" created: Option<String>,
        /// Whether this is the first start (LP-MODEL-11).
        "first_start" first_start: Option<bool>,
        /// Directory that lives as long as the container.
        "static_dir" static_dir: Option<String>,
        /// Directory that lives as long as this boot.
        "run_dir" run_dir: Option<String>,
        /// Directory of the bundle.
        "bundle" bundle: Option<String>,
        /// Where the root filesystem is mounted.
        "mountpoint" mountpoint: Option<String>,
        /// Path of the network namespace that was made for it.
        "netns_path" netns_path: Option<String>,
        /// What the network gave it.
        "network_status" network_status: Option<NetworkStatus>,
        /// Subnet of slirp4netns in effect, where one was started (LP-SLIRPDNS-01).
        "slirp4netns_subnet" slirp4netns_subnet: Option<String>,
        /// Random names, 64 hex digits each: anonymous volumes, overlay directories.
        "random_names" random_names: Option<Vec<String>>,
        /// Process label that SELinux assigned.
        "process_label" process_label: Option<String>,
        /// Mount label that SELinux assigned.
        "mount_label" mount_label: Option<String>,
        /// User id ranges that storage allocated, for an automatic user namespace.
        "auto_uid_map" auto_uid_map: Option<Vec<IdMapping>>,
        /// Group id ranges that storage allocated.
        "auto_gid_map" auto_gid_map: Option<Vec<IdMapping>>,
        /// Storage's words where it had too few ids.
        "auto_userns_error" auto_userns_error: Option<String>,
        /// Whether `<static_dir>/passwd` and `group` exist from an earlier start.
        "passwd_made" passwd_made: bool,
        /// The same for group.
        "group_made" group_made: bool,
        /// Signal socket of the service manager that started the engine (`NOTIFY_SOCKET`).
        "notify_socket" notify_socket: Option<String>,
        /// The entries of the engine's mounts.conf, each `source[:destination]`, in order, without those whose source is missing (LP-SUB-01).
        "subscriptions" subscriptions: Option<Vec<String>>,
        /// Process id of the container, once it was created; 0 before.
        "pid" pid: u32,
        /// What an earlier start since the host booted has bound into it: destination to source (LP-BM-02).
        "bind_mounts" bind_mounts: Option<BTreeMap<String, String>>,
    }
}
