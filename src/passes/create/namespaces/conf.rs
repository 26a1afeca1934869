//! Reads the namespace modes of containers.conf.

use crate::draft::{NsChoice, NsMode};
use crate::problem::Problem;

/// SG-NS-03: containers.conf's words for pid and uts.
pub(super) fn plain(text: &str) -> Result<NsChoice<'_>, Problem> {
    let (mode, value) = match text {
        "" | "private" => (NsMode::Private, ""),
        "host" => (NsMode::Host, ""),
        "pod" => (NsMode::Pod, ""),
        other => match other.split_once(':') {
            Some(("ns", path)) => (NsMode::Path, path),
            Some(("container", name)) => (NsMode::Container, name),
            _ => return Err(Problem::ConfNamespace { text: other.into() }),
        },
    };
    Ok(NsChoice::new(mode, value))
}

/// SG-NS-04
pub(super) fn ipc(text: &str) -> Result<NsChoice<'_>, Problem> {
    match text {
        "" | "shareable" => Ok(NsChoice::new(NsMode::Shareable, "")),
        "none" => Ok(NsChoice::new(NsMode::None, "")),
        other => plain(other),
    }
}

/// SG-NS-05
pub(super) fn user(text: &str) -> Result<NsChoice<'_>, Problem> {
    let (word, value) = text.split_once(':').unwrap_or((text, ""));
    match word {
        "" if text.is_empty() => Ok(NsChoice::new(NsMode::Host, "")),
        "auto" => Ok(NsChoice::new(NsMode::Auto, value)),
        "keep-id" => Ok(NsChoice::new(NsMode::KeepId, value)),
        // Spelled `no-map` in the API; it takes no options.
        "nomap" if text == word => Ok(NsChoice::new(NsMode::NoMap, "")),
        _ => plain(text),
    }
}

/// SG-NS-06, on v2.
pub(super) fn cgroup(text: &str) -> Result<NsChoice<'_>, Problem> {
    match text {
        "host" => Ok(NsChoice::new(NsMode::Host, "")),
        "" | "private" => Ok(NsChoice::new(NsMode::Private, "")),
        other => Err(Problem::ConfCgroupNamespace { text: other.into() }),
    }
}

/// SG-NET-02: what is no mode is the name of a network; names and options are lost on the way.
pub(super) fn network(text: &str) -> NsChoice<'_> {
    let (mode, value) = match text {
        "" | "default" | "private" => (NsMode::Private, ""),
        "pod" => (NsMode::Pod, ""),
        "none" => (NsMode::None, ""),
        "host" => (NsMode::Host, ""),
        other => match other.split_once(':').unwrap_or((other, "")) {
            ("slirp4netns", _) => (NsMode::Slirp4netns, ""),
            ("ns", path) if other.contains(':') => (NsMode::Path, path),
            ("container", name) if other.contains(':') => (NsMode::Container, name),
            _ => (NsMode::Bridge, ""),
        },
    };
    NsChoice::new(mode, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    type Read = fn(&str) -> Result<NsChoice<'_>, Problem>;

    fn check(read: Read, table: &[(&str, Option<(NsMode, &str)>)]) {
        for (text, wanted) in table {
            let choice = read(text).map(|choice| {
                assert_eq!(choice.word, choice.mode.word());
                (choice.mode, choice.value)
            });
            assert_eq!(choice.ok(), *wanted, "{text}");
        }
    }

    const PLAIN: [(&str, Option<(NsMode, &str)>); 12] = [
        ("private", Some((NsMode::Private, ""))),
        ("host", Some((NsMode::Host, ""))),
        ("pod", Some((NsMode::Pod, ""))),
        ("ns:/run/ns:1", Some((NsMode::Path, "/run/ns:1"))),
        ("ns:", Some((NsMode::Path, ""))),
        ("container:db", Some((NsMode::Container, "db"))),
        ("container:", Some((NsMode::Container, ""))),
        ("container", None),
        ("path", None),
        ("wat", None),
        ("Host", None),
        (":", None),
    ];

    #[test]
    fn words_for_pid_and_uts() {
        // SG-NS-03
        check(plain, &PLAIN);
        check(plain, &[("", Some((NsMode::Private, ""))), ("shareable", None), ("none", None)]);
        assert_eq!(plain("wat").unwrap_err().to_string(), "unrecognized namespace wat passed");
    }

    #[test]
    fn words_for_ipc() {
        // SG-NS-04
        check(ipc, &PLAIN);
        check(
            ipc,
            &[
                ("", Some((NsMode::Shareable, ""))),
                ("shareable", Some((NsMode::Shareable, ""))),
                ("none", Some((NsMode::None, ""))),
            ],
        );
    }

    #[test]
    fn words_for_user() {
        // SG-NS-05
        check(user, &PLAIN);
        check(
            user,
            &[
                ("", Some((NsMode::Host, ""))),
                ("auto", Some((NsMode::Auto, ""))),
                ("auto:size=5", Some((NsMode::Auto, "size=5"))),
                ("keep-id", Some((NsMode::KeepId, ""))),
                ("keep-id:uid=5", Some((NsMode::KeepId, "uid=5"))),
                ("nomap", Some((NsMode::NoMap, ""))),
                ("nomap:", None),
                ("no-map", None),
            ],
        );
    }

    #[test]
    fn words_for_cgroup() {
        // SG-NS-06
        check(
            cgroup,
            &[
                ("", Some((NsMode::Private, ""))),
                ("private", Some((NsMode::Private, ""))),
                ("host", Some((NsMode::Host, ""))),
                ("pod", None),
                ("ns:/x", None),
            ],
        );
        assert_eq!(
            cgroup("pod").unwrap_err().to_string(),
            "unrecognized cgroup namespace pod passed"
        );
    }

    #[test]
    fn words_for_net() {
        // SG-NET-02, Q-39
        check(
            |text| Ok(network(text)),
            &[
                ("", Some((NsMode::Private, ""))),
                ("default", Some((NsMode::Private, ""))),
                ("private", Some((NsMode::Private, ""))),
                ("bridge", Some((NsMode::Bridge, ""))),
                ("bridge:ip=10.0.0.1", Some((NsMode::Bridge, ""))),
                ("slirp4netns", Some((NsMode::Slirp4netns, ""))),
                ("slirp4netns:mtu=1500", Some((NsMode::Slirp4netns, ""))),
                ("pod", Some((NsMode::Pod, ""))),
                ("none", Some((NsMode::None, ""))),
                ("host", Some((NsMode::Host, ""))),
                ("ns:/x", Some((NsMode::Path, "/x"))),
                ("container:db", Some((NsMode::Container, "db"))),
                ("net2", Some((NsMode::Bridge, ""))),
                ("net1,net2", Some((NsMode::Bridge, ""))),
                ("ns", Some((NsMode::Bridge, ""))),
                ("container", Some((NsMode::Bridge, ""))),
            ],
        );
    }
}
