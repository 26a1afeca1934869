//! Mistakes in the text of an input: the code of each kind, and what to do about it.

use crate::text::{MistakeKind, NodeError};

/// Every code of a mistake in the text, with what it stands for and what to do.
pub const MISTAKE_PAGES: &[(&str, &str, &str)] = &[
    (
        "E0001",
        "The text is neither YAML nor JSON.",
        "mend the line that is shown; a text that begins with `{` is read as JSON, any other as YAML",
    ),
    (
        "E0002",
        "There is no field of this name.",
        "`ocify schema config` lists every field; `--lenient` ignores what it does not know",
    ),
    (
        "E0003",
        "The field came with a Podman newer than 4.3, whose semantics are compiled here.",
        "leave the field out, or ignore it with `--lenient`",
    ),
    ("E0004", "A field is given twice in one object.", "keep one of the two"),
    (
        "E0005",
        "The field takes a value of another kind.",
        "write the kind of value that is expected; `ocify schema config` shows what each field takes",
    ),
    (
        "E0006",
        "The value is of the right kind, but cannot be read.",
        "`ocify schema config` shows what each field takes, and its short forms",
    ),
    (
        "E0007",
        "The facts record has a format version that this program does not read.",
        "record the facts again with this program: `ocify facts CONFIG`",
    ),
    ("E0008", "The text is longer than what is read of an input.", "give a shorter text"),
];

/// What is wrong with the text of an input.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum MistakeCode {
    /// Neither YAML nor JSON.
    Syntax,
    /// A key that no field has.
    UnknownKey,
    /// A field of a newer Podman.
    Newer,
    /// A key twice.
    Twice,
    /// A value of another kind.
    Kind,
    /// A value that cannot be read.
    Value,
    /// A facts record of another format version.
    Version,
    /// Too long a text.
    TooLong,
}

impl MistakeCode {
    fn page(self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        MISTAKE_PAGES.get(usize::from(match self {
            MistakeCode::Syntax => 0_u8,
            MistakeCode::UnknownKey => 1,
            MistakeCode::Newer => 2,
            MistakeCode::Twice => 3,
            MistakeCode::Kind => 4,
            MistakeCode::Value => 5,
            MistakeCode::Version => 6,
            MistakeCode::TooLong => 7,
        }))
    }

    /// Its code, such as `E0002`.
    pub fn code(self) -> &'static str {
        self.page().map_or("E0000", |page| page.0)
    }

    /// What to do about it.
    pub fn help(self) -> &'static str {
        self.page().map_or("", |page| page.2)
    }
}

impl From<&MistakeKind> for MistakeCode {
    fn from(kind: &MistakeKind) -> Self {
        match kind {
            MistakeKind::UnknownKey { .. } => MistakeCode::UnknownKey,
            MistakeKind::Newer { .. } => MistakeCode::Newer,
            MistakeKind::Twice { .. } => MistakeCode::Twice,
            MistakeKind::Kind { .. } => MistakeCode::Kind,
            MistakeKind::Value { .. } => MistakeCode::Value,
        }
    }
}

impl From<&NodeError> for MistakeCode {
    fn from(error: &NodeError) -> Self {
        match error {
            NodeError::TooLong { .. } => MistakeCode::TooLong,
            NodeError::Syntax { .. } => MistakeCode::Syntax,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_the_page_of_its_code() {
        use MistakeCode as C;
        let all = [
            C::Syntax,
            C::UnknownKey,
            C::Newer,
            C::Twice,
            C::Kind,
            C::Value,
            C::Version,
            C::TooLong,
        ];
        for (code, page) in all.into_iter().zip(MISTAKE_PAGES) {
            assert_eq!((code.code(), code.help()), (page.0, page.2));
        }
        assert_eq!(all.len(), MISTAKE_PAGES.len());
    }
}
