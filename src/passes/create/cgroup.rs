//! Cgroups mode, manager and parent (CG).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn mode<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn parent<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
