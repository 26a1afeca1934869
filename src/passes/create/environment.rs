//! Merges the environment from its sources (ENV), and writes it out.
//!
//! The sources are read from the highest to the lowest, so that a variable owes those that could have set it and did not, and no others. What
//! only some requests use is read in a scope of its own: a variable that it takes away is noted as absent there, one that it sets names it.

use super::super::refer::env_has;
use super::image;
use crate::config::Field;
use crate::draft::{Draft, EnvVar};
use crate::env::parse::{Entry, EnvError, parse, starting_with};
use crate::env::shell::Expander;
use crate::problem::{Problem, WarningKind};
use crate::provenance::{Caused, Cx};
use crate::rules::Rule;
use alloc::{
    borrow::Cow,
    collections::{BTreeMap, btree_map},
    string::String,
    vec::Vec,
};

const PATH: (&str, &str) = ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
const TERM: (&str, &str) = ("TERM", "xterm");
const CONTAINER: (&str, &str) = ("container", "podman");

/// The variables that `httpproxy` takes from the engine.
const PROXY: [&str; 8] = [
    "http_proxy",
    "https_proxy",
    "ftp_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "FTP_PROXY",
    "NO_PROXY",
];

/// How many variables a start adds as a rule.
const ADDED_BY_START: usize = 4;

/// Variables below those of the request, by name.
type Base<'a> = BTreeMap<&'a str, Caused<EnvVar<'a>>>;

pub(super) fn merge<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let mut base = Base::new();
    cx.within(|| check(cx, draft));
    cx.within(|| fill(cx, draft, &mut base));
    cx.within(|| expand(cx, draft, &mut base));
    cx.within(|| unset(cx, draft, &mut base));
    cx.within(|| take_from_engine(cx, &mut base));
    cx.within(|| {
        // SG-ENV-08: the request's win over all; one without a name is dropped.
        let given = cx.config().entries(Field::Env, |c| &c.env);
        let env = &mut draft.spec.process.env;
        env.reserve(given.len().saturating_add(base.len()).saturating_add(ADDED_BY_START));
        let mut others = base.into_iter().filter(|(name, _)| !name.is_empty()).peekable();
        // SG-ENV-09: Podman's order is random; ours is the byte order of the names.
        for (name, value) in given.iter().filter(|(name, _)| !name.is_empty()) {
            while let Some((other, var)) = others.next_if(|(other, _)| *other <= name) {
                if other < name {
                    env.push_old(var);
                }
            }
            env.push(cx, Rule::SgEnv08, || var(name, value.see(cx)));
        }
        others.for_each(|(_, var)| env.push_old(var));
    });
}

/// SG-HOST-06: the host name as a variable, unless there is one of that name. The others have been written by [`merge`].
pub(super) fn emit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(hostname) = draft.working.hostname.see(cx).filter(|name| !name.is_empty()).cloned()
    else {
        return;
    };
    if !env_has(cx, draft, "HOSTNAME") {
        let new = cx.decide(Rule::SgHost06, || EnvVar {
            name: Cow::Borrowed("HOSTNAME"),
            value: hostname,
            added: false,
        });
        // SG-ENV-09
        draft.spec.process.env.insert_in_order(new, |a, b| a.name.cmp(&b.name));
    }
}

fn var<'a>(name: &'a str, value: &'a str) -> EnvVar<'a> {
    EnvVar { name: Cow::Borrowed(name), value: Cow::Borrowed(value), added: false }
}

/// The engine's own environment.
fn engine<'a>(cx: &Cx<'a>) -> Option<&'a BTreeMap<String, String>> {
    cx.facts().environment()
}

/// SG-ENV-02: an entry without a name is refused, those of the engine's settings first.
fn check<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let first = |entries: &'a [String]| entries.iter().find_map(|entry| parse(entry).err());
    let unnamed =
        if *cx.config().env_host() { engine(cx).and_then(|env| env.get("")) } else { None };
    if let Some(value) = unnamed {
        return draft.refuse(
            cx,
            Rule::SgEnv01,
            Problem::EnvConf { error: EnvError(alloc::format!("={value}")) },
        );
    }
    if let Some(error) = cx.facts().conf_env().and_then(|entries| first(entries)) {
        return draft.refuse(cx, Rule::SgEnv02, Problem::EnvConf { error });
    }
    if image::is_used(cx, draft)
        && let Some(entries) = cx.facts().image_env()
    {
        if let Some(error) = first(entries) {
            return draft.refuse(cx, Rule::SgEnv02, Problem::EnvImage { error });
        }
        // HD-ENV-01
        if cx.hardened() {
            for entry in entries.iter().filter(|entry| !entry.contains('=')) {
                let kind = WarningKind::ImageVariable { entry: entry.clone() };
                draft.warn(cx, Rule::HdEnv01, kind);
            }
        }
    }
}

/// SG-ENV-03: image, then containers.conf, then what the engine has, then what is built in.
fn fill<'a>(cx: &Cx<'a>, draft: &Draft<'a>, base: &mut Base<'a>) {
    let from_image = image::is_used(cx, draft);
    if from_image {
        let inherits = !cx.hardened();
        add(cx, Rule::SgEnv03, cx.facts().image_env(), base, inherits);
    }
    match cx.facts().conf_env() {
        // Built in as that list.
        None => add_all(cx, Rule::SgEnv03, [PATH, TERM], base),
        conf => add(cx, Rule::SgEnv04, conf, base, true),
    }
    // SG-ENV-01
    cx.within(|| {
        if *cx.config().env_host() {
            let all = engine(cx)
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.trim_start_matches([' ', '\t']), value.as_str()));
            add_all(cx, Rule::SgEnv01, all, base);
        } else if *cx.config().httpproxy() {
            add_all(cx, Rule::SgEnv01, proxies(cx), base);
        }
    });
    // Q-02: nothing is built in for a root directory.
    if from_image {
        add_all(cx, Rule::SgEnv03, [PATH, TERM, CONTAINER], base);
    }
}

/// Adds the entries of a list, of which the later ones win, below what is there. Those without a value are the engine's, where the list
/// `inherits`.
fn add<'a>(
    cx: &Cx<'a>,
    rule: Rule,
    entries: Option<&'a Vec<String>>,
    base: &mut Base<'a>,
    inherits: bool,
) {
    for entry in entries.into_iter().flatten().rev() {
        match parse(entry) {
            Ok(Entry::Set { name, value }) => add_all(cx, rule, [(name, value)], base),
            // HD-ENV-01: `check` has warned of it.
            Ok(Entry::Inherit(_) | Entry::InheritPrefix(_)) if !inherits => {}
            Ok(Entry::Inherit(name)) => {
                add_all(
                    cx,
                    Rule::SgEnv02,
                    engine(cx)
                        .and_then(|env| env.get_key_value(name))
                        .map(|(name, value)| (name.as_str(), value.as_str())),
                    base,
                );
            }
            Ok(Entry::InheritPrefix(prefix)) => add_all(
                cx,
                Rule::SgEnv02,
                engine(cx).into_iter().flat_map(|env| starting_with(prefix, env)),
                base,
            ),
            // Refused by `check`.
            Err(_) => {}
        }
    }
}

fn add_all<'a>(
    cx: &Cx<'a>,
    rule: Rule,
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    base: &mut Base<'a>,
) {
    for (name, value) in variables {
        if let btree_map::Entry::Vacant(place) = base.entry(name) {
            place.insert(cx.decide(rule, || var(name, value)));
        }
    }
}

/// The proxy variables that the engine has.
fn proxies<'a>(cx: &Cx<'a>) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
    let engine = engine(cx);
    PROXY.into_iter().filter_map(move |name| Some((name, engine?.get(name)?.as_str())))
}

/// SG-ENV-05
fn expand<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, base: &mut Base<'a>) {
    let mut entries = cx.config().each(Field::Envmerge, |c| &c.envmerge).peekable();
    if entries.peek().is_none() {
        return;
    }
    // That a name is not among the variables is owed to all that could have brought it.
    let names = cx.decide(Rule::SgEnv03, || {
        fill(cx, draft, &mut Base::new());
    });
    let mut expander = Expander::default();
    for entry in entries {
        let change = cx.decide(Rule::SgEnv05, || {
            expander.merge(entry.see(cx), |name| match base.get(name) {
                Some(var) => Some(&*cx.see(var).value),
                None => {
                    cx.see(&names);
                    None
                }
            })
        });
        match cx.see(&change) {
            Ok(None) => {}
            Ok(Some(change)) => {
                if let Some(place) = base.get_mut(change.name.as_str()) {
                    let name = cx.see(place).name.clone();
                    *place = cx.decide(Rule::SgEnv05, || EnvVar {
                        name,
                        value: Cow::Owned(change.value.clone()),
                        added: false,
                    });
                }
            }
            Err(error) => {
                return draft.refuse(cx, Rule::SgEnv05, Problem::EnvMerge { error: error.clone() });
            }
        }
    }
}

/// SG-ENV-06
fn unset<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, base: &mut Base<'a>) {
    if *cx.config().unsetenvall() {
        for name in core::mem::take(base).into_keys() {
            draft.spec.process.env.absent(cx, Rule::SgEnv06, name);
        }
        return;
    }
    for name in cx.config().each(Field::Unsetenv, |c| &c.unsetenv) {
        cx.within(|| {
            let name = name.see(cx);
            if base.remove(name.as_str()).is_some() {
                draft.spec.process.env.absent(cx, Rule::SgEnv06, name);
            }
        });
    }
}

/// SG-ENV-07: over the image's and above `unsetenv` (Q-09).
fn take_from_engine<'a>(cx: &Cx<'a>, base: &mut Base<'a>) {
    let mut take = |variables: &mut dyn Iterator<Item = (&'a str, &'a str)>| {
        for (name, value) in variables {
            base.insert(name, cx.decide(Rule::SgEnv07, || var(name, value)));
        }
    };
    if *cx.config().env_host() {
        take(
            &mut engine(cx)
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        );
    } else if *cx.config().httpproxy() {
        take(&mut proxies(cx));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Pairs};
    use crate::facts::{Facts, Image};
    use crate::options::Profile;
    use std::string::ToString;

    const DEFAULT_PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    }

    /// The image `full` of the worked cases, with another environment if one is given.
    fn facts(image: &[&str]) -> Facts {
        let mut facts = Facts { image: Some(Image::default()), ..Facts::default() };
        facts.image.as_mut().unwrap().config.env = texts(image);
        facts
    }

    fn config(env: &[(&str, &str)]) -> Config {
        Config {
            image: "full".into(),
            env: env.iter().copied().collect::<Pairs>(),
            ..Config::default()
        }
    }

    const FULL: [&str; 4] = ["TERM=xterm", "container=podman", "FOO=img", "PATH=/img:/bin"];

    /// The environment that comes of a config, or the first refusal.
    fn environment(config: &Config, facts: &Facts) -> Result<Vec<String>, String> {
        let cx = Cx::new(config, facts, Profile::Podman43);
        let mut draft = Draft::default();
        image::find(&cx, &mut draft);
        cx.end_pass();
        draft.working.hostname.set(&cx, Rule::OcGiven01, || Cow::Borrowed(cx.config().hostname()));
        merge(&cx, &mut draft);
        cx.end_pass();
        emit(&cx, &mut draft);
        match draft.refusals.first() {
            Some(first) => Err(first.problem.to_string()),
            None => Ok(draft
                .spec
                .process
                .env
                .values()
                .map(|v| std::format!("{}={}", v.name, v.value))
                .collect()),
        }
    }

    #[test]
    fn the_image_is_above_the_built_in_ones_and_the_request_above_the_image() {
        // SG-ENV-03, SG-ENV-08: E-02, E-57
        assert_eq!(
            environment(&config(&[]), &facts(&FULL)).unwrap(),
            ["FOO=img", "PATH=/img:/bin", "TERM=xterm", "container=podman"]
        );
        let given = config(&[("A", "1"), ("PATH", "/u"), ("EMPTY", ""), ("", "x"), ("a=b", "c")]);
        assert_eq!(
            environment(&given, &facts(&[])).unwrap(),
            ["A=1", "EMPTY=", "PATH=/u", "TERM=xterm", "a=b=c", "container=podman"]
        );
    }

    #[test]
    fn nothing_is_built_in_for_a_root_directory() {
        // SG-ENV-03, Q-02: E-08
        let rootfs = Config { image: String::new(), rootfs: "/srv/r".into(), ..config(&[]) };
        assert_eq!(environment(&rootfs, &facts(&FULL)).unwrap(), [DEFAULT_PATH, "TERM=xterm"]);
        let mut facts = facts(&FULL);
        facts.conf.containers.env = Some(texts(&["X=1"]));
        assert_eq!(environment(&rootfs, &facts).unwrap(), ["X=1"]);
    }

    #[test]
    fn containers_conf_is_between_the_built_in_ones_and_the_image() {
        // SG-ENV-04
        let mut facts = facts(&["PATH=/img"]);
        facts.conf.containers.env =
            Some(texts(&["container=other", "TERM=vt", "PATH=/conf", "X=1", "X=2"]));
        assert_eq!(
            environment(&config(&[]), &facts).unwrap(),
            ["PATH=/img", "TERM=vt", "X=2", "container=other"]
        );
    }

    #[test]
    fn entries_without_a_value_take_the_engines() {
        // SG-ENV-02
        let mut facts = facts(&["HOME", "NOPE", "LC_*", "TERM=vt", "TERM"]);
        facts.host.environment = Some(
            [("HOME", "/root"), ("LC_ALL", "C"), ("LC_X", "")]
                .map(|(n, v)| (n.into(), v.into()))
                .into(),
        );
        assert_eq!(
            environment(&config(&[]), &facts).unwrap(),
            ["HOME=/root", "LC_ALL=C", "LC_X=", DEFAULT_PATH, "TERM=vt", "container=podman"]
        );
    }

    #[test]
    fn an_entry_without_a_name_is_refused() {
        // SG-ENV-02
        let mut facts = facts(&["=A"]);
        assert_eq!(
            environment(&config(&[]), &facts).unwrap_err(),
            "env fields from image failed to parse: invalid environment variable: \"=A\""
        );
        facts.conf.containers.env = Some(texts(&["="]));
        assert_eq!(
            environment(&config(&[]), &facts).unwrap_err(),
            "parsing fields in containers.conf: invalid environment variable: \"=\""
        );
    }

    #[test]
    fn merged_entries_are_expanded() {
        // SG-ENV-05: E-59, Q-08
        let merged = |entries: &[&str]| {
            environment(&Config { envmerge: texts(entries), ..config(&[]) }, &facts(&FULL))
        };
        assert_eq!(
            merged(&["FOO=${FOO}-x", "NEW=$FOO", "PATH=/z:$PATH"]).unwrap(),
            ["FOO=img-x", "PATH=/z:/img:/bin", "TERM=xterm", "container=podman"]
        );
        assert_eq!(
            merged(&["FOO=a=b", "TERM=$FOO"]).unwrap(),
            ["FOO=a", "PATH=/img:/bin", "TERM=a", "container=podman"]
        );
        assert_eq!(merged(&["NEW"]).unwrap().len(), 4);
        assert_eq!(
            merged(&["FOO"]).unwrap_err(),
            "runtime error: index out of range [1] with length 1"
        );
        assert_eq!(
            merged(&["FOO='x"]).unwrap_err(),
            "unable to process variables for --env-merge FOO='x: unexpected end of statement while looking for matching single-quote"
        );
    }

    #[test]
    fn variables_are_left_out_but_those_of_the_engine_and_the_request() {
        // SG-ENV-06, SG-ENV-07, Q-09: E-58, E-60
        let mut facts = facts(&FULL);
        facts.host.environment = Some(
            [
                ("HTTP_PROXY".into(), "p".into()),
                ("HOME".into(), "/root".into()),
                ("PATH".into(), "/h".into()),
            ]
            .into(),
        );
        let unset = texts(&["HTTP_PROXY", "TERM", "PATH", "NOPE"]);
        let given = Config { httpproxy: true, unsetenv: unset.clone(), ..config(&[]) };
        assert_eq!(
            environment(&given, &facts).unwrap(),
            ["FOO=img", "HTTP_PROXY=p", "container=podman"]
        );
        let given = Config { unsetenvall: true, ..config(&[("X", "y")]) };
        assert_eq!(environment(&given, &facts).unwrap(), ["X=y"]);
        let given = Config { env_host: true, unsetenv: unset, ..config(&[("HOME", "/h")]) };
        assert_eq!(
            environment(&given, &facts).unwrap(),
            ["FOO=img", "HOME=/h", "HTTP_PROXY=p", "PATH=/h", "container=podman"]
        );
    }

    #[test]
    fn the_host_name_is_a_variable_unless_there_is_one() {
        // SG-HOST-06: E-20
        let named = |env: &[(&str, &str)]| {
            environment(&Config { hostname: "h1".into(), ..config(env) }, &facts(&[])).unwrap()
        };
        assert_eq!(named(&[]), ["HOSTNAME=h1", DEFAULT_PATH, "TERM=xterm", "container=podman"]);
        assert_eq!(
            named(&[("HOSTNAME", "h2")]),
            ["HOSTNAME=h2", DEFAULT_PATH, "TERM=xterm", "container=podman"]
        );
    }
}
