//! `check`: what is found in specs and configs, with the features of real runtimes. A case is a directory of `fixtures/check`.

use crate::ground::{case, case_names, facts, host_json, json, merge, names, root, say, text};
use ocify::check::{Finding, FindingKind, Severity, Surroundings, runtime, security, spec};
use ocify::config::{Format, Parsing, parse_as};
use ocify::facts::RuntimeFeatures;
use ocify::text::Node;
use ocify::{Options, Profile, compile};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `about.toml`.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// What the case shows, as a sentence.
    shows: String,
    /// Recorded features, `fixtures/check/features/<name>.json`; `features.json` of the case or none without it.
    #[serde(default)]
    features: Option<String>,
    /// The host of a request.
    #[serde(default)]
    host: Option<String>,
}

fn fixtures() -> PathBuf {
    root().join("fixtures/check")
}

fn features(name: &str) -> RuntimeFeatures {
    read_features(&fixtures().join("features").join(format!("{name}.json")))
}

fn read_features(path: &Path) -> RuntimeFeatures {
    RuntimeFeatures::from_json(&text(path)).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn cases() -> Vec<String> {
    let is = |name: &String| fixtures().join(name).join("about.toml").is_file();
    names(&fixtures()).into_iter().filter(is).collect()
}

fn found(text: &str, features: Option<&RuntimeFeatures>, around: Surroundings) -> Vec<Finding> {
    let node = ocify::text::json(text).unwrap();
    let mut findings = spec(&node);
    findings.extend(security(&node));
    if let Some(features) = features {
        findings.extend(runtime(&node, features, around));
    }
    findings
}

fn compiled(request: &str, host: &str) -> String {
    let config = parse_as(request, Format::Yaml, Parsing::default()).unwrap();
    let facts = facts(host, &host_json(host));
    let out = compile(&config, &facts, &Options::default()).unwrap();
    String::from_utf8(out.to_json()).unwrap()
}

/// `OCIFY_UPDATE=1 cargo test check::` writes the findings anew, to be read.
#[test]
fn each_case_has_its_findings() {
    for name in cases() {
        let dir = fixtures().join(&name);
        let about: About = toml::from_str(&text(&dir.join("about.toml"))).unwrap();
        assert!(!about.shows.is_empty(), "{name}");
        let own = dir.join("features.json");
        let features = match &about.features {
            Some(recorded) => Some(features(recorded)),
            None => own.is_file().then(|| read_features(&own)),
        };
        let spec = match &about.host {
            Some(host) => compiled(&text(&dir.join("request.yaml")), host),
            None => text(&dir.join("spec.json")),
        };
        let mut now = String::new();
        for finding in found(&spec, features.as_ref(), Surroundings::default()) {
            let place = if finding.name.is_empty() { &finding.place } else { &finding.name };
            let (kind, message) = (finding.kind, &finding.message);
            let line = format!("{} {} {place}: {message}\n", kind.severity().word(), kind.code());
            now.push_str(&line);
        }
        let path = dir.join("expected.txt");
        if std::env::var_os("OCIFY_UPDATE").is_some() {
            fs::write(&path, &now).unwrap();
        }
        assert_eq!(now, text(&path), "{name}");
    }
}

/// One thing that is put into a spec that runs, with what the real runc 1.1.5 said of it.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    shows: String,
    patch: Value,
    /// Its words where it refused; nothing where it ran the container.
    runc: Option<String>,
    codes: Vec<String>,
}

/// Refusals that are the host's: the spec is not to blame.
const OF_THE_HOST: [&str; 2] = ["SELinux, the host has none", "whether it is loaded"];

#[test]
fn what_runc_refuses_is_found() {
    let rows: Vec<Row> = serde_json::from_str(&text(&fixtures().join("runc/rows.json"))).unwrap();
    let base = json(&fixtures().join("runc/base.json"));
    let features = features("runc-1.1.5");
    for row in &rows {
        let mut spec = base.clone();
        merge(&mut spec, row.patch.clone());
        let mut findings = found(&spec.to_string(), Some(&features), Surroundings::default());
        // What runc lets a container do is another thing than what it refuses.
        findings.retain(|finding| {
            !finding.kind.code().starts_with("SEC-")
                || matches!(finding.kind, FindingKind::HidesKernel | FindingKind::CwdOfProcess)
        });
        let mut codes: Vec<&str> = findings.iter().map(|finding| finding.kind.code()).collect();
        codes.sort_unstable();
        assert_eq!(codes, row.codes, "{}: {findings:#?}", row.shows);
        // Of the two that are warned of runc refuses the one only because of what is in this root, the other only where it is mended.
        let told = findings.iter().any(|finding| {
            finding.kind.severity() == Severity::Error
                || matches!(finding.kind, FindingKind::HidesKernel | FindingKind::CwdOfProcess)
        });
        let excused = OF_THE_HOST.iter().any(|words| row.shows.contains(words));
        assert!(row.runc.is_none() || told || excused, "{}: runc says {:?}", row.shows, row.runc);
    }
}

/// What is compiled is what Podman makes: nothing of it is an error, and runc 1.1.5 knows every word.
#[test]
fn what_is_compiled_is_clean() {
    let features = features("runc-1.1.5");
    let mut odd = BTreeSet::new();
    for name in case_names() {
        let case = case(&name);
        let options = Options { profile: case.profile() };
        let Ok(compiled) = compile(&case.config, &case.facts, &options) else { continue };
        let text = String::from_utf8(compiled.to_json()).unwrap();
        for finding in found(&text, Some(&features), Surroundings::default()) {
            // Podman 4.3.1 masks neither (HD-MASK-01).
            if finding.message == "open: `/proc/interrupts`, `/sys/devices/virtual/powercap`" {
                assert!(options.profile == Profile::Podman43, "{name}");
                continue;
            }
            odd.insert(format!("{name} {} {}", finding.kind.code(), finding.message));
        }
    }
    let wanted = text(&fixtures().join("compiled.txt"));
    let now: String = odd.into_iter().map(|line| line + "\n").collect();
    if std::env::var_os("OCIFY_UPDATE").is_some() {
        fs::write(fixtures().join("compiled.txt"), &now).unwrap();
    } else {
        assert_eq!(now, wanted);
    }
}

/// Every value of a spec in turn becomes something else: there is always an answer.
#[test]
fn no_spec_is_too_odd() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1),
        json!(18_446_744_073_709_551_615_u64),
        json!(1e300),
        json!(""),
        json!("ü[\u{0}.]"),
        json!([]),
        json!([null, [], {}]),
        json!({}),
        json!({"": {"": ""}}),
    ];
    let features = features("runc-1.1.5");
    for name in cases() {
        let path = fixtures().join(&name).join("spec.json");
        if !path.is_file() {
            continue;
        }
        let whole = json(&path);
        let mut places = Vec::new();
        pointers(&whole, String::new(), &mut places);
        for place in places {
            for value in &odd {
                let mut spec = whole.clone();
                *spec.pointer_mut(&place).unwrap() = value.clone();
                let _ = found(&spec.to_string(), Some(&features), Surroundings::default());
            }
        }
    }
}

fn pointers(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointers(item, format!("{at}/{index}"), into);
            }
        }
        Value::Object(entries) => {
            for (key, item) in entries {
                let key = key.replace('~', "~0").replace('/', "~1");
                pointers(item, format!("{at}/{key}"), into);
            }
        }
        _ => {}
    }
    into.push(at);
}

/// Many of everything: the time grows with the spec, not with its square.
#[test]
fn a_large_spec_is_read_in_time() {
    let mounts: Vec<Value> = (0..20_000)
        .map(|n| json!({ "destination": format!("/m{n}"), "type": "bind", "source": "/s", "options": ["rbind", "foo"] }))
        .collect();
    let spec = json!({ "ociVersion": "1.0.2", "root": { "path": "r" }, "mounts": mounts });
    let start = std::time::Instant::now();
    let found = found(&spec.to_string(), Some(&features("runc-1.1.5")), Surroundings::default());
    assert_eq!(found.iter().filter(|f| f.kind == FindingKind::OptionIgnored).count(), 20_000);
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn cgroups_are_held_against_the_host() {
    let features = |cgroup: &str| {
        RuntimeFeatures::from_json(&format!(r#"{{"linux": {{"cgroup": {cgroup}}}}}"#)).unwrap()
    };
    let slice = r#"{"linux": {"cgroupsPath": "user.slice:a:b"}}"#;
    let node: Node<'_> = ocify::text::json(slice).unwrap();
    let around = |cgroup_unified, rootless| Surroundings { cgroup_unified, rootless };
    for (cgroup, around, count) in [
        (r#"{"v1": true, "v2": false, "systemd": true}"#, around(Some(true), None), 1),
        (r#"{"v1": true, "v2": false, "systemd": true}"#, around(Some(false), None), 0),
        (r#"{"v1": false, "v2": true}"#, around(Some(false), None), 1),
        (r#"{"v1": false, "v2": false}"#, around(None, None), 0),
        (r#"{"systemd": false}"#, around(None, None), 1),
        (r#"{"systemd": true, "systemdUser": false}"#, around(None, Some(false)), 0),
        (r#"{"systemd": true, "systemdUser": false}"#, around(None, Some(true)), 1),
        ("{}", around(Some(true), Some(true)), 0),
    ] {
        let found = runtime(&node, &features(cgroup), around);
        assert_eq!(found.len(), count, "{cgroup} {around:?}: {found:?}");
        assert!(found.iter().all(|f| f.kind == FindingKind::CgroupRefused));
    }
}

/// Each code is shown by a case or a row.
#[test]
fn each_code_has_a_case() {
    let mut shown = text(&fixtures().join("runc/rows.json"));
    for name in cases() {
        shown.push_str(&text(&fixtures().join(name).join("expected.txt")));
    }
    for kind in FindingKind::ALL {
        assert!(shown.contains(kind.code()), "{} is shown by nothing", kind.code());
        let ours = matches!(kind.severity(), Severity::Error | Severity::Warning);
        assert!(ours && !kind.help().is_empty(), "{kind:?}");
    }
}

/// A directory of a test's own.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Calls `ocify check`: how it ends, and what it says.
fn check(dir: &Path, args: &[&str]) -> (Option<i32>, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_ocify"))
        .current_dir(dir)
        .arg("check")
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(out.stdout.is_empty(), "{}", String::from_utf8_lossy(&out.stdout));
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

#[test]
fn a_spec_is_told_of_under_its_lines() {
    let dir = place("spec");
    let runc = fixtures().join("features/runc-1.1.5.json");
    let runc = runc.to_str().unwrap();
    fs::copy(fixtures().join("idmap_ignored/spec.json"), dir.join("config.json")).unwrap();
    let (code, told) = check(&dir, &["config.json", "--features", runc]);
    assert_eq!(code, Some(0), "{told}");
    let first = "warning[C105]: the runtime does not know `idmap` and ignores it: `/a` is mounted without mapping\n  --> config.json:";
    assert!(told.contains(first), "{told}");
    assert!(told.contains("mounts[0].options[1]") && told.contains("= help: "), "{told}");
    // For programs: one object a line.
    let (_, lines) = check(&dir, &["--message-format", "json", "config.json", "--features", runc]);
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let last = lines.last().unwrap();
    assert_eq!((&last["code"], &last["level"]), (&json!("C105"), &json!("warning")));
    assert_eq!(last["places"][0]["path"], "mounts[3].uidMappings");
    // An error ends with 1, and is counted.
    fs::copy(fixtures().join("ids/spec.json"), dir.join("bad.json")).unwrap();
    let (code, told) = check(&dir, &["bad.json", "--features", runc]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.ends_with("error: 7 errors are found\n"), "{told}");
}

#[test]
fn a_config_is_told_of_with_its_reason() {
    let dir = place("config");
    fs::copy(fixtures().join("config_idmap/request.yaml"), dir.join("c.yaml")).unwrap();
    let mut record = host_json("cpus_96");
    fs::write(dir.join("unasked.json"), record.to_string()).unwrap();
    let features = json(&fixtures().join("features/runc-1.1.5.json"));
    merge(&mut record, json!({ "engine": { "runtime_features": features } }));
    fs::write(dir.join("host.json"), record.to_string()).unwrap();
    let (code, told) = check(&dir, &["c.yaml", "--facts", "host.json"]);
    assert_eq!(code, Some(1), "{told}");
    for part in
        ["error[C016]", "warning[C105]", "c.yaml:4:5", "= spec: mounts[/data]", "1 error is"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    // Facts that do not know the runtime: nothing is said about it, and that is said.
    let (code, told) = check(&dir, &["c.yaml", "--facts", "unasked.json"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(!told.contains("C105") && told.contains("was not asked"), "{told}");
    // What the compiler refuses is refused here.
    fs::write(dir.join("bad.yaml"), "comand: [a]\n").unwrap();
    let (code, told) = check(&dir, &["bad.yaml", "--facts", "host.json"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("did you mean `command`?"), "{told}");
}

#[test]
fn trouble_ends_with_2() {
    let dir = place("trouble");
    fs::copy(fixtures().join("oldest_version/spec.json"), dir.join("config.json")).unwrap();
    fs::write(dir.join("odd.json"), r#"{"hooks": 1}"#).unwrap();
    for (args, words) in [
        (&["nowhere.json"][..], "cannot read `nowhere.json`"),
        (&["config.json", "--features", "nowhere"], "cannot read `nowhere`"),
        (&["config.json", "--features", "odd.json"], "expected a list, found a number"),
        (&["config.json", "--runtime", "/nowhere/runtime"], "is no runtime of this host"),
    ] {
        let (code, told) = check(&dir, args);
        assert_eq!(code, Some(2), "{args:?} {told}");
        assert!(told.contains(words), "{args:?} {told}");
    }
    // A runtime without the command is none: a note, and the rest.
    let program = dir.join("runtime");
    fs::write(&program, "#!/bin/sh\nexit 1\n").unwrap();
    fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let (code, told) = check(&dir, &["config.json", "--runtime", program.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{told}");
    assert!(told.starts_with("note: ") && told.contains("has no command `features`"), "{told}");
}

/// The installed runc, where it has the command: what was recorded is what it says today.
#[test]
fn the_installed_runc_is_asked() {
    let asked = Command::new("runc").arg("features").stdin(Stdio::null()).output();
    if !asked.is_ok_and(|out| out.status.success()) {
        return say("SKIP: no runc with a command `features`");
    }
    let dir = place("installed");
    fs::copy(fixtures().join("oldest_version/spec.json"), dir.join("config.json")).unwrap();
    let (code, told) = check(&dir, &["config.json", "--runtime", "runc"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("C101"), "{told}");
}
