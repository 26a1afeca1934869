//! Asks this host.

use super::Failure;
use super::args::How;
use super::message::{Message, each};
use super::source::Source;
use ocify::config::Format;
use ocify::config::conf::ConfError;
use ocify::facts::{Answer, RuntimeFeatures};
use ocify::linux::{GatherError, GatherOptions, gather_with};
use ocify::{Config, Facts};
use std::error::Error;

/// Gathers the facts that the config depends on.
pub(crate) fn facts(config: &Config, how: &How) -> Result<Facts, Failure> {
    gather_with(config, &options(how)).map_err(|e| settings(&e))
}

/// Asks the runtime what it can do.
pub(crate) fn runtime_features(how: &How) -> Result<Answer<RuntimeFeatures>, Failure> {
    ocify::linux::runtime_features(&options(how)).map_err(|e| Failure::Trouble(chain(&e)))
}

/// What is chosen for the container on the command line.
pub(crate) fn options(how: &How) -> GatherOptions {
    let host = how.host.clone();
    GatherOptions {
        id: host.id,
        state_dir: host.state_dir,
        volume_dir: host.volume_dir,
        secret_dir: host.secret_dir,
        runtime: host.runtime,
        cgroup_manager: host.cgroup_manager,
        containers_conf: host.containers_conf,
        profile: how.reading.profile(),
        ..GatherOptions::default()
    }
}

/// An error with what it came of.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        words.push_str(": ");
        words.push_str(&cause.to_string());
        source = cause.source();
    }
    words
}

const WHAT: &str = "containers.conf";

/// Trouble with a containers.conf is told under its line, as far as its file is known.
fn settings(error: &GatherError) -> Failure {
    let GatherError::Conf { path: Some(path), source } = error else {
        return Failure::Trouble(chain(error));
    };
    let Ok(text) = std::fs::read_to_string(path) else { return Failure::Trouble(chain(error)) };
    let file = Source { name: path.display().to_string(), format: Format::Yaml, text };
    match source {
        ConfError::Syntax { message, span, .. } => {
            Failure::Unreadable(WHAT, vec![Message::settings_syntax(&file, message, span.clone())])
        }
        ConfError::Mistakes { mistakes, .. } => {
            Failure::Unreadable(WHAT, each(mistakes, |mistake| Message::settings(&file, mistake)))
        }
        _ => Failure::Trouble(chain(error)),
    }
}
