//! Makes /etc/hostname (LP-HOSTNAME).

use super::host_files::{bind, is_bound, write_run_file};
use super::shared_namespaces::own_hostname;
use crate::draft::Draft;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

const DESTINATION: &str = "/etc/hostname";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-HOSTNAME-01: without a newline, and never again until the host boots anew.
    if is_bound(cx, draft, DESTINATION) {
        return;
    }
    let name = own_hostname(cx, draft);
    let source = write_run_file(cx, draft, Rule::LpHostname01, "hostname", name);
    bind(cx, draft, Rule::LpHostname01, Cow::Borrowed(DESTINATION), source);
}
