//! Slips of the hand: each refusal says what was probably meant, and the replacement that is told mends it.

use crate::ground::{json, merge, root};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The config's other lines, for those that the row does not set.
const REST: [(&str, &str); 3] =
    [("rootfs", "/srv/www"), ("command", "[/bin/sh]"), ("netns", "none")];

fn place() -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("typos");
    fs::create_dir_all(&dir).unwrap();
    let mut facts = json(&root().join("fixtures/bad/host.jsn"));
    // Other containers than those that were asked for in vain, and the options of a rootless user.
    let more = serde_json::json!({
        "containers": { "db": { "id": "d".repeat(64), "name": "db", "state": "running", "pid": 7 } },
        "pods": { "shop": { "id": "e".repeat(64), "name": "shop" } },
        "paths": { "/usr/share/zoneinfo/Europe/Paris": { "kind": "file" } },
    });
    merge(&mut facts, more);
    fs::write(dir.join("host.json"), facts.to_string()).unwrap();
    facts["host"]["rootless"] = true.into();
    facts["host"]["sub_uids"] = serde_json::json!([65536]);
    facts["host"]["sub_gids"] = serde_json::json!([65536]);
    fs::write(dir.join("rootless.json"), facts.to_string()).unwrap();
    dir
}

fn first_message(dir: &Path, text: &str) -> Value {
    fs::write(dir.join("typo.yaml"), text).unwrap();
    let facts = if text.contains("keep-id:") { "rootless.json" } else { "host.json" };
    let out = Command::new(env!("CARGO_BIN_EXE_ocify"))
        .current_dir(dir)
        .args(["compile", "typo.yaml", "--facts", facts, "--message-format", "json"])
        .output()
        .unwrap();
    let told = String::from_utf8(out.stderr).unwrap();
    let mut lines = told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.find(|line| line["level"] == "error").unwrap_or_default()
}

fn config(lines: &str) -> String {
    let given: Vec<&str> = lines.split("; ").collect();
    let left = REST
        .iter()
        .filter(|(key, _)| !given.iter().any(|line| line.split(':').next() == Some(key)));
    let rest: Vec<String> = left.map(|(key, value)| format!("{key}: {value}")).collect();
    rest.iter().map(String::as_str).chain(given).collect::<Vec<_>>().join("\n") + "\n"
}

fn mended(text: &str, fix: &Value) -> String {
    let number = |key: &str| usize::try_from(fix[key].as_u64().unwrap()).unwrap() - 1;
    let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
    let row = &mut rows[number("line")];
    let at = row.char_indices().nth(number("column")).unwrap().0;
    let (replace, with) = (fix["replace"].as_str().unwrap(), fix["with"].as_str().unwrap());
    assert!(row[at..].starts_with(replace), "{fix} does not stand in {row}");
    row.replace_range(at..at + replace.len(), with);
    rows.join("\n") + "\n"
}

#[test]
fn what_was_meant_is_told_and_mends_the_config() {
    let dir = place();
    let table = fs::read_to_string(root().join("fixtures/bad/typos.tsv")).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let cells: Vec<&str> = row.split('\t').collect();
        let [lines, code, word, meant] = cells[..] else { panic!("{row}") };
        count += 1;
        let text = config(lines);
        let message = first_message(&dir, &text);
        let told = format!("{} {}", message["message"], message["help"]);
        if message["code"] != code || !told.contains(&format!("did you mean `{meant}`?")) {
            wrong.push(format!("{lines}: {message}"));
            continue;
        }
        if word.starts_with('~') {
            assert_eq!(message["fix"], Value::Null, "{lines}");
            continue;
        }
        let fix = &message["fix"];
        if fix["replace"] != word || fix["with"] != meant {
            wrong.push(format!("{lines}: {fix} of {message}"));
            continue;
        }
        let again = first_message(&dir, &mended(&text, fix));
        if again["message"] == message["message"] {
            wrong.push(format!("{lines}: mended, and still {again}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 60, "{count}");
}
