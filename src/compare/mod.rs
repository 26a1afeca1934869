//! Compares: what differs between two results, and which of their inputs is to blame for it; which hosts give the same.
//!
//! **Invariant:** a difference blames only inputs that stand in the reasons of its place and are not the same on both sides. One that has nobody to
//! blame is a mistake in the reasons, and says so ([`Difference::unexplained`]).

mod blame;
mod matrix;
mod spec;

pub use blame::{Blamed, FactName, Input};
pub use matrix::{Group, Host, Matrix, Separation, matrix, of_one_container};

use crate::plan::{Content, Effect};
use crate::problem::Problem;
use crate::provenance::{Because, Trails};
use crate::why::PlaceKind;
use crate::{Compiled, Config, Facts, Options, Refused, compile};
use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use blame::Blamer;
use serde_json::Value;
use spec::narrowed;

/// One of the two that are compared: its inputs and what came of them.
#[derive(Debug)]
pub struct Side<'a> {
    /// The config.
    pub config: &'a Config,
    /// The facts.
    pub facts: &'a Facts,
    /// What was compiled, or why it was refused.
    pub outcome: Result<Compiled<'a>, Refused>,
}

impl<'a> Side<'a> {
    /// Compiles a config for a host, to be compared.
    pub fn new(config: &'a Config, facts: &'a Facts, options: &Options) -> Self {
        Side { config, facts, outcome: compile(config, facts, options) }
    }

    fn trails(&self) -> &Trails {
        match &self.outcome {
            Ok(compiled) => compiled.trails(),
            Err(refused) => refused.trails(),
        }
    }
}

/// What kind of thing differs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum What {
    /// A place of the spec.
    Spec,
    /// The order of mounts that lie on one another, or of hooks.
    Order,
    /// The text of a generated file.
    File,
    /// A step of the plan.
    Step,
    /// A refusal.
    Refusal,
    /// A warning.
    Warning,
}

impl What {
    /// Its word, as it is written for programs.
    pub fn word(self) -> &'static str {
        match self {
            What::Spec => "spec",
            What::Order => "order",
            What::File => "file",
            What::Step => "step",
            What::Refusal => "refusal",
            What::Warning => "warning",
        }
    }
}

/// One difference.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// The place, as `explain` takes it: `mounts[/run]`, `cap CAP_NET_RAW`, `plan[3:write_file]`, the code of a refusal or a warning.
    pub place: String,
    /// What kind of thing it is.
    pub what: What,
    /// The file's path in the container; empty for everything else.
    pub file: String,
    /// What it is on the first side, apart from what both have in common; none where it is not there.
    pub before: Option<Value>,
    /// What it is on the second side.
    pub after: Option<Value>,
    /// The inputs to blame, the nearest first.
    pub blame: Vec<Blamed>,
}

impl Difference {
    /// Whether no reason names an input that differs: a mistake in this library, not in what it was given.
    pub fn unexplained(&self) -> bool {
        self.blame.is_empty()
    }
}

/// How much is compared.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Scope {
    /// Also the steps of the plan; without it the spec, the generated files, warnings and refusals.
    pub plan: bool,
}

/// What differs between two results: nothing where they mean the same, whatever the order of their sets. Where either is refused only the refusals
/// are compared.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ocify::compare::{Scope, Side, compare};
/// let (config, facts) = (ocify::parse("rootfs: /srv\n")?, ocify::Facts::default());
/// let options = ocify::Options::default();
/// let (a, b) = (Side::new(&config, &facts, &options), Side::new(&config, &facts, &options));
/// assert!(compare(&a, &b, Scope::default()).is_empty());
/// # Ok(())
/// # }
/// ```
pub fn compare(before: &Side<'_>, after: &Side<'_>, scope: Scope) -> Vec<Difference> {
    let blamer = Blamer::new(before, after);
    match (&before.outcome, &after.outcome) {
        (Ok(a), Ok(b)) => {
            let both = Both { a, b, blamer: &blamer, out: Vec::new() };
            both.compared(scope)
        }
        _ => refusals(before, after, &blamer),
    }
}

/// The facts to blame for all of the differences, by name.
pub fn blamed(differences: &[Difference]) -> BTreeSet<FactName> {
    let inputs = differences.iter().flat_map(|difference| &difference.blame);
    inputs
        .filter_map(|blamed| match &blamed.input {
            Input::Fact(name) => Some(name.clone()),
            Input::Config(_) => None,
        })
        .collect()
}

/// Refusals that only one side has.
fn refusals(before: &Side<'_>, after: &Side<'_>, blamer: &Blamer<'_>) -> Vec<Difference> {
    fn of<'r>(side: &'r Side<'_>) -> Vec<(&'static str, String, &'r Problem, Because)> {
        let refused = side.outcome.as_ref().err();
        let all = refused.into_iter().flat_map(|refused| &refused.diagnostics);
        all.map(|d| (d.problem.code(), d.problem.to_string(), &d.problem, d.because)).collect()
    }
    let (a, b) = (of(before), of(after));
    let mut out = Vec::new();
    for (own, other, first) in [(&a, &b, true), (&b, &a, false)] {
        for (code, words, problem, because) in own {
            if other.iter().any(|(c, w, ..)| c == code && w == words) {
                continue;
            }
            let mut blame =
                if first { blamer.blame(&[*because], &[]) } else { blamer.blame(&[], &[*because]) };
            if let Problem::MissingFact { question } = problem {
                blame.insert(0, blamer.missing(question));
            }
            let said = Some(Value::from(words.as_str()));
            let (before, after) = if first { (said, None) } else { (None, said) };
            out.push(Difference {
                place: (*code).to_owned(),
                what: What::Refusal,
                file: String::new(),
                before,
                after,
                blame,
            });
        }
    }
    out
}

/// The reasons of a side by place.
type Reasons = BTreeMap<String, Vec<Because>>;

fn reasons(of: &Compiled<'_>) -> Reasons {
    let mut all = Reasons::new();
    for place in of.places() {
        if matches!(place.kind, PlaceKind::Spec | PlaceKind::Absent) {
            all.entry(place.name).or_default().push(place.because);
        }
    }
    all
}

/// The places in whose reasons a difference is looked for: its own, and of equal keys all of them, for none is the one that came or went.
fn reasons_of(all: &Reasons, place: &str) -> Vec<Because> {
    let within = |prefix: &str| {
        let from = all.range(prefix.to_owned()..).take_while(|(name, _)| name.starts_with(prefix));
        from.flat_map(|(_, becauses)| becauses.iter().copied()).collect::<Vec<_>>()
    };
    if place.starts_with("cap ") {
        return within("process.capabilities");
    }
    let base =
        place.rsplit_once("]#").map_or_else(|| place.to_owned(), |(key, _)| format!("{key}]"));
    let mut found = all.get(&base).cloned().unwrap_or_default();
    found.extend(within(&format!("{base}#")));
    found
}

struct Both<'s, 'a> {
    a: &'s Compiled<'a>,
    b: &'s Compiled<'a>,
    blamer: &'s Blamer<'s>,
    out: Vec<Difference>,
}

impl Both<'_, '_> {
    fn compared(mut self, scope: Scope) -> Vec<Difference> {
        let written =
            |of: &Compiled<'_>| serde_json::from_slice::<Value>(&of.to_json()).unwrap_or_default();
        let (a, b) = (written(self.a), written(self.b));
        if a != b {
            let (why_a, why_b) = (reasons(self.a), reasons(self.b));
            self.places(&a, &b, &why_a, &why_b);
            self.orders(&a, &b, &why_a, &why_b);
        }
        self.files();
        self.warnings();
        if scope.plan {
            self.steps();
        }
        self.out
    }

    fn places(&mut self, a: &Value, b: &Value, why_a: &Reasons, why_b: &Reasons) {
        let (a, b) = (spec::places(a), spec::places(b));
        let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        for name in names {
            let (before, after) = (a.get(name), b.get(name));
            if before != after {
                let blame = self.blamer.blame(&reasons_of(why_a, name), &reasons_of(why_b, name));
                self.push(name.clone(), What::Spec, (before, after), blame);
            }
        }
    }

    fn push(
        &mut self,
        place: String,
        what: What,
        values: (Option<&Value>, Option<&Value>),
        blame: Vec<Blamed>,
    ) {
        let (before, after) = match values {
            (Some(before), Some(after)) => {
                let (before, after) = narrowed(before, after);
                (Some(before), Some(after))
            }
            (before, after) => (before.cloned(), after.cloned()),
        };
        self.out.push(Difference { place, what, file: String::new(), before, after, blame });
    }

    /// Mounts that lie on one another and hooks of one stage, where both sides have them and not in the same order.
    fn orders(&mut self, a: &Value, b: &Value, why_a: &Reasons, why_b: &Reasons) {
        let (mounts_a, mounts_b) = (spec::mount_order(a), spec::mount_order(b));
        for ((inner, outer), behind) in &mounts_a {
            let Some(other) =
                mounts_b.get(&(inner.clone(), outer.clone())).filter(|other| *other != behind)
            else {
                continue;
            };
            let words = |behind: bool| {
                Value::from(format!("{} mounts[{outer}]", if behind { "after" } else { "before" }))
            };
            let both = |why: &Reasons| {
                let of = |path: &str| reasons_of(why, &format!("mounts[{path}]"));
                [of(inner), of(outer)].concat()
            };
            let blame = self.blamer.blame(&both(why_a), &both(why_b));
            let values = (words(*behind), words(*other));
            self.push(
                format!("mounts[{inner}]"),
                What::Order,
                (Some(&values.0), Some(&values.1)),
                blame,
            );
        }
        let (hooks_a, hooks_b) = (spec::hook_order(a), spec::hook_order(b));
        for (stage, before) in &hooks_a {
            let Some(after) = hooks_b.get(stage) else { continue };
            let common = |own: &[String], other: &[String]| -> Vec<Value> {
                own.iter().filter(|path| other.contains(path)).map(|p| p.as_str().into()).collect()
            };
            let (before, after) = (common(before, after), common(after, before));
            if before == after {
                continue;
            }
            let of_stage = |why: &Reasons| -> Vec<Because> {
                let prefix = format!("hooks[{stage}:");
                why.iter()
                    .filter(|(n, _)| n.starts_with(&prefix))
                    .flat_map(|(_, b)| b.clone())
                    .collect()
            };
            let blame = self.blamer.blame(&of_stage(why_a), &of_stage(why_b));
            let values = (Value::Array(before), Value::Array(after));
            self.push("hooks".to_owned(), What::Order, (Some(&values.0), Some(&values.1)), blame);
        }
    }

    /// Files that are generated and bound into the container, by where they land.
    fn files(&mut self) {
        let (a, b) = (files(self.a), files(self.b));
        let paths: BTreeSet<&&str> = a.keys().chain(b.keys()).collect();
        for path in paths {
            let (before, after) = (a.get(*path), b.get(*path));
            if before.map(|f| f.text) == after.map(|f| f.text) {
                continue;
            }
            let why = |file: Option<&File<'_>>| file.map_or(Vec::new(), |f| f.because.clone());
            let blame = self.blamer.blame(&why(before), &why(after));
            let Some(step) = after.or(before).map(|file| file.step.clone()) else { continue };
            let text = |file: Option<&File<'_>>| file.map(|f| Value::from(f.text));
            self.push(step, What::File, (text(before).as_ref(), text(after).as_ref()), blame);
            if let Some(last) = self.out.last_mut() {
                (**path).clone_into(&mut last.file);
            }
        }
    }

    /// Warnings that only one side has.
    fn warnings(&mut self) {
        let of = |side: &Compiled<'_>| -> Vec<(&'static str, String, Because)> {
            let all = side.warnings().iter();
            all.map(|w| (w.kind.code(), w.kind.to_string(), w.because)).collect()
        };
        let (a, b) = (of(self.a), of(self.b));
        for (own, other, first) in [(&a, &b, true), (&b, &a, false)] {
            for (code, words, because) in own {
                if other.iter().any(|(c, w, _)| c == code && w == words) {
                    continue;
                }
                let said = Some(Value::from(words.as_str()));
                let (blame, values) = if first {
                    (self.blamer.blame(&[*because], &[]), (said.as_ref(), None))
                } else {
                    (self.blamer.blame(&[], &[*because]), (None, said.as_ref()))
                };
                self.push((*code).to_owned(), What::Warning, values, blame);
            }
        }
    }

    /// Steps that only one side has; two that do the same to the same thing in another way are one difference.
    fn steps(&mut self) {
        let (mut a, mut b) = (steps(self.a), steps(self.b));
        let mut alike: BTreeMap<String, u32> = BTreeMap::new();
        for step in &b {
            let count = alike.entry(step.value.to_string()).or_default();
            *count = count.saturating_add(1);
        }
        let mut both: BTreeMap<String, u32> = BTreeMap::new();
        a.retain(|step| {
            let written = step.value.to_string();
            match alike.get_mut(&written) {
                Some(count) if *count > 0 => {
                    *count = count.saturating_sub(1);
                    let count = both.entry(written).or_default();
                    *count = count.saturating_add(1);
                    false
                }
                _ => true,
            }
        });
        b.retain(|step| match both.get_mut(&step.value.to_string()) {
            Some(count) if *count > 0 => {
                *count = count.saturating_sub(1);
                false
            }
            _ => true,
        });
        for before in a {
            let pair = b.iter().position(|after| after.about == before.about);
            let after = pair.map(|at| b.remove(at));
            let why = after.as_ref().map_or(Vec::new(), |step| Vec::from([step.because]));
            let blame = self.blamer.blame(&[before.because], &why);
            let place = after.as_ref().map_or(before.place, |step| step.place.clone());
            let after = after.map(|step| step.value);
            self.push(place, What::Step, (Some(&before.value), after.as_ref()), blame);
        }
        for after in b {
            let blame = self.blamer.blame(&[], &[after.because]);
            self.push(after.place, What::Step, (None, Some(&after.value)), blame);
        }
    }
}

/// A generated file.
struct File<'c> {
    text: &'c str,
    /// The place of the step that wrote it last.
    step: String,
    because: Vec<Because>,
}

fn files<'c>(of: &'c Compiled<'_>) -> BTreeMap<&'c str, File<'c>> {
    let mut written: BTreeMap<&str, (&str, String, Vec<Because>)> = BTreeMap::new();
    for (step, at) in of.plan.iter().zip(0_u32..) {
        let (Effect::WriteFile { path, content: Content::Text(text), .. }
        | Effect::RewriteFile { path, text }) = &step.effect
        else {
            continue;
        };
        let file = written.entry(path).or_default();
        file.0 = text;
        file.1 = format!("plan[{at}:{}]", step.effect.word());
        file.2.push(step.because);
    }
    let mounts = of.plan.draft.spec.mounts.values();
    let landed = |mount: &'c crate::draft::Mount<'_>| {
        let (text, step, because) = written.get(&*mount.source)?.clone();
        Some((&*mount.destination, File { text, step, because }))
    };
    mounts.filter_map(landed).collect()
}

struct Step {
    place: String,
    /// What it does to which thing.
    about: (String, String),
    value: Value,
    because: Because,
}

/// What a step is about, by the first of these that it has.
const THINGS: [&str; 6] = ["destination", "path", "target", "name", "file", "key"];

fn steps(of: &Compiled<'_>) -> Vec<Step> {
    let bound: BTreeSet<&str> =
        of.plan.draft.spec.mounts.values().map(|mount| &*mount.source).collect();
    let step = |(step, at): (&crate::plan::PlanStep<'_>, u32)| {
        let mut value = serde_json::to_value(&step.effect).unwrap_or_default();
        let thing = THINGS.iter().find_map(|key| value.get(key)?.as_str().map(ToOwned::to_owned));
        let thing = thing.unwrap_or_default();
        if let (Value::Object(map), true) = (&mut value, bound.contains(thing.as_str())) {
            // The text of a file that is bound into the container is compared by itself.
            if map.get("content").is_some_and(|content| content.get("text").is_some()) {
                map.remove("content");
            }
            map.remove("text");
        }
        let word = step.effect.word();
        Step {
            place: format!("plan[{at}:{word}]"),
            about: (word.to_owned(), thing),
            value,
            because: step.because,
        }
    };
    of.plan.iter().zip(0..).map(step).collect()
}
