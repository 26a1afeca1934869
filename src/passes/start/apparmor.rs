//! The AppArmor profile: checked, and loaded where it is ours (LP-AA).

use crate::draft::Draft;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

/// What the names of the engine's own profiles start with: these are made and loaded on demand.
const OWN_PREFIX: &str = "containers-default-";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-AA-01, in Podman's order.
    let Some(profile) = draft.spec.process.apparmor_profile.see(cx).cloned() else { return };
    if profile.is_empty() || profile == "unconfined" {
        return;
    }
    let owned = || profile.clone().into_owned();
    if cx.facts().rootless_in_storage() {
        let problem = Problem::ApparmorRootless { profile: owned() };
        return draft.refuse(cx, Rule::LpAa01, problem);
    }
    if !cx.facts().apparmor() {
        let problem = Problem::ApparmorDisabled { profile: owned() };
        return draft.refuse(cx, Rule::LpAa01, problem);
    }
    // LP-AA-02
    if cx.facts().apparmor_profiles().iter().any(|loaded| *loaded == profile) {
        return;
    }
    if profile.starts_with(OWN_PREFIX) {
        // LP-AA-03
        let profile = Cow::Owned(owned());
        draft.effect(cx, Rule::LpAa03, Stage::Generate, Effect::LoadApparmor { profile });
    } else {
        let problem = Problem::ApparmorNotLoaded { profile: owned() };
        draft.refuse(cx, Rule::LpAa02, problem);
    }
}
