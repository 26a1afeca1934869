//! User mounts over default ones, and the normal form of mount options (SG-MNT-10, OPT).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
