//! Host name (HOST).

use super::{namespaces, pod};
use crate::draft::{Draft, NsMode, Text};
use crate::facts::Errno;
use crate::problem::{NsKind, Problem};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

/// SG-HOST-05: a name that is a pod's is taken for the pod's own, where the UTS namespace is not private.
pub(super) fn clear<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let name = cx.config().hostname();
    let is_pod = !name.is_empty()
        && namespaces::mode(cx, draft, NsKind::Uts) != NsMode::Private
        && cx.facts().pod(name).is_some_and(|pod| !pod.id.is_empty());
    let rule = if is_pod { Rule::SgHost05 } else { Rule::OcGiven01 };
    // SG-HOST-04: nothing about it is checked.
    draft.working.hostname.set(cx, rule, || Cow::Borrowed(if is_pod { "" } else { name }));
}

pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // SG-HOST-02
    if let Some(name) = draft.working.hostname.see(cx).filter(|name| !name.is_empty()) {
        let name = name.clone();
        return draft.spec.hostname.set(cx, Rule::SgHost02, || name);
    }
    // SG-HOST-03
    let uts = namespaces::mode(cx, draft, NsKind::Uts);
    let name: Text<'a> = match uts {
        NsMode::Pod => pod::of(cx, draft).map_or("", |pod| &pod.hostname).into(),
        NsMode::Container => draft.container.shared_namespaces.uts.see(cx).copied().flatten().map_or("", |donor| &donor.hostname).into(),
        _ if uts == NsMode::Host || namespaces::mode(cx, draft, NsKind::Network) == NsMode::Host => match cx.facts().hostname() {
            Ok(name) => Cow::Borrowed(name.as_str()),
            Err(Errno::UNANSWERED) => return,
            Err(errno) => return draft.refuse(cx, Rule::SgHost03, Problem::HostnameUnknown { errno }),
        },
        _ => Cow::Borrowed(""),
    };
    if uts != NsMode::Host {
        draft.spec.hostname.set(cx, Rule::SgHost03, || name);
    }
}
