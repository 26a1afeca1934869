//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::device::cdi::TooShort;
use crate::device::spec::DeviceError;
use crate::facts::Errno;
use crate::idmap::UsernsError;
use crate::network::expose::ExposeError;
use crate::network::ports::PortError;
use crate::questions::Question;
use crate::security::caps::CapError;
use crate::security::seccomp::SeccompError;
use alloc::string::String;

/// A kind of namespace, as Podman's messages write it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NsKind {
    /// network
    Network,
    /// PID
    Pid,
    /// IPC
    Ipc,
    /// UTS
    Uts,
    /// user
    User,
    /// cgroup
    Cgroup,
}

impl core::fmt::Display for NsKind {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            NsKind::Network => "network",
            NsKind::Pid => "PID",
            NsKind::Ipc => "IPC",
            NsKind::Uts => "UTS",
            NsKind::User => "user",
            NsKind::Cgroup => "cgroup",
        })
    }
}

/// Defines the refusals: for each its doc, code, words, and what to do about it.
macro_rules! problems {
    ($( $(#[doc = $doc:literal])* $Name:ident $({ $($field:ident: $ty:ty),* $(,)? })? $code:literal $text:literal help $help:literal; )*) => {
        /// What is refused.
        #[derive(Clone, Debug, PartialEq, thiserror::Error)]
        #[expect(missing_docs, reason = "the fields are what was written; the words of each variant say what for")]
        pub enum Problem { $( $(#[doc = $doc])* #[error($text)] $Name $({ $($field: $ty),* })? ),* }
        impl Problem {
            /// Its code, such as `E0301`.
            pub fn code(&self) -> &'static str {
                match self { $( problems!(@pattern $Name $({ $($field),* })?) => $code ),* }
            }
            /// What to do about it.
            pub fn help(&self) -> &'static str {
                match self { $( problems!(@pattern $Name $({ $($field),* })?) => $help ),* }
            }
            /// Every code, with what it stands for and what to do.
            pub const PAGES: &'static [(&'static str, &'static str, &'static str)] = &[$(($code, concat!($($doc),*), $help)),*];
        }
    };
    (@pattern $Name:ident) => { Problem::$Name };
    (@pattern $Name:ident { $($field:ident),* }) => { Problem::$Name { .. } };
}

problems! {
    // ── E01: facts ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// A fact that the outcome depends on is not in the record.
    MissingFact { question: Question } "E0101" "the facts do not say `{question}`, which this config needs" help "record the facts for this config again: `ocify facts CONFIG`";
    /// The container's id is not 64 hex digits.
    BadId { id: String } "E0102" "container id `{id}` is not 64 hexadecimal digits" help "give `container.id` in the facts as 64 hexadecimal digits";

    // ── E02: command, environment, labels ───────────────────────────────────────────────────────────────────────────────────────────────

    // ── E03: namespaces, id mappings, hostname ──────────────────────────────────────────────────────────────────────────────────────────
    /// The host name cannot be read.
    HostnameUnknown { errno: Errno } "E0301" "reading the host's name: {errno}" help "the fact `host.hostname` is an error: without a UTS namespace of its own the container takes the host's name";
    /// An id mapping file cannot be read.
    IdMapUnknown { errno: Errno } "E0302" "reading the process's id maps: {errno}" help "only a missing /proc/self/uid_map (no user namespaces in the kernel) is passed over";
    /// The container whose namespace is joined does not run.
    DependencyNotRunning { name: String, state: String } "E0303" "container `{name}` is {state}: its namespaces cannot be joined: container is stopped" help "start it first, or leave the namespace private";
    /// The namespace that was to be made has no path.
    NoNetns "E0304" "no network namespace was made for the container" help "the fact `container.netns_path` is needed: prepare the container first, or record where its namespace will be";
    /// A namespace mode of containers.conf that there is not.
    ConfNamespace { text: String } "E0305" "unrecognized namespace {text} passed" help "set the key in containers.conf to `private`, `host`, `pod`, `ns:PATH` or `container:NAME`";
    /// A cgroup namespace mode of containers.conf that there is not.
    ConfCgroupNamespace { text: String } "E0306" "unrecognized cgroup namespace {text} passed" help "set `cgroupns` in containers.conf to `private` or `host`";
    /// The path of a namespace leads nowhere.
    NamespacePath { kind: NsKind, path: String, errno: Errno } "E0307" "cannot find specified {kind} namespace path: stat {path}: {errno}" help "name the file of a namespace that is kept, such as /proc/PID/ns/net or /run/netns/NAME";
    /// The pod's namespace, without a pod that has one to give.
    NoInfra "E0308" "cannot use pod namespace as container is not joining a pod or pod has no infra container: invalid argument" help "set `pod` to a pod with an infra container, or choose another namespace mode";
    /// The container whose namespace is to be joined is not there.
    NoDonor { word: &'static str, name: String } "E0309" "looking up container to share {word} namespace with: no container with name or ID {name:?} found: no such container" help "create that container first, or leave the namespace private";
    /// The container whose IPC namespace is to be joined keeps it to itself.
    NotShareable { id: String } "E0310" "joining IPC of container {id} is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)" help "create that container with `ipcns: shareable`";
    /// A container in a pod that joins one outside of it.
    DonorOutsidePod { pod: String, id: String } "E0311" "running container create option: container has joined pod {pod} and dependency container {id} is not a member of the pod: invalid argument" help "join namespaces of containers in the same pod only";
    /// A container that joins itself.
    DonorItself "E0312" "running container create option: must specify another container: invalid argument" help "a container cannot join its own namespaces";
    /// A container of another libpod namespace.
    DonorElsewhere { id: String, namespace: String } "E0313" "running container create option: container {id} is in libpod namespace {namespace:?}: invalid argument" help "containers join those of their own `engine.namespace` only";
    /// ID mappings for a container that takes its pod's.
    PodIdMappings "E0314" "cannot specify a new uid/gid map when entering a pod with an infra container: invalid argument" help "leave `idmappings` out, or map the ids of the whole pod";
    /// A new user namespace without ids.
    NoIdMappings "E0315" "must provide at least one UID or GID mapping to configure a user namespace" help "give `idmappings` a `UIDMap` or a `GIDMap`, as in `0:100000:65536`";
    /// A user namespace of the rootless user's ids that cannot be made.
    Userns { error: UsernsError } "E0316" "{error}" help "`keep-id` and `no-map` work for rootless users with ranges in /etc/subuid and /etc/subgid; the options of `keep-id` are `uid=N,gid=N`";
    /// Storage has no ids for an automatic user namespace.
    AutoUserns { text: String } "E0317" "creating container storage: {text}" help "give the user `containers` (or the rootless user) more ids in /etc/subuid and /etc/subgid, or ask for fewer with `AutoUserNsOpts.Size`";
    /// The pod is not there.
    NoPod { name: String } "E0318" "no pod with name or ID {name} found: no such pod" help "create the pod first, or leave `pod` out";
    /// A size of /dev/shm in containers.conf that is none.
    ConfShmSize { text: String } "E0319" "converting containers.conf ShmSize {text} to an int: invalid size: '{text}'" help "set `shm_size` in containers.conf to a number of bytes, or one with k, m or g (powers of 1000)";

    // ── E04: mounts and volumes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    // ── E05: capabilities, seccomp, labels, masks ───────────────────────────────────────────────────────────────────────────────────────
    /// Capabilities that cannot be added or dropped as asked.
    Capabilities { error: CapError } "E0501" "{error}" help "name capabilities as in capabilities(7), each in one of `cap_add` and `cap_drop`";
    /// The label that names the capabilities a container needs is wrong.
    RequiredCapabilities { error: CapError } "E0502" "capabilities requested by user or image are not valid: \"\": {error}" help "correct the label `io.containers.capabilities` of the container or its image";
    /// Capabilities for a user that is not root are wrong.
    UserCapabilities { names: String, error: CapError } "E0503" "capabilities requested by user are not valid: {names:?}: {error}" help "name capabilities in `cap_add` as in capabilities(7)";
    /// An AppArmor profile on a host without AppArmor.
    ApparmorOff { profile: String } "E0504" "apparmor profile {profile:?} specified, but Apparmor is not enabled on this system" help "leave `apparmor_profile` out, or set it to `unconfined`";
    /// A seccomp policy that there is not.
    SeccompPolicy { policy: String } "E0505" "invalid seccomp policy {policy:?}: valid policies are [\"\" \"default\" \"image\"]" help "set `seccomp_policy` to `default` or `image`";
    /// A seccomp profile that cannot be read.
    SeccompUnreadable { path: String, errno: Errno } "E0506" "opening seccomp profile failed: open {path}: {errno}" help "set `seccomp_profile_path` to a file of this host, or to `unconfined`";
    /// A seccomp profile that is wrong.
    SeccompProfile { path: String, error: SeccompError } "E0507" "loading seccomp profile ({path}) failed: {error}" help "correct the profile; its form is that of containers/common's seccomp.json";
    /// The seccomp profile in an image's label is wrong.
    ImageSeccomp { error: SeccompError } "E0508" "loading seccomp profile failed: {error}" help "correct the image's label `io.containers.seccomp.profile`, or set `seccomp_policy` to `default`";
    /// The image's seccomp profile is asked for, and there is no image.
    NoImageForSeccomp "E0509" "cannot read seccomp profile without a valid image" help "a root directory has no labels: set `seccomp_policy` to `default`";
    /// The image's seccomp profile is asked for, and it has none.
    NoSeccompInImage "E0510" "no seccomp policy defined by image" help "give the image a label `io.containers.seccomp.profile`, or set `seccomp_policy` to `default`";
    /// The container whose label is to be taken over is not there.
    NoLabelDonor { name: String } "E0511" "container {name:?} not found: no container with name or ID {name:?} found: no such container" help "create that container first";
    /// A label that is none.
    BadLabel { label: String } "E0512" "failed to duplicate label {label:?} : Invalid label" help "an SELinux label is `user:role:type[:level]`";

    // ── E06: devices, resources, limits, sysctls ────────────────────────────────────────────────────────────────────────────────────────
    /// A device that is written wrongly or is none.
    Device { error: DeviceError } "E0650" "{error}" help "write devices as `/dev/host[:/dev/inside][:rwm]`, or as a CDI name `vendor/class=name`";
    /// The path of a device leads nowhere.
    DevicePath { path: String, errno: Errno } "E0651" "stat {path}: {errno}" help "name a device node or a directory of device nodes of this host";
    /// A device in a directory of devices.
    DeviceInside { path: String, error: DeviceError } "E0652" "failed to add {path} device: {error}" help "write a directory of devices as `/dev/host[:/dev/inside][:rwm]`";
    /// A path of which the kernel does not say what it is.
    DeviceUnknown { path: String, errno: Errno } "E0653" "{path} is not a valid device: {errno}" help "name a device node of this host";
    /// A CDI name that ends Podman's request in a crash.
    CdiName { error: TooShort } "E0654" "{error}" help "the vendor and the class of a CDI name have two letters or more";

    // ── E07: network ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// Published ports that cannot be.
    Ports { error: PortError } "E0701" "{error}" help "publish ports as `[ip:][host:]container[/protocol]`, each port of the host once";
    /// Exposed ports that are none.
    ExposedPorts { error: ExposeError } "E0702" "{error}" help "expose ports from 1 to 65535, for `tcp` or `udp`";
    /// The key of an exposed port is no port.
    ExposedPort { text: String } "E0703" "cannot expose {text:?} as it is not a valid port number" help "the keys of `expose` are port numbers, 1 to 65535";
    /// One interface name for two networks.
    InterfaceTwice { name: String } "E0704" "network interface name {name:?} is already assigned to another network" help "give each network an `interface_name` of its own, or none";
    /// A network that is not there.
    NoNetwork { name: String } "E0705" "unable to find network with name or ID {name}: network not found" help "create the network first, or leave `Networks` out for the default one";

    // ── E08: users, files, working directory ────────────────────────────────────────────────────────────────────────────────────────────

    // ── E09: cgroups and container options ──────────────────────────────────────────────────────────────────────────────────────────────
    /// The cgroup version cannot be read.
    CgroupVersionUnknown { errno: Errno } "E0901" "reading the cgroup version: statfs /sys/fs/cgroup: {errno}" help "mount cgroups at /sys/fs/cgroup";
    /// A cgroup manager that there is not.
    CgroupManager { manager: String } "E0902" "invalid cgroup manager {manager} requested: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
    /// The engine's own cgroup cannot be told, or is the root.
    OwnCgroup { text: String } "E0903" "could not get own cgroup: `{text}`" help "with `cgroups_mode: split` the engine must run in a cgroup below the root";
    /// A cgroup manager that pods cannot have.
    PodCgroupManager { manager: String } "E0904" "invalid cgroup mode {manager} requested for pods: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
}
