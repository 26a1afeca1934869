//! All devices of the host, for privileged containers (LP-DEV).

use super::super::refer::mount;
use crate::draft::{Device, DeviceCgroup, Draft};
use crate::facts::{DeviceNode, Errno};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Terminals are left to systemd, and to the host of a rootless container.
const TERMINALS: &str = "/dev/tty";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-DEV-01
    if draft.container.mount_all_devices.see(cx) != Some(&true) {
        return;
    }
    let nodes = match cx.facts().devices() {
        Ok(nodes) => nodes,
        Err(Errno::UNANSWERED) => return,
        Err(errno) => return draft.refuse(cx, Rule::LpDev02, Problem::DeviceScan { errno }),
    };
    while let Some(last) = draft.spec.devices.len().checked_sub(1) {
        draft.spec.devices.remove(cx, Rule::LpDev01, last);
    }
    draft.spec.resources.devices.take();
    if cx.facts().rootless() { bind(cx, draft, nodes) } else { add(cx, draft, nodes) }
}

/// Root makes the nodes anew and may use them all.
fn add<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, nodes: &'a [DeviceNode]) {
    let systemd = draft.container.systemd.see(cx) == Some(&true);
    for node in nodes.iter().filter(|node| !(systemd && node.path.starts_with(TERMINALS))) {
        let device = cx.decide(Rule::LpDev03, || Device {
            path: Cow::Borrowed(&node.path),
            kind: Cow::Borrowed(&node.kind),
            major: node.major,
            minor: node.minor,
            // With the bits of the file's type.
            file_mode: Some(node.mode),
            uid: Some(node.uid),
            gid: Some(node.gid),
        });
        draft.spec.devices.push_told(cx, device);
    }
    draft.spec.resources.devices.push(cx, Rule::LpDev01, || DeviceCgroup {
        allow: true,
        access: Some(Cow::Borrowed("rwm")),
        ..DeviceCgroup::default()
    });
}

/// A rootless user cannot make nodes: the host's are bound, before all other mounts.
fn bind<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, nodes: &'a [DeviceNode]) {
    let mounted: BTreeSet<&str> =
        draft.spec.mounts.all(cx).map(|mount| &*mount.destination).collect();
    let wanted =
        |path: &str| path != "/dev/ptmx" && !path.starts_with(TERMINALS) && !mounted.contains(path);
    let options = ["slave", "nosuid", "noexec", "rw", "rbind"];
    let mounts: Vec<_> = nodes
        .iter()
        .filter(|node| wanted(&node.path))
        .map(|node| cx.decide(Rule::LpDev01, || mount(&node.path, "bind", &node.path, &options)))
        .collect();
    draft.spec.mounts.prepend_told(cx, mounts);
}
