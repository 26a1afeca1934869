//! `digest`: what a config, its facts and its spec are known by.

use super::args::{Digest, DigestOf};
use super::input::Subject;
use super::render::Reporter;
use super::{Failure, compile, input, output};
use ocify::digest::{self, canonical_config, canonical_facts, canonical_spec};

/// Prints a line for each, or the canonical form of one. Of a config that is refused there is no spec, but the other two.
pub(crate) fn run(args: &Digest, reporter: &Reporter) -> Result<(), Failure> {
    let how = &args.how;
    input::one_standard_input(args.subject.iter().chain(&how.reading.files).chain(&how.facts))?;
    let file = match input::subject(args.subject.as_deref(), &how.reading)? {
        Subject::Config(file) => file,
        Subject::Spec(source) => {
            return match args.canonical {
                None | Some(DigestOf::Spec) => shown(DigestOf::Spec, &of_spec(&source.text)?, args),
                Some(DigestOf::Config | DigestOf::Facts) => Err(Failure::Trouble(format!(
                    "`{}` is a spec: it has neither config nor facts",
                    source.name
                ))),
            };
        }
    };
    if args.canonical.is_none_or(|of| of == DigestOf::Config) {
        shown(DigestOf::Config, &canonical_config(&file.config), args)?;
    }
    if args.canonical == Some(DigestOf::Config) {
        return Ok(());
    }
    let facts = input::facts_for(&file, how)?;
    if args.canonical.is_none_or(|of| of == DigestOf::Facts) {
        shown(DigestOf::Facts, &canonical_facts(&facts), args)?;
    }
    if args.canonical == Some(DigestOf::Facts) {
        return Ok(());
    }
    compile::with_compiled_facts(&file, &facts, how, reporter, |compiled| {
        let text = String::from_utf8_lossy(&compiled.to_json()).into_owned();
        shown(DigestOf::Spec, &of_spec(&text)?, args)
    })
}

fn of_spec(text: &str) -> Result<String, Failure> {
    canonical_spec(text).map_err(|e| Failure::Trouble(format!("the spec is not JSON: {e}")))
}

fn shown(of: DigestOf, form: &str, args: &Digest) -> Result<(), Failure> {
    if args.canonical.is_some() {
        return output::print(form.as_bytes());
    }
    let word = match of {
        DigestOf::Config => "config",
        DigestOf::Facts => "facts",
        DigestOf::Spec => "spec",
    };
    output::print(format!("{word:<6}  {}\n", digest::Digest::of(form.as_bytes())).as_bytes())
}
