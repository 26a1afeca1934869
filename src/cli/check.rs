//! `check`: what is wrong with a config or a spec, and what the runtime would refuse or ignore.

use super::args::{Check, How};
use super::input::{ConfigFile, Subject};
use super::message::{Message, each};
use super::render::Reporter;
use super::source::Source;
use super::{Failure, compile, host, input};
use ocify::Facts;
use ocify::check::{self, Finding, Severity, Surroundings};
use ocify::facts::{Answer, Errno, RuntimeFeatures};
use ocify::provenance::Because;
use ocify::text::json;
use ocify::why::{Place, Teller};
use std::process::ExitCode;

/// Says what is found. Errors end with 1, as a refusal does.
pub(crate) fn run(args: &Check, reporter: &Reporter) -> Result<ExitCode, Failure> {
    let (reading, facts) = (&args.how.reading, &args.how.facts);
    let inputs = args.subject.iter().chain(&reading.files).chain(facts).chain(&args.features);
    input::one_standard_input(inputs)?;
    let asked = args.features.as_deref().map(input::features).transpose()?;
    let errors = match input::subject(args.subject.as_deref(), reading)? {
        Subject::Spec(source) => of_spec(&source, args, asked, reporter)?,
        Subject::Config(file) => of_config(&file, args, asked, reporter)?,
    };
    match errors {
        0 => return Ok(ExitCode::SUCCESS),
        1 => reporter.error("1 error is found"),
        n => reporter.error(&format!("{n} errors are found")),
    }
    Ok(ExitCode::from(1))
}

/// A spec that somebody made: every finding stands under its line.
fn of_spec(
    source: &Source,
    args: &Check,
    asked: Option<RuntimeFeatures>,
    reporter: &Reporter,
) -> Result<usize, Failure> {
    let facts = args.how.facts.as_deref().map(input::facts).transpose()?;
    let Some(spec) = source.tree() else { return Ok(0) };
    let mut findings = check::spec(&spec);
    findings.extend(check::security(&spec));
    if let Some(features) = features(asked, facts.as_ref(), &args.how, reporter)? {
        findings.extend(check::runtime(&spec, &features, around(facts.as_ref())));
    }
    reporter.say(&each(&findings, |finding| Message::finding(source, finding)));
    Ok(errors(&findings))
}

/// A config: its refusals and warnings, then what is found in the spec that it becomes.
fn of_config(
    file: &ConfigFile,
    args: &Check,
    asked: Option<RuntimeFeatures>,
    reporter: &Reporter,
) -> Result<usize, Failure> {
    let how = &args.how;
    let mut found = 0;
    compile::with_compiled_file(file, how, reporter, |compiled, facts| {
        let bytes = compiled.to_json();
        let trouble = |e: &dyn std::fmt::Display| Failure::Trouble(format!("config.json: {e}"));
        let text = std::str::from_utf8(&bytes).map_err(|e| trouble(&e))?;
        let spec = json(text).map_err(|e| trouble(&e))?;
        let mut findings = check::spec(&spec);
        findings.extend(check::security(&spec));
        if let Some(features) = features(asked, Some(facts), how, reporter)? {
            findings.extend(check::runtime(&spec, &features, around(Some(facts))));
        }
        let places = compiled.places();
        let teller = Teller::new(compiled.trails(), &file.config, facts);
        let say = |finding: &Finding| {
            Message::compiled(&file.sources, &teller, finding, reason(finding, &places))
        };
        reporter.say(&each(&findings, say));
        found = errors(&findings);
        Ok(())
    })?;
    Ok(found)
}

fn errors(findings: &[Finding]) -> usize {
    findings.iter().filter(|finding| finding.kind.severity() == Severity::Error).count()
}

fn around(facts: Option<&Facts>) -> Surroundings {
    let host = facts.map(|facts| &facts.host);
    let unified = host.and_then(|host| host.cgroup_unified.as_ref());
    Surroundings {
        cgroup_unified: unified.and_then(|unified| unified.get().ok().copied()),
        rootless: host.and_then(|host| host.rootless),
    }
}

/// The reason of the smallest place that a finding is in.
fn reason(finding: &Finding, places: &[Place]) -> Option<Because> {
    let mut name = if finding.name.is_empty() { &*finding.place } else { &*finding.name };
    loop {
        if let Some(place) = places.iter().find(|place| place.name == name) {
            return Some(place.because);
        }
        name = name.get(..name.rfind(['[', '.'])?)?;
    }
}

/// What the runtime says of itself: given, recorded, or asked now. Where nothing is known that is said.
fn features(
    given: Option<RuntimeFeatures>,
    facts: Option<&Facts>,
    how: &How,
    reporter: &Reporter,
) -> Result<Option<RuntimeFeatures>, Failure> {
    if given.is_some() {
        return Ok(given);
    }
    let recorded = how.facts.is_some();
    let answer = match facts.filter(|_| recorded) {
        Some(facts) => facts.engine.runtime_features.clone(),
        None => Some(host::runtime_features(how)?),
    };
    let named = how.host.runtime.as_deref();
    let name = named.or(facts.and_then(|facts| facts.engine.oci_runtime.as_deref()));
    let name = name.map_or_else(|| "the runtime".to_owned(), |name| format!("`{name}`"));
    let why = match answer {
        Some(Answer::Is(features)) => return Ok(Some(features)),
        Some(Answer::Error(Errno::ENOENT)) if named.is_some() => {
            return Err(Failure::Trouble(format!("{name} is no runtime of this host")));
        }
        Some(Answer::Error(Errno::ENOENT)) => "is not there".to_owned(),
        Some(Answer::Error(Errno::EOPNOTSUPP)) => "has no command `features`".to_owned(),
        Some(Answer::Error(Errno::EINVAL)) => "tells its features in words of its own".to_owned(),
        Some(Answer::Error(errno)) => format!("cannot be asked ({errno})"),
        None => "was not asked when the facts were recorded (`engine.runtime_features`)".to_owned(),
    };
    reporter.note(&format!(
        "{name} {why}: what it would refuse or ignore cannot be said; `--features FILE` tells it"
    ));
    Ok(None)
}
