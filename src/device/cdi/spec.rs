//! Gives the form of a CDI spec, and says what makes one valid.

use alloc::collections::BTreeSet;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer};

use super::name::{is_class, is_name, is_vendor};
use crate::quote::Quoted;

/// The versions that Podman's CDI library reads.
const VERSIONS: [&str; 5] = ["0.1.0", "0.2.0", "0.3.0", "0.4.0", "0.5.0"];

/// The hooks that an edit may add.
const HOOK_NAMES: [&str; 6] =
    ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

/// One file's devices. Unknown fields are refused, absent and `null` ones are empty.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Spec {
    /// The version of the form.
    #[serde(deserialize_with = "or_default")]
    pub cdi_version: String,
    /// `vendor/class`
    #[serde(deserialize_with = "or_default")]
    pub kind: String,
    /// The devices.
    #[serde(deserialize_with = "or_default")]
    pub devices: Vec<Device>,
    /// What any of the devices needs.
    #[serde(deserialize_with = "or_default")]
    pub container_edits: Edits,
}

/// A device that can be asked for.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Device {
    /// Its name within the kind.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// What it needs.
    #[serde(deserialize_with = "or_default")]
    pub container_edits: Edits,
}

/// Changes to a container's spec.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Edits {
    /// Variables, `NAME=VALUE`.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// Device nodes.
    #[serde(deserialize_with = "or_default")]
    pub device_nodes: Vec<DeviceNode>,
    /// Hooks.
    #[serde(deserialize_with = "or_default")]
    pub hooks: Vec<Hook>,
    /// Mounts.
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<Mount>,
}

/// A device node to be made in the container.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct DeviceNode {
    /// Where.
    #[serde(deserialize_with = "or_default")]
    pub path: String,
    /// The node on the host; empty for the same path.
    #[serde(deserialize_with = "or_default")]
    pub host_path: String,
    /// `b`, `c`, `u`, `p`; empty for the host's.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
    /// The major number; 0 for the host's.
    #[serde(deserialize_with = "or_default")]
    pub major: i64,
    /// The minor number.
    #[serde(deserialize_with = "or_default")]
    pub minor: i64,
    /// The file mode.
    pub file_mode: Option<u32>,
    /// Letters of `rwm`; empty for all.
    #[serde(deserialize_with = "or_default")]
    pub permissions: String,
    /// The owner; `None` for the process's user, unless that is 0.
    pub uid: Option<u32>,
    /// The group; `None` for the process's group, unless that is 0.
    pub gid: Option<u32>,
}

/// A mount to be added.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Mount {
    /// The source.
    #[serde(deserialize_with = "or_default")]
    pub host_path: String,
    /// The destination.
    #[serde(deserialize_with = "or_default")]
    pub container_path: String,
    /// The options.
    #[serde(deserialize_with = "or_default")]
    pub options: Vec<String>,
    /// The filesystem's type; empty for none.
    #[serde(rename = "type", deserialize_with = "or_default")]
    pub kind: String,
}

/// A hook to be added.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub struct Hook {
    /// The stage, as OCI names it.
    #[serde(deserialize_with = "or_default")]
    pub hook_name: String,
    /// The program.
    #[serde(deserialize_with = "or_default")]
    pub path: String,
    /// Its arguments, the first its name.
    #[serde(deserialize_with = "or_default")]
    pub args: Vec<String>,
    /// Its environment.
    #[serde(deserialize_with = "or_default")]
    pub env: Vec<String>,
    /// How long it may run, in seconds.
    pub timeout: Option<i64>,
}

/// Why a spec file is left out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// It is neither JSON nor YAML of this form.
    #[error("failed to unmarshal CDI Spec: {0}")]
    Decode(String),
    /// Not one of the versions 0.1.0 to 0.5.0.
    #[error("invalid version {}", Quoted(.0))]
    Version(String),
    /// No `vendor/class`; one of a single letter, over which Podman crashes, is left out too.
    #[error("invalid kind {}", Quoted(.0))]
    Kind(String),
    /// A device whose name is none.
    #[error("invalid device name {}", Quoted(.0))]
    DeviceName(String),
    /// A device that needs nothing.
    #[error("device {}: no edits", Quoted(.0))]
    EmptyDevice(String),
    /// A device that is there twice.
    #[error("multiple device {}", Quoted(.0))]
    DeviceTwice(String),
    /// A variable without a name or a value.
    #[error("invalid environment variable {}", Quoted(.0))]
    Env(String),
    /// A device node without a path, or with another type or other permissions than there are.
    #[error("invalid device node {}", Quoted(.0))]
    DeviceNode(String),
    /// A hook of no stage, or without a program.
    #[error("invalid hook {}", Quoted(.0))]
    Hook(String),
    /// A mount without source or destination.
    #[error("invalid mount at {}", Quoted(.0))]
    Mount(String),
}

/// Reads a spec's text and checks it; `yaml` reads what is no JSON.
pub(super) fn parse(
    text: &str,
    yaml: impl Fn(&str) -> Result<Spec, String>,
) -> Result<Spec, SpecError> {
    let spec = match serde_json::from_str(text) {
        Ok(spec) => spec,
        Err(_) => yaml(text).map_err(SpecError::Decode)?,
    };
    check(&spec)?;
    Ok(spec)
}

/// Checks a spec as Podman's CDI library does.
fn check(spec: &Spec) -> Result<(), SpecError> {
    // LP-CDI-01
    let Spec { cdi_version, kind, devices, container_edits } = spec;
    if !VERSIONS.contains(&cdi_version.as_str()) {
        return Err(SpecError::Version(cdi_version.clone()));
    }
    if !kind
        .split_once('/')
        .is_some_and(|(vendor, class)| is_vendor(vendor) == Ok(true) && is_class(class) == Ok(true))
    {
        return Err(SpecError::Kind(kind.clone()));
    }
    check_edits(container_edits)?;
    let mut names = BTreeSet::new();
    for Device { name, container_edits } in devices {
        if !is_name(name) {
            return Err(SpecError::DeviceName(name.clone()));
        }
        if *container_edits == Edits::default() {
            return Err(SpecError::EmptyDevice(name.clone()));
        }
        check_edits(container_edits)?;
        if !names.insert(name.as_str()) {
            return Err(SpecError::DeviceTwice(name.clone()));
        }
    }
    Ok(())
}

/// Checks edits: their order is Podman's.
fn check_edits(edits: &Edits) -> Result<(), SpecError> {
    check_env(&edits.env)?;
    for node in &edits.device_nodes {
        let known = matches!(node.kind.as_str(), "" | "b" | "c" | "u" | "p")
            && node.permissions.bytes().all(|byte| matches!(byte, b'r' | b'w' | b'm'));
        if node.path.is_empty() || !known {
            return Err(SpecError::DeviceNode(node.path.clone()));
        }
    }
    for hook in &edits.hooks {
        if !HOOK_NAMES.contains(&hook.hook_name.as_str()) || hook.path.is_empty() {
            return Err(SpecError::Hook(hook.hook_name.clone()));
        }
        check_env(&hook.env)?;
    }
    match edits
        .mounts
        .iter()
        .find(|mount| mount.host_path.is_empty() || mount.container_path.is_empty())
    {
        Some(mount) => Err(SpecError::Mount(mount.container_path.clone())),
        None => Ok(()),
    }
}

/// Checks that every variable has a name and a value.
fn check_env(env: &[String]) -> Result<(), SpecError> {
    match env
        .iter()
        .find(|variable| variable.split_once('=').is_none_or(|(name, _)| name.is_empty()))
    {
        Some(variable) => Err(SpecError::Env(variable.clone())),
        None => Ok(()),
    }
}

/// Reads a value of which `null` is the default, as Go does.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    fn read(text: &str) -> Result<Spec, String> {
        parse(text, |_| Err("no YAML".into())).map_err(|error| error.to_string())
    }

    #[test]
    fn specs_are_checked() {
        let device = |edits: &str| {
            format!(
                r#"{{"cdiVersion":"0.1.0","kind":"ven.dor/cl","devices":[{{"name":"n","containerEdits":{edits}}}]}}"#
            )
        };
        let good = [
            r#"{"cdiVersion":"0.5.0","kind":"ven/cl","devices":null,"containerEdits":{"env":null,"hooks":[]}}"#.into(),
            device(r#"{"env":["A=","B=c=d"]}"#),
            device(r#"{"deviceNodes":[{"path":"/d","type":"u","permissions":"","fileMode":420,"uid":0,"gid":5,"major":null}]}"#),
            device(r#"{"hooks":[{"hookName":"poststop","path":"p","env":["A=b"],"timeout":5}]}"#),
        ];
        for text in good {
            assert!(read(&text).is_ok(), "{text}: {:?}", read(&text));
        }
        let bad = [
            (String::new(), "failed to unmarshal CDI Spec: no YAML"),
            (
                r#"{"cdiVersion":"0.5.0","kind":"ven/cl","more":1}"#.into(),
                "failed to unmarshal CDI Spec: no YAML",
            ),
            (device(r#"{"deviceNodes":[null]}"#), "failed to unmarshal CDI Spec: no YAML"),
            (r#"{"kind":"ven/cl"}"#.into(), "invalid version \"\""),
            (r#"{"cdiVersion":"0.5.0","kind":"ven"}"#.into(), "invalid kind \"ven\""),
            (r#"{"cdiVersion":"0.5.0","kind":"v/cl"}"#.into(), "invalid kind \"v/cl\""),
            (r#"{"cdiVersion":"0.5.0","kind":"ven/c.l"}"#.into(), "invalid kind \"ven/c.l\""),
            (
                r#"{"cdiVersion":"0.5.0","kind":"ven/cl","devices":[{"name":"-"}]}"#.into(),
                "invalid device name \"-\"",
            ),
            (device("{}"), "device \"n\": no edits"),
            (device(r#"{"env":["A"]}"#), "invalid environment variable \"A\""),
            (device(r#"{"env":["=b"]}"#), "invalid environment variable \"=b\""),
            (device(r#"{"deviceNodes":[{"type":"c"}]}"#), "invalid device node \"\""),
            (device(r#"{"deviceNodes":[{"path":"/d","type":"x"}]}"#), "invalid device node \"/d\""),
            (
                device(r#"{"deviceNodes":[{"path":"/d","permissions":"rwx"}]}"#),
                "invalid device node \"/d\"",
            ),
            (device(r#"{"hooks":[{"hookName":"pre","path":"p"}]}"#), "invalid hook \"pre\""),
            (device(r#"{"hooks":[{"hookName":"prestart"}]}"#), "invalid hook \"prestart\""),
            (device(r#"{"mounts":[{"containerPath":"/c"}]}"#), "invalid mount at \"/c\""),
            (
                device(r#"{"env":["A=b"]}},{"name":"n","containerEdits":{"env":["A=b"]}"#),
                "multiple device \"n\"",
            ),
        ];
        for (text, wanted) in bad {
            assert_eq!(read(&text), Err(wanted.into()), "{text}");
        }
    }
}
