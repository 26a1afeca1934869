//! Turns the ports that a request publishes into mappings, neighbours joined into ranges.

use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::addresses::parse_ip;
use super::expose::{Exposed, Protocol, UnknownProtocol, protocols};
use crate::files::containerenv::Quoted;

/// How many random ports are tried for one mapping.
const TRIES: usize = 15;

/// A published port or range of ports.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct PortMapping<'a> {
    /// The host's address to listen on; empty for all.
    pub host_ip: Cow<'a, str>,
    /// First port inside the container.
    pub container_port: u16,
    /// First port on the host; 0 in a request for one that is free.
    pub host_port: u16,
    /// How many ports; 0 in a request for one.
    pub range: u16,
    /// In a request, protocols separated by commas, empty for TCP; in a result, exactly one.
    pub protocol: Cow<'a, str>,
}

/// Why ports are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PortError {
    /// A protocol is none of those known.
    #[error(transparent)]
    Protocol(#[from] UnknownProtocol),
    /// A host address is none.
    #[error("invalid IP address {} in port mapping", Quoted(.ip))]
    InvalidIp {
        /// The address.
        ip: String,
    },
    /// A mapping has no container port.
    #[error("container port number must be non-0")]
    NoContainerPort,
    /// A range goes on beyond the container's port 65535.
    #[error("container port range exceeds maximum allowable port number")]
    ContainerRange,
    /// A range goes on beyond the host's port 65535.
    #[error("host port range exceeds maximum allowable port number")]
    HostRange,
    /// One port of the host is to lead to two places.
    #[error("conflicting port mappings for host port {host_port} (protocol {protocol})")]
    Conflict {
        /// First port of the later mapping.
        host_port: u16,
        /// Its protocol.
        protocol: &'static str,
    },
    /// None of the random ports tried is free for a mapping.
    #[error(
        "failed to find an open port to expose container port {container_port} {}on the host",
        with_range(*range)
    )]
    NoFreePort {
        /// First port inside the container.
        container_port: u16,
        /// How many.
        range: u16,
    },
    /// A mapping needs a random port, and the facts hold no more: `random_ports`.
    #[error(
        "container port {container_port} needs a free host port, and `random_ports` holds no more"
    )]
    NoRandomPort {
        /// First port inside the container.
        container_port: u16,
    },
}

/// Gives the mappings that are set up: those requested, and, given `publish`, one for each exposed port that is not among them;
/// what is published so is exposed no more.
///
/// `random` are free ports of the host, each used once.
///
/// # Errors
///
/// [`PortError`] for the first mapping that cannot be meant: its protocol, address or range is none, or its port is taken.
///
/// Source: Podman `pkg/specgen/generate/ports.go`, `ParsePortMapping`.
pub fn mappings<'a>(
    requested: &'a [PortMapping<'_>],
    publish: Option<&mut Exposed>,
    random: impl IntoIterator<Item = u16>,
) -> Result<Vec<PortMapping<'a>>, PortError> {
    let mut random = random.into_iter();
    let mut wanted = Vec::with_capacity(requested.len());
    for mapping in requested {
        check(mapping, &mut wanted)?;
    }
    // SG-PORT-03: those without a host port last. Podman's order of addresses and protocols is random.
    wanted
        .sort_unstable_by_key(|it| (it.host_ip, it.protocol, it.host == 0, it.host, it.container));
    let mut made = Vec::with_capacity(wanted.len());
    for group in wanted.chunk_by(|a, b| (a.host_ip, a.protocol) == (b.host_ip, b.protocol)) {
        join_group(group, &mut random, &mut made)?;
    }
    if let Some(exposed) = publish {
        publish_exposed(exposed, &mut random, &mut made)?;
    }
    // SG-PORT-06
    let stored = |it: Mapping<'a>| PortMapping {
        host_ip: Cow::Borrowed(it.host_ip),
        container_port: it.container,
        host_port: it.host,
        range: it.range,
        protocol: Cow::Borrowed(it.protocol.name()),
    };
    Ok(made.into_iter().map(stored).collect())
}

/// A mapping for one protocol.
#[derive(Clone, Copy, Debug)]
struct Mapping<'a> {
    host_ip: &'a str,
    protocol: Protocol,
    host: u16,
    container: u16,
    range: u16,
}

/// Checks a requested mapping, and adds it for each of its protocols.
fn check<'a>(mapping: &'a PortMapping<'_>, wanted: &mut Vec<Mapping<'a>>) -> Result<(), PortError> {
    // SG-PORT-02, in Podman's order.
    let protocols = protocols(&mapping.protocol)?;
    let host_ip = mapping.host_ip.as_ref();
    if !host_ip.is_empty() && parse_ip(host_ip).is_none() {
        return Err(PortError::InvalidIp { ip: host_ip.to_string() });
    }
    let (host, container) = (mapping.host_port, mapping.container_port);
    if container == 0 {
        return Err(PortError::NoContainerPort);
    }
    let range = mapping.range.max(1);
    let beyond = range.saturating_sub(1);
    container.checked_add(beyond).ok_or(PortError::ContainerRange)?;
    host.checked_add(beyond).ok_or(PortError::HostRange)?;
    wanted.extend(protocols.iter().map(|protocol| Mapping {
        host_ip,
        protocol,
        host,
        container,
        range,
    }));
    Ok(())
}

/// Joins the sorted mappings of one address and protocol, and finds host ports for those that have none.
fn join_group<'a>(
    group: &[Mapping<'a>],
    random: &mut impl Iterator<Item = u16>,
    made: &mut Vec<Mapping<'a>>,
) -> Result<(), PortError> {
    let (fixed, open) =
        group.split_at_checked(group.partition_point(|it| it.host != 0)).unwrap_or((group, &[]));
    let already = made.len();
    join(fixed, joined_host_range, |mapping| {
        made.push(mapping);
        Ok(())
    })?;
    if open.is_empty() {
        return Ok(());
    }
    // SG-PORT-05
    let own = made.get(already..).unwrap_or_default();
    let mut used = Used::of(own.iter().map(|it| (it.host, it.range)));
    join(open, joined_container_range, |mapping| {
        let host = random_port(&used, random, &mapping)?;
        used.insert(host, mapping.range);
        made.push(Mapping { host, ..mapping });
        Ok(())
    })
}

/// Hands on sorted mappings, those joined for which `joined` gives a range.
fn join<'a>(
    mappings: &[Mapping<'a>],
    joined: impl Fn(&Mapping<'_>, &Mapping<'_>) -> Result<Option<u16>, PortError>,
    mut hand_on: impl FnMut(Mapping<'a>) -> Result<(), PortError>,
) -> Result<(), PortError> {
    let mut mappings = mappings.iter();
    let Some(mut previous) = mappings.next().copied() else { return Ok(()) };
    for next in mappings {
        match joined(&previous, next)? {
            Some(range) => previous.range = previous.range.max(range),
            None => {
                hand_on(previous)?;
                previous = *next;
            }
        }
    }
    hand_on(previous)
}

/// Says up to where two mappings with host ports are one.
fn joined_host_range(previous: &Mapping<'_>, next: &Mapping<'_>) -> Result<Option<u16>, PortError> {
    // SG-PORT-04. Podman counts in 16 bits: behind a range that ends at 65535 it joins nothing and finds no conflict.
    let end = previous.host.wrapping_add(previous.range);
    if end < next.host {
        return Ok(None);
    }
    let distance = next.host.wrapping_sub(previous.host);
    if distance == next.container.wrapping_sub(previous.container) {
        return Ok(Some(next.range.wrapping_add(distance)));
    }
    // the last port of the range is not looked at.
    if end.wrapping_sub(1) > next.host {
        return Err(PortError::Conflict { host_port: next.host, protocol: next.protocol.name() });
    }
    Ok(None)
}

/// Says up to where two mappings without host ports are one: only where they overlap.
#[expect(clippy::unnecessary_wraps, reason = "the shape of `joined_host_range`")]
fn joined_container_range(
    previous: &Mapping<'_>,
    next: &Mapping<'_>,
) -> Result<Option<u16>, PortError> {
    // SG-PORT-05
    let distance = next.container.wrapping_sub(previous.container);
    let overlap = previous.container.wrapping_add(previous.range) > next.container;
    Ok(overlap.then(|| distance.wrapping_add(next.range)))
}

/// Publishes what is exposed and not mapped yet.
fn publish_exposed(
    exposed: &mut Exposed,
    random: &mut impl Iterator<Item = u16>,
    made: &mut Vec<Mapping<'_>>,
) -> Result<(), PortError> {
    // SG-PORT-08
    let used = Protocol::ALL.map(|protocol| {
        let own = made.iter().filter(|it| it.protocol == protocol);
        (protocol, Used::of(own.map(|it| (it.container, it.range))))
    });
    for (port, protocols) in exposed.iter_mut() {
        for (protocol, used) in &used {
            if !protocols.contains(*protocol) || used.overlaps(*port, 1) {
                continue;
            }
            let mapping =
                Mapping { host_ip: "", protocol: *protocol, host: 0, container: *port, range: 1 };
            // Podman keeps the random port off the *container* ports in use.
            let host = random_port(used, random, &mapping)?;
            made.push(Mapping { host, ..mapping });
            protocols.remove(*protocol);
        }
    }
    exposed.retain(|_, protocols| !protocols.is_empty());
    Ok(())
}

/// Takes random ports until one is free for a mapping.
fn random_port(
    used: &Used,
    random: &mut impl Iterator<Item = u16>,
    mapping: &Mapping<'_>,
) -> Result<u16, PortError> {
    let (container_port, range) = (mapping.container, mapping.range);
    for _ in 0..TRIES {
        let port = random.next().ok_or(PortError::NoRandomPort { container_port })?;
        // SG-PORT-05: the port after the range must be one too.
        if port != 0 && port.checked_add(range).is_some() && !used.overlaps(port, range) {
            return Ok(port);
        }
    }
    Err(PortError::NoFreePort { container_port, range })
}

/// Ranges of ports, first to last, that do not overlap.
#[derive(Debug)]
struct Used(BTreeMap<u16, u16>);

impl Used {
    /// Merges ranges, each given as first port and count.
    fn of(ranges: impl Iterator<Item = (u16, u16)>) -> Self {
        let mut ranges: Vec<_> = ranges.collect();
        ranges.sort_unstable();
        let mut merged: Vec<(u16, u16)> = Vec::with_capacity(ranges.len());
        for (first, count) in ranges {
            let end = last(first, count);
            match merged.last_mut() {
                Some((_, before)) if *before >= first => *before = end.max(*before),
                _ => merged.push((first, end)),
            }
        }
        Self(merged.into_iter().collect())
    }

    fn insert(&mut self, first: u16, count: u16) {
        self.0.insert(first, last(first, count));
    }

    fn overlaps(&self, first: u16, count: u16) -> bool {
        // No range overlaps another, so the one that begins last also ends last.
        self.0.range(..=last(first, count)).next_back().is_some_and(|(_, end)| *end >= first)
    }
}

fn last(first: u16, count: u16) -> u16 {
    first.saturating_add(count.saturating_sub(1))
}

fn with_range(range: u16) -> String {
    if range > 1 { ["with range ", &range.to_string(), " "].concat() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::expose::exposed;
    use core::iter;

    /// Host port, container port, range.
    type Short = (u16, u16, u16);

    fn request(
        host_ip: &str,
        protocol: &str,
        (host_port, container_port, range): Short,
    ) -> PortMapping<'static> {
        PortMapping {
            host_ip: Cow::Owned(host_ip.into()),
            container_port,
            host_port,
            range,
            protocol: Cow::Owned(protocol.into()),
        }
    }

    fn tcp(ports: &[Short], random: &[u16]) -> Result<Vec<Short>, PortError> {
        let requested: Vec<_> = ports.iter().map(|short| request("", "", *short)).collect();
        let made = mappings(&requested, None, random.iter().copied())?;
        assert!(made.iter().all(|it| it.protocol == "tcp" && it.host_ip.is_empty()));
        Ok(made.iter().map(|it| (it.host_port, it.container_port, it.range)).collect())
    }

    fn conflict(host_port: u16) -> Result<Vec<Short>, PortError> {
        Err(PortError::Conflict { host_port, protocol: "tcp" })
    }

    #[test]
    fn neighbours_become_a_range() {
        for (ports, expected) in [
            (&[][..], Ok(&[][..])),
            (&[(8080, 80, 0)], Ok(&[(8080, 80, 1)])),
            // E-77
            (&[(8080, 80, 1), (8081, 81, 1)], Ok(&[(8080, 80, 2)])),
            (&[(8080, 80, 3), (8081, 85, 1)], conflict(8081).map(|_| &[][..])),
            (&[(8081, 81, 1), (8080, 80, 1)], Ok(&[(8080, 80, 2)])),
            // A gap, and neighbours that lead elsewhere.
            (&[(8080, 80, 1), (8082, 82, 1)], Ok(&[(8080, 80, 1), (8082, 82, 1)])),
            (&[(8080, 80, 1), (8081, 90, 1)], Ok(&[(8080, 80, 1), (8081, 90, 1)])),
            // Overlapping, contained and equal ones.
            (&[(8080, 80, 3), (8082, 82, 5)], Ok(&[(8080, 80, 7)])),
            (&[(8080, 80, 9), (8082, 82, 2)], Ok(&[(8080, 80, 9)])),
            (&[(8080, 80, 1), (8080, 80, 1)], Ok(&[(8080, 80, 1)])),
            // an overlap in the last port goes unseen.
            (&[(8080, 80, 3), (8082, 90, 1)], Ok(&[(8080, 80, 3), (8082, 90, 1)])),
            (&[(8080, 80, 1), (8080, 90, 1)], Ok(&[(8080, 80, 1), (8080, 90, 1)])),
            (&[(8080, 80, 2), (8080, 90, 1)], conflict(8080).map(|_| &[][..])),
            // 16 bits: what ends at 65535 has no neighbours.
            (&[(65535, 80, 1), (65535, 80, 1)], Ok(&[(65535, 80, 1), (65535, 80, 1)])),
            (&[(65000, 80, 536), (65100, 999, 1)], Ok(&[(65000, 80, 536), (65100, 999, 1)])),
        ] {
            assert_eq!(tcp(ports, &[]), expected.map(<[Short]>::to_vec), "{ports:?}");
        }
    }

    #[test]
    fn each_address_and_protocol_is_for_itself() {
        let requested = [
            request("127.0.0.1", "udp,TCP,udp", (8080, 80, 1)),
            request("127.0.0.1", "", (8081, 81, 1)),
            request("", "sctp", (8080, 80, 1)),
            request("::1", "tcp", (8080, 80, 1)),
        ];
        let made = mappings(&requested, None, []).unwrap();
        let shown: Vec<_> = made
            .iter()
            .map(|it| (&*it.host_ip, &*it.protocol, it.host_port, it.container_port, it.range))
            .collect();
        assert_eq!(
            shown,
            [
                ("", "sctp", 8080, 80, 1),
                ("127.0.0.1", "tcp", 8080, 80, 2),
                ("127.0.0.1", "udp", 8080, 80, 1),
                ("::1", "tcp", 8080, 80, 1),
            ]
        );
    }

    #[test]
    fn a_mapping_that_makes_no_sense_is_refused() {
        for (mapping, expected) in [
            (request("", "icmp", (1, 1, 1)), "unrecognized protocol \"icmp\" in port mapping"),
            (request("", "tcp,X ", (1, 1, 1)), "unrecognized protocol \"x \" in port mapping"),
            (request("1.2.3", "", (1, 1, 1)), "invalid IP address \"1.2.3\" in port mapping"),
            (request("localhost", "x", (1, 0, 1)), "unrecognized protocol \"x\" in port mapping"),
            (request("", "", (1, 0, 1)), "container port number must be non-0"),
            (
                request("", "", (1, 65535, 2)),
                "container port range exceeds maximum allowable port number",
            ),
            (
                request("", "", (65535, 1, 2)),
                "host port range exceeds maximum allowable port number",
            ),
        ] {
            assert_eq!(mappings(&[mapping], None, []).unwrap_err().to_string(), expected);
        }
        assert_eq!(tcp(&[(65535, 65535, 1)], &[]), Ok([(65535, 65535, 1)].to_vec()));
        assert_eq!(
            tcp(&[(8080, 80, 3), (8081, 85, 1)], &[]).unwrap_err().to_string(),
            "conflicting port mappings for host port 8081 (protocol tcp)"
        );
    }

    #[test]
    fn a_random_port_is_the_first_one_free() {
        let none_free =
            |container_port, range| Err(PortError::NoFreePort { container_port, range });
        for (ports, random, expected) in [
            (&[(0, 80, 1)][..], &[40000][..], Ok(&[(40000, 80, 1)][..])),
            (&[(0, 80, 1), (0, 81, 1)], &[40000, 41000], Ok(&[(40000, 80, 1), (41000, 81, 1)])),
            // Only what overlaps is merged.
            (
                &[(0, 80, 3), (0, 82, 2), (0, 84, 1)],
                &[40000, 41000],
                Ok(&[(40000, 80, 4), (41000, 84, 1)]),
            ),
            (&[(0, 80, 5), (0, 81, 1)], &[40000], Ok(&[(40000, 80, 5)])),
            // Ports in use are passed over, those just given too.
            (
                &[(8080, 80, 2), (0, 90, 1)],
                &[8081, 8080, 8082],
                Ok(&[(8080, 80, 2), (8082, 90, 1)]),
            ),
            (
                &[(8080, 80, 1), (0, 90, 3)],
                &[8078, 8079, 8080, 8081],
                Ok(&[(8080, 80, 1), (8081, 90, 3)]),
            ),
            (
                &[(0, 80, 2), (0, 90, 1)],
                &[40000, 40001, 40002],
                Ok(&[(40000, 80, 2), (40002, 90, 1)]),
            ),
            // The last port is never given.
            (&[(0, 80, 1)], &[65535, 65534], Ok(&[(65534, 80, 1)])),
            (&[(0, 80, 1)], &[65535; 15], none_free(80, 1)),
            (&[(0, 80, 1)], &[65535; 14], Err(PortError::NoRandomPort { container_port: 80 })),
            (&[(0, 80, 1)], &[], Err(PortError::NoRandomPort { container_port: 80 })),
        ] {
            assert_eq!(tcp(ports, random), expected.map(<[Short]>::to_vec), "{ports:?} {random:?}");
        }
        for (error, words) in [
            (
                PortError::NoFreePort { container_port: 80, range: 1 },
                "failed to find an open port to expose container port 80 on the host",
            ),
            (
                PortError::NoFreePort { container_port: 80, range: 3 },
                "failed to find an open port to expose container port 80 with range 3 on the host",
            ),
        ] {
            assert_eq!(error.to_string(), words);
        }
    }

    #[test]
    fn exposed_ports_are_published_unless_they_are_mapped() {
        let mut ports = exposed(["80", "53/udp", "90/tcp", "90/udp"], iter::empty()).unwrap();
        let requested =
            [request("127.0.0.1", "tcp", (8080, 80, 1)), request("", "udp", (9090, 89, 3))];
        // 80, being a TCP container port in use, is passed over.
        let made = mappings(&requested, Some(&mut ports), [40000, 80, 41000]).unwrap();
        let published: Vec<_> = made
            .iter()
            .skip(2)
            .map(|it| (&*it.protocol, it.host_port, it.container_port))
            .collect();
        assert_eq!(published, [("udp", 40000, 53), ("tcp", 41000, 90)]);
        let left: Vec<_> =
            ports.iter().map(|(port, left)| (*port, left.iter().collect::<Vec<_>>())).collect();
        assert_eq!(left, [(80, [Protocol::Tcp].to_vec()), (90, [Protocol::Udp].to_vec())]);
        let mut ports = exposed(["80"], iter::empty()).unwrap();
        assert_eq!(
            mappings(&[], Some(&mut ports), []),
            Err(PortError::NoRandomPort { container_port: 80 })
        );
    }
}
