//! Tables: many small requests in one file, each with what it must give at some places, or with the words that refuse it.
//!
//! What a row expects is written by hand, out of the rule's text or of what Podman did; no snapshot is taken of it.

use crate::ground::{facts, host_json, merge, names, root, yaml};
use crate::shots::each;
use ocify::config::{Format, Parsing, parse_as};
use ocify::why::{Place, PlaceKind, Teller, Told};
use ocify::{Compiled, Config, Facts, Options, Profile, Refused, compile};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// `fixtures/<area>/<case>/table.yaml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    /// What the rows have in common, as a sentence.
    #[expect(dead_code, reason = "it is there for the one who reads the file")]
    shows: String,
    /// The host, `fixtures/hosts/<host>.json`.
    pub(crate) host: String,
    /// `podman-4.3` where nothing is said: its requests are read as Podman's API reads them.
    #[serde(default)]
    profile: Option<String>,
    /// What the host's record has besides, for every row.
    #[serde(default)]
    facts: Value,
    /// What every row's request starts from.
    #[serde(default)]
    config: Value,
    pub(crate) rows: Vec<Row>,
}

/// One request with what becomes of it.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) name: String,
    /// The rules that a reason of what is expected names.
    #[serde(default)]
    pub(crate) rules: Vec<String>,
    /// Rules that the row shows though no code names them.
    #[serde(default)]
    pub(crate) also: Vec<String>,
    #[serde(default)]
    config: Value,
    /// The request as text, where its form matters.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    facts: Value,
    /// Places with their values; `null` for what is not there. `/linux/namespaces/*/type` goes into the spec, `*` for all elements of a
    /// list; other names are those of `ocify explain`; `warnings` are all that is said. `file /etc/hosts` is the text that is mounted there,
    /// `steps chown` are all effects of that kind.
    #[serde(default)]
    expect: BTreeMap<String, Value>,
    /// The first words of the refusal, in full.
    #[serde(default)]
    refused: Option<String>,
}

/// Every table as `<area>/<case>`.
pub(crate) fn table_names() -> Vec<String> {
    let fixtures = root().join("fixtures");
    let mut found = Vec::new();
    for area in names(&fixtures) {
        for case in names(&fixtures.join(&area)) {
            if fixtures.join(&area).join(&case).join("table.yaml").is_file() {
                found.push(format!("{area}/{case}"));
            }
        }
    }
    found
}

pub(crate) fn table(name: &str) -> Table {
    let path = root().join("fixtures").join(name).join("table.yaml");
    serde_json::from_value(yaml(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

impl Table {
    fn profile(&self) -> Profile {
        match self.profile.as_deref() {
            None | Some("podman-4.3") => Profile::Podman43,
            Some("hardened") => Profile::Hardened,
            Some(other) => panic!("there is no profile `{other}`"),
        }
    }

    /// The inputs of a row, or the mistakes in its request.
    pub(crate) fn inputs(&self, row: &Row) -> (Result<Config, String>, Facts) {
        let mut record = host_json(&self.host);
        let mut request = json!({});
        for patch in [&self.facts, &row.facts] {
            merge_unless_null(&mut record, patch);
        }
        for patch in [&self.config, &row.config] {
            merge_unless_null(&mut request, patch);
        }
        let text = row.text.clone().unwrap_or_else(|| request.to_string());
        let api = self.profile() == Profile::Podman43;
        let config = parse_as(&text, Format::Json, Parsing { api, lenient: false });
        (config.map_err(|e| format!("{e:?}")), facts(&row.name, &record))
    }
}

fn merge_unless_null(into: &mut Value, patch: &Value) {
    if !patch.is_null() {
        merge(into, patch.clone());
    }
}

#[test]
fn every_row_of_a_table_gives_what_is_written() {
    each(&table_names(), |name| {
        let table = table(name);
        let wrong: Vec<String> = table
            .rows
            .iter()
            .filter_map(|row| {
                holds(&table, row).err().map(|e| format!("{name}: {}: {e}", row.name))
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

fn holds(table: &Table, row: &Row) -> Result<(), String> {
    let (config, facts) = table.inputs(row);
    let config = match (config, &row.refused) {
        (Ok(config), _) => config,
        (Err(said), Some(words)) if said.contains(words.as_str()) => return Ok(()),
        (Err(said), _) => return Err(format!("the request is not read: {said}")),
    };
    let named =
        match (compile(&config, &facts, &Options { profile: table.profile() }), &row.refused) {
            (Ok(compiled), None) => given(row, &compiled, &config, &facts)?,
            (Err(refused), Some(words)) => refused_so(words, &refused, &config, &facts)?,
            (Ok(_), Some(words)) => return Err(format!("is not refused: {words}")),
            (Err(refused), None) => {
                let told: Vec<String> =
                    refused.diagnostics.iter().map(|d| d.problem.to_string()).collect();
                return Err(format!("is refused: {}", told.join("; ")));
            }
        };
    match row.rules.iter().find(|rule| !named.contains(*rule)) {
        Some(rule) => Err(format!("no reason of it names {rule}, but {named:?}")),
        None => Ok(()),
    }
}

/// Podman stops at the first refusal; what stands behind it here is more than it says.
fn refused_so(
    words: &str,
    refused: &Refused,
    config: &Config,
    facts: &Facts,
) -> Result<BTreeSet<String>, String> {
    let first = refused.diagnostics.first().unwrap();
    let said = first.problem.to_string();
    if said != words {
        return Err(format!("is refused with other words: {said}"));
    }
    Ok(rules(&Teller::new(refused.trails(), config, facts).told(first.because)))
}

fn rules(told: &[Told]) -> BTreeSet<String> {
    told.iter().filter(|t| t.kind == "rule").map(|t| t.name.clone()).collect()
}

/// Compares the places, and gives the rules that their reasons name.
fn given(
    row: &Row,
    compiled: &Compiled<'_>,
    config: &Config,
    facts: &Facts,
) -> Result<BTreeSet<String>, String> {
    let spec: Value = serde_json::from_slice(&compiled.to_json()).unwrap();
    let places = compiled.places();
    let teller = Teller::new(compiled.trails(), config, facts);
    let (mut named, mut wrong) = (BTreeSet::new(), Vec::new());
    for (at, wanted) in &row.expect {
        let is = if at.starts_with('/') {
            below(&spec, at.split('/').skip(1))
        } else if let Some(to) = at.strip_prefix("file ") {
            let found = compiled.generated_files().find(|(at, _)| *at == to);
            found.map_or(Value::Null, |(_, text)| Value::from(text))
        } else if let Some(word) = at.strip_prefix("steps ") {
            steps(compiled, word, config, facts)
        } else if at == "warnings" {
            compiled.warnings().iter().map(|w| Value::from(w.kind.to_string())).collect()
        } else {
            places.iter().find(|p| p.name == *at).map_or(Value::Null, value)
        };
        if is != *wanted {
            wrong.push(format!("{at} is {is}, not {wanted}"));
        }
        for place in places.iter().filter(|p| belongs(&p.name, at)) {
            named.extend(rules(&teller.told(place.because)));
        }
    }
    if wrong.is_empty() { Ok(named) } else { Err(wrong.join("; ")) }
}

/// The effects with a word, without it.
fn steps(compiled: &Compiled<'_>, word: &str, config: &Config, facts: &Facts) -> Value {
    let plan = compiled.written_plan(config, facts);
    let effects = plan.steps.iter().map(|step| serde_json::to_value(step.effect).unwrap());
    let mut found: Vec<Value> = effects.filter(|effect| effect["do"] == word).collect();
    found.iter_mut().filter_map(Value::as_object_mut).for_each(|it| drop(it.remove("do")));
    Value::Array(found)
}

/// A place's value: as JSON where it is some, else as text.
fn value(place: &Place) -> Value {
    if place.kind == PlaceKind::Absent {
        return Value::Null;
    }
    serde_json::from_str(&place.value).unwrap_or_else(|_| Value::from(place.value.clone()))
}

/// What lies below a value at the parts of a path; `*` collects.
fn below<'p>(value: &Value, mut path: impl Iterator<Item = &'p str> + Clone) -> Value {
    match (path.next(), value) {
        (None, value) => value.clone(),
        (Some("*"), Value::Array(all)) => all.iter().map(|v| below(v, path.clone())).collect(),
        (Some(part), value) => {
            let part = part.replace("~1", "/");
            let next = match value {
                Value::Array(all) => part.parse().ok().and_then(|at: usize| all.get(at)),
                value => value.get(part),
            };
            next.map_or(Value::Null, |next| below(next, path))
        }
    }
}

/// Whether a place is what an expectation is about, or a part of it, or holds it.
fn belongs(place: &str, at: &str) -> bool {
    if let Some(to) = at.strip_prefix("file ") {
        return place == format!("mounts[{to}]");
    }
    if let Some(word) = at.strip_prefix("steps ") {
        return place.ends_with(&format!(":{word}]"));
    }
    if !at.starts_with('/') {
        return place == at || at == "warnings" && place.starts_with("warnings[");
    }
    let place = place.split('[').next().unwrap_or(place);
    let at = at.replace('/', ".");
    let (place, at) = (format!(".{place}."), format!("{at}."));
    at.starts_with(&place) || place.starts_with(&at)
}
