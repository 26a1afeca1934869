//! Defines the commands that say something: why, what differs, what is wrong.

use super::given::{Host, How, Reading};
use clap::{Args, ValueHint};
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
#[command(after_help = EXPLAIN)]
pub(crate) struct Explain {
    /// The config, `-` reads standard input; or a code such as E0101, or a rule such as SG-ENV-03
    #[arg(value_name = "CONFIG|CODE", value_hint = ValueHint::FilePath, required_unless_present = "files")]
    pub(crate) subject: Option<PathBuf>,
    /// A place, as in `mounts[/run]`, `/process/env/3`, `env PATH`, `cap CAP_NET_RAW`, `step 3`, or a field of the config, a rule or a fact; all
    /// places without it
    #[arg(value_name = "PLACE", num_args = 0..)]
    pub(crate) place: Vec<String>,
    /// Write a JSON array of objects with place, kind, value, by, rules, config, facts, replaced and aside; a code's page as one object
    #[arg(long)]
    pub(crate) json: bool,
    /// Every place in full, values uncut, and what was looked through in vain
    #[arg(long)]
    pub(crate) full: bool,
    #[command(flatten)]
    pub(crate) how: How,
}

impl Explain {
    /// The config or the code, if there are no layers.
    pub(crate) fn subject(&self) -> Option<&Path> {
        self.subject.as_deref().filter(|_| self.how.reading.files.is_empty())
    }

    /// The words of the place; with layers nothing else is named.
    pub(crate) fn place(&self) -> Vec<String> {
        let first = self.subject.iter().filter(|_| !self.how.reading.files.is_empty());
        first.map(|word| word.display().to_string()).chain(self.place.iter().cloned()).collect()
    }
}

const EXPLAIN: &str = "\
Examples:
  ocify explain web.yaml                                     # all that is decided, a line each
  ocify explain web.yaml 'mounts[/run]'
  ocify explain web.yaml /mounts/5/options
  ocify explain web.yaml env PATH
  ocify explain -f base.yaml -f prod.yaml env PATH
  ocify explain web.yaml cap CAP_NET_RAW --facts server.json
  ocify explain web.yaml 'why is there no /etc/resolv.conf?'
  ocify explain web.yaml 'volumes[0]'                        # what becomes of a line
  ocify explain web.yaml step 3 --json
  ocify explain E0402
  ocify explain SG-ENV-03

Exit status: 0 said, 1 the config is refused, 2 usage or trouble, or nothing is decided about the place.

JSON: place; kind (spec, absent, stored, plan, warning); value; by, the rule that decided; rules [{id, text}];
config [{path, file, line, column, text}], line null for what is not given; facts [{name, value}];
replaced [{value, by, rules, config, facts}], newest first; aside, names of what was looked through in vain.";

#[derive(Args, Debug)]
#[command(after_help = DIFF)]
pub(crate) struct Diff {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath, required_unless_present = "files")]
    pub(crate) config: Option<PathBuf>,
    /// A second config, for the same host; with CONFIG the layers of `-f` are the second one
    #[arg(value_name = "OTHER", value_hint = ValueHint::FilePath, conflicts_with = "files")]
    pub(crate) other: Option<PathBuf>,
    /// A facts record: twice for one config; once, or none for this host, with two
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) facts: Vec<PathBuf>,
    /// Compare the steps of the plan as well
    #[arg(long)]
    pub(crate) plan: bool,
    /// Leave aside what each container has of its own: id, directories, chance name, random names, SELinux categories
    #[arg(long)]
    pub(crate) same_container: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) host: Host,
}

impl Diff {
    /// Whether one config is compared on two hosts.
    pub(crate) fn is_of_one_config(&self) -> bool {
        self.other.is_none() && (self.config.is_none() || self.reading.files.is_empty())
    }
}

const DIFF: &str = "\
Examples:
  ocify diff web.yaml --facts laptop.json --facts server.json
  ocify diff web.yaml --facts laptop.json --facts server.json --same-container
  ocify diff web.yaml web-new.yaml --plan
  ocify diff base.yaml -f base.yaml -f prod.yaml
  git show HEAD:web.yaml | ocify diff - web.yaml --facts server.json

Exit status: 0 no difference, 1 something differs, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = MATRIX)]
pub(crate) struct Matrix {
    /// The config, YAML or JSON; `-` reads standard input
    #[arg(value_name = "CONFIG", value_hint = ValueHint::FilePath, required_unless_present = "files", conflicts_with = "files")]
    pub(crate) config: Option<PathBuf>,
    /// Directory of facts records: every `*.json` below it is a host
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) facts_dir: PathBuf,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

const MATRIX: &str = "\
Examples:
  ocify matrix web.yaml --facts-dir fleet
  ocify matrix web.yaml --facts-dir fleet --message-format json

Exit status: 0 said, whatever the groups, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = CHECK)]
pub(crate) struct Check {
    /// The config; or a config.json, whoever made it, which is known by its `ociVersion`; `-` reads standard input
    #[arg(value_name = "CONFIG|SPEC", value_hint = ValueHint::FilePath, required_unless_present = "files", conflicts_with = "files")]
    pub(crate) subject: Option<PathBuf>,
    /// What the runtime can do, as its `features` command wrote it, in the place of asking the runtime
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) features: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) how: How,
}

const CHECK: &str = "\
Examples:
  ocify check web.yaml --runtime runc
  ocify check web.yaml --facts server.json
  runc features > runc.json; ocify check /run/bundle/config.json --features runc.json
  podman inspect web | jq -r '.[0].OCIConfigPath' | xargs ocify check

Exit status: 0 nothing or warnings only, 1 refused or errors, 2 usage or trouble.";
