//! `explain` on the command line: questions as people ask them, and what is answered.

use crate::ground::{host_json, root};
use crate::shots::snapshot;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A directory of a test's own, with the config of a web server and a host's facts in it.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("explain").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::copy(root().join("fixtures/explain/web.yaml"), dir.join("web.yaml")).unwrap();
    fs::write(dir.join("host.json"), host_json("cpus_96").to_string()).unwrap();
    dir
}

fn run(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocify")).current_dir(dir).args(args).output().unwrap()
}

#[track_caller]
fn explain(dir: &Path, config: &str, words: &[&str], code: i32) -> String {
    let args = [&["explain", config, "--facts", "host.json"], words].concat();
    let out = run(dir, &args);
    let text = format!(
        "{}{}",
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8(out.stderr).unwrap()
    );
    assert_eq!(out.status.code(), Some(code), "{words:?}: {text}");
    text
}

#[track_caller]
fn json(dir: &Path, words: &[&str]) -> Vec<Value> {
    let text = explain(dir, "web.yaml", &[&["--json"], words].concat(), 0);
    serde_json::from_str(&text).unwrap()
}

/// What is asked, and what is in the answer.
const QUESTIONS: &[(&[&str], &[&str])] = &[
    (&["mounts[/www]"], &["mounts[/www]\n", "SG-OPT-03", "(web.yaml:11:5)", "- /srv/www:/www:ro"]),
    (&["mount", "/www"], &["mounts[/www]\n"]),
    (&["/www"], &["mounts[/www]\n"]),
    (&["volume", "/var/lib/data"], &["mounts[/var/lib/data]\n", "web.yaml:10:5", "volumes[data]"]),
    (&["volumes[0]"], &["mounts[/var/lib/data] = ", "plan[", "mount_volume"]),
    (&["volumes[1]"], &["mounts[/www] = "]),
    (&["mounts[/www].options"], &["mounts[/www].options\n  = [\"ro\",\"rprivate\",\"rbind\"]"]),
    (&["/mounts/1/options/0"], &["  = \"ro\""]),
    (&["mounts[1]"], &["mounts[/www]\n"]),
    (&["/process/env/2"], &["process.env[LANG]\n", "LANG: C.UTF-8"]),
    (&["/linux/namespaces/0"], &["linux.namespaces[pid]\n", "SG-NS-10"]),
    (&["/linux/resources/memory/limit"], &["  = 67108864", "web.yaml:16:1", "before  "]),
    (&["/annotations/org.example~1team"], &["annotations[org.example/team]", "SG-ANN-04"]),
    (&["/process/capabilities/bounding/0"], &["process.capabilities.bounding.0"]),
    (&["/ociVersion"], &["always the same"]),
    (&["env", "LANG"], &["SG-ENV-08", "LANG: C.UTF-8"]),
    (&["HOSTNAME"], &["process.env[HOSTNAME]", "hostname: www"]),
    (&["env", "HTTP_PROXY"], &["absent", "httpproxy", "SG-ENV-08"]),
    (&["env", "LAGN"], &["absent", "did you mean `process.env[LANG]`?"]),
    (&["cap", "CAP_NET_RAW"], &["absent", "`cap_drop` takes it away", "web.yaml:15:1"]),
    (&["cap", "sys_admin"], &["absent", "none of containers.conf's default capabilities"]),
    (&["CAP_NET_BIND_SERVICE"], &["in bounding, effective", "`cap_add` adds it"]),
    (&["cap_drop"], &["process.capabilities.bounding\n"]),
    (
        &["memory"],
        &["linux.resources.memory\n", "memory: 64m", "SG-JSON-04", "before  { limit: 67108864 }"],
    ),
    (&["pids"], &["linux.resources.pids\n  = 32"]),
    (&["cpus"], &["linux.resources.cpu\n  = absent", "not given: cpus"]),
    (
        &["ulimit", "nofile"],
        &["RLIMIT_NOFILE", "before  {soft: 1048576, hard: 1048576} by SG-RLIM-04"],
    ),
    (&["user"], &["process.user.uid\n  = 1000", "container.user", "user: alice"]),
    (&["port", "8080"], &["container.ports", "portmappings: [\"8080:80\"]", "network_setup"]),
    (&["netns"], &["linux.namespaces[network]", "container.net_mode"]),
    (&["namespace", "net"], &["linux.namespaces[network]"]),
    (&["seccomp"], &["linux.seccomp\n", "SG-SECC-04"]),
    (&["apparmor"], &["process.apparmorProfile\n  = absent", "host.apparmor = false", "SG-APP-01"]),
    (&["device", "/dev/fuse"], &["linux.devices[/dev/fuse]\n  = absent", "not given: devices"]),
    (&["/etc/resolv.conf"], &["mounts[/etc/resolv.conf]", "LP-DNS-05"]),
    (&["file", "/etc/hosts"], &["mounts[/etc/hosts]", "write_file", "LP-HOSTS-06"]),
    (&["why is there no /etc/passwd?"], &["mounts[/etc/passwd]\n  = absent"]),
    (&["why", "is", "/proc/keys", "masked?"], &["linux.maskedPaths[/proc/keys]", "SG-MASK-01"]),
    (&["label", "maintainer"], &["container.labels[maintainer]", "SG-LBL-01"]),
    (&["hook", "x"], &["absent", "LP-HOOK-01"]),
    (&["step", "0"], &["plan[0:create_netns] (plan)", "LP-NET-11"]),
    (&["step", "netns"], &["plan[0:create_netns] (plan)"]),
    (&["plan[0]"], &["plan[0:create_netns] (plan)"]),
    (&["SG-ENV-08"], &["process.env[LANG] = "]),
    (&["host.rootless"], &["what has a cause in the fact host.rootless:", "linux.cgroupsPath"]),
    (&["portmappings"], &["container.ports"]),
    (&["hostname"], &["hostname\n  = \"www\"", "SG-HOST-02"]),
];

#[test]
fn questions_are_answered() {
    let dir = place("questions");
    for (words, wanted) in QUESTIONS {
        let told = explain(&dir, "web.yaml", words, 0);
        for part in *wanted {
            assert!(told.contains(part), "{words:?}: `{part}` is not in\n{told}");
        }
    }
}

#[test]
fn what_is_no_question_is_told_so() {
    let dir = place("unknown");
    for (words, wanted) in [
        (&["hostnmae"][..], "did you mean `hostname`?"),
        (&["foo"], "nothing is decided about `foo`"),
        (&["CAP_NET_ROW"], "there is no capability `CAP_NET_ROW`, did you mean `CAP_NET_RAW`?"),
        (&["step", "99"], "there is no step of the plan `99` among 0 to "),
        (&["warning", "W001"], "there is no warning"),
        (&["W001"], "`ocify explain W001` says what it means"),
        (&["E9999"], "there is no code or rule `E9999`: did you mean `E"),
    ] {
        let told = explain(&dir, "web.yaml", words, 2);
        assert!(told.contains(wanted), "{words:?}: `{wanted}` is not in\n{told}");
    }
    // Without a config a code is asked for.
    for (word, wanted) in [
        ("E9999", "there is no code or rule `E9999`: did you mean `E"),
        ("sg-evn-03", "did you mean `SG-ENV-03`?"),
        ("no.yaml", "cannot read `no.yaml`"),
    ] {
        let out = run(&dir, &["explain", word]);
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(out.status.code(), Some(2), "{told}");
        assert!(told.contains(wanted), "{told}");
    }
}

#[test]
fn what_a_network_leaves_out_is_told_with_the_line() {
    let dir = place("absent");
    fs::write(
        dir.join("none.yaml"),
        "image: localhost/web\nnetns: none\nunsetenv: [TERM]\nmask: [rel]\n",
    )
    .unwrap();
    for (words, wanted) in [
        (&["why is there no /etc/resolv.conf?"][..], &["absent", "LP-BM-14", "netns: none"][..]),
        (&["mount", "/etc/resolv.conf"], &["absent"]),
        (&["env", "TERM"], &["absent", "SG-ENV-06", "unsetenv: [TERM]"]),
        (&["namespace", "user"], &["absent", "SG-UNS-02"]),
        (&["W006"], &["(warning)", "SG-MASK-03", "mask: [rel]"]),
        (&["warning", "0"], &["warnings[0:W006]"]),
    ] {
        let told = explain(&dir, "none.yaml", words, 0);
        for part in wanted {
            assert!(told.contains(part), "{words:?}: `{part}` is not in\n{told}");
        }
    }
}

/// A pointer names what stands there in config.json.
#[test]
fn pointers_lead_where_they_lead_in_the_spec() {
    let dir = place("pointers");
    let out = run(&dir, &["compile", "web.yaml", "--facts", "host.json"]);
    let spec: Value = serde_json::from_slice(&out.stdout).unwrap();
    let mut asked = Vec::new();
    for list in [
        "/mounts",
        "/process/env",
        "/process/rlimits",
        "/linux/namespaces",
        "/linux/resources/devices",
    ] {
        let count = spec.pointer(list).unwrap().as_array().unwrap().len();
        asked.extend((0..count).map(|at| format!("{list}/{at}")));
    }
    asked.extend(
        ["/mounts/2/type", "/process/cwd", "/process/args/1", "/root/path"].map(String::from),
    );
    for pointer in asked {
        let told = json(&dir, &[&pointer]);
        assert_eq!(told.len(), 1, "{pointer}");
        assert_eq!(Some(&told[0]["value"]), spec.pointer(&pointer), "{pointer}: {}", told[0]);
        let rules = told[0]["rules"].as_array().unwrap();
        assert!(rules.iter().any(|rule| rule["id"] == told[0]["by"]), "{}", told[0]);
    }
}

#[test]
fn the_json_view_has_a_stable_form() {
    let dir = place("json");
    let all = json(&dir, &[]);
    assert!(all.len() > 150);
    for place in &all {
        let keys: Vec<&str> = place.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            ["aside", "by", "config", "facts", "kind", "place", "replaced", "rules", "value"]
        );
        assert!(
            ["spec", "absent", "stored", "plan", "warning"]
                .contains(&place["kind"].as_str().unwrap()),
            "{place}"
        );
        for field in place["config"].as_array().unwrap() {
            assert!(
                field["line"].is_null() == field["file"].is_null() && field["path"].is_string()
            );
        }
    }
    let memory = &json(&dir, &["memory"])[0];
    assert_eq!(memory["value"], serde_json::json!({ "limit": 67_108_864, "swap": 134_217_728 }));
    let line = memory["config"].as_array().unwrap().iter().find(|c| c["path"] == "memory").unwrap();
    assert_eq!(
        (&line["file"], &line["line"], &line["column"], &line["text"]),
        (&"web.yaml".into(), &16.into(), &1.into(), &"memory: 64m".into())
    );
    assert_eq!(memory["replaced"][0]["value"], "{ limit: 67108864 }");
    let absent = &json(&dir, &["env", "NOPE"])[0];
    assert_eq!((&absent["kind"], &absent["by"]), (&"absent".into(), &Value::Null));
    let sets = json(&dir, &["cap", "NET_RAW"]);
    assert_eq!(sets.len(), 5);
    assert!(sets.iter().all(|set| set["holds"] == false && set["capability"] == "CAP_NET_RAW"));
    let page = run(&dir, &["explain", "--json", "e0101"]);
    let page: Value = serde_json::from_slice(&page.stdout).unwrap();
    assert_eq!((&page["id"], &page["kind"]), (&"E0101".into(), &"code".into()));
}

#[test]
fn views_are_what_they_were() {
    let dir = place("views");
    snapshot("explain/web.overview", "All that is decided.", &explain(&dir, "web.yaml", &[], 0));
    let mut told = String::new();
    for words in
        [&["mounts[/tmp]"][..], &["memory"], &["cap", "NET_RAW"], &["env", "LAGN"], &["HOME"]]
    {
        writeln!(told, "$ ocify explain web.yaml {}", words.join(" ")).unwrap();
        told.push_str(&explain(&dir, "web.yaml", words, 0));
        told.push('\n');
    }
    snapshot("explain/web.places", "Some places in full.", &told);
    let full = explain(&dir, "web.yaml", &["--full"], 0);
    assert!(full.lines().count() > 1500 && full.contains("\nprocess.env[HOME]\n"));
}
