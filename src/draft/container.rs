//! The container's stored configuration (libpod's `ContainerConfig`): decided by `create`, read by `start`.

use super::{HookDraft, Text};
use crate::config::{Health, IdMapping, NetworkAttachment};
use crate::facts::NetworkFacts;
use crate::network::ports::PortMapping;
use crate::provenance::{Keyed, List, Slot};
use alloc::{borrow::Cow, format, string::String, vec::Vec};

/// What `create` stores besides the base spec.
#[derive(Debug, Default)]
pub(crate) struct Container<'a> {
    /// Labels: the request's over the image's.
    pub labels: List<super::Annotation<'a>>,
    /// `user[:group]`; empty for the image's root.
    pub user: Slot<Text<'a>>,
    /// More groups.
    pub groups: Slot<&'a [String]>,
    /// Whether systemd runs as PID 1.
    pub systemd: Slot<bool>,
    /// Stop signal number.
    pub stop_signal: Slot<u64>,
    /// Seconds from the stop signal to the kill.
    pub stop_timeout: Slot<u64>,
    /// Privileged: everything allowed.
    pub privileged: Slot<bool>,
    /// All devices of the host are added at start.
    pub mount_all_devices: Slot<bool>,

    /// Networking as `start` sees it.
    pub net_mode: Slot<NetMode<'a>>,
    /// A network namespace is made for the container.
    pub create_netns: Slot<bool>,
    /// It is configured after the runtime made it (with a user namespace).
    pub post_configure_netns: Slot<bool>,
    /// Networks to attach to, in order of their names.
    pub networks: Slot<Vec<Attached<'a>>>,
    /// Published ports.
    pub ports: Slot<Vec<PortMapping<'a>>>,
    /// Ids of the containers whose namespaces are joined, by kind.
    pub shared_namespaces: SharedNamespaces<'a>,

    /// /dev/shm.
    pub shm: Slot<Shm<'a>>,
    /// Size of /dev/shm, bytes.
    pub shm_size: Slot<i64>,

    /// ID mappings.
    pub id_mappings: Slot<IdMapOptions<'a>>,
    /// A passwd entry for the user that runs the engine.
    pub add_current_user: Slot<bool>,

    /// Named volumes, in order.
    pub named_volumes: List<NamedVolumeMount<'a>>,
    /// Overlay volumes, in order.
    pub overlay_volumes: List<Overlay<'a>>,
    /// Image volumes, in order.
    pub image_volumes: List<ImageVolumeMount<'a>>,
    /// Destinations of user volumes, in order.
    pub user_volumes: List<Text<'a>>,

    /// `enabled`, `disabled`, `no-conmon`, `split`.
    pub cgroups_mode: Slot<CgroupsMode>,
    /// Cgroup below which the container's is made.
    pub cgroup_parent: Slot<Text<'a>>,
    /// `systemd` or `cgroupfs`; empty when there are no cgroups.
    pub cgroup_manager: Slot<Text<'a>>,

    /// SELinux label options.
    pub label_options: Slot<Vec<Text<'a>>>,
    /// Secrets mounted as files.
    pub secrets: List<SecretMount<'a>>,
    /// Environment variable to secret name, in order of the variables.
    pub secret_env: Slot<Vec<(&'a str, &'a str)>>,
    /// Whether /etc/hosts and /etc/resolv.conf are made.
    pub hosts: Slot<HostsChoice>,
    /// Time zone; empty for none.
    pub timezone: Slot<Text<'a>>,
    /// Octal umask; empty for none.
    pub umask: Slot<Text<'a>>,
    /// Whether the working directory is made where it is missing.
    pub create_working_dir: Slot<bool>,
    /// CDI device names.
    pub cdi_devices: Slot<Vec<&'a str>>,
    /// Entrypoint, for information.
    pub entrypoint: Slot<Option<Vec<Text<'a>>>>,
    /// Command, for information.
    pub command: Slot<Option<Vec<Text<'a>>>>,
    /// Health check.
    pub health: Slot<Option<Cow<'a, Health>>>,
    /// Log driver.
    pub log_driver: Slot<Text<'a>>,
    /// File of the log; empty for none.
    pub log_path: Slot<Text<'a>>,
    /// Largest size of the log, bytes; 0 for no limit.
    pub log_size: Slot<i64>,
    /// Tag of the log; empty for none.
    pub log_tag: Slot<Text<'a>>,
    /// Name of the image, as it is shown; empty for a root directory.
    pub image_name: Slot<Text<'a>>,
    /// Containers that have to run before this one, apart from those whose namespaces are joined.
    pub dependencies: Slot<Vec<Donor<'a>>>,
    /// Pod, by id; empty for none.
    pub pod: Slot<Text<'a>>,
    /// `container`, `conmon`, `ignore` or empty.
    pub sdnotify_mode: Slot<Text<'a>>,
    /// Hooks that the engine runs after the container has stopped (LP-HOOK-06).
    pub poststop_hooks: List<HookDraft<'a>>,
    /// Socket of the service manager; empty for none.
    pub sdnotify_socket: Slot<Text<'a>>,
}

/// Containers whose namespaces are joined: each the name under which the facts have it, and its id.
#[derive(Debug, Default)]
pub(crate) struct SharedNamespaces<'a> {
    /// IPC.
    pub ipc: Slot<Option<Donor<'a>>>,
    /// Network.
    pub net: Slot<Option<Donor<'a>>>,
    /// PID.
    pub pid: Slot<Option<Donor<'a>>>,
    /// User.
    pub user: Slot<Option<Donor<'a>>>,
    /// UTS.
    pub uts: Slot<Option<Donor<'a>>>,
    /// Cgroup.
    pub cgroup: Slot<Option<Donor<'a>>>,
}

/// A container whose namespace is joined.
pub(crate) type Donor<'a> = &'a crate::facts::Dependency;

/// How the container is networked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum NetMode<'a> {
    /// Nothing was stored: host, none, a path, or another container's.
    #[default]
    Unset,
    /// Networks of the engine.
    Bridge,
    /// slirp4netns, with the options after the colon.
    Slirp4netns(&'a str),
    /// pasta (HD-NET-01).
    Pasta,
}

/// /dev/shm.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Shm<'a> {
    /// Directory; empty for none.
    pub dir: Text<'a>,
    /// It is the container's own: mounted and unmounted with it.
    pub own: bool,
    /// No /dev/shm at all.
    pub none: bool,
    /// Others may not join it.
    pub no_share: bool,
}

/// ID mappings as stored.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct IdMapOptions<'a> {
    /// User id ranges.
    pub uid_map: Cow<'a, [IdMapping]>,
    /// Group id ranges.
    pub gid_map: Cow<'a, [IdMapping]>,
    /// Storage chooses.
    pub auto: bool,
}

/// How cgroups are used.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum CgroupsMode {
    /// As ever.
    #[default]
    Enabled,
    /// None at all.
    Disabled,
    /// None for the monitor.
    NoConmon,
    /// Below the engine's own.
    Split,
}

/// How the container is attached to a network.
#[derive(Clone, PartialEq)]
pub(crate) struct Attached<'a> {
    /// The network.
    pub network: &'a NetworkFacts,
    /// Name of the interface inside.
    pub interface: Text<'a>,
    /// What the request says of it.
    pub asked: Option<&'a NetworkAttachment>,
}

/// What people are told of it: the network and the interface.
impl core::fmt::Debug for Attached<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("").field(&self.network.name).field(&self.interface).finish()
    }
}

/// What becomes of resolv.conf and hosts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct HostsChoice {
    /// The image's resolv.conf is left.
    pub image_resolv_conf: bool,
    /// The image's hosts file is left.
    pub image_hosts: bool,
}

/// A named volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NamedVolumeMount<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// Where it lands.
    pub dest: Text<'a>,
    /// Options, normalised.
    pub options: Vec<Text<'a>>,
    /// It was made for this container.
    pub anonymous: bool,
}

impl Keyed for NamedVolumeMount<'_> {
    fn key(&self) -> &str {
        &self.dest
    }

    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

/// An overlay volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Overlay<'a> {
    /// Where it lands.
    pub dest: Text<'a>,
    /// Lower directory.
    pub source: Text<'a>,
    /// Options.
    pub options: Vec<Text<'a>>,
}

impl Keyed for Overlay<'_> {
    fn key(&self) -> &str {
        &self.dest
    }

    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

/// An image volume.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ImageVolumeMount<'a> {
    /// The image.
    pub source: Text<'a>,
    /// Where it lands.
    pub dest: Text<'a>,
    /// Writable, by an overlay.
    pub read_write: bool,
}

impl Keyed for ImageVolumeMount<'_> {
    fn key(&self) -> &str {
        &self.dest
    }

    fn shown(&self) -> String {
        format!("{self:?}")
    }
}

/// A secret that is mounted as a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SecretMount<'a> {
    /// Name of the secret.
    pub name: Text<'a>,
    /// File name, or absolute path.
    pub target: Text<'a>,
    /// Owner inside.
    pub uid: u32,
    /// Group inside.
    pub gid: u32,
    /// Mode.
    pub mode: u32,
}
