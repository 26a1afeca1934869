//! Every plan of the fixtures, carried out on a host that only records: whichever step fails, all that was done is taken back, newest first.

use crate::ground::{case, case_names, say};
use crate::shots::each;
use ocify::facts::{Interface, InterfaceAddress, NetworkOutcome, NetworkStatus};
use ocify::linux::apply::{
    ApplyError, Attempt, Back, Failed, Host, Outcome, State, Trouble, carry_out,
};
use ocify::plan::{Attachment, Effect, PlanStep, Undo};
use ocify::{Options, compile};
use std::cell::Cell;
use std::path::PathBuf;
use std::sync::Mutex;

/// A host on which each effect leaves one thing, unless nothing of it is to be taken back.
#[derive(Debug, Default)]
struct Recording {
    /// The effect that fails half done, by its number.
    fails: Option<usize>,
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    things: Vec<PathBuf>,
    performed: usize,
    /// The state as it was last saved: what a process that is killed leaves.
    saved: State,
}

impl Seen {
    fn thing(&self) -> PathBuf {
        PathBuf::from(format!("/things/{}", self.performed))
    }
}

impl Host for Recording {
    fn at_once(&self) -> bool {
        false
    }

    fn foresee(&self, effect: &Effect<'_>) -> Result<Vec<Back>, Failed> {
        Ok(match effect.undo() {
            Undo::Keep { .. } => Vec::new(),
            _ => vec![Back::RemoveFile { path: self.seen.lock().unwrap().thing() }],
        })
    }

    fn perform(&self, effect: &Effect<'_>) -> Result<Option<Outcome>, Failed> {
        let mut seen = self.seen.lock().unwrap();
        let thing = seen.thing();
        // What has no way back says so, and is not counted.
        let leaves = !matches!(effect.undo(), Undo::Keep { .. });
        // It was written down before.
        let last = seen.saved.steps.last().unwrap();
        assert_eq!((last.what.as_str(), last.done), (effect.word(), false));
        assert_eq!(last.back.is_empty(), !leaves);
        if leaves {
            seen.things.push(thing.clone());
        }
        seen.performed += 1;
        if self.fails == Some(seen.performed - 1) {
            return Err(failed(thing));
        }
        Ok(match effect {
            Effect::NetworkSetup { networks, .. } => Some(Outcome::Network(given(networks))),
            _ => None,
        })
    }

    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        let Back::RemoveFile { path } = back else { panic!("{back:?}") };
        // The network and the storage each take back what they did; within each the newest goes first.
        self.seen.lock().unwrap().things.retain(|thing| thing != path);
        Ok(())
    }

    fn save(&self, state: &State) -> Result<(), Failed> {
        self.seen.lock().unwrap().saved = state.clone();
        Ok(())
    }
}

/// An address in each network: the rest of the plan is compiled again with them.
fn given(networks: &[Attachment<'_>]) -> NetworkStatus {
    let one = |network: &Attachment<'_>| {
        let address =
            InterfaceAddress { ipnet: "10.88.0.9/16".into(), gateway: "10.88.0.1".into() };
        let interface = Interface { subnets: vec![address], mac_address: String::new() };
        let interfaces = [(network.interface_name.clone().into_owned(), interface)].into();
        (network.network.name.clone(), NetworkOutcome { interfaces, ..NetworkOutcome::default() })
    };
    NetworkStatus { networks: networks.iter().map(one).collect() }
}

fn failed(path: PathBuf) -> Failed {
    Failed { attempt: Attempt::Make, path, note: None, source: rustix::io::Errno::IO }
}

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
        // What happens after the runtime made the container is another call's.
        let plan: Vec<&PlanStep<'_>> =
            compiled.plan.iter().filter(|step| step.stage.name() != "created").collect();
        let ((plans, failures), steps) = (*counted, plan.len());
        plans.set(plans.get() + 1);
        for fails in (0..steps).map(Some).chain([None]) {
            let mut host = Recording { fails, ..Recording::default() };
            let mut state = State::default();
            let result = carry_out(&mut host, &compiled.plan, &mut state);
            let host = host.seen.into_inner().unwrap();
            let Some(step) = fails else {
                result.unwrap();
                assert_eq!(host.performed, steps, "{name}");
                assert!(host.saved.prepared && host.saved == state, "{name}");
                continue;
            };
            failures.set(failures.get() + 1);
            let Err(ApplyError::Stopped { source: Trouble::Step { effect, .. }, also }) = result
            else {
                panic!("{name}: {step}: {result:?}");
            };
            // A network that fails does not keep the storage from being tried, so the number counts what was performed.
            let word = |step: &&PlanStep<'_>| step.effect.word() == effect;
            assert!(plan.iter().any(word), "{name}: {effect}");
            assert!(also.is_empty(), "{name}: {also:?}");
            assert_eq!(host.things, Vec::<PathBuf>::new(), "{name}: step {step}");
            assert!(!host.saved.prepared && host.saved.steps.is_empty(), "{name}: step {step}");
        }
    });
    say(&format!("{} plans failed at each of their {} steps", plans.get(), failures.get()));
}
