//! Takes over what a pod's infra container gives (POD).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn inherit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn annotations<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
