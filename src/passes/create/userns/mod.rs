//! User namespace and ID mappings (UNS).

#[cfg(test)]
mod tests;

use super::{image, namespaces, pod};
use crate::config::IdMapping;
use crate::draft::{Draft, IdMapOptions, IdMappingsChoice, NsMode, Text};
use crate::facts::FactKey;
use crate::idmap::{IdMap, UsernsError, UsernsIds, keep_id, keep_id_options, no_map, root_id};
use crate::problem::{NsKind, Problem};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, format, string::String, vec::Vec};

/// A mapping of one id, for runtimes that ask for one even where a namespace is joined.
const DUMMY: IdMap = IdMap::new(0, 0, 1);

/// SG-UNS-01: a default mode brings its own mappings, and the request's are lost.
pub(super) fn defaults<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| namespaces::choose(cx, draft, NsKind::User));
    if NsMode::of(&cx.config().userns().nsmode) != NsMode::Default {
        return draft.working.id_mappings.set(cx, Rule::OcGiven01, || {
            cx.config().idmappings().as_ref().map(|given| IdMappingsChoice {
                uid_map: Cow::Borrowed(&given.uid_map),
                gid_map: Cow::Borrowed(&given.gid_map),
                auto: given.auto_userns,
                host_uid: given.host_uid_mapping,
                host_gid: given.host_gid_mapping,
            })
        });
    }
    let mode = namespaces::mode(cx, draft, NsKind::User);
    draft.working.id_mappings.set(cx, Rule::SgUns01, || {
        let host = !matches!(mode, NsMode::Auto | NsMode::KeepId);
        // Options of `auto` are lost.
        Some(IdMappingsChoice {
            auto: mode == NsMode::Auto,
            host_uid: host,
            host_gid: host,
            ..IdMappingsChoice::default()
        })
    });
}

/// SG-USER-01: the user that the request or the image names, before the user namespace has its say.
pub(super) fn asked_user<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> &'a str {
    let user = cx.config().user();
    if !user.is_empty() || !image::is_used(cx, draft) {
        return user;
    }
    cx.facts().image_user().map_or("", String::as_str)
}

/// SG-UNS-05, -07, -09: what the container's settings owe to the user namespace; called among the other namespaces, for Podman's order.
pub(super) fn join<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        match draft.working.userns.see(cx).copied() {
            Some(choice) if choice.mode == NsMode::KeepId => keep_user(cx, draft, choice.value),
            Some(choice) if choice.mode == NsMode::Pod => {
                let user = pod::infra(cx, draft).map_or("", |infra| &infra.container.user);
                if !user.is_empty() && asked_user(cx, draft).is_empty() {
                    draft.container.user.set(cx, Rule::SgUns07, || Cow::Borrowed(user));
                }
            }
            _ => {}
        }
        draft.container.user.stand(cx);
    });
    // SG-UNS-09
    cx.within(|| {
        if pod::infra(cx, draft).is_none() {
            return;
        }
        let mapped = draft
            .working
            .id_mappings
            .see(cx)
            .and_then(Option::as_ref)
            .is_some_and(|m| !m.uid_map.is_empty() || !m.gid_map.is_empty());
        if mapped {
            draft.refuse(cx, Rule::SgUns09, Problem::PodIdMappings);
        }
    });
}

/// SG-UNS-05: the container's user is the one that keeps his id, unless another was asked for.
fn keep_user<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, options: &str) {
    match keep_id_options(options) {
        Ok(options) if options.uid.is_none() && options.gid.is_none() => {
            draft.container.add_current_user.set(cx, Rule::SgUns05, || true);
        }
        Ok(_) => {}
        Err(error) => return draft.refuse(cx, Rule::SgUns05, Problem::Userns { error }),
    }
    if !asked_user(cx, draft).is_empty() {
        return;
    }
    match kept(cx, options) {
        Ok(ids) => {
            let user: Text<'a> = Cow::Owned(format!("{}:{}", ids.uid, ids.gid));
            draft.container.user.set(cx, Rule::SgUns05, || user);
        }
        Err(error) => draft.refuse(cx, Rule::SgUns05, Problem::Userns { error }),
    }
}

/// The ids of `keep-id`.
fn kept(cx: &Cx<'_>, options: &str) -> Result<UsernsIds, UsernsError> {
    let options = keep_id_options(options)?;
    if !cx.facts().rootless() {
        return Err(UsernsError::RootlessOnly { mode: "keep-id" });
    }
    let own = (cx.facts().rootless_uid(), cx.facts().rootless_gid());
    keep_id(options, own, &sizes(cx.facts().sub_uids()), &sizes(cx.facts().sub_gids()))
}

/// The ids of `no-map`.
fn unmapped(cx: &Cx<'_>) -> Result<UsernsIds, UsernsError> {
    if !cx.facts().rootless() {
        return Err(UsernsError::RootlessOnly { mode: "nomap" });
    }
    no_map(&sizes(cx.facts().sub_uids()), &sizes(cx.facts().sub_gids()))
}

fn sizes(ranges: &[u32]) -> Vec<u64> {
    ranges.iter().map(|size| u64::from(*size)).collect()
}

/// The user namespace's entry, and what it maps.
pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(choice) = draft.working.userns.see(cx).copied() else { return };
    match choice.mode {
        NsMode::Path => {
            namespaces::check_path(cx, draft, NsKind::User, choice.value);
            draft
                .spec
                .namespaces
                .push(cx, Rule::SgUns03, || namespaces::entry(NsKind::User, choice.value));
            map(cx, draft, Rule::SgUns03, Vec::from([DUMMY]), Vec::from([DUMMY]));
        }
        NsMode::Private => {
            let (uids, gids) = match draft.working.id_mappings.see(cx) {
                Some(Some(given)) => (id_maps(&given.uid_map), id_maps(&given.gid_map)),
                _ => (Vec::new(), Vec::new()),
            };
            new(cx, draft, Rule::SgUns04, uids, gids);
        }
        NsMode::KeepId => match kept(cx, choice.value) {
            Ok(ids) => keep(cx, draft, Rule::SgUns05, ids),
            Err(error) => draft.refuse(cx, Rule::SgUns05, Problem::Userns { error }),
        },
        NsMode::NoMap => match unmapped(cx) {
            Ok(ids) => keep(cx, draft, Rule::SgUns06, ids),
            Err(error) => draft.refuse(cx, Rule::SgUns06, Problem::Userns { error }),
        },
        // SG-UNS-07: the entry is made when the container starts.
        NsMode::Container | NsMode::Pod => {
            if let Some(Some(donor)) = draft.container.shared_namespaces.user.see(cx).copied() {
                map(
                    cx,
                    draft,
                    Rule::SgUns07,
                    id_maps(&donor.uid_mappings),
                    id_maps(&donor.gid_mappings),
                );
            }
        }
        NsMode::Host => draft.spec.namespaces.absent(cx, Rule::SgUns02, "user"),
        // SG-UNS-08: without mappings that are automatic too there is no user namespace at all.
        _ => draft.spec.namespaces.absent(cx, Rule::SgUns08, "user"),
    }
}

/// A new user namespace with mappings.
fn new<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, uids: Vec<IdMap>, gids: Vec<IdMap>) {
    if uids.is_empty() && gids.is_empty() {
        return draft.refuse(cx, rule, Problem::NoIdMappings);
    }
    draft.spec.namespaces.push(cx, rule, || namespaces::entry(NsKind::User, ""));
    map(cx, draft, rule, uids, gids);
}

/// A new user namespace made of a rootless user's ids; the process is who he is there.
fn keep<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, ids: UsernsIds) {
    draft.spec.process.uid.set(cx, rule, || ids.uid);
    draft.spec.process.gid.set(cx, rule, || ids.gid);
    draft.spec.process.additional_gids.push(cx, rule, || ids.gid);
    new(cx, draft, rule, ids.uid_maps, ids.gid_maps);
}

fn map<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, uids: Vec<IdMap>, gids: Vec<IdMap>) {
    draft.spec.uid_mappings.set(cx, rule, || Cow::Owned(uids));
    draft.spec.gid_mappings.set(cx, rule, || Cow::Owned(gids));
}

fn id_maps(maps: &[IdMapping]) -> Vec<IdMap> {
    maps.iter().map(|m| IdMap::new(m.container_id, m.host_id, m.size)).collect()
}

fn stored(maps: &[IdMap]) -> Vec<IdMapping> {
    maps.iter()
        .map(|m| IdMapping { container_id: m.container_id, host_id: m.host_id, size: m.size })
        .collect()
}

/// The mappings as storage leaves them, and the host's ids of the container's root.
pub(super) fn storage<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        // SG-UNS-09: in a pod the request's own are not stored.
        let auto = pod::of(cx, draft).is_none() && is_automatic(cx, draft);
        let (uid_map, gid_map) = if !cx.config().rootfs().is_empty() {
            // SG-UNS-11: storage makes no layer for a root directory, so that it knows no mappings; with an overlay they are left alone.
            if *cx.config().rootfs_overlay() {
                given(cx, draft)
            } else {
                (Cow::default(), Cow::default())
            }
        } else if auto {
            match allocated(cx) {
                Ok(maps) => maps,
                Err(Some(problem)) => return draft.refuse(cx, Rule::SgUns13, problem),
                Err(None) => return,
            }
        } else {
            of_spec(cx, draft)
        };
        let rule = if auto { Rule::SgUns08 } else { Rule::SgUns02 };
        draft.container.id_mappings.set(cx, rule, || IdMapOptions { uid_map, gid_map, auto });
    });
    let Some(maps) = draft.container.id_mappings.see(cx) else { return };
    // LP-MODEL-06
    let (uid, gid) = (root_id(&id_maps(&maps.uid_map)), root_id(&id_maps(&maps.gid_map)));
    draft.working.root_ids.set(cx, Rule::LpModel06, || (uid, gid));
}

/// SG-UNS-07: whether storage is to choose: as the request's mappings say, else as those of the container that is joined, which are taken
/// over with that wish.
fn is_automatic(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    match draft.working.id_mappings.see(cx).and_then(Option::as_ref) {
        Some(given) => given.auto,
        None => {
            let donor = draft.container.shared_namespaces.user.see(cx).copied().flatten();
            donor.is_some_and(|donor| donor.auto_userns)
        }
    }
}

/// Mappings of users and groups.
type Maps<'a> = (Cow<'a, [IdMapping]>, Cow<'a, [IdMapping]>);

/// SG-UNS-12, -13: what storage allocated; its refusal; or nothing, where the facts do not say.
fn allocated<'a>(cx: &Cx<'a>) -> Result<Maps<'a>, Option<Problem>> {
    if let Some(text) = cx.facts().auto_userns_error() {
        return Err(Some(Problem::AutoUserns { text: text.clone() }));
    }
    match (cx.facts().auto_uid_map(), cx.facts().auto_gid_map()) {
        (Some(uids), Some(gids)) => Ok((Cow::Borrowed(uids), Cow::Borrowed(gids))),
        (None, _) => {
            cx.note_missing(FactKey::AutoUidMap, "");
            Err(None)
        }
        (_, None) => {
            cx.note_missing(FactKey::AutoGidMap, "");
            Err(None)
        }
    }
}

/// The mappings as they were stored before storage was asked: the request's, else those of the container that is joined.
fn given<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Maps<'a> {
    if pod::of(cx, draft).is_none()
        && let Some(Some(given)) = draft.working.id_mappings.see(cx)
    {
        return (given.uid_map.clone(), given.gid_map.clone());
    }
    match draft.container.shared_namespaces.user.see(cx).copied().flatten() {
        Some(donor) => (Cow::Borrowed(&*donor.uid_mappings), Cow::Borrowed(&*donor.gid_mappings)),
        None => Maps::default(),
    }
}

/// SG-UNS-02: otherwise storage takes the spec's.
fn of_spec<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Maps<'a> {
    let maps = |slot: Option<&Cow<'a, [IdMap]>>| {
        slot.map_or_else(Cow::default, |maps| Cow::Owned(stored(maps)))
    };
    (maps(draft.spec.uid_mappings.see(cx)), maps(draft.spec.gid_mappings.see(cx)))
}
