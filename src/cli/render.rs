//! Writes messages: for people under the source line, for programs as one JSON object a line.

use super::args::{Colour, MessageFormat};
use super::explain::printable;
use super::message::{Message, Severity};
use super::progress;
use super::source::Mark;
use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, Renderer};
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use ocify::problem::{WrittenLevel, WrittenMessage};
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;

/// Writes messages to standard error.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: MessageFormat,
    quiet: bool,
    renderer: Renderer,
}

/// When to write in colours, as the command line says: asked for in many places, and the same in all.
static COLOUR: OnceLock<Colour> = OnceLock::new();

impl Reporter {
    /// A writer of messages, in the colours that are wanted.
    pub(crate) fn new(format: MessageFormat, colour: Colour, quiet: bool) -> Self {
        let colour = *COLOUR.get_or_init(|| colour);
        let terminal = std::io::stderr().is_terminal();
        let renderer =
            if wanted(colour, terminal) { Renderer::styled() } else { Renderer::plain() };
        let width = if terminal { width() } else { DEFAULT_TERM_WIDTH };
        Reporter { format, quiet, renderer: renderer.term_width(width) }
    }

    /// How messages are written.
    pub(crate) fn format(&self) -> MessageFormat {
        self.format
    }

    /// Whether a line that shows how far the work is would be seen, and is wanted.
    pub(crate) fn shows_progress(&self) -> bool {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        self.format == MessageFormat::Human
            && !self.quiet
            && !dumb
            && std::io::stderr().is_terminal()
    }

    /// Writes each message, with an empty line behind it.
    pub(crate) fn say(&self, messages: &[Message]) {
        let mut out = Vec::new();
        for message in messages {
            match self.format {
                MessageFormat::Human => {
                    out.extend_from_slice(human(message, &self.renderer).as_bytes());
                    out.extend_from_slice(b"\n\n");
                }
                MessageFormat::Json => out.extend_from_slice(line(&message.written()).as_bytes()),
            }
            if let Some(words) = message.untold() {
                put(&out);
                out.clear();
                self.line(&Level::NOTE, WrittenLevel::Note, &words);
            }
        }
        put(&out);
    }

    /// Writes a line of plain words, such as a summary or trouble with a file.
    pub(crate) fn error(&self, words: &str) {
        self.line(&Level::ERROR, WrittenLevel::Error, words);
    }

    /// Says what went wrong and is no failure.
    pub(crate) fn warning(&self, words: &str) {
        self.line(&Level::WARNING, WrittenLevel::Warning, words);
    }

    /// Says something that is neither.
    pub(crate) fn note(&self, words: &str) {
        if !self.quiet {
            self.line(&Level::NOTE, WrittenLevel::Note, words);
        }
    }

    fn line(&self, level: &Level<'_>, written: WrittenLevel, words: &str) {
        match self.format {
            MessageFormat::Human => {
                let words = visible(words);
                let title = level.clone().primary_title(words.as_str());
                put(self.renderer.render(&[Group::with_title(title)]).as_bytes());
                put(b"\n");
            }
            MessageFormat::Json => put(line(&plain(written, words)).as_bytes()),
        }
    }
}

/// A message of words alone, as it is written for programs.
pub(crate) fn plain(level: WrittenLevel, words: &str) -> WrittenMessage {
    WrittenMessage {
        level,
        code: None,
        message: words.to_owned(),
        file: None,
        line: None,
        column: None,
        end: None,
        path: None,
        places: Vec::new(),
        causes: Vec::new(),
        rules: Vec::new(),
        help: None,
        fix: None,
    }
}

/// Whether to write in colours, to a terminal or not.
pub(crate) fn coloured(terminal: bool) -> bool {
    wanted(COLOUR.get().copied().unwrap_or_default(), terminal)
}

/// What the command line says goes first, then `NO_COLOR`, then `CLICOLOR_FORCE`; else colours are for terminals that have some.
fn wanted(colour: Colour, terminal: bool) -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match colour {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto if set("NO_COLOR") => false,
        Colour::Auto if set("CLICOLOR_FORCE") => {
            std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| value != "0")
                || (terminal && !dumb())
        }
        Colour::Auto => terminal && !dumb(),
    }
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// How many columns the terminal has; a line is never cut to fewer than can be read.
pub(crate) fn width() -> usize {
    let size = rustix::termios::tcgetwinsize(std::io::stderr());
    let columns = size.map_or(0, |size| usize::from(size.ws_col));
    if columns == 0 { DEFAULT_TERM_WIDTH } else { columns.clamp(40, 1000) }
}

/// A text of which nothing steers the terminal: no control characters, nothing that turns the direction of writing.
pub(crate) fn visible(text: &str) -> String {
    printable(text).chars().map(|c| if turns(c) { '\u{fffd}' } else { c }).collect()
}

/// Marks that change the direction in which a terminal shows what follows.
fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Writes a line to standard error.
pub(crate) fn put_line(line: &str) {
    put(line.as_bytes());
}

/// Who cannot read what is said cannot be told so.
fn put(bytes: &[u8]) {
    progress::show("");
    let _ = std::io::stderr().lock().write_all(bytes);
}

/// A message in the style of rustc.
pub(crate) fn human(message: &Message, renderer: &Renderer) -> String {
    let level = match message.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let words = visible(&message.title);
    let title = level.primary_title(words.as_str()).id(message.code);
    let mut group = Group::with_title(title);
    let texts: Vec<(usize, String, String)> = message
        .sources
        .files()
        .map(|(file, source)| (file, visible(&source.name), shown(&source.text)))
        .collect();
    let Some(first) = message.marks.first() else {
        let name = visible(&message.sources.name());
        group = group.element(Origin::path(name.as_str()));
        return renderer.render(&[with_notes(group, message)]);
    };
    // The text of the first place goes first.
    let (own, others): (Vec<_>, Vec<_>) = texts.iter().partition(|(file, ..)| *file == first.file);
    for (file, name, text) in own.into_iter().chain(others) {
        let mut marks = message.marks.iter().filter(|mark| mark.file == *file).peekable();
        if marks.peek().is_none() {
            continue;
        }
        let mut snippet = Snippet::source(text.as_str()).path(name.as_str());
        for mark in marks {
            let kind =
                if mark == first { AnnotationKind::Primary } else { AnnotationKind::Context };
            if mark == first || (mark.file, &mark.span) != (first.file, &first.span) {
                snippet = snippet.annotation(annotation(kind, mark));
            }
        }
        group = group.element(snippet);
    }
    renderer.render(&[with_notes(group, message)])
}

/// What is said below the text.
fn with_notes<'m>(mut group: Group<'m>, message: &'m Message) -> Group<'m> {
    for note in &message.notes {
        let words = match note.kind {
            "rule" => format!("{}: {}", note.name, note.text),
            "spec" => note.name.clone(),
            "config" if note.text == "not given" => format!("`{}` is not given", note.name),
            _ => format!("{} = {}", note.name, note.text),
        };
        group = group.element(Level::NOTE.with_name(note.kind).message(visible(&words)));
    }
    if let Some(suggestion) = message.suggestion() {
        group = group.element(Level::HELP.message(visible(&suggestion)));
    }
    if !message.help.is_empty() {
        group = group.element(Level::HELP.message(message.help));
    }
    group
}

/// The text with each character that steers a terminal replaced by as many bytes that do not, so that places stay where they are.
fn shown(text: &str) -> String {
    let steers = |c: char| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || turns(c);
    if !text.chars().any(steers) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.len_utf8() {
            _ if !steers(c) => out.push(c),
            1 => out.push('?'),
            2 => out.push('\u{b7}'),
            _ => out.push('\u{fffd}'),
        }
    }
    out
}

fn annotation(kind: AnnotationKind, mark: &Mark) -> annotate_snippets::Annotation<'_> {
    let annotation = kind.span(mark.span.clone());
    if mark.path.is_empty() { annotation } else { annotation.label(visible(&mark.path)) }
}

/// A message as a line of JSON, in which nothing steers a terminal either.
pub(crate) fn line(message: &WrittenMessage) -> String {
    let json = serde_json::to_string(message).unwrap_or_default();
    let mut out = String::with_capacity(json.len().saturating_add(1));
    for c in json.chars() {
        if c.is_control() || turns(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c)); // Writing to text cannot fail.
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::source::Source;
    use ocify::config::Format;

    fn visible_lines(shown: &str) -> String {
        shown.split('\n').map(visible).collect::<Vec<_>>().join("\n")
    }

    /// Whatever the text and wherever the place, a message is rendered.
    #[test]
    fn odd_texts_are_rendered() {
        let texts = [
            "",
            "\n",
            "a",
            "\t\ta: ü\r\n",
            "\u{1b}[31mred",
            "日本: 語\n",
            "\u{200b}\u{301}",
            "x\u{0}y",
            "a: \u{9b}31m \u{202e}b \u{7f}",
        ];
        for text in texts {
            for line in 0..4 {
                for column in 0..9 {
                    let source =
                        Source { name: "odd".into(), format: Format::Yaml, text: text.into() };
                    let error = ocify::text::NodeError::Syntax {
                        message: "no\nsuch \u{1b}[31m".into(),
                        line,
                        column,
                    };
                    let message = Message::syntax(&source, &error);
                    let shown = human(&message, &Renderer::plain());
                    assert!(shown.starts_with("error[E0001]"), "{shown}");
                    assert_eq!(shown, visible_lines(&shown), "{shown:?}");
                }
            }
        }
    }
}
