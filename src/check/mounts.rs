//! Holds the mounts against OCI's text, each by itself and all together.

use super::FindingKind;
use super::look::{At, Found, Namespaces, Spec};
use crate::path::clean;
use alloc::{borrow::Cow, collections::BTreeMap, format, string::String};

pub(super) fn check(spec: &Spec<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let mut before: BTreeMap<Cow<'_, str>, String> = BTreeMap::new();
    for mount in spec.mounts() {
        let destination = mount.word("destination");
        if destination.is_empty() {
            continue;
        }
        if !destination.starts_with('/') {
            let at = mount.key("destination").unwrap_or_else(|| mount.clone());
            found.add(
                FindingKind::RelativeMount,
                &at,
                format!("the destination `{destination}` is not an absolute path"),
            );
        }
        let options = mount.words("options");
        let remount = options.iter().any(|(option, _)| *option == "remount");
        let clean = clean(destination);
        if !remount && let Some(other) = before.insert(clean, mount.path.clone()) {
            found.add(
                FindingKind::MountTwice,
                &mount,
                format!("`{destination}` is the destination of `{other}` too, which is hidden"),
            );
        }
        idmap(&mount, namespaces, found);
    }
}

/// Whether an option asks for an idmapped mount. crun takes mappings behind a `=`.
pub(super) fn is_idmap(option: &str) -> bool {
    matches!(option.split('=').next(), Some("idmap" | "ridmap"))
}

fn idmap(mount: &At<'_>, namespaces: &Namespaces<'_>, found: &mut Found) {
    let own = |key: &str| !mount.list(key).is_empty();
    match (own("uidMappings"), own("gidMappings")) {
        (true, true) => return,
        (false, false) => {}
        (users, _) => {
            let (has, lacks) =
                if users { ("uidMappings", "gidMappings") } else { ("gidMappings", "uidMappings") };
            found.add(
                FindingKind::IdmapWithoutMappings,
                mount,
                format!("the mount has `{has}`, but no `{lacks}`"),
            );
            return;
        }
    }
    for (option, at) in mount.words("options") {
        if matches!(option, "idmap" | "ridmap") && !namespaces.has("user") {
            found.add(
                FindingKind::IdmapWithoutMappings,
                &at,
                format!("`{option}` without mappings and without a user namespace"),
            );
        }
    }
}
