//! Working directory, terminal, user ids, personality, OOM score (WD).

use super::image;
use crate::draft::Draft;
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::security::hardened::leads_through_process;
use alloc::{borrow::Cow, string::String};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| working_dir(cx, draft));
    let process = &mut draft.spec.process;
    process.terminal.set(cx, Rule::OcGiven01, || *cx.config().terminal());
    // SG-USER-01: who runs is looked up at the start only, but for the modes of user namespaces that keep ids.
    process.uid.set(cx, Rule::SgUser01, || 0);
    process.gid.set(cx, Rule::SgUser01, || 0);
    cx.within(|| {
        if let Some(personality) = cx.config().personality() {
            draft.spec.personality.set(cx, Rule::OcGiven01, || Some(personality));
        }
    });
}

/// SG-WD-01: not made absolute here.
fn working_dir<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().work_dir();
    let (rule, directory) = if !given.is_empty() {
        (Rule::OcGiven01, given.as_str())
    } else if image::is_used(cx, draft) {
        (Rule::SgWd01, cx.facts().image_working_dir().map_or("", String::as_str))
    } else {
        (Rule::SgWd01, "")
    };
    draft
        .spec
        .process
        .cwd
        .set(cx, rule, || Cow::Borrowed(if directory.is_empty() { "/" } else { directory }));
    if !cx.hardened() {
        return;
    }
    let path = || String::from(directory);
    if leads_through_process(directory) {
        draft.refuse(cx, Rule::HdWd01, Problem::WorkDirOfProcess { path: path() });
    } else if !directory.is_empty() && !path::is_abs(directory) {
        draft.refuse(cx, Rule::HdWd02, Problem::WorkDirRelative { path: path() });
    }
}

pub(super) fn oom<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if let Some(score) = *cx.config().oom_score_adj() {
        draft.spec.process.oom_score_adj.set(cx, Rule::OcGiven01, || Some(score));
    }
}
