//! `diff` and `matrix`: what they write, and how they end.

use crate::ground::{host_json, json, merge, root, text};
use crate::program::{ends, lines, ocify, said};
use crate::shots::snapshot;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A directory of a test's own: the web server, another one, and some hosts.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cli_diff").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(dir.join("hosts")).unwrap();
    let web = text(&root().join("examples/web.yaml"));
    fs::write(dir.join("web.yaml"), &web).unwrap();
    let new = web.replace("/www:ro", "/www:rw").replace("[ALL]", "[NET_RAW]");
    fs::write(dir.join("new.yaml"), new).unwrap();
    for host in ["rhel8_root_v1", "fedora_rootless_v2", "split_subids"] {
        let mut record = host_json(host);
        merge(&mut record, json(&root().join("fixtures/hosts/shared/web.json")));
        fs::write(dir.join(format!("hosts/{host}.json")), record.to_string()).unwrap();
        if host == "rhel8_root_v1" {
            // The same host, another container.
            let (old, new) = ("3f1c0a9be2d84576", "0123456789abcdef");
            let other = record.to_string().replace(old, new);
            fs::write(dir.join("hosts/rhel8_again.json"), other).unwrap();
        }
    }
    dir
}

const A: &str = "hosts/rhel8_root_v1.json";
const B: &str = "hosts/fedora_rootless_v2.json";

#[test]
fn two_hosts_are_compared_with_the_facts_to_blame() {
    let dir = place("hosts");
    let hosts = ["diff", "web.yaml", "--facts", A, "--facts", B];
    let out = ocify(&dir, &[&hosts[..], &["--same-container"]].concat());
    ends(&out, 1);
    snapshot("compare/two_hosts.diff", "Two hosts, one container.", &said(&out));
    ends(&ocify(&dir, &["diff", "web.yaml", "--facts", A, "--facts", A]), 0);
    let again = ["diff", "web.yaml", "--facts", A, "--facts", "hosts/rhel8_again.json", "--plan"];
    ends(&ocify(&dir, &again), 1);
    let out = ocify(&dir, &[&again[..], &["--same-container"]].concat());
    ends(&out, 0);
    assert_eq!(said(&out), "no difference\n");
}

#[test]
fn two_configs_are_compared_with_the_lines_to_blame() {
    let dir = place("configs");
    let out = ocify(&dir, &["diff", "web.yaml", "new.yaml", "--facts", B]);
    ends(&out, 1);
    snapshot("compare/two_configs.diff", "Two configs, one host.", &said(&out));
    let out =
        ocify(&dir, &["--message-format", "json", "diff", "web.yaml", "new.yaml", "--facts", B]);
    ends(&out, 1);
    let mount = lines(&out).into_iter().find(|line| line["place"] == "mounts[/www]").unwrap();
    assert_eq!(mount["before"], serde_json::json!({ "options": ["ro"] }));
    assert_eq!(mount["after"], serde_json::json!({ "options": ["rw"] }));
    let blame = &mount["blame"][0];
    assert_eq!(
        (&blame["kind"], &blame["name"], &blame["file"], &blame["line"]),
        (&"config".into(), &"mounts[1]".into(), &"new.yaml".into(), &10.into())
    );
}

#[test]
fn trouble_is_no_difference() {
    let dir = place("trouble");
    fs::write(dir.join("bad.yaml"), "rootfs: /srv\nhostnmae: x\n").unwrap();
    for args in [
        &["diff", "web.yaml"][..],
        &["diff", "web.yaml", "--facts", A],
        &["diff", "web.yaml", "new.yaml", "--facts", A, "--facts", B],
        &["diff", "bad.yaml", "new.yaml", "--facts", A],
        &["diff", "-", "-", "--facts", A],
        &["diff", "web.yaml", "--facts", A, "--facts", "web.yaml"],
        &["matrix", "web.yaml", "--facts-dir", "nowhere"],
        &["matrix", "bad.yaml", "--facts-dir", "hosts"],
        &["matrix", "web.yaml"],
    ] {
        ends(&ocify(&dir, args), 2);
    }
}

/// The places that are told are places to ask about.
#[test]
fn explain_knows_the_places_of_a_difference() {
    let dir = place("explain");
    let args = ["--message-format", "json", "diff", "web.yaml", "--facts", A, "--facts", B];
    for line in lines(&ocify(&dir, &[&args[..], &["--plan"]].concat())) {
        assert_eq!(line["unexplained"], false, "{line}");
        let host = if line["after"].is_null() { A } else { B };
        let place = line["place"].as_str().unwrap();
        let words: Vec<&str> = match place.split_once(' ') {
            Some(("cap", name)) => vec!["cap", name],
            _ => vec![place],
        };
        let args = [&["explain", "web.yaml"], &words[..], &["--facts", host]].concat();
        ends(&ocify(&dir, &args), 0);
    }
}

#[test]
fn hosts_are_grouped_by_what_comes_of_a_config() {
    let dir = place("matrix");
    let out = ocify(&dir, &["matrix", "web.yaml", "--facts-dir", "hosts"]);
    ends(&out, 0);
    snapshot("compare/hosts.matrix", "Hosts grouped by outcome.", &said(&out));
    let out =
        ocify(&dir, &["--message-format", "json", "matrix", "web.yaml", "--facts-dir", "hosts"]);
    ends(&out, 0);
    let lines = lines(&out);
    assert_eq!(lines[0]["hosts"], serde_json::json!(["rhel8_again", "rhel8_root_v1"]));
    let hosts: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["hosts"].as_array())
        .flatten()
        .map(|host| host.as_str().unwrap())
        .collect();
    assert_eq!(hosts.len(), 4);
    assert_eq!(lines.last().unwrap()["against"], 1);
}
