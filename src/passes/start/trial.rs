//! Runs passes over a draft as the passes before them would have left it: for the tests of this room.

use super::super::Pass;
use crate::config::Config;
use crate::draft::{Draft, EnvVar, Mount, Text};
use crate::facts::Facts;
use crate::options::Profile;
use crate::plan::Content;
use crate::plan::PlanEffect as Effect;
use crate::provenance::Cx;
use std::borrow::Cow;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// The id of every container that is tried.
pub(super) const ID: &str = "aaaabbbbccccddddeeeeffff00001111aaaabbbbccccddddeeeeffff00001111";

/// A rootful host without anything odd.
pub(super) fn host() -> Facts {
    let mut facts = Facts::default();
    facts.host.rootless = Some(false);
    facts.host.selinux = Some(false);
    facts.host.fips = Some(false);
    facts.host.addresses = Some(Vec::new());
    facts.host.euid = Some(0);
    facts.engine.graph_root = Some("/var/lib/containers/storage".into());
    facts.engine.tmp_dir = Some("/run/libpod".into());
    let container = &mut facts.container;
    container.id = Some(ID.into());
    container.name = Some("name".into());
    container.created = Some("2022-11-09T10:00:00.12Z".into());
    container.static_dir = Some("/static".into());
    container.run_dir = Some("/run/c".into());
    container.bundle = Some("/static".into());
    container.mountpoint = Some("/mp".into());
    container.netns_path = Some("/run/netns/netns-x".into());
    facts.rootfs.complete = true;
    facts
}

/// What came of a trial.
#[derive(Debug)]
pub(super) struct Done<'a> {
    pub(super) draft: Draft<'a>,
    /// The facts that were missing.
    pub(super) missing: Vec<String>,
}

/// Runs passes over what `prepare` has put into the draft.
pub(super) fn run<'a>(
    config: &'a Config,
    facts: &'a Facts,
    prepare: impl FnOnce(&Cx<'a>, &mut Draft<'a>),
    passes: &[Pass],
) -> Done<'a> {
    let cx = Cx::new(config, facts, Profile::Podman43);
    let mut draft = Draft::default();
    prepare(&cx, &mut draft);
    cx.end_pass();
    for pass in passes {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    let (_, missing, _) = cx.finish();
    Done { draft, missing: missing.iter().map(ToString::to_string).collect() }
}

impl Done<'_> {
    /// What is bound in, `destination source` each, sorted.
    pub(super) fn bound(&self) -> Vec<String> {
        let bound = self.draft.bind_mounts.values();
        let mut bound: Vec<_> = bound.map(|b| format!("{} {}", b.destination, b.source)).collect();
        bound.sort();
        bound
    }

    /// The text written to a path.
    pub(super) fn written(&self, path: &str) -> Option<&str> {
        self.draft.plan.iter().rev().find_map(|step| match &step.effect {
            Effect::WriteFile { path: at, content: Content::Text(text), .. }
            | Effect::RewriteFile { path: at, text }
                if at == path =>
            {
                Some(&**text)
            }
            _ => None,
        })
    }

    /// The effects with a word, as JSON without that word.
    pub(super) fn effects(&self, word: &str) -> Vec<String> {
        let steps = self.draft.plan.iter().filter(|step| step.effect.word() == word);
        let json = |effect| serde_json::to_string(effect).unwrap_or_default();
        steps.map(|step| json(&step.effect).replace(&format!("\"do\":\"{word}\","), "")).collect()
    }

    /// The environment, `name=value` each.
    pub(super) fn env(&self) -> Vec<String> {
        let env = self.draft.spec.process.env.values();
        env.map(|var| format!("{}={}", var.name, var.value)).collect()
    }

    /// What was refused.
    pub(super) fn said(&self) -> Vec<String> {
        self.draft.refusals.iter().map(|refusal| refusal.problem.to_string()).collect()
    }
}

/// A variable as it is stored.
pub(super) fn stored<'a>(name: &'a str, value: &'a str) -> EnvVar<'a> {
    EnvVar { name: Cow::Borrowed(name), value: Cow::Borrowed(value), added: false }
}

/// A mount.
pub(super) fn mounted<'a>(destination: &'a str, kind: &'a str, source: &'a str) -> Mount<'a> {
    let text = |text: &'a str| -> Text<'a> { Cow::Borrowed(text) };
    let (destination, kind, source) = (text(destination), text(kind), text(source));
    Mount { destination, kind, source, options: Vec::new() }
}
