//! One config for many hosts: which of them give the same, and what separates those that do not.

use super::{Difference, FactName, Scope, Side, blamed, compare};
use crate::facts::{Facts, FactsError, facts_from_json};
use crate::{Config, Options};
use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde_json::Value;

/// A host with its facts.
#[derive(Clone, Debug)]
pub struct Host {
    /// Its name, for telling.
    pub name: String,
    /// Its record.
    pub facts: Facts,
}

/// Hosts on which the same comes of a config.
#[derive(Clone, Debug)]
pub struct Group {
    /// Their names, in the order in which they were given.
    pub hosts: Vec<String>,
    /// The refusals, each its code and its words; empty where the config is compiled.
    pub refusals: Vec<(&'static str, String)>,
}

/// What separates a group from the first one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Separation {
    /// The group's number in [`Matrix::groups`].
    pub group: usize,
    /// What differs from the first group, by one host of each.
    pub differences: Vec<Difference>,
    /// The facts to blame that no host of one group has as any of the other has it; where each is shared by somebody, all that are to blame.
    pub facts: BTreeSet<FactName>,
}

/// The outcomes of a config on many hosts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Matrix {
    /// The groups, the largest first.
    pub groups: Vec<Group>,
    /// What separates each of the others from the first.
    pub separations: Vec<Separation>,
}

/// Compiles a config for each host as if the container were the same everywhere ([`of_one_container`]), and groups the hosts by what comes of it:
/// the bytes of the spec, or the refusals.
///
/// # Errors
///
/// [`FactsError`] of a record that cannot be read again once the container is taken out of it; records that came from a file can.
///
/// # Examples
///
/// ```
/// # let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/web.yaml"));
/// # let laptop = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/laptop.json"));
/// # let server = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/examples/hosts/server.json"));
/// use ocify::compare::{Host, matrix};
/// use ocify::facts::facts_from_json;
///
/// let config = ocify::parse(text)?;
/// let hosts = [("laptop", laptop), ("other laptop", laptop), ("server", server)]
///     .map(|(name, record)| Host { name: name.to_owned(), facts: facts_from_json(record).unwrap() });
/// let found = matrix(&config, &hosts, &ocify::Options::default())?;
/// assert_eq!(found.groups[0].hosts, ["laptop", "other laptop"]);
/// assert!(found.separations[0].facts.iter().any(|fact| fact.to_string() == "host.rootless"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn matrix(config: &Config, hosts: &[Host], options: &Options) -> Result<Matrix, FactsError> {
    let mut found: BTreeMap<Vec<u8>, Members> = BTreeMap::new();
    for host in hosts {
        let facts = of_one_container(config, &host.facts)?;
        let side = Side::new(config, &facts, options);
        let (bytes, refusals) = match &side.outcome {
            Ok(compiled) => (compiled.to_json(), Vec::new()),
            Err(refused) => {
                let all = refused.diagnostics.iter();
                let all: Vec<(&'static str, String)> =
                    all.map(|d| (d.problem.code(), d.problem.to_string())).collect();
                (format!("{all:?}").into_bytes(), all)
            }
        };
        let members = found.entry(bytes).or_default();
        members.refusals = refusals;
        members.names.push(host.name.clone());
        members.facts.push(facts);
    }
    let mut found: Vec<Members> = found.into_values().collect();
    // The largest first, but one that is refused behind all that are not.
    found.sort_by(|a, b| {
        let rank = |m: &Members| (!m.refusals.is_empty(), usize::MAX.saturating_sub(m.names.len()));
        rank(a).cmp(&rank(b)).then_with(|| a.names.cmp(&b.names))
    });
    let separations = match found.split_first() {
        Some((first, others)) => others
            .iter()
            .zip(1..)
            .filter_map(|(o, at)| separation(config, first, o, at, *options))
            .collect(),
        None => Vec::new(),
    };
    let group = |members: Members| Group { hosts: members.names, refusals: members.refusals };
    Ok(Matrix { groups: found.into_iter().map(group).collect(), separations })
}

#[derive(Default)]
struct Members {
    names: Vec<String>,
    refusals: Vec<(&'static str, String)>,
    facts: Vec<Facts>,
}

fn separation(
    config: &Config,
    first: &Members,
    other: &Members,
    group: usize,
    options: Options,
) -> Option<Separation> {
    let (before, after) = (first.facts.first()?, other.facts.first()?);
    let before = Side::new(config, before, &options);
    let after = Side::new(config, after, &options);
    let differences = compare(&before, &after, Scope::default());
    let all = blamed(&differences);
    let records = |of: &Members| -> Vec<Value> {
        of.facts.iter().map(|facts| serde_json::to_value(facts).unwrap_or_default()).collect()
    };
    let (ours, theirs) = (records(first), records(other));
    let separates = |name: &&FactName| {
        let values: BTreeSet<Option<String>> =
            ours.iter().map(|record| name.find(record).map(ToString::to_string)).collect();
        !theirs.iter().any(|record| values.contains(&name.find(record).map(ToString::to_string)))
    };
    let apart: BTreeSet<FactName> = all.iter().filter(separates).cloned().collect();
    Some(Separation { group, differences, facts: if apart.is_empty() { all } else { apart } })
}

/// The facts of a host as if the container were one and the same everywhere: its id, directories, time, random names, the name that it was given by
/// chance and its own SELinux categories are replaced.
///
/// # Errors
///
/// [`FactsError`] where the record cannot be read again.
pub fn of_one_container(config: &Config, facts: &Facts) -> Result<Facts, FactsError> {
    let own = &facts.container;
    let mut replaced: Vec<(String, String)> = Vec::new();
    for (directory, to) in [
        (&own.bundle, "/container/bundle"),
        (&own.static_dir, "/container/static"),
        (&own.run_dir, "/container/run"),
        (&own.mountpoint, "/container/root"),
        (&own.netns_path, "/container/netns"),
    ] {
        // A root directory that the config names is the same everywhere.
        let given = |directory: &&String| directory.len() < 2 || **directory == config.rootfs;
        if let Some(directory) = directory.as_ref().filter(|d| !given(d)) {
            replaced.push((directory.clone(), to.to_owned()));
        }
    }
    // One that lies in another is found first. The bundle is often the static directory: then it is called that.
    replaced.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| b.1.cmp(&a.1)));
    let id = own.id.iter().map(|id| (id.clone(), format!("{:064x}", 0)));
    let random = own.random_names.iter().flatten().zip(1_u32..);
    let ids: Vec<(String, String)> = id
        .chain(random.map(|(name, number)| (name.clone(), format!("{number:064x}"))))
        .filter(|(name, _)| name.len() == 64)
        .collect();
    let mut record = serde_json::to_value(facts).unwrap_or_default();
    replace(&mut record, &replaced, &ids);
    if let Some(Value::Object(container)) = record.get_mut("container") {
        if config.name.is_empty() && container.contains_key("name") {
            container.insert("name".to_owned(), "container".into());
        }
        if container.contains_key("created") {
            container.insert("created".to_owned(), "2000-01-01T00:00:00Z".into());
        }
        for key in ["process_label", "mount_label"] {
            if let Some(Value::String(label)) = container.get_mut(key) {
                let parts: Vec<&str> = label.splitn(4, ':').collect();
                if let [user, role, kind, _] = parts.as_slice() {
                    *label = format!("{user}:{role}:{kind}:s0:c0,c1");
                }
            }
        }
    }
    facts_from_json(&record.to_string())
}

fn replace(tree: &mut Value, directories: &[(String, String)], ids: &[(String, String)]) {
    match tree {
        Value::String(text) => {
            if let Some(new) = renamed(text, directories, ids) {
                *text = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, directories, ids)),
        Value::Object(map) => {
            *map = core::mem::take(map)
                .into_iter()
                .map(|(key, mut value)| {
                    replace(&mut value, directories, ids);
                    (renamed(&key, directories, ids).unwrap_or(key), value)
                })
                .collect();
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn renamed(
    text: &str,
    directories: &[(String, String)],
    ids: &[(String, String)],
) -> Option<String> {
    let below = directories.iter().find_map(|(from, to)| {
        let rest = text.strip_prefix(from.as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| format!("{to}{rest}"))
    });
    let mut new = below;
    for (from, to) in ids {
        let now = new.as_deref().unwrap_or(text);
        if now.len() >= from.len() && now.contains(from.as_str()) {
            new = Some(now.replace(from.as_str(), to));
        }
    }
    new
}
