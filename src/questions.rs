//! What has to be known: the facts that a config needs, by name.

use crate::facts::FactKey;
use alloc::string::String;
use core::fmt;

/// One fact that is needed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Question {
    /// Which fact.
    pub key: FactKey,
    /// The key in its table, such as a path; empty for a fact with one value.
    pub of: String,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of.is_empty() { f.write_str(self.key.path()) } else { write!(f, "{}[{}]", self.key.path(), self.of) }
    }
}
