//! Refuses what cannot be meant together, in the exact order of Podman (VAL).

use super::{pod, request, rlimits};
use crate::draft::{Draft, NsChoice, NsMode, Working};
use crate::problem::Problem;
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;

/// The checks, in Podman's order.
const CHECKS: [super::super::Pass; 14] = [
    pod_network,
    container_hosts,
    image_and_rootfs,
    hostname,
    systemd,
    sdnotify,
    image_volumes,
    shm_size,
    id_mappings,
    resolv_conf,
    hosts,
    rlimits::validate,
    namespaces,
    network,
];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for check in CHECKS {
        cx.within(|| check(cx, draft));
    }
}

fn mode<'a>(cx: &Cx<'a>, slot: &Slot<NsChoice<'a>>) -> NsMode {
    slot.see(cx).map(|choice| choice.mode).unwrap_or_default()
}

/// SG-VAL-01: in this order.
fn pod_network<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if pod::of(cx, draft).is_none() || mode(cx, &draft.working.netns) != NsMode::Pod {
        return;
    }
    let problem = if !cx.config().networks().is_empty() {
        Problem::PodNetworks
    } else if !cx.config().portmappings().is_empty() || *cx.config().publish_image_ports() {
        Problem::PodPorts
    } else if !cx.config().hostadd().is_empty() {
        Problem::PodHosts
    } else {
        return;
    };
    draft.refuse(cx, Rule::SgVal01, problem);
}

fn container_hosts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if mode(cx, &draft.working.netns) == NsMode::Container && !cx.config().hostadd().is_empty() {
        draft.refuse(cx, Rule::SgVal03, Problem::ContainerHosts);
    }
}

fn image_and_rootfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !cx.config().image().is_empty() && !cx.config().rootfs().is_empty() {
        draft.refuse(cx, Rule::SgVal04, Problem::ImageAndRootfs);
    }
}

/// SG-HOST-01, Q-32: the message speaks of the host's namespace for those at a path and of other containers too.
fn hostname<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.working.hostname.see(cx).is_none_or(|name| name.is_empty()) {
        return;
    }
    match mode(cx, &draft.working.utsns) {
        NsMode::Private => {}
        NsMode::Pod => draft.refuse(cx, Rule::SgVal05, Problem::HostnameInPod),
        _ => draft.refuse(cx, Rule::SgVal05, Problem::HostnameInHost),
    }
}

fn systemd<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let word = &cx.config().systemd().0;
    if !word.is_empty()
        && !["true", "false", "always"].iter().any(|known| word.eq_ignore_ascii_case(known))
    {
        draft.refuse(cx, Rule::SgVal06, Problem::SystemdWord);
    }
}

fn sdnotify<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mode = cx.config().sdnotify_mode();
    if !matches!(mode.as_str(), "" | "container" | "conmon" | "ignore") {
        draft.refuse(cx, Rule::SgVal07, Problem::SdnotifyMode { mode: mode.clone() });
    }
}

/// SG-VOL-02
fn image_volumes<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mode = cx.config().image_volume_mode();
    if !mode.is_empty()
        && !["ignore", "tmpfs", "anonymous"].iter().any(|known| mode.eq_ignore_ascii_case(known))
    {
        draft.refuse(cx, Rule::SgVal08, Problem::ImageVolumeMode { mode: mode.clone() });
    }
}

/// SG-IPC-05
fn shm_size<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.working.shm_size.see(cx).copied().flatten().is_none() {
        return;
    }
    let Some(NsChoice { mode, value, word }) = draft.working.ipcns.see(cx).copied() else { return };
    if matches!(mode, NsMode::Host | NsMode::None) {
        draft.refuse(
            cx,
            Rule::SgVal09,
            Problem::ShmSize { mode: word.into(), value: value.into() },
        );
    }
}

/// SG-UNS-04
fn id_mappings<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let without = draft.working.id_mappings.see(cx).is_none_or(Option::is_none);
    if without && mode(cx, &draft.working.userns) == NsMode::Private {
        draft.refuse(cx, Rule::SgVal10, Problem::PrivateWithoutMappings);
    }
}

/// SG-NET-07
fn resolv_conf<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !*cx.config().use_image_resolve_conf() {
        return;
    }
    let other = if !cx.config().dns_server().is_empty() {
        "DNSServer"
    } else if !cx.config().dns_search().is_empty() {
        "DNSSearch"
    } else if !cx.config().dns_option().is_empty() {
        "DNSOption"
    } else {
        return;
    };
    draft.refuse(cx, Rule::SgVal11, Problem::Exclusive { one: "UseImageResolvConf", other });
}

/// SG-NET-07
fn hosts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !cx.config().hostadd().is_empty() && request::image_hosts(cx) {
        draft.refuse(
            cx,
            Rule::SgVal12,
            Problem::Exclusive { one: "UseImageHosts", other: "HostAdd" },
        );
    }
}

/// SG-VAL-14 to SG-VAL-18.
fn namespaces<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    namespace(cx, draft, Rule::SgVal14, |w| &w.utsns, &[]);
    namespace(cx, draft, Rule::SgVal15, |w| &w.ipcns, &[NsMode::Shareable, NsMode::None]);
    namespace(cx, draft, Rule::SgVal16, |w| &w.pidns, &[]);
    namespace(cx, draft, Rule::SgVal17, |w| &w.cgroupns, &[]);
    namespace(
        cx,
        draft,
        Rule::SgVal18,
        |w| &w.userns,
        &[NsMode::KeepId, NsMode::NoMap, NsMode::Auto],
    );
}

/// Checks a mode and its value: `own` are modes that only this namespace has; their values are not looked at here.
fn namespace<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    place: for<'w> fn(&'w Working<'a>) -> &'w Slot<NsChoice<'a>>,
    own: &[NsMode],
) {
    cx.within(|| {
        let Some(choice) = place(&draft.working).see(cx).copied() else { return };
        let problem = match choice.mode {
            mode if own.contains(&mode) => return,
            NsMode::Default
            | NsMode::Host
            | NsMode::Private
            | NsMode::Pod
            | NsMode::Path
            | NsMode::Container => value(choice),
            NsMode::None | NsMode::Bridge | NsMode::Slirp4netns | NsMode::Pasta => {
                Some(Problem::NamespaceIsNetwork)
            }
            NsMode::Shareable | NsMode::KeepId | NsMode::NoMap | NsMode::Auto | NsMode::Unknown => {
                Some(Problem::NamespaceMode { mode: choice.word.into() })
            }
        };
        if let Some(problem) = problem {
            draft.refuse(cx, rule, problem);
        }
    });
}

/// What is wrong with a mode's value: some need one, all others must have none.
fn value(choice: NsChoice<'_>) -> Option<Problem> {
    match (matches!(choice.mode, NsMode::Path | NsMode::Container), choice.value) {
        (true, "") => Some(Problem::NamespaceNeedsValue { mode: choice.word.into() }),
        (true, _) | (false, "") => None,
        (false, value) => {
            Some(Problem::NamespaceTakesNoValue { mode: choice.word.into(), value: value.into() })
        }
    }
}

/// SG-VAL-19, SG-VAL-22: the mode of a network of its own has been chosen before (SG-NET-01).
fn network<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(choice) = draft.working.netns.see(cx).copied() else { return };
    let problem = match choice.mode {
        NsMode::Slirp4netns | NsMode::Pasta => None,
        NsMode::Shareable | NsMode::KeepId | NsMode::NoMap | NsMode::Auto | NsMode::Unknown => {
            Some(Problem::NetworkMode { mode: choice.word.into() })
        }
        NsMode::Default
        | NsMode::Host
        | NsMode::Private
        | NsMode::Pod
        | NsMode::Path
        | NsMode::Container
        | NsMode::None
        | NsMode::Bridge => value(choice),
    };
    if let Some(problem) = problem {
        draft.refuse(cx, Rule::SgVal19, problem);
    }
    if choice.mode != NsMode::Bridge && !cx.config().networks().is_empty() {
        draft.refuse(cx, Rule::SgVal22, Problem::NetworksWithoutBridge);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{hostname as host_name, namespaces as choices, userns};
    use super::*;
    use crate::config::{Bytes, Config, Namespace, NetworkAttachment, PortMapping, SystemdWord};
    use crate::facts::{Answer, Facts, Infra, Limits, Pod};
    use crate::options::Profile;
    use std::string::{String, ToString as _};
    use std::vec::Vec;

    /// A host of root on v1, with a pod `P` that shares ipc, net and uts.
    fn facts(rootless: bool) -> Facts {
        let mut facts = Facts::default();
        facts.host.rootless = Some(rootless);
        facts.host.cgroup_unified = Some(Answer::Is(false));
        facts.host.selinux = Some(false);
        facts.host.pid_max = Some(32768);
        facts.host.rlimit_nproc = Some(Limits { soft: 32768, hard: 32768 });
        let shared = ["ipc", "net", "uts"].map(Into::into).into();
        facts.pods.insert(
            "P",
            Pod { id: "p".into(), shared, infra: Some(Infra::default()), ..Pod::default() },
        );
        facts.pods.insert("h", Pod::default());
        facts
    }

    /// The refusals in order.
    fn refusals(config: &Config, facts: &Facts) -> Vec<String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        for pass in [
            pod::find,
            pod::inherit,
            choices::defaults,
            userns::defaults,
            choices::late_defaults,
            host_name::clear,
            run,
        ] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        assert!(!cx.misses());
        draft.refusals.iter().map(|d| d.problem.to_string()).collect()
    }

    #[test]
    fn what_cannot_be_meant_together_is_refused() {
        let c = Config::default;
        let ns = |mode: &str, value: &str| Namespace { nsmode: mode.into(), value: value.into() };
        let host = || Namespace::mode("host");
        let some = || Vec::from([String::from("x")]);
        let networks = || [(String::from("podman"), NetworkAttachment::default())].into();
        for (refusal, config) in [
            // SG-VAL-01
            (
                "networks must be defined when the pod is created: network cannot be configured when it is shared with a pod",
                Config { pod: "P".into(), networks: networks(), ..c() },
            ),
            (
                "published or exposed ports must be defined when the pod is created: network cannot be configured when it is shared with a pod",
                Config {
                    pod: "P".into(),
                    portmappings: Vec::from([PortMapping::default()]),
                    hostadd: some(),
                    ..c()
                },
            ),
            (
                "published or exposed ports must be defined when the pod is created: network cannot be configured when it is shared with a pod",
                Config { pod: "P".into(), publish_image_ports: true, ..c() },
            ),
            (
                "extra host entries must be specified on the pod: network cannot be configured when it is shared with a pod",
                Config { pod: "P".into(), hostadd: some(), ..c() },
            ),
            // SG-VAL-03
            (
                "cannot set extra host entries when the container is joined to another containers network namespace: invalid configuration",
                Config { netns: ns("container", "x"), hostadd: some(), ..c() },
            ),
            // SG-VAL-04: E-09
            (
                "both image and rootfs cannot be simultaneously: invalid configuration",
                Config { image: "a".into(), rootfs: "/b".into(), ..c() },
            ),
            // SG-VAL-05: E-21, E-76
            (
                "cannot set hostname when joining the pod UTS namespace: invalid configuration",
                Config { pod: "P".into(), hostname: "h".into(), ..c() },
            ),
            (
                "cannot set hostname when running in the host UTS namespace: invalid configuration",
                Config { utsns: host(), hostname: "h".into(), ..c() },
            ),
            (
                "cannot set hostname when running in the host UTS namespace: invalid configuration",
                Config { utsns: ns("container", "x"), hostname: "h".into(), ..c() },
            ),
            // SG-VAL-06 to -08
            (
                "--systemd values must be one of \"true, false, always\": invalid configuration",
                Config { systemd: SystemdWord("yes".into()), ..c() },
            ),
            (
                "invalid argument: invalid sdnotify value \"bogus\": must be container, conmon or ignore",
                Config { sdnotify_mode: "bogus".into(), ..c() },
            ),
            (
                "invalid ImageVolumeMode \"bind\", value must be one of ignore,tmpfs,anonymous",
                Config { image_volume_mode: "bind".into(), ..c() },
            ),
            // SG-VAL-09
            (
                "cannot set shmsize when running in the {host } IPC Namespace",
                Config { ipcns: host(), shm_size: Some(Bytes(1)), ..c() },
            ),
            (
                "cannot set shmsize when running in the {none } IPC Namespace",
                Config { ipcns: Namespace::mode("none"), shm_size: Some(Bytes(1)), ..c() },
            ),
            // SG-VAL-10
            (
                "IDMappings are required when not creating a User namespace: invalid configuration",
                Config { userns: Namespace::mode("private"), ..c() },
            ),
            // SG-VAL-11, -12
            (
                "UseImageResolvConf and DNSServer are mutually exclusive options",
                Config {
                    use_image_resolve_conf: true,
                    dns_server: some(),
                    dns_search: some(),
                    ..c()
                },
            ),
            (
                "UseImageResolvConf and DNSSearch are mutually exclusive options",
                Config { use_image_resolve_conf: true, dns_search: some(), ..c() },
            ),
            (
                "UseImageResolvConf and DNSOption are mutually exclusive options",
                Config { use_image_resolve_conf: true, dns_option: some(), ..c() },
            ),
            (
                "UseImageHosts and HostAdd are mutually exclusive options",
                Config { use_image_hosts: Some(true), hostadd: some(), ..c() },
            ),
            // SG-VAL-14 to -18: E-31
            (
                "namespace value x cannot be provided with namespace mode host",
                Config { utsns: ns("host", "x"), ..c() },
            ),
            (
                "namespace mode path requires a value",
                Config { ipcns: Namespace::mode("path"), ..c() },
            ),
            (
                "namespace mode container requires a value",
                Config { pidns: Namespace::mode("container"), ..c() },
            ),
            (
                "invalid namespace type bogus specified",
                Config { cgroupns: Namespace::mode("bogus"), ..c() },
            ),
            (
                "invalid namespace type shareable specified",
                Config { pidns: Namespace::mode("shareable"), ..c() },
            ),
            (
                "invalid namespace type nomap specified",
                Config { userns: Namespace::mode("nomap"), ..c() },
            ),
            (
                "invalid namespace type keep-id specified",
                Config { ipcns: Namespace::mode("keep-id"), ..c() },
            ),
            (
                "cannot use network modes with non-network namespace",
                Config { utsns: Namespace::mode("none"), ..c() },
            ),
            (
                "cannot use network modes with non-network namespace",
                Config { userns: Namespace::mode("bridge"), ..c() },
            ),
            (
                "cannot use network modes with non-network namespace",
                Config { pidns: Namespace::mode("slirp4netns"), ..c() },
            ),
            // SG-VAL-19, -22: E-84
            ("invalid network \"bogus\"", Config { netns: Namespace::mode("bogus"), ..c() }),
            (
                "invalid network \"shareable\"",
                Config { netns: Namespace::mode("shareable"), ..c() },
            ),
            (
                "namespace value x cannot be provided with namespace mode bridge",
                Config { netns: ns("private", "x"), ..c() },
            ),
            (
                "namespace value x cannot be provided with namespace mode none",
                Config { netns: ns("none", "x"), ..c() },
            ),
            (
                "networks and static ip/mac address can only be used with Bridge mode networking",
                Config { netns: host(), networks: networks(), ..c() },
            ),
        ] {
            let all = refusals(&config, &facts(false));
            assert_eq!(
                all.first().map(String::as_str),
                Some(&*std::format!("invalid config provided: {refusal}")),
                "{all:?}"
            );
        }
    }

    #[test]
    fn what_can_be_meant_passes() {
        let c = Config::default;
        let ns = |mode: &str, value: &str| Namespace { nsmode: mode.into(), value: value.into() };
        let some = || Vec::from([String::from("x")]);
        for config in [
            c(),
            Config { hostname: "h".into(), ..c() },
            Config {
                pod: "P".into(),
                hostname: "h".into(),
                utsns: Namespace::mode("private"),
                ..c()
            },
            Config { pod: "P".into(), netns: Namespace::mode("bridge"), hostadd: some(), ..c() },
            Config {
                systemd: SystemdWord("ALWAYS".into()),
                sdnotify_mode: "conmon".into(),
                image_volume_mode: "TMPFS".into(),
                ..c()
            },
            Config { ipcns: ns("shareable", "x"), shm_size: Some(Bytes(1)), ..c() },
            Config { userns: ns("auto", "size=5"), ..c() },
            Config { netns: ns("slirp4netns", "x"), hostadd: some(), dns_server: some(), ..c() },
            Config { pidns: ns("path", "/x"), cgroupns: Namespace::mode("private"), ..c() },
        ] {
            assert_eq!(refusals(&config, &facts(false)), [""; 0], "{config:?}");
        }
        assert_eq!(refusals(&Config { netns: ns("private", "x"), ..c() }, &facts(true)), [""; 0]);
    }

    #[test]
    fn all_are_told_and_podmans_first() {
        let config = Config {
            image: "a".into(),
            rootfs: "/b".into(),
            sdnotify_mode: "x".into(),
            netns: Namespace::mode("x"),
            ..Config::default()
        };
        assert_eq!(refusals(&config, &facts(false)).len(), 3);
    }
}
