//! The laws: what holds for every config and every host.

use crate::ground::{case, case_names, facts, say};
use crate::held::{both_forms, outcome, profile, shuffled, weaknesses};
use crate::mutate::{Change, Names, change, places};
use ocify::config::{Format, Parsing, locate, parse_as};
use ocify::provenance::Because;
use ocify::why::PlaceKind;
use ocify::{Compiled, Config, Facts, Options, compile};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config as Runs, RngAlgorithm, TestRng, TestRunner};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A case as JSON, for changing.
struct Seed {
    name: String,
    config: Value,
    facts: Value,
}

fn seeds() -> &'static [Seed] {
    static SEEDS: OnceLock<Vec<Seed>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let seed = |name: String| {
            let case = case(&name);
            Seed {
                config: serde_json::to_value(&case.config).unwrap(),
                facts: serde_json::to_value(&case.facts).unwrap(),
                name,
            }
        };
        case_names().into_iter().map(seed).collect()
    })
}

fn read_config(tree: &Value) -> Option<Config> {
    parse_as(&tree.to_string(), Format::Json, Parsing::default()).ok()
}

fn read_facts(tree: &Value) -> Option<Facts> {
    ocify::facts::facts_from_json(&tree.to_string()).ok()
}

fn runs(cases: u32) -> Runs {
    let cases = std::env::var("OCIFY_LAWS").ok().and_then(|n| n.parse().ok()).unwrap_or(cases);
    Runs { cases, failure_persistence: None, max_global_rejects: 1 << 24, ..Runs::default() }
}

/// Numbers that choose a change.
fn choice() -> impl Strategy<Value = (u32, u32, u32, bool)> {
    (any::<u32>(), any::<u32>(), any::<u32>(), any::<bool>())
}

/// Picks a seed, and changes it; `None` where nothing came of the change.
fn changed(
    seed: &Seed,
    choice: (u32, u32, u32, bool),
    trees: &mut (Value, Value),
) -> Option<(Change, bool)> {
    let (at, how, what, in_config) = choice;
    let tree = if in_config { &mut trees.0 } else { &mut trees.1 };
    if in_config && how % 4 == 3 {
        // A field as another case has it: the changes of single values rarely set what was not set.
        let others = seeds().iter().flat_map(|s| s.config.as_object().unwrap());
        let others: Vec<_> =
            others.filter(|(k, v)| seed.config.get(k.as_str()) != Some(v)).collect();
        let (key, value) = others.get(usize::try_from(at).unwrap() % others.len().max(1))?;
        tree.as_object_mut()?.insert((*key).clone(), (*value).clone());
        return Some((Change::of_field(key), true));
    }
    let all = places(tree);
    let path = all.get(usize::try_from(at).unwrap() % all.len().max(1))?;
    change(tree, path, how, what).map(|change| (change, in_config))
}

fn seed(number: u32) -> &'static Seed {
    let seeds = seeds();
    &seeds[usize::try_from(number).unwrap() % seeds.len()]
}

/// A case with some changes, of which those that cannot be read are taken back, or nothing would be left to compile.
fn mutated(number: u32, choices: Vec<(u32, u32, u32, bool)>) -> (Config, Facts) {
    let seed = seed(number);
    let mut trees = (seed.config.clone(), seed.facts.clone());
    for choice in choices {
        let before = trees.clone();
        changed(seed, choice, &mut trees);
        if read_config(&trees.0).is_none() || read_facts(&trees.1).is_none() {
            trees = before;
        }
    }
    (read_config(&trees.0).unwrap(), read_facts(&trees.1).unwrap())
}

proptest! {
    #![proptest_config(runs(512))]

    /// Law 1, for text: whatever it is, it is read or told what is wrong with it; and what was read is read again from what it is written as.
    #[test]
    fn no_text_makes_the_parser_panic(number in any::<u32>(), cuts in prop::collection::vec((any::<u32>(), ".{0,6}"), 0..6), whole in prop::option::of(".{0,200}")) {
        let mut text = whole.unwrap_or_else(|| seed(number).config.to_string());
        for (at, new) in cuts {
            let at = usize::try_from(at).unwrap() % (text.len() + 1);
            let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap();
            let end = (at + 3..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap_or(text.len());
            text.replace_range(at..end, &new);
        }
        for format in [Format::Json, Format::Yaml] {
            for api in [false, true] {
                if let Ok(config) = parse_as(&text, format, Parsing { api, lenient: false }) {
                    let written = serde_json::to_string(&config).unwrap();
                    let again = parse_as(&written, Format::Json, Parsing::default());
                    prop_assert_eq!(again.as_ref(), Ok(&config), "{}", written);
                }
            }
            let _ = locate(&text, format, "mounts[0].options");
        }
        let _ = ocify::facts::facts_from_json(&text);
    }

    /// Laws 1 and 2: whatever the config and the facts, the compiler answers, and gives the same answer again.
    #[test]
    fn no_input_makes_the_compiler_panic_or_waver(number in any::<u32>(), choices in prop::collection::vec(choice(), 1..8), hardened in any::<bool>()) {
        let (config, facts) = mutated(number, choices);
        let options = profile(hardened);
        prop_assert_eq!(outcome(&config, &facts, options), outcome(&config, &facts, options));
        if let Ok(compiled) = compile(&config, &facts, &options) {
            serde_json::from_slice::<Value>(&compiled.to_json()).unwrap();
        }
    }

    /// Law 7: whatever is asked for, what the hardened profile writes has none of the known weaknesses, but for those that are asked for in so
    /// many words.
    #[test]
    fn the_hardened_profile_holds_the_security_rules(number in any::<u32>(), choices in prop::collection::vec(choice(), 0..8)) {
        let (config, facts) = mutated(number, choices);
        let left = weaknesses(&config, &facts);
        prop_assert!(left.is_empty(), "{left:#?}\n{}", serde_json::to_string(&config).unwrap());
    }

    /// Law 2: the order of the keys in the text is no input.
    #[test]
    fn the_order_of_keys_does_not_matter(number in any::<u32>(), order in any::<u64>()) {
        let seed = seed(number);
        let text = shuffled(&seed.config, &mut { order });
        let config = parse_as(&text, Format::Json, Parsing::default()).unwrap();
        let facts = facts(&seed.name, &serde_json::from_str(&shuffled(&seed.facts, &mut { order })).unwrap());
        let first = read_config(&seed.config).unwrap();
        let options = Options::default();
        prop_assert_eq!(outcome(&config, &facts, options), outcome(&first, &facts, options));
    }
}

/// Law 2: a thousand times, and on several threads at once.
#[test]
fn the_same_inputs_give_the_same_bytes_on_every_thread() {
    let cases: Vec<_> = case_names().iter().map(|name| case(name)).collect();
    let all = || -> Vec<Vec<u8>> {
        cases
            .iter()
            .map(|c| outcome(&c.config, &c.facts, Options { profile: c.profile() }))
            .collect()
    };
    let first = all();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(all)).collect();
        for thread in threads {
            assert!(thread.join().unwrap() == first, "another thread gives other bytes");
        }
    });
    for c in cases.iter().take(1) {
        let options = Options { profile: c.profile() };
        for _ in 0..1000 {
            assert!(
                outcome(&c.config, &c.facts, options) == first[0],
                "another run gives other bytes"
            );
        }
    }
}

/// Law 3: what is written is what the crate `oci-spec` makes of it, and writes again.
#[test]
fn the_typed_spec_says_what_the_bytes_say() {
    for name in case_names() {
        let case = case(&name);
        let Ok(compiled) = compile(&case.config, &case.facts, &Options { profile: case.profile() })
        else {
            continue;
        };
        let Some((typed, written)) = both_forms(&compiled) else { continue };
        assert_eq!(typed, written, "{name}");
    }
}

/// The values of a place, each with its reason. Steps, warnings and equal keys have no number in their name: one that comes moves the others.
type Values = BTreeMap<String, Vec<(String, Because)>>;

fn values(compiled: &Compiled<'_>) -> Values {
    let mut values = Values::new();
    for place in compiled.places() {
        let name = match place.kind {
            PlaceKind::Plan | PlaceKind::Warning => {
                let (room, rest) = place.name.split_once('[').unwrap();
                format!("{room}[{}", rest.split_once(':').unwrap().1)
            }
            PlaceKind::Spec | PlaceKind::Stored | PlaceKind::Absent => place
                .name
                .rsplit_once("]#")
                .map_or(place.name.clone(), |(name, _)| format!("{name}]")),
        };
        values.entry(name).or_default().push((place.value, place.because));
    }
    values
}

/// How many places changed and named the change, and of how many it is one of the causes that made the value.
#[derive(Clone, Copy, Default)]
struct Named {
    any: usize,
    direct: usize,
}

/// Law 4, for one change: the places that changed without a reason that names it, in words; and how many did name it.
fn unexplained(before: &Compiled<'_>, after: &Compiled<'_>, names: &Names) -> (Vec<String>, Named) {
    let (old, new) = (values(before), values(after));
    let none = Vec::new();
    let mut silent = Vec::new();
    let mut explained = Named::default();
    let places: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for place in places {
        let (was, is) = (old.get(place).unwrap_or(&none), new.get(place).unwrap_or(&none));
        let mut gone = was.clone();
        let mut come = Vec::new();
        for value in is {
            match gone.iter().position(|(old, _)| *old == value.0) {
                Some(at) => drop(gone.remove(at)),
                None => come.push(value.clone()),
            }
        }
        // Of equal values none is the one that came or went: each of them may know.
        let told = |of: &Compiled<'_>, all: &[(String, Because)], value: &str, direct: bool| {
            let trails = of.trails();
            let causes = |b: &Because| if direct { trails.direct(*b) } else { trails.of(*b) };
            let mut reasons =
                all.iter().filter(|(other, _)| other == value).flat_map(|(_, b)| causes(b));
            reasons.any(|cause| names.is(cause))
        };
        let (was_all, is_all) = (was, is);
        for pair in 0..gone.len().max(come.len()) {
            let (was, is) = (gone.get(pair), come.get(pair));
            let named = |direct: bool| {
                was.is_some_and(|(v, _)| told(before, was_all, v, direct))
                    || is.is_some_and(|(v, _)| told(after, is_all, v, direct))
            };
            if named(false) {
                explained.any += 1;
                explained.direct += usize::from(named(true));
            } else {
                let show =
                    |v: Option<&(String, Because)>| v.map_or("nothing".to_owned(), |v| short(&v.0));
                silent.push(format!("{place}: {} became {}", show(was), show(is)));
            }
        }
    }
    (silent, explained)
}

fn short(text: &str) -> String {
    text.chars().take(160).collect()
}

/// Changes one thing in a seed and holds the outcome against the law: what is unexplained, and how many places changed with a reason.
fn one_change(
    seed: &Seed,
    choice: (u32, u32, u32, bool),
    options: Options,
) -> (Vec<String>, Named) {
    let mut trees = (seed.config.clone(), seed.facts.clone());
    let Some((change, in_config)) = changed(seed, choice, &mut trees) else {
        return (Vec::new(), Named::default());
    };
    let (Some(old), Some(config)) = (read_config(&seed.config), read_config(&trees.0)) else {
        return (Vec::new(), Named::default());
    };
    let (Some(known), Some(facts)) = (read_facts(&seed.facts), read_facts(&trees.1)) else {
        return (Vec::new(), Named::default());
    };
    let (Ok(before), Ok(after)) =
        (compile(&old, &known, &options), compile(&config, &facts, &options))
    else {
        return (Vec::new(), Named::default());
    };
    let names = if in_config {
        change.in_config(&seed.config, &trees.0)
    } else {
        change.in_facts(&seed.facts, &trees.1)
    };
    let (silent, explained) = unexplained(&before, &after, &names);
    let about = |place: String| {
        format!("{}: {} {change}: {place}", seed.name, if in_config { "config" } else { "fact" })
    };
    (silent.into_iter().map(about).collect(), explained)
}

/// The same changes at every run, unless others are asked for.
fn runner() -> TestRunner {
    let Some(seed) = std::env::var("OCIFY_LAWS_SEED").ok().and_then(|seed| seed.parse().ok())
    else {
        return TestRunner::deterministic();
    };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    TestRunner::new_with_rng(Runs::default(), rng)
}

/// Law 4: change one input, and each place that changes names it in its reason, before or after.
///
/// `OCIFY_LAWS=100000` tries more changes than the usual ones, `OCIFY_LAWS_SEED=7` others.
#[test]
fn every_place_that_changes_names_the_change() {
    let mut runner = runner();
    let strategy = (any::<u32>(), choice(), any::<bool>());
    let mut silent = Vec::new();
    let (mut explained, mut direct, mut effective) = (0, 0, 0);
    for _ in 0..runs(2048).cases {
        let (number, choice, hardened) = strategy.new_tree(&mut runner).unwrap().current();
        let (more, named) = one_change(seed(number), choice, profile(hardened));
        effective += usize::from(!more.is_empty() || named.any > 0);
        silent.extend(more);
        explained += named.any;
        direct += named.direct;
    }
    silent.sort();
    silent.dedup();
    say(&format!(
        "{effective} changes changed {explained} places, and all named it: {direct} as what made the value"
    ));
    assert!(
        silent.is_empty(),
        "{} places changed without naming the change:\n{}",
        silent.len(),
        silent.join("\n")
    );
    assert!(explained > 500, "too few changes changed anything: {explained}");
}
