//! Runs the program in a directory, and looks at what it says.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program with some arguments.
pub(crate) fn ocify(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocify")).current_dir(dir).args(args).output().unwrap()
}

/// What it wrote on standard output.
pub(crate) fn said(out: &Output) -> String {
    String::from_utf8(out.stdout.clone()).unwrap()
}

/// What it told on standard error.
pub(crate) fn told(out: &Output) -> String {
    String::from_utf8(out.stderr.clone()).unwrap()
}

#[track_caller]
pub(crate) fn ends(out: &Output, code: i32) {
    assert_eq!(out.status.code(), Some(code), "{}{}", said(out), told(out));
}

/// The objects on standard output, one a line.
pub(crate) fn lines(out: &Output) -> Vec<Value> {
    said(out).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
