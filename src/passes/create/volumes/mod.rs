//! Brings together the volumes and user mounts of the request, the image, other containers and containers.conf (VOL).

mod guard;
mod make;
mod places;
mod sources;

pub(super) use make::create;
use places::Places;

use super::super::refer::clean;
use crate::draft::{Draft, Mount, NamedVolumeMount, Overlay, Text, Working};
use crate::mount::options::{self, Defaults};
use crate::mount::volume_string::{Kind, Volume, check_destination};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Caused, Cx, List};
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

/// How many mounts are added to the user's as a rule, by `create` and by a start.
const ADDED: usize = 24;

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
    let image = cx.read(|| sources::image(cx, draft, &mut base));
    let others = cx.read(|| sources::volumes_from(cx, draft, &mut base));
    // Read before the request in Podman: its refusals come first.
    let conf = sources::conf(cx, draft);

    // SG-VOL-12: of the mounts only these are asked for later.
    let to = &mut draft.container.user_volumes;
    destinations(cx, &draft.working.request_mounts, |m| &m.destination, to);
    let mut asked = Found::default();
    let twice = |destination| Problem::DuplicateMount { destination };
    asked.mounts = request(cx, draft, |w| &mut w.request_mounts, twice);
    cx.within(|| {
        asks(cx, &draft.working.request_mounts);
        add_conf(cx, draft, &conf, Kind::Bind, sources::bind, &mut asked.mounts);
    });
    let twice = |destination| Problem::DuplicateVolume { destination };
    asked.volumes = request(cx, draft, |w| &mut w.request_volumes, twice);
    cx.within(|| {
        asks(cx, &draft.working.request_volumes);
        add_conf(cx, draft, &conf, Kind::Named, sources::named, &mut asked.volumes);
    });
    asked.overlays = request(cx, draft, |w| &mut w.request_overlays, twice);
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
    // SG-VOL-08: what is still in both is of the request and containers.conf, or of the image and another container.
    let (keys, mut mounts) = base.mounts.into_lists();
    for (key, told) in keys.iter().zip(&mut mounts) {
        if let Some(volume) = base.volumes.get(key) {
            cx.within(|| {
                let _two: (&Mount<'_>, &NamedVolumeMount<'_>) = (cx.see(told), cx.see(volume));
                let destination = key.as_ref().into();
                draft.refuse(cx, Rule::SgVol08, Problem::MountAndVolume { destination });
            });
        }
        absolute(cx, told);
    }
    draft.working.user_mounts.append(mounts);
    draft.container.named_volumes.append(base.volumes.into_lists().1);
    // SG-VOL-09: overlays and images are compared with nothing here.
    draft.container.overlay_volumes.append(asked.overlays.into_lists().1);
    let images = draft.working.request_image_volumes.take(cx);
    for told in &images {
        cx.within(|| guard::destination(cx, draft, &cx.see(told).dest, "bind"));
    }
    draft.container.image_volumes.append(images);
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

/// SG-VOL-12: after the request's mounts; bind mounts from elsewhere are not among them.
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
    to.reserve(from.len());
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
            let given = volume.options.clone();
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
trait Placed<'a> {
    /// Where, as spelled.
    fn place(&self) -> &Text<'a>;
    /// Its type; volumes are bind mounts.
    #[expect(clippy::unnecessary_literal_bound, reason = "mounts give text of their own")]
    fn kind(&self) -> &str {
        "bind"
    }
    /// Says in the lists where it would have ended up why it is not there.
    fn lost(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, place: &str);
}

impl<'a> Placed<'a> for Mount<'a> {
    fn place(&self) -> &Text<'a> {
        &self.destination
    }

    fn kind(&self) -> &str {
        &self.kind
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

/// SG-VOL-06: the request's things of one kind.
fn request<'a, T: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    list: for<'d> fn(&'d mut Working<'a>) -> &'d mut List<T>,
    twice: impl Fn(String) -> Problem,
) -> Places<'a, T> {
    let items = list(&mut draft.working).take(cx);
    let mut places = Places::with_capacity(items.len(), ADDED);
    for mut told in items {
        let key = cx.renew(&mut told, Rule::SgVol06, |item| {
            guard::destination(cx, draft, item.place(), item.kind());
            checked(cx, draft, item.place())
        });
        let twice_at = key.and_then(|key| places.insert_new(key, told));
        if let Some((key, told)) = twice_at {
            cx.within(|| {
                let _two: (Option<&T>, &T) =
                    (places.get(&key).map(|first| cx.see(first)), cx.see(&told));
                draft.refuse(cx, Rule::SgVol06, twice(key.into_owned()));
            });
        }
    }
    places
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
    if base.is_empty() || asked.is_empty() {
        return;
    }
    base.retain(|key, under| {
        let over = asked.get(key);
        if let Some(over) = over {
            cx.within(|| {
                let _over: &T = cx.see(over);
                U::lost(cx, draft, Rule::SgVol08, cx.see(under).place());
            });
        }
        over.is_none()
    });
}

/// Puts what is asked for over the base.
fn within<'a, T: Placed<'a>>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    asked: Places<'a, T>,
    base: &mut Places<'a, T>,
    asked_for: &Caused<()>,
) {
    if base.is_empty() {
        *base = asked;
        return;
    }
    let (keys, items) = core::mem::take(base).into_lists();
    for (key, mut under) in keys.into_iter().zip(items) {
        if asked.get(&key).is_none() {
            cx.renew(&mut under, Rule::SgVol08, |_| {
                let _nothing: &() = cx.see(asked_for);
            });
        }
        base.insert(key, under);
    }
    let (keys, items) = asked.into_lists();
    for (key, over) in keys.into_iter().zip(items) {
        if let Some(under) = base.get(&key) {
            cx.within(|| {
                let place = cx.see(under).place();
                if place != cx.see(&over).place() {
                    T::lost(cx, draft, Rule::SgVol08, place);
                }
            });
        }
        base.insert(key, over);
    }
}

/// SG-VOL-10: the source of a bind mount is absolute and clean; an empty one is the engine's directory.
fn absolute<'a>(cx: &Cx<'a>, told: &mut Caused<Mount<'a>>) {
    let Mount { kind, source, .. } = told.open().0;
    if kind != "bind" || (path::is_abs(source) && path::is_clean(source)) {
        return;
    }
    cx.renew(told, Rule::SgVol10, |mount| {
        mount.source = if path::is_abs(&mount.source) {
            clean(&mount.source)
        } else {
            Cow::Owned(path::join(&[cx.facts().working_directory(), &mount.source]))
        };
    });
}

#[cfg(test)]
mod tests;
