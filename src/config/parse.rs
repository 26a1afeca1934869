//! Text to [`Config`]: the format found out, every mistake told with its place.

use super::{Config, Mount, decoded};
use crate::text::{Mistake, Mode, Node, NodeError, Reader, json, yaml};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// How a text is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Format {
    /// YAML, of which JSON is nearly a part.
    Yaml,
    /// JSON, which is read ten times faster.
    Json,
}

impl Format {
    /// JSON if the text starts with `{`, else YAML.
    pub fn of(text: &str) -> Self {
        if text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('{') {
            Format::Json
        } else {
            Format::Yaml
        }
    }
}

/// How a config is read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Parsing {
    /// As Podman's API decodes it (SG-JSON-02): JSON only, no short forms, unknown keys ignored, keys matched without case.
    pub api: bool,
    /// Ignore unknown keys.
    pub lenient: bool,
}

/// A text that is no config: each mistake with its place.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum ParseError {
    /// Neither YAML nor JSON.
    #[error("{0}")]
    Text(#[from] NodeError),
    /// Fields that cannot be what they are; never empty.
    #[error("{}", told(.0))]
    Mistakes(Vec<Mistake>),
}

/// All mistakes, each after its place.
fn told(mistakes: &[Mistake]) -> String {
    let each: Vec<String> =
        mistakes.iter().map(|mistake| format!("{}: {}", mistake.path, mistake.kind)).collect();
    each.join("; ")
}

/// Reads a config from YAML or JSON.
///
/// # Errors
///
/// [`ParseError`] with every mistake found.
pub fn parse(text: &str) -> Result<Config, ParseError> {
    parse_as(text, Format::of(text), Parsing::default())
}

/// Reads a config from text of a known format.
///
/// # Errors
///
/// [`ParseError`] with every mistake found.
pub fn parse_as(text: &str, format: Format, how: Parsing) -> Result<Config, ParseError> {
    config_of(&tree_of(text, format)?, how).map_err(ParseError::Mistakes)
}

/// Reads a text into a tree; one that says nothing is an empty object.
pub(super) fn tree_of(text: &str, format: Format) -> Result<Node<'_>, NodeError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = match format {
        Format::Json => json(text)?,
        Format::Yaml if text.trim().is_empty() => Node::Null,
        Format::Yaml => yaml(text)?,
    };
    Ok(if matches!(node, Node::Null) { Node::Map(Vec::new()) } else { node })
}

/// Reads a config from its tree.
pub(super) fn config_of(node: &Node<'_>, how: Parsing) -> Result<Config, Vec<Mistake>> {
    let mut config: Config = Reader::whole(node, Mode { api: how.api, lenient: how.lenient })?;
    let wrong = decoded::mistakes(&config);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    if !how.api {
        let entries = if let Node::Map(entries) = node { entries.as_slice() } else { &[] };
        if let Some((_, Node::Seq(written))) = entries.iter().find(|(key, _)| key == "volumes") {
            binds_among_volumes(&mut config, written);
        }
        if entries.iter().any(|(key, netns)| key == "netns" && matches!(netns, Node::Str(_))) {
            options_of_mode(&mut config);
        }
    }
    Ok(config)
}

/// In the short form `slirp4netns:OPTIONS` the options are network options, as on Podman's command line: Podman keeps them there. The same with
/// `pasta:OPTIONS`, since there is pasta.
fn options_of_mode(config: &mut Config) {
    let mode = &config.netns.nsmode;
    if matches!(mode.as_str(), "slirp4netns" | "pasta") && !config.netns.value.is_empty() {
        let options = core::mem::take(&mut config.netns.value);
        let all = config.network_options.get_or_insert_default();
        all.entry(config.netns.nsmode.clone())
            .or_default()
            .extend(options.split(',').map(ToOwned::to_owned));
    }
}

/// Whether an entry of `volumes` is of the short form and has the path of a directory as its source. The object form names a volume, whatever the
/// name: so it is in Podman's requests.
pub(super) fn is_bind(written: &Node<'_>) -> bool {
    matches!(written, Node::Str(text) if text.contains(':') && text.starts_with(['/', '.']))
}

/// In the short form a volume whose source is a path is a bind mount, as on Podman's command line.
fn binds_among_volumes(config: &mut Config, written: &[Node<'_>]) {
    if !written.iter().any(is_bind) {
        return;
    }
    let mut written = written.iter();
    for volume in core::mem::take(&mut config.volumes) {
        if written.next().is_some_and(is_bind) {
            config.mounts.push(Mount {
                destination: volume.dest,
                kind: "bind".to_owned(),
                source: volume.name,
                options: Some(volume.options),
            });
        } else {
            config.volumes.push(volume);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString as _;

    /// Found by fuzzing: in a request `/kept` is the name of a volume, and stays one when the request is written and read again.
    #[test]
    fn a_volume_is_told_from_a_bind_mount_by_its_form() {
        let text = r#"{"volumes": [{"Name": "/kept", "Dest": "/data"}]}"#;
        let request = parse_as(text, Format::Json, Parsing { api: true, lenient: false }).unwrap();
        let written = serde_json::to_string(&request).unwrap();
        assert_eq!(parse(&written).unwrap(), request);
        let both = parse("volumes: [{Name: /kept, Dest: /a}, /srv:/b, kept:/c, /d]").unwrap();
        assert_eq!(both.mounts.iter().map(|m| &*m.source).collect::<Vec<_>>(), ["/srv"]);
        assert_eq!(
            both.volumes.iter().map(|v| &*v.name).collect::<Vec<_>>(),
            ["/kept", "kept", ""]
        );
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let error = parse("image: a\ncomand: [b]\nterminal: 7").unwrap_err().to_string();
        assert_eq!(
            error,
            "comand: unknown field `comand`, did you mean `command`?; terminal: expected true or false, found a number (7)"
        );
        assert!(matches!(parse("a: ["), Err(ParseError::Text(_))));
    }
}
