//! Brings in the host's subscriptions and its FIPS mode (LP-SUB, LP-FIPS).

use super::super::refer::root_ids;
use super::host_files::{bind, is_bound};
use super::model::{labels, relabel};
use crate::draft::{Draft, Text};
use crate::plan::{Content, Effect, Stage};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;

/// Where secrets lie in the container.
pub(super) const SECRETS: &str = "/run/secrets";

const BACK_ENDS: &str = "/etc/crypto-policies/back-ends";
const FIPS_BACK_ENDS: &str = "/usr/share/crypto-policies/back-ends/FIPS";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mut listed = BTreeSet::new();
    for entry in cx.facts().subscriptions().into_iter().flatten() {
        // LP-SUB-01
        let (source, destination) = entry.split_once(':').unwrap_or((entry, entry));
        subscription(cx, draft, source, destination);
        listed.insert(destination);
    }
    if cx.facts().fips() {
        fips(cx, draft, &listed);
    }
}

/// LP-SUB-02: a copy of a file or directory of the host.
fn subscription<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, source: &'a str, destination: &'a str) {
    let copy: Text<'a> = Cow::Owned([cx.facts().run_dir(), destination].concat());
    if is_bound(cx, draft, destination) {
        // What stands there from an earlier start is used again.
        return;
    }
    let (uid, gid) = root_ids(cx, draft);
    let (_, label) = labels(cx, draft);
    let effect = Effect::CopyTree {
        source: Cow::Borrowed(source),
        destination: copy.clone(),
        uid,
        gid,
        label: Cow::Borrowed(label),
    };
    draft.effect(cx, Rule::LpSub02, Stage::Generate, effect);
    bind(cx, draft, Rule::LpSub02, Cow::Borrowed(destination), copy);
}

/// LP-FIPS-01: a marker file, and the image's FIPS policies in the place of its default ones.
fn fips<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, listed: &BTreeSet<&str>) {
    let directory = secrets_dir(cx);
    if !has_secrets_dir(cx, draft) {
        make_secrets_dir(cx, draft, Rule::LpFips01);
    }
    let marker = Effect::WriteFile {
        path: Cow::Owned([&directory, "/system-fips"].concat()),
        content: Content::Text(Cow::Borrowed("")),
        mode: 0o644,
        // Podman leaves it to the engine's own user.
        uid: 0,
        gid: 0,
        label: Cow::Borrowed(""),
    };
    draft.effect(cx, Rule::LpFips01, Stage::Generate, marker);
    if !listed.contains(SECRETS) && !is_bound(cx, draft, SECRETS) {
        bind(cx, draft, Rule::LpFips01, Cow::Borrowed(SECRETS), directory);
    }
    if cx.facts().rootfs_entry(FIPS_BACK_ENDS).is_some()
        && !listed.contains(BACK_ENDS)
        && !is_bound(cx, draft, BACK_ENDS)
    {
        let source = Cow::Owned([cx.facts().mountpoint(), FIPS_BACK_ENDS].concat());
        bind(cx, draft, Rule::LpFips01, Cow::Borrowed(BACK_ENDS), source);
    }
}

/// The directory of the host that stands for [`SECRETS`].
pub(super) fn secrets_dir<'a>(cx: &Cx<'a>) -> Text<'a> {
    Cow::Owned([cx.facts().run_dir(), SECRETS].concat())
}

/// Whether that directory is there by now: a file of it, or itself, has been bound in.
pub(super) fn has_secrets_dir(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    let directory = secrets_dir(cx);
    let lies_there = |source: &str| {
        source
            .strip_prefix(&*directory)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    draft.bind_mounts.position(cx, |bound| lies_there(&bound.source)).is_some()
}

/// Makes it.
pub(super) fn make_secrets_dir<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule) {
    let (uid, gid) = root_ids(cx, draft);
    let path = secrets_dir(cx);
    let effect = Effect::MakeDir { path: path.clone(), mode: 0o755, uid, gid };
    draft.effect(cx, rule, Stage::Generate, effect);
    relabel(cx, draft, rule, &path, false);
}
