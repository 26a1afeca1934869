//! Resource limits: defaults, verification, devices named by path (RES).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn verify<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn throttle<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn emit<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
