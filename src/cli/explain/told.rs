//! Writes places with their reasons: in full, in a line, as an overview, as JSON.

use super::asked::{Absent, Capability, Found};
use super::lists::Sources;
use super::values::Values;
use super::{printable, shortened, word};
use crate::cli::source;
use ocify::Compiled;
use ocify::rules::Rule;
use ocify::why::{Place, PlaceKind, Teller, Told};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Writes reasons.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) compiled: &'a Compiled<'a>,
    pub(crate) teller: Teller<'a>,
    pub(crate) texts: &'a source::Sources,
    pub(crate) values: Values,
    /// Values unshortened, and what was only looked through.
    pub(crate) full: bool,
}

/// Where a field of the config was written.
#[derive(Debug)]
struct Written<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

/// How many characters of a value stand in a line of the overview, and otherwise.
const BRIEF: usize = 56;
const LONG: usize = 2000;

/// How many lines of the config, and how many facts, stand in a line of the overview.
const FEW: usize = 2;

impl<'a> Writer<'a> {
    fn written(&self, path: &str) -> Option<Written<'a>> {
        let mark = self.texts.at(path)?;
        let (file, text) = (&self.texts.of(&mark)?.name, self.texts.row(&mark));
        Some(Written { file, line: mark.line, column: mark.column, text })
    }

    /// The text of the config, by number, and the byte in it at which a field was written.
    pub(crate) fn written_at(&self, path: &str) -> Option<(usize, usize)> {
        self.texts.at(path).map(|mark| (mark.file, mark.span.start))
    }

    /// A place with its value and all its reasons.
    pub(crate) fn long(&self, out: &mut String, place: &Place, part: &str) {
        let kind = match place.kind {
            PlaceKind::Spec | PlaceKind::Absent => "",
            PlaceKind::Stored => " (not in config.json)",
            PlaceKind::Plan => " (plan)",
            PlaceKind::Warning => " (warning)",
        };
        line(out, format_args!("{}{part}{kind}", place.name));
        let value = match self.values.part(place, part).filter(|_| !part.is_empty()) {
            Some(value) => value.to_string(),
            None => self.shown(place),
        };
        let value = if self.full { value } else { shortened(&value, LONG) };
        line(out, format_args!("  = {}", printable(&value)));
        if !part.is_empty() {
            line(out, format_args!("  of  {}", printable(&shortened(&self.shown(place), LONG))));
        }
        let told = self.teller.direct(place.because);
        self.causes(out, &told);
        for (before, value) in self.compiled.replaced(place.because) {
            let before = self.teller.direct(before);
            let rules: Vec<&str> = names(&before, "rule").collect();
            let rule = rules.last().copied().unwrap_or("no rule");
            let mut from: Vec<String> = self.lines(&before);
            from.extend(names(&before, "fact").take(FEW).map(str::to_owned));
            let from =
                if from.is_empty() { String::new() } else { format!(", from {}", from.join(", ")) };
            let value = match value {
                None => "another value".to_owned(),
                Some(value) if value == place.value => "the same".to_owned(),
                Some(value) => printable(&shortened(&plain(value), 160)),
            };
            line(out, format_args!("  before  {value} by {rule}{from}"));
        }
        self.asides(out, place, &told);
        out.push('\n');
    }

    /// The value of a place for reading: in the spec's own words where it has inner parts.
    fn shown(&self, place: &Place) -> String {
        if place.kind == PlaceKind::Spec
            && place.value.contains(" { ")
            && !place.value.starts_with('"')
        {
            return self.values.of(place).to_string();
        }
        if place.kind == PlaceKind::Stored { plain(&place.value) } else { place.value.clone() }
    }

    /// What was looked through and had no part: how much, or in full.
    fn asides(&self, out: &mut String, place: &Place, told: &[Told]) {
        let asides = self.asides_of(place, told);
        if asides.is_empty() {
            return;
        }
        let names: Vec<&str> = asides.iter().map(|cause| cause.name.as_str()).collect();
        if self.full || names.len() <= 3 {
            line(
                out,
                format_args!(
                    "  aside   looked through, and nothing there stood in the way: {}",
                    names.join(", ")
                ),
            );
        } else {
            let count = names.len();
            line(
                out,
                format_args!(
                    "  aside   {count} more fields and facts were looked through, and nothing there stood in the way (--full names them)"
                ),
            );
        }
    }

    fn asides_of(&self, place: &Place, told: &[Told]) -> Vec<Told> {
        let mut all = self.teller.told(place.because);
        all.retain(|cause| cause.kind != "rule" && !told.contains(cause));
        all
    }

    /// The rule that decided, and the rules on the way to it; lines of the config; facts; what was not given and not recorded.
    fn causes(&self, out: &mut String, told: &[Told]) {
        rules(out, told);
        self.inputs(out, told);
    }

    fn inputs(&self, out: &mut String, told: &[Told]) {
        let absent = |cause: &&Told| match cause.kind {
            "config" => cause.text == "not given",
            _ => cause.text == "not set",
        };
        for cause in told.iter().filter(|cause| !absent(cause)) {
            match cause.kind {
                "config" => self.field(out, &cause.name, &cause.text),
                "fact" => {
                    let text = printable(&cause.text);
                    line(out, format_args!("  fact    {} = {text}", cause.name));
                }
                _ => {}
            }
        }
        let names = |kind: &str| -> Vec<&str> {
            let of_kind = told.iter().filter(|cause| cause.kind == kind).filter(absent);
            of_kind.map(|cause| cause.name.as_str()).collect()
        };
        let (fields, facts) = (names("config"), names("fact"));
        if !fields.is_empty() {
            line(out, format_args!("  config  not given: {}", fields.join(", ")));
        }
        if !facts.is_empty() {
            line(out, format_args!("  fact    not set: {}", facts.join(", ")));
        }
    }

    /// A field of the config: its line, or its value where it stands nowhere.
    fn field(&self, out: &mut String, name: &str, text: &str) {
        match self.written(name) {
            Some(Written { file, line: number, column, text }) => {
                line(out, format_args!("  config  {name} ({file}:{number}:{column})"));
                line(out, format_args!("          {number:>4} | {}", printable(text)));
            }
            None => line(out, format_args!("  config  {name} = {}", printable(text))),
        }
    }

    /// Where the fields among the causes were written, as `web.yaml:10`.
    fn lines(&self, told: &[Told]) -> Vec<String> {
        let mut lines: Vec<String> = names(told, "config")
            .filter_map(|name| self.written(name))
            .map(|written| format!("{}:{}", written.file, written.line))
            .collect();
        lines.dedup();
        lines
    }

    /// A place in a line: its value, the rule that decided, lines of the config, facts.
    pub(crate) fn brief(&self, out: &mut String, place: &Place) {
        line(out, format_args!("  {} = {}", place.name, self.short(place)));
    }

    /// What stands in a line behind the name of a place.
    fn short(&self, place: &Place) -> String {
        let told = self.teller.direct(place.because);
        let rule = names(&told, "rule").last().unwrap_or("");
        let lines = self.lines(&told);
        let recorded = told.iter().filter(|cause| cause.kind == "fact" && cause.text != "not set");
        let facts: Vec<&str> = recorded.map(|cause| cause.name.as_str()).collect();
        let mut causes = vec![rule.to_owned()];
        causes.extend(lines.iter().take(FEW).cloned());
        causes.extend(facts.iter().take(FEW).map(|fact| (*fact).to_owned()));
        let more = lines.len().saturating_sub(FEW).saturating_add(facts.len().saturating_sub(FEW));
        if more > 0 {
            causes.push(format!("{more} more"));
        }
        let value = printable(&shortened(&self.shown(place), BRIEF));
        format!("{value}  [{}]", causes.join(", "))
    }

    /// All places, part by part.
    pub(crate) fn overview(&self, out: &mut String, places: &[Place]) {
        let mut parts: BTreeMap<(u8, &str), Vec<&Place>> = BTreeMap::new();
        for place in places {
            parts.entry(part_of(place)).or_default().push(place);
        }
        for ((_, part), places) in parts {
            line(out, format_args!("{part} ({})", places.len()));
            self.lines_of(out, &places);
            out.push('\n');
        }
        line(
            out,
            format_args!(
                "Each line: place = value  [the rule that decided, lines of the config, facts]. A PLACE tells one in full, --full all."
            ),
        );
    }

    /// A line for each, and one for all that follow of a list with the same value for the same reason.
    fn lines_of(&self, out: &mut String, places: &[&Place]) {
        let list = |place: &Place| place.name.split_once('[').map(|(list, _)| list.to_owned());
        let mut rest =
            places.iter().map(|place| (*place, list(place), self.short(place))).peekable();
        while let Some((place, list, short)) = rest.next() {
            line(out, format_args!("  {} = {short}", place.name));
            let mut more: usize = 0;
            while rest.next_if(|(_, l, s)| list.is_some() && *l == list && *s == short).is_some() {
                more = more.saturating_add(1);
            }
            if more > 0 {
                let list = list.unwrap_or_default();
                line(
                    out,
                    format_args!(
                        "    and {more} more of {list}, with the same value for the same reason"
                    ),
                );
            }
        }
    }

    pub(crate) fn capability(&self, out: &mut String, capability: &Capability<'_>) {
        let Capability { name, sets, because } = capability;
        line(out, format_args!("{name}"));
        let short = |place: &Place| {
            place.name.rsplit_once('.').map_or(place.name.clone(), |(_, set)| set.to_owned())
        };
        let of = |held: bool| -> Vec<String> {
            sets.iter().filter(|(_, holds)| *holds == held).map(|(place, _)| short(place)).collect()
        };
        match (of(true), of(false)) {
            (held, _) if held.is_empty() => {
                line(out, format_args!("  = absent: in none of the sets"));
            }
            (held, lacking) => {
                let lacking = if lacking.is_empty() {
                    String::new()
                } else {
                    format!(", not in {}", lacking.join(", "))
                };
                line(out, format_args!("  = in {}{lacking}", held.join(", ")));
            }
        }
        line(out, format_args!("  because {because}"));
        // Sets with one reason are told together.
        let mut told: Vec<(Vec<String>, bool, Vec<Told>)> = Vec::new();
        for (place, held) in sets {
            let causes = self.teller.direct(place.because);
            match told.iter_mut().find(|(_, other, same)| other == held && *same == causes) {
                Some((names, ..)) => names.push(short(place)),
                None => told.push((vec![short(place)], *held, causes)),
            }
        }
        if sets.iter().all(|(_, held)| !held) {
            // Nobody has more than the bounding set.
            told.truncate(1);
        }
        let whole = told.len() > 1;
        for (names, held, causes) in &told {
            if whole {
                let word = if *held { "in" } else { "not in" };
                line(out, format_args!(" {word} {}", names.join(", ")));
            }
            self.causes(out, causes);
        }
    }

    /// Who could put something into a part of the spec, as causes are told.
    fn of_sources(&self, sources: &Sources) -> Vec<Told> {
        let rule =
            |rule: &Rule| Told { kind: "rule", name: rule.id().into(), text: rule.text().into() };
        let field = |field: &&str| {
            let text = self.written(field).map_or("not given", |written| written.text);
            Told { kind: "config", name: (*field).to_owned(), text: text.to_owned() }
        };
        let fact = |fact: &&str| {
            let value = self.teller.fact(fact).map_or("not set".to_owned(), Value::to_string);
            Told { kind: "fact", name: (*fact).to_owned(), text: shortened(&value, 120) }
        };
        let rules = sources.rules.iter().map(rule);
        rules
            .chain(sources.config.iter().map(field))
            .chain(sources.facts.iter().map(fact))
            .collect()
    }

    pub(crate) fn absent(&self, out: &mut String, absent: &Absent) {
        line(out, format_args!("{}", absent.name));
        line(out, format_args!("  = absent: no rule puts it there"));
        if let Some(sources) = absent.sources {
            for rule in sources.rules {
                line(out, format_args!("  rule    {}: {}", rule.id(), rule.text()));
            }
            self.inputs(out, &self.of_sources(sources));
        }
        if let Some(near) = &absent.near {
            line(out, format_args!("  near    did you mean `{near}`?"));
        }
    }

    pub(crate) fn all_as_json<'p>(
        &self,
        out: &mut String,
        places: impl Iterator<Item = &'p Place>,
    ) {
        let places: Vec<Value> = places.map(|place| self.json(place, "")).collect();
        line(out, format_args!("{}", Value::Array(places)));
    }

    pub(crate) fn found_as_json(&self, out: &mut String, found: &[Found<'_>]) {
        let places: Vec<Value> = found.iter().map(|f| self.json(f.place, &f.part)).collect();
        line(out, format_args!("{}", Value::Array(places)));
    }

    pub(crate) fn capability_as_json(&self, out: &mut String, capability: &Capability<'_>) {
        let sets = capability.sets.iter().map(|(place, held)| {
            let mut object = self.json(place, "");
            if let Value::Object(object) = &mut object {
                object.insert("holds".into(), (*held).into());
                object.insert("capability".into(), capability.name.as_str().into());
            }
            object
        });
        line(out, format_args!("{}", Value::Array(sets.collect())));
    }

    pub(crate) fn absent_as_json(&self, out: &mut String, absent: &Absent) {
        let told = absent.sources.map(|sources| self.of_sources(sources)).unwrap_or_default();
        let mut object = serde_json::Map::new();
        object.insert("place".into(), absent.name.as_str().into());
        object.insert("kind".into(), word(PlaceKind::Absent).into());
        object.insert("value".into(), Value::Null);
        object.extend(self.reasons(&told));
        object.insert("by".into(), Value::Null);
        object.insert("replaced".into(), Value::Array(Vec::new()));
        object.insert("aside".into(), Value::Array(Vec::new()));
        object.insert("near".into(), absent.near.as_deref().into());
        line(out, format_args!("{}", Value::Array(vec![Value::Object(object)])));
    }

    fn field_json(&self, name: &str, text: &str) -> Value {
        match self.written(name) {
            Some(Written { file, line, column, text }) => {
                json!({ "path": name, "file": file, "line": line, "column": column, "text": text })
            }
            None => {
                json!({ "path": name, "file": null, "line": null, "column": null, "text": text })
            }
        }
    }

    fn json(&self, place: &Place, part: &str) -> Value {
        let told = self.teller.direct(place.because);
        let value = if part.is_empty() {
            Some(self.values.of(place))
        } else {
            self.values.part(place, part)
        };
        let replaced: Vec<Value> = self
            .compiled
            .replaced(place.because)
            .into_iter()
            .map(|(before, value)| {
                let mut object = self.reasons(&self.teller.direct(before));
                object.insert("value".into(), value.map(plain).into());
                Value::Object(object)
            })
            .collect();
        let aside: Vec<String> =
            self.asides_of(place, &told).into_iter().map(|cause| cause.name).collect();
        let mut object = serde_json::Map::new();
        object.insert("place".into(), format!("{}{part}", place.name).into());
        object.insert("kind".into(), word(place.kind).into());
        object.insert("value".into(), value.cloned().unwrap_or_default());
        object.extend(self.reasons(&told));
        object.insert("replaced".into(), replaced.into());
        object.insert("aside".into(), aside.into());
        Value::Object(object)
    }

    fn reasons(&self, told: &[Told]) -> serde_json::Map<String, Value> {
        let of = |kind: &'static str| told.iter().filter(move |cause| cause.kind == kind);
        let rules: Vec<Value> =
            of("rule").map(|rule| json!({ "id": rule.name, "text": rule.text })).collect();
        let config: Vec<Value> = of("config").map(|c| self.field_json(&c.name, &c.text)).collect();
        let facts: Vec<Value> = of("fact")
            .map(|fact| json!({ "name": fact.name, "value": self.fact_value(&fact.name, &fact.text) }))
            .collect();
        let by = names(told, "rule").last();
        let mut object = serde_json::Map::new();
        object.insert("by".into(), by.into());
        object.insert("rules".into(), rules.into());
        object.insert("config".into(), config.into());
        object.insert("facts".into(), facts.into());
        object
    }

    /// The value of a fact: as it is recorded, or cut to a text where it is long.
    fn fact_value(&self, name: &str, text: &str) -> Value {
        let value = self.teller.fact(name).cloned().unwrap_or_default();
        if self.full || value.to_string().len() <= LONG { value } else { text.into() }
    }
}

/// The rule that decided, and the rules on the way to it.
fn rules(out: &mut String, told: &[Told]) {
    for (rule, nth) in told.iter().rev().filter(|cause| cause.kind == "rule").zip(0..) {
        let word = if nth == 0 { "rule" } else { "after" };
        line(out, format_args!("  {word:<7} {}: {}", rule.name, rule.text));
    }
}

/// The names of the causes of a kind.
fn names<'t>(told: &'t [Told], kind: &'static str) -> impl DoubleEndedIterator<Item = &'t str> {
    told.iter().filter(move |cause| cause.kind == kind).map(|cause| cause.name.as_str())
}

/// The part of the overview that a place belongs to, in order.
fn part_of(place: &Place) -> (u8, &'static str) {
    match place.kind {
        PlaceKind::Spec => {
            let parts = [
                ("process.", 0, "process"),
                ("root.", 1, "root and hostname"),
                ("hostname", 1, "root and hostname"),
                ("mounts", 2, "mounts"),
                ("hooks", 3, "hooks"),
                ("annotations", 4, "annotations"),
                ("linux.resources", 6, "resources"),
                ("linux.cgroupsPath", 6, "resources"),
            ];
            let found = parts.iter().find(|(begin, ..)| place.name.starts_with(begin));
            found.map_or((5, "linux"), |(_, order, part)| (*order, *part))
        }
        PlaceKind::Absent => (7, "not there"),
        PlaceKind::Stored => (8, "stored with the container, not in config.json"),
        PlaceKind::Plan => (9, "plan"),
        PlaceKind::Warning => (10, "warnings"),
    }
}

/// A value in the debug form of Rust, without what says nothing: `Some(…)`, what is `None`, names of types.
fn plain(value: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    // Whether each open bracket is one of `Some(…)`.
    let mut open: Vec<bool> = Vec::new();
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let some = rest.strip_prefix("Some(");
        let none = rest.strip_prefix("None").filter(|_| out.ends_with(": "));
        match (quoted, c) {
            (false, _) if some.is_some() => {
                open.push(true);
                rest = some.unwrap_or("");
                continue;
            }
            (false, _) if none.is_some() => {
                // The field goes with its value.
                let field = out
                    .trim_end_matches(": ")
                    .rfind([' ', '{'])
                    .map_or(0, |at| at.saturating_add(1));
                out.truncate(field);
                rest = none.unwrap_or("");
                rest = rest.strip_prefix(", ").unwrap_or(rest);
                continue;
            }
            (false, '(') => {
                open.push(false);
                out.push(c);
            }
            (false, ')') => {
                if open.pop() != Some(true) {
                    out.push(c);
                }
            }
            (false, '{') => {
                // `Name {`
                let name =
                    out.trim_end().trim_end_matches(|c: char| c.is_alphanumeric() || c == '_');
                if out.ends_with(' ') {
                    out.truncate(name.len());
                }
                out.push(c);
            }
            _ => {
                if c == '"' && !out.ends_with('\\') {
                    quoted = !quoted;
                }
                out.push(c);
            }
        }
        rest = rest.get(c.len_utf8()..).unwrap_or("");
    }
    out.replace(",  }", " }").replace(", }", " }")
}

fn line(out: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = writeln!(out, "{words}"); // Writing to text cannot fail.
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_says_nothing_is_left_away() {
        for (debug, told) in [
            ("MemoryDraft { limit: Some(5), swap: None }", "{ limit: 5 }"),
            ("M { a: None, b: Some(1), c: None, d: (1, 2) }", "{ b: 1, d: (1, 2) }"),
            ("[P { ip: \"Some( {\", port: 8 }]", "[{ ip: \"Some( {\", port: 8 }]"),
            ("\"a: None\"", "\"a: None\""),
            ("None", "None"),
        ] {
            assert_eq!(plain(debug), told);
        }
    }
}
