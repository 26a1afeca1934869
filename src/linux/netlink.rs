//! Speaks to the kernel about interfaces and addresses, by its routing messages. Numbers are in the machine's byte order.

use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, send, socket_with,
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::string::String;
use std::vec::Vec;

const ERROR: u16 = 2;
const DONE: u16 = 3;
const NEW_LINK: u16 = 16;
const DELETE_LINK: u16 = 17;
const GET_LINK: u16 = 18;
const NEW_ADDRESS: u16 = 20;
const GET_ADDRESS: u16 = 22;
/// `NLM_F_REQUEST | NLM_F_ACK`
const WITH_ANSWER: u16 = 5;
/// `NLM_F_REQUEST | NLM_F_DUMP`
const DUMP: u16 = 0x301;
/// Length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// Length of `struct ifinfomsg`.
const LINK_HEADER: usize = 16;
/// Length of `struct ifaddrmsg`.
const ADDRESS_HEADER: usize = 8;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFLA_IFNAME: u16 = 3;
const IFLA_MASTER: u16 = 10;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;

/// An interface.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Link {
    pub(super) index: u32,
    pub(super) name: String,
    /// What it is attached to, such as a bridge.
    master: Option<u32>,
    /// `bridge`, `veth`, ...; empty for what is no made one.
    kind: String,
}

/// The interfaces, in the kernel's order.
pub(super) fn links() -> Result<Vec<Link>, Errno> {
    let mut found = Vec::new();
    dump(GET_LINK, LINK_HEADER, |kind, message| {
        if kind == NEW_LINK {
            found.extend(link(message));
        }
    })?;
    Ok(found)
}

/// The addresses of all interfaces, IPv4 first, by interface.
pub(super) fn addresses() -> Result<Vec<IpAddr>, Errno> {
    let mut found = Vec::new();
    dump(GET_ADDRESS, ADDRESS_HEADER, |kind, message| {
        if kind == NEW_ADDRESS {
            found.extend(address(message));
        }
    })?;
    Ok(found)
}

/// The addresses that others can reach, each with its interface and its network bits.
pub(super) fn reachable() -> Result<Vec<(String, IpAddr, u8)>, Errno> {
    /// `RT_SCOPE_LINK`; what is nearer is for one link, or for this host alone.
    const LINK: u8 = 253;
    let links = links()?;
    let mut found = Vec::new();
    dump(GET_ADDRESS, ADDRESS_HEADER, |kind, message| {
        let (prefix, scope) = (message.get(1).copied(), message.get(3).copied());
        let link = links.iter().find(|link| u32_at(message, 4) == Some(link.index));
        if let (NEW_ADDRESS, Some(prefix), Some(scope), Some(link)) = (kind, prefix, scope, link)
            && scope < LINK
        {
            found.extend(address(message).map(|address| (link.name.clone(), address, prefix)));
        }
    })?;
    Ok(found)
}

/// Removes a bridge to which nothing is attached any more. One that is gone, or that is none, is left alone.
pub(super) fn remove_idle_bridge(name: &str) -> Result<(), Errno> {
    let links = links()?;
    let bridge = links.iter().find(|link| link.name == name && link.kind == "bridge");
    let idle = |bridge: &&Link| links.iter().all(|link| link.master != Some(bridge.index));
    let Some(bridge) = bridge.filter(idle) else { return Ok(()) };
    let socket = socket()?;
    let mut body = [0_u8; LINK_HEADER];
    if let Some(index) = body.get_mut(4..8) {
        index.copy_from_slice(&bridge.index.to_ne_bytes());
    }
    send(&socket, &request(DELETE_LINK, WITH_ANSWER, &body), SendFlags::empty())?;
    let mut answer = [0_u8; 4096];
    let (long, _) = recv(&socket, answer.as_mut_slice(), RecvFlags::empty())?;
    match read(answer.get(..long).unwrap_or_default(), |_, _| {}) {
        Ok(_) | Err(Errno::NODEV) => Ok(()),
        Err(e) => Err(e),
    }
}

fn socket() -> Result<OwnedFd, Errno> {
    socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)
}

/// Asks for everything of a kind, and hands over each message without its header.
fn dump(kind: u16, body: usize, mut each: impl FnMut(u16, &[u8])) -> Result<(), Errno> {
    let socket = socket()?;
    let body = std::vec![0_u8; body];
    send(&socket, &request(kind, DUMP, &body), SendFlags::empty())?;
    let mut buffer = std::vec![0_u8; 64 * 1024];
    loop {
        let (long, _) = recv(&socket, buffer.as_mut_slice(), RecvFlags::empty())?;
        if long == 0 || !read(buffer.get(..long).unwrap_or_default(), &mut each)? {
            return Ok(());
        }
    }
}

fn request(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let long = HEADER.saturating_add(body.len());
    let mut message = Vec::with_capacity(long);
    message.extend_from_slice(&u32::try_from(long).unwrap_or(u32::MAX).to_ne_bytes());
    message.extend_from_slice(&kind.to_ne_bytes());
    message.extend_from_slice(&flags.to_ne_bytes());
    message.extend_from_slice(&1_u32.to_ne_bytes());
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(body);
    message
}

/// Reads one datagram. Says whether more will come.
fn read(mut rest: &[u8], mut each: impl FnMut(u16, &[u8])) -> Result<bool, Errno> {
    while let (Some(long), Some(kind)) = (u32_at(rest, 0), u16_at(rest, 4)) {
        let long = usize::try_from(long).unwrap_or(usize::MAX);
        let Some(message) = rest.get(HEADER..long) else { return Err(Errno::IO) };
        match kind {
            DONE => return Ok(false),
            ERROR => {
                let code = u32_at(message, 0).ok_or(Errno::IO)?.cast_signed();
                return if code == 0 {
                    Ok(false)
                } else {
                    Err(Errno::from_raw_os_error(code.wrapping_neg()))
                };
            }
            _ => each(kind, message),
        }
        rest = rest.get(aligned(long)..).unwrap_or_default();
    }
    Ok(true)
}

fn link(message: &[u8]) -> Option<Link> {
    let mut link = Link { index: u32_at(message, 4)?, ..Link::default() };
    for (kind, value) in attributes(message.get(LINK_HEADER..)?) {
        match kind {
            IFLA_IFNAME => link.name = text(value),
            IFLA_MASTER => link.master = u32_at(value, 0),
            IFLA_LINKINFO => {
                let kind = attributes(value).find(|(kind, _)| *kind == IFLA_INFO_KIND);
                link.kind = kind.map(|(_, value)| text(value)).unwrap_or_default();
            }
            _ => {}
        }
    }
    Some(link)
}

/// The address of a message: of a point-to-point link ours, not the other end's.
fn address(message: &[u8]) -> Option<IpAddr> {
    let (mut address, mut local) = (None, None);
    for (kind, value) in attributes(message.get(ADDRESS_HEADER..)?) {
        match kind {
            IFA_ADDRESS => address = ip(value),
            IFA_LOCAL => local = ip(value),
            _ => {}
        }
    }
    local.or(address)
}

/// Attributes by kind; what is cut off ends them.
fn attributes(mut rest: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    core::iter::from_fn(move || {
        let (long, kind) = (u16_at(rest, 0)?, u16_at(rest, 2)?);
        let value = rest.get(4..usize::from(long))?;
        rest = rest.get(aligned(long.into())..).unwrap_or_default();
        // The two highest bits are flags.
        Some((kind & 0x3fff, value))
    })
}

fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_has_a_loopback_interface_and_address() {
        assert!(links().unwrap().iter().any(|link| link.name == "lo" && link.index == 1));
        assert!(addresses().unwrap().contains(&IpAddr::from([127, 0, 0, 1])));
        // Neither one that is no bridge nor one that is not there.
        assert_eq!(remove_idle_bridge("lo"), Ok(()));
        assert_eq!(remove_idle_bridge("no-such-link"), Ok(()));
    }

    #[test]
    fn our_end_of_a_link_is_meant() {
        let attribute = |kind: u16, value: &[u8]| {
            let long = u16::try_from(value.len() + 4).unwrap();
            [&long.to_ne_bytes()[..], &kind.to_ne_bytes(), value].concat()
        };
        let message = |body: &[u8]| request(NEW_ADDRESS, 0, &[&[0_u8; 8][..], body].concat());
        let peer = message(&[attribute(1, &[10, 0, 0, 2]), attribute(2, &[10, 0, 0, 1])].concat());
        let plain = message(&attribute(1, &[192, 168, 0, 1]));
        let mut found = Vec::new();
        let mut each = |_: u16, message: &[u8]| found.extend(address(message));
        assert_eq!(read(&[peer, plain].concat(), &mut each), Ok(true));
        assert_eq!(read(&request(DONE, 0, &[]), &mut each), Ok(false));
        // What is cut off is an error, not a panic.
        assert_eq!(read(&[200, 0, 0, 0, 20, 0, 1], &mut each), Err(Errno::IO));
        assert_eq!(found, [IpAddr::from([10, 0, 0, 1]), IpAddr::from([192, 168, 0, 1])]);
    }
}
