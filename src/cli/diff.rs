//! `diff`: what differs between two hosts or two configs, and which facts or lines are to blame.

use super::args::{Diff, How, MessageFormat};
use super::explain::{printable, shortened};
use super::matrix::lines;
use super::message::{Source, at, row};
use super::render::{Reporter, coloured};
use super::{Failure, host, input, output};
use ocify::compare::{Blamed, Difference, Input, Scope, Side, What, compare, of_one_container};
use ocify::{Config, Facts, Options};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

pub(crate) fn run(args: &Diff, reporter: &Reporter) -> Result<ExitCode, Failure> {
    once_standard_input(args)?;
    let profile = args.reading.profile();
    let read = |path: &Path| {
        input::config(path, profile, args.reading.lenient)
            .map_err(Failure::of_a_config_that_is_compared)
    };
    let first = read(&args.config)?;
    let second = args.other.as_deref().map(read).transpose()?;
    let (before, after) = (&first, second.as_ref().unwrap_or(&first));
    let (mut facts_a, mut facts_b) = match (&second, args.facts.as_slice()) {
        (None, [a, b]) => (input::facts(a)?, input::facts(b)?),
        (None, _) => {
            return Err(Failure::Trouble(
                "one config is compared on two hosts: --facts A --facts B, or name a second config"
                    .to_owned(),
            ));
        }
        (Some(_), []) => of_this_host(before, after, args)?,
        (Some(_), [one]) => {
            let facts = input::facts(one)?;
            (facts.clone(), facts)
        }
        (Some(_), _) => {
            return Err(Failure::Trouble(
                "two configs are compared on one host: give --facts once".to_owned(),
            ));
        }
    };
    if args.same_container {
        facts_a = one_container(&before.config, &facts_a)?;
        facts_b = one_container(&after.config, &facts_b)?;
    }
    let options = Options { profile };
    let a = Side::new(&before.config, &facts_a, &options);
    let b = Side::new(&after.config, &facts_b, &options);
    if let (Err(refused), Err(_)) = (&a.outcome, &b.outcome) {
        reporter.warning(&format!("neither is compiled: {refused}"));
    }
    let differences = compare(&a, &b, Scope { plan: args.plan });
    let told = match reporter.format() {
        MessageFormat::Json => {
            lines(differences.iter().map(|d| object(d, &before.source, &after.source)))
        }
        MessageFormat::Human => {
            let names = match args.facts.as_slice() {
                [a, b] => [a.display().to_string(), b.display().to_string()],
                _ => [before.source.name.clone(), after.source.name.clone()],
            };
            let colour = coloured(std::io::stdout().is_terminal());
            let page = Page { sources: [&before.source, &after.source], colour };
            page.of(&names, &differences)
        }
    };
    output::print(told.as_bytes())?;
    Ok(ExitCode::from(u8::from(!differences.is_empty())))
}

fn once_standard_input(args: &Diff) -> Result<(), Failure> {
    let inputs = [&args.config].into_iter().chain(&args.other).chain(&args.facts);
    if inputs.filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::Trouble("only one input can be standard input".to_owned()));
    }
    Ok(())
}

pub(super) fn one_container(config: &Config, facts: &Facts) -> Result<Facts, Failure> {
    of_one_container(config, facts)
        .map_err(|e| Failure::Trouble(format!("the facts cannot be compared: {e}")))
}

/// What two configs need to know of this host, as of one container: what both ask is answered for both.
fn of_this_host(
    before: &input::ConfigFile,
    after: &input::ConfigFile,
    args: &Diff,
) -> Result<(Facts, Facts), Failure> {
    let mut how = How { facts: None, reading: args.reading, host: args.host.clone() };
    let first = host::facts(&before.config, &how)?;
    how.host.id.clone_from(&first.container.id);
    let mut second = host::facts(&after.config, &how)?;
    second.container.created.clone_from(&first.container.created);
    second.container.random_names.clone_from(&first.container.random_names);
    let both = |own: &Facts, other: &Facts| -> Result<Facts, Failure> {
        let trouble = |e: &dyn std::fmt::Display| {
            Failure::Trouble(format!("the facts cannot be compared: {e}"))
        };
        let mut own = serde_json::to_value(own).map_err(|e| trouble(&e))?;
        let other = serde_json::to_value(other).map_err(|e| trouble(&e))?;
        fill(&mut own, &other);
        ocify::facts::facts_from_json(&own.to_string()).map_err(|e| trouble(&e))
    };
    Ok((both(&first, &second)?, both(&second, &first)?))
}

/// Takes over what another record of the same host says besides. The container, its image and its root are each config's own.
fn fill(own: &mut Value, other: &Value) {
    let (Value::Object(own), Value::Object(other)) = (own, other) else { return };
    for (room, entries) in other {
        if ["container", "image", "rootfs"].contains(&room.as_str()) {
            continue;
        }
        match (own.get_mut(room), entries) {
            (None, _) => drop(own.insert(room.clone(), entries.clone())),
            (Some(Value::Object(own)), Value::Object(entries)) => {
                for (key, value) in entries {
                    own.entry(key.as_str()).or_insert_with(|| value.clone());
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// A difference for programs.
fn object(difference: &Difference, before: &Source, after: &Source) -> Value {
    let blame = |blamed: &Blamed| match &blamed.input {
        Input::Fact(name) => json!({
            "kind": "fact", "name": name.to_string(), "before": blamed.before, "after": blamed.after,
        }),
        Input::Config(path) => {
            let side = if blamed.after.is_some() { after } else { before };
            let mark = at(side, path);
            json!({
                "kind": "config", "name": path, "before": blamed.before, "after": blamed.after,
                "file": side.name,
                "line": mark.as_ref().map(|mark| mark.line),
                "column": mark.as_ref().map(|mark| mark.column),
            })
        }
    };
    json!({
        "what": difference.what.word(),
        "place": difference.place,
        "file": difference.file,
        "before": difference.before,
        "after": difference.after,
        "blame": difference.blame.iter().map(blame).collect::<Vec<_>>(),
        "unexplained": difference.unexplained(),
    })
}

/// How many inputs are named for a difference; the JSON names all.
const MOST: usize = 4;
/// How many places are named that changed alike.
const PLACES: usize = 12;
/// How much of a value is shown, characters.
const WIDTH: usize = 160;

/// Whether two places changed in one way, with the same inputs to blame.
fn alike(a: &Difference, b: &Difference) -> bool {
    let same = |a: &Difference, b: &Difference| {
        (a.what, &a.before, &a.after, &a.blame) == (b.what, &b.before, &b.after, &b.blame)
    };
    !matches!(a.what, What::File | What::Step) && same(a, b)
}

struct Page<'s> {
    sources: [&'s Source; 2],
    colour: bool,
}

impl Page<'_> {
    fn of(&self, names: &[String; 2], differences: &[Difference]) -> String {
        let mut out = String::new();
        if differences.is_empty() {
            return "no difference\n".to_owned();
        }
        let [before, after] = names;
        self.line(&mut out, RED, &format!("--- {before}"));
        self.line(&mut out, GREEN, &format!("+++ {after}"));
        // What changed in one way for one reason is told once.
        for alike in differences.chunk_by(alike) {
            out.push('\n');
            self.tell(&mut out, alike);
        }
        let inputs: BTreeSet<&Input> =
            differences.iter().flat_map(|d| d.blame.iter().map(|b| &b.input)).collect();
        let words = match differences.len() {
            1 => "1 difference".to_owned(),
            n => format!("{n} differences"),
        };
        let all: Vec<String> = inputs.iter().map(|input| name(input)).collect();
        let _ = writeln!(out, "\n{words}, by {}", listed(&all, 8)); // Writing to text cannot fail.
        out
    }

    fn line(&self, out: &mut String, colour: &str, words: &str) {
        let words = printable(words);
        let (on, off) = if self.colour { (colour, "\u{1b}[0m") } else { ("", "") };
        let _ = writeln!(out, "{on}{words}{off}"); // Writing to text cannot fail.
    }

    fn tell(&self, out: &mut String, alike: &[Difference]) {
        let Some(difference) = alike.first() else { return };
        let kind = match difference.what {
            What::Spec => String::new(),
            What::Order => " (order)".to_owned(),
            What::File => format!(" (text of {})", difference.file),
            What::Step => " (plan)".to_owned(),
            What::Refusal => " (refused)".to_owned(),
        };
        for one in alike.iter().take(PLACES) {
            self.line(out, BOLD, &format!("{}{kind}", one.place));
        }
        match alike.len().saturating_sub(PLACES) {
            0 => {}
            more => self.line(out, BOLD, &format!("and {more} more places")),
        }
        let values = [(&difference.before, RED, '-'), (&difference.after, GREEN, '+')];
        for (value, colour, sign) in values {
            for text in value.iter().flat_map(|value| rows(value, difference.what)) {
                self.line(out, colour, &format!("  {sign} {}", shortened(&text, WIDTH)));
            }
        }
        for blamed in difference.blame.iter().take(MOST) {
            self.blame(out, blamed);
        }
        match difference.blame.len().saturating_sub(MOST) {
            0 => {}
            more => self.line(out, "", &format!("  and {more} more (--message-format json)")),
        }
        if difference.unexplained() {
            self.line(
                out,
                "",
                "  bug     no reason of this place names an input that differs: please report it",
            );
        }
    }

    fn blame(&self, out: &mut String, blamed: &Blamed) {
        let [before, after] = self.sources;
        match &blamed.input {
            Input::Fact(name) => self.line(out, "", &format!("  fact    {name}: {}", turn(blamed))),
            Input::Config(path) => {
                let side = if blamed.after.is_some() { after } else { before };
                let Some(mark) = at(side, path) else {
                    self.line(out, "", &format!("  config  {path}: {}", turn(blamed)));
                    return;
                };
                let place = format!("{}:{}:{}", side.name, mark.line, mark.column);
                self.line(out, "", &format!("  config  {path} ({place})"));
                let text = row(&side.text, mark.line).map_or("", |(_, row)| row);
                self.line(out, "", &format!("          {:>4} | {text}", mark.line));
            }
        }
    }
}

const BOLD: &str = "\u{1b}[1m";
const RED: &str = "\u{1b}[31m";
const GREEN: &str = "\u{1b}[32m";

/// A value in lines: a text as it is, everything else as JSON.
fn rows(value: &Value, what: What) -> Vec<String> {
    match (value, what) {
        (Value::String(text), What::File) => text.lines().map(str::to_owned).collect(),
        (Value::String(text), What::Refusal | What::Order) => vec![text.clone()],
        (Value::Object(map), _) if map.is_empty() => vec!["nothing of that".to_owned()],
        _ => vec![value.to_string()],
    }
}

/// What an input was and is.
pub(super) fn turn(blamed: &Blamed) -> String {
    let said = |value: &Option<Value>| match value {
        Some(value) => shortened(&value.to_string(), 60),
        None => "not set".to_owned(),
    };
    format!("{} -> {}", said(&blamed.before), said(&blamed.after))
}

/// An input's name.
pub(super) fn name(input: &Input) -> String {
    match input {
        Input::Fact(name) => name.to_string(),
        Input::Config(path) => path.clone(),
    }
}

/// The first of some names.
pub(super) fn listed(names: &[String], most: usize) -> String {
    if names.is_empty() {
        return "nothing that is known".to_owned();
    }
    let shown = names.iter().take(most).map(|name| printable(name)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
