//! Makes messages of mistakes, refusals and warnings: what is wrong, where it was written, by which rule, what to do.

use ocify::check::{self, Finding};
use ocify::config::{Format, locate};
use ocify::facts::FactsError;
use ocify::problem::{Diagnostic, MistakeCode, Problem, Warning};
use ocify::provenance::Because;
use ocify::text::{Mistake, MistakeKind, NodeError};
use ocify::why::{Teller, Told};
use std::ops::Range;

/// A text that messages point into.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) text: String,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Severity {
    Error,
    Warning,
}

/// One message, ready to be written for people or for programs.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) title: String,
    pub(crate) source: Source,
    /// Where it was written: the first is what the message is about.
    pub(crate) marks: Vec<Mark>,
    /// Rules, facts and fields without a place.
    pub(crate) notes: Vec<Told>,
    pub(crate) help: &'static str,
}

/// A place in the text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    /// The path in the config, as in `mounts[2].options`; empty where only the position is known.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// The bytes that are underlined.
    pub(crate) span: Range<usize>,
}

impl Message {
    /// Of a text that is neither YAML nor JSON.
    pub(crate) fn syntax(source: &Source, error: &NodeError) -> Self {
        let code = MistakeCode::from(error);
        let marks = match error {
            NodeError::Syntax { line, column, .. } => {
                mark(source, String::new(), *line, *column).into_iter().collect()
            }
            NodeError::TooLong { .. } => Vec::new(),
        };
        Self::of_text(source, code, error.to_string(), marks)
    }

    /// Of a value that cannot be what it is.
    pub(crate) fn mistake(source: &Source, mistake: &Mistake) -> Self {
        let code = MistakeCode::from(&mistake.kind);
        let path = match mistake.kind {
            MistakeKind::Twice { .. } => format!("{}#2", mistake.path),
            _ => mistake.path.clone(),
        };
        let marks = at(source, &path).map(|mark| Mark { path: mistake.path.clone(), ..mark });
        let title = match (&marks, mistake.path.is_empty()) {
            (None, false) => format!("`{}`: {}", mistake.path, mistake.kind),
            _ => mistake.kind.to_string(),
        };
        Self::of_text(source, code, title, marks.into_iter().collect())
    }

    /// Of a facts record of another version.
    pub(crate) fn version(source: &Source, error: &FactsError) -> Self {
        let marks = at(source, "format_version").into_iter().collect();
        Self::of_text(source, MistakeCode::Version, error.to_string(), marks)
    }

    /// The same message, for a facts record instead of a config.
    pub(crate) fn of_facts(self) -> Self {
        let help = match self.code {
            "E0001" => "mend the line that is shown; a facts record is JSON",
            "E0002" => {
                "`ocify schema facts` lists every fact; a record of a newer minor version may have more"
            }
            "E0005" | "E0006" => {
                "`ocify schema facts` shows what each fact is; `ocify facts CONFIG` records them"
            }
            _ => self.help,
        };
        Message { help, ..self }
    }

    fn of_text(source: &Source, code: MistakeCode, title: String, marks: Vec<Mark>) -> Self {
        Message {
            severity: Severity::Error,
            code: code.code(),
            title,
            source: source.clone(),
            marks,
            notes: Vec::new(),
            help: code.help(),
        }
    }

    /// Of a refusal, with its reason.
    pub(crate) fn refusal(source: &Source, teller: &Teller<'_>, refusal: &Diagnostic) -> Self {
        let problem: &Problem = &refusal.problem;
        let (mut marks, notes) = reasons(source, teller, refusal.because);
        if let Problem::MissingFact { question } = problem {
            marks.extend(asked(source, &question.of));
        }
        Message {
            severity: Severity::Error,
            code: problem.code(),
            title: problem.to_string(),
            source: source.clone(),
            marks,
            notes,
            help: problem.help(),
        }
    }

    /// Of a warning, with its reason.
    pub(crate) fn warning(source: &Source, teller: &Teller<'_>, warning: &Warning) -> Self {
        let (marks, notes) = reasons(source, teller, warning.because);
        Message {
            severity: Severity::Warning,
            code: warning.kind.code(),
            title: warning.kind.to_string(),
            source: source.clone(),
            marks,
            notes,
            help: "",
        }
    }
}

impl Message {
    /// Of something found in a spec that is the text itself.
    pub(crate) fn finding(source: &Source, finding: &Finding) -> Self {
        let found = Some(&finding.place).filter(|place| !place.is_empty());
        let marks: Vec<Mark> = found.and_then(|place| at(source, place)).into_iter().collect();
        Self::of_finding(source, finding, marks, Vec::new())
    }

    /// Of something found in a spec that was compiled: the text is the config, and says why the place is as it is.
    pub(crate) fn compiled(
        source: &Source,
        teller: &Teller<'_>,
        finding: &Finding,
        because: Option<Because>,
    ) -> Self {
        let (marks, mut notes) =
            because.map_or_else(Default::default, |because| reasons(source, teller, because));
        let name = if finding.name.is_empty() { &finding.place } else { &finding.name };
        notes.insert(0, Told { kind: "spec", name: name.clone(), text: String::new() });
        Self::of_finding(source, finding, marks, notes)
    }

    fn of_finding(source: &Source, finding: &Finding, marks: Vec<Mark>, notes: Vec<Told>) -> Self {
        let severity = match finding.kind.severity() {
            check::Severity::Error => Severity::Error,
            check::Severity::Warning => Severity::Warning,
        };
        Message {
            severity,
            code: finding.kind.code(),
            title: finding.message.clone(),
            source: source.clone(),
            marks,
            notes,
            help: finding.kind.help(),
        }
    }
}

/// How many places and facts a message names; `explain` names all.
const MOST: usize = 3;

/// A reason as places in the text and notes. What was opened last is what the message is about, so it comes first.
fn reasons(source: &Source, teller: &Teller<'_>, because: Because) -> (Vec<Mark>, Vec<Told>) {
    let told = teller.direct(because);
    let of = |kind: &'static str| told.iter().rev().filter(move |cause| cause.kind == kind);
    let marks: Vec<Mark> =
        of("config").filter_map(|cause| at(source, &cause.name)).take(MOST).collect();
    let mut notes: Vec<Told> = of("rule").take(1).cloned().collect();
    if marks.is_empty() {
        // Nothing that was written is to blame: then something that was not.
        notes.extend(of("config").take(MOST).cloned());
    }
    notes.extend(of("fact").filter(|cause| cause.text != "not set").take(MOST).cloned());
    (marks, notes)
}

/// Where a fact that is missing was asked for: the first place that has its key, such as a path.
fn asked(source: &Source, key: &str) -> Option<Mark> {
    let start = source.text.find(key).filter(|_| !key.is_empty())?;
    let before = source.text.get(..start)?;
    let line = before.matches('\n').count().saturating_add(1);
    let row = before.rsplit('\n').next().unwrap_or(before);
    let column = row.chars().count().saturating_add(1);
    Some(Mark { path: String::new(), line, column, span: start..start.saturating_add(key.len()) })
}

/// The place of a path in the text; none for what is not written there.
pub(crate) fn at(source: &Source, path: &str) -> Option<Mark> {
    let (line, column) = locate(&source.text, source.format, path)?;
    mark(source, path.to_owned(), line, column)
}

/// The line of a place, without its line break, and the byte at which it starts in the text.
pub(crate) fn row(text: &str, line: usize) -> Option<(usize, &str)> {
    let mut start: usize = 0;
    for (row, number) in text.split_inclusive('\n').zip(1..) {
        if number == line {
            return Some((start, row.trim_end_matches(['\n', '\r'])));
        }
        start = start.saturating_add(row.len());
    }
    None
}

fn mark(source: &Source, path: String, line: usize, column: usize) -> Option<Mark> {
    let Some((start, row)) = row(&source.text, line) else {
        // A parser that misses something at the end of the text names a line behind it.
        let last = source.text.lines().count();
        let (start, row) = row(&source.text, last).filter(|_| line > last)?;
        let end = start.saturating_add(row.len());
        let column = row.chars().count().saturating_add(1);
        return Some(Mark { path, line: last, column, span: end..end });
    };
    let chars = column.saturating_sub(1);
    let from = row.char_indices().nth(chars).map_or(row.len(), |(at, _)| at);
    let length = extent(row, from, source.format);
    let span = start.saturating_add(from)..start.saturating_add(from).saturating_add(length);
    Some(Mark { path, line, column, span })
}

/// How many bytes of the row belong to the entry that begins at `from`: up to the comma or bracket that ends it, a comment, or the row's end.
fn extent(row: &str, from: usize, format: Format) -> usize {
    let (before, entry) = row.split_at_checked(from).unwrap_or((row, ""));
    // Between brackets a comma ends an entry; in YAML's block style it is part of the text.
    let flow = format == Format::Json || depth(before) > 0;
    let mut deep: usize = 0;
    let mut quote = None;
    let mut last = ' ';
    let mut end = entry.len();
    for (at, c) in entry.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q && last != '\\' => quote = None,
            (None, '"' | '\'') if !last.is_alphanumeric() => quote = Some(c),
            (None, '[' | '{') => deep = deep.saturating_add(1),
            (None, ']' | '}' | ',') if flow && deep == 0 => {
                end = at;
                break;
            }
            (None, ']' | '}') => deep = deep.saturating_sub(1),
            (None, '#') if format == Format::Yaml && last == ' ' => {
                end = at;
                break;
            }
            (Some(_) | None, _) => {}
        }
        last = c;
    }
    entry.get(..end).unwrap_or(entry).trim_end().len()
}

/// How many brackets are open at the end of a row's part.
fn depth(part: &str) -> usize {
    part.chars().fold(0, |deep: usize, c| match c {
        '[' | '{' => deep.saturating_add(1),
        ']' | '}' => deep.saturating_sub(1),
        _ => deep,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked<'t>(text: &'t str, format: Format, path: &str) -> &'t str {
        let source = Source { name: "x".into(), format, text: text.into() };
        text.get(at(&source, path).unwrap().span).unwrap()
    }

    #[test]
    fn an_entry_is_marked_from_its_key_to_its_end() {
        let text = "a: b c  # why\nrootfs: /srv#1\nmounts:\n  - type=bind,src=/a,dst=/b\nenv: {A: \"1, #2\", B: [x, y]}\n";
        for (path, is) in [
            ("a", "a: b c"),
            ("rootfs", "rootfs: /srv#1"),
            ("mounts", "mounts:"),
            ("mounts[0]", "type=bind,src=/a,dst=/b"),
            ("env.A", "A: \"1, #2\""),
            ("env.B", "B: [x, y]"),
            ("env.B[1]", "y"),
        ] {
            assert_eq!(marked(text, Format::Yaml, path), is, "{path}");
        }
        let text = "{\"env\": {\"A\": \"ü,\\\"}\", \"B\": [1, 2]}, \"x\": true}";
        for (path, is) in [
            ("env.A", "\"A\": \"ü,\\\"}\""),
            ("env.B", "\"B\": [1, 2]"),
            ("env.B[0]", "1"),
            ("x", "\"x\": true"),
        ] {
            assert_eq!(marked(text, Format::Json, path), is, "{path}");
        }
    }

    #[test]
    fn rows_of_any_text_are_found() {
        assert_eq!(row("a\r\nb", 1), Some((0, "a")));
        assert_eq!(row("a\r\nb", 2), Some((3, "b")));
        assert_eq!(row("a\n", 2), None);
        assert_eq!(row("", 1), None);
    }
}
