//! Capability sets (CAPS).

use super::{namespaces, userns};
use crate::draft::{Draft, NsMode};
use crate::problem::{NsKind, Problem};
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use crate::security::caps::{CapError, CapList, CapSet, merge};
use alloc::{string::String, vec::Vec};

/// What containers.conf has when it is not set.
const DEFAULT_CAPABILITIES: [&str; 14] = [
    "CAP_AUDIT_WRITE",
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_MKNOD",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_RAW",
    "CAP_SETFCAP",
    "CAP_SETGID",
    "CAP_SETPCAP",
    "CAP_SETUID",
    "CAP_SYS_CHROOT",
];

/// The label that names the capabilities a container needs.
const LABEL: &str = "io.containers.capabilities";

const NONE: [&str; 0] = [];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // SG-CAPS-04
    let host = CapSet::of(cx.facts().bounding_capabilities().iter().map(String::as_str));
    // SG-CAPS-02
    let privileged = *cx.config().privileged();
    let bounding: Caused<Result<CapList, CapError>> = if privileged {
        cx.decide(Rule::SgCaps02, || Ok(host.into()))
    } else {
        cx.decide(Rule::SgCaps03, || merged(cx, draft, host))
    };
    let bounding = match cx.see(&bounding) {
        Ok(list) => list.clone(),
        Err(error) => {
            return draft.refuse(
                cx,
                Rule::SgCaps03,
                Problem::Capabilities { error: error.clone() },
            );
        }
    };
    let bounding = if privileged { Ok(bounding) } else { limited(cx, draft, bounding, host) };
    let bounding = match bounding {
        Ok(list) => list,
        Err(error) => {
            return draft.refuse(cx, Rule::SgCaps05, Problem::RequiredCapabilities { error });
        }
    };
    if is_root(cx, draft) {
        // SG-CAPS-07: inheritable and ambient stay empty.
        draft.spec.process.effective.set(cx, Rule::SgCaps06, || bounding.clone());
        draft.spec.process.permitted.set(cx, Rule::SgCaps06, || bounding.clone());
    } else {
        own(cx, draft, host);
    }
    draft.spec.process.bounding.set(cx, Rule::SgCaps06, || bounding);
}

/// SG-CAPS-03: the defaults, with what is added and without what is dropped.
fn merged<'a>(cx: &Cx<'a>, draft: &Draft<'a>, host: CapSet) -> Result<CapList, CapError> {
    let add = draft.working.cap_add.see(cx).map_or(&[][..], Vec::as_slice);
    let drop = draft.working.cap_drop.see(cx).map_or(&[][..], Vec::as_slice);
    let merged = match cx.facts().conf_default_capabilities() {
        Some(base) => merge(base, add, drop, CapSet::ALL, host),
        None => merge(&DEFAULT_CAPABILITIES, add, drop, CapSet::ALL, host),
    };
    merged.map(|list| {
        if list.set().without(host).is_empty() {
            return list;
        }
        // SG-CAPS-04: named where it takes something out.
        let limited = cx.decide(Rule::SgCaps04, || list.within(host));
        cx.see(&limited).clone()
    })
}

/// SG-CAPS-05: only what the label names, if all of that is there.
fn limited<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    list: CapList,
    host: CapSet,
) -> Result<CapList, CapError> {
    let Some(at) = draft.container.labels.find(cx, LABEL) else { return Ok(list) };
    let text = draft.container.labels.at(cx, at).map_or("", |label| &label.value);
    let names: Vec<&str> = text.split(',').collect();
    let wanted = merge(&NONE, &names, &NONE, CapSet::ALL, host)?;
    let lacking = wanted.set().without(list.set());
    if lacking.is_empty() {
        let wanted = cx.decide(Rule::SgCaps05, || wanted);
        return Ok(cx.see(&wanted).clone());
    }
    // Q-40
    let words = alloc::format!(
        "Capabilities requested by user or image are not allowed by default: \"{lacking}\""
    );
    draft.warn(cx, Rule::SgCaps05, crate::problem::WarningKind::Logged(words));
    Ok(list)
}

/// SG-CAPS-06: whether the user counts as root: by the text alone, and with keep-id never unless it is written (Q-12).
fn is_root<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> bool {
    match userns::asked_user(cx, draft).split(':').next() {
        Some("root" | "0") => true,
        None | Some("") => namespaces::mode(cx, draft, NsKind::User) != NsMode::KeepId,
        Some(_) => false,
    }
}

/// SG-CAPS-06: a user that is not root has what was added, as far as the host has it; the bounding set is not asked (SG-CAPS-09, Q-10).
fn own<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, host: CapSet) {
    let add = draft.working.cap_add.see(cx).map_or(&[][..], Vec::as_slice);
    let own = match merge(&NONE, add, &NONE, CapSet::ALL, host) {
        Ok(list) => list.within(host),
        Err(error) => {
            let names = add.join(",");
            return draft.refuse(cx, Rule::SgCaps06, Problem::UserCapabilities { names, error });
        }
    };
    let process = &mut draft.spec.process;
    process.effective.set(cx, Rule::SgCaps06, || own.clone());
    process.permitted.set(cx, Rule::SgCaps06, || own.clone());
    if !own.is_empty() && cx.facts().ambient_capabilities() {
        process.inheritable.set(cx, Rule::SgCaps06, || own.clone());
        process.ambient.set(cx, Rule::SgCaps06, || own);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, made, refusal};
    use crate::facts::Facts;
    use crate::security::caps::CapList;
    use std::string::{String, ToString};
    use std::vec::Vec;

    /// Bounding, effective, permitted, inheritable, ambient, as names without `CAP_` between commas; counts for long lists.
    fn sets(request: &str, facts: &Facts) -> [String; 5] {
        made(request, facts, |draft| {
            assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
            let p = &draft.spec.process;
            [&p.bounding, &p.effective, &p.permitted, &p.inheritable, &p.ambient].map(|slot| {
                let names: Vec<_> = slot
                    .value()
                    .into_iter()
                    .flat_map(CapList::iter)
                    .map(|name| name.trim_start_matches("CAP_"))
                    .collect();
                if names.len() > 3 { names.len().to_string() } else { names.join(",") }
            })
        })
    }

    #[test]
    fn sets_follow_from_user_and_request() {
        let facts = facts();
        for (request, [bounding, effective, ambient]) in [
            ("{}", ["14", "14", ""]),                                          // E-01
            (r#"{"privileged":true}"#, ["40", "40", ""]),                      // E-10
            (r#"{"privileged":true,"cap_drop":["bogus"]}"#, ["40", "40", ""]), // Q-11
            (
                r#"{"privileged":true,"user":"1000","cap_add":["NET_ADMIN"]}"#,
                ["40", "NET_ADMIN", "NET_ADMIN"],
            ), // E-12
            (r#"{"user":"1000"}"#, ["14", "", ""]),                            // E-13
            (
                r#"{"user":"1000","cap_add":["net_admin","CAP_CHOWN","sys_resource"]}"#,
                ["15", "CHOWN,NET_ADMIN", "CHOWN,NET_ADMIN"],
            ), // E-14
            (r#"{"user":"root:5","cap_add":["net_admin"]}"#, ["15", "15", ""]), // E-15
            (r#"{"user":"0","cap_add":["net_admin"]}"#, ["15", "15", ""]),
            (r#"{"user":":50"}"#, ["14", "14", ""]),
            (r#"{"user":"00"}"#, ["14", "", ""]),
            (r#"{"cap_drop":["all"],"cap_add":["chown"]}"#, ["CHOWN", "CHOWN", ""]), // E-16
            (r#"{"cap_add":["ALL"],"cap_drop":["chown"]}"#, ["39", "39", ""]),       // E-17
            (r#"{"user":"7","cap_add":["ALL"]}"#, ["40", "40", "40"]),
            // E-19, Q-10
            (
                r#"{"labels":{"io.containers.capabilities":"CHOWN"},"user":"7","cap_add":["KILL"]}"#,
                ["CHOWN", "KILL", "KILL"],
            ),
            (
                r#"{"labels":{"io.containers.capabilities":"CHOWN,kill"}}"#,
                ["CHOWN,KILL", "CHOWN,KILL", ""],
            ),
            // Q-40
            (r#"{"labels":{"io.containers.capabilities":"SYS_ADMIN"}}"#, ["14", "14", ""]),
            (
                r#"{"labels":{"io.containers.capabilities":"x"},"privileged":true}"#,
                ["40", "40", ""],
            ),
        ] {
            let wanted = [bounding, effective, effective, ambient, ambient];
            assert_eq!(sets(request, &facts), wanted, "{request}");
        }
    }

    #[test]
    fn the_engine_the_host_and_the_image_have_their_say() {
        let mut facts = facts();
        facts.conf.containers.default_capabilities =
            Some(["CHOWN", "cap_net_raw", "CAP_SYS_RESOURCE"].map(Into::into).into());
        assert_eq!(sets("{}", &facts)[0], "CHOWN,NET_RAW");
        facts.conf.containers.default_capabilities = Some(Vec::new());
        assert_eq!(sets("{}", &facts)[0], "");
        // What is added twice stands twice.
        assert_eq!(sets(r#"{"cap_add":["KILL","CAP_KILL"]}"#, &facts)[0], "KILL,KILL");
        facts.host.ambient_capabilities = Some(false);
        assert_eq!(
            sets(r#"{"user":"7","cap_add":["KILL"]}"#, &facts),
            ["KILL", "KILL", "KILL", "", ""]
        );
        let image = &mut facts.image.as_mut().unwrap().config;
        image.user = "1000:1001".into();
        image.labels =
            Some([("io.containers.capabilities".to_string(), "KILL".to_string())].into());
        facts.conf.containers.default_capabilities = None;
        assert_eq!(sets("{}", &facts), ["KILL", "", "", "", ""]);
    }

    #[test]
    fn bad_capabilities_are_refused() {
        // E-18
        let facts = facts();
        for (request, wanted) in [
            (
                r#"{"cap_add":["all"],"cap_drop":["ALL"]}"#,
                "adding all caps and removing all caps not allowed",
            ),
            (
                r#"{"cap_add":["kill"],"cap_drop":["KILL"]}"#,
                "capability \"CAP_KILL\" cannot be dropped and added",
            ),
            (r#"{"cap_drop":["bogus"]}"#, "\"CAP_BOGUS\": unknown capability"),
            (
                r#"{"labels":{"io.containers.capabilities":"CAP_NOPE"}}"#,
                "capabilities requested by user or image are not valid: \"\": \"CAP_NOPE\": unknown capability",
            ),
            (
                r#"{"labels":{"io.containers.capabilities":""}}"#,
                "capabilities requested by user or image are not valid: \"\": \"CAP_\": unknown capability",
            ),
            (
                r#"{"privileged":true,"user":"7","cap_add":["x","y"]}"#,
                "capabilities requested by user are not valid: \"x,y\": \"CAP_X\": unknown capability",
            ),
        ] {
            assert_eq!(refusal(request, &facts), wanted, "{request}");
        }
    }
}
