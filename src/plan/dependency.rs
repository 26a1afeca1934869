//! Tells what others have to know of the container that a plan is for: to join its namespaces, and to take its volumes over.

use super::Plan;
use crate::config::{Mount, NamedVolume};
use crate::draft::{Draft, NamespaceKind, SharedNamespaces, Text};
use crate::facts::Dependency;
use crate::passes;
use crate::provenance::Cx;
use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

impl Plan<'_> {
    /// The container as one that others depend on: the fact `container` of theirs. Its state, its process and the text of its hosts file
    /// are not known before it runs, and are empty.
    pub fn as_dependency(&self) -> Dependency {
        let facts = self.facts;
        // The start changes the base spec in place, and SG-VOL-05 takes mounts from there; so the first half is done again.
        let cx = Cx::new(self.config, facts, self.options.profile);
        let mut base = Draft::with_room();
        passes::create(&cx, &mut base);
        let container = &base.container;
        let shm = container.shm.value();
        let ids = container.id_mappings.value();
        let text = |slot: Option<&Text<'_>>| slot.map(|text| text.clone().into_owned());
        let net = donor(&container.shared_namespaces, NamespaceKind::Network);
        Dependency {
            id: facts.container.id.clone().unwrap_or_default(),
            name: facts.container.name.clone().unwrap_or_default(),
            hostname: hostname(&base, facts.container.id.as_deref().unwrap_or_default()),
            pod: text(container.pod.value()).unwrap_or_default(),
            namespace: facts.conf.engine.namespace.clone().unwrap_or_default(),
            shm_dir: shm.map(|shm| shm.dir.clone().into_owned()).unwrap_or_default(),
            no_shm: shm.is_some_and(|shm| shm.none),
            no_shm_share: shm.is_some_and(|shm| shm.no_share),
            net_ns_ctr: net.map(|donor| donor.id.clone()).unwrap_or_default(),
            network_disabled: network_disabled(&base),
            bind_mounts: self
                .draft
                .bind_mounts
                .values()
                .map(|bound| {
                    (bound.destination.clone().into_owned(), bound.source.clone().into_owned())
                })
                .collect(),
            uid_mappings: ids.map(|ids| ids.uid_map.to_vec()).unwrap_or_default(),
            gid_mappings: ids.map(|ids| ids.gid_map.to_vec()).unwrap_or_default(),
            auto_userns: ids.is_some_and(|ids| ids.auto),
            process_label: text(self.draft.spec.process.selinux_label.value()).unwrap_or_default(),
            user: text(container.user.value()).unwrap_or_default(),
            user_volumes: owned(container.user_volumes.values()),
            mounts: base.spec.mounts.values().map(mount).collect(),
            named_volumes: container
                .named_volumes
                .values()
                .map(|volume| NamedVolume {
                    name: volume.name.clone().into_owned(),
                    dest: volume.dest.clone().into_owned(),
                    options: owned(volume.options.iter()),
                    is_anonymous: volume.anonymous,
                })
                .collect(),
            ..Dependency::default()
        }
    }
}

fn owned<'t, 'a: 't>(texts: impl Iterator<Item = &'t Text<'a>>) -> Vec<String> {
    texts.map(|text| text.clone().into_owned()).collect()
}

fn mount(mount: &crate::draft::Mount<'_>) -> Mount {
    Mount {
        destination: mount.destination.clone().into_owned(),
        kind: mount.kind.clone().into_owned(),
        source: mount.source.clone().into_owned(),
        options: Some(owned(mount.options.iter())),
    }
}

fn donor<'d>(shared: &'d SharedNamespaces<'_>, kind: NamespaceKind) -> Option<&'d Dependency> {
    let slot = if kind == NamespaceKind::Network { &shared.net } else { &shared.uts };
    slot.value().copied().flatten()
}

/// LP-MODEL-07: the name that it knows itself by.
fn hostname(base: &Draft<'_>, id: &str) -> String {
    if let Some(donor) = donor(&base.container.shared_namespaces, NamespaceKind::Uts) {
        return donor.hostname.clone();
    }
    match base.spec.hostname.value() {
        Some(name) if !name.is_empty() => name.clone().into_owned(),
        _ => id.get(..12).unwrap_or(id).to_owned(),
    }
}

/// LP-MODEL-09: the first network namespace decides, where none is made.
fn network_disabled(base: &Draft<'_>) -> bool {
    let container = &base.container;
    if let Some(donor) = donor(&container.shared_namespaces, NamespaceKind::Network) {
        return donor.network_disabled;
    }
    let made = [&container.create_netns, &container.post_configure_netns];
    if made.into_iter().any(|slot| slot.value() == Some(&true)) {
        return false;
    }
    let mut namespaces = base.spec.namespaces.values();
    namespaces
        .find(|entry| entry.kind == NamespaceKind::Network)
        .is_some_and(|entry| entry.path.is_empty())
}
