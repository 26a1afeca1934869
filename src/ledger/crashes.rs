//! Lists the crashes and endless loops of Podman 4.3.1 that are no quirks of their own, and the code that stands in their place.

use super::{Entry, entries};

/// The crashes.
pub(super) const CRASHES: &[Entry] = entries! {
    Refused ["CR-01"]
        podman "An id shorter than 32 characters crashes the start of a container with systemd, which cuts `container_uuid` out of it."
        here "It is refused with E0102."
        why "Ids of Podman have 64 characters; a record of facts may have any." tests ["crashes/id_too_short_for_systemd"] see ["LP-SYSD-01"];
    Refused ["CR-02"]
        podman "An id of exactly 11 characters crashes where a host name is made of its first 12."
        here "It is refused with E0102."
        why "Ids of Podman have 64 characters; a record of facts may have any." tests ["crashes/id_of_eleven_characters"] see ["LP-MODEL-07"];
    Refused ["CR-03"]
        podman "A container that makes its network namespace and has no path for it crashes the start."
        here "It is refused with E0304."
        why "The path is a fact, and may be missing from a record." tests ["crashes/no_path_for_the_netns"] see ["LP-NETNS-01"];
    Impossible ["CR-04"]
        podman "A stored spec without a `linux` section crashes the start with all devices, with shared namespaces, and wherever namespaces are looked at."
        here "The draft always has one."
        why "It is a field of a type and not a pointer." tests [];
    Impossible ["CR-05"]
        podman "A stored spec without a `root` or `process` section crashes the start."
        here "The draft always has both."
        why "They are fields of a type and not pointers." tests [];
    Impossible ["CR-06"]
        podman "A precreate hook that takes variables away makes a later one land in the wrong place or crash, since their numbers were noted before."
        here "Variables are found by name. A precreate hook is refused by the Linux layer before anything is done."
        why "No numbers are kept." tests ["a_plan_with_what_is_not_supported_is_refused_before_anything_is_done"] see ["LP-ENV-03"];
    Refused ["CR-07"]
        podman "A host user whose home is empty or relative makes the search for a mount above it endless."
        here "It is refused with E0806."
        why "The search has no end to come to." tests ["crashes/home_of_a_host_user_is_relative"] see ["LP-PW-13"];
    LinuxLayer ["CR-08"]
        podman "An image that is not found during a clean-up that has failed before crashes it."
        here "Clean-up goes through all steps and reports each failure."
        why "What is left behind has to be known." tests ["what_cannot_be_taken_back_is_reported_and_tried_again"] see ["LP-CLEAN-10"];
    Refused ["CR-09"]
        podman "Setting a rootless network up, or forwarding its ports, without a namespace crashes."
        here "The container is refused with E0304 before the network is looked at."
        why "The plan names the namespace in each step." tests ["crashes/no_path_for_the_netns"] see ["CR-03"];
    Impossible ["CR-10"]
        podman "`host.containers.internal` with a network status and no network backend crashes."
        here "The driver of a network is a fact of that network: asked for, and refused as missing if there is no answer."
        why "No backend is asked." tests ["the_host_has_a_name_in_the_container"] see ["LP-HOSTS-03"];
    Refused ["CR-11"]
        podman "A subnet of slirp4netns that is not IPv4 crashes where an address is counted from it."
        here "It is refused with E0750, or E0752 where only the address is asked for."
        why "slirp4netns takes IPv4 subnets only." tests ["crashes/subnet_of_slirp4netns_is_ipv6" "an_address_that_does_not_fit_is_refused_in_podmans_words"] see ["LP-SLIRP-01"];
};
