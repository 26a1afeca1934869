//! Holds a spec against what a runtime says of itself: what it would refuse, and what it would ignore without a word.
//!
//! What the runtime does not tell is not known, and nothing is said about it.

use super::look::{At, Found, Spec};
use super::mounts::is_idmap;
use super::process::{HOOKS, SETS};
use super::{Finding, FindingKind};
use crate::facts::{LinuxFeatures, RuntimeFeatures, SeccompFeatures};
use crate::text::Node;
use alloc::{collections::BTreeSet, format, string::String, vec::Vec};

/// What the host is, as far as a runtime's cgroups depend on it; `None` for what is not known.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Surroundings {
    /// Whether the host has cgroup v2 alone.
    pub cgroup_unified: Option<bool>,
    /// Whether the runtime is started without root.
    pub rootless: Option<bool>,
}

/// A semantic version by its numbers; what stands behind them (`-dev`) does not count, as what is before 1.0.2 has all of 1.0.2.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Version {
    major: u64,
    minor: u64,
    patch: u64,
}

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (numbers, rest) = text.split_at_checked(text.find(['-', '+']).unwrap_or(text.len()))?;
        if rest.len() == 1 {
            return None;
        }
        let number = |part: &str| {
            let plain =
                part.bytes().all(|b| b.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            plain.then(|| part.parse::<u64>().ok()).flatten()
        };
        let mut parts = numbers.split('.').map(number);
        let version =
            Version { major: parts.next()??, minor: parts.next()??, patch: parts.next()?? };
        parts.next().is_none().then_some(version)
    }
}

/// The options that OCI lists for Linux mounts (1.2), and those that crun has besides.
const OPTIONS: [&str; 67] = [
    "acl",
    "async",
    "atime",
    "bind",
    "copy-symlink",
    "defaults",
    "dev",
    "diratime",
    "dirsync",
    "exec",
    "idmap",
    "iversion",
    "lazytime",
    "loud",
    "mand",
    "noacl",
    "noatime",
    "nodev",
    "nodiratime",
    "noexec",
    "noiversion",
    "nolazytime",
    "nomand",
    "norelatime",
    "nostrictatime",
    "nosuid",
    "nosymfollow",
    "private",
    "ratime",
    "rbind",
    "rdev",
    "rdiratime",
    "relatime",
    "remount",
    "rexec",
    "ridmap",
    "rnoatime",
    "rnodev",
    "rnodiratime",
    "rnoexec",
    "rnorelatime",
    "rnostrictatime",
    "rnosuid",
    "rnosymfollow",
    "ro",
    "rprivate",
    "rrelatime",
    "rro",
    "rrw",
    "rshared",
    "rslave",
    "rstrictatime",
    "rsuid",
    "rsymfollow",
    "runbindable",
    "rw",
    "shared",
    "silent",
    "slave",
    "src-nofollow",
    "dest-nofollow",
    "strictatime",
    "suid",
    "symfollow",
    "sync",
    "tmpcopyup",
    "unbindable",
];

/// Holds a spec against a runtime's features. In the order of the spec's rooms.
///
/// # Examples
///
/// ```
/// use ocify::check::{Surroundings, runtime};
/// use ocify::facts::RuntimeFeatures;
///
/// let text = r#"{"ociVersion": "1.0.2", "root": {"path": "rootfs"},
///     "mounts": [{"destination": "/data", "source": "/srv", "type": "bind", "options": ["rbind", "idmap"]}]}"#;
/// let runc = RuntimeFeatures::from_json(r#"{"ociVersionMin": "1.0.0", "ociVersionMax": "1.0.2-dev", "mountOptions": ["rbind", "ro"]}"#)?;
/// let findings = runtime(&ocify::text::json(text)?, &runc, Surroundings::default());
/// assert_eq!(findings[0].kind.code(), "C105");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn runtime(spec: &Node<'_>, features: &RuntimeFeatures, around: Surroundings) -> Vec<Finding> {
    let mut found = Found::default();
    let spec = Spec::new(spec);
    version(&spec, features, &mut found);
    hooks(&spec, features, &mut found);
    annotations(&spec, features, &mut found);
    mounts(&spec, features, &mut found);
    if let Some(linux) = &features.linux {
        words(&spec, linux, &mut found);
        modules(&spec, linux, &mut found);
        cgroups(&spec, linux, around, &mut found);
        if let Some(seccomp) = &linux.seccomp {
            filter(&spec, seccomp, &mut found);
        }
    }
    found.all
}

fn version(spec: &Spec<'_>, features: &RuntimeFeatures, found: &mut Found) {
    let known = |text: &Option<String>| text.as_deref().and_then(Version::parse);
    let Some(at) = spec.at("ociVersion") else { return };
    let Some(text) = at.text() else { return };
    let Some(version) = Version::parse(text) else { return };
    if let (Some(min), Some(oldest)) = (known(&features.oci_version_min), &features.oci_version_min)
        && version < min
    {
        let words = format!("version {text} is older than the runtime's oldest, {oldest}");
        found.add(FindingKind::VersionRefused, &at, words);
    }
    if let (Some(max), Some(newest)) = (known(&features.oci_version_max), &features.oci_version_max)
        && version > max
    {
        let kind = if version.major > max.major {
            FindingKind::VersionRefused
        } else {
            FindingKind::VersionNewer
        };
        let words = format!("version {text} is newer than the runtime's newest, {newest}");
        found.add(kind, &at, words);
    }
}

fn hooks(spec: &Spec<'_>, features: &RuntimeFeatures, found: &mut Found) {
    let (Some(known), Some(hooks)) = (&features.hooks, spec.at("hooks")) else { return };
    for kind in HOOKS {
        if let Some(at) = hooks.key(kind)
            && !at.items().is_empty()
            && !known.iter().any(|known| known == kind)
        {
            let words = format!("the runtime does not run `{kind}` hooks");
            found.add(FindingKind::HookIgnored, &at, words);
        }
    }
}

fn annotations(spec: &Spec<'_>, features: &RuntimeFeatures, found: &mut Found) {
    let Some(listed) = &features.potentially_unsafe_config_annotations else { return };
    let Some(annotations) = spec.at("annotations") else { return };
    for (key, at) in annotations.entries() {
        let is = |one: &String| one == key || one.ends_with('.') && key.starts_with(one.as_str());
        if listed.iter().any(is) {
            let at = at.named(format!("annotations[{key}]"));
            let words = format!("the runtime calls the annotation `{key}` potentially unsafe");
            found.add(FindingKind::AnnotationUnsafe, &at, words);
        }
    }
}

fn mounts(spec: &Spec<'_>, features: &RuntimeFeatures, found: &mut Found) {
    let known: Option<BTreeSet<&str>> =
        features.mount_options.as_ref().map(|list| list.iter().map(String::as_str).collect());
    let extension = features.linux.as_ref().and_then(|linux| linux.mount_extensions);
    let mappings = extension.and_then(|extension| extension.idmap).and_then(|idmap| idmap.enabled);
    let has = |option: &str| known.as_ref().map(|known| known.contains(option));
    for mount in spec.mounts() {
        let options = mount.words("options");
        let bind = mount.word("type") == "bind"
            || options.iter().any(|(option, _)| matches!(*option, "bind" | "rbind"));
        let mut told = false;
        for (option, at) in &options {
            let word = option.split('=').next().unwrap_or(option);
            if is_idmap(option) {
                if has(word) == Some(false) {
                    told = true;
                    idmap(&mount, at, option, bind, found);
                }
                continue;
            }
            // A text with a value is the filesystem's: `size=`, `mode=`, `lowerdir=`.
            if has(option) != Some(false) || option.contains('=') {
                continue;
            }
            if bind {
                let words =
                    format!("the runtime does not know the option `{option}` and ignores it");
                found.add(FindingKind::OptionIgnored, at, words);
            } else if OPTIONS.contains(option) {
                let words = format!(
                    "the runtime does not know the option `{option}` and hands it to the filesystem"
                );
                found.add(FindingKind::OptionHandedOn, at, words);
            }
        }
        // A runtime that says nothing of the extension is one of before it, if it does not have the options that came with it.
        let lacks = mappings == Some(false) || mappings.is_none() && has("idmap") == Some(false);
        if let Some(at) =
            mount.key("uidMappings").filter(|at| !told && lacks && !at.items().is_empty())
        {
            let words = format!(
                "the runtime ignores the mount's `uidMappings` and `gidMappings`: `{}` is mounted without mapping",
                mount.word("destination")
            );
            found.add(FindingKind::IdmapIgnored, &at, words);
        }
    }
}

fn idmap(mount: &At<'_>, at: &At<'_>, option: &str, bind: bool, found: &mut Found) {
    let destination = mount.word("destination");
    if bind {
        let words = format!(
            "the runtime does not know `{option}` and ignores it: `{destination}` is mounted without mapping"
        );
        found.add(FindingKind::IdmapIgnored, at, words);
    } else {
        let words = format!(
            "the runtime does not know the option `{option}` and hands it to the filesystem"
        );
        found.add(FindingKind::OptionHandedOn, at, words);
    }
}

/// Words of lists that the runtime has to know.
fn words(spec: &Spec<'_>, linux: &LinuxFeatures, found: &mut Found) {
    if let Some(known) = &linux.namespaces {
        for one in spec.list("linux.namespaces") {
            let kind = one.word("type");
            if !kind.is_empty() && !known.iter().any(|known| known == kind) {
                let at = one.named(format!("linux.namespaces[{kind}]"));
                let words = format!("the runtime does not know the namespace type `{kind}`");
                found.add(FindingKind::NamespaceRefused, &at, words);
            }
        }
    }
    let Some(known) = &linux.capabilities else { return };
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let Some(sets) = spec.at("process.capabilities") else { return };
    let mut told = BTreeSet::new();
    for key in SETS {
        for (name, at) in sets.words(key) {
            if !known.contains(name) && told.insert(name) {
                let words = format!("the runtime does not know the capability `{name}`");
                found.add(FindingKind::CapabilityIgnored, &at, words);
            }
        }
    }
}

/// What the runtime is built with or without.
fn modules(spec: &Spec<'_>, linux: &LinuxFeatures, found: &mut Found) {
    let off = |feature: Option<crate::facts::EnabledFeature>| {
        feature.and_then(|feature| feature.enabled) == Some(false)
    };
    let text =
        |keys: &str| spec.at(keys).filter(|at| at.text().is_some_and(|text| !text.is_empty()));
    if off(linux.apparmor)
        && let Some(at) =
            text("process.apparmorProfile").filter(|at| at.text() != Some("unconfined"))
    {
        let words = String::from("the runtime is built without AppArmor");
        found.add(FindingKind::AppArmorOff, &at, words);
    }
    if off(linux.selinux) {
        for at in ["process.selinuxLabel", "linux.mountLabel"].into_iter().filter_map(text) {
            let words = String::from("the runtime is built without SELinux");
            found.add(FindingKind::SelinuxOff, &at, words);
        }
    }
    if off(linux.intel_rdt)
        && let Some(at) = spec.at("linux.intelRdt")
    {
        let words = String::from("the runtime does not have Intel RDT");
        found.add(FindingKind::RdtOff, &at, words);
    }
}

fn cgroups(spec: &Spec<'_>, linux: &LinuxFeatures, around: Surroundings, found: &mut Found) {
    let Some(has) = linux.cgroup else { return };
    let Some(whole) = spec.at("linux") else { return };
    let at = whole.key("cgroupsPath").unwrap_or(whole);
    let version = match around.cgroup_unified {
        Some(true) if has.v2 == Some(false) => Some("v2"),
        Some(false) if has.v1 == Some(false) => Some("v1"),
        _ => None,
    };
    if let Some(version) = version {
        let words = format!("the host has cgroup {version}, and the runtime does not");
        found.add(FindingKind::CgroupRefused, &at, words);
    }
    // `slice:prefix:name` is a path for systemd.
    let systemd =
        at.text().is_some_and(|path| path.matches(':').count() == 2 && !path.contains('/'));
    let lacks = if around.rootless == Some(true) && has.systemd != Some(false) {
        (has.systemd_user == Some(false)).then_some("a user's systemd")
    } else {
        (has.systemd == Some(false)).then_some("systemd")
    };
    if let Some(what) = lacks.filter(|_| systemd) {
        let words = format!("the cgroup is to be made by {what}, which the runtime cannot ask");
        found.add(FindingKind::CgroupRefused, &at, words);
    }
    if let Some(at) = spec.at("linux.resources.rdma").filter(|_| has.rdma == Some(false)) {
        let words = String::from("the runtime does not have the RDMA controller");
        found.add(FindingKind::CgroupRefused, &at, words);
    }
}

fn filter(spec: &Spec<'_>, has: &SeccompFeatures, found: &mut Found) {
    let Some(filter) = spec.at("linux.seccomp") else { return };
    if has.enabled == Some(false) {
        let words = String::from("the runtime is built without seccomp");
        return found.add(FindingKind::SeccompOff, &filter, words);
    }
    let mut told = BTreeSet::new();
    let mut word = |at: Option<At<'_>>, what: &str, known: &Option<Vec<String>>| {
        if let (Some(at), Some(known)) = (at, known)
            && let Some(text) = at.text()
            && !known.iter().any(|known| known == text)
            && told.insert(String::from(text))
        {
            let words = format!("the runtime does not know the {what} `{text}`");
            found.add(FindingKind::SeccompRefused, &at, words);
        }
    };
    word(filter.key("defaultAction"), "action", &has.actions);
    for at in filter.list("architectures") {
        word(Some(at), "architecture", &has.archs);
    }
    // What is known and not supported cannot be loaded here.
    let flags = if has.supported_flags.is_some() { &has.supported_flags } else { &has.known_flags };
    for at in filter.list("flags") {
        word(Some(at), "flag", flags);
    }
    for call in filter.list("syscalls") {
        word(call.key("action"), "action", &has.actions);
        for argument in call.list("args") {
            word(argument.key("op"), "operator", &has.operators);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_semver() {
        for text in ["1.0.2", "1.0.2-dev", "0.0.0", "1.2.0+build", "1.0.0-rc5+dev"] {
            assert!(Version::parse(text).is_some(), "{text}");
        }
        for text in
            ["", "1", "1.0", "1.0.2.3", "v1.0.2", "1.0.x", "01.0.2", "1.0.-1", "1.0.2-", "+1.0.2"]
        {
            assert!(Version::parse(text).is_none(), "{text}");
        }
        assert!(Version::parse("1.0.10") > Version::parse("1.0.9"));
        assert_eq!(Version::parse("1.0.2"), Version::parse("1.0.2-dev"));
    }
}
