//! Network mode, networks, DNS and hosts choices (NET).

use super::namespaces;
use crate::config::NetworkAttachment;
use crate::draft::{Draft, HostsChoice, NetMode, NsChoice, NsMode, Text};
use crate::problem::{NsKind, Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, collections::BTreeMap, collections::BTreeSet, format, string::String, vec::Vec};

/// The network that containers.conf has when it is not set.
const DEFAULT_NETWORK: &str = "podman";

/// The name that stands for it in a request.
const DEFAULT: &str = "default";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| mode(cx, draft));
    cx.within(|| {
        let image_resolv_conf = *cx.config().use_image_resolve_conf();
        // SG-JSON-01
        let image_hosts = match cx.config().use_image_hosts() {
            Some(choice) => *choice,
            None => cx.facts().conf_no_hosts().copied().unwrap_or(false),
        };
        draft.container.hosts.set(cx, Rule::SgNet07, || HostsChoice { image_resolv_conf, image_hosts });
    });
}

/// SG-NET-04
fn mode<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(NsChoice { mode, value, .. }) = draft.working.netns.see(cx).copied() else { return };
    let stored = match mode {
        NsMode::Bridge => NetMode::Bridge,
        NsMode::Slirp4netns => NetMode::Slirp4netns(value),
        _ => NetMode::Unset,
    };
    let create = stored != NetMode::Unset;
    draft.container.net_mode.set(cx, Rule::SgNet04, || stored);
    draft.container.create_netns.set(cx, Rule::SgNet04, || create);
    // A namespace that is not made is not configured either.
    let configured_late = create && namespaces::mode(cx, draft, NsKind::User) != NsMode::Host;
    draft.container.post_configure_netns.set(cx, Rule::SgNet04, || configured_late);
}

/// SG-NET-05: the networks, by name, each with the name of its interface. The order is that of the names; Podman's is random.
pub(super) fn resolve<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if draft.container.net_mode.see(cx) != Some(&NetMode::Bridge) {
        return;
    }
    let asked = asked(cx, draft);
    let mut taken: BTreeSet<Text<'a>> = BTreeSet::new();
    for (_, attachment) in &asked {
        let name = attachment.map_or("", |attachment| &attachment.interface_name);
        if !name.is_empty() && !taken.insert(Cow::Borrowed(name)) {
            return draft.refuse(cx, Rule::SgNet05, Problem::InterfaceTwice { name: name.into() });
        }
    }
    let mut networks: BTreeMap<&'a str, Text<'a>> = BTreeMap::new();
    let mut free = (0_u32..).map(|number| -> Text<'a> { Cow::Owned(format!("eth{number}")) });
    for (name, attachment) in asked {
        let Some(network) = cx.facts().network(name) else { return };
        if network.id.is_empty() {
            return draft.refuse(cx, Rule::SgNet05, Problem::NoNetwork { name: name.into() });
        }
        let interface = match attachment.map_or("", |attachment| &attachment.interface_name) {
            "" => free.find(|name| !taken.contains(name)).unwrap_or_default(),
            name => Cow::Borrowed(name),
        };
        networks.insert(&network.name, interface);
    }
    draft.container.networks.set(cx, Rule::SgNet05, || networks.into_iter().map(|(name, interface)| (Cow::Borrowed(name), interface)).collect());
}

/// SG-NET-05: the networks asked for, by name or id.
fn asked<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> Vec<(&'a str, Option<&'a NetworkAttachment>)> {
    let mut asked: BTreeMap<&str, Option<&NetworkAttachment>> = cx.config().networks().iter().map(|(name, attachment)| (name.as_str(), Some(attachment))).collect();
    if asked.is_empty() {
        let names = cx.config().cni_networks();
        if !names.is_empty() {
            draft.warn(cx, Rule::SgNet05, WarningKind::Logged(String::from("specgen \"cni_networks\" option is deprecated use the \"networks\" map instead")));
        }
        asked.extend(names.iter().map(|name| (name.as_str(), None)));
    }
    let default = || cx.facts().conf_default_network().map_or(DEFAULT_NETWORK, String::as_str);
    if asked.is_empty() {
        asked.insert(default(), None);
    }
    // Where the default network itself is called `default`, it is lost here.
    if let Some(attachment) = asked.get(DEFAULT).copied() {
        asked.insert(default(), attachment);
        asked.remove(DEFAULT);
    }
    asked.into_iter().collect()
}
