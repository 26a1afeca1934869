//! Refuses the destinations that only the hardened profile refuses (HD-MNT, HD-VOL).

use crate::draft::Draft;
use crate::path;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use crate::security::hardened::hides_kernel;

/// Looks at where a mount of this type lands, as it is spelled; volumes are of type `bind`.
pub(super) fn destination<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, place: &str, kind: &str) {
    if !cx.hardened() {
        return;
    }
    let clean = path::clean(place);
    if clean != place {
        // HD-MNT-01
        let problem =
            Problem::UncleanDestination { destination: place.into(), clean: clean.as_ref().into() };
        draft.refuse(cx, Rule::HdMnt01, problem);
    }
    if hides_kernel(&clean, kind) {
        // HD-MNT-02
        let destination = clean.as_ref().into();
        draft.refuse(cx, Rule::HdMnt02, Problem::MountOverKernel { destination });
    } else if clean == "/dev" && kind != "tmpfs" {
        // HD-MNT-03
        let destination = clean.as_ref().into();
        draft.refuse(cx, Rule::HdMnt03, Problem::DevNotFresh { destination });
    }
}

/// HD-VOL-01: looks at a volume of the image, which Podman cleans before it uses it.
pub(super) fn image_volume<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, place: &str, kind: &str) {
    if !cx.hardened() {
        return;
    }
    if !path::is_abs(place) || place.split('/').any(|part| part == "..") {
        let problem = Problem::ImageVolumePlace { path: place.into() };
        return draft.refuse(cx, Rule::HdVol01, problem);
    }
    destination(cx, draft, &path::clean(place), kind);
}
