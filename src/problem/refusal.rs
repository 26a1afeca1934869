//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::device::cdi::TooShort;
use crate::device::spec::DeviceError;
use crate::env::parse::EnvError;
use crate::env::shell::MergeError;
use crate::facts::Errno;
use crate::files::hosts::HostEntryError;
use crate::idmap::{NotMapped, UsernsError};
use crate::mount::options::OptionError;
use crate::mount::overlay::DirectoryError;
use crate::mount::volume_string::{DestinationError, VolumeError};
use crate::network::expose::ExposeError;
use crate::network::ports::PortError;
use crate::network::slirp4netns::{AddressError, SlirpError};
use crate::questions::Question;
use crate::quote::Quoted;
use crate::security::caps::CapError;
use crate::security::seccomp::SeccompError;
use crate::user::chroot::ChrootUserError;
use crate::user::entries::EntryError;
use crate::user::lookup::LookupError;
use alloc::string::String;

/// A kind of namespace, as Podman's messages write it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
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

/// Defines the refusals: for each its doc, code, words (with what fills their `{}` in brackets), and what to do about it.
macro_rules! problems {
    ($( $(#[doc = $doc:literal])* $Name:ident $({ $($field:ident: $ty:ty),* $(,)? })? $code:literal $text:literal $([$($args:tt)*])? help $help:literal; )*) => {
        /// What is refused.
        #[derive(Clone, Debug, PartialEq, thiserror::Error)]
        #[expect(missing_docs, reason = "the fields are what was written; the words of each variant say what for")]
        #[non_exhaustive]
        pub enum Problem { $( $(#[doc = $doc])* #[error($text $(, $($args)*)?)] $Name $({ $($field: $ty),* })? ),* }
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
    /// The image is not in storage.
    ImageNotKnown { image: String } "E0201" "{image}: image not known" help "pull the image first: nothing is pulled here";
    /// The image's stop signal is none.
    ImageStopSignal { signal: String } "E0202" "invalid signal: {signal}" help "the image's `StopSignal` is neither a name nor a number: set `stop_signal`";
    /// A variable of the engine's settings has no name.
    EnvConf { error: EnvError } "E0203" "parsing fields in containers.conf: {error}" help "write `NAME=value` in `containers.env` of containers.conf";
    /// A variable of the image has no name.
    EnvImage { error: EnvError } "E0204" "env fields from image failed to parse: {error}" help "the image's environment is broken: build the image again";
    /// An entry of `envmerge` cannot be merged.
    EnvMerge { error: MergeError } "E0205" "{error}" help "write `NAME=text` with shell-like quotes; `$NAME` and `${NAME:-word}` are expanded";
    /// There is nothing to run.
    NoCommand "E0206" "no command or entrypoint provided, and no CMD or ENTRYPOINT from image" help "set `command` or `entrypoint`";
    /// An init container comes too late.
    InitContainerInRunningPod "E0207" "cannot add init-ctr to a running pod" help "stop the pod, or leave `init_container_type` out";
    /// The limit is given twice.
    TwoForms { short: &'static str, long: &'static str } "E0208" "both `{short}` and `{long}` are given, and they set the same limit" help "keep one of the two";

    // ── E03: namespaces, id mappings, hostname ──────────────────────────────────────────────────────────────────────────────────────────
    /// The host name cannot be read.
    HostnameUnknown { errno: Errno } "E0301" "reading the host's name: {errno}" help "the fact `host.hostname` is an error: without a UTS namespace of its own the container takes the host's name";
    /// An id mapping file cannot be read.
    IdMapUnknown { errno: Errno } "E0302" "reading the process's id maps: {errno}" help "only a missing /proc/self/uid_map (no user namespaces in the kernel) is passed over";
    /// The container whose namespace is joined does not run.
    DependencyNotRunning { name: String, state: String } "E0303" "container `{name}` is {state}: its namespaces cannot be joined: container is stopped" help "start it first, or leave the namespace private";
    /// Containers that this one depends on do not run.
    DependenciesNotStarted { id: String, stopped: String } "E0390" "some dependencies of container {id} are not started: {stopped}: container state improper" help "start them first";
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
    NoDonor { word: &'static str, name: String } "E0309" "looking up container to share {word} namespace with: no container with name or ID {} found: no such container" [Quoted(.name)] help "create that container first, or leave the namespace private";
    /// The container whose IPC namespace is to be joined keeps it to itself.
    NotShareable { id: String } "E0310" "joining IPC of container {id} is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)" help "create that container with `ipcns: shareable`";
    /// A container in a pod that joins one outside of it.
    DonorOutsidePod { pod: String, id: String } "E0311" "running container create option: container has joined pod {pod} and dependency container {id} is not a member of the pod: invalid argument" help "join namespaces of containers in the same pod only";
    /// A container that joins itself.
    DonorItself "E0312" "running container create option: must specify another container: invalid argument" help "a container cannot join its own namespaces";
    /// A container of another libpod namespace.
    DonorElsewhere { id: String, namespace: String } "E0313" "running container create option: container {id} is in libpod namespace {}: invalid argument" [Quoted(.namespace)] help "containers join those of their own `engine.namespace` only";
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
    /// `unmask` is there and empty.
    UnmaskEmpty "E0401" "runtime error: index out of range [0] with length 0" help "an empty `unmask` makes Podman 4.3 panic on cgroup v2: leave it out";
    /// The filesystem of a mount's source cannot be told.
    MountSource { path: String, errno: Errno } "E0402" "statfs {path}: {errno}" help "a bind mount needs a source that exists on the host: make it, or correct `source`";
    /// A mount's options cannot be meant.
    MountOptions { destination: String, error: OptionError } "E0403" "{error}" help "correct the `options` of the mount: one of each kind, and only those that its type can have";
    /// A named volume's options cannot be meant.
    VolumeOptions { name: String, destination: String, error: OptionError } "E0404" "running container create option: processing options for named volume {} mounted at {}: {error}" [Quoted(.name), Quoted(.destination)] help "correct the `Options` of the volume: one of each kind";
    /// A mount or volume has no destination, or one that is not absolute.
    Destination { error: DestinationError } "E0405" "{error}" help "give an absolute path of the container";
    /// Two mounts at one destination.
    DuplicateMount { destination: String } "E0406" "{}: duplicate mount destination" [Quoted(.destination)] help "take one of the two mounts out; in a pod the other may be the pod's";
    /// Two volumes of one kind at one destination.
    DuplicateVolume { destination: String } "E0407" "conflict in specified volumes - multiple volumes at {}: duplicate mount destination" [Quoted(.destination)] help "take one of the two volumes out; in a pod the other may be the pod's";
    /// A mount and a named volume at one destination.
    MountAndVolume { destination: String } "E0408" "conflict at mount destination {destination}: duplicate mount destination" help "take one of the two out: the request, containers.conf, the image and `volumes_from` all add some";
    /// The init binary has no path.
    InitPathEmpty "E0431" "please specify a path to the container-init binary" help "set `init_path`, or `engine.init_path` in containers.conf";
    /// An init without a PID namespace of the container's own.
    InitPidns "E0432" "cannot add init binary as PID 1 (PID namespace isn't private)" help "leave `pidns` private, or leave `init` out";
    /// Two inits.
    InitSystemd "E0433" "cannot use container-init binary with systemd=always" help "set `systemd` to `true` or `false`, or leave `init` out";
    /// The init binary is not there.
    InitMissing { path: String, errno: Errno } "E0434" "container-init binary not found on the host: stat {path}: {errno}" help "install catatonit, or set `init_path` to an init of the host";
    /// A mount where the init binary goes.
    InitPlaceTaken "E0409" "a mount at /run/podman-init, where the init binary goes: duplicate mount destination" help "take the mount out, or leave `init` away";
    /// A volume of containers.conf cannot be read.
    ConfVolume { error: VolumeError<Errno> } "E0410" "{error}" help "correct `containers.volumes` in containers.conf";
    /// An option of `volumes_from` that there is not.
    VolumesFromOption { option: String } "E0411" "invalid option {} specified - volumes from another container can only use z,ro,rw options" [Quoted(.option)] help "leave the option out";
    /// An option of `volumes_from` given twice, or `ro` with `rw`.
    VolumesFromTwice { option: String } "E0412" "cannot set {} options more than once" [if option == "z" { ":z" } else { "ro or rw" }] help "leave one of the two out";
    /// A container whose volumes are to be taken does not exist.
    VolumesFromUnknown { name: String } "E0413" "looking up container {} for volumes-from: {}" [Quoted(.name), if name.is_empty() { "name or ID cannot be empty".into() } else { alloc::format!("no container with name or ID {} found: no such container", Quoted(name)) }] help "correct `volumes_from`, or create that container first";
    /// A name that no volume can have.
    VolumeName { name: String } "E0418" "creating named volume {}: running volume create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument" [Quoted(.name)] help "correct the `Name` of the volume; a directory of the host is a mount of type `bind`";
    /// A driver option that is no `key=value`.
    VolumeDriverOption { option: String } "E0419" "driver option {} is not of the form volume-opt=key=value" [Quoted(.option)] help "correct the `Options` of the volume";
    /// A driver option that local volumes do not have.
    VolumeDriverKey { name: String, key: String } "E0420" "creating named volume {}: local volumes have no option {key}: invalid argument" [Quoted(.name)] help "local volumes have the options o, type, device, uid, gid, size, inodes, noquota, copy and nocopy";
    /// A directory that a volume is to be a bind of does not exist.
    VolumeDevice { name: String, path: String, errno: Errno } "E0421" "creating named volume {}: option device: stat {path}: {errno}" [Quoted(.name)] help "make the directory first";
    /// An overlay's directories of its own are not both there.
    OverlayDirectories { destination: String, error: DirectoryError } "E0422" "{error}" help "give both `upperdir=` and `workdir=`, or neither";
    /// The lower directory of an overlay cannot be looked at.
    OverlaySource { path: String, errno: Errno } "E0423" "mounting overlay failed {}: stat {path}: {errno}" [Quoted(.path)] help "the `source` of an overlay volume must exist on the host";
    /// An image that is to be a volume does not exist.
    ImageVolume { image: String, destination: String } "E0424" "creating image volume {}:{}: {}" [Quoted(.image), Quoted(.destination), if image.is_empty() { "repository name must have at least one component".into() } else { alloc::format!("{image}: image not known") }] help "pull the image first";
    /// Links in the destination of a tmpfs lead in a circle.
    TmpfsLoop { destination: String } "E0425" "destination {destination} of a tmpfs mount: too many levels of symbolic links" help "mount it at a path that the image's links do not lead in a circle";
    /// The user who is to own an overlay above a root directory is not known in it.
    RootfsUser { error: LookupError } "E0426" "{error}" help "give `user` as a name that the root directory's /etc/passwd has, or as a number";
    /// That user is not mapped.
    RootfsUserUnmapped { error: NotMapped } "E0427" "unable to get host UID and host GID: {error}" help "map the ids of `user`";
    /// The user who is to own a new volume is not mapped.
    VolumeUserUnmapped { error: NotMapped } "E0428" "mapping the user who owns a new volume: {error}" help "map the ids of `user`";
    /// A directory of the system that a volume is to give to the user.
    ChownSystemPath { path: String, uid: u32, gid: u32 } "E0429" "chowning host path {} is not allowed. You can manually `chown -R {uid}:{gid} {path}`" [Quoted(.path)] help "leave out the option `U`, or mount a directory below this one";
    /// A directory of the system that a volume is to give the container's label.
    RelabelSystemPath { path: String } "E0430" "SELinux relabeling of {path} is not allowed" help "leave out the options `z` and `Z`, or mount a directory below this one";

    // ── E05: capabilities, seccomp, labels, masks ───────────────────────────────────────────────────────────────────────────────────────
    /// Capabilities that cannot be added or dropped as asked.
    Capabilities { error: CapError } "E0501" "{error}" help "name capabilities as in capabilities(7), each in one of `cap_add` and `cap_drop`";
    /// The label that names the capabilities a container needs is wrong.
    RequiredCapabilities { error: CapError } "E0502" "capabilities requested by user or image are not valid: \"\": {error}" help "correct the label `io.containers.capabilities` of the container or its image";
    /// Capabilities for a user that is not root are wrong.
    UserCapabilities { names: String, error: CapError } "E0503" "capabilities requested by user are not valid: {}: {error}" [Quoted(.names)] help "name capabilities in `cap_add` as in capabilities(7)";
    /// An AppArmor profile on a host without AppArmor.
    ApparmorOff { profile: String } "E0504" "apparmor profile {} specified, but Apparmor is not enabled on this system" [Quoted(.profile)] help "leave `apparmor_profile` out, or set it to `unconfined`";
    /// A seccomp policy that there is not.
    SeccompPolicy { policy: String } "E0505" "invalid seccomp policy {}: valid policies are [\"default\" \"image\"]" [Quoted(.policy)] help "set `seccomp_policy` to `default` or `image`";
    /// A seccomp profile that cannot be read.
    SeccompUnreadable { path: String, errno: Errno } "E0506" "opening seccomp profile failed: {} {path}: {errno}" [if *errno == Errno::EISDIR { "read" } else { "open" }] help "set `seccomp_profile_path` to a file of this host, or to `unconfined`";
    /// A seccomp profile that is wrong.
    SeccompProfile { path: String, error: SeccompError } "E0507" "loading seccomp profile ({path}) failed: {error}" help "correct the profile; its form is that of containers/common's seccomp.json";
    /// The seccomp profile in an image's label is wrong.
    ImageSeccomp { error: SeccompError } "E0508" "loading seccomp profile failed: {error}" help "correct the image's label `io.containers.seccomp.profile`, or set `seccomp_policy` to `default`";
    /// The image's seccomp profile is asked for, and there is no image.
    NoImageForSeccomp "E0509" "cannot read seccomp profile without a valid image" help "a root directory has no labels: set `seccomp_policy` to `default`";
    /// The image's seccomp profile is asked for, and it has none.
    NoSeccompInImage "E0510" "no seccomp policy defined by image" help "give the image a label `io.containers.seccomp.profile`, or set `seccomp_policy` to `default`";
    /// The container whose label is to be taken over is not there.
    NoLabelDonor { name: String } "E0511" "container {} not found: no container with name or ID {} found: no such container" [Quoted(.name), Quoted(.name)] help "create that container first";
    /// A label that is none.
    BadLabel { label: String } "E0512" "failed to duplicate label {} : Invalid label" [Quoted(.label)] help "an SELinux label is `user:role:type[:level]`";

    // ── E06: devices, resources, limits, sysctls ────────────────────────────────────────────────────────────────────────────────────────
    /// Cgroup v2 files on cgroup v1.
    UnifiedOnV1 "E0601" "cannot use --cgroup-conf without cgroup v2" help "leave `resource_limits.unified` out on this host";
    /// Less swap than memory.
    SwapBelowLimit "E0602" "minimum memoryswap limit should be larger than memory limit, see usage" help "`resource_limits.memory.swap` counts memory and swap together: at least the limit; leave it out for twice the limit";
    /// Swap without memory.
    SwapWithoutLimit "E0603" "you should always set a memory limit when using a memoryswap limit, see usage" help "set `resource_limits.memory.limit` too";
    /// Swappiness out of range.
    Swappiness { swappiness: u64 } "E0604" "invalid value: {swappiness}, valid memory swappiness range is 0-100" help "set `resource_limits.memory.swappiness` to 0 up to 100";
    /// A soft limit above the hard one.
    ReservationAboveLimit "E0605" "minimum memory limit cannot be less than memory reservation limit, see usage" help "set `resource_limits.memory.reservation` below the limit";
    /// CFS period out of range.
    CpuPeriod "E0606" "CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)" help "set `resource_limits.cpu.period`, in µs, to 1000 up to 1000000";
    /// CFS quota too small.
    CpuQuota "E0607" "CPU cfs quota cannot be less than 1ms (i.e. 1000)" help "set `resource_limits.cpu.quota`, in µs, to 1000 or more, or leave it out for no limit";
    /// A CPU list that is none.
    CpusetCpusInvalid { cpus: String } "E0608" "invalid value {cpus} for cpuset cpus" help "write numbers and ranges, as in `0-2,5`";
    /// CPUs that the host has not.
    CpusetCpusMissing { cpus: String, available: String } "E0609" "requested CPUs are not available - requested {cpus}, available: {available}" help "name only CPUs that this host has";
    /// A list of memory nodes that is none.
    CpusetMemsInvalid { mems: String } "E0610" "invalid value {mems} for cpuset mems" help "write numbers and ranges, as in `0-1`";
    /// Memory nodes that the host has not.
    CpusetMemsMissing { mems: String, available: String } "E0611" "requested memory nodes are not available - requested {mems}, available: {available}" help "name only memory nodes that this host has";
    /// Block I/O weight out of range.
    BlkioWeight "E0612" "range of blkio weight is from 10 to 1000" help "set `resource_limits.blockIO.weight` to 10 up to 1000";
    /// A throttled device that cannot be looked at.
    ThrottleDevice { path: String, errno: Errno } "E0613" "could not parse throttle device at {path}: {errno}" help "name a block device of this host";
    /// A weighted device that cannot be looked at.
    WeightDevice { path: String, errno: Errno } "E0614" "failed to inspect '{path}' in --blkio-weight-device: {errno}" help "name a block device of this host";
    /// A weighted device without a weight, which ends Podman's request in a crash of Go's.
    WeightMissing "E0615" "runtime error: invalid memory address or nil pointer dereference" help "give each device in `weightDevice` a `weight`";
    /// A default limit without `=` or `:`.
    DefaultUlimitForm { missing: char, limit: String } "E0616" "invalid config provided: missing {missing} in {limit}: invalid default ulimit definition must be form of type=soft:hard" help "correct `containers.default_ulimits` of containers.conf: both numbers, as in `nofile=1024:1024`";
    /// A default limit that is no number.
    DefaultUlimitNumber { number: String, what: &'static str } "E0617" "invalid config provided: strconv.Atoi: parsing {}: {what}" [Quoted(.number)] help "correct `containers.default_ulimits` of containers.conf: this way of creating takes plain numbers only, not `unlimited`";
    /// A default sysctl without a value.
    SysctlForm { sysctl: String } "E0618" "{sysctl} is invalid, sysctl values must be in the form of KEY=VALUE" help "correct `containers.default_sysctls` of containers.conf";
    /// A default sysctl with spaces, or with a second `=`.
    SysctlSpaces { sysctl: String } "E0619" "'{sysctl}' is invalid, extra spaces found" help "write `name=value` in `containers.default_sysctls` of containers.conf: no spaces around either, and one `=`";
    /// A default sysctl that belongs to no namespace.
    SysctlNotAllowed { name: String } "E0620" "sysctl '{name}' is not allowed" help "only `net.`, `fs.mqueue.` and the IPC ones of `kernel.` can be defaults: take it out of `containers.default_sysctls` of containers.conf";
    /// A sysctl of a namespace that is the host's.
    SysctlHostNamespace { name: String, value: String, namespace: &'static str } "E0621" "sysctl {name}={value} can't be set since {namespace} Namespace set to host: invalid argument" help "give the container that namespace, or leave the sysctl out: it would change the host";
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
    ExposedPort { text: String } "E0703" "cannot expose {} as it is not a valid port number" [Quoted(.text)] help "the keys of `expose` are port numbers, 1 to 65535";
    /// One interface name for two networks.
    InterfaceTwice { name: String } "E0704" "network interface name {} is already assigned to another network" [Quoted(.name)] help "give each network an `interface_name` of its own, or none";
    /// A network that is not there.
    NoNetwork { name: String } "E0705" "unable to find network with name or ID {name}: network not found" help "create the network first, or leave `Networks` out for the default one";
    /// slirp4netns cannot be started as asked.
    Slirp { error: SlirpError } "E0750" "{error}" help "correct `network_options.slirp4netns` or, in containers.conf, `engine.network_cmd_options`";
    /// slirp4netns is not installed.
    NoSlirp4netns "E0751" "could not find slirp4netns, the network namespace can't be configured: exec: \"slirp4netns\": executable file not found in $PATH" help "install slirp4netns, or set `engine.network_cmd_path` in containers.conf";
    /// The subnet of slirp4netns has no room for the container.
    NoGuestAddress { id: String, error: AddressError } "E0752" "creating hosts file for container {id}: failed to get container ip host entries: {error}" help "give slirp4netns a larger `cidr`: the container's address is the hundredth";
    /// A fixed address is not one of its network's.
    ForeignAddress { ip: String, network: String } "E0753" "requested static ip {ip} not in any subnet on network {network}" help "choose an address of one of the network's subnets";
    /// The container whose network is joined, or one that it joins itself, is gone.
    NetworkOwnerGone { name: String } "E0754" "fetching dependency {name}: no such container" help "the network that is joined belongs to a container that does not exist any more";
    /// Containers join each other's network in a circle.
    NetworkLoop "E0755" "loop encountered while determining net namespace container" help "one of the containers must have a network of its own";
    /// pasta is not installed.
    NoPasta "E0757" "could not find pasta, the network namespace can't be configured: exec: \"pasta\": executable file not found in $PATH" help "install passt, which has pasta, or write `netns: slirp4netns`";
    /// pasta forwards no other protocols.
    PastaProtocol { protocol: String } "E0758" "can't forward protocol: {protocol}" help "pasta forwards `tcp` and `udp`; write `netns: bridge` for others";
    /// The subnet of slirp4netns has no room for its name server.
    RootlessNetnsDns { cidr: String, error: AddressError } "E0756" "failed to determine slirp4netns DNS address from cidr: {cidr}: {error}" help "give slirp4netns a larger `cidr` in `engine.network_cmd_options` of containers.conf";

    // ── E08: users, files, working directory ────────────────────────────────────────────────────────────────────────────────────────────
    /// The container's user is not to be found.
    UserLookup { error: LookupError } "E0801" "{error}" help "name a user and a group that the image's /etc/passwd and /etc/group have, or give numbers";
    /// A group that is added is not to be found.
    GroupLookup { id: String, error: LookupError } "E0802" "looking up supplemental groups for container {id}: {error}" help "name groups that the image's /etc/group has, each once, or give numbers";
    /// A user of the host that there is not.
    NoHostUser { user: String } "E0803" "user: unknown user {user}" help "`hostusers` are accounts of the host, by name or number";
    /// The user who runs the engine has no account.
    NoCurrentUser { id: String, uid: u32 } "E0804" "creating temporary passwd file for container {id}: failed to get current user: user: unknown userid {uid}" help "the user who runs the engine needs an account on the host, for an entry in the container's passwd was asked for";
    /// The group of the user who runs the engine is not known.
    NoCurrentGroup { id: String, gid: u32 } "E0805" "creating temporary passwd file for container {id}: failed to get current group: group: unknown groupid {gid}" help "the group of the user who runs the engine needs a name on the host";
    /// A line for passwd or group cannot be made.
    UserEntry { id: String, error: EntryError } "E0806" "creating temporary passwd file for container {id}: {error}" help "name a group that the image's /etc/group has, or give its number; the homes of host users must be absolute";
    /// A file of the image cannot be read.
    ImageFile { id: String, file: String, errno: Errno } "E0807" "creating temporary passwd file for container {id}: open {file}: {errno}" help "only a file that is missing counts as empty";
    /// The user has no id on the host.
    NotMapped { error: NotMapped } "E0808" "{error}" help "map the user's and the group's id in `idmappings`, or run as a user who is mapped";
    /// A file that stands over the image's passwd or group cannot be read.
    UserFile { what: String, file: String, errno: Errno } "E0828" "unable to find {what}: read {file}: {errno}" help "mount a file, not a directory, over /etc/passwd and /etc/group";
    /// A umask that is not octal.
    BadUmask { umask: String } "E0809" "invalid Umask Value: strconv.ParseUint: parsing \"{umask}\": invalid syntax" help "write the umask in octal, as in `0022`";
    /// How many groups are mapped cannot be read.
    GroupRangeUnknown { errno: Errno } "E0810" "reading the process's id maps: open /proc/self/gid_map: {errno}" help "a rootless container's groups are held against the ids that its user has";
    /// The host's devices cannot be listed.
    DeviceScan { errno: Errno } "E0811" "getting devices for privileged container: {errno}" help "a privileged container gets all devices below /dev";
    /// A profile is asked for without root.
    ApparmorRootless { profile: String } "E0812" "cannot load AppArmor profile \"{profile}\": AppArmor is not supported in rootless mode" help "leave the profile away, or set it to `unconfined`";
    /// A profile is asked for on a host without AppArmor.
    ApparmorOffAtStart { profile: String } "E0813" "profile \"{profile}\" specified but AppArmor is disabled on the host" help "leave the profile away, or enable AppArmor";
    /// A profile that is not loaded.
    ApparmorNotLoaded { profile: String } "E0814" "AppArmor profile \"{profile}\" specified but not loaded" help "load the profile with `apparmor_parser` first";
    /// A file of the host that resolv.conf is made from cannot be read.
    HostFile { id: String, file: String, errno: Errno } "E0815" "creating resolv.conf for container {id}: open {file}: {errno}" help "make the file readable; one that is missing counts as empty";
    /// Options of slirp4netns that the resolver's configuration depends on.
    ResolvConfSlirp { id: String, error: SlirpError } "E0829" "creating resolv.conf for container {id}: {error}" help "correct `network_options.slirp4netns` or, in containers.conf, `engine.network_cmd_options`";
    /// The base of the hosts file cannot be read.
    HostsBase { id: String, file: String, errno: Errno } "E0816" "creating hosts file for container {id}: failed to create new hosts file: open {file}: {errno}" help "`containers.base_hosts_file` of containers.conf must be a file that can be read, `image` or `none`";
    /// An added host is not `name:ip`.
    HostEntry { id: String, error: HostEntryError } "E0817" "creating hosts file for container {id}: {error}" help "write `hostadd` entries as `name:ip`";
    /// Another container's hosts file cannot be read.
    SharedHosts { file: String, errno: Errno } "E0818" "open {file}: {errno}" help "the hosts file of the container whose network is joined must be there";
    /// A time zone that can be none.
    TimezoneName { id: String, zone: String } "E0819" "finding timezone for container {id}: time: invalid location name" help "`{zone}` is no name of a time zone: write one like `Europe/Paris`";
    /// A time zone that there is not.
    TimezoneUnknown { id: String, zone: String } "E0820" "finding timezone for container {id}: unknown time zone {zone}" help "choose a file below /usr/share/zoneinfo, `UTC` or `local`";
    /// The file of a time zone is missing.
    TimezoneFile { id: String, file: String, errno: Errno } "E0821" "setting timezone for container {id}: lstat {file}: {errno}" help "install the zone database on the host";
    /// A timezone that is a directory of timezones.
    TimezoneFileDirectory { id: String } "E0822" "setting timezone for container {id}: invalid timezone: is a directory" help "name the time zone whole, as in `Europe/Paris`";
    /// A hook file that is no good, or a hook that cannot be matched.
    Hook { error: String } "E0823" "setting up OCI Hooks: {error}" help "correct or remove the hook file in the directories of `engine.hooks_dir`";
    /// CDI devices that cannot be had.
    Cdi { error: String } "E0824" "setting up CDI devices: {error}" help "check the CDI spec files in /etc/cdi and /var/run/cdi";
    /// A secret that there is not.
    NoSecret { name: String } "E0825" "no secret with name or id \"{name}\": no such secret" help "create the secret first";
    /// The owner of a secret has no id on the host.
    SecretOwner { error: NotMapped } "E0826" "unable to extract secret: {error}" help "map the `UID` and `GID` of the secret in `idmappings`";
    /// A user of the host that is to be added to passwd and is not there.
    NoEntryUser { id: String, user: String } "E0827" "creating temporary passwd file for container {id}: user: unknown user {user}" help "`hostusers` are accounts of the host, by name or number";

    // From E0850: the working directory.
    /// The working directory is no directory.
    WorkDirNoDirectory { path: String, id: String } "E0850" "workdir {} exists on container {id}, but is not a directory" [Quoted(.path)] help "set `work_dir` to a directory";
    /// The working directory does not exist.
    WorkDirMissing { path: String, id: String } "E0851" "workdir {} does not exist on container {id}" [Quoted(.path)] help "set `work_dir` to a directory of the image, or `create_working_dir` to true";
    /// The working directory cannot be looked at.
    WorkDirUnknown { path: String, id: String, errno: Errno } "E0852" "detecting workdir {} on container {id}: {errno}" [Quoted(.path)] help "set `work_dir` to a directory that can be reached";
    /// The working directory cannot be made.
    WorkDirNotMade { id: String, errno: Errno } "E0853" "creating container {id} workdir: {errno}" help "set `work_dir` to a path below directories";
    /// Who is to own the new working directory cannot be told.
    WorkDirOwner { user: String, id: String, error: ChrootUserError } "E0854" "looking up {user} inside of the container {id}: {error}" help "the image's /etc/passwd is read up to its first malformed line: correct it, or give `user` as a number";
    /// The volume that the working directory lies on is not mounted.
    WorkDirVolume { volume: String } "E0855" "volume {volume} is not mounted, and the working directory is in it" help "the fact about the volume has no `mountpoint`";

    // ── E09: cgroups and container options ──────────────────────────────────────────────────────────────────────────────────────────────
    /// The cgroup version cannot be read.
    CgroupVersionUnknown { errno: Errno } "E0901" "reading the cgroup version: statfs /sys/fs/cgroup: {errno}" help "mount cgroups at /sys/fs/cgroup";
    /// A cgroup manager that there is not.
    CgroupManager { manager: String } "E0902" "invalid cgroup manager {manager} requested: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
    /// The engine's own cgroup cannot be told, or is the root.
    OwnCgroup { text: String } "E0903" "could not find cgroup mount in \"/proc/self/cgroup\"" help "with `cgroups_mode: split` the engine must run in a cgroup below the root";
    /// A cgroup manager that pods cannot have.
    PodCgroupManager { manager: String } "E0904" "invalid cgroup mode {manager} requested for pods: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
    /// A seccomp profile's place cannot be looked at.
    SeccompDefault { path: &'static str, errno: Errno } "E0905" "stat {path}: {errno}" help "let the engine look at the file, or set `containers.seccomp_profile` in containers.conf";
    /// Networks of a container that shares its pod's.
    PodNetworks "E0906" "invalid config provided: networks must be defined when the pod is created: network cannot be configured when it is shared with a pod" help "give the networks to the pod";
    /// Ports of a container that shares its pod's network.
    PodPorts "E0907" "invalid config provided: published or exposed ports must be defined when the pod is created: network cannot be configured when it is shared with a pod" help "publish the ports of the pod";
    /// Added hosts of a container that shares its pod's network.
    PodHosts "E0908" "invalid config provided: extra host entries must be specified on the pod: network cannot be configured when it is shared with a pod" help "add the hosts to the pod";
    /// Added hosts of a container that shares another's network.
    ContainerHosts "E0909" "invalid config provided: cannot set extra host entries when the container is joined to another containers network namespace: invalid configuration" help "add the hosts to the container whose network is joined";
    /// An image and a root directory.
    ImageAndRootfs "E0910" "invalid config provided: both image and rootfs cannot be simultaneously: invalid configuration" help "keep `image` or `rootfs`";
    /// A host name where the pod's is used.
    HostnameInPod "E0911" "invalid config provided: cannot set hostname when joining the pod UTS namespace: invalid configuration" help "leave `hostname` out, or set `utsns` to `private`";
    /// A host name where another UTS namespace is used.
    HostnameInHost "E0912" "invalid config provided: cannot set hostname when running in the host UTS namespace: invalid configuration" help "leave `hostname` out, or set `utsns` to `private`";
    /// `systemd` is none of its words.
    SystemdWord "E0913" "invalid config provided: --systemd values must be one of \"true, false, always\": invalid configuration" help "set `systemd` to `true`, `false` or `always`";
    /// `systemd` in a spelling that passes the check and fails afterwards.
    SystemdSpelling { word: String } "E0914" "invalid value {} systemd option requires 'true, false, always': %!w(<nil>)" [Quoted(.word)] help "write `systemd` in lower case";
    /// The sd-notify mode is none.
    SdnotifyMode { mode: String } "E0915" "invalid config provided: invalid argument: invalid sdnotify value {}: must be container, conmon or ignore" [Quoted(.mode)] help "set `sdnotifyMode` to `container`, `conmon` or `ignore`; `healthy` came with Podman 4.7";
    /// The image volume mode is none.
    ImageVolumeMode { mode: String } "E0916" "invalid config provided: invalid ImageVolumeMode {}, value must be one of ignore,tmpfs,anonymous" [Quoted(.mode)] help "set `image_volume_mode` to `anonymous`, `tmpfs` or `ignore`";
    /// A size for a /dev/shm that is the host's or not there.
    ShmSize { mode: String, value: String } "E0917" "invalid config provided: cannot set shmsize when running in the {{{mode} {value}}} IPC Namespace" help "leave `shm_size` out, or give the container an IPC namespace of its own";
    /// A new user namespace without mappings.
    PrivateWithoutMappings "E0918" "invalid config provided: IDMappings are required when not creating a User namespace: invalid configuration" help "give `idmappings` with `UIDMap` and `GIDMap`";
    /// A private user namespace is asked for without `idmappings`.
    IdMappingsRequired "E0919" "invalid config provided: IDMappings are required when not creating a User namespace: invalid configuration" help "give `idmappings` with `UIDMap` and `GIDMap`";
    /// Options of which one leaves no room for the other.
    Exclusive { one: &'static str, other: &'static str } "E0920" "invalid config provided: {one} and {other} are mutually exclusive options" help "keep one of the two";
    /// A network's mode for another namespace.
    NamespaceIsNetwork "E0921" "invalid config provided: cannot use network modes with non-network namespace" help "`none`, `bridge` and `slirp4netns` are modes of `netns` only";
    /// A mode that this namespace has not.
    NamespaceMode { mode: String } "E0922" "invalid config provided: invalid namespace type {mode} specified" help "choose a mode that this namespace can have, such as `private`, `host` or `container:NAME`";
    /// A network mode that there is not.
    NetworkMode { mode: String } "E0923" "invalid config provided: invalid network {}" [Quoted(.mode)] help "use `bridge`, `slirp4netns`, `host`, `none`, `private`, `pod`, `container` or `path`; `pasta` came with Podman 4.4";
    /// A mode that lacks its container or path.
    NamespaceNeedsValue { mode: String } "E0924" "invalid config provided: namespace mode {mode} requires a value" help "name the container, or the path";
    /// A value for a mode that takes none.
    NamespaceTakesNoValue { mode: String, value: String } "E0925" "invalid config provided: namespace value {value} cannot be provided with namespace mode {mode}" help "leave the value out";
    /// Networks without bridge mode.
    NetworksWithoutBridge "E0926" "invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking" help "set `netns` to `bridge`, or leave `Networks` out";
    /// The secret does not exist.
    NoSuchSecret { secret: String } "E0927" "no secret with name or id {}: no such secret" [Quoted(.secret)] help "create the secret first";
    /// The container that is depended on does not exist.
    NoSuchDependency { name: String } "E0928" "{0} is not a valid container, cannot be used as a dependency: no container with name or ID {0} found: no such container" [Quoted(.name)] help "create it first";
    /// The root directory does not exist.
    Rootfs { path: String, errno: Errno } "E0929" "running container create option: stat {path}: {errno}" help "name a directory of this host";
    /// A DNS server without an address.
    DnsServerEmpty "E0960" "running container create option: invalid IP address <nil>: invalid argument" help "write an address, or leave the entry out";
    /// There is no such time zone.
    Timezone { path: String, errno: Errno } "E0930" "running container create option: stat {path}: {errno}" help "use a name below /usr/share/zoneinfo, such as `Europe/Paris`, or `local`";
    /// A directory of time zones.
    TimezoneDirectory "E0931" "running container create option: invalid timezone: is a directory" help "use a whole name below /usr/share/zoneinfo, such as `Europe/Paris`";
    /// The umask is none.
    Umask { umask: String } "E0932" "running container create option: invalid umask string {umask}: invalid argument" help "write one to four octal digits, as in `0022`";
    /// No stop signal at all.
    StopSignalZero "E0933" "running container create option: stop signal cannot be 0: invalid argument" help "set `stop_signal` to 1 up to 64";
    /// A stop signal beyond the last one.
    StopSignalTooLarge "E0934" "running container create option: stop signal cannot be greater than 64 (SIGRTMAX): invalid argument" help "set `stop_signal` to 1 up to 64";
    /// There is no such log driver.
    LogDriver "E0935" "running container create option: invalid log driver: invalid argument" help "use `journald`, `k8s-file`, `json-file`, `none` or `passthrough`";
    /// There is no such cgroups mode.
    CgroupsModeWord { mode: String } "E0936" "running container create option: invalid cgroup mode {}: invalid argument" [Quoted(.mode)] help "set `cgroups_mode` to `enabled`, `disabled`, `no-conmon` or `split`";
    /// There is no such restart policy.
    RestartPolicy { policy: String } "E0937" "running container create option: {} is not a valid restart policy: invalid argument" [Quoted(.policy)] help "set `restart_policy` to `no`, `on-failure`, `always` or `unless-stopped`";
    /// The secret for a variable does not exist.
    NoSuchEnvSecret { secret: String } "E0938" "running container create option: no secret with name or id {}: no such secret" [Quoted(.secret)] help "create the secret first";
    /// The container that is depended on is being removed.
    DependencyRemoving { id: String } "E0939" "running container create option: cannot use container {id} as a dependency as it is being removed: container state improper" help "use another one";
    /// The type of init container is none.
    InitContainerType { kind: String } "E0940" "running container create option: {kind} is invalid init container type" help "set `init_container_type` to `once` or `always`";
    /// The name is none.
    Name "E0941" "running container create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument" help "start with a letter or digit; go on with letters, digits, `_`, `.` and `-`";
    /// Neither an image nor a root directory.
    NoRootfsSource "E0942" "must set root filesystem source to either image or rootfs: invalid argument" help "set `image` or `rootfs`";
    /// A network that is made and one that is joined.
    NetnsTwice "E0943" "cannot both create a network namespace and join another container's network namespace: invalid argument" help "keep one of the two";
    /// A cgroup parent where the engine's own is split.
    SplitWithParent "E0944" "cannot specify --cgroup-mode=split with a cgroup-parent: invalid argument" help "leave `cgroup_parent` out with `cgroups_mode: split`";
    /// Another container's PID namespace without cgroups.
    NoCgroupsJoinedPidns "E0945" "cannot join another container's PID namespace if not creating cgroups: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// A cgroup parent without cgroups.
    NoCgroupsParent "E0946" "cannot set cgroup parent if not creating cgroups: invalid argument" help "leave `cgroup_parent` out with `cgroups_mode: disabled`";
    /// A PID namespace at a path without cgroups.
    NoCgroupsPidnsPath "E0947" "containers not creating Cgroups must create a private PID namespace - cannot use another: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// The host's PID namespace without cgroups.
    NoCgroupsHostPidns "E0948" "containers not creating Cgroups must create a private PID namespace: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// Two volumes at one place.
    TwoVolumes { destination: String } "E0949" "two volumes found with destination {destination}: invalid argument" help "keep one of the two";
    /// Ids without a user.
    IdsWithoutUser "E0950" "please set User explicitly via WithUser() instead of in OCI spec directly: invalid argument" help "set `user`";
    /// An init container outside of a pod.
    InitContainerWithoutPod "E0951" "init containers must be created in a pod: invalid argument" help "set `pod`, or leave `init_container_type` out";
    /// A notify socket that is to be ignored.
    NotifySocketIgnored { socket: String, mode: String } "E0952" "cannot set sd-notify socket {} with sd-notify mode {}" [Quoted(.socket), Quoted(.mode)] help "leave `sdnotifyMode` out";
    /// An action without a health check.
    HealthActionWithoutCheck { action: &'static str } "E0953" "cannot set on-failure action to {action} without a health check" help "set `healthconfig`, or leave `health_check_on_failure_action` out";
    /// An image name that cannot be updated from a registry.
    AutoUpdateShortName { name: String } "E0954" "short name: auto updates require fully-qualified image reference: {}" [Quoted(.name)] help "set `raw_image_name` to the whole name, such as `quay.io/podman/stable:latest`";
    /// An image that does not come from a registry.
    AutoUpdateTransport { transport: String } "E0955" "auto updates require the docker image transport but image is of transport {}" [Quoted(.transport)] help "use an image of a registry, or take the label `io.containers.autoupdate` off";
    /// A systemd slice where cgroupfs is used.
    SliceOnCgroupfs "E0956" "systemd slice received as cgroup parent when using cgroupfs: invalid argument" help "set `cgroup_parent` to a path that does not end in `.slice`";
    /// No systemd slice where systemd is used.
    NoSlice "E0957" "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument" help "set `cgroup_parent` to the name of a slice, such as `machine.slice`";
    /// A cgroup manager that there is not, for a parent.
    CgroupManagerOfParent { manager: String } "E0958" "unsupported Cgroup manager: {manager} - cannot validate cgroup parent: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
    /// A runtime that needs cgroups.
    RuntimeNeedsCgroups { runtime: String } "E0959" "requested OCI runtime {runtime} is not compatible with NoCgroups: invalid argument" help "use crun, or name the runtime in `engine.runtime_supports_nocgroups` of containers.conf";

    // ── E10: what only the hardened profile refuses ────────────────────────────
    /// Text that would end a field or a line of passwd or group.
    PasswdField { field: &'static str, text: String } "E1001" "{field} {} cannot stand in a line of passwd or group" [Quoted(.text)] help "take the `:` or control character out of it, or set `manage_password` to `false`";
    /// An annotation that steers the host's side of a runtime.
    ControlAnnotation { key: String } "E1002" "annotation {} steers the runtime on the host" [Quoted(.key)] help "take the annotation out; `--profile podman-4.3` hands it on";
    /// A sysctl that belongs to no namespace, or whose name is none.
    SysctlGlobal { name: String } "E1003" "sysctl {} belongs to no namespace: it would change the host" [Quoted(.name)] help "only `net.`, `fs.mqueue.`, the IPC ones of `kernel.`, `kernel.domainname` and `kernel.hostname` are a container's own";
    /// A sysctl of a namespace that is not the container's own.
    SysctlShared { name: String, namespace: &'static str } "E1004" "sysctl {} would change an {namespace} namespace that is not the container's own" [Quoted(.name)] help "give the container that namespace, or set the sysctl where the namespace is made";
    /// A sysctl with text that other programs read as more than one.
    SysctlText { name: String, value: String } "E1005" "sysctl {} with the value {} has a `+` or a control character" [Quoted(.name), Quoted(.value)] help "give one sysctl in each entry, as plain text";
    /// An image's volume that lies outside of the container.
    ImageVolumePlace { path: String } "E1006" "the image has a volume at {}, which is no absolute path without `..`" [Quoted(.path)] help "mend the image, or set `image_volume_mode` to `ignore`";
    /// A destination that can be read in two ways.
    UncleanDestination { destination: String, clean: String } "E1007" "mount destination {} is not clean" [Quoted(.destination)] help "write the destination in its shortest form: no `.` or `..`, no doubled slash and none at the end";
    /// A mount that hides the kernel's own trees, and with them what is masked.
    MountOverKernel { destination: String } "E1008" "a mount at {} hides /proc or /sys, or a part of /proc" [Quoted(.destination)] help "mount it elsewhere; a whole /proc or /sys of the host is seen with `pidns: host` and `privileged`";
    /// Something at /dev that is no tmpfs.
    DevNotFresh { destination: String } "E1009" "a mount at {} takes the place of the container's own /dev" [Quoted(.destination)] help "give single devices in `devices`, or all of them with `privileged`";
    /// A working directory among the files of a process.
    WorkDirOfProcess { path: String } "E1010" "working directory {} leads through the files of a process" [Quoted(.path)] help "set `work_dir` to a directory of the container";
    /// A working directory that depends on another.
    WorkDirRelative { path: String } "E1011" "working directory {} is not absolute" [Quoted(.path)] help "set `work_dir` to an absolute path";
    /// An id that is too high, or would be cut to 32 bits.
    IdTooHigh { id: i64 } "E1012" "id {id} is not in the range 0-2147483647" help "correct the line in the image's /etc/passwd or /etc/group, or give another user or group";
    /// A number that Podman would look up as a name.
    NumberAsName { text: String } "E1013" "{} is too large a number for a user or group" [Quoted(.text)] help "give a number from 0 to 2147483647, or a name";
}
