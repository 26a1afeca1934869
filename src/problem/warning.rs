//! Warnings: said, and gone on.

use alloc::string::String;

/// What is warned of.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WarningKind {
    /// Ports that will not be published.
    #[error(
        "Port mappings have been discarded as one of the Host, Container, Pod, and None network modes are in use"
    )]
    PortsDiscarded,
    /// A limit that the kernel cannot keep.
    #[error("{0}")]
    LimitDiscarded(String),
    /// All limits, for a rootless container on cgroup v1.
    #[error("Resource limits are not supported and ignored on cgroups V1 rootless systems")]
    LimitsIgnoredRootlessV1,
    /// A supplementary group outside of the user namespace.
    #[error("additional gid={gid} is not present in the user namespace, skip setting it")]
    GroupOutside {
        /// The group.
        gid: u32,
    },
    /// slirp4netns' DNS address cannot be computed.
    #[error("failed to determine slirp4netns DNS: {0}")]
    SlirpDns(String),
    /// Something odd that Podman only logs.
    #[error("{0}")]
    Logged(String),
    /// A variable that an image asks of the engine.
    #[error(
        "entry `{entry}` of the image's environment has no `=`: it is dropped, and the engine's variable is not passed on"
    )]
    ImageVariable {
        /// The entry.
        entry: String,
    },
    /// An annotation by which an image would steer a runtime.
    #[error("annotation `{key}` of the image steers the runtime: it is dropped")]
    ImageAnnotation {
        /// Its key.
        key: String,
    },
}

impl WarningKind {
    /// Its code.
    pub fn code(&self) -> &'static str {
        match self {
            WarningKind::PortsDiscarded => "W001",
            WarningKind::LimitDiscarded(_) => "W002",
            WarningKind::LimitsIgnoredRootlessV1 => "W003",
            WarningKind::GroupOutside { .. } => "W004",
            WarningKind::SlirpDns(_) => "W005",
            WarningKind::Logged(_) => "W006",
            WarningKind::ImageVariable { .. } => "W007",
            WarningKind::ImageAnnotation { .. } => "W008",
        }
    }

    /// Every code, with what it stands for and what to do.
    pub const PAGES: &'static [(&'static str, &'static str, &'static str)] = &[
        (
            "W001",
            "Ports are given, but the network mode publishes none.",
            "take the ports out, or choose `bridge` or `slirp4netns`",
        ),
        (
            "W002",
            "A limit is given that the kernel of this host cannot keep; it is left out.",
            "take the limit out, or enable its controller on the host",
        ),
        (
            "W003",
            "Limits are given, but a rootless container on cgroup v1 can have none.",
            "boot the host with cgroup v2, or take the limits out",
        ),
        (
            "W004",
            "A supplementary group has no id in the container's user namespace.",
            "map the group in `idmappings`, or take it out",
        ),
        (
            "W005",
            "slirp4netns' subnet is too small for a DNS address of its own.",
            "give `netns: slirp4netns:cidr=…` a larger subnet",
        ),
        (
            "W006",
            "Podman goes on here as well and only writes to its log.",
            "read the message: what it names has no effect",
        ),
        (
            "W007",
            "An entry of the image's environment has no `=`; Podman 4.3 would take the variable from the engine's environment, and the hardened profile drops it.",
            "set the variable in `env`, or mend the image",
        ),
        (
            "W008",
            "The image has an annotation that steers a runtime; the hardened profile drops it.",
            "give the annotation in `annotations`, if it is meant",
        ),
    ];
}
