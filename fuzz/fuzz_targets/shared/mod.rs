//! Cases out of bytes: they choose a case of the fixtures and changes of it, so that what is compiled is nearly right.
#![allow(dead_code, reason = "no target needs all of it")]

#[path = "../../../tests/it/ground.rs"]
pub mod ground;
#[path = "../../../tests/it/held.rs"]
pub mod held;
#[path = "../../../tests/it/mutate.rs"]
pub mod mutate;

use mutate::{Step, change, places};
use ocify::config::{Format, Parsing, parse_as};
use ocify::facts::facts_from_json;
use ocify::{Config, Facts};
use serde_json::Value;
use std::sync::OnceLock;

/// Every case of the fixtures, as JSON, for changing.
pub fn seeds() -> &'static [(Value, Value)] {
    static SEEDS: OnceLock<Vec<(Value, Value)>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let seed = |name: &String| {
            let case = ground::case(name);
            (serde_json::to_value(&case.config).unwrap(), serde_json::to_value(&case.facts).unwrap())
        };
        ground::case_names().iter().map(seed).collect()
    })
}

/// Numbers out of the bytes, two bytes each; 0 once they are used up.
pub struct Numbers<'d>(pub &'d [u8]);

impl<'d> Numbers<'d> {
    pub fn next(&mut self) -> u32 {
        let now = self.bytes(2);
        now.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte))
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }

    /// A number, or none.
    pub fn perhaps(&mut self, end: usize) -> Option<usize> {
        let number = self.below(end + 1);
        (number > 0).then(|| number - 1)
    }

    fn bytes(&mut self, count: usize) -> &'d [u8] {
        let (now, rest) = self.0.split_at(self.0.len().min(count));
        self.0 = rest;
        now
    }

    pub fn is_used_up(&self) -> bool {
        self.0.is_empty()
    }
}

/// Changes one thing in a tree, or puts a text of the bytes in a text's place.
pub fn mutate(tree: &mut Value, numbers: &mut Numbers<'_>) {
    let all = places(tree);
    let Some(path) = all.get(numbers.below(all.len())) else { return };
    let how = numbers.next();
    if how % 8 != 7 {
        change(tree, path, how, numbers.next());
        return;
    }
    let length = numbers.below(24);
    let text = String::from_utf8_lossy(numbers.bytes(length)).into_owned();
    let place = path.iter().try_fold(tree, |tree, step| match step {
        Step::Key(key) => tree.get_mut(key.as_str()),
        Step::Index(index) => tree.get_mut(*index),
    });
    if let Some(place @ Value::String(_)) = place {
        *place = text.into();
    }
}

/// A case with changes. Those that cannot be read are taken back, or nothing would be left to compile.
pub fn nearly_right(numbers: &mut Numbers<'_>) -> Option<(Config, Facts)> {
    let seeds = seeds();
    let (mut config, mut facts) = seeds[numbers.below(seeds.len())].clone();
    // Each is read again: more of them only make a run longer.
    for _ in 0..12 {
        if numbers.is_used_up() {
            break;
        }
        let kind = numbers.next();
        let of_facts = kind % 4 == 3;
        let tree = if of_facts { &mut facts } else { &mut config };
        let before = tree.clone();
        if kind % 4 == 0 {
            // A field as another case has it.
            let other = seeds[numbers.below(seeds.len())].0.as_object().unwrap();
            if let Some((key, value)) = other.iter().nth(numbers.below(other.len())) {
                tree.as_object_mut().unwrap().insert(key.clone(), value.clone());
            }
        } else {
            mutate(tree, numbers);
        }
        let read = if of_facts { read_facts(tree).is_some() } else { read_config(tree).is_some() };
        if !read {
            *tree = before;
        }
    }
    Some((read_config(&config)?, read_facts(&facts)?))
}

pub fn read_config(tree: &Value) -> Option<Config> {
    parse_as(&tree.to_string(), Format::Json, Parsing::default()).ok()
}

pub fn read_facts(tree: &Value) -> Option<Facts> {
    facts_from_json(&tree.to_string()).ok()
}

/// A place that is found is in the text.
pub fn in_bounds(text: &str, found: Option<(usize, usize)>) {
    let Some((line, column)) = found else { return };
    assert!(line >= 1 && column >= 1, "{line}:{column}");
    // YAML has more line ends than JSON and `lines`.
    if text.replace("\r\n", "\n").contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']) {
        return;
    }
    assert!(line <= text.lines().count() + 1, "{line}:{column}");
    let written = text.lines().nth(line - 1).unwrap_or("");
    assert!(column <= written.chars().count() + 1, "{line}:{column} {written:?}");
}
