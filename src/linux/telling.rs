//! Says each step of a plan when it is taken.

use super::apply::{Back, Failed, Host, Outcome, State, Unsupported};
use crate::plan::{Effect, Plan, PlanStep};
use std::vec::Vec;

/// A host that says what is done on it.
#[derive(Debug)]
pub(super) struct Telling<H> {
    pub(super) host: H,
    /// Called with the word of each effect, from either half of the work.
    pub(super) tell: Option<fn(&str)>,
}

impl<H: Host> Host for Telling<H> {
    fn check(&self, plan: &[PlanStep<'_>]) -> Result<(), Unsupported> {
        self.host.check(plan)
    }
    fn at_once(&self) -> bool {
        self.host.at_once()
    }
    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        self.host.foresee(effect)
    }
    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        if let Some(tell) = self.tell {
            tell(effect.word());
        }
        self.host.perform(effect)
    }
    fn renew(&mut self, plan: &Plan<'_>) {
        self.host.renew(plan);
    }
    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        self.host.take_back(back)
    }
    fn save(&self, state: &State) -> Result<(), Failed> {
        self.host.save(state)
    }
}
