//! Takes the steps of a plan in order, network and storage at once, and back again when one fails.

use super::failed::Failed;
use super::host::{Host, Outcome};
use super::rollback::roll_back;
use super::state::{State, Taken};
use super::{ApplyError, Trouble};
use crate::compile;
use crate::facts::Facts;
use crate::plan::prepare::{self, Failure, Step};
use crate::plan::{Effect, Plan, PlanStep, Stage};
use std::borrow::ToOwned as _;
use std::string::ToString as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::vec::Vec;

/// Carries a plan out: network and storage, with the table of LP-PREP-02 for their failures, then the rest in order. What the networks gave is a
/// fact of the rest, which is compiled again with it. On a failure everything is taken back, newest first, going on past what fails.
///
/// What comes after the runtime made the container is left.
///
/// # Errors
///
/// [`ApplyError::Unsupported`] before anything is done; [`ApplyError::Stopped`] after everything was taken back.
pub fn carry_out<H: Host>(
    host: &mut H,
    plan: &Plan<'_>,
    state: &mut State,
) -> Result<(), ApplyError> {
    host.check(plan)?;
    let keep = state.steps.len();
    let (outcome, taken) = both(host, plan, state)?;
    let Some(outcome) = outcome else { return rest(host, plan, taken, state, keep) };
    let facts = with(plan.facts, outcome);
    match compile(plan.config, &facts, &plan.options) {
        Ok(again) => {
            host.renew(&again.plan);
            rest(host, &again.plan, taken, state, keep)
        }
        Err(refused) => Err(stopped(host, state, keep, Trouble::Again(refused.to_string()))),
    }
}

/// The same for steps that nothing is compiled from.
#[cfg(test)]
pub(super) fn carry_out_steps<H: Host>(
    host: &H,
    plan: &[PlanStep<'_>],
    state: &mut State,
) -> Result<(), ApplyError> {
    host.check(plan)?;
    let keep = state.steps.len();
    let (_, taken) = both(host, plan, state)?;
    rest(host, plan, taken, state, keep)
}

/// Facts with an outcome among them.
pub(super) fn with(facts: &Facts, outcome: Outcome) -> Facts {
    let mut facts = facts.clone();
    match outcome {
        Outcome::Network(status) => facts.container.network_status = Some(status),
    }
    facts
}

/// What the network gave, and how many of its steps were taken.
type Network = (Option<Outcome>, usize);

/// Network and storage. The network is set up as far as nothing depends on what it gave.
fn both<H: Host>(
    host: &H,
    plan: &[PlanStep<'_>],
    state: &mut State,
) -> Result<Network, ApplyError> {
    let keep = state.steps.len();
    let shared = Mutex::new(state);
    // Neither depends on the other's outcome: both are tried, and each takes back what it did itself.
    let network = || half(host, &shared, keep, Stage::Network, plan);
    let storage = || half(host, &shared, keep, Stage::Storage, plan).map(drop);
    let (network, storage) = if host.at_once() {
        thread::scope(|scope| {
            let network = scope.spawn(network);
            let storage = storage();
            (network.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), storage)
        })
    } else {
        let network = network();
        (network, storage())
    };
    let state = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (network, given) = match network {
        Ok(given) => (Ok(()), given),
        Err(trouble) => (Err(trouble), (None, 0)),
    };
    let mut back = Vec::new();
    let ended = prepare::outcome(network, storage).carry_out(|step| match step {
        Step::Save => host.save(state).map_err(Trouble::Save),
        Step::CleanStorage => {
            let of_storage = |taken: &Taken| taken.stage == Stage::Storage;
            first(roll_back(host, state, keep, of_storage), &mut back)
        }
        Step::CleanNetwork => first(roll_back(host, state, keep, |_| true), &mut back),
    });
    ended.result.map(|()| given).map_err(|failure| {
        let mut also: Vec<Trouble> = ended.logged.into_iter().map(told).collect();
        // A state that cannot be saved leaves everything set up (LP-PREP-03); without a state nobody could take it back later.
        let left = roll_back(host, state, keep, |_| true);
        also.extend(left.into_iter().chain(back).map(Trouble::Back));
        ApplyError::Stopped { source: told(failure), also }
    })
}

/// What is left of the network, and then all else, in order.
fn rest<H: Host>(
    host: &H,
    plan: &[PlanStep<'_>],
    taken: usize,
    state: &mut State,
    keep: usize,
) -> Result<(), ApplyError> {
    let shared = Mutex::new(&mut *state);
    let network = of(plan, Stage::Network).skip(taken);
    let later = plan
        .iter()
        .enumerate()
        .filter(|(_, step)| matches!(step.stage, Stage::Generate | Stage::Init));
    let done = network
        .chain(later)
        .try_for_each(|(number, step)| take_numbered(host, &shared, number, step).map(drop));
    let done = done.and_then(|()| {
        state.prepared = true;
        host.save(state).map_err(Trouble::Save)
    });
    done.map_err(|trouble| {
        state.prepared = false;
        stopped(host, state, keep, trouble)
    })
}

fn stopped<H: Host>(host: &H, state: &mut State, keep: usize, source: Trouble) -> ApplyError {
    let left = roll_back(host, state, keep, |_| true);
    ApplyError::Stopped { source, also: left.into_iter().map(Trouble::Back).collect() }
}

fn told(failure: Failure<Trouble>) -> Trouble {
    match failure {
        Failure::Task(trouble) | Failure::Save(trouble) | Failure::CleanUp(_, trouble) => trouble,
    }
}

/// The first of several failures, the others kept.
fn first(failures: Vec<Failed>, others: &mut Vec<Failed>) -> Result<(), Trouble> {
    let mut failures = failures.into_iter();
    let first = failures.next();
    others.extend(failures);
    first.map_or(Ok(()), |failure| Err(Trouble::Back(failure)))
}

/// The steps of a stage with their numbers in the plan.
fn of<'p, 'a>(
    plan: &'p [PlanStep<'a>],
    stage: Stage,
) -> impl Iterator<Item = (usize, &'p PlanStep<'a>)> {
    plan.iter().enumerate().filter(move |(_, step)| step.stage == stage)
}

/// The state, which two threads write.
type Shared<'s> = Mutex<&'s mut State>;

fn locked<'l, 's>(state: &'l Shared<'s>) -> MutexGuard<'l, &'s mut State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Takes the steps of one half, up to the first whose outcome the next ones depend on; if one fails, those of this half are taken back. What
/// cannot be stays in the state.
fn half<H: Host>(
    host: &H,
    state: &Shared<'_>,
    keep: usize,
    stage: Stage,
    plan: &[PlanStep<'_>],
) -> Result<Network, Trouble> {
    for (before, (number, step)) in of(plan, stage).enumerate() {
        match take_numbered(host, state, number, step) {
            Ok(None) => {}
            Ok(outcome) => return Ok((outcome, before.saturating_add(1))),
            Err(trouble) => {
                // What cannot be taken back now is tried again, and told, when both halves are done.
                roll_back(host, &mut locked(state), keep, |taken| taken.stage == stage);
                return Err(trouble);
            }
        }
    }
    Ok((None, of(plan, stage).count()))
}

fn take_numbered<H: Host>(
    host: &H,
    state: &Shared<'_>,
    step: usize,
    planned: &PlanStep<'_>,
) -> Result<Option<Outcome>, Trouble> {
    take(host, state, planned.stage, &planned.effect).map_err(|trouble| match trouble {
        Trouble::Step { effect, source, .. } => Trouble::Step { step, effect, source },
        other => other,
    })
}

/// Takes one step. The state is written down before; what it says of the one before is that it is done.
pub(super) fn take<H: Host>(
    host: &H,
    state: &Shared<'_>,
    stage: Stage,
    effect: &Effect<'_>,
) -> Result<Option<Outcome>, Trouble> {
    let failed = |source| Trouble::Step { step: 0, effect: effect.word(), source };
    let back = host.foresee(effect).map_err(failed)?;
    {
        let mut state = locked(state);
        state.steps.push(Taken { what: effect.word().to_owned(), stage, done: false, back });
        host.save(&state).map_err(Trouble::Save)?;
    }
    let outcome = host.perform(effect).map_err(failed)?;
    let mut state = locked(state);
    // The other half has taken steps meanwhile; of this one it is the last.
    if let Some(step) = state.steps.iter_mut().rev().find(|taken| taken.stage == stage) {
        step.done = true;
    }
    if let Some(Outcome::Network(status)) = &outcome {
        state.network_status = Some(status.clone());
    }
    Ok(outcome)
}
