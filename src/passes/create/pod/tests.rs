//! Checks the worked cases of pods.

use super::super::testing::{check, facts, made, refusal};
use super::*;
use crate::facts::{Dependency, Facts};
use std::string::ToString;

/// A pod `P` whose infra container has something of everything.
fn with_pod() -> Facts {
    let mut facts = facts();
    let texts = |all: &[&str]| all.iter().map(ToString::to_string).collect::<Vec<String>>();
    let infra = Infra {
        container: Dependency { id: "f".repeat(64), pod: "P".into(), ..Dependency::default() },
        cap_add: texts(&["SYS_ADMIN"]),
        cap_drop: texts(&["CHOWN"]),
        mounts: [config::Mount {
            destination: "/i".into(),
            kind: "tmpfs".into(),
            source: "tmpfs".into(),
            options: None,
        }]
        .into(),
        volumes: [config::NamedVolume {
            name: "iv".into(),
            dest: "/iv".into(),
            ..config::NamedVolume::default()
        }]
        .into(),
        overlay_volumes: [config::OverlayVolume {
            destination: "/io".into(),
            source: "/s".into(),
            options: Vec::new(),
        }]
        .into(),
        image_volumes: [config::ImageVolume {
            source: "bb".into(),
            destination: "/ii".into(),
            read_write: true,
        }]
        .into(),
        selinux_opts: texts(&["disable"]),
        shm_size: Some(65_536_000),
        annotations: [("io.podman.annotations.label", "disable"), ("other", "x")]
            .map(|(k, v)| (k.into(), v.into()))
            .into(),
        ..Infra::default()
    };
    facts.volumes.insert("iv", crate::facts::Volume::default());
    facts.pods.insert(
        "P",
        Pod { id: "P".into(), name: "P".into(), infra: Some(infra), ..Pod::default() },
    );
    facts
}

fn inherited<T>(request: &str, facts: &Facts, look: impl Fn(&Draft<'_>) -> T) -> T {
    let config = config::parse_as(
        request,
        config::Format::Json,
        config::Parsing { api: true, lenient: true },
    )
    .unwrap();
    let cx = Cx::new(&config, facts, crate::options::Profile::Podman43);
    let mut draft = Draft::default();
    inherit(&cx, &mut draft);
    assert!(!cx.misses());
    look(&draft)
}

#[test]
fn the_infra_containers_part_comes_first() {
    // SG-POD-01
    let facts = with_pod();
    let request = r#"{"pod":"P","cap_add":["KILL"],"cap_drop":["MKNOD"],"mounts":[{"destination":"/m"}],
        "volumes":[{"Name":"v","Dest":"/v"}],"overlay_volumes":[{"destination":"/o"}],"image_volumes":[{"Destination":"/im"}]}"#;
    inherited(request, &facts, |draft| {
        let w = &draft.working;
        assert_eq!(w.cap_add.value().unwrap(), &["SYS_ADMIN", "KILL"]);
        assert_eq!(w.cap_drop.value().unwrap(), &["CHOWN", "MKNOD"]);
        assert_eq!(
            w.request_mounts.values().map(|m| &*m.destination).collect::<Vec<_>>(),
            ["/i", "/m"]
        );
        assert_eq!(w.request_volumes.values().map(|v| &*v.dest).collect::<Vec<_>>(), ["/iv", "/v"]);
        assert_eq!(
            w.request_overlays.values().map(|o| &*o.dest).collect::<Vec<_>>(),
            ["/io", "/o"]
        );
        assert_eq!(
            w.request_image_volumes.values().map(|i| &*i.dest).collect::<Vec<_>>(),
            ["/ii", "/im"]
        );
        assert_eq!(draft.container.pod.value().unwrap(), "P");
    });
    inherited(r#"{"cap_add":["KILL"],"mounts":[{"destination":"/m"}]}"#, &facts, |draft| {
        assert_eq!(draft.working.cap_add.value().unwrap(), &["KILL"]);
        assert_eq!(draft.working.request_mounts.len(), 1);
        assert_eq!(draft.container.pod.value().unwrap(), "");
    });
}

#[test]
fn label_options_concatenate() {
    // SG-POD-05, Q-41, E-76
    let facts = with_pod();
    let options = |request: &str| {
        made(request, &facts, |draft| draft.container.label_options.value().unwrap().join(" "))
    };
    assert_eq!(options(r#"{"pod":"P"}"#), "disable disable");
    assert_eq!(options(r#"{"pod":"P","selinux_opts":["type:t"]}"#), "disable type:t");
    assert_eq!(options("{}"), "disable");
}

#[test]
fn single_values_of_the_infra_container_win() {
    let mut facts = with_pod();
    let infra = facts.pods.get_mut("P").unwrap().infra.as_mut().unwrap();
    (infra.no_new_privileges, infra.seccomp_policy, infra.apparmor_profile) =
        (true, "image".into(), "a".into());
    infra.seccomp_profile_path = "/infra.json".into();
    inherited(
        r#"{"pod":"P","seccomp_policy":"default","apparmor_profile":"b"}"#,
        &facts,
        |draft| {
            let w = &draft.working;
            assert_eq!(
                (w.no_new_privileges.value(), w.seccomp_policy.value(), w.apparmor_profile.value()),
                (Some(&true), Some(&"image"), Some(&"a"))
            );
            assert_eq!(w.seccomp_path.value().unwrap(), "/infra.json");
        },
    );
}

#[test]
fn the_infra_containers_shm_size_wins() {
    // SG-POD-01, SG-POD-04, Q-42, Q-43
    let mut facts = with_pod();
    let size = |request: &str, facts: &Facts| {
        inherited(request, facts, |draft| *draft.working.shm_size.value().unwrap())
    };
    assert_eq!(size(r#"{"shm_size":5}"#, &facts), Some(5));
    assert_eq!(size("{}", &facts), None);
    assert_eq!(size(r#"{"pod":"P","shm_size":5}"#, &facts), Some(65_536_000));
    assert_eq!(size(r#"{"pod":"P","shm_size":5,"ipcns":{"nsmode":"host"}}"#, &facts), None);
    facts.pods.get_mut("P").unwrap().infra.as_mut().unwrap().shm_size = Some(7);
    assert_eq!(size(r#"{"pod":"P","ipcns":{"nsmode":"host"}}"#, &facts), Some(7));
    facts.pods.get_mut("P").unwrap().infra.as_mut().unwrap().shm_size = None;
    assert_eq!(size(r#"{"pod":"P","shm_size":5}"#, &facts), Some(5));
    assert_eq!(size(r#"{"pod":"P","shm_size":5,"ipcns":{"nsmode":"host"}}"#, &facts), None);
}

#[test]
fn annotations_are_inherited_where_the_container_has_none() {
    // SG-POD-06
    let facts = with_pod();
    let label = "/annotations/io.podman.annotations.label";
    check(
        &facts,
        &[
            (r#"{"pod":"P"}"#, label, r#""disable""#),
            (r#"{"pod":"P"}"#, "/annotations/other", "null"),
            (
                r#"{"pod":"P","annotations":{"io.podman.annotations.label":"mine"}}"#,
                label,
                r#""mine""#,
            ),
            ("{}", label, "null"),
        ],
    );
}

#[test]
fn a_pod_must_exist() {
    let mut facts = facts();
    facts.pods.insert("none", Pod::default());
    assert_eq!(
        refusal(r#"{"pod":"none"}"#, &facts),
        "no pod with name or ID none found: no such pod"
    );
}
