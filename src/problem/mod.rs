//! Every refusal and every warning there is: its code, its words, what to do.

mod hint;
mod mistake;
mod refusal;
mod warning;
mod written;

pub use hint::Hint;
pub use mistake::{MISTAKE_PAGES, MistakeCode};
pub use refusal::{NsKind, Problem};
pub use warning::WarningKind;
pub use written::{WrittenFix, WrittenLevel, WrittenMessage, WrittenPlace, WrittenPosition};

use crate::provenance::Because;

/// Which half of the work refused.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum When {
    /// While the request was read (`decode`).
    Decode,
    /// While the container was made (`create`).
    #[default]
    Create,
    /// While it was started (`init`).
    Init,
}

impl When {
    /// Its word in a recorded refusal.
    pub fn word(self) -> &'static str {
        match self {
            When::Decode => "decode",
            When::Create => "create",
            When::Init => "init",
        }
    }
}

/// A refusal with its reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Which half refused.
    pub when: When,
    /// What is refused.
    pub problem: Problem,
    /// Why.
    pub because: Because,
}

/// A warning with its reason.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Warning {
    /// Which half warns.
    pub when: When,
    /// What of.
    pub kind: WarningKind,
    /// Why.
    pub because: Because,
}
