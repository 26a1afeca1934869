//! Keeps things by where they land.

use crate::draft::Text;
use crate::provenance::Caused;
use alloc::collections::{BTreeMap, btree_map};
use alloc::vec::{self, Vec};
use core::iter::Peekable;

/// Things by where they land. The key is the cleaned destination; what is kept has it as spelled.
///
/// As a rule things come in order, and then a list in which one can search by halves is all there is; a tree holds the others.
#[derive(Debug)]
pub(super) struct Places<'a, T> {
    ordered: Vec<(Text<'a>, Caused<T>)>,
    others: BTreeMap<Text<'a>, Caused<T>>,
}

impl<T> Default for Places<'_, T> {
    fn default() -> Self {
        Places { ordered: Vec::new(), others: BTreeMap::new() }
    }
}

impl<'a, T> Places<'a, T> {
    pub(super) fn with_capacity(n: usize) -> Self {
        Places { ordered: Vec::with_capacity(n), ..Places::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.ordered.is_empty() && self.others.is_empty()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Caused<T>> {
        match self.ordered.last() {
            Some((last, _)) if **last < *key => {}
            _ => {
                if let Ok(at) = self.place(key) {
                    return self.ordered.get(at).map(|(_, told)| told);
                }
            }
        }
        self.others.get(key)
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.ordered.binary_search_by(|(place, _)| (**place).cmp(key))
    }

    /// Puts a thing at a place; the one that stood there is gone.
    pub(super) fn insert(&mut self, key: Text<'a>, told: Caused<T>) {
        match self.place(&key) {
            Ok(at) => {
                if let Some((_, place)) = self.ordered.get_mut(at) {
                    *place = told;
                }
            }
            Err(at) if at == self.ordered.len() && !self.others.contains_key(&key) => {
                self.ordered.push((key, told));
            }
            Err(_) => {
                self.others.insert(key, told);
            }
        }
    }

    /// Takes out what `keep` does not want; it is asked in order of the places.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &Caused<T>) -> bool) {
        let all = core::mem::take(self);
        for (key, told) in all {
            if keep(&key, &told) {
                self.ordered.push((key, told));
            }
        }
    }
}

impl<'a, T> IntoIterator for Places<'a, T> {
    type Item = (Text<'a>, Caused<T>);
    type IntoIter = InOrder<'a, T>;

    fn into_iter(self) -> InOrder<'a, T> {
        InOrder {
            ordered: self.ordered.into_iter().peekable(),
            others: self.others.into_iter().peekable(),
        }
    }
}

/// All things, in order of their places.
pub(super) struct InOrder<'a, T> {
    ordered: Peekable<vec::IntoIter<(Text<'a>, Caused<T>)>>,
    others: Peekable<btree_map::IntoIter<Text<'a>, Caused<T>>>,
}

impl<'a, T> Iterator for InOrder<'a, T> {
    type Item = (Text<'a>, Caused<T>);

    fn next(&mut self) -> Option<Self::Item> {
        match (self.ordered.peek(), self.others.peek()) {
            (Some((one, _)), Some((two, _))) if two < one => self.others.next(),
            (None, _) => self.others.next(),
            (Some(_), _) => self.ordered.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::facts::Facts;
    use crate::options::Profile;
    use crate::provenance::Cx;
    use crate::rules::Rule;
    use alloc::borrow::Cow;

    #[test]
    fn the_last_at_a_place_stands_and_all_come_out_in_order() {
        let (config, facts) = (Config::default(), Facts::default());
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        for keys in ["abc", "cba", "bac", "abab", "cabcab", "bcabca", "aaa"] {
            let mut places = Places::default();
            for (at, _) in keys.char_indices() {
                let key = keys.get(at..=at).unwrap();
                places.insert(Cow::Borrowed(key), cx.decide(Rule::SgVol06, || at));
                assert_eq!(places.get(key).map(|told| *cx.see(told)), Some(at), "{keys}");
            }
            let last: BTreeMap<&str, usize> =
                keys.char_indices().map(|(at, _)| (keys.get(at..=at).unwrap(), at)).collect();
            let mut wanted: Vec<(&str, usize)> = last.into_iter().collect();
            assert!(places.get("d").is_none());
            places.retain(|key, _| key != "a");
            wanted.retain(|(key, _)| *key != "a");
            let all: Vec<_> = places.into_iter().map(|(key, told)| (key, *cx.see(&told))).collect();
            let all: Vec<(&str, usize)> = all.iter().map(|(key, at)| (&**key, *at)).collect();
            assert_eq!(all, wanted, "{keys}");
        }
    }
}
