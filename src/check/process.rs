//! Holds the process, its limits, its capabilities and the hooks against OCI's text.

use super::FindingKind;
use super::look::{Found, Namespaces, Spec};
use crate::security::caps::CapSet;
use alloc::{collections::BTreeSet, format, vec::Vec};

/// The limits of Linux.
const LIMITS: [&str; 16] = [
    "RLIMIT_AS",
    "RLIMIT_CORE",
    "RLIMIT_CPU",
    "RLIMIT_DATA",
    "RLIMIT_FSIZE",
    "RLIMIT_LOCKS",
    "RLIMIT_MEMLOCK",
    "RLIMIT_MSGQUEUE",
    "RLIMIT_NICE",
    "RLIMIT_NOFILE",
    "RLIMIT_NPROC",
    "RLIMIT_RSS",
    "RLIMIT_RTPRIO",
    "RLIMIT_RTTIME",
    "RLIMIT_SIGPENDING",
    "RLIMIT_STACK",
];

/// The sets of capabilities.
pub(super) const SETS: [&str; 5] = ["bounding", "effective", "inheritable", "permitted", "ambient"];

/// The kinds of hooks.
pub(super) const HOOKS: [&str; 6] =
    ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

pub(super) fn check(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    for key in ["hostname", "domainname"] {
        if let Some(at) = spec.at(key)
            && let Some(name) = at.text()
            && !name.is_empty()
            && !namespaces.has("uts")
        {
            found.add(
                FindingKind::HostnameOfHost,
                &at,
                format!("{key} `{name}` is set without a UTS namespace"),
            );
        }
    }
    hooks(spec, found);
    let Some(process) = spec.at("process") else { return };
    found.absolute(process.key("cwd"));
    for (entry, at) in process.words("env") {
        if !entry.contains('=') {
            found.add(FindingKind::Variable, &at, format!("`{entry}` has no `=`"));
        }
    }
    if let Some(at) = process.key("oomScoreAdj")
        && let Some(score) = at.int()
        && !(-1000..=1000).contains(&score)
    {
        found.add(FindingKind::OutOfRange, &at, format!("{score} is outside of -1000 to 1000"));
    }
    limits(spec, found);
    capabilities(spec, found);
}

fn limits(spec: &Spec<'_>, found: &mut Found) {
    let mut before = BTreeSet::new();
    for at in spec.list("process.rlimits") {
        let kind = at.word("type");
        found.known(FindingKind::LimitUnknown, at.key("type"), "limit of Linux", &LIMITS);
        if !kind.is_empty() && !before.insert(kind) {
            found.add(FindingKind::LimitTwice, &at, format!("`{kind}` is given twice"));
        }
        if let (Some(soft), Some(hard)) = (at.number("soft"), at.number("hard"))
            && soft > hard
        {
            found.add(
                FindingKind::LimitAboveHard,
                &at,
                format!("the soft limit {soft} is above the hard limit {hard}"),
            );
        }
    }
}

fn capabilities(spec: &Spec<'_>, found: &mut Found) {
    let Some(sets) = spec.at("process.capabilities") else { return };
    let of = |key: &str| CapSet::of(sets.words(key).into_iter().map(|(name, _)| name));
    let (permitted, inheritable) = (of("permitted"), of("inheritable"));
    for key in SETS {
        for (name, at) in sets.words(key) {
            let Some(cap) = CapSet::named(name) else {
                found.add(
                    FindingKind::CapabilityUnknown,
                    &at,
                    format!("`{name}` is no capability of Linux"),
                );
                continue;
            };
            if key == "effective" && !permitted.contains(cap) {
                found.add(
                    FindingKind::CapabilityNotPermitted,
                    &at,
                    format!("`{name}` is effective, but not permitted"),
                );
            }
        }
    }
    // Told once for all: who forgets one of them has forgotten the set.
    let lost: Vec<&str> = of("ambient").without(permitted.and(inheritable)).iter().collect();
    if let Some(at) = sets.key("ambient").filter(|_| !lost.is_empty()) {
        let (names, be) = (lost.join("`, `"), if lost.len() == 1 { "is" } else { "are" });
        found.add(
            FindingKind::AmbientLost,
            &at,
            format!("`{names}` {be} ambient, but not both permitted and inheritable"),
        );
    }
}

fn hooks(spec: &Spec<'_>, found: &mut Found) {
    let Some(hooks) = spec.at("hooks") else { return };
    for hook in HOOKS.iter().flat_map(|kind| hooks.list(kind)) {
        found.absolute(hook.key("path"));
        if let Some(at) = hook.key("timeout")
            && let Some(seconds) = at.int()
            && seconds <= 0
        {
            found.add(
                FindingKind::HookTimeout,
                &at,
                format!("a timeout of {seconds} seconds is not above zero"),
            );
        }
    }
}
