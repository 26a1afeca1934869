//! Secrets as variables and LISTEN_*: last, so that nothing else sees them (LP-ENVSEC, LP-LISTEN).

use super::super::refer::add_env;
use crate::draft::Draft;
use crate::facts::FactKey;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn secrets<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-ENVSEC-01: in order of the names, where Podman has no order.
    let Some(pairs) = draft.container.secret_env.see(cx).cloned() else { return };
    for (variable, secret) in pairs {
        cx.within(|| {
            let Some(found) = cx.facts().secret(secret) else { return };
            if found.id.is_empty() {
                let problem = Problem::NoSecret { name: secret.into() };
                return draft.refuse(cx, Rule::LpEnvsec01, problem);
            }
            match &found.data {
                Some(data) => {
                    add_env(cx, draft, Rule::LpEnvsec01, variable, Cow::Borrowed(data));
                }
                None => cx.note_missing(FactKey::Secret, secret),
            }
        });
    }
}

pub(super) fn listen<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-LISTEN-01: what is set is passed on even if it is empty. Inside, the one that is woken is always process 1.
    let Some(environment) = cx.facts().environment() else { return };
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] {
        if let Some(value) = environment.get(name) {
            let value = if name == "LISTEN_PID" { "1" } else { value };
            add_env(cx, draft, Rule::LpListen01, name, Cow::Borrowed(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{host, run, stored};
    use super::*;
    use crate::config::Config;
    use crate::facts::SecretFacts;
    use crate::rules::Rule;
    use std::string::String;
    use std::vec;

    #[test]
    fn what_is_added_late_stands_beside_what_was_stored() {
        // LP-ENV-01, LP-ENVSEC-01, LP-LISTEN-01
        let (config, mut facts) = (Config::default(), host());
        let secret =
            |data: &str| SecretFacts { id: "1".into(), name: "s".into(), data: Some(data.into()) };
        facts.secrets.insert("s", secret("hush"));
        let own = [("LISTEN_FDS", "2"), ("LISTEN_PID", "4711"), ("LISTEN_FDNAMES", "")];
        facts.host.environment =
            Some(own.into_iter().map(|(k, v)| (String::from(k), String::from(v))).collect());
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("A", "1"));
            draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("LISTEN_FDS", "spec"));
            draft
                .container
                .secret_env
                .set(cx, Rule::OcGiven01, || vec![("A", "s"), ("LISTEN_PID", "s")]);
        };
        let done = run(&config, &facts, prepare, &[secrets, listen]);
        assert_eq!(
            done.env(),
            ["A=1", "LISTEN_FDS=spec", "A=hush", "LISTEN_PID=1", "LISTEN_FDS=2", "LISTEN_FDNAMES="]
        );
    }

    #[test]
    fn a_secret_must_exist_and_its_text_be_known() {
        let (config, mut facts) = (Config::default(), host());
        facts.secrets.insert("gone", SecretFacts::default());
        facts.secrets.insert("dumb", SecretFacts { id: "1".into(), ..SecretFacts::default() });
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft
                .container
                .secret_env
                .set(cx, Rule::OcGiven01, || vec![("A", "gone"), ("B", "dumb")]);
        };
        let done = run(&config, &facts, prepare, &[secrets]);
        assert_eq!(done.said(), ["no secret with name or id \"gone\": no such secret"]);
        assert_eq!(done.missing, ["secrets[dumb]"]);
    }
}
