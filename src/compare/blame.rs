//! Whom to blame: of the inputs that stand in a place's reasons, those that are not the same on both sides.

use super::Side;
use super::spec::narrowed;
use crate::config::Field;
use crate::facts::FactKey;
use crate::provenance::{Because, Cause, LENGTH, Trails, WHOLE};
use crate::questions::Question;
use crate::why::{config_path, fact_path};
use alloc::{borrow::ToOwned, collections::BTreeSet, string::String, vec::Vec};
use core::fmt;
use serde_json::Value;

/// The name of a fact of a record: its key, and for a table the entry's.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct FactName {
    /// Which fact.
    pub key: FactKey,
    /// The entry of its table; none for a fact with one value, and for a whole table.
    pub of: Option<String>,
}

impl fmt::Display for FactName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key.path())?;
        match &self.of {
            Some(of) => write!(f, "[{of}]"),
            None => Ok(()),
        }
    }
}

impl FactName {
    /// Its value in a record that was written out as JSON; none where it is not set.
    pub fn find<'v>(&self, record: &'v Value) -> Option<&'v Value> {
        let fact = self.key.path().split('.').try_fold(record, |value, step| value.get(step))?;
        self.of.as_ref().map_or(Some(fact), |of| fact.get(of))
    }
}

/// Which input is to blame.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Input {
    /// A fact that differs.
    Fact(FactName),
    /// A field of the config that differs, or one element of it, by its path there.
    Config(String),
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::Fact(name) => name.fmt(f),
            Input::Config(path) => f.write_str(path),
        }
    }
}

/// An input to blame, with what it is on both sides, apart from what they have in common.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Blamed {
    /// Which input.
    pub input: Input,
    /// What it is on the first side; none where it is not given.
    pub before: Option<Value>,
    /// What it is on the second.
    pub after: Option<Value>,
}

/// Both sides' inputs, written out once for all places.
pub(super) struct Blamer<'s> {
    sides: [Inputs<'s>; 2],
}

struct Inputs<'s> {
    trails: &'s Trails,
    side: &'s Side<'s>,
    given: Value,
    recorded: Value,
}

/// The first side or the second.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Which {
    Before,
    After,
}

impl<'s> Blamer<'s> {
    pub(super) fn new(before: &'s Side<'s>, after: &'s Side<'s>) -> Self {
        let inputs = |side: &'s Side<'s>| Inputs {
            trails: side.trails(),
            side,
            given: serde_json::to_value(side.config).unwrap_or_default(),
            recorded: serde_json::to_value(side.facts).unwrap_or_default(),
        };
        Blamer { sides: [inputs(before), inputs(after)] }
    }

    fn of(&self, which: Which) -> (&Inputs<'s>, &Inputs<'s>) {
        let [before, after] = &self.sides;
        match which {
            Which::Before => (before, after),
            Which::After => (after, before),
        }
    }

    /// The inputs that stand in any of the reasons and differ, those that were opened last first.
    pub(super) fn blame(&self, before: &[Because], after: &[Because]) -> Vec<Blamed> {
        let mut out = Found::default();
        for (which, reasons) in [(Which::After, after), (Which::Before, before)] {
            let (own, _) = self.of(which);
            for because in reasons {
                for cause in own.trails.of(*because).into_iter().rev() {
                    match cause {
                        Cause::Rule(_) => {}
                        Cause::Fact(key, element) => self.fact(which, key, element, &mut out),
                        Cause::Config(field, element) => {
                            self.field(which, field, element, &mut out);
                        }
                    }
                }
            }
        }
        out.finish()
    }

    fn fact(&self, which: Which, key: FactKey, element: u32, out: &mut Found) {
        let path = fact_path(self.of(which).0.side.facts, key, element);
        let of = path
            .strip_prefix(key.path())
            .and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'))
            .map(ToOwned::to_owned);
        let name = FactName { key, of };
        if out.seen.contains(&Input::Fact(name.clone())) {
            return;
        }
        let [before, after] = &self.sides;
        let (before, after) = (name.find(&before.recorded), name.find(&after.recorded));
        if before != after {
            out.add(Input::Fact(name), before, after);
        }
    }

    fn field(&self, which: Which, field: Field, element: u32, out: &mut Found) {
        let (own, other) = self.of(which);
        let key = field.key();
        let (here, there) = (own.given.get(key), other.given.get(key));
        if here == there {
            return;
        }
        let mut add = |path: String, here: Option<&Value>, there: Option<&Value>| match which {
            Which::Before => out.add(Input::Config(path), here, there),
            Which::After => out.add(Input::Config(path), there, here),
        };
        let at = usize::try_from(element).ok();
        match (here, there) {
            // "How many" is the same for lists that hold others of the same number, and "which keys" for maps.
            (Some(Value::Array(a)), Some(Value::Array(b))) if element == LENGTH => {
                if a.len() != b.len() || a.iter().all(|item| b.contains(item)) {
                    add(key.into(), here, there);
                }
            }
            (Some(Value::Object(a)), Some(Value::Object(b))) if element == LENGTH => {
                if !a.keys().eq(b.keys()) {
                    add(key.into(), here, there);
                }
            }
            (Some(Value::Array(items)), _) if element != WHOLE && element != LENGTH => {
                let item = at.and_then(|at| items.get(at));
                let others = there.and_then(Value::as_array);
                if item.is_some_and(|item| others.is_none_or(|others| !others.contains(item))) {
                    add(config_path(own.side.config, field, element), item, None);
                }
            }
            (Some(Value::Object(map)), _) if element != WHOLE && element != LENGTH => {
                let Some((name, value)) = at.and_then(|at| map.iter().nth(at)) else { return };
                let value_there = there.and_then(|there| there.get(name));
                if Some(value) != value_there {
                    add(config_path(own.side.config, field, element), Some(value), value_there);
                }
            }
            _ => add(key.into(), here, there),
        }
    }

    /// A fact that was needed on one side and is not recorded there.
    pub(super) fn missing(&self, question: &Question) -> Blamed {
        let of = Some(question.of.clone()).filter(|of| !of.is_empty());
        let name = FactName { key: question.key, of };
        let [before, after] = &self.sides;
        let (before, after) =
            (name.find(&before.recorded).cloned(), name.find(&after.recorded).cloned());
        Blamed { input: Input::Fact(name), before, after }
    }
}

#[derive(Default)]
struct Found {
    seen: BTreeSet<Input>,
    list: Vec<Blamed>,
}

impl Found {
    fn add(&mut self, input: Input, before: Option<&Value>, after: Option<&Value>) {
        if !self.seen.insert(input.clone()) {
            return;
        }
        let (before, after) = match (before, after) {
            (Some(before), Some(after)) => {
                let (before, after) = narrowed(before, after);
                (Some(before), Some(after))
            }
            (before, after) => (before.cloned(), after.cloned()),
        };
        self.list.push(Blamed { input, before, after });
    }

    /// A field is not named whole beside its elements.
    fn finish(self) -> Vec<Blamed> {
        let mut elements: BTreeSet<String> = BTreeSet::new();
        for blamed in &self.list {
            if let Input::Config(path) = &blamed.input
                && let Some((field, _)) = path.split_once(['[', '.'])
            {
                elements.insert(field.to_owned());
            }
        }
        let own = |blamed: &Blamed| match &blamed.input {
            Input::Config(path) => !elements.contains(path),
            Input::Fact(_) => true,
        };
        self.list.into_iter().filter(own).collect()
    }
}
