//! What preparing the container does to the network: namespace, networks, slirp4netns, port forwarders (LP-NET, LP-SLIRP, LP-RLK).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
