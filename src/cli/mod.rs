//! Runs the commands: each reads its inputs, calls the library once, and writes what comes of it.

mod args;
mod batch;
mod check;
mod codes;
mod compile;
mod completions;
mod diff;
mod digest;
mod explain;
mod facts;
mod host;
mod input;
mod list;
mod man;
mod matrix;
mod message;
mod output;
mod plan;
mod progress;
mod render;
mod rootless;
mod run;
mod schema;
mod source;

use args::{Command, Line};
use message::Message;
use render::Reporter;
use std::process::ExitCode;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The config is refused: exit status 1.
    Refused(Vec<Message>),
    /// A config that is to be compared cannot be read: exit status 2.
    BadConfig(Vec<Message>),
    /// The facts record cannot be read: exit status 2.
    BadFacts(Vec<Message>),
    /// Another input cannot be read, and what it is: exit status 2.
    Unreadable(&'static str, Vec<Message>),
    /// A file, an option or the host is in the way: exit status 2.
    Trouble(String),
}

impl Failure {
    /// Of a comparison status 1 says that something differs, so that a config with mistakes is trouble.
    fn of_a_config_that_is_compared(self) -> Self {
        match self {
            Failure::Refused(messages) => Failure::BadConfig(messages),
            other => other,
        }
    }
}

/// Runs the command that the command line names.
pub(crate) fn main() -> ExitCode {
    let line = match Line::read() {
        Ok(line) => line,
        Err(error) => return usage(&error),
    };
    let reporter = Reporter::new(line.face.message_format, line.face.colour, line.face.quiet);
    let inside = match rootless::enter(&line.command, &reporter) {
        Ok(inside) => inside,
        Err(failure) => return told(failure, &reporter),
    };
    let done = carried_out(&line.command, &reporter);
    let code = done.unwrap_or_else(|failure| told(failure, &reporter));
    if let Some(Err(e)) = inside.map(ocify::linux::rootless::Inside::leave) {
        reporter.error(&host::chain(&e));
    }
    code
}

/// Says what is wrong with the command line, or prints the help that was asked for.
fn usage(error: &clap::Error) -> ExitCode {
    let words: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let json =
        words.iter().zip(words.iter().skip(1)).any(|(a, b)| a == "--message-format" && b == "json")
            || words.iter().any(|word| word == "--message-format=json");
    if !json || !error.use_stderr() {
        let printed = error.print();
        return ExitCode::from(if error.use_stderr() || printed.is_err() { 2 } else { 0 });
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    // The first paragraph says what is wrong; tips, usage and the way to the help follow.
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let flat = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut written = render::plain(ocify::problem::WrittenLevel::Error, &flat(message));
    written.help = Some(flat(rest)).filter(|help| !help.is_empty());
    render::put_line(&render::line(&written));
    ExitCode::from(2)
}

fn carried_out(command: &Command, reporter: &Reporter) -> Result<ExitCode, Failure> {
    let ok = |()| ExitCode::SUCCESS;
    match command {
        Command::Compile(args) => compile::run(args, reporter),
        Command::Facts(args) => facts::run(args).map(ok),
        Command::Plan(args) => plan::run(args, reporter).map(ok),
        Command::Explain(args) => explain::run(args, reporter).map(ok),
        Command::Diff(args) => diff::run(args, reporter),
        Command::Matrix(args) => matrix::run(args, reporter).map(ok),
        Command::Check(args) => check::run(args, reporter),
        Command::Digest(args) => digest::run(args, reporter).map(ok),
        Command::Schema(args) => schema::run(args).map(ok),
        Command::Run(args) => run::run(args, reporter),
        Command::Prepare(args) => run::prepare(args, reporter).map(ok),
        Command::Start(args) => run::start(args),
        Command::Cleanup(args) => run::cleanup(args).map(ok),
        Command::List(args) => list::run(args).map(ok),
        Command::ReloadNetwork(args) => run::reload_network(args, reporter).map(ok),
        Command::Completions(args) => completions::run(args).map(ok),
        Command::Man(args) => man::run(args).map(ok),
    }
}

/// Says why a command did not do what was asked.
fn told(failure: Failure, reporter: &Reporter) -> ExitCode {
    match failure {
        Failure::Refused(messages) => {
            reporter.say(&messages);
            reporter.error(&match message::count(&messages) {
                1 => "the config is refused".to_owned(),
                n => format!("the config is refused for {n} reasons"),
            });
            ExitCode::from(1)
        }
        Failure::BadConfig(messages) => {
            reporter.say(&messages);
            reporter.error("the config cannot be read");
            ExitCode::from(2)
        }
        Failure::BadFacts(messages) => {
            reporter.say(&messages);
            reporter.error("the facts cannot be read");
            ExitCode::from(2)
        }
        Failure::Unreadable(what, messages) => {
            reporter.say(&messages);
            reporter.error(&format!("{what} cannot be read"));
            ExitCode::from(2)
        }
        Failure::Trouble(words) => {
            reporter.error(&words);
            ExitCode::from(2)
        }
    }
}
