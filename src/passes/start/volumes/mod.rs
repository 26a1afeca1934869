//! Mounts volumes and generated files; U, z and Z become changes to the host (LP-VOL, LP-BIND).

use super::super::refer::{mount, random_name, root_ids};
use super::model::{labels, relabel};
use super::records;
use crate::draft::{BindMount, Draft, ImageVolumeMount, Mount, NamedVolumeMount, Overlay, Text};
use crate::mount::overlay::{self, Access};
use crate::path;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::{format, vec, vec::Vec};

const DEV_SHM: &str = "/dev/shm";

/// LP-VOL-01: named volumes, in order.
pub(super) fn named<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for index in 0..draft.container.named_volumes.len() {
        cx.within(|| {
            let volume = draft.container.named_volumes.at(cx, index);
            let Some(NamedVolumeMount { dest, options, .. }) = volume else { return };
            let (dest, options) = (dest.clone(), options.clone());
            let Some(record) = volume.and_then(|volume| records::find(cx, volume)) else { return };
            if options.iter().any(|option| option == "O") {
                // Of its other options only U is heeded.
                let below = Below { source: record.mountpoint, dest, options: &options };
                return own_overlay(cx, draft, Rule::LpVol01, &below);
            }
            draft.spec.mounts.push(cx, Rule::LpVol01, || Mount {
                destination: dest,
                kind: Cow::Borrowed("bind"),
                source: record.mountpoint,
                options,
            });
        });
    }
}

/// LP-VOL-20: over all mounts as they stand. What is changed on the host stays so; the runtime does not see the options.
pub(super) fn options<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let ours = |option: &Text<'_>| matches!(&**option, "U" | "z" | "Z");
    // A closed look: a mount without these options is not touched, and one with them is opened.
    let mounts = draft.spec.mounts.values().enumerate();
    let touched: Vec<usize> =
        mounts.filter(|(_, m)| m.options.iter().any(ours)).map(|(i, _)| i).collect();
    for index in touched {
        cx.within(|| {
            let Some(mount) = draft.spec.mounts.at(cx, index) else { return };
            let (tmpfs, source) = (mount.kind == "tmpfs", mount.source.clone());
            let asked: Vec<Text<'a>> =
                mount.options.iter().filter(|option| ours(option)).cloned().collect();
            for option in &asked {
                match &**option {
                    "U" if tmpfs => {}
                    "U" => chown(cx, draft, Rule::LpVol20, source.clone()),
                    _ if relabels_system(cx, draft, &source) => {
                        let problem = Problem::RelabelSystemPath { path: source.clone().into() };
                        draft.refuse(cx, Rule::LpLeaf08, problem);
                    }
                    shared => relabel(cx, draft, Rule::LpVol20, &source, shared == "z"),
                }
            }
            // The ids of a tmpfs are those inside.
            let exec =
                tmpfs.then(|| draft.working.exec_user.see(cx).map(|exec| (exec.uid, exec.gid)));
            let (uid, gid) = exec.flatten().unwrap_or_default();
            draft.spec.mounts.amend(cx, Rule::LpVol20, index, |old| {
                let mut options = Vec::with_capacity(old.options.len().saturating_add(1));
                for option in &old.options {
                    match &**option {
                        "U" if tmpfs => options.extend([
                            Cow::Owned(format!("uid={uid}")),
                            Cow::Owned(format!("gid={gid}")),
                        ]),
                        "U" | "z" | "Z" => {}
                        _ => options.push(option.clone()),
                    }
                }
                Mount { options, ..old.clone() }
            });
        });
    }
}

/// LP-VOL-22: gives a path of the user's, and all below it, to the user who runs; those of the system are refused.
fn chown<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, path: Text<'a>) {
    let Some(&(uid, gid)) = draft.working.exec_host_ids.see(cx) else { return };
    // Later starts look at the owner first, which the facts do not tell of.
    if cx.facts().first_start() && is_system(cx, &path) {
        let problem = Problem::ChownSystemPath { path: path.into(), uid, gid };
        return draft.refuse(cx, Rule::LpLeaf09, problem);
    }
    give(cx, draft, rule, path);
}

/// LP-LEAF-09: whether a path leads to one that belongs to the system or is the home of who runs the engine.
fn is_system(cx: &Cx<'_>, path: &str) -> bool {
    let absolute = if path::is_abs(path) {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(path::join(&[cx.facts().working_directory(), path]))
    };
    // The engine's own directory for volumes is none of these.
    if absolute.starts_with(cx.facts().volume_path()) {
        return false;
    }
    let real = cx.facts().path_answer(&absolute, |path| path.real.as_ref());
    let home = |real: &str| {
        cx.facts().environment().and_then(|all| all.get("HOME")).is_some_and(|home| home == real)
    };
    real.is_ok_and(|real| path::SYSTEM.contains(&real.as_str()) || home(real))
}

/// LP-LEAF-08: the same for labels, by the text of the path alone.
fn relabels_system(cx: &Cx<'_>, draft: &Draft<'_>, path: &str) -> bool {
    let path = path.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(path);
    path::SYSTEM.contains(&path) && cx.facts().first_start() && !labels(cx, draft).1.is_empty()
}

fn give<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, path: Text<'a>) {
    let Some(&(uid, gid)) = draft.working.exec_host_ids.see(cx) else { return };
    let unless_owned = !cx.facts().first_start();
    let effect = Effect::Chown { path, uid, gid, recursive: true, unless_owned, guarded: true };
    draft.effect(cx, rule, Stage::Generate, effect);
}

/// LP-BIND-01: what was generated, in order of destination; what stands at the very destination wins.
pub(super) fn bind_mounts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // With each the first mount that stands there, as an index: which one it is opens only where it decides.
    let bound = draft.bind_mounts.values().enumerate();
    let mut order: Vec<(Text<'a>, usize, Option<usize>)> =
        bound.map(|(index, bound)| (bound.destination.clone(), index, None)).collect();
    order.sort_unstable();
    // Most mounts are told apart by the length of their destination.
    let length = |text: &Text<'_>| 1_u64.rotate_left(u32::try_from(text.len()).unwrap_or(0));
    let lengths = order.iter().fold(0, |lengths, (destination, ..)| lengths | length(destination));
    for (index, mount) in draft.spec.mounts.values().enumerate() {
        if lengths & length(&mount.destination) == 0 {
            continue;
        }
        let at = order.binary_search_by(|(destination, ..)| destination.cmp(&mount.destination));
        if let Some((.., over)) = at.ok().and_then(|at| order.get_mut(at)) {
            over.get_or_insert(index);
        }
    }
    for (_, index, over) in order {
        cx.within(|| {
            if let Some(over) = over {
                // Opened for the record: it stays, and the generated one is only missing.
                let _winner: Option<&Mount<'_>> = draft.spec.mounts.at(cx, over);
                return;
            }
            let Some(bound) = draft.bind_mounts.at(cx, index) else { return };
            let BindMount { destination, source } = bound.clone();
            // LP-BINDOPT-01
            let mut new = mount("", "bind", "", &["bind", "rprivate"]);
            if destination != DEV_SHM && draft.spec.root_readonly.see(cx) == Some(&true) {
                new.options.extend(["ro", "nosuid", "noexec", "nodev"].map(Cow::Borrowed));
            }
            // Never read-only, not even with a read-only root.
            if destination == DEV_SHM
                && draft.container.shm.see(cx).is_some_and(|shm| shm.dir == source)
            {
                new.options.extend(["nosuid", "noexec", "nodev"].map(Cow::Borrowed));
            }
            draft.spec.mounts.push(cx, Rule::LpBind01, || Mount { destination, source, ..new });
        });
    }
}

/// LP-VOL-40: overlay volumes, in order. Nobody looks whether something stands there.
pub(super) fn overlays<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for index in 0..draft.container.overlay_volumes.len() {
        cx.within(|| {
            let volume = draft.container.overlay_volumes.at(cx, index).cloned();
            let Some(Overlay { dest, source, options }) = volume else { return };
            let below = Below { source, dest, options: &options };
            own_overlay(cx, draft, Rule::LpVol40, &below);
        });
    }
}

/// LP-VOL-50: image volumes, in order: each image below an overlay of its own.
pub(super) fn images<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for index in 0..draft.container.image_volumes.len() {
        cx.within(|| {
            let volume = draft.container.image_volumes.at(cx, index).cloned();
            let Some(ImageVolumeMount { source, dest, read_write }) = volume else { return };
            let Some(image) = cx.facts().image_mount(&source) else { return };
            if image.id.is_empty() {
                let (image, destination) = (source.into_owned(), dest.into_owned());
                let problem = Problem::ImageVolume { image, destination };
                return draft.refuse(cx, Rule::LpVol50, problem);
            }
            let mountpoint = Cow::Borrowed(image.mountpoint.as_str());
            let mount = Effect::MountImage { image: source, mountpoint: mountpoint.clone() };
            draft.effect(cx, Rule::LpVol50, Stage::Generate, mount);
            let access = if read_write { Access::ReadWrite(None) } else { Access::ReadOnly };
            let below = Below { source: mountpoint, dest, options: &[] };
            if let Some((mount, _content)) = overlay(cx, draft, Rule::LpVol50, &below, access) {
                draft.spec.mounts.push(cx, Rule::LpVol50, || mount);
            }
        });
    }
}

/// What an overlay goes above, and where it lands.
struct Below<'o, 'a> {
    source: Text<'a>,
    dest: Text<'a>,
    options: &'o [Text<'a>],
}

/// LP-VOL-01, LP-VOL-40: an overlay whose directories the options may choose, and which U gives to the user, lower directory first.
fn own_overlay<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, below: &Below<'_, 'a>) {
    // LP-OVL-03
    let directories = match overlay::directories(below.options.iter().map(|option| &**option)) {
        Ok(directories) => directories,
        Err(error) => {
            let destination = below.dest.as_ref().into();
            let problem = Problem::OverlayDirectories { destination, error };
            return draft.refuse(cx, Rule::LpOvl03, problem);
        }
    };
    // A volume's directory is there.
    if rule == Rule::LpVol40
        && let Err(errno) = cx.facts().path_answer(&below.source, |p| p.kind.as_ref())
    {
        let path = below.source.clone().into_owned();
        return draft.refuse(cx, Rule::LpOvl02, Problem::OverlaySource { path, errno });
    }
    let access = Access::ReadWrite(directories);
    let Some((mount, content)) = overlay(cx, draft, rule, below, access) else { return };
    for _ in below.options.iter().filter(|option| *option == "U") {
        let source = below.source.clone();
        if rule == Rule::LpVol40 {
            chown(cx, draft, rule, source);
        } else {
            give(cx, draft, rule, source);
        }
        give(cx, draft, rule, Cow::Owned(content.clone()));
    }
    draft.spec.mounts.push(cx, rule, || mount);
}

/// LP-OVL-01: directories of overlays have numbers for names, of which the hexadecimal name's first half makes one.
fn numbered(name: &str) -> Text<'_> {
    let number = name.get(..16).and_then(|half| u64::from_str_radix(half, 16).ok());
    number.map_or(Cow::Borrowed(name), |number| Cow::Owned(format!("{number}")))
}

/// LP-OVL-02: plans an overlay in a directory of its own; gives its mount, and that directory.
fn overlay<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    rule: Rule,
    below: &Below<'_, 'a>,
    access: Access<'_>,
) -> Option<(Mount<'a>, String)> {
    let name = random_name(cx, draft, rule)?;
    let content = path::join(&[cx.facts().static_dir(), "overlay", &numbered(name)]);
    let storage = cx.facts().graph_options().map_or(&[][..], Vec::as_slice);
    let program = overlay::mount_program(storage);
    let rootless = program.is_none() && cx.facts().rootless_in_storage();
    let made = overlay::mount(&content, &below.source, access, program, rootless);
    let own = |name| Cow::Owned(path::join(&[&content, name]));
    let (upper, work) = match access {
        Access::ReadOnly => (Cow::Borrowed(""), Cow::Borrowed("")),
        Access::ReadWrite(None) => (own("upper"), own("work")),
        Access::ReadWrite(Some(given)) => {
            (Cow::Owned(given.upper.into()), Cow::Owned(given.work.into()))
        }
    };
    let (uid, gid) = root_ids(cx, draft);
    let effect = Effect::Overlay {
        source: below.source.clone(),
        content: Cow::Owned(content.clone()),
        upper,
        work,
        program: made.program.map_or_else(Vec::new, |run| {
            vec![
                Cow::Borrowed(run.path),
                Cow::Borrowed("-o"),
                Cow::Owned(run.options),
                Cow::Owned(run.merge),
            ]
        }),
        uid,
        gid,
    };
    draft.effect(cx, Rule::LpOvl02, Stage::Generate, effect);
    let mount = Mount {
        destination: below.dest.clone(),
        kind: Cow::Borrowed(made.kind),
        source: Cow::Owned(made.source),
        options: made.options.into_iter().map(Cow::Owned).collect(),
    };
    Some((mount, content))
}

#[cfg(test)]
mod tests;
