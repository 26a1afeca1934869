//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::facts::Errno;
use crate::files::hosts::HostEntryError;
use crate::idmap::NotMapped;
use crate::network::slirp4netns::{AddressError, SlirpError};
use crate::questions::Question;
use crate::user::entries::EntryError;
use crate::user::lookup::LookupError;
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

    // ── E04: mounts and volumes ─────────────────────────────────────────────────────────────────────────────────────────────────────────

    // ── E05: capabilities, seccomp, labels, masks ───────────────────────────────────────────────────────────────────────────────────────

    // ── E06: devices, resources, limits, sysctls ────────────────────────────────────────────────────────────────────────────────────────

    // ── E07: network ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    /// slirp4netns cannot be started as asked.
    Slirp { error: SlirpError } "E0750" "{error}" help "correct `network_options.slirp4netns` or, in containers.conf, `engine.network_cmd_options`";
    /// slirp4netns is not installed.
    NoSlirp4netns "E0751" "could not find slirp4netns, the network namespace can't be configured: exec: \"slirp4netns\": executable file not found in $PATH" help "install slirp4netns, or set `engine.network_cmd_path` in containers.conf";
    /// The subnet of slirp4netns has no room for the container.
    NoGuestAddress { error: AddressError } "E0752" "failed to get container ip host entries: {error}" help "give slirp4netns a larger `cidr`: the container's address is the hundredth";
    /// A fixed address is not one of its network's.
    ForeignAddress { ip: String, network: String } "E0753" "requested static ip {ip} not in any subnet on network {network}" help "choose an address of one of the network's subnets";
    /// The container whose network is joined, or one that it joins itself, is gone.
    NetworkOwnerGone { name: String } "E0754" "fetching dependency {name}: no such container" help "the network that is joined belongs to a container that does not exist any more";
    /// Containers join each other's network in a circle.
    NetworkLoop "E0755" "loop encountered while determining net namespace container" help "one of the containers must have a network of its own";

    // ── E08: users, files, working directory ────────────────────────────────────────────────────────────────────────────────────────────
    /// The container's user is not to be found.
    UserLookup { error: LookupError } "E0801" "{error}" help "name a user and a group that the image's /etc/passwd and /etc/group have, or give numbers";
    /// A group that is added is not to be found.
    GroupLookup { error: LookupError } "E0802" "looking up supplemental groups: {error}" help "name groups that the image's /etc/group has, each once, or give numbers";
    /// A user of the host that there is not.
    NoHostUser { user: String } "E0803" "user: unknown user {user}" help "`hostusers` are accounts of the host, by name or number";
    /// The user who runs the engine has no account.
    NoCurrentUser { uid: u32 } "E0804" "creating temporary passwd file: failed to get current user: user: unknown userid {uid}" help "the user who runs the engine needs an account on the host, for an entry in the container's passwd was asked for";
    /// The group of the user who runs the engine is not known.
    NoCurrentGroup { gid: u32 } "E0805" "creating temporary passwd file: failed to get current group: group: unknown groupid {gid}" help "the group of the user who runs the engine needs a name on the host";
    /// A line for passwd or group cannot be made.
    UserEntry { error: EntryError } "E0806" "creating temporary passwd file: {error}" help "name a group that the image's /etc/group has, or give its number; the homes of host users must be absolute";
    /// A file of the image cannot be read.
    ImageFile { file: String, errno: Errno } "E0807" "creating temporary passwd file: open {file}: {errno}" help "only a file that is missing counts as empty";
    /// The user has no id on the host.
    NotMapped { error: NotMapped } "E0808" "{error}" help "map the user's and the group's id in `idmappings`, or run as a user who is mapped";
    /// A umask that is not octal.
    BadUmask { umask: String } "E0809" "invalid Umask Value: strconv.ParseUint: parsing \"{umask}\": invalid syntax" help "write the umask in octal, as in `0022`";
    /// How many groups are mapped cannot be read.
    GroupRangeUnknown { errno: Errno } "E0810" "reading the process's id maps: open /proc/self/gid_map: {errno}" help "a rootless container's groups are held against the ids that its user has";
    /// The host's devices cannot be listed.
    DeviceScan { errno: Errno } "E0811" "getting devices for privileged container: {errno}" help "a privileged container gets all devices below /dev";
    /// A profile is asked for without root.
    ApparmorRootless { profile: String } "E0812" "cannot load AppArmor profile \"{profile}\": AppArmor is not supported in rootless mode" help "leave the profile away, or set it to `unconfined`";
    /// A profile is asked for where there are none.
    ApparmorOff { profile: String } "E0813" "profile \"{profile}\" specified but AppArmor is disabled on the host" help "leave the profile away, or enable AppArmor";
    /// A profile that is not loaded.
    ApparmorNotLoaded { profile: String } "E0814" "AppArmor profile \"{profile}\" specified but not loaded" help "load the profile with `apparmor_parser` first";
    /// A file of the host that resolv.conf is made from cannot be read.
    HostFile { file: String, errno: Errno } "E0815" "open {file}: {errno}" help "make the file readable; one that is missing counts as empty";
    /// The base of the hosts file cannot be read.
    HostsBase { file: String, errno: Errno } "E0816" "failed to create new hosts file: open {file}: {errno}" help "`containers.base_hosts_file` of containers.conf must be a file that can be read, `image` or `none`";
    /// An added host is not `name:ip`.
    HostEntry { error: HostEntryError } "E0817" "{error}" help "write `hostadd` entries as `name:ip`";
    /// Another container's hosts file cannot be read.
    SharedHosts { file: String, errno: Errno } "E0818" "open {file}: {errno}" help "the hosts file of the container whose network is joined must be there";
    /// A time zone that can be none.
    TimezoneName { zone: String } "E0819" "finding timezone for container: time: invalid location name" help "`{zone}` is no name of a time zone: write one like `Europe/Paris`";
    /// A time zone that there is not.
    TimezoneUnknown { zone: String } "E0820" "finding timezone for container: unknown time zone {zone}" help "choose a file below /usr/share/zoneinfo, `UTC` or `local`";
    /// The file of a time zone is missing.
    TimezoneFile { file: String, errno: Errno } "E0821" "setting timezone for container: lstat {file}: {errno}" help "install the zone database on the host";
    /// The file of a time zone is a directory.
    TimezoneDirectory "E0822" "setting timezone for container: invalid timezone: is a directory" help "name the time zone whole, as in `Europe/Paris`";
    /// A hook file that is no good, or a hook that cannot be matched.
    Hook { error: String } "E0823" "setting up OCI Hooks: {error}" help "correct or remove the hook file in the directories of `engine.hooks_dir`";
    /// CDI devices that cannot be had.
    Cdi { error: String } "E0824" "setting up CDI devices: {error}" help "check the CDI spec files in /etc/cdi and /var/run/cdi";
    /// A secret that there is not.
    NoSecret { name: String } "E0825" "no secret with name or id \"{name}\": no such secret" help "create the secret first";

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
