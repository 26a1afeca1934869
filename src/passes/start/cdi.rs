//! CDI devices (LP-CDI).

use crate::device::cdi::{DeviceNode, Edits, HostNode, Registry, Spec, SpecFile, registry};
use crate::draft::{Device, DeviceCgroup, Draft, EnvVar, HookDraft, HookStage, Mount, Text};
use crate::facts::{Errno, Table};
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::text::yaml;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The directories of CDI specs: a device in the later one wins.
const DIRECTORIES: [&str; 2] = ["/etc/cdi", "/var/run/cdi"];

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(names) = draft.container.cdi_devices.see(cx).filter(|names| !names.is_empty()) else {
        return;
    };
    // LP-CDI-02: all or nothing.
    let registry = specs(cx);
    let edits = match registry.resolve(names) {
        Ok(edits) => edits,
        Err(error) => {
            let error = error.to_string();
            return draft.refuse(cx, Rule::LpCdi02, Problem::Cdi { error });
        }
    };
    env(cx, draft, &edits);
    for node in edits.iter().flat_map(|edits| &edits.device_nodes) {
        if let Err(problem) = device(cx, draft, node) {
            return draft.refuse(cx, Rule::LpCdi02, problem);
        }
    }
    mounts(cx, draft, &edits);
    hooks(cx, draft, &edits);
}

/// LP-CDI-01: the devices that the host's files define.
fn specs(cx: &Cx<'_>) -> Registry {
    let files = cx.facts().cdi().into_iter().flat_map(Table::iter);
    let files = files.filter_map(|(path, text)| {
        let directory = path::dir(path);
        let priority = DIRECTORIES.iter().position(|known| *known == directory)?;
        Some(SpecFile { priority, path, text })
    });
    registry(files, from_yaml)
}

fn from_yaml(text: &str) -> Result<Spec, String> {
    let node = yaml(text).map_err(|error| error.to_string())?;
    let json = serde_json::to_string(&node).map_err(|error| error.to_string())?;
    serde_json::from_str(&json).map_err(|error| error.to_string())
}

fn owned<'a>(text: &str) -> Text<'a> {
    Cow::Owned(text.into())
}

/// Variables: what the spec had is never replaced, only what another edit has added.
fn env<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, edits: &[&Edits]) {
    let env = &mut draft.spec.process.env;
    let mut added: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in edits.iter().flat_map(|edits| &edits.env) {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let variable = || EnvVar { name: owned(name), value: owned(value), added: false };
        match added.get(name) {
            Some(at) => env.amend(cx, Rule::LpCdi02, *at, |_| variable()),
            None => {
                added.insert(name, env.len());
                env.push(cx, Rule::LpCdi02, variable);
            }
        }
    }
}

fn device<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, node: &DeviceNode) -> Result<(), Problem> {
    let host = |path: &str| {
        let found = cx.facts().path_answer(path, |path| path.device.as_ref())?;
        let kind = found.kind.chars().next().unwrap_or(' ');
        Ok::<_, Errno>(HostNode { kind, major: found.major, minor: found.minor })
    };
    let filled = node.fill(host).map_err(|error| Problem::Cdi { error: error.to_string() })?;
    // The process's own ids stand in, but for root's.
    let process = &draft.spec.process;
    let uid = node.uid.or_else(|| process.uid.see(cx).copied().filter(|uid| *uid > 0));
    let gid = node.gid.or_else(|| process.gid.see(cx).copied().filter(|gid| *gid > 0));
    if let Some(at) = draft.spec.devices.find(cx, &node.path) {
        draft.spec.devices.remove(cx, Rule::LpCdi02, at);
    }
    draft.spec.devices.push(cx, Rule::LpCdi02, || Device {
        path: owned(&node.path),
        kind: owned(&filled.kind),
        major: filled.major,
        minor: filled.minor,
        file_mode: node.file_mode,
        uid,
        gid,
    });
    if let Some(access) = filled.access {
        draft.spec.resources.devices.push(cx, Rule::LpCdi02, || DeviceCgroup {
            allow: true,
            kind: Some(owned(&filled.kind)),
            major: Some(filled.major),
            minor: Some(filled.minor),
            access: Some(owned(access)),
        });
    }
    Ok(())
}

/// Mounts, each in the place of the first at its destination; then all mounts are put in order.
fn mounts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, edits: &[&Edits]) {
    let list = &mut draft.spec.mounts;
    let mut any = false;
    for mount in edits.iter().flat_map(|edits| &edits.mounts) {
        any = true;
        if let Some(at) = list.find(cx, &mount.container_path) {
            list.remove(cx, Rule::LpCdi02, at);
        }
        list.push(cx, Rule::LpCdi02, || Mount {
            destination: owned(&mount.container_path),
            kind: owned(&mount.kind),
            source: owned(&mount.host_path),
            options: mount.options.iter().map(|option| owned(option)).collect(),
        });
    }
    if any {
        // LP-CDI-03: of this order only what stands at one depth outlives the sorting that follows.
        list.sort_by_key(|mount| (path::depth(&mount.destination), mount.destination.clone()));
    }
}

fn hooks<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, edits: &[&Edits]) {
    for hook in edits.iter().flat_map(|edits| &edits.hooks) {
        let stage = HookStage::ALL.into_iter().find(|stage| stage.oci() == hook.hook_name);
        // A spec file with another stage is broken, and not among these.
        let Some(stage) = stage else { continue };
        let texts =
            |texts: &[String]| -> Vec<Text<'a>> { texts.iter().map(|text| owned(text)).collect() };
        draft.spec.hooks.push(cx, Rule::LpCdi02, || HookDraft {
            stage,
            path: owned(&hook.path),
            args: texts(&hook.args),
            env: texts(&hook.env),
            timeout: hook.timeout,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Done, host, mounted, run as trial, stored};
    use super::*;
    use crate::config::Config;
    use crate::facts::{Answer, DeviceNode as Node, Facts, PathFacts};
    use std::format;
    use std::vec;

    const VENDOR: &str = r#"{"cdiVersion": "0.3.0", "kind": "vendor.example/dev",
        "containerEdits": {"env": ["CDI_GLOBAL=1", "A=2"]},
        "devices": [
            {"name": "one", "containerEdits": {
                "env": ["A=3"],
                "deviceNodes": [{"path": "/dev/cdi0", "type": "c", "major": 1, "minor": 5, "permissions": "rw"}, {"path": "/dev/own", "hostPath": "/dev/host"}],
                "mounts": [{"hostPath": "/src", "containerPath": "/cdi/dir", "options": ["ro", "bind"]}],
                "hooks": [{"hookName": "createContainer", "path": "/bin/true", "args": ["true", "cdi"]}]}},
            {"name": "two", "containerEdits": {"env": ["B=2"]}}]}"#;

    fn with<'a>(config: &'a Config, facts: &'a Facts, names: &'a [&'a str]) -> Done<'a> {
        let prepare = |cx: &Cx<'a>, draft: &mut Draft<'a>| {
            draft.container.cdi_devices.set(cx, Rule::SgDev09, || names.to_vec());
            draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("A", "1"));
            draft.spec.process.uid.set(cx, Rule::LpUser21, || 1000);
            draft.spec.process.gid.set(cx, Rule::LpUser21, || 0);
            for destination in ["/proc", "/dev/pts", "/cdi/dir", "/a"] {
                draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted(destination, "x", "/old"));
            }
            draft.spec.devices.push(cx, Rule::SgDev01, || Device {
                path: Cow::Borrowed("/dev/own"),
                ..Device::default()
            });
        };
        trial(config, facts, prepare, &[run])
    }

    fn facts() -> Facts {
        let mut facts = host();
        facts.cdi = Some([("/etc/cdi/vendor.json", String::from(VENDOR))].into_iter().collect());
        let node = Node { kind: "b".into(), major: 8, minor: 3, ..Node::default() };
        facts.paths.insert(
            "/dev/host",
            PathFacts { device: Some(Answer::Is(node)), ..PathFacts::default() },
        );
        facts
    }

    #[test]
    fn the_edits_of_a_device_are_applied() {
        // LP-CDI-02
        let (config, facts) = (Config::default(), facts());
        let done = with(&config, &facts, &["vendor.example/dev=one", "vendor.example/dev=two"]);
        assert_eq!(done.said(), vec![""; 0]);
        // What the spec had stays; what another edit added is replaced in its place.
        assert_eq!(done.env(), ["A=1", "CDI_GLOBAL=1", "A=3", "B=2"]);
        let spec = &done.draft.spec;
        let devices: Vec<_> = spec
            .devices
            .values()
            .map(|d| {
                format!(
                    "{} {} {}:{} {:?} {:?} {:?}",
                    d.path, d.kind, d.major, d.minor, d.uid, d.gid, d.file_mode
                )
            })
            .collect();
        assert_eq!(
            devices,
            ["/dev/cdi0 c 1:5 Some(1000) None None", "/dev/own b 8:3 Some(1000) None None"]
        );
        let rules: Vec<_> = spec
            .resources
            .devices
            .values()
            .map(|r| (r.allow, r.minor, r.access.as_deref()))
            .collect();
        assert_eq!(rules, [(true, Some(5), Some("rw")), (true, Some(3), Some("rwm"))]);
        let mounts: Vec<_> = spec
            .mounts
            .values()
            .map(|mount| format!("{} {}", mount.destination, mount.source))
            .collect();
        assert_eq!(mounts, ["/a /old", "/proc /old", "/cdi/dir /src", "/dev/pts /old"]);
        assert_eq!(
            spec.hooks.values().map(|hook| hook.stage.oci()).collect::<Vec<_>>(),
            ["createContainer"]
        );
    }

    #[test]
    fn a_device_that_is_nowhere_is_refused_with_all_the_names() {
        // LP-CDI-02
        let (config, facts) = (Config::default(), facts());
        let done = with(&config, &facts, &["vendor.example/dev=one", "vendor.example/dev=nine"]);
        assert_eq!(
            done.said(),
            [
                "setting up CDI devices: unresolvable CDI devices vendor.example/dev=one, vendor.example/dev=nine"
            ]
        );
        assert_eq!(done.env(), ["A=1"]);
    }

    #[test]
    fn yaml_is_read_too() {
        // LP-CDI-01
        let (config, mut facts) = (Config::default(), facts());
        let text = "cdiVersion: 0.3.0\nkind: y.example/dev\ndevices:\n  - name: x\n    containerEdits:\n      env: [Y=1]\n";
        facts.cdi = Some(
            [("/var/run/cdi/y.yaml", String::from(text)), ("/tmp/y.yaml", String::from("bad"))]
                .into_iter()
                .collect(),
        );
        assert_eq!(with(&config, &facts, &["y.example/dev=x"]).env(), ["A=1", "Y=1"]);
    }
}
