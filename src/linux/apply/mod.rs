//! Carries a plan out on this host, step by step, and back again.
//!
//! It makes no decision: what is to be done stands in the plan. Before each step it is looked at what will have to be taken back, and that is
//! written down; so a failure, or a kill at any point, leaves what is needed to leave the host as it was. What a plan holds that cannot be
//! carried out yet is refused before anything is done.

mod back;
mod base;
mod carry_out;
pub(super) mod directories;
mod failed;
mod files;
mod host;
mod late;
mod mounts;
mod network;
pub(super) mod own_cgroup;
mod owners;
mod programs;
mod real;
mod recorded;
mod reload;
mod rollback;
mod served;
mod state;
mod support;
#[cfg(test)]
mod tests;
mod tree;
mod volume_mounts;
mod volumes;

pub use back::Back;
pub use carry_out::{carry_out, carry_out_created};
pub use failed::{Attempt, Failed};
pub use host::{Host, Outcome};
pub use real::ThisHost;
pub use reload::{ReloadError, reload_network};
pub use state::{About, Launch, State, StateError, Taken};
pub(super) use state::{Lock, RUN};
pub use support::{Unsupported, check, check_plan};

use crate::linux::{containers, processes};
use crate::plan::{Effect, Plan, Stage};
use carry_out::take;
use rollback::roll_back;
use rustix::process::Pid;
use std::borrow::{Cow, ToOwned as _};
use std::path::{Path, PathBuf};
use std::string::String;
use std::sync::Mutex;
use std::vec::Vec;

/// What went wrong in carrying a plan out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Trouble {
    /// A step failed.
    #[error("step {step} of the plan, `{effect}`")]
    Step {
        /// Its number in the plan, from 0.
        step: usize,
        /// Its word.
        effect: &'static str,
        /// What was attempted.
        source: Failed,
    },
    /// Something could not be taken back; it is still in the state, for another try.
    #[error("taking back what was done")]
    Back(#[source] Failed),
    /// The state could not be written down.
    #[error("writing the state down")]
    Save(#[source] Failed),
    /// The rest of the plan could not be compiled with what is known only now, such as what the networks gave.
    #[error("compiling again with what is known now: {0}")]
    Again(String),
}

/// A plan that was not carried out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// A step that cannot be carried out yet. Nothing was done.
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    /// The container's directory holds the state of an earlier start. Nothing was done.
    #[error("{} holds the state of a container: clean it up first", directory.display())]
    InUse {
        /// The directory.
        directory: PathBuf,
    },
    /// Another container has the name. Nothing was done.
    #[error(
        "the container name \"{name}\" is already in use by {id}: clean that container up, or take another name"
    )]
    NameInUse {
        /// The name.
        name: String,
        /// Id of the container that has it.
        id: String,
    },
    /// The container's directory cannot be made. Nothing is left of it.
    #[error("making the container's directory")]
    Directory(#[source] Failed),
    /// It was begun and taken back.
    #[error("the container could not be prepared")]
    Stopped {
        /// What is told: a step's failure, or a failure to clean up after one (LP-PREP-02).
        source: Trouble,
        /// What else went wrong, in order.
        also: Vec<Trouble>,
    },
}

/// A plan that was carried out. Dropping it leaves everything as it is, for [`cleanup`] by its directory.
#[derive(Debug)]
pub struct Applied {
    directory: PathBuf,
    state: State,
    /// Held while it is worked on, so that nobody else does meanwhile.
    lock: Option<Lock>,
    /// Held while the container runs.
    running: Option<Lock>,
    /// The container's first process, where it is a child of this one.
    init: Option<Pid>,
}

/// Carries the plan of a compiled container out.
///
/// `directory` is the container's own: its state is kept there, and it must not be there yet.
///
/// # Errors
///
/// [`ApplyError`]. Nothing is left, but for what it says.
///
/// # Examples
///
/// ```no_run
/// # let config = ocify::parse("rootfs: /srv\nnetns: none\n")?;
/// # let facts = ocify::linux::gather(&ocify::questions(&config)?)?;
/// let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
/// let applied = ocify::linux::apply(&compiled.plan, std::path::Path::new("/run/engine/web"))?;
/// let bundle = &applied.state().bundle; // for the runtime
/// applied.undo()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(plan: &Plan<'_>, directory: &Path) -> Result<Applied, ApplyError> {
    apply_on(plan, directory, |host| host)
}

/// Does the same on a host that stands before this one: it may say what is done, count it, or fail where a test wants it to.
///
/// # Errors
///
/// As [`apply`].
pub fn apply_on<H: Host>(
    plan: &Plan<'_>,
    directory: &Path,
    wrap: impl FnOnce(ThisHost) -> H,
) -> Result<Applied, ApplyError> {
    check_plan(plan)?;
    let facts = plan.facts;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (id, name, bundle) =
        (text(&facts.container.id), text(&facts.container.name), text(&facts.container.bundle));
    let mut state = State { about: Some(About::of(plan)), ..State::new(&id, &name, &bundle) };
    let lock = begin(directory, &mut state)?;
    let mut host = wrap(ThisHost::new(directory, plan));
    // The directories of the container, which its storage makes for Podman.
    let own = [&facts.container.static_dir, &facts.container.run_dir, &facts.container.bundle];
    let directories: Vec<Effect<'_>> = own
        .into_iter()
        .flatten()
        .map(|path| Effect::MakeDir { path: Cow::Borrowed(path), mode: 0o700, uid: 0, gid: 0 })
        .collect();
    let late = plan.iter().any(|step| step.stage == Stage::Created);
    let kept = if late { keep(plan, directory, &mut state) } else { Ok(()) };
    let shared = Mutex::new(&mut state);
    let made = directories
        .iter()
        .try_for_each(|effect| take(&host, &shared, Stage::Storage, effect).map(drop));
    let done = match kept.and(made) {
        Ok(()) => carry_out(&mut host, plan, &mut state),
        Err(source) => Err(ApplyError::Stopped { source, also: Vec::new() }),
    };
    let directory = directory.to_owned();
    let mut applied = Applied { directory, state, lock: Some(lock), running: None, init: None };
    match done {
        Ok(()) => Ok(applied),
        Err(error) => {
            let failures = applied.take_all_back();
            Err(match error {
                ApplyError::Stopped { source, mut also } => {
                    also.extend(failures.into_iter().map(Trouble::Back));
                    ApplyError::Stopped { source, also }
                }
                other => other,
            })
        }
    }
}

/// Keeps what the steps after the runtime made the container are compiled from.
fn keep(plan: &Plan<'_>, directory: &Path, state: &mut State) -> Result<(), Trouble> {
    let path = late::file(directory);
    let back = [files::beside(&path), path].map(|path| Back::RemoveFile { path }).into();
    state.steps.push(Taken { what: "keep".to_owned(), done: true, back, ..Taken::default() });
    state.save(directory).map_err(Trouble::Save)?;
    late::keep(directory, plan).map_err(Trouble::Save)
}

/// Makes a container's directory and takes its lock. The directories above it that are made are the first to be taken back last.
fn begin(directory: &Path, state: &mut State) -> Result<Lock, ApplyError> {
    let in_use = || ApplyError::InUse { directory: directory.to_owned() };
    let above = directory.parent().unwrap_or(directory);
    // Until its own name is written down nobody else may look whether theirs is free.
    let (mut made, _base) = base::hold(above)?;
    if !directory.exists() {
        let others = containers::states(above).map_err(ApplyError::Directory)?;
        if let Some(id) = base::named(&others, &state.name) {
            return Err(ApplyError::NameInUse { name: state.name.clone(), id: id.clone() });
        }
        made = base::all_made(made, &others);
    }
    match std::fs::create_dir(directory) {
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return Err(in_use()),
        created => {
            created.map_err(|e| ApplyError::Directory(Failed::io(Attempt::Make, directory)(e)))?;
        }
    }
    let begun = || {
        // Others may pass: what is bound into a container of another user lies below.
        mounts::chmod(directory, 0o711).map_err(ApplyError::Directory)?;
        let lock = Lock::take(directory).map_err(ApplyError::Directory)?.ok_or_else(in_use)?;
        // Nobody runs it yet; the file is there for whoever asks.
        drop(Lock::run(directory).map_err(ApplyError::Directory)?);
        state.steps.push(Taken {
            what: base::BEGIN.to_owned(),
            done: true,
            back: made,
            ..Taken::default()
        });
        state.save(directory).map_err(ApplyError::Directory)?;
        Ok(lock)
    };
    // It was made just now, so what is in it is ours; that it cannot be removed either adds nothing to the error.
    begun().inspect_err(|_| State::remove(directory).unwrap_or(()))
}

impl Applied {
    /// What was done.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The container's directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Writes down how the container is to be run.
    ///
    /// # Errors
    ///
    /// [`Failed`] when it cannot be written down.
    pub(super) fn launch_by(&mut self, launch: Launch) -> Result<(), Failed> {
        self.state.launch = Some(launch);
        self.state.save(&self.directory)
    }

    /// Lets others work on the container while it runs: what they need not know is that it does, which the lock of who runs it tells.
    ///
    /// # Errors
    ///
    /// [`Failed`] when another process runs it.
    pub(super) fn runs(&mut self) -> Result<(), Failed> {
        if self.running.is_none() {
            let lock = Lock::run(&self.directory)?;
            let taken = || Failed::at(Attempt::Lock, &self.directory)(rustix::io::Errno::BUSY);
            self.running = Some(lock.ok_or_else(taken)?);
        }
        self.lock = None;
        Ok(())
    }

    /// Carries out what comes after the runtime made the container, whose first process is a child of this one.
    ///
    /// # Errors
    ///
    /// [`ApplyError::Stopped`] after this was taken back.
    pub(super) fn configure(&mut self, init: Pid) -> Result<(), ApplyError> {
        self.init = Some(init);
        let pid = init.as_raw_pid().unsigned_abs();
        late::with_plan(&self.directory, pid, |plan| {
            carry_out_created(&mut ThisHost::new(&self.directory, plan), plan, &mut self.state)
        })
    }

    /// Takes back what was done after the first `keep` steps, newest first, going on past what fails. What could not be taken back stays in the
    /// state.
    pub(super) fn take_back_to(&mut self, keep: usize) -> Vec<Failed> {
        let host = ThisHost::only_back(&self.directory);
        self.state.network_status = None;
        let failures = roll_back(&host, &mut self.state, keep, |_| true);
        if let Some(init) = self.init.take() {
            processes::reap(init);
        }
        failures
    }

    /// Works on the container again after it ran, from what others have written down meanwhile.
    ///
    /// # Errors
    ///
    /// [`Failed`] when its directory or its state is gone: then there is nothing more to do.
    pub(super) fn ended(&mut self) -> Result<(), Failed> {
        if self.lock.is_some() {
            return Ok(());
        }
        self.lock = Lock::wait_for(&self.directory)?;
        let lost = || Failed::at(Attempt::Look, &self.directory)(rustix::io::Errno::NOENT);
        self.state = State::load(&self.directory).ok().flatten().ok_or_else(lost)?;
        Ok(())
    }

    /// Writes down something that is about to be done and is no step of the plan.
    ///
    /// # Errors
    ///
    /// [`Failed`] when it cannot be written down; then it must not be done.
    pub(super) fn note(&mut self, what: &str, back: Vec<Back>) -> Result<(), Failed> {
        self.state.steps.push(Taken { what: what.to_owned(), back, ..Taken::default() });
        self.state.save(&self.directory)
    }

    /// Takes everything back, newest first, going on past what fails. Its directory goes with it when nothing is left.
    ///
    /// # Errors
    ///
    /// Everything that could not be taken back; it stays in the state, for [`cleanup`].
    pub fn undo(mut self) -> Result<(), CleanupError> {
        let failures = self.take_all_back();
        if failures.is_empty() {
            Ok(())
        } else {
            Err(CleanupError::Left { directory: self.directory, failures })
        }
    }

    fn take_all_back(&mut self) -> Vec<Failed> {
        let host = ThisHost::only_back(&self.directory);
        // What is only in part there cannot be started any more.
        self.state.prepared = false;
        // The first step made the directories above the container's: they can go when that is gone.
        let mut failures = roll_back(&host, &mut self.state, 1, |_| true);
        if failures.is_empty() && self.state.steps.len() <= 1 {
            let above = self.state.steps.first().map(|step| step.back.clone()).unwrap_or_default();
            // Nobody begins another one there meanwhile; that it cannot be held is no reason to leave anything.
            let _base = self.directory.parent().map(Lock::of_base);
            match State::remove(&self.directory) {
                Ok(()) => failures.extend(above.iter().rev().filter_map(|back| back.take().err())),
                Err(failure) => failures.push(failure),
            }
        }
        failures
    }
}

/// Something that could not be cleaned up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CleanupError {
    /// The state cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// A process still works on the container.
    #[error("{} is in use: the process that started the container still works on it", directory.display())]
    Busy {
        /// The container's directory.
        directory: PathBuf,
    },
    /// Things that could not be taken back; never empty. They are still in the state, for another try.
    #[error("{} things could not be taken back: {}", failures.len(), said(failures))]
    Left {
        /// The container's directory.
        directory: PathBuf,
        /// What failed.
        failures: Vec<Failed>,
    },
}

fn said(failures: &[Failed]) -> String {
    let each: Vec<String> =
        failures.iter().map(|failure| std::format!("{failure}: {}", failure.source)).collect();
    each.join("; ")
}

/// Takes back everything that was done for a container whose process is gone: what its directory says. A container that still runs is killed.
/// Doing it twice is as good as once.
///
/// # Errors
///
/// [`CleanupError`]: what could not be taken back is in the state still, for another try.
pub fn cleanup(directory: &Path) -> Result<(), CleanupError> {
    match reopen(directory)? {
        Some(applied) => {
            if let Some(launch) = &applied.state().launch {
                launch.runtime.end_survivors().map_err(|failed| CleanupError::Left {
                    directory: directory.to_owned(),
                    failures: Vec::from([failed]),
                })?;
            }
            applied.undo()
        }
        None => Ok(()),
    }
}

/// Takes up a container again that was prepared by a process which is gone; `None` where there is none.
///
/// # Errors
///
/// [`CleanupError`] where its state cannot be used, or a process still works on it.
pub fn reopen(directory: &Path) -> Result<Option<Applied>, CleanupError> {
    if !directory.is_dir() {
        return Ok(None);
    }
    let host = |failed| CleanupError::State(StateError::Host(failed));
    let busy = || CleanupError::Busy { directory: directory.to_owned() };
    let lock = Lock::take(directory).map_err(host)?.ok_or_else(busy)?;
    let running = Lock::run(directory).map_err(host)?.ok_or_else(busy)?;
    match State::load(directory)? {
        Some(state) => {
            let directory = directory.to_owned();
            Ok(Some(Applied {
                directory,
                state,
                lock: Some(lock),
                running: Some(running),
                init: None,
            }))
        }
        None => {
            // Killed before anything was written down: only the directory and its lock are there.
            let removed = State::remove(directory);
            removed.map_err(|failed| CleanupError::Left {
                directory: directory.to_owned(),
                failures: Vec::from([failed]),
            })?;
            Ok(None)
        }
    }
}
