//! Whether two configs mean the same to a runtime: what Podman leaves to chance or an absent key says as well makes no difference.

use serde_json::{Map, Value};

/// Keys that Go leaves out when they are false, or empty: they mean the same as none.
const NOTHING_IF_FALSE: [&str; 3] =
    ["/process/terminal", "/process/noNewPrivileges", "/root/readonly"];
const NOTHING_IF_EMPTY: [&str; 7] = [
    "/hostname",
    "/domainname",
    "/process/selinuxLabel",
    "/process/apparmorProfile",
    "/linux/mountLabel",
    "/linux/cgroupsPath",
    "/linux/rootfsPropagation",
];

/// Lists whose order Podman leaves to chance, or a runtime does not look at.
const SETS: [&str; 22] = [
    "/process/capabilities/bounding",
    "/process/capabilities/effective",
    "/process/capabilities/inheritable",
    "/process/capabilities/permitted",
    "/process/capabilities/ambient",
    "/process/user/additionalGids",
    "/process/rlimits",
    "/linux/maskedPaths",
    "/linux/readonlyPaths",
    "/linux/namespaces",
    "/linux/devices",
    "/linux/uidMappings",
    "/linux/gidMappings",
    "/linux/resources/blockIO/weightDevice",
    "/linux/resources/blockIO/throttleReadBpsDevice",
    "/linux/resources/blockIO/throttleWriteBpsDevice",
    "/linux/resources/blockIO/throttleReadIOPSDevice",
    "/linux/resources/blockIO/throttleWriteIOPSDevice",
    "/linux/resources/hugepageLimits",
    "/linux/seccomp/architectures",
    "/linux/seccomp/flags",
    "/linux/seccomp/syscalls",
];

/// What differs, a line each: the place, Podman's and ours.
pub(crate) fn differences(podmans: &Value, ours: &Value) -> Vec<String> {
    let (mut a, mut b) = (plain(podmans), plain(ours));
    let (ours, theirs) = (mounts(&mut b), mounts(&mut a));
    let mut found = Vec::new();
    differ("", &a, &b, &mut found);
    differ("/mounts", &sorted(theirs.clone()), &sorted(ours.clone()), &mut found);
    let (theirs, ours) = (one_over_the_other(&theirs), one_over_the_other(&ours));
    found.extend(
        theirs
            .iter()
            .filter(|pair| !ours.contains(pair))
            .map(|(a, b)| format!("{a} is before {b}")),
    );
    found
}

/// A text with placeholders for names that are chosen at random: 64 hexadecimal digits as a part of a path, and the numbers of overlays.
pub(crate) fn placeholders(text: &str) -> String {
    let mut out = String::new();
    for (number, part) in text.split('/').enumerate() {
        let hex = part.find(|c: char| !c.is_ascii_digit() && !('a'..='f').contains(&c));
        let end = hex.unwrap_or(part.len());
        if number > 0 {
            out.push('/');
        }
        if number > 0 && end == 64 {
            out.push_str("<name>");
            out.push_str(&part[end..]);
        } else if number > 0
            && out.ends_with("/overlay/")
            && part.bytes().all(|b| b.is_ascii_digit())
        {
            out.push_str("<number>");
        } else {
            out.push_str(part);
        }
    }
    out
}

/// The config without what means nothing, and with sets in order.
fn plain(config: &Value) -> Value {
    let mut config = without_nothing(config).unwrap_or_default();
    for (paths, nothing) in
        [(&NOTHING_IF_FALSE[..], Value::Bool(false)), (&NOTHING_IF_EMPTY[..], Value::from(""))]
    {
        for path in paths {
            let (above, key) = path.rsplit_once('/').unwrap();
            if let Some(Value::Object(map)) = config.pointer_mut(above)
                && map.get(key) == Some(&nothing)
            {
                map.remove(key);
            }
        }
    }
    // Of variables of one name the order counts, and this sort is stable.
    if let Some(Value::Array(env)) = config.pointer_mut("/process/env") {
        env.sort_by_key(|v| v.as_str().and_then(|v| v.split('=').next()).map(str::to_owned));
    }
    for call in config.pointer_mut("/linux/seccomp/syscalls").into_iter().flat_map(elements) {
        if let Some(names) = call.pointer_mut("/names") {
            *names = sorted(names.as_array().cloned().unwrap_or_default());
        }
    }
    for path in SETS {
        if let Some(Value::Array(set)) = config.pointer_mut(path) {
            *set = sorted(std::mem::take(set)).as_array().cloned().unwrap_or_default();
        }
    }
    without_nothing(&config).unwrap_or_default()
}

fn elements(list: &mut Value) -> impl Iterator<Item = &mut Value> {
    list.as_array_mut().into_iter().flatten()
}

fn sorted(mut list: Vec<Value>) -> Value {
    list.sort_by_key(ToString::to_string);
    Value::Array(list)
}

/// `null`, an empty list and an empty object are none.
fn without_nothing(value: &Value) -> Option<Value> {
    let kept = match value {
        Value::Null => return None,
        Value::Object(map) => {
            let kept = map.iter().filter_map(|(k, v)| Some((k.clone(), without_nothing(v)?)));
            Value::Object(kept.collect::<Map<_, _>>())
        }
        Value::Array(list) => Value::Array(list.iter().filter_map(without_nothing).collect()),
        Value::String(text) => Value::String(placeholders(text)),
        other => other.clone(),
    };
    let empty =
        kept.as_object().is_some_and(Map::is_empty) || kept.as_array().is_some_and(Vec::is_empty);
    (!empty).then_some(kept)
}

fn mounts(config: &mut Value) -> Vec<Value> {
    let taken = config.as_object_mut().and_then(|config| config.remove("mounts"));
    taken.and_then(|list| list.as_array().cloned()).unwrap_or_default()
}

/// Pairs of mounts of which the first is made earlier and one lies at or below the other.
fn one_over_the_other(mounts: &[Value]) -> Vec<(String, String)> {
    let below = |a: &str, b: &str| a == b || a == "/" || b.starts_with(&format!("{a}/"));
    let at: Vec<(String, String)> = mounts
        .iter()
        .map(|mount| (clean(mount["destination"].as_str().unwrap_or_default()), mount.to_string()))
        .collect();
    let mut pairs = Vec::new();
    for (number, (first, one)) in at.iter().enumerate() {
        for (second, other) in &at[number + 1..] {
            if below(first, second) || below(second, first) {
                pairs.push((one.clone(), other.clone()));
            }
        }
    }
    pairs
}

fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

fn differ(at: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(x), Value::Object(y)) => {
            for key in x.keys().chain(y.keys().filter(|key| !x.contains_key(*key))) {
                let none = Value::Null;
                let (x, y) = (x.get(key).unwrap_or(&none), y.get(key).unwrap_or(&none));
                differ(&format!("{at}/{key}"), x, y, found);
            }
        }
        (Value::Array(x), Value::Array(y)) if x != y => {
            let only = |x: &[Value], y: &[Value]| {
                let mut y = y.to_vec();
                let mut left = Vec::new();
                for value in x {
                    match y.iter().position(|other| other == value) {
                        Some(at) => drop(y.swap_remove(at)),
                        None => left.push(value.to_string()),
                    }
                }
                left
            };
            let (theirs, ours) = (only(x, y), only(y, x));
            if theirs.is_empty() && ours.is_empty() {
                found.push(format!("{at}: the order differs: {a} and {b}"));
            }
            found.extend(theirs.iter().map(|value| format!("{at}: only Podman's: {value}")));
            found.extend(ours.iter().map(|value| format!("{at}: only ours: {value}")));
        }
        _ if a != b => found.push(format!("{at}: {a} and {b}")),
        _ => {}
    }
}

#[test]
fn each_change_of_a_value_is_seen() {
    let case = crate::ground::root().join("fixtures/podman/root-unified-cgroupfs/full-image");
    let config = crate::ground::json(&case.join("config.json"));
    assert_eq!(differences(&config, &config), Vec::<String>::new());
    let mut places = Vec::new();
    leaves(&config, String::new(), &mut places);
    assert!(places.len() > 100, "{}", places.len());
    for place in places {
        let mut other = config.clone();
        let leaf = other.pointer_mut(&place).unwrap();
        *leaf = match &*leaf {
            Value::Bool(it) => Value::Bool(!*it),
            Value::Number(it) => Value::from(it.as_i64().unwrap() + 1),
            Value::String(it) => Value::from(format!("{it}~")),
            other => panic!("{place}: {other}"),
        };
        assert!(!differences(&config, &other).is_empty(), "a change at {place} is not seen");
    }
}

fn leaves(value: &Value, at: String, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                leaves(value, format!("{at}/{key}"), found);
            }
        }
        Value::Array(list) => {
            for (number, value) in list.iter().enumerate() {
                leaves(value, format!("{at}/{number}"), found);
            }
        }
        Value::Null => {}
        _ => found.push(at),
    }
}
