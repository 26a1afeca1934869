//! Takes over what a pod's infra container gives (POD): its part of each list comes first.

#[cfg(test)]
mod tests;

use super::confinement;
use crate::config::{self, Field};
use crate::draft::{
    Annotation, Draft, ImageVolumeMount, Mount, NamedVolumeMount, NsMode, Overlay, Text,
};
use crate::facts::{Infra, Pod};
use crate::mount::options::MOST_APPENDED;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String, vec::Vec};

/// SG-IPC-06, Q-42: the size of /dev/shm that an infra container has when nobody asked for one.
const DEFAULT_SHM_SIZE: i64 = 65_536_000;

/// The annotations that come from the infra container where the container has none (SG-POD-06).
const INHERITED_ANNOTATIONS: [&str; 3] = [
    "io.podman.annotations.label",
    "io.podman.annotations.seccomp",
    "io.podman.annotations.apparmor",
];

/// Looks the pod up by its name or id, if that has not been done.
pub(super) fn find<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.working.pod.open().is_some() {
        return;
    }
    cx.within(|| {
        let name = cx.config().pod();
        let pod = if name.is_empty() { None } else { cx.facts().pod(name) };
        if pod.is_some_and(|pod| pod.id.is_empty()) {
            draft.refuse(cx, Rule::SgPod01, Problem::NoPod { name: name.clone() });
        }
        draft.working.pod.set(cx, Rule::SgPod01, || pod.filter(|pod| !pod.id.is_empty()));
    });
}

/// The pod that is joined.
pub(super) fn of<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<&'a Pod> {
    draft.working.pod.see(cx).copied().flatten()
}

/// The infra container of the pod that is joined.
pub(super) fn infra<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<&'a Infra> {
    of(cx, draft)?.infra.as_ref()
}

pub(super) fn inherit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    find(cx, draft);
    // SG-POD-07
    cx.within(|| {
        let id = of(cx, draft).map_or("", |pod| &pod.id);
        draft.container.pod.set(cx, Rule::SgPod07, || Cow::Borrowed(id));
    });
    confinement::default_labels(cx, draft);
    security(cx, draft);
    cx.within(|| shm_size(cx, draft));
    mounts(cx, draft);
    volumes(cx, draft);
}

/// SG-POD-01: lists of the infra container before the container's own; single values over them.
fn security<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let infra = infra(cx, draft);
        draft
            .working
            .cap_add
            .set(cx, Rule::SgPod01, || texts(infra.map(|i| &i.cap_add), cx.config().cap_add()));
        draft
            .working
            .cap_drop
            .set(cx, Rule::SgPod01, || texts(infra.map(|i| &i.cap_drop), cx.config().cap_drop()));
        draft.working.apparmor_profile.set(cx, Rule::SgPod01, || {
            over(infra.map(|i| &i.apparmor_profile), || cx.config().apparmor_profile())
        });
        draft.working.seccomp_policy.set(cx, Rule::SgPod01, || {
            over(infra.map(|i| &i.seccomp_policy), || cx.config().seccomp_policy())
        });
        draft.working.no_new_privileges.set(cx, Rule::SgPod01, || {
            infra.is_some_and(|i| i.no_new_privileges) || *cx.config().no_new_privileges()
        });
        let path = infra.map_or("", |infra| &infra.seccomp_profile_path);
        if path.is_empty() {
            draft.working.seccomp_path.stand(cx);
        } else {
            draft.working.seccomp_path.set(cx, Rule::SgPod01, || Cow::Borrowed(path));
        }
        // SG-POD-05, Q-41: the own ones may repeat the infra container's.
        let first = infra.map_or(&[][..], |infra| &infra.selinux_opts);
        if first.is_empty() {
            draft.working.selinux_opts.stand(cx);
        } else {
            let first = first.iter().map(|option| Cow::Borrowed(option.as_str()));
            draft
                .working
                .selinux_opts
                .amend(cx, Rule::SgPod05, |own| first.chain(own.iter().cloned()).collect());
        }
    });
}

/// SG-POD-01, SG-POD-04: the infra container's size wins, unless it is the default and the host's IPC namespace is asked for.
fn shm_size<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let own = || cx.config().shm_size().map(|size| size.0);
    let Some(infra) = infra(cx, draft) else {
        return draft.working.shm_size.set(cx, Rule::OcGiven01, own);
    };
    let default = infra.shm_size.is_none_or(|size| size == DEFAULT_SHM_SIZE);
    if default && NsMode::of(&cx.config().ipcns().nsmode) == NsMode::Host {
        return draft.working.shm_size.set(cx, Rule::SgPod04, || None);
    }
    draft.working.shm_size.set(cx, Rule::SgPod01, || infra.shm_size.or_else(own));
}

/// SG-POD-01
fn mounts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let mounts = infra(cx, draft).map_or(&[][..], |infra| &infra.mounts);
        draft.working.request_mounts.reserve(mounts.len());
        for (place, mount) in mounts.iter().enumerate() {
            draft.working.request_mounts.push(cx, Rule::SgPod01, || {
                filled(
                    mount_of(mount),
                    cx.config()
                        .each(Field::Mounts, |c| &c.mounts)
                        .nth(place)
                        .map(|old| mount_of(old.see(cx))),
                )
            });
        }
        draft.working.request_mounts.settle(cx);
    });
    cx.within(|| {
        let mounts = cx.config().each(Field::Mounts, |c| &c.mounts);
        draft.working.request_mounts.reserve(mounts.len());
        for (place, mount) in mounts.enumerate() {
            // What one mount was looked at for is no reason of the next.
            cx.within(|| {
                let mut made = mount_of(mount.see(cx));
                if lacks_something(&made) {
                    let first = infra(cx, draft).map_or(0, |infra| infra.mounts.len());
                    if first > 0 {
                        let behind = place.saturating_add(first);
                        let old = cx.config().each(Field::Mounts, |c| &c.mounts).nth(behind);
                        made = filled(made, old.map(|old| mount_of(old.see(cx))));
                    }
                }
                draft.working.request_mounts.push(cx, Rule::OcGiven01, || made);
            });
        }
        draft.working.request_mounts.settle(cx);
    });
}

fn lacks_something(mount: &Mount<'_>) -> bool {
    mount.kind.is_empty() || mount.source.is_empty() || mount.options.is_empty()
}

/// The joined list is decoded over the request's own: where an entry leaves something out, that of the entry stays whose place it takes.
fn filled<'a>(mut mount: Mount<'a>, old: Option<Mount<'a>>) -> Mount<'a> {
    let Some(old) = old else { return mount };
    if mount.kind.is_empty() {
        mount.kind = old.kind;
    }
    if mount.source.is_empty() {
        mount.source = old.source;
    }
    if mount.options.is_empty() {
        mount.options = old.options;
    }
    mount
}

/// SG-POD-01
fn volumes<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let infra = infra(cx, draft);
        let working = &mut draft.working;
        working.request_volumes.settle(cx);
        working.request_overlays.settle(cx);
        working.request_image_volumes.settle(cx);
        let Some(infra) = infra else { return };
        for volume in &infra.volumes {
            working.request_volumes.push(cx, Rule::SgPod01, || volume_of(volume));
        }
        for overlay in &infra.overlay_volumes {
            working.request_overlays.push(cx, Rule::SgPod01, || overlay_of(overlay));
        }
        for image in &infra.image_volumes {
            working.request_image_volumes.push(cx, Rule::SgPod01, || image_of(image));
        }
    });
    let working = &mut draft.working;
    cx.within(|| {
        for volume in cx.config().each(Field::Volumes, |c| &c.volumes) {
            working.request_volumes.push(cx, Rule::OcGiven01, || volume_of(volume.see(cx)));
        }
        working.request_volumes.settle(cx);
    });
    cx.within(|| {
        for overlay in cx.config().each(Field::OverlayVolumes, |c| &c.overlay_volumes) {
            working.request_overlays.push(cx, Rule::OcGiven01, || overlay_of(overlay.see(cx)));
        }
        working.request_overlays.settle(cx);
    });
    cx.within(|| {
        for image in cx.config().each(Field::ImageVolumes, |c| &c.image_volumes) {
            working.request_image_volumes.push(cx, Rule::OcGiven01, || image_of(image.see(cx)));
        }
        working.request_image_volumes.settle(cx);
    });
}

/// SG-POD-06
pub(super) fn annotations<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(infra) = infra(cx, draft) else { return };
    for key in INHERITED_ANNOTATIONS {
        cx.within(|| {
            let Some(value) = infra.annotations.get(key) else { return };
            if draft.spec.annotations.find(cx, key).is_none() {
                draft.spec.annotations.push(cx, Rule::SgPod06, || Annotation {
                    key: Cow::Borrowed(key),
                    value: Cow::Borrowed(value),
                });
            }
        });
    }
}

/// The infra container's texts, then the container's own.
fn texts<'a>(infra: Option<&'a Vec<String>>, own: &'a [String]) -> Vec<&'a str> {
    infra.into_iter().flatten().chain(own).map(String::as_str).collect()
}

/// The infra container's text where it has one.
fn over<'a>(infra: Option<&'a String>, own: impl FnOnce() -> &'a String) -> &'a str {
    infra.filter(|text| !text.is_empty()).unwrap_or_else(own)
}

/// With room for those that are appended later.
fn borrowed(options: &[String]) -> Vec<Text<'_>> {
    let mut all = Vec::with_capacity(options.len().saturating_add(MOST_APPENDED));
    all.extend(options.iter().map(|option| Cow::Borrowed(option.as_str())));
    all
}

fn mount_of(mount: &config::Mount) -> Mount<'_> {
    Mount {
        destination: Cow::Borrowed(&mount.destination),
        kind: Cow::Borrowed(&mount.kind),
        source: Cow::Borrowed(&mount.source),
        options: borrowed(mount.options.as_deref().unwrap_or_default()),
    }
}

fn volume_of(volume: &config::NamedVolume) -> NamedVolumeMount<'_> {
    NamedVolumeMount {
        name: Cow::Borrowed(&volume.name),
        dest: Cow::Borrowed(&volume.dest),
        options: borrowed(&volume.options),
        anonymous: volume.is_anonymous,
    }
}

fn overlay_of(overlay: &config::OverlayVolume) -> Overlay<'_> {
    Overlay {
        dest: Cow::Borrowed(&overlay.destination),
        source: Cow::Borrowed(&overlay.source),
        options: borrowed(&overlay.options),
    }
}

fn image_of(image: &config::ImageVolume) -> ImageVolumeMount<'_> {
    ImageVolumeMount {
        source: Cow::Borrowed(&image.source),
        dest: Cow::Borrowed(&image.destination),
        read_write: image.read_write,
    }
}
