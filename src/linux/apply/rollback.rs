//! Takes steps back, newest first, and goes on past what fails.

use super::Host;
use super::back::Back;
use super::failed::Failed;
use super::state::{State, Taken};
use std::vec::Vec;

/// Takes back the steps after the first `keep` that are meant. What could not be taken back stays in the state, so that it can be tried again.
pub(super) fn roll_back<H: Host>(
    host: &H,
    state: &mut State,
    keep: usize,
    is_meant: impl Fn(&Taken) -> bool,
) -> Vec<Failed> {
    let mut failures = Vec::new();
    let mut left: Vec<Taken> = Vec::new();
    while state.steps.len() > keep {
        let Some(mut step) = state.steps.pop() else { break };
        if !is_meant(&step) {
            left.push(step);
            continue;
        }
        let mut stays: Vec<Back> = Vec::new();
        for back in step.back.into_iter().rev() {
            let Err(failure) = host.take_back(&back) else { continue };
            // LP-NET-20: a network that cannot be taken down is told, and forgotten all the same. Of one that was not set up wholly, something
            // is always missing: that is not told.
            if !back.is_tried_once() {
                failures.push(failure);
                stays.push(back);
            } else if step.done {
                failures.push(failure);
            }
        }
        if !stays.is_empty() {
            stays.reverse();
            step.back = stays;
            left.push(step);
        }
        // Killed from here on, only what is left is tried again; what was taken back already would be as good as taken back.
        let kept = state.steps.len();
        state.steps.extend(left.iter().rev().cloned());
        failures.extend(host.save(state).err());
        state.steps.truncate(kept);
    }
    state.steps.extend(left.into_iter().rev());
    failures
}
