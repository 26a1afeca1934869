//! Lists what is random in Podman 4.3.1, and which of its outcomes stands here.

use super::{Entry, entries};

/// The random outcomes.
pub(super) const ORDER: &[Entry] = entries! {
    Canonicalised ["ND-01"]
        podman "Generated bind mounts of one depth come in the order of a map."
        here "They come in the order of their destinations."
        why "The order of a map is random." tests ["generated_files_go_where_nothing_stands" "mounts/sorted_by_depth"] see ["LP-BIND-01"];
    Canonicalised ["ND-02"]
        podman "Mounts are sorted by depth with a sort that is not stable."
        here "The sort is stable: mounts of one depth keep their order."
        why "Up to twelve mounts Podman's sort is stable too." tests ["depth_decides_and_equals_keep_their_order"] see ["LP-SORT-01"];
    Canonicalised ["ND-03"]
        podman "Secrets that become variables are appended in the order of a map."
        here "They are appended in the order of the variables' names."
        why "The order of a map is random." tests ["what_is_added_late_stands_beside_what_was_stored"] see ["LP-ENVSEC-01"];
    Canonicalised ["ND-04"]
        podman "The extra groups of a request come in the order of a map."
        here "They come in the request's order, each at its first mention."
        why "The order of a map is random." tests ["groups_are_found_in_the_order_of_the_request"] see ["LP-USER-30"];
    Canonicalised ["ND-05"]
        podman "DNS servers and search domains of several networks come in the order of a map."
        here "They come in the order of the networks' names, then of the interfaces'."
        why "The order of a map is random." tests ["resolv_conf_by_mode"];
    Canonicalised ["ND-06"]
        podman "Lines of the hosts file, the gateway for `host.containers.internal` and the address that ports are forwarded to are those of a map's first network."
        here "The networks are gone through in the order of their names, then the interfaces in that of theirs."
        why "The order of a map is random." tests ["a_bridged_container_has_a_line_for_each_address" "a_bridge_is_set_up_and_a_rootless_one_forwarded_to"] see ["LP-HOSTS-01"];
    Outside ["ND-07"]
        podman "When a network is loaded again, the interface that keeps its name and addresses is the first of a map."
        here "A network is not loaded again by a compilation; who does so takes the interface with the lowest name."
        why "The order of a map is random." tests [] see ["LP-NET-14"];
    Outside ["ND-08"]
        podman "A network status of Podman 3 is paired with the networks at random."
        here "A record of facts has the status by network name; the old form has no place in it."
        why "Nothing tells which status was whose." tests [];
    Canonicalised ["ND-09"]
        podman "Network and storage are prepared at the same time."
        here "Each has its stage in the plan; in the plan's text the network's steps stand first."
        why "Neither depends on the other, so the result is the same." tests ["both_halves_are_tried_and_each_cleans_up_after_itself"];
    Canonicalised ["ND-10"]
        podman "Names of network namespaces, anonymous volumes and directories of overlays are random."
        here "They are facts of the record, taken in order."
        why "The compiler has no random numbers." tests ["overlays_and_images_take_names_in_turn"];
    Kept ["ND-11"]
        podman "The directories in which a path is looked for in a container are gone through in a fixed order."
        why "Nothing is random about it." tests ["links_are_followed_inside_of_the_root"];
    Canonicalised ["ND-12"]
        podman "`process.env` comes in the order of a map."
        here "It comes in the byte order of the names; what the start adds follows."
        why "The order of a map is random." tests ["environment/layers" "the_same_inputs_give_the_same_bytes_on_every_thread"] see ["SG-ENV-09"];
    Canonicalised ["ND-13"]
        podman "Port mappings come in the order of a map of addresses and protocols."
        here "They come in the order of addresses and protocols, and those without a host port last."
        why "The order of a map is random." tests ["each_address_and_protocol_is_for_itself"] see ["SG-PORT-03"];
    Canonicalised ["ND-14"]
        podman "Exposed ports come in the order of a map."
        here "They come in the order in which they are listed."
        why "The order of a map is random." tests ["image_and_request_expose_together"];
    Canonicalised ["ND-15"]
        podman "Networks get their interface names in the order of a map."
        here "They get them in the order of the networks' names."
        why "The order of a map is random." tests ["networks_are_resolved_and_get_interfaces"] see ["SG-NET-05"];
};
