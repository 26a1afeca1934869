//! `run`, `prepare`, `start` and `cleanup`: the plan carried out on this host.

use super::args::{Directory, Run};
use super::compile::with_compiled;
use super::render::Reporter;
use super::{Failure, host, output};
use ocify::linux::{self, RunError, RunOptions};
use std::error::Error;
use std::process::ExitCode;

/// Runs a container and hands its exit status on.
pub(crate) fn run(args: &Run, reporter: &Reporter) -> Result<ExitCode, Failure> {
    let options = RunOptions { gather: host::options(&args.given.how) };
    let mut ended = 0;
    with_compiled(&args.given, reporter, |compiled, _, facts| {
        ended = linux::run_compiled(compiled, facts, &options).map_err(|e| trouble(&e))?;
        Ok(())
    })?;
    Ok(exit(ended))
}

/// Prepares a container and says in which directory its state is.
pub(crate) fn prepare(args: &Run, reporter: &Reporter) -> Result<(), Failure> {
    let options = RunOptions { gather: host::options(&args.given.how) };
    with_compiled(&args.given, reporter, |compiled, _, facts| {
        let applied = linux::prepare(compiled, facts, &options).map_err(|e| trouble(&e))?;
        output::print(format!("{}\n", applied.directory().display()).as_bytes())
    })
}

/// Runs a container that was prepared, and hands its exit status on.
pub(crate) fn start(args: &Directory) -> Result<ExitCode, Failure> {
    linux::start(&args.directory).map(exit).map_err(|e| trouble(&e))
}

/// Takes back what was done for a container.
pub(crate) fn cleanup(args: &Directory) -> Result<(), Failure> {
    linux::cleanup(&args.directory).map_err(|e| failure(&e))
}

/// Sets the networks of a container up again. What could not be taken down before is said, and no failure.
pub(crate) fn reload_network(args: &Directory, reporter: &Reporter) -> Result<(), Failure> {
    if let Some(failed) = linux::reload_network(&args.directory).map_err(|e| failure(&e))? {
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
        other => failure(other),
    }
}

fn failure(error: &dyn Error) -> Failure {
    Failure::Trouble(host::chain(error))
}
