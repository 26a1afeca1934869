//! Joins other containers' namespaces; ID maps; host name (LP-NS). The order is Podman's, and it shows.

use super::super::refer::{add_env, env_has};
use crate::draft::{Donor, Draft, Namespace, NamespaceKind};
use crate::facts::{Errno, IdRangeText};
use crate::idmap::{IdMap, IdRange, split};
use crate::problem::Problem;
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::{borrow::Cow, format, vec::Vec};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-NS-01
    let joined = [
        (NamespaceKind::Ipc, donor(cx, &draft.container.shared_namespaces.ipc)),
        (NamespaceKind::Network, donor(cx, &draft.container.shared_namespaces.net)),
        (NamespaceKind::Pid, donor(cx, &draft.container.shared_namespaces.pid)),
        (NamespaceKind::User, donor(cx, &draft.container.shared_namespaces.user)),
    ];
    for (kind, donor) in joined {
        if let Some(donor) = donor {
            join(cx, draft, kind, donor);
        }
    }
    cx.within(|| id_maps(cx, draft));
    cx.within(|| hostname(cx, draft));
    // LP-NS-11, LP-NS-12: after the host name, which they clear.
    let late = [
        (NamespaceKind::Uts, donor(cx, &draft.container.shared_namespaces.uts)),
        (NamespaceKind::Cgroup, donor(cx, &draft.container.shared_namespaces.cgroup)),
    ];
    for (kind, donor) in late {
        if let Some(donor) = donor {
            join(cx, draft, kind, donor);
        }
    }
    automatic(cx, draft);
}

/// The container whose namespace is joined, opened in a scope of its own when there is none.
fn donor<'a>(cx: &Cx<'a>, slot: &Slot<Option<Donor<'a>>>) -> Option<Donor<'a>> {
    slot.see(cx).copied().flatten()
}

/// LP-NS-10: a UTS donor's name is taken over before it is known whether the donor runs.
fn join<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NamespaceKind, donor: Donor<'a>) {
    cx.within(|| {
        if kind == NamespaceKind::Uts {
            draft.spec.hostname.set(cx, Rule::LpNs10, || Cow::Borrowed(""));
            add_env(cx, draft, Rule::LpNs10, "HOSTNAME", Cow::Borrowed(&donor.hostname));
        }
        if !matches!(donor.state.as_str(), "running" | "paused") {
            let (name, state) = (donor.name.clone(), donor.state.clone());
            return draft.refuse(cx, Rule::LpNs10, Problem::DependencyNotRunning { name, state });
        }
        let path = format!("/proc/{}/ns/{}", donor.pid, kind.proc());
        let entry = cx.decide(Rule::LpNs10, || Namespace { kind, path: Cow::Owned(path) });
        draft.spec.namespaces.put(cx, entry);
    });
}

fn id_maps<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-NS-05: some runtimes want a mapping even for a namespace that is joined; only the user list is looked at.
    cx.within(|| {
        let joins = donor(cx, &draft.container.shared_namespaces.user).is_some();
        if joins && draft.spec.uid_mappings.see(cx).is_none_or(|maps| maps.is_empty()) {
            let dummy = IdMap { container_id: 0, host_id: 0, size: 1 };
            draft.spec.uid_mappings.set(cx, Rule::LpNs05, || Cow::Owned(Vec::from([dummy])));
            let before =
                draft.spec.gid_mappings.see(cx).map_or_else(Vec::new, |maps| maps.to_vec());
            draft
                .spec
                .gid_mappings
                .set(cx, Rule::LpNs05, || Cow::Owned(before.into_iter().chain([dummy]).collect()));
        }
    });
    // LP-NS-06: a kernel without user namespaces has no such files.
    let maps = cx.facts().uid_map().and_then(|uids| cx.facts().gid_map().map(|gids| (uids, gids)));
    match maps {
        Ok((uids, gids)) => {
            split_over(cx, &mut draft.spec.uid_mappings, uids);
            split_over(cx, &mut draft.spec.gid_mappings, gids);
        }
        Err(Errno::ENOENT | Errno::UNANSWERED) => {}
        Err(errno) => draft.refuse(cx, Rule::LpNs06, Problem::IdMapUnknown { errno }),
    }
}

/// LP-NS-07: mappings that span several of the ranges that this process has are split at their borders.
fn split_over<'a>(cx: &Cx<'a>, slot: &mut Slot<Cow<'a, [IdMap]>>, available: &[IdRangeText]) {
    cx.within(|| {
        let Some(maps) = slot.see(cx) else { return };
        let ranges: Vec<IdRange> = available
            .iter()
            .map(|r| IdRange { id: r.id, parent: r.parent, count: r.count })
            .collect();
        if let Cow::Owned(parts) = split(maps, &ranges) {
            slot.set(cx, Rule::LpNs07, || Cow::Owned(parts));
        }
    });
}

/// LP-MODEL-07: the name that the container knows itself by.
pub(in crate::passes) fn own_hostname<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Cow<'a, str> {
    if let Some(donor) = donor(cx, &draft.container.shared_namespaces.uts) {
        return Cow::Borrowed(&donor.hostname);
    }
    match draft.spec.hostname.see(cx) {
        Some(name) if !name.is_empty() => name.clone(),
        _ => {
            let id = cx.facts().id();
            Cow::Borrowed(id.get(..12).unwrap_or(id))
        }
    }
}

fn hostname<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let name = own_hostname(cx, draft);
    // LP-MODEL-07: of an id of eleven characters Podman wants twelve, and panics.
    if name.len() == 11 && *name == *cx.facts().id() {
        let id = name.into_owned();
        return draft.refuse(cx, Rule::LpModel07, Problem::BadId { id });
    }
    // LP-NS-08: the first UTS entry that is new.
    let new_uts = draft
        .spec
        .namespaces
        .position(cx, |n| n.kind == NamespaceKind::Uts && n.path.is_empty())
        .is_some();
    let name = if new_uts {
        draft.spec.hostname.set(cx, Rule::LpNs08, || name.clone());
        name
    } else {
        match cx.facts().hostname() {
            Ok(host) => Cow::Borrowed(host.as_str()),
            Err(errno) => {
                return draft.refuse(cx, Rule::LpNs08, Problem::HostnameUnknown { errno });
            }
        }
    };
    // LP-NS-09
    if !env_has(cx, draft, "HOSTNAME") {
        add_env(cx, draft, Rule::LpNs09, "HOSTNAME", name);
    }
}

/// LP-NS-13: the ranges that storage allocated, as they are: last, so never split.
fn automatic<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let joins = donor(cx, &draft.container.shared_namespaces.user).is_some();
        let Some(options) = draft.container.id_mappings.see(cx) else { return };
        if joins || !options.auto {
            return;
        }
        let convert = |maps: &[crate::config::IdMapping]| -> Vec<IdMap> {
            maps.iter()
                .map(|m| IdMap { container_id: m.container_id, host_id: m.host_id, size: m.size })
                .collect()
        };
        let (uids, gids) = (convert(&options.uid_map), convert(&options.gid_map));
        let entry = cx.decide(Rule::LpNs13, || Namespace {
            kind: NamespaceKind::User,
            path: Cow::Borrowed(""),
        });
        draft.spec.namespaces.put(cx, entry);
        draft.spec.uid_mappings.set(cx, Rule::LpNs13, || Cow::Owned(uids));
        draft.spec.gid_mappings.set(cx, Rule::LpNs13, || Cow::Owned(gids));
    });
}
