//! Cgroups mode, manager and parent (CG).

use super::super::start::cgroup::is_rootless_cgroup_set;
use super::pod;
use crate::draft::{CgroupsMode, Draft, Text};
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String};

/// SG-CG-05: parents where nobody names one.
const CGROUPFS_PARENT: &str = "/libpod_parent";
const SYSTEMD_PARENT: &str = "machine.slice";
const SYSTEMD_ROOTLESS_PARENT: &str = "user.slice";

/// What the last part of a systemd parent ends in.
const SLICE: &str = ".slice";

/// SG-CG-03: runtimes that can do without cgroups where containers.conf does not say.
const WITHOUT_CGROUPS: [&str; 2] = ["crun", "krun"];

/// SG-CG-02: a word that is none is refused with the other options.
pub(super) fn mode<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(mode) = draft.working.cgroups_mode.see(cx).and_then(|word| mode_of(word)) else {
        return;
    };
    draft.container.cgroups_mode.set(cx, Rule::SgCg02, || mode);
}

/// SG-CG-02: reads the word; an empty one, which only containers.conf can have, changes nothing.
pub(super) fn mode_of(word: &str) -> Option<CgroupsMode> {
    match word {
        "" | "enabled" => Some(CgroupsMode::Enabled),
        "disabled" => Some(CgroupsMode::Disabled),
        "no-conmon" => Some(CgroupsMode::NoConmon),
        "split" => Some(CgroupsMode::Split),
        _ => None,
    }
}

pub(super) fn parent<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mode = draft.container.cgroups_mode.see(cx).copied().unwrap_or_default();
    // SG-CG-04
    if mode == CgroupsMode::Disabled {
        cx.within(|| runtime(cx, draft));
        draft.container.cgroup_manager.set(cx, Rule::SgCg04, || Cow::Borrowed(""));
        return draft.container.cgroup_parent.set(cx, Rule::SgCg04, || Cow::Borrowed(""));
    }
    let manager = cx.facts().cgroup_manager();
    draft.container.cgroup_manager.set(cx, Rule::SgCg05, || Cow::Borrowed(manager));
    let given = cx.config().cgroup_parent().as_str();
    let parent = match manager {
        "cgroupfs" if given.is_empty() => Ok(on_cgroupfs(cx, draft)),
        "cgroupfs" if path::base(given).ends_with(SLICE) => Err(Problem::SliceOnCgroupfs),
        "systemd" if given.is_empty() => Ok(on_systemd(cx, draft, mode)),
        "systemd" if given.len() < SLICE.len() || !path::base(given).ends_with(SLICE) => {
            Err(Problem::NoSlice)
        }
        "cgroupfs" | "systemd" => Ok(Cow::Borrowed(given)),
        other => Err(Problem::CgroupManagerOfParent { manager: other.into() }),
    };
    match parent {
        Ok(parent) => draft.container.cgroup_parent.set(cx, Rule::SgCg05, || parent),
        Err(problem) => draft.refuse(cx, Rule::SgCg05, problem),
    }
}

/// SG-CG-03
fn runtime<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let runtime = cx.facts().oci_runtime();
    let able = match cx.facts().conf_runtime_supports_nocgroups() {
        Some(names) => names.iter().any(|name| name == runtime),
        None => WITHOUT_CGROUPS.contains(&runtime),
    };
    if !able {
        draft.refuse(cx, Rule::SgCg03, Problem::RuntimeNeedsCgroups { runtime: runtime.into() });
    }
}

/// The cgroup of the pod, if it has one.
fn of_pod<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<&'a String> {
    pod::of(cx, draft).map(|pod| &pod.cgroup_path).filter(|path| !path.is_empty())
}

/// SG-CG-05: a rootless user cannot use what lies right below the default parent, be it a pod's.
fn on_cgroupfs<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Text<'a> {
    match (of_pod(cx, draft), cx.facts().rootless()) {
        (Some(path), true) if !is_rootless_cgroup_set(path) => Cow::Borrowed(""),
        (Some(path), _) => Cow::Borrowed(path),
        (None, true) => Cow::Borrowed(""),
        (None, false) => Cow::Borrowed(CGROUPFS_PARENT),
    }
}

/// SG-CG-05
fn on_systemd<'a>(cx: &Cx<'a>, draft: &Draft<'a>, mode: CgroupsMode) -> Text<'a> {
    if let Some(path) = of_pod(cx, draft) {
        return Cow::Borrowed(path);
    }
    Cow::Borrowed(match mode {
        CgroupsMode::Split => "",
        _ if cx.facts().rootless() => SYSTEMD_ROOTLESS_PARENT,
        _ => SYSTEMD_PARENT,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::facts::{Facts, Pod};
    use crate::options::Profile;
    use std::string::ToString as _;

    /// Manager and parent, or the refusal.
    fn made(config: &Config, facts: &Facts) -> Result<(String, String), String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        pod::find(&cx, &mut draft);
        draft.working.cgroups_mode.set(&cx, Rule::SgCg01, || cx.config().cgroups_mode());
        for pass in [mode, parent] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => Ok((
                draft.container.cgroup_manager.value().unwrap().to_string(),
                draft.container.cgroup_parent.value().unwrap().to_string(),
            )),
        }
    }

    fn facts(manager: &str, rootless: bool) -> Facts {
        let mut facts = Facts::default();
        facts.host.rootless = Some(rootless);
        facts.engine.cgroup_manager = Some(manager.into());
        facts.engine.oci_runtime = Some("crun".into());
        for (name, path) in
            [("P", "/libpod_parent/P"), ("C", "/c/P"), ("S", "machine-P.slice"), ("none", "")]
        {
            facts
                .pods
                .insert(name, Pod { id: name.into(), cgroup_path: path.into(), ..Pod::default() });
        }
        facts
    }

    #[test]
    fn the_parent_depends_on_the_manager() {
        // SG-CG-05: E-01, E-33, E-72, E-76, E-88, E-89
        let slice =
            Err("systemd slice received as cgroup parent when using cgroupfs: invalid argument");
        let none = Err(
            "did not receive systemd slice as cgroup parent when using systemd to manage cgroups: invalid argument",
        );
        for (manager, rootless, mode, given, pod, expected) in [
            ("cgroupfs", false, "enabled", "", "", Ok("/libpod_parent")),
            ("cgroupfs", false, "split", "", "", Ok("/libpod_parent")),
            ("cgroupfs", true, "enabled", "", "", Ok("")),
            ("cgroupfs", false, "enabled", "/x", "", Ok("/x")),
            ("cgroupfs", false, "enabled", "/a.slice/x", "", Ok("/a.slice/x")),
            ("cgroupfs", false, "enabled", "x.slice", "", slice),
            ("cgroupfs", true, "enabled", "/a.slice/b.slice", "", slice),
            ("cgroupfs", false, "enabled", "", "P", Ok("/libpod_parent/P")),
            ("cgroupfs", false, "enabled", "", "none", Ok("/libpod_parent")),
            ("cgroupfs", true, "enabled", "", "P", Ok("")),
            ("cgroupfs", true, "enabled", "", "C", Ok("/c/P")),
            ("cgroupfs", false, "enabled", "/x", "P", Ok("/x")),
            ("systemd", false, "enabled", "", "", Ok("machine.slice")),
            ("systemd", true, "no-conmon", "", "", Ok("user.slice")),
            ("systemd", false, "split", "", "", Ok("")),
            ("systemd", true, "split", "", "", Ok("")),
            ("systemd", false, "enabled", "", "S", Ok("machine-P.slice")),
            ("systemd", false, "enabled", "/a.slice/b.slice", "", Ok("/a.slice/b.slice")),
            ("systemd", false, "enabled", "a.slice/b", "", none),
            ("systemd", false, "enabled", "//x//y/", "", none),
            ("systemd", false, "enabled", "../up", "", none),
            ("systemd", false, "enabled", ".slice", "", Ok(".slice")),
            (
                "other",
                false,
                "enabled",
                "",
                "",
                Err(
                    "unsupported Cgroup manager: other - cannot validate cgroup parent: invalid argument",
                ),
            ),
        ] {
            let config = Config {
                cgroup_parent: given.into(),
                cgroups_mode: mode.into(),
                pod: pod.into(),
                ..Config::default()
            };
            let expected =
                expected.map(|parent| (manager.into(), parent.into())).map_err(Into::into);
            assert_eq!(
                made(&config, &facts(manager, rootless)),
                expected,
                "{manager} {rootless} {mode} {given} {pod}"
            );
        }
    }

    #[test]
    fn doing_without_cgroups_takes_a_runtime_that_can() {
        // SG-CG-03, SG-CG-04: E-71
        let config = Config { cgroups_mode: "disabled".into(), ..Config::default() };
        let mut facts = facts("cgroupfs", false);
        assert_eq!(made(&config, &facts), Ok((String::new(), String::new())));
        facts.engine.oci_runtime = Some("runc".into());
        assert_eq!(
            made(&config, &facts).unwrap_err(),
            "requested OCI runtime runc is not compatible with NoCgroups: invalid argument"
        );
        facts.conf.engine.runtime_supports_nocgroups = Some(["runc".into()].into());
        assert!(made(&config, &facts).is_ok());
    }
}
