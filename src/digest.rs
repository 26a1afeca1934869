//! Digests of a config, a facts record and a spec: equal where they say the same, whatever their spelling.
//!
//! A digest is the SHA-256 of a canonical form: one line of JSON without blanks and without a line break, keys in byte order, each number in
//! its shortest form, inside of an object that names what it is and the version of the form:
//!
//! ```json
//! {"ocify-config":"1","value":{"command":["sleep","10"],"rootfs":"/srv/root"}}
//! ```
//!
//! (`ocify-facts` for a record, `ocify-spec` for a spec.) What has its default value is left out of configs and facts, and short forms stand
//! for what they mean, so that YAML and JSON, `512m` and `536870912`, a list of `K=V` and a map, `cpus: 1.5` and its quota have one digest.
//! Anybody can check it: `ocify digest CONFIG --canonical config | sha256sum`. When the form changes, its version does.
//!
//! A digest hides nothing: who can guess what was hashed can check the guess.

use crate::config::{Config, Cpu, Cpus, Memory, Pids, Resources};
use crate::facts::Facts;
use crate::text::{Node, NodeError, json};
use alloc::{
    borrow::Cow, boxed::Box, collections::BTreeMap, string::String, string::ToString, vec::Vec,
};
use core::fmt;
use sha2::Digest as _;

/// The version of the canonical form.
pub const FORM: &str = "1";

/// A SHA-256, shown as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of bytes, such as a canonical form.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(sha2::Sha256::digest(bytes).into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digest of a config.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let yaml = ocify::parse("rootfs: /srv/root\ncommand: [sleep, '10']\nmemory: 512m\nnetns: host\nenv: [A=1]\n")?;
/// let json = ocify::parse(
///     r#"{"env": {"A": "1"}, "netns": {"nsmode": "host"}, "resource_limits": {"memory": {"limit": 536870912}},
///         "command": ["sleep", "10"], "privileged": false, "rootfs": "/srv/root"}"#,
/// )?;
/// assert_eq!(ocify::digest::config(&yaml), ocify::digest::config(&json));
/// # Ok(())
/// # }
/// ```
pub fn config(config: &Config) -> Digest {
    Digest::of(canonical_config(config).as_bytes())
}

/// The digest of a facts record.
pub fn facts(facts: &Facts) -> Digest {
    Digest::of(canonical_facts(facts).as_bytes())
}

/// The digest of a spec, whoever made it: the text of a config.json, such as [`Compiled::to_json`](crate::Compiled::to_json) gives.
///
/// # Errors
///
/// [`NodeError`] for a text that is not JSON.
pub fn spec(text: &str) -> Result<Digest, NodeError> {
    Ok(Digest::of(canonical_spec(text)?.as_bytes()))
}

/// The canonical form of a config.
pub fn canonical_config(config: &Config) -> String {
    let mut config = config.clone();
    unfold(&mut config);
    let text = serde_json::to_string(&config).unwrap_or_default();
    canonical("ocify-config", &text).unwrap_or_default()
}

/// The canonical form of a facts record.
pub fn canonical_facts(facts: &Facts) -> String {
    let text = serde_json::to_string(facts).unwrap_or_default();
    canonical("ocify-facts", &text).unwrap_or_default()
}

/// The canonical form of a spec.
///
/// # Errors
///
/// [`NodeError`] for a text that is not JSON.
pub fn canonical_spec(text: &str) -> Result<String, NodeError> {
    canonical("ocify-spec", text)
}

fn canonical(what: &str, text: &str) -> Result<String, NodeError> {
    let head = (Cow::Borrowed(what), Node::Str(Cow::Borrowed(FORM)));
    let value = (Cow::Borrowed("value"), sorted(json(text)?));
    Ok(serde_json::to_string(&Node::Map([head, value].into())).unwrap_or_default())
}

/// The same tree with its keys in byte order, the last of equal ones standing, and whole numbers as such.
fn sorted(node: Node<'_>) -> Node<'_> {
    match node {
        Node::Seq(items) => Node::Seq(items.into_iter().map(sorted).collect()),
        Node::Map(entries) => {
            let entries: BTreeMap<_, _> =
                entries.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Node::Map(entries.into_iter().collect::<Vec<_>>())
        }
        Node::Float(number) => match number.to_string().parse() {
            Ok(whole) => Node::Int(whole),
            Err(_) => Node::Float(number),
        },
        Node::Override(inside) => Node::Override(Box::new(sorted(*inside))),
        Node::Null | Node::Bool(_) | Node::Int(_) | Node::Str(_) => node,
    }
}

/// Puts the short limits where the long ones are. Where both are given, which is refused, they stay.
fn unfold(config: &mut Config) {
    let limits = config.resource_limits.clone().unwrap_or_default();
    let mut new: Resources = limits.clone();
    if let Some(bytes) = config.memory
        && limits.memory.as_ref().is_none_or(|memory| memory.limit.is_none())
    {
        new.memory = Some(Memory { limit: Some(bytes.0), ..limits.memory.unwrap_or_default() });
        config.memory = None;
    }
    if let Some(cpus) = config.cpus
        && limits.cpu.as_ref().is_none_or(|cpu| cpu.quota.is_none() && cpu.period.is_none())
    {
        new.cpu = Some(Cpu {
            quota: Some(cpus.quota_us),
            period: Some(Cpus::PERIOD_US),
            ..limits.cpu.unwrap_or_default()
        });
        config.cpus = None;
    }
    if let (Some(limit), None) = (config.pids, &limits.pids) {
        new.pids = Some(Pids { limit });
        config.pids = None;
    }
    if new != Resources::default() {
        config.resource_limits = Some(new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_what_it_says_and_its_digest_that_of_sha256sum() {
        let given = crate::parse("rootfs: /srv/root\ncommand: [sleep, '10']\n").unwrap();
        let form =
            r#"{"ocify-config":"1","value":{"command":["sleep","10"],"rootfs":"/srv/root"}}"#;
        assert_eq!(canonical_config(&given), form);
        // printf %s FORM | sha256sum
        assert_eq!(
            config(&given).to_string(),
            "sha256:d4c49b22aefc3fc188d135ff7770ee5985cf0de655f3a755c8d3100800a05096"
        );
        let nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), nothing);
    }

    /// Found by fuzzing: a number was read as its neighbour.
    #[test]
    fn the_form_of_a_form_is_the_same() {
        let text = "{\"a\": -58888888888888888888888888888888888888888888.88888888888888888888888888888888888}";
        let form = canonical_spec(text).unwrap();
        let inside = form.split_once("\"value\":").unwrap().1.strip_suffix('}').unwrap();
        assert_eq!(canonical_spec(inside).unwrap(), form);
    }

    #[test]
    fn what_is_the_same_has_the_same_digest() {
        let same: &[&[&str]] = &[
            &[
                "hostname: a\nenv: {B: '2', A: '1'}",
                "env: [A=1, B=2]\nhostname: a",
                r#"{"env":{"A":"1","B":"2"},"hostname":"a"}"#,
            ],
            &[
                "memory: 1g",
                "resource_limits: {memory: {limit: 1073741824}}",
                "resource_limits: {memory: {limit: '1073741824'}}",
            ],
            &[
                "cpus: 1.5",
                "resource_limits: {cpu: {quota: 150000, period: 100000}}",
                "cpus: '1.50'",
            ],
            &["pids: 9", "resource_limits: {pids: {limit: 9}}"],
            &["netns: container:db", "netns: {nsmode: container, value: db}"],
            &["volumes: ['data:/x:ro']", "volumes: [{Name: data, Dest: /x, Options: [ro]}]"],
            &[
                "volumes: ['/srv:/x:ro']",
                "mounts: [{type: bind, source: /srv, destination: /x, options: [ro]}]",
                "mounts: ['type=bind,src=/srv,dst=/x,ro']",
            ],
            &["portmappings: ['8080:80']", "portmappings: [{host_port: 8080, container_port: 80}]"],
            &["stop_timeout: 10s", "stop_timeout: 10"],
            &["systemd: true", "systemd: 'true'"],
            &["privileged: false", "{}", "netns: {}"],
        ];
        let read = |text: &str| crate::parse(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let mut all = Vec::new();
        for group in same {
            let first = config(&read(group[0]));
            for text in *group {
                let form = canonical_config(&read(text));
                assert_eq!(config(&read(text)), first, "{text} is not as {}:\n{form}", group[0]);
            }
            all.push(first);
        }
        all.sort();
        all.dedup();
        assert_eq!(all.len(), same.len());
        // Twice the same limit is refused, and not the same as once.
        let twice = read("memory: 1g\nresource_limits: {memory: {limit: 1073741824}}");
        assert_ne!(config(&twice), config(&read("memory: 1g")));
    }

    #[test]
    fn a_spec_is_known_whatever_its_layout() {
        let spec = |text: &str| spec(text).unwrap();
        assert_eq!(spec(r#"{"a": 1.0, "b": [2e0, "x"]}"#), spec(r#"{"b":[2,"x"],"a":1}"#));
        assert_ne!(spec(r#"{"a":[1,2]}"#), spec(r#"{"a":[2,1]}"#));
        assert!(super::spec("{").is_err());
    }
}
