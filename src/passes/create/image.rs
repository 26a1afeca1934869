//! Finds the image, and takes its health check and stop signal (IMG, HC, STOP).

use crate::config::{Health, Nanoseconds};
use crate::draft::Draft;
use crate::facts::ImageHealth;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

/// Interval and timeout of an image's health check that has none, ns.
const HEALTH_DEFAULT: i64 = 30_000_000_000;

/// The signals of Linux by name, without `SIG`, in byte order.
pub(super) const SIGNALS: [(&str, i64); 36] = [
    ("ABRT", 6),
    ("ALRM", 14),
    ("BUS", 7),
    ("CHLD", 17),
    ("CLD", 17),
    ("CONT", 18),
    ("FPE", 8),
    ("HUP", 1),
    ("ILL", 4),
    ("INT", 2),
    ("IO", 29),
    ("IOT", 6),
    ("KILL", 9),
    ("PIPE", 13),
    ("POLL", 29),
    ("PROF", 27),
    ("PWR", 30),
    ("QUIT", 3),
    ("RTMAX", SIGRTMAX),
    ("RTMIN", SIGRTMIN),
    ("SEGV", 11),
    ("STKFLT", 16),
    ("STOP", 19),
    ("SYS", 31),
    ("TERM", 15),
    ("TRAP", 5),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("USR1", 10),
    ("USR2", 12),
    ("VTALRM", 26),
    ("WINCH", 28),
    ("XCPU", 24),
    ("XFSZ", 25),
];

/// The first real-time signal that programs may use.
pub(super) const SIGRTMIN: i64 = 34;
/// The last signal.
pub(super) const SIGRTMAX: i64 = 64;

pub(super) fn find<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let image = cx.config().image();
    let from_image = !image.is_empty() && cx.config().rootfs().is_empty();
    draft.working.from_image.set(cx, Rule::SgImg01, || from_image);
    if !from_image {
        return;
    }
    // SG-IMG-02: whoever records the facts has looked it up, and taken the right one from a list of manifests.
    match cx.facts().image() {
        None => draft.refuse(cx, Rule::SgImg02, Problem::ImageNotKnown { image: image.clone() }),
        // SG-IMG-03: an id has no name of its own.
        Some(image) => draft.container.image_name.set(cx, Rule::SgImg03, || {
            let resolved = &image.resolved_name;
            let name = if image.id.starts_with(resolved.as_str()) {
                image.names.first().unwrap_or(resolved)
            } else {
                resolved
            };
            Cow::Borrowed(name.as_str())
        }),
    }
}

/// Whether the container is made from an image.
pub(super) fn is_used(cx: &Cx<'_>, draft: &Draft<'_>) -> bool {
    draft.working.from_image.see(cx) == Some(&true)
}

/// SG-HC-01
pub(super) fn health<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if let Some(health) = cx.config().healthconfig() {
        return draft.container.health.set(cx, Rule::OcGiven01, || Some(Cow::Borrowed(health)));
    }
    if !is_used(cx, draft) {
        return;
    }
    if let Some(health) = cx.facts().image_healthcheck() {
        draft.container.health.set(cx, Rule::SgHc01, || Some(Cow::Owned(of_image(health))));
    }
}

fn of_image(health: &ImageHealth) -> Health {
    let or_default = |ns: i64| Nanoseconds(if ns == 0 { HEALTH_DEFAULT } else { ns });
    Health {
        test: health.test.clone(),
        start_period: Nanoseconds(health.start_period),
        interval: or_default(health.interval),
        timeout: or_default(health.timeout),
        retries: health.retries,
    }
}

/// SG-STOP-01: the place stays undecided where neither the request nor the image has a signal.
pub(super) fn stop_signal<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    if let Some(signal) = *cx.config().stop_signal() {
        // stored as the unsigned number of the same bits; its range is checked later.
        return draft.container.stop_signal.set(cx, Rule::SgStop03, || signal.cast_unsigned());
    }
    if !is_used(cx, draft) {
        return;
    }
    let Some(text) = cx.facts().image_stop_signal().filter(|text| !text.is_empty()) else { return };
    match signal(text) {
        Some(signal) => {
            draft.container.stop_signal.set(cx, Rule::SgStop01, || signal.cast_unsigned());
        }
        None => {
            let signal = text.strip_prefix('-').unwrap_or(text).into();
            draft.refuse(cx, Rule::SgStop01, Problem::ImageStopSignal { signal });
        }
    }
}

/// SG-STOP-01: reads a signal's number or name, after a `-` that is passed over; 0 is none.
pub(super) fn signal(text: &str) -> Option<i64> {
    let text = text.strip_prefix('-').unwrap_or(text);
    if let Ok(number) = text.parse::<i64>() {
        return (number != 0).then_some(number);
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    // Between the two ends of the real-time signals, each has the name of the nearer one.
    let offset = |digits: &str, last: i64| (1..=last).find(|n| alloc::format!("{n}") == digits);
    if let Some(n) = name.strip_prefix("RTMIN+") {
        return offset(n, 15).map(|n| SIGRTMIN.saturating_add(n));
    }
    if let Some(n) = name.strip_prefix("RTMAX-") {
        return offset(n, 14).map(|n| SIGRTMAX.saturating_sub(n));
    }
    let at = SIGNALS.binary_search_by(|(known, _)| (*known).cmp(name)).ok()?;
    SIGNALS.get(at).map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        // SG-STOP-01
        for (text, number) in [
            ("10", Some(10)),
            ("-9", Some(9)),
            ("--5", Some(-5)),
            ("65", Some(65)),
            ("0", None),
            ("-0", None),
            ("TERM", Some(15)),
            ("SIGTERM", Some(15)),
            ("sigusr1", Some(10)),
            ("-kill", Some(9)),
            ("SIGRTMIN+3", Some(37)),
            ("rtmin", Some(34)),
            ("RTMAX", Some(64)),
            ("RTMAX-14", Some(50)),
            ("RTMIN+15", Some(49)),
            ("RTMIN+16", None),
            ("RTMAX-15", None),
            ("RTMIN+03", None),
            ("RTMIN+", None),
            ("RTMIN-1", None),
            ("SIGSIGKILL", None),
            ("XFSZ", Some(25)),
            ("ABRT", Some(6)),
            ("bogus", None),
            ("", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(signal(text), number, "{text}");
        }
    }

    #[test]
    fn the_names_are_sorted() {
        assert!(SIGNALS.is_sorted_by(|a, b| a.0 < b.0));
    }

    #[test]
    fn an_images_health_check_gets_an_interval_and_a_timeout() {
        // SG-HC-01
        let health = of_image(&ImageHealth {
            interval: 0,
            timeout: 5,
            retries: 3,
            ..ImageHealth::default()
        });
        assert_eq!(
            (health.interval.0, health.timeout.0, health.start_period.0, health.retries),
            (30_000_000_000, 5, 0, 3)
        );
    }
}
