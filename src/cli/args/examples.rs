//! Tests that what `--help` and the README show is what the program takes.

use super::Line;
use clap::error::ErrorKind;
use clap::{Command, CommandFactory as _, Parser as _};
use std::collections::BTreeSet;

const README: &str = include_str!("../../../README.md");

/// The calls of this program in a line for a shell: words without quotes, redirections and comments. `None` stands for what another
/// program writes there.
fn calls(line: &str) -> Vec<Vec<String>> {
    let mut commands: Vec<Vec<String>> = vec![vec![]];
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in line.chars().chain([' ']) {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '#') if word.is_none() => break,
            (None, ' ' | '|' | ';' | '&' | '(' | ')' | '<' | '>') => {
                commands.last_mut().unwrap().extend(word.take());
                match c {
                    '<' | '>' => commands.last_mut().unwrap().push(c.to_string()),
                    ' ' => {}
                    _ => commands.push(vec![]),
                }
            }
            _ => word.get_or_insert_default().push(c),
        }
    }
    let ours = |command: Vec<String>| {
        let at = command.iter().position(|word| word == "ocify")?;
        let mut call = command[at..].to_vec();
        while let Some(at) = call.iter().position(|word| word == "<" || word == ">") {
            call.drain(at..call.len().min(at.saturating_add(2)));
        }
        if command[0] == "xargs" {
            call.push("what-xargs-reads".to_owned());
        }
        Some(call)
    };
    commands.into_iter().filter_map(ours).collect()
}

#[test]
fn lines_are_taken_apart_as_by_a_shell() {
    let of = |line: &str| calls(line).iter().map(|call| call.join("~")).collect::<Vec<_>>();
    assert_eq!(
        of("ocify explain web.yaml 'mounts[/run]'  # why?"),
        ["ocify~explain~web.yaml~mounts[/run]"]
    );
    assert_eq!(of("ssh server ocify facts - < web.yaml > a.json"), ["ocify~facts~-"]);
    assert_eq!(
        of("d=$(ocify prepare a) && ocify start \"$d\"; x | xargs -n 1 ocify check"),
        ["ocify~prepare~a", "ocify~start~$d", "ocify~check~what-xargs-reads"]
    );
}

#[track_caller]
fn parses(call: &[String]) {
    match Line::try_parse_from(call) {
        Ok(_) => {}
        Err(e) if matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {}
        Err(e) => panic!("{call:?}: {e}"),
    }
}

/// Each command below this one, with its name in full.
fn commands(of: &Command, path: &str) -> Vec<(String, Command)> {
    let own = |sub: &Command| {
        let name = format!("{path} {}", sub.get_name());
        [(name.clone(), sub.clone())].into_iter().chain(commands(sub, &name)).collect::<Vec<_>>()
    };
    of.get_subcommands().flat_map(own).collect()
}

#[test]
fn the_definitions_are_sound() {
    Line::command().debug_assert();
}

#[test]
fn every_command_has_examples_that_parse_and_its_exit_statuses() {
    let mut line = Line::command();
    line.build();
    for (name, mut command) in
        commands(&line, "ocify").into_iter().chain([("ocify".to_owned(), line.clone())])
    {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let (examples, exits) = after.split_once("\n\n").unwrap_or_default();
        let examples = examples
            .strip_prefix("Examples:\n")
            .unwrap_or_else(|| panic!("{name} has no examples"));
        assert!(examples.lines().count() >= 2, "{name}: {examples}");
        assert!(exits.starts_with("Exit status: "), "{name}: {exits}");
        for example in examples.lines() {
            let calls = calls(example);
            assert!(
                calls.iter().any(|call| call.join(" ").starts_with(&name)),
                "{example} is not about {name}"
            );
            for call in &calls {
                parses(call);
            }
        }
        // Whoever reads a config reads standard input too, and says so.
        let help = command.render_long_help().to_string();
        for argument in command.get_arguments() {
            let values = argument.get_value_names().unwrap_or_default();
            assert!(argument.get_help().is_some(), "{name}: {} has no help", argument.get_id());
            if values.iter().any(|value| value.starts_with("CONFIG")) {
                assert!(help.contains("`-` reads standard input"), "{name}");
            }
        }
    }
}

/// What stands in the README between backticks on one line, and its lines for a shell.
fn shown() -> Vec<String> {
    let mut found = Vec::new();
    let mut fenced = false;
    for line in README.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if fenced {
            found.extend(line.strip_prefix("$ ").map(str::to_owned));
        } else {
            found.extend(line.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    found
}

#[test]
fn the_lines_of_the_readme_parse() {
    // Where a word stands for what people have, it is a form and no line.
    let form = |line: &str| {
        line.contains(['[', '|']) && !line.contains('\'')
            || line.split(' ').any(|word| word == "...")
    };
    let mut parsed = 0;
    for line in shown().iter().filter(|line| !form(line)) {
        for call in calls(line).iter().filter(|call| call.len() > 1) {
            if let [_, name] = call.as_slice()
                && !name.starts_with('-')
            {
                // The name of a command alone.
                assert!(Line::command().find_subcommand(name).is_some(), "{line}");
            } else {
                parses(call);
            }
            parsed += 1;
        }
    }
    assert!(parsed > 3, "{parsed}");
}

/// Options of other programs that the README names.
const OTHERS: [&str; 8] =
    ["--release", "--example", "--seed", "--count", "--view", "--from", "--request", "--print"];

#[test]
fn the_options_of_the_readme_exist() {
    let mut line = Line::command();
    line.build();
    let all = commands(&line, "ocify");
    let options = |command: &Command| -> BTreeSet<String> {
        command
            .get_arguments()
            .filter_map(|a| a.get_long().map(|long| format!("--{long}")))
            .collect()
    };
    for text in shown() {
        let words: Vec<&str> = text
            .split([' ', '[', ']', '=', '|', ','])
            .map(|word| word.trim_end_matches('\\'))
            .collect();
        let known: BTreeSet<String> = match words.as_slice() {
            ["ocify", name, ..] => {
                let name = format!("ocify {name}");
                let called = all.iter().filter(|(known, _)| known.starts_with(&name));
                called.flat_map(|(_, command)| options(command)).collect()
            }
            _ => all
                .iter()
                .flat_map(|(_, command)| options(command))
                .chain(OTHERS.map(str::to_owned))
                .collect(),
        };
        for word in words.iter().filter(|word| word.starts_with("--") && word.len() > 2) {
            assert!(known.contains(*word), "`{text}`: there is no option {word}");
        }
    }
}
