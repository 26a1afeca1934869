//! Every case is compiled, and spec, plan and reasons are what they were.

use crate::ground::{Case, case, case_names};
use crate::shots::{each, snapshot};
use ocify::why::{Teller, Told};
use ocify::{Compiled, Config, Facts, Options, Refused, compile};
use std::collections::BTreeSet;
use std::fmt::Write as _;

#[test]
fn every_case_gives_what_it_gave() {
    each(&case_names(), |name| {
        let case = case(name);
        let options = Options { profile: case.profile() };
        match compile(&case.config, &case.facts, &options) {
            Ok(compiled) => compiled_as_before(&case, &compiled),
            Err(refused) => refused_as_before(&case, &refused),
        }
    });
}

fn compiled_as_before(case: &Case, compiled: &Compiled<'_>) {
    let (config, facts) = (&case.config, &case.facts);
    let teller = Teller::new(compiled.trails(), config, facts);
    let mut named = BTreeSet::new();
    let (mut why, mut also) = (String::new(), Vec::new());
    for place in compiled.places() {
        named.extend(teller.told(place.because).iter().map(|t| t.name.clone()));
        let told = teller.direct(place.because);
        // What the rules of the case decided, with all that made it so; for want of that, what they had a part in.
        let text = format!("{} = {}\n{}", place.name, place.value, reasons(&told));
        let decided = told.iter().rfind(|t| t.kind == "rule");
        if decided.is_some_and(|t| case.about.rules.contains(&t.name)) {
            why.push_str(&text);
        } else if told.iter().any(|t| case.about.rules.contains(&t.name)) {
            also.push(text);
        }
    }
    if why.is_empty() {
        why = also.into_iter().take(3).collect();
    }
    every_rule_is_named(case, &named);
    let spec = String::from_utf8(compiled.to_json()).unwrap();
    let tree = ocify::text::json(&spec).unwrap();
    shot(case, "spec", &serde_json::to_string_pretty(&tree).unwrap());
    shot(case, "plan", &plan(compiled, config, facts));
    shot(case, "why", &why);
}

fn refused_as_before(case: &Case, refused: &Refused) {
    let teller = Teller::new(refused.trails(), &case.config, &case.facts);
    let mut named = BTreeSet::new();
    let mut text = String::new();
    for diagnostic in &refused.diagnostics {
        let told = teller.told(diagnostic.because);
        named.extend(told.iter().map(|t| t.name.clone()));
        let (code, problem) = (diagnostic.problem.code(), &diagnostic.problem);
        writeln!(text, "{code} at {}: {problem}", diagnostic.when.word()).unwrap();
        writeln!(text, "  help: {}", problem.help()).unwrap();
        text.push_str(&reasons(&told));
    }
    // A missing fact is a hole in the fixture, unless the case is about one.
    let hole = refused.wants_facts() && !case.about.rules.iter().any(|r| r == "OC-MISSING-01");
    assert!(!hole, "{}: the facts lack\n{text}", case.name);
    every_rule_is_named(case, &named);
    shot(case, "refused", &text);
}

fn every_rule_is_named(case: &Case, named: &BTreeSet<String>) {
    let silent: Vec<&String> =
        case.about.rules.iter().filter(|r| !named.contains(*r) && *r != "OC-MISSING-01").collect();
    assert!(silent.is_empty(), "{}: no reason names {silent:?}", case.name);
}

fn reasons(told: &[Told]) -> String {
    let mut out = String::new();
    for cause in told {
        match cause.kind {
            "rule" => writeln!(out, "  {}", cause.name).unwrap(),
            kind => writeln!(out, "  {kind} {} = {}", cause.name, cause.text).unwrap(),
        }
    }
    out
}

/// A step a line, its way back below it.
fn plan(compiled: &Compiled<'_>, config: &Config, facts: &Facts) -> String {
    let mut out = String::new();
    for step in compiled.written_plan(config, facts).steps {
        let effect = serde_json::to_string(step.effect).unwrap();
        let undo = serde_json::to_string(&step.undo).unwrap();
        let rule = step.because.iter().rfind(|t| t.kind == "rule").map_or("none", |t| &t.name);
        writeln!(out, "{} {effect}\n  undo {undo}\n  by {rule}", step.stage.name()).unwrap();
    }
    out
}

fn shot(case: &Case, kind: &str, text: &str) {
    snapshot(&format!("{}.{kind}", case.name), &case.about.shows, text);
}
