//! Holds two OCI configs against each other, apart from what Podman orders at random.
//!
//! Equal are: a missing value, `null`, an empty list and an empty object; `false` and `""` where the spec's Go types leave them out. Lists that come
//! out of Go maps or are sets to the runtime have no order; of variables with one name the order counts. Mounts have an order only where one
//! destination lies in the other. Names that storage makes up (64 hex digits that are nobody's id, numbers of overlay directories) are one name.

use crate::look::{at, list};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Lists without an order, by their path.
const SETS: [&str; 17] = [
    "process.user.additionalGids",
    "process.rlimits",
    "process.capabilities.bounding",
    "process.capabilities.effective",
    "process.capabilities.inheritable",
    "process.capabilities.permitted",
    "process.capabilities.ambient",
    "linux.maskedPaths",
    "linux.readonlyPaths",
    "linux.namespaces",
    "linux.devices",
    "linux.uidMappings",
    "linux.gidMappings",
    "linux.resources.hugepageLimits",
    "linux.seccomp.syscalls",
    "linux.seccomp.syscalls.names",
    "linux.seccomp.architectures",
];

/// Values that the spec's types leave out when they are empty or false.
const OMITTED: [&str; 10] = [
    "process.terminal",
    "process.noNewPrivileges",
    "process.selinuxLabel",
    "process.apparmorProfile",
    "root.readonly",
    "hostname",
    "domainname",
    "linux.mountLabel",
    "linux.cgroupsPath",
    "linux.rootfsPropagation",
];

/// The places at which two configs differ, in words; Podman's value comes first.
pub(crate) fn differences(podman: &Value, ocify: &Value, ids: &BTreeSet<String>) -> Vec<String> {
    let (mut a, mut b) = (canon(podman, "", ids), canon(ocify, "", ids));
    let (a_mounts, b_mounts) = (taken(&mut a), taken(&mut b));
    let mut found = Vec::new();
    differ(&a, &b, "", &mut found);
    mounts(&a_mounts, &b_mounts, &mut found);
    found
}

fn taken(config: &mut Value) -> Vec<Value> {
    match config.as_object_mut().and_then(|map| map.remove("mounts")) {
        Some(Value::Array(mounts)) => mounts,
        _ => Vec::new(),
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn canon(value: &Value, path: &str, ids: &BTreeSet<String>) -> Value {
    match value {
        Value::Object(map) => {
            let mut out = Map::new();
            for (key, inner) in map {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let inner = canon(inner, &below, ids);
                let omitted = OMITTED.contains(&below.as_str())
                    && (inner == Value::Bool(false) || inner == Value::String(String::new()));
                if !is_nothing(&inner) && !omitted {
                    out.insert(key.clone(), inner);
                }
            }
            Value::Object(out)
        }
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| canon(item, path, ids)).collect();
            if path == "process.env" {
                // A stable sort: the order of one name's entries stays.
                items.sort_by_key(|entry| {
                    let entry = entry.as_str().unwrap_or_default();
                    entry.split('=').next().unwrap_or_default().to_owned()
                });
            } else if SETS.contains(&path) || path.starts_with("linux.resources.blockIO") {
                items.sort_by_cached_key(ToString::to_string);
            }
            Value::Array(items)
        }
        Value::String(text) => Value::String(scrubbed(text, ids)),
        other => other.clone(),
    }
}

fn is_made_up(part: &str, ids: &BTreeSet<String>) -> bool {
    part.len() == 64
        && part.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        && !ids.contains(part)
}

/// The file of a network namespace is named at random.
fn is_namespace(part: &str) -> bool {
    part.strip_prefix("netns-").is_some_and(|uuid| {
        uuid.len() == 36 && uuid.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
    })
}

/// A text in which names that storage makes up are one name.
fn scrubbed(text: &str, ids: &BTreeSet<String>) -> String {
    if !text.contains('/') {
        return text.to_owned();
    }
    let mut before = "";
    let mut out = Vec::new();
    for part in text.split('/') {
        let number = part.len() >= 3 && part.bytes().all(|b| b.is_ascii_digit());
        out.push(if is_made_up(part, ids) {
            "<made up>"
        } else if is_namespace(part) {
            "<network namespace>"
        } else if number && before == "overlay" {
            "<number>"
        } else {
            part
        });
        before = part;
    }
    out.join("/")
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(400) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text,
    }
}

fn differ(podman: &Value, ocify: &Value, path: &str, found: &mut Vec<String>) {
    match (podman, ocify) {
        (Value::Object(left), Value::Object(right)) => {
            for key in left.keys().chain(right.keys().filter(|key| !left.contains_key(*key))) {
                let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match (left.get(key), right.get(key)) {
                    (Some(one), Some(other)) => differ(one, other, &below, found),
                    (Some(one), None) => {
                        found.push(format!("{below}: only Podman has {}", brief(one)));
                    }
                    (None, Some(other)) => {
                        found.push(format!("{below}: only ocify has {}", brief(other)));
                    }
                    (None, None) => {}
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left != right => {
            let (of_podman, of_ocify) = (without(left, right), without(right, left));
            if of_podman.is_empty() && of_ocify.is_empty() {
                let order = format!("Podman {}, ocify {}", brief(podman), brief(ocify));
                found.push(format!("{path}: order: {order}"));
            }
            let only =
                |who: &str, value: &&Value| format!("{path}: only {who} has {}", brief(value));
            found.extend(of_podman.iter().map(|value| only("Podman", value)));
            found.extend(of_ocify.iter().map(|value| only("ocify", value)));
        }
        _ if podman != ocify => {
            found.push(format!("{path}: Podman {}, ocify {}", brief(podman), brief(ocify)));
        }
        _ => {}
    }
}

/// The elements of a list that another has not, counting repeats.
fn without<'a>(list: &'a [Value], other: &[Value]) -> Vec<&'a Value> {
    let mut left: Vec<&Value> = other.iter().collect();
    let mut rest = Vec::new();
    for value in list {
        match left.iter().position(|v| *v == value) {
            Some(at) => drop(left.swap_remove(at)),
            None => rest.push(value),
        }
    }
    rest
}

fn mounts(a: &[Value], b: &[Value], found: &mut Vec<String>) {
    let destination =
        |mount: &Value| at(mount, "destination").as_str().unwrap_or_default().to_owned();
    let (only_a, only_b) = (without(a, b), without(b, a));
    for mount in &only_a {
        match only_b.iter().find(|other| destination(other) == destination(mount)) {
            Some(other) => differ(mount, other, &format!("mounts[{}]", destination(mount)), found),
            None => found.push(format!("mounts: only Podman has {}", brief(mount))),
        }
    }
    for mount in &only_b {
        if !only_a.iter().any(|other| destination(other) == destination(mount)) {
            found.push(format!("mounts: only ocify has {}", brief(mount)));
        }
    }
    if only_a.is_empty() && only_b.is_empty() {
        // Both have the same mounts: their order counts where one lies in the other.
        let place = |m: &Value| b.iter().position(|other| other == m);
        for (i, first) in a.iter().enumerate() {
            for second in a.iter().skip(i.saturating_add(1)).filter(|second| *second != first) {
                // Of more than twelve mounts those of one depth come out of the sort in any order (LP-SORT-02).
                let depth = |m: &Value| parts(&destination(m)).len().max(1);
                let tied = a.len() > 12 && depth(first) == depth(second);
                if !tied
                    && related(&destination(first), &destination(second))
                    && place(first) > place(second)
                {
                    found.push(format!(
                        "mounts: Podman has {} before {}",
                        brief(first),
                        brief(second)
                    ));
                }
            }
        }
    }
}

fn related(a: &str, b: &str) -> bool {
    let (a, b) = (parts(a), parts(b));
    a.starts_with(&b) || b.starts_with(&a)
}

/// The parts of a path, cleaned.
fn parts(path: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in path.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            out.pop();
        } else {
            out.push(part);
        }
    }
    out
}

/// Destination and source of the files that a config binds into the container.
pub(crate) fn bound_files(config: &Value) -> Vec<(String, String)> {
    let of = |mount: &Value, key| at(mount, key).as_str().map(str::to_owned);
    list(config, "mounts")
        .iter()
        .filter(|mount| at(mount, "type") == "bind")
        .filter_map(|mount| Some((of(mount, "destination")?, of(mount, "source")?)))
        .collect()
}
