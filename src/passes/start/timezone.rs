//! Makes /etc/localtime, a copy of a file of the zone database (LP-TZ).

use super::host_files::{bind, is_bound, write_file};
use crate::draft::{Draft, Text};
use crate::facts::{Errno, FileKind};
use crate::path;
use crate::plan::Content;
use crate::problem::Problem;
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

const DESTINATION: &str = "/etc/localtime";
const DATABASE: &str = "/usr/share/zoneinfo";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let Some(zone) = draft.container.timezone.see(cx).filter(|zone| !zone.is_empty()).cloned()
    else {
        return;
    };
    let local = zone == "local";
    // LP-TZ-01: at every start. These three are built into the reader of the zone database.
    let known = local || matches!(&*zone, "UTC" | "Local");
    if !known && (zone.contains("..") || zone.starts_with(['/', '\\'])) {
        let zone = zone.into_owned();
        return draft.refuse(
            cx,
            Rule::LpTz01,
            Problem::TimezoneName { id: cx.facts().id().into(), zone },
        );
    }
    let file = if local { DESTINATION.into() } else { path::join(&[DATABASE, &zone]) };
    let kind = cx.facts().path_answer(&file, |path| path.kind.as_ref());
    match kind {
        Err(Errno::UNANSWERED) => return,
        Err(_) if !known => {
            let zone = zone.into_owned();
            return draft.refuse(
                cx,
                Rule::LpTz01,
                Problem::TimezoneUnknown { id: cx.facts().id().into(), zone },
            );
        }
        Ok(_) | Err(_) => {}
    }
    // LP-TZ-02
    if is_bound(cx, draft, DESTINATION) {
        return;
    }
    match kind {
        Ok(FileKind::Directory) => draft.refuse(
            cx,
            Rule::LpTz02,
            Problem::TimezoneFileDirectory { id: cx.facts().id().into() },
        ),
        Ok(FileKind::File | FileKind::Special) => {
            let source: Text<'a> = Cow::Owned([cx.facts().run_dir(), "/localtime"].concat());
            let copy = Content::CopyOf(Cow::Owned(file));
            write_file(cx, draft, Rule::LpTz02, source.clone(), copy);
            bind(cx, draft, Rule::LpTz02, Cow::Borrowed(DESTINATION), source);
        }
        Err(errno) => draft.refuse(
            cx,
            Rule::LpTz02,
            Problem::TimezoneFile { id: cx.facts().id().into(), file, errno },
        ),
    }
}
