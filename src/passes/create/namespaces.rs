//! Namespace modes: defaults, donors, and the entries of the spec (NS, IPC).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn defaults<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn join<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn emit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
