//! Turns a recorded case into a fixture of the project: the request, the facts as what they add to the host's, and what Podman made of it.

use crate::case::{self, Prepared};
use crate::record::{Library, Look, blob_of, read};
use crate::{Asked, Fallible};
use ocify::why::Teller;
use ocify::{Facts, Options, Profile, compile};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The case whose host and image the fixtures of a mode have in common; it is recorded in each.
const COMMON: &str = "res-empty";
/// The mode that the hosts of the others are told by their difference to.
const FIRST: &str = "root-unified-cgroupfs";

/// Writes `OUT/MODE/CASE/`, and what it shares with others: `OUT/hosts/` and `OUT/seccomp/`.
pub(crate) fn import(asked: &Asked, mode: &str, case: &str) -> Fallible<Vec<String>> {
    let mut library = Library::new(&asked.dir);
    let every = record(&asked.dir, &mut library, FIRST, COMMON)?;
    let here = record(&asked.dir, &mut library, mode, COMMON)?;
    fs::create_dir_all(asked.out.join("hosts"))?;
    pretty(&asked.out.join("hosts/every_mode.json"), &every)?;
    pretty(&asked.out.join(format!("hosts/{mode}.json")), &patch(&every, &here))?;

    let (from, to) = (asked.dir.join(mode).join(case), asked.out.join(mode).join(case));
    fs::create_dir_all(&to)?;
    let prepared = case::prepared(&asked.dir, &mut library, mode, case)?;
    let record = serde_json::to_value(&prepared.facts)?;
    pretty(&to.join("facts.json"), &patch(&here, &record))?;
    fs::write(to.join("request.json"), format!("{}\n", prepared.text.trim_end()))?;
    let told = if from.join("config.json").is_file() {
        podmans_config(asked, &library, &from, &to)?;
        let observed: Value = serde_json::from_str(&read(&from.join("observed.json"))?)?;
        let files = library.resolve(observed.at("at_runtime_call").at("files"))?;
        let files: Map<String, Value> = files
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(_, file)| file.at("text").is_string())
            .map(|(to, file)| (to.clone(), file.at("text").clone()))
            .collect();
        pretty(&to.join("files.json"), &Value::Object(files))?;
        "what Podman made of it is the same"
    } else {
        let reject: Value = serde_json::from_str(&read(&from.join("reject.json"))?)?;
        let kept = json!({ "stage": reject.at("stage"), "class": reject.at("class"), "message": reject.at("message") });
        pretty(&to.join("reject.json"), &kept)?;
        "Podman refuses it too"
    };
    let about = to.join("case.toml");
    if !about.is_file() {
        fs::write(about, format!("shows = {}\nrules = []\n", json!(format!("{case}: {told}"))))?;
    }
    Ok(rules(&prepared).into_iter().collect())
}

/// The ids of the rules that the reasons of our own result or refusal name.
pub(crate) fn rules(prepared: &Prepared) -> BTreeSet<String> {
    let Ok(config) = &prepared.config else { return BTreeSet::new() };
    let facts = &prepared.facts;
    let named = |trails, all: Vec<_>| {
        let teller = Teller::new(trails, config, facts);
        let told = all.into_iter().flat_map(|because| teller.told(because));
        told.filter(|t| t.kind == "rule").map(|t| t.name).collect()
    };
    match compile(config, facts, &Options { profile: Profile::Podman43 }) {
        Ok(done) => {
            named(done.trails(), done.places().into_iter().map(|place| place.because).collect())
        }
        Err(refused) => {
            named(refused.trails(), refused.diagnostics.iter().map(|d| d.because).collect())
        }
    }
}

fn record(dir: &Path, library: &mut Library, mode: &str, case: &str) -> Fallible<Value> {
    let facts: Facts = case::prepared(dir, library, mode, case)?.facts;
    Ok(serde_json::to_value(&facts)?)
}

/// Podman's own config, whose seccomp section is one of a few: it is named, and kept once.
fn podmans_config(asked: &Asked, library: &Library, from: &Path, to: &Path) -> Fallible<()> {
    let mut config: Value = serde_json::from_str(&read(&from.join("config.json"))?)?;
    let linux = config.get_mut("linux").and_then(Value::as_object_mut);
    if let Some(section) = linux.and_then(|linux| linux.get_mut("seccomp"))
        && let Some(sum) = blob_of(section)
    {
        let short: String = sum.chars().take(12).collect();
        let kept: Value = serde_json::from_str(&library.text(sum)?)?;
        fs::create_dir_all(asked.out.join("seccomp"))?;
        fs::write(asked.out.join(format!("seccomp/{short}.json")), format!("{kept}\n"))?;
        *section = json!({ "same_as": short });
    }
    Ok(fs::write(to.join("config.json"), format!("{config}\n"))?)
}

fn pretty(path: &Path, value: &Value) -> Fallible<()> {
    Ok(fs::write(path, format!("{}\n", serde_json::to_string_pretty(value)?))?)
}

/// The JSON Merge Patch that makes `to` of `from`.
fn patch(from: &Value, to: &Value) -> Value {
    let (Value::Object(old), Value::Object(new)) = (from, to) else { return to.clone() };
    let gone =
        old.keys().filter(|key| !new.contains_key(*key)).map(|key| (key.clone(), Value::Null));
    let changed = new.iter().filter_map(|(key, value)| match old.get(key) {
        Some(known) if known == value => None,
        Some(known) => Some((key.clone(), patch(known, value))),
        None => Some((key.clone(), value.clone())),
    });
    Value::Object(gone.chain(changed).collect())
}
