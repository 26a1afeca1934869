//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::env::parse::EnvError;
use crate::env::shell::MergeError;
use crate::facts::Errno;
use crate::questions::Question;
use crate::quote::Quoted;
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

/// Defines the refusals: for each its doc, code, words (with what fills their `{}` in brackets), and what to do about it.
macro_rules! problems {
    ($( $(#[doc = $doc:literal])* $Name:ident $({ $($field:ident: $ty:ty),* $(,)? })? $code:literal $text:literal $([$($args:tt)*])? help $help:literal; )*) => {
        /// What is refused.
        #[derive(Clone, Debug, PartialEq, thiserror::Error)]
        #[expect(missing_docs, reason = "the fields are what was written; the words of each variant say what for")]
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
    EnvMerge { error: MergeError } "E0205" "{error}" help "write `NAME=text` with shell-like quotes; `$NAME` and `${{NAME:-word}}` are expanded";
    /// There is nothing to run.
    NoCommand "E0206" "no command or entrypoint provided, and no CMD or ENTRYPOINT from image" help "set `command` or `entrypoint`";
    /// No init was found.
    InitPathEmpty "E0207" "please specify a path to the container-init binary" help "set `init_path`, or `engine.init_path` in containers.conf";
    /// An init cannot be PID 1 here.
    InitPidns "E0208" "cannot add init binary as PID 1 (PID namespace isn't private)" help "leave `pidns` private, or leave `init` out";
    /// Two programs want to be PID 1.
    InitSystemd "E0209" "cannot use container-init binary with systemd=always" help "set `systemd` to `true` or `false`, or leave `init` out";
    /// The init does not exist.
    InitMissing { path: String, errno: Errno } "E0210" "container-init binary not found on the host: stat {path}: {errno}" help "install catatonit, or set `init_path` to an init of the host";
    /// The pod does not exist.
    NoSuchPod { pod: String } "E0211" "no pod with name or ID {pod} found: no such pod" help "create the pod first";
    /// An init container comes too late.
    InitContainerInRunningPod "E0212" "cannot add init-ctr to a running pod" help "stop the pod, or leave `init_container_type` out";
    /// The limit is given twice.
    TwoForms { short: &'static str, long: &'static str } "E0213" "both `{short}` and `{long}` are given, and they set the same limit" help "keep one of the two";

    // ── E03: namespaces, id mappings, hostname ──────────────────────────────────────────────────────────────────────────────────────────
    /// The host name cannot be read.
    HostnameUnknown { errno: Errno } "E0301" "reading the host's name: {errno}" help "the fact `host.hostname` is an error: without a UTS namespace of its own the container takes the host's name";
    /// An id mapping file cannot be read.
    IdMapUnknown { errno: Errno } "E0302" "reading the process's id maps: {errno}" help "only a missing /proc/self/uid_map (no user namespaces in the kernel) is passed over";
    /// The container whose namespace is joined does not run.
    DependencyNotRunning { name: String, state: String } "E0303" "container `{name}` is {state}: its namespaces cannot be joined: container is stopped" help "start it first, or leave the namespace private";
    /// The namespace that was to be made has no path.
    NoNetns "E0304" "no network namespace was made for the container" help "the fact `container.netns_path` is needed: prepare the container first, or record where its namespace will be";

    // ── E04: mounts and volumes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    // ── E05: capabilities, seccomp, labels, masks ───────────────────────────────────────────────────────────────────────────────────────

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

    // ── E07: network ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

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
    SdnotifyMode { mode: String } "E0915" "invalid config provided: invalid argument: invalid sdnotify value {}: must be container, conmon or ignore" [Quoted(.mode)] help "set `sdnotifyMode` to `container`, `conmon` or `ignore`";
    /// The image volume mode is none.
    ImageVolumeMode { mode: String } "E0916" "invalid config provided: invalid ImageVolumeMode {}, value must be one of ignore,tmpfs,anonymous" [Quoted(.mode)] help "set `image_volume_mode` to `anonymous`, `tmpfs` or `ignore`";
    /// A size for a /dev/shm that is the host's or not there.
    ShmSize { mode: String, value: String } "E0917" "invalid config provided: cannot set shmsize when running in the {{{mode} {value}}} IPC Namespace" help "leave `shm_size` out, or give the container an IPC namespace of its own";
    /// A new user namespace without mappings.
    NoIdMappings "E0918" "invalid config provided: IDMappings are required when not creating a User namespace: invalid configuration" help "give `idmappings` with `UIDMap` and `GIDMap`";
    /// Options of which one leaves no room for the other.
    Exclusive { one: &'static str, other: &'static str } "E0919" "invalid config provided: {one} and {other} are mutually exclusive options" help "keep one of the two";
    /// A network's mode for another namespace.
    NamespaceIsNetwork "E0920" "invalid config provided: cannot use network modes with non-network namespace" help "`none`, `bridge` and `slirp4netns` are modes of `netns` only";
    /// A mode that this namespace has not.
    NamespaceMode { mode: String } "E0921" "invalid config provided: invalid namespace type {mode} specified" help "use `host`, `private`, `pod`, `container` or `path`";
    /// A network mode that there is not.
    NetworkMode { mode: String } "E0922" "invalid config provided: invalid network {}" [Quoted(.mode)] help "use `bridge`, `slirp4netns`, `host`, `none`, `private`, `pod`, `container` or `path`";
    /// A mode that lacks its container or path.
    NamespaceNeedsValue { mode: String } "E0923" "invalid config provided: namespace mode {mode} requires a value" help "name the container, or the path";
    /// A value for a mode that takes none.
    NamespaceTakesNoValue { mode: String, value: String } "E0924" "invalid config provided: namespace value {value} cannot be provided with namespace mode {mode}" help "leave the value out";
    /// Networks without bridge mode.
    NetworksWithoutBridge "E0925" "invalid config provided: networks and static ip/mac address can only be used with Bridge mode networking" help "set `netns` to `bridge`, or leave `Networks` out";
    /// The secret does not exist.
    NoSuchSecret { secret: String } "E0926" "no secret with name or id {}: no such secret" [Quoted(.secret)] help "create the secret first";
    /// The container that is depended on does not exist.
    NoSuchDependency { name: String } "E0927" "{0} is not a valid container, cannot be used as a dependency: no container with name or ID {0} found: no such container" [Quoted(.name)] help "create it first";
    /// The root directory does not exist.
    Rootfs { path: String, errno: Errno } "E0928" "running container create option: stat {path}: {errno}" help "name a directory of this host";
    /// There is no such time zone.
    Timezone { path: String, errno: Errno } "E0929" "running container create option: stat {path}: {errno}" help "use a name below /usr/share/zoneinfo, such as `Europe/Paris`, or `local`";
    /// A directory of time zones.
    TimezoneDirectory "E0930" "running container create option: invalid timezone: is a directory" help "use a whole name below /usr/share/zoneinfo, such as `Europe/Paris`";
    /// The umask is none.
    Umask { umask: String } "E0931" "running container create option: invalid umask string {umask}: invalid argument" help "write one to four octal digits, as in `0022`";
    /// No stop signal at all.
    StopSignalZero "E0932" "running container create option: stop signal cannot be 0: invalid argument" help "set `stop_signal` to 1 up to 64";
    /// A stop signal beyond the last one.
    StopSignalTooLarge "E0933" "running container create option: stop signal cannot be greater than 64 (SIGRTMAX): invalid argument" help "set `stop_signal` to 1 up to 64";
    /// There is no such log driver.
    LogDriver "E0934" "running container create option: invalid log driver: invalid argument" help "use `journald`, `k8s-file`, `json-file`, `none` or `passthrough`";
    /// There is no such cgroups mode.
    CgroupsModeWord { mode: String } "E0935" "running container create option: invalid cgroup mode {}: invalid argument" [Quoted(.mode)] help "set `cgroups_mode` to `enabled`, `disabled`, `no-conmon` or `split`";
    /// There is no such restart policy.
    RestartPolicy { policy: String } "E0936" "running container create option: {} is not a valid restart policy: invalid argument" [Quoted(.policy)] help "set `restart_policy` to `no`, `on-failure`, `always` or `unless-stopped`";
    /// The secret for a variable does not exist.
    NoSuchEnvSecret { secret: String } "E0937" "running container create option: no secret with name or id {}: no such secret" [Quoted(.secret)] help "create the secret first";
    /// The container that is depended on is being removed.
    DependencyRemoving { id: String } "E0938" "running container create option: cannot use container {id} as a dependency as it is being removed: container state improper" help "use another one";
    /// A container that depends on itself.
    DependencyOnSelf "E0939" "running container create option: must specify another container: invalid argument" help "use another container";
    /// The container that is depended on is in another pod, or in none.
    DependencyOutsidePod { pod: String, id: String } "E0940" "running container create option: container has joined pod {pod} and dependency container {id} is not a member of the pod: invalid argument" help "use a container of the same pod";
    /// The type of init container is none.
    InitContainerType { kind: String } "E0941" "running container create option: {kind} is invalid init container type" help "set `init_container_type` to `once` or `always`";
    /// The name is none.
    Name "E0942" "running container create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument" help "start with a letter or digit; go on with letters, digits, `_`, `.` and `-`";
    /// Neither an image nor a root directory.
    NoRootfsSource "E0943" "must set root filesystem source to either image or rootfs: invalid argument" help "set `image` or `rootfs`";
    /// A network that is made and one that is joined.
    NetnsTwice "E0944" "cannot both create a network namespace and join another container's network namespace: invalid argument" help "keep one of the two";
    /// A cgroup parent where the engine's own is split.
    SplitWithParent "E0945" "cannot specify --cgroup-mode=split with a cgroup-parent: invalid argument" help "leave `cgroup_parent` out with `cgroups_mode: split`";
    /// Another container's PID namespace without cgroups.
    NoCgroupsJoinedPidns "E0946" "cannot join another container's PID namespace if not creating cgroups: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// A cgroup parent without cgroups.
    NoCgroupsParent "E0947" "cannot set cgroup parent if not creating cgroups: invalid argument" help "leave `cgroup_parent` out with `cgroups_mode: disabled`";
    /// A PID namespace at a path without cgroups.
    NoCgroupsPidnsPath "E0948" "containers not creating Cgroups must create a private PID namespace - cannot use another: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// The host's PID namespace without cgroups.
    NoCgroupsHostPidns "E0949" "containers not creating Cgroups must create a private PID namespace: invalid argument" help "with `cgroups_mode: disabled` leave `pidns` private";
    /// Two volumes at one place.
    TwoVolumes { destination: String } "E0950" "two volumes found with destination {destination}: invalid argument" help "keep one of the two";
    /// Ids without a user.
    IdsWithoutUser "E0951" "please set User explicitly via WithUser() instead of in OCI spec directly: invalid argument" help "set `user`";
    /// An init container outside of a pod.
    InitContainerWithoutPod "E0952" "init containers must be created in a pod: invalid argument" help "set `pod`, or leave `init_container_type` out";
    /// A notify socket that is to be ignored.
    NotifySocketIgnored { socket: String, mode: String } "E0953" "cannot set sd-notify socket {} with sd-notify mode {}" [Quoted(.socket), Quoted(.mode)] help "leave `sdnotifyMode` out";
    /// An action without a health check.
    HealthActionWithoutCheck { action: &'static str } "E0954" "cannot set on-failure action to {action} without a health check" help "set `healthconfig`, or leave `health_check_on_failure_action` out";
    /// An image name that cannot be updated from a registry.
    AutoUpdateShortName { name: String } "E0955" "short name: auto updates require fully-qualified image reference: {}" [Quoted(.name)] help "set `raw_image_name` to the whole name, such as `quay.io/podman/stable:latest`";
    /// An image that does not come from a registry.
    AutoUpdateTransport { transport: String } "E0956" "auto updates require the docker image transport but image is of transport {}" [Quoted(.transport)] help "use an image of a registry, or take the label `io.containers.autoupdate` off";
    /// A systemd slice where cgroupfs is used.
    SliceOnCgroupfs "E0957" "systemd slice received as cgroup parent when using cgroupfs: invalid argument" help "set `cgroup_parent` to a path that does not end in `.slice`";
    /// No systemd slice where systemd is used.
    NoSlice "E0958" "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument" help "set `cgroup_parent` to the name of a slice, such as `machine.slice`";
    /// A cgroup manager that there is not, for a parent.
    CgroupManagerOfParent { manager: String } "E0959" "unsupported Cgroup manager: {manager} - cannot validate cgroup parent: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
    /// A runtime that needs cgroups.
    RuntimeNeedsCgroups { runtime: String } "E0960" "requested OCI runtime {runtime} is not compatible with NoCgroups: invalid argument" help "use crun, or name the runtime in `engine.runtime_supports_nocgroups` of containers.conf";
}
