//! Capability sets (CAPS).

use super::{namespaces, userns};
use crate::draft::{Draft, NsMode};
use crate::problem::{NsKind, Problem};
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use crate::security::caps::{CapError, CapList, CapSet, merge};
use alloc::{string::String, vec::Vec};

/// What containers.conf has when it is not set.
const DEFAULT_CAPABILITIES: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

/// The label that names the capabilities a container needs.
const LABEL: &str = "io.containers.capabilities";

const NONE: [&str; 0] = [];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // SG-CAPS-04
    let host = CapSet::of(cx.facts().bounding_capabilities().iter().map(String::as_str));
    // SG-CAPS-02
    let privileged = *cx.config().privileged();
    let bounding: Caused<Result<CapList, CapError>> = if privileged {
        cx.decide(Rule::SgCaps02, || Ok(host.into()))
    } else {
        cx.decide(Rule::SgCaps03, || merged(cx, draft, host))
    };
    let bounding = match cx.see(&bounding) {
        Ok(list) => list.clone(),
        Err(error) => return draft.refuse(cx, Rule::SgCaps03, Problem::Capabilities { error: error.clone() }),
    };
    let bounding = if privileged { Ok(bounding) } else { limited(cx, draft, bounding, host) };
    let bounding = match bounding {
        Ok(list) => list,
        Err(error) => return draft.refuse(cx, Rule::SgCaps05, Problem::RequiredCapabilities { error }),
    };
    if is_root(cx, draft) {
        // SG-CAPS-07: inheritable and ambient stay empty.
        draft.spec.process.effective.set(cx, Rule::SgCaps06, || bounding.clone());
        draft.spec.process.permitted.set(cx, Rule::SgCaps06, || bounding.clone());
    } else {
        own(cx, draft, host);
    }
    draft.spec.process.bounding.set(cx, Rule::SgCaps06, || bounding);
}

/// SG-CAPS-03: the defaults, with what is added and without what is dropped.
fn merged<'a>(cx: &Cx<'a>, draft: &Draft<'a>, host: CapSet) -> Result<CapList, CapError> {
    let add = draft.working.cap_add.see(cx).map_or(&[][..], Vec::as_slice);
    let drop = draft.working.cap_drop.see(cx).map_or(&[][..], Vec::as_slice);
    let merged = match cx.facts().conf_default_capabilities() {
        Some(base) => merge(base, add, drop, CapSet::ALL, host),
        None => merge(&DEFAULT_CAPABILITIES, add, drop, CapSet::ALL, host),
    };
    merged.map(|list| list.within(host))
}

/// SG-CAPS-05: only what the label names, if all of that is there.
fn limited<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, list: CapList, host: CapSet) -> Result<CapList, CapError> {
    let Some(at) = draft.container.labels.find(cx, LABEL) else { return Ok(list) };
    let text = draft.container.labels.at(cx, at).map_or("", |label| &label.value);
    let names: Vec<&str> = text.split(',').collect();
    let wanted = merge(&NONE, &names, &NONE, CapSet::ALL, host)?;
    let lacking = wanted.set().without(list.set());
    if lacking.is_empty() {
        return Ok(wanted);
    }
    //
    let words = alloc::format!("Capabilities requested by user or image are not allowed by default: \"{lacking}\"");
    draft.warn(cx, Rule::SgCaps05, crate::problem::WarningKind::Logged(words));
    Ok(list)
}

/// SG-CAPS-06: whether the user counts as root: by the text alone, and with keep-id never unless it is written.
fn is_root<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> bool {
    match userns::asked_user(cx, draft).split(':').next() {
        Some("root" | "0") => true,
        None | Some("") => namespaces::mode(cx, draft, NsKind::User) != NsMode::KeepId,
        Some(_) => false,
    }
}

/// SG-CAPS-06: a user that is not root has what was added, as far as the host has it; the bounding set is not asked (SG-CAPS-09, Q-10).
fn own<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, host: CapSet) {
    let add = draft.working.cap_add.see(cx).map_or(&[][..], Vec::as_slice);
    let own = match merge(&NONE, add, &NONE, CapSet::ALL, host) {
        Ok(list) => list.within(host),
        Err(error) => {
            let names = add.join(",");
            return draft.refuse(cx, Rule::SgCaps06, Problem::UserCapabilities { names, error });
        }
    };
    let process = &mut draft.spec.process;
    process.effective.set(cx, Rule::SgCaps06, || own.clone());
    process.permitted.set(cx, Rule::SgCaps06, || own.clone());
    if !own.is_empty() && cx.facts().ambient_capabilities() {
        process.inheritable.set(cx, Rule::SgCaps06, || own.clone());
        process.ambient.set(cx, Rule::SgCaps06, || own);
    }
}
