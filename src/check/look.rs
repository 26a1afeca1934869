//! Looks into a spec as a tree, and keeps what is found.

use super::{Finding, FindingKind};
use crate::text::Node;
use alloc::{borrow::ToOwned as _, format, string::String, vec::Vec};

/// A value of the spec, and its place.
#[derive(Clone, Debug)]
pub(super) struct At<'n> {
    pub(super) node: &'n Node<'n>,
    pub(super) path: String,
    /// The place by name, where there is one.
    pub(super) name: String,
}

impl<'n> At<'n> {
    /// The value of a key; of equal keys the last, as runtimes read it. `null` is as good as nothing.
    pub(super) fn key(&self, key: &str) -> Option<At<'n>> {
        let Node::Map(entries) = self.node else { return None };
        let (_, node) = entries.iter().rev().find(|(name, _)| name == key)?;
        let path =
            if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) };
        (*node != Node::Null).then(|| At { node, path, name: self.name.clone() })
    }

    /// The value below several keys.
    pub(super) fn below(&self, keys: &str) -> Option<At<'n>> {
        keys.split('.').try_fold(self.clone(), |at, key| at.key(key))
    }

    /// The elements of the list below a key.
    pub(super) fn list(&self, keys: &str) -> Vec<At<'n>> {
        self.below(keys).map(|at| at.items()).unwrap_or_default()
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Vec<At<'n>> {
        let Node::Seq(items) = self.node else { return Vec::new() };
        let at = |(index, node)| At {
            node,
            path: format!("{}[{index}]", self.path),
            name: self.name.clone(),
        };
        items.iter().enumerate().map(at).collect()
    }

    /// The entries of an object.
    pub(super) fn entries(&self) -> Vec<(&'n str, At<'n>)> {
        let Node::Map(entries) = self.node else { return Vec::new() };
        let at = |node, key: &str| At {
            node,
            path: if self.path.is_empty() {
                key.to_owned()
            } else {
                format!("{}.{key}", self.path)
            },
            name: self.name.clone(),
        };
        entries.iter().map(|(key, node)| (&**key, at(node, key))).collect()
    }

    pub(super) fn text(&self) -> Option<&'n str> {
        if let Node::Str(text) = self.node { Some(text) } else { None }
    }

    pub(super) fn int(&self) -> Option<i128> {
        if let Node::Int(number) = self.node { Some(*number) } else { None }
    }

    /// The text below a key; empty where there is none.
    pub(super) fn word(&self, key: &str) -> &'n str {
        self.key(key).and_then(|at| at.text()).unwrap_or_default()
    }

    /// The number below a key.
    pub(super) fn number(&self, key: &str) -> Option<i128> {
        self.key(key)?.int()
    }

    /// The texts of the list below a key.
    pub(super) fn words(&self, key: &str) -> Vec<(&'n str, At<'n>)> {
        self.list(key).into_iter().filter_map(|at| Some((at.text()?, at))).collect()
    }

    /// The same place, by a name.
    pub(super) fn named(mut self, name: String) -> Self {
        self.name = name;
        self
    }
}

/// The whole spec.
#[derive(Debug)]
pub(super) struct Spec<'n>(pub(super) At<'n>);

impl<'n> Spec<'n> {
    pub(super) fn new(node: &'n Node<'n>) -> Self {
        Spec(At { node, path: String::new(), name: String::new() })
    }

    pub(super) fn at(&self, keys: &str) -> Option<At<'n>> {
        self.0.below(keys)
    }

    pub(super) fn list(&self, keys: &str) -> Vec<At<'n>> {
        self.0.list(keys)
    }

    /// The mounts, each by its destination.
    pub(super) fn mounts(&self) -> Vec<At<'n>> {
        let named = |at: At<'n>| {
            let name = format!("mounts[{}]", at.word("destination"));
            at.named(name)
        };
        self.list("mounts").into_iter().map(named).collect()
    }
}

/// The namespaces of a spec.
#[derive(Debug)]
pub(super) struct Namespaces<'n>(pub(super) Vec<Namespace<'n>>);

/// One of them.
#[derive(Debug)]
pub(super) struct Namespace<'n> {
    pub(super) kind: &'n str,
    /// Empty for one that is made.
    pub(super) path: &'n str,
    pub(super) at: At<'n>,
}

impl<'n> Namespaces<'n> {
    pub(super) fn of(spec: &Spec<'n>) -> Self {
        let of = |at: At<'n>| {
            let (kind, path) = (at.word("type"), at.word("path"));
            let name = format!("linux.namespaces[{kind}]");
            (!kind.is_empty()).then(|| Namespace { kind, path, at: at.named(name) })
        };
        Namespaces(spec.list("linux.namespaces").into_iter().filter_map(of).collect())
    }

    pub(super) fn find(&self, kind: &str) -> Option<&Namespace<'n>> {
        self.0.iter().find(|namespace| namespace.kind == kind)
    }

    pub(super) fn has(&self, kind: &str) -> bool {
        self.find(kind).is_some()
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) all: Vec<Finding>,
}

impl Found {
    pub(super) fn add(&mut self, kind: FindingKind, at: &At<'_>, message: String) {
        self.all.push(Finding { kind, place: at.path.clone(), name: at.name.clone(), message });
    }

    /// A path that OCI wants to be absolute.
    pub(super) fn absolute(&mut self, at: Option<At<'_>>) {
        if let Some(at) = at
            && let Some(path) = at.text()
            && !path.is_empty()
            && !path.starts_with('/')
        {
            self.add(FindingKind::RelativePath, &at, format!("`{path}` is not an absolute path"));
        }
    }

    /// A word that has to be one of a list.
    pub(super) fn known(
        &mut self,
        kind: FindingKind,
        at: Option<At<'_>>,
        what: &str,
        known: &[&str],
    ) {
        if let Some(at) = at
            && let Some(word) = at.text()
            && !word.is_empty()
            && !known.contains(&word)
        {
            let near = crate::text::nearest(word, known.iter().copied());
            let hint = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
            self.add(kind, &at, format!("`{word}` is no {what}{hint}"));
        }
    }
}
