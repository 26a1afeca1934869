//! The ledger is what the compiler does: its tests exist, and each deviation of the hardened profile is shown in both profiles.

use crate::ground::{Case, case, case_names, names, root, text};
use ocify::ledger::{self, Fate};
use ocify::rules::Rule;
use ocify::why::Teller;
use ocify::{Options, Profile, compile};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Every test function of the crate.
fn test_functions() -> BTreeSet<String> {
    let mut todo: Vec<PathBuf> = vec![root().join("src"), root().join("tests")];
    let mut found = BTreeSet::new();
    while let Some(dir) = todo.pop() {
        for name in names(&dir) {
            let path = dir.join(name);
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = text(&path);
                let marked = text.split("#[test]").skip(1);
                found.extend(marked.filter_map(|after| {
                    after.split_once("fn ")?.1.split_once('(').map(|(name, _)| name.to_owned())
                }));
            }
        }
    }
    found
}

#[test]
fn every_test_of_the_ledger_exists() {
    let (cases, functions) = (case_names(), test_functions());
    for entry in ledger::all() {
        for test in entry.tests {
            let exists = if test.contains('/') {
                cases.iter().any(|case| case == test)
            } else {
                functions.contains(*test)
            };
            assert!(exists, "{}: there is no test `{test}`", entry.id());
        }
    }
}

#[test]
fn every_case_of_quirks_crashes_and_deviations_is_in_the_ledger() {
    let shown: BTreeSet<&str> = ledger::all().flat_map(|e| e.tests).copied().collect();
    for case in case_names() {
        let area = case.split('/').next().unwrap();
        if ["crashes", "hardened", "quirks"].contains(&area) {
            assert!(shown.contains(case.as_str()), "{case} is in no entry");
        }
    }
}

/// What comes out: the spec, or the codes and words of the refusals; and every rule that a reason names.
fn outcome(case: &Case, profile: Profile) -> (String, BTreeSet<String>) {
    let tell = |teller: &Teller<'_>, because| {
        teller.told(because).into_iter().filter(|t| t.kind == "rule").map(|t| t.name)
    };
    match compile(&case.config, &case.facts, &Options { profile }) {
        Ok(compiled) => {
            let teller = Teller::new(compiled.trails(), &case.config, &case.facts);
            let places = compiled.places();
            let rules = places.iter().flat_map(|place| tell(&teller, place.because)).collect();
            (String::from_utf8(compiled.to_json()).unwrap(), rules)
        }
        Err(refused) => {
            assert!(refused.missing.is_empty(), "{}: {:?}", case.name, refused.missing);
            let teller = Teller::new(refused.trails(), &case.config, &case.facts);
            let all = &refused.diagnostics;
            let rules = all.iter().flat_map(|d| tell(&teller, d.because)).collect();
            let words = all.iter().map(|d| format!("{}: {}\n", d.problem.code(), d.problem));
            (words.collect(), rules)
        }
    }
}

#[test]
fn every_deviation_is_shown_in_both_profiles() {
    let deviations = Rule::ALL.iter().filter(|rule| rule.id().starts_with("HD-"));
    for rule in deviations {
        let entry = ledger::find(rule.id()).unwrap();
        assert_eq!(entry.fate, Fate::Hardened);
        let [hardened, podman, ..] = entry.tests else { panic!("{} needs two cases", rule.id()) };
        let (hardened, podman) = (case(hardened), case(podman));
        assert_eq!(podman.name, format!("{}_in_podman", hardened.name));
        assert_eq!(
            (hardened.profile(), podman.profile()),
            (Profile::Hardened, Profile::Podman43),
            "{}",
            rule.id()
        );
        // One input, in both profiles.
        assert!(
            hardened.config == podman.config && hardened.facts == podman.facts,
            "{} and {} are not alike",
            hardened.name,
            podman.name
        );
        let (changed, by) = outcome(&hardened, Profile::Hardened);
        let (kept, none) = outcome(&podman, Profile::Podman43);
        assert_ne!(changed, kept, "{}", rule.id());
        assert!(by.contains(rule.id()), "{}: no reason names it", hardened.name);
        // What Podman 4.3 does not have it refuses.
        let is_new = rule.id() == "HD-NET-01";
        assert_ne!(
            kept.starts_with('{'),
            is_new,
            "{}: Podman compiles it, but here: {kept}",
            podman.name
        );
        let hardened_rule = none.iter().find(|name| name.starts_with("HD-"));
        assert_eq!(hardened_rule, None, "{}", podman.name);
    }
}

/// The profile of Podman never names a rule of the other, whatever the case.
#[test]
fn the_profile_of_podman_has_no_deviation() {
    for name in case_names() {
        let case = case(&name);
        if case.profile() == Profile::Podman43 && case.about.rules != ["OC-MISSING-01"] {
            let refused =
                compile(&case.config, &case.facts, &Options { profile: Profile::Podman43 });
            if refused.is_err_and(|refused| !refused.missing.is_empty()) {
                continue;
            }
            let (_, rules) = outcome(&case, Profile::Podman43);
            assert!(!rules.iter().any(|rule| rule.starts_with("HD-")), "{name}");
        }
    }
}

/// Every page, one under the other: what a change of the ledger changes is read before it is taken.
#[test]
fn the_ledger_reads_as_it_did() {
    let pages: Vec<String> = ledger::all().map(ToString::to_string).collect();
    crate::shots::snapshot(
        "ledger/pages.all",
        "the ledger: what Podman does and what is done here",
        &pages.join("\n"),
    );
}
