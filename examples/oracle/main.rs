//! Compiles recorded requests from recorded facts, so that the outcome can be held against what Podman made of them.
//!
//! `oracle DIR OUT [--case TEXT] [--mode TEXT] [--facts] [--verbose] [--jobs N]` reads `DIR/MODE/CASE/specgen.json` and `observed.json` (with
//! the blobs in `DIR/blobs`) and writes `OUT/MODE/CASE/config.json`, or `reject.json`, and `files.json` with the generated files that are
//! bound into the container. There, what Podman answered (`config.json`, `reject.json`, `libpod.json`) is never opened.
//!
//! `oracle DIR OUT --import MODE/CASE..` makes fixtures of recorded cases, with Podman's answer; `oracle DIR OUT --rules` says which rules each
//! case's reasons name.
//!
//! The cases are compiled by child processes, because a release build aborts on a panic: the parent then names the case and goes on behind it.

#![expect(
    clippy::disallowed_methods,
    reason = "the compiler itself touches nothing; this program is about files"
)]

mod case;
mod fixtures;
mod host;
mod import;
mod paths;
mod record;
mod storage;

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::thread;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// What was asked for on the command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    dir: PathBuf,
    out: PathBuf,
    case: String,
    mode: String,
    facts: bool,
    verbose: bool,
    jobs: usize,
    /// Cases to make fixtures of.
    import: Vec<String>,
    /// Only to say which rules are named.
    rules: bool,
    /// As a child: the numbers of the first case and of the one behind the last.
    part: Option<(usize, usize)>,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    Config,
    Refused,
    Missing,
    Unusable,
    Panicked,
}

impl Outcome {
    const ALL: [Outcome; 5] =
        [Outcome::Config, Outcome::Refused, Outcome::Missing, Outcome::Unusable, Outcome::Panicked];

    fn word(self) -> &'static str {
        match self {
            Outcome::Config => "configs",
            Outcome::Refused => "refusals",
            Outcome::Missing => "missing-fact refusals",
            Outcome::Unusable => "unusable records",
            Outcome::Panicked => "panics",
        }
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "oracle: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Fallible<ExitCode> {
    let asked = asked(env::args().skip(1))?;
    let cases = cases(&asked)?;
    match asked.part {
        Some((from, to)) => {
            work(&asked, cases.get(from..to).unwrap_or_default())?;
            Ok(ExitCode::SUCCESS)
        }
        None if !asked.import.is_empty() || asked.rules => {
            ask(&asked, &cases)?;
            Ok(ExitCode::SUCCESS)
        }
        None => conduct(&asked, &cases),
    }
}

fn asked(args: impl Iterator<Item = String>) -> Fallible<Asked> {
    let mut asked =
        Asked { jobs: thread::available_parallelism().map_or(1, usize::from), ..Asked::default() };
    let mut places = Vec::new();
    let mut args = args;
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("`{arg}` needs a value"));
        match arg.as_str() {
            "--case" => asked.case = value()?,
            "--mode" => asked.mode = value()?,
            "--import" => asked.import.push(value()?),
            "--rules" => asked.rules = true,
            "--jobs" => asked.jobs = value()?.parse()?,
            "--part" => asked.part = Some((value()?.parse()?, value()?.parse()?)),
            "--facts" => asked.facts = true,
            "--verbose" => asked.verbose = true,
            _ => places.push(PathBuf::from(arg)),
        }
    }
    let Ok([dir, out]) = <[PathBuf; 2]>::try_from(places) else {
        return Err(
            "usage: oracle DIR OUT [--case TEXT] [--mode TEXT] [--facts] [--verbose] [--jobs N]"
                .into(),
        );
    };
    Ok(Asked { dir, out, ..asked })
}

/// Every `MODE/CASE` that is asked for, in order.
fn cases(asked: &Asked) -> Fallible<Vec<(String, String)>> {
    let mut found = Vec::new();
    for mode in entries(&asked.dir)?
        .into_iter()
        .filter(|mode| mode != "blobs" && mode.contains(&asked.mode))
    {
        let dir = asked.dir.join(&mode);
        if dir.is_dir() {
            let cases = entries(&dir)?.into_iter().filter(|case| {
                case.contains(&asked.case) && dir.join(case).join("observed.json").is_file()
            });
            found.extend(cases.map(|case| (mode.clone(), case)));
        }
    }
    Ok(found)
}

fn entries(dir: &Path) -> Fallible<Vec<String>> {
    let told = |error| format!("{}: {error}", dir.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(told)? {
        names.push(entry.map_err(told)?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Makes the fixtures that are asked for, or says which rules are named.
fn ask(asked: &Asked, cases: &[(String, String)]) -> Fallible<()> {
    let mut to = std::io::stdout().lock();
    for (mode, case) in asked.import.iter().filter_map(|name| name.split_once('/')) {
        let rules = import::import(asked, mode, case)?;
        writeln!(to, "{mode}/{case}: {}", rules.join(" "))?;
    }
    if asked.rules {
        let mut library = record::Library::new(&asked.dir);
        for (mode, case) in cases {
            let prepared = case::prepared(&asked.dir, &mut library, mode, case)?;
            let rules: Vec<String> = import::rules(&prepared).into_iter().collect();
            writeln!(to, "{mode}/{case}: {}", rules.join(" "))?;
        }
    }
    Ok(())
}

/// As a child: one line for each case, written when it is done.
fn work(asked: &Asked, cases: &[(String, String)]) -> Fallible<()> {
    let mut library = record::Library::new(&asked.dir);
    let mut to = std::io::stdout().lock();
    for (mode, case) in cases {
        let (outcome, said) = match case::compile(asked, &mut library, mode, case) {
            Ok(done) => done,
            Err(error) => (Outcome::Unusable, vec![error.to_string()]),
        };
        for line in &said {
            writeln!(to, "{mode}/{case}: {line}")?;
        }
        writeln!(to, "={}", outcome.word())?;
        to.flush()?;
    }
    Ok(())
}

/// As the parent: shares the cases out, and counts.
fn conduct(asked: &Asked, cases: &[(String, String)]) -> Fallible<ExitCode> {
    let jobs = asked.jobs.clamp(1, 64);
    let share = cases.len().div_ceil(jobs).max(1);
    let parts: Vec<(usize, usize)> = (0..jobs)
        .map(|i| i.saturating_mul(share))
        .map(|from| (from, from.saturating_add(share).min(cases.len())))
        .filter(|(from, to)| from < to)
        .collect();
    let done: Vec<Fallible<Vec<Outcome>>> = thread::scope(|scope| {
        let threads: Vec<_> =
            parts.iter().map(|&(from, to)| scope.spawn(move || oversee(cases, from, to))).collect();
        threads
            .into_iter()
            .map(|t| t.join().unwrap_or_else(|_| Err("a thread panicked".into())))
            .collect()
    });
    let mut outcomes = Vec::new();
    for part in done {
        outcomes.extend(part?);
    }
    let counts: Vec<String> = Outcome::ALL
        .iter()
        .map(|&kind| format!("{} {}", outcomes.iter().filter(|&&o| o == kind).count(), kind.word()))
        .collect();
    writeln!(std::io::stdout(), "{} cases: {}", cases.len(), counts.join(", "))?;
    let well = !outcomes.contains(&Outcome::Panicked) && !outcomes.contains(&Outcome::Unusable);
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs children over a part of the cases until all are through.
fn oversee(cases: &[(String, String)], from: usize, to: usize) -> Fallible<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    let mut next = from;
    while next < to {
        let mut child = Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .args(["--part", &next.to_string(), &to.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let lines = child.stdout.take().ok_or("a child without output")?;
        for line in BufReader::new(lines).lines() {
            let line = line?;
            match line.strip_prefix('=') {
                Some(word) => {
                    outcomes.extend(Outcome::ALL.into_iter().find(|o| o.word() == word));
                    next = next.saturating_add(1);
                }
                None => writeln!(std::io::stdout(), "{line}")?,
            }
        }
        if !child.wait()?.success() {
            let Some((mode, case)) = cases.get(next).filter(|_| next < to) else {
                return Err("a child failed after its work".into());
            };
            writeln!(std::io::stdout(), "{mode}/{case}: panicked")?;
            outcomes.push(Outcome::Panicked);
            next = next.saturating_add(1);
        }
    }
    Ok(outcomes)
}
