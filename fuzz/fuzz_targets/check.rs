//! Law 1, for `check`: whatever the spec and whatever a runtime says of itself, there are findings, each at a place of the text.
//!
//! Text alone, and behind a NUL the features of the runtime; or, behind a first byte of 1, a compiled case and recorded features with changes.
#![no_main]

mod shared;

use libfuzzer_sys::fuzz_target;
use ocify::check::{Surroundings, runtime, security, spec};
use ocify::config::{Format, locate};
use ocify::facts::RuntimeFeatures;
use ocify::{Options, compile};
use serde_json::Value;
use shared::{Numbers, ground, in_bounds, mutate};
use std::sync::OnceLock;

fuzz_target!(|data: &[u8]| {
    if let Some(rest) = data.strip_prefix(&[1]) {
        let mut numbers = Numbers(rest);
        let (specs, features) = seeds();
        let mut spec = specs[numbers.below(specs.len())].clone();
        let mut features = features[numbers.below(features.len())].clone();
        let surroundings = numbers.next();
        while !numbers.is_used_up() {
            let tree = if numbers.next() % 4 == 0 { &mut features } else { &mut spec };
            mutate(tree, &mut numbers);
        }
        return all(&spec.to_string(), &features.to_string(), surroundings);
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (spec, features) = text.split_once('\0').unwrap_or((text, "{}"));
    all(spec, features, spec.len() as u32);
});

fn all(text: &str, features: &str, surroundings: u32) {
    let Ok(node) = ocify::text::json(text) else { return };
    let mut found = spec(&node);
    found.extend(security(&node));
    if let Ok(features) = RuntimeFeatures::from_json(features) {
        let word = |n: u32| [None, Some(true), Some(false)][n as usize % 3];
        let around = Surroundings { cgroup_unified: word(surroundings), rootless: word(surroundings / 3) };
        found.extend(runtime(&node, &features, around));
    }
    for finding in found.iter().take(8) {
        assert!(!finding.message.is_empty());
        in_bounds(text, locate(text, Format::Json, &finding.place));
    }
}

/// Compiled cases, and what runtimes have said of themselves.
fn seeds() -> &'static (Vec<Value>, Vec<Value>) {
    static SEEDS: OnceLock<(Vec<Value>, Vec<Value>)> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let compiled = |name: &String| {
            let case = ground::case(name);
            let compiled = compile(&case.config, &case.facts, &Options { profile: case.profile() }).ok()?;
            Some(serde_json::from_slice(&compiled.to_json()).unwrap())
        };
        let fixtures = ground::root().join("fixtures/check");
        let mut specs: Vec<Value> = ground::case_names().iter().filter_map(compiled).collect();
        for case in ground::names(&fixtures) {
            let path = fixtures.join(case).join("spec.json");
            specs.extend(path.is_file().then(|| ground::json(&path)));
        }
        let features = fixtures.join("features");
        (specs, ground::names(&features).iter().map(|name| ground::json(&features.join(name))).collect())
    })
}
