//! The program: what it writes where, and how it ends.

use crate::ground::{host_json, root};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A directory of a test's own, with a config and a host's facts in it.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    let web = fs::read_to_string(root().join("examples/web.yaml")).unwrap();
    fs::write(dir.join("web.yaml"), web).unwrap();
    let mut host = host_json("fedora_rootless_v2");
    crate::ground::merge(
        &mut host,
        crate::ground::json(&root().join("fixtures/hosts/shared/web.json")),
    );
    fs::write(dir.join("host.json"), host.to_string()).unwrap();
    dir
}

fn ocify(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocify")).current_dir(dir).args(args).output().unwrap()
}

fn told(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

fn said(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

#[track_caller]
fn ends(out: &Output, code: i32) {
    assert_eq!(out.status.code(), Some(code), "{}{}", said(out), told(out));
}

const COMPILE: [&str; 4] = ["compile", "web.yaml", "--facts", "host.json"];

#[test]
fn a_spec_goes_to_standard_output() {
    let dir = place("stdout");
    let out = ocify(&dir, &COMPILE);
    ends(&out, 0);
    let spec: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(spec["ociVersion"], "1.0.2-dev");
    assert!(said(&out).ends_with("}\n"));
    assert_eq!(said(&out).lines().count(), 1);
    let pretty = ocify(&dir, &[&COMPILE[..], &["--pretty"]].concat());
    assert!(said(&pretty).lines().count() > 50);
    assert_eq!(serde_json::from_slice::<Value>(&pretty.stdout).unwrap(), spec);
}

#[test]
fn a_file_that_exists_is_never_replaced_without_force() {
    let dir = place("force");
    let into = |more: &[&str]| ocify(&dir, &[&COMPILE[..], more].concat());
    ends(&into(&["--bundle", "bundle"]), 0);
    let config = dir.join("bundle/config.json");
    let first = fs::read(&config).unwrap();
    serde_json::from_slice::<Value>(&first).unwrap();
    fs::write(&config, "mine").unwrap();
    let again = into(&["--bundle", "bundle"]);
    ends(&again, 2);
    assert!(told(&again).contains("exists: --force replaces it"), "{}", told(&again));
    assert_eq!(fs::read(&config).unwrap(), b"mine");
    ends(&into(&["-o", "bundle/config.json"]), 2);
    ends(&into(&["--bundle", "bundle", "--force"]), 0);
    assert_eq!(fs::read(&config).unwrap(), first);
    ends(&into(&["-o", "bundle/config.json", "--force"]), 0);
    // A link is not written through.
    std::os::unix::fs::symlink("nowhere", dir.join("link")).unwrap();
    ends(&into(&["-o", "link"]), 2);
    assert!(!dir.join("nowhere").exists());
    // Nothing is left beside.
    let left: Vec<_> =
        fs::read_dir(dir.join("bundle")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left, ["config.json"]);
    ends(&into(&["-o", "no/such/dir"]), 2);
    ends(&into(&["-o", "x", "--bundle", "y"]), 2);
}

#[test]
fn a_dash_reads_standard_input() {
    let dir = place("stdin");
    let mut child = Command::new(env!("CARGO_BIN_EXE_ocify"))
        .current_dir(&dir)
        .args(["compile", "-", "--facts", "host.json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&fs::read(dir.join("web.yaml")).unwrap()).unwrap();
    let out = child.wait_with_output().unwrap();
    ends(&out, 0);
    assert_eq!(out.stdout, ocify(&dir, &COMPILE).stdout);
    ends(&ocify(&dir, &["compile", "-", "--facts", "-"]), 2);
}

#[test]
fn usage_and_trouble_end_with_2_and_a_refusal_with_1() {
    let dir = place("exit");
    for args in [
        &[][..],
        &["compile"],
        &["nope"],
        &["compile", "no.yaml"],
        &["compile", "web.yaml", "--facts", "no.json"],
        &["schema", "nope"],
        &["compile", "web.yaml", "--profile", "docker"],
    ] {
        ends(&ocify(&dir, args), 2);
    }
    fs::write(dir.join("bad.yaml"), "rootfs: /srv\ncommand: [sh]\nnetns: none\nhostnmae: x\n")
        .unwrap();
    ends(&ocify(&dir, &["compile", "bad.yaml", "--facts", "host.json"]), 1);
    ends(&ocify(&dir, &["compile", "bad.yaml", "--facts", "host.json", "--lenient"]), 0);
    fs::write(dir.join("latin1.yaml"), b"hostname: \xfc\n").unwrap();
    let out = ocify(&dir, &["compile", "latin1.yaml", "--facts", "host.json"]);
    ends(&out, 2);
    assert!(told(&out).contains("not UTF-8 text (byte 11)"), "{}", told(&out));
    ends(&ocify(&dir, &["--version"]), 0);
    ends(&ocify(&dir, &["--help"]), 0);
}

#[test]
fn messages_are_also_for_programs() {
    let dir = place("json");
    fs::write(dir.join("bad.yaml"), "rootfs: /srv\nhostnmae: x\nenv: 5\n").unwrap();
    let out =
        ocify(&dir, &["--message-format", "json", "compile", "bad.yaml", "--facts", "host.json"]);
    ends(&out, 1);
    let lines: Vec<Value> = told(&out).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines[0]["code"], "E0002");
    assert_eq!(lines[0]["file"], "bad.yaml");
    assert_eq!(
        lines[0]["places"][0],
        serde_json::json!({ "path": "hostnmae", "line": 2, "column": 1 })
    );
    assert_eq!(lines[1]["code"], "E0005");
    assert_eq!(lines.last().unwrap()["message"], "the config is refused for 2 reasons");
}

#[test]
fn podmans_profile_reads_json_as_podman_does() {
    let dir = place("api");
    let json = r#"{"ROOTFS": "/nope", "rootfs": "/srv/www", "hostName": "a", "hostname": "b", "brandnew": 1, "Command": ["sh"], "netns": {"nsmode": "none"}}"#;
    fs::write(dir.join("request.json"), json).unwrap();
    let args = |profile| ["compile", "request.json", "--facts", "host.json", "--profile", profile];
    ends(&ocify(&dir, &args("hardened")), 1);
    let out = ocify(&dir, &args("podman-4.3"));
    ends(&out, 0);
    let spec: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(spec["hostname"], "b");
}

#[test]
fn a_plan_is_a_list_or_json() {
    let dir = place("plan");
    let out = ocify(&dir, &["plan", "web.yaml", "--facts", "host.json"]);
    ends(&out, 0);
    assert!(said(&out).contains("     undo: "), "{}", said(&out));
    assert!(said(&out).contains("     because: "), "{}", said(&out));
    let out = ocify(&dir, &["plan", "web.yaml", "--facts", "host.json", "--json"]);
    ends(&out, 0);
    let plan: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(plan["format_version"], "1.0");
    for step in plan["steps"].as_array().unwrap() {
        assert!(step["effect"]["do"].is_string() && step["undo"]["undo"].is_string(), "{step}");
        let because = step["because"].as_array().unwrap();
        assert!(because.iter().any(|cause| cause["kind"] == "rule"), "{step}");
    }
}

#[test]
fn a_reason_has_the_rule_the_line_and_the_facts() {
    let dir = place("explain");
    let explain = |more: &[&str]| {
        let args = [&["explain", "web.yaml", "--facts", "host.json"], more].concat();
        let out = ocify(&dir, &args);
        ends(&out, 0);
        said(&out)
    };
    let whole = explain(&[]);
    for place in ["process.args", "process.cwd", "root.path", "mounts[/proc]", "linux.seccomp"] {
        assert!(whole.contains(&format!("\n{place}")), "{place} is not in\n{whole}");
    }
    let env = explain(&["env", "LANG"]);
    assert!(env.contains("rule    SG-ENV-08"), "{env}");
    assert!(env.contains("| ") && env.contains("LANG: C.UTF-8"), "{env}");
    assert_eq!(explain(&["process.env[LANG]"]), env);
    assert_eq!(explain(&["/process/env[LANG]"]), env);
    let out = ocify(&dir, &["explain", "web.yaml", "mounts[/nope]", "--facts", "host.json"]);
    ends(&out, 2);
    assert!(told(&out).contains("nothing is decided about `mounts[/nope]`"), "{}", told(&out));
    for page in ["E0002", "SG-ENV-03", "Q-02"] {
        ends(&ocify(&dir, &["explain", page]), 0);
    }
}

#[test]
fn schemas_are_printed() {
    let dir = place("schema");
    for of in ["config", "facts", "plan"] {
        let out = ocify(&dir, &["schema", of]);
        ends(&out, 0);
        assert_eq!(
            said(&out),
            fs::read_to_string(root().join(format!("schemas/{of}.json"))).unwrap()
        );
    }
}
