//! Decides what follows once network and storage have both been tried: what is cleaned up, saved and told (LP-PREP).

use alloc::vec::Vec;

/// A step after both tasks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Step {
    /// Save the container's state: network and mount point are known from here on.
    Save,
    /// Unmount the container's storage, and save that.
    CleanStorage,
    /// Take the network namespace down and save that; where there is none, do nothing and save nothing.
    CleanNetwork,
}

/// What follows of how the two tasks ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Outcome<E> {
    /// The steps, in order. A failing one stops none of the others.
    pub steps: &'static [Step],
    /// Said at once, as an error: another one is returned in its place.
    pub logged: Option<E>,
    /// Returned as it is if all steps go well.
    pub result: Result<(), E>,
}

/// An error that is said or returned.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Failure<E> {
    /// A task's own, not wrapped.
    Task(E),
    /// Saving failed. What was set up stays as it is, and the state in memory keeps it.
    Save(E),
    /// Cleaning up after a task's failure failed as well: wrapped in words that say which.
    CleanUp(Step, E),
}

/// How it all ended.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Ended<E> {
    /// What the caller is told.
    pub result: Result<(), Failure<E>>,
    /// What was only said, in order.
    pub logged: Vec<Failure<E>>,
}

/// Gives what follows when the network ended in `network` and the storage in `storage`.
///
/// The two run side by side, neither waiting for the other, and what each did to the state stands when it succeeded (LP-PREP-01).
pub fn outcome<E>(network: Result<(), E>, storage: Result<(), E>) -> Outcome<E> {
    // LP-PREP-02
    match (network, storage) {
        (Ok(()), Ok(())) => Outcome { steps: &[Step::Save], logged: None, result: Ok(()) },
        (Err(error), Ok(())) => Outcome {
            steps: &[Step::CleanStorage, Step::CleanNetwork],
            logged: None,
            result: Err(error),
        },
        // LP-PREP-04: the storage has undone its own mounts; once more would disturb the counters of those it shares.
        // LP-PREP-05: the network is taken down even if it is there from an earlier start.
        (network, Err(error)) => {
            Outcome { steps: &[Step::CleanNetwork], logged: network.err(), result: Err(error) }
        }
    }
}

impl<E> Outcome<E> {
    /// Carries the steps out by `perform`, and gives what is returned after that.
    pub fn carry_out(self, mut perform: impl FnMut(Step) -> Result<(), E>) -> Ended<E> {
        let mut logged: Vec<_> = self.logged.map(Failure::Task).into_iter().collect();
        let mut result = self.result.map_err(Failure::Task);
        for &step in self.steps {
            let Err(error) = perform(step) else { continue };
            let new = match step {
                Step::Save => Failure::Save(error),
                Step::CleanStorage | Step::CleanNetwork => Failure::CleanUp(step, error),
            };
            // LP-PREP-03: unless cleaning up fails, the task's error is returned as it is; else it is only said.
            logged.extend(core::mem::replace(&mut result, Err(new)).err());
        }
        Ended { result, logged }
    }

    /// How often the state is saved when all steps go well; `netns` says whether the container has a network namespace then.
    pub fn saves(&self, netns: bool) -> usize {
        let saves = |step: &&Step| match step {
            Step::Save | Step::CleanStorage => true,
            Step::CleanNetwork => netns,
        };
        self.steps.iter().filter(saves).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Failure::{CleanUp, Save, Task};
    use Step::{CleanNetwork, CleanStorage};
    use std::vec;

    const N: Result<(), &str> = Err("network");
    const S: Result<(), &str> = Err("storage");
    const OK: Result<(), &str> = Ok(());

    /// One row: how the tasks end, whether there is a namespace then, the steps, saves, what is returned and what is said.
    type Row = (
        Result<(), &'static str>,
        Result<(), &'static str>,
        bool,
        &'static [Step],
        usize,
        Result<(), Failure<&'static str>>,
        &'static [Failure<&'static str>],
    );

    #[test]
    fn the_table_of_prepare() {
        // LP-PREP-02, and the tests of the page below it.
        let table: [Row; 8] = [
            (OK, OK, true, &[Step::Save], 1, Ok(()), &[]),
            // CreateNetNS=false, or configured after the container is made: no namespace, one save.
            (OK, OK, false, &[Step::Save], 1, Ok(()), &[]),
            // A network that failed has no namespace: taking it down does nothing.
            (N, OK, false, &[CleanStorage, CleanNetwork], 1, Err(Task("network")), &[]),
            (OK, S, true, &[CleanNetwork], 1, Err(Task("storage")), &[]),
            (OK, S, false, &[CleanNetwork], 0, Err(Task("storage")), &[]),
            (N, S, false, &[CleanNetwork], 0, Err(Task("storage")), &[Task("network")]),
            // LP-PREP-05: one of an earlier start.
            (OK, S, true, &[CleanNetwork], 1, Err(Task("storage")), &[]),
            (N, S, true, &[CleanNetwork], 1, Err(Task("storage")), &[Task("network")]),
        ];
        for (network, storage, netns, steps, saves, result, logged) in table {
            let row = (network, storage, netns);
            let outcome = outcome(network, storage);
            assert_eq!(outcome.steps, steps, "{row:?}");
            assert_eq!(outcome.saves(netns), saves, "{row:?}");
            let ended = outcome.carry_out(|_| Ok(()));
            assert_eq!((ended.result, &*ended.logged), (result, logged), "{row:?}");
        }
    }

    #[test]
    fn a_clean_up_that_fails_is_returned_and_the_rest_is_said() {
        let network = CleanUp(CleanNetwork, "clean network");
        let storage = CleanUp(CleanStorage, "clean storage");
        for (tasks, failing, result, logged) in [
            ((OK, OK), vec![Step::Save], Err(Save("save")), vec![]),
            ((N, OK), vec![CleanStorage], Err(storage.clone()), vec![Task("network")]),
            ((N, OK), vec![CleanNetwork], Err(network.clone()), vec![Task("network")]),
            (
                (N, OK),
                vec![CleanStorage, CleanNetwork],
                Err(network.clone()),
                vec![Task("network"), storage],
            ),
            ((OK, S), vec![CleanNetwork], Err(network.clone()), vec![Task("storage")]),
            ((N, S), vec![CleanNetwork], Err(network), vec![Task("network"), Task("storage")]),
        ] {
            let mut performed = vec![];
            let outcome = outcome(tasks.0, tasks.1);
            let steps = outcome.steps;
            let ended = outcome.carry_out(|step| {
                performed.push(step);
                match (failing.contains(&step), step) {
                    (false, _) => Ok(()),
                    (true, Step::Save) => Err("save"),
                    (true, CleanStorage) => Err("clean storage"),
                    (true, CleanNetwork) => Err("clean network"),
                }
            });
            assert_eq!(performed, steps, "no failure stops another step");
            assert_eq!(ended, Ended { result, logged }, "{tasks:?} {failing:?}");
        }
    }
}
