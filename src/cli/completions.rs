//! `completions`: what a shell needs to complete a line for this program.

use super::args::{Completions, Line};
use super::{Failure, codes, output};
use clap::builder::PossibleValuesParser;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::{Generator as _, Shell};
use std::fmt::Write as _;

pub(crate) fn run(args: &Completions) -> Result<(), Failure> {
    let script = script(args.shell)?;
    match &args.output.output {
        Some(file) => output::write(file, script.as_bytes(), args.output.force),
        None => output::print(script.as_bytes()),
    }
}

/// The generated script, and what the generator does not know: the codes that `explain` takes, and that a word without a dash is a file.
fn script(shell: Shell) -> Result<String, Failure> {
    let command = command();
    let mut bytes = Vec::new();
    let trouble =
        |e: &dyn std::fmt::Display| Failure::Trouble(format!("cannot write completions: {e}"));
    shell.try_generate(&command, &mut bytes).map_err(|e| trouble(&e))?;
    let mut script = String::from_utf8(bytes).map_err(|e| trouble(&e))?;
    match shell {
        Shell::Bash => bash(&mut script),
        Shell::Fish => fish(&mut script, &command),
        Shell::Zsh => script = zsh(&script),
        _ => {}
    }
    Ok(script)
}

/// The command line with the values that it takes as any text.
fn command() -> Command {
    let line = Line::command();
    // The generator wants names that live on; the program ends soon after.
    let names = line.get_subcommands().map(|c| &*c.get_name().to_owned().leak());
    let names: Vec<&'static str> = names.collect();
    let mut line = line.mut_subcommand("man", |man| {
        man.mut_arg("command", |arg| arg.value_parser(PossibleValuesParser::new(names)))
    });
    line.set_bin_name("ocify");
    line.build();
    line
}

/// The generated function offers the options for an empty word, which hides the files.
const BASH: &str = r#"
_ocify_words() {
    _ocify "$@"
    local word kept=()
    if [[ $2 != -* && $COMP_CWORD -gt 1 ]]; then
        for word in "${COMPREPLY[@]}"; do
            [[ $word == -* ]] || kept+=("$word")
        done
        if [[ $3 == explain && -n $2 ]]; then
            kept+=($(compgen -W "CODES" -- "$2") $(compgen -f -- "$2"))
        fi
        COMPREPLY=("${kept[@]}")
    fi
}
complete -F _ocify_words -o bashdefault -o default ocify
"#;

fn bash(script: &mut String) {
    script.push_str(&BASH.replace("CODES", &codes::all().join(" ")));
}

fn fish(script: &mut String, command: &Command) {
    for sub in command.get_subcommands() {
        let values = sub.get_positionals().flat_map(Arg::get_possible_values);
        let values: Vec<String> = values.map(|value| value.get_name().to_owned()).collect();
        if !values.is_empty() {
            offer(script, sub.get_name(), "-f ", &values);
        }
    }
    offer(script, "explain", "", &codes::all());
}

fn offer(script: &mut String, command: &str, how: &str, values: &[String]) {
    let values = values.join(" ");
    // Writing to text cannot fail.
    let _ = writeln!(
        script,
        "complete -c ocify -n \"__fish_ocify_using_subcommand {command}\" {how}-a \"{values}\""
    );
}

/// What the generated script does for the subject of `explain`.
const SUBJECT: &str = ":_files'";

fn zsh(script: &str) -> String {
    let mut out = String::new();
    for line in script.lines() {
        // With two colons, for with layers there may be none.
        match line.strip_prefix("'::subject -- ").and_then(|_| line.split_once(SUBJECT)) {
            Some((before, after)) if line.contains("SG-ENV-03") => {
                out.push_str(before);
                out.push_str(":_ocify_subjects'");
                out.push_str(after);
            }
            _ if line.starts_with("if [ \"$funcstack[1]\"") => {
                let codes = codes::all().join(" ");
                // Writing to text cannot fail.
                let _ = write!(
                    out,
                    "(( $+functions[_ocify_subjects] )) ||\n_ocify_subjects() {{\n    _files\n    [[ -z $PREFIX ]] || compadd -- {codes}\n}}\n\n{line}"
                );
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}
