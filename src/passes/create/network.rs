//! Network mode, networks, DNS and hosts choices (NET).

use super::namespaces;
use crate::config::NetworkAttachment;
use crate::draft::{Attached, Draft, HostsChoice, NetMode, NsChoice, NsMode, Text};
use crate::problem::{NsKind, Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{
    borrow::Cow, collections::BTreeMap, collections::BTreeSet, format, string::String, vec::Vec,
};

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
        draft
            .container
            .hosts
            .set(cx, Rule::SgNet07, || HostsChoice { image_resolv_conf, image_hosts });
    });
}

/// SG-NET-04
fn mode<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(NsChoice { mode, value, .. }) = draft.working.netns.see(cx).copied() else { return };
    let stored = match mode {
        NsMode::Bridge => NetMode::Bridge,
        NsMode::Slirp4netns => NetMode::Slirp4netns(value),
        NsMode::Pasta => NetMode::Pasta,
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
    let mut networks: BTreeMap<&'a str, Attached<'a>> = BTreeMap::new();
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
        networks.insert(&network.name, Attached { network, interface, asked: attachment });
    }
    draft.container.networks.set(cx, Rule::SgNet05, || networks.into_values().collect());
}

/// SG-NET-05: the networks asked for, by name or id.
fn asked<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> Vec<(&'a str, Option<&'a NetworkAttachment>)> {
    let mut asked: BTreeMap<&str, Option<&NetworkAttachment>> = cx
        .config()
        .networks()
        .iter()
        .map(|(name, attachment)| (name.as_str(), Some(attachment)))
        .collect();
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

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, made, refusal, rootless};
    use super::*;
    use crate::facts::{Facts, NetworkFacts};
    use std::string::ToString;

    fn networks(request: &str, facts: &Facts) -> Vec<(String, String)> {
        made(request, facts, |draft| {
            assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
            let networks = draft.container.networks.value().map_or(&[][..], Vec::as_slice);
            networks.iter().map(|it| (it.network.name.clone(), it.interface.to_string())).collect()
        })
    }

    #[test]
    fn the_mode_says_who_makes_the_namespace() {
        // SG-NET-04
        let (root, user) = (facts(), rootless());
        let private = r#""userns":{"nsmode":"private"},"idmappings":{"UIDMap":[{"container_id":0,"host_id":5,"size":9}]}"#;
        for (facts, request, wanted) in [
            (&root, "{}", (NetMode::Bridge, true, false)),
            (&root, r#"{"netns":{"nsmode":"host"}}"#, (NetMode::Unset, false, false)),
            (&root, r#"{"netns":{"nsmode":"none"}}"#, (NetMode::Unset, false, false)),
            (&root, &std::format!("{{{private}}}"), (NetMode::Bridge, true, true)),
            (
                &root,
                &std::format!(r#"{{"netns":{{"nsmode":"none"}},{private}}}"#),
                (NetMode::Unset, false, false),
            ),
            (&root, r#"{"userns":{"nsmode":"auto"}}"#, (NetMode::Bridge, true, true)),
            (&user, "{}", (NetMode::Slirp4netns(""), true, false)), // E-33
            (
                &user,
                r#"{"netns":{"nsmode":"slirp4netns","value":"mtu=1500"}}"#,
                (NetMode::Slirp4netns("mtu=1500"), true, false),
            ),
            (&user, r#"{"netns":{"nsmode":"bridge"}}"#, (NetMode::Bridge, true, false)),
        ] {
            made(request, facts, |draft| {
                let c = &draft.container;
                let told = (
                    c.net_mode.value().unwrap(),
                    *c.create_netns.value().unwrap(),
                    *c.post_configure_netns.value().unwrap(),
                );
                assert_eq!(told, (&wanted.0, wanted.1, wanted.2), "{request}");
            });
        }
    }

    #[test]
    fn networks_are_resolved_and_get_interfaces() {
        // SG-NET-05
        let mut facts = facts();
        let id = facts.networks.get("net2").unwrap().id.clone();
        facts.networks.insert(id.as_str(), facts.networks.get("net2").unwrap().clone());
        facts.networks.insert("none", NetworkFacts::default());
        let by_id = std::format!(r#"{{"Networks":{{"{id}":{{}}}}}}"#);
        for (request, wanted) in [
            ("{}", &[("podman", "eth0")][..]),
            (r#"{"Networks":{"net2":{}}}"#, &[("net2", "eth0")]),
            (&by_id, &[("net2", "eth0")]),
            (
                r#"{"Networks":{"net2":{},"podman":{"interface_name":"eth0"}}}"#,
                &[("net2", "eth1"), ("podman", "eth0")],
            ),
            (r#"{"Networks":{"default":{"interface_name":"lan"}}}"#, &[("podman", "lan")]),
            (r#"{"cni_networks":["net2","podman"]}"#, &[("net2", "eth0"), ("podman", "eth1")]),
            (r#"{"cni_networks":["net2"],"Networks":{"podman":{}}}"#, &[("podman", "eth0")]),
            (r#"{"netns":{"nsmode":"none"}}"#, &[]),
        ] {
            let wanted: Vec<_> = wanted
                .iter()
                .map(|(name, interface)| (name.to_string(), interface.to_string()))
                .collect();
            assert_eq!(networks(request, &facts), wanted, "{request}");
        }
        assert_eq!(
            refusal(r#"{"Networks":{"none":{}}}"#, &facts),
            "unable to find network with name or ID none: network not found"
        );
        let twice =
            r#"{"Networks":{"net2":{"interface_name":"a"},"podman":{"interface_name":"a"}}}"#;
        assert_eq!(
            refusal(twice, &facts),
            "network interface name \"a\" is already assigned to another network"
        );
        facts.conf.network.default_network = Some("net2".into());
        assert_eq!(networks("{}", &facts), [("net2".to_string(), "eth0".to_string())]);
        facts.conf.network.default_network = Some("default".into());
        assert_eq!(networks("{}", &facts), []);
    }

    #[test]
    fn the_images_files_are_left_where_asked() {
        let mut facts = facts();
        let choice = |request: &str, facts: &Facts| {
            made(request, facts, |draft| *draft.container.hosts.value().unwrap())
        };
        let is = |image_resolv_conf, image_hosts| HostsChoice { image_resolv_conf, image_hosts };
        assert_eq!(choice("{}", &facts), is(false, false));
        assert_eq!(choice(r#"{"use_image_resolve_conf":true}"#, &facts), is(true, false));
        // SG-JSON-01
        facts.conf.containers.no_hosts = Some(true);
        assert_eq!(choice("{}", &facts), is(false, true));
        assert_eq!(choice(r#"{"use_image_hosts":false}"#, &facts), is(false, false));
    }
}
