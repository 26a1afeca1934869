//! What an OCI runtime says of itself: the JSON of `RUNTIME features`, with OCI's names (runtime-spec `features.md`, `features-linux.md`).
//!
//! What a runtime leaves out is not known: it is neither there nor not there.

use crate::text::{Mistake, Mode, NodeError, Reader, json};
use alloc::{collections::BTreeMap, string::String, vec::Vec};

record! {
    /// What a runtime can do, as its `features` command says.
    #[derive(Eq)]
    pub struct RuntimeFeatures other "ignored" {
        /// The oldest version of the OCI spec that it knows.
        "ociVersionMin" oci_version_min: Option<String>,
        /// The newest.
        "ociVersionMax" oci_version_max: Option<String>,
        /// The kinds of hooks that it runs.
        "hooks" hooks: Option<Vec<String>>,
        /// The options of mounts that it takes for itself; others it hands to the filesystem.
        "mountOptions" mount_options: Option<Vec<String>>,
        /// What is Linux' own.
        "linux" linux: Option<LinuxFeatures>,
        /// What it says besides, such as its version.
        "annotations" annotations: Option<BTreeMap<String, String>>,
        /// Annotations of a spec by which the host can be changed; one that ends in `.` stands for all that begin so.
        "potentiallyUnsafeConfigAnnotations" potentially_unsafe_config_annotations: Option<Vec<String>>,
    }

    /// What a runtime can do on Linux.
    #[derive(Eq)]
    pub struct LinuxFeatures other "ignored" {
        /// The types of namespaces that it knows.
        "namespaces" namespaces: Option<Vec<String>>,
        /// The capabilities that it knows.
        "capabilities" capabilities: Option<Vec<String>>,
        /// Cgroups.
        "cgroup" cgroup: Option<CgroupFeatures>,
        /// Seccomp.
        "seccomp" seccomp: Option<SeccompFeatures>,
        /// AppArmor.
        "apparmor" apparmor: Option<EnabledFeature>,
        /// SELinux.
        "selinux" selinux: Option<EnabledFeature>,
        /// Intel RDT.
        "intelRdt" intel_rdt: Option<EnabledFeature>,
        /// What mounts can be besides.
        "mountExtensions" mount_extensions: Option<MountExtensions>,
    }

    /// Something that a runtime is built with or not.
    #[derive(Eq, Copy)]
    pub struct EnabledFeature other "ignored" {
        /// Whether it is built with it; that says nothing about the host.
        "enabled" enabled: Option<bool>,
    }

    /// The cgroups that a runtime can make.
    #[derive(Eq, Copy)]
    pub struct CgroupFeatures other "ignored" {
        /// Version 1.
        "v1" v1: Option<bool>,
        /// Version 2.
        "v2" v2: Option<bool>,
        /// By systemd.
        "systemd" systemd: Option<bool>,
        /// By a user's own systemd.
        "systemdUser" systemd_user: Option<bool>,
        /// With the RDMA controller.
        "rdma" rdma: Option<bool>,
    }

    /// The seccomp filters that a runtime can load.
    #[derive(Eq)]
    pub struct SeccompFeatures other "ignored" {
        /// Whether it is built with seccomp.
        "enabled" enabled: Option<bool>,
        /// The actions that it knows.
        "actions" actions: Option<Vec<String>>,
        /// The operators that it knows.
        "operators" operators: Option<Vec<String>>,
        /// The architectures that it knows.
        "archs" archs: Option<Vec<String>>,
        /// The flags that it knows.
        "knownFlags" known_flags: Option<Vec<String>>,
        /// Those of them that this kernel and library have.
        "supportedFlags" supported_flags: Option<Vec<String>>,
    }

    /// What mounts can be besides.
    #[derive(Eq, Copy)]
    pub struct MountExtensions other "ignored" {
        /// Idmapped, by `uidMappings` and `gidMappings` of the mount.
        "idmap" idmap: Option<EnabledFeature>,
    }
}

/// What a runtime's `features` command wrote is not that.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FeaturesError {
    /// Not JSON.
    #[error("{0}")]
    Text(#[from] NodeError),
    /// Fields that cannot be what they are; never empty.
    #[error("the features have mistakes")]
    Mistakes(Vec<Mistake>),
}

impl RuntimeFeatures {
    /// Reads what a runtime's `features` command wrote. Unknown keys are ignored.
    ///
    /// # Errors
    ///
    /// [`FeaturesError`] for text that is not JSON, and for known keys with values of another kind.
    ///
    /// # Examples
    ///
    /// ```
    /// use ocify::facts::RuntimeFeatures;
    ///
    /// let runc = RuntimeFeatures::from_json(r#"{"ociVersionMin": "1.0.0", "ociVersionMax": "1.0.2-dev"}"#)?;
    /// assert_eq!(runc.oci_version_max.as_deref(), Some("1.0.2-dev"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_json(text: &str) -> Result<Self, FeaturesError> {
        Reader::whole(&json(text)?, Mode::default()).map_err(FeaturesError::Mistakes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_ignored_and_null_is_unknown() {
        let text = r#"{"hooks": null, "new": 1, "linux": {"cgroup": {"v1": true, "v3": 1}, "netDevices": {}}}"#;
        let features = RuntimeFeatures::from_json(text).unwrap();
        assert_eq!(features.hooks, None);
        assert_eq!(features.linux.unwrap().cgroup.unwrap().v1, Some(true));
        assert!(matches!(
            RuntimeFeatures::from_json(r#"{"hooks": 1}"#),
            Err(FeaturesError::Mistakes(_))
        ));
        assert!(matches!(RuntimeFeatures::from_json("{"), Err(FeaturesError::Text(_))));
    }
}
