//! Replaces words: the same word by the same one.

use super::addresses::{Addresses, hardware};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString as _},
};
use core::net::{Ipv4Addr, Ipv6Addr};

/// The words that are hidden, and those that are kept.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// What the config says.
    told: BTreeSet<String>,
    /// Names and values that are hidden as a whole, with what takes their place.
    hidden: BTreeMap<String, String>,
    /// Those of them that are names: hidden within other texts, too.
    names: BTreeSet<String>,
    addresses: Addresses,
    /// Whether all names are known.
    learnt: bool,
}

/// Names that say nothing about anybody, or that stand in the paths of every system.
const COMMON: [&str; 48] = [
    "localhost",
    "localdomain",
    "local",
    "root",
    "nobody",
    "nogroup",
    "podman",
    "containers",
    "container",
    "user",
    "users",
    "home",
    "var",
    "lib",
    "run",
    "etc",
    "usr",
    "bin",
    "sbin",
    "dev",
    "proc",
    "sys",
    "tmp",
    "srv",
    "opt",
    "mnt",
    "share",
    "storage",
    "volumes",
    "overlay",
    "image",
    "images",
    "host",
    "default",
    "none",
    "private",
    "data",
    "config",
    "conf",
    "system",
    "slice",
    "service",
    "scope",
    "userdata",
    "merged",
    "libpod",
    "network",
    "internal",
];

/// Directories whose entries are named after people.
const HOMES: [&str; 6] =
    ["/home/", "/var/home/", "/Users/", "/export/home/", "/run/media/", "/media/"];

/// Servers of images that everybody knows.
const PUBLIC: [&str; 12] = [
    "docker.io",
    "quay.io",
    "ghcr.io",
    "gcr.io",
    "registry.k8s.io",
    "k8s.gcr.io",
    "registry.fedoraproject.org",
    "registry.access.redhat.com",
    "registry.redhat.io",
    "mcr.microsoft.com",
    "public.ecr.aws",
    "localhost",
];

impl Words {
    /// Keeps a text of the config, and each word in it.
    pub(super) fn keep(&mut self, text: &str) {
        self.told.insert(text.into());
        for run in text.split(|c: char| !in_run(c)) {
            self.told.insert(run.into());
            for word in run.split(':') {
                self.told.insert(word.into());
                self.addresses.keep(word);
            }
            self.addresses.keep(run);
        }
        for part in text.split('/') {
            self.told.insert(part.into());
        }
    }

    /// Every name has been seen: from here on they are hidden within other texts.
    pub(super) fn learnt(&mut self) {
        self.learnt = true;
    }

    /// A name: hidden here, and wherever else it is a word.
    pub(super) fn name(&mut self, text: &str) -> String {
        if self.stays(text) || COMMON.contains(&text) || is_id(text) {
            return text.into();
        }
        // An address in a name's place, as in a list of search domains, is one.
        let shown = self.text_of_run(text);
        if shown != text && !self.names.contains(text) && text.parse::<core::net::IpAddr>().is_ok()
        {
            return shown;
        }
        self.names.insert(text.into());
        if let Some((label, domain)) = text.split_once('.') {
            for part in [label, domain] {
                if !self.stays(part) && !COMMON.contains(&part) && part.len() > 2 {
                    self.names.insert(part.into());
                    self.replaced(part);
                }
            }
        }
        self.replaced(text)
    }

    /// A value: hidden here.
    pub(super) fn value(&mut self, text: &str) -> String {
        let plain = ["true", "false", "yes", "no", "on", "off", "0", "1"].contains(&text);
        if plain || self.stays(text) { text.into() } else { self.replaced(text) }
    }

    /// Any text: names, the directories of users, and addresses in it are hidden. A text that is one word has a meaning of its own, such as
    /// `bridge`, even if somebody has given something that name.
    pub(super) fn text(&mut self, text: &str) -> String {
        let one_word = text.chars().all(|c| in_run(c) && c != ':');
        if one_word && self.names.contains(text) { text.into() } else { self.known(text) }
    }

    /// The same of a text that may be a name as a whole.
    pub(super) fn known(&mut self, text: &str) -> String {
        if self.told.contains(text) {
            return text.into();
        }
        if !self.learnt {
            self.learn_homes(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(|c| !in_run(c)).unwrap_or(rest.len());
            let (run, more) = rest.split_at_checked(end).unwrap_or((rest, ""));
            out.push_str(&self.text_of_run(run));
            let mut chars = more.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
        out
    }

    /// A reference of an image: a server that not everybody knows is hidden, and what it calls its images.
    pub(super) fn image(&mut self, text: &str) -> String {
        if self.stays(text) {
            return text.into();
        }
        match text.split_once('/') {
            Some((server, _)) if PUBLIC.contains(&server) => self.text(text),
            Some((server, path)) if server.contains(['.', ':']) => {
                let (name, tag) = match path.rsplit_once([':', '@']) {
                    Some((name, _)) => (name, path.get(name.len()..).unwrap_or_default()),
                    None => (path, ""),
                };
                let server = self.value(server);
                let name = self.value(name);
                format!("{server}.invalid/{name}{tag}")
            }
            _ => self.text(text),
        }
    }

    /// Whether a name or value is left as it is.
    fn stays(&self, text: &str) -> bool {
        text.is_empty() || self.told.contains(text) || text.starts_with("redacted")
    }

    fn replaced(&mut self, text: &str) -> String {
        if let Some(found) = self.hidden.get(text) {
            return found.clone();
        }
        let new = format!("redacted{}", self.hidden.len().saturating_add(1));
        self.hidden.insert(text.into(), new.clone());
        new
    }

    fn learn_homes(&mut self, text: &str) {
        for home in HOMES {
            for (at, _) in text.match_indices(home) {
                let behind = text.get(at.saturating_add(home.len())..).unwrap_or_default();
                let end = behind.find(|c: char| !in_run(c) || c == ':').unwrap_or(behind.len());
                let name = behind.get(..end).unwrap_or_default();
                if !name.is_empty() {
                    self.name(name);
                }
            }
        }
    }

    /// Letters, digits and `:._-` in a row: an address, a hardware address, or words.
    fn text_of_run(&mut self, run: &str) -> String {
        if self.told.contains(run) || run.is_empty() {
            return run.into();
        }
        if let Some(mac) = hardware(run) {
            return self.addresses.of_hardware(mac, run);
        }
        if let Ok(address) = run.parse::<Ipv6Addr>() {
            return self.addresses.v6(address).to_string();
        }
        let mut out = String::with_capacity(run.len());
        for (number, word) in run.split(':').enumerate() {
            if number > 0 {
                out.push(':');
            }
            match word.parse::<Ipv4Addr>() {
                Ok(address) => out.push_str(&self.addresses.v4(address).to_string()),
                Err(_) => out.push_str(&self.word(word)),
            }
        }
        out
    }

    fn word(&mut self, word: &str) -> String {
        if self.stays(word) {
            return word.into();
        }
        // The kernel names an adapter after its hardware address.
        if let Some(digits) = word.strip_prefix("enx").filter(|d| d.len() == 12 && is_hex(d)) {
            return format!("enx{}", self.addresses.of_hardware(digits.into(), digits));
        }
        if self.names.contains(word) {
            return self.replaced(word);
        }
        for border in ['.', '-', '_'] {
            if let Some((first, rest)) = word.split_once(border) {
                return format!("{}{border}{}", self.part(first), self.word(rest));
            }
        }
        word.into()
    }

    /// A part of a word: short names are not looked for in there.
    fn part(&mut self, part: &str) -> String {
        if part.len() > 2 && part.contains(['-', '_']) {
            return self.word(part);
        }
        if part.len() > 2 && self.names.contains(part) && !self.stays(part) {
            self.replaced(part)
        } else {
            part.into()
        }
    }
}

fn in_run(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, ':' | '.' | '_' | '-')
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// An id of a container, pod or secret, or its beginning: random, so it tells nothing.
fn is_id(text: &str) -> bool {
    text.len() >= 12 && is_hex(text)
}
