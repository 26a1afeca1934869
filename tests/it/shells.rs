//! What shells and `man` are given: real shells complete by it, and groff has nothing to say against it.

use crate::ground::say;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn ocify(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ocify")).args(args).output().unwrap()
}

#[track_caller]
fn written(args: &[&str]) -> String {
    let out = ocify(args);
    assert!(out.status.success(), "{args:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// A directory of a test's own, without what an earlier run left.
fn place(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("shells").join(name);
    let _ = fs::remove_dir_all(&dir);
    fs::create_dir_all(&dir).unwrap();
    dir
}

/// Whether there is a program of that name.
fn is_there(program: &str) -> bool {
    let asked = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if asked.is_err() {
        say(&format!("SKIP: there is no {program}"));
    }
    asked.is_ok()
}

/// What a program says of a script; it has to end well and to complain of nothing.
#[track_caller]
fn asked(program: &str, args: &[&str], dir: &Path) -> String {
    let out = Command::new(program).args(args).current_dir(dir).output().unwrap();
    let complaints = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success() && complaints.is_empty(), "{program} {args:?}: {complaints}");
    String::from_utf8(out.stdout).unwrap()
}

/// Lines to complete, with what has to be offered and what must not. `./web.yaml` is there.
const LINES: [(&str, &[&str], &[&str]); 8] = [
    ("ocify ", &["compile", "explain", "reload-network", "completions", "man"], &["web.yaml"]),
    ("ocify comp", &["compile", "completions"], &["explain"]),
    ("ocify compile --prof", &["--profile"], &["--facts"]),
    ("ocify compile --profile ", &["podman-4.3", "hardened"], &["--facts"]),
    ("ocify schema ", &["config", "facts", "plan"], &["--help"]),
    ("ocify man re", &["reload-network"], &["run"]),
    ("ocify explain SG-ENV-0", &["SG-ENV-03"], &["SG-MNT-03", "E0101"]),
    ("ocify explain we", &["web.yaml"], &["E0101"]),
];

#[track_caller]
fn offers(shell: &str, line: &str, offered: &[&str], wanted: &[&str], unwanted: &[&str]) {
    for word in wanted {
        assert!(offered.contains(word), "{shell}: `{line}` has no {word}: {offered:?}");
    }
    for word in unwanted {
        assert!(!offered.contains(word), "{shell}: `{line}` has {word}: {offered:?}");
    }
}

#[test]
fn bash_completes_commands_options_values_and_codes() {
    if !is_there("bash") {
        return;
    }
    let dir = place("bash");
    fs::write(dir.join("ocify.bash"), written(&["completions", "bash"])).unwrap();
    fs::write(dir.join("web.yaml"), "").unwrap();
    asked("bash", &["-n", "ocify.bash"], &dir);
    // What bash does when the key is pressed: the words so far, then the function with command, word and word before. Where it
    // offers nothing, bash itself offers files.
    let key = r#"
        source ./ocify.bash
        read -r _ how <<< "$(complete -p ocify)"
        [[ $how == *"-o default"* && $how == *"-F _ocify_words"* ]] || echo "no completion: $how" >&2
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        _ocify_words ocify "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    for (line, wanted, unwanted) in LINES {
        let words: Vec<&str> = line.split(' ').collect();
        let told =
            asked("bash", &[&["--norc", "-c", key, "bash"], words.as_slice()].concat(), &dir);
        offers("bash", line, &told.lines().collect::<Vec<_>>(), wanted, unwanted);
    }
    let told = asked("bash", &["--norc", "-c", key, "bash", "ocify", "compile", ""], &dir);
    assert_eq!(told.trim(), "", "for a file the function leaves the word to bash");
}

#[test]
fn fish_completes_commands_options_values_and_codes() {
    if !is_there("fish") {
        return;
    }
    let dir = place("fish");
    fs::write(dir.join("ocify.fish"), written(&["completions", "fish"])).unwrap();
    fs::write(dir.join("web.yaml"), "").unwrap();
    asked("fish", &["--no-execute", "ocify.fish"], &dir);
    for (line, wanted, unwanted) in LINES {
        let key = format!("source ocify.fish; complete -C '{line}'");
        let told = asked("fish", &["--no-config", "-c", &key], &dir);
        let offered: Vec<&str> =
            told.lines().map(|line| line.split('\t').next().unwrap()).collect();
        offers("fish", line, &offered, wanted, unwanted);
    }
}

#[test]
fn zsh_takes_its_completions() {
    let script = written(&["completions", "zsh"]);
    assert!(script.contains(":_ocify_subjects'") && script.contains("compadd -- C001"));
    if !is_there("zsh") {
        return;
    }
    let dir = place("zsh");
    fs::write(dir.join("_ocify"), script).unwrap();
    asked("zsh", &["-f", "-n", "_ocify"], &dir);
    let key = "fpath=($PWD $fpath); autoload -U compinit && compinit -u -D; print -r -- $_comps[ocify]; autoload +X -U _ocify";
    assert_eq!(asked("zsh", &["-f", "-c", key], &dir).trim(), "_ocify");
}

#[test]
fn other_shells_have_theirs_and_files_are_not_replaced() {
    for shell in ["elvish", "powershell"] {
        assert!(written(&["completions", shell]).contains("reload-network"), "{shell}");
    }
    assert_eq!(ocify(&["completions", "csh"]).status.code(), Some(2));
    let dir = place("files");
    let file = dir.join("ocify").display().to_string();
    written(&["completions", "bash", "-o", &file]);
    assert_eq!(ocify(&["completions", "bash", "-o", &file]).status.code(), Some(2));
    written(&["completions", "bash", "-o", &file, "--force"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), written(&["completions", "bash"]));
}

#[test]
fn every_command_has_a_page_of_the_manual() {
    let dir = place("man");
    let pages = dir.join("man1");
    written(&["man", "--dir", &pages.display().to_string()]);
    assert_eq!(ocify(&["man", "--dir", &pages.display().to_string()]).status.code(), Some(2));
    written(&["man", "--dir", &pages.display().to_string(), "--force"]);
    let names = crate::ground::names(&pages);
    assert!(names.len() > 15 && names.contains(&"ocify.1".to_owned()), "{names:?}");
    assert_eq!(
        fs::read_to_string(pages.join("ocify-explain.1")).unwrap(),
        written(&["man", "explain"])
    );
    assert_eq!(fs::read_to_string(pages.join("ocify.1")).unwrap(), written(&["man"]));
    for name in &names {
        let text = fs::read_to_string(pages.join(name)).unwrap();
        let sections = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXAMPLES",
            "\"EXIT STATUS\"",
            "\"SEE ALSO\"",
        ];
        for section in sections {
            assert!(text.contains(&format!(".SH {section}\n")), "{name} has no {section}");
        }
        // Pages of this program that are named are there.
        for word in text.split([' ', '\n', '\\']).filter_map(|word| word.strip_prefix("fBocify-")) {
            let page = format!("ocify-{}.1", word.trim_end_matches("(1)"));
            assert!(names.contains(&page.replace("\\-", "-")), "{name} names {page}");
        }
    }
    let wrong = ocify(&["man", "expalin"]);
    assert_eq!(wrong.status.code(), Some(2));
    let told = String::from_utf8_lossy(&wrong.stderr);
    assert!(told.contains("there is no command `expalin`, did you mean `explain`?"), "{told}");

    if !is_there("groff") {
        return;
    }
    for name in &names {
        let told = asked("groff", &["-man", "-Tutf8", "-P-cbou", "-ww", name], &pages);
        let title = name.trim_end_matches(".1");
        assert!(told.contains("EXIT STATUS") && told.contains(title), "{name}: {told}");
    }
}
