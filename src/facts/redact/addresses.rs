//! Replaces addresses by others of ranges that are kept for documents and tests; neighbours stay neighbours.

use alloc::{collections::BTreeMap, collections::BTreeSet, format, string::String};
use core::net::{Ipv4Addr, Ipv6Addr};

/// What takes the place of an address.
#[derive(Debug, Default)]
pub(super) struct Addresses {
    /// The first 16 bits of IPv4 addresses.
    v4: BTreeMap<u32, u32>,
    /// The first 64 bits of IPv6 addresses.
    v6: BTreeMap<u64, u64>,
    /// The last 64 bits of them.
    interfaces: BTreeMap<u64, u64>,
    hardware: BTreeMap<String, usize>,
    /// What the config says: networks and hardware addresses.
    told_v4: BTreeSet<u32>,
    told_v6: BTreeSet<u64>,
    told: BTreeSet<String>,
}

impl Addresses {
    /// Keeps an address of the config, and with it its network.
    pub(super) fn keep(&mut self, text: &str) {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            self.told_v4.insert(address.to_bits() >> 16_u8);
        } else if let Ok(address) = text.parse::<Ipv6Addr>() {
            self.told_v6.insert(high(address));
        } else if let Some(mac) = hardware(text) {
            self.told.insert(mac);
        }
    }

    /// Public addresses go to 198.18.0.0/15, which is for benchmarks, and then to 240.0.0.0/4, which is for nothing; the last 16 bits stay.
    pub(super) fn v4(&mut self, address: Ipv4Addr) -> Ipv4Addr {
        let bits = address.to_bits();
        let network = bits >> 16_u8;
        if is_special(address) || self.told_v4.contains(&network) {
            return address;
        }
        let next = u32::try_from(self.v4.len()).unwrap_or(u32::MAX);
        let network = *self.v4.entry(network).or_insert(match next {
            0 => 0xc612, // 198.18
            1 => 0xc613, // 198.19
            more => 0xf000_u32.saturating_add(more.min(0x0fff)),
        });
        Ipv4Addr::from_bits((network << 16_u8) | (bits & 0xffff))
    }

    /// Public networks go to `2001:db8::/32`, which is for documents, unique-local ones to `fd00::/16`; addresses of few bits stay in them.
    pub(super) fn v6(&mut self, address: Ipv6Addr) -> Ipv6Addr {
        let (network, interface) = (high(address), low(address));
        let first = network >> 48_u8;
        let public = first & 0xe000 == 0x2000 && network >> 32_u8 != 0x2001_0db8;
        let local = first & 0xfe00 == 0xfc00 && first != 0xfd00;
        let link = network == 0xfe80_0000_0000_0000;
        if self.told_v6.contains(&network) || !(public || local || link) {
            return address;
        }
        let next = u64::try_from(self.v6.len()).unwrap_or(u64::MAX).saturating_add(1);
        let network = if link {
            network
        } else {
            let range = if public { 0x2001_0db8_0000_0000 } else { 0xfd00_0000_0000_0000 };
            *self.v6.entry(network).or_insert(range | (next & 0xffff_ffff))
        };
        let interface = if interface <= 0x000f_ffff {
            interface
        } else {
            let next = u64::try_from(self.interfaces.len()).unwrap_or(u64::MAX);
            *self
                .interfaces
                .entry(interface)
                .or_insert(0x000e_0001_u64.saturating_add(next & 0xffff))
        };
        Ipv6Addr::from_bits((u128::from(network) << 64_u8) | u128::from(interface))
    }

    /// A hardware address, written as the old one is.
    pub(super) fn of_hardware(&mut self, mac: String, written: &str) -> String {
        let zero = mac.bytes().all(|b| b == b'0') || mac.bytes().all(|b| b == b'f');
        if zero || self.told.contains(&mac) || mac.starts_with("0200000000") {
            return written.into();
        }
        let next = self.hardware.len().saturating_add(1);
        let number = *self.hardware.entry(mac).or_insert(next);
        let (high, low) = ((number >> 8_u8) & 0xff, number & 0xff);
        match written.chars().find(|c| matches!(c, ':' | '-')) {
            Some(border) => {
                format!("02{border}00{border}00{border}00{border}{high:02x}{border}{low:02x}")
            }
            None => format!("02000000{high:02x}{low:02x}"),
        }
    }
}

/// The digits of a hardware address of 6 bytes.
pub(super) fn hardware(text: &str) -> Option<String> {
    let border = text.chars().find(|c| matches!(c, ':' | '-'))?;
    let pair = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit());
    (text.split(border).count() == 6 && text.split(border).all(pair))
        .then(|| text.split(border).collect::<String>().to_lowercase())
}

/// Addresses that many hosts have, or none: private ones, and those for documents.
fn is_special(address: Ipv4Addr) -> bool {
    let [a, b, _, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a >= 224
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
}

fn high(address: Ipv6Addr) -> u64 {
    u64::try_from(address.to_bits() >> 64_u8).unwrap_or_default()
}

fn low(address: Ipv6Addr) -> u64 {
    u64::try_from(address.to_bits() & u128::from(u64::MAX)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_stay_neighbours() {
        let mut addresses = Addresses::default();
        addresses.keep("52.1.2.3");
        for (is, becomes) in [
            ("10.88.0.1", "10.88.0.1"),
            ("127.0.0.53", "127.0.0.53"),
            ("8.8.8.8", "198.18.8.8"),
            ("8.8.4.4", "198.18.4.4"),
            ("93.184.216.34", "198.19.216.34"),
            ("1.1.1.1", "240.2.1.1"),
            ("52.1.9.9", "52.1.9.9"),
        ] {
            assert_eq!(addresses.v4(is.parse().unwrap()), becomes.parse::<Ipv4Addr>().unwrap());
        }
        for (is, becomes) in [
            ("::1", "::1"),
            ("2a00:1450:4001:82b::200e", "2001:db8:0:1::200e"),
            ("2a00:1450:4001:82b:a8bb:ccff:fedd:eeff", "2001:db8:0:1::e:1"),
            ("fd12:3456::1", "fd00:0:0:2::1"),
            ("fe80::a8bb:ccff:fedd:eeff", "fe80::e:1"),
            ("2001:db8::5", "2001:db8::5"),
        ] {
            assert_eq!(addresses.v6(is.parse().unwrap()), becomes.parse::<Ipv6Addr>().unwrap());
        }
        assert_eq!(
            addresses.of_hardware(hardware("AA-bb-cc-dd-ee-ff").unwrap(), "AA-bb-cc-dd-ee-ff"),
            "02-00-00-00-00-01"
        );
        assert_eq!(addresses.of_hardware("aabbccddeeff".into(), "aabbccddeeff"), "020000000001");
        assert_eq!(hardware("aa:bb:cc:dd:ee"), None);
    }
}
