//! `list`: the containers that were prepared on this host.

use super::args::List;
use super::{Failure, host, output};
use ocify::linux::{self, GatherOptions, Listed};
use std::fmt::Write as _;

/// The longest command that is shown, characters.
const COMMAND: usize = 40;

/// Lists the containers below the state directory.
pub(crate) fn run(args: &List) -> Result<(), Failure> {
    let options = GatherOptions { state_dir: args.state_dir.clone(), ..GatherOptions::default() };
    let found =
        linux::list(&linux::base(&options)).map_err(|e| Failure::Trouble(host::chain(&e)))?;
    if args.json {
        let mut json = serde_json::to_vec_pretty(&found)
            .map_err(|e| Failure::Trouble(format!("cannot write the list: {e}")))?;
        json.push(b'\n');
        return output::print(&json);
    }
    output::print(table(&found).as_bytes())
}

/// Columns for people.
fn table(found: &[Listed]) -> String {
    let mut rows = vec![
        ["CONTAINER ID", "NAME", "STATE", "PID", "CREATED", "COMMAND", "DIRECTORY"]
            .map(str::to_owned),
    ];
    rows.extend(found.iter().map(row));
    let mut widths = [0; 7];
    for row in &rows {
        for (width, text) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.chars().count());
        }
    }
    let mut table = String::new();
    for row in &rows {
        let mut line = String::new();
        for (text, width) in row.iter().zip(widths) {
            // Writing to text cannot fail.
            let _ = write!(line, "{text:width$}  ");
        }
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}

fn row(one: &Listed) -> [String; 7] {
    let short = one.id.get(..12).unwrap_or(&one.id);
    let pid = one.pid.map(|pid| pid.to_string()).unwrap_or_default();
    // To the second: a fraction's digits are for sorting.
    let created = one.created.split_once('.').map_or_else(
        || one.created.clone(),
        |(seconds, fraction)| {
            let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{seconds}{zone}")
        },
    );
    let what = match &one.error {
        Some(error) => shown(error),
        None => shortened(&shown(&one.command.join(" "))),
    };
    let directory = shown(&one.directory.display().to_string());
    [
        shown(short),
        shown(&one.name),
        one.state.word().to_owned(),
        pid,
        shown(&created),
        what,
        directory,
    ]
}

/// Control characters do nothing to the terminal.
fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    shown
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(COMMAND) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocify::linux::Status;

    #[test]
    fn a_table_is_for_people() {
        let one = Listed {
            id: "0123456789ab".repeat(6).get(..64).unwrap().to_owned(),
            name: "web".to_owned(),
            state: Status::Running,
            error: None,
            pid: Some(42),
            created: "2026-01-02T03:04:05.678901Z".to_owned(),
            command: vec![
                "sh".to_owned(),
                "-c".to_owned(),
                "echo \u{1b}[31mred\nmore and more and more and more".to_owned(),
            ],
            image: String::new(),
            rootfs: "/srv/root".to_owned(),
            directory: "/run/ocify/0123".into(),
        };
        let broken = Listed {
            id: "torn".to_owned(),
            name: String::new(),
            state: Status::Broken,
            error: Some("reading /run/ocify/torn/state.json: it ends early".to_owned()),
            pid: None,
            created: String::new(),
            command: Vec::new(),
            ..one.clone()
        };
        let table = table(&[broken, one]);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 3);
        assert!(
            lines[0].starts_with("CONTAINER ID  NAME  STATE    PID  CREATED               COMMAND")
        );
        assert!(lines[1].contains("broken") && lines[1].contains("it ends early"), "{table}");
        assert!(lines[2].starts_with("0123456789ab  web   running  42   2026-01-02T03:04:05Z  sh -c echo \\u{1b}[31mred\\nmore"), "{table}");
        assert!(lines[2].contains("...  ") && lines[2].ends_with("/run/ocify/0123"), "{table}");
        assert_eq!(super::table(&[]).lines().count(), 1);
    }
}
