//! Mounts by depth; links in tmpfs destinations resolved; root propagation (LP-SORT, LP-PROP).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn sort<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn tmpfs<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn propagation<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
