//! The program: what it writes where, and how it ends.

use crate::ground::{host_json, root, text};
use crate::program::{ends, ocify, said, told};
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Each message reads the text again: of thousands the first are told, and the rest is counted.
#[test]
fn thousands_of_mistakes_are_counted() {
    use std::fmt::Write as _;
    let dir = place("thousands");
    let mut config = String::from("image: a\n");
    for number in 0..3000 {
        writeln!(config, "unknown_{number}: 1").unwrap();
    }
    fs::write(dir.join("many.yaml"), config).unwrap();
    let out = ocify(&dir, &["compile", "many.yaml", "--facts", "host.json"]);
    ends(&out, 1);
    let words = told(&out);
    assert_eq!(words.matches("error[E0002]").count(), 50);
    let end = "note: 2950 more are not told: mend these first\nerror: the config is refused for 3000 reasons\n";
    assert!(words.ends_with(end), "{}", &words[words.len() - 300..]);
    let line =
        serde_json::json!({ "config": { "mounts": vec![serde_json::json!({ "type": 1 }); 3000] } });
    fs::write(dir.join("many.jsonl"), format!("{line}\n")).unwrap();
    let out = ocify(&dir, &["compile", "--batch", "many.jsonl", "--facts", "host.json"]);
    ends(&out, 1);
    let answer: Value = serde_json::from_str(&said(&out)).unwrap();
    let refused = answer["refused"].as_array().unwrap();
    assert_eq!((refused.len(), &refused[50]["level"]), (51, &Value::from("note")));
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
        serde_json::json!({ "file": "bad.yaml", "path": "hostnmae", "line": 2, "column": 1, "end": { "line": 2, "column": 12 } })
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
        assert!(whole.contains(&format!("\n  {place} = ")), "{place} is not in\n{whole}");
    }
    let env = explain(&["env", "LANG"]);
    assert!(env.contains("rule    SG-ENV-08"), "{env}");
    assert!(env.contains("| ") && env.contains("LANG: C.UTF-8"), "{env}");
    assert_eq!(explain(&["process.env[LANG]"]), env);
    assert_eq!(explain(&["/process/env[LANG]"]), env);
    let absent = explain(&["mounts[/nope]"]);
    assert!(absent.contains("absent: no rule puts it there"), "{absent}");
    for page in ["E0002", "SG-ENV-03", "Q-02"] {
        ends(&ocify(&dir, &["explain", page]), 0);
    }
}

#[test]
fn schemas_are_printed() {
    let dir = place("schema");
    for of in ["config", "facts", "plan", "message"] {
        let out = ocify(&dir, &["schema", of]);
        ends(&out, 0);
        assert_eq!(
            said(&out),
            fs::read_to_string(root().join(format!("schemas/{of}.json"))).unwrap()
        );
    }
}

#[test]
fn facts_can_be_shown_around() {
    let dir = place("redact");
    let record: Value = serde_json::from_str(&text(&dir.join("host.json"))).unwrap();
    assert_eq!(record["secrets"]["token"]["data"], "s3cret");
    let out = ocify(&dir, &["facts", "web.yaml", "--facts", "host.json", "--redact"]);
    ends(&out, 0);
    let shown: Value = serde_json::from_slice(&out.stdout).unwrap();
    for secret in ["s3cret", "proxy.example", "laptop", "\"Alice\""] {
        assert!(!said(&out).contains(secret), "{secret} is in\n{}", said(&out));
    }
    assert_eq!(shown["host"]["environment"]["PATH"], record["host"]["environment"]["PATH"]);
    // What is left compiles still.
    fs::write(dir.join("redacted.json"), &out.stdout).unwrap();
    ends(&ocify(&dir, &["compile", "web.yaml", "--facts", "redacted.json"]), 0);
}

#[test]
fn digests_are_those_of_the_canonical_form_whatever_the_spelling() {
    let dir = place("digest");
    let digest = |args: &[&str]| {
        let out = ocify(&dir, &[&["digest"], args, &["--facts", "host.json"]].concat());
        ends(&out, 0);
        said(&out)
    };
    let yaml = digest(&["web.yaml"]);
    let words: Vec<&str> =
        yaml.lines().map(|line| line.split("  sha256:").next().unwrap()).collect();
    assert_eq!(
        words.iter().map(|word| word.trim()).collect::<Vec<_>>(),
        ["config", "facts", "spec"]
    );
    // The same as JSON, its keys the other way round.
    let config = ocify::parse(&text(&dir.join("web.yaml"))).unwrap();
    let Value::Object(map) = serde_json::to_value(&config).unwrap() else { panic!() };
    let turned: Vec<String> = map
        .iter()
        .rev()
        .map(|(key, value)| format!("{}: {value}", Value::String(key.clone())))
        .collect();
    fs::write(dir.join("web.json"), format!("{{{}}}", turned.join(", "))).unwrap();
    assert_eq!(digest(&["web.json"]), yaml);
    // The spec in a file of any layout.
    ends(&ocify(&dir, &[&COMPILE[..], &["-o", "spec.json", "--pretty"]].concat()), 0);
    let spec = ocify(&dir, &["digest", "spec.json"]);
    assert_eq!(said(&spec), yaml.lines().last().unwrap().to_owned() + "\n");
    // As `sha256sum` has it.
    for (of, line) in ["config", "facts", "spec"].iter().zip(yaml.lines()) {
        fs::write(dir.join("form"), digest(&["web.yaml", "--canonical", of])).unwrap();
        let sum = Command::new("sha256sum").arg(dir.join("form")).output().unwrap();
        let sum = String::from_utf8(sum.stdout).unwrap();
        assert_eq!(line.split("sha256:").nth(1), sum.split(' ').next(), "{of}");
    }
    // A config that is refused has a digest, and no spec.
    fs::write(dir.join("refused.yaml"), "rootfs: /srv\ncommand: [sh]\nnetns: nnoe\n").unwrap();
    let out = ocify(&dir, &["digest", "refused.yaml", "--facts", "host.json"]);
    ends(&out, 1);
    assert_eq!(said(&out).lines().count(), 2);
    ends(&ocify(&dir, &["digest", "spec.json", "--canonical", "facts"]), 2);
}

#[test]
fn containers_are_listed_and_found() {
    let dir = place("list");
    let list = |more: &[&str]| ocify(&dir, &[&["list", "--state-dir", "state"], more].concat());
    ends(&list(&[]), 0);
    assert!(said(&list(&[])).starts_with("CONTAINER ID  NAME  STATE  PID  CREATED"));
    assert_eq!(said(&list(&[])).lines().count(), 1);
    assert_eq!(said(&list(&["--json"])), "[]\n");

    let put = |id: &str, text: &str| {
        fs::create_dir_all(dir.join("state").join(id)).unwrap();
        fs::write(dir.join("state").join(id).join("state.json"), text).unwrap();
    };
    let state = |id: &str, name: &str, created: &str| {
        serde_json::json!({
            "format_version": "1.7", "id": id, "name": name, "bundle": "", "prepared": true, "steps": [], "later": 1,
            "about": {
                "created": created, "image": "", "rootfs": "/r", "command": ["sh", "-c", "exit 3"],
                "dependency": { "id": id, "name": name, "later": {} }
            }
        })
        .to_string()
    };
    let ids = ["a1", "a2", "a3"].map(|start| format!("{start:0<64}"));
    put(&ids[0], &state(&ids[0], "young", "2026-03-01T00:00:00.5Z"));
    put(&ids[1], &state(&ids[1], "old", "2026-02-01T00:00:00Z"));
    put(&ids[2], "{");
    let out = list(&[]);
    ends(&out, 0);
    let lines: Vec<String> = said(&out).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 4);
    assert!(lines[1].contains("broken") && lines[1].contains("state.json: EOF"), "{}", said(&out));
    assert!(lines[2].starts_with("a20000000000  old    prepared"), "{}", said(&out));
    assert!(lines[3].contains("2026-03-01T00:00:00Z  sh -c exit 3"), "{}", said(&out));
    let json: Value = serde_json::from_slice(&list(&["--json"]).stdout).unwrap();
    assert_eq!(json[0]["state"], "broken");
    assert_eq!(json[0]["id"], ids[2]);
    let directory = dir.join("state").join(&ids[1]);
    assert_eq!(
        json[1],
        serde_json::json!({
            "id": ids[1], "name": "old", "state": "prepared", "error": null, "pid": null, "created": "2026-02-01T00:00:00Z",
            "command": ["sh", "-c", "exit 3"], "image": "", "rootfs": "/r", "directory": directory,
        })
    );

    // By name, by the beginning of an id, by its directory; not by what several have, nor by what none has.
    let cleanup = |what: &str| ocify(&dir, &["cleanup", what, "--state-dir", "state"]);
    for (what, words) in [
        ("a", "more than one result for container ID a: "),
        ("nobody", "no container with name or ID \"nobody\" found below "),
        ("a3", "state.json"),
    ] {
        let out = cleanup(what);
        ends(&out, 2);
        assert!(told(&out).contains(words), "{what}: {}", told(&out));
    }
    let out = ocify(&dir, &["start", "young", "--state-dir", "state"]);
    ends(&out, 2);
    assert!(told(&out).contains("holds no prepared container"), "{}", told(&out));
    ends(&cleanup("young"), 0);
    ends(&cleanup("a2"), 0);
    assert!(!directory.exists());
    ends(&cleanup(&format!("state/{}", ids[1])), 0);
    assert_eq!(
        serde_json::from_slice::<Value>(&list(&["--json"]).stdout)
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}
