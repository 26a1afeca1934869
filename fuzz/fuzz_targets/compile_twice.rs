//! Laws 1 to 3: whatever the config and the facts, the compiler answers, gives the same answer again, and what it writes is JSON.
//!
//! The bytes choose a case of the fixtures and changes of its config and facts, so that what is compiled is nearly right.
#![no_main]

#[path = "../../tests/it/ground.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod ground;
#[path = "../../tests/it/mutate.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod mutate;

use libfuzzer_sys::fuzz_target;
use mutate::{change, places};
use ocify::config::{Format, Parsing, parse_as};
use ocify::facts::facts_from_json;
use ocify::{Config, Facts, Options, Profile, compile};
use serde_json::Value;
use std::sync::OnceLock;

fn seeds() -> &'static [(Value, Value)] {
    static SEEDS: OnceLock<Vec<(Value, Value)>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let names = ground::case_names();
        let seed = |name: &String| {
            let case = ground::case(name);
            let config = serde_json::to_value(&case.config).unwrap();
            (config, serde_json::to_value(&case.facts).unwrap())
        };
        names.iter().map(seed).collect()
    })
}

/// Numbers out of the bytes; 0 once they are used up.
struct Numbers<'d>(&'d [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> u32 {
        let (now, rest) = self.0.split_at(self.0.len().min(4));
        self.0 = rest;
        now.iter().rev().fold(0, |number, byte| (number << 8) | u32::from(*byte))
    }

    fn below(&mut self, end: usize) -> usize {
        self.next() as usize % end.max(1)
    }
}

fuzz_target!(|data: &[u8]| {
    let mut numbers = Numbers(data);
    let seeds = seeds();
    let (mut config, mut facts) = seeds[numbers.below(seeds.len())].clone();
    while !numbers.0.is_empty() {
        let kind = numbers.next();
        if kind % 4 == 0 {
            // A field as another case has it.
            let other = seeds[numbers.below(seeds.len())].0.as_object().unwrap();
            if let Some((key, value)) = other.iter().nth(numbers.below(other.len())) {
                config.as_object_mut().unwrap().insert(key.clone(), value.clone());
            }
            continue;
        }
        let tree = if kind % 2 == 0 { &mut facts } else { &mut config };
        let before = tree.clone();
        let all = places(tree);
        if let Some(path) = all.get(numbers.below(all.len())) {
            change(tree, path, numbers.next(), numbers.next());
        }
        // A change that cannot be read is taken back, or nothing would be left to compile.
        let read = if kind % 2 == 0 { read_facts(tree).is_some() } else { read_config(tree).is_some() };
        if !read {
            *tree = before;
        }
    }
    let (Some(config), Some(facts)) = (read_config(&config), read_facts(&facts)) else { return };
    for profile in [Profile::Podman43, Profile::Hardened] {
        let options = Options { profile };
        match (compile(&config, &facts, &options), compile(&config, &facts, &options)) {
            (Ok(first), Ok(second)) => {
                let bytes = first.to_json();
                assert_eq!(bytes, second.to_json());
                serde_json::from_slice::<Value>(&bytes).unwrap();
                let plan = |of: &ocify::Compiled<'_>| serde_json::to_string(&of.written_plan(&config, &facts)).unwrap();
                assert_eq!(plan(&first), plan(&second));
                assert!(!first.places().is_empty());
            }
            (Err(first), Err(second)) => {
                assert!(!first.diagnostics.is_empty(), "refused without a reason");
                assert_eq!(format!("{:?}", first.diagnostics), format!("{:?}", second.diagnostics));
            }
            _ => panic!("one of two compilations of the same inputs is refused"),
        }
    }
});

fn read_config(tree: &Value) -> Option<Config> {
    parse_as(&tree.to_string(), Format::Json, Parsing::default()).ok()
}

fn read_facts(tree: &Value) -> Option<Facts> {
    facts_from_json(&tree.to_string()).ok()
}
