//! Reads containers.conf, layer upon layer, as Podman's library does: later keys win, lists are replaced, tables of names are added to.
//!
//! Which files there are and in which order is the host's business (`linux::gather`); here they are text. What no layer sets stays
//! unset: the built-in default stands at its use.

use crate::device::spec;
use crate::facts::ContainersConf;
use crate::text::{Mistake, Mode, Node, Reader};
use alloc::{borrow::Cow, borrow::ToOwned, format, string::String, vec::Vec};
use core::ops::Range;

/// The smallest limit on a log's size: below it not one read of the container's output would fit. Bytes.
const LOG_SIZE_FLOOR: i64 = 8192;

/// Limits that a ulimit can name.
const ULIMITS: [&str; 15] = [
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Settings that cannot be read, or not be meant.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfError {
    /// A layer that is no TOML.
    #[error("layer {layer} of containers.conf is not TOML: {message}")]
    Syntax {
        /// Which of the texts, from 0.
        layer: usize,
        /// What the parser says.
        message: String,
        /// The bytes of the text that are wrong.
        span: Option<Range<usize>>,
    },
    /// Values of a kind that their keys do not take; never empty.
    #[error("layer {layer} of containers.conf has mistakes: {}", said(mistakes))]
    Mistakes {
        /// Which of the texts, from 0.
        layer: usize,
        /// Each with its place.
        mistakes: Vec<Mistake>,
    },
    /// A default ulimit that cannot be read.
    #[error(
        "`containers.default_ulimits` has `{text}`, which is not a ulimit: write one such as `nofile=1024:2048`"
    )]
    Ulimit {
        /// As written.
        text: String,
    },
    /// A device that cannot be read.
    #[error(
        "`containers.devices` has `{text}`, which is not a device: write one such as `/dev/fuse:rwm`"
    )]
    Device {
        /// As written.
        text: String,
    },
    /// A umask that is not octal.
    #[error("`containers.umask` is `{text}`, which is not an octal number of one to four digits")]
    Umask {
        /// As written.
        text: String,
    },
    /// A log size below what is read at once.
    #[error(
        "`containers.log_size_max` is {bytes}: write {LOG_SIZE_FLOOR} or more, or a negative number for no limit"
    )]
    LogSize {
        /// As written.
        bytes: i64,
    },
    /// A size of /dev/shm that cannot be read.
    #[error("`containers.shm_size` is `{text}`, which is not a size: write one such as `64m`")]
    ShmSize {
        /// As written.
        text: String,
    },
}

fn said(mistakes: &[Mistake]) -> String {
    mistakes.first().map(|m| format!("`{}`: {}", m.path, m.kind)).unwrap_or_default()
}

/// Merges the texts of containers.conf files, the first being the lowest layer, and checks what comes out.
///
/// Keys that are not known are passed over and keys are matched without case, as Podman does. A time zone is not checked here: whether it
/// exists is known to the host alone.
///
/// # Errors
///
/// [`ConfError`], the first there is.
///
/// Source: containers/common `pkg/config/config.go`, `NewConfig` and `Validate`.
pub fn merge(layers: &[&str]) -> Result<ContainersConf, ConfError> {
    let mode = Mode { api: true, lenient: true };
    let mut merged = Vec::new();
    for (layer, text) in layers.iter().enumerate() {
        let node: Node<'_> = toml::from_str(text).map_err(|e| ConfError::Syntax {
            layer,
            message: first_line(e.message()),
            span: e.span(),
        })?;
        // Each layer is read by itself as well, so that a mistake is told of the file that has it.
        Reader::whole::<ContainersConf>(&node, mode)
            .map_err(|mistakes| ConfError::Mistakes { layer, mistakes })?;
        if let Node::Map(entries) = node {
            overlay(&mut merged, entries, Level::Tables);
        }
    }
    let mut conf: ContainersConf = Reader::whole(&Node::Map(merged), mode).map_err(|mistakes| {
        ConfError::Mistakes { layer: layers.len().saturating_sub(1), mistakes }
    })?;
    if let Some(capabilities) = &mut conf.containers.default_capabilities {
        for name in capabilities {
            prefix(name);
        }
    }
    check(&conf)?;
    Ok(conf)
}

/// How deep in the file a table stands: names of tables and keys are matched without case, names that a user gave (of runtimes) are not.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Level {
    Tables,
    Keys,
    Names,
}

fn overlay<'t>(
    base: &mut Vec<(Cow<'t, str>, Node<'t>)>,
    over: Vec<(Cow<'t, str>, Node<'t>)>,
    level: Level,
) {
    let same =
        |a: &str, b: &str| if level == Level::Names { a == b } else { a.eq_ignore_ascii_case(b) };
    let below = if level == Level::Tables { Level::Keys } else { Level::Names };
    for (key, value) in over {
        match (base.iter_mut().find(|(k, _)| same(k, &key)), value) {
            (Some((_, Node::Map(old))), Node::Map(new)) => overlay(old, new, below),
            (Some((_, old)), new) => *old = new,
            (None, new) => base.push((key, new)),
        }
    }
}

fn first_line(message: &str) -> String {
    message.lines().next().unwrap_or_default().to_owned()
}

/// Writes a capability with its prefix: `chown` is `CAP_CHOWN`, and what has the prefix in any case is left as it is.
fn prefix(name: &mut String) {
    if !name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("cap_")) {
        *name = format!("CAP_{}", name.to_uppercase());
    }
}

/// What the settings refuse as soon as they are loaded.
fn check(conf: &ContainersConf) -> Result<(), ConfError> {
    let containers = &conf.containers;
    if let Some(text) = containers.default_ulimits.iter().flatten().find(|text| !is_ulimit(text)) {
        return Err(ConfError::Ulimit { text: text.clone() });
    }
    if let Some(text) = containers.devices.iter().flatten().find(|text| !is_device(text)) {
        return Err(ConfError::Device { text: text.clone() });
    }
    if let Some(text) = containers.umask.as_ref().filter(|text| !is_umask(text)) {
        return Err(ConfError::Umask { text: text.clone() });
    }
    if let Some(bytes) = containers.log_size_max.filter(|bytes| (0..LOG_SIZE_FLOOR).contains(bytes))
    {
        return Err(ConfError::LogSize { bytes });
    }
    if let Some(text) = containers.shm_size.as_ref().filter(|text| human_size(text).is_none()) {
        return Err(ConfError::ShmSize { text: text.clone() });
    }
    Ok(())
}

/// `name=soft[:hard]`, where -1 stands for no limit and the soft one is not above the hard one.
fn is_ulimit(text: &str) -> bool {
    let Some((name, limits)) = text.split_once('=') else { return false };
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let (Ok(soft), Ok(hard)) = (soft.parse::<i64>(), hard.parse::<i64>()) else { return false };
    ULIMITS.contains(&name) && (hard == -1 || (soft != -1 && soft <= hard))
}

fn is_device(text: &str) -> bool {
    spec::source(text).starts_with("/dev/") && spec::parse(text).is_ok()
}

fn is_umask(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|b| (b'0'..=b'7').contains(&b))
}

/// Reads a size with a suffix for a power of 1000: `64k` is 64 000 bytes. Bytes, rounded down.
///
/// Source: docker/go-units `FromHumanSize`.
pub(crate) fn human_size(text: &str) -> Option<i64> {
    let at = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    let (number, suffix) = text.split_at_checked(at.checked_add(1)?)?;
    let number = number.strip_suffix(' ').unwrap_or(number);
    let suffix = suffix.to_ascii_lowercase();
    let exponent = match suffix.as_bytes() {
        [] | [b'b'] => 0,
        [unit] | [unit, b'b'] | [unit, b'i', b'b'] => match unit {
            b'k' => 3,
            b'm' => 6,
            b'g' => 9,
            b't' => 12,
            b'p' => 15,
            _ => return None,
        },
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let unit = 10_i128.checked_pow(exponent)?;
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    // More digits than these are below one byte in any unit.
    let fraction = fraction.get(..fraction.len().min(15))?;
    let scale = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
    let bytes =
        whole.checked_mul(unit)?.checked_add(part.checked_mul(unit)?.checked_div(scale)?)?;
    i64::try_from(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_layer_wins_key_by_key_and_lists_are_replaced() {
        let low = "[containers]\nnetns = \"host\"\nenv = [\"A=1\", \"B=2\"]\n[engine.runtimes]\ncrun = [\"/a\"]\nrunc = [\"/r\"]\n";
        let high = "[containers]\nenv = [\"C=3\"]\nunheard_of = 5\n[engine]\nstop_timeout = 3\n[engine.runtimes]\ncrun = [\"/b\"]\n[network]\nDEFAULT_network = \"n\"\n";
        let conf = merge(&[low, high]).unwrap();
        assert_eq!(conf.containers.netns.as_deref(), Some("host"));
        assert_eq!(conf.containers.env, Some(Vec::from(["C=3".to_owned()])));
        assert_eq!(conf.engine.stop_timeout, Some(3));
        assert_eq!(conf.engine.runtimes.get("crun"), Some(&Vec::from(["/b".to_owned()])));
        assert_eq!(conf.engine.runtimes.get("runc"), Some(&Vec::from(["/r".to_owned()])));
        assert_eq!(conf.network.default_network.as_deref(), Some("n"));
        assert_eq!(merge(&[]).unwrap(), ContainersConf::default());
        assert_eq!(merge(&["", "# nothing\n"]).unwrap(), ContainersConf::default());
    }

    #[test]
    fn keys_are_matched_without_case_across_layers() {
        let conf =
            merge(&["[Containers]\nPidNS = \"host\"\n", "[containers]\npidns = \"private\"\n"])
                .unwrap();
        assert_eq!(conf.containers.pidns.as_deref(), Some("private"));
    }

    #[test]
    fn capabilities_get_their_prefix() {
        let conf = merge(&[
            "[containers]\ndefault_capabilities = [\"chown\", \"CAP_KILL\", \"cap_fowner\", \"\"]",
        ])
        .unwrap();
        let expected: Vec<String> =
            ["CAP_CHOWN", "CAP_KILL", "cap_fowner", "CAP_"].map(ToOwned::to_owned).into();
        assert_eq!(conf.containers.default_capabilities, Some(expected));
    }

    #[test]
    fn what_cannot_be_meant_is_refused_at_load() {
        let containers = |line: &str| merge(&[&format!("[containers]\n{line}\n")]);
        for line in [
            "default_ulimits = [\"nofile=100:200\", \"nproc=-1\", \"core=5:-1\"]",
            "devices = [\"/dev/fuse\", \"/dev/a:/dev/b:rw\", \"/dev/a:r\"]",
            "umask = \"0022\"",
            "log_size_max = -1",
            "log_size_max = 8192",
            "shm_size = \"65536k\"",
        ] {
            assert!(containers(line).is_ok(), "{line}");
        }
        for line in
            ["nofile", "nofile=a", "nofile=1:2:3", "files=1:2", "nofile=3:2", "nofile=-1:5", ""]
        {
            let refused = containers(&format!("default_ulimits = [\"{line}\"]"));
            assert_eq!(refused, Err(ConfError::Ulimit { text: line.to_owned() }), "{line}");
        }
        for line in ["/etc/a", "/dev/a:x", "/dev/a:/b:rr", "/dev/a:/b:r:w", "/dev/a:", "fuse"] {
            assert_eq!(
                containers(&format!("devices = [\"{line}\"]")),
                Err(ConfError::Device { text: line.to_owned() }),
                "{line}"
            );
        }
        for line in ["", "8", "00222", "-1"] {
            assert_eq!(
                containers(&format!("umask = \"{line}\"")),
                Err(ConfError::Umask { text: line.to_owned() }),
                "{line}"
            );
        }
        for bytes in [0, 1, 8191] {
            assert_eq!(
                containers(&format!("log_size_max = {bytes}")),
                Err(ConfError::LogSize { bytes }),
                "{bytes}"
            );
        }
        assert_eq!(
            containers("shm_size = \"big\""),
            Err(ConfError::ShmSize { text: "big".to_owned() })
        );
    }

    #[test]
    fn a_mistake_is_told_of_its_layer() {
        let refused = merge(&["", "[containers]\nnetns = 5\n"]);
        assert!(
            matches!(&refused, Err(ConfError::Mistakes { layer: 1, mistakes }) if mistakes.first().unwrap().path == "containers.netns"),
            "{refused:?}"
        );
        assert!(matches!(merge(&["[containers\n"]), Err(ConfError::Syntax { layer: 0, .. })));
    }

    #[test]
    fn sizes_have_suffixes_of_powers_of_1000() {
        let cases = [
            ("65536k", 65_536_000),
            ("64m", 64_000_000),
            ("1.5g", 1_500_000_000),
            ("10", 10),
            ("10b", 10),
            ("1 kB", 1000),
            ("2GiB", 2_000_000_000),
        ];
        for (text, bytes) in cases {
            assert_eq!(human_size(text), Some(bytes), "{text}");
        }
        for text in ["", "k", "-1", "1x", "1kbb", "1bb", "1mmm", "99999999999999p"] {
            assert_eq!(human_size(text), None, "{text}");
        }
    }
}
