//! Namespace modes: defaults, donors, and the entries of the spec (NS).

mod conf;

use super::{pod, userns};
use crate::config;
use crate::draft::{Donor, Draft, Namespace, NamespaceKind, NsChoice, NsMode, SharedNamespaces, Working};
use crate::facts::Errno;
use crate::problem::{NsKind, Problem};
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String};

/// SG-NS-01: what pid, ipc and uts are to be.
pub(super) fn defaults<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Ipc, NsKind::Uts] {
        cx.within(|| choose(cx, draft, kind));
    }
}

/// SG-NS-01: what net and cgroup are to be.
pub(super) fn late_defaults<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Network, NsKind::Cgroup] {
        cx.within(|| choose(cx, draft, kind));
    }
}

/// Fills the place of one kind.
pub(super) fn choose<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind) {
    let (rule, choice) = chosen(cx, draft, kind);
    match choice {
        Ok(choice) => place_mut(&mut draft.working, kind).set(cx, rule, || if kind == NsKind::Network { settled(cx, choice) } else { choice }),
        Err(problem) => draft.refuse(cx, rule, problem),
    }
}

/// What one kind is to be: as given, else as the pod has it, else as containers.conf says.
fn chosen<'a>(cx: &Cx<'a>, draft: &Draft<'a>, kind: NsKind) -> (Rule, Result<NsChoice<'a>, Problem>) {
    let given = given(cx, kind);
    let mode = NsMode::of(&given.nsmode);
    if mode != NsMode::Default {
        return (Rule::OcGiven01, Ok(NsChoice { mode, value: &given.value, word: &given.nsmode }));
    }
    if let Some(mode) = of_pod(cx, draft, kind) {
        return (Rule::SgNs02, Ok(NsChoice::new(mode, "")));
    }
    let text = |set: Option<&'a String>| set.map_or("", String::as_str);
    match kind {
        NsKind::Pid => (Rule::SgNs03, conf::plain(text(cx.facts().conf_pidns()))),
        NsKind::Uts => (Rule::SgNs03, conf::plain(text(cx.facts().conf_utsns()))),
        NsKind::Ipc => (Rule::SgNs04, conf::ipc(text(cx.facts().conf_ipcns()))),
        NsKind::User => (Rule::SgNs05, conf::user(text(cx.facts().conf_userns()))),
        NsKind::Network => (Rule::SgNet02, Ok(conf::network(text(cx.facts().conf_netns())))),
        // The text is not looked at on v1.
        NsKind::Cgroup => match cx.facts().cgroup_unified() {
            Ok(true) => (Rule::SgNs06, conf::cgroup(text(cx.facts().conf_cgroupns()))),
            Ok(false) => (Rule::SgNs06, Ok(NsChoice::new(NsMode::Host, ""))),
            Err(errno) => (Rule::SgNs06, Err(Problem::CgroupVersionUnknown { errno })),
        },
    }
}

/// The namespace as the config gives it.
fn given<'a>(cx: &Cx<'a>, kind: NsKind) -> &'a config::Namespace {
    match kind {
        NsKind::Pid => cx.config().pidns(),
        NsKind::Ipc => cx.config().ipcns(),
        NsKind::Uts => cx.config().utsns(),
        NsKind::User => cx.config().userns(),
        NsKind::Network => cx.config().netns(),
        NsKind::Cgroup => cx.config().cgroupns(),
    }
}

/// SG-NS-02: the mode in a pod whose containers share this kind.
fn of_pod<'a>(cx: &Cx<'a>, draft: &Draft<'a>, kind: NsKind) -> Option<NsMode> {
    let pod = pod::of(cx, draft)?;
    let infra = pod.infra.as_ref()?;
    let has = |list: &[String]| list.iter().any(|shared| shared == word(kind));
    if !has(&pod.shared) {
        return None;
    }
    // That a shared user namespace is none of the host's was seen to when the pod was made.
    Some(if kind != NsKind::User && has(&infra.host_namespaces) { NsMode::Host } else { NsMode::Pod })
}

/// SG-NET-01: a network namespace of its own is one with networks, or slirp4netns for a rootless user. A value stays, and is refused later.
fn settled<'a>(cx: &Cx<'a>, choice: NsChoice<'a>) -> NsChoice<'a> {
    if choice.mode != NsMode::Private {
        return choice;
    }
    NsChoice::new(if cx.facts().rootless() { NsMode::Slirp4netns } else { NsMode::Bridge }, choice.value)
}

/// Libpod's word for a kind.
fn word(kind: NsKind) -> &'static str {
    match kind {
        NsKind::Pid => "pid",
        NsKind::Ipc => "ipc",
        NsKind::Uts => "uts",
        NsKind::User => "user",
        NsKind::Network => "net",
        NsKind::Cgroup => "cgroup",
    }
}

fn oci(kind: NsKind) -> NamespaceKind {
    match kind {
        NsKind::Pid => NamespaceKind::Pid,
        NsKind::Ipc => NamespaceKind::Ipc,
        NsKind::Uts => NamespaceKind::Uts,
        NsKind::User => NamespaceKind::User,
        NsKind::Network => NamespaceKind::Network,
        NsKind::Cgroup => NamespaceKind::Cgroup,
    }
}

fn place<'t, 'a>(working: &'t Working<'a>, kind: NsKind) -> &'t Slot<NsChoice<'a>> {
    match kind {
        NsKind::Pid => &working.pidns,
        NsKind::Ipc => &working.ipcns,
        NsKind::Uts => &working.utsns,
        NsKind::User => &working.userns,
        NsKind::Network => &working.netns,
        NsKind::Cgroup => &working.cgroupns,
    }
}

fn place_mut<'t, 'a>(working: &'t mut Working<'a>, kind: NsKind) -> &'t mut Slot<NsChoice<'a>> {
    match kind {
        NsKind::Pid => &mut working.pidns,
        NsKind::Ipc => &mut working.ipcns,
        NsKind::Uts => &mut working.utsns,
        NsKind::User => &mut working.userns,
        NsKind::Network => &mut working.netns,
        NsKind::Cgroup => &mut working.cgroupns,
    }
}

fn shared<'t, 'a>(donors: &'t mut SharedNamespaces<'a>, kind: NsKind) -> &'t mut Slot<Option<Donor<'a>>> {
    match kind {
        NsKind::Pid => &mut donors.pid,
        NsKind::Ipc => &mut donors.ipc,
        NsKind::Uts => &mut donors.uts,
        NsKind::User => &mut donors.user,
        NsKind::Network => &mut donors.net,
        NsKind::Cgroup => &mut donors.cgroup,
    }
}

/// What one kind of namespace is to be, once its default is taken.
pub(super) fn mode(cx: &Cx<'_>, draft: &Draft<'_>, kind: NsKind) -> NsMode {
    place(&draft.working, kind).see(cx).map(|choice| choice.mode).unwrap_or_default()
}

/// SG-NS-20: finds the containers whose namespaces are joined, in Podman's order.
pub(super) fn join<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::User, NsKind::Cgroup, NsKind::Network] {
        cx.within(|| find_donor(cx, draft, kind));
        if kind == NsKind::User {
            cx.within(|| userns::join(cx, draft));
        }
    }
}

fn find_donor<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind) {
    let Some(choice) = place(&draft.working, kind).see(cx).copied() else { return };
    let donor = match choice.mode {
        NsMode::Pod => {
            let Some(infra) = pod::infra(cx, draft) else { return draft.refuse(cx, Rule::SgNs20, Problem::NoInfra) };
            // SG-NS-21
            if kind == NsKind::Uts && infra.host_namespaces.iter().any(|host| host == word(kind)) {
                return draft.working.utsns.set(cx, Rule::SgNs21, || NsChoice::new(NsMode::Host, ""));
            }
            &infra.container
        }
        NsMode::Container => {
            let Some(donor) = cx.facts().container(choice.value) else { return };
            if donor.id.is_empty() {
                return draft.refuse(cx, Rule::SgNs20, Problem::NoDonor { word: word(kind), name: choice.value.into() });
            }
            // SG-IPC-03
            if kind == NsKind::Ipc && donor.no_shm_share {
                return draft.refuse(cx, Rule::SgIpc03, Problem::NotShareable { id: donor.id.clone() });
            }
            donor
        }
        _ => return,
    };
    shared(&mut draft.container.shared_namespaces, kind).set(cx, Rule::SgNs20, || Some(donor));
}

/// SG-LIB-10: a container is joined that may be.
pub(super) fn check_donors<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::User, NsKind::Cgroup, NsKind::Network] {
        cx.within(|| {
            let Some(Some(donor)) = shared(&mut draft.container.shared_namespaces, kind).see(cx).copied() else { return };
            if let Some(problem) = misjoined(cx, draft, donor) {
                draft.refuse(cx, Rule::SgLib10, problem);
            }
        });
    }
}

pub(super) fn misjoined<'a>(cx: &Cx<'a>, draft: &Draft<'a>, donor: Donor<'a>) -> Option<Problem> {
    if donor.id == cx.facts().id() {
        return Some(Problem::DonorItself);
    }
    let namespace = cx.facts().conf_namespace().map_or("", String::as_str);
    if donor.namespace != namespace {
        return Some(Problem::DonorElsewhere { id: donor.id.clone(), namespace: donor.namespace.clone() });
    }
    let pod = pod::of(cx, draft)?;
    let is_infra = pod.infra.as_ref().is_some_and(|infra| infra.container.id == donor.id);
    (donor.pod != pod.id && !is_infra).then(|| Problem::DonorOutsidePod { pod: pod.id.clone(), id: donor.id.clone() })
}

/// SG-NS-10: the entries that every spec starts from, each joined or left out as its mode says.
pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Network, NsKind::Ipc, NsKind::Uts] {
        cx.within(|| {
            let Some(choice) = place(&draft.working, kind).see(cx).copied() else { return };
            let rule = if kind == NsKind::Network { Rule::SgNet03 } else { Rule::SgNs10 };
            match choice.mode {
                NsMode::Host => return draft.spec.namespaces.absent(cx, rule, oci(kind).oci()),
                // Podman comes to the network's path last.
                NsMode::Path if kind != NsKind::Network => check_path(cx, draft, kind, choice.value),
                _ => {}
            }
            // What is neither a path nor new is joined when the container starts.
            let path = if choice.mode == NsMode::Path { choice.value } else { "" };
            draft.spec.namespaces.push(cx, rule, || entry(kind, path));
        });
    }
    draft.spec.namespaces.push(cx, Rule::OcDefault01, || Namespace { kind: NamespaceKind::Mount, path: Cow::Borrowed("") });
}

/// SG-NS-10, SG-NET-03: the cgroup entry, which is last, and the path of the network's.
pub(super) fn late_emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let Some(choice) = draft.working.cgroupns.see(cx).copied() else { return };
        match choice.mode {
            NsMode::Private => draft.spec.namespaces.push(cx, Rule::SgNs10, || entry(NsKind::Cgroup, "")),
            NsMode::Path => {
                check_path(cx, draft, NsKind::Cgroup, choice.value);
                draft.spec.namespaces.push(cx, Rule::SgNs10, || entry(NsKind::Cgroup, choice.value));
            }
            _ => draft.spec.namespaces.absent(cx, Rule::SgNs10, NamespaceKind::Cgroup.oci()),
        }
    });
    cx.within(|| {
        if let Some(NsChoice { mode: NsMode::Path, value, .. }) = draft.working.netns.see(cx).copied() {
            check_path(cx, draft, NsKind::Network, value);
        }
    });
}

/// The entry of a kind; an empty path for a new namespace.
pub(super) fn entry(kind: NsKind, path: &str) -> Namespace<'_> {
    Namespace { kind: oci(kind), path: Cow::Borrowed(path) }
}

/// SG-NS-10: refuses a namespace's path that leads nowhere.
pub(super) fn check_path<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind, path: &str) {
    match cx.facts().path_answer(path, |p| p.kind.as_ref()) {
        Ok(_) | Err(Errno::UNANSWERED) => {}
        Err(errno) => {
            let rule = if kind == NsKind::Network { Rule::SgNet03 } else { Rule::SgNs10 };
            draft.refuse(cx, rule, Problem::NamespacePath { kind, path: path.into(), errno });
        }
    }
}

/// SG-NS-40: whether the user namespace counts as new; keep-id, no-map, auto and pod do not (Q-03).
pub(super) fn is_new_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    mode(cx, draft, NsKind::User).is_new_userns()
}

/// Whether the container is made inside a user namespace: the engine's own, or a new one.
pub(super) fn in_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    cx.facts().rootless() || is_new_userns(cx, draft)
}

/// SG-MNT-01: whether the kernel lets the container mount a sysfs of its own.
pub(super) fn can_mount_sys(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    let net = mode(cx, draft, NsKind::Network);
    if net == NsMode::Host {
        return !in_userns(cx, draft);
    }
    !is_new_userns(cx, draft) || matches!(net, NsMode::Slirp4netns | NsMode::Private | NsMode::None | NsMode::Bridge)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, facts, gone, made, refusal, rootless, there};
    use super::*;
    use crate::config::Config;
    use crate::facts::{Answer, Dependency, Facts, FileKind, Infra, Pod};
    use crate::options::Profile;

    /// A container named `donor`, and a pod `P` whose infra container is `infra`.
    fn with_others() -> Facts {
        let mut facts = facts();
        let donor = Dependency {
            id: "d".repeat(64),
            name: "donor".into(),
            hostname: "dh".into(),
            shm_dir: "/donor/shm".into(),
            ..Dependency::default()
        };
        facts.containers.insert("donor", donor.clone());
        facts.containers.insert("none", Dependency::default());
        facts.containers.insert("closed", Dependency { no_shm_share: true, id: "e".repeat(64), ..donor.clone() });
        let infra = Dependency { id: "f".repeat(64), name: "infra".into(), pod: "P".into(), shm_dir: "/infra/shm".into(), ..donor };
        let infra = Infra { container: infra, host_namespaces: ["pid".into()].into(), ..Infra::default() };
        let pod = Pod {
            id: "P".into(),
            name: "P".into(),
            hostname: "podh".into(),
            shared: ["ipc", "net", "uts", "pid"].map(String::from).into(),
            infra: Some(infra),
            ..Pod::default()
        };
        facts.pods.insert("bare", Pod { id: "B".into(), infra: None, ..pod.clone() });
        facts.pods.insert("P", pod);
        facts
    }

    #[test]
    fn entries_are_joined_left_out_or_new() {
        let mut facts = facts();
        facts.paths.insert("/ns/x", there(FileKind::Special));
        let all = r#"[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]"#;
        check(
            &facts,
            &[
                ("{}", "/linux/namespaces", all),
                (
                    r#"{"utsns":{"nsmode":"host"}}"#,
                    "/linux/namespaces",
                    r#"[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"mount"}]"#,
                ), // E-21
                (
                    r#"{"netns":{"nsmode":"host"}}"#,
                    "/linux/namespaces",
                    r#"[{"type":"pid"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]"#,
                ), // E-22
                (r#"{"netns":{"nsmode":"none"}}"#, "/linux/namespaces", all), // E-23
                (r#"{"ipcns":{"nsmode":"none"}}"#, "/linux/namespaces", all),
                (r#"{"pidns":{"nsmode":"path","value":"/ns/x"}}"#, "/linux/namespaces/0", r#"{"type":"pid","path":"/ns/x"}"#), // E-24
                (r#"{"netns":{"nsmode":"path","value":"/ns/x"}}"#, "/linux/namespaces/1", r#"{"type":"network","path":"/ns/x"}"#),
                (r#"{"cgroupns":{"nsmode":"private"}}"#, "/linux/namespaces/5", r#"{"type":"cgroup"}"#), // E-25
                (r#"{"cgroupns":{"nsmode":"path","value":"/ns/x"}}"#, "/linux/namespaces/5", r#"{"type":"cgroup","path":"/ns/x"}"#),
            ],
        );
        // E-26
        facts.host.cgroup_unified = Some(Answer::Is(true));
        check(&facts, &[("{}", "/linux/namespaces/5", r#"{"type":"cgroup"}"#), (r#"{"cgroupns":{"nsmode":"host"}}"#, "/linux/namespaces", all)]);
    }

    #[test]
    fn paths_that_lead_nowhere_are_refused_in_order() {
        let mut facts = facts();
        for path in ["/no/1", "/no/2"] {
            facts.paths.insert(path, gone());
        }
        for (field, word) in [("pidns", "PID"), ("ipcns", "IPC"), ("utsns", "UTS"), ("cgroupns", "cgroup"), ("userns", "user"), ("netns", "network")] {
            let request = std::format!(r#"{{"{field}":{{"nsmode":"path","value":"/no/1"}}}}"#);
            let wanted = std::format!("cannot find specified {word} namespace path: stat /no/1: no such file or directory");
            assert_eq!(refusal(&request, &facts), wanted);
        }
        let both = r#"{"netns":{"nsmode":"path","value":"/no/1"},"utsns":{"nsmode":"path","value":"/no/2"}}"#;
        assert_eq!(refusal(both, &facts), "cannot find specified UTS namespace path: stat /no/2: no such file or directory");
    }

    #[test]
    fn donors_are_found() {
        // SG-NS-20, E-74
        let facts = with_others();
        let ns = r#"{"nsmode":"container","value":"donor"}"#;
        let request = std::format!(r#"{{"pidns":{ns},"ipcns":{ns},"netns":{ns},"utsns":{ns},"cgroupns":{ns}}}"#);
        made(&request, &facts, |draft| {
            assert!(draft.refusals.is_empty(), "{:?}", draft.refusals);
            let donors = &draft.container.shared_namespaces;
            for slot in [&donors.pid, &donors.ipc, &donors.net, &donors.uts, &donors.cgroup] {
                assert_eq!(slot.value().unwrap().unwrap().name, "donor");
            }
            assert!(donors.user.value().is_none());
        });
        check(&facts, &[(&request, "/hostname", r#""dh""#), (&request, "/linux/namespaces/4", r#"{"type":"mount"}"#)]);
    }

    #[test]
    fn donors_that_cannot_be_are_refused() {
        let mut facts = with_others();
        let no_infra = "cannot use pod namespace as container is not joining a pod or pod has no infra container: invalid argument";
        for (request, wanted) in [
            (r#"{"pidns":{"nsmode":"pod"}}"#, no_infra),
            (r#"{"pod":"bare","netns":{"nsmode":"pod"}}"#, no_infra), // SG-POD-08
            (
                r#"{"utsns":{"nsmode":"container","value":"none"}}"#,
                r#"looking up container to share uts namespace with: no container with name or ID "none" found: no such container"#,
            ),
            (
                r#"{"ipcns":{"nsmode":"container","value":"closed"}}"#,
                "joining IPC of container eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee is not allowed: non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
            ), // SG-IPC-03, E-73
            (
                r#"{"pod":"P","pidns":{"nsmode":"container","value":"donor"}}"#,
                "running container create option: container has joined pod P and dependency container dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd is not a member of the pod: invalid argument",
            ), // SG-LIB-10
        ] {
            assert_eq!(refusal(request, &facts), wanted, "{request}");
        }
        facts.containers.get_mut("donor").unwrap().namespace = "other".into();
        assert!(refusal(r#"{"pidns":{"nsmode":"container","value":"donor"}}"#, &facts).ends_with("is in libpod namespace \"other\": invalid argument"));
    }

    #[test]
    fn a_pod_shares_what_it_shares() {
        // SG-NS-02, SG-NS-21, E-76
        let mut facts = with_others();
        let donors = |request: &str, facts: &Facts| {
            made(request, facts, |draft| {
                assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
                let donors = &draft.container.shared_namespaces;
                let joined = |slot: &Slot<Option<Donor<'_>>>| slot.value().is_some();
                (joined(&donors.pid), joined(&donors.ipc), joined(&donors.uts), joined(&donors.net))
            })
        };
        let modes = |request: &str, facts: &Facts| {
            made(request, facts, |draft| {
                let mode = |kind| place(&draft.working, kind).value().unwrap().mode;
                [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::Network].map(mode)
            })
        };
        // The infra container uses the host's processes.
        assert_eq!(modes(r#"{"pod":"P"}"#, &facts), [NsMode::Host, NsMode::Pod, NsMode::Pod, NsMode::Pod]);
        assert_eq!(donors(r#"{"pod":"P"}"#, &facts), (false, true, true, true));
        assert_eq!(donors(r#"{"pod":"P","utsns":{"nsmode":"private"}}"#, &facts), (false, true, false, true));
        check(&facts, &[(r#"{"pod":"P"}"#, "/hostname", r#""podh""#)]);
        // SG-POD-08
        assert_eq!(modes(r#"{"pod":"bare"}"#, &facts), [NsMode::Private, NsMode::Shareable, NsMode::Private, NsMode::Bridge]);
        // SG-NS-21
        facts.pods.get_mut("P").unwrap().infra.as_mut().unwrap().host_namespaces.push("uts".into());
        let asked = r#"{"pod":"P","utsns":{"nsmode":"pod"}}"#;
        assert_eq!(modes(asked, &facts), [NsMode::Host, NsMode::Pod, NsMode::Host, NsMode::Pod]);
        assert_eq!(donors(asked, &facts), (false, true, false, true));
    }

    #[test]
    fn defaults_come_from_containers_conf() {
        let mut facts = facts();
        let conf = &mut facts.conf.containers;
        (conf.pidns, conf.ipcns, conf.utsns) = (Some("host".into()), Some("private".into()), Some("host".into()));
        (conf.netns, conf.cgroupns) = (Some("none".into()), Some("private".into()));
        made("{}", &facts, |draft| {
            let mode = |kind| place(&draft.working, kind).value().unwrap().mode;
            let all = [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::Network, NsKind::Cgroup, NsKind::User].map(mode);
            // On v1 the cgroup namespace is the host's, whatever is written.
            assert_eq!(all, [NsMode::Host, NsMode::Private, NsMode::Host, NsMode::None, NsMode::Host, NsMode::Host]);
        });
        facts.conf.containers.ipcns = Some("wat".into());
        assert_eq!(refusal("{}", &facts), "unrecognized namespace wat passed");
    }

    #[test]
    fn a_network_of_its_own_is_settled_by_who_asks() {
        // SG-NET-01
        for (facts, mode) in [(facts(), NsMode::Bridge), (rootless(), NsMode::Slirp4netns)] {
            for request in ["{}", r#"{"netns":{"nsmode":"private"}}"#, r#"{"netns":{"nsmode":"default"}}"#] {
                made(request, &facts, |draft| assert_eq!(draft.working.netns.value().unwrap().mode, mode, "{request}"));
            }
        }
    }

    #[test]
    fn sysfs_is_mounted_where_the_network_is_the_containers() {
        // SG-MNT-01, SG-NS-40, Q-03
        let (config, none) = (Config::default(), Facts::default());
        for (user, net, rootless, can) in [
            (NsMode::Host, NsMode::Bridge, false, true),
            (NsMode::Host, NsMode::Host, false, true),
            (NsMode::Host, NsMode::Host, true, false),
            (NsMode::Host, NsMode::Container, true, true),
            (NsMode::Private, NsMode::Host, false, false),
            (NsMode::Private, NsMode::Bridge, false, true),
            (NsMode::Private, NsMode::None, false, true),
            (NsMode::Private, NsMode::Slirp4netns, true, true),
            (NsMode::Private, NsMode::Path, false, false),
            (NsMode::Path, NsMode::Container, false, false),
            (NsMode::Container, NsMode::Pod, false, false),
            (NsMode::KeepId, NsMode::Path, true, true),
            (NsMode::KeepId, NsMode::Host, false, true),
            (NsMode::Pod, NsMode::Pod, false, true),
        ] {
            let mut facts = none.clone();
            facts.host.rootless = Some(rootless);
            let cx = Cx::new(&config, &facts, Profile::Podman43);
            let mut draft = Draft::default();
            draft.working.userns.set(&cx, Rule::OcGiven01, || NsChoice::new(user, ""));
            draft.working.netns.set(&cx, Rule::OcGiven01, || NsChoice::new(net, ""));
            assert_eq!(can_mount_sys(&cx, &draft), can, "{user:?} {net:?} {rootless}");
            let new = matches!(user, NsMode::Private | NsMode::Path | NsMode::Container);
            assert_eq!((is_new_userns(&cx, &draft), in_userns(&cx, &draft)), (new, new || rootless));
        }
    }
}
