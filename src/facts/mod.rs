//! What the host is: everything the outcome depends on that the config does not say, as plain data.
//!
//! A record is gathered from a host by `linux::gather`, or read from a file that was recorded anywhere. A fact that could not be had is data
//! too: [`Answer::Error`] keeps the error, because `ENOENT` and `EACCES` mean different things to a container engine.

mod answer;
mod conf;
mod engine;
mod features;
mod host;
mod keys;
mod network;
mod profile;
mod read;
mod redact;
mod store;
mod table;

pub use answer::{Answer, Errno};
pub use conf::{ConfContainers, ConfEngine, ConfNetwork, ContainersConf};
pub use engine::{ContainerFacts, Engine, SlirpFeatures};
pub use features::{
    CgroupFeatures, EnabledFeature, FeaturesError, LinuxFeatures, MountExtensions, RuntimeFeatures,
    SeccompFeatures,
};
pub use host::{
    CgroupV1, DeviceNode, FileKind, Host, HostUser, IdRangeText, Limits, MemorySwap, PathFacts,
    StatFs,
};
pub use keys::{FactKey, Told};
pub use network::{
    Interface, InterfaceAddress, LeaseRange, NetworkFacts, NetworkOutcome, NetworkStatus,
    NetworkSubnet,
};
pub use read::{FORMAT_VERSION, FactsError, facts_from_json};
pub use redact::redacted;
pub use store::{
    Dependency, Image, ImageConfig, ImageHealth, ImageMount, ImageNothing, Infra, Pod, Rootfs,
    RootfsEntry, SecretFacts, Volume,
};
pub use table::Table;

use crate::security::seccomp::SeccompProfile;
use alloc::string::String;

record! {
    /// The host, the engine's settings and its state, as far as one container (or any) needs them.
    pub struct Facts {
        /// Version of this record's format, `major.minor`: an unknown major is refused.
        "format_version" format_version: String,
        /// The kernel, the process that asks, and the machine.
        "host" host: Host,
        /// The engine's containers.conf, merged; without the built-in defaults.
        "containers_conf" conf: ContainersConf,
        /// What the engine knows apart from that: directories, storage, programs.
        "engine" engine: Engine,
        /// The container itself: what is usually taken from the air.
        "container" container: ContainerFacts,
        /// The image; absent for a root directory.
        "image" image: Option<Image>,
        /// Answers from inside the root filesystem.
        "rootfs" rootfs: Rootfs,
        /// Paths of the host that were asked about.
        "paths" paths: Table<PathFacts>,
        /// Text files of the host that were asked for.
        "files" files: Table<Answer<String>>,
        /// Seccomp profiles by path.
        "seccomp" seccomp: Table<Answer<SeccompProfile>>,
        /// Other containers, by the name or id that the config uses.
        "containers" containers: Table<Dependency>,
        /// Pods, by the name or id that the config uses.
        "pods" pods: Table<Pod>,
        /// Volumes by name.
        "volumes" volumes: Table<Volume>,
        /// Secrets by name or id.
        "secrets" secrets: Table<SecretFacts>,
        /// Networks by name or id.
        "networks" networks: Table<NetworkFacts>,
        /// Images that are mounted as volumes, by the name that the config uses.
        "images" images: Table<ImageMount>,
        /// Users of the host, by name or number.
        "host_users" host_users: Table<HostUser>,
        /// Groups of the host: number to name; empty when there is no such group.
        "host_groups" host_groups: Table<String>,
        /// CDI spec files: path to text.
        "cdi" cdi: Option<Table<String>>,
        /// Hook files: path to text; directories of one call in the order they are read.
        "hooks" hooks: Option<Table<String>>,
    }
}
