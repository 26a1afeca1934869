//! Container options: systemd mode, sd-notify, working directory, stop signal, log, restart, secrets, dependencies (SYSD, SDN, WD, LOG).

use crate::draft::Draft;
use crate::provenance::Cx;

pub(super) fn run<'a>(_cx: &Cx<'a>, _draft: &mut Draft<'a>) {}
