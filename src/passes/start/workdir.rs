//! Has the working directory there, or makes it, or refuses (LP-WD).

use super::super::refer::clean;
use super::records;
use super::tree::{self, Stat};
use crate::draft::{Draft, Text};
use crate::facts::Errno;
use crate::path;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::user::chroot;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;

/// How many links in a row are tried before a working directory counts as missing.
const MAX_LINKS: usize = 41;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let wd = draft.spec.process.cwd.see(cx).cloned().unwrap_or(Cow::Borrowed("/"));
    // LP-WD-01
    if lies_on(cx, draft, &path::clean(&wd)) {
        return;
    }
    let root = cx.facts().mountpoint();
    let resolved = if path::is_abs(&wd) {
        // No part of it is a volume or mount, as was just seen.
        Some(Resolved { root: Cow::Borrowed(root), path: path::clean(&wd).into_owned() })
    } else {
        resolve(cx, draft, &Places::of(draft), root, &wd, &wd)
    };
    let Some(resolved) = resolved else { return };
    let create = draft.container.create_working_dir.see(cx) == Some(&true);
    let id = || String::from(cx.facts().id());
    let path = String::from(&*wd);
    // LP-WD-03
    let problem = match (tree::stat(cx, root, &resolved.on_host()), create) {
        // Where no directory can be made because a link is in the way, Podman takes "exists already" for success.
        (Stat::Directory, _) | (Stat::Absent { dangling: true }, true) => return,
        (Stat::Other, _) => Problem::WorkDirNoDirectory { path, id: id() },
        (Stat::Absent { dangling: false }, true) => return make(cx, draft, resolved),
        (Stat::Absent { .. }, false) => {
            if leads_somewhere(cx, draft, root, &wd, resolved.on_host()) {
                return;
            }
            Problem::WorkDirMissing { path, id: id() }
        }
        (Stat::Failed(errno), true) => Problem::WorkDirNotMade { id: id(), errno },
        (Stat::Failed(errno), false) => Problem::WorkDirUnknown { path, id: id(), errno },
    };
    draft.refuse(cx, Rule::LpWd03, problem);
}

/// LP-WD-03: makes it, for the user; the ids are those inside, which Podman does not map.
fn make<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, resolved: Resolved<'a>) {
    let user = draft.container.user.see(cx).cloned().unwrap_or_default();
    let text = |answer: Result<&'a String, Errno>| answer.ok().map(String::as_str);
    let (passwd, group) = (text(cx.facts().rootfs_passwd()), text(cx.facts().rootfs_group()));
    match chroot::owner(&user, passwd, group) {
        Ok((uid, gid)) => {
            let Resolved { root, path } = resolved;
            let effect = Effect::MakeWorkDir { root, path: Cow::Owned(path), uid, gid };
            draft.effect(cx, Rule::LpWd03, Stage::Init, effect);
        }
        Err(error) => {
            let (user, id) = (user.into_owned(), cx.facts().id().into());
            draft.refuse(cx, Rule::LpWd05, Problem::WorkDirOwner { user, id, error });
        }
    }
}

/// LP-WD-01: whether a clean path is a volume's or mount's, or below one, or above one; the root is above none.
fn lies_on(cx: &Cx<'_>, draft: &Draft<'_>, wd: &str) -> bool {
    let touches = |place: &str| {
        let place = path::clean(place);
        wd == place || path::is_below(wd, &place) || (wd != "/" && path::is_below(&place, wd))
    };
    draft.container.named_volumes.position(cx, |volume| touches(&volume.dest)).is_some()
        || draft.spec.mounts.position(cx, |mount| touches(&mount.destination)).is_some()
}

/// LP-WD-04: whether links lead to something that exists. What they say is read from the container's root, or from the working
/// directory, wherever the link lies; and the place on the host is compared with places in the container.
fn leads_somewhere<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    root: &'a str,
    wd: &str,
    mut at: String,
) -> bool {
    let mut places = None;
    for _ in 0..MAX_LINKS {
        let Some(text) = tree::link(cx, root, &at) else { return false };
        let places = places.get_or_insert_with(|| Places::of(draft));
        let Some(next) = resolve(cx, draft, places, root, wd, text) else { return false };
        at = next.on_host();
        let there = matches!(tree::stat(cx, root, &at), Stat::Directory | Stat::Other);
        if there || lies_on(cx, draft, &path::clean(&at)) {
            return true;
        }
    }
    false
}

/// A path of the container on the host: below the root filesystem, or below what is mounted there.
struct Resolved<'a> {
    root: Text<'a>,
    /// Absolute inside of that, and clean.
    path: String,
}

impl Resolved<'_> {
    fn on_host(&self) -> String {
        path::join(&[&self.root, &self.path])
    }
}

/// Where volumes and bind mounts land, as an index: what is found is opened.
struct Places<'a> {
    volumes: BTreeMap<Text<'a>, usize>,
    binds: BTreeMap<Text<'a>, usize>,
}

impl<'a> Places<'a> {
    fn of(draft: &Draft<'a>) -> Self {
        let mut places = Places { volumes: BTreeMap::new(), binds: BTreeMap::new() };
        for (index, volume) in draft.container.named_volumes.values().enumerate() {
            places.volumes.entry(clean(&volume.dest)).or_insert(index);
        }
        for (index, mount) in draft.spec.mounts.values().enumerate() {
            if mount.kind == "bind" {
                places.binds.entry(clean(&mount.destination)).or_insert(index);
            }
        }
        places
    }
}

/// LP-WD-02: the deepest volume or bind mount that a path lies on, else the root filesystem, its links unread.
fn resolve<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    places: &Places<'a>,
    root: &'a str,
    wd: &str,
    text: &str,
) -> Option<Resolved<'a>> {
    // Relative text is read from the working directory, even where it is that directory's own.
    let absolute =
        if path::is_abs(text) { path::clean(text) } else { path::join(&["/", wd, text]).into() };
    let inside = path::join(&["/", absolute.strip_prefix(root).unwrap_or(&absolute)]);
    let mut search: Text<'_> = Cow::Borrowed(&inside);
    loop {
        let rest = || {
            let rest = inside.strip_prefix(&*search).unwrap_or(&inside);
            path::join(&["/", rest])
        };
        if let Some(&at) = places.volumes.get(&*search) {
            let volume = draft.container.named_volumes.at(cx, at)?;
            let record = records::find(cx, volume)?;
            if record.mountpoint.is_empty() {
                let volume = volume.name.as_ref().into();
                draft.refuse(cx, Rule::LpWd02, Problem::WorkDirVolume { volume });
                return None;
            }
            return Some(Resolved { root: record.mountpoint, path: rest() });
        }
        if let Some(&at) = places.binds.get(&*search) {
            let source = draft.spec.mounts.at(cx, at)?.source.clone();
            return Some(Resolved { root: source, path: rest() });
        }
        if search == "/" {
            return Some(Resolved { root: Cow::Borrowed(root), path: absolute.into_owned() });
        }
        search = Cow::Owned(path::dir(&search).into_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::draft::NamedVolumeMount;
    use crate::facts::{Answer, Facts, FileKind, PathFacts, RootfsEntry, Volume};
    use crate::options::Profile;
    use crate::passes::refer::mount;
    use std::string::ToString;
    use std::{format, vec::Vec};

    fn facts(host: &[(&str, Option<FileKind>)]) -> Facts {
        let mut facts = Facts::default();
        facts.container.id = Some("ID".into());
        facts.container.mountpoint = Some("/mp".into());
        facts.rootfs.complete = true;
        facts.rootfs.passwd = Some(Answer::Is("app:x:5:6::/:/bin/sh\n".into()));
        facts.rootfs.group = Some(Answer::Error(Errno::ENOENT));
        let mut entry = |at: &str, kind: &str, target: &str| {
            let entry = RootfsEntry { kind: kind.into(), target: target.into() };
            facts.rootfs.paths.insert(at, entry);
        };
        for at in ["/etc", "/real", "/real/deep", "/real/deep/er"] {
            entry(at, "directory", "");
        }
        entry("/file", "file", "");
        for (at, target) in [
            ("/abs", "/real"),
            ("/rel", "real/deep"),
            ("/real/deep/up", ".."),
            ("/to-file", "file"),
            ("/nowhere", "/none"),
            ("/chain", "/abs"),
            ("/circle", "circle"),
            ("/out", "../mp/real"),
            ("/self", "/mp/real"),
        ] {
            entry(at, "link", target);
        }
        for &(path, kind) in host {
            let kind = kind.map_or(Answer::Error(Errno::ENOENT), Answer::Is);
            facts.paths.insert(path, PathFacts { kind: Some(kind), ..PathFacts::default() });
        }
        facts.volumes.insert(
            "v",
            Volume { exists: true, mountpoint: "/vols/v".into(), ..Volume::default() },
        );
        facts
    }

    /// What is made, or the refusal, or that nothing is asked.
    fn wd(wd: &'static str, create: bool, user: &'static str, facts: &Facts) -> String {
        let config = Config::default();
        let cx = Cx::new(&config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        draft.spec.process.cwd.set(&cx, Rule::SgWd01, || Cow::Borrowed(wd));
        draft.container.create_working_dir.set(&cx, Rule::SgWd01, || create);
        draft.container.user.set(&cx, Rule::SgUser01, || Cow::Borrowed(user));
        for at in ["/etc/hosts", "/srv/a/", "/deep/b"] {
            draft.spec.mounts.push(&cx, Rule::OcDefault01, || mount(at, "bind", "/src", &[]));
        }
        draft.container.named_volumes.push(&cx, Rule::SgVol06, || NamedVolumeMount {
            name: Cow::Borrowed("v"),
            dest: Cow::Borrowed("/data/v"),
            ..NamedVolumeMount::default()
        });
        run(&cx, &mut draft);
        assert!(!cx.misses(), "{wd}: {:?}", cx.finish().1);
        let made = draft.plan.iter().map(|step| match &step.effect {
            Effect::MakeWorkDir { root, path, uid, gid } => format!("{root} {path} {uid}:{gid}"),
            other => format!("{other:?}"),
        });
        let said = draft.refusals.iter().map(|refusal| refusal.problem.to_string());
        made.chain(said).collect::<Vec<_>>().join("; ")
    }

    #[test]
    fn the_table_of_the_page() {
        let host = [("/real", None), ("/none", None), ("/abs", None)];
        let missing = |wd: &str| format!("workdir {wd:?} does not exist on container ID");
        for (path, create, wanted) in [
            ("/", false, String::new()),
            ("/", true, String::new()),
            // On, below and above a mount or volume.
            ("/etc", false, String::new()),
            ("/srv/a/x/y", false, String::new()),
            ("/data", false, String::new()),
            ("/data/v", true, String::new()),
            ("/nope", false, missing("/nope")),
            ("/nope", true, "/mp /nope 0:0".into()),
            ("/real/x/y/", true, "/mp /real/x/y 0:0".into()),
            // A link that only the container's root makes good.
            ("/abs", false, String::new()),
            ("/abs", true, String::new()),
            ("/chain", false, String::new()),
            ("/nowhere", false, missing("/nowhere")),
            ("/nowhere", true, String::new()),
            ("/rel", false, String::new()),
            ("/rel/up", false, String::new()),
            ("/out", false, String::new()),
            ("/self", false, String::new()),
            (
                "/file",
                true,
                "workdir \"/file\" exists on container ID, but is not a directory".into(),
            ),
            (
                "/to-file",
                false,
                "workdir \"/to-file\" exists on container ID, but is not a directory".into(),
            ),
            (
                "/file/x",
                false,
                "detecting workdir \"/file/x\" on container ID: not a directory".into(),
            ),
            ("/file/x", true, "creating container ID workdir: not a directory".into()),
            (
                "/circle",
                false,
                "detecting workdir \"/circle\" on container ID: too many levels of symbolic links"
                    .into(),
            ),
            // Relative: taken from itself.
            ("rel", true, "/mp /rel/rel 0:0".into()),
            ("data", true, "/mp /data/data 0:0".into()),
        ] {
            let host = match path {
                "/out" => &[("/mp/real", Some(FileKind::Directory))][..],
                _ => &host,
            };
            assert_eq!(wd(path, create, "", &facts(host)), wanted, "{path} {create}");
        }
    }

    #[test]
    fn absolute_links_are_read_on_the_host() {
        // LP-WD-03: a quirk.
        for (kind, wanted) in [
            (FileKind::Directory, ""),
            (FileKind::File, "workdir \"/nowhere\" exists on container ID, but is not a directory"),
        ] {
            let facts = facts(&[("/none", Some(kind))]);
            assert_eq!(wd("/nowhere", false, "", &facts), wanted);
        }
        // Below a link to a directory of the host something can be made; below one to nothing it cannot.
        let there = facts(&[("/none", Some(FileKind::Directory)), ("/none/x", None)]);
        assert_eq!(wd("/nowhere/x", true, "", &there), "/mp /nowhere/x 0:0");
        let not = facts(&[("/none", None), ("/none/x", None)]);
        assert_eq!(wd("/nowhere/x", true, "", &not), "");
    }

    #[test]
    fn a_relative_one_can_lie_on_a_volume() {
        // LP-WD-02
        let host = facts(&[("/src/deep/b", None), ("/vols/v/data/v", None)]);
        assert_eq!(wd("deep/b", true, "", &host), "/src /deep/b 0:0");
        assert_eq!(wd("data/v", true, "", &host), "/vols/v /data/v 0:0");
    }

    #[test]
    fn the_user_owns_it() {
        let host = facts(&[]);
        assert_eq!(wd("/new", true, "app", &host), "/mp /new 5:6");
        assert_eq!(wd("/new", true, "77", &host), "/mp /new 77:0");
        assert_eq!(
            wd("/new", true, "ghost", &host),
            "looking up ghost inside of the container ID: determining run uid: user: unknown user error looking up user \"ghost\""
        );
    }
}
