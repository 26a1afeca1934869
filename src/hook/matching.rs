//! Says which containers a hook is for.

use super::regexp::Regexp;
use alloc::vec::Vec;

/// A hook's conditions.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// Every container, or none.
    pub always: Option<bool>,
    /// Containers with volumes of the user's; `false` is for none at all.
    pub has_bind_mounts: Option<bool>,
    /// Patterns of an annotation's key and value.
    pub annotations: Vec<(Regexp, Regexp)>,
    /// Patterns of the command: one must match.
    pub commands: Vec<Regexp>,
    /// Whether one condition is enough, as in the old form.
    pub any: bool,
}

/// A container, as far as conditions ask; each answer is asked for only where it counts.
#[derive(Debug)]
pub struct Container<B, A, C> {
    /// Whether it has volumes of the user's.
    pub has_user_volumes: B,
    /// Whether some annotation's key and value match.
    pub has_annotation: A,
    /// The command: the first argument.
    pub command: C,
}

/// A command is to match, and there is none.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("process.args must have at least one entry")]
pub struct MatchError;

impl When {
    /// Says whether the hook is for a container.
    ///
    /// # Errors
    ///
    /// [`MatchError`]
    ///
    /// Source: Podman `pkg/hooks/1.0.0/when.go`, `Match`.
    pub fn matches<'c>(
        &self,
        container: &Container<
            impl Fn() -> bool,
            impl Fn(&Regexp, &Regexp) -> bool,
            impl Fn() -> Option<&'c str>,
        >,
    ) -> Result<bool, MatchError> {
        // LP-HOOK-03: each condition that is set must hold, and one must be set.
        let mut held = false;
        let flags = [
            (self.always, true),
            (
                self.has_bind_mounts,
                self.has_bind_mounts == Some(true) && (container.has_user_volumes)(),
            ),
        ];
        let flags = flags.into_iter().filter_map(|(flag, holds)| flag.map(|flag| flag && holds));
        let annotations =
            self.annotations.iter().map(|(key, value)| (container.has_annotation)(key, value));
        for holds in flags.chain(annotations) {
            match (holds, self.any) {
                (true, true) => return Ok(true),
                (true, false) => held = true,
                (false, true) => {}
                (false, false) => return Ok(false),
            }
        }
        if self.commands.is_empty() {
            return Ok(held);
        }
        // With commands, they alone have the last word.
        let command = (container.command)().ok_or(MatchError)?;
        Ok(self.commands.iter().any(|pattern| pattern.matches(command)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn pattern(text: &str) -> Regexp {
        Regexp::new(text).unwrap()
    }

    fn matches(
        when: &When,
        volumes: bool,
        annotations: &[(&str, &str)],
        command: Option<&str>,
    ) -> Result<bool, MatchError> {
        when.matches(&Container {
            has_user_volumes: || volumes,
            has_annotation: |key: &Regexp, value: &Regexp| {
                annotations.iter().any(|(k, v)| key.matches(k) && value.matches(v))
            },
            command: || command,
        })
    }

    #[test]
    fn every_condition_must_hold_and_one_must_be_set() {
        // LP-HOOK-03
        let none = When::default();
        assert_eq!(matches(&none, true, &[], Some("x")), Ok(false));
        let flags = |always, has_bind_mounts| When { always, has_bind_mounts, ..When::default() };
        for (always, volumes, has, expected) in [
            (Some(true), None, false, true),
            (Some(false), None, true, false),
            (None, Some(true), true, true),
            (None, Some(true), false, false),
            // `false` is for no container.
            (None, Some(false), true, false),
            (None, Some(false), false, false),
            (Some(true), Some(true), false, false),
        ] {
            assert_eq!(
                matches(&flags(always, volumes), has, &[], None),
                Ok(expected),
                "{always:?} {volumes:?} {has}"
            );
        }
    }

    #[test]
    fn annotations_match_anywhere_in_the_text() {
        let when = When {
            annotations: vec![(pattern("^oracle\\.hook$"), pattern("^ye.*"))],
            ..When::default()
        };
        assert_eq!(matches(&when, false, &[("a", "yes"), ("oracle.hook", "yes")], None), Ok(true));
        assert_eq!(matches(&when, false, &[("oracle.hook", "no")], None), Ok(false));
    }

    #[test]
    fn commands_have_the_last_word() {
        let when =
            When { always: Some(true), commands: vec![pattern(".*/sleep$")], ..When::default() };
        assert_eq!(matches(&when, false, &[], Some("/bin/sleep")), Ok(true));
        assert_eq!(matches(&when, false, &[], Some("/bin/sh")), Ok(false));
        assert_eq!(matches(&when, false, &[], None), Err(MatchError));
    }

    #[test]
    fn one_condition_is_enough_in_the_old_form() {
        let when = When {
            any: true,
            has_bind_mounts: Some(true),
            commands: vec![pattern("sh")],
            ..When::default()
        };
        assert_eq!(matches(&when, true, &[], None), Ok(true));
        assert_eq!(matches(&when, false, &[], Some("/bin/sh")), Ok(true));
        assert_eq!(matches(&when, false, &[], Some("/bin/ls")), Ok(false));
    }
}
