//! Looks at paths as the engine does: from the host, into the root filesystem and, by its links, out of it again.

use crate::facts::{Errno, FileKind};
use crate::path;
use crate::provenance::Cx;
use alloc::string::String;
use alloc::vec::Vec;
use core::str::Split;

/// How many links the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// What stat(2) says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stat {
    /// A directory.
    Directory,
    /// Something else.
    Other,
    /// Nothing.
    Absent {
        /// A link is in its place, or in that of a directory on the way, and leads nowhere: no directory can be made there.
        dangling: bool,
    },
    /// It cannot be told.
    Failed(Errno),
}

/// Where the walk through the root filesystem ends.
enum End {
    /// Inside, at this path.
    At { path: String, directory: bool },
    /// Elsewhere, or nowhere.
    Gone(Stat),
}

/// stat(2) of a path of the host: links are followed, and an absolute one starts at the *host's* root.
pub(super) fn stat(cx: &Cx<'_>, root: &str, path: &str) -> Stat {
    let Some(inside) = inside(root, path) else { return host(cx, path) };
    match walk(cx, root, inside) {
        End::At { directory: true, .. } => Stat::Directory,
        End::At { .. } => Stat::Other,
        End::Gone(stat) => stat,
    }
}

/// readlink(2) of a path of the host; `None` for what is no link, and for what is not in the root filesystem.
pub(super) fn link<'a>(cx: &Cx<'a>, root: &str, path: &str) -> Option<&'a str> {
    let (parent, name) = inside(root, path)?.rsplit_once('/')?;
    let End::At { path: mut at, directory: true } = walk(cx, root, parent) else { return None };
    at.push('/');
    at.push_str(name);
    let entry = cx.facts().rootfs_entry(&at)?;
    (entry.kind == "link").then_some(&entry.target)
}

/// The part of a path that is inside the root: empty for the root itself.
fn inside<'p>(root: &str, path: &'p str) -> Option<&'p str> {
    let rest = path.strip_prefix(root.strip_suffix('/').unwrap_or(root))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

/// stat(2) outside of the root filesystem.
fn host(cx: &Cx<'_>, path: &str) -> Stat {
    match cx.facts().path_answer(path, |p| p.kind.as_ref()) {
        Ok(FileKind::Directory) => Stat::Directory,
        Ok(_) => Stat::Other,
        Err(Errno::ENOENT) => Stat::Absent { dangling: false },
        Err(errno) => Stat::Failed(errno),
    }
}

/// Follows a path inside the root, element by element.
fn walk(cx: &Cx<'_>, root: &str, path: &str) -> End {
    let mut at = String::with_capacity(path.len());
    let mut directory = true;
    let mut links = 0_usize;
    // What is still ahead: the path's own rest first, above it the texts of the links that are being followed.
    let mut ahead: Vec<Split<'_, char>> = alloc::vec![path.split('/')];
    while let Some(elements) = ahead.last_mut() {
        let Some(element) = elements.next() else {
            ahead.pop();
            continue;
        };
        if element.is_empty() {
            continue;
        }
        if !directory {
            return End::Gone(Stat::Failed(Errno::ENOTDIR));
        }
        match element {
            "." => continue,
            ".." if at.is_empty() => return outside(cx, &path::dir(root), ahead),
            ".." => {
                at.truncate(at.rfind('/').unwrap_or(0));
                continue;
            }
            _ => {}
        }
        let parent = at.len();
        at.push('/');
        at.push_str(element);
        let Some(entry) = cx.facts().rootfs_entry(&at) else {
            return End::Gone(Stat::Absent { dangling: ahead.len() > 1 });
        };
        if entry.kind != "link" {
            directory = entry.kind == "directory";
            continue;
        }
        links = links.saturating_add(1);
        if links > MAX_LINKS {
            return End::Gone(Stat::Failed(Errno::ELOOP));
        }
        if !path::is_abs(&entry.target) {
            at.truncate(parent);
            ahead.push(entry.target.split('/'));
        } else if let Some(back) = inside(root, &entry.target) {
            at.clear();
            ahead.push(back.split('/'));
        } else {
            return outside(cx, &entry.target, ahead);
        }
    }
    End::At { path: at, directory }
}

/// Goes on outside, from `base`: first by what is left of links, then by the path's own rest.
fn outside(cx: &Cx<'_>, base: &str, mut ahead: Vec<Split<'_, char>>) -> End {
    let add = |to: &mut String, elements: Split<'_, char>| {
        for element in elements.filter(|element| !element.is_empty()) {
            to.push('/');
            to.push_str(element);
        }
    };
    // Even where this leads back inside: the host can be asked about any path, and is asked once.
    let mut target = String::from(base.strip_suffix('/').unwrap_or(base));
    while ahead.len() > 1 {
        if let Some(text) = ahead.pop() {
            add(&mut target, text);
        }
    }
    let mut whole = target.clone();
    if let Some(own) = ahead.pop() {
        add(&mut whole, own);
    }
    let ask = |path: &str| host(cx, if path.is_empty() { "/" } else { path });
    let stat = ask(&whole);
    let absent = matches!(stat, Stat::Absent { .. });
    // Only a link that leads nowhere is in the way of a new directory; one that leads to a directory is not.
    let dangling = absent && (whole == target || ask(&target) == stat);
    End::Gone(if absent { Stat::Absent { dangling } } else { stat })
}
