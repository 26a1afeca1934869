//! Steps between the spec and the runtime: saved spec, volume owners, cgroups (LP-INIT, LP-VOL-30).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
