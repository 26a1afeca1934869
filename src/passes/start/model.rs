//! Answers what Podman asks about the container again and again: is its network off, who owns its files, with which label.

use super::super::refer::root_ids;
use crate::config::IdMapping;
use crate::draft::{Donor, Draft, NamespaceKind, Text};
use crate::idmap::IdMap;
use crate::plan::{Effect, Stage};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::vec::Vec;

/// The container whose network namespace is joined.
pub(super) fn net_donor<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<Donor<'a>> {
    draft.container.shared_namespaces.net.see(cx).copied().flatten()
}

/// Says whether Podman makes the network namespace.
pub(super) fn makes_netns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    draft.container.create_netns.see(cx) == Some(&true)
}

/// Says whether the network namespace is set up only after the runtime has made it.
pub(super) fn netns_is_late(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    draft.container.post_configure_netns.see(cx) == Some(&true)
}

/// LP-MODEL-09: whether the container is without a network, as far as its files are concerned.
pub(super) fn network_disabled<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> bool {
    if let Some(donor) = net_donor(cx, draft) {
        return donor.network_disabled;
    }
    if makes_netns(cx, draft) || netns_is_late(cx, draft) {
        return false;
    }
    // The first entry decides; without one the network is the host's.
    netns_path(cx, draft).is_some_and(|path| path.is_empty())
}

/// The path of the spec's first network namespace; `None` for the host's network.
pub(super) fn netns_path<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<Text<'a>> {
    let namespaces = &draft.spec.namespaces;
    let at = namespaces.find(cx, NamespaceKind::Network.oci())?;
    namespaces.at(cx, at).map(|namespace| namespace.path.clone())
}

/// LP-NETNONE-01: whether the container has a network namespace with nothing in it. Unlike [`network_disabled`], any entry counts.
pub(super) fn has_net_none(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    let is_empty = |entry: &crate::draft::Namespace<'_>| {
        entry.kind == NamespaceKind::Network && entry.path.is_empty()
    };
    !makes_netns(cx, draft) && draft.spec.namespaces.position(cx, is_empty).is_some()
}

/// The labels that storage has given the container, of its process and of its files; empty without SELinux.
pub(in crate::passes) fn labels<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> (&'a str, &'a str) {
    if !cx.facts().selinux() {
        return ("", "");
    }
    let file = cx.facts().mount_label().map_or("", |label| label.as_str());
    let options = draft.container.label_options.see(cx);
    if options.is_some_and(|options| options.iter().any(|option| option == "disable")) {
        return ("", file);
    }
    (cx.facts().process_label().map_or("", |label| label.as_str()), file)
}

/// LP-VOL-21: gives a path of the host the label of the container's files, which may be shared with other containers.
pub(super) fn relabel<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    path: &str,
    shared: bool,
) {
    let (_, label) = labels(cx, draft);
    if label.is_empty() {
        return;
    }
    let unless_labelled = !cx.facts().first_start();
    let (path, label) = (Cow::Owned(path.into()), Cow::Borrowed(label));
    draft.effect(
        cx,
        rule,
        Stage::Generate,
        Effect::Relabel { path, label, shared, unless_labelled },
    );
}

/// The container's id mappings, of users and of groups.
pub(in crate::passes) fn id_maps(cx: &Cx<'_>, draft: &Draft<'_>) -> (Vec<IdMap>, Vec<IdMap>) {
    let read = |maps: &[IdMapping]| -> Vec<IdMap> {
        maps.iter()
            .map(|map| IdMap {
                container_id: map.container_id,
                host_id: map.host_id,
                size: map.size,
            })
            .collect()
    };
    let options = draft.container.id_mappings.see(cx);
    options
        .map_or_else(Default::default, |options| (read(&options.uid_map), read(&options.gid_map)))
}

/// LP-INIT-03: lets the container's root reach paths of the engine's, where the engine's own user is not mapped into the container.
pub(in crate::passes) fn make_accessible<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    stage: Stage,
    paths: impl IntoIterator<Item = Text<'a>>,
) {
    let (uid_maps, gid_maps) = id_maps(cx, draft);
    if uid_maps.is_empty() && gid_maps.is_empty() {
        return;
    }
    let euid = cx.facts().euid();
    let has = |map: &IdMap| euid.checked_sub(map.host_id).is_some_and(|offset| offset < map.size);
    if uid_maps.iter().any(has) {
        return;
    }
    let (uid, gid) = root_ids(cx, draft);
    for path in paths {
        draft.effect(cx, Rule::LpInit03, stage, Effect::MakeAccessible { path, uid, gid });
    }
}
