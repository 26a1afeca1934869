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
        if self.is_behind(key) {
            return None;
        }
        match self.place(key).ok().and_then(|at| self.ordered.get(at)) {
            Some((_, told)) => Some(told),
            None => self.others.get(key),
        }
    }

    /// Puts a thing at a free place; otherwise the place and what stands there come back.
    pub(super) fn insert_new(&mut self, key: Text<'a>, told: Caused<T>) -> Option<(Text<'a>, &Caused<T>)> {
        if self.is_behind(&key) {
            self.ordered.push((key, told));
        } else if self.get(&key).is_none() {
            self.others.insert(key, told);
        } else {
            return self.get(&key).map(|other| (key, other));
        }
        None
    }

    /// Puts a thing at a place; the one that stood there is gone.
    pub(super) fn insert(&mut self, key: Text<'a>, told: Caused<T>) {
        if self.is_behind(&key) {
            return self.ordered.push((key, told));
        }
        match self.place(&key).ok().and_then(|at| self.ordered.get_mut(at)) {
            Some((_, place)) => *place = told,
            None => {
                self.others.insert(key, told);
            }
        }
    }

    /// Takes out what `keep` does not want; it is asked in order of the places.
    pub(super) fn retain(&mut self, mut keep: impl FnMut(&str, &Caused<T>) -> bool) {
        let mut all = core::mem::take(self).into_vec();
        all.retain(|(key, told)| keep(key, told));
        self.ordered = all;
    }

    /// All things, in order of their places.
    pub(super) fn into_vec(self) -> Vec<(Text<'a>, Caused<T>)> {
        let mut all = self.ordered;
        if !self.others.is_empty() {
            all.extend(self.others);
            all.sort_by(|(one, _), (two, _)| one.cmp(two));
        }
        all
    }

    /// Whether a place comes after all there are.
    fn is_behind(&self, key: &str) -> bool {
        self.ordered.last().is_none_or(|(last, _)| **last < *key) && self.others.is_empty()
    }

    fn place(&self, key: &str) -> Result<usize, usize> {
        self.ordered.binary_search_by(|(place, _)| (**place).cmp(key))
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
            let mut wanted: Vec<(&str, usize)> = BTreeMap::from_iter(
                keys.char_indices().map(|(at, _)| (keys.get(at..=at).unwrap(), at)),
            )
            .into_iter()
            .collect();
            assert!(places.get("d").is_none());
            places.retain(|key, _| key != "a");
            wanted.retain(|(key, _)| *key != "a");
            let all: Vec<_> = places.into_vec().into_iter().map(|(key, told)| (key, *cx.see(&told))).collect();
            let all: Vec<(&str, usize)> = all.iter().map(|(key, at)| (&**key, *at)).collect();
            assert_eq!(all, wanted, "{keys}");
        }
    }
}
