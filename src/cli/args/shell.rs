//! Defines the commands that write what shells and `man` know of this program.

use super::make::Output;
use clap::{Args, ValueHint};
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Args, Debug)]
#[command(after_help = COMPLETIONS)]
pub(crate) struct Completions {
    /// The shell that is to complete commands, options, their values, and codes and rules behind `explain`
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: Shell,
    #[command(flatten)]
    pub(crate) output: Output,
}

const COMPLETIONS: &str = "\
Examples:
  ocify completions bash > ~/.local/share/bash-completion/completions/ocify
  ocify completions zsh > ~/.zfunc/_ocify  # where `fpath` has ~/.zfunc
  ocify completions fish > ~/.config/fish/completions/ocify.fish
  ocify completions bash -o /usr/share/bash-completion/completions/ocify --force

Exit status: 0 written, 2 usage or trouble.";

#[derive(Args, Debug)]
#[command(after_help = MAN)]
pub(crate) struct Man {
    /// The command whose page is printed, as in `compile`; without it the page of the program
    #[arg(value_name = "COMMAND", conflicts_with = "dir")]
    pub(crate) command: Option<String>,
    /// Write all pages into a directory, which is made if it is missing
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) dir: Option<PathBuf>,
    /// Replace pages that exist
    #[arg(long, requires = "dir")]
    pub(crate) force: bool,
}

const MAN: &str = "\
Examples:
  ocify man | man -l -
  ocify man explain | man -l -
  ocify man --dir ~/.local/share/man/man1 --force

Exit status: 0 written, 2 usage or trouble.";
