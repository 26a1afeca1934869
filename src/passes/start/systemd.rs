//! The mounts and the variable that systemd as PID 1 wants (LP-SYSD).

use super::super::refer::{add_env, env_has, mount};
use crate::draft::{Draft, NamespaceKind};
use crate::facts::{Errno, StatFs};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, vec::Vec};

const CGROUP: &str = "/sys/fs/cgroup";
const LEGACY: &str = "/sys/fs/cgroup/systemd";
const RELEASE_AGENT: &str = "/sys/fs/cgroup/systemd/release_agent";

/// How much of the id becomes the machine id.
const UUID_LENGTH: usize = 32;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-SYSD-00: only in systemd mode.
    if draft.container.systemd.see(cx) != Some(&true) {
        return;
    }
    uuid(cx, draft);
    tmpfs(cx, draft);
    match cx.facts().cgroup_unified() {
        // LP-SYSD-03
        Err(errno) => draft.refuse(cx, Rule::LpSysd03, Problem::CgroupVersionUnknown { errno }),
        Ok(true) => unified(cx, draft),
        Ok(false) => legacy(cx, draft),
    }
}

/// LP-SYSD-01: `container_uuid` unless the environment has one.
fn uuid<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if env_has(cx, draft, "container_uuid") {
        return;
    }
    let id = cx.facts().id();
    match id.get(..UUID_LENGTH) {
        Some(uuid) => add_env(cx, draft, Rule::LpSysd01, "container_uuid", Cow::Borrowed(uuid)),
        // Podman panics here; ids are 64 digits.
        None => draft.refuse(cx, Rule::LpSysd01, Problem::BadId { id: id.into() }),
    }
}

/// LP-SYSD-02: against the mounts as they stood before this pass.
fn tmpfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for destination in ["/run", "/run/lock", "/tmp", "/var/log/journal"] {
        cx.within(|| {
            if draft.spec.mounts.find(cx, destination).is_none() {
                draft.spec.mounts.push(cx, Rule::LpSysd02, || {
                    mount(
                        destination,
                        "tmpfs",
                        "tmpfs",
                        &["rw", "rprivate", "nosuid", "nodev", "tmpcopyup"],
                    )
                });
            }
        });
    }
}

/// LP-SYSD-04: the first mount at the very place goes, the user's too.
fn unified<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if let Some(at) = draft.spec.mounts.find(cx, CGROUP) {
        draft.spec.mounts.remove(cx, Rule::LpSysd04, at);
    }
    let own = draft.spec.namespaces.find(cx, NamespaceKind::Cgroup.oci()).is_some();
    draft.spec.mounts.push(cx, Rule::LpSysd04, || {
        if own {
            mount(CGROUP, "cgroup", "cgroup", &["private", "rw"])
        } else {
            mount(CGROUP, "bind", CGROUP, &["bind", "private", "rw"])
        }
    });
}

/// LP-SYSD-05: the flags of the host's mount are kept, for a remount in a user namespace may not clear them.
fn legacy<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let flags = match cx.facts().path_answer(LEGACY, |p| p.statfs.as_ref()) {
        Ok(flags) => *flags,
        Err(Errno::ENOENT) => {
            draft.spec.mounts.absent(cx, Rule::LpSysd05, LEGACY);
            return;
        }
        Err(_) => StatFs { nodev: true, noexec: true, nosuid: true, ro: false },
    };
    draft.spec.mounts.push(cx, Rule::LpSysd05, || {
        let kept = [
            (flags.nodev, "nodev"),
            (flags.noexec, "noexec"),
            (flags.nosuid, "nosuid"),
            (flags.ro, "ro"),
        ];
        let options: Vec<&'static str> = ["bind", "rprivate"]
            .into_iter()
            .chain(kept.into_iter().filter(|(on, _)| *on).map(|(_, o)| o))
            .collect();
        mount(LEGACY, "bind", LEGACY, &options)
    });
    draft.spec.masked_paths.push(cx, Rule::LpSysd05, || Cow::Borrowed(RELEASE_AGENT));
}
