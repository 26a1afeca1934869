//! Changes one thing in an input, and knows by which names a reason may call it.

use ocify::config::Field;
use ocify::facts::FactKey;
use ocify::provenance::{Cause, LENGTH, WHOLE};
use serde_json::{Map, Value};
use std::fmt;

/// A step down a JSON tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// Every place of a tree but its root: containers before what they hold.
pub(crate) fn places(tree: &Value) -> Vec<Vec<Step>> {
    let mut found = Vec::new();
    walk(tree, &mut Vec::new(), &mut found);
    found
}

fn walk(tree: &Value, at: &mut Vec<Step>, found: &mut Vec<Vec<Step>>) {
    let mut down = |step: Step, inside: &Value, at: &mut Vec<Step>| {
        at.push(step);
        found.push(at.clone());
        walk(inside, at, found);
        at.pop();
    };
    match tree {
        Value::Object(map) => {
            for (key, inside) in map {
                down(Step::Key(key.clone()), inside, at);
            }
        }
        Value::Array(items) => {
            for (index, inside) in items.iter().enumerate() {
                down(Step::Index(index), inside, at);
            }
        }
        _ => {}
    }
}

fn get_mut<'t>(tree: &'t mut Value, path: &[Step]) -> Option<&'t mut Value> {
    path.iter().try_fold(tree, |tree, step| match step {
        Step::Key(key) => tree.get_mut(key.as_str()),
        Step::Index(index) => tree.get_mut(*index),
    })
}

/// One change of an input.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) path: Vec<Step>,
    /// Entries came or went, so that those behind have other numbers.
    shifts: bool,
}

/// Words that mean something somewhere in a request or a record.
const WORDS: &[&str] = &[
    "",
    "0",
    "1",
    "5",
    "1000",
    "root",
    "alice",
    "alice:users",
    "1000:1000",
    "host",
    "private",
    "container",
    "none",
    "bridge",
    "slirp4netns",
    "keep-id",
    "auto",
    "nomap",
    "path",
    "pod",
    "always",
    "true",
    "false",
    "unconfined",
    "ALL",
    "CAP_NET_RAW",
    "net_admin",
    "/",
    "/run",
    "/tmp",
    "/dev",
    "/dev/null",
    "/dev/fuse:/dev/fuse:rwm",
    "/proc",
    "/sys",
    "/sys/fs/cgroup",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/srv/data",
    "relative",
    "../up",
    "a/../b",
    "/a//b/./c",
    "ro",
    "rw",
    "z",
    "Z",
    "U",
    "O",
    "nosuid",
    "noexec",
    "size=64m",
    "copy",
    "rbind",
    "rslave",
    "tmpfs",
    "bind",
    "/sbin/init",
    "systemd",
    "local",
    "Europe/Paris",
    "PATH",
    "TERM",
    "A=B",
    "=",
    "K*",
    "db",
    "data",
    "web",
    "/usr/bin/tini",
    "cgroupfs",
    "enabled",
    "disabled",
    "split",
    "no-conmon",
    "64m",
    "default",
    "image",
    "disable",
    "level:s0:c1,c2",
    "label=disable",
    "mask=/a",
    "10.0.2.0/24",
    "8.8.8.8",
    "web:10.0.0.5",
    "kernel.msgmax",
    "net.ipv4.ip_forward",
    "ü",
    "a b",
    "nofile",
    "RLIMIT_NPROC",
    "tcp",
    "udp",
    "0022",
    "027",
    "9",
    "ENOENT",
];

const NUMBERS: &[i64] = &[
    0,
    1,
    2,
    5,
    8,
    10,
    64,
    80,
    100,
    999,
    1000,
    1023,
    1024,
    65535,
    65536,
    100_000,
    1 << 31,
    (1 << 32) - 1,
    i64::MAX,
    -1,
    -1000,
];

/// Changes the place `path` of `tree` by the numbers: `how` picks the kind of change, `what` the new value. `None`: nothing to change so.
pub(crate) fn change(tree: &mut Value, path: &[Step], how: u32, what: u32) -> Option<Change> {
    let (last, above) = path.split_last()?;
    let parent = get_mut(tree, above)?;
    let pick = |n: usize| usize::try_from(what).unwrap() % n.max(1);
    let shifts = match (how % 6, last, parent) {
        // Out.
        (0, Step::Key(key), Value::Object(map)) => {
            map.remove(key)?;
            true
        }
        (0, Step::Index(index), Value::Array(items)) => {
            items.remove(*index);
            true
        }
        // Twice.
        (1, Step::Index(index), Value::Array(items)) => {
            let again = items.get(*index)?.clone();
            items.insert(*index, again);
            true
        }
        // Another name for an entry of a map.
        (1, Step::Key(key), Value::Object(map)) => {
            let value = map.remove(key)?;
            let name = WORDS[pick(WORDS.len())];
            map.insert(name.to_owned(), value);
            return Some(Change { path: above.to_vec(), shifts: true })
                .filter(|c| !c.path.is_empty());
        }
        // An error in the place of an answer.
        (2, Step::Key(key), Value::Object(map)) if what.is_multiple_of(3) => {
            let errno = ["ENOENT", "EACCES", "EINVAL"][pick(3)];
            *map.get_mut(key)? =
                Value::Object(Map::from_iter([("error".to_owned(), errno.into())]));
            false
        }
        _ => {
            let value = get_mut(tree, path)?;
            return replace(value, what).then(|| Change { path: path.to_vec(), shifts: false });
        }
    };
    Some(Change { path: path.to_vec(), shifts })
}

fn replace(value: &mut Value, what: u32) -> bool {
    let at = usize::try_from(what).unwrap();
    let new = match &*value {
        Value::Bool(b) => Value::Bool(!b),
        Value::Number(n) => match (n.as_i64(), at % 3) {
            (Some(n), 0) => n.wrapping_add(1).into(),
            _ => NUMBERS[at % NUMBERS.len()].into(),
        },
        Value::String(s) => match at % 4 {
            0 => format!("{s}x").into(),
            1 if s.chars().count() > 1 => s.chars().skip(1).collect::<String>().into(),
            _ => WORDS[at % WORDS.len()].into(),
        },
        Value::Null | Value::Array(_) | Value::Object(_) => return false,
    };
    let changed = new != *value;
    *value = new;
    changed
}

impl Change {
    /// A whole field of the config was set or taken out.
    pub(crate) fn of_field(key: &str) -> Self {
        Change { path: vec![Step::Key(key.to_owned())], shifts: true }
    }

    /// The names that a reason may call the change by, in a config. `before` and `after` are the whole config.
    pub(crate) fn in_config(&self, before: &Value, after: &Value) -> Names {
        let Some(Step::Key(key)) = self.path.first() else { return Names::default() };
        let field = Field::ALL.iter().copied().find(|f| f.key() == key);
        let Some(field) = field else { return Names::default() };
        let number = self.number(1, before.get(key), after.get(key));
        Names { config: Some((field, number, self.shifts)), facts: Vec::new() }
    }

    /// The names that a reason may call the change by, in a record.
    pub(crate) fn in_facts(&self, before: &Value, after: &Value) -> Names {
        let mut facts = Vec::new();
        for key in FactKey::ALL.iter().copied() {
            let steps: Vec<&str> = key.path().split('.').collect();
            let under = self
                .path
                .iter()
                .zip(&steps)
                .all(|(step, word)| matches!(step, Step::Key(k) if k == word));
            if under {
                let table = |tree| steps.iter().try_fold(tree, |t: &Value, word| t.get(word));
                facts.push((key, self.number(steps.len(), table(before), table(after))));
            }
        }
        Names {
            config: None,
            facts: facts.into_iter().map(|(key, number)| (key, number, self.shifts)).collect(),
        }
    }

    /// The number of the entry at `depth` of the path: its index, or its place among the keys of a map.
    fn number(&self, depth: usize, before: Option<&Value>, after: Option<&Value>) -> Option<u32> {
        let number = match self.path.get(depth)? {
            Step::Index(index) => *index,
            Step::Key(key) => {
                let place = |tree: Option<&Value>| match tree {
                    Some(Value::Object(map)) => map.keys().position(|k| k == key),
                    _ => None,
                };
                place(before).or_else(|| place(after))?
            }
        };
        u32::try_from(number).ok()
    }
}

/// What a reason may call a change.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    config: Option<(Field, Option<u32>, bool)>,
    facts: Vec<(FactKey, Option<u32>, bool)>,
}

impl Names {
    pub(crate) fn is(&self, cause: Cause) -> bool {
        match cause {
            Cause::Config(field, element) => self
                .config
                .is_some_and(|(is, number, shifts)| is == field && entry(element, number, shifts)),
            Cause::Fact(key, element) => self
                .facts
                .iter()
                .any(|(is, number, shifts)| *is == key && entry(element, *number, *shifts)),
            Cause::Rule(_) => false,
        }
    }
}

/// Whether the entry that a reason names is the changed one, or holds it, or was moved by it.
fn entry(named: u32, changed: Option<u32>, shifts: bool) -> bool {
    match changed {
        None => true,
        Some(changed) => {
            named == WHOLE || named == changed || (shifts && (named == LENGTH || named > changed))
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (step, nth) in self.path.iter().zip(0..) {
            match step {
                Step::Key(key) if nth == 0 => f.write_str(key)?,
                Step::Key(key) => write!(f, ".{key}")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
