//! The cgroup path (LP-CG).

use crate::draft::{CgroupsMode, Draft};
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, format, string::String};

/// The parent that old versions stored for every container; a rootless user cannot use it.
const DEFAULT_PARENT: &str = "/libpod_parent";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let unified = match cx.facts().cgroup_unified() {
        Ok(unified) => *unified,
        Err(errno) => {
            return draft.refuse(cx, Rule::LpCg20, Problem::CgroupVersionUnknown { errno });
        }
    };
    let container = &draft.container;
    let mode = container.cgroups_mode.see(cx).copied().unwrap_or_default();
    // LP-CG-20, 1: only `disabled` makes no cgroup; `no-conmon` does.
    if mode == CgroupsMode::Disabled {
        return draft.spec.cgroups_path.set(cx, Rule::LpCg20, || Cow::Borrowed(""));
    }
    let id = cx.facts().id();
    if mode == CgroupsMode::Split {
        return match cx.facts().own_cgroup().ok().and_then(|text| own(text)) {
            Some(own) => draft.spec.cgroups_path.set(cx, Rule::LpCg20, || {
                Cow::Owned(path::join(&[own, &format!("libpod-payload-{id}")]))
            }),
            None => {
                let text = cx.facts().own_cgroup().map_or_else(|e| format!("{e}"), Clone::clone);
                draft.refuse(cx, Rule::LpLeaf06, Problem::OwnCgroup { text });
            }
        };
    }
    let manager = container.cgroup_manager.see(cx).map_or("", |m| &**m);
    let parent = container.cgroup_parent.see(cx).map_or("", |p| &**p);
    let rootless = cx.facts().rootless();
    let path: Result<String, Problem> = if manager == "systemd" {
        Ok(format!("{}:libpod:{id}", path::base(parent)))
    } else if rootless
        && (manager == "cgroupfs" || !unified)
        && (parent.is_empty() || !is_rootless_cgroup_set(parent))
    {
        Ok(String::new())
    } else if manager == "cgroupfs" || (rootless && !unified) {
        // From the rootless case Podman falls through to here without a second look at the manager.
        Ok(path::join(&[parent, &format!("libpod-{id}")]))
    } else {
        Err(Problem::CgroupManager { manager: manager.into() })
    };
    match path {
        Ok(path) => draft.spec.cgroups_path.set(cx, Rule::LpCg21, || Cow::Owned(path)),
        Err(problem) => draft.refuse(cx, Rule::LpCg20, problem),
    }
}

/// LP-CG-01: whether a rootless container's parent is one that a user chose.
pub(in crate::passes) fn is_rootless_cgroup_set(parent: &str) -> bool {
    parent != DEFAULT_PARENT && path::dir(parent) != DEFAULT_PARENT
}

/// LP-CG-10: whether a pod has a cgroup of its own.
///
/// # Errors
///
/// [`Problem::PodCgroupManager`] for a manager that there is not.
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "pods are made by the engine; this is what it would ask")
)]
pub(in crate::passes) fn expect_pod_cgroup(
    unified: bool,
    rootless: bool,
    no_cgroups: bool,
    manager: &str,
) -> Result<bool, Problem> {
    if no_cgroups {
        return Ok(false);
    }
    match manager {
        "systemd" => Ok(!rootless || unified),
        "cgroupfs" => Ok(!rootless),
        other => Err(Problem::PodCgroupManager { manager: other.into() }),
    }
}

/// LP-LEAF-06: the own cgroup: the v2 line, else the longest path; `None` for the root or for lines that are none.
pub(in crate::passes) fn own(text: &str) -> Option<&str> {
    let mut longest = "";
    for line in text.lines() {
        let mut fields = line.splitn(3, ':');
        let (Some(number), Some(controllers), Some(path)) =
            (fields.next(), fields.next(), fields.next())
        else {
            return None;
        };
        if number == "0" && controllers.is_empty() {
            longest = path;
            break;
        }
        if path.len() > longest.len() {
            longest = path;
        }
    }
    (!longest.is_empty() && longest != "/").then_some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_parent_and_what_is_right_below_it_do_not_count() {
        // LP-CG-01
        for (parent, set) in [
            ("/libpod_parent", false),
            ("/libpod_parent/x", false),
            ("/libpod_parent/", false),
            ("/libpod_parent/x/y", true),
            ("", true),
            ("/foo", true),
        ] {
            assert_eq!(is_rootless_cgroup_set(parent), set, "{parent}");
        }
    }

    #[test]
    fn the_v2_line_wins_then_the_longest() {
        // LP-LEAF-06
        for (text, path) in [
            ("0::/user.slice/a.scope\n", Some("/user.slice/a.scope")),
            ("12:cpu:/a\n1:name=systemd:/a/b\n", Some("/a/b")),
            ("12:cpu:/very/long/path\n0::/s\n", Some("/s")),
            ("0::/\n", None),
            ("", None),
            ("12\n", None),
        ] {
            assert_eq!(own(text), path, "{text}");
        }
    }

    #[test]
    fn a_pod_expects_a_cgroup_where_its_manager_can_make_one() {
        // LP-CG-10
        for (unified, rootless, none, manager, expected) in [
            (true, false, true, "x", Some(false)),
            (true, true, false, "systemd", Some(true)),
            (false, true, false, "systemd", Some(false)),
            (false, false, false, "systemd", Some(true)),
            (true, true, false, "cgroupfs", Some(false)),
            (true, false, false, "cgroupfs", Some(true)),
            (true, false, false, "bogus", None),
        ] {
            assert_eq!(
                expect_pod_cgroup(unified, rootless, none, manager).ok(),
                expected,
                "{unified} {rootless} {none} {manager}"
            );
        }
    }
}
