//! The kernel, the process that asks, and the paths it sees.

use super::{Answer, Table};
use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// The kernel, the process that asks, and the machine.
    #[derive(Eq)]
    pub struct Host {
        /// Whether the engine runs without root (LP-LEAF-01).
        "rootless" rootless: Option<bool>,
        /// The same as container storage sees it (LP-LEAF-02); it differs in a user namespace with `CAP_SYS_ADMIN`.
        "rootless_in_storage" rootless_in_storage: Option<bool>,
        /// User id outside of the engine's user namespace (LP-LEAF-03).
        "rootless_uid" rootless_uid: Option<u32>,
        /// Group id outside of the engine's user namespace.
        "rootless_gid" rootless_gid: Option<u32>,
        /// Effective user id of the engine.
        "euid" euid: Option<u32>,
        /// Architecture, as Go names it: `amd64`, `arm64`.
        "arch" arch: Option<String>,
        /// Kernel release, for information.
        "kernel" kernel: Option<String>,
        /// Whether /sys/fs/cgroup is a cgroup2 mount (LP-LEAF-05).
        "cgroup_unified" cgroup_unified: Option<Answer<bool>>,
        /// What the cgroup v1 controllers can do (SG-RES-17).
        "cgroup_v1" cgroup_v1: Option<CgroupV1>,
        /// Text of /proc/self/cgroup.
        "own_cgroup" own_cgroup: Option<Answer<String>>,
        /// Swap files in the engine's own cgroup, v2 (SG-RES-16).
        "memory_swap" memory_swap: Option<MemorySwap>,
        /// Host name.
        "hostname" hostname: Option<Answer<String>>,
        /// `/proc/self/uid_map`.
        "uid_map" uid_map: Option<Answer<Vec<IdRangeText>>>,
        /// `/proc/self/gid_map`.
        "gid_map" gid_map: Option<Answer<Vec<IdRangeText>>>,
        /// Sizes of the user's ranges in /etc/subuid, in order.
        "sub_uids" sub_uids: Option<Vec<u32>>,
        /// Sizes of the user's ranges in /etc/subgid, in order.
        "sub_gids" sub_gids: Option<Vec<u32>>,
        /// Capability bounding set of the engine, by name.
        "bounding_capabilities" bounding_capabilities: Option<Vec<String>>,
        /// Whether the kernel has ambient capabilities.
        "ambient_capabilities" ambient_capabilities: Option<bool>,
        /// Limit on open files.
        "rlimit_nofile" rlimit_nofile: Option<Limits>,
        /// Limit on processes.
        "rlimit_nproc" rlimit_nproc: Option<Limits>,
        /// `/proc/sys/kernel/pid_max`.
        "pid_max" pid_max: Option<u64>,
        /// Environment of the engine.
        "environment" environment: Option<BTreeMap<String, String>>,
        /// Working directory of the engine.
        "working_directory" working_directory: Option<String>,
        /// Whether SELinux is on.
        "selinux" selinux: Option<bool>,
        /// Whether AppArmor is on.
        "apparmor" apparmor: Option<bool>,
        /// AppArmor profiles that are loaded.
        "apparmor_profiles" apparmor_profiles: Option<Vec<String>>,
        /// Device nodes below /dev, in the order they are found (LP-DEV-02).
        "devices" devices: Option<Answer<Vec<DeviceNode>>>,
        /// Addresses of the host's interfaces, in order.
        "addresses" addresses: Option<Vec<String>>,
        /// Names of the host's interfaces.
        "interfaces" interfaces: Option<Vec<String>>,
        /// Type of the Podman machine this is; absent when it is none (LP-LEAF-10).
        "machine" machine: Option<String>,
        /// Number of CPUs, online.
        "cpus" cpus: Option<u32>,
        /// CPUs whose directory in sysfs has a `thermal_throttle`, by number; only the hardened profile asks (HD-MASK-02).
        "thermal_throttle" thermal_throttle: Option<Vec<u32>>,
        /// Whether /etc/system-fips exists.
        "fips" fips: Option<bool>,
        /// Whether PID 1 is systemd.
        "systemd" systemd: Option<bool>,
        /// Free ports for published ones without a number, in order.
        "free_ports" free_ports: Option<Vec<u16>>,
    }

    /// A range of a process's id map: id inside, id in the parent, count.
    #[derive(Eq, Copy)]
    pub struct IdRangeText {
        /// First id inside the process's namespace.
        "id" id: u32,
        /// First id in the parent namespace.
        "parent" parent: u32,
        /// How many ids.
        "count" count: u32,
    }

    /// A soft and a hard limit.
    #[derive(Eq, Copy)]
    pub struct Limits {
        /// The limit in force (`RLIM_INFINITY` is the highest number).
        "soft" soft: u64,
        /// The ceiling, in the same way.
        "hard" hard: u64,
    }

    /// Swap files of the engine's own cgroup (v2).
    #[derive(Eq, Copy)]
    pub struct MemorySwap {
        /// `memory.max` exists.
        "memory_max" memory_max: bool,
        /// `memory.swap.max` exists.
        "memory_swap_max" memory_swap_max: bool,
    }

    /// What the cgroup v1 controllers can do.
    #[derive(Eq)]
    pub struct CgroupV1 {
        /// The memory controller is mounted.
        "memory" memory: bool,
        /// `memory.memsw.limit_in_bytes` exists.
        "swap" swap: bool,
        /// `memory.soft_limit_in_bytes` exists.
        "reservation" reservation: bool,
        /// `memory.oom_control` exists.
        "oom_kill_disable" oom_kill_disable: bool,
        /// `memory.swappiness` exists.
        "swappiness" swappiness: bool,
        /// `cpu.shares` exists.
        "cpu_shares" cpu_shares: bool,
        /// `cpu.cfs_period_us` exists.
        "cpu_period" cpu_period: bool,
        /// `cpu.cfs_quota_us` exists.
        "cpu_quota" cpu_quota: bool,
        /// The cpuset controller is mounted.
        "cpuset" cpuset: bool,
        /// Text of `cpuset.cpus`.
        "cpuset_cpus" cpuset_cpus: String,
        /// Text of `cpuset.mems`.
        "cpuset_mems" cpuset_mems: String,
        /// The pids controller is mounted.
        "pids" pids: bool,
        /// `blkio.weight` exists.
        "blkio_weight" blkio_weight: bool,
        /// `blkio.weight_device` exists.
        "blkio_weight_device" blkio_weight_device: bool,
        /// `blkio.throttle.read_bps_device` exists.
        "blkio_read_bps" blkio_read_bps: bool,
        /// `blkio.throttle.write_bps_device` exists.
        "blkio_write_bps" blkio_write_bps: bool,
        /// `blkio.throttle.read_iops_device` exists.
        "blkio_read_iops" blkio_read_iops: bool,
        /// `blkio.throttle.write_iops_device` exists.
        "blkio_write_iops" blkio_write_iops: bool,
    }

    /// A device node.
    #[derive(Eq)]
    pub struct DeviceNode {
        /// Its path on the host.
        "path" path: String,
        /// `b`, `c` or `p`.
        "type" kind: String,
        /// Major number.
        "major" major: i64,
        /// Minor number.
        "minor" minor: i64,
        /// `st_mode`, with the bits of the file type.
        "mode" mode: u32,
        /// Owner's user id, as the engine sees it.
        "uid" uid: u32,
        /// Group id, as the engine sees it.
        "gid" gid: u32,
    }

    /// What is known of one path of the host. Symbolic links are followed, but for `device`.
    #[derive(Eq)]
    pub struct PathFacts {
        /// stat(2): what is there.
        "kind" kind: Option<Answer<FileKind>>,
        /// Owner's user id, as the engine sees it.
        "uid" uid: u32,
        /// Group id, as the engine sees it.
        "gid" gid: u32,
        /// Permission bits, without the file type.
        "mode" mode: u32,
        /// The path with all links resolved.
        "real" real: Option<Answer<String>>,
        /// statfs(2).
        "statfs" statfs: Option<Answer<StatFs>>,
        /// lstat(2), for device nodes: `EINVAL` when there is something else.
        "device" device: Option<Answer<DeviceNode>>,
        /// All device nodes below a directory, by relative path.
        "devices_below" devices_below: Option<Answer<Table<DeviceNode>>>,
        /// `st_rdev`, for what is named as a block device: 0 and 0 for any other file.
        "rdev_major" rdev_major: i64,
        /// The minor number of `st_rdev`.
        "rdev_minor" rdev_minor: i64,
    }

    /// statfs(2): the flags that matter to mounts.
    #[derive(Eq, Copy)]
    pub struct StatFs {
        /// `ST_RDONLY`.
        "ro" ro: bool,
        /// `ST_NOSUID`.
        "nosuid" nosuid: bool,
        /// `ST_NODEV`.
        "nodev" nodev: bool,
        /// `ST_NOEXEC`.
        "noexec" noexec: bool,
    }

    /// A user of the host.
    #[derive(Eq)]
    pub struct HostUser {
        /// Login name; empty when there is no such user.
        "name" name: String,
        /// User id.
        "uid" uid: u32,
        /// Primary group id.
        "gid" gid: u32,
        /// Full name.
        "full_name" full_name: String,
        /// Home directory.
        "home" home: String,
    }
}

/// What is at a path.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum FileKind {
    /// A regular file.
    #[default]
    File,
    /// A directory.
    Directory,
    /// A device node, socket or FIFO.
    Special,
}

impl FileKind {
    fn word(self) -> &'static str {
        match self {
            FileKind::File => "file",
            FileKind::Directory => "directory",
            FileKind::Special => "special",
        }
    }
}

impl crate::text::Shape for FileKind {
    fn read(node: &crate::text::Node<'_>, reader: &mut crate::text::Reader) -> Option<Self> {
        let word: String = crate::text::Shape::read(node, reader)?;
        let known = [FileKind::File, FileKind::Directory, FileKind::Special];
        match known.into_iter().find(|k| k.word() == word) {
            Some(kind) => Some(kind),
            None => reader.none_of(
                alloc::format!("`{word}` is none of `file`, `directory`, `special`"),
                &word,
                &known.map(FileKind::word),
            ),
        }
    }
}

impl serde::Serialize for FileKind {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.word())
    }
}

impl schemars::JsonSchema for FileKind {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "FileKind".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "enum": ["file", "directory", "special"] })
    }
}
