//! Lists the deviations of the hardened profile, one for each rule `HD-*`, whose text says what happens here.

use super::{Entry, entries};

/// The deviations.
pub(super) const DEVIATIONS: &[Entry] = entries! {
    Hardened ["HD-ENV-01"]
        podman "An entry of the image's `Env` without `=` takes the variable of that name from the engine's own environment, and with a `*` at its end every variable that begins so."
        why "CVE-2026-57231: whoever builds an image reads the secrets of whoever runs it. The config's own `env_host` still passes variables on."
        tests ["hardened/image_variable_without_value" "hardened/image_variable_without_value_in_podman"];
    Hardened ["HD-ANN-01"]
        podman "Every annotation of the image becomes one of the spec, but for a few of Podman's own names."
        why "CVE-2024-3154 and CVE-2026-53488: runc and crun take properties of systemd units, handlers and hooks from annotations, so that an image would run commands on the host."
        tests ["hardened/image_annotation_dropped" "hardened/image_annotation_dropped_in_podman"];
    Hardened ["HD-ANN-02"]
        podman "Annotations of the request are free text."
        why "CVE-2024-3154: a request is often handed on from somebody who may not change the host. `run.oci.keep_original_groups`, which `--group-add keep-groups` sets, is let through."
        tests ["hardened/control_annotation_refused" "hardened/control_annotation_refused_in_podman"];
    Hardened ["HD-SYSCTL-01"]
        podman "The sysctls of a request are held against no list: `kernel.core_pattern` reaches the runtime."
        why "CVE-2022-0811: a sysctl that belongs to no namespace changes the host, and a name with an empty part can climb out of its namespace."
        tests ["hardened/sysctl_of_the_host_refused" "hardened/sysctl_of_the_host_refused_in_podman"] see ["Q-48"];
    Hardened ["HD-SYSCTL-02"]
        podman "Only `net.`, `fs.mqueue.`, `kernel.domainname` and `kernel.hostname` are refused, and only where the namespace is the host's."
        why "CVE-2022-0811: the IPC sysctls of `kernel.` change the host in its IPC namespace, and any sysctl changes those with whom the namespace is shared."
        tests ["hardened/sysctl_of_a_shared_namespace_refused" "hardened/sysctl_of_a_shared_namespace_refused_in_podman"] see ["Q-48"];
    Hardened ["HD-SYSCTL-03"]
        podman "Names and values of sysctls are free text."
        why "CVE-2022-0811: helpers that take several sysctls at once split them at `+` or at line ends."
        tests ["hardened/sysctl_of_two_refused" "hardened/sysctl_of_two_refused_in_podman"] see ["Q-48"];
    Hardened ["HD-VOL-01"]
        podman "The path of an image's volume is cleaned and then used, wherever it leads."
        why "CVE-2022-23648: a path with `..` led copy-up out of the root filesystem. Cleaned it is harmless, but no honest image has one."
        tests ["hardened/image_volume_outside_refused" "hardened/image_volume_outside_refused_in_podman"];
    Hardened ["HD-MNT-01"]
        podman "A destination is compared in its clean form and stored as it is spelled."
        why "CVE-2023-27561 and its kin: what one program reads as a place outside of /proc, another reads as a place in it. The message gives the clean form."
        tests ["hardened/unclean_destination_refused" "hardened/unclean_destination_refused_in_podman"] see ["Q-49"];
    Hardened ["HD-MNT-02"]
        podman "A mount of the user's may replace /proc and /sys, or lie in /proc."
        why "CVE-2023-27561, CVE-2019-19921, CVE-2023-28642 and CVE-2019-16884: a volume over /proc makes a runtime set labels and masks in the volume and not in the kernel. Mounts of containers.conf are the administrator's, and are left alone."
        tests ["hardened/mount_over_proc_refused" "hardened/mount_over_proc_refused_in_podman"];
    Hardened ["HD-MNT-03"]
        podman "A mount of the user's at /dev replaces the tmpfs, and all that stands below it."
        why "CVE-2026-41579, GHSA-7vwr-4279-7gq5, CVE-2026-88264 and CVE-2026-88265: runtimes make nodes and links at /dev, and follow what they find there."
        tests ["hardened/dev_of_the_host_refused" "hardened/dev_of_the_host_refused_in_podman"];
    Hardened ["HD-WD-01"]
        podman "The working directory is stored as it is given."
        why "CVE-2024-21626: behind `/proc/self/fd/7` lies a directory of the host that the runtime had open."
        tests ["hardened/workdir_through_a_process_refused" "hardened/workdir_through_a_process_refused_in_podman"];
    Hardened ["HD-WD-02"]
        podman "A relative working directory is stored as it is given, and looked for below itself."
        why "The runtime specification asks for an absolute path: runc refuses another, after everything has been prepared."
        tests ["hardened/relative_workdir_refused" "hardened/relative_workdir_refused_in_podman"] see ["Q-49"];
    Hardened ["HD-MASK-01"]
        podman "Neither /proc/interrupts nor /sys/devices/virtual/powercap is masked; since 5.8 both are."
        why "Both tell a container when others type or compute: GHSA-jq35-85cj-fj4p for powercap, moby pull request 49560 for interrupts."
        tests ["hardened/counters_masked" "hardened/counters_masked_in_podman"];
    Hardened ["HD-MASK-02"]
        podman "`thermal_throttle` of the CPUs is not masked; since 5.8 it is."
        why "It tells a container about the work of others (moby pull request 49560). Which CPUs have such a directory is the fact `host.thermal_throttle`: one path for each, 96 on a host with 96 of them, where some runtimes mount a tmpfs for each. `unmask` with `/sys/devices/system/cpu/cpu*/*` leaves them out."
        tests ["hardened/counters_masked" "hardened/counters_masked_in_podman" "request/hardened"];
    Hardened ["HD-CG-01"]
        podman "In the host's cgroup namespace `unmask`, or the host's /sys bound without its submounts made read-only, leaves /sys/fs/cgroup writable."
        why "CVE-2023-25809: a rootless container then changes the cgroups of the user's other processes. systemd as PID 1 has to write there, and privileged asks for it."
        tests ["hardened/cgroup_tree_read_only" "hardened/cgroup_tree_read_only_in_podman"];
    Hardened ["HD-SYS-01"]
        podman "`/sys/kernel` is masked for a user's container alone (SG-MNT-04). One of root with a user namespace of its own and the host's network has the host's /sys with debugfs and security file systems."
        why "What is hidden from a user's container is no more the business of one whose ids root has mapped away. Found by holding every output against SEC-SYS-01."
        tests ["hardened/sys_of_the_host_masked" "hardened/sys_of_the_host_masked_in_podman"] see ["SEC-SYS-01"];
    Hardened ["HD-NET-01"]
        podman "`pasta` is no network mode: it came with 4.4."
        why "slirp4netns is no longer installed everywhere, and a user's container would have no network of its own without it. The container gets the host's addresses, and `169.254.1.1` as its name server."
        tests ["hardened/pasta" "hardened/pasta_in_podman" "hardened/pasta_missing"];
    Hardened ["HD-USER-01"]
        podman "An id of passwd or group is cut to its lower 32 bits: 4294967296 is root."
        why "CVE-2024-40635: a user whom the image calls harmless runs as root."
        tests ["hardened/id_too_high_refused" "hardened/id_too_high_refused_in_podman"];
    Hardened ["HD-USER-02"]
        podman "A number too long to be one is looked up as a name."
        why "CVE-2026-46680: the image's passwd then says who that is, and may say root."
        tests ["hardened/number_as_name_refused" "hardened/number_as_name_refused_in_podman"];
    Hardened ["HD-PW-01"]
        podman "The working directory and the homes of host users go into the lines of passwd as they are."
        why "CVE-2022-4318 and CVE-2026-15809: a line feed in one of them brings an account without a password."
        tests ["hardened/passwd_line_injected_refused" "hardened/passwd_line_injected_refused_in_podman"];
};
