//! Goes into the user's own namespace before a command that asks this host or changes it.

use super::args::{Command, DigestOf, How, Run};
use super::render::Reporter;
use super::{Failure, explain, host, input, run};
use ocify::facts::facts_from_json;
use ocify::linux::rootless::{self, Inside};
use ocify::linux::{self, GatherOptions};
use std::path::{Path, PathBuf};

/// A share of the namespace where this process is inside; nothing where it need not be. Where it has to go inside first it begins again there,
/// and this does not return.
pub(crate) fn enter(command: &Command, reporter: &Reporter) -> Result<Option<Inside>, Failure> {
    if let Some(inside) = Inside::resume() {
        return Ok(Some(inside));
    }
    if !rootless::needed() {
        return Ok(None);
    }
    let Some(base) = base(command) else { return Ok(None) };
    let trouble = |e| Failure::Trouble(host::chain(&e));
    let inside = Inside::enter(&base).map_err(trouble)?;
    if let Some(lacking) = inside.lacking() {
        reporter.warning(&format!(
            "containers have no ids but your own: {lacking}, then clean up what was prepared"
        ));
    }
    match inside.exec().map_err(trouble)? {}
}

/// The base directory of what a command is about; nothing where it neither asks nor changes this host.
fn base(command: &Command) -> Option<PathBuf> {
    match command {
        Command::Compile(args) if args.batch.is_some() => None,
        Command::Compile(args) => asked(&args.given.how),
        Command::Facts(args) => asked(&args.how),
        Command::Plan(args) => asked(&args.given.how),
        Command::Explain(args) if explain::is_word(args) => None,
        Command::Explain(args) => asked(&args.how),
        Command::Diff(args) if args.is_of_one_config() || !args.facts.is_empty() => None,
        Command::Diff(args) => Some(linux::base(&GatherOptions {
            state_dir: args.host.state_dir.clone(),
            ..GatherOptions::default()
        })),
        Command::Matrix(_) | Command::Schema(_) | Command::Completions(_) | Command::Man(_) => None,
        Command::Digest(args)
            if args.subject.as_deref().is_some_and(input::is_spec_file)
                || args.canonical == Some(DigestOf::Config) =>
        {
            None
        }
        Command::Digest(args) => asked(&args.how),
        // A spec is only read.
        Command::Check(args) if args.subject.as_deref().is_some_and(input::is_spec_file) => None,
        Command::Check(args) => asked(&args.how),
        Command::Run(args) | Command::Prepare(args) => Some(of_container(args)),
        // Where there is nothing, nothing is made: the command says so.
        Command::Cleanup(args) => {
            let directory = run::directory(args).ok();
            let state_dir = args.state_dir.clone();
            let base = directory.as_deref().map_or_else(
                || linux::base(&GatherOptions { state_dir, ..GatherOptions::default() }),
                rootless::base_of,
            );
            // A process that was killed may have come no further than to the namespace.
            let is_there = directory.is_some_and(|directory| directory.is_dir());
            Some(base).filter(|base| is_there || rootless::is_there(base))
        }
        Command::Start(args) | Command::ReloadNetwork(args) => {
            let directory = run::directory(args).ok().filter(|directory| directory.is_dir())?;
            Some(rootless::base_of(&directory))
        }
        Command::List(args) => {
            let state_dir = args.state_dir.clone();
            Some(linux::base(&GatherOptions { state_dir, ..GatherOptions::default() }))
                .filter(|base| base.is_dir())
        }
    }
}

fn asked(how: &How) -> Option<PathBuf> {
    how.facts.is_none().then(|| linux::base(&host::options(how)))
}

/// The facts say where a container is, if they are given. Standard input can be read only once: then it is where it is without them.
fn of_container(args: &Run) -> PathBuf {
    let how = &args.given.how;
    let told = how.facts.as_deref().filter(|path| *path != Path::new("-")).and_then(told);
    told.unwrap_or_else(|| linux::base(&host::options(how)))
}

fn told(facts: &Path) -> Option<PathBuf> {
    let facts = facts_from_json(&std::fs::read_to_string(facts).ok()?).ok()?;
    let own = PathBuf::from(facts.container.static_dir?);
    own.parent().map(rootless::base_of)
}
