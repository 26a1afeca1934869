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
    // SG-HOST-04: nothing about it is checked (Q-31).
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
        NsMode::Container => draft
            .container
            .shared_namespaces
            .uts
            .see(cx)
            .copied()
            .flatten()
            .map_or("", |donor| &donor.hostname)
            .into(),
        _ if uts == NsMode::Host
            || namespaces::mode(cx, draft, NsKind::Network) == NsMode::Host =>
        {
            match cx.facts().hostname() {
                Ok(name) => Cow::Borrowed(name.as_str()),
                Err(Errno::UNANSWERED) => return,
                Err(errno) => {
                    return draft.refuse(cx, Rule::SgHost03, Problem::HostnameUnknown { errno });
                }
            }
        }
        _ => Cow::Borrowed(""),
    };
    if uts != NsMode::Host {
        draft.spec.hostname.set(cx, Rule::SgHost03, || name);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, facts, refusal};
    use crate::facts::{Answer, Errno, Pod};

    #[test]
    fn names_are_given_taken_over_or_left_to_the_start() {
        let mut facts = facts();
        facts.pods.insert("h1", Pod::default());
        facts.pods.insert("p", Pod { id: "P".into(), ..Pod::default() });
        check(
            &facts,
            &[
                ("{}", "/hostname", "null"),
                (r#"{"hostname":"h1"}"#, "/hostname", r#""h1""#), // E-20
                (r#"{"hostname":" not a name "}"#, "/hostname", r#"" not a name ""#), // Q-31
                (r#"{"utsns":{"nsmode":"host"}}"#, "/hostname", "null"), // E-21
                (r#"{"netns":{"nsmode":"host"}}"#, "/hostname", r#""hosta""#), // E-22
                (r#"{"netns":{"nsmode":"host"},"hostname":"h1"}"#, "/hostname", r#""h1""#),
                (r#"{"netns":{"nsmode":"host"},"utsns":{"nsmode":"host"}}"#, "/hostname", "null"),
                // SG-HOST-05: a pod's name is no name of its own.
                (r#"{"hostname":"p","utsns":{"nsmode":"host"}}"#, "/hostname", "null"),
                (r#"{"hostname":"p"}"#, "/hostname", r#""p""#),
            ],
        );
        facts.host.hostname = Some(Answer::Error(Errno::EACCES));
        assert_eq!(
            refusal(r#"{"netns":{"nsmode":"host"}}"#, &facts),
            "reading the host's name: permission denied"
        );
    }
}
