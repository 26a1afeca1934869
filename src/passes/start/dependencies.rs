//! The containers that this one depends on: all of them have to run before it is started (LP-INIT-01).

use crate::draft::{Donor, Draft};
use crate::problem::Problem;
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::{collections::BTreeSet, string::String, vec::Vec};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let container = &draft.container;
    let shared = &container.shared_namespaces;
    let mut stopped = BTreeSet::new();
    let infra = draft.working.pod.see(cx).copied().flatten().and_then(|pod| pod.infra.as_ref());
    let infra = infra.map_or("", |infra| infra.container.id.as_str());
    let mut look = |donor: Donor<'a>| {
        // Podman starts a pod's infra container by itself.
        if donor.state != "running" && donor.id != infra {
            stopped.insert(donor.id.as_str());
        }
    };
    for slot in [&shared.ipc, &shared.net, &shared.pid, &shared.user, &shared.uts, &shared.cgroup] {
        if let Some(donor) = joined(cx, slot) {
            look(donor);
        }
    }
    for donor in container.dependencies.see(cx).map_or(&[][..], Vec::as_slice) {
        look(donor);
    }
    if !stopped.is_empty() {
        let stopped: Vec<&str> = stopped.into_iter().collect();
        let id = String::from(cx.facts().id());
        draft.refuse(
            cx,
            Rule::LpInit01,
            Problem::DependenciesNotStarted { id, stopped: stopped.join(",") },
        );
    }
}

fn joined<'a>(cx: &Cx<'a>, slot: &Slot<Option<Donor<'a>>>) -> Option<Donor<'a>> {
    slot.see(cx).copied().flatten()
}
