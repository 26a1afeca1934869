//! libpod's own checks of the container's options and of the whole (LIB).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn options<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn validate<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
