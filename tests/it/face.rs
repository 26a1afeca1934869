//! The library's face: what is public is listed, what may grow says so, and what a dependency asks of Rust is no more than is promised.

use crate::ground::{names, root, text};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The library's sources with the parts that are compiled into it, in order: without tests, and without the program.
fn library() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut todo = vec![src.clone()];
    let mut found = Vec::new();
    while let Some(dir) = todo.pop() {
        for name in names(&dir) {
            let path = dir.join(&name);
            let short = path.strip_prefix(&src).unwrap().display().to_string();
            if path.is_dir() && short != "cli" {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") && short != "main.rs" {
                let code = text(&path);
                let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
                found.push((short, code.to_owned()));
            }
        }
    }
    found.sort();
    found
}

const KINDS: [&str; 8] = ["fn", "const", "struct", "enum", "trait", "type", "mod", "use"];

/// What a line makes public. As nothing is `pub` that cannot be reached (a lint sees to it), this is the face.
fn made_public(line: &str) -> Option<&str> {
    let item = line.trim_start().strip_prefix("pub ")?;
    let item = item.strip_prefix("const fn").map_or(item, |_| item.trim_start_matches("const "));
    let kind = item.split(' ').next()?;
    // A name of a macro's making stands in the list once for all that it makes.
    (KINDS.contains(&kind))
        .then(|| item.split(['(', '{', ';', '=', ':']).next().unwrap().trim_end())
}

/// `OCIFY_UPDATE=1 cargo test public` writes it anew.
#[test]
fn what_is_public_is_listed() {
    let mut list = String::new();
    for (path, code) in library() {
        let items: BTreeSet<&str> = code
            .lines()
            .filter_map(made_public)
            .filter(|item| !item.starts_with("use") && !item.starts_with("mod"))
            .map(|item| item.split('<').next().unwrap())
            .collect();
        for item in items {
            writeln!(list, "{path}: {item}").unwrap();
        }
    }
    let file = root().join("tests/it/public_api.txt");
    if std::env::var_os("OCIFY_UPDATE").is_some() {
        fs::write(&file, &list).unwrap();
    }
    let kept = text(&file);
    let (before, after): (BTreeSet<&str>, BTreeSet<&str>) =
        (kept.lines().collect(), list.lines().collect());
    let gone: Vec<_> = before.difference(&after).collect();
    let new: Vec<_> = after.difference(&before).collect();
    assert!(
        gone.is_empty() && new.is_empty(),
        "public no more: {gone:#?}\nnew: {new:#?}\nmeant so? OCIFY_UPDATE=1 cargo test public"
    );
}

/// An error's kinds grow: who matches them says what becomes of a new one.
#[test]
fn errors_are_not_exhaustive() {
    let mut errors = 0;
    for (path, code) in library() {
        let mut before = "";
        for line in code.lines() {
            if let Some(item) = made_public(line).and_then(|item| item.strip_prefix("enum "))
                && (item.ends_with("Error")
                    || ["Problem", "WarningKind", "FindingKind"].contains(&item))
            {
                errors += 1;
                assert_eq!(before.trim(), "#[non_exhaustive]", "{path}: {item}");
            }
            before = line;
        }
    }
    assert!(errors > 30, "{errors}");
}

/// The version of Rust that `Cargo.toml` promises, as (major, minor).
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().unwrap());
    (numbers.next().unwrap(), numbers.next().unwrap_or(0))
}

/// The gate builds with that very version where it can be had; this holds everywhere.
#[test]
fn no_dependency_asks_for_a_newer_rust_than_is_promised() {
    let out = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let all: Value = serde_json::from_slice(&out.stdout).unwrap();
    let packages = all["packages"].as_array().unwrap();
    let asks = |package: &Value| package["rust_version"].as_str().map(version);
    let ours = packages.iter().find(|package| package["name"] == "ocify").unwrap();
    let promised = asks(ours).unwrap();
    assert!(
        text(&root().join("README.md")).contains(&format!("Rust {}.{}", promised.0, promised.1))
    );
    assert!(
        text(Path::new(&root().join("src/lib.rs")))
            .contains(&format!("Rust {}.{}", promised.0, promised.1))
    );
    for package in packages {
        assert!(asks(package).is_none_or(|asked| asked <= promised), "{}", package["name"]);
    }
}
