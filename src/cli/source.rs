//! Keeps the texts that messages point into: the file of a config or its layers, and the place of each value in them.

use ocify::config::{Format, Layer, Layered, locate};
use ocify::problem::WrittenPosition;
use ocify::text::{Node, json, yaml};
use std::ops::Range;
use std::rc::Rc;

/// A text that messages point into.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    /// The name of its file.
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) text: String,
}

/// The text of a config, or the texts of its layers, the lowest first.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    files: Rc<[Source]>,
    /// What came from which of them; none for a single one.
    layered: Option<Rc<Layered>>,
}

/// A place in a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mark {
    /// Which of the texts.
    pub(crate) file: usize,
    /// The path in the config, as in `mounts[2].options`; empty where only the position is known.
    pub(crate) path: String,
    /// From 1.
    pub(crate) line: usize,
    /// From 1, in characters.
    pub(crate) column: usize,
    /// The bytes that are underlined.
    pub(crate) span: Range<usize>,
}

impl Source {
    /// The text as a tree; none where it is neither YAML nor JSON.
    pub(crate) fn tree(&self) -> Option<Node<'_>> {
        match self.format {
            Format::Json => json(&self.text),
            Format::Yaml => yaml(&self.text),
        }
        .ok()
    }
}

impl From<Source> for Sources {
    fn from(source: Source) -> Self {
        Sources { files: Rc::new([source]), layered: None }
    }
}

impl Sources {
    /// Layers, and what they say together.
    pub(crate) fn layers(files: Vec<Source>, layered: Layered) -> Self {
        Sources { files: files.into(), layered: Some(Rc::new(layered)) }
    }

    /// The texts with their numbers; where several have a place, the upper one is meant.
    pub(crate) fn files(&self) -> impl DoubleEndedIterator<Item = (usize, &Source)> {
        self.files.iter().enumerate()
    }

    /// The names of the files.
    pub(crate) fn name(&self) -> String {
        self.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(" + ")
    }

    /// The text in which a place is.
    pub(crate) fn of(&self, mark: &Mark) -> Option<&Source> {
        self.files.get(mark.file)
    }

    /// The place of a path of the config; none for what is not written.
    pub(crate) fn at(&self, path: &str) -> Option<Mark> {
        let Some(layered) = &self.layered else {
            return at(self.files.first()?, path);
        };
        let layers: Vec<Layer<'_>> =
            self.files.iter().map(|file| Layer { text: &file.text, format: file.format }).collect();
        let (file, line, column) = layered.locate(&layers, path)?;
        let mark = mark(self.files.get(file)?, path.to_owned(), line, column)?;
        Some(Mark { file, ..mark })
    }

    /// `web.yaml:10:5` of a place.
    pub(crate) fn place(&self, mark: &Mark) -> String {
        let name = self.of(mark).map_or("", |file| &file.name);
        format!("{name}:{}:{}", mark.line, mark.column)
    }

    /// The line of a place.
    pub(crate) fn row(&self, mark: &Mark) -> &str {
        self.of(mark).and_then(|file| row(&file.text, mark.line)).map_or("", |(_, row)| row)
    }
}

/// The place of a path in a text; none for what is not written there.
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

pub(crate) fn mark(source: &Source, path: String, line: usize, column: usize) -> Option<Mark> {
    let Some((start, row)) = row(&source.text, line) else {
        // A parser that misses something at the end of the text names a line behind it.
        let last = source.text.lines().count();
        let (start, row) = row(&source.text, last).filter(|_| line > last)?;
        let end = start.saturating_add(row.len());
        let column = row.chars().count().saturating_add(1);
        return Some(Mark { file: 0, path, line: last, column, span: end..end });
    };
    let chars = column.saturating_sub(1);
    let from = row.char_indices().nth(chars).map_or(row.len(), |(at, _)| at);
    let length = extent(row, from, source.format);
    let span = start.saturating_add(from)..start.saturating_add(from).saturating_add(length);
    Some(Mark { file: 0, path, line, column, span })
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

/// The line and the column of a byte.
pub(crate) fn position(text: &str, at: usize) -> Option<WrittenPosition> {
    let before = text.get(..at)?;
    let row = before.rsplit('\n').next().unwrap_or(before);
    Some(WrittenPosition {
        line: before.matches('\n').count().saturating_add(1),
        column: row.chars().count().saturating_add(1),
    })
}

/// Bytes of a text as a place, up to the end of their line.
pub(crate) fn marked(text: &str, span: Range<usize>) -> Option<Mark> {
    let WrittenPosition { line, column } = position(text, span.start)?;
    let (start, row) = row(text, line)?;
    let end = span.end.clamp(span.start, start.saturating_add(row.len()).max(span.start));
    Some(Mark { file: 0, path: String::new(), line, column, span: span.start..end })
}

/// The line of a key in its table of a TOML text; keys are matched without case, as Podman does.
pub(crate) fn in_toml(text: &str, path: &str) -> Option<Mark> {
    let (table, rest) = path.split_once('.')?;
    let key = rest.split(['.', '[']).next()?;
    let mut inside = false;
    let mut start: usize = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim();
        if let Some(name) = plain.strip_prefix('[') {
            inside = name.split(']').next()?.trim().eq_ignore_ascii_case(table);
        } else if inside {
            let name = plain.split('=').next().unwrap_or_default().trim().trim_matches('"');
            if name.eq_ignore_ascii_case(key) {
                let blanks = line.len().saturating_sub(line.trim_start().len());
                let from = start.saturating_add(blanks);
                return marked(text, from..from.saturating_add(plain.len()));
            }
        }
        start = start.saturating_add(line.len());
    }
    None
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
