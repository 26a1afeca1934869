//! Keeps the ledger: each quirk, random outcome, crash and known weakness of Podman 4.3.1, and what becomes of it here.
//!
//! Nothing in the compiler departs from Podman but by an entry of this ledger, and each entry names the test that shows it. The profile
//! `podman-4.3` departs only where Podman's outcome is random or a crash. The profile `hardened` departs by the entries `HD-*` as well.

mod crashes;
mod hardened;
mod order;
mod quirks;
mod weaknesses;

use crate::rules::{Quirk, Rule};
use core::fmt;

/// What becomes of something that Podman does.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Fate {
    /// Done as Podman does it, in both profiles.
    Kept,
    /// Podman's outcome is one of several at random; here it is always the same one of them, in both profiles.
    Canonicalised,
    /// Refused with a code, in both profiles.
    Refused,
    /// Kept in the profile `podman-4.3`, changed or refused in the profile `hardened`.
    Hardened,
    /// A weakness that Podman 4.3.1 does not have, so neither profile has it.
    Held,
    /// Cannot come up here.
    Impossible,
    /// Held by the layer that carries the plan out and gathers the facts.
    LinuxLayer,
    /// The business of another program.
    Outside,
}

impl Fate {
    /// Says it in a few words.
    pub const fn word(self) -> &'static str {
        match self {
            Fate::Kept => "kept in both profiles",
            Fate::Canonicalised => "made the same every time, in both profiles",
            Fate::Refused => "refused in both profiles",
            Fate::Hardened => "kept in podman-4.3, changed in hardened",
            Fate::Held => "held in both profiles",
            Fate::Impossible => "cannot come up",
            Fate::LinuxLayer => "held by the Linux layer",
            Fate::Outside => "outside",
        }
    }

    /// Says how Podman's own behaviour is had.
    const fn way_back(self) -> &'static str {
        match self {
            Fate::Kept | Fate::Held => "nothing to do: this is Podman's behaviour",
            Fate::Canonicalised => {
                "nothing to do: this is one of the outcomes that Podman may have"
            }
            Fate::Refused => {
                "there is no way: Podman crashes or hangs, or runs into the same refusal"
            }
            Fate::Hardened => "compile with `--profile podman-4.3`",
            Fate::Impossible => "there is no way: Podman crashes",
            Fate::LinuxLayer | Fate::Outside => "does not apply to a compilation",
        }
    }
}

/// One entry.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry {
    /// Its id, and others that it goes by: `Q-49`, `HD-MNT-01`, `CVE-2022-24769`. The first is its own.
    pub ids: &'static [&'static str],
    /// What becomes of it.
    pub fate: Fate,
    /// What Podman 4.3.1 does; empty for a quirk, whose text says it.
    podman: &'static str,
    /// What happens here; empty for what a rule `HD-*` says, and for what is done as Podman does it.
    here: &'static str,
    /// The reason, with the CVE where there is one.
    pub why: &'static str,
    /// Tests that show it: `area/case` for a fixture, otherwise the name of a test function.
    pub tests: &'static [&'static str],
    /// Other entries that belong to it.
    pub see: &'static [&'static str],
}

/// Makes a table of entries of its lines.
macro_rules! entries {
    ($($fate:ident [$($id:literal)+] $(podman $podman:literal)? $(here $here:literal)? why $why:literal tests [$($test:literal)*] $(see [$($see:literal)+])?;)+) => {
        &[$(crate::ledger::Entry {
            ids: &[$($id),+],
            fate: crate::ledger::Fate::$fate,
            podman: concat!($($podman)?),
            here: concat!($($here)?),
            why: $why,
            tests: &[$($test),*],
            see: &[$($($see),+)?],
        }),+]
    };
}
use entries;

/// The tables, in the order in which they are listed.
const TABLES: [&[Entry]; 5] =
    [quirks::QUIRKS, order::ORDER, crashes::CRASHES, hardened::DEVIATIONS, weaknesses::WEAKNESSES];

/// Every entry.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    TABLES.into_iter().flatten()
}

/// Finds an entry by any of its ids, in upper or lower case.
///
/// # Examples
///
/// ```
/// let entry = ocify::ledger::find("CVE-2024-21626").unwrap();
/// println!("{entry}");
/// assert!(ocify::ledger::find("Q-9999").is_none());
/// ```
pub fn find(id: &str) -> Option<&'static Entry> {
    all().find(|entry| entry.ids.iter().any(|known| known.eq_ignore_ascii_case(id)))
}

impl Entry {
    /// Gives its own id.
    pub fn id(&self) -> &'static str {
        self.ids.first().copied().unwrap_or_default()
    }

    /// Says what Podman 4.3.1 does.
    pub fn podman(&self) -> &'static str {
        if self.podman.is_empty() {
            Quirk::find(self.id()).map_or("", Quirk::text)
        } else {
            self.podman
        }
    }

    /// Says what happens here.
    pub fn here(&self) -> &'static str {
        if !self.here.is_empty() {
            return self.here;
        }
        match self.fate {
            Fate::Hardened => Rule::find(self.id()).map_or("", Rule::text),
            _ => "The same.",
        }
    }
}

/// The entry's page.
impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(f, "", self.ids)?;
        writeln!(f, ": {}\n", self.fate.word())?;
        writeln!(f, "Podman 4.3.1: {}", self.podman())?;
        writeln!(f, "Here: {}", self.here())?;
        writeln!(f, "Why: {}", self.why)?;
        writeln!(f, "Podman's behaviour: {}.", self.fate.way_back())?;
        if let Some(quirk) = Quirk::find(self.id()) {
            f.write_str("\nRules: ")?;
            for (index, rule) in quirk.rules().iter().enumerate() {
                write!(f, "{}{}", if index == 0 { "" } else { ", " }, rule.id())?;
            }
        }
        list(f, "\nSee: ", self.see)?;
        list(f, "\nShown by: ", self.tests)?;
        f.write_str("\n")
    }
}

/// Writes a list, if there is anything in it.
fn list(f: &mut fmt::Formatter<'_>, head: &str, items: &[&str]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        write!(f, "{}{item}", if index == 0 { head } else { ", " })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::FindingKind;
    use std::collections::BTreeSet;
    use std::string::ToString as _;
    use std::vec::Vec;

    #[test]
    fn ids_are_unique_and_lead_somewhere() {
        let ids: Vec<&str> = all().flat_map(|entry| entry.ids).copied().collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(unique.len(), ids.len());
        for entry in all() {
            for see in entry.see {
                let finding = FindingKind::PAGES.iter().any(|(code, ..)| code == see);
                let known = finding || find(see).is_some() || Rule::find(see).is_some();
                assert!(known, "{} sees {see}, which is nothing", entry.id());
            }
        }
        assert_eq!(find("cve-2022-24769").map(Entry::id), Some("CVE-2022-27649"));
        assert_eq!(find("Q-51"), None);
    }

    #[test]
    fn each_quirk_and_each_rule_of_the_hardened_profile_has_its_entry() {
        for quirk in Quirk::ALL {
            assert!(find(quirk.id()).is_some(), "{} is not in the ledger", quirk.id());
        }
        for rule in Rule::ALL.iter().filter(|rule| rule.id().starts_with("HD-")) {
            let entry = find(rule.id());
            assert_eq!(entry.map(|entry| entry.fate), Some(Fate::Hardened), "{}", rule.id());
        }
        for entry in all().filter(|entry| entry.fate == Fate::Hardened) {
            let rules = entry.ids.iter().chain(entry.see);
            let hardened = rules.filter_map(|id| Rule::find(id)).any(|r| r.id().starts_with("HD-"));
            assert!(hardened, "{} is changed by no rule", entry.id());
        }
    }

    #[test]
    fn pages_say_all_there_is_to_say() {
        for entry in all() {
            let id = entry.id();
            for text in [entry.podman(), entry.here(), entry.why] {
                assert!(text.ends_with(['.', '?']), "{id}: `{text}`");
                assert!(!text.contains("  ") && !text.contains('\n'), "{id}: `{text}`");
                assert_eq!(text.matches('`').count() % 2, 0, "{id}: `{text}`");
            }
            let shown = !matches!(entry.fate, Fate::Impossible | Fate::Outside);
            assert!(!shown || !entry.tests.is_empty(), "{id} is shown by nothing");
            assert!(entry.to_string().starts_with(id), "{id}");
        }
    }
}
