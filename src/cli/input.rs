//! Reads the config and the facts, and keeps their texts for the messages.

use super::Failure;
use super::args::{How, Reading};
use super::message::{Message, each};
use super::source::{Source, Sources};
use ocify::check::is_spec;
use ocify::config::{Format, Layer, LayerError, ParseError, Parsing, parse_as, parse_layers};
use ocify::facts::{FactsError, FeaturesError, RuntimeFeatures, facts_from_json};
use ocify::{Config, Facts, Profile};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// A config with its text.
#[derive(Debug)]
pub(crate) struct ConfigFile {
    pub(crate) config: Config,
    pub(crate) sources: Sources,
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

/// Reads a config, or its layers if there are some.
pub(crate) fn config(own: Option<&Path>, reading: &Reading) -> Result<ConfigFile, Failure> {
    match own {
        Some(path) => config_of(text(path)?, reading),
        None => layers(&reading.files, reading.lenient),
    }
}

/// Reads layers. They have short forms whatever the profile: a request of Podman's API is one text.
fn layers(files: &[PathBuf], lenient: bool) -> Result<ConfigFile, Failure> {
    let sources = files.iter().map(|path| text(path)).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<Layer<'_>> =
        sources.iter().map(|source| Layer { text: &source.text, format: source.format }).collect();
    match parse_layers(&texts, lenient) {
        Ok(layered) => {
            let config = layered.config.clone();
            Ok(ConfigFile { config, sources: Sources::layers(sources, layered) })
        }
        Err(errors) => {
            let of = |error: &LayerError| {
                let source = sources.get(error.layer)?;
                Some(messages(source, &error.error))
            };
            let all = errors.iter().filter_map(of).collect::<Result<Vec<_>, _>>()?;
            Err(Failure::Refused(all.concat()))
        }
    }
}

/// What `check` and `digest` look at.
#[derive(Debug)]
pub(crate) enum Subject {
    /// A config.json.
    Spec(Source),
    /// A config, or layers of one.
    Config(Box<ConfigFile>),
}

/// Reads a spec or a config, whichever it is.
pub(crate) fn subject(path: Option<&Path>, reading: &Reading) -> Result<Subject, Failure> {
    let Some(path) = path else { return Ok(Subject::Config(Box::new(config(None, reading)?))) };
    let source = text(path)?;
    if source.tree().is_some_and(|tree| is_spec(&tree)) {
        return Ok(Subject::Spec(source));
    }
    Ok(Subject::Config(Box::new(config_of(source, reading)?)))
}

/// Whether a file is a spec rather than a config. Standard input is not looked at, as it can be read only once.
pub(crate) fn is_spec_file(path: &Path) -> bool {
    path.as_os_str() != "-"
        && text(path).is_ok_and(|source| source.tree().is_some_and(|tree| is_spec(&tree)))
}

/// What is wrong with a text.
pub(crate) fn messages(source: &Source, error: &ParseError) -> Result<Vec<Message>, Failure> {
    Ok(match error {
        ParseError::Text(error) => vec![Message::syntax(source, error)],
        ParseError::Mistakes(mistakes) => {
            each(mistakes, |mistake| Message::mistake(source, mistake))
        }
        error => {
            return Err(Failure::Trouble(format!("cannot read `{}`: {error}", source.name)));
        }
    })
}

/// Reads a config out of its text.
pub(crate) fn config_of(source: Source, reading: &Reading) -> Result<ConfigFile, Failure> {
    let api = reading.profile() == Profile::Podman43 && source.format == Format::Json; // SG-JSON-02
    let lenient = reading.lenient;
    match parse_as(&source.text, source.format, Parsing { api, lenient }) {
        Ok(config) => Ok(ConfigFile { config, sources: source.into() }),
        Err(error) => Err(Failure::Refused(messages(&source, &error)?)),
    }
}

/// Reads what a runtime said of itself.
pub(crate) fn features(path: &Path) -> Result<RuntimeFeatures, Failure> {
    let source = Source { format: Format::Json, ..text(path)? };
    let messages = match RuntimeFeatures::from_json(&source.text) {
        Ok(features) => return Ok(features),
        Err(FeaturesError::Text(error)) => vec![Message::syntax(&source, &error)],
        Err(FeaturesError::Mistakes(mistakes)) => {
            each(&mistakes, |mistake| Message::mistake(&source, mistake))
        }
        Err(error) => {
            return Err(Failure::Trouble(format!("cannot read `{}`: {error}", path.display())));
        }
    };
    let help = "give what `RUNTIME features` writes, such as `runc features > FILE`";
    let messages = messages.into_iter().map(|m| Message { help, ..m }).collect();
    Err(Failure::Unreadable("what the runtime says of itself", messages))
}

/// Reads a facts record.
pub(crate) fn facts(path: &Path) -> Result<Facts, Failure> {
    let source = Source { format: Format::Json, ..text(path)? };
    facts_from_json(&source.text).map_err(|e| Failure::BadFacts(facts_messages(&source, &e)))
}

/// What is wrong with a facts record.
pub(crate) fn facts_messages(source: &Source, error: &FactsError) -> Vec<Message> {
    let messages = match error {
        FactsError::Text(error) => vec![Message::syntax(source, error)],
        FactsError::Mistakes(mistakes) => {
            each(mistakes, |mistake| Message::mistake(source, mistake))
        }
        error => vec![Message::version(source, error)],
    };
    messages.into_iter().map(Message::of_facts).collect()
}

/// The facts that the config is compiled with: a record, or those of this host.
pub(crate) fn facts_for(file: &ConfigFile, how: &How) -> Result<Facts, Failure> {
    match &how.facts {
        Some(path) => facts(path),
        None => super::host::facts(&file.config, how),
    }
}

/// Refuses that several inputs come from standard input, which is one.
pub(crate) fn one_standard_input<'p>(
    paths: impl IntoIterator<Item = &'p PathBuf>,
) -> Result<(), Failure> {
    if paths.into_iter().filter(|path| path.as_os_str() == "-").count() > 1 {
        return Err(Failure::Trouble("only one input can be standard input".to_owned()));
    }
    Ok(())
}
