//! Finds what was probably meant in the place of a word that is not known: "did you mean …?".
//!
//! This belongs to the telling of a refusal: it reads the inputs again, and no compilation waits for it.

use super::Problem;
use crate::config::{Config, Namespace};
use crate::device::spec::DeviceError;
use crate::facts::{Answer, FactKey, Facts, Table};
use crate::mount::options::OptionError;
use crate::network::expose::{ExposeError, UnknownProtocol};
use crate::network::ports::PortError;
use crate::network::slirp4netns::SlirpError;
use crate::questions::Question;
use crate::security::caps::{CapError, CapSet};
use crate::text::{Mistake, MistakeKind, nearest, nearest_of};
use crate::user::lookup::LookupError;
use alloc::{borrow::ToOwned, string::String, string::ToString, vec::Vec};

/// What a word that is not known was probably meant to be.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Hint {
    /// The word, as it was written.
    pub written: String,
    /// The nearest known one, where one is near enough to be a slip of the hand.
    pub meant: Option<String>,
    /// Whether no other known one is as near.
    pub certain: bool,
    /// All known ones, where they are few.
    pub known: Vec<String>,
}

/// How many known words are listed.
const FEW: usize = 12;

impl Hint {
    fn among<'k>(written: &str, known: impl IntoIterator<Item = &'k str>) -> Option<Self> {
        let mut known: Vec<&str> = known.into_iter().filter(|word| !word.is_empty()).collect();
        let near =
            nearest_of(written, known.iter().copied()).filter(|(meant, _)| *meant != written);
        if known.len() > FEW {
            known.clear();
        }
        let hint = Hint {
            written: written.to_owned(),
            meant: near.map(|(meant, _)| meant.to_owned()),
            certain: near.is_some_and(|(_, alone)| alone),
            known: known.into_iter().map(ToOwned::to_owned).collect(),
        };
        (hint.meant.is_some() || !hint.known.is_empty()).then_some(hint)
    }

    fn of(written: &str, meant: &str) -> Self {
        Hint {
            written: written.to_owned(),
            meant: Some(meant.to_owned()),
            certain: true,
            known: Vec::new(),
        }
    }
}

const NAMESPACE: [&str; 5] = ["host", "private", "pod", "container", "path"];
const NETWORK: [&str; 8] =
    ["bridge", "slirp4netns", "host", "none", "private", "pod", "container", "path"];
const RESTART: [&str; 4] = ["no", "on-failure", "always", "unless-stopped"];
const CGROUPS: [&str; 4] = ["enabled", "disabled", "no-conmon", "split"];
const LOG: [&str; 5] = ["journald", "k8s-file", "json-file", "none", "passthrough"];
const PROTOCOLS: [&str; 3] = ["tcp", "udp", "sctp"];
const SLIRP: [&str; 9] = [
    "allow_host_loopback",
    "cidr",
    "enable_ipv6",
    "mtu",
    "outbound_addr",
    "outbound_addr6",
    "port_handler",
    "true",
    "false",
];
const MOUNT: [&str; 28] = [
    "ro",
    "rw",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "exec",
    "noexec",
    "bind",
    "rbind",
    "private",
    "rprivate",
    "slave",
    "rslave",
    "shared",
    "rshared",
    "unbindable",
    "runbindable",
    "copy",
    "nocopy",
    "size",
    "mode",
    "tmpcopyup",
    "notmpcopyup",
    "idmap",
    "U",
    "O",
    "volume-opt",
];
/// What other programs call an option, or a part of the short form.
const ALSO: [(&str, &str); 8] = [
    ("readonly", "ro"),
    ("read-only", "ro"),
    ("read_only", "ro"),
    ("readwrite", "rw"),
    ("read-write", "rw"),
    ("chown", "U"),
    ("relabel", "z"),
    ("overlay", "O"),
];
/// The parts of a mount's short form that are no options.
const PARTS: [&str; 6] = ["type", "source", "src", "destination", "dst", "target"];

impl Problem {
    /// What was probably meant: for a word that is none of a known set, and for a name that the facts do not know.
    pub fn hint(&self, config: &Config, facts: &Facts) -> Option<Hint> {
        match self {
            Problem::MissingFact { question } => unknown_name(question, facts),
            Problem::NamespaceMode { mode } => {
                let own = [
                    (&config.ipcns, &["shareable", "none"][..]),
                    (&config.userns, &["keep-id", "no-map", "auto"]),
                    (&config.pidns, &[]),
                    (&config.utsns, &[]),
                    (&config.cgroupns, &[]),
                ];
                let (_, own) = own.into_iter().find(|(ns, _)| has_mode(ns, mode))?;
                Hint::among(mode, NAMESPACE.into_iter().chain(own.iter().copied()))
            }
            Problem::NetworkMode { mode } => Hint::among(mode, NETWORK),
            Problem::RestartPolicy { policy } => Hint::among(policy, RESTART),
            Problem::CgroupsModeWord { mode } => Hint::among(mode, CGROUPS),
            Problem::SdnotifyMode { mode } => Hint::among(mode, ["container", "conmon", "ignore"]),
            Problem::SystemdWord => Hint::among(&config.systemd.0, ["true", "false", "always"]),
            Problem::SystemdSpelling { word } => Hint::among(word, ["true", "false", "always"]),
            Problem::LogDriver => Hint::among(&config.log_configuration.as_ref()?.driver, LOG),
            Problem::SeccompPolicy { policy } => Hint::among(policy, ["default", "image"]),
            Problem::ImageVolumeMode { mode } => {
                Hint::among(mode, ["anonymous", "tmpfs", "ignore"])
            }
            Problem::InitContainerType { kind } => Hint::among(kind, ["once", "always"]),
            Problem::VolumesFromOption { option } => Hint::among(option, ["ro", "rw", "z"]),
            Problem::CgroupManager { manager }
            | Problem::PodCgroupManager { manager }
            | Problem::CgroupManagerOfParent { manager } => {
                Hint::among(manager, ["systemd", "cgroupfs"])
            }
            Problem::ConfCgroupNamespace { text } => Hint::among(text, ["private", "host"]),
            Problem::ConfNamespace { text } => {
                Hint::among(text, ["private", "host", "pod", "ns:PATH", "container:NAME"])
            }
            Problem::MountOptions { error: OptionError::Unknown(option), .. }
            | Problem::VolumeOptions { error: OptionError::Unknown(option), .. } => {
                option_of_mount(option)
            }
            Problem::VolumeDriverKey { key, .. } => Hint::among(
                key,
                [
                    "o", "type", "device", "uid", "gid", "size", "inodes", "noquota", "copy",
                    "nocopy",
                ],
            ),
            Problem::Capabilities { error: CapError::Unknown(name) }
            | Problem::UserCapabilities { error: CapError::Unknown(name), .. }
            | Problem::RequiredCapabilities { error: CapError::Unknown(name) } => {
                capability(name, config)
            }
            Problem::ApparmorOff { profile }
            | Problem::ApparmorRootless { profile }
            | Problem::ApparmorOffAtStart { profile }
            | Problem::ApparmorNotLoaded { profile } => {
                let loaded = facts.host.apparmor_profiles.iter().flatten().map(String::as_str);
                let mut hint = Hint::among(profile, loaded.chain(["unconfined"]))?;
                hint.known.clear();
                hint.meant.is_some().then_some(hint)
            }
            Problem::Device { error: DeviceError::Mode(mode) } => permissions(mode),
            Problem::Ports { error: PortError::Protocol(UnknownProtocol { protocol }) }
            | Problem::ExposedPorts {
                error: ExposeError::Protocol { problem: UnknownProtocol { protocol }, .. },
            } => Hint::among(protocol, PROTOCOLS),
            Problem::Slirp { error } | Problem::ResolvConfSlirp { error, .. } => slirp(error),
            Problem::Userns { error: crate::idmap::UsernsError::UnknownOption { key } } => {
                Hint::among(key, ["uid", "gid"])
            }
            Problem::UserLookup { error }
            | Problem::RootfsUser { error }
            | Problem::GroupLookup { error, .. } => account(error, facts),
            Problem::NoHostUser { user } | Problem::NoEntryUser { user, .. } => {
                Hint::among(user, there(&facts.host_users, |user| &user.name))
            }
            Problem::NoDonor { name, .. }
            | Problem::VolumesFromUnknown { name }
            | Problem::NoLabelDonor { name }
            | Problem::NoSuchDependency { name } => {
                Hint::among(name, there(&facts.containers, |container| &container.id))
            }
            Problem::NoPod { name } => Hint::among(name, there(&facts.pods, |pod| &pod.id)),
            Problem::NoNetwork { name } => {
                Hint::among(name, there(&facts.networks, |network| &network.id))
            }
            Problem::NoSecret { name: secret }
            | Problem::NoSuchSecret { secret }
            | Problem::NoSuchEnvSecret { secret } => {
                Hint::among(secret, there(&facts.secrets, |secret| &secret.id))
            }
            Problem::ImageVolume { image, .. } => {
                Hint::among(image, there(&facts.images, |image| &image.id))
            }
            Problem::ImageNotKnown { image } => {
                let names = facts.image.iter().flat_map(|image| &image.names);
                Hint::among(image, names.map(String::as_str))
            }
            _ => None,
        }
    }
}

impl Mistake {
    /// What was probably meant.
    pub fn hint(&self) -> Option<Hint> {
        let kind = &self.kind;
        match kind {
            MistakeKind::UnknownKey { key, hint } => Some(Hint::of(key, hint.as_ref()?)),
            MistakeKind::Kind { expected, found } => {
                let written = found.split('`').nth(1)?;
                let meant = match &**expected {
                    "true or false" => match &*written.to_lowercase() {
                        "yes" | "on" | "y" => "true",
                        "no" | "off" | "n" => "false",
                        other => nearest(other, ["true", "false"])?,
                    },
                    _ if self.path == "stop_signal" => {
                        return crate::passes::nearest_signal(written)
                            .map(|number| Hint::of(written, &number.to_string()));
                    }
                    _ => return None,
                };
                Some(Hint::of(written, meant))
            }
            MistakeKind::Value { hint: Some((written, meant)), .. } => {
                Some(Hint::of(written, meant))
            }
            MistakeKind::Value { .. } | MistakeKind::Newer { .. } | MistakeKind::Twice { .. } => {
                None
            }
        }
    }
}

fn has_mode(namespace: &Namespace, mode: &str) -> bool {
    namespace.nsmode == mode
}

/// A name of which the facts say nothing, among those of which they do.
fn unknown_name(question: &Question, facts: &Facts) -> Option<Hint> {
    let of = &*question.of;
    let names: Vec<&str> = match question.key {
        FactKey::Container => there(&facts.containers, |container| &container.id),
        FactKey::Pod => there(&facts.pods, |pod| &pod.id),
        FactKey::Volume => facts.volumes.iter().map(|(name, _)| name).collect(),
        FactKey::Secret => there(&facts.secrets, |secret| &secret.id),
        FactKey::Network => there(&facts.networks, |network| &network.id),
        FactKey::ImageMount => there(&facts.images, |image| &image.id),
        FactKey::HostUser => there(&facts.host_users, |user| &user.name),
        FactKey::Path => facts.paths.iter().map(|(name, _)| name).collect(),
        FactKey::Seccomp => {
            facts.seccomp.iter().map(|(name, _)| name).chain(["unconfined"]).collect()
        }
        _ => return None,
    };
    // Two paths of the host are near each other by chance; a name that is near is a slip.
    let near = |word: &&str| {
        question.key != FactKey::Path || word.rsplit('/').next() != of.rsplit('/').next()
    };
    let meant = nearest(of, names.iter().copied().filter(near))?;
    if question.key == FactKey::Path && distance_is_large(of, meant) {
        return None;
    }
    // What is written is the zone, not the path of its file.
    let plain = |path: &str| path.strip_prefix("/usr/share/zoneinfo/").unwrap_or(path).to_owned();
    Some(Hint::of(&plain(of), &plain(meant)))
}

/// The names of what there is: what was asked for in vain has no id.
fn there<T>(table: &Table<T>, id: fn(&T) -> &String) -> Vec<&str> {
    table.iter().filter(|(_, entry)| !id(entry).is_empty()).map(|(name, _)| name).collect()
}

/// Whether two paths differ in more than a slip: their directories are not the same.
fn distance_is_large(a: &str, b: &str) -> bool {
    a.rsplit_once('/').map(|(directory, _)| directory)
        != b.rsplit_once('/').map(|(directory, _)| directory)
        || nearest(a.rsplit('/').next().unwrap_or_default(), b.rsplit('/').next()).is_none()
}

/// An option of a mount; what stands before a `=` may be a part of the short form that is misspelt.
fn option_of_mount(option: &str) -> Option<Hint> {
    let (name, has_value) =
        option.split_once('=').map_or((option, false), |(name, _)| (name, true));
    if let Some((_, meant)) = ALSO.iter().find(|(also, _)| *also == name) {
        return Some(Hint::of(name, meant));
    }
    let parts: &[&str] = if has_value { &PARTS } else { &[] };
    Hint::among(name, MOUNT.into_iter().chain(parts.iter().copied()))
}

/// Capabilities are told in their normal form; they may have been written without `CAP_` and in any case.
fn capability(name: &str, config: &Config) -> Option<Hint> {
    let meant = nearest(name, CapSet::ALL.iter())?;
    let asked = config.cap_add.iter().chain(&config.cap_drop);
    let normal = |text: &str| {
        let capitals = text.to_uppercase();
        if capitals.starts_with("CAP_") { capitals } else { ["CAP_", &capitals].concat() }
    };
    let written = asked.map(String::as_str).find(|text| normal(text) == name).unwrap_or(name);
    let short = !written.to_uppercase().starts_with("CAP_");
    let meant = if short { meant.trim_start_matches("CAP_") } else { meant };
    Some(Hint::of(written, meant))
}

/// The permissions of a device: those letters of it that are some.
fn permissions(mode: &str) -> Option<Hint> {
    let kept: String = ['r', 'w', 'm'].into_iter().filter(|c| mode.contains(*c)).collect();
    if kept.is_empty() || mode.len() > 4 {
        return None;
    }
    Some(Hint::of(mode, &kept))
}

fn slirp(error: &SlirpError) -> Option<Hint> {
    match error {
        SlirpError::UnknownOption { option } => {
            let name = option.split('=').next().unwrap_or_default();
            let mut hint = Hint::among(name, SLIRP.into_iter().take(7))?;
            hint.meant.take_if(|meant| meant == name);
            Some(hint)
        }
        SlirpError::PortHandler { value } => Hint::among(value, ["rootlesskit", "slirp4netns"]),
        SlirpError::Switch { value, .. } => Hint::among(value, ["true", "false"]),
        _ => None,
    }
}

/// A user or group that the image does not have, among those that it has.
fn account(error: &LookupError, facts: &Facts) -> Option<Hint> {
    let (name, file) = match error {
        LookupError::NoUser { user } => (user, &facts.rootfs.passwd),
        LookupError::NoGroup { group } | LookupError::NoExtraGroup { group } => {
            (group, &facts.rootfs.group)
        }
        _ => return None,
    };
    let Some(Answer::Is(text)) = file else { return None };
    Hint::among(name, text.lines().filter_map(|line| line.split(':').next()))
}
