//! Namespace modes: defaults, donors, and the entries of the spec (NS, IPC).

use crate::draft::{Draft, NsMode};
use crate::provenance::Cx;

pub(super) fn defaults<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn join<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn emit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

/// SG-NS-40: whether the user namespace counts as new; keep-id, no-map, auto and pod do not.
pub(super) fn is_new_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    draft.working.userns.see(cx).is_some_and(|choice| choice.mode.is_new_userns())
}

/// Whether the container is made inside a user namespace: the engine's own, or a new one.
pub(super) fn in_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    cx.facts().rootless() || is_new_userns(cx, draft)
}

/// SG-MNT-01: whether the kernel lets the container mount a sysfs of its own.
pub(super) fn can_mount_sys(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    let net = draft.working.netns.see(cx).map(|choice| choice.mode).unwrap_or_default();
    if net == NsMode::Host {
        return !in_userns(cx, draft);
    }
    !is_new_userns(cx, draft) || matches!(net, NsMode::Slirp4netns | NsMode::Private | NsMode::None | NsMode::Bridge)
}
