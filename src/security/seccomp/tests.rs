//! Checks what is chosen from profiles, among them the one of Debian against what Podman chose.

use super::*;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::println;
use std::string::ToString;

/// A small profile with one rule for each kind of condition.
const FIXTURE: &str = r#"{
    "defaultAction": "SCMP_ACT_ERRNO", "defaultErrno": "ENOSYS", "defaultErrnoRet": 1, "some": {"thing": [1, {}]},
    "archMap": [
        {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
        {"architecture": "SCMP_ARCH_S390X", "subArchitectures": null},
        {"architecture": "SCMP_ARCH_PPC64LE", "subArchitectures": []}
    ],
    "syscalls": [
        {"names": ["read", "no_such_syscall"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
        {"name": "one", "action": "SCMP_ACT_ERRNO", "errno": "EPERM", "errnoRet": 5, "args": null},
        {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
        {"names": ["chroot"], "action": "SCMP_ACT_ERRNO", "errnoRet": 0, "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
        {"names": ["personality"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 0, "value": 4294967295, "valueTwo": 0, "op": "SCMP_CMP_EQ"}, {"value": 1, "valueTwo": 2}]},
        {"names": ["arch_prctl"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["amd64", "x32"]}},
        {"names": ["breakpoint"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["arm"]}},
        {"names": ["not_here"], "action": "SCMP_ACT_ALLOW", "excludes": {"arches": ["s390x"]}},
        {"names": ["never"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_NOPE"]}},
        {"names": ["always"], "action": "SCMP_ACT_ALLOW", "excludes": {"caps": ["CAP_NOPE", "cap_chown"]}},
        {"action": "SCMP_ACT_ALLOW"}
    ]
}"#;

fn caps(names: &[&str]) -> CapSet {
    names.iter().fold(CapSet::EMPTY, |set, name| set.or(CapSet::named(name).unwrap()))
}

fn json(profile: &str, arch: &str, bounding: CapSet) -> Result<String, String> {
    let profile = SeccompProfile::parse(profile).map_err(|error| error.to_string())?;
    let selected = profile.select(arch, bounding).map_err(|error| error.to_string())?;
    let mut out = Vec::new();
    if let Some(selected) = selected {
        selected.write_json(&mut out);
    }
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn rules_are_chosen_by_capability_and_architecture() {
    let names = |arch: &str, bounding: CapSet| {
        let text = json(FIXTURE, arch, bounding).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let rules = value["syscalls"].as_array().unwrap().clone();
        rules
            .iter()
            .map(|rule| rule["names"][0].as_str().unwrap().to_string())
            .collect::<Vec<_>>()
            .join(" ")
    };
    let chown = caps(&["CAP_CHOWN"]);
    let both = caps(&["CAP_SYS_ADMIN", "CAP_SYS_CHROOT"]);
    assert_eq!(names("amd64", chown), "read one chroot personality arch_prctl not_here always");
    assert_eq!(names("amd64", both), "read one mount personality arch_prctl not_here always");
    assert_eq!(names("s390x", CapSet::ALL), "read one mount personality always");
    assert_eq!(
        names("arm", CapSet::EMPTY),
        "read one chroot personality breakpoint not_here always"
    );
}

#[test]
fn output_has_the_order_of_the_go_types_and_no_empty_field() {
    let selected = json(FIXTURE, "s390x", CapSet::EMPTY).unwrap();
    let wanted = concat!(
        r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":38,"architectures":["SCMP_ARCH_S390X"],"syscalls":["#,
        r#"{"names":["read","no_such_syscall"],"action":"SCMP_ACT_ALLOW"},"#,
        r#"{"names":["one"],"action":"SCMP_ACT_ERRNO","errnoRet":1},"#,
        r#"{"names":["chroot"],"action":"SCMP_ACT_ERRNO","errnoRet":0},"#,
        r#"{"names":["personality"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"value":4294967295,"op":"SCMP_CMP_EQ"},"#,
        r#"{"index":0,"value":1,"valueTwo":2,"op":""}]},"#,
        r#"{"names":["always"],"action":"SCMP_ACT_ALLOW"}]}"#,
    );
    assert_eq!(selected, wanted);
    let all = r#"{"DefaultAction":"A\"\n","ARCHITECTURES":["x"],"flags":["F"],"listenerPath":"/p","listenerMetadata":"m","syscalls":null}"#;
    let wanted = r#"{"defaultAction":"A\"\n","architectures":["x"],"flags":["F"],"listenerPath":"/p","listenerMetadata":"m"}"#;
    assert_eq!(json(all, "amd64", CapSet::ALL).as_deref(), Ok(wanted));
    assert_eq!(
        json(r#"{"defaultAction":"A"}"#, "", CapSet::ALL).as_deref(),
        Ok(r#"{"defaultAction":"A"}"#)
    );
}

#[test]
fn the_fields_say_what_the_text_says() {
    let profile = SeccompProfile::parse(FIXTURE).unwrap();
    let selected = profile.select("amd64", CapSet::ALL).unwrap().unwrap();
    assert_eq!((selected.default_action, selected.default_errno_ret), ("SCMP_ACT_ERRNO", Some(38)));
    assert_eq!(selected.architectures, ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
    assert!(
        selected.flags.is_empty()
            && selected.listener_path.is_empty()
            && selected.listener_metadata.is_empty()
    );
    // Podman's table of native architectures is short.
    assert!(profile.select("ppc64le", CapSet::ALL).unwrap().unwrap().architectures.is_empty());
    assert_eq!(profile.text(), FIXTURE);
    assert_eq!(profile, SeccompProfile::parse(FIXTURE).unwrap());
    assert_ne!(profile, SeccompProfile::parse("{}").unwrap());
}

#[test]
fn a_profile_that_says_nothing_is_none() {
    for text in [
        "{}",
        "null",
        r#"{"syscalls":[],"architectures":["a"],"archMap":[{}],"defaultErrno":"E?"}"#,
    ] {
        assert_eq!(json(text, "amd64", CapSet::ALL).as_deref(), Ok(""), "{text}");
    }
}

#[test]
fn faults_are_told_when_they_are_met() {
    let rule = |rule: &str| std::format!(r#"{{"defaultAction":"A","syscalls":[{rule}]}}"#);
    let nil = "runtime error: invalid memory address or nil pointer dereference";
    let names =
        "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'";
    let table = [
        (
            r#"{"defaultAction":"A","architectures":["a"],"archMap":[{}],"defaultErrno":"EFOO"}"#
                .into(),
            "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'",
        ),
        (r#"{"defaultAction":"A","defaultErrno":"EFOO"}"#.into(), "unknown errno EFOO"),
        (rule(r#"{"name":"a","names":["b"],"errno":"EFOO"}"#), names),
        (rule(r#"{"names":["b"],"errno":"EINTR"}"#), "unknown errno EINTR"),
        (rule(r#"{"errno":"EINTR"}"#), "unknown errno EINTR"),
        (rule("null"), nil),
        (rule(r#"{"name":"a","args":[null]}"#), nil),
    ];
    for (text, wanted) in table {
        assert_eq!(json(&text, "amd64", CapSet::ALL), Err(wanted.into()), "{text}");
    }
    // What is not chosen may be wrong.
    for unchosen in
        [r#"{"name":"a","names":["b"],"excludes":{"arches":["amd64"]}}"#, r#"{"args":[null]}"#]
    {
        assert!(json(&rule(unchosen), "amd64", CapSet::ALL).is_ok(), "{unchosen}");
    }
    for bad in [
        "",
        "{not json",
        "[]",
        "5",
        r#"{"syscalls":{}}"#,
        r#"{"defaultAction":5}"#,
        r#"{"defaultErrnoRet":-1}"#,
        "{} x",
    ] {
        assert!(
            json(bad, "amd64", CapSet::ALL)
                .unwrap_err()
                .starts_with("decoding seccomp profile failed: "),
            "{bad}"
        );
    }
}

/// Finds the recordings, which lie beside the project where they are kept at all.
fn recorded() -> Option<PathBuf> {
    let near = ["../shared", "../../shared"]
        .map(|shared| Path::new(env!("CARGO_MANIFEST_DIR")).join(shared).join("oracle/recorded"));
    near.into_iter().find(|path| path.is_dir())
}

#[expect(clippy::disallowed_methods, reason = "the recordings lie outside of the project")]
fn read_json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_stock_profile_comes_to_what_podman_recorded() {
    let Some(recorded) = recorded() else {
        println!("skipped: no recordings beside the project");
        return;
    };
    let blob = |reference: &Value| {
        read_json(
            &recorded
                .join("blobs")
                .join(reference["$blob"].as_str().unwrap())
                .with_extension("json"),
        )
    };
    // Debian's defaults; everything; what a pod's infra container adds and drops.
    for case in ["mask", "cap-add-all", "pod-sec-caps"] {
        let directory = recorded.join("root-hybrid-cgroupfs").join(case);
        let config = read_json(&directory.join("config.json"));
        let host = blob(&read_json(&directory.join("observed.json"))["host"]);
        let profile =
            SeccompProfile::parse(blob(&host["default_seccomp_profile"]).to_string()).unwrap();
        let names = config["process"]["capabilities"]["bounding"].as_array().unwrap();
        let bounding = names.iter().fold(CapSet::EMPTY, |set, name| {
            set.or(CapSet::named(name.as_str().unwrap()).unwrap())
        });
        let mut out = Vec::new();
        profile.select("amd64", bounding).unwrap().unwrap().write_json(&mut out);
        assert_eq!(
            serde_json::from_slice::<Value>(&out).unwrap(),
            blob(&config["linux"]["seccomp"]),
            "{case}"
        );
    }
}
