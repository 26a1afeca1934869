//! Tells of a named volume where it lies, and what is still to be done to it.

use crate::draft::{NamedVolumeMount, Text};
use crate::path;
use crate::provenance::Cx;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;

/// Driver options that concern no mount (LP-MNT-12).
const NO_MOUNT: [&str; 6] = ["UID", "GID", "SIZE", "NOQUOTA", "nocopy", "copy"];

/// What is known of a named volume.
#[derive(Clone, Debug)]
pub(super) struct Record<'a> {
    /// Its directory.
    pub(super) mountpoint: Text<'a>,
    /// Its driver or its options mount something there.
    pub(super) needs_mount: bool,
    /// What the image has at the destination may still be copied into it.
    pub(super) copy_up: bool,
    /// It has no owner of its own yet.
    pub(super) chown: bool,
}

/// Looks a volume up; `None` when the facts do not know it, which is noted.
pub(super) fn find<'a>(cx: &Cx<'a>, volume: &NamedVolumeMount<'a>) -> Option<Record<'a>> {
    let no_copy = volume.options.iter().any(|option| option == "nocopy");
    // A volume that `create` named is in no record; of any other its record tells, or its absence there.
    let named_by_us = volume.anonymous && cx.facts_record().volumes.get(&volume.name).is_none();
    let known = if named_by_us { None } else { Some(cx.facts().volume(&volume.name)?) };
    match known.filter(|known| known.exists) {
        Some(known) => {
            let local = matches!(known.driver.as_str(), "" | "local");
            let has = |key: &str| known.options.contains_key(key);
            Some(Record {
                // LP-MNT-15
                mountpoint: if local {
                    place(cx, volume, &known.mountpoint)
                } else {
                    Cow::Borrowed(&known.mountpoint)
                },
                needs_mount: !local || mounts(known.options.len(), has),
                // LP-MNT-11
                copy_up: known.needs_copy_up && !no_copy && !has("nocopy"),
                // LP-VOL-30: what a plugin provides is left alone.
                chown: known.needs_chown && (local || known.driver == "image"),
            })
        }
        None => {
            let driver = volume.options.iter().filter_map(|option| driver_key(option));
            let keys: BTreeSet<&str> = driver.collect();
            let has = |key: &str| keys.contains(key);
            Some(Record {
                mountpoint: place(cx, volume, known.map_or("", |known| &known.mountpoint)),
                needs_mount: mounts(keys.len(), has),
                copy_up: !no_copy && !has("nocopy"),
                chown: true,
            })
        }
    }
}

/// The directory of a local volume: as recorded, or where it will be made.
fn place<'a>(cx: &Cx<'a>, volume: &NamedVolumeMount<'a>, recorded: &'a str) -> Text<'a> {
    match recorded {
        "" => Cow::Owned(path::join(&[cx.facts().volume_path(), &volume.name, "_data"])),
        place => Cow::Borrowed(place),
    }
}

/// The key of `volume-opt=key=value`.
fn driver_key(option: &str) -> Option<&str> {
    option.strip_prefix("volume-opt=")?.split_once('=').map(|(key, _)| key)
}

/// LP-MNT-12: more options than those that concern no mount; where there is one of these, `o` comes with it.
fn mounts(options: usize, has: impl Fn(&str) -> bool) -> bool {
    let idle = NO_MOUNT.iter().filter(|key| has(key)).count();
    options > if idle == 0 { 0 } else { idle.saturating_add(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_a_mount_need_one() {
        // LP-MNT-12
        for (keys, wanted) in [
            (&[][..], false),
            (&["nocopy"], false),
            (&["UID", "GID", "o"], false),
            (&["o"], true),
            (&["device", "type"], true),
            // A quirk: one more for the missing `o`.
            (&["nocopy", "device"], false),
            (&["nocopy", "device", "o"], true),
        ] {
            assert_eq!(mounts(keys.len(), |key| keys.contains(&key)), wanted, "{keys:?}");
        }
    }

    #[test]
    fn driver_options_have_keys() {
        for (option, key) in
            [("volume-opt=type=tmpfs", Some("type")), ("volume-opt=x", None), ("rw", None)]
        {
            assert_eq!(driver_key(option), key);
        }
    }
}
