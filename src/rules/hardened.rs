//! Lists the rules by which the hardened profile departs from Podman 4.3.1: one line each, with its page in the ledger.

macro_rules! hardened_rules {
    ($next:ident $($then:ident)*; $($before:tt)*) => {
        $next! {
            $($then)*;
            $($before)*
            HdEnv01 "HD-ENV-01" "An entry of the image's environment without `=` is dropped, with a warning: an image does not read the engine's environment." "ocify, for CVE-2026-57231";
            HdAnn01 "HD-ANN-01" "An annotation of the image that steers a runtime or an engine is dropped, with a warning." "ocify, for CVE-2024-3154 and CVE-2026-53488";
            HdAnn02 "HD-ANN-02" "An annotation of the request that steers the host's side of a runtime is refused; of crun's own, `run.oci.keep_original_groups` may be given." "ocify, for CVE-2024-3154";
            HdSysctl01 "HD-SYSCTL-01" "A sysctl of the request must belong to a namespace: `net.`, `fs.mqueue.`, the IPC ones of `kernel.`, `kernel.domainname` and `kernel.hostname`, with no empty part in its name." "ocify, for CVE-2022-0811";
            HdSysctl02 "HD-SYSCTL-02" "A sysctl of the request needs the namespace that it belongs to as the container's own." "ocify, for CVE-2022-0811";
            HdSysctl03 "HD-SYSCTL-03" "The name and the value of a sysctl of the request hold no `+` and no control character." "ocify, for CVE-2022-0811";
            HdVol01 "HD-VOL-01" "A volume of the image lies at an absolute path without `..`." "ocify, for CVE-2022-23648";
            HdMnt01 "HD-MNT-01" "A mount's destination is written in its clean form: no `.` or `..`, no doubled slash and none at the end." "ocify, for CVE-2023-27561";
            HdMnt02 "HD-MNT-02" "Nothing is mounted over `/`, `/proc`, `/sys` or into `/proc`, but a `proc` or `sysfs` in its own place and the files that lxcfs serves." "ocify, for CVE-2023-27561, CVE-2019-19921, CVE-2023-28642 and CVE-2019-16884";
            HdMnt03 "HD-MNT-03" "The container has a tmpfs of its own at `/dev`: nothing else is mounted there." "ocify, for CVE-2026-41579, CVE-2026-88264 and CVE-2026-88265";
            HdWd01 "HD-WD-01" "The working directory does not lead through the files of a process, as `/proc/self/fd/7` does." "ocify, for CVE-2024-21626";
            HdWd02 "HD-WD-02" "The working directory is absolute." "ocify: no OCI runtime takes another";
            HdMask01 "HD-MASK-01" "`/proc/interrupts` and `/sys/devices/virtual/powercap` are masked as well, unless `unmask` opens them or the container is privileged." "ocify, for GHSA-jq35-85cj-fj4p; Podman masks both since 5.8, Docker since moby pull request 49560";
            HdMask02 "HD-MASK-02" "The thermal counters of each CPU that has some are masked as well, unless `unmask` opens them or the container is privileged." "ocify; Podman masks them since 5.8, Docker since moby pull request 49560";
            HdCg01 "HD-CG-01" "The cgroup tree of a rootless container in the host's cgroup namespace is read-only, unless the container is privileged or runs systemd." "ocify, for CVE-2023-25809";
            HdSys01 "HD-SYS-01" "Where an unprivileged container of root gets the host's `/sys`, `/sys/kernel` is masked as for one of a user." "ocify: debugfs, tracefs and security file systems come along with the host's tree";
            HdNet01 "HD-NET-01" "The network mode `pasta`, which came with Podman 4.4, is taken where pasta is installed." "ocify, after containers/common: libnetwork/pasta/pasta_linux.go";
            HdUser01 "HD-USER-01" "No id of the process lies above 2147483647, and none of passwd or group is cut to 32 bits." "ocify, for CVE-2024-40635";
            HdUser02 "HD-USER-02" "A user or group that is written in digits is a number, never a name." "ocify, for CVE-2026-46680";
            HdPw01 "HD-PW-01" "What goes into a line of passwd or group holds no `:` and no control character." "ocify, for CVE-2022-4318 and CVE-2026-15809";
        }
    };
}
pub(super) use hardened_rules;
