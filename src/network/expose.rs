//! Reads which ports a container exposes: open inside of it, and published only on demand.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::num::IntErrorKind;

use crate::files::containerenv::Quoted;

/// What a port speaks.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Protocol {
    /// `tcp`
    Tcp,
    /// `udp`
    Udp,
    /// `sctp`
    Sctp,
}

impl Protocol {
    /// All of them, in the order they are listed; Podman's is random.
    pub const ALL: [Self; 3] = [Self::Tcp, Self::Udp, Self::Sctp];

    /// The protocol's name, as Podman stores it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }

    const fn bit(self) -> u8 {
        match self {
            Self::Tcp => 1,
            Self::Udp => 2,
            Self::Sctp => 4,
        }
    }
}

/// A set of protocols.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Protocols(u8);

impl Protocols {
    /// Gives the members, in the order of [`Protocol::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Protocol> {
        Protocol::ALL.into_iter().filter(move |protocol| self.contains(*protocol))
    }

    /// Says whether a protocol is among them.
    pub fn contains(self, protocol: Protocol) -> bool {
        self.0 & protocol.bit() != 0
    }

    /// Says whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Takes one away.
    pub fn remove(&mut self, protocol: Protocol) {
        self.0 &= !protocol.bit();
    }
}

/// Exposed ports, each with what it speaks.
pub type Exposed = BTreeMap<u16, Protocols>;

/// A protocol that is none of those known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unrecognized protocol {} in port mapping", Quoted(.protocol))]
pub struct UnknownProtocol {
    /// The protocol, in lower case.
    pub protocol: String,
}

/// Why exposed ports are refused.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ExposeError {
    /// Port 0 is exposed.
    #[error("cannot expose 0 as it is not a valid port number")]
    Zero,
    /// A port is exposed for SCTP.
    #[error(
        "validating protocols for exposed port {port}: protocol SCTP is not allowed for exposed ports"
    )]
    Sctp {
        /// The port.
        port: u16,
    },
    /// A port is exposed for a protocol that is none.
    #[error("validating protocols for exposed port {port}: {problem}")]
    Protocol {
        /// The port.
        port: u16,
        /// What is wrong with it.
        problem: UnknownProtocol,
    },
    /// The image exposes what is no port.
    #[error("unable to convert image EXPOSE: {0}")]
    Image(ImageProblem),
}

/// What is wrong with an exposed port of the image.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageProblem {
    /// There are two slashes or more.
    #[error("invalid expose format - protocol can only be specified once")]
    TwoProtocols,
    /// There are two dashes or more.
    #[error("invalid port format - port ranges are formatted as startPort-stopPort")]
    Format,
    /// Nothing stands before the dash, or nothing at all.
    #[error("port numbers cannot be negative")]
    Negative,
    /// Nothing stands after the dash.
    #[error("must provide ending number for port range")]
    NoEnd,
    /// A range ends where it begins, or before.
    #[error(
        "the end port of a range must be higher than the start port - {end} is not higher than {start}"
    )]
    EndNotHigher {
        /// First port.
        start: u16,
        /// Last port.
        end: u16,
    },
    /// A port is no number.
    #[error("invalid port number: strconv.Atoi: parsing {}: invalid syntax", Quoted(.text))]
    NotANumber {
        /// The port.
        text: String,
    },
    /// A port is no number that fits anywhere.
    #[error("invalid port number: strconv.Atoi: parsing {}: value out of range", Quoted(.text))]
    TooLong {
        /// The port.
        text: String,
    },
    /// A port is not in 1 to 65535.
    #[error("port numbers must be between 1 and 65535 (inclusive), got {number}")]
    OutOfRange {
        /// The port.
        number: i64,
    },
}

/// Reads protocols separated by commas, in any case and any number of times; an empty one is TCP.
///
/// # Errors
///
/// [`UnknownProtocol`] for the first that is none.
pub fn protocols(text: &str) -> Result<Protocols, UnknownProtocol> {
    // SG-PORT-02
    let mut protocols = Protocols::default();
    for name in text.split(',') {
        let known =
            Protocol::ALL.into_iter().find(|protocol| name.eq_ignore_ascii_case(protocol.name()));
        protocols.0 |= match known {
            Some(protocol) => protocol.bit(),
            None if name.is_empty() => Protocol::Tcp.bit(),
            None => return Err(UnknownProtocol { protocol: name.to_lowercase() }),
        };
    }
    Ok(protocols)
}

/// Gives the ports that the image (`80`, `80/udp`, `8000-8010/tcp`) and the request (port and protocols) expose.
///
/// # Errors
///
/// [`ExposeError`] for the first port that is 0 or has a protocol that cannot be exposed, and for what is no port in the image.
pub fn exposed<'a>(
    image: impl IntoIterator<Item = &'a str>,
    request: impl IntoIterator<Item = (u16, &'a str)>,
) -> Result<Exposed, ExposeError> {
    // SG-PORT-07: the image's numbers are all read before any protocol is.
    let image: Vec<_> =
        image.into_iter().map(image_range).collect::<Result<_, _>>().map_err(ExposeError::Image)?;
    let mut exposed = Exposed::new();
    let request = request.into_iter().map(|(port, protocols)| (port, port, protocols));
    for (start, end, listed) in image.into_iter().chain(request) {
        if start == 0 {
            return Err(ExposeError::Zero);
        }
        let mut all = Protocols::default();
        for name in listed.split(',') {
            let one = protocols(name)
                .map_err(|problem| ExposeError::Protocol { port: start, problem })?;
            if one.contains(Protocol::Sctp) {
                return Err(ExposeError::Sctp { port: start });
            }
            all.0 |= one.0;
        }
        for port in start..=end {
            exposed.entry(port).or_default().0 |= all.0;
        }
    }
    Ok(exposed)
}

/// Reads one exposed port of the image: first port, last port, protocols.
fn image_range(text: &str) -> Result<(u16, u16, &str), ImageProblem> {
    // SG-PORT-07
    let (ports, protocols) = text.split_once('/').unwrap_or((text, "tcp"));
    if protocols.contains('/') {
        return Err(ImageProblem::TwoProtocols);
    }
    let (start, end) = match ports.split_once('-') {
        Some((_, end)) if end.contains('-') => return Err(ImageProblem::Format),
        Some((start, end)) => (start, Some(end)),
        None => (ports, None),
    };
    if start.is_empty() {
        return Err(ImageProblem::Negative);
    }
    let start = image_port(start)?;
    match end {
        None => Ok((start, start, protocols)),
        Some("") => Err(ImageProblem::NoEnd),
        Some(end) => match image_port(end)? {
            end if end <= start => Err(ImageProblem::EndNotHigher { start, end }),
            end => Ok((start, end, protocols)),
        },
    }
}

fn image_port(text: &str) -> Result<u16, ImageProblem> {
    let number = text.parse::<i64>().map_err(|error| match error.kind() {
        IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
            ImageProblem::TooLong { text: text.to_string() }
        }
        _ => ImageProblem::NotANumber { text: text.to_string() },
    })?;
    u16::try_from(number).ok().filter(|port| *port != 0).ok_or(ImageProblem::OutOfRange { number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::iter;

    fn shown(exposed: &Exposed) -> Vec<(u16, Vec<&'static str>)> {
        exposed
            .iter()
            .map(|(port, protocols)| (*port, protocols.iter().map(Protocol::name).collect()))
            .collect()
    }

    #[test]
    fn image_and_request_expose_together() {
        let exposed =
            exposed(["80/tcp", "53/udp", "8000-8002", "80/UDP"], [(53, "tcp,udp"), (9, "")])
                .unwrap();
        assert_eq!(
            shown(&exposed),
            [
                (9, ["tcp"].to_vec()),
                (53, ["tcp", "udp"].to_vec()),
                (80, ["tcp", "udp"].to_vec()),
                (8000, ["tcp"].to_vec()),
                (8001, ["tcp"].to_vec()),
                (8002, ["tcp"].to_vec()),
            ]
        );
    }

    #[test]
    fn what_cannot_be_exposed_is_refused() {
        let image = |text| exposed([text], iter::empty()).unwrap_err().to_string();
        for (text, expected) in [
            ("80/tcp/udp", "invalid expose format - protocol can only be specified once"),
            ("1-2-3", "invalid port format - port ranges are formatted as startPort-stopPort"),
            ("-5", "port numbers cannot be negative"),
            ("", "port numbers cannot be negative"),
            ("5-", "must provide ending number for port range"),
            (
                "80-80",
                "the end port of a range must be higher than the start port - 80 is not higher than 80",
            ),
            ("x", "invalid port number: strconv.Atoi: parsing \"x\": invalid syntax"),
            (
                "99999999999999999999",
                "invalid port number: strconv.Atoi: parsing \"99999999999999999999\": value out of range",
            ),
            ("0", "port numbers must be between 1 and 65535 (inclusive), got 0"),
            ("65536", "port numbers must be between 1 and 65535 (inclusive), got 65536"),
        ] {
            assert_eq!(
                image(text),
                ["unable to convert image EXPOSE: ", expected].concat(),
                "{text}"
            );
        }
        assert_eq!(
            image("80/sctp"),
            "validating protocols for exposed port 80: protocol SCTP is not allowed for exposed ports"
        );
        assert_eq!(
            image("80/icmp"),
            "validating protocols for exposed port 80: unrecognized protocol \"icmp\" in port mapping"
        );
        assert_eq!(exposed([], [(0, "tcp")]), Err(ExposeError::Zero));
    }
}
