//! Makes /etc/resolv.conf: what the request and the networks say, and what of the host's works in the container (LP-DNS, LP-RC).

use super::host_files::{RESOLV_CONF, bind_root_file, write_root_file};
use super::model::netns_path;
use super::network_setup::{network_addresses, slirp_options, slirp_subnet};
use crate::draft::{Draft, NetMode};
use crate::facts::Errno;
use crate::files::resolv_conf::{
    HOST_FILE, Host, Lists, Offered, Wanted, local_resolver, needs_host, netns_file, text, wanted,
};
use crate::network::addresses::{canonical_text, is_ipv6};
use crate::network::slirp4netns::dns;
use crate::problem::{Problem, WarningKind};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-DNS-05: where it is mounted owes nothing to what is in it.
    cx.within(|| write(cx, draft));
    bind_root_file(cx, draft, Rule::LpDns05, RESOLV_CONF);
}

fn write<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let offered = offered(cx, draft);
    // LP-DNS-02
    let is_slirp = matches!(draft.container.net_mode.see(cx), Some(NetMode::Slirp4netns(_)));
    let mut ipv6 = network_addresses(cx).any(is_ipv6);
    if !ipv6 && is_slirp {
        // LP-SLIRPDNS-02
        match slirp_options(cx) {
            Ok(options) => ipv6 = options.enable_ipv6,
            Err(error) => {
                return draft.refuse(
                    cx,
                    Rule::LpSlirpdns02,
                    Problem::ResolvConfSlirp { id: cx.facts().id().into(), error },
                );
            }
        }
    }
    let wanted = all_wanted(cx, offered);
    let base = if needs_host(&wanted) { base(cx, draft) } else { Ok(None) };
    let base = match base {
        Ok(base) => base,
        Err((file, errno)) => {
            let file = file.into_owned();
            return draft.refuse(
                cx,
                Rule::LpRc02,
                Problem::HostFile { id: cx.facts().id().into(), file, errno },
            );
        }
    };
    // LP-DNS-05
    let host = Host { base, host_network: netns_path(cx, draft).is_none(), ipv6 };
    let text = text(&wanted, &host);
    write_root_file(cx, draft, Rule::LpDns05, RESOLV_CONF, text);
}

/// What the networks offer.
fn offered<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) -> Offered<'a> {
    // LP-DNS-01: in order of the networks' names, where Podman has no order.
    let mut offered = Offered::default();
    for network in
        cx.facts().network_status().into_iter().flat_map(|status| status.networks.values())
    {
        offered.servers.extend(network.dns_server_ips.iter().map(|ip| spelled(ip)));
        offered.search.extend(network.dns_search_domains.iter().map(|it| Cow::Borrowed(&**it)));
    }
    // LP-SLIRPDNS-01
    if matches!(draft.container.net_mode.see(cx), Some(NetMode::Slirp4netns(_))) {
        match dns(slirp_subnet(cx, draft)) {
            Ok(address) => offered.slirp = Some(Cow::Owned(address.to_string())),
            Err(error) => {
                draft.warn(cx, Rule::LpSlirpdns01, WarningKind::SlirpDns(error.to_string()));
            }
        }
    }
    offered
}

/// LP-DNS-03, LP-DNS-04: the lists of containers.conf and then the request's.
fn all_wanted<'a>(cx: &Cx<'a>, offered: Offered<'a>) -> Wanted<'a> {
    let none: &[String] = &[];
    let conf = Lists {
        servers: cx.facts().conf_dns_servers().map_or(none, Vec::as_slice),
        search: cx.facts().conf_dns_searches().map_or(none, Vec::as_slice),
        options: cx.facts().conf_dns_options().map_or(none, Vec::as_slice),
    };
    let request = Lists {
        servers: cx.config().dns_server().as_slice(),
        search: cx.config().dns_search().as_slice(),
        options: cx.config().dns_option().as_slice(),
    };
    let mut wanted = wanted(&conf, &request, offered);
    // A server of the request was read as an address: it is spelled as Go prints it.
    if !request.servers.is_empty() {
        let own = wanted.nameservers.len().saturating_sub(request.servers.len());
        for (server, given) in wanted.nameservers.iter_mut().skip(own).zip(request.servers) {
            *server = spelled(given);
        }
    }
    wanted
}

/// An address as Go prints it; what is none stays as it is.
fn spelled(address: &str) -> Cow<'_, str> {
    canonical_text(address).unwrap_or(Cow::Borrowed(address))
}

/// The host's file to start from; `None` if there is none.
///
/// # Errors
///
/// The file and the error, for one that is there but cannot be read.
fn base<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Result<Option<&'a str>, (Cow<'static, str>, Errno)> {
    let path = netns_path(cx, draft);
    // LP-RC-02
    if let Some(file) = path.as_deref().and_then(netns_file) {
        match cx.facts().file(&file) {
            Ok(text) => return Ok(Some(resolvable(cx, text, true)?)),
            Err(Errno::ENOENT | Errno::UNANSWERED) => {}
            Err(errno) => return Err((Cow::Owned(file), errno)),
        }
    }
    match cx.facts().file(HOST_FILE) {
        Ok(text) => Ok(Some(resolvable(cx, text, path.is_some())?)),
        Err(Errno::ENOENT | Errno::UNANSWERED) => Ok(None),
        Err(errno) => Err((Cow::Borrowed(HOST_FILE), errno)),
    }
}

/// LP-RNS-02: the file of the rootless network namespace, whose name server is its slirp4netns.
pub(super) fn of_rootless_netns(
    cx: &Cx<'_>,
    server: String,
    ipv6: bool,
) -> Result<String, (Cow<'static, str>, Errno)> {
    let base = match cx.facts().file(HOST_FILE) {
        Ok(text) => Some(resolvable(cx, text, true)?),
        Err(Errno::ENOENT | Errno::UNANSWERED) => None,
        Err(errno) => return Err((Cow::Borrowed(HOST_FILE), errno)),
    };
    let wanted = Wanted {
        nameservers: Vec::from([Cow::Owned(server)]),
        search: Vec::new(),
        options: Vec::new(),
        keep_host: true,
    };
    Ok(text(&wanted, &Host { base, host_network: false, ipv6 }))
}

/// LP-RC-03: the file with the real servers, where the base names a local resolver that a container cannot reach.
fn resolvable<'a>(
    cx: &Cx<'a>,
    base: &'a str,
    own_network: bool,
) -> Result<&'a str, (Cow<'static, str>, Errno)> {
    let Some(resolver) = local_resolver(base).filter(|_| own_network) else { return Ok(base) };
    match cx.facts().file(resolver.file()) {
        Ok(text) => Ok(text),
        Err(Errno::ENOENT | Errno::UNANSWERED) => Ok(base),
        Err(errno) => Err((Cow::Borrowed(resolver.file()), errno)),
    }
}
