//! Names everything that `explain` has a page for.

use ocify::check::FindingKind;
use ocify::ledger;
use ocify::problem::{MISTAKE_PAGES, Problem, WarningKind};
use ocify::rules::Rule;

/// The codes, then the rules, then the entries of the ledger; each once.
pub(crate) fn all() -> Vec<String> {
    let pages = MISTAKE_PAGES.iter().chain(Problem::PAGES).chain(WarningKind::PAGES);
    let codes = pages.chain(FindingKind::PAGES).map(|(code, _, _)| (*code).to_owned());
    let rules = Rule::ALL.iter().map(|rule| rule.id().to_owned());
    let entries = ledger::all().map(|entry| entry.id().to_owned());
    let mut all: Vec<String> =
        codes.chain(rules).chain(entries).chain(["ledger".to_owned()]).collect();
    all.sort();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_words_and_stand_once() {
        let all = super::all();
        for code in &all {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            assert!(!code.is_empty() && code.chars().all(plain), "{code}");
        }
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
        for known in ["C105", "E0002", "E0402", "SG-ENV-03", "W001", "Q-49", "HD-ENV-01"] {
            assert!(all.iter().any(|code| code == known), "{known}");
        }
    }
}
