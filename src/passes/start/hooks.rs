//! OCI hooks of the host's directories, as far as they are for this container (LP-HOOK).

use crate::draft::{Draft, HookDraft, HookStage};
use crate::hook::regexp::Regexp;
use crate::hook::{Container, Hook, read};
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// The one directory that is read when containers.conf names none.
const DEFAULT_DIRECTORY: &str = "/usr/share/containers/oci/hooks.d";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(files) = cx.facts().hooks().filter(|files| !files.is_empty()) else { return };
    // LP-HOOK-01: containers.conf's built-in default leaves no case in which there are no directories at all.
    let directories: Vec<&str> = match cx.facts().conf_hooks_dir() {
        Some(directories) => directories.iter().map(String::as_str).collect(),
        None => Vec::from([DEFAULT_DIRECTORY]),
    };
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path, text.as_str())).collect();
    let stat =
        |program: &str| cx.facts().path_answer(program, |path| path.kind.as_ref()).map(|_| ());
    match read(directories, &files, stat) {
        Ok(hooks) => {
            for (name, hook) in hooks {
                cx.within(|| one(cx, draft, name, &hook));
            }
        }
        Err(error) => {
            let error = error.to_string();
            draft.refuse(cx, Rule::LpHook02, Problem::Hook { error });
        }
    }
}

/// Puts one hook in its stages, if it is for this container.
fn one<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, name: &str, hook: &Hook<'a>) {
    // LP-HOOK-03: by what the draft says now, this start's annotations included.
    let matches = hook.when.matches(&Container {
        has_user_volumes: || draft.container.user_volumes.all(cx).next().is_some(),
        has_annotation: |key: &Regexp, value: &Regexp| {
            let mut annotations = draft.spec.annotations.all(cx);
            annotations.any(|it| key.matches(&it.key) && value.matches(&it.value))
        },
        command: || draft.spec.process.args.see(cx)?.first().map(|word| &**word),
    });
    match matches {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => {
            let error = ["matching hook \"", name, "\": ", &error.to_string()].concat();
            return draft.refuse(cx, Rule::LpHook03, Problem::Hook { error });
        }
    }
    // LP-HOOK-04: the section is there even if no stage of the hook is one of the spec's.
    if draft.spec.has_hooks.see(cx).is_none() {
        draft.spec.has_hooks.set(cx, Rule::LpHook04, || true);
    }
    for stage in &hook.stages {
        match &**stage {
            // LP-HOOK-05
            "precreate" => {
                let effect = Effect::PrecreateHook {
                    path: hook.path.clone(),
                    args: hook.args.clone(),
                    env: hook.env.clone(),
                    timeout: hook.timeout.unwrap_or(0),
                };
                draft.effect(cx, Rule::LpHook05, Stage::Generate, effect);
            }
            // LP-HOOK-06
            "poststop" => draft
                .container
                .poststop_hooks
                .push(cx, Rule::LpHook06, || drafted(HookStage::Poststop, hook)),
            name => {
                if let Some(stage) = HookStage::ALL.into_iter().find(|it| it.oci() == name) {
                    draft.spec.hooks.push(cx, Rule::LpHook04, || drafted(stage, hook));
                }
            }
        }
    }
}

fn drafted<'a>(stage: HookStage, hook: &Hook<'a>) -> HookDraft<'a> {
    let Hook { path, args, env, timeout, .. } = hook;
    let (path, args, env) = (path.clone(), args.clone(), env.clone());
    HookDraft { stage, path, args, env, timeout: *timeout }
}

#[cfg(test)]
mod tests {
    use super::super::trial::{host, run as trial};
    use super::*;
    use crate::config::Config;
    use crate::draft::Annotation;
    use crate::facts::{Answer, Errno, Facts, FileKind, PathFacts, Table};
    use std::borrow::Cow;
    use std::format;
    use std::vec;

    fn facts(files: &[(&str, &str)]) -> Facts {
        let mut facts = host();
        let kind = |kind| PathFacts { kind: Some(kind), ..PathFacts::default() };
        facts.paths.insert("/bin/true", kind(Answer::Is(FileKind::File)));
        facts.paths.insert("/nope", kind(Answer::Error(Errno::ENOENT)));
        facts.hooks = Some(
            files
                .iter()
                .map(|(path, text)| (*path, String::from(*text)))
                .collect::<Table<String>>(),
        );
        facts
    }

    fn hook(when: &str, stages: &str) -> String {
        format!(
            r#"{{"version":"1.0.0","hook":{{"path":"/bin/true","args":["true"],"env":["A=1"],"timeout":7}},"when":{when},"stages":[{stages}]}}"#
        )
    }

    #[test]
    fn hooks_go_to_their_stages() {
        // LP-HOOK-03 to LP-HOOK-06
        let always = hook(r#"{"always":true}"#, r#""prestart","precreate","poststop""#);
        let annotated =
            hook(r#"{"annotations":{"^oracle\\.hook$":"^ye.*"}}"#, r#""createRuntime""#);
        let never = hook(r#"{"hasBindMounts":true}"#, r#""startContainer""#);
        let facts = facts(&[
            ("/usr/share/containers/oci/hooks.d/1.json", &always),
            ("/usr/share/containers/oci/hooks.d/2.json", &annotated),
            ("/usr/share/containers/oci/hooks.d/3.json", &never),
            ("/elsewhere/4.json", &always),
        ]);
        let config = Config::default();
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            let (key, value) = (Cow::Borrowed("oracle.hook"), Cow::Borrowed("yes"));
            draft.spec.annotations.push(cx, Rule::OcGiven01, || Annotation { key, value });
        };
        let done = trial(&config, &facts, prepare, &[run]);
        let stages: Vec<_> =
            done.draft.spec.hooks.values().map(|hook| (hook.stage.oci(), hook.timeout)).collect();
        assert_eq!(stages, [("prestart", Some(7)), ("createRuntime", Some(7))]);
        assert_eq!(
            done.effects("precreate_hook"),
            [r#"{"path":"/bin/true","args":["true"],"env":["A=1"],"timeout":7}"#]
        );
        assert_eq!(done.draft.container.poststop_hooks.len(), 1);
        assert!(done.missing.is_empty(), "{:?}", done.missing);
    }

    #[test]
    fn the_directories_are_those_of_containers_conf() {
        // LP-HOOK-01: a later directory's file replaces that of the same name.
        let prestart = hook(r#"{"always":true}"#, r#""prestart""#);
        let poststart = hook(r#"{"always":true}"#, r#""poststart""#);
        let mut facts = facts(&[("/a/1.json", &prestart), ("/b/1.json", &poststart)]);
        facts.conf.engine.hooks_dir = Some(vec!["/a".into(), "/b".into()]);
        let config = Config::default();
        let done = trial(&config, &facts, |_, _| {}, &[run]);
        let stages: Vec<_> = done.draft.spec.hooks.values().map(|hook| hook.stage.oci()).collect();
        assert_eq!(stages, ["poststart"]);
    }

    #[test]
    fn hooks_that_are_no_good_are_refused() {
        // LP-HOOK-02, LP-HOOK-03
        let config = Config::default();
        for (when, stage, said) in [
            (r#"{"always":true}"#, r#""lunch""#, "setting up OCI Hooks: unknown stage \"lunch\""),
            (
                r#"{"commands":["sh"]}"#,
                r#""prestart""#,
                "setting up OCI Hooks: matching hook \"1.json\": process.args must have at least one entry",
            ),
        ] {
            let facts = facts(&[("/usr/share/containers/oci/hooks.d/1.json", &hook(when, stage))]);
            assert_eq!(trial(&config, &facts, |_, _| {}, &[run]).said(), [said]);
        }
    }
}
