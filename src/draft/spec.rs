//! The places of the OCI spec.

use super::Text;
use crate::config::{DeviceRule, HugepageLimit, Network, Personality, Rdma, Throttle, Weight};
use crate::emit::json_text;
use crate::idmap::IdMap;
use crate::provenance::{Keyed, List, Slot};
use crate::security::caps::CapList;
use crate::security::seccomp::Selected;
use alloc::{
    borrow::Cow,
    collections::BTreeMap,
    format,
    string::{String, ToString as _},
    vec::Vec,
};

/// The OCI spec under construction.
#[derive(Debug, Default)]
pub(crate) struct Spec<'a> {
    /// `process`.
    pub process: Process<'a>,
    /// `root.path`.
    pub root_path: Slot<Text<'a>>,
    /// `root.readonly`.
    pub root_readonly: Slot<bool>,
    /// `hostname`; empty for none.
    pub hostname: Slot<Text<'a>>,
    /// `mounts`.
    pub mounts: List<Mount<'a>>,
    /// `annotations`.
    pub annotations: List<Annotation<'a>>,
    /// Whether there is a `hooks`, be it an empty one.
    pub has_hooks: Slot<bool>,
    /// `hooks`, all stages.
    pub hooks: List<HookDraft<'a>>,
    /// `linux.namespaces`.
    pub namespaces: List<Namespace<'a>>,
    /// `linux.uidMappings`.
    pub uid_mappings: Slot<Cow<'a, [IdMap]>>,
    /// `linux.gidMappings`.
    pub gid_mappings: Slot<Cow<'a, [IdMap]>>,
    /// `linux.sysctl`.
    pub sysctl: List<Sysctl<'a>>,
    /// `linux.cgroupsPath`; empty for none.
    pub cgroups_path: Slot<Text<'a>>,
    /// `linux.resources`.
    pub resources: ResourcesDraft<'a>,
    /// `linux.devices`.
    pub devices: List<Device<'a>>,
    /// `linux.seccomp`.
    pub seccomp: Slot<SeccompChoice<'a>>,
    /// `linux.maskedPaths`.
    pub masked_paths: List<Text<'a>>,
    /// `linux.readonlyPaths`.
    pub readonly_paths: List<Text<'a>>,
    /// `linux.rootfsPropagation`; empty for none.
    pub rootfs_propagation: Slot<Text<'a>>,
    /// `linux.mountLabel`; empty for none.
    pub mount_label: Slot<Text<'a>>,
    /// `linux.personality`.
    pub personality: Slot<Option<&'a Personality>>,
}

/// `process`.
#[derive(Debug, Default)]
pub(crate) struct Process<'a> {
    /// `process.terminal`.
    pub terminal: Slot<bool>,
    /// `process.args`.
    pub args: Slot<Vec<Text<'a>>>,
    /// `process.cwd`.
    pub cwd: Slot<Text<'a>>,
    /// `process.env`.
    pub env: List<EnvVar<'a>>,
    /// `process.user.uid`.
    pub uid: Slot<u32>,
    /// `process.user.gid`.
    pub gid: Slot<u32>,
    /// `process.user.umask`.
    pub umask: Slot<Option<u32>>,
    /// `process.user.additionalGids`.
    pub additional_gids: List<u32>,
    /// `process.capabilities.bounding`.
    pub bounding: Slot<CapList>,
    /// `process.capabilities.effective`.
    pub effective: Slot<CapList>,
    /// `process.capabilities.permitted`.
    pub permitted: Slot<CapList>,
    /// `process.capabilities.inheritable`.
    pub inheritable: Slot<CapList>,
    /// `process.capabilities.ambient`.
    pub ambient: Slot<CapList>,
    /// `process.rlimits`.
    pub rlimits: List<Rlimit<'a>>,
    /// `process.noNewPrivileges`.
    pub no_new_privileges: Slot<bool>,
    /// `process.apparmorProfile`; empty for none.
    pub apparmor_profile: Slot<Text<'a>>,
    /// `process.selinuxLabel`; empty for none.
    pub selinux_label: Slot<Text<'a>>,
    /// `process.oomScoreAdj`.
    pub oom_score_adj: Slot<Option<i64>>,
}

/// A mount. `options` is `None` where Podman keeps a null list, which the emitted JSON does not show.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Mount<'a> {
    /// `destination`, as spelled.
    pub destination: Text<'a>,
    /// `type`.
    pub kind: Text<'a>,
    /// `source`.
    pub source: Text<'a>,
    /// `options`, in order.
    pub options: Vec<Text<'a>>,
}

impl Keyed for Mount<'_> {
    fn key(&self) -> &str {
        &self.destination
    }

    fn shown(&self) -> String {
        let options: Vec<&str> = self.options.iter().map(|o| &**o).collect();
        format!("{} {} ({})", self.kind, self.source, options.join(","))
    }
}

/// An environment variable. Emitted as `name=value`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct EnvVar<'a> {
    /// Name: what stands before the first `=`.
    pub name: Text<'a>,
    /// Value.
    pub value: Text<'a>,
    /// Added at start by the spec generator's helper: only such an entry is replaced by a later one of its name (LP-ENV-01).
    pub added: bool,
}

impl Keyed for EnvVar<'_> {
    fn key(&self) -> &str {
        &self.name
    }

    fn shown(&self) -> String {
        json_text(&format!("{}={}", self.name, self.value))
    }
}

/// An annotation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Annotation<'a> {
    /// Key.
    pub key: Text<'a>,
    /// Value.
    pub value: Text<'a>,
}

impl Keyed for Annotation<'_> {
    fn key(&self) -> &str {
        &self.key
    }

    fn shown(&self) -> String {
        json_text(&self.value)
    }
}

/// A kernel parameter.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sysctl<'a> {
    /// Name.
    pub key: Text<'a>,
    /// Value.
    pub value: Text<'a>,
}

impl Keyed for Sysctl<'_> {
    fn key(&self) -> &str {
        &self.key
    }

    fn shown(&self) -> String {
        json_text(&self.value)
    }
}

/// A kind of namespace, with OCI's name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum NamespaceKind {
    /// `pid`
    Pid,
    /// `network`
    Network,
    /// `ipc`
    Ipc,
    /// `uts`
    Uts,
    /// `mount`
    Mount,
    /// `user`
    User,
    /// `cgroup`
    Cgroup,
}

impl NamespaceKind {
    /// OCI's name.
    pub(crate) fn oci(self) -> &'static str {
        match self {
            NamespaceKind::Pid => "pid",
            NamespaceKind::Network => "network",
            NamespaceKind::Ipc => "ipc",
            NamespaceKind::Uts => "uts",
            NamespaceKind::Mount => "mount",
            NamespaceKind::User => "user",
            NamespaceKind::Cgroup => "cgroup",
        }
    }

    /// The kernel's name, as in /proc/PID/ns.
    pub(crate) fn proc(self) -> &'static str {
        match self {
            NamespaceKind::Network => "net",
            NamespaceKind::Mount => "mnt",
            other => other.oci(),
        }
    }
}

/// A namespace: new, or joined by path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Namespace<'a> {
    /// Its kind.
    pub kind: NamespaceKind,
    /// Path to join; empty for a new one.
    pub path: Text<'a>,
}

impl Keyed for Namespace<'_> {
    fn key(&self) -> &str {
        self.kind.oci()
    }

    fn shown(&self) -> String {
        json_text(&self.path)
    }
}

/// A resource limit of the process.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rlimit<'a> {
    /// With `RLIMIT_`.
    pub kind: Text<'a>,
    /// The ceiling.
    pub hard: u64,
    /// The limit in force.
    pub soft: u64,
}

impl Keyed for Rlimit<'_> {
    fn key(&self) -> &str {
        &self.kind
    }

    fn shown(&self) -> String {
        format!("{{soft: {}, hard: {}}}", self.soft, self.hard)
    }
}

/// A device node in the container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Device<'a> {
    /// Path in the container.
    pub path: Text<'a>,
    /// `b`, `c`, `p`.
    pub kind: Text<'a>,
    /// Major number.
    pub major: i64,
    /// Minor number.
    pub minor: i64,
    /// File mode, with the bits of the file type where Podman keeps them.
    pub file_mode: Option<u32>,
    /// Owner.
    pub uid: Option<u32>,
    /// Group.
    pub gid: Option<u32>,
}

impl Keyed for Device<'_> {
    fn key(&self) -> &str {
        &self.path
    }

    fn shown(&self) -> String {
        format!("{} {}:{} mode {:?}", self.kind, self.major, self.minor, self.file_mode)
    }
}

/// A device cgroup rule.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct DeviceCgroup<'a> {
    /// Allow or deny.
    pub allow: bool,
    /// Type; `None` for all.
    pub kind: Option<Text<'a>>,
    /// Major number; `None` for all.
    pub major: Option<i64>,
    /// Minor number; `None` for all.
    pub minor: Option<i64>,
    /// Access; `None` when the rule names none.
    pub access: Option<Text<'a>>,
}

impl<'a> From<&'a DeviceRule> for DeviceCgroup<'a> {
    fn from(rule: &'a DeviceRule) -> Self {
        let text = |t: &'a Option<String>| t.as_deref().map(Cow::Borrowed);
        DeviceCgroup {
            allow: rule.allow,
            kind: text(&rule.kind),
            major: rule.major,
            minor: rule.minor,
            access: text(&rule.access),
        }
    }
}

/// `linux.resources`.
#[derive(Debug, Default)]
pub(crate) struct ResourcesDraft<'a> {
    /// Device cgroup rules.
    pub devices: List<DeviceCgroup<'a>>,
    /// Memory limits; `None` when there is no such object.
    pub memory: Slot<Option<MemoryDraft>>,
    /// CPU limits.
    pub cpu: Slot<Option<CpuDraft<'a>>>,
    /// Limit on processes.
    pub pids: Slot<Option<i64>>,
    /// Block device limits.
    pub block_io: Slot<Option<BlockIoDraft>>,
    /// Huge page limits.
    pub hugepage_limits: Slot<&'a [HugepageLimit]>,
    /// Network class and priorities.
    pub network: Slot<Option<&'a Network>>,
    /// RDMA limits.
    pub rdma: Slot<Option<&'a BTreeMap<String, Rdma>>>,
    /// Cgroup v2 files.
    pub unified: Slot<Option<&'a BTreeMap<String, String>>>,
}

/// Memory limits, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct MemoryDraft {
    /// Hard limit.
    pub limit: Option<i64>,
    /// Soft limit.
    pub reservation: Option<i64>,
    /// Memory and swap together.
    pub swap: Option<i64>,
    /// Kernel memory.
    pub kernel: Option<i64>,
    /// Kernel memory for TCP.
    pub kernel_tcp: Option<i64>,
    /// How readily pages are swapped.
    pub swappiness: Option<u64>,
    /// Whether the OOM killer is kept away.
    pub disable_oom_killer: Option<bool>,
    /// Whether child cgroups count.
    pub use_hierarchy: Option<bool>,
}

/// CPU limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CpuDraft<'a> {
    /// Relative weight.
    pub shares: Option<u64>,
    /// CFS quota, µs in each period.
    pub quota: Option<i64>,
    /// CFS period, µs.
    pub period: Option<u64>,
    /// Realtime quota, µs in each period.
    pub realtime_runtime: Option<i64>,
    /// Realtime period, µs.
    pub realtime_period: Option<u64>,
    /// CPUs; empty for all.
    pub cpus: Text<'a>,
    /// Memory nodes; empty for all.
    pub mems: Text<'a>,
}

/// Block device limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BlockIoDraft {
    /// Relative weight.
    pub weight: Option<u16>,
    /// Relative weight against child cgroups.
    pub leaf_weight: Option<u16>,
    /// Weight by device.
    pub weight_device: Vec<Weight>,
    /// Bytes read a second.
    pub throttle_read_bps: Vec<Throttle>,
    /// Bytes written a second.
    pub throttle_write_bps: Vec<Throttle>,
    /// Reads a second.
    pub throttle_read_iops: Vec<Throttle>,
    /// Writes a second.
    pub throttle_write_iops: Vec<Throttle>,
}

/// `linux.seccomp`.
#[derive(Clone, Debug, Default)]
pub(crate) enum SeccompChoice<'a> {
    /// No filter.
    #[default]
    None,
    /// Chosen from a profile among the facts.
    Profile(Selected<'a>),
    /// Rendered from a profile that an image's label holds.
    Text(String),
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum HookStage {
    /// `prestart`
    Prestart,
    /// `createRuntime`
    CreateRuntime,
    /// `createContainer`
    CreateContainer,
    /// `startContainer`
    StartContainer,
    /// `poststart`
    Poststart,
    /// `poststop`
    Poststop,
}

impl HookStage {
    /// Every stage, in OCI's order.
    pub(crate) const ALL: [HookStage; 6] = [
        HookStage::Prestart,
        HookStage::CreateRuntime,
        HookStage::CreateContainer,
        HookStage::StartContainer,
        HookStage::Poststart,
        HookStage::Poststop,
    ];

    /// OCI's name.
    pub(crate) fn oci(self) -> &'static str {
        match self {
            HookStage::Prestart => "prestart",
            HookStage::CreateRuntime => "createRuntime",
            HookStage::CreateContainer => "createContainer",
            HookStage::StartContainer => "startContainer",
            HookStage::Poststart => "poststart",
            HookStage::Poststop => "poststop",
        }
    }
}

/// A hook.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HookDraft<'a> {
    /// When it runs.
    pub stage: HookStage,
    /// Program.
    pub path: Text<'a>,
    /// Its arguments, the first being its name.
    pub args: Vec<Text<'a>>,
    /// Its environment.
    pub env: Vec<Text<'a>>,
    /// Seconds it may take.
    pub timeout: Option<i64>,
}

/// A generated file or directory that is bound into the container.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BindMount<'a> {
    /// Where it lands.
    pub destination: Text<'a>,
    /// Where it lies on the host.
    pub source: Text<'a>,
}

impl Keyed for BindMount<'_> {
    fn key(&self) -> &str {
        &self.destination
    }

    fn shown(&self) -> String {
        self.source.to_string()
    }
}
