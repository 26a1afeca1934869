//! The network namespace entry: made, joined or left alone (LP-NETNS).

use crate::draft::{Draft, Namespace, NamespaceKind};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-NETNS-01: an entry that was not made for the container stays as it is stored.
    if draft.container.create_netns.see(cx) != Some(&true) {
        return;
    }
    let path = if draft.container.post_configure_netns.see(cx) == Some(&true) {
        // The runtime makes it in the new user namespace; it is configured afterwards.
        ""
    } else {
        let path = cx.facts().netns_path();
        if path.is_empty() && !cx.misses() {
            // Podman panics here.
            return draft.refuse(cx, Rule::LpNetns01, Problem::NoNetns);
        }
        path
    };
    let entry = cx.decide(Rule::LpNetns01, || Namespace {
        kind: NamespaceKind::Network,
        path: Cow::Borrowed(path),
    });
    draft.spec.namespaces.put(cx, entry);
}
