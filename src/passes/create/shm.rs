//! /dev/shm: shared, private or none, and its size (IPC).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn setup<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
