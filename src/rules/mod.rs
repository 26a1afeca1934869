//! Names every rule that the compiler decides by: its id, what it says, and where in Podman 4.3.1 it comes from.
//!
//! `SG-*` rules make the stored container out of the create request, `LP-*` rules make the final spec and the host's
//! effects out of the stored container, `OC-*` rules are the compiler's own, and by `HD-*` rules
//! the hardened profile departs from Podman. The ids stay as they are once given:
//! cases, comments and recorded trails point to them. A table is a file of this room, and a line in it is a rule.

mod hardened;
mod libpod;
mod own;
mod quirks;
mod specgen;

use hardened::hardened_rules;
use libpod::libpod_rules;
use own::own_rules;
pub use quirks::Quirk;
use specgen::specgen_rules;

/// Makes [`Rule`] of the lines that the tables have handed on.
macro_rules! rules {
    (; $($variant:ident $id:literal $text:literal $source:literal;)+) => {
        /// One rule that the compiler decides by.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        #[repr(u16)]
        #[non_exhaustive]
        pub enum Rule {
            $(#[doc = concat!($id, ": ", $text)] $variant,)+
        }

        impl Rule {
            /// Every rule, in the order of the tables, which is the order of [`Ord`].
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Gives the rule's id, such as `SG-ENV-03`.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$variant => $id,)+
                }
            }

            /// Says what the rule decides, in one or two sentences for the one who asks why a field has its value.
            pub const fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            /// Says where in Podman 4.3.1 the rule comes from: a path in its repository and, after a colon, a function.
            pub const fn source(self) -> &'static str {
                match self {
                    $(Self::$variant => $source,)+
                }
            }
        }
    };
}

specgen_rules! { libpod_rules own_rules hardened_rules rules; }

impl Rule {
    /// Finds the rule of an id as a person writes it, in upper or lower case; none if there is no such rule.
    ///
    /// # Examples
    ///
    /// ```
    /// let rule = ocify::rules::Rule::find("sg-env-03").unwrap();
    /// assert_eq!(rule.id(), "SG-ENV-03");
    /// println!("{} ({})", rule.text(), rule.source());
    /// ```
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id().eq_ignore_ascii_case(id))
    }

    /// Gives the quirks of Podman that the rule keeps; most rules have none.
    pub fn quirks(self) -> impl Iterator<Item = Quirk> {
        Quirk::ALL.iter().copied().filter(move |quirk| quirk.rules().contains(&self))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::string::String;

    use super::*;

    /// Gives the name of the variant that an id asks for: `SG-ENV-03` becomes `SgEnv03`.
    fn variant_of(id: &str) -> String {
        let mut name = String::new();
        for part in id.split('-') {
            let (first, rest) = part.split_at(1);
            name.push_str(&first.to_ascii_uppercase());
            name.push_str(&rest.to_ascii_lowercase());
        }
        name
    }

    /// Fails on a text that is not one or more whole sentences on one line.
    fn assert_sentences(id: &str, text: &str) {
        let capital = text.starts_with(|c: char| c.is_uppercase() || c == '`');
        let name = ["containers.conf", "resolv.conf", "slirp4netns"]
            .iter()
            .any(|name| text.starts_with(name));
        assert!(capital || name, "{id} starts in lower case");
        assert!(text.ends_with('.'), "{id} does not end in a full stop");
        assert!(!text.contains(['\n', '\t']) && !text.contains("  "), "{id} is more than a line");
        assert_eq!(text.matches('`').count() % 2, 0, "{id} has a backtick without its partner");
    }

    #[test]
    fn ids_are_unique() {
        let ids: BTreeSet<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        assert_eq!(ids.len(), Rule::ALL.len());
        let ids: BTreeSet<_> = Quirk::ALL.iter().map(|quirk| quirk.id()).collect();
        assert_eq!(ids.len(), Quirk::ALL.len());
    }

    #[test]
    fn variants_are_named_after_their_ids() {
        for rule in Rule::ALL {
            assert_eq!(std::format!("{rule:?}"), variant_of(rule.id()));
        }
        for quirk in Quirk::ALL {
            assert_eq!(std::format!("{quirk:?}"), variant_of(quirk.id()));
        }
    }

    #[test]
    fn ids_are_found_in_any_case() {
        for &rule in Rule::ALL {
            assert_eq!(Rule::find(rule.id()), Some(rule));
            assert_eq!(Rule::find(&rule.id().to_ascii_lowercase()), Some(rule));
        }
        for &quirk in Quirk::ALL {
            assert_eq!(Quirk::find(&quirk.id().to_ascii_lowercase()), Some(quirk));
        }
        for absent in [
            "",
            "SG",
            "SG-ENV",
            "SG-ENV-3",
            "SG-ENV-03 ",
            "LP-SYSD-06",
            "SG-VAL-20",
            "Q-00",
            "Q-51",
        ] {
            assert_eq!((Rule::find(absent), Quirk::find(absent)), (None, None), "{absent}");
        }
    }

    #[test]
    fn the_order_is_that_of_the_tables() {
        assert!(Rule::ALL.is_sorted());
        assert!(Quirk::ALL.is_sorted());
    }

    #[test]
    fn texts_are_whole_sentences_and_all_different() {
        let mut texts = BTreeSet::new();
        for rule in Rule::ALL {
            assert_sentences(rule.id(), rule.text());
            assert!(!rule.source().is_empty(), "{}", rule.id());
            assert!(texts.insert(rule.text()), "{} repeats another rule", rule.id());
        }
        for quirk in Quirk::ALL {
            assert_sentences(quirk.id(), quirk.text());
            assert!(texts.insert(quirk.text()), "{} repeats another text", quirk.id());
        }
    }

    #[test]
    fn a_rule_knows_its_quirks() {
        assert_eq!(Rule::SgMnt06.quirks().collect::<std::vec::Vec<_>>(), [Quirk::Q06, Quirk::Q07]);
        assert_eq!(Rule::SgDev09.quirks().collect::<std::vec::Vec<_>>(), [Quirk::Q26]);
        assert_eq!(Rule::SgLbl01.quirks().count(), 0);
        for quirk in Quirk::ALL {
            assert_eq!(quirk.rules().first(), Some(&quirk.rule()));
        }
    }
}
