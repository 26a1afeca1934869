//! Words the mount of an overlay volume: the options of the filesystem, or of the program that mounts it.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::path;

/// The keys of the storage option that names a program for overlay mounts.
const PROGRAM_KEYS: [&str; 3] =
    [".mount_program", "overlay.mount_program", "overlay2.mount_program"];

/// The two directories of an overlay that a user chose.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Writable<'a> {
    /// Where changes go.
    pub upper: &'a str,
    /// The kernel's work directory beside it.
    pub work: &'a str,
}

/// Why the directories of an overlay are refused, in Podman's words.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// `upperdir=`
    #[error("cannot accept empty value for upperdir")]
    EmptyUpper,
    /// `workdir=`
    #[error("cannot accept empty value for workdir")]
    EmptyWork,
    /// One without the other.
    #[error("must specify both upperdir and workdir")]
    OnlyOne,
}

/// What can be written to an overlay.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Access<'a> {
    /// Nothing: an empty second layer stands in for what is written.
    ReadOnly,
    /// Everything, to directories of the engine or to those that the user chose.
    ReadWrite(Option<Writable<'a>>),
}

/// A mount of the spec that shows an overlay.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct OverlayMount<'a> {
    /// `overlay`, or `bind` where a program mounts it.
    pub kind: &'static str,
    /// The directory where the layers are merged.
    pub source: String,
    /// The mount's options.
    pub options: Vec<String>,
    /// What is to be run before the mount can be made.
    pub program: Option<Program<'a>>,
}

/// A program that mounts an overlay, run as `program -o options merge`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Program<'a> {
    /// The program's path.
    pub path: &'a str,
    /// The text after `-o`.
    pub options: String,
    /// Where it mounts.
    pub merge: String,
}

/// Gives the mount of an overlay whose layers lie in `content`, over `source`.
///
/// `program` comes from [`mount_program`]; `rootless` is of no account where one is given.
///
/// Source: Buildah `pkg/overlay/overlay.go`, `MountWithOptions`.
pub fn mount<'a>(
    content: &str,
    source: &str,
    access: Access<'_>,
    program: Option<&'a str>,
    rootless: bool,
) -> OverlayMount<'a> {
    let merge = path::join(&[content, "merge"]);
    let mut options = options(content, source, access);
    match program {
        Some(path) => OverlayMount {
            kind: "bind",
            source: merge.clone(),
            options: ["bind", "slave"].map(ToString::to_string).into(),
            program: Some(Program { path, options, merge }),
        },
        None => {
            if rootless {
                options.push_str(",userxattr");
            }
            // The text is split again, so that a comma in a path ends up as a border of two options.
            OverlayMount {
                kind: "overlay",
                source: merge,
                options: options.split(',').map(ToString::to_string).collect(),
                program: None,
            }
        }
    }
}

/// Gives the option text of an overlay whose layers lie in `content`, over `source`.
///
/// A `:` in the source is escaped, a comma is not.
pub fn options(content: &str, source: &str, access: Access<'_>) -> String {
    // LP-OVL-02
    let lower = source.replace(':', "\\:");
    match access {
        Access::ReadOnly => format!("lowerdir={lower}:{},private", path::join(&[content, "lower"])),
        Access::ReadWrite(Some(Writable { upper, work })) => {
            format!("lowerdir={lower},upperdir={upper},workdir={work},private")
        }
        Access::ReadWrite(None) => {
            format!(
                "lowerdir={lower},upperdir={},workdir={},private",
                path::join(&[content, "upper"]),
                path::join(&[content, "work"])
            )
        }
    }
}

/// Gives the program that the storage options name for overlay mounts, of which the first counts, even where it is empty.
pub fn mount_program<S: AsRef<str>>(graph_options: &[S]) -> Option<&str> {
    let mut set = graph_options.iter().filter_map(|option| option.as_ref().split_once('='));
    set.find(|(key, _)| PROGRAM_KEYS.contains(key))
        .map(|(_, program)| program)
        .filter(|program| !program.is_empty())
}

/// Gives the directories that an overlay volume's options choose, the last of each; none where they choose none.
///
/// # Errors
///
/// An empty directory, or one without the other.
pub fn directories<'a>(
    options: impl IntoIterator<Item = &'a str>,
) -> Result<Option<Writable<'a>>, DirectoryError> {
    // LP-OVL-03: the name may go on after `upperdir`, the value starts at the first `=`.
    let (mut upper, mut work) = (None, None);
    for (name, value) in options.into_iter().filter_map(|option| option.split_once('=')) {
        if name.starts_with("upperdir") {
            upper = Some(value).filter(|value| !value.is_empty());
            upper.ok_or(DirectoryError::EmptyUpper)?;
        }
        if name.starts_with("workdir") {
            work = Some(value).filter(|value| !value.is_empty());
            work.ok_or(DirectoryError::EmptyWork)?;
        }
    }
    match (upper, work) {
        (Some(upper), Some(work)) => Ok(Some(Writable { upper, work })),
        (None, None) => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(DirectoryError::OnlyOne),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[test]
    fn the_mounts_of_the_page() {
        let source = "/x/s:rc";
        let own = Access::ReadWrite(None);
        let table = [
            (
                own,
                None,
                false,
                "overlay",
                "lowerdir=/x/s\\:rc,upperdir=/c/upper,workdir=/c/work,private",
            ),
            (Access::ReadOnly, None, false, "overlay", "lowerdir=/x/s\\:rc:/c/lower,private"),
            (own, Some("/p"), false, "bind", "bind,slave"),
            (own, Some("/p"), true, "bind", "bind,slave"),
            (
                own,
                None,
                true,
                "overlay",
                "lowerdir=/x/s\\:rc,upperdir=/c/upper,workdir=/c/work,private,userxattr",
            ),
            (
                Access::ReadWrite(Some(Writable { upper: "/u:1", work: "/w" })),
                None,
                false,
                "overlay",
                "lowerdir=/x/s\\:rc,upperdir=/u:1,workdir=/w,private",
            ),
        ];
        for (access, program, rootless, kind, options) in table {
            let mount = mount("/c", source, access, program, rootless);
            assert_eq!(
                (mount.kind, mount.source.as_str(), mount.options.join(",").as_str()),
                (kind, "/c/merge", options)
            );
            assert_eq!(mount.program.is_some(), program.is_some());
        }
    }

    #[test]
    fn a_program_gets_the_option_text() {
        let program =
            mount("/c", "/s", Access::ReadWrite(None), Some("/usr/bin/fuse-overlayfs"), true)
                .program
                .unwrap();
        assert_eq!(program.path, "/usr/bin/fuse-overlayfs");
        assert_eq!(program.options, "lowerdir=/s,upperdir=/c/upper,workdir=/c/work,private");
        assert_eq!(program.merge, "/c/merge");
    }

    #[test]
    fn a_comma_in_the_source_splits_the_option() {
        let mount = mount("/c", "/a,b", Access::ReadOnly, None, false);
        assert_eq!(mount.options, vec!["lowerdir=/a", "b:/c/lower", "private"]);
    }

    #[test]
    fn the_first_program_counts() {
        let table: [(&[&str], Option<&str>); 6] = [
            (&[], None),
            (&["overlay.mount_program=/p"], Some("/p")),
            (&[".mount_program=/a", "overlay2.mount_program=/b"], Some("/a")),
            (&["overlay.mountopt=nodev", "overlay2.mount_program=/b=c"], Some("/b=c")),
            (&["overlay.mount_program=", "overlay2.mount_program=/b"], None),
            (&["mount_program=/p", "overlay.mount_program"], None),
        ];
        for (options, wanted) in table {
            assert_eq!(mount_program(options), wanted, "{options:?}");
        }
    }

    #[test]
    fn directories_come_in_pairs() {
        let both = |upper, work| Ok(Some(Writable { upper, work }));
        let table: [(&[&str], _); 10] = [
            (&[], Ok(None)),
            (&["O", "U", "ro"], Ok(None)),
            (&["upperdir=/u", "workdir=/w"], both("/u", "/w")),
            (&["upperdir=/u", "workdir=/w", "upperdir=/v=1"], both("/v=1", "/w")),
            (&["upperdirs=/u", "workdir2=/w"], both("/u", "/w")),
            (&["upperdir", "workdir"], Ok(None)),
            (&["upperdir=/u"], Err(DirectoryError::OnlyOne)),
            (&["workdir=/w", "xupperdir=/u"], Err(DirectoryError::OnlyOne)),
            (&["upperdir=", "workdir=/w"], Err(DirectoryError::EmptyUpper)),
            (&["upperdir=/u", "workdir="], Err(DirectoryError::EmptyWork)),
        ];
        for (options, wanted) in table {
            assert_eq!(directories(options.iter().copied()), wanted, "{options:?}");
        }
        assert_eq!(DirectoryError::OnlyOne.to_string(), "must specify both upperdir and workdir");
        assert_eq!(
            DirectoryError::EmptyUpper.to_string(),
            "cannot accept empty value for upperdir"
        );
    }
}
