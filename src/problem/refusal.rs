//! Refusals: one line each, with its code, Podman's words where Podman refuses, and what to do.

use crate::facts::Errno;
use crate::questions::Question;
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
