//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::facts::Errno;
use crate::idmap::NotMapped;
use crate::mount::options::OptionError;
use crate::mount::overlay::DirectoryError;
use crate::mount::volume_string::{DestinationError, VolumeError};
use crate::questions::Question;
use crate::user::chroot::ChrootUserError;
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

    /// `unmask` is there and empty.
    UnmaskEmpty "E0401" "runtime error: index out of range [0] with length 0" help "an empty `unmask` makes Podman 4.3 panic on cgroup v2: leave it out";
    /// The filesystem of a mount's source cannot be told.
    MountSource { path: String, errno: Errno } "E0402" "statfs {path}: {errno}" help "a bind mount needs a source that exists on the host: make it, or correct `source`";
    /// A mount's options cannot be meant.
    MountOptions { destination: String, error: OptionError } "E0403" "{error}" help "correct the `options` of the mount: one of each kind, and only those that its type can have";
    /// A named volume's options cannot be meant.
    VolumeOptions { name: String, destination: String, error: OptionError } "E0404" "running container create option: processing options for named volume {name:?} mounted at {destination:?}: {error}" help "correct the `Options` of the volume: one of each kind";
    /// A mount or volume has no destination, or one that is not absolute.
    Destination { error: DestinationError } "E0405" "{error}" help "give an absolute path of the container";
    /// Two mounts at one destination.
    DuplicateMount { destination: String } "E0406" "{destination:?}: duplicate mount destination" help "take one of the two mounts out; in a pod the other may be the pod's";
    /// Two volumes of one kind at one destination.
    DuplicateVolume { destination: String } "E0407" "conflict in specified volumes - multiple volumes at {destination:?}: duplicate mount destination" help "take one of the two volumes out; in a pod the other may be the pod's";
    /// A mount and a named volume at one destination.
    MountAndVolume { destination: String } "E0408" "a mount and a named volume at {destination}: duplicate mount destination" help "take one of the two out: the request, containers.conf, the image and `volumes_from` all add some";
    /// A mount where the init binary goes.
    InitPlaceTaken "E0409" "a mount at /run/podman-init, where the init binary goes: duplicate mount destination" help "take the mount out, or leave `init` away";
    /// A volume of containers.conf cannot be read.
    ConfVolume { error: VolumeError<Errno> } "E0410" "{error}" help "correct `containers.volumes` in containers.conf";
    /// An option of `volumes_from` that there is not.
    VolumesFromOption { option: String } "E0411" "option {option:?} in volumes_from: another container's volumes can only be given z, ro and rw" help "leave the option out";
    /// An option of `volumes_from` given twice, or `ro` with `rw`.
    VolumesFromTwice { option: String } "E0412" "option {option:?} in volumes_from: z can be given once, and one of ro and rw once" help "leave one of the two out";
    /// A container whose volumes are to be taken does not exist.
    VolumesFromUnknown { name: String } "E0413" "looking up container {name:?} for volumes-from: no container with name or ID {name:?} found: no such container" help "correct `volumes_from`, or create that container first";
    /// There is no path of an init binary.
    InitNoPath "E0414" "init is asked for, and there is no path of a container-init binary" help "set `init_path`, or `engine.init_path` in containers.conf";
    /// An init needs to be PID 1.
    InitPidns "E0415" "cannot add init binary as PID 1 (PID namespace isn't private)" help "with `init` leave `pidns` private";
    /// An init and systemd cannot both be PID 1.
    InitSystemd "E0416" "cannot use container-init binary with systemd=always" help "leave one of `init` and `systemd: always` away";
    /// The init binary does not exist.
    InitMissing { path: String } "E0417" "container-init binary not found on the host: stat {path}: no such file or directory" help "install it (`catatonit`), or set `init_path`";
    /// A name that no volume can have.
    VolumeName { name: String } "E0418" "creating named volume {name:?}: running volume create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument" help "correct the `Name` of the volume; a directory of the host is a mount of type `bind`";
    /// A driver option that is no `key=value`.
    VolumeDriverOption { option: String } "E0419" "driver option {option:?} is not of the form volume-opt=key=value" help "correct the `Options` of the volume";
    /// A driver option that local volumes do not have.
    VolumeDriverKey { name: String, key: String } "E0420" "creating named volume {name:?}: local volumes have no option {key}: invalid argument" help "local volumes have the options o, type, device, uid, gid, size, inodes, noquota, copy and nocopy";
    /// A directory that a volume is to be a bind of does not exist.
    VolumeDevice { name: String, path: String, errno: Errno } "E0421" "creating named volume {name:?}: option device: stat {path}: {errno}" help "make the directory first";
    /// An overlay's directories of its own are not both there.
    OverlayDirectories { destination: String, error: DirectoryError } "E0422" "{error}" help "give both `upperdir=` and `workdir=`, or neither";
    /// The lower directory of an overlay cannot be looked at.
    OverlaySource { path: String, errno: Errno } "E0423" "mounting overlay failed {path:?}: stat {path}: {errno}" help "the `source` of an overlay volume must exist on the host";
    /// An image that is to be a volume does not exist.
    ImageVolume { image: String, destination: String } "E0424" "image volume {image:?} at {destination:?}: there is no such image" help "pull the image first";
    /// Links in the destination of a tmpfs lead in a circle.
    TmpfsLoop { destination: String } "E0425" "destination {destination} of a tmpfs mount: too many levels of symbolic links" help "mount it at a path that the image's links do not lead in a circle";
    /// The user who is to own an overlay above a root directory is not known in it.
    RootfsUser { error: LookupError } "E0426" "{error}" help "give `user` as a name that the root directory's /etc/passwd has, or as a number";
    /// That user is not mapped.
    RootfsUserUnmapped { error: NotMapped } "E0427" "unable to get host UID and host GID: {error}" help "map the ids of `user`";
    /// The user who is to own a new volume is not mapped.
    VolumeUserUnmapped { error: NotMapped } "E0428" "mapping the user who owns a new volume: {error}" help "map the ids of `user`";

    // ── E05: capabilities, seccomp, labels, masks ───────────────────────────────────────────────────────────────────────────────────────

    // ── E06: devices, resources, limits, sysctls ────────────────────────────────────────────────────────────────────────────────────────

    // ── E07: network ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

    // ── E08: users, files, working directory ────────────────────────────────────────────────────────────────────────────────────────────

    // From E0850: the working directory.
    /// The working directory is no directory.
    WorkDirNoDirectory { path: String, id: String } "E0850" "workdir {path:?} exists on container {id}, but is not a directory" help "set `work_dir` to a directory";
    /// The working directory does not exist.
    WorkDirMissing { path: String, id: String } "E0851" "workdir {path:?} does not exist on container {id}" help "set `work_dir` to a directory of the image, or `create_working_dir` to true";
    /// The working directory cannot be looked at.
    WorkDirUnknown { path: String, id: String, errno: Errno } "E0852" "detecting workdir {path:?} on container {id}: {errno}" help "set `work_dir` to a directory that can be reached";
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
    OwnCgroup { text: String } "E0903" "could not get own cgroup: `{text}`" help "with `cgroups_mode: split` the engine must run in a cgroup below the root";
    /// A cgroup manager that pods cannot have.
    PodCgroupManager { manager: String } "E0904" "invalid cgroup mode {manager} requested for pods: invalid argument" help "set `engine.cgroup_manager` to `systemd` or `cgroupfs`";
}
