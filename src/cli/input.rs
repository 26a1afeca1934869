//! Reads the config and the facts, and keeps their texts for the messages.

use super::Failure;
use super::args::How;
use super::message::{Message, Source};
use ocify::config::{Format, ParseError, Parsing, parse_as};
use ocify::facts::{FactsError, FeaturesError, RuntimeFeatures, facts_from_json};
use ocify::{Config, Facts, Profile};
use std::fs;
use std::io::Read as _;
use std::path::Path;

/// A config with its text.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) config: Config,
    pub(crate) source: Source,
}

/// Reads the text of a file, or of standard input for `-`, as a source for messages.
pub(crate) fn text(path: &Path) -> Result<Source, Failure> {
    let trouble = |what: &dyn std::fmt::Display| {
        Failure::Trouble(format!("cannot read `{}`: {what}", path.display()))
    };
    let (name, bytes) = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let bytes = bytes.map_err(|e| trouble(&e))?;
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
            Ok(Source { name, format: Format::of(&text), text })
        }
        Err(e) => Err(trouble(&format_args!(
            "it is not UTF-8 text (byte {})",
            e.utf8_error().valid_up_to().saturating_add(1)
        ))),
    }
}

/// Reads a config.
pub(crate) fn config(path: &Path, profile: Profile, lenient: bool) -> Result<ConfigFile, Failure> {
    config_of(text(path)?, profile, lenient)
}

/// Reads a config out of its text.
pub(crate) fn config_of(
    source: Source,
    profile: Profile,
    lenient: bool,
) -> Result<ConfigFile, Failure> {
    let api = profile == Profile::Podman43 && source.format == Format::Json; // SG-JSON-02
    match parse_as(&source.text, source.format, Parsing { api, lenient }) {
        Ok(config) => Ok(ConfigFile { config, source }),
        Err(ParseError::Text(error)) => {
            Err(Failure::Refused(vec![Message::syntax(&source, &error)]))
        }
        Err(ParseError::Mistakes(mistakes)) => {
            Err(Failure::Refused(mistakes.iter().map(|m| Message::mistake(&source, m)).collect()))
        }
    }
}

/// Reads what a runtime said of itself.
pub(crate) fn features(path: &Path) -> Result<RuntimeFeatures, Failure> {
    let source = Source { format: Format::Json, ..text(path)? };
    let messages = match RuntimeFeatures::from_json(&source.text) {
        Ok(features) => return Ok(features),
        Err(FeaturesError::Text(error)) => vec![Message::syntax(&source, &error)],
        Err(FeaturesError::Mistakes(mistakes)) => {
            mistakes.iter().map(|m| Message::mistake(&source, m)).collect()
        }
    };
    let help = "give what `RUNTIME features` writes, such as `runc features > FILE`";
    let messages = messages.into_iter().map(|m| Message { help, ..m }).collect();
    Err(Failure::Unreadable("what the runtime says of itself", messages))
}

/// Reads a facts record.
pub(crate) fn facts(path: &Path) -> Result<Facts, Failure> {
    let source = Source { format: Format::Json, ..text(path)? };
    let messages = match facts_from_json(&source.text) {
        Ok(facts) => return Ok(facts),
        Err(FactsError::Text(error)) => vec![Message::syntax(&source, &error)],
        Err(FactsError::Mistakes(mistakes)) => {
            mistakes.iter().map(|m| Message::mistake(&source, m)).collect()
        }
        Err(error @ FactsError::Version { .. }) => vec![Message::version(&source, &error)],
    };
    Err(Failure::BadFacts(messages.into_iter().map(Message::of_facts).collect()))
}

/// The facts that the config is compiled with: a record, or those of this host.
pub(crate) fn facts_for(file: &ConfigFile, how: &How) -> Result<Facts, Failure> {
    match &how.facts {
        Some(path) => facts(path),
        None => super::host::facts(&file.config, how),
    }
}

/// Whether both inputs are to come from standard input, which has only one.
pub(crate) fn one_standard_input(config: &Path, how: &How) -> Result<(), Failure> {
    match &how.facts {
        Some(facts) if config.as_os_str() == "-" && facts.as_os_str() == "-" => Err(
            Failure::Trouble("the config and the facts cannot both be standard input".to_owned()),
        ),
        _ => Ok(()),
    }
}
