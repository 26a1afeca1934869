//! Podman agrees: its recorded cases, where they are at hand.

use crate::ground::{names, root, say, text};
use crate::held::same_form;
use crate::schema::{hold_against_oci, oci_schemas};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The directory of recorded cases: `OCIFY_ORACLE`, or `../shared/oracle` beside or above the crate.
fn oracle() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("OCIFY_ORACLE") {
        return Some(dir.into());
    }
    let above = root().ancestors().skip(1).map(|dir| dir.join("shared/oracle"));
    above.take(3).find(|dir| dir.join("recorded").is_dir())
}

/// Per cent of the recorded configs and refusals that have to agree.
const LEAST: &str = "99.0";

#[test]
fn podman_agrees_with_what_is_compiled() {
    let Some(oracle) = oracle() else {
        say("SKIP: no recorded cases of Podman; OCIFY_ORACLE names their directory");
        return;
    };
    // `cargo test` builds the examples beside its tests.
    let program = PathBuf::from(env!("CARGO_BIN_EXE_ocify")).with_file_name("examples/oracle");
    if !program.is_file() {
        say("SKIP: the example `oracle` is not built (cargo build --example oracle)");
        return;
    }
    let out = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("oracle");
    let recorded = oracle.join("recorded");
    let compiled = Command::new(&program).arg(&recorded).arg(&out).output().unwrap();
    say(&String::from_utf8_lossy(&compiled.stdout));
    assert!(compiled.status.success(), "{}", String::from_utf8_lossy(&compiled.stderr));
    let least = std::env::var("OCIFY_ORACLE_MIN").unwrap_or_else(|_| LEAST.to_owned());
    let judged = Command::new("python3")
        .arg(oracle.join("judge.py"))
        .args([&recorded, &out])
        .args(["--themes", "--show", "20", "--min", &least])
        .output();
    let judged = match judged {
        Ok(judged) => judged,
        Err(e) => return say(&format!("SKIP: python3 cannot be run to judge: {e}")),
    };
    say(&String::from_utf8_lossy(&judged.stdout));
    assert!(judged.status.success(), "fewer than {least} % agree");
    for (whose, dir) in [("recorded configs", &recorded), ("compiled configs", &out)] {
        fit_schema_and_crate(whose, dir, &recorded.join("blobs"));
    }
}

/// Law 3, for what Podman wrote and what we wrote alike: each config fits OCI's schema and comes back from the crate `oci-spec` as it was.
fn fit_schema_and_crate(whose: &str, dir: &Path, blobs: &Path) {
    let (mut specs, mut unknown, mut count) = (String::new(), 0_usize, 0_usize);
    for mode in names(dir).iter().filter(|mode| *mode != "blobs" && dir.join(mode).is_dir()) {
        for case in names(&dir.join(mode)) {
            let file = dir.join(mode).join(&case).join("config.json");
            if !file.is_file() {
                continue;
            }
            let mut spec: Value = serde_json::from_str(&text(&file)).unwrap();
            with_blobs(&mut spec, blobs);
            count += 1;
            writeln!(specs, "{mode}/{case}\t{spec}").unwrap();
            // A kind of limit, capability or action that the crate has no word for is refused by it, not by Podman.
            let Ok(typed) = serde_json::from_value::<oci_spec::runtime::Spec>(spec.clone()) else {
                unknown += 1;
                continue;
            };
            let mut typed = serde_json::to_value(&typed).unwrap();
            same_form(&mut typed);
            same_form(&mut spec);
            let differing = differing("", &spec, &typed);
            assert!(differing.is_empty(), "{whose}: {mode}/{case}: {differing:#?}");
        }
    }
    say(&format!("{count} {whose} round-trip, but for {unknown} with a word that oci-spec lacks"));
    match oci_schemas() {
        Some(schemas) => hold_against_oci(&schemas, whose, &specs),
        None => say("SKIP: no OCI schemas; OCIFY_OCI_SCHEMA names their directory"),
    }
}

/// Where two trees differ.
fn differing(at: &str, one: &Value, other: &Value) -> Vec<String> {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            let null = Value::Null;
            let inside = |map: &'_ Map<String, Value>, key: &String| {
                map.get(key).cloned().unwrap_or(null.clone())
            };
            keys.into_iter()
                .flat_map(|key| differing(&format!("{at}/{key}"), &inside(a, key), &inside(b, key)))
                .collect()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .flat_map(|(index, (a, b))| differing(&format!("{at}/{index}"), a, b))
            .collect(),
        _ if one == other => Vec::new(),
        _ => vec![format!("{at}: {one} became {other}")],
    }
}

/// Puts a recorded section in the place of each reference to it.
fn with_blobs(tree: &mut Value, blobs: &Path) {
    if let Some(Value::String(name)) = tree.get("$blob") {
        *tree = serde_json::from_str(&text(&blobs.join(format!("{name}.json")))).unwrap();
    }
    match tree {
        Value::Object(map) => map.values_mut().for_each(|inside| with_blobs(inside, blobs)),
        Value::Array(items) => items.iter_mut().for_each(|inside| with_blobs(inside, blobs)),
        _ => {}
    }
}
