//! Defines the commands that write something: config.json, facts, a plan, a schema.

use super::given::{Given, How};
use clap::{Args, ValueEnum, ValueHint};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = COMPILE)]
#[command(mut_arg("config", |config| config.required_unless_present_any(["files", "batch"])))]
pub(crate) struct Compile {
    #[command(flatten)]
    pub(crate) given: Given,
    /// Write config.json into a bundle directory, which is made if it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, conflicts_with = "output")]
    pub(crate) bundle: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
    /// Indent the JSON for reading
    #[arg(long)]
    pub(crate) pretty: bool,
    /// Compile many: each line of FILE, or of standard input, is a JSON object with a `config`, its `facts` (or --facts for all) and an `id` if wanted; each gives a line, in order, with its `spec` or why it is `refused`
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        num_args = 0..=1,
        default_missing_value = "-",
        conflicts_with_all = [
            "config", "files", "bundle", "pretty", "id", "state_dir", "volume_dir", "secret_dir", "runtime",
            "cgroup_manager", "containers_conf",
        ]
    )]
    pub(crate) batch: Option<PathBuf>,
    /// How many lines of a batch to compile at a time, as many as there are cores without it
    #[arg(long, value_name = "N", requires = "batch", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,
}

const COMPILE: &str = "\
Examples:
  ocify compile web.yaml --pretty
  ocify compile web.yaml --bundle /run/bundles/web --force
  ocify compile web.yaml --facts server.json -o config.json
  ocify compile -f base.yaml -f prod.yaml
  podman generate spec web | ocify compile - --profile podman-4.3
  zcat fleet.jsonl.gz | ocify compile --batch | gzip > specs.jsonl.gz
  jq -c '{config: ., id: .name}' *.json | ocify compile --batch --facts server.json
  ocify compile --batch part-$JOB_COMPLETION_INDEX.jsonl  # in an indexed Kubernetes Job
  ocify compile --batch --jobs 1                          # as a Spark pipe

Exit status: 0 compiled, 1 a config is refused (of a batch: some are), 2 usage or trouble.";

/// Where a result goes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Output {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,
    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Args, Debug)]
#[command(after_help = FACTS)]
pub(crate) struct Facts {
    /// Record what this config depends on, without it what every config does; `-` reads standard input
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath, conflicts_with = "files")]
    pub(crate) config: Option<PathBuf>,
    /// For a bug report: without names of hosts, users and things, values of variables, labels and secrets, and public addresses; what CONFIG says itself stays
    #[arg(long)]
    pub(crate) redact: bool,
    #[command(flatten)]
    pub(crate) how: How,
    #[command(flatten)]
    pub(crate) output: Output,
}

const FACTS: &str = "\
Examples:
  ocify facts web.yaml -o server.json
  ocify facts web.yaml --redact > report.json
  ocify facts web.yaml --facts server.json --redact
  ssh server ocify facts - < web.yaml > server.json

Exit status: 0 written, 1 the config is refused, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = PLAN)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) given: Given,
    /// Write the plan as JSON (see `ocify schema plan`)
    #[arg(long)]
    pub(crate) json: bool,
}

const PLAN: &str = "\
Examples:
  ocify plan web.yaml
  ocify plan web.yaml --facts server.json --json
  ocify plan - < web.yaml

Exit status: 0 listed, 1 the config is refused, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = SCHEMA)]
pub(crate) struct Schema {
    /// Of what
    #[arg(value_enum, value_name = "WHAT")]
    pub(crate) of: SchemaOf,
}

const SCHEMA: &str = "\
Examples:
  ocify schema config > ocify-config.schema.json
  ocify schema plan

Exit status: 0 printed, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = DIGEST)]
pub(crate) struct Digest {
    /// The config; or a config.json, whoever made it, which is known by its `ociVersion`; `-` reads standard input
    #[arg(
        value_name = "CONFIG|SPEC",
        required_unless_present = "files",
        conflicts_with = "files",
        value_hint = ValueHint::FilePath
    )]
    pub(crate) subject: Option<PathBuf>,
    /// Write what is hashed instead: the canonical form of one of the three
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) canonical: Option<DigestOf>,
    #[command(flatten)]
    pub(crate) how: How,
}

const DIGEST: &str = "\
Examples:
  ocify digest web.yaml --facts server.json
  ocify digest bundle/config.json
  ocify digest web.yaml --canonical config

Exit status: 0 printed, 1 the config is refused, 2 usage or trouble.";

/// What has a digest.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum DigestOf {
    /// The config
    Config,
    /// The facts
    Facts,
    /// The spec that they are compiled to
    Spec,
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
