//! The notify socket (LP-NOTIFY).

use super::super::refer::add_env;
use super::host_files::{bind, is_bound};
use super::model::labels;
use crate::draft::{Draft, Text};
use crate::plan::{Effect, Stage};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

const DESTINATION: &str = "/run/notify";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-NOTIFY-01
    if draft.container.sdnotify_socket.see(cx).is_none_or(|socket| socket.is_empty())
        || draft.container.sdnotify_mode.see(cx).is_none_or(|mode| mode != "container")
    {
        return;
    }
    let directory: Text<'a> = Cow::Owned([cx.facts().bundle(), "/notify"].concat());
    let path = directory.clone();
    let effect = Effect::MakeDir { path, mode: 0o755, uid: 0, gid: 0 };
    draft.effect(cx, Rule::LpNotify01, Stage::Generate, effect);
    let (_, label) = labels(cx, draft);
    if !label.is_empty() {
        // At every start, whatever the label is.
        let effect = Effect::Relabel {
            path: directory.clone(),
            label: Cow::Borrowed(label),
            shared: true,
            unless_labelled: false,
        };
        draft.effect(cx, Rule::LpNotify01, Stage::Generate, effect);
    }
    if !is_bound(cx, draft, DESTINATION) {
        bind(cx, draft, Rule::LpNotify01, Cow::Borrowed(DESTINATION), directory);
    }
    let socket = Cow::Borrowed("/run/notify/notify.sock");
    add_env(cx, draft, Rule::LpNotify01, "NOTIFY_SOCKET", socket);
}

#[cfg(test)]
mod tests {
    use super::super::trial::{host, run as trial, stored};
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_socket_is_offered_in_the_container_mode_alone() {
        // LP-NOTIFY-01
        let (config, facts) = (Config::default(), host());
        for (mode, socket, offered) in
            [("container", "/run/s", true), ("container", "", false), ("conmon", "/run/s", false)]
        {
            let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
                draft.container.sdnotify_mode.set(cx, Rule::OcGiven01, || Cow::Borrowed(mode));
                draft.container.sdnotify_socket.set(cx, Rule::OcGiven01, || Cow::Borrowed(socket));
                draft.spec.process.env.push(cx, Rule::SgEnv01, || stored("NOTIFY_SOCKET", "/mine"));
            };
            let done = trial(&config, &facts, prepare, &[run]);
            let env = done.env();
            if offered {
                assert_eq!(done.bound(), ["/run/notify /static/notify"]);
                assert_eq!(env, ["NOTIFY_SOCKET=/mine", "NOTIFY_SOCKET=/run/notify/notify.sock"]);
                assert_eq!(
                    done.effects("make_dir"),
                    [r#"{"path":"/static/notify","mode":493,"uid":0,"gid":0}"#]
                );
            } else {
                assert!(done.bound().is_empty() && done.draft.plan.is_empty() && env.len() == 1);
            }
        }
    }
}
