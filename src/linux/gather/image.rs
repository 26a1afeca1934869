//! Asks what the container's root is: a directory of the host. Images of container storage are not read yet.

use super::process::text_of;
use super::{GatherError, GatherOptions, Process};
use crate::config::Config;
use crate::facts::Image;
use std::format;
use std::string::String;

/// The root of one container.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// The directory that answers for what is inside.
    pub(super) root: String,
    /// Where it will be mounted.
    pub(super) mountpoint: String,
    /// The image's configuration, where there is one.
    pub(super) image: Option<Image>,
}

/// Finds the root.
///
/// # Errors
///
/// [`GatherError::Image`] when the config names an image and the caller gives no directory and configuration in its place.
pub(super) fn origin(
    config: &Config,
    options: &GatherOptions,
    process: &Process,
    id: &str,
) -> Result<Origin, GatherError> {
    // A config that names both is refused by the compiler in Podman's words.
    if !config.image.is_empty()
        && config.rootfs.is_empty()
        && (options.image.is_none() || options.rootfs.is_none())
    {
        return Err(GatherError::Image { image: config.image.clone() });
    }
    let given = options.rootfs.as_ref().map(text_of);
    let root = given
        .or_else(|| (!config.rootfs.is_empty()).then(|| text_of(&config.rootfs)))
        .unwrap_or_default();
    // LP-MNT-04: an overlay above the directory is mounted beside it, and that is the root then.
    let mountpoint = if config.rootfs_overlay && !config.rootfs.is_empty() {
        format!("{}/overlay-containers/{id}/rootfs/merge", process.base)
    } else {
        root.clone()
    };
    Ok(Origin {
        root,
        mountpoint,
        image: if config.image.is_empty() { None } else { options.image.clone() },
    })
}

/// The names under which a container is known for want of a given one.
pub(super) fn name(config: &Config, options: &GatherOptions, id: &str) -> String {
    let given = options.name.clone().filter(|name| !name.is_empty());
    given.unwrap_or_else(|| {
        if config.name.is_empty() {
            format!("ocify-{}", id.get(..12).unwrap_or(id))
        } else {
            config.name.clone()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use std::borrow::ToOwned as _;

    #[test]
    fn an_image_needs_a_directory_and_a_configuration_in_its_place() {
        let process = Process { base: "/run/ocify".to_owned(), ..Process::default() };
        let image = parse("image: a").unwrap();
        let refused = |options: &GatherOptions| matches!(origin(&image, options, &process, "id"), Err(GatherError::Image { image }) if image == "a");
        assert!(refused(&GatherOptions::default()));
        assert!(refused(&GatherOptions {
            rootfs: Some("/nowhere/r".into()),
            ..GatherOptions::default()
        }));
        let options = GatherOptions {
            rootfs: Some("/nowhere/r".into()),
            image: Some(Image::default()),
            ..GatherOptions::default()
        };
        let found = origin(&image, &options, &process, "id").unwrap();
        assert_eq!(
            (found.root.as_str(), found.mountpoint.as_str(), found.image.is_some()),
            ("/nowhere/r", "/nowhere/r", true)
        );
        let overlay = origin(
            &parse("rootfs: /nowhere/s\nrootfs_overlay: true").unwrap(),
            &GatherOptions::default(),
            &process,
            "id",
        )
        .unwrap();
        assert_eq!(
            (overlay.root.as_str(), overlay.mountpoint.as_str()),
            ("/nowhere/s", "/run/ocify/overlay-containers/id/rootfs/merge")
        );
    }
}
