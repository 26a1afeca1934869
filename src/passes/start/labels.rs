//! SELinux labels of process and mounts (LP-LABEL).

use super::model::labels;
use crate::draft::Draft;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-LABEL-01: as they are stored with the container, also when empty.
    let (process, mount) = labels(cx, draft);
    draft.spec.process.selinux_label.set(cx, Rule::LpLabel01, || Cow::Borrowed(process));
    draft.spec.mount_label.set(cx, Rule::LpLabel01, || Cow::Borrowed(mount));
}
