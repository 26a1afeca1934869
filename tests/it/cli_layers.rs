//! Layers on the command line: what is said names the file that a value came from.

use crate::ground::{host_json, json, merge, root, text};
use crate::program::{ends, lines, ocify, said, told};
use crate::shots::snapshot;
use std::fs;
use std::path::{Path, PathBuf};

const PROD: &str = "\
# What is different in production.
env: {LEVEL: warn}
volumes:
  - kept:/tmp
cap_add: [NET_BIND_SERVICE]
memory: 128m
";

fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli_layers").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    fs::write(dir.join("base.yaml"), text(&root().join("examples/web.yaml"))).unwrap();
    fs::write(dir.join("prod.yaml"), PROD).unwrap();
    let mut facts = host_json("rhel8_root_v1");
    merge(&mut facts, json(&root().join("fixtures/hosts/shared/web.json")));
    let kept =
        r#"{"volumes": {"kept": {"exists": true, "driver": "local", "mountpoint": "/v/kept"}}}"#;
    merge(&mut facts, serde_json::from_str(kept).unwrap());
    fs::write(dir.join("host.json"), facts.to_string()).unwrap();
    dir
}

const BOTH: [&str; 6] = ["-f", "base.yaml", "-f", "prod.yaml", "--facts", "host.json"];

#[test]
fn layers_are_one_config_and_every_reason_names_its_file() {
    let dir = place("one");
    let run = |before: &[&str], after: &[&str]| ocify(&dir, &[before, &BOTH, after].concat());
    let spec = run(&["compile"], &[]);
    ends(&spec, 0);
    for says in ["\"LEVEL=warn\"", "\"/v/kept\"", "134217728", "CAP_NET_BIND_SERVICE"] {
        assert!(said(&spec).contains(says), "{says}: {}", said(&spec));
    }
    assert!(!said(&spec).contains("size=16m"), "the tmpfs is still there");
    for (place, origin) in [
        ("mounts[/tmp]", "(prod.yaml:4:5)"),
        ("mounts[/www]", "(base.yaml:10:5)"),
        ("process.env[LEVEL]", "(prod.yaml:2:7)"),
        ("linux.resources.memory", "(prod.yaml:6:1)"),
        ("process.capabilities.bounding", "(prod.yaml:5:1)"),
    ] {
        let out = run(&["explain"], &[place]);
        ends(&out, 0);
        assert!(said(&out).contains(origin), "{place}: {}", said(&out));
    }
    ends(&run(&["check", "--features", "host.json"], &[]), 2);
    ends(&run(&["plan"], &[]), 0);
    ends(&run(&["facts"], &[]), 0);
}

#[test]
fn what_a_layer_changes_is_a_difference() {
    let dir = place("changes");
    let out = ocify(&dir, &[&["diff", "base.yaml"], &BOTH[..]].concat());
    ends(&out, 1);
    snapshot("layers/changes.diff", "What the second layer changes.", &said(&out));
    let json = [&["diff", "base.yaml", "--message-format", "json"], &BOTH[..]].concat();
    let all = lines(&ocify(&dir, &json));
    let level = all.iter().find(|line| line["place"] == "process.env[LEVEL]").unwrap();
    assert_eq!(level["blame"][0]["file"], "prod.yaml");
    assert_eq!((&level["blame"][0]["line"], &level["blame"][0]["column"]), (&2.into(), &7.into()));
}

#[test]
fn a_refusal_shows_each_layer_that_has_a_part_in_it() {
    let dir = place("refused");
    fs::write(dir.join("prod.yaml"), "memory: 1g\ncap_add: [CHOWN]\n").unwrap();
    fs::write(
        dir.join("base.yaml"),
        "rootfs: /srv\ncommand: [a]\nnetns: none\ncap_drop: [CHOWN]\n",
    )
    .unwrap();
    let out = ocify(&dir, &[&["compile"], &BOTH[..]].concat());
    ends(&out, 1);
    snapshot("layers/refused", "One word is in one layer, one in the other.", &told(&out));
    let json = [&["compile", "--message-format", "json"], &BOTH[..]].concat();
    let first = told(&ocify(&dir, &json)).lines().next().unwrap().to_owned();
    let message: serde_json::Value = serde_json::from_str(&first).unwrap();
    let files: Vec<&str> =
        message["places"].as_array().unwrap().iter().map(|p| p["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["prod.yaml", "base.yaml"]);
    // Mistakes are those of each file.
    fs::write(dir.join("base.yaml"), "comand: [a]\n").unwrap();
    fs::write(dir.join("prod.yaml"), "memory: lots\n").unwrap();
    let out = ocify(&dir, &[&["compile"], &BOTH[..]].concat());
    ends(&out, 1);
    snapshot("layers/mistakes", "Each layer's mistakes at once.", &told(&out));
}

#[test]
fn a_config_and_layers_are_not_given_together() {
    let dir = place("usage");
    ends(&ocify(&dir, &[&["compile", "base.yaml"], &BOTH[..]].concat()), 2);
    ends(&ocify(&dir, &["compile"]), 2);
    ends(&ocify(&dir, &["compile", "-f", "-", "-f", "-"]), 2);
    let missing = ocify(&dir, &["compile", "-f", "base.yaml", "-f", "none.yaml"]);
    ends(&missing, 2);
    assert!(told(&missing).contains("none.yaml"));
}
