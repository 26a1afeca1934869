//! How a container is attached to a network, as the network's program is told.

use crate::facts::NetworkFacts;
use alloc::{borrow::Cow, vec::Vec};

/// The network namespace in which a user's bridges lie, shared by all containers of the user.
#[derive(Clone, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct RootlessNetns<'a> {
    /// Directory of what work in it sees as its own: `run`, `var/lib/cni`, `resolv.conf`.
    pub dir: Cow<'a, str>,
    /// The file of the namespace.
    pub netns: Cow<'a, str>,
    /// The user's run-time directory, which such work sees as well.
    pub runtime_dir: Cow<'a, str>,
}

/// One network of the container.
#[derive(Clone, Debug, PartialEq, serde::Serialize, schemars::JsonSchema)]
pub struct Attachment<'a> {
    /// The network, as its file has it.
    pub network: &'a NetworkFacts,
    /// Name of the interface inside.
    pub interface_name: Cow<'a, str>,
    /// Fixed addresses. In each subnet without one, a free address is given.
    pub static_ips: Vec<Cow<'a, str>>,
    /// Fixed hardware address; empty for none.
    pub static_mac: Cow<'a, str>,
    /// Names that the network's DNS server answers for, besides the container's.
    pub aliases: Vec<Cow<'a, str>>,
}
