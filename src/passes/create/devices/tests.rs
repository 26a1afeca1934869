//! Checks the worked cases of devices.

use super::super::testing::{check, facts, gone, made, refusal, rootless, there};
use super::*;
use crate::facts::{Answer, Dependency, Facts, Infra, PathFacts, Pod};

fn node_at(path: &str, major: i64, minor: i64) -> DeviceNode {
    DeviceNode { path: path.into(), kind: "c".into(), major, minor, mode: 0o20666, uid: 0, gid: 0 }
}

fn device(facts: &mut Facts, path: &str, major: i64, minor: i64) {
    let node = node_at(path, major, minor);
    facts.paths.insert(
        path,
        PathFacts {
            device: Some(Answer::Is(node)),
            real: Some(Answer::Is(path.into())),
            ..there(FileKind::Special)
        },
    );
}

fn with_devices(mut facts: Facts) -> Facts {
    device(&mut facts, "/dev/null", 1, 3);
    device(&mut facts, "/dev/zero", 1, 5);
    let other = |real: &str, kind| PathFacts {
        device: Some(Answer::Error(Errno::EINVAL)),
        real: Some(Answer::Is(real.into())),
        ..there(kind)
    };
    facts.paths.insert("/dev/link", other("/dev/null", FileKind::Special));
    facts.paths.insert("/etc/file", other("/etc/file", FileKind::File));
    facts.paths.insert("/dev/none", gone());
    let below = |nodes: &[(&str, i64)]| -> Table<DeviceNode> {
        nodes.iter().map(|(path, minor)| (*path, node_at(path, 10, *minor))).collect()
    };
    let directory = |real: &str, nodes: &[(&str, i64)]| PathFacts {
        devices_below: Some(Answer::Is(below(nodes))),
        ..other(real, FileKind::Directory)
    };
    facts.paths.insert("/dev/net", directory("/dev/net", &[("tun", 200)]));
    facts.paths.insert("/dev/lnet", directory("/dev/net", &[("tun", 200)]));
    facts.paths.insert("/dev/deep", directory("/dev/deep", &[("a-b", 1), ("a/c", 2)]));
    facts.paths.insert("/dev/empty", directory("/dev/empty", &[]));
    facts
}

const DENY: &str = r#"{"allow":false,"access":"rwm"}"#;

#[test]
fn devices_become_nodes_and_rules() {
    let facts = with_devices(facts());
    let rules = |rest: &str| std::format!("[{DENY}{rest}]");
    let renamed = r#"{"devices":[{"path":"/dev/null:/dev/xnull:r"}]}"#;
    let twice = r#"{"devices":[{"path":"/dev/null:/dev/x"},{"path":"/dev/zero:/dev/x:w"}]}"#;
    let deep = r#"{"devices":[{"path":"/dev/deep"}]}"#;
    check(
        &facts,
        &[
            ("{}", "/linux/resources/devices", &rules("")), // E-01
            // E-41
            (
                renamed,
                "/linux/devices",
                r#"[{"path":"/dev/xnull","type":"c","major":1,"minor":3,"fileMode":8630,"uid":0,"gid":0}]"#,
            ),
            (
                renamed,
                "/linux/resources/devices",
                &rules(r#",{"allow":true,"type":"c","major":1,"minor":3,"access":"r"}"#),
            ),
            // E-42
            (
                r#"{"devices":[{"path":"/dev/net:/dev/foo:rm"}]}"#,
                "/linux/devices/0/path",
                r#""/dev/foo/tun""#,
            ),
            (
                r#"{"devices":[{"path":"/dev/net:/dev/foo:rm"}]}"#,
                "/linux/resources/devices/1",
                r#"{"allow":true,"type":"c","major":10,"minor":200,"access":"rm"}"#,
            ),
            // SG-DEV-03: the destination is that of the link's end.
            (r#"{"devices":[{"path":"/dev/link"}]}"#, "/linux/devices/0/path", r#""/dev/null""#),
            (r#"{"devices":[{"path":"/dev/lnet"}]}"#, "/linux/devices/0/path", r#""/dev/net/tun""#),
            // SG-DEV-07: one node, two rules.
            (
                twice,
                "/linux/devices",
                r#"[{"path":"/dev/x","type":"c","major":1,"minor":5,"fileMode":8630,"uid":0,"gid":0}]"#,
            ),
            (
                twice,
                "/linux/resources/devices/2",
                r#"{"allow":true,"type":"c","major":1,"minor":5,"access":"w"}"#,
            ),
            // A walk goes into `a` before it comes to `a-b`.
            (deep, "/linux/devices/0/path", r#""/dev/deep/a/c""#),
            (deep, "/linux/devices/1/path", r#""/dev/deep/a-b""#),
            // E-43, Q-27
            (
                r#"{"device_cgroup_rule":[{"allow":false,"type":"b","access":"m"}]}"#,
                "/linux/resources/devices",
                &rules(r#",{"allow":true,"type":"b","access":"m"}"#),
            ),
            // SG-PRIV-01
            (
                r#"{"privileged":true,"devices":[{"path":"/no"}],"device_cgroup_rule":[{"type":"b"}]}"#,
                "/linux/resources/devices",
                "null",
            ),
        ],
    );
    assert!(made(r#"{"privileged":true}"#, &facts, |draft| *draft
        .container
        .mount_all_devices
        .value()
        .unwrap()));
}

#[test]
fn the_engines_devices_come_first() {
    // SG-DEV-02
    let mut facts = with_devices(facts());
    facts.conf.containers.devices = Some(["/dev/zero:/dev/confzero:r".into()].into());
    let request = r#"{"devices":[{"path":"/dev/null"}]}"#;
    check(
        &facts,
        &[
            (request, "/linux/devices/0/path", r#""/dev/confzero""#),
            (request, "/linux/devices/1/path", r#""/dev/null""#),
        ],
    );
    facts.conf.containers.devices = Some(["/dev/none".into()].into());
    assert_eq!(refusal("{}", &facts), "stat /dev/none: no such file or directory");
    check(&facts, &[(r#"{"privileged":true}"#, "/linux/devices", "null")]);
}

#[test]
fn a_rootless_users_devices_are_mounts() {
    // E-40
    let facts = with_devices(rootless());
    let request = r#"{"devices":[{"path":"/dev/null:/dev/n2:r"}]}"#;
    made(request, &facts, |draft| {
        let mount = draft.spec.mounts.values().last().unwrap();
        assert_eq!(
            (&*mount.destination, &*mount.source, &*mount.kind),
            ("/dev/n2", "/dev/null", "bind")
        );
        assert_eq!(mount.options.get(..5).unwrap().join(","), "slave,nosuid,noexec,ro,rbind");
    });
    // Podman writes an empty object where nothing is limited.
    check(&facts, &[(request, "/linux/devices", "null"), (request, "/linux/resources", "{}")]);
}

#[test]
fn cdi_names_are_kept_for_the_start() {
    // SG-DEV-09, E-44
    let facts = with_devices(facts());
    let request = r#"{"devices":[{"path":"vendor.com/class=dev"},{"path":"/dev/null"}]}"#;
    made(request, &facts, |draft| {
        assert_eq!(draft.container.cdi_devices.value().unwrap(), &["vendor.com/class=dev"]);
        assert_eq!(draft.working.devices.value().unwrap(), &["/dev/null"]);
    });
    assert_eq!(
        refusal(r#"{"devices":[{"path":"a/class=dev"}]}"#, &facts),
        "runtime error: slice bounds out of range [1:0]"
    );
}

#[test]
fn a_pods_devices_count_where_there_are_no_others() {
    // SG-POD-01, Q-44
    let mut facts = with_devices(facts());
    let text = |path: &str| DeviceText { path: path.into() };
    let container = Dependency { id: "f".into(), pod: "P".into(), ..Dependency::default() };
    let infra =
        Infra { container, host_device_list: [text("/dev/zero")].into(), ..Infra::default() };
    facts.pods.insert("P", Pod { id: "P".into(), infra: Some(infra), ..Pod::default() });
    let devices = |request: &str| {
        made(request, &facts, |draft| draft.working.devices.value().unwrap().join(" "))
    };
    assert_eq!(devices(r#"{"pod":"P"}"#), "/dev/zero");
    assert_eq!(
        devices(r#"{"pod":"P","host_device_list":[{"path":"/dev/null"}]}"#),
        "/dev/zero /dev/null"
    );
    assert_eq!(devices(r#"{"pod":"P","devices":[{"path":"/dev/null"}]}"#), "/dev/null");
    assert_eq!(devices(r#"{"pod":"P","devices":[{"path":"vendor.com/class=dev"}]}"#), "/dev/zero");
    assert_eq!(devices(r#"{"host_device_list":[{"path":"/dev/null"}]}"#), "");
}

#[test]
fn bad_devices_are_refused() {
    let facts = with_devices(facts());
    for (device, wanted) in [
        ("/dev/none", "stat /dev/none: no such file or directory"),
        ("/dev/null:", "runtime error: index out of range [0] with length 0"),
        ("/dev/null:rel", "invalid device mode: rel"),
        ("/etc/file", "/etc/file is not a valid device: not a device node"),
        ("/etc/file:rel", "invalid device mode: rel"),
        ("/dev/empty", "no devices found in /dev/empty: invalid argument"),
        ("/dev/net:rw:r", "invalid device specification /dev/net:rw:r: invalid argument"),
        ("/dev/net:/x:bad", "failed to add /dev/net/tun device: invalid device mode: bad"),
    ] {
        let request = std::format!(r#"{{"devices":[{{"path":"{device}"}}]}}"#);
        assert_eq!(refusal(&request, &facts), wanted, "{device}");
        assert_eq!(
            refusal(&request.replacen('{', r#"{"privileged":true,"#, 1), &facts),
            String::new()
        );
    }
}
