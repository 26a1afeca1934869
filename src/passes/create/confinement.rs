//! No new privileges, AppArmor, seccomp, SELinux options, read-only root (SECC, APP, SEL).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn labels<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
