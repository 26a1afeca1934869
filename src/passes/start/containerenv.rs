//! Makes /run/.containerenv, by which a process learns that it is in a container (LP-CE).

use super::host_files::{bind, is_bound, run_file, write_file};
use crate::draft::{Draft, Mount, Text};
use crate::files::containerenv::{Privileged, graph_root_mounted, text};
use crate::plan::Content;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::String;
use core::iter::once;

const DESTINATION: &str = "/run/.containerenv";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-CE-01: a mount over it, or over /run, would hide it.
    let mounts = &draft.spec.mounts;
    if is_bound(cx, draft, DESTINATION)
        || mounts
            .position(cx, |mount| matches!(&*mount.destination, DESTINATION | "/run"))
            .is_some()
    {
        draft.bind_mounts.absent(cx, Rule::LpCe01, DESTINATION);
        return;
    }
    let source = run_file(cx, ".containerenv");
    cx.within(|| {
        let text = content(cx, draft);
        write_file(cx, draft, Rule::LpCe01, source.clone(), Content::Text(text));
    });
    bind(cx, draft, Rule::LpCe01, Cow::Borrowed(DESTINATION), source);
}

fn content<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Text<'a> {
    let root = cx.facts().graph_root();
    let below = |mount: &Mount<'a>| graph_root_mounted(root, once(&*mount.source));
    let mounted = draft.spec.mounts.position(cx, below).is_some();
    if draft.container.privileged.see(cx) == Some(&true) {
        // A container from a root directory has no image.
        let from_image = draft.working.from_image.see(cx) == Some(&true);
        let image_id = if from_image { cx.facts().image_id() } else { None };
        let privileged = Privileged {
            name: cx.facts().name(),
            id: cx.facts().id(),
            image: draft.container.image_name.see(cx).map_or("", |name| &**name),
            image_id: image_id.map_or("", String::as_str),
            rootless: cx.facts().rootless(),
        };
        Cow::Owned(text(Some(&privileged), mounted))
    } else {
        Cow::Owned(text(None, mounted))
    }
}
