//! Masked and read-only paths (MASK).

use super::namespaces;
use crate::draft::{Draft, NsMode, Text};
use crate::problem::{NsKind, WarningKind};
use crate::provenance::{Cx, List};
use crate::rules::Rule;
use crate::security::hardened;
use crate::security::mask::{BadPattern, MASKED, READ_ONLY, check_mask, is_unmasked, malformed};
use alloc::{borrow::Cow, format, string::String, string::ToString as _};

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        if *cx.config().privileged() {
            // SG-PRIV-02
            return;
        }
        let unmask = cx.config().unmask().as_deref().unwrap_or_default();
        // SG-MASK-02, Q-25
        for _ in 0..unmask.iter().flat_map(|entry| malformed(entry)).count() {
            draft.warn(cx, Rule::SgMask02, WarningKind::Logged(BadPattern.to_string()));
        }
        defaults(cx, &mut draft.spec.masked_paths, &MASKED, unmask);
        if cx.hardened() {
            cx.within(|| counters(cx, &mut draft.spec.masked_paths, unmask));
        }
        defaults(cx, &mut draft.spec.readonly_paths, &READ_ONLY, unmask);
        if cx.hardened() {
            cx.within(|| cgroup_tree(cx, draft));
        }
    });
    for entry in cx.config().each(crate::config::Field::Mask, |c| &c.mask) {
        cx.within(|| {
            // SG-MASK-04, Q-22
            if dropped(cx, draft) {
                return;
            }
            let path = entry.see(cx);
            match check_mask(path) {
                Ok(()) => draft.spec.masked_paths.push(cx, Rule::SgMask03, || Cow::Borrowed(path)),
                Err(relative) => {
                    draft.warn(cx, Rule::SgMask03, WarningKind::Logged(relative.to_string()));
                }
            }
        });
    }
}

/// SG-MASK-01, SG-MASK-02
fn defaults<'a>(
    cx: &Cx<'a>,
    list: &mut List<Text<'a>>,
    paths: &'static [&'static str],
    unmask: &[String],
) {
    for path in paths {
        if is_unmasked(path, unmask.iter().map(String::as_str)) {
            list.absent(cx, Rule::SgMask02, path);
        } else {
            list.push(cx, Rule::SgMask01, || Cow::Borrowed(path));
        }
    }
}

/// HD-MASK-01, HD-MASK-02: what tells a container about the work of others.
fn counters<'a>(cx: &Cx<'a>, list: &mut List<Text<'a>>, unmask: &[String]) {
    let opened = |path: &str| is_unmasked(path, unmask.iter().map(String::as_str));
    for path in &hardened::MASKED {
        if opened(path) {
            list.absent(cx, Rule::SgMask02, path);
        } else {
            list.push(cx, Rule::HdMask01, || Cow::Borrowed(path));
        }
    }
    let cpus = cx.facts().thermal_throttle();
    list.reserve(cpus.len());
    for cpu in cpus {
        let path = format!("/sys/devices/system/cpu/cpu{cpu}/thermal_throttle");
        if opened(&path) {
            list.absent(cx, Rule::SgMask02, &path);
        } else {
            list.push(cx, Rule::HdMask02, || Cow::Owned(path));
        }
    }
}

/// HD-CG-01: nobody but the container's own namespace keeps it from the cgroups of the user's other processes. systemd has to write there.
fn cgroup_tree<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if namespaces::mode(cx, draft, NsKind::Cgroup) == NsMode::Host
        && cx.facts().rootless()
        && draft.container.systemd.see(cx) != Some(&true)
    {
        draft.spec.readonly_paths.push(cx, Rule::HdCg01, || Cow::Borrowed("/sys/fs/cgroup"));
    }
}

/// SG-MASK-04: whether the request's own are not applied: rootless, in the host's PID namespace, and not privileged.
fn dropped<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> bool {
    !*cx.config().privileged()
        && namespaces::mode(cx, draft, NsKind::Pid) == NsMode::Host
        && cx.facts().rootless()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, facts, made, rootless};
    use super::*;

    #[test]
    fn paths_are_masked_unless_opened() {
        let facts = facts();
        let masked = r#"["/proc/acpi","/proc/kcore","/proc/keys","/proc/latency_stats","/proc/timer_list","/proc/timer_stats","/proc/sched_debug","/proc/scsi","/sys/firmware","/sys/fs/selinux","/sys/dev/block"]"#;
        let (at, read) = ("/linux/maskedPaths", "/linux/readonlyPaths");
        let globs = r#"{"unmask":["/proc/*:/sys/firmware"],"mask":["/foo","rel",""]}"#;
        check(
            &facts,
            &[
                ("{}", at, masked),
                (
                    "{}",
                    read,
                    r#"["/proc/asound","/proc/bus","/proc/fs","/proc/irq","/proc/sys","/proc/sysrq-trigger"]"#,
                ),
                (globs, at, r#"["/sys/fs/selinux","/sys/dev/block","/foo",""]"#), // E-69
                (globs, read, "null"),
                (r#"{"unmask":["all"]}"#, at, "null"),
                (r#"{"unmask":["x","ALL"]}"#, read, "null"),
                (r#"{"unmask":["/proc/["]}"#, at, masked), // Q-25
                (r#"{"privileged":true}"#, at, "null"),    // E-10
                (r#"{"privileged":true}"#, read, "null"),
                (r#"{"privileged":true,"mask":["/foo"]}"#, at, r#"["/foo"]"#), // E-11
                (r#"{"unmask":["all"],"mask":["/proc/acpi"]}"#, at, r#"["/proc/acpi"]"#),
            ],
        );
        for (request, said) in [(globs, 1), (r#"{"unmask":["/proc/[:/x["]}"#, 2), ("{}", 0)] {
            made(request, &facts, |draft| assert_eq!(draft.warnings.len(), said, "{request}"));
        }
    }

    #[test]
    fn own_masks_are_dropped_with_the_hosts_processes() {
        // SG-MASK-04, Q-22, E-39
        let rootless = rootless();
        let last = |request: &str| {
            made(request, &rootless, |draft| {
                draft.spec.masked_paths.values().last().unwrap().to_string()
            })
        };
        assert_eq!(last(r#"{"mask":["/foo"]}"#), "/foo");
        assert_eq!(last(r#"{"mask":["/foo"],"pidns":{"nsmode":"host"}}"#), "/sys/dev/block");
        assert_eq!(
            last(r#"{"mask":["/foo"],"pidns":{"nsmode":"host"},"privileged":true}"#),
            "/foo"
        );
        let request = r#"{"mask":["/foo"],"pidns":{"nsmode":"host"}}"#;
        check(&facts(), &[(request, "/linux/maskedPaths/11", r#""/foo""#)]);
    }
}
