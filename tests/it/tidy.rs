//! The house is in order: nothing is forgotten, nothing is left over, the core sees no host.

use crate::ground::{case_names, names, root, say, text};
use crate::tables::{table, table_names};
use ocify::schema::{SchemaName, schema_text};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The snapshots that a case can have: all of the first, or the second alone.
const COMPILED: [&str; 3] = ["spec", "plan", "why"];
const REFUSED: &str = "refused";

#[test]
fn every_fixture_has_its_snapshots_and_every_snapshot_its_fixture() {
    let mut wanted: BTreeSet<String> = BTreeSet::new();
    let snapshots = root().join("snapshots");
    let there: BTreeSet<String> = names(&snapshots)
        .into_iter()
        .flat_map(|area| {
            let settled =
                names(&snapshots.join(&area)).into_iter().filter(|f| !f.contains(".snap.new"));
            settled.map(move |f| format!("{area}/{f}"))
        })
        .collect();
    for case in case_names() {
        let refused = format!("{case}.{REFUSED}.snap");
        if there.contains(&refused) {
            wanted.insert(refused);
        } else {
            wanted.extend(COMPILED.map(|kind| format!("{case}.{kind}.snap")));
        }
    }
    for file in names(&root().join("fixtures/bad")) {
        if crate::bad_input::is_input(&file) {
            wanted.insert(format!("bad/{file}.{REFUSED}.snap"));
        }
    }
    wanted.insert("ledger/pages.all.snap".to_owned());
    for shot in ["web.overview", "web.places"] {
        wanted.insert(format!("explain/{shot}.snap"));
    }
    for shot in ["two_hosts.diff", "two_configs.diff", "hosts.matrix"] {
        wanted.insert(format!("compare/{shot}.snap"));
    }
    for shot in ["changes.diff", "mistakes", "refused"] {
        wanted.insert(format!("layers/{shot}.snap"));
    }
    let missing: Vec<_> = wanted.difference(&there).collect();
    let left: Vec<_> = there.difference(&wanted).collect();
    assert!(missing.is_empty() && left.is_empty(), "missing: {missing:#?}\nleft over: {left:#?}");
}

/// Directories of fixtures hold cases; a file without one is a case that never runs.
#[test]
fn every_directory_of_an_area_is_a_case() {
    let fixtures = root().join("fixtures");
    for area in names(&fixtures) {
        if ["bad", "check", "explain", "hosts", "layers", "podman", "seccomp"]
            .contains(&area.as_str())
        {
            continue;
        }
        for case in names(&fixtures.join(&area)) {
            let files = names(&fixtures.join(&area).join(&case));
            let odd: Vec<_> = files
                .iter()
                .filter(|f| {
                    !["case.toml", "facts.yaml", "request.json", "request.yaml"]
                        .contains(&f.as_str())
                })
                .collect();
            if files == ["table.yaml"] {
                continue;
            }
            assert!(files.contains(&"case.toml".to_owned()), "{area}/{case} has no case.toml");
            assert!(odd.is_empty(), "{area}/{case} has {odd:?}");
            let requests = files.iter().filter(|f| f.starts_with("request.")).count();
            assert_eq!(requests, 1, "{area}/{case} has {requests} requests");
        }
    }
}

#[test]
fn every_host_is_used() {
    let mut used: BTreeSet<String> =
        case_names().iter().map(|name| crate::ground::case(name).about.host).collect();
    used.extend(table_names().iter().map(|name| table(name).host));
    for host in names(&root().join("fixtures/hosts")) {
        if let Some(host) = host.strip_suffix(".json") {
            assert!(used.contains(host), "no case is on {host}");
        }
    }
}

#[test]
fn every_test_file_is_in_the_test_crate() {
    let main = text(&root().join("tests/it/main.rs"));
    for file in names(&root().join("tests/it")) {
        if let Some(module) = file.strip_suffix(".rs").filter(|m| *m != "main") {
            assert!(main.contains(&format!("mod {module};")), "tests/it/{file} is not in main.rs");
        }
    }
}

/// `OCIFY_UPDATE=1 cargo test schemas` writes them anew.
#[test]
fn the_committed_schemas_are_what_the_program_prints() {
    for of in SchemaName::ALL {
        let path = root().join("schemas").join(format!("{}.json", of.word()));
        let now = schema_text(of);
        if std::env::var_os("OCIFY_UPDATE").is_some() {
            fs::write(&path, &now).unwrap();
        }
        assert!(
            text(&path) == now,
            "schemas/{}.json has drifted: OCIFY_UPDATE=1 cargo test schemas",
            of.word()
        );
    }
}

/// The rooms that may see the host.
const HOST_ROOMS: [&str; 3] = ["src/linux/", "src/cli/", "src/main.rs"];

fn sources() -> Vec<(String, String)> {
    let mut todo = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(dir) = todo.pop() {
        for name in names(&dir) {
            let path: PathBuf = dir.join(name);
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((short(&path), text(&path)));
            }
        }
    }
    found.sort();
    found
}

/// Files that are modules of tests: declared right behind `#[cfg(test)]`.
fn files_for_tests() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (path, text) in sources() {
        let dir =
            path.strip_suffix("mod.rs").map_or_else(|| path.replace(".rs", "/"), str::to_owned);
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            if line.trim() != "#[cfg(test)]" {
                continue;
            }
            let module = lines.peek().and_then(|next| next.split("mod ").nth(1)?.strip_suffix(';'));
            found.extend(module.map(|module| format!("{dir}{module}.rs")));
        }
    }
    found
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

#[test]
fn the_core_names_no_room_that_sees_the_host() {
    let for_tests = files_for_tests();
    for (path, text) in sources() {
        if HOST_ROOMS.iter().any(|room| path.starts_with(room)) || for_tests.contains(&path) {
            continue;
        }
        // Tests may use what they like, and stand at the file's end.
        let code = text.split("#[cfg(test)]").next().unwrap_or(&text);
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            for fenced in [
                "crate::linux",
                "crate::cli",
                "use std::",
                "std::fs",
                "std::env",
                "HashMap",
                "HashSet",
                "unsafe {",
            ] {
                assert!(!line.contains(fenced), "{path} has `{fenced}`: {line}");
            }
        }
    }
}

#[test]
fn long_files_are_reported() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        if lines > 600 {
            say(&format!("{path} has {lines} lines: is it two rooms?"));
        }
    }
}

/// Areas of rules of which each that code decides by has a fixture.
const COVERED: [&str; 5] = ["SG-", "LP-", "HD-", "OC-", "Q-"];

/// Rules that no fixture can show, with the reason.
const WITHOUT_A_FIXTURE: [(&[&str], &str); 16] = [
    (&["SG-LIB-12"], "DNS servers that do not parse are refused when the request is decoded"),
    (
        &["SG-LIB-21"],
        "a network namespace that is made is never joined as well: one mode says either",
    ),
    (&["SG-LIB-25"], "the socket is not taken from the engine where the mode is `ignore`"),
    (&["SG-LIB-26"], "only keep-id gives the spec ids, and it sets the user too"),
    (&["SG-POD-09"], "it is about making pods, which is not compiled"),
    (
        &["SG-UNS-10"],
        "it is about mappings as text, which the command line reads and a request does not have",
    ),
    (
        &[
            "LP-MODEL-01",
            "LP-MODEL-03",
            "LP-MODEL-04",
            "LP-GENH-04",
            "LP-GENH-05",
            "LP-LEAF-03",
            "LP-LEAF-10",
            "LP-LEAF-11",
        ],
        "it says how the start works, and is told by the rules that lean on it",
    ),
    (
        &[
            "LP-CDI-01",
            "LP-CDI-03",
            "LP-WD-04",
            "LP-NET-03",
            "LP-RLK-02",
            "LP-RLK-06",
            "LP-SLIRP-14",
            "LP-RC-08",
            "LP-SLIRPDNS-01",
        ],
        "another rule tells of its outcome; the pass's own tests show it",
    ),
    (&["LP-SORT-02"], "how Podman shuffles mounts of one depth is not copied (ND-02)"),
    (&["LP-HOOK-03"], "it refuses a container without a command, which is refused before"),
    (&["LP-WD-02"], "it refuses a volume without a directory, and storage always says one"),
    (&["LP-SUB-01"], "it says which file the facts are gathered from"),
    (&["LP-CG-02"], "it needs a pod that has lost its state"),
    (&["LP-ENV-03"], "it needs a precreate hook's answer, which the core is not given"),
    (
        &["LP-SYSD-03"],
        "the version of cgroups is asked for when the container is created, and a failure ends it there",
    ),
    (
        &[
            "LP-INIT-05",
            "LP-SHM-02",
            "LP-PREP-02",
            "LP-PREP-03",
            "LP-PREP-04",
            "LP-PREP-05",
            "LP-NET-12",
            "LP-NET-13",
            "LP-NET-14",
            "LP-NET-16",
            "LP-NET-20",
            "LP-NET-21",
            "LP-NET-30",
            "LP-OPEN-01",
            "LP-VOL-35",
            "LP-CONMON-01",
            "LP-MNT-01",
            "LP-MNT-08",
            "LP-MNT-14",
            "LP-OVL-04",
            "LP-CLEAN-01",
            "LP-CLEAN-02",
            "LP-CLEAN-10",
            "LP-SAVE-01",
            "LP-SLIRP-12",
            "LP-RLK-01",
            "LP-RLK-04",
            "LP-RLK-05",
            "LP-RNS-03",
            "LP-RNS-04",
        ],
        "it is about carrying a plan out or taking it back, which is the Linux layer's",
    ),
];

/// The rules that fixtures name: by their reasons, and besides.
fn named_rules() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut named, mut besides) = (crate::recorded::rules(), BTreeSet::new());
    for case in case_names() {
        named.extend(crate::ground::case(&case).about.rules);
    }
    for name in table_names() {
        for row in table(&name).rows {
            named.extend(row.rules);
            besides.extend(row.also);
        }
    }
    (named, besides)
}

/// The rules that code decides by.
fn rules_in_code() -> BTreeSet<&'static str> {
    let for_tests = files_for_tests();
    let mut words = BTreeSet::new();
    for (path, text) in sources() {
        // The program only tells of rules.
        let tells = path.starts_with("src/rules/") || path.starts_with("src/cli/");
        if for_tests.contains(&path) || tells {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(&text);
        for part in code.split("Rule::").skip(1) {
            let word: String = part.chars().take_while(char::is_ascii_alphanumeric).collect();
            words.insert(word);
        }
    }
    let is_in = |rule: &&ocify::rules::Rule| words.contains(&format!("{rule:?}"));
    ocify::rules::Rule::ALL.iter().filter(is_in).map(|rule| rule.id()).collect()
}

#[test]
fn every_rule_that_decides_has_a_fixture() {
    let (named, besides) = named_rules();
    let decide = rules_in_code();
    for rule in named.union(&besides) {
        assert!(ocify::rules::Rule::find(rule).is_some(), "there is no rule `{rule}`");
    }
    let excused: BTreeSet<&str> =
        WITHOUT_A_FIXTURE.iter().flat_map(|(rules, _)| *rules).copied().collect();
    let all = ocify::rules::Rule::ALL.iter().map(|rule| rule.id());
    // What code decides by has to be named by a reason.
    let shown =
        |rule: &str| named.contains(rule) || !decide.contains(rule) && besides.contains(rule);
    let silent: Vec<&str> = all.filter(|rule| !shown(rule)).collect();
    let every = ocify::rules::Rule::ALL.len();
    say(&format!("{} of {every} rules have a fixture", every - silent.len()));
    let covered = |rule: &&&str| COVERED.iter().any(|area| rule.starts_with(area));
    let (missing, unnamed): (Vec<&str>, Vec<&str>) = silent
        .iter()
        .filter(|rule| covered(rule) && !excused.contains(**rule))
        .partition(|rule| decide.contains(*rule));
    assert!(
        unnamed.is_empty(),
        "rules that no code decides by, and no fixture: {}",
        unnamed.join(" ")
    );
    for (rules, reason) in WITHOUT_A_FIXTURE {
        say(&format!("{}: no fixture, for {reason}", rules.join(" ")));
    }
    assert!(missing.is_empty(), "rules without a fixture: {}", missing.join(" "));
    let needless: Vec<_> = excused.iter().filter(|rule| named.contains(**rule)).collect();
    assert!(needless.is_empty(), "excused, but with a fixture: {needless:?}");
}
