//! Lists what becomes of each quirk; what Podman does there is the quirk's own text.

use super::{Entry, entries};

/// The quirks, in the order of their ids.
pub(super) const QUIRKS: &[Entry] = entries! {
    Kept ["Q-01"] why "A request has to give the limits that Podman gives it; containers.conf is the place to mend." tests ["quirks/hard_limit_before_soft" "root_without_limits_takes_the_engines"];
    Kept ["Q-02"] why "Programs in such containers see what they have always seen." tests ["environment/rootfs_has_only_the_conf" "nothing_is_built_in_for_a_root_directory"];
    Kept ["Q-03"] why "The deny rule and the own sysfs are the safer half of the two." tests ["sysfs_is_mounted_where_the_network_is_the_containers"];
    Kept ["Q-04"] why "It shows in every output; whoever wants one sets `idmappings.AutoUserNs`." tests ["an_automatic_one_is_what_storage_allocates"];
    Kept ["Q-05"] why "The request's words are Podman's." tests ["words_for_user"];
    Refused ["Q-06"] here "It is refused with E0401." why "Podman refuses it too, by a crash." tests ["crashes/unmask_is_empty" "unmask_opens_cgroups_on_v2_only"];
    Kept ["Q-07"] why "Fewer places are opened than were asked for, never more." tests ["unmask_opens_cgroups_on_v2_only" "mounts/unmask_opens_cgroups"];
    Refused ["Q-08"] here "An entry without `=` is refused with E0205; a value with a second `=` is cut off, as Podman does it." why "Podman refuses the first too, by a crash." tests ["crashes/envmerge_without_value" "bad_entries_are_refused" "entries_are_merged"];
    Kept ["Q-09"] why "Requests rely on the proxy being there." tests ["environment/unset_and_merge" "variables_are_left_out_but_those_of_the_engine_and_the_request"];
    Kept ["Q-10"] why "The kernel takes such sets for a process that is given them by root; they are asked for by name." tests ["sets_follow_from_user_and_request"];
    Kept ["Q-11"] why "Privileged means all capabilities, in Podman as here." tests ["sets_follow_from_user_and_request"];
    Kept ["Q-12"] why "Fewer capabilities than expected are no danger." tests ["quirks/keep_id_as_zero"];
    Kept ["Q-13"] why "The size shows in the mount's options." tests ["sizes_of_containers_conf_are_decimal"];
    Kept ["Q-14"] why "The number goes to the monitor as Podman stores it, and fails there." tests ["the_images_stop_signal_wins_over_systemds"];
    Kept ["Q-15"] here "The same: it is refused with E0914, in Podman's words." why "Podman's second check is kept with its message." tests ["systemd_is_known_by_its_name"];
    Refused ["Q-16"] here "It is refused with E0615." why "Podman refuses it too, by a crash." tests ["crashes/weight_is_missing" "weighted_devices_are_looked_up"];
    Kept ["Q-17"] why "Nothing is mounted that was not asked for." tests ["an_image_volume_and_a_donors_bind_conflict"];
    Kept ["Q-18"] why "Nothing is mounted that was not asked for." tests ["containers_conf_adds_volumes"];
    Kept ["Q-19"] why "The later mount hides the earlier; both are the request's own." tests ["destinations_are_checked_and_compared"];
    Kept ["Q-20"] why "The working directory is a fact, so the outcome can be read before anything is mounted." tests ["sources_of_binds_are_absolute"];
    Kept ["Q-21"] why "The runtime reads them." tests ["options_are_completed_by_type"];
    Kept ["Q-22"] why "The default masks stay." tests ["own_masks_are_dropped_with_the_hosts_processes"];
    Kept ["Q-23"] why "Only the request itself can add one." tests ["paths_are_masked_unless_opened"];
    Kept ["Q-24"] why "The runtime refuses such a name; the message is better from there than a limit that is silently another." tests ["the_typed_spec_says_what_the_bytes_say" "limits/rlimits"];
    Kept ["Q-25"] here "The same, with the warning W006." why "Nothing is opened by it." tests ["paths_are_masked_unless_opened"];
    Refused ["Q-26"] here "They are refused with E0650 and E0654." why "Podman refuses them too, by a crash." tests ["crashes/device_ends_in_a_colon" "crashes/cdi_name_too_short" "refusals_read_as_podmans"];
    Kept ["Q-27"] why "Podman's command line has no way to write a rule that denies." tests ["devices_become_nodes_and_rules" "devices/cgroup_rule"];
    Kept ["Q-28"] why "The outcome is the stricter of the two." tests ["quirks/device_rules_are_overruled"];
    Kept ["Q-29"] why "Every body of a Podman client is a valid config." tests ["quirks/ignored_fields"];
    Kept ["Q-30"] here "The same: it is refused with E0602, in Podman's words." why "The request runs on no Podman 4.3 with cgroup v1." tests ["quirks/unlimited_swap_on_v1"];
    Kept ["Q-31"] why "The kernel refuses what is too long." tests ["names_are_given_taken_over_or_left_to_the_start"];
    Kept ["Q-32"] here "The same: it is refused with E0912, in Podman's words." why "The help says what the message does not." tests ["what_cannot_be_meant_together_is_refused" "namespaces/hostname_needs_its_own_uts"];
    Kept ["Q-33"] why "A user with exactly five groups gets the mount that Podman gives." tests ["terminals_have_group_5_where_it_is_mapped"];
    Kept ["Q-34"] why "The option is there to be used with care; it cannot change the type or the source." tests ["procfs_options_replace_all" "mounts/procfs_options"];
    Kept ["Q-35"] why "It shows in every output." tests ["mappings_without_a_mode_are_lost"];
    Kept ["Q-36"] why "No image has such keys." tests ["quirks/reserved_words_of_annotations"];
    Kept ["Q-37"] why "Only what asks for user volumes sees it: hooks, `volumes_from`, homes in passwd." tests ["quirks/binds_that_are_no_user_volumes"];
    Kept ["Q-38"] why "The size is then storage's choice, which is a fact." tests ["an_automatic_one_is_what_storage_allocates" "words_for_user"];
    Kept ["Q-39"] why "The networks of a request are in `Networks`." tests ["words_for_net"];
    Kept ["Q-40"] here "The same, with the warning W006." why "The set is then the default one, which Podman gives too." tests ["sets_follow_from_user_and_request"];
    Kept ["Q-41"] why "An option that stands twice is the same option." tests ["label_options_concatenate"];
    Kept ["Q-42"] why "Pods made by Podman 4.3 have that size." tests ["the_infra_containers_shm_size_wins"];
    Kept ["Q-43"] here "The same: it is refused with E0917, in Podman's words." why "The pod's size is the pod's to say." tests ["the_infra_containers_shm_size_wins"];
    Kept ["Q-44"] why "A pod's devices are those of its containers." tests ["a_pods_devices_count_where_there_are_no_others"];
    Kept ["Q-45"] why "It shows in the volume's options." tests ["options_are_normalised_as_the_pages_say"];
    Kept ["Q-46"] why "The network backend refuses the port that is taken." tests ["neighbours_become_a_range"];
    Kept ["Q-47"] why "Both modes are the request's own." tests ["device_strings_are_read"];
    Hardened ["Q-48"] here "In podman-4.3 the same. In hardened a sysctl has to belong to a namespace that is the container's own, by HD-SYSCTL-01 to -03." why "CVE-2022-0811." tests ["hardened/sysctl_of_the_host_refused" "hardened/sysctl_of_the_host_refused_in_podman"] see ["HD-SYSCTL-01" "HD-SYSCTL-02" "HD-SYSCTL-03"];
    Hardened ["Q-49"] here "In podman-4.3 the same. In hardened a relative working directory and an unclean destination are refused, by HD-WD-02 and HD-MNT-01; a variable's name with `=` is still stored as given." why "Two programs may read an unclean path in two ways; a variable with two `=` is read in one way by all." tests ["hardened/relative_workdir_refused" "hardened/relative_workdir_refused_in_podman" "hardened/unclean_destination_refused_in_podman"] see ["HD-WD-02" "HD-MNT-01"];
    Kept ["Q-50"] here "What storage allocates is a fact; the recorded ids of a Podman 4.3 have this in them. The Linux layer allocates none yet, and refuses." why "The compiler allocates nothing." tests ["userns/auto"];
};
