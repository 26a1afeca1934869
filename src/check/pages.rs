//! Lists what can be found: a code, how bad it is, its page, what to do.

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Severity {
    /// It is run, but not as it is written: something is ignored, or has an effect that few expect.
    Warning,
    /// OCI forbids it, or a runtime refuses it.
    Error,
}

impl Severity {
    /// Its word: `warning` or `error`.
    pub const fn word(self) -> &'static str {
        match self {
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

macro_rules! findings {
    ($( $Name:ident $severity:ident $code:literal $about:literal, $help:literal; )*) => {
        /// What is found in a spec: `C0…` in the spec by itself, `C1…` with a runtime, `SEC-…` by what it lets a container do.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[non_exhaustive]
        pub enum FindingKind { $( #[doc = $about] $Name, )* }

        impl FindingKind {
            /// Every kind, in the order of the codes.
            pub const ALL: &'static [FindingKind] = &[$(FindingKind::$Name),*];

            /// Every code, with what it stands for and what to do.
            pub const PAGES: &'static [(&'static str, &'static str, &'static str)] = &[$(($code, $about, $help)),*];

            /// Its code, such as `C006`.
            pub const fn code(self) -> &'static str {
                match self { $(FindingKind::$Name => $code),* }
            }

            /// How bad it is.
            pub const fn severity(self) -> Severity {
                match self { $(FindingKind::$Name => Severity::$severity),* }
            }

            /// What it stands for.
            pub const fn about(self) -> &'static str {
                match self { $(FindingKind::$Name => $about),* }
            }

            /// What to do.
            pub const fn help(self) -> &'static str {
                match self { $(FindingKind::$Name => $help),* }
            }
        }
    };
}

findings! {
    Kind Error "C001" "A value of the spec is of another kind than OCI says, so that a runtime cannot read it.",
        "write the kind of value that is named";
    Missing Error "C002" "Something is missing or empty that OCI requires.",
        "add it";
    Version Error "C003" "`ociVersion` is no version: OCI demands a semantic version of three numbers, such as `1.0.2`.",
        "write the version of the OCI spec that this follows, such as `1.0.2`";
    RelativePath Error "C004" "A path is relative where OCI demands an absolute one.",
        "begin the path with `/`";
    RelativeMount Warning "C005" "A mount's destination is relative. OCI demanded an absolute one up to 1.0; runtimes take it as seen from `/`, and runc warns of it.",
        "begin the destination with `/`";
    NamespaceTwice Error "C006" "A namespace type stands twice in the list, for which OCI demands an error.",
        "take one of the two out";
    NamespaceUnknown Error "C007" "A namespace is of a type that OCI does not know.",
        "write cgroup, ipc, mount, network, pid, time, user or uts";
    CapabilityUnknown Warning "C008" "A capability has a name that Linux does not know; runtimes leave it out, at most with a warning in their log.",
        "mend the name; it is written in full, such as `CAP_NET_RAW`";
    CapabilityNotPermitted Error "C009" "A capability is effective without being permitted: the kernel refuses such a set.",
        "add it to `permitted`, or take it out of `effective`";
    AmbientLost Warning "C010" "A capability is ambient without being both permitted and inheritable: the kernel does not raise it, and runc says nothing of it.",
        "add it to `permitted` and `inheritable`, or take it out of `ambient`";
    LimitAboveHard Error "C011" "A resource limit has a soft value above its hard one, which the kernel refuses.",
        "raise `hard` or lower `soft`";
    LimitTwice Error "C012" "A resource limit stands twice in the list, for which OCI demands an error; runc takes the later one.",
        "take one of the two out";
    LimitUnknown Error "C013" "A resource limit has a name that Linux does not know, for which OCI demands an error.",
        "mend the name; it is written in full, such as `RLIMIT_NOFILE`";
    HostnameOfHost Error "C014" "A host or domain name is set without a UTS namespace: it would be the host's.",
        "add `{\"type\": \"uts\"}` to `linux.namespaces`, or take the name out";
    SysctlOfHost Error "C015" "A sysctl belongs to no namespace of the container, so it would be set for the host; runtimes refuse it.",
        "take it out, or give the container the namespace that it belongs to";
    IdmapWithoutMappings Error "C016" "A mount is to be idmapped, but there are no mappings: neither its own nor a user namespace's.",
        "give the mount `uidMappings` and `gidMappings`, or the container a user namespace";
    UserWithoutMappings Error "C017" "A user namespace is made without mappings: no user of it would be anybody.",
        "give `linux.uidMappings` and `linux.gidMappings`";
    MappingsWithoutUser Warning "C018" "There are id mappings but no user namespace. runc 1.1 ignores them, later ones refuse them.",
        "add `{\"type\": \"user\"}` to `linux.namespaces`, or take the mappings out";
    MappingsWrong Error "C019" "Id mappings are empty, overlap or run over the last id; the kernel refuses them.",
        "give each id at most one other, on both sides";
    IdNotMapped Error "C020" "A user or group of the process has no id in the container's user namespace.",
        "extend the mappings, or choose an id that is mapped";
    MountTwice Warning "C021" "Two mounts have one destination: the later hides the earlier.",
        "take one of the two out";
    SeccompNative Warning "C022" "A seccomp filter names no architectures: it holds for the native one only, and programs of another (such as 32-bit ones) are killed at their first call.",
        "list the architectures, such as `SCMP_ARCH_X86_64`, `SCMP_ARCH_X86` and `SCMP_ARCH_X32`";
    SeccompUnknown Error "C023" "A seccomp filter has an action, operator, architecture or flag that OCI does not know.",
        "mend the word";
    SeccompRule Error "C024" "A seccomp filter cannot be loaded as it is.",
        "mend what is named";
    MaskWithoutMount Error "C025" "Paths are to be masked or read-only without a mount namespace: they would be so on the host.",
        "add `{\"type\": \"mount\"}` to `linux.namespaces`";
    Variable Error "C026" "An entry of `process.env` has no `=`; runc refuses it.",
        "write `NAME=value`";
    OutOfRange Error "C027" "A number is outside of what the kernel takes.",
        "choose a number within the range";
    WordUnknown Error "C028" "A word is none of those that OCI lists for its place.",
        "mend the word";
    HookTimeout Error "C029" "A hook has a timeout that is not above zero, which OCI forbids: it would be ended before it began.",
        "give it some seconds, or take the timeout out";
    SwapBelowMemory Error "C030" "The limit of memory and swap together is below that of memory alone, which runtimes refuse.",
        "raise `swap` to `limit` or more, or take it out";
    VersionRefused Error "C101" "The spec is of a version that the runtime does not know, older or of another major number; OCI demands an error.",
        "choose another runtime, or write the spec for a version that it knows";
    VersionNewer Warning "C102" "The spec is of a newer version than the runtime knows: what that version brought is ignored, and some runtimes refuse it.",
        "update the runtime, or leave out what is new";
    OptionIgnored Warning "C103" "A bind mount has an option that the runtime does not know: it is taken for the filesystem's, and a bind mount has none, so it is ignored silently.",
        "take the option out, or choose a runtime that has it";
    OptionHandedOn Warning "C104" "A mount has an option of OCI that the runtime does not know: it is handed to the filesystem, which most likely refuses it.",
        "take the option out, or choose a runtime that has it";
    IdmapIgnored Warning "C105" "A mount is to be idmapped, and the runtime does not know how: it mounts without mapping and says nothing, so that files have other owners than was meant.",
        "choose a runtime that has idmapped mounts (runc 1.2, crun), or map the files another way";
    NamespaceRefused Error "C106" "The runtime does not know a namespace's type.",
        "take the namespace out, or choose a runtime that has it";
    CapabilityIgnored Warning "C107" "The runtime does not know a capability, and leaves it out.",
        "update the runtime, or take the capability out";
    SeccompOff Error "C108" "The spec has a seccomp filter, and the runtime is built without seccomp.",
        "choose a runtime with seccomp";
    SeccompRefused Error "C109" "The runtime does not know an action, operator, architecture or flag of the seccomp filter.",
        "update the runtime, or take the word out of the filter";
    HookIgnored Warning "C110" "The runtime does not know a kind of hook: these hooks are not run.",
        "choose another kind of hook, or a runtime that has this one";
    AppArmorOff Error "C111" "The spec names an AppArmor profile, and the runtime is built without AppArmor.",
        "take the profile out, or choose a runtime with AppArmor";
    SelinuxOff Error "C112" "The spec has an SELinux label, and the runtime is built without SELinux.",
        "take the label out, or choose a runtime with SELinux";
    CgroupRefused Error "C113" "The runtime does not have the cgroups that the spec or the host needs.",
        "choose a runtime with these cgroups, or another cgroup manager";
    RdtOff Error "C114" "The spec asks for Intel RDT, and the runtime does not have it.",
        "take `linux.intelRdt` out, or choose a runtime that has it";
    AnnotationUnsafe Warning "C115" "The runtime says of itself that an annotation can change how it treats the host.",
        "take the annotation out, unless it is meant and its author is trusted";
    AnnotationSteers Warning "SEC-ANN-01" "An annotation steers the runtime on the host: it sets properties of systemd units, or names programs and files (CVE-2024-3154, CVE-2026-53488).",
        "take the annotation out, unless its author may change the host";
    CapabilityInherited Warning "SEC-CAP-01" "A capability is inheritable without being ambient: a program with file capabilities gets it, which nobody asked for (CVE-2022-24769, CVE-2022-27649, CVE-2022-27650, CVE-2022-27651, CVE-2022-29162, CVE-2025-27612).",
        "take it out of `inheritable`";
    CapabilityOfUser Warning "SEC-CAP-02" "A user who is not root has a capability that is not ambient: it is more than what was asked for, until the first exec takes it away (CVE-2018-10856, CVE-2021-20188).",
        "take it out of `effective` and `permitted`, or add it to `inheritable` and `ambient` if the user needs it";
    CgroupWritable Warning "SEC-CG-01" "The cgroup tree of the host can be written to: there is no cgroup namespace, and the mount is not read-only (CVE-2023-25809). systemd as PID 1 needs that on cgroup v1.",
        "add `{\"type\": \"cgroup\"}` to `linux.namespaces`, or `ro` to the mount's options";
    CwdOfProcess Warning "SEC-CWD-01" "The working directory leads through the files of a process, by which a container can come to be outside of its root (CVE-2024-21626).",
        "choose a directory of the container";
    DeviceTree Warning "SEC-DEV-01" "There is no fresh tmpfs at `/dev`: runtimes make nodes and links there, and follow what the image has in their place (CVE-2026-41579, CVE-2026-88264, CVE-2026-88265, GHSA-7vwr-4279-7gq5).",
        "mount a tmpfs at `/dev`";
    GroupMissing Warning "SEC-GID-01" "The process has a group that is not among its additional ones: a program that changes its group gets rid of it, and with it of what is denied to that group (CVE-2022-2989, CVE-2022-2990, CVE-2023-25173).",
        "add `process.user.gid` to `process.user.additionalGids`";
    HomeOfTwoLines Error "SEC-HOME-01" "`HOME` has a character that ends a field or a line of passwd: who makes an entry of it adds an account (CVE-2022-4318, CVE-2026-15809).",
        "choose a home without `:` and control characters";
    PathsOpen Warning "SEC-MASK-01" "Paths are open that tell about the host, or about the work of others, or let its memory be read; engines mask them unless the container is privileged (GHSA-jq35-85cj-fj4p).",
        "add them to `linux.maskedPaths`";
    PathsWritable Warning "SEC-MASK-02" "Paths can be written to that change the host; engines make them read-only unless the container is privileged.",
        "add them to `linux.readonlyPaths`";
    HidesKernel Warning "SEC-MNT-01" "A mount covers `/proc`, a part of it, or `/sys` with something else: what programs trust there is made up. runc refuses most of them if they are bind mounts (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561, CVE-2023-28642).",
        "mount it elsewhere";
    Unclean Warning "SEC-MNT-02" "A mount's destination is not clean: what one program reads as a place outside of `/proc`, another reads as a place in it (CVE-2022-23648, CVE-2023-27561).",
        "write it without `.`, `..` and empty parts";
    KernelTree Warning "SEC-SYS-01" "The host's `/sys` is bound with all below it, and `/sys/kernel` is not masked: it holds debugfs and security file systems.",
        "add `/sys/kernel` to `linux.maskedPaths`";
    SysctlOfTwo Error "SEC-SYSCTL-01" "A sysctl's name or value can be read as more than one by helpers that take several at once (CVE-2022-0811).",
        "write one sysctl an entry, without `+` and control characters";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_has_a_page_and_the_codes_rise() {
        for (kind, page) in FindingKind::ALL.iter().zip(FindingKind::PAGES) {
            assert_eq!((kind.code(), kind.about(), kind.help()), *page);
            assert!(kind.about().ends_with('.') && !kind.help().ends_with('.'), "{page:?}");
        }
        let codes = FindingKind::PAGES.iter().map(|(code, _, _)| *code);
        assert!(codes.is_sorted_by(|a, b| a < b));
    }
}
