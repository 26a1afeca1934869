//! Process limits (RLIM).

use crate::draft::{Draft, Rlimit, Text};
use crate::facts::Limits;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, collections::BTreeSet, format, vec::Vec};
use core::num::IntErrorKind;

const NOFILE: &str = "RLIMIT_NOFILE";
const NPROC: &str = "RLIMIT_NPROC";

/// What open files and processes are limited to where others are limited and they are not.
const DEFAULT: u64 = 1_048_576;

/// The capability to lift a limit above its ceiling.
const LIFTS_LIMITS: &str = "CAP_SYS_RESOURCE";

/// SG-RLIM-01
pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let given = cx.config().r_limits().as_deref();
    match given {
        Some([]) | None if !cx.facts().rootless() => of_conf(cx, draft),
        Some(limits) => {
            let mut seen = start(cx, draft);
            for limit in limits {
                add(
                    cx,
                    draft,
                    &mut seen,
                    Rule::SgRlim03,
                    Rlimit { kind: kind(&limit.kind), hard: limit.hard, soft: limit.soft },
                );
            }
            end(cx, draft, &seen);
        }
        None => {}
    }
}

/// SG-RLIM-02: what containers.conf has; nothing at all where that is nothing.
fn of_conf<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Ok(limits) = defaults(cx) else { return };
    if limits.is_empty() {
        return;
    }
    let mut seen = start(cx, draft);
    for limit in limits {
        add(cx, draft, &mut seen, Rule::SgRlim02, limit);
    }
    end(cx, draft, &seen);
}

/// SG-VAL-13: refuses default limits that cannot be read.
pub(super) fn validate<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if cx.config().r_limits().as_ref().is_none_or(Vec::is_empty)
        && !cx.facts().rootless()
        && let Err(problem) = defaults(cx)
    {
        draft.refuse(cx, Rule::SgVal13, problem);
    }
}

/// The default limits of containers.conf, or the built-in one.
fn defaults<'a>(cx: &Cx<'a>) -> Result<Vec<Rlimit<'a>>, Problem> {
    match cx.facts().conf_default_ulimits() {
        Some(texts) => texts.iter().map(|text| parse(text)).collect(),
        None => Ok(built_in(cx)
            .map(|n| Rlimit { kind: Cow::Borrowed(NPROC), hard: n, soft: n })
            .into_iter()
            .collect()),
    }
}

/// The built-in default: the engine sets its own limit on processes to this, and falls back if it may not.
fn built_in(cx: &Cx<'_>) -> Option<u64> {
    let largest = cx.facts().pid_max();
    let ceiling = cx.facts().rlimit_nproc().hard;
    if largest <= ceiling
        || cx.facts().bounding_capabilities().iter().any(|name| name == LIFTS_LIMITS)
    {
        return Some(largest);
    }
    (DEFAULT <= ceiling).then_some(DEFAULT)
}

/// SG-RLIM-02, Q-01: hard before soft, contrary to what is documented.
fn parse(text: &str) -> Result<Rlimit<'_>, Problem> {
    let missing = |missing| Problem::DefaultUlimitForm { missing, limit: text.into() };
    let (name, values) = text.split_once('=').ok_or_else(|| missing('='))?;
    let (hard, soft) = values.split_once(':').ok_or_else(|| missing(':'))?;
    Ok(Rlimit { kind: kind(name), hard: number(hard)?, soft: number(soft)? })
}

/// A limit as a signed number, of which the bits are taken.
fn number(text: &str) -> Result<u64, Problem> {
    text.parse::<i64>().map(i64::cast_unsigned).map_err(|error| Problem::DefaultUlimitNumber {
        number: text.into(),
        what: if matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) {
            "value out of range"
        } else {
            "invalid syntax"
        },
    })
}

/// SG-RLIM-03, Q-24: a prefix that is there already is put there again.
fn kind<'a>(name: &str) -> Text<'a> {
    match name {
        "nofile" => Cow::Borrowed(NOFILE),
        "nproc" => Cow::Borrowed(NPROC),
        other => Cow::Owned(format!("RLIMIT_{}", other.to_uppercase())),
    }
}

/// SG-RLIM-03, SG-RLIM-04: the list starts with the limit on open files, which has a default.
fn start<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> BTreeSet<Text<'a>> {
    draft.spec.process.rlimits.push(cx, Rule::SgRlim04, || default(cx, NOFILE));
    BTreeSet::new()
}

/// SG-RLIM-03: a later limit takes the place of an earlier one.
fn add<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    seen: &mut BTreeSet<Text<'a>>,
    rule: Rule,
    limit: Rlimit<'a>,
) {
    let again = !seen.insert(limit.kind.clone()) || limit.kind == NOFILE;
    let new = cx.decide(rule, || limit);
    let list = &mut draft.spec.process.rlimits;
    if again { list.put(cx, new) } else { list.push_told(cx, new) }
}

/// SG-RLIM-04
fn end<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, seen: &BTreeSet<Text<'a>>) {
    if !seen.contains(NPROC) {
        draft.spec.process.rlimits.push(cx, Rule::SgRlim04, || default(cx, NPROC));
    }
}

/// SG-RLIM-04: for a rootless user not above what the engine has itself.
fn default<'a>(cx: &Cx<'a>, kind: &'static str) -> Rlimit<'a> {
    let own = match (cx.facts().rootless(), kind) {
        (false, _) => Limits { soft: DEFAULT, hard: DEFAULT },
        (true, NOFILE) => cx.facts().rlimit_nofile(),
        (true, _) => cx.facts().rlimit_nproc(),
    };
    Rlimit { kind: Cow::Borrowed(kind), hard: own.hard.min(DEFAULT), soft: own.soft.min(DEFAULT) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Config};
    use crate::facts::Facts;
    use crate::options::Profile;
    use std::string::{String, ToString as _};

    fn facts(rootless: bool) -> Facts {
        let mut facts = Facts::default();
        facts.host.rootless = Some(rootless);
        facts.host.pid_max = Some(32768);
        facts.host.rlimit_nofile = Some(Limits { soft: 1024, hard: 524_288 });
        facts.host.rlimit_nproc = Some(Limits { soft: 100, hard: 2_000_000 });
        facts.host.bounding_capabilities = Some(Vec::new());
        facts
    }

    fn given(limits: &[(&str, u64, u64)]) -> Config {
        let limits = limits.iter().map(|(kind, hard, soft)| config::Rlimit {
            kind: (*kind).into(),
            hard: *hard,
            soft: *soft,
        });
        Config { r_limits: Some(limits.collect()), ..Config::default() }
    }

    /// The limits as `kind hard/soft`, or the refusal.
    fn made(config: &Config, facts: &Facts) -> Result<Vec<String>, String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        validate(&cx, &mut draft);
        cx.end_pass();
        run(&cx, &mut draft);
        assert!(!cx.misses());
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => Ok(draft
                .spec
                .process
                .rlimits
                .values()
                .map(|r| format!("{} {}/{}", r.kind.trim_start_matches("RLIMIT_"), r.hard, r.soft))
                .collect()),
        }
    }

    #[test]
    fn root_without_limits_takes_the_engines() {
        // SG-RLIM-01, SG-RLIM-02: E-01, E-62
        let mut facts = facts(false);
        let default = ["NOFILE 1048576/1048576", "NPROC 32768/32768"];
        assert_eq!(made(&Config::default(), &facts).unwrap(), default);
        assert_eq!(made(&given(&[]), &facts).unwrap(), default);
        let conf = |texts: &[&str]| Some(texts.iter().map(|t| (*t).into()).collect());
        facts.conf.containers.default_ulimits =
            conf(&["nofile=100:200", "nproc=10:20", "core=-1:0"]);
        assert_eq!(
            made(&Config::default(), &facts).unwrap(),
            ["NOFILE 100/200", "NPROC 10/20", "CORE 18446744073709551615/0"]
        );
        facts.conf.containers.default_ulimits = conf(&["core=1:1"]);
        assert_eq!(
            made(&Config::default(), &facts).unwrap(),
            ["NOFILE 1048576/1048576", "CORE 1/1", "NPROC 1048576/1048576"]
        );
        facts.conf.containers.default_ulimits = conf(&[]);
        assert_eq!(made(&given(&[]), &facts).unwrap(), [""; 0]);
    }

    #[test]
    fn the_built_in_limit_is_what_the_engine_may_set() {
        for (ceiling, lifts, expected) in
            [(32768, false, Some(32768)), (32767, true, Some(32768)), (32767, false, None)]
        {
            let mut facts = facts(false);
            facts.host.rlimit_nproc = Some(Limits { soft: 1, hard: ceiling });
            facts.host.bounding_capabilities =
                Some(if lifts { Vec::from([LIFTS_LIMITS.into()]) } else { Vec::new() });
            let config = Config::default();
            assert_eq!(built_in(&Cx::new(&config, &facts, Profile::Podman43)), expected);
        }
        let mut facts = facts(false);
        facts.host.pid_max = Some(4_194_304);
        let config = Config::default();
        assert_eq!(built_in(&Cx::new(&config, &facts, Profile::Podman43)), Some(DEFAULT));
    }

    #[test]
    fn bad_default_limits_are_refused() {
        // SG-RLIM-02, SG-VAL-13
        for (text, refusal) in [
            (
                "nofile",
                "missing = in nofile: invalid default ulimit definition must be form of type=soft:hard",
            ),
            (
                "nofile=5",
                "missing : in nofile=5: invalid default ulimit definition must be form of type=soft:hard",
            ),
            ("nofile=unlimited:5", "strconv.Atoi: parsing \"unlimited\": invalid syntax"),
            (
                "nofile=5:99999999999999999999",
                "strconv.Atoi: parsing \"99999999999999999999\": value out of range",
            ),
        ] {
            let mut facts = facts(false);
            facts.conf.containers.default_ulimits = Some(Vec::from([text.into()]));
            assert_eq!(
                made(&Config::default(), &facts).unwrap_err(),
                format!("invalid config provided: {refusal}")
            );
            assert!(made(&given(&[("core", 1, 1)]), &facts).is_ok());
            facts.host.rootless = Some(true);
            assert!(made(&Config::default(), &facts).is_ok());
        }
    }

    #[test]
    fn one_limit_brings_the_other_two() {
        // SG-RLIM-03, SG-RLIM-04: E-61
        let facts = facts(false);
        for (limits, expected) in [
            (&[("nofile", 10, 5)][..], &["NOFILE 10/5", "NPROC 1048576/1048576"][..]),
            (&[("NPROC", 100, 50)], &["NOFILE 1048576/1048576", "NPROC 100/50"]),
            (
                &[("core", 1, 2), ("nofile", 1, 1), ("Core", 3, 4)],
                &["NOFILE 1/1", "CORE 3/4", "NPROC 1048576/1048576"],
            ),
            (&[("nofile", 1, 1), ("nofile", 2, 2)], &["NOFILE 2/2", "NPROC 1048576/1048576"]),
        ] {
            assert_eq!(made(&given(limits), &facts).unwrap(), expected, "{limits:?}");
        }
        let config = given(&[("RLIMIT_NOFILE", 9, 9)]);
        let cx = Cx::new(&config, &facts, Profile::Podman43);
        let mut draft = Draft::default();
        run(&cx, &mut draft);
        let kinds: Vec<&str> = draft.spec.process.rlimits.values().map(|r| &*r.kind).collect();
        assert_eq!(kinds, [NOFILE, "RLIMIT_RLIMIT_NOFILE", NPROC]);
    }

    #[test]
    fn a_rootless_container_keeps_its_users_limits() {
        // SG-RLIM-01, SG-RLIM-04: E-33
        let facts = facts(true);
        assert_eq!(made(&Config::default(), &facts).unwrap(), [""; 0]);
        assert_eq!(made(&given(&[]), &facts).unwrap(), ["NOFILE 524288/1024", "NPROC 1048576/100"]);
        assert_eq!(
            made(&given(&[("nofile", 9_999_999, 1)]), &facts).unwrap(),
            ["NOFILE 9999999/1", "NPROC 1048576/100"]
        );
    }
}
