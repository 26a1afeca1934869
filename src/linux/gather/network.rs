//! Asks about networks: the host's addresses and interfaces, free ports, and the networks that the engine has.

use super::read::{self, errno};
use crate::facts::{ContainersConf, Errno, NetworkFacts, NetworkSubnet};
use crate::linux::netlink;
use crate::network::leases::Range;
use crate::text::{Mode, Reader, json};
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::fs::read_dir;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
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
    netlink::addresses().map(|found| found.iter().map(IpAddr::to_string).collect()).map_err(errno)
}

/// The names of all interfaces, in order; none where they cannot be listed.
pub(super) fn interfaces() -> Vec<String> {
    let links = netlink::links().unwrap_or_default();
    let mut names: Vec<String> = links.into_iter().map(|link| link.name).collect();
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
    let subnet = or(&conf.network.default_subnet, "10.88.0.0/16");
    NetworkFacts {
        id: DEFAULT_ID.to_owned(),
        name: or(&conf.network.default_network, "podman"),
        driver: "bridge".to_owned(),
        network_interface: "podman0".to_owned(),
        subnets: Vec::from([NetworkSubnet {
            gateway: first_address(&subnet),
            ..NetworkSubnet::of(&subnet)
        }]),
        ipam_options: BTreeMap::from([("driver".to_owned(), "host-local".to_owned())]),
        ..NetworkFacts::default()
    }
}

/// The gateway of a subnet that has none of its own choice.
fn first_address(subnet: &str) -> String {
    let range = Range::of(&NetworkSubnet::of(subnet));
    range.map(|range| range.first.to_string()).unwrap_or_default()
}

/// A network's file, as netavark's library writes it. Labels and the like say nothing about a container.
pub(super) fn parse(text: &str) -> Option<NetworkFacts> {
    let node = json(text).ok()?;
    let network: NetworkFacts = Reader::whole(&node, Mode { api: false, lenient: true }).ok()?;
    (!network.id.is_empty() && !network.name.is_empty()).then_some(network)
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
