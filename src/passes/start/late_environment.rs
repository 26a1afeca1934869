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
