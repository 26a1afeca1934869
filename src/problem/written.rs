//! A message as it is written for programs: one JSON object a line (`--message-format json`, `ocify schema message`).
//!
//! Every key stands in every message; what there is not is `null` or empty.

use crate::why::Told;
use alloc::{string::String, vec::Vec};
use schemars::JsonSchema;
use serde::Serialize;

/// A message.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrittenMessage {
    /// How bad it is.
    pub level: WrittenLevel,
    /// Its code, such as `E0403`, of which `ocify explain` has a page; null for trouble with files, the host or the command line.
    pub code: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// The file that it is about.
    pub file: Option<String>,
    /// The line in that file, from 1.
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    pub column: Option<usize>,
    /// Behind the last character that is meant.
    pub end: Option<WrittenPosition>,
    /// The path of the value in that file, such as `mounts[2].options`.
    pub path: Option<String>,
    /// Every place that the message names; the first is that above.
    pub places: Vec<WrittenPlace>,
    /// Why: the rules, the fields of the config and the facts.
    pub causes: Vec<Told>,
    /// The ids of the rules among the causes, such as `SG-MNT-03`.
    pub rules: Vec<String>,
    /// What to do.
    pub help: Option<String>,
    /// A replacement in the text that mends it, where one word was certainly meant to be another.
    pub fix: Option<WrittenFix>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum WrittenLevel {
    /// It cannot be done.
    Error,
    /// It is done, but perhaps not meant.
    Warning,
    /// It is told besides.
    Note,
}

/// A place in a text.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrittenPlace {
    /// The file.
    pub file: String,
    /// The path of the value in the file; empty where only the position is known.
    pub path: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// Behind its last character.
    pub end: WrittenPosition,
}

/// A position in a text.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct WrittenPosition {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// A replacement in a text.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WrittenFix {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column at which `replace` begins, from 1, in characters.
    pub column: usize,
    /// What stands there.
    pub replace: String,
    /// What is to stand there.
    pub with: String,
}
