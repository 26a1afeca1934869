//! What `create` works out on the way: the request after the pod's and the engine's defaults.

use super::{ImageVolumeMount, Mount, NamedVolumeMount, Overlay, Text};
use crate::config::{IdMapping, Resources};
use crate::provenance::{List, Slot};
use crate::user::lookup::ExecUser;
use alloc::{borrow::Cow, vec::Vec};

/// Intermediate decisions, each with its reason.
#[derive(Debug, Default)]
pub(crate) struct Working<'a> {
    /// Whether the container is made from an image (SG-IMG-01): with a root directory nothing of an image counts.
    pub from_image: Slot<bool>,
    /// Namespaces after all defaults.
    pub pidns: Slot<NsChoice<'a>>,
    /// IPC.
    pub ipcns: Slot<NsChoice<'a>>,
    /// UTS.
    pub utsns: Slot<NsChoice<'a>>,
    /// User.
    pub userns: Slot<NsChoice<'a>>,
    /// Network.
    pub netns: Slot<NsChoice<'a>>,
    /// Cgroup.
    pub cgroupns: Slot<NsChoice<'a>>,
    /// ID mappings after SG-UNS-01; `None` when there are none.
    pub id_mappings: Slot<Option<IdMappingsChoice<'a>>>,
    /// Host name of the request, after SG-HOST-05; empty for none.
    pub hostname: Slot<Text<'a>>,
    /// Capabilities to add, the pod's first.
    pub cap_add: Slot<Vec<&'a str>>,
    /// Capabilities to drop, the pod's first.
    pub cap_drop: Slot<Vec<&'a str>>,
    /// Devices, the pod's first; CDI names are taken out by SG-DEV-09.
    pub devices: Slot<Vec<&'a str>>,
    /// SELinux options, the pod's first.
    pub selinux_opts: Slot<Vec<Text<'a>>>,
    /// AppArmor profile asked for; empty for none.
    pub apparmor_profile: Slot<&'a str>,
    /// No new privileges by set-id programs.
    pub no_new_privileges: Slot<bool>,
    /// Seccomp policy.
    pub seccomp_policy: Slot<&'a str>,
    /// Seccomp profile; empty for the built-in one.
    pub seccomp_path: Slot<Text<'a>>,
    /// Size of /dev/shm, bytes, as asked for.
    pub shm_size: Slot<Option<i64>>,
    /// The request's resource object while it is in force: memory, CPU, pids and block devices are places of the spec from the start.
    pub limits: Slot<Option<&'a Resources>>,
    /// Cgroups mode as a word, after the default.
    pub cgroups_mode: Slot<&'a str>,
    /// The request's and the pod's mounts, before SG-VOL.
    pub request_mounts: List<Mount<'a>>,
    /// The request's and the pod's named volumes.
    pub request_volumes: List<NamedVolumeMount<'a>>,
    /// The request's and the pod's overlay volumes.
    pub request_overlays: List<Overlay<'a>>,
    /// The request's and the pod's image volumes.
    pub request_image_volumes: List<ImageVolumeMount<'a>>,
    /// Bind and other mounts that SG-VOL arrived at, by destination.
    pub user_mounts: List<Mount<'a>>,
    /// The pod joined, if any.
    pub pod: Slot<Option<&'a crate::facts::Pod>>,
    /// Whether a namespace of the process's own takes the user's ids: start's view of the user that runs.
    pub exec_user: Slot<ExecUser<'a>>,
    /// The host's file that stands over the image's passwd at the lookup of the user (LP-USER-01); `None` for the image's own.
    pub passwd_file: Slot<Option<Text<'a>>>,
    /// The same for group.
    pub group_file: Slot<Option<Text<'a>>>,
    /// Text of the hosts file, where addresses are added once the runtime has made the container (LP-NET-40).
    pub hosts_text: Slot<Text<'a>>,
    /// Text of resolv.conf, likewise.
    pub resolv_conf_text: Slot<Text<'a>>,
    /// The user's ids on the host (LP-USER-10).
    pub exec_host_ids: Slot<(u32, u32)>,
    /// Host ids of the container's root (LP-MODEL-06).
    pub root_ids: Slot<(u32, u32)>,
    /// How many of the random names are taken: by anonymous volumes, then by overlays.
    pub names_taken: Slot<usize>,
}

/// ID mappings of the request, or of its mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct IdMappingsChoice<'a> {
    /// User id ranges.
    pub uid_map: Cow<'a, [IdMapping]>,
    /// Group id ranges.
    pub gid_map: Cow<'a, [IdMapping]>,
    /// Storage chooses.
    pub auto: bool,
    /// Take the host's user ids.
    pub host_uid: bool,
    /// Take the host's group ids.
    pub host_gid: bool,
}

/// A namespace's mode after all defaults, with its value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct NsChoice<'a> {
    /// The mode.
    pub mode: NsMode,
    /// The container, the path, or the mode's options.
    pub value: &'a str,
    /// The mode as it was written, for messages.
    pub word: &'a str,
}

impl<'a> NsChoice<'a> {
    /// A mode with what it needs, in the API's spelling.
    pub(crate) fn new(mode: NsMode, value: &'a str) -> Self {
        NsChoice { mode, value, word: mode.word() }
    }
}

/// Modes of namespaces.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum NsMode {
    /// Not chosen.
    #[default]
    Default,
    /// The host's.
    Host,
    /// One of its own.
    Private,
    /// The pod's.
    Pod,
    /// At a path.
    Path,
    /// Another container's.
    Container,
    /// One of its own that others may join (IPC).
    Shareable,
    /// Nothing in it (network), or no /dev/shm (IPC).
    None,
    /// Networks of the engine.
    Bridge,
    /// slirp4netns.
    Slirp4netns,
    /// pasta (HD-NET-01).
    Pasta,
    /// The user's ids stay (user).
    KeepId,
    /// The user's own id is not mapped (user).
    NoMap,
    /// Storage chooses the ids (user).
    Auto,
    /// A word that names no mode.
    Unknown,
}

impl NsMode {
    /// Reads the API's word.
    pub(crate) fn of(word: &str) -> Self {
        match word {
            "" | "default" => NsMode::Default,
            "host" => NsMode::Host,
            "private" => NsMode::Private,
            "pod" => NsMode::Pod,
            "path" => NsMode::Path,
            "container" => NsMode::Container,
            "shareable" => NsMode::Shareable,
            "none" => NsMode::None,
            "bridge" => NsMode::Bridge,
            "slirp4netns" => NsMode::Slirp4netns,
            "keep-id" => NsMode::KeepId,
            "no-map" => NsMode::NoMap,
            "auto" => NsMode::Auto,
            _ => NsMode::Unknown,
        }
    }

    /// The API's word; empty for none.
    pub(crate) fn word(self) -> &'static str {
        match self {
            NsMode::Default | NsMode::Unknown => "",
            NsMode::Host => "host",
            NsMode::Private => "private",
            NsMode::Pod => "pod",
            NsMode::Path => "path",
            NsMode::Container => "container",
            NsMode::Shareable => "shareable",
            NsMode::None => "none",
            NsMode::Bridge => "bridge",
            NsMode::Slirp4netns => "slirp4netns",
            NsMode::Pasta => "pasta",
            NsMode::KeepId => "keep-id",
            NsMode::NoMap => "no-map",
            NsMode::Auto => "auto",
        }
    }

    /// Whether it is a user namespace that counts as new (`isNewUserns`, Q-03): keep-id, no-map, auto and pod do not.
    pub(crate) fn is_new_userns(self) -> bool {
        matches!(self, NsMode::Container | NsMode::Path | NsMode::Private)
    }
}
