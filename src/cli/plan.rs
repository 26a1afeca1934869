//! `plan`: the changes to the host, for reading or as JSON.

use super::args::Plan;
use super::render::Reporter;
use super::{Failure, compile, output};
use ocify::plan::{Effect, Undo, WrittenPlan};
use ocify::why::Told;
use serde_json::Value;
use std::fmt::Write as _;

pub(crate) fn run(args: &Plan, reporter: &Reporter) -> Result<(), Failure> {
    compile::with_compiled(&args.given, reporter, |compiled, file, facts| {
        let plan = compiled.written_plan(&file.config, facts);
        if args.json {
            let mut json = serde_json::to_vec_pretty(&plan)
                .map_err(|e| Failure::Trouble(format!("cannot write the plan: {e}")))?;
            json.push(b'\n');
            output::print(&json)
        } else {
            output::print(list(&plan).as_bytes())
        }
    })
}

/// The plan for reading.
fn list(plan: &WrittenPlan<'_>) -> String {
    let mut out = String::new();
    for (step, number) in plan.steps.iter().zip(1..) {
        let word = step.effect.word();
        let about =
            Effect::WORDS.iter().find(|(name, _)| *name == word).map_or("", |(_, about)| about);
        line(
            &mut out,
            format_args!("{number:>3}. {:<8} {word} — {}", step.stage.name(), about.trim()),
        );
        for (field, value) in fields(step.effect, "do") {
            line(&mut out, format_args!("       {field}: {value}"));
        }
        line(&mut out, format_args!("     undo: {}", undone(&step.undo)));
        line(&mut out, format_args!("     because: {}", reasons(&step.because)));
    }
    if plan.steps.is_empty() {
        out.push_str("nothing has to be changed on the host\n");
    }
    out
}

fn line(out: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{words}"); // Writing to text cannot fail.
}

/// The fields of an effect or undo that say something, as they are written.
fn fields(of: &impl serde::Serialize, tag: &str) -> Vec<(String, String)> {
    let Ok(Value::Object(map)) = serde_json::to_value(of) else { return Vec::new() };
    let empty = |value: &Value| match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(true) | Value::Number(_) | Value::Object(_) => false,
    };
    let said = map.into_iter().filter(|(key, value)| key != tag && !empty(value));
    said.map(|(key, value)| {
        let words = match &value {
            Value::String(text) => super::explain::shortened(&format!("{text:?}"), 100),
            other => super::explain::shortened(&other.to_string(), 100),
        };
        (key, words)
    })
    .collect()
}

fn undone(undo: &Undo) -> String {
    if let Undo::Keep { why } = undo {
        return format!("nothing: {why}");
    }
    let word = match serde_json::to_value(undo) {
        Ok(Value::Object(map)) => match map.get("undo") {
            Some(Value::String(word)) => word.clone(),
            _ => String::new(),
        },
        _ => String::new(),
    };
    let mut out = word;
    for (field, value) in fields(undo, "undo") {
        let _ = write!(out, " {field}: {value}"); // Writing to text cannot fail.
    }
    out
}

/// How many inputs a step names; `explain` and the JSON name all.
const MOST: usize = 4;

/// The rule that decided, and the inputs that were there for it: first those of the config.
fn reasons(because: &[Told]) -> String {
    let rule = because.iter().rfind(|told| told.kind == "rule");
    let mut words: Vec<String> =
        rule.iter().map(|told| format!("{}: {}", told.name, told.text)).collect();
    let unset = |told: &Told| matches!(told.text.as_str(), "not given" | "not set");
    let inputs =
        |kind: &'static str| because.iter().rev().filter(move |t| t.kind == kind && !unset(t));
    let all: Vec<&str> =
        inputs("config").chain(inputs("fact")).map(|told| told.name.as_str()).collect();
    if !all.is_empty() {
        let shown = all.iter().take(MOST).copied().collect::<Vec<_>>().join(", ");
        let more = all.len().saturating_sub(MOST);
        words.push(if more > 0 { format!("{shown} and {more} more") } else { shown });
    }
    words.join("\n       from ")
}
