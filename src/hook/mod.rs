//! OCI hooks of the host's directories: read, and matched against a container.

mod file;
mod matching;
pub mod regexp;

pub use file::{FileError, Hook};
pub use matching::{Container, MatchError, When};

use crate::facts::Errno;
use alloc::borrow::Cow;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

/// The stages that the engine runs itself, apart from the runtime's: their hooks are not in the spec.
pub const OWN_STAGES: [&str; 2] = ["precreate", "poststop"];

/// Reads the hook files of directories, in order; a file in a later one replaces that of the same name in an earlier one.
///
/// `files` are all hook files by path, sorted. `stat` looks for a hook's program.
/// What comes back is in the order in which hooks run: that of the file names in lower case.
///
/// # Errors
///
/// [`FileError`], the first of the first directory that has one. Where that is about a missing program, the whole directory's errors are
/// swallowed, and the files that have none count.
///
/// Source: Podman `pkg/hooks/hooks.go`, `New`, and `read.go`, `ReadDir`.
pub fn read<'a>(
    directories: impl IntoIterator<Item = &'a str>,
    files: &[(&'a str, &'a str)],
    stat: impl Fn(&str) -> Result<(), Errno>,
) -> Result<Vec<(&'a str, Hook<'a>)>, FileError> {
    // LP-HOOK-01
    let mut hooks: BTreeMap<&'a str, Hook<'a>> = BTreeMap::new();
    for directory in directories {
        let directory = directory.trim_end_matches('/');
        let mut first = None;
        for (path, text) in files {
            let name = path.strip_prefix(directory).and_then(|rest| rest.strip_prefix('/'));
            // LP-HOOK-02
            let Some(name) =
                name.filter(|name| !name.contains('/') && name.strip_suffix(".json").is_some())
            else {
                continue;
            };
            match file::read(path, text, &stat) {
                Ok(hook) => {
                    hooks.insert(name, hook);
                }
                Err(error) => first = first.or(Some(error)),
            }
        }
        match first {
            Some(FileError::Program { errno: Errno::ENOENT, .. }) | None => {}
            Some(error) => return Err(error),
        }
    }
    let mut hooks: Vec<_> = hooks.into_iter().collect();
    hooks.sort_by_cached_key(|(name, _)| lower(name));
    Ok(hooks)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(String::from(name).to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    const ALWAYS: &str = r#"{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"always":true},"stages":["prestart"]}"#;
    const NO_PROGRAM: &str = r#"{"version":"1.0.0","hook":{"path":"/nope"},"when":{"always":true},"stages":["prestart"]}"#;
    const BAD: &str = r#"{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"always":true},"stages":["lunch"]}"#;

    fn names(
        directories: &[&'static str],
        files: &[(&'static str, &'static str)],
    ) -> Result<Vec<&'static str>, FileError> {
        let read = read(directories.iter().copied(), files, |path| {
            if path == "/bin/true" { Ok(()) } else { Err(Errno::ENOENT) }
        })?;
        Ok(read.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn hooks_run_in_order_of_their_names() {
        // LP-HOOK-02, LP-HOOK-03
        let files = [
            ("/a/20-b.json", ALWAYS),
            ("/a/10-A.json", ALWAYS),
            ("/a/15-B.json", ALWAYS),
            ("/a/x.json.off", BAD),
            ("/a/sub/y.json", BAD),
            ("/b/20-b.json", ALWAYS),
        ];
        assert_eq!(names(&["/a", "/b/"], &files), Ok(vec!["10-A.json", "15-B.json", "20-b.json"]));
        assert_eq!(names(&["/missing"], &files), Ok(vec![]));
    }

    #[test]
    fn a_missing_program_first_hides_what_follows() {
        // LP-HOOK-02, both quirks
        assert_eq!(
            names(&["/a"], &[("/a/1.json", NO_PROGRAM), ("/a/2.json", BAD), ("/a/3.json", ALWAYS)]),
            Ok(vec!["3.json"])
        );
        let refused = names(&["/a"], &[("/a/1.json", BAD), ("/a/2.json", NO_PROGRAM)]);
        assert_eq!(refused, Err(FileError::UnknownStage { stage: "lunch".into() }));
    }
}
