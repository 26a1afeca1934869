//! Holds each value against the kind that OCI gives it, and finds what is required and missing.

use super::FindingKind;
use super::look::{At, Found, Spec};
use crate::text::Node;
use alloc::{format, vec::Vec};

/// What a place holds. Behind `[]` stands each element of a list, behind `{}` each value of an object.
const TEXTS: [&str; 46] = [
    "ociVersion",
    "hostname",
    "domainname",
    "root.path",
    "process.cwd",
    "process.args[]",
    "process.env[]",
    "process.apparmorProfile",
    "process.selinuxLabel",
    "process.user.username",
    "process.rlimits[].type",
    "process.capabilities.bounding[]",
    "process.capabilities.effective[]",
    "process.capabilities.inheritable[]",
    "process.capabilities.permitted[]",
    "process.capabilities.ambient[]",
    "mounts[].destination",
    "mounts[].type",
    "mounts[].source",
    "mounts[].options[]",
    "hooks.prestart[].path",
    "hooks.createRuntime[].path",
    "hooks.createContainer[].path",
    "hooks.startContainer[].path",
    "hooks.poststart[].path",
    "hooks.poststop[].path",
    "annotations{}",
    "linux.namespaces[].type",
    "linux.namespaces[].path",
    "linux.devices[].path",
    "linux.devices[].type",
    "linux.cgroupsPath",
    "linux.rootfsPropagation",
    "linux.mountLabel",
    "linux.sysctl{}",
    "linux.maskedPaths[]",
    "linux.readonlyPaths[]",
    "linux.seccomp.defaultAction",
    "linux.seccomp.listenerPath",
    "linux.seccomp.architectures[]",
    "linux.seccomp.flags[]",
    "linux.seccomp.syscalls[].names[]",
    "linux.seccomp.syscalls[].action",
    "linux.seccomp.syscalls[].args[].op",
    "linux.intelRdt.closID",
    "linux.intelRdt.l3CacheSchema",
];
const NUMBERS: [&str; 27] = [
    "process.user.uid",
    "process.user.gid",
    "process.user.umask",
    "process.user.additionalGids[]",
    "process.oomScoreAdj",
    "process.rlimits[].soft",
    "process.rlimits[].hard",
    "hooks.prestart[].timeout",
    "hooks.createRuntime[].timeout",
    "hooks.createContainer[].timeout",
    "hooks.startContainer[].timeout",
    "hooks.poststart[].timeout",
    "hooks.poststop[].timeout",
    "linux.uidMappings[].containerID",
    "linux.uidMappings[].hostID",
    "linux.uidMappings[].size",
    "linux.gidMappings[].containerID",
    "linux.gidMappings[].hostID",
    "linux.gidMappings[].size",
    "linux.devices[].major",
    "linux.devices[].minor",
    "linux.devices[].fileMode",
    "linux.resources.memory.limit",
    "linux.resources.memory.swap",
    "linux.resources.memory.reservation",
    "linux.resources.pids.limit",
    "linux.seccomp.syscalls[].args[].index",
];
const SWITCHES: [&str; 3] = ["process.terminal", "process.noNewPrivileges", "root.readonly"];

/// What has to be there: the place that needs it, and its key.
const REQUIRED: [(&str, &str); 21] = [
    ("", "root"),
    ("root", "path"),
    ("process", "cwd"),
    ("process", "args"),
    ("process.rlimits[]", "type"),
    ("process.rlimits[]", "soft"),
    ("process.rlimits[]", "hard"),
    ("mounts[]", "destination"),
    ("hooks.prestart[]", "path"),
    ("hooks.createRuntime[]", "path"),
    ("hooks.createContainer[]", "path"),
    ("hooks.startContainer[]", "path"),
    ("hooks.poststart[]", "path"),
    ("hooks.poststop[]", "path"),
    ("linux.namespaces[]", "type"),
    ("linux.devices[]", "type"),
    ("linux.devices[]", "path"),
    ("linux.seccomp", "defaultAction"),
    ("linux.seccomp.syscalls[]", "names"),
    ("linux.seccomp.syscalls[]", "action"),
    ("linux.seccomp.syscalls[].args[]", "op"),
];

pub(super) fn check(spec: &Spec<'_>, found: &mut Found) {
    if !matches!(spec.0.node, Node::Map(_)) {
        return wrong(found, &spec.0, "an object");
    }
    let tables: [(&[&str], &str); 3] =
        [(&TEXTS, "text"), (&NUMBERS, "a whole number"), (&SWITCHES, "true or false")];
    for (patterns, expected) in tables {
        for pattern in patterns {
            for at in each(&spec.0, pattern, Some(found)) {
                let right = match at.node {
                    Node::Str(_) => expected == "text",
                    Node::Int(_) => expected == "a whole number",
                    Node::Bool(_) => expected == "true or false",
                    _ => false,
                };
                if !right {
                    wrong(found, &at, expected);
                }
            }
        }
    }
    for (pattern, key) in REQUIRED {
        let holders = if pattern.is_empty() {
            Vec::from([spec.0.clone()])
        } else {
            each(&spec.0, pattern, None)
        };
        for at in holders {
            let lacks = match (at.node, at.key(key)) {
                (Node::Map(_), None) => true,
                (_, Some(value)) => {
                    matches!(value.node, Node::Str(text) if text.is_empty())
                        || key == "args"
                            && matches!(value.node, Node::Seq(items) if items.is_empty())
                }
                _ => false,
            };
            if lacks {
                let of = if pattern.is_empty() { "the spec" } else { pattern };
                let of = if at.path.is_empty() { of } else { &*at.path };
                found.add(
                    FindingKind::Missing,
                    &at,
                    format!("`{key}` of `{of}` is missing or empty"),
                );
            }
        }
    }
}

fn wrong(found: &mut Found, at: &At<'_>, expected: &str) {
    let add = found.all.iter().all(|known| known.place != at.path);
    if add {
        let kind = at.node.kind();
        found.add(FindingKind::Kind, at, format!("expected {expected}, found {kind}"));
    }
}

/// The values at a pattern's places. On the way to them a value that holds nothing is told of, if there is somebody to tell.
fn each<'n>(from: &At<'n>, pattern: &str, mut tell: Option<&mut Found>) -> Vec<At<'n>> {
    let mut places = Vec::from([from.clone()]);
    for part in pattern.split('.') {
        let (key, inside) = match (part.strip_suffix("[]"), part.strip_suffix("{}")) {
            (Some(key), _) => (key, "a list"),
            (_, Some(key)) => (key, "an object"),
            _ => (part, ""),
        };
        let mut next = Vec::new();
        for at in places {
            if !matches!(at.node, Node::Map(_) | Node::Null)
                && let Some(found) = tell.as_deref_mut()
            {
                wrong(found, &at, "an object");
            }
            let Some(value) = at.key(key) else { continue };
            match (inside, value.node) {
                ("", _) => next.push(value),
                ("a list", Node::Seq(_)) => next.extend(value.items()),
                ("an object", Node::Map(_)) => {
                    next.extend(value.entries().into_iter().map(|(_, at)| at));
                }
                _ => {
                    if let Some(found) = tell.as_deref_mut() {
                        wrong(found, &value, inside);
                    }
                }
            }
        }
        places = next;
    }
    places
}
