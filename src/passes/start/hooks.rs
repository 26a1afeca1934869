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
            // LP-HOOK-04
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
