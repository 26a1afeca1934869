//! Asks for what the engine keeps: named volumes and secrets, each a directory entry.

use super::read;
use crate::facts::{SecretFacts, Volume};
use std::borrow::ToOwned as _;
use std::format;
use std::path::{Path, PathBuf};
use std::string::String;

/// The file beside a volume's data while the image's content is still to be copied in.
pub(crate) const NEEDS_COPY_UP: &str = "needs_copy_up";
/// The file beside a volume's data while its owner is still to be set.
pub(crate) const NEEDS_CHOWN: &str = "needs_chown";
/// The directory of a volume's data.
pub(crate) const DATA: &str = "_data";

/// A named volume. One that is not there yet will be made, at the first start its content and its owner with it.
pub(super) fn volume(directory: &str, name: &str) -> Volume {
    let own = Path::new(directory).join(name);
    let exists = is_name(name) && own.join(DATA).is_dir();
    let needs = |file: &str| !exists || own.join(file).exists();
    Volume {
        exists,
        mountpoint: format!("{directory}/{name}/{DATA}"),
        driver: "local".to_owned(),
        needs_copy_up: needs(NEEDS_COPY_UP),
        needs_chown: needs(NEEDS_CHOWN),
        ..Volume::default()
    }
}

/// A secret: a file of that name in the directory of secrets. Without an id where there is none.
pub(super) fn secret(directory: Option<&PathBuf>, name: &str) -> SecretFacts {
    let text = directory
        .filter(|_| is_name(name))
        .and_then(|directory| read::text(directory.join(name)).ok());
    let named =
        |data: String| SecretFacts { id: name.to_owned(), name: name.to_owned(), data: Some(data) };
    text.map(named).unwrap_or_default()
}

/// Whether a name is one file name: what is looked up by it must not lead elsewhere.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && name != "." && name != ".."
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;

    #[test]
    fn names_do_not_lead_elsewhere() {
        let scratch = Scratch::new();
        let directory = scratch.path().join("secrets");
        std::fs::create_dir_all(directory.join("vol/_data")).unwrap();
        std::fs::write(directory.join("s"), "word").unwrap();
        std::fs::write(scratch.path().join("outside"), "no").unwrap();
        assert_eq!(secret(Some(&directory), "s").data.as_deref(), Some("word"));
        for name in ["none", "../outside", "", "..", "."] {
            assert_eq!(secret(Some(&directory), name), SecretFacts::default(), "{name}");
        }
        let text = directory.to_str().unwrap();
        assert!(volume(text, "vol").exists && !volume(text, "vol").needs_copy_up);
        assert!(!volume(text, "new").exists && volume(text, "new").needs_copy_up);
        assert!(!volume(text, "../secrets/vol").exists);
    }
}
