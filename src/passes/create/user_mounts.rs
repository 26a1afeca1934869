//! Puts the user's mounts over the default ones, and gives mount options their normal form (SG-MNT-10, OPT).

use super::super::refer::clean;
use crate::draft::{Draft, Mount, Text};
use crate::mount::options::{self, Defaults};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use alloc::vec::Vec;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mut users = draft.working.user_mounts.take(cx);
    let mut defaults = draft.spec.mounts.take(cx);
    let taken = Taken::of(&users);
    defaults.retain(|told| {
        let mount = told.open().0;
        let over = taken.over(mount).and_then(|index| users.get(index));
        if let Some(over) = over {
            cx.within(|| {
                // Where the user spelled it in another way, the default one is missing.
                let _over: &Mount<'_> = cx.see(over);
                draft.spec.mounts.absent(cx, Rule::SgMnt10, &mount.destination);
            });
        }
        over.is_none()
    });
    users.retain_mut(|told| complete(cx, draft, told, Rule::SgMnt10));
    // Of the default ones only bind mounts have options that lack something.
    defaults.retain_mut(|told| {
        !needs_options(told.open().0) || complete(cx, draft, told, Rule::SgOpt03)
    });
    // SG-MNT-10: the user's first.
    draft.spec.mounts.append(users);
    draft.spec.mounts.append(defaults);
    // Whoever finds nothing at a place owes that to all mounts that could have been asked for.
    cx.within(|| {
        let _all = draft.working.user_mounts.all(cx);
        draft.spec.mounts.settle(cx);
    });
}

/// SG-OPT-01: other types keep their options unread, and so does a tmpfs at /dev.
fn needs_options(mount: &Mount<'_>) -> bool {
    match &*mount.kind {
        "bind" => true,
        "tmpfs" => path::clean(&mount.destination) != "/dev",
        _ => false,
    }
}

/// Checks and completes the options of a mount in their place; `otherwise` is the rule for one whose options are left alone. Says whether
/// the mount is kept.
fn complete<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    told: &mut Caused<Mount<'a>>,
    otherwise: Rule,
) -> bool {
    let needs = needs_options(told.open().0);
    cx.renew(told, if needs { Rule::SgOpt03 } else { otherwise }, |mount| {
        let options = if needs { completed(cx, mount) } else { return true };
        match options {
            Ok(options) => mount.options = options,
            Err(problem) => {
                let source = matches!(problem, Problem::MountSource { .. });
                let rule = if source { Rule::SgOpt04 } else { Rule::SgOpt02 };
                draft.refuse(cx, rule, problem);
                return false;
            }
        }
        true
    })
}

fn completed<'a>(cx: &Cx<'a>, mount: &mut Mount<'a>) -> Result<Vec<Text<'a>>, Problem> {
    let tmpfs = mount.kind == "tmpfs";
    let given = core::mem::take(&mut mount.options);
    let checked = options::check(given, tmpfs).map_err(|error| Problem::MountOptions {
        destination: mount.destination.as_ref().into(),
        error,
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
    Ok(checked.complete(defaults))
}

/// Where the user has mounts: cleaned destinations in order, each with its index.
struct Taken<'a> {
    places: Vec<(Text<'a>, usize)>,
    /// The mount at /dev, which also hides what is below it.
    dev: Option<usize>,
}

impl<'a> Taken<'a> {
    /// An index only: the mount that is found is opened where it decides something.
    fn of(users: &[Caused<Mount<'a>>]) -> Self {
        let mounts = users.iter().map(|told| told.open().0);
        let mut places: Vec<_> =
            mounts.enumerate().map(|(i, m)| (clean(&m.destination), i)).collect();
        places.sort_unstable();
        let mut taken = Taken { places, dev: None };
        taken.dev = taken.at("/dev");
        taken
    }

    fn at(&self, destination: &str) -> Option<usize> {
        let found = self.places.binary_search_by(|(place, _)| (**place).cmp(destination)).ok()?;
        self.places.get(found).map(|&(_, index)| index)
    }

    /// The user's mount that takes a default mount's place. Nothing but /dev hides what is below it.
    fn over(&self, default: &Mount<'_>) -> Option<usize> {
        let below = || self.dev.filter(|_| default.destination.starts_with("/dev/"));
        self.at(&path::clean(&default.destination)).or_else(below)
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
