//! `explain`: why a place in the result is as it is or is not there, and what a code or a rule means.

mod asked;
mod lists;
mod pages;
mod told;
mod values;

use super::args::{Explain, Given};
use super::render::Reporter;
use super::{Failure, compile, output};
use asked::{Answer, Asked};
use ocify::why::{PlaceKind, Teller, compile_keeping};
use ocify::{Options, Profile};
use std::fmt::Write as _;
use std::path::Path;
use told::Writer;
use values::Values;

pub(crate) fn run(args: &Explain, reporter: &Reporter) -> Result<(), Failure> {
    if let Some(answer) = page_of(args) {
        let page = answer?;
        return if args.json {
            output::print(format!("{}\n", page.json()).as_bytes())
        } else {
            output::print(page.to_string().as_bytes())
        };
    }
    let given = Given { config: args.subject().map(Path::to_owned), how: args.how.clone() };
    let asked_for = args.place();
    compile::with_compiled(&given, reporter, |_, file, facts| {
        let options = Options { profile: Profile::from(args.how.reading.profile) };
        // Once more, to keep what is replaced on the way.
        let Ok(compiled) = compile_keeping(&file.config, facts, &options) else { return Ok(()) };
        let places = compiled.places();
        let spec = serde_json::from_slice(&compiled.to_json()).unwrap_or_default();
        let writer = Writer {
            compiled: &compiled,
            teller: Teller::new(compiled.trails(), &file.config, facts),
            texts: &file.sources,
            values: Values::new(&places, &spec),
            full: args.full,
        };
        let mut out = String::new();
        if asked_for.is_empty() {
            if args.json {
                writer.all_as_json(&mut out, places.iter());
            } else if args.full {
                for place in &places {
                    writer.long(&mut out, place, "");
                }
            } else {
                writer.overview(&mut out, &places);
            }
            return output::print(out.as_bytes());
        }
        let asked = Asked { places: &places, config: &file.config, writer: &writer };
        match asked.answer(&asked_for) {
            Answer::Places(found) if args.json => {
                writer.found_as_json(&mut out, &found);
            }
            Answer::Places(found) => {
                // What is in the result comes before what was stored or is not there.
                for found in found {
                    writer.long(&mut out, found.place, &found.part);
                }
            }
            Answer::Brief(heading, found) => {
                if args.json {
                    writer.all_as_json(&mut out, found.into_iter());
                } else {
                    let _ = writeln!(out, "{heading}"); // Writing to text cannot fail.
                    for place in found {
                        writer.brief(&mut out, place);
                    }
                }
            }
            Answer::Capability(capability) if args.json => {
                writer.capability_as_json(&mut out, &capability);
            }
            Answer::Capability(capability) => writer.capability(&mut out, &capability),
            Answer::Absent(absent) if args.json => writer.absent_as_json(&mut out, &absent),
            Answer::Absent(absent) => writer.absent(&mut out, &absent),
            Answer::Unknown(words) => return Err(Failure::Trouble(words)),
        }
        output::print(out.as_bytes())
    })
}

/// The page of what is asked for, if it is no config: a code, a rule, an entry of the ledger; or that there is none of such a name.
fn page_of(args: &Explain) -> Option<Result<pages::Page, Failure>> {
    let subject = args.subject().filter(|_| args.place.is_empty())?;
    let word = subject.to_str()?;
    if let Some(page) = pages::page(word) {
        return Some(Ok(page));
    }
    // A file of that name is a config all the same.
    if pages::looks_like_a_code(word) && !subject.exists() {
        return Some(Err(Failure::Trouble(pages::unknown(word))));
    }
    None
}

/// Whether this host has nothing to do with what is asked for.
pub(crate) fn is_word(args: &Explain) -> bool {
    page_of(args).is_some()
}

/// The word for a kind of place, as it is written for programs.
fn word(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Spec => "spec",
        PlaceKind::Absent => "absent",
        PlaceKind::Stored => "stored",
        PlaceKind::Plan => "plan",
        PlaceKind::Warning => "warning",
    }
}

/// A row of somebody's file, without what would steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The first `most` characters of a text.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}
