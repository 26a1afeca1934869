//! Working directory, arguments, terminal, personality, OOM score (WD, CMD).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn oom<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
