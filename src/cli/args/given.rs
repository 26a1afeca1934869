//! Defines what commands have in common: what is compiled, how it is read, and for which host.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// What is compiled.
#[derive(Args, Clone, Debug)]
pub(crate) struct Given {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) how: How,
}

/// How a config is read, and whose semantics it has.
#[derive(Args, Clone, Copy, Debug)]
pub(crate) struct Reading {
    /// Whose semantics
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    pub(crate) profile: ProfileName,
    /// Ignore unknown keys of the config
    #[arg(long)]
    pub(crate) lenient: bool,
}

impl Reading {
    /// The profile as the library knows it.
    pub(crate) fn profile(self) -> ocify::Profile {
        self.profile.into()
    }
}

/// How it is compiled.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// A facts record in the place of this host's facts; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) host: Host,
}

const HOST: &str = "On this host (with --facts the record says it)";

/// What is chosen for a container on this host; with a facts record it is in there.
#[derive(Args, Clone, Debug)]
pub(crate) struct Host {
    /// Id of the container, 64 hex digits; a random one without it
    #[arg(long, value_name = "ID", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) id: Option<String>,
    /// Directory below which each container has its own
    #[arg(long, value_name = "DIR", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) state_dir: Option<PathBuf>,
    /// Directory of named volumes
    #[arg(long, value_name = "DIR", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) volume_dir: Option<PathBuf>,
    /// Directory of secrets, one file each
    #[arg(long, value_name = "DIR", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) secret_dir: Option<PathBuf>,
    /// The OCI runtime, by name or path
    #[arg(long, value_name = "PROGRAM", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) runtime: Option<String>,
    /// `systemd` or `cgroupfs`
    #[arg(long, value_name = "MANAGER", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) cgroup_manager: Option<String>,
    /// The only containers.conf that is read
    #[arg(long, value_name = "FILE", conflicts_with = "facts", help_heading = HOST)]
    pub(crate) containers_conf: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum ProfileName {
    /// Podman 4.3.1, bit for bit; JSON is read as its API reads it
    #[value(name = "podman-4.3")]
    Podman43,
    /// Podman 4.3.1 but for known weaknesses
    #[default]
    Hardened,
}

impl From<ProfileName> for ocify::Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Podman43 => ocify::Profile::Podman43,
            ProfileName::Hardened => ocify::Profile::Hardened,
        }
    }
}
