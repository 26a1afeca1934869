//! The program: asks, gathers, compiles, and hands on what came of it.
#![deny(unsafe_code)]
#![expect(clippy::disallowed_methods, reason = "the program is where the host is touched")]

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
