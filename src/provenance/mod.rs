//! Why: reading is what gets recorded.
//!
//! A pass reads the config and the facts through a `Cx`; what it decides owes all it has opened. A decided value carries a [`Because`] of four
//! bytes: the newest node of a trail that shares its tail with others. Nothing is rendered before somebody asks.
//!
//! Two things are owed: what made a value, and what was looked through for something that is not there. A mount is made by the line that asks
//! for it; that no other mount stands at its destination is owed to all the others, for each could have been there. A trail keeps these
//! apart ([`Trails::direct`] leaves the second away): completeness wants both, a reader the first.

mod caused;
mod cx;
mod list;
mod trails;

pub(crate) use caused::{Caused, Slot, shown};
pub(crate) use cx::{Cx, Entries, Given};
pub(crate) use list::{Keyed, List};
pub(crate) use trails::Kept;
pub use trails::{Because, Cause, LENGTH, Trails, WHOLE};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Field};
    use crate::draft::Annotation;
    use crate::facts::Facts;
    use crate::options::Profile;
    use crate::rules::Rule;
    use std::borrow::Cow;
    use std::string::String;
    use std::vec::Vec;

    fn annotation(key: &'static str, value: &'static str) -> Annotation<'static> {
        Annotation { key: Cow::Borrowed(key), value: Cow::Borrowed(value) }
    }

    fn fields(causes: &[Cause]) -> Vec<Field> {
        let field = |cause: &Cause| match cause {
            Cause::Config(field, _) => Some(*field),
            Cause::Fact(..) | Cause::Rule(_) => None,
        };
        causes.iter().filter_map(field).collect()
    }

    #[test]
    fn what_was_looked_through_in_vain_is_owed_apart() {
        let (config, facts) = (Config::default(), Facts::default());
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        let mut list = List::default();
        list.push(&cx, Rule::OcGiven01, || {
            cx.config().hostname();
            annotation("a", "1")
        });
        let found = cx.read(|| list.find(&cx, "a"));
        let missing = cx.read(|| {
            cx.config().privileged();
            list.find(&cx, "b")
        });
        let (trails, ..) = cx.finish();
        let all = |because| fields(&trails.of(because));
        let direct = |because| fields(&trails.direct(because));
        assert_eq!(all(found.because()), [Field::Hostname]);
        assert_eq!(direct(found.because()), [Field::Hostname]);
        let mut owed = all(missing.because());
        owed.sort();
        let mut both = [Field::Hostname, Field::Privileged];
        both.sort();
        assert_eq!(owed, both);
        assert_eq!(direct(missing.because()), [Field::Privileged]);
    }

    #[test]
    fn replaced_values_are_kept_where_somebody_wants_them() {
        let (config, facts) = (Config::default(), Facts::default());
        for keeps in [true, false] {
            let new = if keeps { Cx::keeping } else { Cx::new };
            let cx = new(&config, &facts, Profile::Podman43);
            let mut list = List::default();
            list.push(&cx, Rule::OcGiven01, || annotation("a", "1"));
            let second = cx.decide(Rule::SgAnn05, || annotation("a", "2"));
            list.put(&cx, second);
            let because = list.open().next().map(|(_, because)| because).unwrap();
            let (trails, _, kept) = cx.finish();
            let before: Vec<Option<&str>> = trails
                .replaced_at(because)
                .into_iter()
                .map(|(node, _)| kept.get(&node).map(String::as_str))
                .collect();
            assert_eq!(before, [keeps.then_some("\"1\"")]);
        }
    }
}
