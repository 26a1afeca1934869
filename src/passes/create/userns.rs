//! User namespace and ID mappings (UNS).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn defaults<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn emit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn storage<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
