//! A value with its reason, and a place that holds one.

use super::cx::Cx;
use super::trails::{Because, Step};
use crate::rules::Rule;
use alloc::{format, string::String};
use core::fmt::Debug;

/// A value with its reason: opened only through `Cx::see`.
#[derive(Clone, Debug)]
pub(crate) struct Caused<T> {
    value: T,
    because: Because,
}

impl<T> Caused<T> {
    pub(super) fn new(value: T, because: Because) -> Self {
        Caused { value, because }
    }

    pub(super) fn value(&self) -> &T {
        &self.value
    }

    /// The reason. Reading the reason opens nothing.
    pub(crate) fn because(&self) -> Because {
        self.because
    }

    /// For what comes after the passes: the writers.
    pub(crate) fn open(&self) -> (&T, Because) {
        (&self.value, self.because)
    }

    /// A write adds what is open now: an `if` around it is recorded.
    pub(super) fn under(self, cx: &Cx<'_>) -> Self {
        let now = cx.now();
        if now == Because::NOTHING {
            self
        } else {
            Caused { because: cx.node(Step::Also(now), self.because), ..self }
        }
    }

    pub(super) fn parts_mut(&mut self) -> (&mut T, &mut Because) {
        (&mut self.value, &mut self.because)
    }

    pub(super) fn into_parts(self) -> (T, Because) {
        (self.value, self.because)
    }
}

/// A place of the draft. It starts undecided; a later decision names the one it replaces.
#[derive(Clone, Debug)]
pub(crate) struct Slot<T>(Option<Caused<T>>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(None)
    }
}

/// A value for reading: `Some(…)` is left away.
pub(crate) fn shown(value: &impl Debug) -> String {
    let text = format!("{value:?}");
    match text.strip_prefix("Some(").and_then(|t| t.strip_suffix(')')) {
        Some(inside) => inside.into(),
        None if text == "None" => "unset".into(),
        None => text,
    }
}

impl<T: Debug> Slot<T> {
    /// Decides the place.
    pub(crate) fn set(&mut self, cx: &Cx<'_>, rule: Rule, f: impl FnOnce() -> T) {
        let new = cx.decide(rule, f);
        self.place(cx, new);
    }

    fn place(&mut self, cx: &Cx<'_>, new: Caused<T>) {
        let (value, mut because) = new.into_parts();
        if let Some(old) = &self.0 {
            because = cx.over(old.because, because, || shown(&old.value));
        }
        self.0 = Some(Caused::new(value, because));
    }

    /// Decides the place anew from what stands there; an undecided place stays so.
    pub(crate) fn amend(&mut self, cx: &Cx<'_>, rule: Rule, f: impl FnOnce(&T) -> T) {
        let Some(old) = &self.0 else { return };
        let new = cx.decide(rule, || f(cx.see(old)));
        self.place(cx, new);
    }
}

impl<T> Slot<T> {
    /// Opens the place; `None` while it is undecided.
    pub(crate) fn see<'t>(&'t self, cx: &Cx<'_>) -> Option<&'t T> {
        self.0.as_ref().map(|told| cx.see(told))
    }

    /// Whether the place holds what `f` asks for. If it does not, it is owed as what was looked through in vain.
    pub(crate) fn holds(&self, cx: &Cx<'_>, f: impl FnOnce(&T) -> bool) -> bool {
        let Some(told) = &self.0 else { return false };
        let holds = f(&told.value);
        if holds {
            cx.owe(told.because);
        } else {
            cx.owe_aside(told.because);
        }
        holds
    }

    /// Says that what is open now could have replaced the value and did not: the value owes that too.
    pub(crate) fn stand(&mut self, cx: &Cx<'_>) {
        self.0 = self.0.take().map(|told| told.under(cx));
    }

    /// For what comes after the passes: the writers.
    pub(crate) fn open(&self) -> Option<(&T, Because)> {
        self.0.as_ref().map(Caused::open)
    }

    /// The value alone, for the writers.
    pub(crate) fn value(&self) -> Option<&T> {
        self.0.as_ref().map(Caused::value)
    }
}
