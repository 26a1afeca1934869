//! Root path and the annotations of every start (LP-GEN).

use crate::draft::{Annotation, Draft, Text};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;
use alloc::string::ToString as _;

const CREATED: &str = "io.kubernetes.cri-o.Created";
const MANAGER: &str = "io.container.manager";
const STOP_SIGNAL: &str = "org.opencontainers.image.stopSignal";

/// How Go spells the time that was never set.
const ZERO_TIME: &str = "0001-01-01T00:00:00Z";

pub(super) fn path<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.spec.root_path.set(cx, Rule::LpGen10, || Cow::Borrowed(cx.facts().mountpoint()));
}

pub(super) fn annotations<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-GEN-11
    put(cx, draft, CREATED, |cx, _| go_time(cx.facts().created()));
    put(cx, draft, STOP_SIGNAL, |cx, draft| {
        Cow::Owned(draft.container.stop_signal.see(cx).copied().unwrap_or(0).to_string())
    });
    cx.within(|| {
        if draft.spec.annotations.find(cx, MANAGER).is_none() {
            put(cx, draft, MANAGER, |_, _| Cow::Borrowed("libpod"));
        }
    });
}

fn put<'a>(
    cx: &Cx<'a>,
    draft: &mut Draft<'a>,
    key: &'static str,
    value: impl FnOnce(&Cx<'a>, &Draft<'a>) -> Text<'a>,
) {
    let new = cx
        .decide(Rule::LpGen11, || Annotation { key: Cow::Borrowed(key), value: value(cx, draft) });
    draft.spec.annotations.put(cx, new);
}

/// Spells a time of RFC 3339 as Go does: no zeros at the end of the fraction, and no fraction of zeros alone.
fn go_time(time: &str) -> Cow<'_, str> {
    if time.is_empty() {
        return Cow::Borrowed(ZERO_TIME);
    }
    let Some((seconds, rest)) = time.split_once('.') else { return Cow::Borrowed(time) };
    let zone_at = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, zone) = rest.split_at_checked(zone_at).unwrap_or((rest, ""));
    match digits.trim_end_matches('0') {
        kept if kept.len() == digits.len() && !kept.is_empty() => Cow::Borrowed(time),
        "" => Cow::Owned([seconds, zone].concat()),
        kept => Cow::Owned([seconds, ".", kept, zone].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_no_zeros_at_its_end() {
        // LP-GEN-11
        for (time, spelled) in [
            ("2022-11-09T10:00:00.12Z", "2022-11-09T10:00:00.12Z"),
            ("2022-11-09T10:00:00.120000000Z", "2022-11-09T10:00:00.12Z"),
            ("2022-11-09T10:00:00.000000000Z", "2022-11-09T10:00:00Z"),
            ("2022-11-09T10:00:00Z", "2022-11-09T10:00:00Z"),
            ("2022-11-09T10:00:00.500+01:00", "2022-11-09T10:00:00.5+01:00"),
            ("", "0001-01-01T00:00:00Z"),
        ] {
            assert_eq!(go_time(time), spelled);
        }
    }
}
