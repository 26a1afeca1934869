//! Defines the command line: one file for each group of commands, each with its examples and exit statuses.

mod ask;
mod carry;
mod given;
mod make;

pub(crate) use ask::{Check, Diff, Explain, Matrix};
pub(crate) use carry::{List, Run, Which};
pub(crate) use given::{Given, How};
pub(crate) use make::{Compile, Facts, Plan, Schema, SchemaOf};

use clap::{Parser, Subcommand, ValueEnum};

/// Compiles what a container should be, and what the host is, into config.json, a plan of host effects, and the reason for both.
#[derive(Debug, Parser)]
#[command(name = "ocify", version, disable_help_subcommand = true, after_help = HELP)]
pub(crate) struct Line {
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
    #[command(subcommand)]
    pub(crate) command: Command,
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
    Compile(Compile),
    /// Write the facts record of this host, all that CONFIG depends on
    Facts(Facts),
    /// List the changes to the host that the container needs, in order, with their way back
    Plan(Plan),
    /// Say why: of a place in the result, or what a code or rule means
    Explain(Explain),
    /// Say what differs between two hosts, or between two configs, and which facts or lines are to blame
    Diff(Diff),
    /// Compile a config for many hosts, group those that give the same, and say which facts separate the groups
    Matrix(Matrix),
    /// Say what is wrong with a config or a config.json, and what the runtime would refuse or ignore, without writing anything
    Check(Check),
    /// Print the JSON Schema of an input or an output
    Schema(Schema),
    /// Run a container on this host and take everything back; ends with the container's exit status
    #[command(after_help = carry::RUN)]
    Run(Run),
    /// Prepare a container on this host, and print the directory of its state
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
}

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(crate) enum MessageFormat {
    /// For people
    #[default]
    Human,
    /// One JSON object a line
    Json,
}

#[cfg(test)]
mod examples;
