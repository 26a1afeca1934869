//! Reads a seccomp profile once, and chooses from it what goes into a spec.

mod decode;
mod errno;
mod output;
mod syntax;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::caps::CapSet;
use decode::{ArchMap, Filter, Object, Profile, Rule, Text};
use output::{Head, Tail, decode_error, errno_ret, opened, output, render};

/// A profile in the format of containers/common, read and ready to choose from.
///
/// Every part of the output is rendered when the profile is read, so that [`SeccompProfile::select`] only chooses. Two profiles are
/// equal when their texts are.
#[derive(Clone, Debug)]
pub struct SeccompProfile {
    text: String,
    /// Why the text is no profile; the rest is empty then.
    broken: Option<SeccompError>,
    /// Whether it has no default action and no rules, by which Podman takes seccomp for switched off.
    off: bool,
    both_architectures: bool,
    default_action: String,
    default_errno_ret: Result<Option<u32>, SeccompError>,
    architectures: Rendered,
    /// By what a native architecture is called in the map.
    arch_map: Vec<(String, Rendered)>,
    flags: Vec<String>,
    listener_path: String,
    listener_metadata: String,
    rules: Vec<Choice>,
    /// The fields up to `architectures`.
    head: String,
    /// The fields between `architectures` and `syscalls`, with a comma before each.
    tail: String,
}

/// A list of architectures, and its field as text, with the comma before it; empty where the list is.
#[derive(Clone, Debug, Default)]
struct Rendered {
    list: Vec<String>,
    field: String,
}

/// A rule's conditions, and the text that it comes to.
#[derive(Clone, Debug)]
struct Choice {
    includes: Condition,
    excludes: Condition,
    /// `None` for a rule that names no system call.
    output: Result<Option<String>, SeccompError>,
}

/// What a rule asks of architecture and capabilities.
#[derive(Clone, Debug, Default)]
struct Condition {
    arches: Vec<String>,
    caps: CapSet,
    /// Whether a name is in it that is no capability: it is never in the bounding set.
    unknown_cap: bool,
}

/// What of a profile goes into a spec.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Selected<'a> {
    /// What is done where no rule matches.
    pub default_action: &'a str,
    /// The error number that goes with it.
    pub default_errno_ret: Option<u32>,
    /// Architectures in the profile's order.
    pub architectures: &'a [String],
    /// Flags for the kernel.
    pub flags: &'a [String],
    /// Where a listener for notifications waits; empty for none.
    pub listener_path: &'a str,
    /// What the listener is told.
    pub listener_metadata: &'a str,
    /// Each rule as JSON.
    pub rules: Vec<&'a str>,
    head: &'a str,
    architectures_field: &'a str,
    tail: &'a str,
}

/// Why a profile is refused, in Podman's words.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SeccompError {
    /// It is no JSON, or not of this form.
    #[error("decoding seccomp profile failed: {0}")]
    Decode(String),
    /// Two ways to say which architectures.
    #[error(
        "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'"
    )]
    BothArchitectures,
    /// Two ways to say which system calls.
    #[error(
        "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'"
    )]
    BothNames,
    /// An error that is neither a number nor a known name.
    #[error("unknown errno {0}")]
    UnknownErrno(String),
    /// A `null` in a list of rules or arguments, which ends Podman's request in a crash of Go's.
    #[error("runtime error: invalid memory address or nil pointer dereference")]
    NullElement,
}

impl PartialEq for SeccompProfile {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for SeccompProfile {}

impl SeccompProfile {
    /// Reads a profile's text.
    ///
    /// Error numbers and argument indices are taken up to 32 bits, as the OCI schema has them; Podman takes 64.
    ///
    /// # Errors
    ///
    /// [`SeccompError::Decode`]. What else can be wrong with it shows in [`Self::select`], as in Podman: a rule that is of no
    /// account may be wrong.
    pub fn parse(text: impl Into<String>) -> Result<Self, SeccompError> {
        let text = text.into();
        let Object(read) = serde_json::from_str::<Object<Profile<'_>>>(&text).map_err(|error| {
            syntax::fault(&text).map_or(decode_error(error), SeccompError::Decode)
        })?;
        let default_errno_ret = errno_ret(&read.default_errno, read.default_errno_ret);
        let flags = owned(&read.flags);
        let head = render(&Head {
            default_action: &read.default_action.0,
            default_errno_ret: default_errno_ret.clone().unwrap_or_default(),
        })?;
        let tail = render(&Tail {
            flags: &flags,
            listener_path: &read.listener_path.0,
            listener_metadata: &read.listener_metadata.0,
        })?;
        Ok(Self {
            broken: None,
            off: read.default_action.0.is_empty() && read.syscalls.is_empty(),
            both_architectures: !read.architectures.is_empty() && !read.arch_map.is_empty(),
            default_action: read.default_action.0.into_owned(),
            default_errno_ret,
            architectures: Rendered::new(read.architectures)?,
            arch_map: read.arch_map.into_iter().map(map_entry).collect::<Result<_, _>>()?,
            flags,
            listener_path: read.listener_path.0.into_owned(),
            listener_metadata: read.listener_metadata.0.into_owned(),
            rules: read.syscalls.into_iter().map(choice).collect(),
            head: opened(&head).to_owned(),
            tail: match opened(&tail) {
                "" => String::new(),
                fields => [",", fields].concat(),
            },
            text,
        })
    }

    /// Takes a text as a host has it. One that is no profile is kept as well, and [`Self::select`] refuses it, as Podman does when it
    /// comes to use the file.
    pub fn of_file(text: impl Into<String>) -> Self {
        let text = text.into();
        match Self::parse(text.as_str()) {
            Ok(profile) => profile,
            Err(error) => Self::broken(text, error),
        }
    }

    fn broken(text: String, error: SeccompError) -> Self {
        Self {
            text,
            broken: Some(error),
            off: false,
            both_architectures: false,
            default_action: String::new(),
            default_errno_ret: Ok(None),
            architectures: Rendered::default(),
            arch_map: Vec::new(),
            flags: Vec::new(),
            listener_path: String::new(),
            listener_metadata: String::new(),
            rules: Vec::new(),
            head: String::new(),
            tail: String::new(),
        }
    }

    /// Says whether the text is a profile.
    pub fn is_profile(&self) -> bool {
        self.broken.is_none()
    }

    /// The text of the profile that Podman 4.3 has built in, for hosts without a file of it (SG-SECC-01): the path "" stands for it.
    pub const BUILT_IN: &'static str = include_str!("default.json");

    /// Gives the text it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Chooses what goes into a spec on an architecture, by Go's name (`amd64`), with a bounding set; `None` where seccomp is off.
    ///
    /// # Errors
    ///
    /// The first fault of what is chosen: see [`SeccompError`].
    ///
    /// Source: containers/common `pkg/seccomp/seccomp_linux.go`, `setupSeccomp`.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocify::parts::security::{caps::CapSet, seccomp::SeccompProfile};
    ///
    /// let profile = SeccompProfile::parse(SeccompProfile::BUILT_IN)?;
    /// let mut json = Vec::new();
    /// profile.select("amd64", CapSet::default())?.unwrap().write_json(&mut json);
    /// assert!(json.starts_with(b"{"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn select(
        &self,
        arch: &str,
        bounding: CapSet,
    ) -> Result<Option<Selected<'_>>, SeccompError> {
        // SG-SECC-03
        if let Some(error) = &self.broken {
            return Err(error.clone());
        }
        // SG-SECC-04
        if self.off {
            return Ok(None);
        }
        if self.both_architectures {
            return Err(SeccompError::BothArchitectures);
        }
        let arch = libseccomp_name(arch);
        let mapped = in_arch_map(arch)
            .and_then(|name| self.arch_map.iter().find(|(mapped, _)| mapped == name));
        let architectures = mapped.map_or(&self.architectures, |(_, rendered)| rendered);
        let default_errno_ret = self.default_errno_ret.clone()?;
        let mut rules = Vec::with_capacity(self.rules.len());
        for rule in self.rules.iter().filter(|rule| rule.counts(arch, bounding)) {
            match &rule.output {
                Ok(output) => rules.extend(output.as_deref()),
                Err(error) => return Err(error.clone()),
            }
        }
        Ok(Some(Selected {
            default_action: &self.default_action,
            default_errno_ret,
            architectures: &architectures.list,
            flags: &self.flags,
            listener_path: &self.listener_path,
            listener_metadata: &self.listener_metadata,
            rules,
            head: &self.head,
            architectures_field: &architectures.field,
            tail: &self.tail,
        }))
    }
}

impl Selected<'_> {
    /// Appends the value of `linux.seccomp`, with the fields in the order of the OCI's Go types, empty ones left out.
    pub fn write_json(&self, out: &mut Vec<u8>) {
        let rules = self
            .rules
            .iter()
            .fold(0_usize, |sum, rule| rule.len().saturating_add(sum).saturating_add(1));
        out.reserve(
            rules
                .saturating_add(self.head.len())
                .saturating_add(self.architectures_field.len())
                .saturating_add(self.tail.len())
                .saturating_add(16),
        );
        out.push(b'{');
        for part in [self.head, self.architectures_field, self.tail] {
            out.extend_from_slice(part.as_bytes());
        }
        for (at, rule) in self.rules.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b",\"syscalls\":[" } else { b"," });
            out.extend_from_slice(rule.as_bytes());
        }
        out.extend_from_slice(if self.rules.is_empty() { b"}" } else { b"]}" });
    }
}

impl Choice {
    /// Says whether the rule is of account here.
    fn counts(&self, arch: &str, bounding: CapSet) -> bool {
        let Condition { arches, caps, unknown_cap } = &self.includes;
        let excluded = self.excludes.has_arch(arch) || !self.excludes.caps.and(bounding).is_empty();
        !excluded
            && (arches.is_empty() || self.includes.has_arch(arch))
            && !unknown_cap
            && bounding.contains(*caps)
    }
}

impl Condition {
    fn new(filter: &Filter<'_>) -> Self {
        let mut condition = Self { arches: owned(&filter.arches), ..Self::default() };
        for Text(name) in &filter.caps {
            // Names are compared as they are written, with `CAP_` and in upper case.
            match CapSet::named(name) {
                Some(cap) => condition.caps = condition.caps.or(cap),
                None => condition.unknown_cap = true,
            }
        }
        condition
    }

    fn has_arch(&self, arch: &str) -> bool {
        self.arches.iter().any(|known| known == arch)
    }
}

impl Rendered {
    fn new(architectures: Vec<Text<'_>>) -> Result<Self, SeccompError> {
        let list: Vec<String> =
            architectures.into_iter().map(|Text(name)| name.into_owned()).collect();
        let field = if list.is_empty() {
            String::new()
        } else {
            [",\"architectures\":", &render(&list)?].concat()
        };
        Ok(Self { list, field })
    }
}

/// Reads one rule, and keeps a fault of it for when it is chosen.
fn choice(rule: Option<Object<Rule<'_>>>) -> Choice {
    match rule {
        None => Choice {
            includes: Condition::default(),
            excludes: Condition::default(),
            output: Err(SeccompError::NullElement),
        },
        Some(Object(rule)) => Choice {
            includes: Condition::new(&rule.includes.0),
            excludes: Condition::new(&rule.excludes.0),
            output: output(rule),
        },
    }
}

/// Gives an entry of the architecture map: the architecture, and the list that starts with it.
fn map_entry(
    Object(ArchMap { architecture, mut sub_architectures }): Object<ArchMap<'_>>,
) -> Result<(String, Rendered), SeccompError> {
    let name = architecture.0.clone().into_owned();
    sub_architectures.insert(0, architecture);
    Ok((name, Rendered::new(sub_architectures)?))
}

/// Gives libseccomp's name of an architecture, which profiles use, from Go's.
fn libseccomp_name(arch: &str) -> &str {
    match arch {
        "386" => "x86",
        "mipsle" => "mipsel",
        "mips64le" => "mipsel64",
        _ => arch,
    }
}

/// Gives what a native architecture is called in `archMap`. Podman knows only these; others get no architectures from a map.
fn in_arch_map(arch: &str) -> Option<&'static str> {
    Some(match arch {
        "amd64" => "SCMP_ARCH_X86_64",
        "arm64" => "SCMP_ARCH_AARCH64",
        "mips64" => "SCMP_ARCH_MIPS64",
        "mips64n32" => "SCMP_ARCH_MIPS64N32",
        "mipsel64" => "SCMP_ARCH_MIPSEL64",
        "mipsel64n32" => "SCMP_ARCH_MIPSEL64N32",
        "s390x" => "SCMP_ARCH_S390X",
        _ => return None,
    })
}

/// Copies texts.
fn owned(texts: &[Text<'_>]) -> Vec<String> {
    texts.iter().map(|Text(text)| text.as_ref().to_owned()).collect()
}

#[cfg(test)]
mod tests;
