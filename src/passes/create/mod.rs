//! CREATE: what `podman create` decides, phase by phase: `CompleteSpec`, `MakeContainer`, `SpecGenToOCI`, `ExecuteCreate`.

mod capabilities;
mod cgroup;
mod command;
mod confinement;
mod defaults;
mod devices;
mod environment;
mod hostname;
mod image;
mod kernel_mounts;
mod labels;
mod libpod;
mod limits;
mod masks;
mod namespaces;
mod network;
mod options;
mod pod;
mod ports;
mod process;
mod request;
mod rlimits;
mod secrets;
mod shm;
mod sysctls;
#[cfg(test)]
mod testing;
mod user_mounts;
mod userns;
mod validate;
mod volumes;

/// The number of the signal that a name is of, or nearly of.
pub(super) fn nearest_signal(text: &str) -> Option<i64> {
    image::signal(text).or_else(|| {
        let upper = text.to_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        image::signal(crate::text::nearest(name, image::SIGNALS.map(|(known, _)| known))?)
    })
}

pub(super) const CREATE: &[super::Pass] = &[
    request::run, // first: the API handler presets fields and fills the swap limit in before anything reads them
    image::find,  // CompleteSpec 1: everything below asks the image
    image::health, // CompleteSpec 2
    image::stop_signal, // CompleteSpec 3: a bad signal name refuses before a bad variable
    environment::merge, // CompleteSpec 4
    labels::run,  // CompleteSpec 5: labels before capabilities read one; the pod is looked up here
    defaults::run, // CompleteSpec 6: user, seccomp path, cgroups mode, pids limit
    limits::verify, // CompleteSpec 7: after the pids default
    ports::warn,  // CompleteSpec 8: tests the netns as requested, before defaults
    pod::inherit, // MakeContainer 1: what the infra container has comes first in each list
    limits::throttle, // MakeContainer 2
    namespaces::defaults, // MakeContainer 3: pid, ipc, uts, then user with the mappings, then net and cgroup
    userns::defaults,     // as above
    namespaces::late_defaults, // as above
    hostname::clear,      // MakeContainer 5: before validation tests it
    validate::run,        // MakeContainer 6
    volumes::gather,      // MakeContainer 7
    command::run,         // MakeContainer 8: systemd mode looks at the final command
    options::run,         // MakeContainer 9
    confinement::labels,  // as above: label options
    volumes::lists,       // as above: named volumes and user volumes
    namespaces::join,     // as above: donors of namespaces
    shm::run,             // as above: the IPC donor gives its shm
    network::run,         // as above
    ports::run,           // as above: after the network mode
    cgroup::mode,         // as above
    devices::split_cdi,   // MakeContainer 10
    kernel_mounts::run,   // SpecGenToOCI 1-3
    process::run,         // SpecGenToOCI 4
    limits::emit, // SpecGenToOCI 5: before device rules, which are appended to the resource object
    devices::run, // SpecGenToOCI 6
    masks::run,   // SpecGenToOCI 7
    environment::emit, // SpecGenToOCI 8
    rlimits::run, // SpecGenToOCI 9
    namespaces::emit, // SpecGenToOCI 10: pid, ipc, uts, then user, cgroup, net
    hostname::emit, // as above, with uts
    userns::emit, // as above: its entry stands before that of the cgroup namespace
    namespaces::late_emit, // as above
    capabilities::run, // SpecGenToOCI 11: the bounding set decides the seccomp section
    confinement::run, // as above
    sysctls::run, // as above
    user_mounts::run, // SpecGenToOCI 12: over the default mounts, rootless device binds included
    labels::last, // SpecGenToOCI 13: over the user's annotations
    process::oom, // SpecGenToOCI 14
    kernel_mounts::procfs, // as above: over normalised options
    pod::annotations, // MakeContainer 12
    volumes::options, // ExecuteCreate 2: named volumes are queued before log, restart policy and the rest
    libpod::options,  // as above: the queued options
    namespaces::check_donors, // as above: containers that are joined
    network::resolve, // ExecuteCreate 3: networks exist
    libpod::validate, // as above: the whole container
    cgroup::parent,   // as above
    userns::storage,  // as above: storage allocates ids
    shm::setup,       // as above: /dev/shm unless a mount stands there
    volumes::create,  // as above: volumes that do not exist are made
    secrets::store,   // as above: their owners need the allocated ids
];
