//! Reads the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Compiles what a container should be, and what the host is, into config.json, a plan of host effects, and the reason for both.
#[derive(Debug, Parser)]
#[command(name = "ocify", version, disable_help_subcommand = true, after_help = EXITS)]
pub(crate) struct Line {
    /// How messages are written on standard error, and what `diff` and `matrix` find
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) message_format: MessageFormat,
    /// When messages are in colours; `NO_COLOR` and `CLICOLOR_FORCE` are heeded where it is left to `auto`
    #[arg(long = "color", global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) colour: Colour,
    /// Show no progress and no notes
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXITS: &str = "Exit status: 0 done, 1 the config is refused, 2 usage or trouble.";

const DIFFERS: &str = "\
Examples:
  ocify diff web.yaml --facts laptop.json --facts server.json
  ocify diff web.yaml web-new.yaml --plan

Exit status: 0 no difference, 1 something differs, 2 usage or trouble.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile a config to config.json, on standard output unless -o or --bundle says otherwise
    Compile(Compile),
    /// Write the facts record of this host, all that CONFIG depends on
    Facts(Facts),
    /// List the changes to the host that the container needs, in order, with their way back
    Plan(Plan),
    /// Say why: of a place in the result, or what a code or rule means
    Explain(Explain),
    /// Say what differs between two hosts, or between two configs, and which facts or lines are to blame
    #[command(after_help = DIFFERS)]
    Diff(Diff),
    /// Compile a config for many hosts, group those that give the same, and say which facts separate the groups
    Matrix(Matrix),
    /// Say what is wrong with a config or a config.json, and what the runtime would refuse or ignore, without writing anything
    Check(Check),
    /// Print the JSON Schema of an input or an output
    Schema(Schema),
    /// Run a container on this host and take everything back; ends with the container's exit status
    Run(Run),
    /// Prepare a container on this host, and print the directory of its state
    Prepare(Run),
    /// Run a container that was prepared; ends with its exit status
    Start(Which),
    /// Take back what was done for a container; twice is as good as once
    Cleanup(Which),
    /// List the containers that were prepared on this host, the oldest first
    List(List),
    /// Set the networks of a container up again, with the addresses that it has, as after a flush of the firewall
    ReloadNetwork(Which),
}

/// What is compiled.
#[derive(Args, Clone, Debug)]
pub(crate) struct Given {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    #[command(flatten)]
    pub(crate) how: How,
}

/// How it is compiled.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// A facts record in the place of this host's facts; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Option<PathBuf>,
    /// Whose semantics
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    pub(crate) profile: ProfileName,
    /// Ignore unknown keys of the config
    #[arg(long)]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) host: Host,
}

const HOST: &str = "On this host";

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

#[derive(Args, Debug)]
pub(crate) struct Compile {
    #[command(flatten)]
    pub(crate) given: Given,
    /// Write config.json into a bundle directory, which is made if it is missing
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Indent the JSON for reading
    #[arg(long)]
    pub(crate) pretty: bool,
}

/// Where a result goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Facts {
    /// Record what this config depends on; without it what every config does
    #[arg(value_name = "CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// For a bug report: without names of hosts, users and things, values of variables, labels and secrets, and public addresses; what CONFIG says itself stays
    #[arg(long)]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) given: Given,
    /// Write the plan as JSON (see `ocify schema plan`)
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) given: Given,
}

#[derive(Args, Debug)]
pub(crate) struct Which {
    /// Its id, the beginning of that, or its name; or its own directory, as `prepare` printed it, with a `/` in it
    #[arg(value_name = "CONTAINER")]
    pub(crate) container: PathBuf,
    /// Directory below which each container has its own
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct List {
    /// Write a JSON array of objects with id, name, state, error, pid, created, command, image, rootfs and directory
    #[arg(long)]
    pub(crate) json: bool,
    /// Directory below which each container has its own
    #[arg(long, value_name = "DIR")]
    pub(crate) state_dir: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The config; or a code such as E0101, or a rule such as SG-ENV-03
    #[arg(value_name = "CONFIG|CODE")]
    pub(crate) subject: PathBuf,
    /// A place, as in `mounts[/run]`, `env PATH`, `cap CAP_NET_RAW`, `linux.seccomp`; all places without it
    #[arg(value_name = "PLACE", num_args = 0..=2)]
    pub(crate) place: Vec<String>,
    #[command(flatten)]
    pub(crate) how: How,
}

#[derive(Args, Debug)]
pub(crate) struct Diff {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    /// A second config, for the same host
    #[arg(value_name = "OTHER")]
    pub(crate) other: Option<PathBuf>,
    /// A facts record: twice for one config; once, or none for this host, with two
    #[arg(long, value_name = "FILE")]
    pub(crate) facts: Vec<PathBuf>,
    /// Compare the steps of the plan as well
    #[arg(long)]
    pub(crate) plan: bool,
    /// Leave aside what each container has of its own: id, directories, chance name, random names, SELinux categories
    #[arg(long)]
    pub(crate) same_container: bool,
    /// Whose semantics
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    pub(crate) profile: ProfileName,
    /// Ignore unknown keys of the config
    #[arg(long)]
    pub(crate) lenient: bool,
    #[command(flatten)]
    pub(crate) host: Host,
}

#[derive(Args, Debug)]
pub(crate) struct Matrix {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    /// Directory of facts records: every `*.json` below it is a host
    #[arg(long, value_name = "DIR")]
    pub(crate) facts_dir: PathBuf,
    /// Whose semantics
    #[arg(long, value_enum, default_value_t, value_name = "PROFILE")]
    pub(crate) profile: ProfileName,
    /// Ignore unknown keys of the config
    #[arg(long)]
    pub(crate) lenient: bool,
}

#[derive(Args, Debug)]
#[command(after_help = CHECK_EXITS)]
pub(crate) struct Check {
    /// The config; or a config.json, whoever made it, which is known by its `ociVersion`; `-` reads standard input
    #[arg(value_name = "CONFIG|SPEC")]
    pub(crate) subject: PathBuf,
    /// What the runtime can do, as its `features` command wrote it, in the place of asking the runtime
    #[arg(long, value_name = "FILE")]
    pub(crate) features: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: How,
}

const CHECK_EXITS: &str =
    "Exit status: 0 nothing or warnings only, 1 refused or errors, 2 usage or trouble.

Examples:
  ocify check web.yaml --runtime runc
  runc features > runc.json; ocify check /run/bundle/config.json --features runc.json";

#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_enum)]
    pub(crate) of: SchemaOf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// What is given to `compile`
    Config,
    /// What `facts` writes
    Facts,
    /// What `plan --json` writes
    Plan,
    /// What `--message-format json` writes, a line each
    Message,
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

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object a line
    Json,
}

/// When messages are in colours.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum Colour {
    /// On a terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<ProfileName> for ocify::Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Podman43 => ocify::Profile::Podman43,
            ProfileName::Hardened => ocify::Profile::Hardened,
        }
    }
}
