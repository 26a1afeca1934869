//! Namespace modes: defaults, donors, and the entries of the spec (NS).

mod conf;
#[cfg(test)]
mod tests;

use super::{pod, userns};
use crate::config;
use crate::draft::{
    Donor, Draft, Namespace, NamespaceKind, NsChoice, NsMode, SharedNamespaces, Working,
};
use crate::facts::Errno;
use crate::problem::{NsKind, Problem};
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String};

/// SG-NS-01: what pid, ipc and uts are to be.
pub(super) fn defaults<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Ipc, NsKind::Uts] {
        cx.within(|| choose(cx, draft, kind));
    }
}

/// SG-NS-01: what net and cgroup are to be.
pub(super) fn late_defaults<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Network, NsKind::Cgroup] {
        cx.within(|| choose(cx, draft, kind));
    }
}

/// Fills the place of one kind.
pub(super) fn choose<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind) {
    let (rule, choice) = chosen(cx, draft, kind);
    match choice {
        Ok(choice) => place_mut(&mut draft.working, kind)
            .set(cx, rule, || if kind == NsKind::Network { settled(cx, choice) } else { choice }),
        Err(problem) => draft.refuse(cx, rule, problem),
    }
}

/// What one kind is to be: as given, else as the pod has it, else as containers.conf says.
fn chosen<'a>(
    cx: &Cx<'a>,
    draft: &Draft<'a>,
    kind: NsKind,
) -> (Rule, Result<NsChoice<'a>, Problem>) {
    let given = given(cx, kind);
    let mode = NsMode::of(&given.nsmode);
    if kind == NsKind::Network
        && mode == NsMode::Unknown
        && given.nsmode == "pasta"
        && cx.hardened()
    {
        return (Rule::HdNet01, Ok(NsChoice::new(NsMode::Pasta, &given.value)));
    }
    if mode != NsMode::Default {
        return (Rule::OcGiven01, Ok(NsChoice { mode, value: &given.value, word: &given.nsmode }));
    }
    if let Some(mode) = of_pod(cx, draft, kind) {
        return (Rule::SgNs02, Ok(NsChoice::new(mode, "")));
    }
    let text = |set: Option<&'a String>| set.map_or("", String::as_str);
    match kind {
        NsKind::Pid => (Rule::SgNs03, conf::plain(text(cx.facts().conf_pidns()))),
        NsKind::Uts => (Rule::SgNs03, conf::plain(text(cx.facts().conf_utsns()))),
        NsKind::Ipc => (Rule::SgNs04, conf::ipc(text(cx.facts().conf_ipcns()))),
        NsKind::User => (Rule::SgNs05, conf::user(text(cx.facts().conf_userns()))),
        NsKind::Network => (Rule::SgNet02, Ok(conf::network(text(cx.facts().conf_netns())))),
        // The text is not looked at on v1.
        NsKind::Cgroup => match cx.facts().cgroup_unified() {
            Ok(true) => (Rule::SgNs06, conf::cgroup(text(cx.facts().conf_cgroupns()))),
            Ok(false) => (Rule::SgNs06, Ok(NsChoice::new(NsMode::Host, ""))),
            Err(errno) => (Rule::SgNs06, Err(Problem::CgroupVersionUnknown { errno })),
        },
    }
}

/// The namespace as the config gives it.
fn given<'a>(cx: &Cx<'a>, kind: NsKind) -> &'a config::Namespace {
    match kind {
        NsKind::Pid => cx.config().pidns(),
        NsKind::Ipc => cx.config().ipcns(),
        NsKind::Uts => cx.config().utsns(),
        NsKind::User => cx.config().userns(),
        NsKind::Network => cx.config().netns(),
        NsKind::Cgroup => cx.config().cgroupns(),
    }
}

/// SG-NS-02: the mode in a pod whose containers share this kind.
fn of_pod<'a>(cx: &Cx<'a>, draft: &Draft<'a>, kind: NsKind) -> Option<NsMode> {
    let pod = pod::of(cx, draft)?;
    let infra = pod.infra.as_ref()?;
    let has = |list: &[String]| list.iter().any(|shared| shared == word(kind));
    if !has(&pod.shared) {
        return None;
    }
    // That a shared user namespace is none of the host's was seen to when the pod was made.
    Some(if kind != NsKind::User && has(&infra.host_namespaces) {
        NsMode::Host
    } else {
        NsMode::Pod
    })
}

/// SG-NET-01: a network namespace of its own is one with networks, or slirp4netns for a rootless user. A value stays, and is refused later.
fn settled<'a>(cx: &Cx<'a>, choice: NsChoice<'a>) -> NsChoice<'a> {
    if choice.mode != NsMode::Private {
        return choice;
    }
    NsChoice::new(
        if cx.facts().rootless() { NsMode::Slirp4netns } else { NsMode::Bridge },
        choice.value,
    )
}

/// Libpod's word for a kind.
fn word(kind: NsKind) -> &'static str {
    match kind {
        NsKind::Pid => "pid",
        NsKind::Ipc => "ipc",
        NsKind::Uts => "uts",
        NsKind::User => "user",
        NsKind::Network => "net",
        NsKind::Cgroup => "cgroup",
    }
}

fn oci(kind: NsKind) -> NamespaceKind {
    match kind {
        NsKind::Pid => NamespaceKind::Pid,
        NsKind::Ipc => NamespaceKind::Ipc,
        NsKind::Uts => NamespaceKind::Uts,
        NsKind::User => NamespaceKind::User,
        NsKind::Network => NamespaceKind::Network,
        NsKind::Cgroup => NamespaceKind::Cgroup,
    }
}

fn place<'t, 'a>(working: &'t Working<'a>, kind: NsKind) -> &'t Slot<NsChoice<'a>> {
    match kind {
        NsKind::Pid => &working.pidns,
        NsKind::Ipc => &working.ipcns,
        NsKind::Uts => &working.utsns,
        NsKind::User => &working.userns,
        NsKind::Network => &working.netns,
        NsKind::Cgroup => &working.cgroupns,
    }
}

fn place_mut<'t, 'a>(working: &'t mut Working<'a>, kind: NsKind) -> &'t mut Slot<NsChoice<'a>> {
    match kind {
        NsKind::Pid => &mut working.pidns,
        NsKind::Ipc => &mut working.ipcns,
        NsKind::Uts => &mut working.utsns,
        NsKind::User => &mut working.userns,
        NsKind::Network => &mut working.netns,
        NsKind::Cgroup => &mut working.cgroupns,
    }
}

fn shared<'t, 'a>(
    donors: &'t mut SharedNamespaces<'a>,
    kind: NsKind,
) -> &'t mut Slot<Option<Donor<'a>>> {
    match kind {
        NsKind::Pid => &mut donors.pid,
        NsKind::Ipc => &mut donors.ipc,
        NsKind::Uts => &mut donors.uts,
        NsKind::User => &mut donors.user,
        NsKind::Network => &mut donors.net,
        NsKind::Cgroup => &mut donors.cgroup,
    }
}

/// What one kind of namespace is to be, once its default is taken.
pub(super) fn mode(cx: &Cx<'_>, draft: &Draft<'_>, kind: NsKind) -> NsMode {
    place(&draft.working, kind).see(cx).map(|choice| choice.mode).unwrap_or_default()
}

/// SG-NS-20: finds the containers whose namespaces are joined, in Podman's order.
pub(super) fn join<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in
        [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::User, NsKind::Cgroup, NsKind::Network]
    {
        cx.within(|| find_donor(cx, draft, kind));
        if kind == NsKind::User {
            cx.within(|| userns::join(cx, draft));
        }
    }
}

fn find_donor<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind) {
    let Some(choice) = place(&draft.working, kind).see(cx).copied() else { return };
    let donor = match choice.mode {
        NsMode::Pod => {
            let Some(infra) = pod::infra(cx, draft) else {
                return draft.refuse(cx, Rule::SgNs20, Problem::NoInfra);
            };
            // SG-NS-21
            if kind == NsKind::Uts && infra.host_namespaces.iter().any(|host| host == word(kind)) {
                return draft
                    .working
                    .utsns
                    .set(cx, Rule::SgNs21, || NsChoice::new(NsMode::Host, ""));
            }
            &infra.container
        }
        // SG-VAL-14 to 19 refuse a container without a name.
        NsMode::Container if choice.value.is_empty() => return,
        NsMode::Container => {
            let Some(donor) = cx.facts().container(choice.value) else { return };
            if donor.id.is_empty() {
                return draft.refuse(
                    cx,
                    Rule::SgNs20,
                    Problem::NoDonor { word: word(kind), name: choice.value.into() },
                );
            }
            // SG-IPC-03
            if kind == NsKind::Ipc && donor.no_shm_share {
                return draft.refuse(
                    cx,
                    Rule::SgIpc03,
                    Problem::NotShareable { id: donor.id.clone() },
                );
            }
            donor
        }
        _ => return,
    };
    shared(&mut draft.container.shared_namespaces, kind).set(cx, Rule::SgNs20, || Some(donor));
}

/// SG-LIB-10: a container is joined that may be.
pub(super) fn check_donors<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in
        [NsKind::Pid, NsKind::Ipc, NsKind::Uts, NsKind::User, NsKind::Cgroup, NsKind::Network]
    {
        cx.within(|| {
            let Some(Some(donor)) =
                shared(&mut draft.container.shared_namespaces, kind).see(cx).copied()
            else {
                return;
            };
            if let Some(problem) = misjoined(cx, draft, donor) {
                draft.refuse(cx, Rule::SgLib10, problem);
            }
        });
    }
}

pub(super) fn misjoined<'a>(cx: &Cx<'a>, draft: &Draft<'a>, donor: Donor<'a>) -> Option<Problem> {
    if donor.id == cx.facts().id() {
        return Some(Problem::DonorItself);
    }
    let namespace = cx.facts().conf_namespace().map_or("", String::as_str);
    if donor.namespace != namespace {
        return Some(Problem::DonorElsewhere {
            id: donor.id.clone(),
            namespace: donor.namespace.clone(),
        });
    }
    let pod = pod::of(cx, draft)?;
    let is_infra = pod.infra.as_ref().is_some_and(|infra| infra.container.id == donor.id);
    (donor.pod != pod.id && !is_infra)
        .then(|| Problem::DonorOutsidePod { pod: pod.id.clone(), id: donor.id.clone() })
}

/// SG-NS-10: the entries that every spec starts from, each joined or left out as its mode says.
pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for kind in [NsKind::Pid, NsKind::Network, NsKind::Ipc, NsKind::Uts] {
        cx.within(|| {
            let Some(choice) = place(&draft.working, kind).see(cx).copied() else { return };
            let rule = if kind == NsKind::Network { Rule::SgNet03 } else { Rule::SgNs10 };
            match choice.mode {
                NsMode::Host => return draft.spec.namespaces.absent(cx, rule, oci(kind).oci()),
                // Podman comes to the network's path last.
                NsMode::Path if kind != NsKind::Network => {
                    check_path(cx, draft, kind, choice.value);
                }
                _ => {}
            }
            // What is neither a path nor new is joined when the container starts.
            let path = if choice.mode == NsMode::Path { choice.value } else { "" };
            draft.spec.namespaces.push(cx, rule, || entry(kind, path));
        });
    }
    draft.spec.namespaces.push(cx, Rule::OcDefault01, || Namespace {
        kind: NamespaceKind::Mount,
        path: Cow::Borrowed(""),
    });
}

/// SG-NS-10, SG-NET-03: the cgroup entry, which is last, and the path of the network's.
pub(super) fn late_emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let Some(choice) = draft.working.cgroupns.see(cx).copied() else { return };
        match choice.mode {
            NsMode::Private => {
                draft.spec.namespaces.push(cx, Rule::SgNs10, || entry(NsKind::Cgroup, ""));
            }
            NsMode::Path => {
                check_path(cx, draft, NsKind::Cgroup, choice.value);
                draft
                    .spec
                    .namespaces
                    .push(cx, Rule::SgNs10, || entry(NsKind::Cgroup, choice.value));
            }
            _ => draft.spec.namespaces.absent(cx, Rule::SgNs10, NamespaceKind::Cgroup.oci()),
        }
    });
    cx.within(|| {
        if let Some(NsChoice { mode: NsMode::Path, value, .. }) =
            draft.working.netns.see(cx).copied()
        {
            check_path(cx, draft, NsKind::Network, value);
        }
    });
}

/// The entry of a kind; an empty path for a new namespace.
pub(super) fn entry(kind: NsKind, path: &str) -> Namespace<'_> {
    Namespace { kind: oci(kind), path: Cow::Borrowed(path) }
}

/// SG-NS-10: refuses a namespace's path that leads nowhere.
pub(super) fn check_path<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, kind: NsKind, path: &str) {
    // SG-VAL-14 to 19 refuse one without a path.
    if path.is_empty() {
        return;
    }
    match cx.facts().path_answer(path, |p| p.kind.as_ref()) {
        Ok(_) | Err(Errno::UNANSWERED) => {}
        Err(errno) => {
            let rule = if kind == NsKind::Network { Rule::SgNet03 } else { Rule::SgNs10 };
            draft.refuse(cx, rule, Problem::NamespacePath { kind, path: path.into(), errno });
        }
    }
}

/// SG-NS-40: whether the user namespace counts as new; keep-id, no-map, auto and pod do not.
pub(super) fn is_new_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    mode(cx, draft, NsKind::User).is_new_userns()
}

/// Whether the container is made inside a user namespace: the engine's own, or a new one.
pub(super) fn in_userns(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    cx.facts().rootless() || is_new_userns(cx, draft)
}

/// SG-MNT-01: whether the kernel lets the container mount a sysfs of its own.
pub(super) fn can_mount_sys(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    let net = mode(cx, draft, NsKind::Network);
    if net == NsMode::Host {
        return !in_userns(cx, draft);
    }
    !is_new_userns(cx, draft)
        || matches!(
            net,
            NsMode::Slirp4netns | NsMode::Pasta | NsMode::Private | NsMode::None | NsMode::Bridge
        )
}
