//! Runs the commands: each reads its inputs, calls the library once, and writes what comes of it.

mod args;
mod compile;
mod explain;
mod facts;
mod host;
mod input;
mod message;
mod output;
mod plan;
mod render;
mod schema;

use args::{Command, Line};
use clap::Parser as _;
use message::Message;
use render::Reporter;
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The config is refused: exit status 1.
    Refused(Vec<Message>),
    /// The facts record cannot be read: exit status 2.
    BadFacts(Vec<Message>),
    /// A file, an option or the host is in the way: exit status 2.
    Trouble(String),
}

/// Runs the command that the command line names.
pub(crate) fn main() -> ExitCode {
    let line = Line::parse();
    let reporter = Reporter::new(line.message_format);
    let done = match &line.command {
        Command::Compile(args) => compile::run(args, &reporter),
        Command::Facts(args) => facts::run(args),
        Command::Plan(args) => plan::run(args, &reporter),
        Command::Explain(args) => explain::run(args, &reporter),
        Command::Schema(args) => schema::run(args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Refused(messages)) => {
            reporter.say(&messages);
            reporter.error(&match messages.len() {
                1 => "the config is refused".to_owned(),
                n => format!("the config is refused for {n} reasons"),
            });
            ExitCode::from(1)
        }
        Err(Failure::BadFacts(messages)) => {
            reporter.say(&messages);
            reporter.error("the facts cannot be read");
            ExitCode::from(2)
        }
        Err(Failure::Trouble(words)) => {
            reporter.error(&words);
            ExitCode::from(2)
        }
    }
}
