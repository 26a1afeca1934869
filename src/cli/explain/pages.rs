//! The page of each code, rule and entry of the ledger.

use ocify::check::FindingKind;
use ocify::ledger::{self, Entry};
use ocify::problem::{MISTAKE_PAGES, Problem, WarningKind};
use ocify::rules::{Quirk, Rule};
use ocify::text::nearest;
use serde_json::{Value, json};
use std::fmt;

/// A page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Page {
    /// Of a refusal, a warning or a finding: its code, what it stands for, what to do.
    Code(&'static str, &'static str, &'static str),
    Rule(Rule),
    Entry(&'static Entry),
    /// Every entry of the ledger, one a line.
    Ledger,
}

fn codes() -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let pages = MISTAKE_PAGES.iter().chain(Problem::PAGES).chain(WarningKind::PAGES);
    pages.chain(FindingKind::PAGES)
}

/// The page of a code, a rule or an entry of the ledger, in upper or lower case.
pub(crate) fn page(of: &str) -> Option<Page> {
    if let Some((code, about, help)) = codes().find(|(code, ..)| code.eq_ignore_ascii_case(of)) {
        return Some(Page::Code(code, about, help));
    }
    if of.eq_ignore_ascii_case("ledger") {
        return Some(Page::Ledger);
    }
    // A rule of the hardened profile is an entry of the ledger, which says more.
    ledger::find(of).map(Page::Entry).or_else(|| Rule::find(of).map(Page::Rule))
}

/// Whether a word has the form of a code: `E9999`, `SG-ENV-99`, `CVE-…`.
pub(crate) fn looks_like_a_code(word: &str) -> bool {
    let letter_and_number = |word: &str| {
        let number = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        word.len() == number.len().saturating_add(1)
            && number.len() >= 2
            && number.chars().all(|c| c.is_ascii_digit())
    };
    let of_a_table = |word: &str| {
        let (room, rest) = word.split_once('-').unwrap_or(("", ""));
        let known = ["SG", "LP", "OC", "HD", "Q", "ND", "CR", "CVE", "SEC", "GHSA"];
        known.iter().any(|known| known.eq_ignore_ascii_case(room))
            && rest.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    letter_and_number(word) || of_a_table(word)
}

/// Every word that has a page of its own.
fn words() -> impl Iterator<Item = &'static str> {
    codes()
        .map(|(code, ..)| *code)
        .chain(Rule::ALL.iter().map(|rule| rule.id()))
        .chain(ledger::all().flat_map(|entry| entry.ids).copied())
}

/// What to say of a code that there is not.
pub(crate) fn unknown(word: &str) -> String {
    let upper = word.to_ascii_uppercase();
    let same_kind = |known: &&str| {
        let kind = |word: &str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
        kind(known) == kind(&upper)
    };
    // Of codes with a number the nearest is that with the nearest number.
    let number = |word: &str| word.get(1..).and_then(|digits| digits.parse::<i64>().ok());
    let by_number = number(&upper).and_then(|wanted| {
        let far = |word: &&str| {
            number(word).map_or(i64::MAX, |n| n.saturating_sub(wanted).saturating_abs())
        };
        words().filter(same_kind).filter(|word| number(word).is_some()).min_by_key(far)
    });
    let near = nearest(&upper, words().filter(same_kind)).or(by_number);
    let near = near.or_else(|| nearest(&upper, words()));
    match near {
        Some(near) => {
            format!("there is no code or rule `{upper}`: did you mean `{near}`?")
        }
        None => format!("there is no code or rule `{upper}`, and no file of that name"),
    }
}

impl Page {
    /// The page for programs.
    pub(crate) fn json(self) -> Value {
        match self {
            Page::Code(code, about, help) => {
                json!({ "id": code, "kind": "code", "text": about.trim(), "help": help })
            }
            Page::Rule(rule) => json!({
                "id": rule.id(), "kind": "rule", "text": rule.text(), "source": rule.source(),
                "quirks": rule.quirks().map(Quirk::id).collect::<Vec<_>>(),
            }),
            Page::Entry(entry) => entry_json(entry),
            Page::Ledger => Value::Array(ledger::all().map(entry_json).collect()),
        }
    }
}

fn entry_json(entry: &Entry) -> Value {
    json!({
        "id": entry.id(), "kind": "ledger", "ids": entry.ids, "fate": entry.fate.word(),
        "podman": entry.podman(), "text": entry.here(), "why": entry.why,
        "see": entry.see, "tests": entry.tests,
    })
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Page::Code(code, about, help) => {
                writeln!(f, "{code}: {}", about.trim())?;
                if help.is_empty() { Ok(()) } else { writeln!(f, "\nWhat to do: {help}.") }
            }
            Page::Rule(rule) => {
                writeln!(f, "{}: {}\n\nSource: {}", rule.id(), rule.text(), rule.source())?;
                for quirk in rule.quirks() {
                    writeln!(f, "Quirk {}: {}", quirk.id(), quirk.text())?;
                }
                Ok(())
            }
            Page::Entry(entry) => write!(f, "{entry}"),
            Page::Ledger => {
                for entry in ledger::all() {
                    writeln!(f, "{:<20} {}", entry.id(), entry.fate.word())?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_rule_and_entry_has_a_page() {
        let mut count = 0;
        for word in words() {
            let told = page(word).unwrap_or_else(|| panic!("{word} has no page")).to_string();
            let title = told.lines().next().unwrap();
            assert!(title.contains(word) && title.len() > word.len() + 4, "{word}: {title}");
            let numbered = word.contains(|c: char| c.is_ascii_digit());
            assert!(looks_like_a_code(word) || !numbered, "{word}");
            assert_eq!(page(&word.to_ascii_lowercase()).unwrap().to_string(), told);
            let json = page(word).unwrap().json();
            assert!(json["text"].as_str().is_some_and(|text| text.len() > 8), "{json}");
            count += 1;
        }
        assert!(count > 400, "{count}");
        assert!(page("ledger").is_some() && page("web.yaml").is_none());
    }

    #[test]
    fn pages_say_all_there_is_to_say() {
        for (code, about, help) in codes() {
            let told = page(code).unwrap().to_string();
            assert!(told.contains(about.trim()) && told.contains(help), "{told}");
            assert!(!about.trim().is_empty(), "{code}");
        }
        let told = page("HD-ENV-01").unwrap().to_string();
        for part in ["changed in hardened", "CVE-2026-57231", "--profile podman-4.3", "hardened/"] {
            assert!(told.contains(part), "{told}");
        }
        assert!(page("Q-07").unwrap().to_string().contains("Rules: SG-MNT-06"));
        assert!(page("CVE-2022-0811").is_some());
    }

    #[test]
    fn a_code_that_there_is_not_is_told_from_a_file() {
        for word in ["E9999", "e0", "W099", "SG-ENV-99", "sg-evn-03", "CVE-2000-1", "Q-99"] {
            assert_eq!(looks_like_a_code(word), word != "e0", "{word}");
        }
        for word in ["web.yaml", "web", "-", "a-b.yaml", "./E0101", "E1.yaml"] {
            assert!(!looks_like_a_code(word), "{word}");
        }
        assert!(unknown("E0102").contains("did you mean `E01"), "{}", unknown("E0102"));
        assert!(unknown("sg-evn-03").contains("`SG-ENV-03`"), "{}", unknown("sg-evn-03"));
    }
}
