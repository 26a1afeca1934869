//! `facts`: what this host is, as far as a config depends on it.

use super::args::Facts;
use super::{Failure, host, input, output};
use ocify::Config;
use ocify::facts::redacted;

pub(crate) fn run(args: &Facts) -> Result<(), Failure> {
    let config = match &args.config {
        Some(path) => {
            input::config(path, args.how.reading.profile(), args.how.reading.lenient)?.config
        }
        None => Config::default(),
    };
    let mut facts = match &args.how.facts {
        Some(path) => input::facts(path)?,
        None => host::facts(&config, &args.how)?,
    };
    if args.redact {
        facts = redacted(&facts, &config);
    }
    let mut json = serde_json::to_vec_pretty(&facts)
        .map_err(|e| Failure::Trouble(format!("cannot write the facts: {e}")))?;
    json.push(b'\n');
    match &args.output.output {
        Some(file) => output::write(file, &json, args.output.force),
        None => output::print(&json),
    }
}
