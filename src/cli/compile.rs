//! `compile`: config.json out of a config and facts.

use super::args::{Compile, Given, How};
use super::message::{Message, each};
use super::render::Reporter;
use super::{Failure, batch, input, output};
use ocify::why::Teller;
use ocify::{Compiled, Facts, Options};
use std::fs;
use std::process::ExitCode;

pub(crate) fn run(args: &Compile, reporter: &Reporter) -> Result<ExitCode, Failure> {
    if let Some(lines) = &args.batch {
        return batch::run(args, lines);
    }
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
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Compiles what is given, says the warnings, and hands on the result with its inputs.
pub(crate) fn with_compiled(
    given: &Given,
    reporter: &Reporter,
    f: impl FnOnce(&Compiled<'_>, &input::ConfigFile, &Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let reading = &given.how.reading;
    input::one_standard_input(given.config.iter().chain(&reading.files).chain(&given.how.facts))?;
    let file = input::config(given.config.as_deref(), reading)?;
    with_compiled_file(&file, &given.how, reporter, |compiled, facts| f(compiled, &file, facts))
}

/// The same with a config that was read already.
pub(crate) fn with_compiled_file(
    file: &input::ConfigFile,
    how: &How,
    reporter: &Reporter,
    f: impl FnOnce(&Compiled<'_>, &Facts) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let facts = input::facts_for(file, how)?;
    with_compiled_facts(file, &facts, how, reporter, |compiled| f(compiled, &facts))
}

/// The same with facts that are there already.
pub(crate) fn with_compiled_facts(
    file: &input::ConfigFile,
    facts: &Facts,
    how: &How,
    reporter: &Reporter,
    f: impl FnOnce(&Compiled<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let profile = how.reading.profile();
    let (sources, config) = (&file.sources, &file.config);
    match ocify::compile(config, facts, &Options { profile }) {
        Ok(compiled) => {
            if !compiled.warnings().is_empty() {
                let teller = Teller::new(compiled.trails(), config, facts);
                let say = |warning| Message::warning(sources, &teller, warning);
                reporter.say(&each(compiled.warnings(), say));
            }
            f(&compiled)
        }
        Err(refused) => {
            let teller = Teller::new(refused.trails(), config, facts);
            let warning = |warning| Message::warning(sources, &teller, warning);
            reporter.say(&each(&refused.warnings, warning));
            let refusal = |refusal| Message::refusal(sources, &teller, refusal);
            Err(Failure::Refused(each(&refused.diagnostics, refusal)))
        }
    }
}
