//! Checks the worked cases of namespaces.

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
    facts
        .containers
        .insert("closed", Dependency { no_shm_share: true, id: "e".repeat(64), ..donor.clone() });
    let infra = Dependency {
        id: "f".repeat(64),
        name: "infra".into(),
        pod: "P".into(),
        shm_dir: "/infra/shm".into(),
        ..donor
    };
    let infra =
        Infra { container: infra, host_namespaces: ["pid".into()].into(), ..Infra::default() };
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
    let all =
        r#"[{"type":"pid"},{"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}]"#;
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
            (
                r#"{"pidns":{"nsmode":"path","value":"/ns/x"}}"#,
                "/linux/namespaces/0",
                r#"{"type":"pid","path":"/ns/x"}"#,
            ), // E-24
            (
                r#"{"netns":{"nsmode":"path","value":"/ns/x"}}"#,
                "/linux/namespaces/1",
                r#"{"type":"network","path":"/ns/x"}"#,
            ),
            (r#"{"cgroupns":{"nsmode":"private"}}"#, "/linux/namespaces/5", r#"{"type":"cgroup"}"#), // E-25
            (
                r#"{"cgroupns":{"nsmode":"path","value":"/ns/x"}}"#,
                "/linux/namespaces/5",
                r#"{"type":"cgroup","path":"/ns/x"}"#,
            ),
        ],
    );
    // E-26
    facts.host.cgroup_unified = Some(Answer::Is(true));
    check(
        &facts,
        &[
            ("{}", "/linux/namespaces/5", r#"{"type":"cgroup"}"#),
            (r#"{"cgroupns":{"nsmode":"host"}}"#, "/linux/namespaces", all),
        ],
    );
}

#[test]
fn paths_that_lead_nowhere_are_refused_in_order() {
    let mut facts = facts();
    for path in ["/no/1", "/no/2"] {
        facts.paths.insert(path, gone());
    }
    for (field, word) in [
        ("pidns", "PID"),
        ("ipcns", "IPC"),
        ("utsns", "UTS"),
        ("cgroupns", "cgroup"),
        ("userns", "user"),
        ("netns", "network"),
    ] {
        let request = std::format!(r#"{{"{field}":{{"nsmode":"path","value":"/no/1"}}}}"#);
        let wanted = std::format!(
            "cannot find specified {word} namespace path: stat /no/1: no such file or directory"
        );
        assert_eq!(refusal(&request, &facts), wanted);
    }
    let both =
        r#"{"netns":{"nsmode":"path","value":"/no/1"},"utsns":{"nsmode":"path","value":"/no/2"}}"#;
    assert_eq!(
        refusal(both, &facts),
        "cannot find specified UTS namespace path: stat /no/2: no such file or directory"
    );
}

#[test]
fn donors_are_found() {
    // SG-NS-20, E-74
    let facts = with_others();
    let ns = r#"{"nsmode":"container","value":"donor"}"#;
    let request =
        std::format!(r#"{{"pidns":{ns},"ipcns":{ns},"netns":{ns},"utsns":{ns},"cgroupns":{ns}}}"#);
    made(&request, &facts, |draft| {
        assert!(draft.refusals.is_empty(), "{:?}", draft.refusals);
        let donors = &draft.container.shared_namespaces;
        for slot in [&donors.pid, &donors.ipc, &donors.net, &donors.uts, &donors.cgroup] {
            assert_eq!(slot.value().unwrap().unwrap().name, "donor");
        }
        assert!(donors.user.value().is_none());
    });
    check(
        &facts,
        &[
            (&request, "/hostname", r#""dh""#),
            (&request, "/linux/namespaces/4", r#"{"type":"mount"}"#),
        ],
    );
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
    assert!(
        refusal(r#"{"pidns":{"nsmode":"container","value":"donor"}}"#, &facts)
            .ends_with("is in libpod namespace \"other\": invalid argument")
    );
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
    assert_eq!(
        modes(r#"{"pod":"P"}"#, &facts),
        [NsMode::Host, NsMode::Pod, NsMode::Pod, NsMode::Pod]
    );
    assert_eq!(donors(r#"{"pod":"P"}"#, &facts), (false, true, true, true));
    assert_eq!(
        donors(r#"{"pod":"P","utsns":{"nsmode":"private"}}"#, &facts),
        (false, true, false, true)
    );
    check(&facts, &[(r#"{"pod":"P"}"#, "/hostname", r#""podh""#)]);
    // SG-POD-08
    assert_eq!(
        modes(r#"{"pod":"bare"}"#, &facts),
        [NsMode::Private, NsMode::Shareable, NsMode::Private, NsMode::Bridge]
    );
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
    (conf.pidns, conf.ipcns, conf.utsns) =
        (Some("host".into()), Some("private".into()), Some("host".into()));
    (conf.netns, conf.cgroupns) = (Some("none".into()), Some("private".into()));
    made("{}", &facts, |draft| {
        let mode = |kind| place(&draft.working, kind).value().unwrap().mode;
        let all =
            [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::Network, NsKind::Cgroup, NsKind::User]
                .map(mode);
        // On v1 the cgroup namespace is the host's, whatever is written.
        assert_eq!(
            all,
            [NsMode::Host, NsMode::Private, NsMode::Host, NsMode::None, NsMode::Host, NsMode::Host]
        );
    });
    facts.conf.containers.ipcns = Some("wat".into());
    assert_eq!(refusal("{}", &facts), "unrecognized namespace wat passed");
}

#[test]
fn a_network_of_its_own_is_settled_by_who_asks() {
    // SG-NET-01
    for (facts, mode) in [(facts(), NsMode::Bridge), (rootless(), NsMode::Slirp4netns)] {
        for request in
            ["{}", r#"{"netns":{"nsmode":"private"}}"#, r#"{"netns":{"nsmode":"default"}}"#]
        {
            made(request, &facts, |draft| {
                assert_eq!(draft.working.netns.value().unwrap().mode, mode, "{request}");
            });
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
