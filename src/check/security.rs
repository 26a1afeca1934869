//! Holds a spec against what containers came out by: each rule stands for the CVEs that its page names.

use super::look::{At, Found, Namespaces, Spec};
use super::process::SETS;
use super::{Finding, FindingKind};
use crate::path::{clean, is_below};
use crate::security::caps::CapSet;
use crate::security::hardened::{
    self, Author, hides_kernel, joins_sysctls, leads_through_process, steers_runtime,
};
use crate::security::mask;
use crate::text::Node;
use alloc::{format, string::String, vec::Vec};

/// Holds a spec against the rules `SEC-…`: what in it has let containers out, or lets them see or change more than they should. What was asked
/// for on purpose, as by a privileged container, is told all the same.
///
/// ```
/// let spec = r#"{"ociVersion": "1.0.2", "process": {"cwd": "/proc/self/fd/7"}}"#;
/// let findings = ocify::check::security(&ocify::text::json(spec)?);
/// assert_eq!(findings[0].kind.code(), "SEC-CWD-01");
/// # Ok::<(), ocify::text::NodeError>(())
/// ```
pub fn security(spec: &Node<'_>) -> Vec<Finding> {
    let mut found = Found::default();
    let spec = Spec::new(spec);
    let namespaces = Namespaces::of(&spec);
    process(&spec, &mut found);
    mounts(&spec, &namespaces, &mut found);
    paths(&spec, &mut found);
    words(&spec, &mut found);
    found.all
}

/// Where the cgroups are.
const CGROUPS: &str = "/sys/fs/cgroup";

fn process(spec: &Spec<'_>, found: &mut Found) {
    let Some(process) = spec.at("process") else { return };
    if let Some(at) = process.key("cwd")
        && let Some(cwd) = at.text()
        && leads_through_process(cwd)
    {
        let words = format!("`{cwd}` leads through the files of a process");
        found.add(FindingKind::CwdOfProcess, &at, words);
    }
    for (variable, at) in process.words("env") {
        if let Some(home) = variable.strip_prefix("HOME=")
            && hardened::ends_field(home)
        {
            let words = String::from("`HOME` can end a line or a field of passwd");
            found.add(FindingKind::HomeOfTwoLines, &at.named("process.env[HOME]".into()), words);
        }
    }
    let user = process.key("user");
    let number = |key: &str| user.as_ref().and_then(|user| user.number(key)).unwrap_or(0);
    let (uid, gid) = (number("uid"), number("gid"));
    if let Some(at) = user.as_ref().and_then(|user| user.key("gid"))
        && uid != 0
        && let Some(user) = &user
        && !user.list("additionalGids").iter().any(|more| more.int() == Some(gid))
    {
        let words = format!("group {gid} is not among the additional groups");
        found.add(FindingKind::GroupMissing, &at, words);
    }
    let Some(sets) = process.key("capabilities") else { return };
    let [_, effective, inheritable, permitted, ambient] =
        SETS.map(|set| CapSet::of(sets.words(set).into_iter().map(|(name, _)| name)));
    let lost = inheritable.without(ambient);
    if let Some(at) = sets.key("inheritable").filter(|_| !lost.is_empty()) {
        let words = format!("{lost} {} inheritable, but not ambient", be(lost));
        let at = at.named("process.capabilities.inheritable".into());
        found.add(FindingKind::CapabilityInherited, &at, words);
    }
    let more = effective.or(permitted).without(ambient);
    let place = sets.key("permitted").or_else(|| sets.key("effective"));
    if let Some(at) = place.filter(|_| uid != 0 && !more.is_empty()) {
        let words = format!("user {uid} has {more}, which {} not ambient", be(more));
        let at = at.named("process.capabilities.permitted".into());
        found.add(FindingKind::CapabilityOfUser, &at, words);
    }
}

fn be(caps: CapSet) -> &'static str {
    if caps.len() > 1 { "are" } else { "is" }
}

fn mounts(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let paths = |list: &str| -> Vec<&str> {
        spec.list(list).into_iter().filter_map(|at| at.text()).collect()
    };
    let (masked, read_only) = (paths("linux.maskedPaths"), paths("linux.readonlyPaths"));
    let mut device_tree = false;
    for mount in spec.mounts() {
        let (destination, kind) = (mount.word("destination"), mount.word("type"));
        let options = mount.words("options");
        let has = |wanted: &str| options.iter().any(|(option, _)| *option == wanted);
        if destination.is_empty() || has("remount") {
            continue;
        }
        let clean_path = clean(destination);
        // A slash at the end changes nothing.
        if destination.starts_with('/')
            && destination.strip_suffix('/').unwrap_or(destination) != clean_path
            && clean_path != "/"
        {
            let words = format!("the destination `{destination}` is `{clean_path}`");
            found.add(FindingKind::Unclean, &mount, words);
        }
        match &*clean_path {
            "/" => {}
            "/dev" => device_tree |= kind == "tmpfs",
            "/sys"
                if has("rbind")
                    && is_hosts_own("/sys", &mount)
                    && !masked.contains(&"/sys/kernel") =>
            {
                let words = String::from("the host's `/sys` is bound, and `/sys/kernel` is open");
                found.add(FindingKind::KernelTree, &mount, words);
            }
            path if hides_kernel(path, kind) && !is_hosts_own(path, &mount) => {
                let words = format!("`{destination}` is covered by a mount of type `{kind}`");
                found.add(FindingKind::HidesKernel, &mount, words);
            }
            path if (path == CGROUPS || is_below(path, CGROUPS))
                && !namespaces.has("cgroup")
                && !has("ro")
                && !read_only.iter().any(|one| path == *one || is_below(path, one)) =>
            {
                let words = format!("`{destination}` can be written to, and is the host's");
                found.add(FindingKind::CgroupWritable, &mount, words);
            }
            _ => {}
        }
    }
    if let (Some(at), false) = (spec.at("mounts"), device_tree) {
        found.add(FindingKind::DeviceTree, &at, String::from("no tmpfs is mounted at `/dev`"));
    }
}

/// The host's own tree, as a container without a namespace of its own has it bound.
fn is_hosts_own(destination: &str, mount: &At<'_>) -> bool {
    matches!(mount.word("type"), "bind" | "none" | "") && clean(mount.word("source")) == destination
}

/// What engines mask and make read-only, where there is a /proc or a /sys in which it can be.
fn paths(spec: &Spec<'_>, found: &mut Found) {
    let Some(linux) = spec.at("linux") else { return };
    let mounts = spec.mounts();
    let there = |root: &str| mounts.iter().any(|mount| clean(mount.word("destination")) == root);
    let (proc, sys) = (there("/proc"), there("/sys"));
    let open = |list: &str, wanted: &[&[&'static str]]| -> Vec<&'static str> {
        let listed = linux.list(list);
        let is_listed = |path: &str| {
            listed.iter().filter_map(At::text).any(|one| path == one || is_below(path, one))
        };
        let wanted = wanted.iter().copied().flatten().copied();
        wanted
            .filter(|path| if path.starts_with("/sys") { sys } else { proc })
            .filter(|path| !is_listed(path))
            .collect()
    };
    for (kind, list, wanted, words) in [
        (
            FindingKind::PathsOpen,
            "maskedPaths",
            &[&mask::MASKED[..], &hardened::MASKED][..],
            "open",
        ),
        (FindingKind::PathsWritable, "readonlyPaths", &[&mask::READ_ONLY[..]], "writable"),
    ] {
        let left: Vec<String> = open(list, wanted).iter().map(|path| format!("`{path}`")).collect();
        if !left.is_empty() {
            let at = linux.key(list).unwrap_or_else(|| linux.clone());
            found.add(kind, &at, format!("{words}: {}", left.join(", ")));
        }
    }
}

fn words(spec: &Spec<'_>, found: &mut Found) {
    for (key, at) in spec.at("annotations").map(|at| at.entries()).unwrap_or_default() {
        if steers_runtime(key, Author::Request) {
            let at = at.named(format!("annotations[{key}]"));
            found.add(FindingKind::AnnotationSteers, &at, format!("`{key}` steers the runtime"));
        }
    }
    for (name, at) in spec.at("linux.sysctl").map(|at| at.entries()).unwrap_or_default() {
        let at = at.named(format!("linux.sysctl[{name}]"));
        if joins_sysctls(name) || at.text().is_some_and(joins_sysctls) {
            let words = format!("sysctl `{name}` can be read as more than one");
            found.add(FindingKind::SysctlOfTwo, &at, words);
        }
    }
}
