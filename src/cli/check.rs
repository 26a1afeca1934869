//! `check`: what is wrong with a config or a spec, and what the runtime would refuse or ignore.

use super::args::{Check, How};
use super::message::{Message, Source};
use super::render::Reporter;
use super::{Failure, compile, host, input};
use ocify::Facts;
use ocify::check::{self, Finding, Severity, Surroundings};
use ocify::config::Format;
use ocify::facts::{Answer, Errno, RuntimeFeatures};
use ocify::provenance::Because;
use ocify::text::{Node, json, yaml};
use ocify::why::{Place, Teller};
use std::path::Path;
use std::process::ExitCode;

/// Says what is found. Errors end with 1, as a refusal does.
pub(crate) fn run(args: &Check, reporter: &Reporter) -> Result<ExitCode, Failure> {
    input::one_standard_input(&args.subject, &args.how)?;
    let source = input::text(&args.subject)?;
    let asked = args.features.as_deref().map(input::features).transpose()?;
    let errors = match tree(&source).filter(check::is_spec) {
        Some(spec) => of_spec(&spec, &source, args, asked, reporter)?,
        None => of_config(source.clone(), args, asked, reporter)?,
    };
    match errors {
        0 => return Ok(ExitCode::SUCCESS),
        1 => reporter.error("1 error is found"),
        n => reporter.error(&format!("{n} errors are found")),
    }
    Ok(ExitCode::from(1))
}

/// Whether a file is a spec rather than a config. Standard input is not looked at, as it can be read only once.
pub(crate) fn is_spec_file(path: &Path) -> bool {
    path.as_os_str() != "-"
        && input::text(path).is_ok_and(|source| tree(&source).is_some_and(|t| check::is_spec(&t)))
}

fn tree(source: &Source) -> Option<Node<'_>> {
    match source.format {
        Format::Json => json(&source.text),
        Format::Yaml => yaml(&source.text),
    }
    .ok()
}

/// A spec that somebody made: every finding stands under its line.
fn of_spec(
    spec: &Node<'_>,
    source: &Source,
    args: &Check,
    asked: Option<RuntimeFeatures>,
    reporter: &Reporter,
) -> Result<usize, Failure> {
    let facts = args.how.facts.as_deref().map(input::facts).transpose()?;
    let mut findings = check::spec(spec);
    if let Some(features) = features(asked, facts.as_ref(), &args.how, reporter)? {
        findings.extend(check::runtime(spec, &features, around(facts.as_ref())));
    }
    let messages: Vec<Message> = findings.iter().map(|f| Message::finding(source, f)).collect();
    reporter.say(&messages);
    Ok(errors(&findings))
}

/// A config: its refusals and warnings, then what is found in the spec that it becomes.
fn of_config(
    source: Source,
    args: &Check,
    asked: Option<RuntimeFeatures>,
    reporter: &Reporter,
) -> Result<usize, Failure> {
    let how = &args.how;
    let file = input::config_of(source, how.reading.profile(), how.reading.lenient)?;
    let mut found = 0;
    compile::with_compiled_file(&file, how, reporter, |compiled, facts| {
        let bytes = compiled.to_json();
        let trouble = |e: &dyn std::fmt::Display| Failure::Trouble(format!("config.json: {e}"));
        let text = std::str::from_utf8(&bytes).map_err(|e| trouble(&e))?;
        let spec = json(text).map_err(|e| trouble(&e))?;
        let mut findings = check::spec(&spec);
        if let Some(features) = features(asked, Some(facts), how, reporter)? {
            findings.extend(check::runtime(&spec, &features, around(Some(facts))));
        }
        let places = compiled.places();
        let teller = Teller::new(compiled.trails(), &file.config, facts);
        let say = |finding: &Finding| {
            Message::compiled(&file.source, &teller, finding, reason(finding, &places))
        };
        reporter.say(&findings.iter().map(say).collect::<Vec<_>>());
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
