//! Finds the fixtures and reads them.

use ocify::config::{Format, Parsing, parse_as};
use ocify::facts::facts_from_json;
use ocify::{Config, Facts, Profile};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A case: what is given, and what it is there to show.
pub(crate) struct Case {
    /// `<area>/<case>`.
    pub(crate) name: String,
    pub(crate) about: About,
    pub(crate) config: Config,
    pub(crate) facts: Facts,
}

/// `case.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct About {
    /// What the case shows, as a sentence.
    pub(crate) shows: String,
    /// The rules that decide it: each is named by a reason of the result.
    pub(crate) rules: Vec<String>,
    /// The host, `fixtures/hosts/<host>.json`.
    pub(crate) host: String,
    /// `podman-4.3`, or `hardened` where nothing is said.
    #[serde(default)]
    pub(crate) profile: Option<String>,
}

impl Case {
    pub(crate) fn profile(&self) -> Profile {
        match self.about.profile.as_deref() {
            Some("podman-4.3") => Profile::Podman43,
            None | Some("hardened") => Profile::Hardened,
            Some(other) => panic!("{}: there is no profile `{other}`", self.name),
        }
    }
}

/// The crate's directory: the first above the built one that has the fixtures, as the fuzz targets are a crate of their own.
pub(crate) fn root() -> &'static Path {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    above.into_iter().find(|dir| dir.join("fixtures").is_dir()).unwrap()
}

pub(crate) fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The names in a directory, in order; none if it is not there.
pub(crate) fn names(dir: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(dir) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Every case as `<area>/<case>`: a directory with a `case.toml`.
pub(crate) fn case_names() -> Vec<String> {
    let fixtures = root().join("fixtures");
    let mut found = Vec::new();
    for area in names(&fixtures) {
        for case in names(&fixtures.join(&area)) {
            if fixtures.join(&area).join(&case).join("case.toml").is_file() {
                found.push(format!("{area}/{case}"));
            }
        }
    }
    found
}

/// Reads a case.
pub(crate) fn case(name: &str) -> Case {
    let dir = root().join("fixtures").join(name);
    let about = text(&dir.join("case.toml"));
    let about: About = toml::from_str(&about).unwrap_or_else(|e| panic!("{name}/case.toml: {e}"));
    let (request, format) = request(&dir);
    // As the program does: JSON for the profile of Podman is read as Podman reads it.
    let api = format == Format::Json && about.profile.as_deref() == Some("podman-4.3");
    let config = parse_as(&text(&request), format, Parsing { api, lenient: false })
        .unwrap_or_else(|e| panic!("{}: {e:?}", request.display()));
    let mut record = host_json(&about.host);
    let patch = dir.join("facts.yaml");
    if patch.is_file() {
        merge(&mut record, yaml(&patch));
    }
    Case { name: name.to_owned(), config, facts: facts(name, &record), about }
}

fn request(dir: &Path) -> (PathBuf, Format) {
    let json = dir.join("request.json");
    if json.is_file() { (json, Format::Json) } else { (dir.join("request.yaml"), Format::Yaml) }
}

pub(crate) fn facts(name: &str, record: &Value) -> Facts {
    facts_from_json(&record.to_string()).unwrap_or_else(|e| panic!("facts of {name}: {e:?}"))
}

/// The record of a host. All hosts share one small seccomp profile: the default one is 60 KB of the same in each.
pub(crate) fn host_json(host: &str) -> Value {
    let hosts = root().join("fixtures/hosts");
    let mut record = json(&hosts.join(format!("{host}.json")));
    let mut shared = json(&hosts.join("shared/every_host.json"));
    merge(&mut shared, record);
    record = shared;
    record
}

pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

pub(crate) fn yaml(path: &Path) -> Value {
    let text = text(path);
    let tree = ocify::text::yaml(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::to_value(&tree).unwrap()
}

/// JSON Merge Patch: objects are merged, `null` removes, everything else replaces.
pub(crate) fn merge(into: &mut Value, patch: Value) {
    match (into, patch) {
        (Value::Object(into), Value::Object(patch)) => {
            for (key, value) in patch {
                if value.is_null() {
                    into.remove(&key);
                } else {
                    merge(into.entry(key).or_insert(Value::Object(serde_json::Map::new())), value);
                }
            }
        }
        (into, patch) => *into = patch,
    }
}

/// Says something that is seen whether the test passes or not: the test runner keeps what is printed to itself.
pub(crate) fn say(words: &str) {
    use std::io::Write as _;
    let _ = std::io::stderr().lock().write_all(format!("{words}\n").as_bytes());
}
