//! The short forms that stand for a whole object.

use super::kinds::words;
use super::{IdMapping, Mount, NamedVolume, PortMapping, Rlimit};
use crate::text::{Reader, nearest};
use alloc::{borrow::ToOwned, format, string::String, vec::Vec};

/// `type=bind,src=/a,dst=/b,ro`
pub(super) fn mount(text: &str, reader: &mut Reader) -> Option<Mount> {
    let mut mount = Mount::default();
    let mut options: Vec<String> = Vec::new();
    for part in text.split(',') {
        let (key, value) = part.split_once('=').map_or((part, None), |(k, v)| (k, Some(v)));
        match (key, value) {
            ("type", Some(v)) => v.clone_into(&mut mount.kind),
            ("src" | "source", Some(v)) => v.clone_into(&mut mount.source),
            ("dst" | "destination" | "target", Some(v)) => v.clone_into(&mut mount.destination),
            ("type" | "src" | "source" | "dst" | "destination" | "target", None) => {
                return reader.value(format!("`{key}` in `{text}` has no value: write `{key}=…`"));
            }
            ("readonly" | "ro", None | Some("true")) => options.push("ro".into()),
            ("readonly" | "ro", Some("false")) => options.push("rw".into()),
            ("bind-propagation", Some(v)) => options.push(v.into()),
            ("tmpfs-size", Some(v)) => options.push(format!("size={v}")),
            ("tmpfs-mode", Some(v)) => options.push(format!("mode={v}")),
            ("", None) => {
                return reader.value(format!("`{text}` has an empty part between two commas"));
            }
            _ => options.push(part.to_owned()),
        }
    }
    if mount.destination.is_empty() {
        let message = format!("`{text}` has no destination: add `dst=/path`");
        return reader.none_of(message, misspelt(text, "dst"), &["destination", "dst", "target"]);
    }
    if mount.kind.is_empty() {
        let message = format!("`{text}` has no type: add `type=bind` or `type=tmpfs`");
        return reader.none_of(message, misspelt(text, "type"), &["type"]);
    }
    if mount.kind == "tmpfs" && mount.source.is_empty() {
        "tmpfs".clone_into(&mut mount.source);
    }
    mount.options = Some(options);
    Some(mount)
}

/// The key in a mount's short form that is near to `wanted`, or begins as it does; empty where there is none.
fn misspelt<'t>(text: &'t str, wanted: &str) -> &'t str {
    let known = ["type", "src", "source", "dst", "destination", "target"];
    let keys = text.split(',').filter_map(|part| part.split_once('=').map(|(key, _)| key));
    let mut unknown = keys.filter(|key| !known.contains(key));
    let of_it: &[&str] =
        if wanted == "type" { &["type"] } else { &["dst", "destination", "target"] };
    unknown.find(|key| nearest(key, of_it.iter().copied()).is_some()).unwrap_or_default()
}

/// `data:/var/lib/db:U`, `/srv/www:/www:ro,z`, `/anonymous`
pub(super) fn volume(text: &str, reader: &mut Reader) -> Option<NamedVolume> {
    let parts: Vec<&str> = text.split(':').collect();
    let (name, dest, options) = match parts.as_slice() {
        [dest] => ("", *dest, ""),
        [name, dest] => (*name, *dest, ""),
        [name, dest, options] => (*name, *dest, *options),
        _ => {
            return reader.value(format!(
                "`{text}` has more than three parts: write `[source:]destination[:options]`"
            ));
        }
    };
    let options = options.split(',').filter(|o| !o.is_empty()).map(ToOwned::to_owned).collect();
    Some(NamedVolume { name: name.to_owned(), dest: dest.to_owned(), options, is_anonymous: false })
}

/// `nofile=1024:2048`: soft, then hard; one number for both; `unlimited` or -1 for none.
pub(super) fn rlimit(text: &str, reader: &mut Reader) -> Option<Rlimit> {
    let Some((kind, limits)) = text.split_once('=') else {
        return reader.value(format!("`{text}` has no `=`: write `nofile=1024:2048` (soft:hard)"));
    };
    let number = |word: &str| match word {
        "unlimited" | "-1" => Some(u64::MAX),
        other => other.parse().ok(),
    };
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    match (number(soft), number(hard)) {
        (Some(soft), Some(hard)) => Some(Rlimit { kind: kind.to_lowercase(), soft, hard }),
        _ => reader.value(format!(
            "`{limits}` in `{text}` is not a limit: write `1024`, `1024:2048` or `unlimited`"
        )),
    }
}

/// `0:100000:65536`: container id, host id, size.
pub(super) fn id_mapping(text: &str, reader: &mut Reader) -> Option<IdMapping> {
    let mut numbers = text.split(':').map(|w| w.parse::<u32>().ok());
    match (
        numbers.next().flatten(),
        numbers.next().flatten(),
        numbers.next().flatten(),
        numbers.next(),
    ) {
        (Some(container_id), Some(host_id), Some(size), None) => {
            Some(IdMapping { container_id, host_id, size })
        }
        _ => reader.value(format!(
            "`{text}` is not an id mapping: write `container:host:size`, as in `0:100000:65536`"
        )),
    }
}

/// `[ip:][host]:container[-end][/protocol]`, as in `8080:80/tcp`, `127.0.0.1:8443:443`, `[::1]:53:53/udp`, `80`
pub(super) fn port(text: &str, reader: &mut Reader) -> Option<PortMapping> {
    let (ports, protocol) = text.rsplit_once('/').unwrap_or((text, ""));
    if !protocol.split(',').all(|p| ["", "tcp", "udp", "sctp"].contains(&p)) {
        let known = ["tcp", "udp", "sctp"];
        let message = format!("protocol `{protocol}` in `{text}` is not one of {}", words(&known));
        return reader.none_of(message, protocol, &known);
    }
    let (rest, container) = ports.rsplit_once(':').unwrap_or(("", ports));
    let (host_ip, host) = match rest.strip_prefix('[').and_then(|r| r.split_once(']')) {
        Some((ip, host)) => (ip, host.strip_prefix(':').unwrap_or(host)),
        None => rest.rsplit_once(':').unwrap_or(("", rest)),
    };
    let span = |word: &str| -> Option<(u16, u16)> {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
        (first <= last).then_some((first, last.wrapping_sub(first).saturating_add(1)))
    };
    let Some((container_port, range)) = span(container).filter(|(p, _)| *p > 0) else {
        return reader.value(format!(
            "container port `{container}` in `{text}` is not a port or a range of ports, 1 to 65535"
        ));
    };
    let host_port =
        if host.is_empty() {
            0
        } else {
            match span(host) {
                Some((first, length)) if length == range || length == 1 => first,
                Some(_) => {
                    return reader.value(format!(
                        "the ranges of host and container ports in `{text}` differ in length"
                    ));
                }
                None => return reader.value(format!(
                    "host port `{host}` in `{text}` is not a port or a range of ports, 1 to 65535"
                )),
            }
        };
    let range = if range == 1 { 0 } else { range };
    Some(PortMapping {
        host_ip: host_ip.to_owned(),
        container_port,
        host_port,
        range,
        protocol: protocol.to_owned(),
    })
}
