//! Finds the image, and takes its health check and stop signal (IMG, HC, STOP).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn find<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn health<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn stop_signal<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
