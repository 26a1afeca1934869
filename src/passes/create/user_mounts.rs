//! Puts the user's mounts over the default ones, and gives mount options their normal form (SG-MNT-10, OPT).

use crate::draft::{Draft, Mount};
use crate::mount::options::{self, Defaults};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use alloc::vec::Vec;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let over = Over::of(draft);
    let defaults = draft.spec.mounts.take();
    // SG-MNT-10: the user's first.
    for index in 0..draft.working.user_mounts.len() {
        cx.within(|| {
            let Some(mount) = draft.working.user_mounts.at(cx, index) else { return };
            let done = normal(cx, mount);
            put(cx, draft, done);
        });
    }
    for (told, over) in defaults.into_iter().zip(over.0) {
        match over {
            Some(index) => cx.within(|| {
                // Where the user spelled it in another way, the default one is missing.
                let _over: Option<&Mount<'_>> = draft.working.user_mounts.at(cx, index);
                draft.spec.mounts.absent(cx, Rule::SgMnt10, &told.open().0.destination);
            }),
            None => default(cx, draft, told),
        }
    }
    // Whoever finds nothing at a place owes that to all mounts that could have been asked for.
    cx.within(|| {
        let _all = draft.working.user_mounts.all(cx);
        draft.spec.mounts.complete(cx);
    });
}

/// A default mount that stays. Of these only bind mounts have options that lack something.
fn default<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, told: Caused<Mount<'a>>) {
    if needs_options(told.open().0) {
        cx.within(|| {
            let done = normal(cx, cx.see(&told));
            put(cx, draft, done);
        });
    } else {
        draft.spec.mounts.push_told(cx, told);
    }
}

fn put<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, done: Result<Mount<'a>, Problem>) {
    match done {
        Ok(mount) => {
            let rule = if needs_options(&mount) { Rule::SgOpt03 } else { Rule::SgMnt10 };
            draft.spec.mounts.push(cx, rule, || mount);
        }
        Err(problem) => draft.refuse(cx, Rule::SgOpt02, problem),
    }
}

/// SG-OPT-01: other types keep their options unread, and so does a tmpfs at /dev.
fn needs_options(mount: &Mount<'_>) -> bool {
    match &*mount.kind {
        "bind" => true,
        "tmpfs" => path::clean(&mount.destination) != "/dev",
        _ => false,
    }
}

/// The mount with its options checked and completed.
fn normal<'a>(cx: &Cx<'a>, mount: &Mount<'a>) -> Result<Mount<'a>, Problem> {
    if !needs_options(mount) {
        return Ok(mount.clone());
    }
    let tmpfs = mount.kind == "tmpfs";
    let checked = options::check(mount.options.iter().cloned(), tmpfs).map_err(|error| {
        Problem::MountOptions { destination: mount.destination.as_ref().into(), error }
    })?;
    // SG-OPT-04: the kernel may insist on the flags of the source's filesystem.
    let defaults = if tmpfs || mount.source.is_empty() {
        Defaults::WITHOUT_SOURCE
    } else {
        let source = &*mount.source;
        let flags = cx.facts().path_answer(source, |p| p.statfs.as_ref());
        let flags = flags.map_err(|errno| Problem::MountSource { path: source.into(), errno })?;
        Defaults { noexec: flags.noexec, nosuid: flags.nosuid, nodev: flags.nodev }
    };
    Ok(Mount {
        destination: mount.destination.clone(),
        kind: mount.kind.clone(),
        source: mount.source.clone(),
        options: checked.complete(defaults),
    })
}

/// Which of the user's mounts takes the place of which default mount: by index, of the user's the first.
///
/// An index only: what is found is opened where it decides something. The few default mounts are looked for, not the user's many.
struct Over(Vec<Option<usize>>);

impl Over {
    fn of(draft: &Draft<'_>) -> Self {
        let defaults = draft.spec.mounts.values();
        let mut places: Vec<_> =
            defaults.enumerate().map(|(i, m)| (path::clean(&m.destination), i)).collect();
        places.sort_unstable();
        let mut over: Vec<Option<usize>> = places.iter().map(|_| None).collect();
        let mut dev = None;
        for (index, user) in draft.working.user_mounts.values().enumerate() {
            let place = path::clean(&user.destination);
            if place == "/dev" {
                dev = dev.or(Some(index));
            }
            // A rootless device may stand where a mount of the skeleton does.
            let first = places.partition_point(|(at, _)| *at < place);
            for (_, at) in places.iter().skip(first).take_while(|(at, _)| *at == place) {
                if let Some(over) = over.get_mut(*at) {
                    *over = over.or(Some(index));
                }
            }
        }
        // A mount at /dev hides what is below it as well, and no other does.
        if dev.is_some() {
            for (over, default) in over.iter_mut().zip(draft.spec.mounts.values()) {
                if default.destination.starts_with("/dev/") {
                    *over = over.or(dev);
                }
            }
        }
        Over(over)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::facts::{Answer, Errno, Facts, PathFacts, StatFs};
    use crate::options::Profile;
    use crate::passes::refer::mount;
    use std::string::{String, ToString};
    use std::{format, vec};

    fn facts() -> Facts {
        let mut facts = Facts::default();
        let mut path = |path: &str, statfs: Answer<StatFs>| {
            facts.paths.insert(path, PathFacts { statfs: Some(statfs), ..PathFacts::default() });
        };
        path("/srv/a", Answer::Is(StatFs::default()));
        path("/proc", Answer::Is(StatFs { nosuid: true, nodev: true, noexec: true, ro: false }));
        path("/none", Answer::Error(Errno::ENOENT));
        facts
    }

    /// Destination and options of each mount, and the words of each refusal.
    fn over<'a>(user: &[Mount<'a>], defaults: &[Mount<'a>]) -> (Vec<String>, Vec<String>) {
        let (config, facts) = (Config::default(), facts());
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        let owned = |m: &Mount<'_>| Mount {
            destination: m.destination.to_string().into(),
            kind: m.kind.to_string().into(),
            source: m.source.to_string().into(),
            options: m.options.iter().map(|o| o.to_string().into()).collect(),
        };
        for m in user {
            draft.working.user_mounts.push(&cx, Rule::SgVol06, || owned(m));
        }
        for m in defaults {
            draft.spec.mounts.push(&cx, Rule::OcDefault01, || owned(m));
        }
        run(&cx, &mut draft);
        let line = |m: &Mount<'_>| format!("{} {}", m.destination, m.options.join(","));
        let said = draft.refusals.iter().map(|d| d.problem.to_string()).collect();
        (draft.spec.mounts.values().map(line).collect(), said)
    }

    fn skeleton<'a>() -> Vec<Mount<'a>> {
        ["/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup"]
            .map(|at| mount(at, "x", "x", &["x"]))
            .into()
    }

    #[test]
    fn user_mounts_stand_first_and_replace_by_cleaned_destination() {
        let bind = |at: &'static str| mount(at, "bind", "/srv/a", &[]);
        for (user, wanted) in [
            // E-45
            (
                vec![bind("/x")],
                vec![
                    "/x rw,rprivate,rbind",
                    "/proc x",
                    "/dev x",
                    "/dev/pts x",
                    "/dev/mqueue x",
                    "/sys x",
                    "/sys/fs/cgroup x",
                ],
            ),
            // E-49
            (
                vec![bind("/dev/")],
                vec!["/dev/ rw,rprivate,rbind", "/proc x", "/sys x", "/sys/fs/cgroup x"],
            ),
            // E-50
            (
                vec![bind("/sys")],
                vec![
                    "/sys rw,rprivate,rbind",
                    "/proc x",
                    "/dev x",
                    "/dev/pts x",
                    "/dev/mqueue x",
                    "/sys/fs/cgroup x",
                ],
            ),
        ] {
            assert_eq!(
                over(&user, &skeleton()),
                (wanted.iter().map(ToString::to_string).collect(), vec![])
            );
        }
    }

    #[test]
    fn options_are_completed_by_type() {
        let tmpfs = |at: &'static str, options| mount(at, "tmpfs", "tmpfs", options);
        for (m, wanted) in [
            // E-46, E-47, SG-OPT-01, Q-21
            (mount("/x", "bind", "/srv/a", &["ro", "z", "U"]), "/x ro,z,U,rprivate,rbind"),
            (tmpfs("/x", &[]), "/x rw,rprivate,nosuid,nodev,tmpcopyup"),
            (tmpfs("/dev/", &["odd"]), "/dev/ odd"),
            (mount("/x", "", "/srv/a", &["odd"]), "/x odd"),
            // SG-MNT-08, SG-OPT-04
            (
                mount("/proc", "bind", "/proc", &["rbind", "nosuid", "noexec", "nodev"]),
                "/proc rbind,nosuid,noexec,nodev,rw,rprivate",
            ),
            (mount("/p", "bind", "/proc", &["exec"]), "/p exec,rw,rprivate,nosuid,nodev,rbind"),
        ] {
            // The user's and a default one alike.
            assert_eq!(over(core::slice::from_ref(&m), &[]), (vec![wanted.to_string()], vec![]));
            assert_eq!(over(&[], &[m]), (vec![wanted.to_string()], vec![]));
        }
    }

    #[test]
    fn refusals_read_as_podmans() {
        for (m, said) in [
            (mount("/x", "bind", "/none", &[]), "statfs /none: no such file or directory"),
            // Options are looked at before the source.
            (
                mount("/x", "bind", "/none", &["wat"]),
                "unknown mount option \"wat\": invalid mount option",
            ),
            (
                mount("/x", "tmpfs", "tmpfs", &["bind"]),
                "the 'bind' and 'rbind' options are not allowed with tmpfs mounts: invalid mount option",
            ),
        ] {
            assert_eq!(over(&[m], &[]), (vec![], vec![said.to_string()]));
        }
    }
}
