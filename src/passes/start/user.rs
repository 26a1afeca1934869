//! The user that runs: looked up, its groups, home and umask (LP-USER).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn files<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn lookup<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn host_ids<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn home<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn ids<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn umask<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn groups<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn supplementary<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
