//! libpod's own checks of the container's options and of the whole (LIB).

mod reference;

use super::{cgroup, image, namespaces};
use crate::draft::{CgroupsMode, Draft, NamespaceKind};
use crate::facts::{Errno, FileKind};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Cx, Slot};
use crate::rules::Rule;
use alloc::collections::BTreeSet;
use alloc::string::String;
use reference::Refused;

const ZONEINFO: &str = "/usr/share/zoneinfo";

/// The label that asks for updates of the image.
const AUTO_UPDATE: &str = "io.containers.autoupdate";

/// SG-LIB-01: in the order in which Podman queues them; SG-LIB-04 cannot come up any more.
const OPTIONS: [super::super::Pass; 12] = [
    rootfs,
    timezone,
    umask,
    stop_signal,
    log_driver,
    cgroups_mode,
    restart_policy,
    secret_env,
    dependencies,
    dns_servers,
    init_container,
    name,
];

/// SG-LIB-29
const CHECKS: [super::super::Pass; 9] =
    [rootfs_source, netns, split_parent, no_cgroups, volumes, user, pod, notify, health];

pub(super) fn options<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for option in OPTIONS {
        cx.within(|| option(cx, draft));
    }
}

pub(super) fn validate<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for check in CHECKS {
        cx.within(|| check(cx, draft));
    }
    cx.within(|| auto_update(cx, draft));
}

/// SG-LIB-11
fn rootfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let path = cx.config().rootfs();
    if path.is_empty() {
        return;
    }
    if let Err(errno) = cx.facts().path_answer(path, |p| p.kind.as_ref()) {
        draft.refuse(cx, Rule::SgLib11, Problem::Rootfs { path: path.clone(), errno });
    }
}

/// SG-LIB-12: an empty text is an address without a value; others are checked when the config is read.
fn dns_servers<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if cx.config().dns_server().iter().any(String::is_empty) {
        draft.refuse(cx, Rule::SgLib12, Problem::DnsServerEmpty);
    }
}

/// SG-LIB-08: that of containers.conf is not looked at.
fn timezone<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let zone = cx.config().timezone();
    if zone.is_empty() || zone == "local" {
        return;
    }
    let path = path::join(&[ZONEINFO, zone]);
    match cx.facts().path_answer(&path, |p| p.kind.as_ref()) {
        Ok(FileKind::Directory) => draft.refuse(cx, Rule::SgLib08, Problem::TimezoneDirectory),
        Ok(_) | Err(Errno::UNANSWERED) => {}
        Err(errno) => draft.refuse(cx, Rule::SgLib08, Problem::Timezone { path, errno }),
    }
}

/// SG-LIB-05: only when there is one.
fn umask<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(umask) = draft.container.umask.see(cx) else { return };
    let octal = umask.len() <= 4 && umask.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    if !octal {
        let umask = umask.clone().into_owned();
        draft.refuse(cx, Rule::SgLib05, Problem::Umask { umask });
    }
}

/// SG-STOP-03, Q-14: a negative one passes.
fn stop_signal<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    match draft.container.stop_signal.see(cx).map(|signal| signal.cast_signed()) {
        Some(0) => draft.refuse(cx, Rule::SgLib09, Problem::StopSignalZero),
        Some(65..) => draft.refuse(cx, Rule::SgLib09, Problem::StopSignalTooLarge),
        Some(_) | None => {}
    }
}

/// SG-LIB-07: an empty one, which only containers.conf can have, is not set at all.
fn log_driver<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(driver) = draft.container.log_driver.see(cx) else { return };
    if !matches!(&**driver, "" | "journald" | "k8s-file" | "json-file" | "none" | "passthrough") {
        draft.refuse(cx, Rule::SgLib07, Problem::LogDriver);
    }
}

/// SG-LIB-14
fn cgroups_mode<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(word) = draft.working.cgroups_mode.see(cx).copied() else { return };
    if cgroup::mode_of(word).is_none() {
        draft.refuse(cx, Rule::SgLib14, Problem::CgroupsModeWord { mode: word.into() });
    }
}

/// SG-LIB-06: `none` is not among them.
fn restart_policy<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let policy = cx.config().restart_policy();
    if !matches!(policy.as_str(), "" | "no" | "on-failure" | "always" | "unless-stopped") {
        draft.refuse(cx, Rule::SgLib06, Problem::RestartPolicy { policy: policy.clone() });
    }
}

/// Secrets for variables are looked up this late; those for files were among the options.
fn secret_env<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(pairs) = draft.container.secret_env.see(cx).cloned() else { return };
    for (_, secret) in pairs {
        let Some(found) = cx.facts().secret(secret) else { return };
        if found.id.is_empty() {
            return draft.refuse(
                cx,
                Rule::SgLib01,
                Problem::NoSuchEnvSecret { secret: secret.into() },
            );
        }
    }
}

/// SG-LIB-10
fn dependencies<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for dependency in draft.container.dependencies.see(cx).cloned().unwrap_or_default() {
        let removing = (dependency.state == "removing")
            .then(|| Problem::DependencyRemoving { id: dependency.id.clone() });
        if let Some(problem) = removing.or_else(|| namespaces::misjoined(cx, draft, dependency)) {
            return draft.refuse(cx, Rule::SgLib10, problem);
        }
    }
}

/// SG-LIB-13
fn init_container<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let kind = cx.config().init_container_type();
    if !matches!(kind.as_str(), "" | "once" | "always") {
        draft.refuse(cx, Rule::SgLib13, Problem::InitContainerType { kind: kind.clone() });
    }
}

/// SG-LIB-03
fn name<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let name = cx.config().name();
    let plain = name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'.' | b'-'));
    if !plain || name.starts_with(['_', '.', '-']) {
        draft.refuse(cx, Rule::SgLib03, Problem::Name);
    }
}

/// SG-LIB-20: an image that was found has an id and a name; both an image and a root directory have been refused.
fn rootfs_source<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !image::is_used(cx, draft) && cx.config().rootfs().is_empty() {
        draft.refuse(cx, Rule::SgLib20, Problem::NoRootfsSource);
    }
}

/// SG-LIB-21
fn netns<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.container.create_netns.see(cx) == Some(&true)
        && draft.container.shared_namespaces.net.see(cx).is_some_and(Option::is_some)
    {
        draft.refuse(cx, Rule::SgLib21, Problem::NetnsTwice);
    }
}

fn has_mode(cx: &Cx<'_>, slot: &Slot<CgroupsMode>, mode: CgroupsMode) -> bool {
    slot.see(cx) == Some(&mode)
}

/// SG-CG-03
fn split_parent<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if has_mode(cx, &draft.container.cgroups_mode, CgroupsMode::Split)
        && !cx.config().cgroup_parent().is_empty()
    {
        draft.refuse(cx, Rule::SgCg03, Problem::SplitWithParent);
    }
}

/// SG-CG-03: a container without a cgroup is killed by its PID namespace.
fn no_cgroups<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !has_mode(cx, &draft.container.cgroups_mode, CgroupsMode::Disabled) {
        return;
    }
    let pidns = draft
        .spec
        .namespaces
        .find(cx, NamespaceKind::Pid.oci())
        .and_then(|at| draft.spec.namespaces.at(cx, at));
    let problem = if draft.container.shared_namespaces.pid.see(cx).is_some_and(Option::is_some) {
        Problem::NoCgroupsJoinedPidns
    } else if !cx.config().cgroup_parent().is_empty() {
        Problem::NoCgroupsParent
    } else {
        match pidns {
            None => Problem::NoCgroupsHostPidns,
            Some(pidns) if !pidns.path.is_empty() => Problem::NoCgroupsPidnsPath,
            Some(_) => return,
        }
    };
    draft.refuse(cx, Rule::SgCg03, problem);
}

/// SG-LIB-28: letter by letter.
fn volumes<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let container = &draft.container;
    let mut taken = BTreeSet::new();
    let twice = container
        .named_volumes
        .all(cx)
        .map(|v| &v.dest)
        .chain(container.overlay_volumes.all(cx).map(|v| &v.dest))
        .chain(container.image_volumes.all(cx).map(|v| &v.dest))
        .find(|dest| !taken.insert(&***dest));
    if let Some(dest) = twice {
        let destination = dest.clone().into_owned();
        draft.refuse(cx, Rule::SgLib28, Problem::TwoVolumes { destination });
    }
}

/// SG-LIB-26
fn user<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let nobody = draft.container.user.see(cx).is_none_or(|user| user.is_empty());
    let process = &draft.spec.process;
    if nobody
        && [&process.uid, &process.gid].into_iter().any(|id| id.see(cx).is_some_and(|id| *id != 0))
    {
        draft.refuse(cx, Rule::SgLib26, Problem::IdsWithoutUser);
    }
}

/// SG-LIB-22
fn pod<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if !cx.config().init_container_type().is_empty()
        && draft.container.pod.see(cx).is_none_or(|pod| pod.is_empty())
    {
        draft.refuse(cx, Rule::SgLib22, Problem::InitContainerWithoutPod);
    }
}

/// SG-LIB-25
fn notify<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let (Some(mode), Some(socket)) =
        (draft.container.sdnotify_mode.see(cx), draft.container.sdnotify_socket.see(cx))
    else {
        return;
    };
    if mode == "ignore" && !socket.is_empty() {
        let (socket, mode) = (socket.clone().into_owned(), mode.clone().into_owned());
        draft.refuse(cx, Rule::SgLib25, Problem::NotifySocketIgnored { socket, mode });
    }
}

/// SG-LIB-23
fn health<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let action = match *cx.config().health_check_on_failure_action() {
        0 => return,
        2 => "kill",
        3 => "restart",
        4 => "stop",
        _ => "invalid",
    };
    if draft.container.health.see(cx).is_none_or(Option::is_none) {
        draft.refuse(cx, Rule::SgLib23, Problem::HealthActionWithoutCheck { action });
    }
}

/// SG-LIB-24
fn auto_update<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let labels = &draft.container.labels;
    let Some(label) = labels.find(cx, AUTO_UPDATE).and_then(|at| labels.at(cx, at)) else { return };
    if !matches!(&*label.value, "registry" | "image") || !image::is_used(cx, draft) {
        return;
    }
    let name = cx.config().raw_image_name();
    let problem = match reference::auto_update(name) {
        Ok(()) => return,
        Err(Refused::Transport(transport)) => {
            Problem::AutoUpdateTransport { transport: transport.into() }
        }
        Err(Refused::Short) => Problem::AutoUpdateShortName { name: name.clone() },
    };
    draft.refuse(cx, Rule::SgLib24, problem);
}

#[cfg(test)]
mod tests;
