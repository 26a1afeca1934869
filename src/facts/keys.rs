//! The name of each fact, and the one door through which a pass reads it: reading is recorded.

use super::{
    Answer, CgroupV1, Dependency, DeviceNode, Errno, Facts, HostUser, IdRangeText, Image,
    ImageHealth, ImageMount, ImageNothing, Limits, MemorySwap, NetworkFacts, NetworkStatus,
    PathFacts, Pod, RootfsEntry, SecretFacts, SlirpFeatures, Table, Volume,
};
use crate::config::IdMapping;
use crate::provenance::Cx;
use crate::security::seccomp::SeccompProfile;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// The facts as a pass sees them: each reader notes what it opened, and a fact that was not recorded is noted as missing.
#[derive(Clone, Copy, Debug)]
pub struct Told<'x, 'a>(pub(crate) &'x Cx<'a>);

/// Readers of facts that hold one value. `copy`: a plain value; `text`: a `&str`; `list`: a slice; `answer`: a value or the host's error;
/// `maybe`: an `Option` whose absence is an answer, not a hole.
macro_rules! facts_keys {
    ($( $(#[doc = $doc:literal])* $how:ident $Key:ident $name:ident $path:literal: $ty:ty = $open:expr; )*) => {
        /// A fact of the record.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum FactKey { $( $(#[doc = $doc])* $Key, )* }
        impl FactKey {
            /// Every fact.
            pub const ALL: &'static [FactKey] = &[$(FactKey::$Key),*];
            /// Its place in the record, such as `host.cgroup_unified`; for a table the table's name.
            pub fn path(self) -> &'static str {
                match self { $(FactKey::$Key => $path),* }
            }
        }
        #[expect(dead_code, reason = "each fact has its reader, also those that only a later pass reads")]
        impl<'a> Told<'_, 'a> { $( facts_keys!(@$how $(#[doc = $doc])* $Key $name: $ty = $open); )* }
    };
    (@copy $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])* pub(crate) fn $name(self) -> $ty {
            let open: fn(&Facts) -> Option<$ty> = $open;
            self.opened(FactKey::$Key, open).unwrap_or_default()
        }
    };
    (@text $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])* pub(crate) fn $name(self) -> &'a str {
            let open: fn(&Facts) -> Option<&String> = $open;
            self.opened(FactKey::$Key, open).map_or("", String::as_str)
        }
    };
    (@list $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])* pub(crate) fn $name(self) -> &'a [$ty] {
            let open: fn(&Facts) -> Option<&Vec<$ty>> = $open;
            self.opened(FactKey::$Key, open).map_or(&[], Vec::as_slice)
        }
    };
    (@answer $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])*
        ///
        /// # Errors
        ///
        /// The host's error in the place of the answer.
        pub(crate) fn $name(self) -> Result<&'a $ty, Errno> {
            let open: fn(&Facts) -> Option<&Answer<$ty>> = $open;
            self.opened(FactKey::$Key, open).map_or(Err(Errno::UNANSWERED), Answer::get)
        }
    };
    (@maybe $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])* pub(crate) fn $name(self) -> Option<&'a $ty> {
            let open: fn(&Facts) -> Option<&$ty> = $open;
            self.0.note_fact(FactKey::$Key, u32::MAX);
            open(self.0.facts_record())
        }
    };
    (@table $(#[doc = $doc:literal])* $Key:ident $name:ident: $ty:ty = $open:expr) => {
        $(#[doc = $doc])* pub(crate) fn $name(self, key: &str) -> Option<&'a $ty> {
            let open: fn(&Facts) -> &Table<$ty> = $open;
            let found = open(self.0.facts_record()).find_near(key, self.0.next_entry());
            match found {
                Some((number, value)) => {
                    self.0.found_entry(number);
                    self.0.note_fact(FactKey::$Key, number);
                    Some(value)
                }
                None => {
                    self.0.note_missing(FactKey::$Key, key);
                    None
                }
            }
        }
    };
}

impl<'a> Told<'_, 'a> {
    /// Opens a fact: noted as a cause, or as missing.
    fn opened<T>(self, key: FactKey, open: impl Fn(&'a Facts) -> Option<T>) -> Option<T> {
        let value = open(self.0.facts_record());
        if value.is_some() {
            self.0.note_fact(key, u32::MAX);
        } else {
            self.0.note_missing(key, "");
        }
        value
    }
}

facts_keys! {
    /// Whether the engine runs without root.
    copy Rootless rootless "host.rootless": bool = |f| f.host.rootless;
    /// The same as container storage sees it.
    maybe RootlessInStorage rootless_in_storage_given "host.rootless_in_storage": bool = |f| f.host.rootless_in_storage.as_ref();
    /// User id outside.
    copy RootlessUid rootless_uid "host.rootless_uid": u32 = |f| f.host.rootless_uid;
    /// Group id outside.
    copy RootlessGid rootless_gid "host.rootless_gid": u32 = |f| f.host.rootless_gid;
    /// Effective user id.
    copy Euid euid "host.euid": u32 = |f| f.host.euid;
    /// Architecture, Go's name.
    text Arch arch "host.arch": String = |f| f.host.arch.as_ref();
    /// Whether cgroup v2 is in use.
    answer CgroupUnified cgroup_unified "host.cgroup_unified": bool = |f| f.host.cgroup_unified.as_ref();
    /// What the v1 controllers can do.
    maybe CgroupV1 cgroup_v1 "host.cgroup_v1": CgroupV1 = |f| f.host.cgroup_v1.as_ref();
    /// Text of /proc/self/cgroup.
    answer OwnCgroup own_cgroup "host.own_cgroup": String = |f| f.host.own_cgroup.as_ref();
    /// Swap files of the own cgroup.
    copy MemorySwapFiles memory_swap "host.memory_swap": MemorySwap = |f| f.host.memory_swap;
    /// Host name.
    answer Hostname hostname "host.hostname": String = |f| f.host.hostname.as_ref();
    /// `/proc/self/uid_map`.
    answer UidMap uid_map "host.uid_map": Vec<IdRangeText> = |f| f.host.uid_map.as_ref();
    /// `/proc/self/gid_map`.
    answer GidMap gid_map "host.gid_map": Vec<IdRangeText> = |f| f.host.gid_map.as_ref();
    /// Sizes of the subordinate user id ranges.
    list SubUids sub_uids "host.sub_uids": u32 = |f| f.host.sub_uids.as_ref();
    /// Sizes of the subordinate group id ranges.
    list SubGids sub_gids "host.sub_gids": u32 = |f| f.host.sub_gids.as_ref();
    /// Bounding set.
    list BoundingCapabilities bounding_capabilities "host.bounding_capabilities": String = |f| f.host.bounding_capabilities.as_ref();
    /// Whether there are ambient capabilities.
    copy AmbientCapabilities ambient_capabilities "host.ambient_capabilities": bool = |f| f.host.ambient_capabilities;
    /// Limit on open files.
    copy RlimitNofile rlimit_nofile "host.rlimit_nofile": Limits = |f| f.host.rlimit_nofile;
    /// Limit on processes.
    copy RlimitNproc rlimit_nproc "host.rlimit_nproc": Limits = |f| f.host.rlimit_nproc;
    /// Largest process id.
    copy PidMax pid_max "host.pid_max": u64 = |f| f.host.pid_max;
    /// Environment of the engine.
    maybe Environment environment "host.environment": BTreeMap<String, String> = |f| f.host.environment.as_ref();
    /// Working directory of the engine.
    text WorkingDirectory working_directory "host.working_directory": String = |f| f.host.working_directory.as_ref();
    /// Whether SELinux is on.
    copy Selinux selinux "host.selinux": bool = |f| f.host.selinux;
    /// Whether AppArmor is on.
    copy Apparmor apparmor "host.apparmor": bool = |f| f.host.apparmor;
    /// Loaded AppArmor profiles.
    list ApparmorProfiles apparmor_profiles "host.apparmor_profiles": String = |f| f.host.apparmor_profiles.as_ref();
    /// Device nodes below /dev.
    answer Devices devices "host.devices": Vec<DeviceNode> = |f| f.host.devices.as_ref();
    /// Addresses of the host.
    list Addresses addresses "host.addresses": String = |f| f.host.addresses.as_ref();
    /// Interfaces of the host.
    list Interfaces interfaces "host.interfaces": String = |f| f.host.interfaces.as_ref();
    /// Podman machine type.
    maybe Machine machine "host.machine": String = |f| f.host.machine.as_ref();
    /// CPUs online.
    copy Cpus cpus "host.cpus": u32 = |f| f.host.cpus;
    /// CPUs with thermal counters.
    list ThermalThrottle thermal_throttle "host.thermal_throttle": u32 = |f| f.host.thermal_throttle.as_ref();
    /// Whether the host is in FIPS mode.
    copy Fips fips "host.fips": bool = |f| f.host.fips;
    /// Free ports.
    list FreePorts free_ports "host.free_ports": u16 = |f| f.host.free_ports.as_ref();

    /// Annotations of containers.conf.
    maybe ConfAnnotations conf_annotations "containers_conf.containers.annotations": Vec<String> = |f| f.conf.containers.annotations.as_ref();
    /// AppArmor profile of containers.conf.
    maybe ConfApparmorProfile conf_apparmor_profile "containers_conf.containers.apparmor_profile": String = |f| f.conf.containers.apparmor_profile.as_ref();
    /// Base hosts file.
    maybe ConfBaseHostsFile conf_base_hosts_file "containers_conf.containers.base_hosts_file": String = |f| f.conf.containers.base_hosts_file.as_ref();
    /// Cgroup namespace mode.
    maybe ConfCgroupns conf_cgroupns "containers_conf.containers.cgroupns": String = |f| f.conf.containers.cgroupns.as_ref();
    /// Cgroups mode.
    maybe ConfCgroups conf_cgroups "containers_conf.containers.cgroups": String = |f| f.conf.containers.cgroups.as_ref();
    /// Default capabilities.
    maybe ConfDefaultCapabilities conf_default_capabilities "containers_conf.containers.default_capabilities": Vec<String> = |f| f.conf.containers.default_capabilities.as_ref();
    /// Default sysctls.
    maybe ConfDefaultSysctls conf_default_sysctls "containers_conf.containers.default_sysctls": Vec<String> = |f| f.conf.containers.default_sysctls.as_ref();
    /// Default ulimits.
    maybe ConfDefaultUlimits conf_default_ulimits "containers_conf.containers.default_ulimits": Vec<String> = |f| f.conf.containers.default_ulimits.as_ref();
    /// Devices.
    maybe ConfDevices conf_devices "containers_conf.containers.devices": Vec<String> = |f| f.conf.containers.devices.as_ref();
    /// Resolver options.
    maybe ConfDnsOptions conf_dns_options "containers_conf.containers.dns_options": Vec<String> = |f| f.conf.containers.dns_options.as_ref();
    /// Search domains.
    maybe ConfDnsSearches conf_dns_searches "containers_conf.containers.dns_searches": Vec<String> = |f| f.conf.containers.dns_searches.as_ref();
    /// DNS servers.
    maybe ConfDnsServers conf_dns_servers "containers_conf.containers.dns_servers": Vec<String> = |f| f.conf.containers.dns_servers.as_ref();
    /// Environment.
    maybe ConfEnv conf_env "containers_conf.containers.env": Vec<String> = |f| f.conf.containers.env.as_ref();
    /// Address of host.containers.internal.
    maybe ConfHostContainersInternalIp conf_host_containers_internal_ip "containers_conf.containers.host_containers_internal_ip": String = |f| f.conf.containers.host_containers_internal_ip.as_ref();
    /// IPC namespace mode.
    maybe ConfIpcns conf_ipcns "containers_conf.containers.ipcns": String = |f| f.conf.containers.ipcns.as_ref();
    /// SELinux separation.
    maybe ConfLabel conf_label "containers_conf.containers.label": bool = |f| f.conf.containers.label.as_ref();
    /// Log driver.
    maybe ConfLogDriver conf_log_driver "containers_conf.containers.log_driver": String = |f| f.conf.containers.log_driver.as_ref();
    /// Log tag.
    maybe ConfLogTag conf_log_tag "containers_conf.containers.log_tag": String = |f| f.conf.containers.log_tag.as_ref();
    /// Network namespace mode.
    maybe ConfNetns conf_netns "containers_conf.containers.netns": String = |f| f.conf.containers.netns.as_ref();
    /// Leave /etc/hosts alone.
    maybe ConfNoHosts conf_no_hosts "containers_conf.containers.no_hosts": bool = |f| f.conf.containers.no_hosts.as_ref();
    /// PID namespace mode.
    maybe ConfPidns conf_pidns "containers_conf.containers.pidns": String = |f| f.conf.containers.pidns.as_ref();
    /// Limit on processes.
    maybe ConfPidsLimit conf_pids_limit "containers_conf.containers.pids_limit": i64 = |f| f.conf.containers.pids_limit.as_ref();
    /// Seccomp profile.
    maybe ConfSeccompProfile conf_seccomp_profile "containers_conf.containers.seccomp_profile": String = |f| f.conf.containers.seccomp_profile.as_ref();
    /// Size of /dev/shm.
    maybe ConfShmSize conf_shm_size "containers_conf.containers.shm_size": String = |f| f.conf.containers.shm_size.as_ref();
    /// Time zone.
    maybe ConfTz conf_tz "containers_conf.containers.tz": String = |f| f.conf.containers.tz.as_ref();
    /// Umask.
    maybe ConfUmask conf_umask "containers_conf.containers.umask": String = |f| f.conf.containers.umask.as_ref();
    /// User namespace mode.
    maybe ConfUserns conf_userns "containers_conf.containers.userns": String = |f| f.conf.containers.userns.as_ref();
    /// UTS namespace mode.
    maybe ConfUtsns conf_utsns "containers_conf.containers.utsns": String = |f| f.conf.containers.utsns.as_ref();
    /// Volumes.
    maybe ConfVolumes conf_volumes "containers_conf.containers.volumes": Vec<String> = |f| f.conf.containers.volumes.as_ref();
    /// Hook directories.
    maybe ConfHooksDir conf_hooks_dir "containers_conf.engine.hooks_dir": Vec<String> = |f| f.conf.engine.hooks_dir.as_ref();
    /// The init that `init` puts in.
    maybe ConfInitPath conf_init_path "containers_conf.engine.init_path": String = |f| f.conf.engine.init_path.as_ref();
    /// Libpod namespace.
    maybe ConfNamespace conf_namespace "containers_conf.engine.namespace": String = |f| f.conf.engine.namespace.as_ref();
    /// slirp4netns options.
    maybe ConfNetworkCmdOptions conf_network_cmd_options "containers_conf.engine.network_cmd_options": Vec<String> = |f| f.conf.engine.network_cmd_options.as_ref();
    /// No `pivot_root`.
    maybe ConfNoPivotRoot conf_no_pivot_root "containers_conf.engine.no_pivot_root": bool = |f| f.conf.engine.no_pivot_root.as_ref();
    /// Runtimes that can do without cgroups.
    maybe ConfRuntimeSupportsNocgroups conf_runtime_supports_nocgroups "containers_conf.engine.runtime_supports_nocgroups": Vec<String> = |f| f.conf.engine.runtime_supports_nocgroups.as_ref();
    /// Seconds from the stop signal to the kill.
    maybe ConfStopTimeout conf_stop_timeout "containers_conf.engine.stop_timeout": u64 = |f| f.conf.engine.stop_timeout.as_ref();
    /// Default network.
    maybe ConfDefaultNetwork conf_default_network "containers_conf.network.default_network": String = |f| f.conf.network.default_network.as_ref();

    /// Version of the engine.
    maybe EngineVersion engine_version "engine.version": String = |f| f.engine.version.as_ref();
    /// Root of storage.
    text GraphRoot graph_root "engine.graph_root": String = |f| f.engine.graph_root.as_ref();
    /// Options of the storage driver.
    maybe GraphOptions graph_options "engine.graph_options": Vec<String> = |f| f.engine.graph_options.as_ref();
    /// Run-time root of storage.
    text RunRoot run_root "engine.run_root": String = |f| f.engine.run_root.as_ref();
    /// Directory of named volumes.
    text VolumePath volume_path "engine.volume_path": String = |f| f.engine.volume_path.as_ref();
    /// Directory of temporary files.
    text TmpDir tmp_dir "engine.tmp_dir": String = |f| f.engine.tmp_dir.as_ref();
    /// Run-time directory of the user.
    text RuntimeDir runtime_dir "engine.runtime_dir": String = |f| f.engine.runtime_dir.as_ref();
    /// Cgroup manager.
    text CgroupManager cgroup_manager "engine.cgroup_manager": String = |f| f.engine.cgroup_manager.as_ref();
    /// OCI runtime.
    text OciRuntime oci_runtime "engine.oci_runtime": String = |f| f.engine.oci_runtime.as_ref();
    /// Log driver for want of another.
    text LogDriver log_driver "engine.log_driver": String = |f| f.engine.log_driver.as_ref();
    /// The file of the rootless network namespace.
    maybe RootlessNetns rootless_netns "engine.rootless_netns": String = |f| f.engine.rootless_netns.as_ref();
    /// Path of pasta.
    answer Pasta pasta "engine.pasta": String = |f| f.engine.pasta.as_ref();
    /// Path of netavark.
    maybe Netavark netavark "engine.netavark": Answer<String> = |f| f.engine.netavark.as_ref();
    /// Path of aardvark-dns.
    maybe AardvarkDns aardvark_dns "engine.aardvark_dns": Answer<String> = |f| f.engine.aardvark_dns.as_ref();
    /// Path of the rootless port forwarder.
    maybe Rootlessport rootlessport "engine.rootlessport": Answer<String> = |f| f.engine.rootlessport.as_ref();
    /// slirp4netns.
    answer Slirp4netns slirp4netns "engine.slirp4netns": String = |f| f.engine.slirp4netns.as_ref();
    /// What slirp4netns can do.
    copy Slirp4netnsFeatures slirp4netns_features "engine.slirp4netns_features": SlirpFeatures = |f| f.engine.slirp4netns_features;

    /// Id of the container.
    text Id id "container.id": String = |f| f.container.id.as_ref();
    /// Name of the container.
    text Name name "container.name": String = |f| f.container.name.as_ref();
    /// When it was created.
    text Created created "container.created": String = |f| f.container.created.as_ref();
    /// Whether this is the first start; unset: yes.
    copy FirstStart first_start "container.first_start": bool = |f| Some(f.container.first_start.unwrap_or(true));
    /// Directory that lives as long as the container.
    text StaticDir static_dir "container.static_dir": String = |f| f.container.static_dir.as_ref();
    /// Directory that lives as long as this boot.
    text RunDir run_dir "container.run_dir": String = |f| f.container.run_dir.as_ref();
    /// Directory of the bundle.
    text Bundle bundle "container.bundle": String = |f| f.container.bundle.as_ref();
    /// The mounted root filesystem.
    text Mountpoint mountpoint "container.mountpoint": String = |f| f.container.mountpoint.as_ref();
    /// The network namespace that was made.
    text NetnsPath netns_path "container.netns_path": String = |f| f.container.netns_path.as_ref();
    /// What the network gave.
    maybe NetworkStatus network_status "container.network_status": NetworkStatus = |f| f.container.network_status.as_ref();
    /// Subnet of slirp4netns in effect.
    maybe Slirp4netnsSubnet slirp4netns_subnet "container.slirp4netns_subnet": String = |f| f.container.slirp4netns_subnet.as_ref();
    /// Random names.
    list RandomNames random_names "container.random_names": String = |f| f.container.random_names.as_ref();
    /// Process label.
    maybe ProcessLabel process_label "container.process_label": String = |f| f.container.process_label.as_ref();
    /// Mount label.
    maybe MountLabel mount_label "container.mount_label": String = |f| f.container.mount_label.as_ref();
    /// Allocated user ids.
    maybe AutoUidMap auto_uid_map "container.auto_uid_map": Vec<IdMapping> = |f| f.container.auto_uid_map.as_ref();
    /// Allocated group ids.
    maybe AutoGidMap auto_gid_map "container.auto_gid_map": Vec<IdMapping> = |f| f.container.auto_gid_map.as_ref();
    /// Why no ids could be allocated.
    maybe AutoUsernsError auto_userns_error "container.auto_userns_error": String = |f| f.container.auto_userns_error.as_ref();
    /// Whether a passwd copy was made by an earlier start.
    copy PasswdMade passwd_made "container.passwd_made": bool = |f| Some(f.container.passwd_made);
    /// Whether a group copy was made by an earlier start.
    copy GroupMade group_made "container.group_made": bool = |f| Some(f.container.group_made);
    /// Signal socket of the service manager.
    maybe NotifySocket notify_socket "container.notify_socket": String = |f| f.container.notify_socket.as_ref();
    /// Files of the engine's subscriptions.
    maybe Subscriptions subscriptions "container.subscriptions": Vec<String> = |f| f.container.subscriptions.as_ref();
    /// What an earlier start has bound in.
    maybe BindMounts bind_mounts "container.bind_mounts": BTreeMap<String, String> = |f| f.container.bind_mounts.as_ref();
    /// Process id of the container; 0 before it was created.
    copy ContainerPid container_pid "container.pid": u32 = |f| Some(f.container.pid);

    /// The image as a whole: whether there is one, and which.
    maybe Image image "image": Image = |f| f.image.as_ref();
    /// The image's id.
    maybe ImageId image_id "image.id": String = |f| f.image.as_ref().map(|i| &i.id);
    /// The image's names.
    maybe ImageNames image_names "image.names": Vec<String> = |f| f.image.as_ref().map(|i| &i.names);
    /// The image's annotations.
    maybe ImageAnnotations image_annotations "image.annotations": BTreeMap<String, String> = |f| f.image.as_ref().map(|i| &i.annotations);
    /// The image's environment.
    maybe ImageEnv image_env "image.config.Env": Vec<String> = |f| f.image.as_ref().map(|i| &i.config.env);
    /// The image's user.
    maybe ImageUser image_user "image.config.User": String = |f| f.image.as_ref().map(|i| &i.config.user);
    /// The image's entrypoint.
    maybe ImageEntrypoint image_entrypoint "image.config.Entrypoint": Vec<String> = |f| f.image.as_ref().and_then(|i| i.config.entrypoint.as_ref());
    /// The image's command.
    maybe ImageCmd image_cmd "image.config.Cmd": Vec<String> = |f| f.image.as_ref().and_then(|i| i.config.cmd.as_ref());
    /// The image's volumes.
    maybe ImageVolumes image_volumes "image.config.Volumes": BTreeMap<String, ImageNothing> = |f| f.image.as_ref().map(|i| &i.config.volumes);
    /// The image's exposed ports.
    maybe ImageExposedPorts image_exposed_ports "image.config.ExposedPorts": BTreeMap<String, ImageNothing> = |f| f.image.as_ref().map(|i| &i.config.exposed_ports);
    /// The image's working directory.
    maybe ImageWorkingDir image_working_dir "image.config.WorkingDir": String = |f| f.image.as_ref().map(|i| &i.config.working_dir);
    /// The image's labels.
    maybe ImageLabels image_labels "image.config.Labels": BTreeMap<String, String> = |f| f.image.as_ref().and_then(|i| i.config.labels.as_ref());
    /// The image's stop signal.
    maybe ImageStopSignal image_stop_signal "image.config.StopSignal": String = |f| f.image.as_ref().map(|i| &i.config.stop_signal);
    /// The image's health check.
    maybe ImageHealthcheck image_healthcheck "image.config.Healthcheck": ImageHealth = |f| f.image.as_ref().and_then(|i| i.config.healthcheck.as_ref());

    /// /etc/passwd of the root filesystem.
    answer RootfsPasswd rootfs_passwd "rootfs.passwd": String = |f| f.rootfs.passwd.as_ref();
    /// /etc/group of the root filesystem.
    answer RootfsGroup rootfs_group "rootfs.group": String = |f| f.rootfs.group.as_ref();
    /// /etc/hosts of the root filesystem.
    answer RootfsHosts rootfs_hosts "rootfs.hosts": String = |f| f.rootfs.hosts.as_ref();

    /// Whether the root filesystem's tree is recorded whole.
    copy RootfsComplete rootfs_complete "rootfs.complete": bool = |f| Some(f.rootfs.complete);
    /// A path inside the root filesystem.
    table RootfsPath rootfs_path "rootfs.paths": RootfsEntry = |f| &f.rootfs.paths;
    /// A path of the host.
    table Path path "paths": PathFacts = |f| &f.paths;
    /// A text file of the host.
    table File file_entry "files": Answer<String> = |f| &f.files;
    /// A seccomp profile.
    table Seccomp seccomp_entry "seccomp": Answer<SeccompProfile> = |f| &f.seccomp;
    /// Another container.
    table Container container "containers": Dependency = |f| &f.containers;
    /// A pod.
    table Pod pod "pods": Pod = |f| &f.pods;
    /// A volume.
    table Volume volume "volumes": Volume = |f| &f.volumes;
    /// A secret.
    table Secret secret "secrets": SecretFacts = |f| &f.secrets;
    /// A network.
    table Network network "networks": NetworkFacts = |f| &f.networks;
    /// An image that is a volume.
    table ImageMount image_mount "images": ImageMount = |f| &f.images;
    /// A user of the host, by name or number.
    table HostUser host_user "host_users": HostUser = |f| &f.host_users;
    /// A group of the host, by number.
    table HostGroup host_group "host_groups": String = |f| &f.host_groups;
    /// CDI spec files.
    maybe Cdi cdi "cdi": Table<String> = |f| f.cdi.as_ref();
    /// Hook files.
    maybe Hooks hooks "hooks": Table<String> = |f| f.hooks.as_ref();
}

impl<'a> Told<'_, 'a> {
    /// Whether container storage takes the engine for rootless (LP-LEAF-02); unset: as the engine itself.
    pub(crate) fn rootless_in_storage(self) -> bool {
        self.rootless_in_storage_given().copied().unwrap_or_else(|| self.rootless())
    }

    /// The text of a file of the host.
    ///
    /// # Errors
    ///
    /// The host's error in its place.
    pub(crate) fn file(self, path: &str) -> Result<&'a str, Errno> {
        self.file_entry(path).map_or(Err(Errno::UNANSWERED), Answer::get).map(String::as_str)
    }

    /// A seccomp profile of the host.
    ///
    /// # Errors
    ///
    /// The host's error in its place.
    pub(crate) fn seccomp(self, path: &str) -> Result<&'a SeccompProfile, Errno> {
        self.seccomp_entry(path).map_or(Err(Errno::UNANSWERED), Answer::get)
    }

    /// One answer about a path of the host.
    ///
    /// # Errors
    ///
    /// The host's error in its place.
    pub(crate) fn path_answer<T>(
        self,
        path: &str,
        select: fn(&PathFacts) -> Option<&Answer<T>>,
    ) -> Result<&'a T, Errno> {
        let Some(facts) = self.path(path) else { return Err(Errno::UNANSWERED) };
        match select(facts) {
            Some(answer) => answer.get(),
            None => {
                self.0.note_missing(FactKey::Path, path);
                Err(Errno::UNANSWERED)
            }
        }
    }

    /// What lies at a path inside the root filesystem; `None` when nothing does.
    pub(crate) fn rootfs_entry(self, path: &str) -> Option<&'a RootfsEntry> {
        let record = self.0.facts_record();
        match record.rootfs.paths.find(path) {
            Some((number, entry)) => {
                self.0.note_fact(FactKey::RootfsPath, number);
                (entry.kind != "absent").then_some(entry)
            }
            None if record.rootfs.complete => {
                self.0.note_fact(FactKey::RootfsPath, u32::MAX);
                None
            }
            None => {
                self.0.note_missing(FactKey::RootfsPath, path);
                None
            }
        }
    }
}
