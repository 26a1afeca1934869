//! pasta, which gives the container the host's own addresses (HD-NET-01).

use crate::draft::{Draft, Text};
use crate::facts::Errno;
use crate::network::pasta::command_line;
use crate::plan::{Effect, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::String;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, stage: Stage, netns: &'a str) {
    let path = match cx.facts().pasta() {
        Ok(path) => path.as_str(),
        Err(Errno::UNANSWERED) => return,
        Err(_) => return draft.refuse(cx, Rule::HdNet01, Problem::NoPasta),
    };
    let given = cx.config().network_options().as_ref().and_then(|all| all.get("pasta"));
    let given = given.into_iter().flatten().map(String::as_str);
    let ports = draft.container.ports.see(cx).cloned().unwrap_or_default();
    match command_line(path, given, &ports, netns, !cx.facts().rootless()) {
        Ok(pasta) => {
            let own = |word: Text<'a>| -> Text<'a> { Cow::Owned(word.into_owned()) };
            let effect = Effect::StartPasta {
                argv: pasta.argv.into_iter().map(own).collect(),
                netns: Cow::Borrowed(netns),
                dns: pasta.dns.into_iter().map(own).collect(),
            };
            draft.effect(cx, Rule::HdNet01, stage, effect);
        }
        Err(protocol) => draft.refuse(cx, Rule::HdNet01, Problem::PastaProtocol { protocol }),
    }
}
