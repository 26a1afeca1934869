//! `facts`: what this host is, as far as a config depends on it.

use super::args::Facts;
use super::{Failure, host, input, output};
use ocify::Config;
use ocify::facts::Answer;

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
        redact(&mut facts);
    }
    let mut json = serde_json::to_vec_pretty(&facts)
        .map_err(|e| Failure::Trouble(format!("cannot write the facts: {e}")))?;
    json.push(b'\n');
    match &args.output.output {
        Some(file) => output::write(file, &json, args.output.force),
        None => output::print(&json),
    }
}

/// Variables that say nothing about anybody, and without which little can be compiled again.
const PLAIN: [&str; 7] = ["PATH", "TERM", "LANG", "HOME", "XDG_RUNTIME_DIR", "TMPDIR", "container"];

/// What stands in the place of a value that is nobody's business.
const REDACTED: &str = "redacted";

fn redact(facts: &mut ocify::Facts) {
    for (name, value) in facts.host.environment.iter_mut().flatten() {
        if !PLAIN.contains(&name.as_str()) {
            REDACTED.clone_into(value);
        }
    }
    for data in facts.secrets.values_mut().filter_map(|secret| secret.data.as_mut()) {
        REDACTED.clone_into(data);
    }
    for user in facts.host_users.values_mut() {
        user.full_name.clear();
    }
    if let Some(Answer::Is(hostname)) = &mut facts.host.hostname {
        REDACTED.clone_into(hostname);
    }
}
