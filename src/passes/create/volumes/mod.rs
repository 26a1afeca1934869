//! Brings together the volumes and user mounts of the request, the image, other containers and containers.conf (VOL).

mod make;
mod sources;

pub(super) use make::create;

use super::super::refer::clean;
use crate::draft::{Draft, Mount, NamedVolumeMount, Overlay, Text};
use crate::mount::options::{self, Defaults};
use crate::mount::volume_string::{Kind, Volume, check_destination};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Caused, Cx, List};
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// Things by where they land. The key is the cleaned destination; what is kept has it as spelled.
type Places<'a, T> = BTreeMap<Text<'a>, Caused<T>>;

/// What was found so far, by kind. Kinds are compared with each other only at the end.
#[derive(Default)]
struct Found<'a> {
    mounts: Places<'a, Mount<'a>>,
    volumes: Places<'a, NamedVolumeMount<'a>>,
    overlays: Places<'a, Overlay<'a>>,
}

pub(super) fn gather<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // What the image and other containers bring, over which all else goes.
    let mut base = Found::default();
    let image = cx.read(|| sources::image(cx, &mut base));
    let others = cx.read(|| sources::volumes_from(cx, draft, &mut base));
    // Read before the request in Podman: its refusals come first.
    let conf = sources::conf(cx, draft);

    // SG-VOL-12: the request's mounts are the first of the user's volumes.
    let to = &mut draft.container.user_volumes;
    destinations(cx, &draft.working.request_mounts, |m| &m.destination, to);
    let mounts = draft.working.request_mounts.take();
    let volumes = draft.working.request_volumes.take();
    let overlays = draft.working.request_overlays.take();

    let mut asked = Found::default();
    let twice = |destination| Problem::DuplicateMount { destination };
    request(cx, draft, mounts, twice, &mut asked.mounts);
    cx.within(|| {
        asks(cx, &draft.working.request_mounts);
        add_conf(cx, draft, &conf, Kind::Bind, sources::bind, &mut asked.mounts);
    });
    let twice = |destination| Problem::DuplicateVolume { destination };
    request(cx, draft, volumes, twice, &mut asked.volumes);
    cx.within(|| {
        asks(cx, &draft.working.request_volumes);
        add_conf(cx, draft, &conf, Kind::Named, sources::named, &mut asked.volumes);
    });
    request(cx, draft, overlays, twice, &mut asked.overlays);
    cx.within(|| {
        asks(cx, &draft.working.request_overlays);
        add_conf(cx, draft, &conf, Kind::Overlay, sources::overlay, &mut asked.overlays);
    });
    let init = cx.read(|| sources::init(cx, draft, &mut asked.mounts));

    // Whatever is asked for can take a place: what keeps its own owes that to all of it.
    let asked_for = cx.read(|| {
        asks(cx, &draft.working.request_mounts);
        asks(cx, &draft.working.request_volumes);
        let _read: (&Vec<Volume<'_>>, &()) = (cx.see(&conf), cx.see(&init));
    });
    // SG-VOL-08: across the kinds first, then within each.
    across(cx, draft, &asked.mounts, &mut base.volumes);
    across(cx, draft, &asked.volumes, &mut base.mounts);
    within(cx, draft, asked.mounts, &mut base.mounts, &asked_for);
    within(cx, draft, asked.volumes, &mut base.volumes, &asked_for);
    conflicts(cx, draft, &base);

    for told in base.mounts.into_values() {
        absolute(cx, draft, told);
    }
    for told in base.volumes.into_values() {
        draft.container.named_volumes.push_told(cx, told);
    }
    // SG-VOL-09: overlays and images are compared with nothing here.
    for told in asked.overlays.into_values() {
        draft.container.overlay_volumes.push_told(cx, told);
    }
    for told in draft.working.request_image_volumes.take() {
        draft.container.image_volumes.push_told(cx, told);
    }
    cx.within(|| {
        let _all: [&(); 3] = [cx.see(&image), cx.see(&others), cx.see(&asked_for)];
        draft.working.user_mounts.settle(cx);
        draft.container.named_volumes.settle(cx);
    });
    cx.within(|| {
        asks(cx, &draft.working.request_overlays);
        let _conf: &Vec<Volume<'_>> = cx.see(&conf);
        draft.container.overlay_volumes.settle(cx);
    });
    cx.within(|| {
        asks(cx, &draft.working.request_image_volumes);
        draft.container.image_volumes.settle(cx);
    });
}

/// Opens all of a list, and which elements it has.
fn asks<T>(cx: &Cx<'_>, list: &List<T>) {
    let _all = list.all(cx);
}

/// SG-VOL-12: after the request's mounts all volumes; bind mounts from elsewhere are not among them.
pub(super) fn lists<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let to = &mut draft.container.user_volumes;
    destinations(cx, &draft.container.named_volumes, |v| &v.dest, to);
    destinations(cx, &draft.container.overlay_volumes, |v| &v.dest, to);
    destinations(cx, &draft.container.image_volumes, |v| &v.dest, to);
    cx.within(|| {
        asks(cx, &draft.working.request_mounts);
        asks(cx, &draft.container.named_volumes);
        asks(cx, &draft.container.overlay_volumes);
        asks(cx, &draft.container.image_volumes);
        to.settle(cx);
    });
}

fn destinations<'a, T>(
    cx: &Cx<'a>,
    from: &List<T>,
    destination: impl Fn(&T) -> &Text<'a>,
    to: &mut List<Text<'a>>,
) {
    for index in 0..from.len() {
        cx.within(|| {
            if let Some(item) = from.at(cx, index) {
                to.push(cx, Rule::SgVol12, || destination(item).clone());
            }
        });
    }
}

/// SG-VOL-11: the options of named volumes, which have no source yet.
pub(super) fn options<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    for index in 0..draft.container.named_volumes.len() {
        cx.within(|| {
            let Some(volume) = draft.container.named_volumes.at(cx, index) else { return };
            let given = volume.options.iter().cloned();
            match options::process(given, false, Defaults::WITHOUT_SOURCE) {
                Ok(options) => {
                    draft.container.named_volumes.amend(cx, Rule::SgVol11, index, |old| {
                        NamedVolumeMount {
                            name: old.name.clone(),
                            dest: old.dest.clone(),
                            options,
                            anonymous: old.anonymous,
                        }
                    });
                }
                Err(error) => {
                    let (name, destination) = (volume.name.as_ref(), volume.dest.as_ref());
                    let problem = Problem::VolumeOptions {
                        name: name.into(),
                        destination: destination.into(),
                        error,
                    };
                    draft.refuse(cx, Rule::SgOpt02, problem);
                }
            }
        });
    }
}

/// What has a place in the container.
trait Placed<'a>: Clone {
    /// Where, as spelled.
    fn place(&self) -> &Text<'a>;
    /// Says in the lists where it would have ended up why it is not there.
    fn lost(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, place: &str);
}

impl<'a> Placed<'a> for Mount<'a> {
    fn place(&self) -> &Text<'a> {
        &self.destination
    }

    fn lost(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, place: &str) {
        draft.spec.mounts.absent(cx, rule, place);
    }
}

impl<'a> Placed<'a> for NamedVolumeMount<'a> {
    fn place(&self) -> &Text<'a> {
        &self.dest
    }

    fn lost(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, place: &str) {
        draft.spec.mounts.absent(cx, rule, place);
        draft.container.named_volumes.absent(cx, rule, place);
        draft.container.user_volumes.absent(cx, rule, place);
    }
}

impl<'a> Placed<'a> for Overlay<'a> {
    fn place(&self) -> &Text<'a> {
        &self.dest
    }

    fn lost(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, place: &str) {
        draft.spec.mounts.absent(cx, rule, place);
        draft.container.overlay_volumes.absent(cx, rule, place);
        draft.container.user_volumes.absent(cx, rule, place);
    }
}

/// SG-VOL-06: the request's things of one kind, which keep the reasons they have.
fn request<'a, T: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    list: Vec<Caused<T>>,
    twice: impl Fn(String) -> Problem,
    into: &mut Places<'a, T>,
) {
    for told in list {
        // A closed look: where it lands decides nothing yet but its key.
        let place = told.open().0.place();
        if check_destination(place).is_err() {
            cx.within(|| {
                let _refused: Option<Text<'_>> = checked(cx, draft, cx.see(&told).place());
            });
            continue;
        }
        let key = clean(place);
        if let Some(first) = into.get(&key) {
            cx.within(|| {
                let _both: (&T, &T) = (cx.see(first), cx.see(&told));
                draft.refuse(cx, Rule::SgVol06, twice(key.into_owned()));
            });
        } else {
            into.insert(key, told);
        }
    }
}

/// SG-VOL-07: of containers.conf only what the request has nothing of its kind for.
fn add_conf<'a, T: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    conf: &Caused<Vec<Volume<'a>>>,
    kind: Kind,
    make: fn(&Volume<'a>) -> T,
    into: &mut Places<'a, T>,
) {
    for volume in cx.see(conf).iter().filter(|volume| volume.kind == kind) {
        let Some(key) = checked(cx, draft, &volume.destination) else { continue };
        match into.get(&key) {
            Some(other) => cx.within(|| {
                if cx.see(other).place() != &volume.destination {
                    T::lost(cx, draft, Rule::SgVol07, &volume.destination);
                }
            }),
            None => {
                into.insert(key, cx.decide(Rule::SgVol07, || make(volume)));
            }
        }
    }
}

/// The cleaned form of a destination that can be one.
fn checked<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, place: &Text<'a>) -> Option<Text<'a>> {
    match check_destination(place) {
        Ok(()) => Some(clean(place)),
        Err(error) => {
            draft.refuse(cx, Rule::SgVol06, Problem::Destination { error });
            None
        }
    }
}

/// Takes out of the base what is asked for as another kind.
fn across<'a, T: Placed<'a>, U: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    asked: &Places<'a, T>,
    base: &mut Places<'a, U>,
) {
    if base.is_empty() {
        return;
    }
    for (key, over) in asked {
        if let Some(under) = base.remove(key) {
            cx.within(|| {
                let _over: &T = cx.see(over);
                U::lost(cx, draft, Rule::SgVol08, cx.see(&under).place());
            });
        }
    }
}

/// Puts what is asked for over the base.
fn within<'a, T: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    asked: Places<'a, T>,
    base: &mut Places<'a, T>,
    asked_for: &Caused<()>,
) {
    for (key, under) in base.iter_mut() {
        if let Some(over) = asked.get(key) {
            cx.within(|| {
                let place = cx.see(under).place();
                if place != cx.see(over).place() {
                    T::lost(cx, draft, Rule::SgVol08, place);
                }
            });
        } else {
            *under = cx.decide(Rule::SgVol08, || {
                let _nothing: &() = cx.see(asked_for);
                cx.see(under).clone()
            });
        }
    }
    base.extend(asked);
}

/// SG-VOL-08: what is still in both is of the request and containers.conf, or of the image and another container.
fn conflicts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, base: &Found<'a>) {
    for (key, mount) in &base.mounts {
        let Some(volume) = base.volumes.get(key) else { continue };
        cx.within(|| {
            let _two: (&Mount<'_>, &NamedVolumeMount<'_>) = (cx.see(mount), cx.see(volume));
            let destination = key.as_ref().into();
            draft.refuse(cx, Rule::SgVol08, Problem::MountAndVolume { destination });
        });
    }
}

/// SG-VOL-10: the source of a bind mount is absolute and clean; an empty one is the engine's directory.
fn absolute<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, told: Caused<Mount<'a>>) {
    let Mount { kind, source, .. } = told.open().0;
    if kind != "bind" || (path::is_abs(source) && path::clean(source) == *source) {
        return draft.working.user_mounts.push_told(cx, told);
    }
    cx.within(|| {
        let mount = cx.see(&told);
        draft.working.user_mounts.push(cx, Rule::SgVol10, || Mount {
            source: if path::is_abs(&mount.source) {
                clean(&mount.source)
            } else {
                Cow::Owned(path::join(&[cx.facts().working_directory(), &mount.source]))
            },
            ..mount.clone()
        });
    });
}

#[cfg(test)]
mod tests;
