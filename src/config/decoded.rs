//! Checks the texts that Podman decodes into Go's own types while it reads a request: addresses, hardware addresses, numbers as keys.

use super::Config;
use crate::network::addresses::parse_ip;
use crate::text::{Mistake, MistakeKind};
use alloc::{format, string::String, vec::Vec};

/// The texts that are no such values, each with its place.
pub(super) fn mistakes(config: &Config) -> Vec<Mistake> {
    let mut found = Vec::new();
    let mut wrong = |path: String, message: String| {
        found.push(Mistake { path, kind: MistakeKind::Value { message, hint: None } });
    };
    // An empty text is Go's address without a value.
    let odd = |ip: &String| !ip.is_empty() && parse_ip(ip).is_none();
    for (i, ip) in config.dns_server.iter().enumerate().filter(|(_, ip)| odd(ip)) {
        wrong(format!("dns_server[{i}]"), format!("invalid IP address: {ip}"));
    }
    for (name, network) in &config.networks {
        for (i, ip) in network.static_ips.iter().enumerate().filter(|(_, ip)| odd(ip)) {
            wrong(format!("Networks.{name}.static_ips[{i}]"), format!("invalid IP address: {ip}"));
        }
        let mac = network.static_mac.as_str();
        if !is_hardware_address(mac) && !is_base64(mac) {
            let message = format!("`{mac}` is no hardware address, such as `02:00:00:00:00:01`");
            wrong(format!("Networks.{name}.static_mac"), message);
        }
    }
    for port in config.expose.keys().filter(|port| !is_port(port)) {
        wrong(format!("expose.{port}"), format!("`{port}` is no port number, 0 to 65535"));
    }
    found
}

/// As Go's `strconv.ParseUint` reads 16 bits: digits alone.
fn is_port(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// As Go's `net.ParseMAC`: 6, 8 or 20 bytes, in pairs of digits between `:` or `-`, or in fours between dots.
fn is_hardware_address(text: &str) -> bool {
    let grouped = |border: char, digits: usize, groups: [usize; 3]| {
        text.contains(border)
            && groups.contains(&text.split(border).count())
            && text
                .split(border)
                .all(|part| part.len() == digits && part.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    grouped(':', 2, [6, 8, 20]) || grouped('-', 2, [6, 8, 20]) || grouped('.', 4, [3, 4, 10])
}

/// What is no hardware address is taken for its bytes in base 64; breaks between lines are passed over.
fn is_base64(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(|b| !matches!(b, b'\r' | b'\n')).collect();
    let padding = letters.iter().rev().take_while(|b| **b == b'=').count();
    let digit = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    letters.len().is_multiple_of(4)
        && padding <= 2
        && letters.iter().take(letters.len().saturating_sub(padding)).all(digit)
}

#[cfg(test)]
mod tests {
    use crate::config::{Format, ParseError, Parsing, parse_as};
    use alloc::string::ToString as _;

    #[test]
    fn texts_of_other_types_are_checked() {
        for (text, told) in [
            (r#"{"dns_server":["8.8.8.8","","::1"]}"#, None),
            (
                r#"{"dns_server":["8.8.8.8","bogus"]}"#,
                Some("dns_server[1]: invalid IP address: bogus"),
            ),
            (r#"{"dns_server":["none"]}"#, Some("dns_server[0]: invalid IP address: none")),
            (
                r#"{"Networks":{"n":{"static_ips":["10.0.0.1","10.0.0"]}}}"#,
                Some("Networks.n.static_ips[1]: invalid IP address: 10.0.0"),
            ),
            (r#"{"Networks":{"n":{"static_mac":"02:00:00:00:00:05"}}}"#, None),
            (r#"{"Networks":{"n":{"static_mac":"0200.0000.0005"}}}"#, None),
            // Eight letters are six bytes.
            (r#"{"Networks":{"n":{"static_mac":"AgAAAAAF"}}}"#, None),
            (
                r#"{"Networks":{"n":{"static_mac":"bogus"}}}"#,
                Some(
                    "Networks.n.static_mac: `bogus` is no hardware address, such as `02:00:00:00:00:01`",
                ),
            ),
            (r#"{"expose":{"80":"tcp","0":""}}"#, None),
            (
                r#"{"expose":{"65536":"udp"}}"#,
                Some("expose.65536: `65536` is no port number, 0 to 65535"),
            ),
            (r#"{"expose":{"+5":""}}"#, Some("expose.+5: `+5` is no port number, 0 to 65535")),
        ] {
            let read = parse_as(text, Format::Json, Parsing { api: true, ..Parsing::default() });
            let mistake = match read {
                Ok(_) => None,
                Err(ParseError::Mistakes(all)) => {
                    all.first().map(|m| alloc::format!("{}: {}", m.path, m.kind))
                }
                Err(ParseError::Text(error)) => Some(error.to_string()),
            };
            assert_eq!(mistake.as_deref(), told, "{text}");
        }
    }
}
