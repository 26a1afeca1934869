//! Defines the command line: one file for each group of commands, each with its examples and exit statuses.

mod ask;
mod carry;
mod given;
mod make;
mod shell;

pub(crate) use ask::{Check, Diff, Explain, Matrix};
pub(crate) use carry::{List, Run, Which};
pub(crate) use given::{Given, How, Reading};
pub(crate) use make::{Compile, Digest, DigestOf, Facts, Plan, Schema, SchemaOf};
pub(crate) use shell::{Completions, Man};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Compiles what a container should be, and what the host is, into config.json, a plan of host effects, and the reason for both
///
/// A config is Podman's create request in YAML or JSON, with short forms (`ocify schema config`). The facts are what the outcome depends on
/// besides: gathered from this host, or recorded on any (`ocify facts`). Colours are for a terminal, and for none where `NO_COLOR` is set.
#[derive(Debug, Parser)]
#[command(name = "ocify", version, disable_help_subcommand = true, after_help = HELP)]
pub(crate) struct Line {
    #[command(flatten)]
    pub(crate) face: Face,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// How the program talks, whatever it does.
#[derive(Args, Debug)]
pub(crate) struct Face {
    /// How messages are written on standard error, and what `diff` and `matrix` find
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        display_order = 900
    )]
    pub(crate) message_format: MessageFormat,
    /// When messages are in colours; left to `auto`, `NO_COLOR` and `CLICOLOR_FORCE` are heeded
    #[arg(
        long = "color",
        global = true,
        value_enum,
        default_value_t,
        value_name = "WHEN",
        display_order = 901
    )]
    pub(crate) colour: Colour,
    /// Show neither progress nor notes
    #[arg(short, long, global = true, display_order = 902)]
    pub(crate) quiet: bool,
}

/// A line of the command that is called most. The definitions of all commands take longer to build than it takes to compile.
#[derive(Debug, Parser)]
#[command(name = "ocify", disable_help_subcommand = true)]
struct Short {
    #[command(flatten)]
    face: Face,
    #[command(subcommand)]
    command: Often,
}

#[derive(Debug, Subcommand)]
enum Often {
    Compile(Compile),
}

impl Line {
    /// Reads this process's command line.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        if std::env::args_os().nth(1).is_some_and(|word| word == "compile")
            && let Ok(Short { face, command: Often::Compile(compile) }) = Short::try_parse()
        {
            return Ok(Line { face, command: Command::Compile(compile) });
        }
        // Whatever there is to say, help or mistakes, is said of the whole.
        Line::try_parse()
    }
}

const HELP: &str = "\
Examples:
  ocify compile web.yaml --bundle web    # config.json for this host
  ocify explain web.yaml 'mounts[/run]'  # why is it so?
  ocify run web.yaml                     # as root or as a user, under crun or runc
  ocify compile --help                   # each command has examples of its own

Exit status: 0 done, 1 the config is refused or something differs, 2 usage or trouble.
`run` and `start` end with the exit status of the container.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compile a config to config.json, on standard output unless -o or --bundle says otherwise
    ///
    /// The facts that it depends on are gathered from this host, unless a record is given. Same config, same facts: same bytes. A file that
    /// exists is not replaced without --force. Refusals and warnings stand on standard error, all of them at once, the first as Podman's own.
    Compile(Compile),
    /// Write the facts record of this host, all that CONFIG depends on
    ///
    /// The record is JSON (`ocify schema facts`). With it the config compiles on any machine as it does here; with --facts an old record is
    /// written again, as to redact it.
    Facts(Facts),
    /// List the changes to the host that the container needs, in order, with their way back
    ///
    /// Each step has its stage, its effect with all its values, what undoes it, and the rule and inputs that it is due to. Nothing is changed.
    Plan(Plan),
    /// Say why: of a place in the result, or what a code or rule means
    ///
    /// A reason names the rules that decided, the lines of the config and the facts that they read, and what was replaced. What is not there has
    /// reasons as well. A code (E..., W..., C...), a rule (SG-..., LP-..., OC-..., HD-...) or an entry of the ledger (Q-..., CVE-...) has a page;
    /// `ocify explain ledger` lists the entries.
    Explain(Explain),
    /// Say what differs between two hosts, or between two configs, and which facts or lines are to blame
    ///
    /// Sets are compared as sets, mounts by their destination. With one config and two records of facts the facts differ; with two configs the
    /// lines do.
    Diff(Diff),
    /// Compile a config for many hosts, group those that give the same, and say which facts separate the groups
    ///
    /// What each container has of its own (id, directories, chance names) is left aside.
    Matrix(Matrix),
    /// Say what is wrong with a config or a config.json, and what the runtime would refuse or ignore, without writing anything
    ///
    /// The runtime is asked what it can do (`runc features`), unless --features or the facts say it.
    Check(Check),
    /// Print the digests of a config, its facts and its spec: equal where they say the same
    Digest(Digest),
    /// Print the JSON Schema of an input or an output
    Schema(Schema),
    /// Run a container on this host and take everything back; ends with the container's exit status
    ///
    /// The config is compiled, the plan carried out, the bundle handed to the runtime, and all taken back when the container has ended. Without
    /// root this happens in a user namespace of the user's own.
    #[command(after_help = carry::RUN)]
    Run(Run),
    /// Prepare a container on this host, and print the directory of its state
    ///
    /// What fails is taken back, the newest step first. `start` runs the container, `cleanup` takes everything back, also after a kill.
    #[command(after_help = carry::PREPARE)]
    Prepare(Run),
    /// Run a container that was prepared; ends with its exit status
    #[command(after_help = carry::START)]
    Start(Which),
    /// Take back what was done for a container; twice is as good as once
    #[command(after_help = carry::CLEANUP)]
    Cleanup(Which),
    /// List the containers that were prepared on this host, the oldest first
    List(List),
    /// Set the networks of a container up again, with the addresses that it has, as after a flush of the firewall
    #[command(after_help = carry::RELOAD)]
    ReloadNetwork(Which),
    /// Write what a shell needs to complete lines for this program
    Completions(Completions),
    /// Write pages of the manual
    Man(Man),
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

#[cfg(test)]
mod examples;
