//! `man`: a page of the manual for the program and for each command.

use super::args::{Line, Man as Args};
use super::{Failure, output};
use clap::{Command, CommandFactory as _};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use ocify::text::nearest;
use std::fs;
use std::io;

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let line = command();
    if let Some(dir) = &args.dir {
        let trouble =
            |e| Failure::Trouble(format!("cannot make the directory `{}`: {e}", dir.display()));
        fs::create_dir_all(dir).map_err(trouble)?;
        for command in [&line].into_iter().chain(line.get_subcommands()) {
            let page = page(command)?;
            output::write(&dir.join(format!("{}.1", name(command))), &page, args.force)?;
        }
        return Ok(());
    }
    let wanted = match args.command.as_deref() {
        None => &line,
        Some(word) => line.find_subcommand(word).ok_or_else(|| {
            let near = nearest(word, line.get_subcommands().map(Command::get_name));
            let hint = near.map(|name| format!(", did you mean `{name}`?")).unwrap_or_default();
            Failure::Trouble(format!("there is no command `{word}`{hint}"))
        })?,
    };
    output::print(&page(wanted)?)
}

fn command() -> Command {
    let mut line = Line::command();
    line.build();
    line
}

/// `ocify-compile` for `compile`.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or_else(|| command.get_name())
}

/// A page in roff.
fn page(command: &Command) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    write(command, &mut bytes)
        .map_err(|e| Failure::Trouble(format!("cannot write the page: {e}")))?;
    Ok(bytes)
}

fn write(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    // The page has a subsection each for examples and exit statuses, which `--help` shows as one text.
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let (examples, exits) = after.split_once("\n\n").unwrap_or_default();
    let source = format!("ocify {}", env!("CARGO_PKG_VERSION"));
    let man = Man::new(command.clone()).source(source).manual("ocify manual");
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    let mut rest = Roff::default();
    if command.has_subcommands() {
        rest.control("SH", ["COMMANDS"]);
        for sub in command.get_subcommands() {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            rest.control("TP", []);
            rest.text([bold(format!("{}(1)", name(sub)))]);
            rest.text([roman(about)]);
        }
    }
    rest.control("SH", ["EXAMPLES"]);
    rest.control("nf", []);
    for example in examples.lines().skip(1) {
        rest.text([roman(example.trim_start())]);
    }
    rest.control("fi", []);
    rest.control("SH", ["EXIT STATUS"]);
    for line in exits.strip_prefix("Exit status: ").unwrap_or(exits).lines() {
        rest.text([roman(line)]);
        rest.control("br", []);
    }
    rest.control("SH", ["SEE ALSO"]);
    rest.text(see_also(command));
    rest.to_writer(out)
}

/// The other pages, and where codes are told.
fn see_also(command: &Command) -> Vec<Inline> {
    let pages: &[&str] = match command.get_name() {
        "ocify" => &["podman-create", "crun", "runc", "containers.conf"],
        "compile" => &["ocify", "ocify-facts", "ocify-explain", "podman-create"],
        "facts" => &["ocify", "ocify-compile", "ocify-diff", "ocify-matrix"],
        "plan" => &["ocify", "ocify-prepare", "ocify-explain"],
        "explain" => &["ocify", "ocify-diff", "ocify-check"],
        "diff" | "matrix" => &["ocify", "ocify-facts", "ocify-explain"],
        "check" => &["ocify", "ocify-explain", "runc", "crun"],
        "run" => &["ocify", "ocify-prepare", "ocify-plan", "crun", "runc"],
        "prepare" | "start" | "cleanup" => {
            &["ocify", "ocify-prepare", "ocify-start", "ocify-cleanup", "ocify-list"]
        }
        _ => &["ocify"],
    };
    let mut words = Vec::new();
    for page in pages.iter().filter(|page| **page != name(command)) {
        if !words.is_empty() {
            words.push(roman(", "));
        }
        let section = if *page == "containers.conf" {
            "(5)"
        } else if *page == "runc" {
            "(8)"
        } else {
            "(1)"
        };
        words.push(bold((*page).to_owned()));
        words.push(roman(section));
    }
    words
}
