//! Writes messages: for people under the source line, for programs as one JSON object a line.

use super::args::MessageFormat;
use super::message::{Mark, Message, Severity};
use annotate_snippets::renderer::Renderer;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use std::io::{IsTerminal as _, Write as _};

/// Writes messages to standard error.
#[derive(Debug)]
pub(crate) struct Reporter {
    format: MessageFormat,
    renderer: Renderer,
}

impl Reporter {
    /// Colours are for a terminal, and for those who did not ask for none (`NO_COLOR`).
    pub(crate) fn new(format: MessageFormat) -> Self {
        let colour = coloured(std::io::stderr().is_terminal());
        Reporter { format, renderer: if colour { Renderer::styled() } else { Renderer::plain() } }
    }

    /// How messages are written.
    pub(crate) fn format(&self) -> MessageFormat {
        self.format
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
                MessageFormat::Json => out.extend_from_slice(line(message).as_bytes()),
            }
        }
        put(&out);
    }

    /// Writes a line of plain words, such as a summary or trouble with a file.
    pub(crate) fn error(&self, words: &str) {
        self.line(Level::ERROR, "error", words);
    }

    /// Says what went wrong and is no failure.
    pub(crate) fn warning(&self, words: &str) {
        self.line(Level::WARNING, "warning", words);
    }

    /// Says something that is neither.
    pub(crate) fn note(&self, words: &str) {
        self.line(Level::NOTE, "note", words);
    }

    fn line(&self, level: Level<'_>, word: &str, words: &str) {
        match self.format {
            MessageFormat::Human => {
                let title = level.primary_title(words);
                put(self.renderer.render(&[Group::with_title(title)]).as_bytes());
                put(b"\n");
            }
            MessageFormat::Json => {
                let object = serde_json::json!({ "level": word, "message": words });
                put(format!("{object}\n").as_bytes());
            }
        }
    }
}

/// Whether to write in colours, to a terminal or not.
pub(crate) fn coloured(terminal: bool) -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    terminal && !unwanted && !dumb
}

/// Who cannot read what is said cannot be told so.
fn put(bytes: &[u8]) {
    let _ = std::io::stderr().lock().write_all(bytes);
}

/// A message in the style of rustc.
pub(crate) fn human(message: &Message, renderer: &Renderer) -> String {
    let level = match message.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level.primary_title(message.title.as_str()).id(message.code);
    let mut group = Group::with_title(title);
    let source = &message.source;
    group = if let Some((first, others)) = message.marks.split_first() {
        let mut snippet = Snippet::source(source.text.as_str()).path(source.name.as_str());
        snippet = snippet.annotation(annotation(AnnotationKind::Primary, first));
        for other in others.iter().filter(|other| other.span != first.span) {
            snippet = snippet.annotation(annotation(AnnotationKind::Context, other));
        }
        group.element(snippet)
    } else {
        group.element(Origin::path(source.name.as_str()))
    };
    for note in &message.notes {
        let words = match note.kind {
            "rule" => format!("{}: {}", note.name, note.text),
            "spec" => note.name.clone(),
            "config" if note.text == "not given" => format!("`{}` is not given", note.name),
            _ => format!("{} = {}", note.name, note.text),
        };
        group = group.element(Level::NOTE.with_name(note.kind).message(words));
    }
    if !message.help.is_empty() {
        group = group.element(Level::HELP.message(message.help));
    }
    renderer.render(&[group])
}

fn annotation(kind: AnnotationKind, mark: &Mark) -> annotate_snippets::Annotation<'_> {
    let annotation = kind.span(mark.span.clone());
    if mark.path.is_empty() { annotation } else { annotation.label(mark.path.as_str()) }
}

/// A message as a line of JSON.
fn line(message: &Message) -> String {
    let place = |mark: &Mark| serde_json::json!({ "path": mark.path, "line": mark.line, "column": mark.column });
    let notes = |kind: &str| -> Vec<serde_json::Value> {
        let of = message.notes.iter().filter(|note| note.kind == kind);
        of.map(|note| serde_json::json!({ "name": note.name, "text": note.text })).collect()
    };
    let object = serde_json::json!({
        "level": match message.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": message.code,
        "message": message.title,
        "file": message.source.name,
        "places": message.marks.iter().map(place).collect::<Vec<_>>(),
        "rules": notes("rule"),
        "facts": notes("fact"),
        "config": notes("config"),
        "spec": notes("spec"),
        "help": message.help,
    });
    format!("{object}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::message::Source;
    use ocify::config::Format;

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
                    assert!(!shown.contains('\u{1b}'), "{shown:?}");
                }
            }
        }
    }
}
