//! Says whether an image name leads to one registry, as automatic updates need it (SG-LIB-24).

/// Transports of images besides registries, as they stand before the first colon.
const TRANSPORTS: [&str; 9] = [
    "containers-storage",
    "dir",
    "docker-archive",
    "docker-daemon",
    "oci",
    "oci-archive",
    "ostree",
    "sif",
    "tarball",
];

/// Why a name is none for automatic updates.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Refused<'a> {
    /// It names another transport than a registry.
    Transport(&'a str),
    /// It lacks the registry.
    Short,
}

/// Checks a name; one that is no name at all passes, as it does in Podman.
///
/// # Errors
///
/// [`Refused`].
///
/// Source: `libpod/container_validate.go`, `validateAutoUpdateImageReference`.
pub(super) fn auto_update(name: &str) -> Result<(), Refused<'_>> {
    if let Some((transport, rest)) = name.split_once(':') {
        if transport == "docker" && rest.starts_with("//") {
            return Ok(());
        }
        if TRANSPORTS.contains(&transport) && !rest.is_empty() {
            return Err(Refused::Transport(transport));
        }
    }
    if is_short(name) { Err(Refused::Short) } else { Ok(()) }
}

/// Whether a text is an image name without a registry.
///
/// Source: `containers/image` `pkg/shortnames/shortnames.go`, `IsShortName`.
fn is_short(text: &str) -> bool {
    let (rest, digest) =
        text.split_once('@').map_or((text, None), |(rest, digest)| (rest, Some(digest)));
    // A colon behind the last slash starts the tag.
    let last = rest.rfind('/').map_or(0, |at| at.saturating_add(1));
    let (name, tag) = match rest.get(last..).and_then(|part| part.split_once(':')) {
        Some((part, tag)) => {
            (rest.get(..last.saturating_add(part.len())).unwrap_or(rest), Some(tag))
        }
        None => (rest, None),
    };
    if digest.is_some_and(|digest| !is_digest(digest)) || tag.is_some_and(|tag| !is_tag(tag)) {
        return false;
    }
    let mut path = name;
    if let Some((first, rest)) = name.split_once('/')
        && is_domain(first)
    {
        if first.contains(['.', ':']) || first == "localhost" {
            return false;
        }
        path = rest;
    }
    path.split('/').all(is_component)
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// `algorithm:hex`, with at least 32 digits.
fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.bytes().all(|c| c.is_ascii_alphanumeric())
    };
    algorithm.split(['-', '_', '+', '.']).all(part)
        && hex.len() >= 32
        && hex.bytes().all(|c| c.is_ascii_hexdigit())
}

/// Host names or addresses, with a port.
fn is_domain(text: &str) -> bool {
    let (host, port) = text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port)));
    let label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-')
    };
    host.split('.').all(label)
        && port.is_none_or(|port| !port.is_empty() && port.bytes().all(|c| c.is_ascii_digit()))
}

/// Lower-case letters and digits, with one dot, one or two underscores, or dashes between them.
fn is_component(text: &str) -> bool {
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !text.starts_with(word) || !text.ends_with(word) {
        return false;
    }
    text.split(word).all(|between| {
        matches!(between, "" | "." | "_" | "__") || between.bytes().all(|c| c == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_for_updates_has_its_registry() {
        // SG-LIB-24
        let digest = "@sha256:0123456789abcdef0123456789abcdef";
        for name in [
            "quay.io/podman/stable:latest",
            "quay.io/image",
            "localhost/image:tag",
            "server.org:5000/lib/image",
            "docker://busybox",
            "docker:quay.io/x",
            "",
            "Busybox",
            "a b",
            "quay.io/x@sha256:12",
        ] {
            assert_eq!(auto_update(name), Ok(()), "{name}");
        }
        for name in [
            "busybox",
            "image:tag",
            "library/fedora",
            "library/fedora:1",
            "My/image",
            "a__b.c-d",
            "oci:",
            &std::format!("busybox{digest}"),
        ] {
            let expected = if name == "oci:" { Ok(()) } else { Err(Refused::Short) };
            assert_eq!(auto_update(name), expected, "{name}");
        }
        for (name, transport) in [
            ("dir:/x", "dir"),
            ("oci-archive:/x:y", "oci-archive"),
            ("containers-storage:x", "containers-storage"),
        ] {
            assert_eq!(auto_update(name), Err(Refused::Transport(transport)));
        }
    }
}
