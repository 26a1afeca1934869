//! Makes the command line of pasta, which gives a namespace the host's own addresses (HD-NET-01).

use super::ports::PortMapping;
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The name server that a container asks, and whose questions pasta hands on: an address that no network has.
pub const DNS: &str = "169.254.1.1";

/// A command line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Pasta<'a> {
    /// All its words.
    pub argv: Vec<Cow<'a, str>>,
    /// The name servers that it hands questions on for.
    pub dns: Vec<Cow<'a, str>>,
}

/// Makes it for the namespace at `netns`: `given` are further options, as they are written behind `pasta:`.
///
/// Source: containers/common `libnetwork/pasta/pasta_linux.go`, of the time when pasta had no `--map-guest-addr`.
///
/// # Errors
///
/// A protocol that it does not forward.
pub fn command_line<'a>(
    program: &'a str,
    given: impl Iterator<Item = &'a str>,
    ports: &[PortMapping<'a>],
    netns: &'a str,
    as_root: bool,
) -> Result<Pasta<'a>, String> {
    let mut argv: Vec<Cow<'a, str>> = Vec::from([program, "--config-net"].map(Cow::Borrowed));
    let (mut map_gateway, mut quiet) = (false, true);
    let (mut dns, mut is_dns) = (Vec::new(), false);
    // What is not asked for is not forwarded at all: by default pasta forwards every port that anybody listens on.
    let mut open: [(&str, &str, bool); 4] = [
        ("-t", "--tcp-ports", false),
        ("-u", "--udp-ports", false),
        ("-T", "--tcp-ns", false),
        ("-U", "--udp-ns", false),
    ];
    for word in given {
        // No option of its own: it takes one away.
        if word == "--map-gw" {
            map_gateway = true;
            continue;
        }
        if is_dns {
            dns.push(Cow::Borrowed(word));
        }
        is_dns = word == "--dns-forward";
        quiet &= !matches!(word, "-d" | "--debug" | "--trace");
        for (short, long, is_open) in &mut open {
            *is_open |= word == *short || word == *long;
        }
        argv.push(Cow::Borrowed(word));
    }
    for port in ports {
        for protocol in port.protocol.split(',') {
            let option = match protocol {
                "tcp" => "-t",
                "udp" => "-u",
                other => return Err(other.into()),
            };
            for (short, _, is_open) in &mut open {
                *is_open |= *short == option;
            }
            let last = |first: u16| first.saturating_add(port.range.saturating_sub(1));
            let address = if port.host_ip.is_empty() { "" } else { "/" };
            argv.push(Cow::Borrowed(option));
            argv.push(Cow::Owned(format!(
                "{}{address}{}-{}:{}-{}",
                port.host_ip,
                port.host_port,
                last(port.host_port),
                port.container_port,
                last(port.container_port)
            )));
        }
    }
    if dns.is_empty() {
        argv.extend(["--dns-forward", DNS].map(Cow::Borrowed));
        dns.push(Cow::Borrowed(DNS));
    }
    for (short, _, is_open) in open {
        if !is_open {
            argv.extend([short, "none"].map(Cow::Borrowed));
        }
    }
    if !map_gateway {
        argv.push(Cow::Borrowed("--no-map-gw"));
    }
    if quiet {
        argv.push(Cow::Borrowed("--quiet"));
    }
    if as_root {
        // It would become nobody, who may not enter the namespace.
        argv.extend(["--runas", "0"].map(Cow::Borrowed));
    }
    argv.extend(["--netns", netns].map(Cow::Borrowed));
    Ok(Pasta { argv, dns })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(given: &[&str], ports: &[PortMapping<'_>], as_root: bool) -> Result<String, String> {
        command_line("pasta", given.iter().copied(), ports, "/n", as_root)
            .map(|pasta| format!("{} dns {}", pasta.argv.join(" "), pasta.dns.join(" ")))
    }

    #[test]
    fn nothing_is_forwarded_that_is_not_asked_for() {
        // HD-NET-01
        let none = "--dns-forward 169.254.1.1 -t none -u none -T none -U none --no-map-gw --quiet";
        assert_eq!(
            line(&[], &[], false).unwrap(),
            format!("pasta --config-net {none} --netns /n dns 169.254.1.1")
        );
        let port = |protocol: &'static str, range, host_ip: &'static str| PortMapping {
            host_ip: Cow::Borrowed(host_ip),
            container_port: 80,
            host_port: 8080,
            range,
            protocol: Cow::Borrowed(protocol),
        };
        assert_eq!(
            line(&[], &[port("tcp,udp", 1, ""), port("tcp", 3, "127.0.0.1")], true).unwrap(),
            "pasta --config-net -t 8080-8080:80-80 -u 8080-8080:80-80 -t 127.0.0.1/8080-8082:80-82 --dns-forward 169.254.1.1 \
             -T none -U none --no-map-gw --quiet --runas 0 --netns /n dns 169.254.1.1"
        );
        assert_eq!(
            line(&["--map-gw", "-T", "5201", "--dns-forward", "10.0.0.1", "--trace"], &[], false)
                .unwrap(),
            "pasta --config-net -T 5201 --dns-forward 10.0.0.1 --trace -t none -u none -U none --netns /n dns 10.0.0.1"
        );
        assert_eq!(line(&[], &[port("sctp", 1, "")], false), Err("sctp".into()));
    }
}
