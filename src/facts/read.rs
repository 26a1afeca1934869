//! Reads a recorded facts file.

use super::Facts;
use crate::text::{Mistake, Mode, NodeError, Reader, json};
use alloc::{string::String, string::ToString, vec::Vec};

/// Version of the record's format that is written: additions raise the minor number.
pub const FORMAT_VERSION: &str = "1.0";

/// Text that is no facts record.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FactsError {
    /// Not JSON.
    #[error("{0}")]
    Text(#[from] NodeError),
    /// Fields that cannot be what they are; never empty.
    #[error("the facts have mistakes")]
    Mistakes(Vec<Mistake>),
    /// Of another format.
    #[error(
        "facts of format version `{found}` cannot be read: this is version {FORMAT_VERSION}; record them again with `ocify facts`"
    )]
    Version {
        /// As written.
        found: String,
    },
}

/// Reads a facts record. Fields of a newer minor version are ignored.
///
/// # Errors
///
/// [`FactsError::Text`] when it is not JSON, [`FactsError::Mistakes`] with every field that cannot be what it is, [`FactsError::Version`] for a
/// record of another major format, or of none.
///
/// # Examples
///
/// ```
/// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
/// use ocify::facts::{FactsError, facts_from_json};
///
/// let facts = facts_from_json(recorded)?;
/// assert_eq!(facts.host.rootless, Some(true));
/// assert!(matches!(facts_from_json(r#"{"format_version": "9.0"}"#), Err(FactsError::Version { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn facts_from_json(text: &str) -> Result<Facts, FactsError> {
    let node = json(text)?;
    let version = match &node {
        crate::text::Node::Map(entries) => {
            entries.iter().find(|(k, _)| k == "format_version").map(|(_, v)| match v {
                crate::text::Node::Str(s) => s.to_string(),
                other => other.kind().to_string(),
            })
        }
        _ => None,
    };
    let version = version.unwrap_or_default();
    let number = |v: &str| {
        v.split_once('.').and_then(|(a, b)| Some((a.parse::<u32>().ok()?, b.parse::<u32>().ok()?)))
    };
    let (ours, found) = (number(FORMAT_VERSION), number(&version));
    match (ours, found) {
        (Some((major, minor)), Some((their, newer))) if major == their => {
            Reader::whole(&node, Mode { api: false, lenient: newer > minor })
                .map_err(FactsError::Mistakes)
        }
        _ => Err(FactsError::Version { found: version }),
    }
}
