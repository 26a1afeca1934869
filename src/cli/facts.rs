//! `facts`: what this host is, as far as a config depends on it.

use super::args::Facts;
use super::{Failure, host, input, output};
use ocify::Config;
use ocify::facts::redacted;

pub(crate) fn run(args: &Facts) -> Result<(), Failure> {
    let reading = &args.how.reading;
    input::one_standard_input(args.config.iter().chain(&reading.files).chain(&args.how.facts))?;
    let config = if args.config.is_none() && reading.files.is_empty() {
        Config::default()
    } else {
        input::config(args.config.as_deref(), reading)?.config
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
