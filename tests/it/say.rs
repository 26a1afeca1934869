//! What the program says: to people in colours or not, to programs one object a line, to a terminal how far it is.

use crate::ground::{host_json, json, merge, root};
use ocify::schema::{SchemaName, schema};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const OCIFY: &str = env!("CARGO_BIN_EXE_ocify");

/// A directory of a test's own, with configs that are refused, warned of and misspelt.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("say").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("hosts")).unwrap();
    let mut host = host_json("fedora_rootless_v2");
    merge(&mut host, json(&root().join("fixtures/hosts/shared/web.json")));
    fs::write(dir.join("host.json"), host.to_string()).unwrap();
    fs::write(dir.join("hosts/a.json"), host.to_string()).unwrap();
    fs::write(dir.join("hosts/b.json"), host.to_string()).unwrap();
    let base = "rootfs: /srv/www\ncommand: [sh]\n";
    let files = [
        ("good.yaml", format!("{base}netns: none\n")),
        ("refused.yaml", format!("{base}netns: none\nrestart_policy: alway\n")),
        ("warned.yaml", format!("{base}netns: host\nportmappings: ['8080:80']\n")),
        ("key.yaml", format!("{base}netns: none\nhostnmae: x\n")),
        ("syntax.yaml", format!("{base}netns: [none\n")),
        ("broken.json", "{\"format_version\": \"1.0\", \"host\": {\"rootles\": 1}}".to_owned()),
        ("spec.json", r#"{"ociVersion": "1.0.2", "root": {"path": "r"}, "process": {"cwd": "x", "args": ["a"]}}"#.to_owned()),
        ("bad.conf", "[containers]\npids_limit = 'many'\n".to_owned()),
        ("features.json", "{\"hooks\": 1}".to_owned()),
    ];
    for (name, text) in files {
        fs::write(dir.join(name), text).unwrap();
    }
    dir
}

fn ocify(dir: &Path, args: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(OCIFY);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command.current_dir(dir).args(args).envs(environment.iter().copied()).output().unwrap()
}

fn told(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

#[test]
fn every_kind_of_message_is_one_object_of_the_schema() {
    let dir = place("json");
    let schema = schema(SchemaName::Message);
    let keys: Vec<&String> = schema.as_value()["properties"].as_object().unwrap().keys().collect();
    for (what, args, code, exit) in [
        ("a refusal", &["compile", "refused.yaml", "--facts", "host.json"][..], "E0937", 1),
        ("a mistake", &["compile", "key.yaml", "--facts", "host.json"], "E0002", 1),
        ("no YAML", &["compile", "syntax.yaml", "--facts", "host.json"], "E0001", 1),
        ("a warning", &["compile", "warned.yaml", "--facts", "host.json"], "W001", 0),
        ("a mistake in facts", &["compile", "good.yaml", "--facts", "broken.json"], "E0002", 2),
        (
            "one in facts of diff",
            &["diff", "good.yaml", "--facts", "host.json", "--facts", "broken.json"],
            "E0002",
            2,
        ),
        ("one in features", &["check", "spec.json", "--features", "features.json"], "E0005", 2),
        (
            "one in containers.conf",
            &["plan", "good.yaml", "--containers-conf", "bad.conf"],
            "E0005",
            2,
        ),
        ("a finding", &["check", "spec.json", "--facts", "host.json"], "C004", 1),
        ("a file that is not there", &["compile", "nope.yaml"], "", 2),
        ("a command line", &["compile"], "", 2),
        ("another", &["compile", "good.yaml", "--profil", "x"], "", 2),
        ("no such container", &["start", "nobody", "--state-dir", "none"], "", 2),
    ] {
        let out = ocify(&dir, &[&["--message-format", "json"], args].concat(), &[]);
        assert_eq!(out.status.code(), Some(exit), "{what}: {}", told(&out));
        let mut found = false;
        for line in told(&out).lines() {
            let message: Value =
                serde_json::from_str(line).unwrap_or_else(|e| panic!("{what}: {e}: {line}"));
            let mut own: Vec<&String> = message.as_object().unwrap().keys().collect();
            own.sort();
            assert_eq!(own, keys, "{what}: {line}");
            assert!(
                ["error", "warning", "note"].contains(&message["level"].as_str().unwrap()),
                "{line}"
            );
            assert!(!message["message"].as_str().unwrap().contains('\n'), "{line}");
            let this = message["code"].as_str().unwrap_or_default();
            found |=
                if code.is_empty() { message["level"] == "error" } else { this.starts_with(code) };
            if !this.is_empty() {
                assert!(message["file"].is_string(), "{what}: {line}");
            }
        }
        assert!(found, "{what}: no {code} in {}", told(&out));
    }
}

#[test]
fn an_object_has_the_place_its_end_the_causes_and_the_replacement() {
    let dir = place("object");
    let args = ["compile", "refused.yaml", "--facts", "host.json", "--message-format=json"];
    let out = ocify(&dir, &args, &[]);
    let message: Value = serde_json::from_str(told(&out).lines().next().unwrap()).unwrap();
    assert_eq!(message["line"], 4);
    assert_eq!(message["column"], 1);
    assert_eq!(message["end"], serde_json::json!({ "line": 4, "column": 22 }));
    assert_eq!(message["path"], "restart_policy");
    assert_eq!(message["rules"], serde_json::json!(["SG-LIB-06"]), "{message}");
    assert_eq!(message["causes"][0]["kind"], "rule");
    let fix = serde_json::json!({ "file": "refused.yaml", "line": 4, "column": 17, "replace": "alway", "with": "always" });
    assert_eq!(message["fix"], fix);
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let dir = place("colour");
    let args = ["compile", "refused.yaml", "--facts", "host.json"];
    let always = ["compile", "refused.yaml", "--facts", "host.json", "--color", "always"];
    for (args, environment, coloured) in [
        (&args[..], &[][..], false),
        (&args, &[("CLICOLOR_FORCE", "1")], true),
        (&args, &[("CLICOLOR_FORCE", "0")], false),
        (&args, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&args, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")], true),
        (&always, &[("NO_COLOR", "1")], true),
        (&always, &[("TERM", "dumb")], true),
    ] {
        let out = ocify(&dir, args, environment);
        assert_eq!(told(&out).contains("\u{1b}["), coloured, "{environment:?}: {}", told(&out));
    }
    for (environment, more, coloured) in [
        ("TERM=xterm", "", true),
        ("TERM=dumb", "", false),
        ("TERM=xterm NO_COLOR=1", "", false),
        ("TERM=xterm NO_COLOR=", "", true),
        ("TERM=xterm", "--color never", false),
        ("TERM=xterm", "--message-format json", false),
    ] {
        let line = format!("{environment} {OCIFY} compile refused.yaml --facts host.json {more}");
        if let Some(shown) = on_terminal(&dir, &line, 100) {
            assert_eq!(shown.contains("\u{1b}["), coloured, "{line}: {shown:?}");
        }
    }
}

/// What a terminal of so many columns gets; nothing where there is no program that plays one.
fn on_terminal(dir: &Path, line: &str, columns: u32) -> Option<String> {
    let line = format!("stty cols {columns} 2>/dev/null; {line}");
    let out = Command::new("script")
        .args(["-qec", &line, "/dev/null"])
        .env_remove("NO_COLOR")
        .env_remove("CLICOLOR_FORCE")
        .current_dir(dir)
        .output();
    match out {
        Ok(out) => Some(String::from_utf8_lossy(&out.stdout).into_owned()),
        Err(e) => {
            crate::ground::say(&format!("SKIP: `script` cannot be run: {e}"));
            None
        }
    }
}

#[test]
fn progress_is_shown_on_a_terminal_and_taken_away() {
    let dir = place("progress");
    let matrix = format!("TERM=xterm {OCIFY} matrix good.yaml --facts-dir hosts");
    let Some(shown) = on_terminal(&dir, &matrix, 60) else { return };
    assert!(shown.contains("\r\u{1b}[2Kreading facts 2/2: b"), "{shown:?}");
    assert!(shown.contains("\r\u{1b}[2Kcompiling for 2 hosts"), "{shown:?}");
    // The table begins on a line of its own.
    let last = shown.rfind("\r\u{1b}[2K").unwrap();
    assert!(shown[last..].starts_with("\r\u{1b}[2KGROUP"), "{shown:?}");
    for more in ["--quiet", "--message-format json", "2>/dev/null"] {
        let shown = on_terminal(&dir, &format!("{matrix} {more}"), 60).unwrap();
        assert!(!shown.contains("\u{1b}[2K"), "{more}: {shown:?}");
    }
    let out = ocify(&dir, &["matrix", "good.yaml", "--facts-dir", "hosts"], &[("TERM", "xterm")]);
    assert_eq!(told(&out), "");
    // A message in between takes the line away first.
    fs::write(dir.join("hosts/c.json"), "{").unwrap();
    fs::write(dir.join("hosts/d.json"), "[]").unwrap();
    let shown = on_terminal(&dir, &format!("{matrix} --color never"), 60).unwrap();
    assert!(shown.contains("\r\u{1b}[2Kerror[E0001]"), "{shown:?}");
    // All broken records are named.
    assert!(shown.contains("hosts/c.json:1:1") && shown.contains("hosts/d.json:1:"), "{shown:?}");
}

#[test]
fn wide_lines_are_cut_to_the_terminal_and_the_caret_stays_in_place() {
    let dir = place("wide");
    let long = format!("env: {{A: \"{}\", B: '日本'}}\trestart_policy: x\n", "y".repeat(400));
    let flow = format!(
        "---\n{{rootfs: /srv/www, command: [sh], netns: none, labels: {{a: \"{}\"}}, restart_policy: alway}}\n",
        "語".repeat(150)
    );
    fs::write(dir.join("flow.yaml"), &flow).unwrap();
    fs::write(dir.join("long.yaml"), long).unwrap();
    let line = format!("TERM=xterm {OCIFY} compile flow.yaml --facts host.json --color never");
    let Some(shown) = on_terminal(&dir, &line, 70) else { return };
    let snippet: Vec<&str> =
        shown.lines().skip_while(|line| !line.contains("| ")).take(2).collect();
    assert!(snippet[0].contains("restart_policy: alway"), "{shown}");
    // Two columns for each wide character, one for any other.
    let columns =
        |text: &str| text.chars().map(|c| if c > '\u{2fff}' { 2 } else { 1 }).sum::<usize>();
    assert!(columns(snippet[0].trim_end()) <= 75, "{} {shown}", columns(snippet[0]));
    let at = columns(&snippet[0][..snippet[0].find("restart_policy").unwrap()]);
    assert_eq!(snippet[1].find('^').unwrap(), at, "{shown}");
}

#[test]
fn nothing_of_a_file_steers_the_terminal() {
    let dir = place("control");
    let odd = "rootfs: /srv/www\ncommand: [sh]\nnetns: \"ho\\u001b[31m\\u009bst\"\n\"host\u{202e}name\": \"\u{9b}2J\"\n";
    fs::write(dir.join("odd\u{202e}.yaml"), odd).unwrap();
    for format in ["human", "json"] {
        let args =
            ["compile", "odd\u{202e}.yaml", "--facts", "host.json", "--message-format", format];
        let out = ocify(&dir, &args, &[]);
        assert_eq!(out.status.code(), Some(1));
        let steers = |c: &char| (c.is_control() && !matches!(c, '\n' | '\t')) || *c == '\u{202e}';
        assert_eq!(told(&out).chars().find(steers), None, "{:?}", told(&out));
    }
}
