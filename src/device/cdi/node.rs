//! Fills in from the host what a CDI spec leaves open about a device node.

use alloc::string::{String, ToString};

use super::DeviceNode;
use crate::quote::Quoted;

/// What a device node on the host is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct HostNode {
    /// `b`, `c` or `p`.
    pub kind: char,
    /// The major number.
    pub major: i64,
    /// The minor number.
    pub minor: i64,
}

/// A device node with nothing missing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Filled<'a> {
    /// `b`, `c`, `u` or `p`.
    pub kind: String,
    /// The major number.
    pub major: i64,
    /// The minor number.
    pub minor: i64,
    /// The access that a device rule allows; `None` for a node that needs no rule.
    pub access: Option<&'a str>,
}

/// Why a device node cannot be made, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// The host has no such node, with its own words.
    #[error("failed to inject devices: failed to stat CDI host device {}: {error}", Quoted(.path))]
    Stat {
        /// The host's path.
        path: String,
        /// What the host says.
        error: String,
    },
    /// The host has another kind of node.
    #[error("failed to inject devices: CDI device ({}, {}), host type mismatch ({kind}, {host})", Quoted(.path), Quoted(.host_path))]
    Mismatch {
        /// The container's path.
        path: String,
        /// The host's path.
        host_path: String,
        /// The spec's type.
        kind: String,
        /// The host's type.
        host: char,
    },
}

impl DeviceNode {
    /// Gives the path on the host that has to be looked at, where something is missing here.
    pub fn missing(&self) -> Option<&str> {
        let whole = !self.kind.is_empty() && (self.major != 0 || self.kind == "p");
        (!whole).then_some(if self.host_path.is_empty() { &self.path } else { &self.host_path })
    }

    /// Fills in from the host's node what is missing; `host` is asked for the path that [`Self::missing`] gives, if any.
    ///
    /// # Errors
    ///
    /// [`NodeError`]
    ///
    /// Source: CDI `pkg/cdi/container-edits_unix.go`, `fillMissingInfo`, and `container-edits.go`, `Apply`.
    pub fn fill<E: ToString>(
        &self,
        host: impl FnOnce(&str) -> Result<HostNode, E>,
    ) -> Result<Filled<'_>, NodeError> {
        // LP-CDI-02
        let mut filled =
            Filled { kind: self.kind.clone(), major: self.major, minor: self.minor, access: None };
        if let Some(path) = self.missing() {
            let node = host(path)
                .map_err(|error| NodeError::Stat { path: path.into(), error: error.to_string() })?;
            if filled.kind.is_empty() {
                filled.kind = node.kind.to_string();
            } else if !filled.kind.chars().eq([node.kind]) {
                return Err(NodeError::Mismatch {
                    path: self.path.clone(),
                    host_path: path.into(),
                    kind: filled.kind,
                    host: node.kind,
                });
            }
            // A FIFO has no numbers; a minor number alone does not count.
            if filled.major == 0 && filled.kind != "p" {
                (filled.major, filled.minor) = (node.major, node.minor);
            }
        }
        if matches!(filled.kind.as_str(), "b" | "c") {
            filled.access =
                Some(if self.permissions.is_empty() { "rwm" } else { &self.permissions });
        }
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;

    #[test]
    fn the_host_fills_in_what_is_missing() {
        let host = HostNode { kind: 'c', major: 10, minor: 200 };
        let fill = |node: &DeviceNode| {
            let filled = node.fill(|_| Ok::<_, &str>(host)).map_err(|error| error.to_string())?;
            Ok::<_, String>(format!(
                "{} {}:{} {:?}",
                filled.kind, filled.major, filled.minor, filled.access
            ))
        };
        let node = |kind: &str, major, minor, permissions: &str| DeviceNode {
            path: "/dev/x".into(),
            kind: kind.into(),
            major,
            minor,
            permissions: permissions.into(),
            ..DeviceNode::default()
        };
        let table = [
            (node("c", 1, 5, "rw"), Ok("c 1:5 Some(\"rw\")")),
            (node("", 0, 0, ""), Ok("c 10:200 Some(\"rwm\")")),
            (node("", 1, 5, ""), Ok("c 1:5 Some(\"rwm\")")),
            (node("c", 0, 5, ""), Ok("c 10:200 Some(\"rwm\")")),
            (node("p", 0, 0, ""), Ok("p 0:0 None")),
            (node("u", 1, 1, ""), Ok("u 1:1 None")),
            (
                node("b", 0, 0, ""),
                Err(
                    "failed to inject devices: CDI device (\"/dev/x\", \"/dev/x\"), host type mismatch (b, c)",
                ),
            ),
        ];
        for (node, wanted) in table {
            assert_eq!(fill(&node).as_deref().map_err(String::as_str), wanted, "{node:?}");
        }
        let elsewhere = DeviceNode { host_path: "/dev/h".into(), ..node("", 0, 0, "") };
        assert_eq!(elsewhere.missing(), Some("/dev/h"));
        let error = elsewhere
            .fill(|path| Err::<HostNode, _>(format!("stat {path}: no such file or directory")))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to inject devices: failed to stat CDI host device \"/dev/h\": stat /dev/h: no such file or directory"
        );
    }
}
