//! Keeps things by where they land.

use crate::draft::Text;
use crate::provenance::Caused;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;

/// Things by where they land. The key is the cleaned destination; what is kept has it as spelled.
///
/// As a rule things come in order, and then a list in which one can search by halves is all there is; a tree holds the others.
#[derive(Debug)]
pub(super) struct Places<'a, T> {
    keys: Vec<Text<'a>>,
    /// What is at each of the keys.
    items: Vec<Caused<T>>,
    others: BTreeMap<Text<'a>, Caused<T>>,
}

impl<T> Default for Places<'_, T> {
    fn default() -> Self {
        Places { keys: Vec::new(), items: Vec::new(), others: BTreeMap::new() }
    }
}

impl<'a, T> Places<'a, T> {
    /// Places with room for `n` things, and for `more` behind them in the end.
    pub(super) fn with_capacity(n: usize, more: usize) -> Self {
        let items = Vec::with_capacity(n.saturating_add(more));
        Places { keys: Vec::with_capacity(n), items, others: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty() && self.others.is_empty()
    }

    pub(super) fn get(&self, key: &str) -> Option<&Caused<T>> {
        if self.is_behind(key) {
            return None;
        }
        self.keys
            .binary_search_by(|place| (**place).cmp(key))
            .ok()
            .and_then(|at| self.items.get(at))
            .or_else(|| self.others.get(key))
    }

    /// Puts a thing at a free place; from one that is taken it comes back.
    pub(super) fn insert_new(
        &mut self,
        key: Text<'a>,
        told: Caused<T>,
    ) -> Option<(Text<'a>, Caused<T>)> {
        if self.is_behind(&key) {
            self.keys.push(key);
            self.items.push(told);
        } else if self.get(&key).is_none() {
            self.others.insert(key, told);
        } else {
            return Some((key, told));
        }
        None
    }

    /// Puts a thing at a place; the one that stood there is gone.
    pub(super) fn insert(&mut self, key: Text<'a>, told: Caused<T>) {
        if let Some((key, told)) = self.insert_new(key, told) {
            let at = self.keys.binary_search(&key).ok();
            match at.and_then(|at| self.items.get_mut(at)) {
                Some(place) => *place = told,
                None => {
                    self.others.insert(key, told);
                }
            }
        }
    }

    /// Takes out what `keep` does not want; it is asked in order of the places.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &Caused<T>) -> bool) {
        let (keys, items) = core::mem::take(self).into_lists();
        for (key, told) in keys.into_iter().zip(items) {
            if keep(&key, &told) {
                self.keys.push(key);
                self.items.push(told);
            }
        }
    }

    /// All keys in order, and what is at each.
    pub(super) fn into_lists(self) -> (Vec<Text<'a>>, Vec<Caused<T>>) {
        if self.others.is_empty() {
            return (self.keys, self.items);
        }
        let mut all: Vec<_> = self.keys.into_iter().zip(self.items).chain(self.others).collect();
        all.sort_by(|(one, _), (two, _)| one.cmp(two));
        all.into_iter().unzip()
    }

    /// Whether a place comes after all there are.
    fn is_behind(&self, key: &str) -> bool {
        self.keys.last().is_none_or(|last| **last < *key) && self.others.is_empty()
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
            let all: Vec<_> = {
                let (keys, items) = places.into_lists();
                keys.into_iter().zip(items).map(|(key, told)| (key, *cx.see(&told))).collect()
            };
            let all: Vec<(&str, usize)> = all.iter().map(|(key, at)| (&**key, *at)).collect();
            assert_eq!(all, wanted, "{keys}");
        }
    }
}
