//! `matrix`: a config on many hosts, which of them give the same, and what separates the others.

use super::args::{Matrix, MessageFormat};
use super::diff::{listed, turn};
use super::explain::{printable, shortened};
use super::render::Reporter;
use super::{Failure, input, output};
use ocify::Options;
use ocify::compare::{Blamed, Group, Host, Input, Separation, matrix};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn run(args: &Matrix, reporter: &Reporter) -> Result<(), Failure> {
    let profile = args.reading.profile();
    let file = input::config(&args.config, profile, args.reading.lenient)
        .map_err(Failure::of_a_config_that_is_compared)?;
    let mut hosts = Vec::new();
    for path in records(&args.facts_dir)? {
        let name = path.strip_prefix(&args.facts_dir).unwrap_or(&path).with_extension("");
        hosts.push(Host { name: name.display().to_string(), facts: input::facts(&path)? });
    }
    if hosts.is_empty() {
        let dir = args.facts_dir.display();
        return Err(Failure::Trouble(format!("there is no facts record (*.json) below `{dir}`")));
    }
    let found = matrix(&file.config, &hosts, &Options { profile })
        .map_err(|e| Failure::Trouble(format!("the facts cannot be compared: {e}")))?;
    let told = match reporter.format() {
        MessageFormat::Json => {
            let groups = found.groups.iter().zip(1..).map(|(group, number)| told(group, number));
            let separations = found.separations.iter().map(separated);
            lines(groups.chain(separations))
        }
        MessageFormat::Human => {
            let mut out = table(&found.groups);
            for separation in &found.separations {
                separate(&mut out, separation);
            }
            out
        }
    };
    output::print(told.as_bytes())
}

/// One object a line.
pub(super) fn lines(objects: impl Iterator<Item = Value>) -> String {
    let mut out = String::new();
    for object in objects {
        let _ = writeln!(out, "{object}"); // Writing to text cannot fail.
    }
    out
}

/// The records below a directory, in order.
fn records(dir: &Path) -> Result<Vec<PathBuf>, Failure> {
    let trouble = |dir: &Path, e: std::io::Error| {
        Failure::Trouble(format!("cannot read `{}`: {e}", dir.display()))
    };
    let (mut found, mut todo) = (Vec::new(), vec![dir.to_owned()]);
    while let Some(dir) = todo.pop() {
        for entry in fs::read_dir(&dir).map_err(|e| trouble(&dir, e))? {
            let entry = entry.map_err(|e| trouble(&dir, e))?;
            let (path, kind) = (entry.path(), entry.file_type().map_err(|e| trouble(&dir, e))?);
            if kind.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn told(group: &Group, number: u32) -> Value {
    let refusal = |(code, words): &(&str, String)| json!({ "code": code, "message": words });
    json!({
        "group": number,
        "hosts": group.hosts,
        "outcome": if group.refusals.is_empty() { "compiled" } else { "refused" },
        "refusals": group.refusals.iter().map(refusal).collect::<Vec<_>>(),
    })
}

/// The facts to blame, each with its two values.
fn facts(separation: &Separation) -> BTreeMap<String, &Blamed> {
    let all = separation.differences.iter().flat_map(|difference| &difference.blame);
    all.filter_map(|blamed| match &blamed.input {
        Input::Fact(name) if separation.facts.contains(name) => Some((name.to_string(), blamed)),
        _ => None,
    })
    .collect()
}

fn separated(separation: &Separation) -> Value {
    let fact = |(name, blamed): (String, &Blamed)| json!({ "name": name, "before": blamed.before, "after": blamed.after });
    let places = separation.differences.iter().map(|difference| difference.place.as_str());
    json!({
        "group": separation.group.saturating_add(1),
        "against": 1,
        "places": places.collect::<Vec<_>>(),
        "facts": facts(separation).into_iter().map(fact).collect::<Vec<_>>(),
    })
}

fn table(groups: &[Group]) -> String {
    let mut rows = vec![["GROUP", "HOSTS", "OUTCOME", "WHICH"].map(str::to_owned)];
    for (group, number) in groups.iter().zip(1..) {
        let outcome = match group.refusals.first() {
            None => "compiled".to_owned(),
            Some((code, words)) => format!("refused ({code}: {})", shortened(words, 60)),
        };
        rows.push([
            format!("{number}"),
            group.hosts.len().to_string(),
            printable(&outcome),
            listed(&group.hosts, 8),
        ]);
    }
    let mut widths = [0; 4];
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (text, width) in row.iter().zip(widths) {
            let _ = write!(line, "{text:width$}  "); // Writing to text cannot fail.
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// How many facts separate a group, as far as people are told.
const MOST: usize = 8;

fn separate(out: &mut String, separation: &Separation) {
    let places: Vec<String> = separation.differences.iter().map(|d| d.place.clone()).collect();
    let number = separation.group.saturating_add(1);
    // Writing to text cannot fail.
    let _ = writeln!(out, "\nGroup {number} differs from group 1 in {}", listed(&places, 4));
    let facts = facts(separation);
    for (name, blamed) in facts.iter().take(MOST) {
        let _ = writeln!(out, "  fact    {}: {}", printable(name), printable(&turn(blamed)));
    }
    match facts.len().saturating_sub(MOST) {
        0 => {}
        more => drop(writeln!(out, "  and {more} more (--message-format json)")),
    }
    if facts.is_empty() {
        out.push_str("  bug     no reason names a fact that differs: please report it\n");
    }
}
