//! What is to happen on the host, as data: every change in order, with its way back. Carrying it out makes no decision.

mod dependency;
mod effect;
mod network;
pub mod prepare;
mod undo;
mod written;

pub use effect::{Content, Effect, Effect as PlanEffect, OverlaySource, Port, SlirpAttach};
pub use network::{Attachment, RootlessNetns};
pub use undo::Undo;
pub use written::{PLAN_VERSION, WrittenPlan, WrittenStep};

use crate::config::Config;
use crate::draft::Draft;
use crate::facts::Facts;
use crate::options::Options;
use crate::provenance::Because;
use core::ops::Deref;

/// Everything that is to happen on the host for one container: its steps in order, and what they are supplied from.
#[derive(Debug)]
pub struct Plan<'a> {
    /// Holds the steps, and the spec that one of them saves.
    pub(crate) draft: Draft<'a>,
    /// Says which container it is, and what its secrets are.
    pub(crate) facts: &'a Facts,
    /// What it was compiled from, besides: some steps have an outcome that is a fact of those after them, which are compiled anew then.
    pub(crate) config: &'a Config,
    pub(crate) options: Options,
}

impl<'a> Plan<'a> {
    /// The steps, in order.
    pub fn steps(&self) -> &[PlanStep<'a>] {
        &self.draft.plan
    }
}

impl<'a> Deref for Plan<'a> {
    type Target = [PlanStep<'a>];

    fn deref(&self) -> &Self::Target {
        self.steps()
    }
}

/// When a step happens, in order.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    Eq,
    Ord,
    PartialEq,
    PartialOrd,
    serde::Deserialize,
    serde::Serialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stage {
    /// Namespace and network, beside [`Stage::Storage`] (LP-PREP-01).
    Network,
    /// SHM, root filesystem, named volumes.
    #[default]
    Storage,
    /// While the spec is made: files, owners, labels, overlays.
    Generate,
    /// After the spec is made and before the runtime is called: working directory, volume owners, cgroups.
    Init,
    /// After the runtime made the container (post-configured network).
    Created,
}

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Network => "network",
            Stage::Storage => "storage",
            Stage::Generate => "generate",
            Stage::Init => "init",
            Stage::Created => "created",
        }
    }
}

/// One step.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PlanStep<'a> {
    /// When.
    pub stage: Stage,
    /// What.
    pub effect: Effect<'a>,
    /// Why.
    pub because: Because,
}

impl PlanStep<'_> {
    /// The way back.
    pub fn undo(&self) -> Undo {
        self.effect.undo()
    }
}
