//! Makes messages of mistakes, refusals and warnings: what is wrong, where it was written, by which rule, what to do.

use super::source::{Mark, Source, Sources, at, in_toml, mark, marked, position};
use ocify::check::{self, Finding};
use ocify::facts::FactsError;
use ocify::problem::{
    Diagnostic, Hint, MistakeCode, Problem, Warning, WrittenFix, WrittenLevel, WrittenMessage,
    WrittenPlace, WrittenPosition,
};
use ocify::provenance::Because;
use ocify::text::{Mistake, MistakeKind, NodeError};
use ocify::why::{Teller, Told};
use std::ops::Range;

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
    pub(crate) sources: Sources,
    /// Where it was written: the first is what the message is about.
    pub(crate) marks: Vec<Mark>,
    /// Rules, facts and fields without a place.
    pub(crate) notes: Vec<Told>,
    pub(crate) help: &'static str,
    /// What was probably meant, and which words are known.
    pub(crate) hint: Option<Hint>,
    /// How many more of its kind there are that are only counted.
    pub(crate) more: usize,
}

/// How many messages of one kind are told. The text is read again for each, and nobody reads more of them.
const MOST_TOLD: usize = 50;

/// A message for each, of which the last knows how many more there are.
pub(crate) fn each<'a, T: 'a>(
    all: impl IntoIterator<Item = &'a T, IntoIter: ExactSizeIterator>,
    mut say: impl FnMut(&'a T) -> Message,
) -> Vec<Message> {
    let all = all.into_iter();
    let more = all.len().saturating_sub(MOST_TOLD);
    let mut messages: Vec<Message> = all.take(MOST_TOLD).map(&mut say).collect();
    if let Some(last) = messages.last_mut() {
        last.more = more;
    }
    messages
}

impl Message {
    /// That there are more of its kind, if there are.
    pub(crate) fn untold(&self) -> Option<String> {
        (self.more > 0).then(|| format!("{} more are not told: mend these first", self.more))
    }
}

/// How many there are, those that are only counted among them.
pub(crate) fn count(messages: &[Message]) -> usize {
    messages.iter().map(|message| message.more.saturating_add(1)).fold(0, usize::saturating_add)
}

impl Message {
    /// Of a text that is neither YAML nor JSON.
    pub(crate) fn syntax(source: &Source, error: &NodeError) -> Self {
        let code = MistakeCode::from(error);
        let marks = match error {
            NodeError::Syntax { line, column, .. } => {
                mark(source, String::new(), *line, *column).into_iter().collect()
            }
            // It has no place.
            _ => Vec::new(),
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
        let hint = mistake.hint();
        Message { hint, ..Self::of_text(source, code, title, marks.into_iter().collect()) }
    }

    /// Of a facts record of another version.
    pub(crate) fn version(source: &Source, error: &FactsError) -> Self {
        let marks = at(source, "format_version").into_iter().collect();
        Self::of_text(source, MistakeCode::Version, error.to_string(), marks)
    }

    /// Of a containers.conf that is no TOML.
    pub(crate) fn settings_syntax(
        source: &Source,
        message: &str,
        span: Option<Range<usize>>,
    ) -> Self {
        let mark = span.and_then(|span| marked(&source.text, span));
        let help = "mend the line that is shown; containers.conf is TOML";
        let title = message.to_owned();
        let marks = mark.into_iter().collect();
        Message { help, ..Self::of_text(source, MistakeCode::Syntax, title, marks) }
    }

    /// Of a value of a containers.conf that cannot be what it is.
    pub(crate) fn settings(source: &Source, mistake: &Mistake) -> Self {
        let mark = in_toml(&source.text, &mistake.path)
            .map(|mark| Mark { path: mistake.path.clone(), ..mark });
        let title = match &mark {
            Some(_) => mistake.kind.to_string(),
            None => format!("`{}`: {}", mistake.path, mistake.kind),
        };
        let (code, marks) = (MistakeCode::from(&mistake.kind), mark.into_iter().collect());
        let help = "write the kind of value that is expected: containers.conf(5) has each key";
        Message { help, hint: mistake.hint(), ..Self::of_text(source, code, title, marks) }
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
            sources: source.clone().into(),
            marks,
            notes: Vec::new(),
            help: code.help(),
            hint: None,
            more: 0,
        }
    }

    /// Of a refusal, with its reason.
    pub(crate) fn refusal(sources: &Sources, teller: &Teller<'_>, refusal: &Diagnostic) -> Self {
        let problem: &Problem = &refusal.problem;
        let (mut marks, notes) = reasons(sources, teller, refusal.because);
        if let Problem::MissingFact { question } = problem {
            marks.extend(asked(sources, &question.of));
        }
        Message {
            severity: Severity::Error,
            code: problem.code(),
            title: problem.to_string(),
            sources: sources.clone(),
            marks,
            notes,
            help: problem.help(),
            hint: teller.hint(problem),
            more: 0,
        }
    }

    /// Of a warning, with its reason.
    pub(crate) fn warning(sources: &Sources, teller: &Teller<'_>, warning: &Warning) -> Self {
        let (marks, notes) = reasons(sources, teller, warning.because);
        Message {
            severity: Severity::Warning,
            code: warning.kind.code(),
            title: warning.kind.to_string(),
            sources: sources.clone(),
            marks,
            notes,
            help: "",
            hint: None,
            more: 0,
        }
    }
}

impl Message {
    /// Of something found in a spec that is the text itself.
    pub(crate) fn finding(source: &Source, finding: &Finding) -> Self {
        let found = Some(&finding.place).filter(|place| !place.is_empty());
        let marks: Vec<Mark> = found.and_then(|place| at(source, place)).into_iter().collect();
        Self::of_finding(&source.clone().into(), finding, marks, Vec::new())
    }

    /// Of something found in a spec that was compiled: the text is the config, and says why the place is as it is.
    pub(crate) fn compiled(
        sources: &Sources,
        teller: &Teller<'_>,
        finding: &Finding,
        because: Option<Because>,
    ) -> Self {
        let (marks, mut notes) =
            because.map_or_else(Default::default, |because| reasons(sources, teller, because));
        let name = if finding.name.is_empty() { &finding.place } else { &finding.name };
        notes.insert(0, Told { kind: "spec", name: name.clone(), text: String::new() });
        Self::of_finding(sources, finding, marks, notes)
    }

    fn of_finding(
        sources: &Sources,
        finding: &Finding,
        marks: Vec<Mark>,
        notes: Vec<Told>,
    ) -> Self {
        let severity = match finding.kind.severity() {
            check::Severity::Error => Severity::Error,
            check::Severity::Warning => Severity::Warning,
        };
        Message {
            severity,
            code: finding.kind.code(),
            title: finding.message.clone(),
            sources: sources.clone(),
            marks,
            notes,
            help: finding.kind.help(),
            hint: None,
            more: 0,
        }
    }
}

impl Message {
    /// What is said besides the help: what was probably meant, and what is known.
    pub(crate) fn suggestion(&self) -> Option<String> {
        let hint = self.hint.as_ref()?;
        let listed = |words: &[String]| {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        };
        let said = |meant: &String| self.title.ends_with(&format!("did you mean `{meant}`?"));
        let meant = hint.meant.as_ref().filter(|meant| !said(meant));
        let missing = |word: &String| !self.help.contains(&format!("`{word}`"));
        let known = Some(&hint.known).filter(|known| known.iter().any(missing));
        match (meant, known) {
            (None, None) => None,
            (Some(meant), None) => Some(format!("did you mean `{meant}`?")),
            (None, Some(known)) => Some(format!("known are {}", listed(known))),
            (Some(meant), Some(known)) => {
                Some(format!("did you mean `{meant}`? known are {}", listed(known)))
            }
        }
    }

    /// The replacement that mends the text, where it is certain: the word stands in one place, and no other known one is as near to it.
    pub(crate) fn fix(&self) -> Option<WrittenFix> {
        let hint = self.hint.as_ref().filter(|hint| hint.certain)?;
        let with = hint.meant.clone()?;
        let first = self.marks.first();
        let (_, source) =
            self.sources.files().find(|(file, _)| first.is_none_or(|mark| mark.file == *file))?;
        let text = &source.text;
        let inside = first.map(|mark| mark.span.clone());
        let near = inside.and_then(|span| {
            let part = text.get(span.clone())?;
            // A key is written once at the start of its entry, whatever stands behind it.
            let mut found = words(part, &hint.written);
            let first = found.next()?;
            (self.code == "E0002" || found.next().is_none())
                .then(|| span.start.saturating_add(first))
        });
        let at = near.or_else(|| {
            let mut all = words(text, &hint.written);
            all.next().filter(|_| all.next().is_none())
        })?;
        let (mut at, mut replace) = (at, hint.written.clone());
        // What takes the place of a text is none itself: its quotes go with it.
        if self.code == "E0005" {
            let quoted = |quote: char| {
                let start = at.checked_sub(1)?;
                let whole = format!("{quote}{}{quote}", hint.written);
                text.get(start..)?.starts_with(&whole).then_some((start, whole))
            };
            if let Some(found) = quoted('"').or_else(|| quoted('\'')) {
                (at, replace) = found;
            }
        }
        let WrittenPosition { line, column } = position(text, at)?;
        Some(WrittenFix { file: source.name.clone(), line, column, replace, with })
    }

    /// The message as it is written for programs.
    pub(crate) fn written(&self) -> WrittenMessage {
        let places: Vec<WrittenPlace> = self
            .marks
            .iter()
            .filter_map(|mark| {
                let here = WrittenPosition { line: mark.line, column: mark.column };
                let source = self.sources.of(mark)?;
                Some(WrittenPlace {
                    file: source.name.clone(),
                    path: mark.path.clone(),
                    line: mark.line,
                    column: mark.column,
                    end: position(&source.text, mark.span.end).unwrap_or(here),
                })
            })
            .collect();
        let first = places.first();
        let help = match self.suggestion() {
            Some(words) if self.help.is_empty() => words,
            Some(words) if words.ends_with('?') => format!("{words} {}", self.help),
            Some(words) => format!("{words}; {}", self.help),
            None => self.help.to_owned(),
        };
        WrittenMessage {
            level: match self.severity {
                Severity::Error => WrittenLevel::Error,
                Severity::Warning => WrittenLevel::Warning,
            },
            code: Some(self.code.to_owned()),
            message: self.title.clone(),
            file: Some(first.map_or_else(|| self.sources.name(), |place| place.file.clone())),
            line: first.map(|place| place.line),
            column: first.map(|place| place.column),
            end: first.map(|place| place.end),
            path: first.map(|place| place.path.clone()).filter(|path| !path.is_empty()),
            causes: self.notes.clone(),
            rules: self
                .notes
                .iter()
                .filter(|note| note.kind == "rule")
                .map(|note| note.name.clone())
                .collect(),
            help: Some(help).filter(|help| !help.is_empty()),
            fix: self.fix(),
            places,
        }
    }
}

/// The bytes at which a word stands in a text, whole.
fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    text.match_indices(word).filter_map(move |(at, _)| {
        let before = text.get(..at)?.chars().next_back();
        let after = text.get(at.saturating_add(word.len())..)?.chars().next();
        (!word.is_empty() && !before.is_some_and(part) && !after.is_some_and(part)).then_some(at)
    })
}

/// How many places and facts a message names; `explain` names all.
const MOST: usize = 3;

/// A reason as places in the text and notes. What was opened last is what the message is about, so it comes first.
fn reasons(sources: &Sources, teller: &Teller<'_>, because: Because) -> (Vec<Mark>, Vec<Told>) {
    let told = teller.direct(because);
    let of = |kind: &'static str| told.iter().rev().filter(move |cause| cause.kind == kind);
    let marks: Vec<Mark> =
        of("config").filter_map(|cause| sources.at(&cause.name)).take(MOST).collect();
    let mut notes: Vec<Told> = of("rule").take(1).cloned().collect();
    if marks.is_empty() {
        // Nothing that was written is to blame: then something that was not.
        notes.extend(of("config").take(MOST).cloned());
    }
    notes.extend(of("fact").filter(|cause| cause.text != "not set").take(MOST).cloned());
    (marks, notes)
}

/// Where a fact that is missing was asked for: the first place that has its key, such as a path, in the upmost text that has it.
fn asked(sources: &Sources, key: &str) -> Option<Mark> {
    let mut found = sources.files().rev().filter(|_| !key.is_empty());
    let (file, start, text) =
        found.find_map(|(file, source)| Some((file, source.text.find(key)?, &source.text)))?;
    let WrittenPosition { line, column } = position(text, start)?;
    let span = start..start.saturating_add(key.len());
    Some(Mark { file, path: String::new(), line, column, span })
}
