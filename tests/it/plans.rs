//! Every plan of the fixtures, carried out on a host that only records: whichever step fails, all that was done is taken back, newest first.

use crate::ground::{case, case_names, say};
use crate::recording::{Wrong, carried_out};
use crate::shots::each;
use ocify::linux::apply::{ApplyError, Trouble};
use ocify::plan::PlanStep;
use ocify::{Options, compile};
use std::cell::Cell;

#[test]
fn whichever_step_of_a_plan_fails_nothing_is_left() {
    let (plans, failures) = (Cell::new(0), Cell::new(0));
    let counted = std::panic::AssertUnwindSafe((&plans, &failures));
    each(&case_names(), |name| {
        let case = case(name);
        let Ok(compiled) = compile(&case.config, &case.facts, &Options { profile: case.profile() })
        else {
            return;
        };
        let plan: Vec<&PlanStep<'_>> = compiled.plan.iter().collect();
        let ((plans, failures), steps) = (*counted, plan.len());
        plans.set(plans.get() + 1);
        for fails in (0..steps).map(Some).chain([None]) {
            let wrong = Wrong { effect: fails, ..Wrong::default() };
            let (result, seen) = carried_out(&compiled.plan, wrong);
            if fails.is_none() {
                result.unwrap();
                // What the networks gave may lead to more.
                let late = plan.iter().any(|step| step.stage.name() == "created");
                let all = seen.performed == steps || late && seen.performed > steps;
                assert!(all, "{name}: {} {steps}", seen.performed);
                assert!(seen.saved.prepared, "{name}");
                continue;
            }
            failures.set(failures.get() + 1);
            let Err(ApplyError::Stopped { source: Trouble::Step { effect, .. }, also }) = result
            else {
                panic!("{name}: {fails:?}: {result:?}");
            };
            // A network that fails does not keep the storage from being tried, so the number counts what was performed.
            let word = |step: &&PlanStep<'_>| step.effect.word() == effect;
            assert!(plan.iter().any(word), "{name}: {effect}");
            assert!(also.is_empty(), "{name}: {also:?}");
        }
        // What cannot be taken back, or written down, is known all the same.
        for at in 0..=steps {
            for wrong in [
                Wrong { effect: Some(at), back: Some(at / 2), save: None },
                Wrong { effect: None, back: None, save: Some(at) },
                Wrong { effect: Some(steps / 2), back: Some(1), save: Some(at) },
            ] {
                let _ = carried_out(&compiled.plan, wrong);
            }
        }
    });
    say(&format!("{} plans failed at each of their {} steps", plans.get(), failures.get()));
}
