//! START: what only the start can know. The numbers are those of Podman's own order.

mod apparmor;
mod cdi;
pub(super) mod cgroup;
mod containerenv;
mod dependencies;
mod devices;
mod hooks;
mod host_files;
mod hostname;
mod hosts;
mod init;
mod labels;
mod late_environment;
pub(super) mod model;
mod mount_order;
mod netns;
mod network_setup;
mod notify;
mod passwd;
mod records;
mod resolv_conf;
mod root;
mod secrets;
mod shared_namespaces;
mod storage;
mod subscriptions;
mod systemd;
mod timezone;
mod tree;
#[cfg(test)]
mod trial;
mod user;
mod volumes;
mod workdir;

pub(super) const START: &[super::Pass] = &[
    dependencies::run,           // before anything is prepared
    network_setup::run,          // prepare: beside storage; its outcome is a fact of what follows
    storage::run,                // prepare
    user::files, // 1: before bind mounts are made anew: a passwd of ours is seen from the second start on
    user::lookup, // 2: before passwd entries are made, so that this run's are not consulted
    devices::run, // 4: the rootless kind goes before all other mounts
    netns::run,  // 5: before resolv.conf, which looks at the path of the namespace
    apparmor::run, // 6
    host_files::run, // 7: may append HOME
    notify::run, // 8: after all other bind mounts
    user::host_ids, // 9
    volumes::named, // 10: so that they take part in 11
    volumes::options, // 11: over what stands so far; bind mounts, overlays and images come later and are left alone
    labels::run,      // 12, 13
    volumes::bind_mounts, // 14: user mounts win by exact destination
    volumes::overlays, // 15
    volumes::images,  // 16
    user::home,       // 17: loses against a HOME of 7
    user::ids,        // 18
    user::umask,      // 19
    user::groups,     // 20
    systemd::run, // 21: sees all mounts so far; before shared namespaces: only the spec's own cgroup namespace counts
    user::supplementary, // 22
    shared_namespaces::run, // 23: after the network namespace; an automatic user namespace last, so never split
    root::path,             // 24
    root::annotations,      // 25: hooks match on them
    cgroup::run,            // 26
    cdi::run,               // 27: before sorting
    mount_order::sort,      // 28: when every mount stands
    mount_order::tmpfs,     // 29: after sorting: a destination that was resolved keeps its place
    mount_order::propagation, // 30: from the sorted mounts
    hooks::run,             // 31
    late_environment::secrets, // 32: after hooks, which never see secrets
    late_environment::listen, // 33: last
    workdir::run,           // init: of the final mounts
    init::run,              // init: last, right before the runtime
    network_setup::after_create, // after the runtime made the container, and with it the user namespace that owns the network
];
