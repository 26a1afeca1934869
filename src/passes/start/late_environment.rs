//! Secrets as variables and LISTEN_*: last, so that nothing else sees them (LP-ENVSEC, LP-LISTEN).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn secrets<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn listen<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
