//! Reads a recorded facts file.

use super::{Answer, Facts};
use crate::text::{Mistake, MistakeKind, Mode, Node, NodeError, Reader, json, nearest};
use alloc::{format, string::String, string::ToString, vec::Vec};

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
    #[error("{}", of_version(found))]
    Version {
        /// As written; empty where the record says none.
        found: String,
    },
}

fn of_version(found: &str) -> String {
    if found.is_empty() {
        return format!(
            "the facts record does not say its `format_version`: this program reads {FORMAT_VERSION}"
        );
    }
    format!(
        "facts of format version `{found}` cannot be read: this is version {FORMAT_VERSION}; record them again with `ocify facts`"
    )
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
    let Node::Map(entries) = &node else {
        let found = node.kind().into();
        let kind = MistakeKind::Kind { expected: "an object, a facts record".into(), found };
        return Err(FactsError::Mistakes([Mistake { path: String::new(), kind }].into()));
    };
    if !entries.iter().any(|(key, _)| key == "format_version")
        && let Some((key, _)) =
            entries.iter().find(|(key, _)| nearest(key, ["format_version"]).is_some())
    {
        let hint = Some("format_version".into());
        let kind = MistakeKind::UnknownKey { key: key.to_string(), hint };
        return Err(FactsError::Mistakes([Mistake { path: key.to_string(), kind }].into()));
    }
    let version = entries.iter().find(|(k, _)| k == "format_version").map(|(_, v)| match v {
        Node::Str(s) => s.to_string(),
        Node::Float(number) => number.to_string(),
        Node::Int(number) => number.to_string(),
        other => other.kind().to_string(),
    });
    let version = version.unwrap_or_default();
    let number = |v: &str| {
        v.split_once('.').and_then(|(a, b)| Some((a.parse::<u32>().ok()?, b.parse::<u32>().ok()?)))
    };
    let (ours, found) = (number(FORMAT_VERSION), number(&version));
    match (ours, found) {
        (Some((major, minor)), Some((their, newer))) if major == their => {
            let facts = Reader::whole(&node, Mode { api: false, lenient: newer > minor })
                .map_err(FactsError::Mistakes)?;
            let wrong = words(&facts);
            // A newer record may have words that are not known yet.
            if wrong.is_empty() || newer > minor {
                Ok(facts)
            } else {
                Err(FactsError::Mistakes(wrong))
            }
        }
        _ => Err(FactsError::Version { found: version }),
    }
}

/// The words that are none of the few that their facts can be. What is left out is empty.
fn words(facts: &Facts) -> Vec<Mistake> {
    let mut wrong = Vec::new();
    let mut word = |path: String, word: &str, known: &[&str]| {
        if word.is_empty() || known.contains(&word) {
            return;
        }
        let listed = known.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
        let message = format!("`{word}` is none of {listed}");
        let meant = nearest(word, known.iter().copied());
        let hint = meant.map(|meant| (word.into(), meant.into()));
        wrong.push(Mistake { path, kind: MistakeKind::Value { message, hint } });
    };
    for (path, entry) in facts.rootfs.paths.iter() {
        word(format!("rootfs.paths.{path}.kind"), &entry.kind, &ROOTFS_KINDS);
    }
    for (path, known) in facts.paths.iter() {
        if let Some(Answer::Is(device)) = &known.device {
            word(format!("paths.{path}.device.type"), &device.kind, &DEVICES);
        }
    }
    if let Some(Answer::Is(devices)) = &facts.host.devices {
        for (number, device) in devices.iter().enumerate() {
            word(format!("host.devices[{number}].type"), &device.kind, &DEVICES);
        }
    }
    for (name, pod) in facts.pods.iter() {
        for (number, namespace) in pod.shared.iter().enumerate() {
            word(format!("pods.{name}.shared[{number}]"), namespace, &SHARED);
        }
        let of_host = pod.infra.iter().flat_map(|infra| &infra.host_namespaces);
        for (number, namespace) in of_host.enumerate() {
            word(format!("pods.{name}.infra.host_namespaces[{number}]"), namespace, &SHARED);
        }
    }
    wrong
}

const ROOTFS_KINDS: [&str; 5] = ["directory", "file", "link", "special", "absent"];
const DEVICES: [&str; 4] = ["b", "c", "p", "u"];
const SHARED: [&str; 6] = ["cgroup", "ipc", "net", "pid", "user", "uts"];
