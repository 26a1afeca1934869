//! Chooses how a container is attached to its networks again, so that it keeps what it has (LP-NET-14).

use crate::facts::{NetworkOutcome, NetworkStatus};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// What one network is asked for when it is set up again.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// Name of the interface.
    pub interface_name: String,
    /// Its hardware address.
    pub static_mac: String,
    /// Its addresses, after those that were asked for already: one that was fixed stands twice, which is harmless.
    pub static_ips: Vec<String>,
}

/// What each network has given, in the form in which it is asked for again. Of a network with several interfaces, the first by name.
pub fn kept(status: &NetworkStatus) -> BTreeMap<&str, Kept> {
    let one = |outcome: &NetworkOutcome| {
        let (name, interface) = outcome.interfaces.first_key_value()?;
        let address = |ipnet: &String| {
            ipnet.split_once('/').map_or_else(|| ipnet.clone(), |(ip, _)| ip.into())
        };
        Some(Kept {
            interface_name: name.clone(),
            static_mac: interface.mac_address.clone(),
            static_ips: interface.subnets.iter().map(|subnet| address(&subnet.ipnet)).collect(),
        })
    };
    status
        .networks
        .iter()
        .filter_map(|(name, outcome)| Some((name.as_str(), one(outcome)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Interface, InterfaceAddress};

    #[test]
    fn name_addresses_and_hardware_address_are_kept() {
        // LP-NET-14
        let address =
            |ipnet: &str| InterfaceAddress { ipnet: ipnet.into(), gateway: String::new() };
        let interface = Interface {
            subnets: Vec::from([address("10.1.0.5/24"), address("fd00::5/64")]),
            mac_address: "aa:bb:cc:dd:ee:ff".into(),
        };
        let outcome = NetworkOutcome {
            interfaces: [("eth3".into(), interface)].into(),
            ..NetworkOutcome::default()
        };
        let none = NetworkOutcome::default();
        let status =
            NetworkStatus { networks: [("n".into(), outcome), ("empty".into(), none)].into() };
        let wanted = Kept {
            interface_name: "eth3".into(),
            static_mac: "aa:bb:cc:dd:ee:ff".into(),
            static_ips: ["10.1.0.5", "fd00::5"].map(String::from).into(),
        };
        assert_eq!(kept(&status), [("n", wanted)].into());
    }
}
