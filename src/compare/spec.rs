//! Takes a spec apart into the places that `explain` knows, each with a value in which no order is left that means nothing.

use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::{Map, Value};

/// The values of a spec by place.
pub(super) type Places = BTreeMap<String, Value>;

/// Takes the written spec apart.
pub(super) fn places(spec: &Value) -> Places {
    let mut out = Out::default();
    for (key, value) in spec.as_object().into_iter().flatten() {
        out.walk(key, value);
    }
    out.0
}

#[derive(Default)]
struct Out(Places);

impl Out {
    fn walk(&mut self, at: &str, value: &Value) {
        let items = value.as_array().map_or(&[][..], Vec::as_slice);
        match at {
            "process.env" => self.list(at, items, |item| {
                let (name, value) = text(item).split_once('=').unwrap_or((text(item), ""));
                (name.to_owned(), value.into())
            }),
            "process.user.additionalGids" => {
                self.list(at, items, |gid| (gid.to_string(), gid.clone()));
            }
            "process.rlimits" => self.list(at, items, |item| keyed(item, "type")),
            "mounts" => self.list(at, items, mount),
            "linux.namespaces" => self.list(at, items, |item| {
                (member(item, "type").to_owned(), item.get("path").cloned().unwrap_or("new".into()))
            }),
            "linux.devices" => self.list(at, items, |item| keyed(item, "path")),
            "linux.resources.devices" => self.list(at, items, device_rule),
            "linux.maskedPaths" => {
                self.list(at, items, |item| (text(item).into(), "masked".into()));
            }
            "linux.readonlyPaths" => {
                self.list(at, items, |item| (text(item).into(), "read-only".into()));
            }
            "process.capabilities" => self.capabilities(value),
            "annotations" | "linux.sysctl" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    self.0.insert(format!("{at}[{key}]"), value.clone());
                }
            }
            "hooks" => {
                for (stage, hooks) in value.as_object().into_iter().flatten() {
                    let hooks = hooks.as_array().map_or(&[][..], Vec::as_slice);
                    self.list(at, hooks, |hook| {
                        let (path, rest) = keyed(hook, "path");
                        (format!("{stage}:{path}"), rest)
                    });
                }
            }
            "process" | "process.user" | "root" | "linux" | "linux.resources" => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    self.walk(&format!("{at}.{key}"), value);
                }
            }
            "process.args" => drop(self.0.insert(at.into(), value.clone())),
            // What is left in lists are ranges, limits by device, seccomp's rules: sets.
            _ => drop(self.0.insert(at.into(), sorted(value))),
        }
    }

    /// Equal keys are told apart by a number, as in the names of places.
    fn list(&mut self, at: &str, items: &[Value], key: impl Fn(&Value) -> (String, Value)) {
        let mut before: BTreeMap<String, u32> = BTreeMap::new();
        for item in items {
            let (key, value) = key(item);
            let nth = before.entry(key.clone()).or_default();
            *nth = nth.saturating_add(1);
            let place =
                if *nth == 1 { format!("{at}[{key}]") } else { format!("{at}[{key}]#{nth}") };
            self.0.insert(place, value);
        }
    }

    /// One place for a capability: the sets that hold it.
    fn capabilities(&mut self, sets: &Value) {
        for (set, names) in sets.as_object().into_iter().flatten() {
            let names: BTreeSet<&str> = names.as_array().into_iter().flatten().map(text).collect();
            for name in names {
                let place = self.0.entry(format!("cap {name}")).or_insert(Value::Array(Vec::new()));
                if let Value::Array(sets) = place {
                    sets.push(set.as_str().into());
                }
            }
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn member<'v>(of: &'v Value, key: &str) -> &'v str {
    of.get(key).map_or("", text)
}

/// The key of an item, and what else it holds.
fn keyed(item: &Value, key: &str) -> (String, Value) {
    let mut rest = item.as_object().cloned().unwrap_or_default();
    rest.remove(key);
    (member(item, key).to_owned(), Value::Object(rest))
}

fn mount(item: &Value) -> (String, Value) {
    let (destination, mut rest) = keyed(item, "destination");
    if let Some(Value::Array(options)) = rest.get_mut("options") {
        // Of options about one thing the last counts, so these stay in order.
        options.sort_by(|a, b| thing(text(a)).cmp(thing(text(b))));
    }
    (destination, rest)
}

/// What a mount option is about.
fn thing(option: &str) -> &str {
    match option {
        "ro" | "rw" | "rro" | "rrw" => "rw",
        "bind" | "rbind" => "bind",
        "private" | "rprivate" | "shared" | "rshared" | "slave" | "rslave" | "unbindable"
        | "runbindable" => "propagation",
        "atime" | "noatime" | "relatime" | "norelatime" | "strictatime" | "nostrictatime" => {
            "atime"
        }
        _ => {
            let name = option.split_once('=').map_or(option, |(name, _)| name);
            name.strip_prefix("no").unwrap_or(name)
        }
    }
}

fn device_rule(item: &Value) -> (String, Value) {
    let number = |key: &str| item.get(key).map_or_else(|| String::from("*"), ToString::to_string);
    let kind = Some(member(item, "type")).filter(|kind| !kind.is_empty()).unwrap_or("a");
    let word = if item.get("allow") == Some(&Value::Bool(true)) { "allow" } else { "deny" };
    let value = format!("{word} {}", member(item, "access"));
    (format!("{kind} {}:{}", number("major"), number("minor")), value.into())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(sorted).collect();
            items.sort_by_cached_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        other => other.clone(),
    }
}

/// A mount and one that it lies on or below: which of them comes first decides what is seen.
pub(super) fn mount_order(spec: &Value) -> BTreeMap<(String, String), bool> {
    let mounts = spec.get("mounts").and_then(Value::as_array);
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for (mount, at) in mounts.into_iter().flatten().zip(0..) {
        numbers.entry(member(mount, "destination")).or_insert(at);
    }
    let mut order = BTreeMap::new();
    for (inner, at) in &numbers {
        let mut outer = *inner;
        while let Some((above, _)) = outer.rsplit_once('/').filter(|(above, _)| !above.is_empty()) {
            outer = above;
            if let Some(other) = numbers.get(outer) {
                order.insert(((*inner).to_owned(), outer.to_owned()), at > other);
            }
        }
        if let Some(other) = numbers.get("/").filter(|_| *inner != "/") {
            order.insert(((*inner).to_owned(), "/".to_owned()), at > other);
        }
    }
    order
}

/// The paths of the hooks by stage, in the order in which they are run.
pub(super) fn hook_order(spec: &Value) -> BTreeMap<String, Vec<String>> {
    let stages = spec.get("hooks").and_then(Value::as_object);
    let paths = |hooks: &Value| {
        hooks.as_array().into_iter().flatten().map(|hook| member(hook, "path").into()).collect()
    };
    stages.into_iter().flatten().map(|(stage, hooks)| (stage.clone(), paths(hooks))).collect()
}

/// Two values without what they have in common: of records the keys that differ, of lists and of texts the items and lines that only one has.
pub(super) fn narrowed(before: &Value, after: &Value) -> (Value, Value) {
    match (before, after) {
        (Value::Object(a), Value::Object(b)) => {
            let (mut only_a, mut only_b) = (Map::new(), Map::new());
            for (key, value) in a {
                match b.get(key) {
                    Some(other) if other == value => {}
                    Some(other) => {
                        let (x, y) = narrowed(value, other);
                        only_a.insert(key.clone(), x);
                        only_b.insert(key.clone(), y);
                    }
                    None => drop(only_a.insert(key.clone(), value.clone())),
                }
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                only_b.insert(key.clone(), value.clone());
            }
            (Value::Object(only_a), Value::Object(only_b))
        }
        (Value::Array(a), Value::Array(b)) => {
            let (x, y) = (without(a, b), without(b, a));
            if x.is_empty() && y.is_empty() {
                return (before.clone(), after.clone());
            }
            (Value::Array(x), Value::Array(y))
        }
        (Value::String(a), Value::String(b)) if a.contains('\n') || b.contains('\n') => {
            let lines = |text: &str| text.lines().map(Value::from).collect::<Vec<_>>();
            let (a, b) = (lines(a), lines(b));
            let (x, y) = (without(&a, &b), without(&b, &a));
            if x.is_empty() && y.is_empty() {
                return (before.clone(), after.clone());
            }
            let joined = |lines: Vec<Value>| {
                let lines: Vec<&str> = lines.iter().map(text).collect();
                Value::String(lines.join("\n"))
            };
            (joined(x), joined(y))
        }
        _ => (before.clone(), after.clone()),
    }
}

/// The items that others do not have, or not so often.
fn without(items: &[Value], others: &[Value]) -> Vec<Value> {
    let mut left: BTreeMap<String, u32> = BTreeMap::new();
    for other in others {
        let count = left.entry(other.to_string()).or_default();
        *count = count.saturating_add(1);
    }
    let only = |item: &&Value| match left.get_mut(&item.to_string()) {
        Some(count) if *count > 0 => {
            *count = count.saturating_sub(1);
            false
        }
        _ => true,
    };
    items.iter().filter(only).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn sets_have_no_order() {
        for (a, b) in [
            (
                json!({"process": {"env": ["A=1", "B=2"]}}),
                json!({"process": {"env": ["B=2", "A=1"]}}),
            ),
            (
                json!({"process": {"capabilities": {"bounding": ["CAP_A", "CAP_B"]}}}),
                json!({"process": {"capabilities": {"bounding": ["CAP_B", "CAP_A"]}}}),
            ),
            (
                json!({"mounts": [{"destination": "/a", "options": ["ro", "nosuid"]}, {"destination": "/b"}]}),
                json!({"mounts": [{"destination": "/b"}, {"destination": "/a", "options": ["nosuid", "ro"]}]}),
            ),
            (
                json!({"linux": {"namespaces": [{"type": "pid"}, {"type": "ipc", "path": "/x"}]}}),
                json!({"linux": {"namespaces": [{"type": "ipc", "path": "/x"}, {"type": "pid"}]}}),
            ),
            (
                json!({"linux": {"seccomp": {"syscalls": [{"names": ["read", "write"]}]}}}),
                json!({"linux": {"seccomp": {"syscalls": [{"names": ["write", "read"]}]}}}),
            ),
        ] {
            assert_eq!(places(&a), places(&b));
        }
    }

    #[test]
    fn order_that_counts_is_kept() {
        for (a, b) in [
            (json!({"process": {"args": ["a", "b"]}}), json!({"process": {"args": ["b", "a"]}})),
            (
                json!({"mounts": [{"destination": "/a", "options": ["ro", "rw"]}]}),
                json!({"mounts": [{"destination": "/a", "options": ["rw", "ro"]}]}),
            ),
            (
                json!({"process": {"env": ["A=1", "A=2"]}}),
                json!({"process": {"env": ["A=2", "A=1"]}}),
            ),
        ] {
            assert_ne!(places(&a), places(&b));
        }
        let order = |of: &[&str]| {
            let mounts: Vec<Value> = of.iter().map(|d| json!({ "destination": d })).collect();
            mount_order(&json!({ "mounts": mounts }))
        };
        assert_eq!(order(&["/a", "/ab", "/a/b"]), order(&["/ab", "/a", "/a/b"]));
        assert_ne!(order(&["/a", "/a/b"]), order(&["/a/b", "/a"]));
        assert_ne!(order(&["/", "/a/b"]), order(&["/a/b", "/"]));
    }

    #[test]
    fn only_what_differs_is_shown() {
        let (a, b) = narrowed(&json!({"x": 1, "y": [1, 2]}), &json!({"x": 1, "y": [2, 3], "z": 0}));
        assert_eq!((a, b), (json!({"y": [1]}), json!({"y": [3], "z": 0})));
        assert_eq!(narrowed(&json!("a\nb\n"), &json!("a\nc\n")), (json!("b"), json!("c")));
        assert_eq!(narrowed(&json!([1, 2]), &json!([2, 1])), (json!([1, 2]), json!([2, 1])));
    }
}
