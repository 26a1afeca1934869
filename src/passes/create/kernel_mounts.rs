//! The mounts of /proc, /dev, /sys and the cgroup tree, as user and network namespaces allow (MNT).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}

pub(super) fn procfs<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
