//! Root path and the annotations of every start (LP-GEN).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn path<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn annotations<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
