//! What many passes say in the same words: mounts, variables, the container's root ids.

use crate::draft::{Draft, EnvVar, Mount, Text};
use crate::facts::FactKey;
use crate::path;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, vec::Vec};

/// A mount with fixed options.
pub(super) fn mount<'a>(
    destination: &'a str,
    kind: &'a str,
    source: &'a str,
    options: &[&'a str],
) -> Mount<'a> {
    let options: Vec<Text<'a>> = options.iter().map(|o| Cow::Borrowed(*o)).collect();
    Mount {
        destination: Cow::Borrowed(destination),
        kind: Cow::Borrowed(kind),
        source: Cow::Borrowed(source),
        options,
    }
}

/// Whether the environment has a variable of this name. "No" is owed to the whole environment.
pub(super) fn env_has(cx: &Cx<'_>, draft: &Draft<'_>, name: &str) -> bool {
    draft.spec.process.env.find(cx, name).is_some()
}

/// LP-ENV-01: appends a variable, or replaces one that was added by this helper before. An entry of the stored environment is never replaced: the
/// new one stands beside it (a quirk of Podman, kept).
pub(super) fn add_env<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    name: &'a str,
    value: Text<'a>,
) {
    if name.is_empty() {
        return;
    }
    let env = &mut draft.spec.process.env;
    let added = |name: &'a str, value| EnvVar { name: Cow::Borrowed(name), value, added: true };
    match env.position(cx, |var| var.added && var.name == name) {
        Some(at) => env.amend(cx, rule, at, |_| added(name, value)),
        None => env.push(cx, rule, || added(name, value)),
    }
}

/// LP-MODEL-06: the ids that the container's root has on the host; 0 and 0 while nothing is mapped.
pub(super) fn root_ids(cx: &Cx<'_>, draft: &Draft<'_>) -> (u32, u32) {
    draft.working.root_ids.see(cx).copied().unwrap_or((0, 0))
}

/// The next of the random names, which anonymous volumes and then overlays take in order. Who takes one owes those that were taken before.
pub(super) fn random_name<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule) -> Option<&'a str> {
    let taken = draft.working.names_taken.see(cx).copied().unwrap_or_default();
    draft.working.names_taken.set(cx, rule, || taken.saturating_add(1));
    let name = cx.facts().random_names().get(taken);
    if name.is_none() {
        cx.note_missing(FactKey::RandomNames, "");
    }
    name.map(alloc::string::String::as_str)
}

/// Cleaned text that is borrowed from where the given one is.
pub(super) fn clean<'a>(path: &Text<'a>) -> Text<'a> {
    match path {
        Cow::Borrowed(path) => path::clean(path),
        Cow::Owned(path) => Cow::Owned(path::clean(path).into_owned()),
    }
}
