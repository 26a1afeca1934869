//! Hides what a facts record says about people and places, so that it can be shown around: `ocify facts --redact`.
//!
//! What is hidden: the names of hosts, users, groups and search domains, and of containers, pods, volumes, networks and secrets; full names
//! and home directories; the values of environment variables, labels, annotations and secrets; public and unique-local addresses and
//! hardware addresses; the servers that images come from; what a volume's options say of servers and passwords. The comments of hosts files
//! and resolv.conf go.
//!
//! What stays: numbers, commands and their arguments, paths but for the names in them, the names of variables, labels and annotations, system accounts, private addresses
//! (10.0.0.0/8 and their like, which millions of hosts have), the texts of seccomp profiles, and every word that the config itself says:
//! whoever has both has read it there, and without it the record would answer other questions than the config asks.
//!
//! A word is replaced by the same one wherever it stands (`redacted1`, `redacted2`, ... in the order of the record), and an address by one
//! with the same neighbours, so that what was equal still is, and what lay in a subnet still does: the record compiles to the same places.

mod addresses;
mod texts;
mod words;

use super::{Facts, facts_from_json};
use crate::config::Config;
use crate::text::{Node, json};
use alloc::{borrow::Cow, string::String, vec::Vec};
use words::Words;

/// What a text of the record is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Class {
    /// Hidden as a whole; the same word is hidden elsewhere.
    Name,
    /// A value of somebody's own: hidden as a whole.
    Value,
    /// `K=V`: the value is hidden, unless the name says that it tells nothing.
    Variable,
    /// `K=V` of annotations and labels.
    Label,
    /// A hosts file.
    Hosts,
    /// A resolv.conf.
    Resolver,
    /// A passwd file.
    Passwd,
    /// A group file.
    Group,
    /// A reference of an image.
    Image,
    /// An option of a volume.
    Option,
    /// JSON or YAML of another program.
    Document,
    /// Hidden if it is a name that stands elsewhere.
    Known,
    /// Any other text: names, home directories and addresses in it are hidden.
    Text,
    /// Left as it is.
    Plain,
}

/// Where texts are that are more than [`Class::Text`]; `*` is any key or element. `KEY` at the end is the keys of a table.
const PLACES: &[(&str, Class)] = &[
    ("format_version", Class::Plain),
    ("host.kernel", Class::Plain),
    ("host.arch", Class::Plain),
    ("host.bounding_capabilities.*", Class::Plain),
    ("engine.version", Class::Plain),
    ("engine.runtime_features", Class::Plain),
    ("seccomp.*", Class::Plain),
    ("host.hostname", Class::Name),
    ("containers.*.hostname", Class::Name),
    ("pods.*.hostname", Class::Name),
    ("pods.*.infra.container.hostname", Class::Name),
    ("container.name", Class::Name),
    ("containers.*.name", Class::Name),
    ("pods.*.name", Class::Name),
    ("pods.*.infra.container.name", Class::Name),
    ("volumes.KEY", Class::Name),
    ("containers.*.named_volumes.*.Name", Class::Name),
    ("pods.*.infra.volumes.*.Name", Class::Name),
    ("pods.*.infra.container.named_volumes.*.Name", Class::Name),
    ("secrets.KEY", Class::Name),
    ("secrets.*.name", Class::Name),
    ("networks.KEY", Class::Name),
    ("networks.*.name", Class::Name),
    ("container.network_status.networks.KEY", Class::Name),
    ("containers_conf.network.default_network", Class::Name),
    ("containers_conf.containers.dns_searches.*", Class::Name),
    ("container.network_status.networks.*.dns_search_domains.*", Class::Name),
    ("containers_conf.engine.namespace", Class::Name),
    ("containers.*.namespace", Class::Name),
    ("pods.*.infra.container.namespace", Class::Name),
    ("image.config.User", Class::Known),
    ("containers.*.user", Class::Known),
    ("pods.*.infra.container.user", Class::Known),
    ("containers.KEY", Class::Name),
    ("pods.KEY", Class::Name),
    ("host_users.KEY", Class::Known),
    ("paths.KEY", Class::Text),
    ("paths.*.devices_below.KEY", Class::Text),
    ("files.KEY", Class::Text),
    ("seccomp.KEY", Class::Text),
    ("cdi.KEY", Class::Text),
    ("hooks.KEY", Class::Text),
    ("rootfs.paths.KEY", Class::Text),
    ("container.bind_mounts.KEY", Class::Text),
    ("containers.*.bind_mounts.KEY", Class::Text),
    ("pods.*.infra.container.bind_mounts.KEY", Class::Text),
    ("container.network_status.networks.*.interfaces.KEY", Class::Text),
    ("image.config.Volumes.KEY", Class::Text),
    ("containers_conf.engine.runtimes.KEY", Class::Text),
    ("secrets.*.data", Class::Value),
    ("image.config.Env.*", Class::Variable),
    ("containers_conf.containers.env.*", Class::Variable),
    ("containers_conf.engine.env.*", Class::Variable),
    ("containers_conf.containers.annotations.*", Class::Label),
    ("rootfs.hosts", Class::Hosts),
    ("containers.*.hosts", Class::Hosts),
    ("pods.*.infra.container.hosts", Class::Hosts),
    ("rootfs.passwd", Class::Passwd),
    ("rootfs.group", Class::Group),
    ("image.names.*", Class::Image),
    ("image.resolved_name", Class::Image),
    ("images.KEY", Class::Image),
    ("pods.*.infra.image_volumes.*.Source", Class::Image),
    ("containers_conf.engine.infra_image", Class::Image),
    ("containers_conf.containers.log_tag", Class::Value),
    ("cdi.*", Class::Document),
    ("hooks.*", Class::Document),
];

/// Maps of which the key says what the value is.
const MAPS: &[(&str, Class)] = &[
    ("host.environment", Class::Variable),
    ("image.config.Labels", Class::Label),
    ("image.annotations", Class::Label),
    ("pods.*.infra.annotations", Class::Label),
    ("volumes.*.options", Class::Option),
    ("networks.*.options", Class::Option),
    ("networks.*.ipam_options", Class::Option),
];

/// The same record without what is nobody's business, for the same config.
///
/// Give [`Config::default`] for a record that is not about a config: then no word is kept for its sake. Deterministic; hiding twice is as
/// good as once.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let facts = r#"{"format_version": "1.0", "host": {"hostname": "alices-laptop", "environment": {"API_KEY": "x7"}}}"#;
/// let facts = ocify::facts::facts_from_json(facts)?;
/// let shown = serde_json::to_string(&ocify::facts::redacted(&facts, &ocify::Config::default()))?;
/// assert!(shown.contains("API_KEY") && !shown.contains("alice") && !shown.contains("x7"), "{shown}");
/// # Ok(())
/// # }
/// ```
pub fn redacted(facts: &Facts, config: &Config) -> Facts {
    let Ok(text) = serde_json::to_string(facts) else { return Facts::default() };
    let Ok(tree) = json(&text) else { return Facts::default() };
    let mut words = Words::default();
    if let Ok(given) = serde_json::to_string(config)
        && let Ok(given) = json(&given)
    {
        told(&given, &mut words);
    }
    // First every name is found, then each is hidden wherever it stands.
    let mut learn = Walk { words, path: Vec::new() };
    let _: Node<'_> = learn.node(&tree, Class::Text);
    learn.words.learnt();
    let hidden = learn.node(&tree, Class::Text);
    let version = facts.format_version.clone();
    let mut facts = serde_json::to_string(&hidden)
        .ok()
        .and_then(|text| facts_from_json(&text).ok())
        .unwrap_or_default();
    facts.format_version = version;
    facts
}

/// The words of the config.
fn told(node: &Node<'_>, words: &mut Words) {
    match node {
        Node::Str(text) => words.keep(text),
        Node::Seq(items) => items.iter().for_each(|item| told(item, words)),
        Node::Map(entries) => {
            for (key, value) in entries {
                words.keep(key);
                told(value, words);
            }
        }
        Node::Override(inside) => told(inside, words),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => {}
    }
}

struct Walk {
    words: Words,
    path: Vec<String>,
}

impl Walk {
    fn node(&mut self, node: &Node<'_>, class: Class) -> Node<'static> {
        match node {
            Node::Null => Node::Null,
            Node::Bool(b) => Node::Bool(*b),
            Node::Int(i) => Node::Int(*i),
            Node::Float(f) => Node::Float(*f),
            Node::Str(text) => Node::Str(Cow::Owned(self.text(text, class))),
            Node::Override(inside) => self.node(inside, class),
            Node::Seq(items) => {
                Node::Seq(items.iter().map(|item| self.below("*", item, class)).collect())
            }
            Node::Map(entries) if self.at("host_users.*") => self.account(entries),
            Node::Map(entries) => Node::Map(self.entries(entries, class)),
        }
    }

    fn entries(
        &mut self,
        entries: &[(Cow<'_, str>, Node<'_>)],
        class: Class,
    ) -> Vec<(Cow<'static, str>, Node<'static>)> {
        let of_keys = MAPS.iter().find(|(place, _)| self.at(place)).map(|(_, class)| *class);
        let mut out = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            if let (Some(class), Node::Str(text)) = (of_keys, value) {
                let hidden = self.pair(key, text, class);
                out.push((Cow::Owned(key.clone().into_owned()), Node::Str(Cow::Owned(hidden))));
                continue;
            }
            let value = self.below(key, value, class);
            self.path.push("KEY".into());
            let key = match self.class(true) {
                Some(class) => self.text(key, class),
                // The name of a fact, whatever somebody has given the same name.
                None => key.clone().into_owned(),
            };
            self.path.pop();
            out.push((Cow::Owned(key), value));
        }
        out
    }

    fn below(&mut self, key: &str, node: &Node<'_>, class: Class) -> Node<'static> {
        // A group's key is its number, a file's its path: they say what the value is.
        let of_key = match self.path.as_slice() {
            [table] if table == "host_groups" => {
                Some(if system(key.parse().ok()) { Class::Plain } else { Class::Name })
            }
            [table] if table == "files" && key.ends_with("resolv.conf") => Some(Class::Resolver),
            [table] if table == "files" && key.ends_with("hosts") => Some(Class::Hosts),
            _ => None,
        };
        self.path.push(key.into());
        let class = of_key.or_else(|| self.class(false)).unwrap_or(class);
        let node = self.node(node, class);
        self.path.pop();
        node
    }

    /// The class that the table gives this place, or the keys of a table.
    fn class(&self, of_keys: bool) -> Option<Class> {
        let rows =
            PLACES.iter().filter(|(place, _)| (place.rsplit('.').next() == Some("KEY")) == of_keys);
        rows.into_iter().find(|(place, _)| self.at(place)).map(|(_, class)| *class)
    }

    fn at(&self, place: &str) -> bool {
        let mut parts = place.split('.');
        let same = self.path.iter().all(|key| parts.next().is_some_and(|p| p == "*" || p == key));
        same && parts.next().is_none()
    }

    fn text(&mut self, text: &str, class: Class) -> String {
        let words = &mut self.words;
        match class {
            Class::Plain => text.into(),
            Class::Text => words.text(text),
            Class::Known => words.known(text),
            Class::Name => words.name(text),
            Class::Value => words.value(text),
            Class::Variable | Class::Label | Class::Option => match text.split_once('=') {
                Some((name, value)) => {
                    let value = self.pair(name, value, class);
                    [name, "=", &value].concat()
                }
                None => words.text(text),
            },
            Class::Hosts => texts::hosts(text, words),
            Class::Resolver => texts::resolver(text, words),
            Class::Passwd => texts::passwd(text, words),
            Class::Group => texts::group(text, words),
            Class::Image => words.image(text),
            Class::Document => self.document(text),
        }
    }

    /// A value with its name.
    fn pair(&mut self, name: &str, value: &str, class: Class) -> String {
        match class {
            Class::Variable => match texts::variable(name) {
                Class::Name => self.words.name(value),
                Class::Text => self.words.text(value),
                _ => self.words.value(value),
            },
            Class::Label if texts::steers(name) => self.words.text(value),
            Class::Label => self.words.value(value),
            _ => texts::option(name, value, &mut self.words),
        }
    }

    /// A hook or CDI file, whose variables are hidden as any others.
    fn document(&mut self, text: &str) -> String {
        let Ok(tree) = json(text) else { return self.words.text(text) };
        if !matches!(tree, Node::Map(_)) {
            return self.words.text(text);
        }
        let path = core::mem::take(&mut self.path);
        let tree = self.inside(&tree, false);
        self.path = path;
        serde_json::to_string(&tree).unwrap_or_default()
    }

    fn inside(&mut self, node: &Node<'_>, variables: bool) -> Node<'static> {
        match node {
            Node::Str(text) => {
                let class = if variables { Class::Variable } else { Class::Text };
                Node::Str(Cow::Owned(self.text(text, class)))
            }
            Node::Seq(items) => {
                Node::Seq(items.iter().map(|item| self.inside(item, variables)).collect())
            }
            Node::Map(entries) => Node::Map(
                entries
                    .iter()
                    .map(|(key, value)| {
                        (Cow::Owned(key.clone().into_owned()), self.inside(value, key == "env"))
                    })
                    .collect(),
            ),
            Node::Override(inside) => self.inside(inside, variables),
            Node::Null | Node::Bool(_) | Node::Int(_) | Node::Float(_) => node.clone().into_owned(),
        }
    }

    /// A user of the host. Accounts of the system are the same everywhere.
    fn account(&mut self, entries: &[(Cow<'_, str>, Node<'_>)]) -> Node<'static> {
        let uid = entries.iter().find(|(key, _)| key == "uid").map(|(_, uid)| uid);
        let plain = match uid {
            Some(Node::Int(uid)) => system(u32::try_from(*uid).ok()),
            _ => true,
        };
        let hidden = entries.iter().map(|(key, value)| {
            let value = match (&**key, value) {
                ("name", Node::Str(text)) if !plain => Node::Str(Cow::Owned(self.words.name(text))),
                ("full_name", Node::Str(text)) if !plain => {
                    Node::Str(Cow::Owned(self.words.value(text)))
                }
                (_, Node::Str(text)) => Node::Str(Cow::Owned(self.words.text(text))),
                (_, other) => other.clone().into_owned(),
            };
            (Cow::Owned(key.clone().into_owned()), value)
        });
        Node::Map(hidden.collect())
    }
}

/// Whether an id is one that the system gives out, not an administrator.
fn system(id: Option<u32>) -> bool {
    id.is_some_and(|id| id < 1000 || id == 65534)
}
