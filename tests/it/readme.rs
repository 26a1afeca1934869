//! What the README shows is what the program says.

use crate::ground::{root, text};
use std::process::Command;

/// A line that stands for any number of lines.
const LEFT_OUT: &str = "...";

/// The words of a line, without their quotes.
fn words(line: &str) -> Vec<String> {
    line.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect()
}

/// Every block of the README whose lines and files lie in this repository: a call with `--facts examples/...`.
#[test]
fn what_the_readme_shows_is_what_is_said() {
    let readme = text(&root().join("README.md"));
    let mut tried = 0;
    for block in readme.split("```console\n$ ocify ").skip(1) {
        let block = block.split("\n```").next().unwrap();
        let (call, shown) = block.split_once('\n').unwrap_or((block, ""));
        if !call.contains("--facts examples/") {
            continue;
        }
        tried += 1;
        let out = Command::new(env!("CARGO_BIN_EXE_ocify"))
            .args(words(call))
            .current_dir(root())
            .env("NO_COLOR", "1")
            .output()
            .unwrap();
        let said = String::from_utf8(out.stdout).unwrap() + &String::from_utf8(out.stderr).unwrap();
        let mut rest = said.as_str();
        for part in shown.split(&format!("\n{LEFT_OUT}\n")) {
            let at = rest
                .find(part)
                .unwrap_or_else(|| panic!("`{call}` does not say\n{part}\nbut\n{rest}"));
            rest = &rest[at + part.len()..];
        }
    }
    assert!(tried > 0, "no block of the README could be tried");
}
