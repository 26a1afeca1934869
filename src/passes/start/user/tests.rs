//! Tests of who runs, and with which groups.

use super::super::trial::{Done, host, mounted, run, stored};
use super::*;
use crate::config::{Config, IdMapping};
use crate::draft::IdMapOptions;
use crate::facts::{Answer, Facts, IdRangeText};
use std::string::String;
use std::vec;

const USERS: &str = "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n";
const GROUPS: &str = "root:x:0:\nwheel:x:10:app\nusers:x:100:app\nbig:x:2147483647:app\n";

fn image() -> Facts {
    let mut facts = host();
    facts.rootfs.passwd = Some(Answer::Is(USERS.into()));
    facts.rootfs.group = Some(Answer::Is(GROUPS.into()));
    facts
}

/// All passes of this file, over a container of a user.
fn with<'a>(
    config: &'a Config,
    facts: &'a Facts,
    user: &'a str,
    prepare: impl FnOnce(&Cx<'a>, &mut Draft<'a>),
) -> Done<'a> {
    let prepare = |cx: &Cx<'a>, draft: &mut Draft<'a>| {
        draft.container.user.set(cx, Rule::SgUser01, || Cow::Borrowed(user));
        draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("PATH", "/bin"));
        prepare(cx, draft);
    };
    run(config, facts, prepare, &[files, lookup, host_ids, home, ids, umask, groups, supplementary])
}

fn ids_of(done: &Done<'_>) -> (Option<u32>, Option<u32>, Vec<u32>) {
    let process = &done.draft.spec.process;
    let (uid, gid) = (process.uid.value(), process.gid.value());
    (uid.copied(), gid.copied(), process.additional_gids.values().copied().collect())
}

#[test]
fn a_user_with_all_kinds_of_groups() {
    // The end-to-end golden case: stored, primary, added and supplementary groups, in this order.
    let (config, facts) = (Config::default(), image());
    let wheel = [String::from("wheel")];
    let done = with(&config, &facts, "app", |cx, draft| {
        draft.container.groups.set(cx, Rule::SgUser01, || &wheel[..]);
        draft.container.umask.set(cx, Rule::SgUser01, || Cow::Borrowed("0022"));
        draft.spec.process.additional_gids.push(cx, Rule::SgUser01, || 7);
    });
    assert_eq!(ids_of(&done), (Some(1000), Some(1001), vec![7, 1001, 10, 100]));
    assert_eq!(done.env(), ["PATH=/bin", "HOME=/home/app"]);
    assert_eq!(done.draft.spec.process.umask.value(), Some(&Some(18)));
    let warned: Vec<_> = done.draft.warnings.iter().map(|w| w.kind.clone()).collect();
    assert_eq!(warned, [WarningKind::GroupOutside { gid: 2_147_483_647 }]);
    assert!(done.missing.is_empty(), "{:?}", done.missing);
}

#[test]
fn without_a_user_the_ids_stay_and_root_keeps_its_groups() {
    // LP-USER-21, LP-USER-24
    let config = Config::default();
    let mut facts = image();
    facts.rootfs.group = Some(Answer::Is("disk:x:6:root,app\n".into()));
    assert_eq!(ids_of(&with(&config, &facts, "", |_, _| {})), (None, None, vec![6]));
    // A group of one's own choice turns them off.
    assert_eq!(
        ids_of(&with(&config, &facts, "app:55", |_, _| {})),
        (Some(1000), Some(55), vec![55])
    );
}

#[test]
fn a_number_without_an_account_has_no_home() {
    // LP-USER-20
    let (config, facts) = (Config::default(), image());
    assert_eq!(with(&config, &facts, "4242", |_, _| {}).env(), ["PATH=/bin"]);
    let done = with(&config, &facts, "app", |cx, draft| {
        draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("HOME", "/x"));
    });
    assert_eq!(done.env(), ["PATH=/bin", "HOME=/x"]);
}

#[test]
fn mounts_stand_over_the_images_files() {
    // LP-USER-01: an exact mount wins over /etc wherever it stands, and the last one over the others.
    let config = Config::default();
    let mut facts = image();
    for (path, uid) in [
        ("/exact", 5),
        ("/last", 6),
        ("/etc-dir/passwd", 7),
        ("/made", 8),
        ("/engine/tmpfs/passwd", 9),
    ] {
        let text = std::format!("app:x:{uid}:{uid}::/:/bin/sh\n");
        facts.files.insert(path, Answer::Is(text));
    }
    facts.files.insert("/etc-dir/group", Answer::Error(Errno::ENOENT));
    facts.files.insert("/engine/tmpfs/group", Answer::Error(Errno::ENOENT));
    facts.host.working_directory = Some("/engine".into());
    let etc = mounted("/etc", "bind", "/etc-dir");
    let exact = mounted("/etc/passwd", "bind", "/exact");
    for (mounts, uid) in [
        (vec![etc.clone()], 7),
        (vec![exact.clone(), etc.clone()], 5),
        (vec![etc, exact.clone()], 5),
        (vec![exact, mounted("/etc/passwd", "bind", "/last")], 6),
        (vec![mounted("/etc", "tmpfs", "tmpfs")], 9),
    ] {
        let done = with(&config, &facts, "app", |cx, draft| {
            for mount in &mounts {
                draft.spec.mounts.push(cx, Rule::SgMnt01, || mount.clone());
            }
        });
        assert_eq!(ids_of(&done).0, Some(uid), "{mounts:?}");
    }
    // The copy of an earlier start wins over all of them.
    facts.container.bind_mounts = Some([(PASSWD.into(), "/made".into())].into_iter().collect());
    assert_eq!(ids_of(&with(&config, &facts, "app", |_, _| {})).0, Some(8));
}

#[test]
fn users_that_are_not_there_are_refused() {
    let (config, facts) = (Config::default(), image());
    for (user, said) in [
        ("nouser", "unable to find user nouser: no matching entries in passwd file"),
        ("app:nogroup", "unable to find group nogroup: no matching entries in group file"),
        ("-1", "uids and gids must be in range 0-2147483647"),
        ("4294967296", "uids and gids must be in range 0-2147483647"),
    ] {
        assert_eq!(with(&config, &facts, user, |_, _| {}).said(), [said]);
    }
    let ghosts = [String::from("ghosts")];
    let done = with(&config, &facts, "app", |cx, draft| {
        draft.container.groups.set(cx, Rule::SgUser01, || &ghosts[..]);
    });
    assert_eq!(
        done.said(),
        [
            "looking up supplemental groups for container aaaabbbbccccddddeeeeffff00001111aaaabbbbccccddddeeeeffff00001111: Unable to find group ghosts: no matching entries in group file"
        ]
    );
}

#[test]
fn a_host_user_is_read_in_octal() {
    // LP-USER-06
    let config = Config {
        hostusers: vec!["ruser".into(), "sys".into(), "none".into()],
        ..Config::default()
    };
    let mut facts = image();
    let account = |name: &str, uid| HostUser {
        name: name.into(),
        uid,
        gid: uid,
        home: "/home/r".into(),
        ..HostUser::default()
    };
    facts.host_users.insert("ruser", account("ruser", 1000));
    facts.host_users.insert("sys", account("sys", 998));
    facts.host_users.insert("none", HostUser::default());
    assert_eq!(
        ids_of(&with(&config, &facts, "ruser", |_, _| {})),
        (Some(512), Some(512), vec![512])
    );
    let said = with(&config, &facts, "sys", |_, _| {}).said();
    assert_eq!(said, ["strconv.ParseUint: parsing \"998\": invalid syntax"]);
    assert_eq!(with(&config, &facts, "none", |_, _| {}).said(), ["user: unknown user none"]);
}

#[test]
fn the_users_ids_must_be_mapped() {
    // LP-USER-10
    let (config, facts) = (Config::default(), image());
    let map = |size| {
        let map = vec![IdMapping { container_id: 0, host_id: 100_000, size }];
        IdMapOptions { uid_map: Cow::Owned(map.clone()), gid_map: Cow::Owned(map), auto: false }
    };
    let mapped = |size| {
        with(&config, &facts, "app", |cx, draft| {
            draft.container.id_mappings.set(cx, Rule::SgUns01, || map(size));
        })
    };
    assert_eq!(mapped(2000).draft.working.exec_host_ids.value(), Some(&(101_000, 101_001)));
    assert_eq!(
        mapped(500).said(),
        [
            "container uses ID mappings ([]specs.LinuxIDMapping{specs.LinuxIDMapping{ContainerID:0x0, HostID:0x186a0, Size:0x1f4}}), but doesn't map UID 1000"
        ]
    );
    // LP-USER-24: supplementary groups are held against the same map.
    assert_eq!(ids_of(&mapped(1002)).2, [1001, 10, 100]);
}

#[test]
fn a_rootless_users_groups_are_counted() {
    // LP-USER-24: the number of mapped ids is taken for the highest.
    let config = Config::default();
    let mut facts = image();
    facts.host.rootless = Some(true);
    let range = |id, parent, count| IdRangeText { id, parent, count };
    facts.host.gid_map = Some(Answer::Is(vec![range(0, 1001, 1), range(1, 100_000, 49)]));
    assert_eq!(ids_of(&with(&config, &facts, "app", |_, _| {})).2, [1001, 10]);
}

#[test]
fn a_umask_is_octal() {
    // LP-USER-22
    for (umask, value) in
        [("0022", Some(18)), ("77", Some(63)), ("8", None), ("+1", None), ("40000000000", None)]
    {
        assert_eq!(octal(umask), value, "{umask}");
    }
}

#[test]
fn a_directory_over_passwd_or_group_cannot_be_read() {
    // LP-USER-02: it can be opened, and only then fails.
    let (config, mut facts) = (Config::default(), image());
    facts.files.insert("/d", Answer::Error(Errno::EISDIR));
    facts.files.insert("/none", Answer::Error(Errno::ENOENT));
    for (user, over, source, said) in [
        ("", PASSWD, "/d", Some("unable to find user 0: read /d: is a directory")),
        ("app", PASSWD, "/d", Some("unable to find user app: read /d: is a directory")),
        ("app:1", GROUP, "/d", Some("unable to find groups for spec app: read /d: is a directory")),
        ("", GROUP, "/d", Some("unable to find groups for spec root: read /d: is a directory")),
        ("", PASSWD, "/none", None),
    ] {
        let done = with(&config, &facts, user, |cx, draft| {
            draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted(over, "bind", source));
        });
        assert_eq!(done.said().first().map(String::as_str), said, "{user} {over}");
    }
}
