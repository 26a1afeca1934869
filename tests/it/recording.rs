//! Law 5 as a function: a plan is carried out on a host that only records, and whatever goes wrong, nothing is left that nobody knows of.

use ocify::facts::{Interface, InterfaceAddress, NetworkOutcome, NetworkStatus};
use ocify::linux::apply::{
    ApplyError, Attempt, Back, Failed, Host, Outcome, State, carry_out, carry_out_created,
};
use ocify::plan::{Attachment, Effect, Plan, Undo};
use std::path::PathBuf;
use std::sync::Mutex;

/// What goes wrong, each by its number among its kind.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wrong {
    /// The effect that fails half done.
    pub(crate) effect: Option<usize>,
    /// The thing that cannot be taken back, at that try.
    pub(crate) back: Option<usize>,
    /// The state that cannot be written down.
    pub(crate) save: Option<usize>,
}

/// A host on which each effect leaves one thing, unless nothing of it is to be taken back.
#[derive(Debug, Default)]
struct Recording {
    wrong: Wrong,
    seen: Mutex<Seen>,
}

/// What was done on it.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// What is there.
    pub(crate) things: Vec<PathBuf>,
    pub(crate) performed: usize,
    taken_back: usize,
    written: usize,
    /// The state as it was last saved: what a process that is killed leaves.
    pub(crate) saved: State,
}

impl Seen {
    fn thing(&self) -> PathBuf {
        PathBuf::from(format!("/things/{}", self.performed))
    }

    /// What is there is known to the state as it was saved, so that a process that is killed here leaves what cleaning up needs.
    fn is_known(&self) {
        for thing in &self.things {
            let knows = |back: &Back| matches!(back, Back::RemoveFile { path } if path == thing);
            let known = self.saved.steps.iter().flat_map(|step| &step.back).any(knows);
            assert!(known, "{} is there, and nobody knows of it", thing.display());
        }
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
        seen.is_known();
        if self.wrong.effect == Some(seen.performed - 1) {
            return Err(failed(Attempt::Make, thing));
        }
        Ok(match effect {
            Effect::NetworkSetup { networks, .. } => Some(Outcome::Network(given(networks))),
            _ => None,
        })
    }

    fn take_back(&self, back: &Back) -> Result<(), Failed> {
        let Back::RemoveFile { path } = back else { panic!("{back:?}") };
        // The network and the storage each take back what they did; within each the newest goes first.
        let mut seen = self.seen.lock().unwrap();
        seen.is_known();
        seen.taken_back += 1;
        if self.wrong.back == Some(seen.taken_back - 1) {
            return Err(failed(Attempt::Remove, path.clone()));
        }
        seen.things.retain(|thing| thing != path);
        Ok(())
    }

    fn save(&self, state: &State) -> Result<(), Failed> {
        let mut seen = self.seen.lock().unwrap();
        seen.written += 1;
        if self.wrong.save == Some(seen.written - 1) {
            return Err(failed(Attempt::Write, PathBuf::from("/state")));
        }
        seen.saved = state.clone();
        seen.is_known();
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

fn failed(attempt: Attempt, path: PathBuf) -> Failed {
    Failed { attempt, path, note: None, source: rustix::io::Errno::IO }
}

/// Carries a plan out, with what comes after the runtime made the container. Where that fails, what was prepared stays, for another start;
/// where it fails before, nothing is left but what could not be taken back.
pub(crate) fn carried_out(plan: &Plan<'_>, wrong: Wrong) -> (Result<(), ApplyError>, Seen) {
    let mut host = Recording { wrong, seen: Mutex::default() };
    let mut state = State::default();
    let clean = wrong.back.is_none();
    if let Err(error) = carry_out(&mut host, plan, &mut state) {
        let seen = host.seen.into_inner().unwrap();
        seen.is_known();
        assert!(!state.prepared, "{wrong:?}: {error}");
        assert!(!clean || seen.things.is_empty() && state.steps.is_empty(), "{wrong:?}: {seen:?}");
        assert!(wrong.save.is_some() || seen.saved.steps == state.steps, "{wrong:?}: {seen:?}");
        return (Err(error), seen);
    }
    let (before, things) = (state.clone(), host.seen.lock().unwrap().things.clone());
    let result = carry_out_created(&mut host, plan, &mut state);
    let seen = host.seen.into_inner().unwrap();
    seen.is_known();
    if result.is_err() && clean {
        assert_eq!((&state, &seen.things), (&before, &things), "{wrong:?}");
    }
    (result, seen)
}
