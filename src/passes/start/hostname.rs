//! Makes /etc/hostname (LP-HOSTNAME).

use super::host_files::{bind, is_bound, run_file, write_file};
use super::shared_namespaces::own_hostname;
use crate::draft::Draft;
use crate::plan::Content;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

const DESTINATION: &str = "/etc/hostname";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-HOSTNAME-01: without a newline, and never again until the host boots anew.
    if is_bound(cx, draft, DESTINATION) {
        return;
    }
    let source = run_file(cx, "hostname");
    cx.within(|| {
        let name = own_hostname(cx, draft);
        write_file(cx, draft, Rule::LpHostname01, source.clone(), Content::Text(name));
    });
    bind(cx, draft, Rule::LpHostname01, Cow::Borrowed(DESTINATION), source);
}
