//! Writes `/etc/hosts`: entries given by hand, a base file's, and the engine's own for names that are still free.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::iter;

use super::containerenv::Quoted;

/// The name under which a container reaches the host.
pub const HOST_NAME: &str = "host.containers.internal";

/// One line of the file.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Entry<'a> {
    /// The address, as text: what a user gives is written as it is.
    pub ip: &'a str,
    /// The names it answers to.
    pub names: &'a [&'a str],
}

/// All that a new file is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hosts<'a> {
    /// Entries given by hand, as (name, ip) that [`split`] has made.
    pub extra: &'a [(&'a str, &'a str)],
    /// The base file's text; `None` for no base, and for the host's own `/etc/hosts` where that is missing.
    pub base: Option<&'a str>,
    /// The address of [`HOST_NAME`], if it is to be there.
    pub host_ip: Option<&'a str>,
    /// The container's own entries.
    pub container: &'a [Entry<'a>],
}

/// A `hostadd` value that is not `name:ip`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HostEntryError {
    /// There is no colon.
    #[error("failed to create new hosts file: unable to parse host entry {}: incorrect format", Quoted(.value))]
    NoColon {
        /// The whole value.
        value: String,
    },
    /// Nothing stands before the colon.
    #[error("failed to create new hosts file: hostname in host entry {} is empty", Quoted(.value))]
    NoName {
        /// The whole value.
        value: String,
    },
    /// Nothing stands after the colon.
    #[error("failed to create new hosts file: IP address in host entry {} is empty", Quoted(.value))]
    NoIp {
        /// The whole value.
        value: String,
    },
}

/// Splits a `hostadd` value into name and address.
///
/// # Errors
///
/// [`HostEntryError`] where a part is missing. The address may be any text: `host-gateway` has no meaning in this version.
pub fn split(value: &str) -> Result<(&str, &str), HostEntryError> {
    // LP-HOSTS-04: at the first colon, so an IPv6 address keeps its own.
    match value.split_once(':') {
        None => Err(HostEntryError::NoColon { value: value.to_string() }),
        Some(("", _)) => Err(HostEntryError::NoName { value: value.to_string() }),
        Some((_, "")) => Err(HostEntryError::NoIp { value: value.to_string() }),
        Some(parts) => Ok(parts),
    }
}

/// Gives a new file's text.
pub fn text(hosts: &Hosts<'_>) -> String {
    // LP-HOSTS-05
    let base = hosts.base.unwrap_or_default();
    let mut text = String::with_capacity(base.len().saturating_add(256));
    let own = [
        Entry { ip: "127.0.0.1", names: &["localhost"] },
        Entry { ip: "::1", names: &["localhost"] },
    ];
    let host = hosts.host_ip.map(|ip| Entry { ip, names: &[HOST_NAME] });
    let own = || own.iter().copied().chain(host).chain(hosts.container.iter().copied());
    let mut free = FreeNames::of(own());
    for (name, ip) in hosts.extra {
        push_line(&mut text, ip, iter::once(*name));
        free.take(name);
    }
    for (ip, names) in lines(base) {
        push_line(&mut text, ip, names.inspect(|name| free.take(name)));
    }
    push_free(&mut text, own(), &free);
    text
}

/// Gives the text to append to an existing file: entries for the names that are in it nowhere, for any address.
///
/// A file without a newline at its end gets none from here either.
pub fn additions(existing: &str, entries: &[Entry<'_>]) -> String {
    // LP-HOSTS-20
    let mut free = FreeNames::of(entries.iter().copied());
    lines(existing).for_each(|(_, names)| names.for_each(|name| free.take(name)));
    let mut text = String::new();
    push_free(&mut text, entries.iter().copied(), &free);
    text
}

/// Gives an existing file's text without each line that has the address and at least one name of one of `entries`.
pub fn without(existing: &str, entries: &[Entry<'_>]) -> String {
    // LP-HOSTS-20
    let mut gone: Vec<(&str, &str)> = entries
        .iter()
        .flat_map(|entry| entry.names.iter().map(move |name| (entry.ip, *name)))
        .collect();
    gone.sort_unstable();
    let mut text = String::with_capacity(existing.len());
    for (ip, names) in lines(existing) {
        if !names.clone().any(|name| gone.binary_search(&(ip, name)).is_ok()) {
            push_line(&mut text, ip, names);
        }
    }
    text
}

/// The engine's names, and which of them the user's lines have not taken.
#[derive(Debug)]
struct FreeNames<'a>(Vec<(&'a str, bool)>);

impl<'a> FreeNames<'a> {
    fn of(entries: impl Iterator<Item = Entry<'a>>) -> Self {
        let mut names: Vec<_> =
            entries.flat_map(|entry| entry.names).map(|name| (*name, true)).collect();
        names.sort_unstable();
        names.dedup();
        Self(names)
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.0.binary_search_by_key(&name, |(name, _)| name).ok()
    }

    fn take(&mut self, name: &str) {
        if let Some((_, free)) = self.place(name).and_then(|place| self.0.get_mut(place)) {
            *free = false;
        }
    }

    fn has(&self, name: &str) -> bool {
        self.place(name).and_then(|place| self.0.get(place)).is_some_and(|(_, free)| *free)
    }
}

/// Appends the engine's entries with their free names; an entry left with none is no line. What is written takes no name, so
/// `localhost` gets both of its lines.
fn push_free<'a>(
    text: &mut String,
    entries: impl Iterator<Item = Entry<'a>>,
    free: &FreeNames<'_>,
) {
    for entry in entries {
        push_line(text, entry.ip, entry.names.iter().copied().filter(|name| free.has(name)));
    }
}

/// Appends a line, if there is a name for it.
fn push_line<'a>(text: &mut String, ip: &str, mut names: impl Iterator<Item = &'a str>) {
    let Some(first) = names.next() else { return };
    text.push_str(ip);
    text.push('\t');
    text.push_str(first);
    for name in names {
        text.push(' ');
        text.push_str(name);
    }
    text.push('\n');
}

/// Reads the lines of a file that have an address and at least one name; a `#` ends a line.
fn lines(text: &str) -> impl Iterator<Item = (&str, impl Iterator<Item = &str> + Clone)> {
    text.lines().filter_map(|line| {
        let end = line.bytes().position(|byte| byte == b'#');
        let entry = end.and_then(|end| line.get(..end)).unwrap_or(line);
        let mut names = entry.split_whitespace();
        let ip = names.next()?;
        names.clone().next().map(|_| (ip, names))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(
        extra: &[&str],
        base: Option<&str>,
        host_ip: Option<&str>,
        container: &[Entry<'_>],
    ) -> String {
        let extra: Vec<_> = extra.iter().map(|value| split(value).unwrap()).collect();
        text(&Hosts { extra: &extra, base, host_ip, container })
    }

    #[test]
    fn a_file_is_made_of_what_is_given_and_the_names_still_free() {
        let container = [Entry { ip: "10.88.0.2", names: &["h1", "cname"] }];
        for (extra, base, host_ip, container, expected) in [
            (&[][..], None, None, &[][..], "127.0.0.1\tlocalhost\n::1\tlocalhost\n"),
            (
                &["foo:1.2.3.4"],
                Some("192.168.0.1 h1 h2 # c\n"),
                Some("10.88.0.1"),
                &container,
                "1.2.3.4\tfoo\n192.168.0.1\th1 h2\n127.0.0.1\tlocalhost\n::1\tlocalhost\n\
                 10.88.0.1\thost.containers.internal\n10.88.0.2\tcname\n",
            ),
            (
                &["localhost:9.9.9.9", "host.containers.internal:1.1.1.1"],
                None,
                Some("10.88.0.1"),
                &[],
                "9.9.9.9\tlocalhost\n1.1.1.1\thost.containers.internal\n",
            ),
            // LP-HOSTS-04: the address is whatever stands after the first colon.
            (&["v6:::1"], None, None, &[], "::1\tv6\n127.0.0.1\tlocalhost\n::1\tlocalhost\n"),
            (
                &["up:host-gateway"],
                None,
                None,
                &[],
                "host-gateway\tup\n127.0.0.1\tlocalhost\n::1\tlocalhost\n",
            ),
            // The recorded case of a container without a network.
            (
                &[],
                Some("127.0.0.1 localhost\n127.0.0.1 runsc\n127.0.0.1 vm\n"),
                None,
                &[Entry { ip: "127.0.0.1", names: &["6b3028a97cdc", "pedantic_cannon"] }],
                "127.0.0.1\tlocalhost\n127.0.0.1\trunsc\n127.0.0.1\tvm\n127.0.0.1\t6b3028a97cdc pedantic_cannon\n",
            ),
            // A base line without a name, and names that the base takes for another address.
            (
                &[],
                Some("# top\n 10.0.0.9\t# none\n10.0.0.8\th1   cname#x y\r\n\n10.0.0.7 localhost"),
                None,
                &container,
                "10.0.0.8\th1 cname\n10.0.0.7\tlocalhost\n",
            ),
            // Two addresses share their names.
            (
                &[],
                Some("::1 localhost\n"),
                None,
                &[
                    Entry { ip: "10.88.0.2", names: &["a", "b"] },
                    Entry { ip: "fd00::2", names: &["a", "b"] },
                ],
                "::1\tlocalhost\n10.88.0.2\ta b\nfd00::2\ta b\n",
            ),
        ] {
            assert_eq!(made(extra, base, host_ip, container), expected, "{extra:?} {base:?}");
        }
    }

    #[test]
    fn an_entry_without_one_of_its_parts_is_refused() {
        for (value, expected) in [
            (
                "x",
                r#"failed to create new hosts file: unable to parse host entry "x": incorrect format"#,
            ),
            (
                "",
                r#"failed to create new hosts file: unable to parse host entry "": incorrect format"#,
            ),
            (":1", r#"failed to create new hosts file: hostname in host entry ":1" is empty"#),
            ("x:", r#"failed to create new hosts file: IP address in host entry "x:" is empty"#),
        ] {
            assert_eq!(split(value).unwrap_err().to_string(), expected);
        }
        assert_eq!(split("foo:1.2.3.4"), Ok(("foo", "1.2.3.4")));
        assert_eq!(split("v6:::1"), Ok(("v6", "::1")));
    }

    #[test]
    fn only_names_that_are_nowhere_in_the_file_are_added() {
        let entries = [
            Entry { ip: "127.0.0.1", names: &["ctr", "name"] },
            Entry { ip: "::1", names: &["ctr"] },
        ];
        assert_eq!(additions("127.0.0.1 localhost\n", &entries), "127.0.0.1\tctr name\n::1\tctr\n");
        assert_eq!(additions("10.0.0.1 x ctr # name\n", &entries), "127.0.0.1\tname\n");
        assert_eq!(additions("10.0.0.1 name ctr", &entries), "");
        assert_eq!(additions("", &[]), "");
    }

    #[test]
    fn a_line_goes_for_its_address_and_one_of_its_names() {
        let entries = [Entry { ip: "10.0.0.1", names: &["a", "b"] }];
        assert_eq!(
            without("10.0.0.1 b other\n10.0.0.1 other  # a\n10.0.0.2 a\n10.0.0.1\n", &entries),
            "10.0.0.1\tother\n10.0.0.2\ta\n"
        );
    }
}
