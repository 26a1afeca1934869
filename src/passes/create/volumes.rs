//! Volumes and user mounts of the request, the image, other containers and containers.conf (VOL).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn gather<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn lists<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn create<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
