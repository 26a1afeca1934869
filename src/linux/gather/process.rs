//! Asks what the process that asks is: root or not, its environment, its directories.

use super::procfs::{self, Status};
use super::{GatherOptions, host_users, read};
use crate::security::caps::CapSet;
use rustix::fs::stat;
use rustix::process::{getegid, geteuid};
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::format;
use std::path::{Path, PathBuf};
use std::string::String;

/// The process that asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Process {
    /// Its environment; what is not UTF-8 cannot be written into a spec and is left out.
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) euid: u32,
    pub(super) egid: u32,
    pub(super) status: Status,
    /// Whether it has no root rights (LP-LEAF-01).
    pub(crate) rootless: bool,
    /// The same as storage sees it (LP-LEAF-02).
    pub(super) rootless_in_storage: bool,
    /// Whether PID 1 is systemd.
    pub(crate) systemd: bool,
    /// Below it each container has a directory of its own.
    pub(crate) base: String,
    /// Directory of named volumes.
    pub(crate) volumes: String,
}

impl Process {
    /// Looks at this process.
    pub(crate) fn new(options: &GatherOptions) -> Self {
        let environment: BTreeMap<String, String> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let mut process = Process {
            environment,
            euid: geteuid().as_raw(),
            egid: getegid().as_raw(),
            status: procfs::status(),
            systemd: procfs::systemd(),
            ..Process::default()
        };
        process.rootless = process.has_no_root();
        let in_a_namespace =
            read::text("/proc/self/uid_map").is_ok_and(|map| !map.contains("4294967295"));
        process.rootless_in_storage = process.rootless || in_a_namespace;
        process.base = text_of(options.state_dir.clone().unwrap_or_else(|| process.default_base()));
        process.volumes =
            text_of(options.volume_dir.clone().unwrap_or_else(|| process.default_volumes()));
        process
    }

    /// LP-LEAF-01: not root, or root of a user namespace that was made for it, or root that may not administrate.
    fn has_no_root(&self) -> bool {
        let marked = self.variable("_CONTAINERS_USERNS_CONFIGURED").is_some();
        let may = CapSet::named("CAP_SYS_ADMIN")
            .zip(self.status.effective)
            .is_none_or(|(admin, effective)| effective.contains(admin));
        self.euid != 0 || marked || !may
    }

    /// A variable of its environment that is not empty.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// User id outside of the engine's namespace (LP-LEAF-03).
    pub(super) fn rootless_uid(&self) -> u32 {
        self.variable("_CONTAINERS_ROOTLESS_UID")
            .map_or(self.euid, |text| text.parse().unwrap_or(0))
    }

    /// Group id outside of the engine's namespace (LP-LEAF-03).
    pub(super) fn rootless_gid(&self) -> u32 {
        let set = self
            .variable("_CONTAINERS_ROOTLESS_GID")
            .or_else(|| self.variable("_CONTAINERS_ROOTLESS_UID"));
        set.map_or(self.egid, |text| text.parse().unwrap_or(0))
    }

    /// Whether the kernel lets it raise its limits.
    pub(super) fn may_raise_limits(&self) -> bool {
        // A capability of a user namespace's own counts for nothing here.
        !self.rootless_in_storage
            && CapSet::named("CAP_SYS_RESOURCE")
                .zip(self.status.effective)
                .is_some_and(|(resource, effective)| effective.contains(resource))
    }

    /// The login name of the user outside.
    pub(super) fn login(&self) -> String {
        host_users::name(self.rootless_uid())
    }

    /// The home directory.
    pub(crate) fn home(&self) -> Option<PathBuf> {
        self.variable("HOME").filter(|home| home.starts_with('/')).map(PathBuf::from)
    }

    /// The directory of a user's settings.
    pub(super) fn settings(&self) -> Option<PathBuf> {
        self.variable("XDG_CONFIG_HOME")
            .map(PathBuf::from)
            .or_else(|| self.home().map(|home| home.join(".config")))
    }

    /// The directory of a user's data.
    fn data(&self) -> Option<PathBuf> {
        self.variable("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| self.home().map(|home| home.join(".local/share")))
    }

    /// Whether there is a bus of the user's own systemd.
    pub(super) fn has_bus(&self) -> bool {
        let socket = self
            .variable("DBUS_SESSION_BUS_ADDRESS")
            .and_then(|address| address.split(',').next()?.strip_prefix("unix:path="));
        socket.is_some_and(|path| Path::new(path).exists())
    }

    /// The engine's run-time directory (LP-LEAF-11), without making one.
    pub(super) fn runtime_dir(&self) -> String {
        let uid = self.rootless_uid();
        let owned = |path: &str| stat(path).is_ok_and(|found| found.st_uid == self.euid);
        if let Some(set) = self.variable("XDG_RUNTIME_DIR").filter(|path| owned(path)) {
            return set.to_owned();
        }
        let run = format!("/run/user/{uid}");
        if owned(&run) {
            return run;
        }
        format!("{}/podman-run-{uid}", self.variable("TMPDIR").unwrap_or("/tmp"))
    }

    /// Where storage is for want of a setting.
    pub(super) fn graph_root(&self) -> String {
        let user =
            self.data().filter(|_| self.rootless).map(|data| data.join("containers/storage"));
        text_of(user.unwrap_or_else(|| PathBuf::from("/var/lib/containers/storage")))
    }

    fn default_base(&self) -> PathBuf {
        if self.rootless {
            Path::new(&self.runtime_dir()).join("ocify")
        } else {
            PathBuf::from("/run/ocify")
        }
    }

    fn default_volumes(&self) -> PathBuf {
        let user = self.data().filter(|_| self.rootless);
        user.unwrap_or_else(|| PathBuf::from("/var/lib")).join("ocify/volumes")
    }
}

/// A path as text: absolute, without links as far as it exists. What is not UTF-8 in it is replaced, so that it names nothing.
pub(crate) fn text_of(path: impl AsRef<Path>) -> String {
    let path = std::path::absolute(path.as_ref()).unwrap_or_else(|_| path.as_ref().to_owned());
    let real = path.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
    let path = match real {
        Some((above, real)) => path.strip_prefix(above).map_or_else(
            |_| path.clone(),
            |rest| if rest.as_os_str().is_empty() { real.clone() } else { real.join(rest) },
        ),
        None => path,
    };
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(euid: u32, effective: Option<CapSet>, variables: &[(&str, &str)]) -> Process {
        let environment =
            variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Process {
            euid,
            egid: 7,
            environment,
            status: Status { effective, ..Status::default() },
            ..Process::default()
        }
    }

    #[test]
    fn root_is_who_may_administrate() {
        // LP-LEAF-01
        let all = Some(CapSet::ALL);
        for (euid, effective, variables, rootless) in [
            (0, all, &[][..], false),
            (1000, all, &[], true),
            (0, Some(CapSet::EMPTY), &[], true),
            // Capabilities that cannot be read are ignored.
            (0, None, &[], false),
            (0, all, &[("_CONTAINERS_USERNS_CONFIGURED", "done")], true),
            (0, all, &[("_CONTAINERS_USERNS_CONFIGURED", "")], false),
        ] {
            assert_eq!(
                process(euid, effective, variables).has_no_root(),
                rootless,
                "{euid} {effective:?} {variables:?}"
            );
        }
    }

    #[test]
    fn ids_outside_are_told_by_the_environment() {
        // LP-LEAF-03
        for (variables, uid, gid) in [
            (&[][..], 5, 7),
            (&[("_CONTAINERS_ROOTLESS_UID", "1000")], 1000, 1000),
            (&[("_CONTAINERS_ROOTLESS_UID", "1000"), ("_CONTAINERS_ROOTLESS_GID", "50")], 1000, 50),
            (&[("_CONTAINERS_ROOTLESS_UID", "x")], 0, 0),
        ] {
            let process = process(5, None, variables);
            assert_eq!(
                (process.rootless_uid(), process.rootless_gid()),
                (uid, gid),
                "{variables:?}"
            );
        }
    }

    #[test]
    fn paths_are_freed_of_links_as_far_as_they_exist() {
        let scratch = crate::linux::scratch::Scratch::new();
        let at = scratch.path();
        std::os::unix::fs::symlink(at, at.join("link")).unwrap();
        assert_eq!(text_of(at.join("link/a/b")), at.join("a/b").to_str().unwrap());
        assert_eq!(text_of(at.join("link")), at.to_str().unwrap());
    }
}
