//! Lists known weaknesses of container engines and runtimes, by CVE where there is one, and what holds them off here.

use super::{Entry, entries};

/// The weaknesses.
pub(super) const WEAKNESSES: &[Entry] = entries! {
    Held ["CVE-2018-10856"]
        podman "A user who is not root has no effective capabilities but those of `cap_add`."
        why "Earlier versions did not drop them." tests ["sets_follow_from_user_and_request" "security/user_loses_capabilities"] see ["SG-CAPS-06"];
    Held ["CVE-2021-20188"]
        podman "Privileged widens the bounding set alone for a user who is not root."
        why "Earlier versions kept the effective set." tests ["sets_follow_from_user_and_request"] see ["SG-CAPS-06"];
    Held ["CVE-2022-27649" "CVE-2022-27650" "CVE-2022-27651" "CVE-2022-24769" "CVE-2022-29162"]
        podman "The inheritable set is empty, but for a user who is not root and is given capabilities by name."
        why "Inheritable capabilities come back with any file that has some of its own." tests ["sets_follow_from_user_and_request" "security/default_capabilities"] see ["SG-CAPS-06"];
    Outside ["CVE-2025-27612"]
        podman "Processes that are added to a container later get capabilities of their own."
        here "No spec for an added process is made."
        why "There is no `exec`." tests [];
    Held ["CVE-2022-2989" "CVE-2022-2990" "CVE-2023-25173"]
        podman "The primary group is a supplementary one as well, where a user is given; without one the process is root, with no groups of its own."
        why "A process that can shed a group gets past permissions that deny it." tests ["users/home_and_groups" "users/name_and_group"] see ["LP-USER-21"];
    Hardened ["CVE-2024-40635"]
        podman "Ids of passwd and group are cut to 32 bits."
        here "In hardened they are refused."
        why "The user becomes root." tests ["hardened/id_too_high_refused" "hardened/id_too_high_refused_in_podman"] see ["HD-USER-01"];
    Hardened ["CVE-2026-46680"]
        podman "A number too long to be one is a name."
        here "In hardened it is refused."
        why "The image says who that is." tests ["hardened/number_as_name_refused" "hardened/number_as_name_refused_in_podman"] see ["HD-USER-02"];
    Held ["CVE-2020-14370"]
        podman "No variable of one container reaches another."
        here "A compilation has its config and its facts, and no state."
        why "Earlier versions shared the map of variables." tests ["the_same_inputs_give_the_same_bytes_on_every_thread"];
    Hardened ["CVE-2026-57231"]
        podman "An image reads variables of the engine."
        here "In hardened it does not."
        why "They may be secrets." tests ["hardened/image_variable_without_value" "hardened/image_variable_without_value_in_podman"] see ["HD-ENV-01"];
    Hardened ["CVE-2022-4318" "CVE-2026-15809"]
        podman "Text goes into passwd unchecked."
        here "In hardened each field is checked."
        why "A line feed makes an account." tests ["hardened/passwd_line_injected_refused" "hardened/passwd_line_injected_refused_in_podman"] see ["HD-PW-01"];
    Hardened ["CVE-2024-3154"]
        podman "Annotations set properties of the host's systemd."
        here "In hardened those of an image are dropped, and those of a request refused."
        why "`ExecStartPre` runs on the host." tests ["hardened/image_annotation_dropped" "hardened/control_annotation_refused"] see ["HD-ANN-01" "HD-ANN-02"];
    Hardened ["CVE-2026-53488"]
        podman "Labels and annotations of an image are stored with the container, where other programs read them."
        here "In hardened an image's annotations by which runtimes and engines are steered are dropped. Its other annotations stay, and can match an OCI hook that asks for them by name; its labels reach the stored container only, two of which are read: the capabilities, which can only become fewer, and the seccomp profile, where the request asks for the image's."
        why "What comes from an image must not steer the host." tests ["hardened/image_annotation_dropped" "hardened/image_annotation_dropped_in_podman"] see ["HD-ANN-01"];
    Hardened ["CVE-2022-0811"]
        podman "Any sysctl of a request reaches the runtime."
        here "In hardened only those of the container's own namespaces do."
        why "`kernel.core_pattern` runs a program on the host." tests ["hardened/sysctl_of_the_host_refused" "hardened/sysctl_of_two_refused" "hardened/sysctl_of_a_shared_namespace_refused"] see ["HD-SYSCTL-01" "HD-SYSCTL-02" "HD-SYSCTL-03"];
    Hardened ["CVE-2022-23648"]
        podman "An image's volume may be spelled with `..`."
        here "In hardened it is refused. Copy-up resolves it beneath the root in any case."
        why "The copy led out of the root." tests ["hardened/image_volume_outside_refused" "links_inside_a_root_do_not_lead_out"] see ["HD-VOL-01"];
    Outside ["CVE-2024-8676"]
        podman "A restored container gets the mounts of the archive."
        here "Nothing is restored from an archive: mounts come of the config, of containers.conf, of the image and of containers that the config names."
        why "There are no checkpoints." tests [];
    Hardened ["GHSA-jq35-85cj-fj4p"]
        podman "powercap, interrupts and thermal counters are not masked."
        here "In hardened they are. Of the lists of other engines neither profile takes anything else: /proc/asound is read-only and /sys/dev/block and /sys/fs/selinux are masked, as Podman 4.3.1 has it."
        why "Counters tell about the work of others." tests ["hardened/counters_masked" "paths_are_masked_unless_opened"] see ["HD-MASK-01" "HD-MASK-02"];
    Held ["ROOTLESS-SYS"]
        podman "Where a rootless container has to see the host's /sys, /sys/kernel is masked, out of reach of `unmask`."
        why "It holds debugfs and security file systems." tests ["namespaces/all_of_the_host" "hardened/sys_of_the_host_masked"] see ["SG-MNT-04" "HD-SYS-01"];
    Hardened ["CVE-2023-25809"]
        podman "A rootless container in the host's cgroup namespace can write to it."
        here "In hardened it cannot."
        why "It changes the user's other processes." tests ["hardened/cgroup_tree_read_only" "hardened/cgroup_tree_read_only_in_podman"] see ["HD-CG-01"];
    Hardened ["CVE-2023-27561" "CVE-2019-19921" "CVE-2023-28642" "CVE-2019-16884"]
        podman "A volume may lie over /proc or /sys."
        here "In hardened it is refused. That an image has a link at /proc or /sys is the runtime's to find."
        why "Labels and masks are then set in the volume." tests ["hardened/mount_over_proc_refused" "mounts_over_the_kernels_trees_are_told"] see ["HD-MNT-02"];
    Outside ["CVE-2021-30465"]
        podman "The runtime mounts, and may be raced by a link."
        here "The same: the runtime mounts what the spec says."
        why "Only the runtime holds the mount point open." tests [];
    Hardened ["CVE-2024-21626"]
        podman "The working directory may lie behind a file descriptor."
        here "In hardened it is refused. That files are closed before a program starts is the Linux layer's; a link in the image that leads there is the runtime's to find."
        why "It is a directory of the host." tests ["hardened/workdir_through_a_process_refused" "ways_through_a_process_are_told"] see ["HD-WD-01"];
    Outside ["CVE-2025-31133" "CVE-2025-52565" "CVE-2025-52881"]
        podman "The runtime masks paths and mounts a console through what the image has there."
        here "The same: the runtime carries masks out. A fresh tmpfs at /dev is sure in hardened, by HD-MNT-03."
        why "Only the runtime sees what is there." tests [] see ["HD-MNT-03"];
    Hardened ["CVE-2026-41579" "GHSA-7vwr-4279-7gq5" "CVE-2026-88264" "CVE-2026-88265"]
        podman "A mount of the user's may take the place of the tmpfs at /dev."
        here "In hardened it is refused."
        why "Runtimes follow links at /dev." tests ["hardened/dev_of_the_host_refused" "hardened/dev_of_the_host_refused_in_podman"] see ["HD-MNT-03"];
    Outside ["CVE-2025-54867" "CVE-2025-62161" "CVE-2025-62596" "CVE-2025-24965"]
        podman "Runtimes wrote through links of the root filesystem."
        here "The same: the runtime makes the container. What the plan writes into a root goes beneath it, by handle."
        why "They are faults of runtimes." tests ["appending_stays_beneath_the_root"];
    LinuxLayer ["CVE-2026-55686"]
        podman "The working directory is made, and given away, through links of the image."
        here "The plan has a step that says which directory below which root; it is made by handle, beneath the root."
        why "Links led to directories of the host." tests ["links_inside_a_root_do_not_lead_out"] see ["LP-WD-03"];
    LinuxLayer ["CVE-2019-10152" "CVE-2019-18466" "CVE-2023-0778" "CVE-2020-1726"]
        podman "Copies between container and host follow links."
        here "Copy-up is a step of the plan: into an empty volume, once, and links are copied as links."
        why "Links led to files of the host." tests ["a_new_volume_takes_what_it_covers" "an_archive_keeps_what_files_are"];
    Outside ["CVE-2024-1753" "CVE-2024-9407" "CVE-2024-9675" "CVE-2024-11218"]
        podman "Mounts of a build were resolved outside of their root."
        here "Nothing is built."
        why "There are no build mounts." tests [];
    LinuxLayer ["CVE-2024-9341"]
        podman "The mount of FIPS policies followed a link of the image."
        here "Whether the host is in FIPS mode and what the image has are facts; the mount's destination is the runtime's to resolve."
        why "The link led to a directory of the host." tests ["subscriptions_and_fips"];
    LinuxLayer ["CVE-2024-9676"]
        podman "The image's passwd was read through links, and a FIFO stopped the engine."
        here "Files of a root are opened beneath it, without waiting, as regular files of at most 1 MiB."
        why "It read files of the host, or hung." tests ["links_do_not_lead_out_and_special_files_do_not_hold_up"];
    Held ["CVE-2021-43816"]
        podman "`U`, `z` and `Z` on a directory of the system, or on the home of the engine's user, are refused."
        here "They are refused with E0429 and E0430 before anything is done, or, where that takes a look at the host, by the step itself, through links too."
        why "A relabelled home locks its owner out." tests ["system_directories_are_refused_through_links_too"] see ["LP-LEAF-08"];
};
