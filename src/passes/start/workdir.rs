//! The working directory: there, made, or refused (LP-WD).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
