//! What netavark is told of a container's networks: the names and shapes are its own.

use super::leases::Leases;
use crate::facts::{LeaseRange, NetworkFacts, NetworkSubnet};
use crate::network::leases::Range;
use crate::plan::{Attachment, Port};
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// What netavark is told.
#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Input {
    container_id: String,
    container_name: String,
    port_mappings: Vec<PortMapping>,
    pub(super) networks: BTreeMap<String, Asked>,
    pub(super) network_info: BTreeMap<String, Info>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
struct PortMapping {
    host_ip: String,
    container_port: u16,
    host_port: u16,
    range: u16,
    protocol: String,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Asked {
    pub(super) interface_name: String,
    pub(super) static_ips: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) static_mac: String,
    aliases: Vec<String>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
pub(super) struct Info {
    pub(super) name: String,
    id: String,
    pub(super) driver: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) network_interface: String,
    subnets: Vec<Subnet>,
    ipv6_enabled: bool,
    internal: bool,
    dns_enabled: bool,
    options: BTreeMap<String, String>,
    ipam_options: BTreeMap<String, String>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
struct Subnet {
    #[serde(rename = "subnet")]
    cidr: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    gateway: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_range: Option<Lease>,
}

#[derive(Clone, Debug, serde::Deserialize, serde::Serialize)]
struct Lease {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    start_ip: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    end_ip: String,
}

impl Info {
    fn of(network: &NetworkFacts) -> Self {
        let lease = |range: &LeaseRange| Lease {
            start_ip: range.start_ip.clone(),
            end_ip: range.end_ip.clone(),
        };
        let subnet = |subnet: &NetworkSubnet| Subnet {
            cidr: subnet.subnet.clone(),
            gateway: subnet.gateway.clone(),
            lease_range: subnet.lease_range.as_ref().map(lease),
        };
        Info {
            name: network.name.clone(),
            id: network.id.clone(),
            driver: network.driver.clone(),
            network_interface: network.network_interface.clone(),
            subnets: network.subnets.iter().map(subnet).collect(),
            ipv6_enabled: network.ipv6_enabled,
            internal: network.internal,
            dns_enabled: network.dns_enabled,
            options: network.options.clone(),
            ipam_options: network.ipam_options.clone(),
        }
    }

    /// The ranges from which addresses are given here; none where somebody else gives them, such as a DHCP server.
    fn ranges(&self) -> Result<Vec<Range>, String> {
        let driver = self.ipam_options.get("driver").map_or("", String::as_str);
        if !matches!(driver, "" | "host-local") {
            return Ok(Vec::new());
        }
        let range = |subnet: &Subnet| {
            let lease = |range: &Lease| LeaseRange {
                start_ip: range.start_ip.clone(),
                end_ip: range.end_ip.clone(),
            };
            Range::of(&NetworkSubnet {
                subnet: subnet.cidr.clone(),
                gateway: subnet.gateway.clone(),
                lease_range: subnet.lease_range.as_ref().map(lease),
            })
            .ok_or_else(|| format!("network {}: {} is no subnet", self.name, subnet.cidr))
        };
        self.subnets.iter().map(range).collect()
    }
}

impl Input {
    pub(super) fn new(
        id: &str,
        name: &str,
        networks: &[Attachment<'_>],
        ports: &[Port<'_>],
    ) -> Self {
        let texts = |list: &[std::borrow::Cow<'_, str>]| {
            list.iter().map(|text| text.clone().into_owned()).collect::<Vec<String>>()
        };
        let asked = |it: &Attachment<'_>| Asked {
            interface_name: it.interface_name.clone().into_owned(),
            static_ips: texts(&it.static_ips),
            static_mac: it.static_mac.clone().into_owned(),
            aliases: texts(&it.aliases),
        };
        let port = |port: &Port<'_>| PortMapping {
            host_ip: port.host_ip.clone().into_owned(),
            container_port: port.container_port,
            host_port: port.host_port,
            range: port.range,
            protocol: port.protocol.clone().into_owned(),
        };
        Input {
            container_id: id.to_owned(),
            container_name: name.to_owned(),
            port_mappings: ports.iter().map(port).collect(),
            networks: networks.iter().map(|it| (it.network.name.clone(), asked(it))).collect(),
            network_info: networks
                .iter()
                .map(|it| (it.network.name.clone(), Info::of(it.network)))
                .collect(),
        }
    }

    /// Gives the container its addresses in all networks.
    pub(super) fn lease(&mut self, leases: &mut Leases) -> Result<(), String> {
        for (name, asked) in &mut self.networks {
            let ranges = self.network_info.get(name).map_or(Ok(Vec::new()), Info::ranges)?;
            if !ranges.is_empty() {
                let given = leases.give(name, &ranges, &asked.static_ips, &self.container_id)?;
                asked.static_ips = given.iter().map(ToString::to_string).collect();
            }
        }
        Ok(())
    }
}
