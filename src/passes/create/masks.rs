//! Masked and read-only paths (MASK).

use super::namespaces;
use crate::draft::{Draft, NsMode, Text};
use crate::problem::{NsKind, WarningKind};
use crate::provenance::{Cx, List};
use crate::rules::Rule;
use crate::security::mask::{BadPattern, MASKED, READ_ONLY, check_mask, is_unmasked, malformed};
use alloc::{borrow::Cow, string::String, string::ToString as _};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        if *cx.config().privileged() {
            // SG-PRIV-02
            return;
        }
        let unmask = cx.config().unmask().as_deref().unwrap_or_default();
        // SG-MASK-02, Q-25
        for _ in 0..unmask.iter().flat_map(|entry| malformed(entry)).count() {
            draft.warn(cx, Rule::SgMask02, WarningKind::Logged(BadPattern.to_string()));
        }
        defaults(cx, &mut draft.spec.masked_paths, &MASKED, unmask);
        defaults(cx, &mut draft.spec.readonly_paths, &READ_ONLY, unmask);
    });
    for entry in cx.config().each(crate::config::Field::Mask, |c| &c.mask) {
        cx.within(|| {
            // SG-MASK-04, Q-22
            if dropped(cx, draft) {
                return;
            }
            let path = entry.see(cx);
            match check_mask(path) {
                Ok(()) => draft.spec.masked_paths.push(cx, Rule::SgMask03, || Cow::Borrowed(path)),
                Err(relative) => draft.warn(cx, Rule::SgMask03, WarningKind::Logged(relative.to_string())),
            }
        });
    }
}

/// SG-MASK-01, SG-MASK-02
fn defaults<'a>(cx: &Cx<'a>, list: &mut List<Text<'a>>, paths: &'static [&'static str], unmask: &[String]) {
    for path in paths {
        if is_unmasked(path, unmask.iter().map(String::as_str)) {
            list.absent(cx, Rule::SgMask02, path);
        } else {
            list.push(cx, Rule::SgMask01, || Cow::Borrowed(path));
        }
    }
}

/// SG-MASK-04: whether the request's own are not applied: rootless, in the host's PID namespace, and not privileged.
fn dropped<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> bool {
    namespaces::mode(cx, draft, NsKind::Pid) == NsMode::Host && !*cx.config().privileged() && cx.facts().rootless()
}
