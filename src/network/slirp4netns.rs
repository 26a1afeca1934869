//! Works out how slirp4netns is started, and the addresses that it will give out.

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr};

use super::addresses::{Cidr, is_ipv6, parse_cidr, parse_ip};
use crate::files::containerenv::Quoted;

/// slirp4netns' own subnet, used where no `cidr` option says otherwise.
const DEFAULT_SUBNET: Cidr = Cidr { address: IpAddr::V4(Ipv4Addr::new(10, 0, 2, 0)), prefix: 24 };

/// MTU of the tap device, in bytes, where no `mtu` option says otherwise.
const DEFAULT_MTU: i64 = 65_520;

/// The options in effect: containers.conf's and then the container's, later ones over earlier ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Options<'a> {
    /// Whether the host's loopback is out of reach.
    pub disable_host_loopback: bool,
    /// MTU in bytes, 68 or more.
    pub mtu: i64,
    /// Whether the container gets IPv6.
    pub enable_ipv6: bool,
    /// Who forwards published ports.
    pub port_handler: PortHandler,
    /// The IPv4 subnet as written; empty for slirp4netns' own.
    pub cidr: &'a str,
    /// IPv4 address or interface that traffic leaves from; empty for any.
    pub outbound_addr: &'a str,
    /// The same for IPv6.
    pub outbound_addr6: &'a str,
}

impl Options<'_> {
    /// Gives the subnet that holds once slirp4netns has been started in this process; `None` for its own.
    pub fn subnet(&self) -> Option<Cidr> {
        // LP-SLIRP-13
        parse_cidr(self.cidr)
    }
}

/// Who forwards published ports into the namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PortHandler {
    /// A process of its own: faster, but the container sees its own address as the peer.
    Rootlesskit,
    /// slirp4netns itself, told over its API socket.
    Slirp4netns,
}

/// What the installed slirp4netns can do.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Features {
    /// `--disable-host-loopback`
    pub disable_host_loopback: bool,
    /// `--mtu`
    pub mtu: bool,
    /// `--enable-sandbox`
    pub enable_sandbox: bool,
    /// `--enable-seccomp`
    pub enable_seccomp: bool,
    /// `--cidr`
    pub cidr: bool,
    /// `--outbound-addr`
    pub outbound_addr: bool,
    /// `--enable-ipv6`
    pub enable_ipv6: bool,
}

impl Features {
    /// Reads them from what `slirp4netns --help` prints on both of its streams.
    pub fn read(help: &str) -> Self {
        // LP-SLIRP-03
        Self {
            disable_host_loopback: help.contains("--disable-host-loopback"),
            mtu: help.contains("--mtu"),
            enable_sandbox: help.contains("--enable-sandbox"),
            enable_seccomp: help.contains("--enable-seccomp"),
            cidr: help.contains("--cidr"),
            outbound_addr: help.contains("--outbound-addr"),
            enable_ipv6: help.contains("--enable-ipv6"),
        }
    }
}

/// The network namespace that slirp4netns is to serve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Netns<'a> {
    /// One made beforehand.
    Path(&'a str),
    /// That of the container's first process, which the runtime has made in its user namespace.
    Process(u32),
}

/// Why slirp4netns cannot be started as asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SlirpError {
    /// An option that is none, or one without a value.
    #[error("unknown option for slirp4netns: {}", Quoted(.option))]
    UnknownOption {
        /// The whole option.
        option: String,
    },
    /// `cidr` is no IPv4 subnet.
    #[error("invalid cidr {}", Quoted(.value))]
    Cidr {
        /// The value.
        value: String,
    },
    /// `port_handler` is neither `slirp4netns` nor `rootlesskit`.
    #[error("unknown port_handler for slirp4netns: {}", Quoted(.value))]
    PortHandler {
        /// The value.
        value: String,
    },
    /// A switch is neither `true` nor `false`.
    #[error("invalid value of {option} for slirp4netns: {}", Quoted(.value))]
    Switch {
        /// The option's name.
        option: &'static str,
        /// The value.
        value: String,
    },
    /// `outbound_addr` is neither an IPv4 address nor an interface of the host.
    #[error("invalid outbound_addr {}", Quoted(.value))]
    OutboundAddr {
        /// The value.
        value: String,
    },
    /// `outbound_addr6` is neither an IPv6 address nor an interface of the host.
    #[error("invalid outbound_addr6: {}", Quoted(.value))]
    OutboundAddr6 {
        /// The value.
        value: String,
    },
    /// `mtu` is no number from 68 on.
    #[error("invalid mtu {}", Quoted(.value))]
    Mtu {
        /// The value.
        value: String,
    },
    /// The installed slirp4netns lacks what an option needs.
    #[error("{option} not supported")]
    Unsupported {
        /// The option's name.
        option: &'static str,
    },
    /// `outbound_addr6` without IPv6.
    #[error("enable_ipv6=true is required for outbound_addr6")]
    OutboundAddr6WithoutIpv6,
}

/// Why an address cannot be worked out.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The address lies beyond the last one there is.
    #[error(
        "calculating expected {role} for slirp4netns: integer overflow while calculating ip address offset, {network} + {offset}"
    )]
    Overflow {
        /// Whose address it is.
        role: &'static str,
        /// The network's address.
        network: Ipv4Addr,
        /// How far from it.
        offset: u32,
    },
    /// The subnet is too small.
    #[error(
        "calculating expected {role} for slirp4netns: calculated ip address {address} is not within given subnet {network}/{prefix}"
    )]
    OutsideSubnet {
        /// Whose address it is.
        role: &'static str,
        /// The address.
        address: Ipv4Addr,
        /// The network's address.
        network: Ipv4Addr,
        /// The network's prefix, in bits.
        prefix: u8,
    },
    /// The subnet is no IPv4 one: Podman crashes over it.
    #[error("calculating expected {role} for slirp4netns: subnet {network}/{prefix} is not IPv4")]
    NotIpv4 {
        /// Whose address it is.
        role: &'static str,
        /// The network's address.
        network: IpAddr,
        /// The network's prefix, in bits.
        prefix: u8,
    },
}

/// Says whether a stored network mode is slirp4netns', with or without options.
pub fn is_mode(mode: &str) -> bool {
    mode.strip_prefix("slirp4netns").is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

/// Gives the text that an outbound address has instead of an address: right only if the host has an interface of this name.
pub fn interface(option: &str) -> Option<&str> {
    let (key, value) = option.split_once('=')?;
    let address = parse_ip(value);
    let fits = match key {
        "outbound_addr" => address.is_some_and(|address| !is_ipv6(address)),
        "outbound_addr6" => address.is_some_and(is_ipv6),
        _ => return None,
    };
    (!fits).then_some(value)
}

/// Reads options, first containers.conf's and then the container's. `interface_exists` is asked for what [`interface`] gives.
///
/// # Errors
///
/// [`SlirpError`] for the first option that is not understood.
pub fn options<'a>(
    given: impl IntoIterator<Item = &'a str>,
    interface_exists: impl Fn(&str) -> bool,
) -> Result<Options<'a>, SlirpError> {
    // LP-SLIRP-02
    let mut options = Options {
        disable_host_loopback: true,
        mtu: DEFAULT_MTU,
        enable_ipv6: true,
        port_handler: PortHandler::Rootlesskit,
        cidr: "",
        outbound_addr: "",
        outbound_addr6: "",
    };
    // LP-SLIRP-01
    for option in given {
        let unknown = || SlirpError::UnknownOption { option: option.to_string() };
        let (key, value) = option.split_once('=').ok_or_else(unknown)?;
        let owned = || value.to_string();
        match key {
            "cidr" if parse_cidr(value).is_some_and(|cidr| !is_ipv6(cidr.address)) => {
                options.cidr = value;
            }
            "cidr" => return Err(SlirpError::Cidr { value: owned() }),
            "port_handler" => {
                options.port_handler = match value {
                    "slirp4netns" => PortHandler::Slirp4netns,
                    "rootlesskit" => PortHandler::Rootlesskit,
                    _ => return Err(SlirpError::PortHandler { value: owned() }),
                }
            }
            "allow_host_loopback" => {
                options.disable_host_loopback = !switch("allow_host_loopback", value)?;
            }
            "enable_ipv6" => options.enable_ipv6 = switch("enable_ipv6", value)?,
            "outbound_addr" if interface(option).is_none_or(&interface_exists) => {
                options.outbound_addr = value;
            }
            "outbound_addr" => return Err(SlirpError::OutboundAddr { value: owned() }),
            "outbound_addr6" if interface(option).is_none_or(&interface_exists) => {
                options.outbound_addr6 = value;
            }
            "outbound_addr6" => return Err(SlirpError::OutboundAddr6 { value: owned() }),
            "mtu" => {
                let mtu = value.parse().ok().filter(|mtu| *mtu >= 68);
                options.mtu = mtu.ok_or_else(|| SlirpError::Mtu { value: owned() })?;
            }
            _ => return Err(unknown()),
        }
    }
    Ok(options)
}

/// Gives the arguments that depend on options and features alone. `no_pivot_root` is containers.conf's: no sandbox then.
///
/// # Errors
///
/// [`SlirpError::Unsupported`] where the installed slirp4netns lacks what was asked for: IPv6 too, which is on by default.
pub fn basic_args<'a>(
    options: &Options<'a>,
    features: Features,
    no_pivot_root: bool,
) -> Result<Vec<Cow<'a, str>>, SlirpError> {
    // LP-SLIRP-04
    let mut args = Vec::with_capacity(20);
    let supported =
        |has: bool, option| if has { Ok(()) } else { Err(SlirpError::Unsupported { option }) };
    let assigned = |key: &str, value: &str| Cow::Owned([key, value].concat());
    if options.disable_host_loopback && features.disable_host_loopback {
        args.push(Cow::Borrowed("--disable-host-loopback"));
    }
    if features.mtu {
        args.push(assigned("--mtu=", &options.mtu.to_string()));
    }
    if !no_pivot_root && features.enable_sandbox {
        args.push(Cow::Borrowed("--enable-sandbox"));
    }
    if features.enable_seccomp {
        args.push(Cow::Borrowed("--enable-seccomp"));
    }
    if !options.cidr.is_empty() {
        supported(features.cidr, "cidr")?;
        args.push(assigned("--cidr=", options.cidr));
    }
    if options.enable_ipv6 {
        supported(features.enable_ipv6, "enable_ipv6")?;
        args.push(Cow::Borrowed("--enable-ipv6"));
    }
    if !options.outbound_addr.is_empty() {
        supported(features.outbound_addr, "outbound_addr")?;
        args.push(assigned("--outbound-addr=", options.outbound_addr));
    }
    if !options.outbound_addr6.is_empty() {
        supported(features.outbound_addr && features.enable_ipv6, "outbound_addr6")?;
        if !options.enable_ipv6 {
            return Err(SlirpError::OutboundAddr6WithoutIpv6);
        }
        args.push(assigned("--outbound-addr6=", options.outbound_addr6));
    }
    Ok(args)
}

/// Gives the whole command line, program first. File descriptor 3 is the exit pipe's read end, 4 the ready pipe's write end.
///
/// `api_socket` is where slirp4netns listens: give it where ports are published and slirp4netns is their handler.
pub fn argv<'a>(
    program: &'a str,
    basic_args: Vec<Cow<'a, str>>,
    api_socket: Option<&'a str>,
    netns: Netns<'a>,
) -> Vec<Cow<'a, str>> {
    // LP-SLIRP-10
    let mut argv = Vec::with_capacity(basic_args.len().saturating_add(12));
    argv.push(Cow::Borrowed(program));
    argv.extend(basic_args);
    argv.extend(["-c", "-e", "3", "-r", "4"].map(Cow::Borrowed));
    if let Some(socket) = api_socket {
        argv.extend(["--api-socket", socket].map(Cow::Borrowed));
    }
    match netns {
        Netns::Path(path) => argv.extend(["--netns-type=path", path].map(Cow::Borrowed)),
        Netns::Process(pid) => argv.push(Cow::Owned(pid.to_string())),
    }
    argv.push(Cow::Borrowed("tap0"));
    argv
}

/// Gives the command line for the rootless network namespace at `netns`: it ends when it is told to, not with another program.
pub fn argv_for_rootless_netns<'a>(
    program: &'a str,
    basic_args: Vec<Cow<'a, str>>,
    netns: &'a str,
) -> Vec<Cow<'a, str>> {
    // LP-RNS-02
    let mut argv = Vec::with_capacity(basic_args.len().saturating_add(8));
    argv.push(Cow::Borrowed(program));
    argv.extend(basic_args);
    argv.extend(["-c", "-r", "3", "--netns-type=path", netns, "tap0"].map(Cow::Borrowed));
    argv
}

/// Gives the container's address in a subnet; `None` for slirp4netns' own.
///
/// # Errors
///
/// [`AddressError`] where the subnet has no room for it.
pub fn guest(subnet: Option<Cidr>) -> Result<Ipv4Addr, AddressError> {
    address(subnet, "ip", 100)
}

/// Gives the gateway's address, likewise.
///
/// # Errors
///
/// [`AddressError`] where the subnet has no room for it.
pub fn gateway(subnet: Option<Cidr>) -> Result<Ipv4Addr, AddressError> {
    address(subnet, "gateway ip", 2)
}

/// Gives the name server's address, likewise.
///
/// # Errors
///
/// [`AddressError`] where the subnet has no room for it: resolv.conf is then written without, and a warning logged.
pub fn dns(subnet: Option<Cidr>) -> Result<Ipv4Addr, AddressError> {
    // LP-SLIRPDNS-01
    address(subnet, "dns ip", 3)
}

/// Reads a switch.
fn switch(option: &'static str, value: &str) -> Result<bool, SlirpError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(SlirpError::Switch { option, value: value.to_string() }),
    }
}

/// Counts from the network's address.
fn address(
    subnet: Option<Cidr>,
    role: &'static str,
    offset: u32,
) -> Result<Ipv4Addr, AddressError> {
    // LP-SLIRP-15
    let subnet = subnet.unwrap_or(DEFAULT_SUBNET);
    let prefix = subnet.prefix;
    let network = match subnet.network() {
        IpAddr::V4(network) => network,
        network @ IpAddr::V6(_) => return Err(AddressError::NotIpv4 { role, network, prefix }),
    };
    let Some(bits) = network.to_bits().checked_add(offset) else {
        return Err(AddressError::Overflow { role, network, offset });
    };
    let address = Ipv4Addr::from_bits(bits);
    if subnet.contains(IpAddr::V4(address)) {
        Ok(address)
    } else {
        Err(AddressError::OutsideSubnet { role, address, network, prefix })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Features = Features {
        disable_host_loopback: true,
        mtu: true,
        enable_sandbox: true,
        enable_seccomp: true,
        cidr: true,
        outbound_addr: true,
        enable_ipv6: true,
    };
    const NONE: Features = Features {
        disable_host_loopback: false,
        mtu: false,
        enable_sandbox: false,
        enable_seccomp: false,
        cidr: false,
        outbound_addr: false,
        enable_ipv6: false,
    };

    fn args(given: &[&str], features: Features) -> Result<String, String> {
        let options = options(given.iter().copied(), |name| name == "eth0")
            .map_err(|error| error.to_string())?;
        basic_args(&options, features, false)
            .map(|args| args.join(" "))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn options_become_arguments() {
        const USUAL: &str = "--disable-host-loopback --mtu=65520 --enable-sandbox --enable-seccomp";
        let usual = |rest: &str| Ok([USUAL, rest].concat());
        for (given, expected) in [
            (&[][..], usual(" --enable-ipv6")),
            (&["cidr=10.1.0.0/24"], usual(" --cidr=10.1.0.0/24 --enable-ipv6")),
            (&["cidr=10.1.0.7/24"], usual(" --cidr=10.1.0.7/24 --enable-ipv6")),
            (&["enable_ipv6=false"], usual("")),
            (
                &["allow_host_loopback=true"],
                Ok("--mtu=65520 --enable-sandbox --enable-seccomp --enable-ipv6".into()),
            ),
            (&["allow_host_loopback=true", "allow_host_loopback=false"], usual(" --enable-ipv6")),
            (
                &["mtu=1500", "mtu=1400"],
                Ok("--disable-host-loopback --mtu=1400 --enable-sandbox --enable-seccomp --enable-ipv6".into()),
            ),
            (&["outbound_addr=1.2.3.4"], usual(" --enable-ipv6 --outbound-addr=1.2.3.4")),
            (&["outbound_addr=::ffff:1.2.3.4"], usual(" --enable-ipv6 --outbound-addr=::ffff:1.2.3.4")),
            (&["outbound_addr=eth0"], usual(" --enable-ipv6 --outbound-addr=eth0")),
            (&["outbound_addr6=::1"], usual(" --enable-ipv6 --outbound-addr6=::1")),
            (&["outbound_addr6=eth0"], usual(" --enable-ipv6 --outbound-addr6=eth0")),
            (&["port_handler=slirp4netns"], usual(" --enable-ipv6")),
            (
                &["outbound_addr6=::1", "enable_ipv6=false"],
                Err("enable_ipv6=true is required for outbound_addr6".into()),
            ),
            (&["mtu=67"], Err("invalid mtu \"67\"".into())),
            (&["mtu=x"], Err("invalid mtu \"x\"".into())),
            (&["cidr=fd00::/64"], Err("invalid cidr \"fd00::/64\"".into())),
            (&["cidr=10.1.0.0"], Err("invalid cidr \"10.1.0.0\"".into())),
            (&["enable_ipv6=1"], Err("invalid value of enable_ipv6 for slirp4netns: \"1\"".into())),
            (
                &["allow_host_loopback=yes"],
                Err("invalid value of allow_host_loopback for slirp4netns: \"yes\"".into()),
            ),
            (&["port_handler=x"], Err("unknown port_handler for slirp4netns: \"x\"".into())),
            (&["outbound_addr=::1"], Err("invalid outbound_addr \"::1\"".into())),
            (&["outbound_addr6=1.2.3.4"], Err("invalid outbound_addr6: \"1.2.3.4\"".into())),
            (&["outbound_addr=eth1"], Err("invalid outbound_addr \"eth1\"".into())),
            (&["foo=1"], Err("unknown option for slirp4netns: \"foo=1\"".into())),
            (&["foo"], Err("unknown option for slirp4netns: \"foo\"".into())),
            (&["bad"], Err("unknown option for slirp4netns: \"bad\"".into())),
        ] {
            assert_eq!(args(given, ALL), expected, "{given:?}");
        }
    }

    #[test]
    fn an_old_slirp4netns_must_do_without() {
        let unsupported = |option: &str| Err([option, " not supported"].concat());
        for (given, features, expected) in [
            (&["enable_ipv6=false"][..], NONE, Ok(String::new())),
            (&[], NONE, unsupported("enable_ipv6")),
            (&[], Features { enable_ipv6: false, ..ALL }, unsupported("enable_ipv6")),
            (&["cidr=10.1.0.0/24"], Features { cidr: false, ..ALL }, unsupported("cidr")),
            (
                &["outbound_addr=1.2.3.4"],
                Features { outbound_addr: false, ..ALL },
                unsupported("outbound_addr"),
            ),
            (
                &["outbound_addr6=::1"],
                Features { outbound_addr: false, ..ALL },
                unsupported("outbound_addr6"),
            ),
            (
                &["outbound_addr6=::1", "enable_ipv6=false"],
                Features { enable_ipv6: false, ..ALL },
                unsupported("outbound_addr6"),
            ),
        ] {
            assert_eq!(args(given, features), expected, "{given:?}");
        }
    }

    #[test]
    fn features_are_words_of_the_help_text() {
        let help = "Usage: slirp4netns [OPTION]... PID|PATH TAPNAME\n-m, --mtu=MTU\n--cidr=CIDR\n--enable-sandbox\n";
        assert_eq!(
            Features::read(help),
            Features { mtu: true, cidr: true, enable_sandbox: true, ..NONE }
        );
        assert_eq!(Features::read(""), NONE);
        assert!(Features::read("--outbound-addr6=IPV6").outbound_addr);
    }

    #[test]
    fn containers_conf_gives_way_to_the_container() {
        let parsed = |given: &[&'static str]| options(given.iter().copied(), |_| false).unwrap();
        assert!(parsed(&[]).enable_ipv6);
        assert!(!parsed(&["enable_ipv6=false"]).enable_ipv6);
        assert!(parsed(&["enable_ipv6=false", "enable_ipv6=true"]).enable_ipv6);
        assert_eq!(parsed(&[]).port_handler, PortHandler::Rootlesskit);
        assert_eq!(
            parsed(&["port_handler=rootlesskit", "port_handler=slirp4netns"]).port_handler,
            PortHandler::Slirp4netns
        );
        assert_eq!(parsed(&[]).subnet(), None);
        assert_eq!(parsed(&["cidr=192.168.5.7/24"]).subnet(), parse_cidr("192.168.5.7/24"));
    }

    #[test]
    fn an_outbound_address_may_be_an_interface() {
        for (option, expected) in [
            ("outbound_addr=eth0", Some("eth0")),
            ("outbound_addr=::1", Some("::1")),
            ("outbound_addr=1.2.3.4", None),
            ("outbound_addr6=::1", None),
            ("outbound_addr6=::ffff:1.2.3.4", Some("::ffff:1.2.3.4")),
            ("cidr=eth0", None),
            ("outbound_addr", None),
        ] {
            assert_eq!(interface(option), expected, "{option}");
        }
    }

    #[test]
    fn no_sandbox_without_pivot_root() {
        let options = options([], |_| false).unwrap();
        let args = basic_args(&options, ALL, true).unwrap().join(" ");
        assert_eq!(args, "--disable-host-loopback --mtu=65520 --enable-seccomp --enable-ipv6");
    }

    #[test]
    fn the_command_line_ends_in_the_namespace_and_its_device() {
        let basic = || [Cow::Borrowed("--mtu=65520")].to_vec();
        for (socket, netns, expected) in [
            (
                None,
                Netns::Path("/run/netns/n"),
                "/bin/slirp4netns --mtu=65520 -c -e 3 -r 4 --netns-type=path /run/netns/n tap0",
            ),
            (
                Some("/tmp/id.net"),
                Netns::Path("/run/netns/n"),
                "/bin/slirp4netns --mtu=65520 -c -e 3 -r 4 --api-socket /tmp/id.net --netns-type=path /run/netns/n tap0",
            ),
            (None, Netns::Process(42), "/bin/slirp4netns --mtu=65520 -c -e 3 -r 4 42 tap0"),
        ] {
            assert_eq!(argv("/bin/slirp4netns", basic(), socket, netns).join(" "), expected);
        }
    }

    #[test]
    fn addresses_are_counted_from_the_network() {
        for (subnet, expected_guest, expected_gateway, expected_dns) in [
            (None, Ok("10.0.2.100"), Ok("10.0.2.2"), Ok("10.0.2.3")),
            (Some("10.0.2.0/24"), Ok("10.0.2.100"), Ok("10.0.2.2"), Ok("10.0.2.3")),
            (Some("192.168.5.7/24"), Ok("192.168.5.100"), Ok("192.168.5.2"), Ok("192.168.5.3")),
            (Some("10.0.0.0/30"), Err(()), Ok("10.0.0.2"), Ok("10.0.0.3")),
            (Some("10.0.0.0/31"), Err(()), Err(()), Err(())),
            (Some("10.1.1.0/31"), Err(()), Err(()), Err(())),
            (Some("10.0.0.64/26"), Err(()), Ok("10.0.0.66"), Ok("10.0.0.67")),
            (Some("255.255.255.254/31"), Err(()), Err(()), Err(())),
            (Some("::ffff:10.0.0.9/120"), Ok("10.0.0.100"), Ok("10.0.0.2"), Ok("10.0.0.3")),
            (Some("::ffff:10.0.0.0/8"), Err(()), Err(()), Err(())),
        ] {
            let cidr = subnet.map(|text| parse_cidr(text).unwrap());
            let shown = |address: Result<Ipv4Addr, AddressError>| {
                address.map(|a| a.to_string()).map_err(|_| ())
            };
            let expected = |text: Result<&str, ()>| text.map(str::to_string);
            assert_eq!(shown(guest(cidr)), expected(expected_guest), "{subnet:?}");
            assert_eq!(shown(gateway(cidr)), expected(expected_gateway), "{subnet:?}");
            assert_eq!(shown(dns(cidr)), expected(expected_dns), "{subnet:?}");
        }
    }

    #[test]
    fn an_address_that_does_not_fit_is_refused_in_podmans_words() {
        let words = |subnet| guest(parse_cidr(subnet)).unwrap_err().to_string();
        assert_eq!(
            words("10.0.0.7/30"),
            "calculating expected ip for slirp4netns: calculated ip address 10.0.0.104 is not within given subnet \
             10.0.0.4/30"
        );
        assert_eq!(
            words("255.255.255.254/31"),
            "calculating expected ip for slirp4netns: integer overflow while calculating ip address offset, \
             255.255.255.254 + 100"
        );
    }

    #[test]
    fn the_mode_is_the_bare_word_or_has_options() {
        for (mode, expected) in [
            ("slirp4netns", true),
            ("slirp4netns:", true),
            ("slirp4netns:cidr=10.1.0.0/24", true),
            ("slirp4netnsx", false),
            ("bridge", false),
            ("", false),
        ] {
            assert_eq!(is_mode(mode), expected, "{mode}");
        }
    }
}
