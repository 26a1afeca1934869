//! Lays configs over one another: `base.yaml` says what a container is, `prod.yaml` what is different there.
//!
//! What a layer says of a field takes the place of what is below it, with these differences, which are those that people know from Compose:
//!
//! - objects (`env`, `labels`, `resource_limits`, `Networks` ...) are merged key by key; a namespace, which is one word in two fields, is not;
//! - of mounts and volumes of any kind, the upper one at a destination takes the lower one's place; so does a device at its path, a secret at its
//!   target and an rlimit of its type;
//! - lists that are sets (capabilities, groups, ports, name servers ...) are added to; arguments and all other lists are replaced;
//! - `null` takes away what is below, and `!override` puts the value that it stands before in its place as a whole.

use super::locate::{as_written, behind, index, seek};
use super::parse::{config_of, tree_of};
use super::{
    Config, Format, ImageVolume, Mount, NamedVolume, OverlayVolume, ParseError, Parsing,
    PortMapping, Rlimit, Secret,
};
use crate::path::clean;
use crate::text::{Mistake, Mode, Node, Reader, Shape};
use alloc::borrow::{Cow, ToOwned};
use alloc::string::{String, ToString as _};
use alloc::{
    boxed::Box,
    collections::{BTreeMap, BTreeSet},
    format,
    vec::Vec,
};

/// The text of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'t> {
    /// A config, of which nothing is required.
    pub text: &'t str,
    /// What the text is.
    pub format: Format,
}

/// A config of layers, which knows what came from where.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Layered {
    /// What they say together.
    pub config: Config,
    tree: Node<'static>,
    origin: Merged,
}

/// What is wrong with a layer.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("layer {}: {error}", layer.saturating_add(1))]
#[non_exhaustive]
pub struct LayerError {
    /// Which one, from 0, the lowest.
    pub layer: usize,
    /// What is wrong with it; places are those in its own text.
    pub error: ParseError,
}

/// Reads layers, the lowest first, each as [`parse_as`](super::parse_as) does with short forms.
///
/// # Errors
///
/// What is wrong with each layer; never empty.
///
/// # Examples
///
/// ```
/// use ocify::config::{Format, Layer, parse_layers};
///
/// let base = "command: [httpd]\nenv: {A: '1', B: '2'}\ncap_drop: [ALL]\nmounts: ['type=tmpfs,dst=/tmp']\n";
/// let prod = "env: {B: '3', A: null}\ncap_drop: [NET_RAW]\nmounts: ['type=bind,src=/srv/tmp,dst=/tmp/']\n";
/// let layers = [base, prod].map(|text| Layer { text, format: Format::Yaml });
/// let layered = parse_layers(&layers, false).map_err(|errors| errors[0].clone())?;
/// assert_eq!(layered.config.env.0.len(), 1);
/// assert_eq!(layered.config.cap_drop, ["ALL", "NET_RAW"]);
/// assert_eq!(layered.config.mounts[0].source, "/srv/tmp");
/// // The mount is from the second layer, where it stands in line 3.
/// assert_eq!(layered.locate(&layers, "mounts[0]"), Some((1, 3, 10)));
/// # Ok::<(), ocify::config::LayerError>(())
/// ```
pub fn parse_layers(layers: &[Layer<'_>], lenient: bool) -> Result<Layered, Vec<LayerError>> {
    let how = Parsing { api: false, lenient };
    let mut errors = Vec::new();
    let mut merged = Merged::Map(Vec::new());
    for (layer, Layer { text, format }) in layers.iter().enumerate() {
        let read = tree_of(text, *format).map_err(ParseError::Text).and_then(|tree| {
            config_of(&alone(&tree, layer > 0), how).map_err(ParseError::Mistakes)?;
            Ok(tree)
        });
        match read {
            Ok(tree) => merged.lay_all(lifted(tree, layer)),
            Err(error) => errors.push(LayerError { layer, error }),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let tree = merged.tree();
    match config_of(&tree, how) {
        Ok(config) => Ok(Layered { config, tree, origin: merged }),
        Err(mistakes) => Err(told_apart(&merged, &tree, mistakes)),
    }
}

/// Mistakes of the whole as those of the layers that made them.
fn told_apart(merged: &Merged, tree: &Node<'_>, mistakes: Vec<Mistake>) -> Vec<LayerError> {
    let mut errors: Vec<LayerError> = Vec::new();
    for mistake in mistakes {
        let (layer, path) =
            merged.origin(&as_written(tree, &mistake.path)).unwrap_or((0, mistake.path));
        let mistake = Mistake { path, kind: mistake.kind };
        match errors.iter_mut().find(|error| error.layer == layer) {
            Some(LayerError { error: ParseError::Mistakes(of_it), .. }) => of_it.push(mistake),
            _ => {
                let error = ParseError::Mistakes(Vec::from([mistake]));
                errors.push(LayerError { layer, error });
            }
        }
    }
    errors
}

impl Layered {
    /// The layer that a value of the config came from, and the value's path in that layer; of what several layers wrote together, the upmost.
    /// `None` for what none of them says.
    pub fn origin(&self, path: &str) -> Option<(usize, String)> {
        self.origin.origin(&as_written(&self.tree, path))
    }

    /// Where a value of the config was written: layer (from 0), line and column (from 1, in characters).
    pub fn locate(&self, layers: &[Layer<'_>], path: &str) -> Option<(usize, usize, usize)> {
        let (layer, path) = self.origin(path)?;
        let Layer { text, format } = layers.get(layer)?;
        let (line, column) = seek(text, *format, &path, 1)?;
        Some((layer, line, column))
    }
}

/// A layer as a config of its own: without what only has a meaning above another.
fn alone<'t>(node: &Node<'t>, above: bool) -> Node<'t> {
    match node {
        Node::Override(value) => alone(value, above),
        Node::Seq(items) => Node::Seq(items.iter().map(|item| alone(item, above)).collect()),
        Node::Map(entries) => {
            let said = entries.iter().filter(|(_, value)| !(above && matches!(value, Node::Null)));
            Node::Map(said.map(|(key, value)| (key.clone(), alone(value, above))).collect())
        }
        other => other.clone(),
    }
}

/// What layers say together, each value with its origin.
#[derive(Clone, Debug)]
enum Merged {
    /// A value that is taken as a whole, its layer, and its path there.
    Whole { node: Node<'static>, layer: usize, path: String },
    /// An object that can be merged.
    Map(Vec<(String, Merged)>),
    /// A list that can be merged.
    Seq(Vec<Merged>),
    /// In the place of what is below.
    Override(Box<Merged>),
}

/// How a field is laid over the same field of the layers below.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Way {
    /// The upper takes the lower's place.
    Replace,
    /// Objects key by key, lists replaced.
    Keys,
    /// A list in which an entry takes the place of those with the same key.
    Keyed,
    /// A list in which each entry stands once.
    Set,
}

/// The fields in which something is put at a place of the container: a place has one thing.
const PLACED: [&str; 4] = ["mounts", "volumes", "overlay_volumes", "image_volumes"];

/// Other lists in which an entry has a key.
const KEYED: [&str; 4] = ["devices", "host_device_list", "secrets", "r_limits"];

/// Lists that are sets.
const SETS: [&str; 20] = [
    "hostusers",
    "dependencyContainers",
    "envmerge",
    "unsetenv",
    "volumes_from",
    "device_cgroup_rule",
    "devices_from",
    "chroot_directories",
    "groups",
    "cap_add",
    "cap_drop",
    "selinux_opts",
    "mask",
    "unmask",
    "portmappings",
    "cni_networks",
    "dns_server",
    "dns_search",
    "dns_option",
    "hostadd",
];

/// One thing in several fields: half of it from one layer and half from another is neither.
const WHOLE: [&str; 8] =
    ["pidns", "utsns", "userns", "cgroupns", "ipcns", "netns", "idmappings", "personality"];

/// Objects that may be written as a list of `K=V`.
const PAIRS: [&str; 6] = ["env", "labels", "annotations", "sysctl", "secret_env", "storage_opts"];

fn way(field: &str) -> Way {
    if PLACED.contains(&field) || KEYED.contains(&field) {
        Way::Keyed
    } else if SETS.contains(&field) {
        Way::Set
    } else if WHOLE.contains(&field) {
        Way::Replace
    } else {
        Way::Keys
    }
}

/// What tells an entry of a list from the others.
fn key(field: &str, node: &Node<'_>) -> String {
    fn read<T: Shape>(node: &Node<'_>) -> Option<T> {
        Reader::whole(node, Mode { api: false, lenient: true }).ok()
    }
    let key = match field {
        "mounts" => read::<Mount>(node).map(|m| clean(&m.destination).into_owned()),
        "volumes" => read::<NamedVolume>(node).map(|v| clean(&v.dest).into_owned()),
        "overlay_volumes" => {
            read::<OverlayVolume>(node).map(|v| clean(&v.destination).into_owned())
        }
        "image_volumes" => read::<ImageVolume>(node).map(|v| clean(&v.destination).into_owned()),
        "devices" | "host_device_list" => read::<super::DeviceText>(node).map(|d| {
            crate::device::spec::parse(&d.path)
                .map_or_else(|_| d.path.clone(), |d| d.destination.to_string())
        }),
        "secrets" => {
            read::<Secret>(node).map(|s| if s.target.is_empty() { s.source } else { s.target })
        }
        "r_limits" => read::<Rlimit>(node).map(|limit| {
            let kind = limit.kind.to_ascii_lowercase();
            kind.strip_prefix("rlimit_").map_or_else(|| kind.clone(), ToOwned::to_owned)
        }),
        "portmappings" => {
            read::<PortMapping>(node).and_then(|port| serde_json::to_string(&port).ok())
        }
        _ => None,
    };
    key.unwrap_or_else(|| serde_json::to_string(node).unwrap_or_default())
}

/// A layer's tree, its fields ready to be laid over others.
fn lifted(tree: Node<'_>, layer: usize) -> Vec<(String, Merged)> {
    let entries = if let Node::Map(entries) = tree { entries } else { Vec::new() };
    let lift = |(field, value): (Cow<'_, str>, Node<'_>)| {
        let value = value.into_owned();
        let merged = lift(&field, value, layer, &field);
        (field.into_owned(), merged)
    };
    entries.into_iter().map(lift).collect()
}

fn lift(field: &str, node: Node<'static>, layer: usize, path: &str) -> Merged {
    match (way(field), node) {
        (_, Node::Override(value)) => Merged::Override(Box::new(match *value {
            // What is empty is a value of its own here: it says that there is nothing.
            node if node.is_unset() => Merged::Whole { node, layer, path: path.to_owned() },
            node => lift(field, node, layer, path),
        })),
        (Way::Keys, Node::Map(entries)) => Merged::Map(
            entries
                .into_iter()
                .map(|(key, value)| {
                    let merged = lift("", value, layer, &format!("{path}.{key}"));
                    (key.into_owned(), merged)
                })
                .collect(),
        ),
        // `K=V` in a list is what `K: V` is in an object.
        (Way::Keys, Node::Seq(items)) if PAIRS.contains(&field) => {
            let pair = |(at, item): (usize, Node<'static>)| {
                let Node::Str(text) = item else { return None };
                let (key, value) = text.split_once('=')?;
                let node = Node::Str(Cow::Owned(value.to_owned()));
                let path = format!("{path}[{at}]");
                Some((key.to_owned(), Merged::Whole { node, layer, path }))
            };
            Merged::Map(items.into_iter().enumerate().filter_map(pair).collect())
        }
        (Way::Keyed | Way::Set, Node::Seq(items)) => Merged::Seq(
            items
                .into_iter()
                .enumerate()
                .map(|(at, node)| Merged::Whole { node, layer, path: format!("{path}[{at}]") })
                .collect(),
        ),
        (_, node) => Merged::Whole { node, layer, path: path.to_owned() },
    }
}

impl Merged {
    /// Lays a whole layer over this.
    fn lay_all(&mut self, fields: Vec<(String, Merged)>) {
        let Merged::Map(below) = self else { return };
        let taken: BTreeSet<String> = fields
            .iter()
            .filter(|(field, _)| PLACED.contains(&field.as_str()))
            .flat_map(|(field, merged)| merged.keys(field))
            .collect();
        for (field, merged) in
            below.iter_mut().filter(|(field, _)| PLACED.contains(&field.as_str()))
        {
            if let Merged::Seq(items) = merged {
                items.retain(|item| !item.keys(field).iter().any(|key| taken.contains(key)));
            }
        }
        lay_keys(below, fields, way);
    }

    /// What its entries are told apart by.
    fn keys(&self, field: &str) -> Vec<String> {
        match self {
            Merged::Whole { node, .. } => Vec::from([key(field, node)]),
            Merged::Seq(items) => items.iter().flat_map(|item| item.keys(field)).collect(),
            Merged::Override(value) => value.keys(field),
            Merged::Map(_) => Vec::new(),
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Merged::Whole { node: Node::Null, .. })
    }

    /// What this says as a tree of one config.
    fn tree(&self) -> Node<'static> {
        match self {
            Merged::Whole { node, .. } => alone(node, false),
            Merged::Map(entries) => Node::Map(
                entries
                    .iter()
                    .map(|(key, value)| (Cow::Owned(key.clone()), value.tree()))
                    .collect(),
            ),
            Merged::Seq(items) => Node::Seq(items.iter().map(Merged::tree).collect()),
            Merged::Override(value) => value.tree(),
        }
    }

    /// The upmost layer that wrote some of this.
    fn upmost(&self) -> Option<usize> {
        match self {
            Merged::Whole { layer, .. } => Some(*layer),
            Merged::Map(entries) => entries.iter().filter_map(|(_, value)| value.upmost()).max(),
            Merged::Seq(items) => items.iter().filter_map(Merged::upmost).max(),
            Merged::Override(value) => value.upmost(),
        }
    }

    fn origin(&self, path: &str) -> Option<(usize, String)> {
        let (mut at, mut rest) = (self, path);
        loop {
            at = match at {
                Merged::Whole { layer, path, .. } => {
                    let dot = if rest.is_empty() || rest.starts_with('[') { "" } else { "." };
                    return Some((*layer, format!("{path}{dot}{rest}")));
                }
                Merged::Override(value) => value,
                _ if rest.is_empty() => return Some((at.upmost()?, path.to_owned())),
                Merged::Map(entries) => {
                    let on_the_way = entries
                        .iter()
                        .filter_map(|(key, value)| Some((key.len(), value, behind(rest, key)?)));
                    let (_, value, left) = on_the_way.max_by_key(|(length, ..)| *length)?;
                    rest = left;
                    value
                }
                Merged::Seq(items) => {
                    let (at, left) = index(rest)?;
                    rest = left;
                    items.get(at)?
                }
            };
        }
    }
}

/// Lays the entries of one object over those of another.
fn lay_keys(below: &mut Vec<(String, Merged)>, above: Vec<(String, Merged)>, way: fn(&str) -> Way) {
    let mut places: BTreeMap<String, usize> =
        below.iter().enumerate().map(|(at, (key, _))| (key.clone(), at)).collect();
    for (key, value) in above {
        match places.get(&key).and_then(|at| below.get_mut(*at)) {
            Some((_, lower)) => lay(&key, lower, value, way(&key)),
            None => {
                places.insert(key.clone(), below.len());
                below.push((key, value));
            }
        }
    }
    // A `null` has taken the place of what was there.
    below.retain(|(_, value)| !value.is_null());
}

fn lay(field: &str, below: &mut Merged, above: Merged, how: Way) {
    match (below, above, how) {
        (below, Merged::Override(value), _) => *below = *value,
        (Merged::Override(below), above, _) => lay(field, below, above, how),
        (Merged::Map(below), Merged::Map(above), _) => lay_keys(below, above, |_| Way::Keys),
        (Merged::Seq(below), Merged::Seq(above), Way::Keyed) => {
            let taken: BTreeSet<String> = above.iter().flat_map(|item| item.keys(field)).collect();
            below.retain(|item| !item.keys(field).iter().any(|key| taken.contains(key)));
            below.extend(above);
        }
        (Merged::Seq(below), Merged::Seq(above), Way::Set) => {
            let mut known: BTreeSet<String> =
                below.iter().flat_map(|item| item.keys(field)).collect();
            for item in above {
                let keys = item.keys(field);
                if !keys.iter().any(|key| known.contains(key)) {
                    known.extend(keys);
                    below.push(item);
                }
            }
        }
        (below, above, _) => *below = above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Field, parse};
    use std::collections::BTreeSet;

    #[test]
    fn what_is_laid_in_a_way_of_its_own_is_a_field_and_of_that_kind() {
        let keys: BTreeSet<&str> = Field::ALL.iter().map(|field| field.key()).collect();
        let lists = PLACED.iter().chain(&KEYED).chain(&SETS);
        for field in lists.clone().chain(&WHOLE).chain(&PAIRS) {
            assert!(keys.contains(field), "{field} is no field");
        }
        for field in lists {
            assert!(parse(&format!("{field}: []")).is_ok(), "{field} is no list");
        }
        let is_pairs = |key: &&str| {
            let (list, object) = (format!("{key}: [A=b]"), format!("{key}: {{A: b}}"));
            matches!((parse(&list), parse(&object)), (Ok(list), Ok(object)) if list == object)
        };
        let pairs: BTreeSet<&str> = keys.into_iter().filter(is_pairs).collect();
        assert_eq!(pairs, PAIRS.into_iter().collect());
    }
}
