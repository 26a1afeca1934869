//! What preparing the container does to storage: SHM, root filesystem, volumes (LP-PREP, LP-MNT, LP-SHM).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
