//! Podman agrees: its recorded cases, where they are at hand.

use crate::ground::{root, say};
use std::path::PathBuf;
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
}
