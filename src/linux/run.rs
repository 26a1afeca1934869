//! Runs a container: prepares it, hands its bundle to the OCI runtime, and takes everything back when that is done.

use super::apply::{
    Applied, ApplyError, Back, CleanupError, Failed, Launch, RUN, State, apply_on, check_plan,
    cleanup, reopen,
};
use super::created;
use super::gather::{GatherError, GatherOptions, Process, engine, gather_with};
use super::runtime::{Runtime, logged_error};
use super::signals::{Forwarding, Interrupted};
use super::telling::Telling;
use crate::facts::Facts;
use crate::options::Options;
use crate::plan::Stage;
use crate::{Compiled, Config, Refused, compile};
use std::borrow::ToOwned as _;
use std::boxed::Box;
use std::format;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::string::{String, ToString as _};
use std::vec::Vec;

/// How a container is run.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// What is chosen for it: id, name, directories, runtime, profile.
    pub gather: GatherOptions,
    /// Told the word of each step of the plan when it is taken, from either of two threads, and nothing when the runtime is called.
    pub progress: Option<fn(&str)>,
}

/// A container that did not run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// The container's first process cannot be waited for.
    #[error("waiting for the container")]
    Wait(#[source] std::io::Error),
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
/// [`RunError`]: which step of that failed. But for [`RunError::Cleanup`] nothing is left of the container.
///
/// # Examples
///
/// ```no_run
/// use ocify::linux::{RunOptions, run};
///
/// let config = ocify::parse("rootfs: /srv\ncommand: [echo, hello]\nnetns: none\n")?;
/// assert_eq!(run(&config, &RunOptions::default())?, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    let mut applied = begin(compiled, facts, options)?;
    let ended = launch(&mut applied, &forwarding);
    match applied.undo() {
        Ok(()) => ended,
        Err(source) => Err(RunError::Cleanup { ended: ended.map_err(Box::new), source }),
    }
}

/// Prepares a compiled container, up to the call of the runtime. It stays prepared when this process ends: [`start`] runs it, and
/// [`cleanup`] takes it back.
///
/// Twice is as good as once: of a container that is prepared from the same config already, nothing is changed. What a process has left that was
/// killed while it prepared it is taken back first.
///
/// # Errors
///
/// [`RunError::NoRuntime`] and [`RunError::Apply`]
///
/// # Examples
///
/// ```no_run
/// use ocify::linux::{GatherOptions, RunOptions, cleanup, gather_with, prepare, start};
///
/// let config = ocify::parse("rootfs: /srv\ncommand: [echo, hello]\nnetns: none\n")?;
/// let facts = gather_with(&config, &GatherOptions::default())?;
/// let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
///
/// let directory = prepare(&compiled, &facts, &RunOptions::default())?.directory().to_owned();
/// let code = start(&directory)?;
/// cleanup(&directory)?;
/// assert_eq!(code, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prepare(
    compiled: &Compiled<'_>,
    facts: &Facts,
    options: &RunOptions,
) -> Result<Applied, RunError> {
    let directory = directory(facts, &Process::new(&options.gather));
    let in_use = || ApplyError::InUse { directory: directory.clone() };
    let found = match reopen(&directory) {
        Err(CleanupError::Busy { .. }) => return Err(in_use().into()),
        found => found.map_err(RunError::Directory)?,
    };
    match found {
        Some(there) if there.state().prepared && there.state().launch.is_some() => {
            let same = there.state().about.as_ref().is_some_and(|it| it.is_of(&compiled.plan));
            return if same { Ok(there) } else { Err(in_use().into()) };
        }
        Some(half) => {
            drop(half);
            cleanup(&directory).map_err(RunError::Directory)?;
        }
        None => {}
    }
    begin(compiled, facts, options)
}

/// Prepares a container that is not there yet.
fn begin(
    compiled: &Compiled<'_>,
    facts: &Facts,
    options: &RunOptions,
) -> Result<Applied, RunError> {
    // What the user can change in the config is told before what is missing on the host.
    check_plan(&compiled.plan).map_err(ApplyError::from)?;
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
        configured_created: compiled.plan.iter().any(|step| step.stage == Stage::Created),
    };
    let tell = options.progress;
    let applied = apply_on(&compiled.plan, &directory, |host| Telling { host, tell });
    if let Some(tell) = tell {
        tell("");
    }
    let mut applied = applied?;
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

/// Runs a container that was prepared, as [`run_compiled`] does, and leaves it for [`cleanup`].
///
/// # Errors
///
/// [`RunError::NotPrepared`] where nothing is prepared there, and what kept the runtime from running it.
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

/// What the runtime is called with.
pub(super) struct Call {
    runtime: Runtime,
    pub(super) id: String,
    pub(super) bundle: PathBuf,
    /// Where it writes the process id of the container's first process.
    pub(super) pid_file: PathBuf,
    log: PathBuf,
    /// It has to be in the foreground, to read the keys.
    terminal: bool,
}

impl Call {
    /// The runtime with what comes before the command's name.
    pub(super) fn command(&self) -> Command {
        let mut command = self.runtime.command();
        command.arg("--log").arg(&self.log).args(["--log-format", "json"]);
        if !self.terminal {
            // A signal of the terminal reaches this process alone, which forwards it: once, not twice. With a terminal of its own the container
            // gets the keys themselves.
            command.process_group(0);
        }
        command
    }

    pub(super) fn spawn_error(&self, interrupted: Interrupted) -> RunError {
        match interrupted {
            Interrupted::Signal(signal) => RunError::Interrupted { signal },
            Interrupted::Spawn(source) => {
                RunError::Spawn { program: self.runtime.program.clone(), source }
            }
        }
    }

    /// What the runtime says of its failure.
    pub(super) fn refused(&self, status: ExitStatus) -> RunError {
        RunError::Runtime {
            program: self.runtime.program.clone(),
            message: logged_error(&self.log).unwrap_or_else(|| status.to_string()),
        }
    }
}

/// Calls the runtime and waits for it.
fn launch(applied: &mut Applied, forwarding: &Forwarding) -> Result<i32, RunError> {
    let directory = applied.directory().to_owned();
    let state = applied.state();
    let Some(Launch { runtime, terminal, cgroup, configured_created }) = state.launch.clone()
    else {
        return Err(RunError::NotPrepared { directory });
    };
    let (id, keep) = (state.id.clone(), state.steps.len());
    let call = Call {
        bundle: state.bundle.clone(),
        pid_file: State::pid_file(&directory),
        log: directory.join("runtime.log"),
        id: id.clone(),
        runtime: runtime.clone(),
        terminal,
    };
    let mut back = Vec::from([
        Back::RemoveFile { path: call.log.clone() },
        Back::RemoveFile { path: call.pid_file.clone() },
        // Where runc writes it before it gets its name.
        Back::RemoveFile { path: directory.join(".pid") },
        Back::RemoveTree { path: runtime.root.clone() },
    ]);
    back.extend(cgroup.map(|path| Back::RemoveCgroup { path }));
    back.push(Back::DeleteContainer { runtime, id });
    applied.note(RUN, back).map_err(RunError::Note)?;
    // One of an earlier run names a process that is gone; the runtime writes it anew.
    let _ = std::fs::remove_file(&call.pid_file);
    if configured_created {
        let ended = created::run(applied, &call, forwarding);
        applied.ended().map_err(RunError::Note)?;
        // The network is that of this one run.
        let failures = applied.take_back_to(keep);
        return if failures.is_empty() {
            ended
        } else {
            let source = CleanupError::Left { directory, failures };
            Err(RunError::Cleanup { ended: ended.map_err(Box::new), source })
        };
    }
    applied.runs().map_err(RunError::Note)?;
    let ended = run_by(&call, forwarding);
    applied.ended().map_err(RunError::Note)?;
    ended
}

fn run_by(call: &Call, forwarding: &Forwarding) -> Result<i32, RunError> {
    let mut command = call.command();
    command.args(["run", "--bundle"]).arg(&call.bundle).arg("--pid-file").arg(&call.pid_file);
    command.arg(&call.id);
    let status = forwarding
        .wait_for(|| command.spawn())
        .map_err(|interrupted| call.spawn_error(interrupted))?;
    let code = code(status);
    // A container's own failure is not in the runtime's log.
    match logged_error(&call.log).filter(|_| code != 0) {
        Some(message) => Err(RunError::Runtime { program: call.runtime.program.clone(), message }),
        None => Ok(code),
    }
}

fn code(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| signal.saturating_add(128)))
        .unwrap_or(128)
}
