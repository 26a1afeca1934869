//! Podman's own answers to recorded requests, kept in `fixtures/podman/`: what is compiled means the same.
//!
//! `fixtures/podman/<mode>/<case>/` holds a create request, what its facts add to those of the mode's host (`fixtures/podman/hosts/`), and what
//! Podman 4.3.1 made of it: a config and the files that it generated, or a refusal. The example `oracle` imports more.

use crate::ground::{facts, json, merge, names, root, text};
use crate::same::{differences, placeholders};
use crate::shots::each;
use ocify::config::{Format, Parsing, parse_as};
use ocify::why::Teller;
use ocify::{Compiled, Config, Facts, Options, Profile, Refused, compile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// `case.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// What the case shows, as a sentence.
    #[expect(dead_code, reason = "for people")]
    shows: String,
    /// The rules that it is there for: each is named by a reason of our result.
    rules: Vec<String>,
}

fn dir() -> PathBuf {
    root().join("fixtures/podman")
}

/// Every case as `<mode>/<case>`.
pub(crate) fn recorded() -> Vec<String> {
    let mut found = Vec::new();
    for mode in names(&dir()).into_iter().filter(|name| name.starts_with("root")) {
        found.extend(names(&dir().join(&mode)).into_iter().map(|case| format!("{mode}/{case}")));
    }
    found
}

fn about(name: &str) -> About {
    let path = dir().join(name).join("case.toml");
    toml::from_str(&text(&path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The rules that these cases show.
pub(crate) fn rules() -> BTreeSet<String> {
    recorded().iter().flat_map(|name| about(name).rules).collect()
}

#[test]
fn what_is_compiled_means_what_podman_wrote() {
    let all = recorded();
    assert!(!all.is_empty(), "there are no recorded cases");
    each(&all, |name| {
        let at = dir().join(name);
        let parsing = Parsing { api: true, ..Parsing::default() };
        let config = match parse_as(&text(&at.join("request.json")), Format::Json, parsing) {
            Ok(config) => config,
            Err(mistakes) => {
                let class = refusal(&at)["class"].clone();
                return assert_eq!(class, "decode", "{name}: {mistakes:?}");
            }
        };
        let facts = facts(name, &record(name));
        match compile(&config, &facts, &Options { profile: Profile::Podman43 }) {
            Ok(compiled) => accepted(name, &config, &facts, &compiled),
            Err(refused) => refused_too(name, &config, &facts, &refused),
        }
    });
}

/// The facts: those of all hosts, of the mode's host, and the case's.
fn record(name: &str) -> Value {
    record_on(name.split_once('/').unwrap().0, name)
}

/// The facts of a case on the host of a mode, which need not be its own.
pub(crate) fn record_on(mode: &str, name: &str) -> Value {
    let mut record = json(&dir().join("hosts/every_mode.json"));
    merge(&mut record, json(&dir().join(format!("hosts/{mode}.json"))));
    merge(&mut record, json(&dir().join(name).join("facts.json")));
    record
}

/// The request of a case, if the API can read it.
pub(crate) fn request(name: &str) -> Option<Config> {
    let parsing = Parsing { api: true, ..Parsing::default() };
    parse_as(&text(&dir().join(name).join("request.json")), Format::Json, parsing).ok()
}

fn refusal(at: &Path) -> Value {
    let path = at.join("reject.json");
    assert!(path.is_file(), "{}: Podman accepts this", at.display());
    json(&path)
}

fn accepted(name: &str, config: &Config, facts: &Facts, compiled: &Compiled<'_>) {
    let at = dir().join(name);
    assert!(!at.join("reject.json").is_file(), "{name}: {}", json(&at.join("reject.json")));
    let mut podmans = json(&at.join("config.json"));
    if let Some(seccomp) = podmans.pointer_mut("/linux/seccomp") {
        let sum = seccomp["same_as"].as_str().unwrap();
        *seccomp = json(&dir().join(format!("seccomp/{sum}.json")));
    }
    let ours: Value = serde_json::from_slice(&compiled.to_json()).unwrap();
    let found = differences(&podmans, &ours);
    assert!(found.is_empty(), "{name}: Podman's and ours:\n{}", found.join("\n"));

    let ours: BTreeMap<&str, &str> = compiled.generated_files().collect();
    let copies: BTreeSet<&str> = compiled.copied_files().map(|(to, _)| to).collect();
    for (to, theirs) in json(&at.join("files.json")).as_object().unwrap() {
        if !copies.contains(to.as_str()) {
            let text = ours.get(to.as_str()).map(|text| placeholders(text));
            assert_eq!(text, theirs.as_str().map(placeholders), "{name}: {to}");
        }
    }
    let teller = Teller::new(compiled.trails(), config, facts);
    let told = compiled.places().into_iter().flat_map(|place| teller.told(place.because));
    every_rule_is_named(name, &told.map(|told| told.name).collect());
}

fn refused_too(name: &str, config: &Config, facts: &Facts, refused: &Refused) {
    assert!(refused.missing.is_empty(), "{name}: the facts lack {:?}", refused.missing);
    let first = refused.diagnostics.first().unwrap();
    let podmans = refusal(&dir().join(name));
    assert_eq!(podmans["stage"], first.when.word(), "{name}: {}, {podmans}", first.problem);
    let teller = Teller::new(refused.trails(), config, facts);
    let told = refused.diagnostics.iter().flat_map(|d| teller.told(d.because));
    every_rule_is_named(name, &told.map(|told| told.name).collect());
}

fn every_rule_is_named(name: &str, named: &BTreeSet<String>) {
    let rules = about(name).rules;
    let silent: Vec<&String> = rules.iter().filter(|rule| !named.contains(*rule)).collect();
    assert!(silent.is_empty(), "{name}: no reason names {silent:?}");
}

#[test]
fn every_recorded_case_is_whole_and_nothing_is_left_over() {
    let (mut hosts, mut profiles) = (BTreeSet::new(), BTreeSet::new());
    for name in recorded() {
        let files = names(&dir().join(&name));
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        let made = ["case.toml", "config.json", "facts.json", "files.json", "request.json"];
        let refused = ["case.toml", "facts.json", "reject.json", "request.json"];
        assert!(files == made || files == refused, "{name} has {files:?}");
        hosts.insert(format!("{}.json", name.split_once('/').unwrap().0));
        if files == made {
            let config = json(&dir().join(&name).join("config.json"));
            let sum = config.pointer("/linux/seccomp/same_as").and_then(Value::as_str);
            profiles.extend(sum.map(|sum| format!("{sum}.json")));
        }
    }
    hosts.insert("every_mode.json".to_owned());
    assert_eq!(hosts, names(&dir().join("hosts")).into_iter().collect());
    assert_eq!(profiles, names(&dir().join("seccomp")).into_iter().collect());
}
