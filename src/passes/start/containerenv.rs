//! Makes /run/.containerenv, by which a process learns that it is in a container (LP-CE).

use super::host_files::{bind, is_bound, write_run_file};
use crate::draft::Draft;
use crate::facts::Image;
use crate::files::containerenv::{Privileged, graph_root_mounted, text};
use crate::provenance::Cx;
use crate::rules::Rule;
use alloc::borrow::Cow;

const DESTINATION: &str = "/run/.containerenv";

pub(super) fn run<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    // LP-CE-01: a mount over it, or over /run, would hide it.
    let mounts = &draft.spec.mounts;
    if is_bound(cx, draft, DESTINATION)
        || mounts
            .position(cx, |mount| matches!(&*mount.destination, DESTINATION | "/run"))
            .is_some()
    {
        draft.bind_mounts.absent(cx, Rule::LpCe01, DESTINATION);
        return;
    }
    let sources = mounts.all(cx).map(|mount| &*mount.source);
    let mounted = graph_root_mounted(cx.facts().graph_root(), sources);
    let text = if draft.container.privileged.see(cx) == Some(&true) {
        let image = cx.facts().image();
        let privileged = Privileged {
            name: cx.facts().name(),
            id: cx.facts().id(),
            image: image.map_or("", name_of),
            image_id: image.map_or("", |image| &image.id),
            rootless: cx.facts().rootless(),
        };
        Cow::Owned(text(Some(&privileged), mounted))
    } else {
        Cow::Owned(text(None, mounted))
    };
    let source = write_run_file(cx, draft, Rule::LpCe01, ".containerenv", text);
    bind(cx, draft, Rule::LpCe01, Cow::Borrowed(DESTINATION), source);
}

/// SG-IMG-03: the name that the request led to; where that is the beginning of the id, the image's first name.
fn name_of(image: &Image) -> &str {
    let first = image.names.first().filter(|_| image.id.starts_with(&image.resolved_name));
    first.unwrap_or(&image.resolved_name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn an_image_asked_for_by_id_has_its_first_name() {
        // SG-IMG-03
        for (resolved, names, name) in [
            (
                "localhost/bb:latest",
                &["localhost/bb:latest", "localhost/x:1"][..],
                "localhost/bb:latest",
            ),
            ("54bf78", &["localhost/bb:latest"], "localhost/bb:latest"),
            ("54bf78", &[], "54bf78"),
        ] {
            let image = Image {
                id: "54bf783a7c26".into(),
                names: names.iter().map(|name| String::from(*name)).collect(),
                resolved_name: resolved.into(),
                ..Image::default()
            };
            assert_eq!(name_of(&image), name);
        }
    }
}
