//! Takes the pre-set fields of the API handler (SG-JSON-01..04) and the short forms of limits.

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
