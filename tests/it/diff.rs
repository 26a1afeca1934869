//! What differs between two hosts or two configs, and whom to blame: only inputs that differ, and all of those that it takes.

use crate::ground::{case, case_names, facts, host_json, merge, root, say, yaml};
use crate::recorded::{record_on, recorded, request};
use ocify::compare::{Difference, FactName, Input, Scope, Side, What, blamed, compare};
use ocify::{Config, Facts, Options, Profile};
use serde_json::Value;
use std::collections::BTreeSet;

const HOSTS: [&str; 6] = [
    "rhel8_root_v1",
    "fedora_rootless_v2",
    "debian_hybrid_root",
    "selinux_enforcing",
    "cpus_96",
    "arm64_root_v2",
];

/// A host's facts with what a case needs to know besides.
fn facts_on(host: &str, case: &str) -> Facts {
    let mut record = host_json(host);
    let patch = root().join("fixtures").join(case).join("facts.yaml");
    if patch.is_file() {
        merge(&mut record, yaml(&patch));
    }
    facts(case, &record)
}

/// The record of one host with the facts of another in the place of those that are named.
fn taken_over(into: &Facts, from: &Facts, names: &BTreeSet<FactName>) -> Facts {
    let (mut into, from) =
        (serde_json::to_value(into).unwrap(), serde_json::to_value(from).unwrap());
    for name in names {
        let steps = name.key.path().split('.').chain(name.of.as_deref());
        let steps: Vec<&str> = steps.collect();
        put(&mut into, &steps, name.find(&from).cloned());
    }
    facts("a mixed host", &into)
}

/// What the other host's answers lead to is asked as well: a fact that the first record does not hold is taken over too.
fn mixed(
    config: &Config,
    into: &Facts,
    from: &Facts,
    mut names: BTreeSet<FactName>,
    options: Options,
) -> Facts {
    loop {
        let mixed = taken_over(into, from, &names);
        let asked = match Side::new(config, &mixed, &options).outcome {
            Ok(_) => return mixed,
            Err(refused) => refused.missing,
        };
        let before = names.len();
        names.extend(asked.into_iter().map(|question| FactName {
            key: question.key,
            of: Some(question.of).filter(|of| !of.is_empty()),
        }));
        if names.len() == before {
            return mixed;
        }
    }
}

fn put(tree: &mut Value, steps: &[&str], value: Option<Value>) {
    if tree.is_null() {
        *tree = Value::Object(serde_json::Map::new());
    }
    let map = tree.as_object_mut().unwrap();
    match (steps, value) {
        ([last], Some(value)) => drop(map.insert((*last).to_owned(), value)),
        ([last], None) => drop(map.remove(*last)),
        ([first, rest @ ..], value) => {
            put(map.entry(*first).or_insert(Value::Null), rest, value);
        }
        ([], _) => unreachable!(),
    }
}

fn silent(differences: &[Difference]) -> Vec<String> {
    let silent = differences.iter().filter(|d| d.unexplained());
    silent.map(|d| format!("{}: {:?} became {:?}", d.place, d.before, d.after)).collect()
}

/// Facts that are blamed stand in the two records with two values.
fn blames_what_differs(differences: &[Difference], a: &Facts, b: &Facts) {
    let (a, b) = (serde_json::to_value(a).unwrap(), serde_json::to_value(b).unwrap());
    for difference in differences {
        for blamed in &difference.blame {
            let Input::Fact(name) = &blamed.input else { panic!("a config is blamed") };
            let missing = difference.what == What::Refusal && difference.place == "E0101";
            assert!(missing || name.find(&a) != name.find(&b), "{name} is the same");
        }
    }
}

/// The law of `diff`: whoever is blamed for a difference differs, and taking over the facts to blame gives what the other host gives.
#[test]
fn the_blamed_facts_of_one_host_make_another_of_it() {
    let mut law = Law::default();
    for name in case_names() {
        let about = case(&name);
        let config = &about.config;
        let options = Options { profile: about.profile() };
        let hosts: Vec<Facts> = HOSTS.iter().map(|host| facts_on(host, &name)).collect();
        let sides: Vec<Side<'_>> =
            hosts.iter().map(|facts| Side::new(config, facts, &options)).collect();
        for (i, a) in sides.iter().enumerate() {
            for (j, b) in sides.iter().enumerate() {
                if i == j || (i != 0 && j != 0) {
                    continue;
                }
                law.hold(&format!("{name}: {} and {}", HOSTS[i], HOSTS[j]), a, b, options);
            }
        }
    }
    law.end();
}

/// The same for the hosts on which the real Podman was recorded: root on cgroup v1, a user on v2.
#[test]
fn a_recorded_host_of_root_on_v1_becomes_one_of_a_user_on_v2() {
    const MODES: [&str; 2] = ["root-hybrid-systemd", "rootless-unified-systemd"];
    let mut law = Law::default();
    let options = Options { profile: Profile::Podman43 };
    for name in recorded() {
        let Some(config) = request(&name) else { continue };
        let hosts = MODES.map(|mode| facts(&name, &record_on(mode, &name)));
        let [a, b] = [0, 1].map(|host| Side::new(&config, &hosts[host], &options));
        for (a, b) in [(&a, &b), (&b, &a)] {
            law.hold(&name, a, b, options);
        }
    }
    law.end();
}

/// What was seen of the law.
#[derive(Default)]
struct Law {
    pairs: usize,
    places: usize,
    wrong: Vec<String>,
}

impl Law {
    fn hold(&mut self, pair: &str, a: &Side<'_>, b: &Side<'_>, options: Options) {
        let config = a.config;
        let differences = compare(a, b, Scope { plan: true });
        blames_what_differs(&differences, a.facts, b.facts);
        for silent in silent(&differences) {
            self.wrong.push(format!("{pair}: {silent}"));
        }
        let (Ok(_), Ok(theirs)) = (&a.outcome, &b.outcome) else { return };
        self.pairs += 1;
        self.places += differences.len();
        let differences = compare(a, b, Scope::default());
        let mixed = mixed(config, a.facts, b.facts, blamed(&differences), options);
        match Side::new(config, &mixed, &options).outcome {
            Ok(made) if made.to_json() == theirs.to_json() => {}
            Ok(made) => {
                let mixed = Side { config, facts: &mixed, outcome: Ok(made) };
                let left = compare(&mixed, b, Scope::default());
                let left: Vec<_> = left.iter().map(|d| &d.place).collect();
                self.wrong.push(format!("{pair}: left over {left:?}"));
            }
            Err(refused) => self.wrong.push(format!("{pair}: refused: {refused}")),
        }
    }

    fn end(self) {
        let Law { pairs, places, wrong } = self;
        say(&format!("{pairs} pairs of hosts with {places} differences"));
        assert!(pairs > 50, "too few are compiled");
        assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    }
}

/// Two configs on one host, and each difference with the lines to blame.
#[test]
fn configs_differ_by_their_lines() {
    let base = "image: localhost/web\nnetns: none\n";
    let nothing: &[(&str, &str)] = &[];
    for (a, b, differences) in [
        ("env: {A: '1', B: '2'}", "env: {B: '2', A: '1'}", nothing),
        ("cap_add: [NET_RAW, SYS_TIME]", "cap_add: [SYS_TIME, NET_RAW]", nothing),
        ("", "env: {A: '1'}", &[("process.env[A]", "env.A")]),
        ("env: {A: '1', B: '2'}", "env: {A: '1', B: '3'}", &[("process.env[B]", "env.B")]),
        (
            "hostname: a",
            "hostname: b",
            &[("hostname", "hostname"), ("process.env[HOSTNAME]", "hostname")],
        ),
        ("command: [a, b]", "command: [b, a]", &[("process.args", "command")]),
        ("", "cap_drop: [NET_BIND_SERVICE]", &[("cap CAP_NET_BIND_SERVICE", "cap_drop")]),
        (
            "sysctl: {net.ipv4.ip_forward: '1'}",
            "sysctl: {net.ipv4.ip_forward: '0'}",
            &[("linux.sysctl[net.ipv4.ip_forward]", "sysctl.net.ipv4.ip_forward")],
        ),
    ] {
        let host = facts_on("arm64_root_v2", "none");
        let (config_a, config_b) = (config(base, a), config(base, b));
        let options = Options::default();
        let sides = [&config_a, &config_b].map(|config| Side::new(config, &host, &options));
        assert!(sides.iter().all(|side| side.outcome.is_ok()), "{a} {b}: {sides:?}");
        let found = compare(&sides[0], &sides[1], Scope::default());
        assert!(silent(&found).is_empty(), "{a} {b}: {:?}", silent(&found));
        // Files that are generated are compared apart; here it is about the spec.
        let spec = found.iter().filter(|d| d.what == What::Spec);
        let told: Vec<(&str, String)> = spec
            .map(|d| {
                let inputs = d.blame.iter().map(|blamed| match &blamed.input {
                    Input::Config(path) => path.clone(),
                    Input::Fact(name) => panic!("{name} is blamed, on one host"),
                });
                (d.place.as_str(), inputs.collect::<Vec<_>>().join(" "))
            })
            .collect();
        let told: Vec<(&str, &str)> = told.iter().map(|(p, i)| (*p, i.as_str())).collect();
        assert_eq!(told, differences, "{a} and {b}");
    }
}

fn config(base: &str, more: &str) -> Config {
    ocify::parse(&format!("{base}{more}\n")).unwrap()
}

/// What one host refuses and the other does not is the difference, with its reason.
#[test]
fn a_refusal_on_one_side_is_the_difference() {
    let config = config(
        "image: localhost/web\nnetns: none\n",
        "resource_limits: {unified: {memory.high: '1'}}",
    );
    let (a, b) = (facts_on("arm64_root_v2", "none"), facts_on("rhel8_root_v1", "none"));
    let options = Options::default();
    let (a, b) = (Side::new(&config, &a, &options), Side::new(&config, &b, &options));
    let found = compare(&a, &b, Scope::default());
    let [refusal] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!((refusal.what, &refusal.before), (What::Refusal, &None));
    assert!(refusal.after.is_some());
    let names: Vec<String> = blamed(&found).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["host.cgroup_unified"]);
}
