//! Makes /etc/hosts: added hosts, a base file, and the engine's own entries (LP-HOSTS).

use super::host_files::{HOSTS, bind_root_file, write_root_file};
use super::model::{has_net_none, netns_is_late};
use super::network_setup::{network_addresses, slirp_subnet};
use super::shared_namespaces::own_hostname;
use crate::draft::{Draft, NetMode};
use crate::facts::Errno;
use crate::files::hosts::{Entry, Hosts, split, text};
use crate::network::addresses::{is_ipv6, local_address, parse_ip};
use crate::network::slirp4netns::guest;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Writes it, and binds it; `rule` says that there is one.
pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, rule: Rule) {
    // LP-HOSTS-06: where it is mounted owes nothing to what is in it.
    cx.within(|| match made(cx, draft) {
        Ok(text) => write_root_file(cx, draft, Rule::LpHosts06, HOSTS, text),
        Err((rule, problem)) => draft.refuse(cx, rule, problem),
    });
    cx.within(|| {
        let there = cx.decide(rule, || ());
        cx.see(&there);
        bind_root_file(cx, draft, Rule::LpHosts06, HOSTS);
    });
}

/// The file's text.
fn made<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Result<String, (Rule, Problem)> {
    let addresses = own_addresses(cx, draft)?;
    let mut extra = Vec::new();
    for host in cx.config().hostadd() {
        // LP-HOSTS-04
        let split = split(host);
        extra.push(split.map_err(|error| {
            (Rule::LpHosts04, Problem::HostEntry { id: cx.facts().id().into(), error })
        })?);
    }
    let base = base(cx)?;
    let host_ip = host_ip(cx, draft);
    // The names are asked for only where there is a line for them.
    let host = if addresses.is_empty() { Cow::Borrowed("") } else { own_hostname(cx, draft) };
    let names = [&*host, if addresses.is_empty() { "" } else { cx.facts().name() }];
    let own: Vec<Entry<'_>> = addresses.iter().map(|ip| Entry { ip, names: &names }).collect();
    Ok(text(&Hosts { extra: &extra, base, host_ip: host_ip.as_deref(), container: &own }))
}

/// LP-HOSTS-01: the container's own addresses, as far as they are known before the runtime is called.
fn own_addresses<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Result<Vec<String>, (Rule, Problem)> {
    if netns_is_late(cx, draft) {
        return Ok(Vec::new());
    }
    match draft.container.net_mode.see(cx) {
        // HD-NET-01: pasta gives the host's addresses.
        Some(NetMode::Bridge | NetMode::Pasta) => {
            Ok(network_addresses(cx).map(|ip| ip.to_string()).collect())
        }
        Some(NetMode::Slirp4netns(_)) => match guest(slirp_subnet(cx, draft)) {
            Ok(ip) => Ok(Vec::from([ip.to_string()])),
            Err(error) => Err((
                Rule::LpHosts01,
                Problem::NoGuestAddress { id: cx.facts().id().into(), error },
            )),
        },
        Some(NetMode::Unset) | None if has_net_none(cx, draft) => {
            Ok(Vec::from(["127.0.0.1".into()]))
        }
        Some(NetMode::Unset) | None => Ok(Vec::new()),
    }
}

/// LP-HOSTS-02: the text to start from; `None` for none.
fn base<'a>(cx: &Cx<'a>) -> Result<Option<&'a str>, (Rule, Problem)> {
    let named = cx.facts().conf_base_hosts_file().map_or("", |file| file.as_str());
    let (file, found) = match named {
        "none" => return Ok(None),
        "image" => {
            let text = cx.facts().rootfs_hosts().map(String::as_str);
            let missing = || [cx.facts().mountpoint(), HOSTS].concat();
            return match text {
                Ok(text) => Ok(Some(text)),
                Err(Errno::UNANSWERED) => Ok(None),
                Err(errno) => Err((
                    Rule::LpHosts02,
                    Problem::HostsBase { id: cx.facts().id().into(), file: missing(), errno },
                )),
            };
        }
        "" => (HOSTS, cx.facts().file(HOSTS)),
        other => (other, cx.facts().file(other)),
    };
    match found {
        Ok(text) => Ok(Some(text)),
        Err(Errno::UNANSWERED) => Ok(None),
        // Only the host's own file may be missing.
        Err(Errno::ENOENT) if file == HOSTS => Ok(None),
        Err(errno) => Err((
            Rule::LpHosts02,
            Problem::HostsBase { id: cx.facts().id().into(), file: file.into(), errno },
        )),
    }
}

/// LP-HOSTS-03: the address under which the container reaches the host; `None` for no such entry.
fn host_ip<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<Cow<'a, str>> {
    match cx.facts().conf_host_containers_internal_ip().map_or("", |ip| ip.as_str()) {
        // gvproxy's own name server knows the name.
        "" if cx.facts().machine().is_some_and(|kind| kind != "wsl") => return None,
        "" => {}
        "none" => return None,
        given => return Some(Cow::Borrowed(given)),
    }
    // HD-NET-01: the host's addresses are the container's own, so that none of them leads to the host.
    if draft.container.net_mode.see(cx) == Some(&NetMode::Pasta) {
        return None;
    }
    // A rootless user's bridges are not on the host.
    let gateway = if cx.facts().rootless_in_storage() { None } else { bridge_gateway(cx) };
    gateway.or_else(|| {
        let own = cx.facts().addresses().iter().filter_map(|address| parse_ip(address));
        local_address(own).map(|address| Cow::Owned(address.to_string()))
    })
}

/// The first IPv4 gateway of the container's bridges, or else the last IPv6 one.
fn bridge_gateway<'a>(cx: &Cx<'a>) -> Option<Cow<'a, str>> {
    let mut last = None;
    for (name, status) in cx.facts().network_status().into_iter().flat_map(|it| &it.networks) {
        // Other drivers' gateways are not on the host as a rule; a network that is gone is passed over.
        if cx.facts().network(name).is_none_or(|network| network.driver != "bridge") {
            continue;
        }
        let addresses = status.interfaces.values().flat_map(|interface| &interface.subnets);
        for gateway in addresses.filter_map(|address| parse_ip(&address.gateway)) {
            let text = Cow::Owned(gateway.to_string());
            if !is_ipv6(gateway) {
                return Some(text);
            }
            last = Some(text);
        }
    }
    last
}
