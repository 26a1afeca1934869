//! `run`, `prepare`, `start` and `cleanup`: the plan carried out on this host.

use super::args::{Run, Which};
use super::compile::with_compiled;
use super::progress::{self, Progress};
use super::render::Reporter;
use super::{Failure, host, output};
use ocify::linux::{self, FindError, GatherOptions, RunError, RunOptions};
use ocify::plan::Effect;
use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

/// How it is run. What is done is shown as long as there is a line for it.
fn options(args: &Run) -> RunOptions {
    let tell: fn(&str) = |word| {
        let about = Effect::WORDS.iter().find(|(name, _)| *name == word);
        progress::show(about.map_or(word, |(_, about)| about.trim().trim_end_matches('.')));
    };
    RunOptions {
        gather: host::options(&args.given.how),
        progress: Progress::is_shown().then_some(tell),
    }
}

/// Runs a container and hands its exit status on.
pub(crate) fn run(args: &Run, reporter: &Reporter) -> Result<ExitCode, Failure> {
    let line = Progress::begin(reporter);
    progress::show("asking the host");
    let options = options(args);
    let mut ended = 0;
    let done = with_compiled(&args.given, reporter, |compiled, _, facts| {
        ended = linux::run_compiled(compiled, facts, &options).map_err(|e| trouble(&e))?;
        Ok(())
    });
    drop(line);
    done.map(|()| exit(ended))
}

/// Prepares a container and says in which directory its state is.
pub(crate) fn prepare(args: &Run, reporter: &Reporter) -> Result<(), Failure> {
    let line = Progress::begin(reporter);
    progress::show("asking the host");
    let options = options(args);
    with_compiled(&args.given, reporter, |compiled, _, facts| {
        let applied = linux::prepare(compiled, facts, &options).map_err(|e| trouble(&e));
        drop(line);
        let applied = applied?;
        output::print(format!("{}\n", applied.directory().display()).as_bytes())
    })
}

/// Runs a container that was prepared, and hands its exit status on.
pub(crate) fn start(args: &Which) -> Result<ExitCode, Failure> {
    linux::start(&directory(args)?).map(exit).map_err(|e| trouble(&e))
}

/// Takes back what was done for a container.
pub(crate) fn cleanup(args: &Which) -> Result<(), Failure> {
    linux::cleanup(&directory(args)?).map_err(|e| failure(&e))
}

/// The directory of the container that is meant: as given where it is one for certain, else looked up.
pub(crate) fn directory(args: &Which) -> Result<PathBuf, Failure> {
    let given = &args.container;
    let Some(text) =
        given.to_str().filter(|text| !text.contains('/') && *text != "." && *text != "..")
    else {
        return Ok(given.clone());
    };
    let options = GatherOptions { state_dir: args.state_dir.clone(), ..GatherOptions::default() };
    match linux::find(&linux::base(&options), text) {
        // A relative directory.
        Err(FindError::None { .. }) if given.is_dir() => Ok(given.clone()),
        found => found.map_err(|e| failure(&e)),
    }
}

/// Sets the networks of a container up again. What could not be taken down before is said, and no failure.
pub(crate) fn reload_network(args: &Which, reporter: &Reporter) -> Result<(), Failure> {
    if let Some(failed) = linux::reload_network(&directory(args)?).map_err(|e| failure(&e))? {
        reporter.warning(&host::chain(&failed));
    }
    Ok(())
}

fn exit(code: i32) -> ExitCode {
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

fn trouble(error: &RunError) -> Failure {
    match error {
        // What kept the container from running is told before what it left behind.
        RunError::Cleanup { ended: Err(first), source } => {
            Failure::Trouble(format!("{}; {}", host::chain(first), host::chain(source)))
        }
        RunError::Runtime { message, .. } if message.to_lowercase().contains("rlimit") => {
            Failure::Trouble(format!(
                "{}\na limit is above what this host lets the runtime set: `ocify explain CONFIG rlimits` says where it is from, and \
                 `r_limits: [nofile=1024:4096, nproc=1024]` in the config sets others",
                host::chain(error)
            ))
        }
        other => failure(other),
    }
}

fn failure(error: &dyn Error) -> Failure {
    Failure::Trouble(host::chain(error))
}
