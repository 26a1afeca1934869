//! `compile`: config.json out of a config and facts.

use super::args::{Compile, Given, How};
use super::message::Message;
use super::render::Reporter;
use super::{Failure, input, output};
use ocify::why::Teller;
use ocify::{Compiled, Facts, Options};
use std::fs;

pub(crate) fn run(args: &Compile, reporter: &Reporter) -> Result<(), Failure> {
    with_compiled(&args.given, reporter, |compiled, _, _| {
        let mut json = compiled.to_json();
        if args.pretty {
            json = output::pretty(&json)?;
        }
        match (&args.bundle, &args.output.output) {
            (Some(bundle), _) => {
                fs::create_dir_all(bundle).map_err(|e| {
                    Failure::Trouble(format!("cannot make `{}`: {e}", bundle.display()))
                })?;
                output::write(&bundle.join("config.json"), &json, args.output.force)
            }
            (None, Some(file)) => output::write(file, &json, args.output.force),
            (None, None) => {
                json.push(b'\n');
                output::print(&json)
            }
        }
    })
}

/// Compiles what is given, says the warnings, and hands on the result with its inputs.
pub(crate) fn with_compiled(
    given: &Given,
    reporter: &Reporter,
    f: impl FnOnce(&Compiled<'_>, &input::ConfigFile, &Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    input::one_standard_input(&given.config, &given.how)?;
    let profile = given.how.reading.profile();
    let file = input::config(&given.config, profile, given.how.reading.lenient)?;
    with_compiled_file(&file, &given.how, reporter, |compiled, facts| f(compiled, &file, facts))
}

/// The same with a config that was read already.
pub(crate) fn with_compiled_file(
    file: &input::ConfigFile,
    how: &How,
    reporter: &Reporter,
    f: impl FnOnce(&Compiled<'_>, &Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let profile = how.reading.profile();
    let facts = input::facts_for(file, how)?;
    let (source, config) = (&file.source, &file.config);
    match ocify::compile(config, &facts, &Options { profile }) {
        Ok(compiled) => {
            if !compiled.warnings().is_empty() {
                let teller = Teller::new(compiled.trails(), config, &facts);
                let say = |warning| Message::warning(source, &teller, warning);
                reporter.say(&compiled.warnings().iter().map(say).collect::<Vec<_>>());
            }
            f(&compiled, &facts)
        }
        Err(refused) => {
            let teller = Teller::new(refused.trails(), config, &facts);
            let warnings = refused.warnings.iter().map(|w| Message::warning(source, &teller, w));
            reporter.say(&warnings.collect::<Vec<_>>());
            let refusals = refused.diagnostics.iter();
            let messages = refusals.map(|d| Message::refusal(source, &teller, d)).collect();
            Err(Failure::Refused(messages))
        }
    }
}
