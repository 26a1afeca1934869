//! Chooses the address that a network gives to a container, as Podman does for netavark.
//!
//! Addresses are given one after the other, and those given back only when the end of the subnet was reached: an address that somebody may
//! still have in a cache is used as late as possible.

use super::addresses::{Cidr, parse_cidr, parse_ip};
use crate::facts::NetworkSubnet;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The addresses of a subnet that may be given.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Range {
    /// The subnet itself.
    pub subnet: Cidr,
    /// The first.
    pub first: IpAddr,
    /// The last.
    pub last: IpAddr,
    /// One between that is never given.
    pub gateway: Option<IpAddr>,
}

impl Range {
    /// The range of a subnet: what its file says, or all but its own address and, in IPv4, that of the broadcast. `None` for one that
    /// cannot be read.
    pub fn of(subnet: &NetworkSubnet) -> Option<Range> {
        let cidr = parse_cidr(&subnet.subnet)?;
        let told = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(parse_ip);
        let leases = subnet.lease_range.as_ref();
        let first = match told(leases.map(|range| &*range.start_ip)) {
            Some(told) => told?,
            None => next(cidr.network())?,
        };
        let last = match told(leases.map(|range| &*range.end_ip)) {
            Some(told) => told?,
            None => end(cidr)?,
        };
        Some(Range { subnet: cidr, first, last, gateway: parse_ip(&subnet.gateway) })
    }

    /// The next free address after the one that was given last; `None` when all are taken.
    pub fn free(
        &self,
        given_last: Option<IpAddr>,
        is_taken: impl Fn(IpAddr) -> bool,
    ) -> Option<IpAddr> {
        let inside = |address: &IpAddr| (self.first..=self.last).contains(address);
        let begin = given_last.and_then(next).filter(inside).unwrap_or(self.first);
        let may = |address: &IpAddr| Some(*address) != self.gateway && !is_taken(*address);
        let from = |first: IpAddr| core::iter::successors(Some(first), |address| next(*address));
        let rest = from(begin).take_while(|address| *address <= self.last);
        let again = from(self.first).take_while(|address| *address < begin);
        rest.chain(again).find(may)
    }
}

fn next(address: IpAddr) -> Option<IpAddr> {
    Some(match address {
        IpAddr::V4(four) => IpAddr::V4(Ipv4Addr::from_bits(four.to_bits().checked_add(1)?)),
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits().checked_add(1)?)),
    })
}

/// The last address of a subnet that may be given.
fn end(subnet: Cidr) -> Option<IpAddr> {
    let host = |bits: u32| bits.saturating_sub(u32::from(subnet.prefix));
    Some(match subnet.network() {
        IpAddr::V4(four) => {
            let all = u32::MAX.checked_shr(32_u32.saturating_sub(host(32))).unwrap_or(0);
            IpAddr::V4(Ipv4Addr::from_bits((four.to_bits() | all).checked_sub(1)?))
        }
        IpAddr::V6(six) => {
            let all = u128::MAX.checked_shr(128_u32.saturating_sub(host(128))).unwrap_or(0);
            IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() | all))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LeaseRange;
    use std::collections::BTreeSet;

    fn range(subnet: &str, gateway: &str, leases: Option<(&str, &str)>) -> Range {
        let lease_range = leases.map(|(a, b)| LeaseRange { start_ip: a.into(), end_ip: b.into() });
        Range::of(&NetworkSubnet { subnet: subnet.into(), gateway: gateway.into(), lease_range })
            .unwrap()
    }

    fn free(range: Range, last: &str, taken: &[&str]) -> Option<std::string::String> {
        let taken: BTreeSet<IpAddr> = taken.iter().map(|ip| ip.parse().unwrap()).collect();
        let given = range.free(last.parse().ok(), |address| taken.contains(&address));
        given.map(|ip| std::string::ToString::to_string(&ip))
    }

    #[test]
    fn addresses_are_given_in_turn() {
        let small = range("10.0.0.0/29", "10.0.0.1", None);
        let leased = range("10.0.0.0/24", "10.0.0.1", Some(("10.0.0.10", "10.0.0.12")));
        let six = range("fd00::/126", "fd00::1", None);
        let whole = range("0.0.0.0/0", "", None);
        for (range, last, taken, given) in [
            // The gateway is passed over, and so is what is taken.
            (small, "", &[][..], Some("10.0.0.2")),
            (small, "10.0.0.2", &[], Some("10.0.0.3")),
            (small, "10.0.0.2", &["10.0.0.3"], Some("10.0.0.4")),
            // The last but one is the last of IPv4; then it begins anew.
            (small, "10.0.0.5", &[], Some("10.0.0.6")),
            (small, "10.0.0.6", &["10.0.0.2"], Some("10.0.0.3")),
            (small, "10.0.0.3", &["10.0.0.4", "10.0.0.5", "10.0.0.6"], Some("10.0.0.2")),
            (
                small,
                "10.0.0.3",
                &["10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6"],
                None,
            ),
            (leased, "", &[], Some("10.0.0.10")),
            (leased, "10.0.0.12", &[], Some("10.0.0.10")),
            // One that was given before the range was made smaller.
            (leased, "10.0.0.200", &["10.0.0.10"], Some("10.0.0.11")),
            (six, "fd00::2", &[], Some("fd00::3")),
            (six, "fd00::3", &[], Some("fd00::2")),
            (whole, "255.255.255.254", &[], Some("0.0.0.1")),
        ] {
            assert_eq!(free(range, last, taken).as_deref(), given, "{range:?} {last} {taken:?}");
        }
    }

    #[test]
    fn a_subnet_without_room_gives_nothing() {
        for (subnet, gateway) in
            [("10.0.0.0/31", ""), ("10.0.0.4/32", ""), ("fd00::/127", "fd00::1")]
        {
            let of =
                Range::of(&NetworkSubnet { gateway: gateway.into(), ..NetworkSubnet::of(subnet) });
            assert_eq!(of.and_then(|range| range.free(None, |_| false)), None, "{subnet}");
        }
        assert_eq!(Range::of(&NetworkSubnet::of("nonsense")), None);
    }
}
