//! Asks this host.

use super::Failure;
use ocify::{Config, Facts};

/// Gathers the facts that the config depends on.
pub(crate) fn facts(_config: &Config) -> Result<Facts, Failure> {
    Err(Failure::Trouble(
        "this host's facts are not gathered yet: give a record with --facts".to_owned(),
    ))
}
