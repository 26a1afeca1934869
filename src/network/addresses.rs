//! Reads IP addresses and subnets as Go's `net` package does, and chooses the host's own address.
//!
//! An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 address, wherever it comes from: that is how
//! Podman prints it and what its "is this IPv4?" answers.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A subnet: an address, and how many of its leading bits name the network.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cidr {
    /// The address as written, host bits and all; IPv4 where a v4-mapped address has a prefix within its IPv4 part.
    pub address: IpAddr,
    /// Network bits: 0 to 32 for IPv4, 0 to 128 for IPv6.
    pub prefix: u8,
}

impl Cidr {
    /// Gives the network's own address: the host bits are zero.
    pub fn network(self) -> IpAddr {
        match self.address {
            IpAddr::V4(address) => {
                IpAddr::V4(Ipv4Addr::from_bits(address.to_bits() & mask_v4(self.prefix)))
            }
            IpAddr::V6(address) => {
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask_v6(self.prefix)))
            }
        }
    }

    /// Says whether `address` lies in this subnet; one of the other family never does.
    pub fn contains(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()) & mask_v4(self.prefix) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()) & mask_v6(self.prefix) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

/// Reads an IP address; `None` where `net.ParseIP` has none: leading zeros in IPv4, a zone, blanks.
///
/// Source: Go 1.19 `net/ip.go`, `ParseIP`.
pub fn parse_ip(text: &str) -> Option<IpAddr> {
    match text.bytes().find(|byte| matches!(byte, b'.' | b':'))? {
        b'.' => text.parse().ok().map(IpAddr::V4),
        _ => parse_v6(text).map(|address| IpAddr::V6(address).to_canonical()),
    }
}

/// Reads `address/prefix`; `None` where `net.ParseCIDR` has none.
///
/// Source: Go 1.19 `net/ip.go`, `ParseCIDR`.
///
/// # Examples
///
/// ```
/// use ocify::parts::network::addresses::parse_cidr;
///
/// let lan = parse_cidr("10.88.3.1/16").unwrap();
/// assert_eq!(lan.network().to_string(), "10.88.0.0");
/// assert!(parse_cidr("10.88.3.1").is_none());
/// ```
pub fn parse_cidr(text: &str) -> Option<Cidr> {
    let (address, prefix) = text.split_once('/')?;
    let prefix = parse_prefix(prefix)?;
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        return (prefix <= 32).then_some(Cidr { address: IpAddr::V4(address), prefix });
    }
    let address = parse_v6(address)?;
    if prefix > 128 {
        return None;
    }
    match (address.to_ipv4_mapped(), prefix.checked_sub(96)) {
        (Some(inner), Some(prefix)) => Some(Cidr { address: IpAddr::V4(inner), prefix }),
        _ => Some(Cidr { address: IpAddr::V6(address), prefix }),
    }
}

/// Spells an address as Podman prints it after it has read it; `None` if it is none.
///
/// Borrows a text that is already spelled so.
pub fn canonical_text(text: &str) -> Option<Cow<'_, str>> {
    let spelled: String = parse_ip(text)?.to_string();
    Some(if spelled == text { Cow::Borrowed(text) } else { Cow::Owned(spelled) })
}

/// Says whether an address is IPv6 and not an IPv4 one in IPv6's clothes.
pub fn is_ipv6(address: IpAddr) -> bool {
    address.to_canonical().is_ipv6()
}

/// Says whether an address can be one host's on some network: not unspecified, loopback, multicast, link-local or broadcast.
///
/// Source: Go 1.19 `net/ip.go`, `IsGlobalUnicast`.
pub fn is_global_unicast(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !(v4.is_broadcast()
                || v4.is_unspecified()
                || v4.is_loopback()
                || v4.is_multicast()
                || v4.is_link_local())
        }
        IpAddr::V6(v6) => {
            !(v6.is_unspecified()
                || v6.is_loopback()
                || v6.is_multicast()
                || v6.is_unicast_link_local())
        }
    }
}

/// Chooses the host's own address from those of its interfaces, in the kernel's order.
///
/// This is what `host.containers.internal` means where no bridge gateway answers for the host.
pub fn local_address(interfaces: impl IntoIterator<Item = IpAddr>) -> Option<IpAddr> {
    // LP-HOSTS-03: the first global IPv4 address, or else the last global IPv6 one.
    let mut last_v6 = None;
    for address in interfaces {
        let address = address.to_canonical();
        if !is_global_unicast(address) {
            continue;
        }
        if address.is_ipv4() {
            return Some(address);
        }
        last_v6 = Some(address);
    }
    last_v6
}

/// Reads IPv6 text. Go 1.19 takes any number of leading zeros in a group where Rust takes four digits at most.
fn parse_v6(text: &str) -> Option<Ipv6Addr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let mut shorter = String::with_capacity(text.len());
    for (index, group) in text.split(':').enumerate() {
        if index > 0 {
            shorter.push(':');
        }
        let hex = !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = group.trim_start_matches('0');
        match (hex, digits.is_empty()) {
            (true, true) => shorter.push('0'),
            (true, false) => shorter.push_str(digits),
            (false, _) => shorter.push_str(group),
        }
    }
    shorter.parse().ok()
}

/// Reads a prefix length: digits alone, leading zeros allowed.
fn parse_prefix(text: &str) -> Option<u8> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn mask_v4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32_u32.saturating_sub(prefix.into())).unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128_u32.saturating_sub(prefix.into())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_is_read_as_go_reads_it() {
        for (text, expected) in [
            ("10.88.0.2", Some("10.88.0.2")),
            ("0.0.0.0", Some("0.0.0.0")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("::FFFF:102:304", Some("1.2.3.4")),
            ("fd00:0:0:0::1", Some("fd00::1")),
            ("2001:0DB8::00001", Some("2001:db8::1")),
            ("0000000::1", Some("::1")),
            ("::", Some("::")),
            ("::1.2.3.4", Some("::102:304")),
            ("10.88.0.02", None),
            ("256.1.1.1", None),
            ("1.2.3", None),
            ("1.2.3.4 ", None),
            ("fe80::1%eth0", None),
            ("12345::1", None),
            ("1:2:3:4::5:6:7:8", None),
            ("::1.2.3.04", None),
            ("1::2::3", None),
            (":", None),
            ("", None),
            ("eth0", None),
        ] {
            assert_eq!(parse_ip(text), expected.map(ip), "{text}");
            assert_eq!(canonical_text(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_subnet_is_read_as_go_reads_it() {
        for (text, network) in [
            ("192.168.5.7/24", Some("192.168.5.0")),
            ("10.0.0.64/026", Some("10.0.0.64")),
            ("1.2.3.4/0", Some("0.0.0.0")),
            ("1.2.3.4/32", Some("1.2.3.4")),
            ("fd00::5/64", Some("fd00::")),
            ("fd00::5/0", Some("::")),
            ("::ffff:10.1.2.3/120", Some("10.1.2.0")),
            ("10.1.0.0", None),
            ("10.1.0.0/", None),
            ("10.1.0.0/33", None),
            ("10.1.0.0/+8", None),
            ("fd00::/129", None),
            ("fd00::/300", None),
            ("x/8", None),
        ] {
            assert_eq!(parse_cidr(text).map(Cidr::network), network.map(ip), "{text}");
        }
    }

    #[test]
    fn a_subnet_contains_its_own_family_only() {
        let v4 = parse_cidr("10.0.0.64/26").unwrap();
        assert!(v4.contains(ip("10.0.0.67")));
        assert!(v4.contains(ip("::ffff:10.0.0.127")));
        assert!(!v4.contains(ip("10.0.0.128")));
        assert!(!v4.contains(ip("::a00:43")));
        let v6 = parse_cidr("fd00::/64").unwrap();
        assert!(v6.contains(ip("fd00::1:2")));
        assert!(!v6.contains(ip("fd00:0:0:1::")));
    }

    #[test]
    fn loopback_and_link_local_addresses_are_not_global() {
        for text in ["10.0.0.1", "8.8.8.8", "fd00::1", "2001:db8::1"] {
            assert!(is_global_unicast(ip(text)), "{text}");
        }
        for text in [
            "127.0.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "169.254.1.1",
            "::1",
            "::",
            "ff02::1",
            "fe80::1",
            "::ffff:127.0.0.1",
        ] {
            assert!(!is_global_unicast(ip(text)), "{text}");
        }
    }

    #[test]
    fn only_what_no_ipv4_address_can_be_is_ipv6() {
        assert!(is_ipv6(ip("fd00::1")));
        assert!(!is_ipv6(ip("::ffff:10.0.0.1")));
        assert!(!is_ipv6(ip("10.0.0.1")));
    }

    #[test]
    fn the_first_global_ipv4_address_is_the_hosts_or_else_the_last_ipv6_one() {
        let choose =
            |list: &[&str]| local_address(list.iter().map(|text| ip(text)).collect::<Vec<_>>());
        assert_eq!(
            choose(&["127.0.0.1", "::1", "fd00::1", "192.168.1.5", "10.0.0.1"]),
            Some(ip("192.168.1.5"))
        );
        assert_eq!(choose(&["127.0.0.1", "fd00::1", "fe80::1", "fd00::2"]), Some(ip("fd00::2")));
        assert_eq!(choose(&["127.0.0.1", "::1", "fe80::1"]), None);
        assert_eq!(choose(&[]), None);
    }
}
