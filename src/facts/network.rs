//! Networks: what the engine knows of one, and what it gave a container.

use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};

record! {
    /// A network, as its file has it.
    #[derive(Eq)]
    pub struct NetworkFacts {
        /// Its id; empty when there is no such network.
        "id" id: String,
        /// Its name.
        "name" name: String,
        /// Its driver.
        "driver" driver: String,
        /// Interface of the host: the bridge, or what a macvlan lies on.
        "network_interface" network_interface: String,
        /// Its subnets.
        "subnets" subnets: Vec<NetworkSubnet>,
        /// Whether it has IPv6 addresses.
        "ipv6_enabled" ipv6_enabled: bool,
        /// Whether it leads nowhere outside.
        "internal" internal: bool,
        /// Whether it has a DNS server of its own.
        "dns_enabled" dns_enabled: bool,
        /// Options of its driver.
        "options" options: BTreeMap<String, String>,
        /// Options of address assignment.
        "ipam_options" ipam_options: BTreeMap<String, String>,
    }

    /// The addresses of a subnet that are given to containers, both ends included; an empty end is that of the subnet.
    #[derive(Eq)]
    pub struct LeaseRange {
        /// The first.
        "start_ip" start_ip: String,
        /// The last.
        "end_ip" end_ip: String,
    }

    /// What the networks gave a container, by network name.
    #[derive(Eq)]
    pub struct NetworkStatus {
        /// Interfaces by name, of all networks; in order of network name.
        "networks" networks: BTreeMap<String, NetworkOutcome>,
    }

    /// What one network gave.
    #[derive(Eq)]
    pub struct NetworkOutcome {
        /// Interfaces by name.
        "interfaces" interfaces: BTreeMap<String, Interface>,
        /// DNS servers.
        "dns_server_ips" dns_server_ips: Vec<String>,
        /// DNS search domains.
        "dns_search_domains" dns_search_domains: Vec<String>,
    }

    /// An interface.
    #[derive(Eq)]
    pub struct Interface {
        /// Its addresses.
        "subnets" subnets: Vec<InterfaceAddress>,
        /// Its hardware address.
        "mac_address" mac_address: String,
    }

    /// An address of an interface.
    #[derive(Eq)]
    pub struct InterfaceAddress {
        /// Address and prefix, `10.88.0.2/16`.
        "ipnet" ipnet: String,
        /// Gateway; empty for none.
        "gateway" gateway: String,
    }
}

/// A subnet of a network. A text is one without gateway.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct NetworkSubnet {
    /// In CIDR form, `10.88.0.0/16`.
    pub subnet: String,
    /// Address of the gateway; empty for none.
    pub gateway: String,
    /// The addresses that are given to containers; all for want of it.
    pub lease_range: Option<LeaseRange>,
}

impl NetworkSubnet {
    /// One of which only the subnet is known.
    pub fn of(subnet: &str) -> Self {
        NetworkSubnet { subnet: subnet.into(), ..NetworkSubnet::default() }
    }
}

impl Shape for NetworkSubnet {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        let Node::Map(entries) = node else {
            return <String as Shape>::read(node, reader).map(|text| NetworkSubnet::of(&text));
        };
        let mut subnet = NetworkSubnet::default();
        for (key, value) in entries {
            match &**key {
                "subnet" => subnet.subnet = reader.field("subnet", |r| Shape::read(value, r))?,
                "gateway" => subnet.gateway = reader.field("gateway", |r| Shape::read(value, r))?,
                "lease_range" => {
                    subnet.lease_range = reader.field("lease_range", |r| Shape::read(value, r))?;
                }
                other => {
                    reader.unknown(other, value, &["subnet", "gateway", "lease_range"], &[]);
                }
            }
        }
        Some(subnet)
    }
}

impl serde::Serialize for NetworkSubnet {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("subnet", &self.subnet)?;
        if !self.gateway.is_empty() {
            map.serialize_entry("gateway", &self.gateway)?;
        }
        if let Some(range) = &self.lease_range {
            map.serialize_entry("lease_range", range)?;
        }
        map.end()
    }
}

impl schemars::JsonSchema for NetworkSubnet {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("NetworkSubnet")
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let range = generator.subschema_for::<LeaseRange>();
        schemars::json_schema!({
            "description": "A subnet of a network: in CIDR form, or with its gateway and the addresses that are given to containers",
            "type": ["string", "object"],
            "properties": { "subnet": { "type": "string" }, "gateway": { "type": "string" }, "lease_range": range },
            "required": ["subnet"],
            "additionalProperties": false,
        })
    }
}
