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
    draft.spec.resources.devices.take(cx);
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
    draft.spec.mounts.prepend_told(mounts);
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Done, host, mounted, run as trial, stored};
    use super::*;
    use crate::config::Config;
    use crate::facts::{Answer, Facts};
    use std::format;
    use std::vec;

    fn facts(rootless: bool) -> Facts {
        let mut facts = host();
        facts.host.rootless = Some(rootless);
        let node = |path: &str, minor| DeviceNode {
            path: path.into(),
            kind: "c".into(),
            major: 1,
            minor,
            // A character device of mode 0644.
            mode: 8612,
            uid: 0,
            gid: 5,
        };
        let nodes = ["/dev/null", "/dev/ptmx", "/dev/tty", "/dev/tty1", "/dev/zero"];
        facts.host.devices = Some(Answer::Is(
            nodes.into_iter().zip(3..).map(|(path, minor)| node(path, minor)).collect(),
        ));
        facts
    }

    fn all<'a>(config: &'a Config, facts: &'a Facts, systemd: bool) -> Done<'a> {
        let prepare = |cx: &Cx<'a>, draft: &mut Draft<'a>| {
            draft.container.mount_all_devices.set(cx, Rule::SgDev01, || true);
            draft.container.systemd.set(cx, Rule::SgSysd01, || systemd);
            draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("A", "1"));
            draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted("/dev/zero", "bind", "/x"));
            draft.spec.devices.push(cx, Rule::SgDev01, || Device {
                path: Cow::Borrowed("/dev/own"),
                ..Device::default()
            });
            draft.spec.resources.devices.push(cx, Rule::SgDev01, DeviceCgroup::default);
        };
        trial(config, facts, prepare, &[run])
    }

    #[test]
    fn root_makes_all_nodes() {
        // LP-DEV-01, LP-DEV-03
        let (config, facts) = (Config::default(), facts(false));
        for (systemd, paths) in [
            (false, vec!["/dev/null", "/dev/ptmx", "/dev/tty", "/dev/tty1", "/dev/zero"]),
            (true, vec!["/dev/null", "/dev/ptmx", "/dev/zero"]),
        ] {
            let done = all(&config, &facts, systemd);
            let made: Vec<_> =
                done.draft.spec.devices.values().map(|device| &*device.path).collect();
            assert_eq!(made, paths);
            assert_eq!(
                done.draft.spec.devices.values().next().and_then(|device| device.file_mode),
                Some(8612)
            );
            let rules: Vec<_> = done
                .draft
                .spec
                .resources
                .devices
                .values()
                .map(|rule| (rule.allow, rule.access.as_deref()))
                .collect();
            assert_eq!(rules, [(true, Some("rwm"))]);
        }
    }

    #[test]
    fn a_rootless_user_binds_them_before_all_else() {
        // LP-DEV-01
        let (config, facts) = (Config::default(), facts(true));
        let done = all(&config, &facts, true);
        let mounts: Vec<_> = done
            .draft
            .spec
            .mounts
            .values()
            .map(|mount| format!("{} {}", mount.destination, mount.options.join(",")))
            .collect();
        assert_eq!(mounts, ["/dev/null slave,nosuid,noexec,rw,rbind", "/dev/zero "]);
        assert_eq!(
            (done.draft.spec.devices.len(), done.draft.spec.resources.devices.len()),
            (0, 0)
        );
    }

    #[test]
    fn a_scan_that_fails_is_refused() {
        let (config, mut facts) = (Config::default(), facts(false));
        facts.host.devices = Some(Answer::Error(Errno::EACCES));
        assert_eq!(
            all(&config, &facts, false).said(),
            ["getting devices for privileged container: permission denied"]
        );
    }
}
