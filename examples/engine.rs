//! A container engine: reads a config, runs it under crun, and takes everything back. `cargo run --example engine -- examples/web.yaml`
//!
//! It calls each part of the library by itself; `ocify::linux::run` does the same in one call, with signals forwarded and a state that names
//! the runtime.
#![expect(
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "an engine talks to people, and to the host"
)]

use ocify::linux::{self, GatherOptions};
use ocify::{Config, Options, compile, parse, questions};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        eprintln!("usage: engine CONFIG [RUNTIME]");
        return ExitCode::from(2);
    };
    let runtime = arguments.next().unwrap_or_else(|| "crun".to_owned());
    match engine(Path::new(&path), &runtime) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let mut error: Option<&dyn Error> = Some(&*error);
            while let Some(cause) = error {
                eprintln!("{cause}");
                error = cause.source();
            }
            ExitCode::from(2)
        }
    }
}

fn engine(path: &Path, runtime: &str) -> Result<u8, Box<dyn Error>> {
    // What the container should be.
    let config: Config = parse(&std::fs::read_to_string(path)?)?;
    questions(&config)?;

    // What this host is: all that this config depends on, and nothing else.
    let base = PathBuf::from("/run/ocify-engine");
    let chosen = GatherOptions {
        state_dir: Some(base.clone()),
        runtime: Some(runtime.to_owned()),
        ..GatherOptions::default()
    };
    let facts = linux::gather_with(&config, &chosen)?;

    // Spec and plan, out of the two.
    let container = compile(&config, &facts, &Options::default())?;
    for warning in container.warnings() {
        eprintln!("warning: {}", warning.kind);
    }

    // The plan, carried out. Killed anywhere from here on, `linux::cleanup(&directory)` takes back what was done.
    let id = facts.container.id.as_deref().unwrap_or_default();
    let directory = base.join(id);
    let applied = linux::apply(&container.plan, &directory)?;

    // The bundle, handed to the runtime. Its own state lies where clean-up finds it empty.
    let bundle = applied.state().bundle.clone();
    let status = Command::new(runtime).arg("run").arg("--bundle").arg(&bundle).arg(id).status();

    // Everything back, whether that went well or not.
    applied.undo()?;
    Ok(status?.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
