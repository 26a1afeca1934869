//! Copies of the secrets that are mounted as files: made once, with the container (LP-MODEL).

use super::super::start::model::{id_maps, labels};
use crate::draft::{Draft, Text};
use crate::idmap::host_ids;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn store<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-MODEL-05: a later start finds them.
    if draft.container.secrets.len() == 0 || !cx.facts().first_start() {
        return;
    }
    let directory: Text<'a> = Cow::Owned([cx.facts().static_dir(), "/secrets"].concat());
    cx.within(|| {
        if draft.container.secrets.all(cx).next().is_some() {
            let path = directory.clone();
            let effect = Effect::MakeDir { path, mode: 0o755, uid: 0, gid: 0 };
            draft.effect(cx, Rule::LpModel05, Stage::Storage, effect);
        }
    });
    let (uid_maps, gid_maps) = id_maps(cx, draft);
    let (_, label) = labels(cx, draft);
    for told in draft.container.secrets.told().to_vec() {
        cx.within(|| {
            let secret = cx.see(&told);
            // The owner is meant as the container sees it.
            let (uid, gid) = match host_ids(&uid_maps, &gid_maps, secret.uid, secret.gid) {
                Ok(ids) => ids,
                Err(error) => {
                    let problem = Problem::SecretOwner { error };
                    return draft.refuse(cx, Rule::LpModel05, problem);
                }
            };
            let path: Text<'a> = Cow::Owned([&directory, "/", &secret.name].concat());
            let (name, mode) = (secret.name.clone(), secret.mode);
            let effect = Effect::WriteSecret { name, path: path.clone(), uid, gid, mode };
            draft.effect(cx, Rule::LpModel05, Stage::Storage, effect);
            if !label.is_empty() {
                let label = Cow::Borrowed(label);
                let (shared, unless_labelled) = (false, false);
                let effect = Effect::Relabel { path, label, shared, unless_labelled };
                draft.effect(cx, Rule::LpModel05, Stage::Storage, effect);
            }
        });
    }
}
