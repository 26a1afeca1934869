//! The context of a pass: the inputs, and the causes opened in the decision under way.

use super::caused::Caused;
use super::trails::{Because, Cause, Kept, LENGTH, Node, Step, Trails, WHOLE};
use crate::config::{Config, Field};
use crate::facts::{FactKey, Facts, Told};
use crate::options::Profile;
use crate::questions::Question;
use crate::rules::Rule;
use alloc::{
    borrow::ToOwned,
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use core::cell::{Cell, RefCell};

/// What a pass holds. `Cell` and `RefCell` stand here and nowhere else in the core.
#[derive(Debug)]
pub(crate) struct Cx<'a> {
    config: &'a Config,
    facts: &'a Facts,
    profile: Profile,
    now: Cell<Because>,
    nodes: RefCell<Vec<Node>>,
    groups: RefCell<Vec<Because>>,
    missing: RefCell<BTreeSet<Question>>,
    /// Values that were replaced, by the node that says so; only where somebody wants to read them.
    kept: Option<RefCell<Kept>>,
    /// The number behind that of the entry of a table that was found last: who looks up one after the other in order finds each at once.
    next_entry: Cell<u32>,
}

/// The config as a pass sees it: each reader notes the field it opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given<'x, 'a>(&'x Cx<'a>);

impl<'a> Given<'_, 'a> {
    pub(crate) fn open<T: ?Sized>(self, field: Field, select: fn(&Config) -> &T) -> &'a T {
        self.0.note(Cause::Config(field, WHOLE));
        select(self.0.config)
    }

    /// The elements of a list: how many there are is noted now, each one when it is opened.
    pub(crate) fn each<T: 'a>(
        self,
        field: Field,
        select: fn(&Config) -> &[T],
    ) -> impl ExactSizeIterator<Item = Element<'a, T>> + use<'a, T> {
        self.0.note(Cause::Config(field, LENGTH));
        let numbered = move |(i, value)| Element {
            value,
            cause: Cause::Config(field, u32::try_from(i).unwrap_or(LENGTH)),
        };
        select(self.0.config).iter().enumerate().map(numbered)
    }

    /// The entries of a map: which keys there are is noted now, each value when it is opened.
    pub(crate) fn entries<T: 'a>(
        self,
        field: Field,
        select: fn(&Config) -> &BTreeMap<String, T>,
    ) -> Entries<'a, T> {
        self.0.note(Cause::Config(field, LENGTH));
        Entries { map: select(self.0.config), field }
    }
}

/// The entries of a map of the config: keys open, values closed.
#[derive(Debug)]
pub(crate) struct Entries<'a, T> {
    map: &'a BTreeMap<String, T>,
    field: Field,
}

impl<T> Clone for Entries<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Entries<'_, T> {}

impl<'a, T> Entries<'a, T> {
    /// Whether there is such a key.
    pub(crate) fn has(self, key: &str) -> bool {
        self.map.contains_key(key)
    }

    /// How many there are.
    pub(crate) fn len(self) -> usize {
        self.map.len()
    }

    /// The entries in byte order of the keys.
    pub(crate) fn iter(self) -> impl Iterator<Item = (&'a str, Element<'a, T>)> + use<'a, T> {
        self.map.iter().zip(0..).map(move |((key, value), i)| {
            (key.as_str(), Element { value, cause: Cause::Config(self.field, i) })
        })
    }
}

/// An element of a list of inputs, closed until it is seen.
#[derive(Debug)]
pub(crate) struct Element<'a, T> {
    value: &'a T,
    cause: Cause,
}

impl<T> Clone for Element<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Element<'_, T> {}

impl<'a, T> Element<'a, T> {
    /// Opens it.
    pub(crate) fn see(self, cx: &Cx<'a>) -> &'a T {
        cx.note(self.cause);
        self.value
    }
}

impl<'a> Cx<'a> {
    pub(crate) fn new(config: &'a Config, facts: &'a Facts, profile: Profile) -> Self {
        let nodes = RefCell::new(Vec::with_capacity(1024));
        let groups = RefCell::new(Vec::with_capacity(512));
        Cx {
            config,
            facts,
            profile,
            now: Cell::new(Because::NOTHING),
            nodes,
            groups,
            missing: RefCell::default(),
            kept: None,
            next_entry: Cell::new(0),
        }
    }

    /// A context that keeps the values that are replaced, for reading.
    pub(crate) fn keeping(config: &'a Config, facts: &'a Facts, profile: Profile) -> Self {
        Cx { kept: Some(RefCell::default()), ..Self::new(config, facts, profile) }
    }

    pub(crate) fn finish(self) -> (Trails, BTreeSet<Question>, Kept) {
        let (nodes, groups) = (self.nodes.into_inner(), self.groups.into_inner());
        let kept = self.kept.map(RefCell::into_inner).unwrap_or_default();
        (Trails { nodes, groups }, self.missing.into_inner(), kept)
    }

    /// Says that a value stands in the place of another: the trail goes on with `because`.
    pub(super) fn over(
        &self,
        old: Because,
        because: Because,
        value: impl FnOnce() -> String,
    ) -> Because {
        let because = self.node(Step::Over(old), because);
        if let Some(kept) = &self.kept {
            kept.borrow_mut().insert(because.0, value());
        }
        because
    }

    /// The config.
    pub(crate) fn config(&self) -> Given<'_, 'a> {
        Given(self)
    }

    /// The facts.
    pub(crate) fn facts(&self) -> Told<'_, 'a> {
        Told(self)
    }

    /// Whether the deviations of the hardened profile are in force. The profile is an option of the call, not an input that is traced.
    pub(crate) fn hardened(&self) -> bool {
        matches!(self.profile, Profile::Hardened)
    }

    pub(crate) fn facts_record(&self) -> &'a Facts {
        self.facts
    }

    pub(crate) fn next_entry(&self) -> u32 {
        self.next_entry.get()
    }

    pub(crate) fn found_entry(&self, number: u32) {
        self.next_entry.set(number.saturating_add(1));
    }

    pub(crate) fn note_fact(&self, key: FactKey, element: u32) {
        self.note(Cause::Fact(key, element));
    }

    pub(crate) fn note_missing(&self, key: FactKey, of: &str) {
        self.note(Cause::Fact(key, WHOLE));
        self.missing.borrow_mut().insert(Question { key, of: of.to_owned() });
    }

    /// Whether a fact has been missed so far.
    pub(crate) fn misses(&self) -> bool {
        !self.missing.borrow().is_empty()
    }

    pub(super) fn note(&self, cause: Cause) {
        self.now.set(self.node(Step::Cause(cause), self.now.get()));
    }

    #[inline(never)]
    pub(super) fn node(&self, step: Step, prev: Because) -> Because {
        let mut nodes = self.nodes.borrow_mut();
        let node = Node { step, prev };
        // Room is there nearly always: what it takes to make some stays out of the way.
        if nodes.len() < nodes.capacity() {
            nodes.push(node);
        } else {
            push_growing(&mut nodes, node);
        }
        Because(u32::try_from(nodes.len()).unwrap_or(u32::MAX))
    }

    /// A trail that holds those of all of `told`, and goes on with `prev`.
    pub(super) fn all<T>(&self, told: &[Caused<T>], prev: Because) -> Because {
        if told.is_empty() {
            return prev;
        }
        let mut groups = self.groups.borrow_mut();
        let start = u32::try_from(groups.len()).unwrap_or(u32::MAX);
        groups.extend(told.iter().map(Caused::because));
        groups.push(Because::NOTHING);
        self.node(Step::All(start), prev)
    }

    /// What is decided from here on owes `more` as well.
    pub(super) fn owe(&self, more: Because) {
        let now = self.now.get();
        if now == Because::NOTHING {
            self.now.set(more);
        } else if more != now && more != Because::NOTHING {
            self.now.set(self.node(Step::Also(more), now));
        }
    }

    /// As [`Cx::owe`], for what was looked through in vain.
    pub(super) fn owe_aside(&self, more: Because) {
        if more != Because::NOTHING {
            self.now.set(self.node(Step::Aside(more), self.now.get()));
        }
    }

    pub(super) fn now(&self) -> Because {
        self.now.get()
    }

    /// Opens a decided value: whatever is decided from here to the end of the scope is owed to it.
    pub(crate) fn see<'t, T>(&self, told: &'t Caused<T>) -> &'t T {
        self.owe(told.because());
        told.value()
    }

    /// Decides one value in a scope of its own: it owes what was open before, what `f` opens, and the rule.
    ///
    /// What `f` learns leaves it in the value, or through the draft.
    pub(crate) fn decide<T>(&self, rule: Rule, f: impl FnOnce() -> T) -> Caused<T> {
        let before = self.now.get();
        let value = f();
        let because = self.node(Step::Cause(Cause::Rule(rule)), self.now.replace(before));
        Caused::new(value, because)
    }

    /// Decides a value anew in its place, from what it was. What `f` says besides may only tell whether the value is kept.
    pub(crate) fn renew<T, R>(
        &self,
        told: &mut Caused<T>,
        rule: Rule,
        f: impl FnOnce(&mut T) -> R,
    ) -> R {
        let before = self.now.get();
        let (value, because) = told.parts_mut();
        self.owe(*because);
        let said = f(value);
        *because = self.node(Step::Cause(Cause::Rule(rule)), self.now.replace(before));
        said
    }

    /// As [`Cx::decide`], for what is only read: no rule has decided anything yet.
    pub(crate) fn read<T>(&self, f: impl FnOnce() -> T) -> Caused<T> {
        let before = self.now.get();
        let value = f();
        Caused::new(value, self.now.replace(before))
    }

    /// A scope: what `f` opens is not owed by what comes after. What `f` learns leaves it through the draft, or in a [`Caused`].
    pub(crate) fn within(&self, f: impl FnOnce()) {
        let before = self.now.get();
        f();
        self.now.set(before);
    }

    /// The reason for something decided here and now by `rule`.
    pub(crate) fn because(&self, rule: Rule) -> Because {
        self.node(Step::Cause(Cause::Rule(rule)), self.now.get())
    }

    /// Ends a pass: nothing it has opened is owed by the next.
    pub(crate) fn end_pass(&self) {
        self.now.set(Because::NOTHING);
    }
}

#[cold]
#[inline(never)]
fn push_growing(nodes: &mut Vec<Node>, node: Node) {
    nodes.push(node);
}
