//! A list of places, in order.

use super::caused::Caused;
use super::cx::Cx;
use super::trails::{Because, Step};
use crate::rules::Rule;
use alloc::{borrow::ToOwned, string::String, vec::Vec};

/// What a list finds its elements by.
pub(crate) trait Keyed {
    /// The key: a destination, a name.
    fn key(&self) -> &str;
    /// What it is besides, for reading.
    fn shown(&self) -> String;
}

/// Something that is not there, and why.
#[derive(Clone, Debug)]
pub(crate) struct Removed {
    /// The key it had or would have.
    pub key: String,
    /// Why it is not there.
    pub because: Because,
}

/// Decided values in order, and what was taken out again.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    items: Vec<Caused<T>>,
    removed: Vec<Removed>,
    /// What is no longer in `items`: owed, beside these, by whoever learns that something is not in the list.
    gone: Because,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        List { items: Vec::new(), removed: Vec::new(), gone: Because::NOTHING }
    }
}

impl<T> List<T> {
    /// Keeps the reason of what leaves the list.
    fn leaves(&mut self, cx: &Cx<'_>, because: Because) {
        self.gone = if self.gone == Because::NOTHING {
            because
        } else {
            cx.node(Step::Also(because), self.gone)
        };
    }

    /// Every decision about the list so far.
    fn sum(&self, cx: &Cx<'_>) -> Because {
        cx.all(&self.items, self.gone)
    }

    /// Decides an element and appends it.
    pub(crate) fn push(&mut self, cx: &Cx<'_>, rule: Rule, f: impl FnOnce() -> T) {
        self.items.push(cx.decide(rule, f));
    }

    /// Appends an element that was decided before; what is open now counts as well.
    pub(crate) fn push_told(&mut self, cx: &Cx<'_>, new: Caused<T>) {
        self.items.push(new.under(cx));
    }

    /// Appends elements that owe what is open now already.
    pub(crate) fn append(&mut self, mut old: Vec<Caused<T>>) {
        if self.items.is_empty() {
            self.items = old;
        } else {
            self.items.append(&mut old);
        }
    }

    /// Appends an element that owes what is open now already.
    pub(crate) fn push_old(&mut self, old: Caused<T>) {
        self.items.push(old);
    }

    /// Puts an element into a list that is in order, behind its equals. The order of places is not a place.
    pub(crate) fn insert_in_order(
        &mut self,
        new: Caused<T>,
        order: impl Fn(&T, &T) -> core::cmp::Ordering,
    ) {
        let at = self.items.partition_point(|told| order(told.value(), new.value()).is_le());
        self.items.insert(at, new);
    }

    /// What is open now decides which elements there are, also where it brings none: whoever finds nothing owes it.
    pub(crate) fn settle(&mut self, cx: &Cx<'_>) {
        if cx.now() != Because::NOTHING {
            self.leaves(cx, cx.now());
        }
    }

    /// How many there are: owed to every decision about the list.
    pub(crate) fn count(&self, cx: &Cx<'_>) -> usize {
        cx.owe(self.sum(cx));
        self.items.len()
    }

    /// Makes room for `more` elements.
    pub(crate) fn reserve(&mut self, more: usize) {
        self.items.reserve(more);
    }

    /// Puts decided elements before all others.
    pub(crate) fn prepend_told(&mut self, mut first: Vec<Caused<T>>) {
        first.append(&mut self.items);
        self.items = first;
    }

    /// Takes everything out, to be put back by [`List::push_told`].
    pub(crate) fn take(&mut self, cx: &Cx<'_>) -> Vec<Caused<T>> {
        self.gone = self.sum(cx);
        core::mem::take(&mut self.items)
    }

    /// Opens the element at an index.
    pub(crate) fn at<'t>(&'t self, cx: &Cx<'_>, index: usize) -> Option<&'t T> {
        self.items.get(index).map(|told| cx.see(told))
    }

    /// Opens all elements: owed to every decision about the list.
    pub(crate) fn all<'t>(
        &'t self,
        cx: &Cx<'_>,
    ) -> impl DoubleEndedIterator<Item = &'t T> + use<'t, T> {
        cx.owe(self.sum(cx));
        self.items.iter().map(Caused::value)
    }

    /// Elements that are still closed.
    pub(crate) fn told(&self) -> &[Caused<T>] {
        &self.items
    }

    /// How many there are, which opens nothing: for capacities and loops over indices.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Puts the elements in order, stably, by a key of each. The order of places is not a place.
    pub(crate) fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&T) -> K) {
        self.items.sort_by_cached_key(|told| key(told.value()));
    }

    /// Puts the elements in order, stably, by comparing them. The order of places is not a place.
    pub(crate) fn sort_by(&mut self, order: impl Fn(&T, &T) -> core::cmp::Ordering) {
        self.items.sort_by(|a, b| order(a.value(), b.value()));
    }

    /// The first element of which `f` holds; "none" is owed to every decision so far.
    pub(crate) fn position(&self, cx: &Cx<'_>, f: impl Fn(&T) -> bool) -> Option<usize> {
        let found = self.items.iter().position(|told| f(told.value()));
        match found.and_then(|at| self.items.get(at)) {
            Some(told) => cx.owe(told.because()),
            None => cx.owe_aside(self.sum(cx)),
        }
        found
    }

    /// Opens the elements of which `f` holds, in order; that the others are none of them is owed as well.
    pub(crate) fn those<'t>(&'t self, cx: &Cx<'_>, f: impl Fn(&T) -> bool) -> Vec<&'t T> {
        cx.owe_aside(self.sum(cx));
        self.items.iter().filter(|told| f(told.value())).map(|told| cx.see(told)).collect()
    }

    /// Everything in order, with reasons, for the writers.
    pub(crate) fn open(&self) -> impl Iterator<Item = (&T, Because)> {
        self.items.iter().map(Caused::open)
    }

    /// The values in order, for the writers.
    pub(crate) fn values(&self) -> impl ExactSizeIterator<Item = &T> {
        self.items.iter().map(Caused::value)
    }

    /// What is not there, for the writers.
    pub(crate) fn removed(&self) -> &[Removed] {
        &self.removed
    }

    /// Says why something is not in the list.
    pub(crate) fn absent(&mut self, cx: &Cx<'_>, rule: Rule, key: &str) {
        let because = cx.because(rule);
        self.leaves(cx, because);
        self.removed.push(Removed { key: key.to_owned(), because });
    }
}

impl<T: Keyed> List<T> {
    /// The first element with a key.
    pub(crate) fn find(&self, cx: &Cx<'_>, key: &str) -> Option<usize> {
        self.position(cx, |item| item.key() == key)
    }

    /// Takes the element at an index out.
    pub(crate) fn remove(&mut self, cx: &Cx<'_>, rule: Rule, index: usize) {
        if index >= self.items.len() {
            return;
        }
        let (value, before) = self.items.remove(index).into_parts();
        let because = cx.because(rule);
        let because = cx.over(before, cx.node(Step::Also(before), because), || value.shown());
        self.leaves(cx, because);
        self.removed.push(Removed { key: value.key().to_owned(), because });
    }

    /// Decides the element at an index anew, from what stands there.
    pub(crate) fn amend(&mut self, cx: &Cx<'_>, rule: Rule, index: usize, f: impl FnOnce(&T) -> T) {
        let Some(old) = self.items.get(index) else { return };
        let before = old.because();
        let new = cx.decide(rule, || f(cx.see(old)));
        let (value, because) = new.into_parts();
        if let Some(place) = self.items.get_mut(index) {
            let because = cx.over(before, because, || place.value().shown());
            *place = Caused::new(value, because);
        }
    }

    /// Replaces the first element with the same key in its place, or appends.
    pub(crate) fn put(&mut self, cx: &Cx<'_>, new: Caused<T>) {
        let at = self.items.iter().position(|told| told.value().key() == new.value().key());
        let Some(place) = at.and_then(|at| self.items.get_mut(at)) else {
            return self.push_told(cx, new);
        };
        let (value, because) = new.under(cx).into_parts();
        let before = place.because();
        let because = cx.over(before, because, || place.value().shown());
        *place = Caused::new(value, because);
        self.leaves(cx, before);
    }
}
