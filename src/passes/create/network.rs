//! Network mode, networks, DNS and hosts choices (NET).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn resolve<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
