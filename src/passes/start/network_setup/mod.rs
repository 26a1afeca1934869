//! What preparing the container does to the network: namespace, networks, slirp4netns, port forwarders (LP-NET, LP-SLIRP, LP-RLK).

use super::host_files::{HOSTS, RESOLV_CONF, free_names, source_of};
use super::model::{makes_netns, netns_is_late};
use super::shared_namespaces::own_hostname;
use crate::draft::{Attached, Draft, NetMode, Text};
use crate::facts::{Answer, Errno, SlirpFeatures};
use crate::files::resolv_conf;
use crate::network::addresses::{Cidr, parse_cidr, parse_ip};
use crate::network::slirp4netns::{
    Features, Netns, Options, PortHandler, SlirpError, argv, basic_args, guest, options,
};
use crate::path;
use crate::plan::{Attachment, Effect, Port, SlirpAttach, Stage};
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::IpAddr;

/// Beside storage: makes the namespace and configures it.
pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-PREP-01
    if !makes_netns(cx, draft) || netns_is_late(cx, draft) {
        return;
    }
    // LP-NET-10, LP-NET-11
    let path = cx.facts().netns_path();
    let run_dir = path::dir(path);
    let effect = Effect::CreateNetns { path: Cow::Borrowed(path), run_dir };
    draft.effect(cx, Rule::LpNet11, Stage::Network, effect);
    configure(cx, draft, Stage::Network, path);
}

/// LP-NET-40: after the runtime has made the namespace together with the user namespace that owns it.
pub(super) fn after_create<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // What was refused before the runtime is called, such as slirp4netns' options, is not refused again.
    if draft.refused() || !makes_netns(cx, draft) || !netns_is_late(cx, draft) {
        return;
    }
    // LP-NET-41
    let path = cx.facts().netns_path();
    let (run_dir, pid) = (path::dir(path), cx.facts().container_pid());
    let effect = Effect::BindNetns { path: Cow::Borrowed(path), run_dir, pid };
    draft.effect(cx, Rule::LpNet41, Stage::Created, effect);
    configure(cx, draft, Stage::Created, path);
    cx.within(|| late_hosts(cx, draft));
    cx.within(|| late_servers(cx, draft));
}

/// LP-NET-15
fn configure<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, stage: Stage, netns: &'a str) {
    match draft.container.net_mode.see(cx) {
        Some(NetMode::Slirp4netns(_)) => cx.within(|| {
            if let Err((rule, problem)) = slirp(cx, draft, stage, netns) {
                draft.refuse(cx, rule, problem);
            }
        }),
        Some(NetMode::Bridge) => cx.within(|| bridge(cx, draft, stage, netns)),
        Some(NetMode::Pasta) => cx.within(|| pasta::run(cx, draft, stage, netns)),
        // LP-NET-01: as with no network, but in a namespace of its own.
        Some(NetMode::Unset) | None => {}
    }
}

fn bridge<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, stage: Stage, netns: &'a str) {
    let attached = draft.container.networks.see(cx).cloned().unwrap_or_default();
    if attached.is_empty() {
        return;
    }
    if let Some(problem) = foreign_address(cx) {
        return draft.refuse(cx, Rule::LpNet17, problem);
    }
    let ports = ports(cx, draft);
    let (id, is_rootless) = (cx.facts().id(), cx.facts().rootless());
    let rootless = is_rootless.then(|| rootless_netns::namespace(cx));
    if let Some(namespace) = &rootless {
        match rootless_netns::join(cx, namespace) {
            Ok(Some(effect)) => draft.effect(cx, Rule::LpRns02, stage, effect),
            Ok(None) => {}
            Err((rule, problem)) => return draft.refuse(cx, rule, problem),
        }
    }
    let effect = Effect::NetworkSetup {
        program: program(cx.facts().netavark()),
        aardvark: program(cx.facts().aardvark_dns()),
        run_dir: Cow::Owned([cx.facts().tmp_dir(), "/networks"].concat()),
        rootless,
        netns: Cow::Borrowed(netns),
        container_id: Cow::Borrowed(id),
        // LP-NET-04
        container_name: Cow::Borrowed(cx.facts().name()),
        networks: attached.into_iter().map(|network| attachment(network, id)).collect(),
        ports: ports.clone(),
    };
    draft.effect(cx, Rule::LpNet15, stage, effect);
    // LP-RLK-06
    if !ports.is_empty() && is_rootless {
        let child_ip = child_ip(cx);
        draft.effect(cx, Rule::LpRlk03, stage, rootlessport(cx, netns, child_ip, ports, true));
    }
}

/// What is told of a network. A container's own id, as people know it, is one of its names (LP-NET-01).
fn attachment<'a>(attached: Attached<'a>, id: &'a str) -> Attachment<'a> {
    let Attached { network, interface, asked } = attached;
    let texts = |list: &'a [String]| list.iter().map(|text| Cow::Borrowed(text.as_str()));
    let (ips, aliases) = asked.map_or((&[][..], &[][..]), |it| (&it.static_ips, &it.aliases));
    Attachment {
        network,
        interface_name: interface,
        static_ips: texts(ips).collect(),
        static_mac: asked.map_or(Cow::Borrowed(""), |it| Cow::Borrowed(&it.static_mac)),
        aliases: texts(aliases).chain([Cow::Borrowed(id.get(..12).unwrap_or(id))]).collect(),
    }
}

/// A program's path; empty where it is not installed, which is told when it is needed.
fn program(path: Option<&Answer<String>>) -> Text<'_> {
    let path = path.and_then(|path| path.get().ok());
    path.map_or(Cow::Borrowed(""), |path| Cow::Borrowed(path))
}

/// LP-RLK-03
fn rootlessport<'a>(
    cx: &Cx<'a>,
    netns: &'a str,
    child_ip: Text<'a>,
    ports: Vec<Port<'a>>,
    rootless_cni: bool,
) -> Effect<'a> {
    Effect::StartRootlessport {
        program: program(cx.facts().rootlessport()),
        container_id: Cow::Borrowed(cx.facts().id()),
        tmp_dir: Cow::Borrowed(cx.facts().tmp_dir()),
        netns: Cow::Borrowed(netns),
        child_ip,
        ports,
        rootless_cni,
    }
}

/// LP-NET-17: a fixed address that lies in none of its network's subnets.
fn foreign_address(cx: &Cx<'_>) -> Option<Problem> {
    for (name, attachment) in cx.config().networks() {
        if attachment.static_ips.is_empty() {
            continue;
        }
        let default = || cx.facts().conf_default_network().map_or("podman", |name| name.as_str());
        let network = cx.facts().network(if name == "default" { default() } else { name })?;
        let subnets: Vec<Cidr> =
            network.subnets.iter().filter_map(|it| parse_cidr(&it.subnet)).collect();
        // A network without subnets of its own does not check.
        let fits = |ip: &IpAddr| subnets.is_empty() || subnets.iter().any(|it| it.contains(*ip));
        let ips = attachment.static_ips.iter().filter_map(|ip| parse_ip(ip));
        if let Some(ip) = ips.into_iter().find(|ip| !fits(ip)) {
            let network = network.name.clone();
            return Some(Problem::ForeignAddress { ip: ip.to_string(), network });
        }
    }
    None
}

/// LP-RLK-02: the first IPv4 address of the container, or else the last IPv6 one; empty while there is none.
fn child_ip<'a>(cx: &Cx<'a>) -> Text<'a> {
    let mut last = None;
    for address in network_addresses(cx) {
        last = Some(address);
        if address.is_ipv4() {
            break;
        }
    }
    last.map_or(Cow::Borrowed(""), |address| Cow::Owned(address.to_string()))
}

/// LP-SLIRP-10
fn slirp<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    stage: Stage,
    netns: &'a str,
) -> Result<(), (Rule, Problem)> {
    let program = match cx.facts().slirp4netns() {
        Ok(program) => program.as_str(),
        Err(Errno::UNANSWERED) => return Ok(()),
        Err(_) => return Err((Rule::LpSlirp10, Problem::NoSlirp4netns)),
    };
    let refused = |rule| move |error| (rule, Problem::Slirp { error });
    let options = slirp_options(cx).map_err(refused(Rule::LpSlirp01))?;
    let features = features(cx.facts().slirp4netns_features());
    let no_pivot_root = cx.facts().conf_no_pivot_root() == Some(&true);
    let basic = basic_args(&options, features, no_pivot_root).map_err(refused(Rule::LpSlirp04))?;
    let ports = ports(cx, draft);
    let (tmp_dir, id) = (cx.facts().tmp_dir(), cx.facts().id());
    let by_slirp = !ports.is_empty() && options.port_handler == PortHandler::Slirp4netns;
    let socket = by_slirp.then(|| [tmp_dir, "/", id, ".net"].concat());
    let (attach, target) = match stage {
        Stage::Created => (SlirpAttach::Process, Netns::Process(cx.facts().container_pid())),
        Stage::Network | Stage::Storage | Stage::Generate | Stage::Init => {
            (SlirpAttach::Path, Netns::Path(netns))
        }
    };
    let line = argv(program, basic, socket.as_deref(), target);
    let effect = Effect::StartSlirp4netns {
        argv: line.into_iter().map(|word| Cow::Owned(word.into_owned())).collect(),
        attach,
        // LP-SLIRP-11
        without_dad: options.enable_ipv6,
        own_mount_namespace: !no_pivot_root && features.enable_sandbox,
        log: Cow::Owned([tmp_dir, "/slirp4netns-", id, ".log"].concat()),
    };
    draft.effect(cx, Rule::LpSlirp10, stage, effect);
    if ports.is_empty() {
        return Ok(());
    }
    // LP-SLIRP-14
    match socket {
        Some(socket) => {
            let effect = Effect::SlirpForward { socket: Cow::Owned(socket), ports };
            draft.effect(cx, Rule::LpSlirp20, stage, effect);
        }
        None => {
            // LP-RLK-02: where the subnet has no room, the address is left open.
            let child_ip =
                guest(options.subnet()).map_or_else(|_| String::new(), |ip| ip.to_string());
            let effect = rootlessport(cx, netns, Cow::Owned(child_ip), ports, false);
            draft.effect(cx, Rule::LpRlk03, stage, effect);
        }
    }
    Ok(())
}

fn features(told: SlirpFeatures) -> Features {
    let SlirpFeatures {
        disable_host_loopback,
        mtu,
        enable_sandbox,
        enable_seccomp,
        cidr,
        outbound_addr,
        enable_ipv6,
    } = told;
    Features {
        disable_host_loopback,
        mtu,
        enable_sandbox,
        enable_seccomp,
        cidr,
        outbound_addr,
        enable_ipv6,
    }
}

/// LP-SLIRP-01: containers.conf's options of slirp4netns and then the request's.
pub(super) fn slirp_options<'a>(cx: &Cx<'a>) -> Result<Options<'a>, SlirpError> {
    let conf = cx.facts().conf_network_cmd_options().map_or(&[][..], Vec::as_slice);
    let own = cx.config().network_options().as_ref().and_then(|all| all.get("slirp4netns"));
    let given = conf.iter().chain(own.into_iter().flatten()).map(String::as_str);
    options(given, |name| cx.facts().interfaces().iter().any(|interface| interface == name))
}

/// LP-SLIRP-13: the subnet that slirp4netns has by the time the files are made; `None` for its own, which also stands in where it is only
/// started later.
pub(super) fn slirp_subnet<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Option<Cidr> {
    if let Some(told) = cx.facts().slirp4netns_subnet() {
        return parse_cidr(told);
    }
    if netns_is_late(cx, draft) {
        return None;
    }
    slirp_options(cx).ok().and_then(|options| options.subnet())
}

/// The container's addresses as the networks gave them, in order of networks and interfaces.
pub(super) fn network_addresses(cx: &Cx<'_>) -> impl Iterator<Item = IpAddr> {
    let networks = cx.facts().network_status().into_iter().flat_map(|it| it.networks.values());
    let interfaces = networks.flat_map(|network| network.interfaces.values());
    let subnets = interfaces.flat_map(|interface| &interface.subnets);
    subnets.filter_map(|subnet| parse_cidr(&subnet.ipnet)).map(|subnet| subnet.address)
}

/// The published ports.
fn ports<'a>(cx: &Cx<'a>, draft: &Draft<'a>) -> Vec<Port<'a>> {
    let Some(mappings) = draft.container.ports.see(cx).filter(|mappings| !mappings.is_empty())
    else {
        return Vec::new();
    };
    // LP-NET-03: gvproxy forwards to all addresses.
    let is_machine = cx.facts().machine().is_some_and(|kind| kind != "wsl");
    let port = |mapping: &crate::network::ports::PortMapping<'a>| Port {
        host_ip: if is_machine { Cow::Borrowed("") } else { mapping.host_ip.clone() },
        host_port: mapping.host_port,
        container_port: mapping.container_port,
        range: mapping.range,
        protocol: mapping.protocol.clone(),
    };
    mappings.iter().map(port).collect()
}

/// LP-NET-40: the addresses that are known only now, in the hosts file.
fn late_hosts<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(path) = source_of(cx, draft, HOSTS) else { return };
    let addresses: Vec<String> = match draft.container.net_mode.see(cx) {
        Some(NetMode::Bridge | NetMode::Pasta) => {
            network_addresses(cx).map(|ip| ip.to_string()).collect()
        }
        Some(NetMode::Slirp4netns(_)) => {
            let subnet = slirp_options(cx).ok().and_then(|options| options.subnet());
            match guest(subnet) {
                Ok(ip) => Vec::from([ip.to_string()]),
                Err(error) => {
                    let problem = Problem::NoGuestAddress { id: cx.facts().id().into(), error };
                    return draft.refuse(cx, Rule::LpHosts01, problem);
                }
            }
        }
        Some(NetMode::Unset) | None => Vec::new(),
    };
    let (host, name) = (own_hostname(cx, draft), cx.facts().name());
    // Names that the file has are not added; those added here are not looked at again.
    let existing = draft.working.hosts_text.see(cx).cloned().unwrap_or_default();
    for address in addresses {
        if let Some((ip, names)) = free_names(&existing, &address, &[&host, name]) {
            let effect = Effect::AddHosts { path: path.clone(), ip, names };
            draft.effect(cx, Rule::LpNet40, Stage::Created, effect);
        }
    }
}

/// LP-NET-40: the networks' name servers, before those in the file.
fn late_servers<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let status = cx.facts().network_status().into_iter().flat_map(|it| it.networks.values());
    let servers: Vec<&str> =
        status.flat_map(|network| &network.dns_server_ips).map(String::as_str).collect();
    if servers.is_empty() {
        return;
    }
    let Some(path) = source_of(cx, draft, RESOLV_CONF) else { return };
    let Some(existing) = draft.working.resolv_conf_text.see(cx) else { return };
    // LP-RC-08
    let effect =
        Effect::RewriteFile { path, text: Cow::Owned(resolv_conf::add(existing, &servers)) };
    draft.effect(cx, Rule::LpNet40, Stage::Created, effect);
}

mod pasta;
mod rootless_netns;
#[cfg(test)]
mod tests;
