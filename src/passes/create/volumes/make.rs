//! Makes the volumes that do not exist yet, and names those that have no name (SG-VOL-11).

use super::super::super::refer::{random_name, root_ids};
use crate::draft::{Draft, NamedVolumeMount, Text};
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

/// Keys of driver options that local volumes have, in any case.
const LOCAL_KEYS: [&str; 10] =
    ["o", "type", "device", "uid", "gid", "size", "inodes", "noquota", "copy", "nocopy"];

pub(in super::super) fn create<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // Which random name is whose depends on which volumes there are.
    cx.within(|| {
        draft.container.named_volumes.count(cx);
        draft.working.names_taken.set(cx, Rule::SgVol11, || 0);
    });
    // A volume that two destinations share is made once.
    let mut made: BTreeSet<Text<'a>> = BTreeSet::new();
    for index in 0..draft.container.named_volumes.len() {
        cx.within(|| {
            let Some(volume) = draft.container.named_volumes.at(cx, index) else { return };
            let (name, options) = (volume.name.clone(), driver_options(&volume.options));
            let mut anonymous = volume.anonymous;
            let name = if name.is_empty() {
                anonymous = true;
                match give_name(cx, draft, index) {
                    Some(name) => name,
                    None => return,
                }
            } else if !is_name(&name) {
                let problem = Problem::VolumeName { name: name.into_owned() };
                return draft.refuse(cx, Rule::SgVol11, problem);
            } else if made.contains(&name)
                || cx.facts().volume(&name).is_none_or(|volume| volume.exists)
            {
                return;
            } else {
                name
            };
            let options = match options.and_then(|options| local(cx, &name, options)) {
                Ok(options) => options,
                Err(problem) => return draft.refuse(cx, Rule::SgVol11, problem),
            };
            let (uid, gid) = root_ids(cx, draft);
            made.insert(name.clone());
            let effect = Effect::CreateVolume { name, uid, gid, anonymous, options };
            draft.effect(cx, Rule::SgVol11, Stage::Storage, effect);
        });
    }
}

/// A volume without a name gets a random one.
fn give_name<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, index: usize) -> Option<Text<'a>> {
    let name = random_name(cx, draft, Rule::SgVol11)?;
    draft.container.named_volumes.amend(cx, Rule::SgVol11, index, |old| NamedVolumeMount {
        name: Cow::Borrowed(name),
        anonymous: true,
        ..old.clone()
    });
    Some(Cow::Borrowed(name))
}

/// `[a-zA-Z0-9][a-zA-Z0-9_.-]*`
fn is_name(name: &str) -> bool {
    let mut letters = name.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphanumeric())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}

/// The `key=value` of each `volume-opt=key=value`, by key; of one key the last.
fn driver_options<'a>(options: &[Text<'a>]) -> Result<Vec<Text<'a>>, Problem> {
    let given = options.iter().rev().filter(|option| option.starts_with("volume-opt"));
    let mut read: Vec<Text<'a>> = given
        .map(|option| after_equals(option).filter(|rest| rest.contains('=')).ok_or(option))
        .collect::<Result<_, _>>()
        .map_err(|option| Problem::VolumeDriverOption { option: option.as_ref().into() })?;
    read.sort_by(|a, b| key(a).cmp(key(b)));
    read.dedup_by(|later, kept| key(later) == key(kept));
    Ok(read)
}

fn after_equals<'a>(option: &Text<'a>) -> Option<Text<'a>> {
    match option {
        Cow::Borrowed(text) => text.split_once('=').map(|(_, rest)| Cow::Borrowed(rest)),
        Cow::Owned(text) => text.split_once('=').map(|(_, rest)| Cow::Owned(rest.into())),
    }
}

fn key(option: &str) -> &str {
    option.split_once('=').map_or(option, |(key, _)| key)
}

fn value(option: &str) -> &str {
    option.split_once('=').map_or("", |(_, value)| value)
}

/// Checks the options of a local volume, which is what every volume is that is made this way.
fn local<'a>(cx: &Cx<'a>, name: &str, options: Vec<Text<'a>>) -> Result<Vec<Text<'a>>, Problem> {
    let is_bind = || {
        let kind = options.iter().find(|option| key(option) == "type");
        kind.is_some_and(|option| value(option).eq_ignore_ascii_case("bind"))
    };
    for option in &options {
        let key = key(option);
        if !LOCAL_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known)) {
            return Err(Problem::VolumeDriverKey { name: name.into(), key: key.into() });
        }
        if key.eq_ignore_ascii_case("device") && is_bind() {
            let path = value(option);
            if let Err(errno) = cx.facts().path_answer(path, |p| p.kind.as_ref()) {
                let (name, path) = (name.into(), path.into());
                return Err(Problem::VolumeDevice { name, path, errno });
            }
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::{String, ToString};

    #[test]
    fn volume_names_are_checked() {
        // Recorded from Podman 4.3.1: `bad/name`.
        for (name, good) in [
            ("v1", true),
            ("0", true),
            ("a_.-B", true),
            ("bad/name", false),
            ("-a", false),
            ("_a", false),
            ("ä", false),
        ] {
            assert_eq!(is_name(name), good, "{name}");
        }
    }

    #[test]
    fn driver_options_are_told_by_key() {
        let read = |options: &[&'static str]| {
            let options: Vec<Text<'static>> = options.iter().map(|o| Cow::Borrowed(*o)).collect();
            driver_options(&options).map(|all| all.join(" ")).map_err(|problem| problem.to_string())
        };
        // each comes twice.
        assert_eq!(
            read(&["volume-opt=type=tmpfs", "volume-opt=type=tmpfs", "rw", "volume-opt=o=a=b"]),
            Ok(String::from("o=a=b type=tmpfs"))
        );
        assert_eq!(read(&["volume-opt=o=1", "volume-opt=o=2"]), Ok(String::from("o=2")));
        for bad in ["volume-opt", "volume-opt=o"] {
            assert!(read(&[bad]).unwrap_err().contains(bad));
        }
    }
}
