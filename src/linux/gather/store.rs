//! Asks for what the engine keeps: named volumes and secrets, each a directory entry.

use super::{GatherError, read};
use crate::facts::{Errno, SecretFacts, Volume};
use std::borrow::ToOwned;
use std::collections::BTreeMap;
use std::format;
use std::path::{Path, PathBuf};
use std::string::{String, ToString as _};

/// The file beside a volume's data while the image's content is still to be copied in.
pub(crate) const NEEDS_COPY_UP: &str = "needs_copy_up";
/// The file beside a volume's data while its owner is still to be set.
pub(crate) const NEEDS_CHOWN: &str = "needs_chown";
/// The directory of a volume's data.
pub(crate) const DATA: &str = "_data";

/// The file beside a volume's data that holds its driver options; a volume without any has none.
pub(crate) const RECORD: &str = "volume.json";

/// What is written down with a volume that has driver options.
#[derive(Clone, Debug, Default, Eq, PartialEq, serde::Deserialize, serde::Serialize)]
pub(crate) struct VolumeRecord {
    /// Version of this record's format, `major.minor`: an unknown major is refused.
    pub(crate) format_version: String,
    /// Driver options of the local driver.
    pub(crate) options: BTreeMap<String, String>,
}

impl VolumeRecord {
    const FORMAT_VERSION: &str = "1.0";

    /// For a new volume.
    pub(crate) fn new(options: BTreeMap<String, String>) -> Self {
        VolumeRecord { format_version: Self::FORMAT_VERSION.to_owned(), options }
    }

    /// Of the volume in a directory; one without options where nothing is written down.
    ///
    /// # Errors
    ///
    /// Why it cannot be used.
    pub(crate) fn read(directory: &Path) -> Result<Self, String> {
        let text = match read::text(directory.join(RECORD)) {
            Ok(text) => text,
            Err(Errno::ENOENT | Errno::ENOTDIR) => return Ok(Self::new(BTreeMap::new())),
            Err(errno) => return Err(errno.to_string()),
        };
        let record: VolumeRecord = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let major = |version: &str| version.split('.').next().map(ToOwned::to_owned);
        if major(&record.format_version) == major(Self::FORMAT_VERSION) {
            Ok(record)
        } else {
            Err(format!(
                "its format version is `{}`, of another version of this program",
                record.format_version
            ))
        }
    }
}

/// A named volume. One that is not there yet will be made, at the first start its content and its owner with it.
///
/// # Errors
///
/// [`GatherError::Volume`] when what is written down with it cannot be used.
pub(super) fn volume(directory: &str, name: &str) -> Result<Volume, GatherError> {
    let own = Path::new(directory).join(name);
    let exists = is_name(name) && own.join(DATA).is_dir();
    let needs = |file: &str| !exists || own.join(file).exists();
    let record = if exists {
        VolumeRecord::read(&own)
            .map_err(|why| GatherError::Volume { path: own.join(RECORD), why })?
    } else {
        VolumeRecord::default()
    };
    Ok(Volume {
        exists,
        mountpoint: format!("{directory}/{name}/{DATA}"),
        driver: "local".to_owned(),
        options: record.options,
        needs_copy_up: needs(NEEDS_COPY_UP),
        needs_chown: needs(NEEDS_CHOWN),
    })
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
        let volume = |name: &str| volume(text, name).unwrap();
        assert!(volume("vol").exists && !volume("vol").needs_copy_up);
        assert!(!volume("new").exists && volume("new").needs_copy_up);
        assert!(!volume("../secrets/vol").exists);
    }

    #[test]
    fn driver_options_are_read_from_beside_the_data() {
        let scratch = Scratch::new();
        std::fs::create_dir_all(scratch.path().join("v/_data")).unwrap();
        let text = scratch.path().to_str().unwrap();
        assert!(volume(text, "v").unwrap().options.is_empty());
        let write = |record: &str| std::fs::write(scratch.path().join("v/volume.json"), record);
        write(r#"{"format_version":"1.7","options":{"type":"tmpfs"},"later":1}"#).unwrap();
        let options = volume(text, "v").unwrap().options;
        assert_eq!(options, BTreeMap::from([("type".to_owned(), "tmpfs".to_owned())]));
        for (record, part) in [(r#"{"format_version":"2.0","options":{}}"#, "2.0"), ("{", "EOF")] {
            write(record).unwrap();
            let message = volume(text, "v").unwrap_err().to_string();
            assert!(message.contains("v/volume.json") && message.contains(part), "{message}");
        }
    }
}
