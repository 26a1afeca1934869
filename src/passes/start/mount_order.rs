//! Orders mounts by depth, follows links in tmpfs destinations, and gives the root its propagation (LP-SORT, LP-PROP).

use crate::draft::{Draft, Mount, Text};
use crate::path::depth;
use crate::path::secure_join::{Link, secure_join};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::convert::Infallible;

/// LP-SORT-01, -02: stable, where Podman's order of equals is chance.
pub(super) fn sort<'a>(_cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.spec.mounts.sort_by_key(|mount| depth(&mount.destination));
}

/// LP-SORT-03: only after sorting, so that a mount stays in its place whatever its destination turns out to be.
pub(super) fn tmpfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // A closed look: a mount of another type owes this to its own type.
    let mounts = draft.spec.mounts.values().enumerate();
    let found: Vec<usize> = mounts.filter(|(_, m)| m.kind == "tmpfs").map(|(i, _)| i).collect();
    for index in found {
        cx.within(|| {
            let Some(mount) = draft.spec.mounts.at(cx, index) else { return };
            let joined = secure_join(&mount.destination, |at| {
                Ok::<_, Infallible>(match cx.facts().rootfs_entry(at) {
                    None => Link::Absent,
                    Some(entry) if entry.kind == "link" => Link::To(&entry.target),
                    Some(_) => Link::NotLink,
                })
            });
            let Ok(destination) = joined else {
                let destination = mount.destination.as_ref().into();
                return draft.refuse(cx, Rule::LpSort03, Problem::TmpfsLoop { destination });
            };
            draft.spec.mounts.amend(cx, Rule::LpSort03, index, |old| Mount {
                destination: if destination == "/" {
                    // Podman takes the root's own path off, and nothing is left.
                    Cow::Borrowed("")
                } else if destination == old.destination {
                    old.destination.clone()
                } else {
                    Cow::Owned(destination)
                },
                ..old.clone()
            });
        });
    }
}

/// LP-PROP-01: `shared` before `rslave`; otherwise what is stored stays.
pub(super) fn propagation<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mounts = &draft.spec.mounts;
    let has = |mount: &Mount<'a>, words: [&str; 2]| {
        mount.options.iter().any(|option: &Text<'a>| words.contains(&&**option))
    };
    let value = if mounts.position(cx, |m| has(m, ["shared", "rshared"])).is_some() {
        "shared"
    } else if mounts.position(cx, |m| has(m, ["slave", "rslave"])).is_some() {
        "rslave"
    } else {
        return;
    };
    draft.spec.rootfs_propagation.set(cx, Rule::LpProp01, || Cow::Borrowed(value));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::facts::{Facts, RootfsEntry};
    use crate::options::Profile;
    use crate::passes::refer::mount;
    use std::string::{String, ToString};

    fn after(
        mounts: &[(&'static str, &'static str, &'static [&'static str])],
        links: &[(&str, &str)],
        stored: &'static str,
    ) -> (Vec<String>, String, usize) {
        let mut facts = Facts::default();
        facts.rootfs.complete = true;
        for (at, target) in links {
            let entry = RootfsEntry { kind: "link".into(), target: (*target).into() };
            facts.rootfs.paths.insert(*at, entry);
        }
        let config = Config::default();
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        for &(at, kind, options) in mounts {
            draft.spec.mounts.push(&cx, Rule::OcDefault01, || mount(at, kind, "s", options));
        }
        if !stored.is_empty() {
            draft.spec.rootfs_propagation.set(&cx, Rule::OcDefault01, || Cow::Borrowed(stored));
        }
        for pass in [sort, tmpfs, propagation] {
            pass(&cx, &mut draft);
            cx.end_pass();
        }
        (
            draft.spec.mounts.values().map(|m| m.destination.to_string()).collect(),
            draft.spec.rootfs_propagation.value().map_or_else(String::new, ToString::to_string),
            draft.refusals.len(),
        )
    }

    #[test]
    fn depth_decides_and_equals_keep_their_order() {
        // LP-SORT-01, and the destinations of the golden case.
        let at = |d| (d, "bind", &[][..]);
        let (order, ..) = after(
            &[
                at("/sys/fs/cgroup"),
                at("/dev/shm/"),
                at("/a"),
                at("a/b"),
                at("/"),
                at("/etc/hosts"),
                at("rel"),
                at("/x/../y"),
            ],
            &[],
            "",
        );
        assert_eq!(
            order,
            ["rel", "/a", "a/b", "/", "/x/../y", "/dev/shm/", "/etc/hosts", "/sys/fs/cgroup"]
        );
    }

    #[test]
    fn links_in_tmpfs_destinations_are_followed_after_sorting() {
        // LP-SORT-03
        let (order, _, refused) = after(
            &[
                ("/lnk/x", "tmpfs", &[]),
                ("/data/t", "tmpfs", &[]),
                ("/lnk/y", "bind", &[]),
                ("/a/../b/", "tmpfs", &[]),
                ("/", "tmpfs", &[]),
                ("/deep", "tmpfs", &[]),
            ],
            &[("/lnk", "/data"), ("/deep", "/one/two/three")],
            "",
        );
        assert_eq!(order, ["/b", "", "/one/two/three", "/data/x", "/data/t", "/lnk/y"]);
        assert_eq!(refused, 0);
        let (.., refused) = after(&[("/l", "tmpfs", &[])], &[("/l", "l")], "");
        assert_eq!(refused, 1);
    }

    #[test]
    fn shared_comes_before_slave() {
        // LP-PROP-01
        let at = |options| ("/x", "bind", options);
        for (mounts, stored, wanted) in [
            (&[at(&["rprivate"][..])][..], "", ""),
            (&[at(&["rshared"])], "", "shared"),
            (&[at(&["slave"])], "", "rslave"),
            (&[at(&["slave"]), at(&["shared"])], "", "shared"),
            (&[at(&["rshared"]), at(&["rslave"])], "", "shared"),
            (&[], "rprivate", "rprivate"),
            (&[at(&["rw", "rslave"])], "rprivate", "rslave"),
        ] {
            assert_eq!(after(mounts, &[], stored).1, wanted);
        }
    }
}
