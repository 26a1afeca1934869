//! Asks about networks: the host's addresses and interfaces, free ports, and the networks that the engine has.

use super::read::{self, errno};
use crate::facts::{ContainersConf, Errno, NetworkFacts};
use crate::text::{Node, json};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use std::borrow::{Cow, ToOwned as _};
use std::fs::read_dir;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};
use std::vec::Vec;

/// The id of the network that is there without a file.
const DEFAULT_ID: &str = "2f259bab93aaaaa2542ba43ef33eb990d0999ee1b9924b557b7be53c0b7a1bb9";

/// The addresses of all interfaces, as the kernel lists them: IPv4 first, by interface.
///
/// # Errors
///
/// The host's error.
pub(super) fn addresses() -> Result<Vec<String>, Errno> {
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
        .map_err(errno)?;
    send(&socket, &netlink::ask_addresses(), SendFlags::empty()).map_err(errno)?;
    let mut found = Vec::new();
    let mut buffer = std::vec![0_u8; 64 * 1024];
    loop {
        let (long, _) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty()).map_err(errno)?;
        let more = netlink::read_addresses(buffer.get(..long).unwrap_or_default(), &mut found)?;
        if !more || long == 0 {
            return Ok(found.iter().map(IpAddr::to_string).collect());
        }
    }
}

/// The kernel's routing messages, as far as addresses go. Numbers are in the machine's byte order.
mod netlink {
    use super::{Errno, IpAddr, Ipv4Addr, Ipv6Addr, Vec};

    const DONE: u16 = 3;
    const ERROR: u16 = 2;
    const NEW_ADDRESS: u16 = 20;
    const GET_ADDRESS: u16 = 22;
    /// `NLM_F_REQUEST | NLM_F_DUMP`
    const DUMP: u16 = 0x301;
    const HEADER: usize = 16;
    /// Length of `struct ifaddrmsg`.
    const ADDRESS_HEADER: usize = 8;
    const IFA_ADDRESS: u16 = 1;
    const IFA_LOCAL: u16 = 2;

    /// The request for all addresses of all families.
    pub(super) fn ask_addresses() -> Vec<u8> {
        let mut message = Vec::with_capacity(24);
        message.extend_from_slice(&24_u32.to_ne_bytes());
        message.extend_from_slice(&GET_ADDRESS.to_ne_bytes());
        message.extend_from_slice(&DUMP.to_ne_bytes());
        message.extend_from_slice(&1_u32.to_ne_bytes());
        message.extend_from_slice(&[0; 12]);
        message
    }

    /// Reads one datagram. Says whether more will come.
    pub(super) fn read_addresses(mut rest: &[u8], found: &mut Vec<IpAddr>) -> Result<bool, Errno> {
        while let (Some(long), Some(kind)) = (u32_at(rest, 0), u16_at(rest, 4)) {
            let long = usize::try_from(long).unwrap_or(usize::MAX);
            let Some(message) = rest.get(HEADER..long) else { return Err(Errno::EIO) };
            match kind {
                DONE => return Ok(false),
                ERROR => {
                    return Err(u32_at(message, 0)
                        .map_or(Errno::EIO, |n| Errno(n.cast_signed().wrapping_neg())));
                }
                NEW_ADDRESS => found.extend(address(message)),
                _ => {}
            }
            rest = rest.get(aligned(long)..).unwrap_or_default();
        }
        Ok(true)
    }

    /// The address of a message: of a point-to-point link ours, not the other end's.
    fn address(message: &[u8]) -> Option<IpAddr> {
        let mut attributes = message.get(ADDRESS_HEADER..)?;
        let (mut address, mut local) = (None, None);
        while let (Some(long), Some(kind)) = (u16_at(attributes, 0), u16_at(attributes, 2)) {
            let Some(value) = attributes.get(4..usize::from(long)) else { break };
            match kind {
                IFA_ADDRESS => address = ip(value),
                IFA_LOCAL => local = ip(value),
                _ => {}
            }
            attributes = attributes.get(aligned(long.into())..).unwrap_or_default();
        }
        local.or(address)
    }

    fn ip(bytes: &[u8]) -> Option<IpAddr> {
        if let Ok(four) = <[u8; 4]>::try_from(bytes) {
            return Some(Ipv4Addr::from(four).into());
        }
        <[u8; 16]>::try_from(bytes).ok().map(|bytes| Ipv6Addr::from(bytes).into())
    }

    fn aligned(long: usize) -> usize {
        long.saturating_add(3) & !3
    }

    fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
        bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_ne_bytes)
    }

    fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
        bytes.get(at..at.checked_add(2)?)?.try_into().ok().map(u16::from_ne_bytes)
    }
}

/// The names of all interfaces, in order.
pub(super) fn interfaces() -> Vec<String> {
    let entries = read_dir("/sys/class/net").into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort_unstable();
    names
}

/// So many ports that are free now, all different: they are held until the last one is known.
pub(super) fn free_ports(count: usize) -> Vec<u16> {
    let held: Vec<TcpListener> =
        (0..count).map_while(|_| TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()).collect();
    held.iter()
        .filter_map(|listener| listener.local_addr().ok())
        .map(|address| address.port())
        .collect()
}

/// A network of the engine by name, id or the start of its id; without an id where there is none.
pub(super) fn network(
    name: &str,
    conf: &ContainersConf,
    home: Option<&Path>,
    rootless: bool,
) -> NetworkFacts {
    let directory = match (&conf.network.network_config_dir, home) {
        (Some(directory), _) if !directory.is_empty() => PathBuf::from(directory),
        (_, Some(home)) if rootless => home.join(".local/share/containers/storage/networks"),
        _ => PathBuf::from("/etc/containers/networks"),
    };
    let entries = read_dir(directory).into_iter().flatten().flatten();
    let is_json = |path: &PathBuf| path.extension().is_some_and(|e| e == "json");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_json).collect();
    files.sort_unstable();
    let texts: Vec<String> = files.iter().filter_map(|path| read::text(path).ok()).collect();
    let mut networks: Vec<NetworkFacts> = texts.iter().filter_map(|text| parse(text)).collect();
    let default = default_network(conf);
    if !networks.iter().any(|network| network.name == default.name) {
        networks.push(default);
    }
    let by_name = networks.iter().position(|network| network.name == name || network.id == name);
    let by_start =
        || networks.iter().position(|network| !name.is_empty() && network.id.starts_with(name));
    by_name.or_else(by_start).map(|at| networks.swap_remove(at)).unwrap_or_default()
}

/// The network that is there without a file.
fn default_network(conf: &ContainersConf) -> NetworkFacts {
    let or = |set: &Option<String>, built_in: &str| {
        set.clone().filter(|set| !set.is_empty()).unwrap_or_else(|| built_in.to_owned())
    };
    NetworkFacts {
        id: DEFAULT_ID.to_owned(),
        name: or(&conf.network.default_network, "podman"),
        driver: "bridge".to_owned(),
        dns_enabled: false,
        subnets: Vec::from([or(&conf.network.default_subnet, "10.88.0.0/16")]),
    }
}

/// A network's file, as netavark's library writes it.
fn parse(text: &str) -> Option<NetworkFacts> {
    let node = json(text).ok()?;
    let text_of = |key: &str| match field(&node, key) {
        Some(Node::Str(text)) => text.clone().into_owned(),
        _ => String::new(),
    };
    let subnets = match field(&node, "subnets") {
        Some(Node::Seq(subnets)) => subnets
            .iter()
            .filter_map(|s| {
                if let Some(Node::Str(text)) = field(s, "subnet") {
                    Some(text.clone().into_owned())
                } else {
                    None
                }
            })
            .collect(),
        _ => Vec::new(),
    };
    let dns_enabled = matches!(field(&node, "dns_enabled"), Some(Node::Bool(true)));
    let network = NetworkFacts {
        id: text_of("id"),
        name: text_of("name"),
        driver: text_of("driver"),
        dns_enabled,
        subnets,
    };
    (!network.id.is_empty() && !network.name.is_empty()).then_some(network)
}

fn field<'n, 't>(node: &'n Node<'t>, key: &str) -> Option<&'n Node<'t>> {
    let Node::Map(entries) = node else { return None };
    let same = |(name, _): &&(Cow<'t, str>, Node<'t>)| name == key;
    entries.iter().find(same).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_a_loopback_address() {
        let addresses = addresses().unwrap();
        assert!(addresses.iter().any(|a| a == "127.0.0.1"), "{addresses:?}");
        assert!(interfaces().iter().any(|i| i == "lo"));
    }

    #[test]
    fn our_end_of_a_link_is_meant() {
        let attribute = |kind: u16, value: &[u8]| {
            let long = u16::try_from(value.len() + 4).unwrap();
            [&long.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
        };
        let message = |body: &[u8]| {
            let body = [&[0_u8; 8][..], body].concat();
            let long = u32::try_from(body.len() + 16).unwrap();
            [&long.to_ne_bytes()[..], &20_u16.to_ne_bytes(), &[0; 10], &body].concat()
        };
        let done = [&16_u32.to_ne_bytes()[..], &3_u16.to_ne_bytes(), &[0; 10]].concat();
        let peer = message(&[attribute(1, &[10, 0, 0, 2]), attribute(2, &[10, 0, 0, 1])].concat());
        let plain = message(&attribute(1, &[192, 168, 0, 1]));
        let mut found = Vec::new();
        assert_eq!(netlink::read_addresses(&[peer, plain].concat(), &mut found), Ok(true));
        assert_eq!(netlink::read_addresses(&done, &mut found), Ok(false));
        assert_eq!(found, [IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 168, 0, 1])]);
        // What is cut off is an error, not a panic.
        assert_eq!(netlink::read_addresses(&[200, 0, 0, 0, 20, 0, 1], &mut found), Err(Errno::EIO));
    }

    #[test]
    fn networks_are_found_by_name_or_id() {
        let scratch = crate::linux::scratch::Scratch::new();
        let text = "{\"name\":\"n\",\"id\":\"abcd\",\"driver\":\"macvlan\",\"dns_enabled\":true,\"subnets\":[{\"subnet\":\"10.1.0.0/24\"}]}";
        std::fs::write(scratch.path().join("n.json"), text).unwrap();
        std::fs::write(scratch.path().join("broken.json"), "{").unwrap();
        let mut conf = ContainersConf::default();
        conf.network.network_config_dir = Some(scratch.path().to_str().unwrap().to_owned());
        for name in ["n", "abcd", "ab"] {
            let found = network(name, &conf, None, false);
            assert_eq!(
                (
                    found.name.as_str(),
                    found.driver.as_str(),
                    found.dns_enabled,
                    found.subnets.len()
                ),
                ("n", "macvlan", true, 1),
                "{name}"
            );
        }
        assert_eq!(network("podman", &conf, None, false).id, DEFAULT_ID);
        assert_eq!(network("other", &conf, None, false), NetworkFacts::default());
    }

    #[test]
    fn free_ports_differ() {
        let mut ports = free_ports(3);
        ports.dedup();
        assert_eq!(ports.len(), 3);
    }
}
