//! Published and exposed ports (PORT).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn warn<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
