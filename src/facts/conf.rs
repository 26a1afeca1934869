//! The engine's containers.conf, merged from its files; a key that no file sets is absent.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// containers.conf, merged.
    #[derive(Eq)]
    pub struct ContainersConf {
        /// Table `containers`.
        "containers" containers: ConfContainers,
        /// Table `engine`.
        "engine" engine: ConfEngine,
        /// Table `network`.
        "network" network: ConfNetwork,
    }

    /// Table `containers`.
    #[derive(Eq)]
    pub struct ConfContainers {
        /// Annotations, `K=V`.
        "annotations" annotations: Option<Vec<String>>,
        /// AppArmor profile.
        "apparmor_profile" apparmor_profile: Option<String>,
        /// hosts file to start from: a path, `image` or `none`.
        "base_hosts_file" base_hosts_file: Option<String>,
        /// Cgroup namespace mode.
        "cgroupns" cgroupns: Option<String>,
        /// Cgroups mode.
        "cgroups" cgroups: Option<String>,
        /// Default capabilities.
        "default_capabilities" default_capabilities: Option<Vec<String>>,
        /// Default sysctls, `K=V`.
        "default_sysctls" default_sysctls: Option<Vec<String>>,
        /// Default ulimits, `type=a:b`.
        "default_ulimits" default_ulimits: Option<Vec<String>>,
        /// Devices.
        "devices" devices: Option<Vec<String>>,
        /// Resolver options.
        "dns_options" dns_options: Option<Vec<String>>,
        /// DNS search domains.
        "dns_searches" dns_searches: Option<Vec<String>>,
        /// DNS servers.
        "dns_servers" dns_servers: Option<Vec<String>>,
        /// Environment, `K=V`.
        "env" env: Option<Vec<String>>,
        /// Default of a command line flag.
        "env_host" env_host: Option<bool>,
        /// Address of `host.containers.internal`: an address or `none`.
        "host_containers_internal_ip" host_containers_internal_ip: Option<String>,
        /// Default of a command line flag.
        "http_proxy" http_proxy: Option<bool>,
        /// Default of a command line flag.
        "init" init: Option<bool>,
        /// Not read by the create API.
        "init_path" init_path: Option<String>,
        /// IPC namespace mode.
        "ipcns" ipcns: Option<String>,
        /// Whether SELinux separation is on.
        "label" label: Option<bool>,
        /// Log driver.
        "log_driver" log_driver: Option<String>,
        /// Largest log, bytes.
        "log_size_max" log_size_max: Option<i64>,
        /// Log tag.
        "log_tag" log_tag: Option<String>,
        /// Network namespace mode.
        "netns" netns: Option<String>,
        /// Leave /etc/hosts alone.
        "no_hosts" no_hosts: Option<bool>,
        /// PID namespace mode.
        "pidns" pidns: Option<String>,
        /// Limit on processes.
        "pids_limit" pids_limit: Option<i64>,
        /// Mount the container once after it was created.
        "prepare_volume_on_create" prepare_volume_on_create: Option<bool>,
        /// Default of a command line flag.
        "privileged" privileged: Option<bool>,
        /// Default of a command line flag.
        "rootfs_propagation" rootfs_propagation: Option<String>,
        /// Seccomp profile.
        "seccomp_profile" seccomp_profile: Option<String>,
        /// Size of /dev/shm.
        "shm_size" shm_size: Option<String>,
        /// Time zone.
        "tz" tz: Option<String>,
        /// Umask.
        "umask" umask: Option<String>,
        /// User namespace mode.
        "userns" userns: Option<String>,
        /// Not read here.
        "userns_size" userns_size: Option<i64>,
        /// UTS namespace mode.
        "utsns" utsns: Option<String>,
        /// Volumes, `[src:]dst[:opts]`.
        "volumes" volumes: Option<Vec<String>>,
        /// Keyring for the container; not read here.
        "keyring" keyring: Option<bool>,
    }

    /// Table `engine`.
    #[derive(Eq)]
    pub struct ConfEngine {
        /// `systemd` or `cgroupfs`.
        "cgroup_manager" cgroup_manager: Option<String>,
        /// Not read here.
        "events_logger" events_logger: Option<String>,
        /// Directories of hook files.
        "hooks_dir" hooks_dir: Option<Vec<String>>,
        /// Not read here.
        "image_volume_mode" image_volume_mode: Option<String>,
        /// Not read here.
        "infra_image" infra_image: Option<String>,
        /// The init that `init` puts in.
        "init_path" init_path: Option<String>,
        /// Libpod namespace.
        "namespace" namespace: Option<String>,
        /// slirp4netns program.
        "network_cmd_path" network_cmd_path: Option<String>,
        /// slirp4netns options.
        "network_cmd_options" network_cmd_options: Option<Vec<String>>,
        /// No `pivot_root`; also no sandbox for slirp4netns.
        "no_pivot_root" no_pivot_root: Option<bool>,
        /// Not read here.
        "num_locks" num_locks: Option<u32>,
        /// OCI runtime, by name.
        "runtime" runtime: Option<String>,
        /// Runtimes that can do without cgroups.
        "runtime_supports_nocgroups" runtime_supports_nocgroups: Option<Vec<String>>,
        /// OCI runtimes: name to paths.
        "runtimes" runtimes: BTreeMap<String, Vec<String>>,
        /// Seconds from the stop signal to the kill.
        "stop_timeout" stop_timeout: Option<u64>,
        /// Not read here.
        "tmp_dir" tmp_dir: Option<String>,
        /// Not read here.
        "volume_path" volume_path: Option<String>,
        /// Whether the old way of mounts.conf is used: its path.
        "default_mounts_file" default_mounts_file: Option<String>,
        /// Environment of the engine itself, `K=V`.
        "env" env: Option<Vec<String>>,
        /// Directories of helper programs.
        "helper_binaries_dir" helper_binaries_dir: Option<Vec<String>>,
    }

    /// Table `network`.
    #[derive(Eq)]
    pub struct ConfNetwork {
        /// Default network.
        "default_network" default_network: Option<String>,
        /// Its subnet.
        "default_subnet" default_subnet: Option<String>,
        /// `netavark` or `cni`.
        "network_backend" network_backend: Option<String>,
        /// Directory of network files.
        "network_config_dir" network_config_dir: Option<String>,
        /// Not read here.
        "cni_plugin_dirs" cni_plugin_dirs: Option<Vec<String>>,
    }
}
