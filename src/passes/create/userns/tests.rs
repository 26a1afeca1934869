//! Checks the worked cases of user namespaces.

use super::super::testing::{check, facts, made, refusal, rootless, there};
use crate::config::IdMapping;
use crate::facts::{Dependency, Facts, FileKind, Infra, Pod};
use std::string::{String, ToString};
use std::vec::Vec;

const MAPS: &str = r#""idmappings":{"UIDMap":[{"container_id":0,"host_id":100000,"size":1000}],"GIDMap":[{"container_id":0,"host_id":200000,"size":5}]}"#;

fn private() -> String {
    std::format!(r#"{{"userns":{{"nsmode":"private"}},{MAPS}}}"#)
}

/// What is stored: user map, group map, automatic, user, whether a passwd entry is added, the host's ids of root.
type Stored = (Vec<IdMapping>, Vec<IdMapping>, bool, String, bool, (u32, u32));

fn stored(request: &str, facts: &Facts) -> Stored {
    made(request, facts, |draft| {
        assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
        let maps = draft.container.id_mappings.value().unwrap();
        let user = draft.container.user.value().map_or_else(String::new, ToString::to_string);
        let added = draft.container.add_current_user.value() == Some(&true);
        (
            maps.uid_map.to_vec(),
            maps.gid_map.to_vec(),
            maps.auto,
            user,
            added,
            *draft.working.root_ids.value().unwrap(),
        )
    })
}

fn map(container_id: u32, host_id: u32, size: u32) -> IdMapping {
    IdMapping { container_id, host_id, size }
}

#[test]
fn a_private_one_has_the_requests_mappings() {
    // SG-UNS-04, E-28
    let (facts, request) = (facts(), private());
    check(
        &facts,
        &[
            (&request, "/linux/namespaces/5", r#"{"type":"user"}"#),
            (&request, "/linux/uidMappings", r#"[{"containerID":0,"hostID":100000,"size":1000}]"#),
            (&request, "/linux/gidMappings", r#"[{"containerID":0,"hostID":200000,"size":5}]"#),
            (&request, "/linux/resources/devices", "null"),
        ],
    );
    assert!(made(&request, &facts, |draft| *draft.container.post_configure_netns.value().unwrap()));
    let (uids, gids, auto, .., root) = stored(&request, &facts);
    assert_eq!(
        (uids, gids, auto, root),
        ([map(0, 100_000, 1000)].into(), [map(0, 200_000, 5)].into(), false, (100_000, 200_000))
    );
    // The cgroup entry comes after it.
    let both = request.replacen('{', r#"{"cgroupns":{"nsmode":"private"},"#, 1);
    check(&facts, &[(&both, "/linux/namespaces/6", r#"{"type":"cgroup"}"#)]);
    let empty = r#"{"userns":{"nsmode":"private"},"idmappings":{}}"#;
    assert_eq!(
        refusal(empty, &facts),
        "must provide at least one UID or GID mapping to configure a user namespace"
    );
}

#[test]
fn mappings_without_a_mode_are_lost() {
    // SG-UNS-01, -02, Q-35
    let facts = facts();
    for request in
        [std::format!("{{{MAPS}}}"), std::format!(r#"{{"userns":{{"nsmode":"host"}},{MAPS}}}"#)]
    {
        check(
            &facts,
            &[(&request, "/linux/uidMappings", "null"), (&request, "/linux/namespaces/5", "null")],
        );
        let (uids, gids, auto, .., root) = stored(&request, &facts);
        assert_eq!((uids.len(), gids.len(), auto, root), (0, 0, false, (0, 0)));
    }
}

#[test]
fn a_path_is_joined_with_a_dummy_mapping() {
    // SG-UNS-03, E-30
    let mut facts = facts();
    facts.paths.insert("/ns/u", there(FileKind::Special));
    let request = r#"{"userns":{"nsmode":"path","value":"/ns/u"}}"#;
    check(
        &facts,
        &[
            (request, "/linux/namespaces/5", r#"{"type":"user","path":"/ns/u"}"#),
            (request, "/linux/uidMappings", r#"[{"containerID":0,"hostID":0,"size":1}]"#),
            (request, "/linux/gidMappings", r#"[{"containerID":0,"hostID":0,"size":1}]"#),
            (request, "/linux/resources/devices", "null"),
        ],
    );
}

#[test]
fn root_cannot_keep_his_id() {
    // E-31
    let facts = facts();
    for (mode, wanted) in [
        ("keep-id", "keep-id is only supported in rootless mode"),
        ("no-map", "nomap is only supported in rootless mode"),
    ] {
        for user in ["", "5"] {
            let request = std::format!(r#"{{"userns":{{"nsmode":"{mode}"}},"user":"{user}"}}"#);
            assert_eq!(refusal(&request, &facts), wanted);
        }
    }
}

#[test]
fn a_rootless_user_keeps_his_id() {
    // SG-UNS-05, E-34 to E-36
    let facts = rootless();
    let keep = r#"{"userns":{"nsmode":"keep-id"}}"#;
    check(
        &facts,
        &[
            (keep, "/linux/uidMappings/2", r#"{"containerID":1002,"hostID":1002,"size":64535}"#),
            (keep, "/process/user", r#"{"uid":1001,"gid":1001,"additionalGids":[1001]}"#),
            (keep, "/process/capabilities/effective", "null"),
            (keep, "/linux/namespaces/5", r#"{"type":"user"}"#),
        ],
    );
    let maps = [map(0, 1, 1001), map(1001, 0, 1), map(1002, 1002, 64535)];
    assert_eq!(
        stored(keep, &facts),
        (maps.into(), maps.into(), false, "1001:1001".into(), true, (1, 1))
    );
    let (uids, _, _, user, added, _) =
        stored(r#"{"userns":{"nsmode":"keep-id","value":"uid=200,gid=210"}}"#, &facts);
    assert_eq!(
        (uids, user, added),
        ([map(0, 1, 200), map(200, 0, 1), map(201, 201, 65336)].into(), "200:210".into(), false)
    );
    let (uids, ..) = stored(r#"{"userns":{"nsmode":"keep-id","value":"uid=70000"}}"#, &facts);
    assert_eq!(uids, [map(0, 1, 65536), map(70000, 0, 1)]);
    // A user that was asked for stays, and the process is the one who keeps his id all the same.
    let other = r#"{"userns":{"nsmode":"keep-id"},"user":"7"}"#;
    check(&facts, &[(other, "/process/user/uid", "1001")]);
    assert_eq!(stored(other, &facts).3, "7");
    assert_eq!(
        refusal(r#"{"userns":{"nsmode":"keep-id","value":"x=1"}}"#, &facts),
        r#"unknown option specified: "x""#
    );
}

#[test]
fn a_rootless_user_stays_outside() {
    // SG-UNS-06, E-37
    let facts = rootless();
    let request = r#"{"userns":{"nsmode":"no-map"}}"#;
    check(
        &facts,
        &[
            (request, "/linux/uidMappings", r#"[{"containerID":0,"hostID":1,"size":65536}]"#),
            (request, "/process/user", r#"{"uid":0,"gid":0,"additionalGids":[0]}"#),
        ],
    );
    assert_eq!(stored(request, &facts).3, "");
}

#[test]
fn an_automatic_one_is_what_storage_allocates() {
    // SG-UNS-08, -11, -13
    let mut facts = facts();
    // E-32, Q-04
    let bare = r#"{"userns":{"nsmode":"auto"}}"#;
    check(&facts, &[(bare, "/linux/namespaces/5", "null"), (bare, "/linux/uidMappings", "null")]);
    assert!(!stored(bare, &facts).2);
    let auto = r#"{"userns":{"nsmode":"auto"},"idmappings":{"AutoUserNs":true,"AutoUserNsOpts":{"Size":3000}}}"#;
    facts.container.auto_uid_map = Some([map(1, 500_000, 8191), map(0, 0, 1)].into());
    facts.container.auto_gid_map = Some([map(0, 500_000, 8192)].into());
    let (uids, gids, is_auto, .., root) = stored(auto, &facts);
    assert_eq!((uids.len(), gids.len(), is_auto, root), (2, 1, true, (0, 500_000)));
    check(&facts, &[(auto, "/linux/uidMappings", "null"), (auto, "/linux/namespaces/5", "null")]);
    // containers.conf's mode is enough; its options are lost.
    facts.conf.containers.userns = Some("auto:size=5".into());
    assert!(stored("{}", &facts).2);
    facts.conf.containers.userns = None;
    // Storage makes no layer for a root directory.
    facts.paths.insert("/r", there(FileKind::Directory));
    let rootfs = auto.replacen('{', r#"{"rootfs":"/r","command":["a"],"#, 1);
    assert_eq!(stored(&rootfs, &facts).0, []);
    facts.container.auto_userns_error = Some("could not find enough available IDs".into());
    assert_eq!(
        refusal(auto, &facts),
        "creating container storage: could not find enough available IDs"
    );
}

#[test]
fn a_root_directory_is_not_mapped_unless_under_an_overlay() {
    let mut facts = facts();
    facts.paths.insert("/r", there(FileKind::Directory));
    let plain = private().replacen('{', r#"{"rootfs":"/r","command":["a"],"#, 1);
    assert_eq!(stored(&plain, &facts).5, (0, 0));
    let overlay = plain.replacen('{', r#"{"rootfs_overlay":true,"#, 1);
    assert_eq!(stored(&overlay, &facts).5, (100_000, 200_000));
}

#[test]
fn what_is_joined_brings_its_mappings() {
    // SG-UNS-07, -09
    let mut facts = facts();
    let donor = Dependency {
        id: "d".into(),
        user: "5".into(),
        uid_mappings: [map(0, 7, 70)].into(),
        gid_mappings: [map(0, 8, 80)].into(),
        ..Dependency::default()
    };
    facts.containers.insert("d", donor.clone());
    let joined = r#"{"userns":{"nsmode":"container","value":"d"}}"#;
    check(
        &facts,
        &[
            (joined, "/linux/uidMappings", r#"[{"containerID":0,"hostID":7,"size":70}]"#),
            (joined, "/linux/gidMappings", r#"[{"containerID":0,"hostID":8,"size":80}]"#),
            (joined, "/linux/namespaces/5", "null"),
        ],
    );
    assert_eq!((stored(joined, &facts).5, stored(joined, &facts).3), ((7, 8), String::new()));
    let infra = Infra { container: donor, ..Infra::default() };
    facts.pods.insert(
        "P",
        Pod {
            id: "P".into(),
            shared: ["user".into()].into(),
            infra: Some(infra),
            ..Pod::default()
        },
    );
    assert_eq!(
        (stored(r#"{"pod":"P"}"#, &facts).5, stored(r#"{"pod":"P"}"#, &facts).3),
        ((7, 8), "5".into())
    );
    assert_eq!(stored(r#"{"pod":"P","user":"6"}"#, &facts).3, "6");
    let own = private().replacen('{', r#"{"pod":"P","#, 1);
    assert_eq!(
        refusal(&own, &facts),
        "cannot specify a new uid/gid map when entering a pod with an infra container: invalid argument"
    );
}
