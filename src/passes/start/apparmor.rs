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
        let problem = Problem::ApparmorOffAtStart { profile: owned() };
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

#[cfg(test)]
mod tests {
    use super::super::trial::{host, run as trial};
    use super::*;
    use crate::config::Config;
    use std::vec;

    #[test]
    fn profiles_are_checked_in_order() {
        // LP-AA-01, LP-AA-02
        let config = Config::default();
        for (profile, rootless, on, loaded, said) in [
            ("", true, false, false, None),
            ("unconfined", true, false, false, None),
            (
                "mine",
                true,
                true,
                false,
                Some(
                    "cannot load AppArmor profile \"mine\": AppArmor is not supported in rootless mode",
                ),
            ),
            (
                "mine",
                false,
                false,
                false,
                Some("profile \"mine\" specified but AppArmor is disabled on the host"),
            ),
            (
                "mine",
                false,
                true,
                false,
                Some("AppArmor profile \"mine\" specified but not loaded"),
            ),
            ("mine", false, true, true, None),
            ("containers-default-0.50.1", false, true, true, None),
        ] {
            let mut facts = host();
            facts.host.rootless = Some(rootless);
            facts.host.apparmor = Some(on);
            facts.host.apparmor_profiles =
                Some(if loaded { vec![profile.into()] } else { vec!["mine2".into()] });
            let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
                draft
                    .spec
                    .process
                    .apparmor_profile
                    .set(cx, Rule::SgApp02, || Cow::Borrowed(profile));
            };
            let done = trial(&config, &facts, prepare, &[run]);
            assert_eq!(done.said(), said.into_iter().collect::<vec::Vec<_>>(), "{profile}");
            assert!(done.draft.plan.is_empty());
        }
    }

    #[test]
    fn a_default_profile_is_loaded_under_its_name() {
        // LP-AA-03
        let (config, mut facts) = (Config::default(), host());
        facts.host.apparmor = Some(true);
        facts.host.apparmor_profiles = Some(vec![]);
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft
                .spec
                .process
                .apparmor_profile
                .set(cx, Rule::SgApp02, || Cow::Borrowed("containers-default-9"));
        };
        let done = trial(&config, &facts, prepare, &[run]);
        assert_eq!(done.effects("load_apparmor"), [r#"{"profile":"containers-default-9"}"#]);
    }
}
