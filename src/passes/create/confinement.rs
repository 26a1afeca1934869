//! No new privileges, AppArmor, seccomp, SELinux options, read-only root (SECC, APP, SEL).

use super::{image, pod};
use crate::config::Namespace;
use crate::draft::{Draft, NsMode, SeccompChoice, Text};
use crate::facts::Errno;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::security::caps::{CapList, CapSet};
use crate::security::seccomp::{SeccompError, SeccompProfile};
use alloc::{borrow::Cow, format, string::String, vec::Vec};

/// The AppArmor profile that containers.conf has when it is not set.
const DEFAULT_APPARMOR: &str = "containers-default-0.50.1";

/// The word for no confinement.
const UNCONFINED: &str = "unconfined";

/// Paths of the seccomp profile that nobody chose: a privileged container goes without it.
const DEFAULT_SECCOMP: [&str; 3] =
    ["", "/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"];

/// The label in which an image brings its seccomp profile.
const SECCOMP_LABEL: &str = "io.containers.seccomp.profile";

/// SG-SEL-01: the label options of the request, or what stands for them.
pub(super) fn default_labels<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let given = cx.config().selinux_opts();
        if !given.is_empty() {
            let given = given.iter().map(|option| Cow::Borrowed(option.as_str())).collect();
            return draft.working.selinux_opts.set(cx, Rule::SgSel01, || given);
        }
        // Privileged, or labels are off, be it by containers.conf or on the host.
        let off = *cx.config().privileged()
            || cx.facts().conf_label() == Some(&false)
            || !cx.facts().selinux();
        if off {
            return draft
                .working
                .selinux_opts
                .set(cx, Rule::SgSel01, || Vec::from([Cow::Borrowed("disable")]));
        }
        let mut options = Vec::new();
        // As requested, not as defaulted.
        for namespace in [cx.config().pidns(), cx.config().ipcns()] {
            match label_options(cx, namespace) {
                Ok(more) => options.extend(more),
                Err(problem) => return draft.refuse(cx, Rule::SgSel01, problem),
            }
        }
        draft.working.selinux_opts.set(cx, Rule::SgSel01, || options);
    });
}

/// SG-SEL-01: what a namespace that is shared asks of the label.
fn label_options<'a>(cx: &Cx<'a>, namespace: &'a Namespace) -> Result<Vec<Text<'a>>, Problem> {
    match NsMode::of(&namespace.nsmode) {
        NsMode::Host => Ok(Vec::from([Cow::Borrowed("disable")])),
        NsMode::Container if namespace.value.is_empty() => Ok(Vec::new()),
        NsMode::Container => match cx.facts().container(&namespace.value) {
            Some(donor) if donor.id.is_empty() => {
                Err(Problem::NoLabelDonor { name: namespace.value.clone() })
            }
            Some(donor) => duplicated(&donor.process_label),
            None => Ok(Vec::new()),
        },
        _ => Ok(Vec::new()),
    }
}

/// The options that make a label again: `user:role:type[:level]`. An empty one has none, nor has one with an empty part.
fn duplicated<'a>(label: &str) -> Result<Vec<Text<'a>>, Problem> {
    if label.is_empty() {
        return Ok(Vec::new());
    }
    let mut parts = label.splitn(4, ':');
    let (Some(user), Some(role), Some(kind)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Problem::BadLabel { label: label.into() });
    };
    if user.is_empty() || role.is_empty() || kind.is_empty() {
        return Ok(Vec::new());
    }
    let level = parts.next().filter(|level| !level.is_empty()).map(|level| ("level", level));
    Ok([("user", user), ("role", role), ("type", kind)]
        .into_iter()
        .chain(level)
        .map(|(key, value)| Cow::Owned(format!("{key}:{value}")))
        .collect())
}

/// SG-SEL-02
pub(super) fn labels<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let options = draft.working.selinux_opts.see(cx).cloned().unwrap_or_default();
    if !options.is_empty() {
        return draft.container.label_options.set(cx, Rule::SgSel02, || options);
    }
    let Some(pod) = pod::of(cx, draft) else { return };
    let label = pod.infra.as_ref().map_or("", |infra| &infra.container.process_label);
    match duplicated(label) {
        Ok(options) if options.is_empty() => {}
        Ok(options) => draft.container.label_options.set(cx, Rule::SgSel02, || options),
        Err(problem) => draft.refuse(cx, Rule::SgSel02, problem),
    }
}

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let on = draft.working.no_new_privileges.see(cx) == Some(&true);
        draft.spec.process.no_new_privileges.set(cx, Rule::OcGiven01, || on);
    });
    cx.within(|| apparmor(cx, draft));
    cx.within(|| seccomp(cx, draft));
    draft.spec.root_readonly.set(cx, Rule::OcGiven01, || *cx.config().read_only_filesystem());
}

fn apparmor<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let asked = draft.working.apparmor_profile.see(cx).copied().unwrap_or_default();
    if !cx.facts().apparmor() {
        // SG-APP-01
        if !asked.is_empty() && asked != UNCONFINED {
            draft.refuse(cx, Rule::SgApp01, Problem::ApparmorOff { profile: asked.into() });
        }
        return;
    }
    // SG-APP-02
    let profile = match asked {
        "" if *cx.config().privileged() => return,
        "" => cx.facts().conf_apparmor_profile().map_or(DEFAULT_APPARMOR, String::as_str),
        asked => asked,
    };
    if !profile.is_empty() {
        draft.spec.process.apparmor_profile.set(cx, Rule::SgApp02, || Cow::Borrowed(profile));
    }
}

fn seccomp<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let path = draft.working.seccomp_path.see(cx).cloned().unwrap_or_default();
    // SG-SECC-03
    if path == UNCONFINED {
        return draft.spec.seccomp.set(cx, Rule::SgSecc03, || SeccompChoice::None);
    }
    // SG-SECC-04: chosen by the bounding set.
    let bounding = draft.spec.process.bounding.see(cx).map(CapList::set).unwrap_or_default();
    // SG-SECC-02
    let policy = draft.working.seccomp_policy.see(cx).copied().unwrap_or_default();
    let (rule, choice) = match policy {
        "" | "default" => (Rule::SgSecc04, of_file(cx, &path, bounding)),
        "image" => (Rule::SgSecc02, of_image(cx, draft, bounding)),
        other => (Rule::SgSecc02, Err(Some(Problem::SeccompPolicy { policy: other.into() }))),
    };
    let choice = match choice {
        Ok(choice) => choice,
        Err(Some(problem)) => return draft.refuse(cx, rule, problem),
        Err(None) => return,
    };
    draft.spec.seccomp.set(cx, rule, || choice);
    // SG-SECC-05: all this had to be well nevertheless.
    if *cx.config().privileged() && DEFAULT_SECCOMP.contains(&&*path) {
        draft.spec.seccomp.set(cx, Rule::SgSecc05, || SeccompChoice::None);
    }
}

/// The profile of a file, or the built-in one for an empty path; an error without a problem where the facts do not say.
fn of_file<'a>(
    cx: &Cx<'a>,
    path: &str,
    bounding: CapSet,
) -> Result<SeccompChoice<'a>, Option<Problem>> {
    let profile = match cx.facts().seccomp(path) {
        Ok(profile) => profile,
        Err(Errno::UNANSWERED) => return Err(None),
        Err(errno) => return Err(Some(Problem::SeccompUnreadable { path: path.into(), errno })),
    };
    match profile.select(cx.facts().arch(), bounding) {
        Ok(selected) => Ok(selected.map_or(SeccompChoice::None, SeccompChoice::Profile)),
        Err(error) => Err(Some(Problem::SeccompProfile { path: path.into(), error })),
    }
}

/// The profile in the image's label.
fn of_image<'a>(
    cx: &Cx<'a>,
    draft: &Draft<'a>,
    bounding: CapSet,
) -> Result<SeccompChoice<'a>, Option<Problem>> {
    // SG-IMG-01
    if !image::is_used(cx, draft) {
        return Err(Some(Problem::NoImageForSeccomp));
    }
    let label = cx
        .facts()
        .image_labels()
        .and_then(|labels| labels.get(SECCOMP_LABEL))
        .map_or("", String::as_str);
    if label.is_empty() {
        return Err(Some(Problem::NoSeccompInImage));
    }
    let read = |error: SeccompError| Some(Problem::ImageSeccomp { error });
    let profile = SeccompProfile::parse(label).map_err(read)?;
    let selected = profile.select(cx.facts().arch(), bounding).map_err(read)?;
    Ok(selected.map_or(SeccompChoice::None, |selected| {
        let mut json = Vec::new();
        selected.write_json(&mut json);
        SeccompChoice::Text(String::from_utf8(json).unwrap_or_default())
    }))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, facts, made, refusal};
    use super::*;
    use crate::facts::{Answer, Dependency, Facts, Infra, Pod};
    use std::string::ToString;

    const ACTION: &str = "/linux/seccomp/defaultAction";

    fn profile(action: &str) -> Answer<SeccompProfile> {
        Answer::Is(
            SeccompProfile::parse(std::format!("{{\"defaultAction\":\"{action}\"}}")).unwrap(),
        )
    }

    #[test]
    fn seccomp_is_the_profile_that_is_in_force() {
        let mut facts = facts();
        facts.seccomp.insert("/s.json", profile("OWN"));
        facts.seccomp.insert("/none.json", Answer::Error(Errno::ENOENT));
        let table: &[(&str, &str, &str)] = &[
            ("{}", ACTION, r#""SCMP_ACT_ERRNO""#),
            (r#"{"seccomp_profile_path":"unconfined"}"#, "/linux/seccomp", "null"), // E-70
            (
                r#"{"seccomp_profile_path":"unconfined","seccomp_policy":"bogus"}"#,
                "/linux/seccomp",
                "null",
            ),
            (r#"{"seccomp_profile_path":"/s.json"}"#, ACTION, r#""OWN""#),
            // SG-SECC-05
            (r#"{"privileged":true}"#, "/linux/seccomp", "null"), // E-10
            (r#"{"privileged":true,"seccomp_profile_path":"/s.json"}"#, ACTION, r#""OWN""#),
        ];
        check(&facts, table);
        for (request, wanted) in [
            (
                r#"{"seccomp_profile_path":"/none.json"}"#,
                "opening seccomp profile failed: open /none.json: no such file or directory",
            ),
            (
                r#"{"seccomp_policy":"bogus"}"#,
                r#"invalid seccomp policy "bogus": valid policies are ["default" "image"]"#,
            ),
            (r#"{"seccomp_policy":"image"}"#, "no seccomp policy defined by image"),
            (
                r#"{"seccomp_policy":"image","rootfs":"/proc","command":["a"]}"#,
                "cannot read seccomp profile without a valid image",
            ),
        ] {
            assert_eq!(refusal(request, &facts), wanted, "{request}");
        }
        // E-70
        facts.conf.containers.seccomp_profile = Some("/s.json".into());
        check(&facts, &[(r#"{"privileged":true}"#, ACTION, r#""OWN""#)]);
        // SG-SECC-02
        let label = |text: &str| Some([(SECCOMP_LABEL.to_string(), text.to_string())].into());
        facts.image.as_mut().unwrap().config.labels = label("{\"defaultAction\":\"IMAGE\"}");
        check(
            &facts,
            &[(r#"{"seccomp_policy":"image"}"#, ACTION, r#""IMAGE""#), ("{}", ACTION, r#""OWN""#)],
        );
        facts.image.as_mut().unwrap().config.labels = label("{");
        assert!(
            refusal(r#"{"seccomp_policy":"image"}"#, &facts)
                .starts_with("loading seccomp profile failed: decoding seccomp profile failed:")
        );
        // The profile that nobody chose must be well even where it is not used.
        facts.conf.containers.seccomp_profile = None;
        facts.seccomp.insert("", Answer::Error(Errno::EACCES));
        assert_eq!(
            refusal(r#"{"privileged":true}"#, &facts),
            "opening seccomp profile failed: open : permission denied"
        );
    }

    #[test]
    fn apparmor_is_asked_for_where_it_is_on() {
        // SG-APP-01, -02, E-91
        let mut facts = facts();
        let at = "/process/apparmorProfile";
        check(&facts, &[("{}", at, "null"), (r#"{"apparmor_profile":"unconfined"}"#, at, "null")]);
        assert_eq!(
            refusal(r#"{"apparmor_profile":"p"}"#, &facts),
            "apparmor profile \"p\" specified, but Apparmor is not enabled on this system"
        );
        facts.host.apparmor = Some(true);
        facts.host.apparmor_profiles = Some(Vec::new());
        check(
            &facts,
            &[
                ("{}", at, r#""containers-default-0.50.1""#),
                (r#"{"privileged":true}"#, at, "null"),
                (r#"{"privileged":true,"apparmor_profile":"p"}"#, at, r#""p""#),
                (r#"{"apparmor_profile":"unconfined"}"#, at, r#""unconfined""#),
            ],
        );
        facts.conf.containers.apparmor_profile = Some(String::new());
        check(&facts, &[("{}", at, "null")]);
    }

    #[test]
    fn flags_are_taken_as_they_are() {
        // E-86
        let request = r#"{"no_new_privileges":true,"read_only_filesystem":true}"#;
        check(
            &facts(),
            &[
                (request, "/process/noNewPrivileges", "true"),
                (request, "/root/readonly", "true"),
                ("{}", "/process/noNewPrivileges", "null"),
                ("{}", "/root/readonly", "null"),
            ],
        );
    }

    #[test]
    fn label_options_follow_from_shared_namespaces() {
        // SG-SEL-01, -02, E-90
        let mut facts = facts();
        let donor = Dependency {
            id: "d".into(),
            process_label: "u:r:t:s0:c1,c2".into(),
            ..Dependency::default()
        };
        facts.containers.insert("d", donor.clone());
        facts.containers.insert("none", Dependency::default());
        facts.containers.insert("bad", Dependency { process_label: "u:r".into(), ..donor.clone() });
        let options = |request: &str, facts: &Facts| {
            made(request, facts, |draft| {
                draft.container.label_options.value().map_or_else(String::new, |all| all.join(" "))
            })
        };
        let host = r#"{"pidns":{"nsmode":"host"}}"#;
        assert_eq!(options("{}", &facts), "disable");
        assert_eq!(options(r#"{"selinux_opts":["type:t"],"privileged":true}"#, &facts), "type:t");
        facts.host.selinux = Some(true);
        for (request, wanted) in [
            ("{}", ""),
            (r#"{"privileged":true}"#, "disable"),
            (host, "disable"),
            (r#"{"pidns":{"nsmode":"host"},"ipcns":{"nsmode":"host"}}"#, "disable disable"),
            (
                r#"{"pidns":{"nsmode":"container","value":"d"}}"#,
                "user:u role:r type:t level:s0:c1,c2",
            ),
        ] {
            assert_eq!(options(request, &facts), wanted, "{request}");
        }
        let ipc =
            |name: &str| std::format!(r#"{{"ipcns":{{"nsmode":"container","value":"{name}"}}}}"#);
        assert_eq!(
            refusal(&ipc("bad"), &facts),
            "failed to duplicate label \"u:r\" : Invalid label"
        );
        assert_eq!(
            refusal(&ipc("none"), &facts),
            "container \"none\" not found: no container with name or ID \"none\" found: no such container"
        );
        // SG-SEL-02: a pod's label, where there are no other options.
        facts.pods.insert(
            "P",
            Pod {
                id: "P".into(),
                infra: Some(Infra { container: donor, ..Infra::default() }),
                ..Pod::default()
            },
        );
        assert_eq!(options(r#"{"pod":"P"}"#, &facts), "user:u role:r type:t level:s0:c1,c2");
        // As requested, not as defaulted.
        facts.conf.containers.pidns = Some("host".into());
        assert_eq!(options("{}", &facts), "");
        facts.conf.containers.label = Some(false);
        assert_eq!(options("{}", &facts), "disable");
    }
}
