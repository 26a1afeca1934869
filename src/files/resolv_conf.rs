//! Writes `/etc/resolv.conf`: what is wanted, merged with what of the host's file can work in the container.
//!
//! Podman reads the host's file with regular expressions. The matchers here are the same ones by hand, oddities included: see
//! `without_nameservers` for what is deleted and `Parsed` for what is read.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

/// Where the host keeps its own file.
pub const HOST_FILE: &str = "/etc/resolv.conf";

/// What is to be in the file, before the host has its say. Made by [`wanted`].
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Wanted<'a> {
    /// Name servers, in the order they are asked.
    pub nameservers: Vec<Cow<'a, str>>,
    /// Search domains; one that is `.` means "none at all".
    pub search: Vec<Cow<'a, str>>,
    /// Resolver options.
    pub options: Vec<Cow<'a, str>>,
    /// Whether the host's entries are appended even to lists that are not empty.
    pub keep_host: bool,
}

/// What the host says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host<'a> {
    /// The base file's text; `None` if there is no such file.
    pub base: Option<&'a str>,
    /// Whether the container uses the host's network, where the host's loopback servers work.
    pub host_network: bool,
    /// Whether the container's network has IPv6.
    pub ipv6: bool,
}

/// The three lists that containers.conf, and likewise a request, can give.
#[derive(Clone, Copy, Debug)]
pub struct Lists<'a, S> {
    /// Name servers, as addresses.
    pub servers: &'a [S],
    /// Search domains.
    pub search: &'a [S],
    /// Resolver options.
    pub options: &'a [S],
}

/// What the container's networks offer.
#[derive(Clone, Debug, Default)]
pub struct Offered<'a> {
    /// Their name servers.
    pub servers: Vec<Cow<'a, str>>,
    /// Their search domains.
    pub search: Vec<Cow<'a, str>>,
    /// slirp4netns' own name server, in that network mode and where the subnet has room for it.
    pub slirp: Option<Cow<'a, str>>,
}

/// The local resolver that a host's file points to: unreachable from a container, but it keeps a list of the real servers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum LocalResolver {
    /// systemd-resolved's stub on 127.0.0.53.
    SystemdResolved,
    /// `NetworkManager`'s dnsmasq on 127.0.0.1.
    NetworkManager,
}

impl LocalResolver {
    /// The file with the real servers; where it is absent, the base file is kept.
    pub const fn file(self) -> &'static str {
        match self {
            Self::SystemdResolved => "/run/systemd/resolve/resolv.conf",
            Self::NetworkManager => "/run/NetworkManager/no-stub-resolv.conf",
        }
    }
}

/// Decides which servers, domains and options are wanted. `conf` is containers.conf's, `container` the request's.
pub fn wanted<'a, C, R>(
    conf: &Lists<'a, C>,
    container: &Lists<'a, R>,
    offered: Offered<'a>,
) -> Wanted<'a>
where
    C: AsRef<str>,
    R: AsRef<str>,
{
    // LP-DNS-03: one server given by hand, and what the networks offer is ignored, search domains too.
    let given = both(conf.servers, container.servers);
    let keep_host = given.is_empty();
    let (nameservers, search) = if keep_host {
        let mut servers = offered.servers;
        servers.extend(offered.slirp);
        (servers, offered.search)
    } else {
        (given, Vec::new())
    };
    // LP-DNS-04: search domains given by hand replace those of the networks.
    let by_hand = both(conf.search, container.search);
    let search = if by_hand.is_empty() { search } else { by_hand };
    Wanted { nameservers, search, options: both(conf.options, container.options), keep_host }
}

/// Says whether the file cannot be written without the host's.
pub fn needs_host(wanted: &Wanted<'_>) -> bool {
    // LP-RC-01
    let complete =
        !(wanted.nameservers.is_empty() || wanted.options.is_empty() || wanted.search.is_empty());
    wanted.keep_host || !complete
}

/// Names the file that is the base instead of [`HOST_FILE`], if it exists, for a network namespace at `path`.
pub fn netns_file(path: &str) -> Option<String> {
    // LP-RC-02: `ip netns` keeps one such file for each of its namespaces; `/proc/PID/ns/net` is none of them.
    if path.is_empty() || path.starts_with("/proc/") {
        return None;
    }
    let trimmed = path.trim_end_matches('/');
    Some(match trimmed.rsplit_once('/').map_or(trimmed, |(_, name)| name) {
        "" | "." => "/etc/netns/resolv.conf".to_string(),
        ".." => HOST_FILE.to_string(),
        name => format!("/etc/netns/{name}/resolv.conf"),
    })
}

/// Says whose file is to replace a base that names one local resolver and nothing else; not for the host's network.
pub fn local_resolver(base: &str) -> Option<LocalResolver> {
    // LP-RC-03
    let mut nameservers = lines(base).filter_map(nameserver);
    match (nameservers.next()?, nameservers.next()) {
        ("127.0.0.53", None) => Some(LocalResolver::SystemdResolved),
        ("127.0.0.1", None) => Some(LocalResolver::NetworkManager),
        _ => None,
    }
}

/// Gives the file's text.
pub fn text(wanted: &Wanted<'_>, host: &Host<'_>) -> String {
    let mut nameservers = borrowed(&wanted.nameservers);
    let mut options = borrowed(&wanted.options);
    // LP-RC-06: a `.` among the search domains unsets them all.
    let unset = wanted.search.iter().any(|domain| domain == ".");
    let mut search = if unset { Vec::new() } else { borrowed(&wanted.search) };
    if needs_host(wanted) {
        let keep = wanted.keep_host;
        let base = host.base.unwrap_or_default();
        let base = if host.host_network { Cow::Borrowed(base) } else { filtered(base, host.ipv6) };
        let mut theirs = Parsed::read(&base);
        if theirs.nameservers.is_empty() && !host.host_network {
            theirs.nameservers = defaults(host.ipv6).to_vec();
        }
        if nameservers.is_empty() || keep {
            nameservers.append(&mut theirs.nameservers);
        }
        // With an explicit `.` nothing is appended: the wanted list is not empty, but what is left of it is.
        if wanted.search.is_empty() || (keep && !search.is_empty()) {
            search.extend(theirs.search.split_whitespace());
        }
        if options.is_empty() || keep {
            options.extend(theirs.options.split_whitespace());
        }
        return written(&nameservers, &search, &options);
    }
    written(&nameservers, &search, &options)
}

/// Gives an existing file's text with `servers` before its own ones. Nothing is deduplicated; what is no entry is lost.
pub fn add(existing: &str, servers: &[&str]) -> String {
    // LP-RC-08
    let theirs = Parsed::read(existing);
    let nameservers: Vec<&str> = servers.iter().copied().chain(theirs.nameservers).collect();
    let search: Vec<&str> = theirs.search.split_whitespace().collect();
    let options: Vec<&str> = theirs.options.split_whitespace().collect();
    written(&nameservers, &search, &options)
}

/// Writes the canonical form.
fn written(nameservers: &[&str], search: &[&str], options: &[&str]) -> String {
    // LP-RC-07
    let mut text = String::with_capacity(128);
    push_list(&mut text, "search ", search, ".");
    for server in nameservers {
        text.push_str("nameserver ");
        text.push_str(server);
        text.push('\n');
    }
    push_list(&mut text, "options ", options, "");
    text
}

/// Appends a line with a list; none for an empty list, nor for one that is `nothing` but for blanks.
fn push_list(text: &mut String, key: &str, list: &[&str], nothing: &str) {
    let length = text.len();
    for (index, item) in list.iter().enumerate() {
        text.push_str(if index == 0 { key } else { " " });
        text.push_str(item);
    }
    let joined = text.get(length.saturating_add(key.len())..).unwrap_or_default();
    if list.is_empty() || joined.trim_matches(' ') == nothing {
        text.truncate(length);
    } else {
        text.push('\n');
    }
}

/// The servers that stand in where the host has none that a container can reach.
fn defaults(ipv6: bool) -> &'static [&'static str] {
    // LP-RC-04
    if ipv6 {
        &["8.8.8.8", "8.8.4.4", "2001:4860:4860::8888", "2001:4860:4860::8844"]
    } else {
        &["8.8.8.8", "8.8.4.4"]
    }
}

/// Deletes from a base the servers that a container cannot reach.
fn filtered(base: &str, ipv6: bool) -> Cow<'_, str> {
    // LP-RC-04: the second deletion sees the lines that the first has left.
    let reachable = without_nameservers(base, after_loopback);
    if ipv6 {
        return reachable;
    }
    match reachable {
        Cow::Borrowed(text) => without_nameservers(text, after_ipv6),
        Cow::Owned(text) => Cow::Owned(without_nameservers(&text, after_ipv6).into_owned()),
    }
}

/// Deletes each `nameserver` entry whose address begins as `after_address` says, with the white space that follows it.
///
/// LP-RC-04, `(?m)^nameserver\s+ADDRESS\s*\n*`: only from column 0, so an indented entry survives; the white space may be
/// newlines, so blank lines and the indentation of the next line go too; and what follows an address without a blank stays behind.
fn without_nameservers(text: &str, after_address: fn(&str) -> Option<&str>) -> Cow<'_, str> {
    let mut kept: Option<String> = None;
    let mut rest = text;
    let mut at_line_start = true;
    while !rest.is_empty() {
        if at_line_start && let Some(after) = after_nameserver(rest).and_then(after_address) {
            let after = after.trim_start_matches(is_space);
            kept.get_or_insert_with(|| before(text, rest).to_string());
            at_line_start = before(rest, after).ends_with('\n');
            rest = after;
        } else {
            let end = rest.find('\n').map_or(rest.len(), |newline| newline.saturating_add(1));
            let (line, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            if let Some(kept) = &mut kept {
                kept.push_str(line);
            }
            at_line_start = true;
            rest = after;
        }
    }
    kept.map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Gives what of `text` stands before `end`, with which it ends.
fn before<'a>(text: &'a str, end: &str) -> &'a str {
    text.get(..text.len().saturating_sub(end.len())).unwrap_or_default()
}

/// Matches `nameserver\s+` at the beginning; gives what follows, as the functions below do.
fn after_nameserver(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("nameserver")?;
    let address = rest.trim_start_matches(is_space);
    (address.len() < rest.len()).then_some(address)
}

/// Matches `127\.([0-9]{1,3}\.){2}[0-9]{1,3}`, or `::1` at the end of a line.
fn after_loopback(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix("127.") {
        let rest = after_digits(rest)?.strip_prefix('.')?;
        let rest = after_digits(rest)?.strip_prefix('.')?;
        return after_digits(rest);
    }
    let rest = text.strip_prefix("::1")?;
    (rest.is_empty() || rest.starts_with('\n')).then_some(rest)
}

/// Matches `[0-9]{1,3}`.
fn after_digits(text: &str) -> Option<&str> {
    let rest = after_up_to(text, 3, u8::is_ascii_digit);
    (rest.len() < text.len()).then_some(rest)
}

/// Matches `([0-9A-Fa-f]{0,4}:){2,7}([0-9A-Fa-f]{0,4})(%\w+)?`: whatever looks like IPv6.
fn after_ipv6(text: &str) -> Option<&str> {
    let after_hex = |text| after_up_to(text, 4, u8::is_ascii_hexdigit);
    let mut rest = text;
    let mut groups = 0_u8;
    while groups < 7
        && let Some(next) = after_hex(rest).strip_prefix(':')
    {
        rest = next;
        groups = groups.saturating_add(1);
    }
    if groups < 2 {
        return None;
    }
    let rest = after_hex(rest);
    let zone = rest.strip_prefix('%').unwrap_or_default();
    let after_zone =
        zone.trim_start_matches(|char: char| char.is_ascii_alphanumeric() || char == '_');
    Some(if after_zone.len() < zone.len() { after_zone } else { rest })
}

/// Drops the leading bytes that `belongs` takes, `limit` at most.
fn after_up_to(text: &str, limit: usize, belongs: fn(&u8) -> bool) -> &str {
    let count = text.bytes().take(limit).take_while(belongs).count();
    text.get(count..).unwrap_or_default()
}

/// Matches an IPv4 address, leading zeros allowed.
fn is_ipv4(text: &str) -> bool {
    let mut blocks = 0_u8;
    let valid = text.split('.').all(|block| {
        blocks = blocks.saturating_add(1);
        block.len() <= 3
            && block.bytes().all(|byte| byte.is_ascii_digit())
            && block.parse::<u8>().is_ok()
    });
    valid && blocks == 4
}

/// What is read from a file. The last `search` and the last `options` line win, each as the text that follows its key.
#[derive(Debug, Default)]
struct Parsed<'a> {
    nameservers: Vec<&'a str>,
    search: &'a str,
    options: &'a str,
}

impl<'a> Parsed<'a> {
    fn read(text: &'a str) -> Self {
        // LP-RC-05
        let mut parsed = Parsed::default();
        for line in lines(text) {
            if let Some(server) = nameserver(line) {
                parsed.nameservers.push(server);
                continue;
            }
            let line = line.trim_start_matches(is_space);
            // The expressions ask for no blank after the key: `searching` is a search for `ing`.
            if let Some(search) = line.strip_prefix("search") {
                parsed.search = search;
            } else if let Some(options) = line.strip_prefix("options") {
                parsed.options = options;
            }
        }
        parsed
    }
}

/// Gives the lines, each up to its first `#`.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').map(|line| line.split_once('#').map_or(line, |(entry, _)| entry))
}

/// Gives the address of a line that is a name server's and nothing else.
fn nameserver(line: &str) -> Option<&str> {
    let address =
        line.trim_start_matches(is_space).strip_prefix("nameserver")?.trim_matches(is_space);
    (is_ipv4(address) || after_ipv6(address) == Some("")).then_some(address)
}

/// `\s` of Go's regular expressions.
fn is_space(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

fn both<'a, A: AsRef<str>, B: AsRef<str>>(first: &'a [A], second: &'a [B]) -> Vec<Cow<'a, str>> {
    first
        .iter()
        .map(AsRef::as_ref)
        .chain(second.iter().map(AsRef::as_ref))
        .map(Cow::Borrowed)
        .collect()
}

fn borrowed<'a>(list: &'a [Cow<'_, str>]) -> Vec<&'a str> {
    list.iter().map(AsRef::as_ref).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn cows(list: &[&'static str]) -> Vec<Cow<'static, str>> {
        list.iter().copied().map(Cow::Borrowed).collect()
    }

    fn lists<'a>(
        servers: &'a [&'a str],
        search: &'a [&'a str],
        options: &'a [&'a str],
    ) -> Lists<'a, &'a str> {
        Lists { servers, search, options }
    }

    /// A row of the page: host file; netns, IPv6, keep; servers, search, options; output.
    type Row<'a> = (&'a str, [bool; 3], [&'a [&'static str]; 3], &'a str);

    #[test]
    fn the_host_and_the_wish_are_merged() {
        const PLAIN: &str =
            "search a.b\nnameserver 127.0.0.1\nnameserver 1.1.1.1\noptions ndots:1\n";
        const DOMAIN: &str = "search host.dom\nnameserver 9.9.9.9\noptions edns0\n";
        const STUB: &str = "search host.dom\nnameserver 127.0.0.11\noptions edns0\n";
        const GOOGLE: &str = "nameserver 8.8.8.8\nnameserver 8.8.4.4\n";
        let rows: [Row<'_>; 16] = [
            (PLAIN, [false, false, false], [&[], &[], &[]], PLAIN),
            (
                PLAIN,
                [true, false, false],
                [&[], &[], &[]],
                "search a.b\nnameserver 1.1.1.1\noptions ndots:1\n",
            ),
            ("nameserver 127.0.0.11\n", [true, false, false], [&[], &[], &[]], GOOGLE),
            (
                "nameserver 127.0.0.11\n",
                [true, true, false],
                [&[], &[], &[]],
                "nameserver 8.8.8.8\nnameserver 8.8.4.4\nnameserver 2001:4860:4860::8888\n\
                 nameserver 2001:4860:4860::8844\n",
            ),
            (
                "nameserver fe80::1%eth0\nnameserver 2001:db8::1\nnameserver 9.9.9.9\n",
                [true, false, false],
                [&[], &[], &[]],
                "nameserver 9.9.9.9\n",
            ),
            (
                DOMAIN,
                [true, false, true],
                [&["10.0.2.3"], &[], &[]],
                "search host.dom\nnameserver 10.0.2.3\nnameserver 9.9.9.9\noptions edns0\n",
            ),
            (
                STUB,
                [true, false, true],
                [&["10.0.2.3"], &[], &[]],
                "search host.dom\nnameserver 10.0.2.3\nnameserver 8.8.8.8\nnameserver 8.8.4.4\noptions edns0\n",
            ),
            (
                DOMAIN,
                [true, false, true],
                [&[], &["my.dom"], &["x"]],
                "search my.dom host.dom\nnameserver 9.9.9.9\noptions x edns0\n",
            ),
            (
                DOMAIN,
                [true, false, true],
                [&[], &["."], &[]],
                "nameserver 9.9.9.9\noptions edns0\n",
            ),
            (
                DOMAIN,
                [true, false, false],
                [&["8.8.4.4"], &[], &[]],
                "search host.dom\nnameserver 8.8.4.4\noptions edns0\n",
            ),
            (
                DOMAIN,
                [true, false, false],
                [&["8.8.4.4"], &["s"], &["o"]],
                "search s\nnameserver 8.8.4.4\noptions o\n",
            ),
            ("", [false, false, false], [&[], &[], &[]], ""),
            ("", [true, false, false], [&[], &[], &[]], GOOGLE),
            (
                "nameserver 10.255.255.53\n",
                [true, true, true],
                [&["10.89.0.1"], &["dns.podman"], &[]],
                "search dns.podman\nnameserver 10.89.0.1\nnameserver 10.255.255.53\n",
            ),
            // LP-RC-01: complete, so the `.` is all that is left of the search list.
            (
                DOMAIN,
                [true, false, false],
                [&["8.8.4.4"], &["s", "."], &["o"]],
                "nameserver 8.8.4.4\noptions o\n",
            ),
            // LP-RC-07: the host's own `.` is no `search` line either.
            (
                "search .\nnameserver 9.9.9.9\n",
                [false, false, false],
                [&[], &[], &[]],
                "nameserver 9.9.9.9\n",
            ),
        ];
        for (base, [netns, ipv6, keep_host], [nameservers, search, options], expected) in rows {
            let wanted = Wanted {
                nameservers: cows(nameservers),
                search: cows(search),
                options: cows(options),
                keep_host,
            };
            let host = Host { base: Some(base), host_network: !netns, ipv6 };
            assert_eq!(text(&wanted, &host), expected, "{wanted:?} {host:?}");
        }
        let absent = Host { base: None, host_network: true, ipv6: false };
        assert_eq!(text(&Wanted::default(), &absent), "");
    }

    #[test]
    fn servers_given_by_hand_shut_out_the_networks_own() {
        let offered = || Offered {
            servers: cows(&["10.89.0.1"]),
            search: cows(&["dns.podman"]),
            slirp: Some(Cow::Borrowed("10.0.2.3")),
        };
        let none = lists(&[], &[], &[]);
        assert_eq!(
            wanted(&none, &none, offered()),
            Wanted {
                nameservers: cows(&["10.89.0.1", "10.0.2.3"]),
                search: cows(&["dns.podman"]),
                options: vec![],
                keep_host: true
            }
        );
        assert_eq!(
            wanted(&lists(&["9.9.9.9"], &[], &["a"]), &lists(&["8.8.8.8"], &[], &["b"]), offered()),
            Wanted {
                nameservers: cows(&["9.9.9.9", "8.8.8.8"]),
                search: vec![],
                options: cows(&["a", "b"]),
                keep_host: false
            }
        );
        assert_eq!(
            wanted(&lists(&[], &["conf"], &[]), &lists(&[], &["req"], &[]), offered()),
            Wanted {
                nameservers: cows(&["10.89.0.1", "10.0.2.3"]),
                search: cows(&["conf", "req"]),
                options: vec![],
                keep_host: true
            }
        );
    }

    #[test]
    fn the_host_is_read_unless_every_list_is_given() {
        let mut full = Wanted {
            nameservers: cows(&["1.1.1.1"]),
            search: cows(&["s"]),
            options: cows(&["o"]),
            keep_host: false,
        };
        assert!(!needs_host(&full));
        full.keep_host = true;
        assert!(needs_host(&full));
        assert!(needs_host(&Wanted { options: vec![], keep_host: false, ..full }));
    }

    #[test]
    fn ip_netns_keeps_a_file_for_each_namespace() {
        for (path, expected) in [
            ("", None),
            ("/proc/42/ns/net", None),
            ("/run/netns/blue", Some("/etc/netns/blue/resolv.conf")),
            ("/run/netns/blue//", Some("/etc/netns/blue/resolv.conf")),
            ("blue", Some("/etc/netns/blue/resolv.conf")),
            ("/", Some("/etc/netns/resolv.conf")),
            ("/run/..", Some("/etc/resolv.conf")),
        ] {
            assert_eq!(netns_file(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn one_local_server_asks_for_the_real_list() {
        use LocalResolver::{NetworkManager, SystemdResolved};
        for (base, expected) in [
            ("search x\nnameserver 127.0.0.53 # stub\n", Some(SystemdResolved)),
            ("  nameserver 127.0.0.1", Some(NetworkManager)),
            ("nameserver 127.0.0.53\nnameserver 9.9.9.9\n", None),
            ("nameserver 127.0.0.53\nnameserver nonsense\n", Some(SystemdResolved)),
            ("nameserver 127.0.0.11\n", None),
            ("nameserver 9.9.9.9\n", None),
            ("", None),
        ] {
            assert_eq!(local_resolver(base), expected, "{base:?}");
        }
        assert_eq!(SystemdResolved.file(), "/run/systemd/resolve/resolv.conf");
        assert_eq!(NetworkManager.file(), "/run/NetworkManager/no-stub-resolv.conf");
    }

    #[test]
    fn only_entries_at_column_0_are_deleted() {
        for (base, ipv6, expected) in [
            (" nameserver 127.0.0.1\n", false, " nameserver 127.0.0.1\n"),
            (
                "nameserver 127.0.0.1\n\n \t\n  nameserver 127.0.0.2\n",
                true,
                "nameserver 127.0.0.2\n",
            ),
            ("a\nnameserver 127.0.0.1\nnameserver\n127.1.2.3\nb", true, "a\nb"),
            ("nameserver 127.0.0.1234\n", true, "4\n"),
            ("nameserver 127.0.0.1 # x\n", true, "# x\n"),
            ("nameserver 127.0.0001.1\n", true, "nameserver 127.0.0001.1\n"),
            ("nameserver127.0.0.1\n", true, "nameserver127.0.0.1\n"),
            ("nameserver ::1\nnameserver ::1", true, ""),
            ("nameserver ::1 \n", true, "nameserver ::1 \n"),
            ("nameserver ::1 \n", false, ""),
            ("nameserver ::11\n", true, "nameserver ::11\n"),
            ("nameserver fe80::1%eth0\nx", false, "x"),
            ("nameserver fe80::1%eth-0\nx", false, "-0\nx"),
            ("nameserver fe80::1%\nx", false, "%\nx"),
            ("nameserver ::ffff:1.2.3.4\n", false, ".2.3.4\n"),
            ("nameserver 1:2:3:4:5:6:7:8:9\n", false, ":9\n"),
            ("nameserver a:1\n", false, "nameserver a:1\n"),
            ("nameserver 12345::1\n", false, "nameserver 12345::1\n"),
            ("nameserver fe80::1\n", true, "nameserver fe80::1\n"),
        ] {
            assert_eq!(filtered(base, ipv6), expected, "{base:?}");
        }
    }

    #[test]
    fn an_indented_loopback_server_survives() {
        let host =
            Host { base: Some("  nameserver 127.0.0.1\n"), host_network: false, ipv6: false };
        assert_eq!(text(&Wanted::default(), &host), "nameserver 127.0.0.1\n");
    }

    #[test]
    fn lines_are_read_as_the_expressions_read_them() {
        let text = "; nameserver 1.1.1.1\n\tnameserver\t1.1.1.1 \r\nnameserver2.2.2.02\nnameserver 256.1.1.1\n\
                    nameserver fe80::1%eth0 # link\nnameserver ::ffff:1.2.3.4\nnameserver 1.1.1.1 x\nnameserver\n\
                    search old\nsearch  a  b\tc# d\noptions x\noptions\nname";
        let parsed = Parsed::read(text);
        assert_eq!(parsed.nameservers, ["1.1.1.1", "2.2.2.02", "fe80::1%eth0"]);
        assert_eq!(parsed.search.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(parsed.options, "");
        assert_eq!(Parsed::read("searching\noptionsndots:2\n").search, "ing");
    }

    #[test]
    fn added_servers_come_first_and_twice_if_need_be() {
        assert_eq!(
            add(
                "# made by hand\noptions o\nnameserver 9.9.9.9\nsearch s\n",
                &["10.89.0.1", "9.9.9.9"]
            ),
            "search s\nnameserver 10.89.0.1\nnameserver 9.9.9.9\nnameserver 9.9.9.9\noptions o\n"
        );
        assert_eq!(add("", &[]), "");
    }
}
