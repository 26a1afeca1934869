//! `explain` names the right rule, line and fact: fifty drawn places, each reviewed by hand against the rules.

use crate::ground::{case, case_names, root, say, yaml};
use ocify::why::{Place, PlaceKind, Teller};
use ocify::{Options, compile};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// The parts of a result that the draw goes through in turn.
const PARTS: [&str; 10] = [
    "process",
    "mounts",
    "namespaces",
    "resources",
    "confinement",
    "root and names",
    "absent",
    "stored",
    "plan",
    "warnings",
];

/// The part that a place belongs to.
fn part(place: &Place) -> &'static str {
    match place.kind {
        PlaceKind::Absent => "absent",
        PlaceKind::Stored => "stored",
        PlaceKind::Plan => "plan",
        PlaceKind::Warning => "warnings",
        PlaceKind::Spec => {
            let within = |heads: &[&str]| heads.iter().any(|head| place.name.starts_with(head));
            if within(&["linux.namespaces", "linux.uid", "linux.gid", "linux.sysctl"]) {
                "namespaces"
            } else if within(&[
                "linux.resources",
                "linux.cgroupsPath",
                "linux.devices",
                "process.rlimits",
            ]) {
                "resources"
            } else if within(&[
                "process.capab",
                "process.noNew",
                "process.apparm",
                "process.selinux",
                "linux.",
            ]) {
                "confinement"
            } else if within(&["process."]) {
                "process"
            } else if within(&["mounts"]) {
                "mounts"
            } else {
                "root and names"
            }
        }
    }
}

/// Draws places: part by part in turn, of each part one at random whose name was not drawn before.
///
/// The numbers are those of `SplitMix64`.
fn draw(seed: u64, count: usize) -> Vec<(String, String)> {
    let mut by_part: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for name in case_names() {
        let case = case(&name);
        let Ok(compiled) = compile(&case.config, &case.facts, &Options { profile: case.profile() })
        else {
            continue;
        };
        for place in compiled.places() {
            by_part.entry(part(&place)).or_default().push((name.clone(), place.name));
        }
    }
    let mut state = seed;
    let mut next = move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut drawn: Vec<(String, String)> = Vec::new();
    let mut known = BTreeSet::new();
    for part in PARTS.iter().cycle().take(count * PARTS.len()) {
        let all = &by_part[part];
        // A part with few names may be through.
        if !all.iter().any(|(_, name)| !known.contains(name)) {
            continue;
        }
        loop {
            let at = usize::try_from(next() % u64::try_from(all.len()).unwrap()).unwrap();
            if known.insert(all[at].1.clone()) {
                drawn.push(all[at].clone());
                break;
            }
        }
        if drawn.len() == count {
            break;
        }
    }
    drawn
}

/// `OCIFY_DRAW=1` draws the places of the reviewed table from the fixtures as they are.
#[test]
fn places_are_drawn() {
    if std::env::var_os("OCIFY_DRAW").is_some() {
        for (case, place) in draw(5, 50) {
            say(&format!("{case} {place}"));
        }
    }
}

/// A row of the reviewed table.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    case: String,
    place: String,
    /// The rule that decides: the last one of the reason.
    by: String,
    /// Rules that have a part in it.
    #[serde(default)]
    rules: Vec<String>,
    /// Fields of the config, given or not.
    config: Vec<String>,
    facts: Vec<String>,
    /// What is named besides, and does not have to be.
    #[serde(default)]
    also: Vec<String>,
    /// What the review found: `right`, `more` or `less`.
    first: String,
    /// The reviewer's reason, from the text of the rules.
    why: String,
}

/// What is wrong with the reason of a row.
fn wrong(row: &Row) -> Vec<String> {
    let case = case(&row.case);
    let compiled =
        compile(&case.config, &case.facts, &Options { profile: case.profile() }).unwrap();
    let teller = Teller::new(compiled.trails(), &case.config, &case.facts);
    let places = compiled.places();
    let Some(place) = places.iter().find(|place| place.name == row.place) else {
        return vec!["there is no such place".to_owned()];
    };
    let told = teller.direct(place.because);
    let mut wrong = Vec::new();
    let by = told.iter().rfind(|t| t.kind == "rule").map_or("nothing", |t| &t.name);
    if by != row.by {
        wrong.push(format!("decided by {by}"));
    }
    let of = |kind: &str| -> BTreeSet<&str> {
        told.iter().filter(|t| t.kind == kind).map(|t| t.name.as_str()).collect()
    };
    let also: BTreeSet<&str> = row.also.iter().map(String::as_str).collect();
    for (kind, wanted) in [("rule", &row.rules), ("config", &row.config), ("fact", &row.facts)] {
        let wanted: BTreeSet<&str> = wanted.iter().map(String::as_str).collect();
        let named = of(kind);
        wrong.extend(wanted.difference(&named).map(|name| format!("does not name {name}")));
        for name in named.difference(&wanted).filter(|name| **name != row.by) {
            if !also.contains(name) {
                wrong.push(format!("names {name} besides"));
            }
        }
    }
    wrong
}

#[test]
fn fifty_drawn_places_have_the_reasons_that_the_rules_give() {
    let table = yaml(&root().join("fixtures/explain/reviewed.yaml"));
    let rows: Vec<Row> = serde_json::from_value(table).unwrap();
    assert_eq!(rows.len(), 50);
    let mut all = String::new();
    for row in &rows {
        let wrong = wrong(row);
        if !wrong.is_empty() {
            writeln!(all, "{} {}: {}", row.case, row.place, wrong.join("; ")).unwrap();
        }
        assert!(!row.why.is_empty() && ["right", "more", "less"].contains(&&*row.first));
    }
    assert!(all.is_empty(), "\n{all}");
}
