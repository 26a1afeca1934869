//! Where effects happen: this host, or a model of one in tests.

use super::back::Back;
use super::failed::Failed;
use super::state::State;
use super::support::Unsupported;
use crate::facts::NetworkStatus;
use crate::plan::{Effect, Plan, PlanStep};
use std::vec::Vec;

/// Where effects happen. Network and storage are set up at once, in two threads.
pub trait Host: Sync {
    /// Says before anything is done which step of a plan cannot be performed here; a host that can do everything has nothing to say.
    ///
    /// # Errors
    ///
    /// [`Unsupported`], the first there is.
    fn check(&self, plan: &[PlanStep<'_>]) -> Result<(), Unsupported> {
        let _ = plan;
        Ok(())
    }

    /// Whether two steps can be performed at once. A host that records an order says no: it is given the network's first.
    fn at_once(&self) -> bool {
        true
    }

    /// What will have to be taken back if this effect is performed now; nothing for what is there already and not ours.
    ///
    /// # Errors
    ///
    /// [`Failed`] when that cannot be told.
    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed>;

    /// Performs an effect. Gives what can only be known now and what the rest of the plan depends on.
    ///
    /// # Errors
    ///
    /// [`Failed`]; it may have been performed in part.
    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed>;

    /// Takes the plan that was compiled with an outcome in the place of the one before.
    fn renew(&mut self, plan: &Plan<'_>) {
        let _ = plan;
    }

    /// Takes something back. What is gone already is as good as taken back.
    ///
    /// # Errors
    ///
    /// [`Failed`]
    fn take_back(&self, back: &Back) -> Result<(), Failed>;

    /// Writes the state down.
    ///
    /// # Errors
    ///
    /// [`Failed`]
    fn save(&self, state: &State) -> Result<(), Failed>;
}

/// What a step gave that is a fact of those after it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// What the networks gave: a fact of resolv.conf, the hosts file and the port forwarder.
    Network(NetworkStatus),
}
