//! Device nodes and device cgroup rules (DEV).

#[cfg(test)]
mod tests;

use super::{namespaces, pod};
use crate::config::{DeviceText, Field};
use crate::device::cdi::qualified;
use crate::device::spec::{
    DeviceError, DeviceSpec, Directory, parse, parse_directory, source, with_source,
};
use crate::draft::{Device, DeviceCgroup, Draft, Mount, Text};
use crate::facts::{DeviceNode, Errno, FileKind, Table};
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, collections::BTreeSet, format, string::String, vec::Vec};

/// SG-DEV-09: takes CDI names out of the request's devices.
pub(super) fn split_cdi<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().devices();
    let mut devices: Vec<&'a str> = Vec::new();
    let mut cdi: Vec<&'a str> = Vec::new();
    for text in texts(given) {
        match qualified(text) {
            Ok(Some(_)) => cdi.push(text),
            Ok(None) => devices.push(text),
            //
            Err(error) => return draft.refuse(cx, Rule::SgDev09, Problem::CdiName { error }),
        }
    }
    if !cdi.is_empty() {
        draft.container.cdi_devices.set(cx, Rule::SgDev09, || cdi);
    }
    // SG-POD-01, Q-44: what the infra container was given, where nothing else is asked for; then the request's host devices count too.
    if let Some(infra) = pod::infra(cx, draft).filter(|_| devices.is_empty()) {
        devices.extend(texts(&infra.host_device_list).chain(texts(cx.config().host_device_list())));
    }
    draft.working.devices.set(cx, Rule::SgDev08, || devices);
}

fn texts(devices: &[DeviceText]) -> impl Iterator<Item = &str> {
    devices.iter().map(|device| device.path.as_str())
}

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if *cx.config().privileged() {
        // SG-PRIV-01: nothing that is asked for is even looked at.
        return draft.container.mount_all_devices.set(cx, Rule::SgPriv01, || true);
    }
    let in_userns = namespaces::in_userns(cx, draft);
    if !in_userns {
        // SG-DEV-01: behind what `resource_limits` has.
        let all = Some(Cow::Borrowed("rwm"));
        draft.spec.resources.devices.push(cx, Rule::SgDev01, || DeviceCgroup {
            allow: false,
            access: all,
            ..DeviceCgroup::default()
        });
    }
    // SG-DEV-02
    let mut paths = Paths::new();
    cx.within(|| {
        for text in cx.facts().conf_devices().into_iter().flatten() {
            cx.within(|| add(cx, draft, &mut paths, text));
        }
    });
    cx.within(|| {
        let devices = draft.working.devices.see(cx).cloned().unwrap_or_default();
        for text in devices {
            cx.within(|| add(cx, draft, &mut paths, text));
        }
    });
    if in_userns {
        return;
    }
    // SG-DEV-10: every rule allows.
    for rule in cx.config().each(Field::DeviceCgroupRules, |c| &c.device_cgroup_rule) {
        draft.spec.resources.devices.push(cx, Rule::SgDev10, || {
            let rule = rule.see(cx);
            let text = |text: &'a Option<String>| text.as_deref().map(Cow::Borrowed);
            DeviceCgroup {
                allow: true,
                kind: text(&rule.kind),
                major: rule.major,
                minor: rule.minor,
                access: text(&rule.access),
            }
        });
    }
}

/// Where device nodes stand already: a later one takes the place of an earlier one, and a look through all of them for each would be long.
type Paths<'a> = BTreeSet<Text<'a>>;

/// SG-DEV-03: adds one device, or all of a directory. A source that is a link is replaced by what it leads to.
fn add<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, paths: &mut Paths<'a>, text: &'a str) {
    let path = source(text);
    match cx.facts().path_answer(path, |p| p.kind.as_ref()) {
        Ok(FileKind::Directory) => directory(cx, draft, paths, text, path),
        Ok(_) => node(cx, draft, paths, text, path),
        Err(Errno::UNANSWERED) => {}
        Err(errno) => {
            draft.refuse(cx, Rule::SgDev03, Problem::DevicePath { path: path.into(), errno });
        }
    }
}

fn node<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    paths: &mut Paths<'a>,
    text: &'a str,
    path: &'a str,
) {
    let mut found = cx.facts().path_answer(path, |p| p.device.as_ref());
    let mut resolved = path;
    if found == Err(Errno::EINVAL) {
        // No device by itself, but what it leads to may be one.
        let Ok(real) = cx.facts().path_answer(path, |p| p.real.as_ref()) else { return };
        if real != path {
            resolved = real;
            found = cx.facts().path_answer(real, |p| p.device.as_ref());
        }
    }
    let read = match with_source(text, resolved) {
        Cow::Borrowed(text) => parse(text).map(Placed::borrowed),
        Cow::Owned(text) => parse(&text).map(Placed::owned),
    };
    match (read, found) {
        (Err(error), _) => draft.refuse(cx, Rule::SgDev04, Problem::Device { error }),
        (Ok(placed), Ok(node)) => place(cx, draft, paths, placed, node),
        (Ok(_), Err(Errno::UNANSWERED)) => {}
        (Ok(placed), Err(Errno::EINVAL)) => {
            let error = DeviceError::NotADevice(placed.source.into_owned());
            draft.refuse(cx, Rule::SgDev07, Problem::Device { error });
        }
        (Ok(placed), Err(errno)) => draft.refuse(
            cx,
            Rule::SgDev07,
            Problem::DeviceUnknown { path: placed.source.into_owned(), errno },
        ),
    }
}

/// SG-DEV-06
fn directory<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    paths: &mut Paths<'a>,
    text: &'a str,
    path: &'a str,
) {
    let (real, below) = (
        cx.facts().path_answer(path, |p| p.real.as_ref()),
        cx.facts().path_answer(path, |p| p.devices_below.as_ref()),
    );
    let real = match real {
        // Only a link is replaced: what is relative and no link stays so, and has no place in the container.
        Ok(real) if !path::is_abs(path) && *real == here(cx, path) => path,
        Ok(real) => real.as_str(),
        Err(Errno::UNANSWERED) => return,
        Err(_) => path,
    };
    let directory = match parse_directory(text, real) {
        Ok(directory) => directory,
        Err(error) => return draft.refuse(cx, Rule::SgDev06, Problem::Device { error }),
    };
    let below = match below {
        Ok(below) => walk(below),
        Err(Errno::UNANSWERED) => return,
        Err(_) => Vec::new(),
    };
    if below.is_empty() {
        return draft.refuse(
            cx,
            Rule::SgDev06,
            Problem::Device { error: DeviceError::NoDevices(text.into()) },
        );
    }
    for (relative, node) in below {
        if let Err((path, error)) = inside(cx, draft, paths, directory, relative, node) {
            return draft.refuse(cx, Rule::SgDev06, Problem::DeviceInside { path, error });
        }
    }
}

/// A relative path as the engine finds it.
fn here(cx: &Cx<'_>, path: &str) -> String {
    path::join(&[cx.facts().working_directory(), path])
}

fn inside<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    paths: &mut Paths<'a>,
    directory: Directory<'_>,
    relative: &str,
    node: &'a DeviceNode,
) -> Result<(), (String, DeviceError)> {
    let found = format!("{}/{relative}", directory.source);
    match parse(&directory.device(&found)) {
        Ok(read) => place(cx, draft, paths, Placed::owned(read), node),
        Err(error) => return Err((found, error)),
    }
    Ok(())
}

/// The nodes below a directory in the order in which a walk comes to them: names of one directory are sorted.
fn walk(below: &Table<DeviceNode>) -> Vec<(&str, &DeviceNode)> {
    let mut nodes: Vec<(&str, &DeviceNode)> = below.iter().collect();
    nodes.sort_by(|(a, _), (b, _)| a.split('/').cmp(b.split('/')));
    nodes
}

/// A device as it was read.
#[derive(Debug)]
struct Placed<'a> {
    source: Text<'a>,
    destination: Text<'a>,
    permissions: Text<'a>,
}

impl<'a> Placed<'a> {
    fn borrowed(read: DeviceSpec<'a>) -> Self {
        Placed {
            source: Cow::Borrowed(read.source),
            destination: Cow::Borrowed(read.destination),
            permissions: Cow::Borrowed(read.permissions),
        }
    }

    fn owned(read: DeviceSpec<'_>) -> Self {
        let own = |text: &str| Cow::Owned(text.into());
        Placed {
            source: own(read.source),
            destination: own(read.destination),
            permissions: own(read.permissions),
        }
    }
}

/// SG-DEV-07: rootless, a bind mount; otherwise a node and a rule that allows it.
fn place<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    paths: &mut Paths<'a>,
    placed: Placed<'a>,
    node: &'a DeviceNode,
) {
    let Placed { source, destination, permissions } = placed;
    if cx.facts().rootless() {
        let access = if permissions.contains('w') { "rw" } else { "ro" };
        return draft.spec.mounts.push(cx, Rule::SgDev07, || Mount {
            destination,
            kind: Cow::Borrowed("bind"),
            source,
            options: ["slave", "nosuid", "noexec", access, "rbind"].map(Cow::Borrowed).into(),
        });
    }
    let kind: Text<'a> = Cow::Borrowed(&node.kind);
    let new = paths.insert(destination.clone());
    let device = cx.decide(Rule::SgDev07, || Device {
        path: destination,
        kind: kind.clone(),
        major: node.major,
        minor: node.minor,
        file_mode: Some(node.mode),
        uid: Some(node.uid),
        gid: Some(node.gid),
    });
    if new {
        draft.spec.devices.push_told(cx, device);
    } else {
        draft.spec.devices.put(cx, device);
    }
    draft.spec.resources.devices.push(cx, Rule::SgDev07, || DeviceCgroup {
        allow: true,
        kind: Some(kind),
        major: Some(node.major),
        minor: Some(node.minor),
        access: Some(permissions),
    });
}
