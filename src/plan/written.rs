//! The plan as it is written out: each step with its way back and its reasons.

use super::{Effect, Stage, Undo};
use crate::why::{Teller, Told};
use crate::{Compiled, Config, Facts};
use alloc::vec::Vec;

/// Version of the written plan, `major.minor`: additions raise the minor number.
pub const PLAN_VERSION: &str = "1.0";

/// A plan, written out.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct WrittenPlan<'a> {
    /// Version of this format: a reader refuses a major number that it does not know.
    pub format_version: &'static str,
    /// The steps, in the order in which they are carried out.
    pub steps: Vec<WrittenStep<'a>>,
}

/// One step of a plan.
#[derive(Debug, serde::Serialize, schemars::JsonSchema)]
#[non_exhaustive]
pub struct WrittenStep<'a> {
    /// When it is carried out.
    pub stage: Stage,
    /// The change to the host.
    pub effect: &'a Effect<'a>,
    /// Its way back.
    pub undo: Undo,
    /// Why: rules, fields of the config, facts; without what was only looked through in vain.
    pub because: Vec<Told>,
}

impl Compiled<'_> {
    /// The plan with its reasons, for writing out. `config` and `facts` are those that were compiled.
    ///
    /// # Examples
    ///
    /// ```
    /// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
    /// # let recorded = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
    /// # let (config, facts) = (ocify::parse(text)?, ocify::facts::facts_from_json(recorded)?);
    /// # let compiled = ocify::compile(&config, &facts, &ocify::Options::default())?;
    /// let plan = serde_json::to_value(compiled.written_plan(&config, &facts))?;
    /// assert_eq!(plan["format_version"], ocify::plan::PLAN_VERSION);
    /// assert_eq!(plan["steps"][0]["effect"]["do"], "make_dir");
    /// assert_eq!(plan["steps"][0]["undo"]["undo"], "remove_made");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn written_plan<'s>(&'s self, config: &Config, facts: &Facts) -> WrittenPlan<'s> {
        let teller = Teller::new(self.trails(), config, facts);
        let step = |step: &'s super::PlanStep<'_>| WrittenStep {
            stage: step.stage,
            effect: &step.effect,
            undo: step.undo(),
            because: teller.direct(step.because),
        };
        WrittenPlan { format_version: PLAN_VERSION, steps: self.plan.iter().map(step).collect() }
    }
}
