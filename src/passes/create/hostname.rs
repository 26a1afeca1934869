//! Host name (HOST).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn clear<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn emit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
