//! What people get wrong: each message names the place and says what to do.

use crate::ground::{names, root};
use crate::shots::{each, snapshot};
use std::path::Path;
use std::process::Command;

/// The files of `fixtures/bad`: configs, and facts records that begin with `facts_`.
fn bad() -> Vec<String> {
    let files = names(&root().join("fixtures/bad"));
    files.into_iter().filter(|name| is_input(name)).collect()
}

pub(crate) fn is_input(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|e| e == "yaml" || e == "json")
}

#[test]
fn every_bad_input_is_told_where_and_what_to_do() {
    each(&bad(), |name| {
        let facts = name.starts_with("facts_");
        let args =
            if facts { ["good.yml", "--facts", name] } else { [name, "--facts", "host.jsn"] };
        let out = Command::new(env!("CARGO_BIN_EXE_ocify"))
            .current_dir(root().join("fixtures/bad"))
            .arg("compile")
            .args(args)
            .output()
            .unwrap();
        let told = String::from_utf8(out.stderr).unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), "", "{name}: something was written");
        assert_eq!(out.status.code(), Some(if facts { 2 } else { 1 }), "{name}: {told}");
        assert!(told.contains("error[E0"), "{name}: no code in\n{told}");
        assert!(told.contains(name), "{name}: the file is not named in\n{told}");
        assert!(told.contains("= help: "), "{name}: nothing says what to do in\n{told}");
        snapshot(&format!("bad/{name}.refused"), "", &told);
    });
}

#[test]
fn there_are_many_of_them() {
    assert!(bad().len() >= 30, "{}", bad().len());
}
