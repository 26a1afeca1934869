//! Holds namespaces, sysctls, devices, masks and memory limits against OCI's text.

use super::FindingKind;
use super::look::{Found, Namespaces, Spec};
use crate::problem::NsKind;
use crate::security::hardened::sysctl_namespace;
use alloc::{collections::BTreeSet, format, string::String};

/// The types of namespaces; `time` since OCI 1.1.
const NAMESPACES: [&str; 8] = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

/// What the root's propagation can be. The recursive ones are in no text, but known to runc and crun.
const PROPAGATIONS: [&str; 8] =
    ["private", "rprivate", "rshared", "rslave", "runbindable", "shared", "slave", "unbindable"];

pub(super) fn check(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let mut before = BTreeSet::new();
    for one in &namespaces.0 {
        let kind = one.kind;
        let at = one.at.key("type");
        found.known(FindingKind::NamespaceUnknown, at, "type of namespace", &NAMESPACES);
        if !before.insert(kind) {
            found.add(
                FindingKind::NamespaceTwice,
                &one.at,
                format!("the {kind} namespace is given twice"),
            );
        }
        found.absolute(one.at.key("path"));
    }
    sysctls(spec, namespaces, found);
    for key in ["linux.maskedPaths", "linux.readonlyPaths"] {
        let paths = spec.list(key);
        if let Some(at) = spec.at(key).filter(|_| !paths.is_empty() && !namespaces.has("mount")) {
            found.add(
                FindingKind::MaskWithoutMount,
                &at,
                String::from("paths are hidden without a mount namespace"),
            );
        }
        for path in paths {
            found.absolute(Some(path));
        }
    }
    for device in spec.list("linux.devices") {
        found.absolute(device.key("path"));
        let types = ["b", "c", "p", "u"];
        found.known(FindingKind::WordUnknown, device.key("type"), "type of device", &types);
    }
    found.known(
        FindingKind::WordUnknown,
        spec.at("linux.rootfsPropagation"),
        "propagation",
        &PROPAGATIONS,
    );
    memory(spec, found);
}

fn sysctls(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let Some(sysctls) = spec.at("linux.sysctl") else { return };
    for (name, at) in sysctls.entries() {
        let at = at.named(format!("linux.sysctl[{name}]"));
        let dotted = dotted(name);
        let why = match sysctl_namespace(&dotted) {
            _ if dotted == "kernel.hostname" => "is what `hostname` sets, and runc refuses it",
            None => "belongs to no namespace: it would be set for the host",
            Some((NsKind::Network, _)) if !namespaces.has("network") => {
                "needs a network namespace of the container"
            }
            Some((NsKind::Ipc, _)) if !namespaces.has("ipc") => {
                "needs an IPC namespace of the container"
            }
            Some((NsKind::Uts, _)) if !namespaces.has("uts") => {
                "needs a UTS namespace of the container"
            }
            Some(_) => continue,
        };
        found.add(FindingKind::SysctlOfHost, &at, format!("sysctl `{name}` {why}"));
    }
}

/// A name as it is written with dots: in one with slashes a dot is part of an interface's name, as runc and sysctl(8) have it.
fn dotted(name: &str) -> String {
    match name.find(['.', '/']).and_then(|at| name.get(at..)) {
        Some(rest) if rest.starts_with('/') => name
            .chars()
            .map(|c| match c {
                '/' => '.',
                '.' => '/',
                c => c,
            })
            .collect(),
        _ => String::from(name),
    }
}

fn memory(spec: &Spec<'_>, found: &mut Found) {
    let Some(memory) = spec.at("linux.resources.memory") else { return };
    if let (Some(limit), Some(at)) = (memory.number("limit"), memory.key("swap"))
        && let Some(swap) = at.int()
        && limit > 0
        && swap > 0
        && swap < limit
    {
        found.add(
            FindingKind::SwapBelowMemory,
            &at,
            format!(
                "memory and swap together, {swap} bytes, are below memory alone, {limit} bytes"
            ),
        );
    }
}
