//! Holds an OCI runtime spec against what OCI demands, what this field knows to be wrong, and what a runtime says of itself.
//!
//! The spec is any `config.json`, whoever made it: it is read as a tree, so that one which no type can hold is told of as well.
//!
//! ```
//! let text = r#"{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "linux": {"namespaces": [{"type": "uts"}, {"type": "uts"}]}}"#;
//! let spec = ocify::text::json(text)?;
//! let findings = ocify::check::spec(&spec);
//! assert_eq!(findings[0].kind.code(), "C006");
//! assert_eq!(findings[0].place, "linux.namespaces[1]");
//! # Ok::<(), ocify::text::NodeError>(())
//! ```

mod ids;
mod kinds;
mod linux;
mod look;
mod mounts;
mod pages;
mod process;
mod runtime;
mod seccomp;
mod security;

pub use pages::{FindingKind, Severity};
pub use runtime::{Surroundings, runtime};
pub use security::security;

use crate::text::Node;
use alloc::{format, string::String, vec::Vec};
use look::{Found, Namespaces, Spec};

/// One thing about a spec that somebody should know.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is: its code, its page.
    pub kind: FindingKind,
    /// The place in the spec by number, as in `mounts[2].options[0]`; empty for the whole spec.
    pub place: String,
    /// The same place as `explain` names it, as in `mounts[/data]`; empty where it is the same.
    pub name: String,
    /// What is wrong there, in words.
    pub message: String,
}

/// Whether a text is an OCI runtime spec rather than a config: it has the key `ociVersion`.
pub fn is_spec(node: &Node<'_>) -> bool {
    matches!(node, Node::Map(entries) if entries.iter().any(|(key, _)| key == "ociVersion"))
}

/// Holds a spec against OCI's text and against what is known to be wrong, without a word about any runtime. In the order of the spec's rooms.
///
/// # Examples
///
/// ```
/// let text = r#"{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "mounts": [{"destination": "data", "type": "tmpfs"}]}"#;
/// for finding in ocify::check::spec(&ocify::text::json(text)?) {
///     println!("{}: {} at {}", finding.kind.code(), finding.message, finding.place);
/// }
/// # Ok::<(), ocify::text::NodeError>(())
/// ```
pub fn spec(spec: &Node<'_>) -> Vec<Finding> {
    let mut found = Found::default();
    let spec = Spec::new(spec);
    let namespaces = Namespaces::of(&spec);
    kinds::check(&spec, &mut found);
    version(&spec, &mut found);
    process::check(&spec, &namespaces, &mut found);
    mounts::check(&spec, &namespaces, &mut found);
    ids::check(&spec, &namespaces, &mut found);
    linux::check(&spec, &namespaces, &mut found);
    seccomp::check(&spec, &mut found);
    found.all
}

/// It has to be a semantic version.
fn version(spec: &Spec<'_>, found: &mut Found) {
    if let Some(at) = spec.at("ociVersion")
        && let Some(text) = at.text()
        && runtime::Version::parse(text).is_none()
    {
        found.add(FindingKind::Version, &at, format!("`{text}` is no version of the OCI spec"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::json;

    fn codes(text: &str) -> Vec<&'static str> {
        spec(&json(text).unwrap()).iter().map(|finding| finding.kind.code()).collect()
    }

    #[test]
    fn whatever_the_text_there_is_an_answer() {
        for text in [
            "null",
            "[]",
            "{}",
            "1",
            r#"{"ociVersion": null}"#,
            r#"{"ociVersion": [], "process": 1, "mounts": {"a": 1}, "linux": [1], "hooks": "x", "root": []}"#,
            r#"{"linux": {"namespaces": [null, 1, {"type": 2}, {}], "uidMappings": [{"size": -1, "hostID": 1e99}], "sysctl": {"": ""}}}"#,
            r#"{"mounts": [{"destination": "", "options": [1, null]}], "process": {"user": {"uid": 99999999999999999999}}}"#,
        ] {
            let _ = codes(text);
        }
        assert_eq!(codes(r#"{"ociVersion": "1.0", "root": {"path": "r"}}"#), ["C003"]);
        assert_eq!(codes(r#"{"ociVersion": "1.0.2-dev", "root": {"path": "r"}}"#), [""; 0]);
    }
}
