//! Runs a container: prepares it, hands its bundle to the OCI runtime, and takes everything back when that is done.

use super::apply::{
    Applied, ApplyError, Back, CleanupError, Failed, Launch, RUN, State, apply, check, reopen,
};
use super::gather::{GatherError, GatherOptions, Process, engine, gather_with};
use super::runtime::{Runtime, logged_error};
use super::signals::{Forwarding, Interrupted};
use crate::facts::Facts;
use crate::options::Options;
use crate::{Compiled, Config, Refused, compile};
use std::borrow::ToOwned as _;
use std::boxed::Box;
use std::format;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::string::String;
use std::vec::Vec;

/// How a container is run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// What is chosen for it: id, name, directories, runtime, profile.
    pub gather: GatherOptions,
}

/// A container that did not run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its facts cannot be gathered. Nothing was done.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// Its config is refused. Nothing was done.
    #[error("{0}")]
    Refused(Box<Refused>),
    /// Its plan was not carried out. Nothing is left, but for what is said.
    #[error(transparent)]
    Apply(#[from] ApplyError),
    /// There is no runtime. Nothing was done.
    #[error("OCI runtime {} is not installed: install crun or runc, or name another with `--runtime`", wanted.as_ref().map_or_else(|| "crun or runc".to_owned(), |name| format!("`{name}`")))]
    NoRuntime {
        /// The one that was asked for.
        wanted: Option<String>,
    },
    /// There is no container in a directory.
    #[error("{} holds no prepared container", directory.display())]
    NotPrepared {
        /// The directory.
        directory: PathBuf,
    },
    /// The directory of a container cannot be used.
    #[error(transparent)]
    Directory(CleanupError),
    /// What is about to be done could not be written down, so it was not done.
    #[error("writing down that the runtime is called")]
    Note(#[source] Failed),
    /// The runtime's program could not be started.
    #[error("starting {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The runtime did not run the container.
    #[error("{}: {message}", program.display())]
    Runtime {
        /// The program.
        program: PathBuf,
        /// What it says.
        message: String,
    },
    /// A signal came before the runtime was called.
    #[error("interrupted by signal {signal} before the container was started")]
    Interrupted {
        /// Its number.
        signal: i32,
    },
    /// Signals cannot be watched for.
    #[error("watching for signals")]
    Signals(#[source] std::io::Error),
    /// Not everything could be taken back.
    #[error("the container is gone, but not all that was made for it")]
    Cleanup {
        /// How it ended before that: its exit code, or what kept it from running.
        ended: Result<i32, Box<RunError>>,
        /// What is left.
        source: CleanupError,
    },
}

/// Runs a container on this host: gathers its facts, compiles, and goes on as [`run_compiled`].
///
/// # Errors
///
/// [`RunError`]
pub fn run(config: &Config, options: &RunOptions) -> Result<i32, RunError> {
    let facts = gather_with(config, &options.gather)?;
    let compiled = compile(config, &facts, &Options { profile: options.gather.profile })
        .map_err(|refused| RunError::Refused(Box::new(refused)))?;
    run_compiled(&compiled, &facts, options)
}

/// Runs a compiled container: carries its plan out, has the runtime run it with this process's standard streams, and takes everything back,
/// also when the runtime fails. Gives the container's exit code, or 128 and the number of the signal that ended it.
///
/// SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 and SIGUSR2 are forwarded to the runtime meanwhile, and have no effect on this process from
/// then on.
///
/// # Errors
///
/// [`RunError`]; but for [`RunError::Cleanup`] nothing is left of the container.
pub fn run_compiled(
    compiled: &Compiled<'_>,
    facts: &Facts,
    options: &RunOptions,
) -> Result<i32, RunError> {
    let forwarding = Forwarding::begin().map_err(RunError::Signals)?;
    let mut applied = prepare(compiled, facts, options)?;
    let ended = launch(&mut applied, &forwarding);
    match applied.undo() {
        Ok(()) => ended,
        Err(source) => Err(RunError::Cleanup { ended: ended.map_err(Box::new), source }),
    }
}

/// Prepares a compiled container, up to the call of the runtime. It stays prepared when this process ends: [`start`] runs it, and
/// [`cleanup`](super::cleanup) takes it back.
///
/// # Errors
///
/// [`RunError::NoRuntime`] and [`RunError::Apply`]
pub fn prepare(
    compiled: &Compiled<'_>,
    facts: &Facts,
    options: &RunOptions,
) -> Result<Applied, RunError> {
    // What the user can change in the config is told before what is missing on the host.
    check(&compiled.plan).map_err(ApplyError::from)?;
    let wanted = options
        .gather
        .runtime
        .clone()
        .or_else(|| facts.conf.engine.runtime.clone().filter(|name| !name.is_empty()));
    let process = Process::new(&options.gather);
    let program = engine::runtime(wanted.as_deref(), &facts.conf, &process)
        .ok_or(RunError::NoRuntime { wanted })?;
    let directory = directory(facts, &process);
    let spec = &compiled.plan.draft.spec;
    let cgroup = spec
        .cgroups_path
        .value()
        .map(|path| (**path).to_owned())
        .filter(|path| path.starts_with('/'));
    let launch = Launch {
        runtime: Runtime {
            program,
            root: directory.join("oci"),
            systemd_cgroup: facts.engine.cgroup_manager.as_deref() == Some("systemd"),
        },
        terminal: spec.process.terminal.value() == Some(&true),
        cgroup,
    };
    let mut applied = apply(&compiled.plan, &directory)?;
    match applied.launch_by(launch) {
        Ok(()) => Ok(applied),
        Err(failed) => match applied.undo() {
            Ok(()) => Err(RunError::Note(failed)),
            Err(source) => {
                Err(RunError::Cleanup { ended: Err(Box::new(RunError::Note(failed))), source })
            }
        },
    }
}

/// Runs a container that was prepared, as [`run_compiled`] does, and leaves it for [`cleanup`](super::cleanup).
///
/// # Errors
///
/// [`RunError`]
pub fn start(directory: &Path) -> Result<i32, RunError> {
    let not_prepared = || RunError::NotPrepared { directory: directory.to_owned() };
    let forwarding = Forwarding::begin().map_err(RunError::Signals)?;
    let mut applied = reopen(directory).map_err(RunError::Directory)?.ok_or_else(not_prepared)?;
    if !applied.state().prepared {
        return Err(not_prepared());
    }
    launch(&mut applied, &forwarding)
}

/// The container's own directory: the one above its static directory.
fn directory(facts: &Facts, process: &Process) -> PathBuf {
    let above = facts.container.static_dir.as_deref().and_then(|path| Path::new(path).parent());
    above.map_or_else(
        || Path::new(&process.base).join(facts.container.id.as_deref().unwrap_or_default()),
        Path::to_owned,
    )
}

/// Calls the runtime and waits for it.
fn launch(applied: &mut Applied, forwarding: &Forwarding) -> Result<i32, RunError> {
    let directory = applied.directory().to_owned();
    let state = applied.state();
    let Some(Launch { runtime, terminal, cgroup }) = state.launch.clone() else {
        return Err(RunError::NotPrepared { directory });
    };
    let (id, bundle, log) = (state.id.clone(), state.bundle.clone(), directory.join("runtime.log"));
    let init = State::pid_file(&directory);
    let mut back = Vec::from([
        Back::RemoveFile { path: init.clone() },
        Back::RemoveFile { path: log.clone() },
        Back::RemoveTree { path: runtime.root.clone() },
    ]);
    back.extend(cgroup.map(|path| Back::RemoveCgroup { path }));
    back.push(Back::DeleteContainer { runtime: runtime.clone(), id: id.clone() });
    applied.note(RUN, back).map_err(RunError::Note)?;
    // One of an earlier run names a process that is gone; the runtime writes it anew.
    let _ = std::fs::remove_file(&init);
    applied.runs().map_err(RunError::Note)?;
    let mut command = runtime.command();
    command
        .arg("--log")
        .arg(&log)
        .args(["--log-format", "json", "run", "--bundle"])
        .arg(&bundle)
        .arg("--pid-file")
        .arg(&init)
        .arg(&id);
    let ended = call(&runtime, command, terminal, &log, forwarding);
    applied.ended().map_err(RunError::Note)?;
    ended
}

fn call(
    runtime: &Runtime,
    mut command: Command,
    terminal: bool,
    log: &Path,
    forwarding: &Forwarding,
) -> Result<i32, RunError> {
    if !terminal {
        // A signal of the terminal reaches this process alone, which forwards it: once, not twice. With a terminal of its own the container
        // gets the keys themselves, and the runtime has to be in the foreground to read them.
        command.process_group(0);
    }
    let status =
        forwarding.wait_for(|| command.spawn()).map_err(|interrupted| match interrupted {
            Interrupted::Signal(signal) => RunError::Interrupted { signal },
            Interrupted::Spawn(source) => {
                RunError::Spawn { program: runtime.program.clone(), source }
            }
        })?;
    let code = code(status);
    // A container's own failure is not in the runtime's log.
    match logged_error(log).filter(|_| code != 0) {
        Some(message) => Err(RunError::Runtime { program: runtime.program.clone(), message }),
        None => Ok(code),
    }
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| signal.saturating_add(128)))
        .unwrap_or(128)
}
