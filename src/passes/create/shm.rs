//! /dev/shm: shared, private or none, and its size (IPC).

use super::{namespaces, pod};
use crate::draft::{Draft, NsMode, Shm};
use crate::path;
use crate::problem::{NsKind, Problem};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::{borrow::Cow, string::String};

const DEV_SHM: &str = "/dev/shm";

/// The size that containers.conf has when it is not set: `k` is 1000 (Q-13).
const DEFAULT_SIZE: &str = "65536k";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    cx.within(|| {
        let shared = |dir: &'a str| Shm { dir: Cow::Borrowed(dir), ..Shm::default() };
        let (rule, shm) = match namespaces::mode(cx, draft, NsKind::Ipc) {
            NsMode::Host => (Rule::SgIpc01, shared(DEV_SHM)),
            NsMode::Private => (Rule::SgIpc02, Shm { no_share: true, ..Shm::default() }),
            NsMode::None => (Rule::SgIpc02, Shm { none: true, ..Shm::default() }),
            NsMode::Container => {
                match draft.container.shared_namespaces.ipc.see(cx).copied().flatten() {
                    Some(donor) if !donor.no_shm => (Rule::SgIpc03, shared(&donor.shm_dir)),
                    _ => (Rule::SgIpc03, Shm::default()),
                }
            }
            NsMode::Pod => (
                Rule::SgIpc04,
                shared(pod::infra(cx, draft).map_or("", |infra| &infra.container.shm_dir)),
            ),
            _ => (Rule::SgIpc02, Shm::default()),
        };
        draft.container.shm.set(cx, rule, || shm);
    });
    // SG-IPC-06
    let size = match draft.working.shm_size.see(cx).copied().flatten() {
        Some(size) => size,
        None => {
            let text = cx.facts().conf_shm_size().map_or(DEFAULT_SIZE, String::as_str);
            match human_size(text) {
                Some(size) => size,
                None => {
                    return draft.refuse(
                        cx,
                        Rule::SgIpc06,
                        Problem::ConfShmSize { text: text.into() },
                    );
                }
            }
        }
    };
    draft.container.shm_size.set(cx, Rule::SgIpc06, || size);
}

/// SG-IPC-07: a directory of the container's own, unless something stands at /dev/shm or is shared.
pub(super) fn setup<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(shm) = draft.container.shm.see(cx) else { return };
    if shm.none || !shm.dir.is_empty() || draft.spec.mounts.find(cx, DEV_SHM).is_some() {
        return;
    }
    let dir = path::join(&[cx.facts().static_dir(), "shm"]);
    draft.container.shm.amend(cx, Rule::SgIpc07, |shm| Shm {
        dir: Cow::Owned(dir),
        own: true,
        ..shm.clone()
    });
}

/// Reads a size with powers of 1000, as in `65536k`, `1.5 GB` or `1KiB`: bytes, rounded down; `None` for what is none.
///
/// Source: docker/go-units `size.go`, `FromHumanSize`.
fn human_size(text: &str) -> Option<i64> {
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    let (number, suffix) = text.split_at_checked(end.saturating_add(1))?;
    let number = number.strip_suffix(' ').unwrap_or(number);
    let suffix = suffix.to_ascii_lowercase();
    let mut letters = suffix.chars();
    let power = match letters.next() {
        None | Some('b') => 0,
        Some('k') => 1,
        Some('m') => 2,
        Some('g') => 3,
        Some('t') => 4,
        Some('p') => 5,
        Some(_) => return None,
    };
    let rest = letters.as_str();
    if !(rest.is_empty() || (power > 0 && matches!(rest, "b" | "ib"))) {
        return None;
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    let mut bytes: i128 = 0;
    // One digit after the other: a fraction's go on for as long as there are thousands to divide.
    for digit in whole.bytes() {
        bytes = bytes.checked_mul(10)?.checked_add(i128::from(digit.wrapping_sub(b'0')))?;
    }
    let unit = 1000_i128.checked_pow(power)?;
    bytes = bytes.checked_mul(unit)?;
    let mut place = unit;
    for digit in fraction.bytes() {
        place = place.checked_div(10)?;
        bytes = bytes.checked_add(place.checked_mul(i128::from(digit.wrapping_sub(b'0')))?)?;
    }
    i64::try_from(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{facts, made, refusal};
    use super::*;
    use crate::facts::Dependency;
    use std::string::ToString;

    #[test]
    fn it_is_shared_private_or_none() {
        // SG-IPC-01 to -03, -07, E-73
        let mut facts = facts();
        let donor =
            Dependency { id: "d".into(), shm_dir: "/donor/shm".into(), ..Dependency::default() };
        facts
            .containers
            .insert("bare", Dependency { no_shm: true, id: "e".into(), ..donor.clone() });
        facts.containers.insert("donor", donor);
        let shm = |dir: &str, own, none, no_share| (dir.to_string(), own, none, no_share);
        for (request, wanted) in [
            ("{}", shm("/static/shm", true, false, false)),
            (r#"{"ipcns":{"nsmode":"shareable"}}"#, shm("/static/shm", true, false, false)),
            (r#"{"ipcns":{"nsmode":"private"}}"#, shm("/static/shm", true, false, true)),
            (r#"{"ipcns":{"nsmode":"none"}}"#, shm("", false, true, false)),
            (r#"{"ipcns":{"nsmode":"host"}}"#, shm("/dev/shm", false, false, false)),
            (
                r#"{"ipcns":{"nsmode":"container","value":"donor"}}"#,
                shm("/donor/shm", false, false, false),
            ),
            (
                r#"{"ipcns":{"nsmode":"container","value":"bare"}}"#,
                shm("/static/shm", true, false, false),
            ),
            (
                r#"{"mounts":[{"destination":"/dev/shm","type":"tmpfs","source":"tmpfs"}]}"#,
                shm("", false, false, false),
            ),
        ] {
            let told = made(request, &facts, |draft| {
                assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
                let shm = draft.container.shm.value().unwrap();
                (shm.dir.to_string(), shm.own, shm.none, shm.no_share)
            });
            assert_eq!(told, wanted, "{request}");
        }
    }

    #[test]
    fn its_size_is_the_requests_or_the_engines() {
        // SG-IPC-06
        let mut facts = facts();
        let size = |request: &str, facts: &_| {
            made(request, facts, |draft| *draft.container.shm_size.value().unwrap())
        };
        assert_eq!(size("{}", &facts), 65_536_000);
        assert_eq!(size(r#"{"shm_size":0}"#, &facts), 0);
        facts.conf.containers.shm_size = Some("32m".into());
        assert_eq!(size("{}", &facts), 32_000_000);
        assert_eq!(size(r#"{"shm_size":-1}"#, &facts), -1);
        facts.conf.containers.shm_size = Some("1x".into());
        assert_eq!(
            refusal("{}", &facts),
            "converting containers.conf ShmSize 1x to an int: invalid size: '1x'"
        );
    }

    #[test]
    fn sizes_of_containers_conf_are_decimal() {
        // SG-IPC-06, Q-13
        for (text, size) in [
            ("65536k", Some(65_536_000)),
            ("32m", Some(32_000_000)),
            ("10", Some(10)),
            ("10b", Some(10)),
            ("1.5 GB", Some(1_500_000_000)),
            ("1KiB", Some(1000)),
            ("2.5", Some(2)),
            ("0", Some(0)),
            ("", None),
            ("k", None),
            ("-1k", None),
            ("1x", None),
            ("1kib2", None),
            ("1bb", None),
            ("1.2.3k", None),
            ("99999999999999999999p", None),
        ] {
            assert_eq!(human_size(text), size, "{text}");
        }
    }
}
