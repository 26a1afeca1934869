//! The create request: every field of the libpod REST body of Podman 4.3 (its `SpecGenerator`).

use super::kinds::{Bytes, Cpus, DeviceText, Namespace, Nanoseconds, Pairs, Seconds, SystemdWord};
use super::resources::Resources;
use super::short;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// A mount, as OCI has it.
    #[derive(Eq)]
    pub struct Mount short short::mount, "`type=bind,src=/a,dst=/b,ro`" newer [("uidMappings", "Podman 4.4", ""), ("gidMappings", "Podman 4.4", "")] {
        /// Where it lands in the container: absolute.
        "destination" destination: String,
        /// `bind`, `tmpfs`, or any file system type.
        "type" kind: String,
        /// What is mounted.
        "source" source: String,
        /// Mount options, in order.
        "options" options: Option<Vec<String>>,
    }

    /// A named volume.
    #[derive(Eq)]
    pub struct NamedVolume short short::volume, "`data:/var/lib/db:U`" newer [("SubPath", "Podman 4.4", "")] {
        /// Its name; empty for a new anonymous one.
        "Name" name: String,
        /// Where it lands in the container: absolute.
        "Dest" dest: String,
        /// Mount options, in order.
        "Options" options: Vec<String>,
        /// Whether it is removed with the container.
        "IsAnonymous" is_anonymous: bool,
    }

    /// A directory of the host under an overlay: writes go to a layer of the container's.
    #[derive(Eq)]
    pub struct OverlayVolume {
        /// Where it lands in the container: absolute.
        "destination" destination: String,
        /// The lower directory, on the host.
        "source" source: String,
        /// Overlay options; `upperdir=` and `workdir=` together make it persistent.
        "options" options: Vec<String>,
    }

    /// An image mounted as a volume.
    #[derive(Eq)]
    pub struct ImageVolume newer [("subPath", "Podman 5.1", "")] {
        /// The image.
        "Source" source: String,
        /// Where it lands in the container: absolute.
        "Destination" destination: String,
        /// Writable, by an overlay.
        "ReadWrite" read_write: bool,
    }

    /// A device cgroup rule of the request.
    #[derive(Eq)]
    pub struct DeviceCgroupRule {
        /// Ignored by Podman 4.3: every rule allows.
        "allow" allow: bool,
        /// `a`, `b` or `c`.
        "type" kind: Option<String>,
        /// Major number; absent for all.
        "major" major: Option<i64>,
        /// Minor number; absent for all.
        "minor" minor: Option<i64>,
        /// Any of `r`, `w`, `m`.
        "access" access: Option<String>,
    }

    /// A secret that is mounted as a file.
    #[derive(Eq)]
    pub struct Secret {
        /// Name or id of the secret.
        "Source" source: String,
        /// Its file name below /run/secrets, or an absolute path.
        "Target" target: String,
        /// Owner's user id, inside the container.
        "UID" uid: u32,
        /// Group, inside the container.
        "GID" gid: u32,
        /// Permission bits, as a decimal number: 256 is 0400.
        "Mode" mode: u32,
    }

    /// A resource limit of the process.
    #[derive(Eq)]
    pub struct Rlimit short short::rlimit, "`nofile=1024:2048` (soft:hard)" {
        /// As in `nofile`, without `RLIMIT_`.
        "type" kind: String,
        /// The ceiling, in the unit of the limit (bytes, seconds, files ...); the highest number is no limit.
        "hard" hard: u64,
        /// The limit in force, in the same unit.
        "soft" soft: u64,
    }

    /// One range of ids.
    #[derive(Eq, Copy)]
    pub struct IdMapping short short::id_mapping, "`0:100000:65536` (container:host:size)" {
        /// First id inside the container.
        "container_id" container_id: u32,
        /// First id outside, as the engine's own user namespace numbers them.
        "host_id" host_id: u32,
        /// How many ids, from both.
        "size" size: u32,
    }

    /// ID mappings of the user namespace.
    #[derive(Eq)]
    pub struct IdMappings {
        /// Take the host's user ids.
        "HostUIDMapping" host_uid_mapping: bool,
        /// Take the host's group ids.
        "HostGIDMapping" host_gid_mapping: bool,
        /// User id ranges.
        "UIDMap" uid_map: Vec<IdMapping>,
        /// Group id ranges.
        "GIDMap" gid_map: Vec<IdMapping>,
        /// Let storage choose the ranges.
        "AutoUserNs" auto_userns: bool,
        /// How it chooses.
        "AutoUserNsOpts" auto_userns_opts: AutoUserNs,
    }

    /// How an automatic user namespace is made.
    #[derive(Eq)]
    pub struct AutoUserNs {
        /// Number of ids; 0 to take what the image needs.
        "Size" size: u32,
        /// The least number of ids.
        "InitialSize" initial_size: u32,
        /// A passwd file to size by, instead of the image's.
        "PasswdFile" passwd_file: String,
        /// A group file to size by.
        "GroupFile" group_file: String,
        /// Ranges mapped besides.
        "AdditionalUIDMappings" additional_uid_mappings: Vec<IdMapping>,
        /// Ranges mapped besides.
        "AdditionalGIDMappings" additional_gid_mappings: Vec<IdMapping>,
    }

    /// A published port.
    #[derive(Eq)]
    pub struct PortMapping short short::port, "`127.0.0.1:8443:443/tcp`" {
        /// Address on the host; empty for all.
        "host_ip" host_ip: String,
        /// Port in the container, 1 to 65535.
        "container_port" container_port: u16,
        /// Port on the host; 0 for a free one.
        "host_port" host_port: u16,
        /// How many ports from there; 0 means 1.
        "range" range: u16,
        /// `tcp`, `udp`, `sctp` or several with commas; empty for tcp.
        "protocol" protocol: String,
    }

    /// How the container is attached to one network.
    #[derive(Eq)]
    pub struct NetworkAttachment newer [("options", "Podman 4.4", "")] {
        /// Fixed addresses.
        "static_ips" static_ips: Vec<String>,
        /// More names for the network's DNS.
        "aliases" aliases: Vec<String>,
        /// Fixed hardware address.
        "static_mac" static_mac: String,
        /// Name of the interface inside.
        "interface_name" interface_name: String,
    }

    /// A health check.
    #[derive(Eq)]
    pub struct Health newer [("StartInterval", "Podman 5.1", "")] {
        /// `NONE`, or `CMD` and the arguments, or `CMD-SHELL` and a line.
        "Test" test: Vec<String>,
        /// Grace at the start, ns.
        "StartPeriod" start_period: Nanoseconds,
        /// Time between checks, ns.
        "Interval" interval: Nanoseconds,
        /// Time a check may take, ns.
        "Timeout" timeout: Nanoseconds,
        /// Failures in a row that make it unhealthy.
        "Retries" retries: i64,
    }

    /// Where the container's output goes.
    #[derive(Eq)]
    pub struct Log newer [("labels", "Podman 6.0", "")] {
        /// `journald`, `k8s-file`, `json-file`, `none` or `passthrough`; empty for the default.
        "driver" driver: String,
        /// File of the log.
        "path" path: String,
        /// Largest size of the log, bytes.
        "size" size: Bytes,
        /// Options of the driver; `tag` is read.
        "options" options: Pairs,
    }

    /// A kernel execution domain.
    #[derive(Eq)]
    pub struct Personality {
        /// `LINUX` or `LINUX32`.
        "domain" domain: String,
        /// Flags.
        "flags" flags: Vec<String>,
    }

    /// A weight for a block device named by path.
    #[derive(Eq)]
    pub struct WeightDevice {
        /// Ignored: taken from the path.
        "major" major: i64,
        /// Ignored: taken from the path.
        "minor" minor: i64,
        /// Relative weight, 10 to 1000.
        "weight" weight: Option<u16>,
        /// Relative weight against child cgroups, 10 to 1000.
        "leafWeight" leaf_weight: Option<u16>,
    }

    /// A rate for a block device named by path.
    #[derive(Eq)]
    pub struct ThrottleDevice {
        /// Ignored: taken from the path.
        "major" major: i64,
        /// Ignored: taken from the path.
        "minor" minor: i64,
        /// Bytes or operations a second.
        "rate" rate: u64,
    }
}

/// Ports that are exposed without being published: port to protocols.
pub type Expose = BTreeMap<String, String>;

/// Defines [`Config`] and, beside it, the name of each of its fields.
macro_rules! config {
    ($( $(#[doc = $doc:literal])* $key:literal $field:ident $Field:ident: $ty:ty ),* $(,)?) => {
        record! {
            /// What a container should be: Podman's create request, with short forms.
            pub struct Config own ["memory", "cpus", "pids"] newer [
                ("startupHealthConfig", "Podman 4.4", ""), ("read_write_tmpfs", "Podman 4.4", ""), ("group_entry", "Podman 4.5", ""), ("label_nested", "Podman 4.5", ""),
                ("rootfs_mapping", "Podman 4.5", ""), ("shm_size_systemd", "Podman 4.5", "0"), ("intelRdt", "Podman 4.8", ""), ("base_hosts_file", "Podman 5.0", ""),
                ("removeImage", "Podman 5.3", ""), ("healthLogDestination", "Podman 5.3", "local"), ("healthMaxLogCount", "Podman 5.3", "5"), ("healthMaxLogSize", "Podman 5.3", "500"),
                ("use_image_hostname", "Podman 5.4", ""), ("artifact_volumes", "Podman 5.5", ""), ("networkOrder", "Podman 6.0", ""), ("gpus", "Podman 6.0", ""),
            ] {
                $( $(#[doc = $doc])* $key $field: $ty ),*
            }
        }
        /// A field of [`Config`], for the reasons of the result.
        #[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Field { $( $(#[doc = $doc])* $Field ),* }
        impl Field {
            /// Every field, in the order of the request.
            pub const ALL: &'static [Field] = &[$(Field::$Field),*];
            /// The key in the config's text.
            pub fn key(self) -> &'static str {
                match self { $(Field::$Field => $key),* }
            }
        }
        #[expect(dead_code, reason = "each field has its reader, also those that Podman accepts and ignores")]
        impl<'a> crate::provenance::Given<'_, 'a> {
            $( $(#[doc = $doc])* pub(crate) fn $field(self) -> &'a $ty { self.open(Field::$Field, |c| &c.$field) } )*
        }
    };
}

config! {
    /// Name of the container: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
    "name" name Name: String,
    /// Pod to join, by name or id.
    "pod" pod Pod: String,
    /// What is run, in the image's place; `[""]` for nothing.
    "entrypoint" entrypoint Entrypoint: Option<Vec<String>>,
    /// Arguments, in the place of the image's.
    "command" command Command: Option<Vec<String>>,
    /// Take the engine's whole environment.
    "env_host" env_host EnvHost: bool,
    /// Take the engine's proxy variables.
    "httpproxy" httpproxy Httpproxy: bool,
    /// Environment variables.
    "env" env Env: Pairs,
    /// Give the process a terminal.
    "terminal" terminal Terminal: bool,
    /// Keep standard input open.
    "stdin" stdin Stdin: bool,
    /// Labels.
    "labels" labels Labels: Pairs,
    /// Annotations.
    "annotations" annotations Annotations: Pairs,
    /// Signal number that stops the container.
    "stop_signal" stop_signal StopSignal: Option<i64>,
    /// Seconds from the stop signal to the kill.
    "stop_timeout" stop_timeout StopTimeout: Option<Seconds>,
    /// Seconds after which the container is stopped; 0 for never.
    "timeout" timeout Timeout: Seconds,
    /// Where the output goes.
    "log_configuration" log_configuration LogConfiguration: Option<Log>,
    /// File for the pid of the monitor.
    "conmon_pid_file" conmon_pid_file ConmonPidFile: String,
    /// The image's name as the user wrote it.
    "raw_image_name" raw_image_name RawImageName: String,
    /// Operating system to choose from a manifest list.
    "image_os" image_os ImageOs: String,
    /// Architecture to choose from a manifest list.
    "image_arch" image_arch ImageArch: String,
    /// Variant to choose from a manifest list.
    "image_variant" image_variant ImageVariant: String,
    /// `no`, `on-failure`, `always` or `unless-stopped`; empty for none.
    "restart_policy" restart_policy RestartPolicy: String,
    /// Number of restarts, for the policy `on-failure`.
    "restart_tries" restart_tries RestartTries: Option<u64>,
    /// Ignored by the API: the engine's runtime is used.
    "oci_runtime" oci_runtime OciRuntime: String,
    /// `true`, `false` or `always`.
    "systemd" systemd Systemd: SystemdWord,
    /// `container`, `conmon` or `ignore`.
    "sdnotifyMode" sdnotify_mode SdnotifyMode: String,
    /// Ignored.
    "namespace" namespace Namespace: String,
    /// PID namespace.
    "pidns" pidns Pidns: Namespace,
    /// UTS namespace.
    "utsns" utsns Utsns: Namespace,
    /// Host name.
    "hostname" hostname Hostname: String,
    /// Users of the host to add to the passwd file.
    "hostusers" hostusers Hostusers: Vec<String>,
    /// Kernel parameters.
    "sysctl" sysctl Sysctl: Pairs,
    /// Remove the container when it exits.
    "remove" remove Remove: bool,
    /// The command line that made this request.
    "containerCreateCommand" create_command CreateCommand: Vec<String>,
    /// Time zone, as in `Europe/Paris`, or `local`.
    "timezone" timezone Timezone: String,
    /// Containers that are started before.
    "dependencyContainers" dependency_containers DependencyContainers: Vec<String>,
    /// Environment variable to secret.
    "secret_env" secret_env SecretEnv: Pairs,
    /// `once` or `always`: an init container of its pod.
    "init_container_type" init_container_type InitContainerType: String,
    /// Kernel execution domain.
    "personality" personality Personality: Option<Personality>,
    /// Entries expanded over the image's variables.
    "envmerge" envmerge Envmerge: Vec<String>,
    /// Variables to leave out.
    "unsetenv" unsetenv Unsetenv: Vec<String>,
    /// Leave all default and image variables out.
    "unsetenvall" unsetenvall Unsetenvall: bool,
    /// Whether passwd and group are kept up to date; unset is true.
    "manage_password" manage_password ManagePassword: Option<bool>,
    /// Template of the passwd line.
    "passwd_entry" passwd_entry PasswdEntry: String,
    /// The image.
    "image" image Image: String,
    /// A root directory on the host, in the place of an image.
    "rootfs" rootfs Rootfs: String,
    /// Put an overlay above the root directory.
    "rootfs_overlay" rootfs_overlay RootfsOverlay: bool,
    /// `anonymous`, `tmpfs` or `ignore`.
    "image_volume_mode" image_volume_mode ImageVolumeMode: String,
    /// Containers whose volumes are taken, as `name[:options]`.
    "volumes_from" volumes_from VolumesFrom: Vec<String>,
    /// Run a small init as PID 1.
    "init" init Init: bool,
    /// That init, on the host.
    "init_path" init_path InitPath: String,
    /// Mounts.
    "mounts" mounts Mounts: Vec<Mount>,
    /// Named volumes; in the short form binds too.
    "volumes" volumes Volumes: Vec<NamedVolume>,
    /// Directories under an overlay.
    "overlay_volumes" overlay_volumes OverlayVolumes: Vec<OverlayVolume>,
    /// Images as volumes.
    "image_volumes" image_volumes ImageVolumes: Vec<ImageVolume>,
    /// Devices, each `src[:dst][:perms]` or a CDI name.
    "devices" devices Devices: Vec<DeviceText>,
    /// Device cgroup rules.
    "device_cgroup_rule" device_cgroup_rule DeviceCgroupRules: Vec<DeviceCgroupRule>,
    /// Ignored.
    "devices_from" devices_from DevicesFrom: Vec<String>,
    /// Overwritten by the compiler (SG-DEV-08), but in a pod.
    "host_device_list" host_device_list HostDeviceList: Vec<DeviceText>,
    /// Size of /dev/shm, bytes.
    "shm_size" shm_size ShmSize: Option<Bytes>,
    /// Working directory.
    "work_dir" work_dir WorkDir: String,
    /// Make the working directory where it is missing.
    "create_working_dir" create_working_dir CreateWorkingDir: bool,
    /// Storage options.
    "storage_opts" storage_opts StorageOpts: Pairs,
    /// Ignored.
    "rootfs_propagation" rootfs_propagation RootfsPropagation: String,
    /// Secrets mounted as files.
    "secrets" secrets Secrets: Vec<Secret>,
    /// Do not sync the container's storage.
    "volatile" volatile Volatile: bool,
    /// Directories that get copies of the generated files.
    "chroot_directories" chroot_directories ChrootDirectories: Vec<String>,
    /// All devices, all capabilities, nothing masked.
    "privileged" privileged Privileged: bool,
    /// `user[:group]`, names or numbers.
    "user" user User: String,
    /// More groups, names or numbers.
    "groups" groups Groups: Vec<String>,
    /// Capabilities to add.
    "cap_add" cap_add CapAdd: Vec<String>,
    /// Capabilities to drop.
    "cap_drop" cap_drop CapDrop: Vec<String>,
    /// SELinux label options.
    "selinux_opts" selinux_opts SelinuxOpts: Vec<String>,
    /// AppArmor profile.
    "apparmor_profile" apparmor_profile ApparmorProfile: String,
    /// `default` or `image`.
    "seccomp_policy" seccomp_policy SeccompPolicy: String,
    /// Seccomp profile on the host, or `unconfined`.
    "seccomp_profile_path" seccomp_profile_path SeccompProfilePath: String,
    /// No new privileges by set-id programs.
    "no_new_privileges" no_new_privileges NoNewPrivileges: bool,
    /// User namespace.
    "userns" userns Userns: Namespace,
    /// ID mappings.
    "idmappings" idmappings Idmappings: Option<IdMappings>,
    /// Read-only root.
    "read_only_filesystem" read_only_filesystem ReadOnlyFilesystem: bool,
    /// Octal umask; unset for the engine's.
    "umask" umask Umask: Option<String>,
    /// Options of the /proc mount, in the place of the default ones.
    "procfs_opts" procfs_opts ProcfsOpts: Option<Vec<String>>,
    /// More paths to mask.
    "mask" mask Mask: Vec<String>,
    /// Paths not to mask: patterns with `:` between them, or `ALL`.
    "unmask" unmask Unmask: Option<Vec<String>>,
    /// Cgroup namespace.
    "cgroupns" cgroupns Cgroupns: Namespace,
    /// `enabled`, `disabled`, `no-conmon` or `split`.
    "cgroups_mode" cgroups_mode CgroupsMode: String,
    /// Cgroup below which the container's is made.
    "cgroup_parent" cgroup_parent CgroupParent: String,
    /// IPC namespace.
    "ipcns" ipcns Ipcns: Namespace,
    /// Network namespace.
    "netns" netns Netns: Namespace,
    /// Published ports.
    "portmappings" portmappings Portmappings: Vec<PortMapping>,
    /// Publish every exposed port.
    "publish_image_ports" publish_image_ports PublishImagePorts: bool,
    /// Exposed ports: port to protocols.
    "expose" expose Expose: Expose,
    /// Networks to attach to.
    "Networks" networks Networks: BTreeMap<String, NetworkAttachment>,
    /// Networks by name, the old way.
    "cni_networks" cni_networks CniNetworks: Vec<String>,
    /// Leave the image's /etc/resolv.conf.
    "use_image_resolve_conf" use_image_resolve_conf UseImageResolveConf: bool,
    /// DNS servers.
    "dns_server" dns_server DnsServer: Vec<String>,
    /// DNS search domains.
    "dns_search" dns_search DnsSearch: Vec<String>,
    /// Resolver options.
    "dns_option" dns_option DnsOption: Vec<String>,
    /// Leave the image's /etc/hosts; unset for the engine's setting.
    "use_image_hosts" use_image_hosts UseImageHosts: Option<bool>,
    /// Lines for /etc/hosts, each `name:ip`.
    "hostadd" hostadd Hostadd: Vec<String>,
    /// Options of the network program, by its name.
    "network_options" network_options NetworkOptions: Option<BTreeMap<String, Vec<String>>>,
    /// OCI resource limits.
    "resource_limits" resource_limits ResourceLimits: Option<Resources>,
    /// Resource limits of the process; unset and `[]` differ (SG-RLIM-01).
    "r_limits" r_limits RLimits: Option<Vec<Rlimit>>,
    /// How readily the process is killed when memory is short, -1000 to 1000.
    "oom_score_adj" oom_score_adj OomScoreAdj: Option<i64>,
    /// Weight by device path.
    "weightDevice" weight_device WeightDevices: BTreeMap<String, WeightDevice>,
    /// Bytes read a second, by device path.
    "throttleReadBpsDevice" throttle_read_bps ThrottleReadBps: BTreeMap<String, ThrottleDevice>,
    /// Bytes written a second, by device path.
    "throttleWriteBpsDevice" throttle_write_bps ThrottleWriteBps: BTreeMap<String, ThrottleDevice>,
    /// Reads a second, by device path.
    "throttleReadIOPSDevice" throttle_read_iops ThrottleReadIops: BTreeMap<String, ThrottleDevice>,
    /// Writes a second, by device path.
    "throttleWriteIOPSDevice" throttle_write_iops ThrottleWriteIops: BTreeMap<String, ThrottleDevice>,
    /// Ignored: the client folds it into `resource_limits`.
    "unified" unified Unified: BTreeMap<String, String>,
    /// Ignored.
    "cpu_period" cpu_period CpuPeriod: u64,
    /// Ignored.
    "cpu_quota" cpu_quota CpuQuota: i64,
    /// Health check.
    "healthconfig" healthconfig Healthconfig: Option<Health>,
    /// What a failing health check does: 0 nothing, 2 kill, 3 restart, 4 stop.
    "health_check_on_failure_action" health_check_on_failure_action HealthCheckOnFailureAction: i64,
    /// Short for `resource_limits.memory.limit`, as in `512m`.
    "memory" memory Memory: Option<Bytes>,
    /// Short for a CPU quota, as in `1.5` CPUs.
    "cpus" cpus Cpus: Option<Cpus>,
    /// Short for `resource_limits.pids.limit`: the most processes.
    "pids" pids Pids: Option<i64>,
}
