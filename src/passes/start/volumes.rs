//! Named, overlay and image volumes; U, z and Z become effects; generated files become mounts (LP-VOL, LP-BIND).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn named<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn options<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn bind_mounts<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn overlays<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn images<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
