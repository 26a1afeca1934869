//! Labels and annotations (LBL, ANN).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn last<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
