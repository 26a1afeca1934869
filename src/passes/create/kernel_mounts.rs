//! Makes the mounts of /proc, /dev, /sys and the cgroup tree, as user and network namespaces allow (MNT).

use super::super::refer::mount;
use super::namespaces::{can_mount_sys, in_userns};
use crate::config::IdMapping;
use crate::draft::{Draft, Mount, NsChoice, NsMode};
use crate::path;
use crate::problem::Problem;
use crate::provenance::{Caused, Cx, Slot};
use crate::rules::Rule;
use alloc::borrow::Cow;

const CGROUP: &str = "/sys/fs/cgroup";

/// The group that terminals belong to: `tty` nearly everywhere.
const TTY: u64 = 5;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // First of all in Podman, so that its panic comes before any other refusal of these.
    let unmasked = cx.decide(Rule::SgMnt06, || cgroup_unmasked(cx, draft));
    skeleton(cx, draft);
    let fresh = cx.decide(Rule::SgMnt01, || can_mount_sys(cx, draft));
    cx.within(|| sys(cx, draft, &fresh));
    cx.within(|| terminals(cx, draft));
    cx.within(|| message_queues(cx, draft));
    cx.within(|| processes(cx, draft));
    cx.within(|| cgroup(cx, draft, &fresh, &unmasked));
}

/// SG-MNT-11: over whatever stands at /proc, unread, even over a bind mount of the user's.
pub(super) fn procfs<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(options) = cx.config().procfs_opts() else { return };
    if let Some(at) = draft.spec.mounts.find(cx, "/proc") {
        draft.spec.mounts.amend(cx, Rule::SgMnt11, at, |old| Mount {
            destination: old.destination.clone(),
            kind: old.kind.clone(),
            source: old.source.clone(),
            options: options.iter().map(|o| Cow::Borrowed(o.as_str())).collect(),
        });
    }
}

/// What every spec starts from. The skeleton's /dev/shm is not among it: that one is made anew at every start.
fn skeleton<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mounts: [(&str, &str, &str, &[&str]); 5] = [
        ("/proc", "proc", "proc", &["nosuid", "noexec", "nodev"]),
        ("/dev", "tmpfs", "tmpfs", &["nosuid", "noexec", "strictatime", "mode=755", "size=65536k"]),
        (
            "/dev/pts",
            "devpts",
            "devpts",
            &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
        ),
        ("/dev/mqueue", "mqueue", "mqueue", &["nosuid", "noexec", "nodev"]),
        ("/sys", "sysfs", "sysfs", &["nosuid", "noexec", "nodev", "ro"]),
    ];
    for (destination, kind, source, options) in mounts {
        draft.spec.mounts.push(cx, Rule::OcDefault01, || mount(destination, kind, source, options));
    }
}

/// Takes a default mount out and puts another at the end: what is replaced changes its place.
fn replace<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule, new: Mount<'a>) {
    if let Some(at) = draft.spec.mounts.find(cx, &new.destination) {
        draft.spec.mounts.remove(cx, rule, at);
    }
    draft.spec.mounts.push(cx, rule, || new);
}

/// SG-MNT-02, -03, -04, HD-SYS-01.
fn sys<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, fresh: &Caused<bool>) {
    let privileged = *cx.config().privileged();
    if *cx.see(fresh) {
        if privileged {
            let options = ["rprivate", "nosuid", "noexec", "nodev", "rw"];
            replace(cx, draft, Rule::SgMnt02, mount("/sys", "sysfs", "sysfs", &options));
        }
        return;
    }
    let access = if privileged { "rw" } else { "ro" };
    let options = ["rprivate", "nosuid", "noexec", "nodev", access, "rbind"];
    replace(cx, draft, Rule::SgMnt03, mount("/sys", "bind", "/sys", &options));
    if privileged {
        return;
    }
    // SG-MNT-04, HD-SYS-01: before all other masked paths, and out of reach of `unmask`.
    let rootless = cx.facts().rootless();
    if rootless || cx.hardened() {
        let rule = if rootless { Rule::SgMnt04 } else { Rule::HdSys01 };
        draft.spec.masked_paths.push(cx, rule, || Cow::Borrowed("/sys/kernel"));
    }
}

/// SG-MNT-05: the kernel refuses a group that is not mapped.
fn terminals<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mut available = true;
    if cx.facts().rootless() {
        match cx.facts().gid_map() {
            // Five groups are taken for enough, though 0 to 5 are six.
            Ok(ranges) => {
                available =
                    ranges.iter().fold(0, |n: u64, r| n.saturating_add(r.count.into())) >= TTY;
            }
            Err(errno) => {
                return draft.refuse(cx, Rule::SgMnt05, Problem::IdMapUnknown { errno });
            }
        }
    }
    if available {
        let mappings = draft.working.id_mappings.see(cx).and_then(Option::as_ref);
        available = mappings.is_none_or(|m| covers_tty(&m.gid_map));
    }
    if !available {
        let options = ["rprivate", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
        replace(cx, draft, Rule::SgMnt05, mount("/dev/pts", "devpts", "devpts", &options));
    }
}

/// Whether group 5 is mapped; no mappings map everything.
fn covers_tty(maps: &[IdMapping]) -> bool {
    let covers = |map: &IdMapping| {
        let first = u64::from(map.container_id);
        first <= TTY && TTY < first.saturating_add(map.size.into())
    };
    maps.is_empty() || maps.iter().any(covers)
}

/// SG-MNT-07
fn message_queues<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if is_host(cx, &draft.working.ipcns) && in_userns(cx, draft) {
        let options = ["bind", "nosuid", "noexec", "nodev"];
        let new = mount("/dev/mqueue", "bind", "/dev/mqueue", &options);
        replace(cx, draft, Rule::SgMnt07, new);
    }
}

/// SG-MNT-08
fn processes<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if is_host(cx, &draft.working.pidns) && in_userns(cx, draft) {
        let options = ["rbind", "nosuid", "noexec", "nodev"];
        replace(cx, draft, Rule::SgMnt08, mount("/proc", "bind", "/proc", &options));
    }
}

fn is_host(cx: &Cx<'_>, namespace: &Slot<NsChoice<'_>>) -> bool {
    namespace.see(cx).is_some_and(|choice| choice.mode == NsMode::Host)
}

/// SG-MNT-06: whether `unmask` makes the cgroup tree writable.
fn cgroup_unmasked<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> bool {
    // An error counts as v1.
    if cx.facts().cgroup_unified() != Ok(&true) {
        return false;
    }
    let Some(unmask) = cx.config().unmask() else { return false };
    match unmask.first() {
        // Podman looks at the first of none, and panics.
        None => {
            draft.refuse(cx, Rule::SgMnt06, Problem::UnmaskEmpty);
            false
        }
        // only in the first place, only in capitals.
        Some(first) => first == "ALL" || unmask.iter().any(|path| path::clean(path) == CGROUP),
    }
}

/// SG-MNT-06; with the host's /sys its cgroup tree has come along (SG-MNT-03).
fn cgroup<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, fresh: &Caused<bool>, unmasked: &Caused<bool>) {
    if !*cx.see(fresh) {
        return draft.spec.mounts.absent(cx, Rule::SgMnt03, CGROUP);
    }
    draft.spec.mounts.push(cx, Rule::SgMnt06, || {
        let writable = *cx.see(unmasked) || *cx.config().privileged();
        let access = if writable { "rw" } else { "ro" };
        let options = ["rprivate", "nosuid", "noexec", "nodev", "relatime", access];
        mount(CGROUP, "cgroup", "cgroup", &options)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::facts::{Answer, Facts, IdRangeText};
    use crate::options::Profile;
    use std::vec::Vec;
    use std::{format, string::String};

    /// The mounts after the pass, one a line.
    fn mounts(
        config: &Config,
        facts: &Facts,
        prepare: impl FnOnce(&Cx<'_>, &mut Draft<'_>),
    ) -> (Vec<String>, Vec<String>, usize) {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        prepare(&cx, &mut draft);
        run(&cx, &mut draft);
        cx.end_pass();
        procfs(&cx, &mut draft);
        let line = |m: &Mount<'_>| {
            format!("{} {} {} {}", m.destination, m.kind, m.source, m.options.join(","))
        };
        (
            draft.spec.mounts.values().map(line).collect(),
            draft.spec.masked_paths.values().map(|p| String::from(&**p)).collect(),
            draft.refusals.len(),
        )
    }

    fn host(rootless: bool, unified: bool) -> Facts {
        let mut facts = Facts::default();
        facts.host.rootless = Some(rootless);
        facts.host.cgroup_unified = Some(Answer::Is(unified));
        let all = IdRangeText { id: 0, parent: 0, count: 65536 };
        facts.host.gid_map = Some(Answer::Is(std::vec![all]));
        facts
    }

    fn modes(
        userns: NsMode,
        netns: NsMode,
        pidns: NsMode,
        ipcns: NsMode,
    ) -> impl FnOnce(&Cx<'_>, &mut Draft<'_>) {
        move |cx, draft| {
            let set = |slot: &mut Slot<NsChoice<'_>>, mode| {
                slot.set(cx, Rule::SgNs01, || NsChoice { mode, ..NsChoice::default() });
            };
            set(&mut draft.working.userns, userns);
            set(&mut draft.working.netns, netns);
            set(&mut draft.working.pidns, pidns);
            set(&mut draft.working.ipcns, ipcns);
        }
    }

    const DEFAULT: [NsMode; 4] = [NsMode::Host, NsMode::Bridge, NsMode::Private, NsMode::Shareable];

    fn places(lines: &[String]) -> Vec<&str> {
        lines.iter().map(|l| l.split(' ').next().unwrap()).collect()
    }

    #[test]
    fn a_default_container_has_the_skeleton() {
        // E-01, E-26
        let [u, n, p, i] = DEFAULT;
        for unified in [false, true] {
            let (lines, masked, refused) =
                mounts(&Config::default(), &host(false, unified), modes(u, n, p, i));
            assert_eq!(
                lines,
                [
                    "/proc proc proc nosuid,noexec,nodev",
                    "/dev tmpfs tmpfs nosuid,noexec,strictatime,mode=755,size=65536k",
                    "/dev/pts devpts devpts nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5",
                    "/dev/mqueue mqueue mqueue nosuid,noexec,nodev",
                    "/sys sysfs sysfs nosuid,noexec,nodev,ro",
                    "/sys/fs/cgroup cgroup cgroup rprivate,nosuid,noexec,nodev,relatime,ro",
                ]
            );
            assert!(masked.is_empty() && refused == 0);
        }
    }

    #[test]
    fn privileged_makes_sys_and_cgroups_writable() {
        // E-10
        let [u, n, p, i] = DEFAULT;
        let config = Config { privileged: true, ..Config::default() };
        let (lines, ..) = mounts(&config, &host(false, false), modes(u, n, p, i));
        assert_eq!(lines[4], "/sys sysfs sysfs rprivate,nosuid,noexec,nodev,rw");
        assert_eq!(
            lines[5],
            "/sys/fs/cgroup cgroup cgroup rprivate,nosuid,noexec,nodev,relatime,rw"
        );
    }

    #[test]
    fn on_the_hosts_network_in_a_user_namespace_sys_is_bound() {
        // E-29
        let map = |size| IdMapping { container_id: 0, host_id: 100_000, size };
        let config = Config { privileged: true, ..Config::default() };
        let with_maps = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            modes(NsMode::Private, NsMode::Host, NsMode::Private, NsMode::Shareable)(cx, draft);
            draft.working.id_mappings.set(cx, Rule::SgUns04, || {
                Some(crate::draft::IdMappingsChoice {
                    gid_map: Cow::Owned(std::vec![map(5)]),
                    ..Default::default()
                })
            });
        };
        let (lines, ..) = mounts(&config, &host(false, false), with_maps);
        assert_eq!(places(&lines), ["/proc", "/dev", "/dev/mqueue", "/sys", "/dev/pts"]);
        assert_eq!(lines[3], "/sys bind /sys rprivate,nosuid,noexec,nodev,rw,rbind");
        assert_eq!(
            lines[4],
            "/dev/pts devpts devpts rprivate,nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"
        );
        // E-38
        let (lines, masked, _) = mounts(
            &Config::default(),
            &host(true, false),
            modes(NsMode::Host, NsMode::Host, NsMode::Private, NsMode::Shareable),
        );
        assert_eq!(places(&lines), ["/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys"]);
        assert_eq!(lines[4], "/sys bind /sys rprivate,nosuid,noexec,nodev,ro,rbind");
        assert_eq!(masked, ["/sys/kernel"]);
    }

    #[test]
    fn host_pid_and_ipc_in_a_user_namespace_are_bound() {
        // E-39, SG-MNT-07
        let (lines, ..) = mounts(
            &Config::default(),
            &host(true, false),
            modes(NsMode::Host, NsMode::Slirp4netns, NsMode::Host, NsMode::Host),
        );
        assert_eq!(
            places(&lines),
            ["/dev", "/dev/pts", "/sys", "/dev/mqueue", "/proc", "/sys/fs/cgroup"]
        );
        assert_eq!(lines[3], "/dev/mqueue bind /dev/mqueue bind,nosuid,noexec,nodev");
        assert_eq!(lines[4], "/proc bind /proc rbind,nosuid,noexec,nodev");
    }

    #[test]
    fn unmask_opens_cgroups_on_v2_only() {
        // E-27, Q-06, Q-07
        let list = |words: &[&str]| Some(words.iter().map(|w| String::from(*w)).collect());
        for (unmask, unified, access, refusals) in [
            (list(&["ALL"]), true, "rw", 0),
            (list(&["ALL"]), false, "ro", 0),
            (list(&["/sys/fs/cgroup/"]), true, "rw", 0),
            (list(&["/x", "/sys/fs/../fs/cgroup"]), true, "rw", 0),
            (list(&["all"]), true, "ro", 0),
            (list(&["/x", "ALL"]), true, "ro", 0),
            (list(&[]), true, "ro", 1),
            (list(&[]), false, "ro", 0),
        ] {
            let [u, n, p, i] = DEFAULT;
            let config = Config { unmask: unmask.clone(), ..Config::default() };
            let (lines, _, refused) = mounts(&config, &host(false, unified), modes(u, n, p, i));
            assert!(lines[5].ends_with(access), "{unmask:?} {unified}");
            assert_eq!(refused, refusals, "{unmask:?} {unified}");
        }
    }

    #[test]
    fn terminals_have_group_5_where_it_is_mapped() {
        // SG-MNT-05, Q-33
        let map = |container_id, size| IdMapping { container_id, host_id: 0, size };
        for (maps, covered) in [
            (std::vec![], true),
            (std::vec![map(0, 6)], true),
            (std::vec![map(0, 5)], false),
            (std::vec![map(5, 1)], true),
            (std::vec![map(6, 10)], false),
            (std::vec![map(0, 1), map(1, u32::MAX)], true),
        ] {
            assert_eq!(covers_tty(&maps), covered, "{maps:?}");
        }
        for (groups, gid) in [(4, false), (5, true)] {
            let mut facts = host(true, true);
            facts.host.gid_map =
                Some(Answer::Is(std::vec![IdRangeText { id: 0, parent: 1, count: groups }]));
            let [u, n, p, i] = DEFAULT;
            let (lines, ..) = mounts(&Config::default(), &facts, modes(u, n, p, i));
            assert_eq!(lines.iter().any(|l| l.ends_with("gid=5")), gid);
        }
    }

    #[test]
    fn procfs_options_replace_all() {
        // E-81
        let [u, n, p, i] = DEFAULT;
        let words = std::vec![String::from("hidepid=2"), String::from("nosuid")];
        let config = Config { procfs_opts: Some(words), ..Config::default() };
        let (lines, ..) = mounts(&config, &host(false, true), modes(u, n, p, i));
        assert_eq!(lines[0], "/proc proc proc hidepid=2,nosuid");
        let config = Config { procfs_opts: Some(Vec::new()), ..Config::default() };
        let (lines, ..) = mounts(&config, &host(false, true), modes(u, n, p, i));
        assert_eq!(lines[0], "/proc proc proc ");
    }
}
