//! Plans the steps between the spec and the runtime: saved spec, owners of volumes, access, cgroups (LP-INIT, LP-VOL-30).

use super::model::{id_maps, make_accessible};
use super::records;
use crate::draft::{CgroupsMode, Draft};
use crate::idmap::{self, IdMap};
use crate::path;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-INIT-02, in its order.
    cx.within(|| {
        let path = Cow::Owned(path::join(&[cx.facts().static_dir(), "config.json"]));
        draft.effect(cx, Rule::LpInit02, Stage::Init, Effect::SaveSpec { path });
    });
    if draft.container.named_volumes.len() > 0 {
        cx.within(|| owners(cx, draft));
    }
    cx.within(|| access(cx, draft));
    cx.within(|| {
        // LP-INIT-04: a cgroup with processes of its own can have no controllers below it.
        if draft.container.cgroups_mode.see(cx) == Some(&CgroupsMode::Split) {
            let effect = Effect::MoveSelf { child: Cow::Borrowed("runtime") };
            draft.effect(cx, Rule::LpInit04, Stage::Init, effect);
        }
    });
}

/// LP-VOL-30: a volume that is used for the first time gets the user who runs for owner, and then what the image has at its place.
fn owners<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let uid = draft.spec.process.uid.see(cx).copied().unwrap_or_default();
    let gid = draft.spec.process.gid.see(cx).copied().unwrap_or_default();
    let (uids, gids) = id_maps(cx, draft);
    let owner = host_owner(&uids, &gids, uid, gid);
    for index in 0..draft.container.named_volumes.len() {
        cx.within(|| {
            let Some(volume) = draft.container.named_volumes.at(cx, index) else { return };
            let Some(record) = records::find(cx, volume).filter(|record| record.chown) else {
                return;
            };
            let covers = Cow::Owned(path::join(&[cx.facts().mountpoint(), &volume.dest]));
            let (name, mountpoint) = (volume.name.clone(), record.mountpoint);
            match &owner {
                Ok((uid, gid)) => {
                    let effect =
                        Effect::FixVolume { name, mountpoint, covers, uid: *uid, gid: *gid };
                    draft.effect(cx, Rule::LpVol30, Stage::Init, effect);
                }
                Err(error) => {
                    let problem = Problem::VolumeUserUnmapped { error: error.clone() };
                    draft.refuse(cx, Rule::LpVol30, problem);
                }
            }
        });
    }
}

/// Only with mappings of users are ids translated at all, those of groups too.
fn host_owner(
    uids: &[IdMap],
    gids: &[IdMap],
    uid: u32,
    gid: u32,
) -> Result<(u32, u32), idmap::NotMapped> {
    if uids.is_empty() { Ok((uid, gid)) } else { idmap::host_ids(uids, gids, uid, gid) }
}

/// LP-INIT-03: the run directory for everybody; the rest for the container's root where the engine's user is not mapped.
fn access<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let run_dir = Cow::Borrowed(cx.facts().run_dir());
    let effect = Effect::MakeAccessible { path: run_dir.clone(), uid: 0, gid: 0 };
    draft.effect(cx, Rule::LpInit03, Stage::Init, effect);
    // Closures, so that what is not needed is not asked for.
    let paths = [
        |cx: &Cx<'a>| cx.facts().run_dir(),
        |cx: &Cx<'a>| cx.facts().tmp_dir(),
        |cx: &Cx<'a>| cx.facts().static_dir(),
        |cx: &Cx<'a>| cx.facts().mountpoint(),
        |cx: &Cx<'a>| cx.facts().volume_path(),
    ];
    make_accessible(cx, draft, Stage::Init, paths.iter().map(|path| Cow::Borrowed(path(cx))));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_are_translated_only_with_mappings_of_users() {
        // LP-VOL-30
        let map = |container_id, host_id, size| IdMap { container_id, host_id, size };
        let (uids, gids) = ([map(0, 1000, 10)], [map(0, 2000, 10)]);
        assert_eq!(host_owner(&uids, &gids, 5, 6), Ok((1005, 2006)));
        assert_eq!(host_owner(&[], &gids, 5, 6), Ok((5, 6)));
        assert_eq!(host_owner(&uids, &[], 5, 6), Ok((1005, 6)));
        assert!(host_owner(&uids, &gids, 10, 0).is_err());
    }
}
