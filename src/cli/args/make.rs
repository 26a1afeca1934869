//! Defines the commands that write something: config.json, facts, a plan, a schema.

use super::given::{Given, How};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = COMPILE)]
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

const COMPILE: &str = "\
Examples:
  ocify compile web.yaml --pretty
  ocify compile web.yaml --bundle /run/bundles/web --force
  ocify compile web.yaml --facts server.json -o config.json
  podman generate spec web | ocify compile - --profile podman-4.3

Exit status: 0 compiled, 1 the config is refused, 2 usage or trouble.";

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
#[command(after_help = FACTS)]
pub(crate) struct Facts {
    /// Record what this config depends on, without it what every config does; `-` reads standard input
    #[arg(value_name = "CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// For a bug report: without the values of environment variables, secrets, full names and the host's name
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

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum SchemaOf {
    /// What is given to `compile`
    Config,
    /// What `facts` writes
    Facts,
    /// What `plan --json` writes
    Plan,
}
