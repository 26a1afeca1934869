//! Reads the volumes that the request does not name: the image's, other containers', those of containers.conf, the init binary.

use super::super::super::refer::mount;
use super::{Found, Places, guard};
use crate::config::Field;
use crate::draft::{Draft, Mount, NamedVolumeMount, NsMode, Overlay, Text};
use crate::facts::{Dependency, Errno};
use crate::mount::volume_string::{Volume, check_destination, parse_all};
use crate::path;
use crate::problem::{Problem, WarningKind};
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::{format, string::String, vec::Vec};

/// Where the init binary is mounted.
const INIT: &str = "/run/podman-init";

/// The init binary where nobody says another.
const DEFAULT_INIT: &str = "/usr/libexec/podman/catatonit";

/// Options of the volumes that an image brings.
const IMAGE_OPTIONS: [&str; 4] = ["rprivate", "rw", "nodev", "exec"];

/// SG-VOL-01
pub(super) fn image<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, base: &mut Found<'a>) {
    // SG-IMG-01: with a root directory no image is asked.
    if cx.config().image().is_empty() || !cx.config().rootfs().is_empty() {
        return;
    }
    let Some(volumes) = cx.facts().image_volumes() else { return };
    let mode = cx.config().image_volume_mode();
    let is = |word: &str| mode.eq_ignore_ascii_case(word);
    for place in volumes.keys() {
        let given = place;
        let place = path::clean(place);
        if mode.is_empty() || is("anonymous") {
            guard::image_volume(cx, draft, given, "bind");
            let volume = cx.decide(Rule::SgVol01, || NamedVolumeMount {
                dest: place.clone(),
                options: IMAGE_OPTIONS.map(Cow::Borrowed).into(),
                ..NamedVolumeMount::default()
            });
            base.volumes.insert(place, volume);
        } else if is("tmpfs") {
            guard::image_volume(cx, draft, given, "tmpfs");
            let tmpfs = cx.decide(Rule::SgVol01, || Mount {
                destination: place.clone(),
                ..mount("", "tmpfs", "tmpfs", &IMAGE_OPTIONS)
            });
            base.mounts.insert(place, tmpfs);
        }
    }
}

/// SG-VOL-05: one container after the other; each takes the places of those before it.
pub(super) fn volumes_from<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, base: &mut Found<'a>) {
    // No scope for each: whoever comes later may have taken the place of one before.
    for from in cx.config().each(Field::VolumesFrom, |c| &c.volumes_from) {
        let from: &'a str = from.see(cx);
        let (name, options) = from.split_once(':').map_or((from, None), |(n, o)| (n, Some(o)));
        if let Err(problem) = options.map_or(Ok(()), check) {
            draft.refuse(cx, Rule::SgVol05, problem);
            continue;
        }
        let Some(donor) = cx.facts().container(name) else { continue };
        if donor.id.is_empty() {
            let problem = Problem::VolumesFromUnknown { name: name.into() };
            draft.refuse(cx, Rule::SgVol05, problem);
        } else {
            take_over(cx, draft, donor, options, base);
        }
    }
}

/// What a donor has: user mounts that are bind mounts, and all named volumes. The keys are the donor's own spelling: unlike a
/// request's they are not cleaned, so that an unclean one stays beside a request's.
fn take_over<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    donor: &'a Dependency,
    options: Option<&'a str>,
    base: &mut Found<'a>,
) {
    let own: BTreeSet<&str> = donor.user_volumes.iter().map(String::as_str).collect();
    let mut matched: BTreeSet<&str> = BTreeSet::new();
    let given = |old: &'a [String]| -> Vec<Text<'a>> {
        match options {
            Some(text) => text.split(',').map(Cow::Borrowed).collect(),
            None => old.iter().map(|o| Cow::Borrowed(o.as_str())).collect(),
        }
    };
    for m in donor.mounts.iter().filter(|m| m.kind == "bind") {
        if !own.contains(m.destination.as_str()) {
            continue;
        }
        matched.insert(&m.destination);
        guard::destination(cx, draft, &m.destination, &m.kind);
        let mount = cx.decide(Rule::SgVol05, || Mount {
            options: given(m.options.as_deref().unwrap_or_default()),
            ..mount(&m.destination, &m.kind, &m.source, &[])
        });
        base.mounts.insert(Cow::Borrowed(&m.destination), mount);
    }
    for v in &donor.named_volumes {
        matched.insert(&v.dest);
        if let Err(error) = check_destination(&v.dest) {
            return draft.refuse(cx, Rule::SgVol05, Problem::Destination { error });
        }
        guard::destination(cx, draft, &v.dest, "bind");
        let volume = cx.decide(Rule::SgVol05, || NamedVolumeMount {
            name: Cow::Borrowed(&v.name),
            dest: path::clean(&v.dest),
            options: given(&v.options),
            anonymous: false,
        });
        base.volumes.insert(Cow::Borrowed(&v.dest), volume);
    }
    for place in donor.user_volumes.iter().filter(|place| !matched.contains(place.as_str())) {
        let id = &donor.id;
        let words = format!("Unable to match volume {place} from container {id} for volumes-from");
        draft.warn(cx, Rule::SgVol05, WarningKind::Logged(words));
    }
}

/// Checks the options after a donor's name: `z` once, one of `ro` and `rw`.
fn check(options: &str) -> Result<(), Problem> {
    let (mut relabel, mut access) = (false, false);
    for option in options.split(',') {
        let seen = match option {
            "z" => &mut relabel,
            "ro" | "rw" => &mut access,
            _ => return Err(Problem::VolumesFromOption { option: option.into() }),
        };
        if core::mem::replace(seen, true) {
            return Err(Problem::VolumesFromTwice { option: option.into() });
        }
    }
    Ok(())
}

/// SG-VOL-07: the volumes of containers.conf, read.
pub(super) fn conf<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> Caused<Vec<Volume<'a>>> {
    cx.read(|| {
        let texts = cx.facts().conf_volumes().map_or(&[][..], Vec::as_slice);
        let relative = texts.iter().any(|text| text.starts_with('.'));
        let cwd = if relative { cx.facts().working_directory() } else { "" };
        let resolve = |source: &'a str| -> Result<Text<'a>, Errno> {
            let path = path::join(&[cwd, source]);
            let real = cx.facts().path_answer(&path, |p| p.real.as_ref())?;
            Ok(Cow::Borrowed(real.as_str()))
        };
        match parse_all(texts.iter().map(String::as_str), cwd, resolve) {
            Ok(volumes) => volumes,
            Err(error) => {
                draft.refuse(cx, Rule::SgVol07, Problem::ConfVolume { error });
                Vec::new()
            }
        }
    })
}

/// A bind mount of containers.conf.
pub(super) fn bind<'a>(volume: &Volume<'a>) -> Mount<'a> {
    Mount {
        destination: volume.destination.clone(),
        kind: Cow::Borrowed("bind"),
        source: volume.source.clone(),
        options: options(volume),
    }
}

/// A named volume of containers.conf.
pub(super) fn named<'a>(volume: &Volume<'a>) -> NamedVolumeMount<'a> {
    NamedVolumeMount {
        name: volume.source.clone(),
        dest: volume.destination.clone(),
        options: options(volume),
        anonymous: false,
    }
}

/// An overlay of containers.conf.
pub(super) fn overlay<'a>(volume: &Volume<'a>) -> Overlay<'a> {
    Overlay {
        dest: volume.destination.clone(),
        source: volume.source.clone(),
        options: options(volume),
    }
}

fn options<'a>(volume: &Volume<'a>) -> Vec<Text<'a>> {
    volume.options.iter().map(|o| Cow::Borrowed(*o)).collect()
}

/// SG-INIT-01, -02, -03
pub(super) fn init<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, mounts: &mut Places<'a, Mount<'a>>) {
    if !*cx.config().init() {
        return;
    }
    let mut path: &'a str = cx.config().init_path();
    if path.is_empty() {
        path = cx.facts().conf_init_path().map_or(DEFAULT_INIT, String::as_str);
    }
    let private = |draft: &Draft<'_>| {
        draft.working.pidns.see(cx).is_some_and(|choice| choice.mode == NsMode::Private)
    };
    let problem = if path.is_empty() {
        Problem::InitPathEmpty
    } else if !private(draft) {
        Problem::InitPidns
    } else if cx.config().systemd().0 == "always" {
        Problem::InitSystemd
    } else if cx.facts().path_answer(path, |p| p.kind.as_ref()) == Err(Errno::ENOENT) {
        // Only what is missing is refused: a binary that cannot be looked at may still be mounted.
        Problem::InitMissing { path: path.into(), errno: Errno::ENOENT }
    } else if let Some(other) = mounts.get(INIT) {
        let _taken: &Mount<'_> = cx.see(other);
        return draft.refuse(cx, Rule::SgInit03, Problem::InitPlaceTaken);
    } else {
        let new = cx.decide(Rule::SgInit03, || mount(INIT, "bind", path, &["bind", "ro"]));
        mounts.insert(Cow::Borrowed(INIT), new);
        return;
    };
    draft.refuse(cx, Rule::SgInit02, problem);
}
