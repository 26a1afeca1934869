//! Device nodes and device cgroup rules (DEV).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn split_cdi<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
