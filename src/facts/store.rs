//! The engine's state: images, containers, pods, volumes, secrets, networks.

use super::{Answer, Table};
use crate::config::{DeviceText, IdMapping, ImageVolume, Mount, NamedVolume, OverlayVolume};
use crate::text::{Node, Reader, Shape};
use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};

record! {
    /// An image.
    #[derive(Eq)]
    pub struct Image {
        /// Its id: 64 hex digits.
        "id" id: String,
        /// Its names, the first being the one that is shown.
        "names" names: Vec<String>,
        /// The name that the request was resolved to.
        "resolved_name" resolved_name: String,
        /// Its configuration.
        "config" config: ImageConfig,
        /// Its annotations.
        "annotations" annotations: BTreeMap<String, String>,
    }

    /// An image's configuration, as OCI and Docker have it.
    #[derive(Eq)]
    pub struct ImageConfig {
        /// `user[:group]`.
        "User" user: String,
        /// Exposed ports, `80/tcp`; the values are empty objects.
        "ExposedPorts" exposed_ports: BTreeMap<String, ImageNothing>,
        /// Environment, `K=V`.
        "Env" env: Vec<String>,
        /// What is run.
        "Entrypoint" entrypoint: Option<Vec<String>>,
        /// Default arguments.
        "Cmd" cmd: Option<Vec<String>>,
        /// Volumes; the values are empty objects.
        "Volumes" volumes: BTreeMap<String, ImageNothing>,
        /// Working directory.
        "WorkingDir" working_dir: String,
        /// Labels.
        "Labels" labels: Option<BTreeMap<String, String>>,
        /// Name or number of the stop signal.
        "StopSignal" stop_signal: String,
        /// Health check.
        "Healthcheck" healthcheck: Option<ImageHealth>,
    }

    /// An image's health check, ns.
    #[derive(Eq)]
    pub struct ImageHealth {
        /// The test.
        "Test" test: Vec<String>,
        /// Grace at the start, ns.
        "StartPeriod" start_period: i64,
        /// Time between checks, ns.
        "Interval" interval: i64,
        /// Time a check may take, ns.
        "Timeout" timeout: i64,
        /// Failures in a row that make it unhealthy.
        "Retries" retries: i64,
    }

    /// Answers from inside the root filesystem.
    #[derive(Eq)]
    pub struct Rootfs {
        /// Text of /etc/passwd, or why there is none.
        "passwd" passwd: Option<Answer<String>>,
        /// Text of /etc/group, or why there is none.
        "group" group: Option<Answer<String>>,
        /// Text of /etc/hosts, or why there is none.
        "hosts" hosts: Option<Answer<String>>,
        /// What lies at absolute paths inside, links not followed.
        "paths" paths: Table<RootfsEntry>,
        /// Whether `paths` is the whole tree: what is not listed does not exist.
        "complete" complete: bool,
    }

    /// What lies at a path inside the root filesystem.
    #[derive(Eq)]
    pub struct RootfsEntry {
        /// `directory`, `file`, `link`, `special` or `absent`.
        "kind" kind: String,
        /// Where a link points.
        "target" target: String,
    }

    /// Another container.
    #[derive(Eq)]
    pub struct Dependency {
        /// Its id; empty when there is no such container.
        "id" id: String,
        /// Its name.
        "name" name: String,
        /// `created`, `running`, `paused`, `exited`, ...
        "state" state: String,
        /// Process id of its init, 0 when it does not run.
        "pid" pid: u32,
        /// Its host name, as it sees itself.
        "hostname" hostname: String,
        /// The pod it is in, by id.
        "pod" pod: String,
        /// Libpod namespace.
        "namespace" namespace: String,
        /// Its shm directory.
        "shm_dir" shm_dir: String,
        /// It has no /dev/shm of its own.
        "no_shm" no_shm: bool,
        /// Its IPC namespace is private.
        "no_shm_share" no_shm_share: bool,
        /// The container whose network namespace it joins, by id.
        "net_ns_ctr" net_ns_ctr: String,
        /// Whether it has no network.
        "network_disabled" network_disabled: bool,
        /// Generated files bound into it: destination to source.
        "bind_mounts" bind_mounts: BTreeMap<String, String>,
        /// Text of its hosts file.
        "hosts" hosts: Option<Answer<String>>,
        /// Its user id ranges.
        "uid_mappings" uid_mappings: Vec<IdMapping>,
        /// Its group id ranges.
        "gid_mappings" gid_mappings: Vec<IdMapping>,
        /// Its id ranges were chosen by storage (`AutoUserNs`): whoever joins its user namespace without mappings of his own gets some too.
        "auto_userns" auto_userns: bool,
        /// Its process label.
        "process_label" process_label: String,
        /// Its user.
        "user" user: String,
        /// Destinations of its user volumes.
        "user_volumes" user_volumes: Vec<String>,
        /// The mounts of its base spec.
        "mounts" mounts: Vec<Mount>,
        /// Its named volumes.
        "named_volumes" named_volumes: Vec<NamedVolume>,
    }

    /// A pod.
    #[derive(Eq)]
    pub struct Pod {
        /// Its id; empty when there is no such pod.
        "id" id: String,
        /// Its name.
        "name" name: String,
        /// Its host name.
        "hostname" hostname: String,
        /// Namespaces that its containers share: cgroup, ipc, net, pid, user, uts.
        "shared" shared: Vec<String>,
        /// Its cgroup; empty for none.
        "cgroup_path" cgroup_path: String,
        /// Whether any of its containers runs.
        "running" running: bool,
        /// Its infra container.
        "infra" infra: Option<Infra>,
    }

    /// The infra container of a pod: what its containers join and inherit.
    #[derive(Eq)]
    pub struct Infra {
        /// The container.
        "container" container: Dependency,
        /// Namespaces in which it uses the host's: as in `shared`.
        "host_namespaces" host_namespaces: Vec<String>,
        /// Capabilities added.
        "cap_add" cap_add: Vec<String>,
        /// Capabilities dropped.
        "cap_drop" cap_drop: Vec<String>,
        /// Its devices.
        "devices" devices: Vec<DeviceText>,
        /// Devices of the host that it was given.
        "host_device_list" host_device_list: Vec<DeviceText>,
        /// Its user mounts.
        "mounts" mounts: Vec<Mount>,
        /// Its named volumes.
        "volumes" volumes: Vec<NamedVolume>,
        /// Its overlay volumes.
        "overlay_volumes" overlay_volumes: Vec<OverlayVolume>,
        /// Its image volumes.
        "image_volumes" image_volumes: Vec<ImageVolume>,
        /// Its SELinux label options.
        "selinux_opts" selinux_opts: Vec<String>,
        /// Its AppArmor profile.
        "apparmor_profile" apparmor_profile: String,
        /// No new privileges by set-id programs.
        "no_new_privileges" no_new_privileges: bool,
        /// Its seccomp policy.
        "seccomp_policy" seccomp_policy: String,
        /// Its seccomp profile.
        "seccomp_profile_path" seccomp_profile_path: String,
        /// Size of its /dev/shm, bytes.
        "shm_size" shm_size: Option<i64>,
        /// Its annotations.
        "annotations" annotations: BTreeMap<String, String>,
    }

    /// A named volume.
    #[derive(Eq)]
    pub struct Volume {
        /// Whether it exists; if not it is made.
        "exists" exists: bool,
        /// Its directory.
        "mountpoint" mountpoint: String,
        /// `local`, `image` or a plugin.
        "driver" driver: String,
        /// Driver options.
        "options" options: BTreeMap<String, String>,
        /// Whether the image's content is still to be copied in.
        "needs_copy_up" needs_copy_up: bool,
        /// Whether its owner is still to be set.
        "needs_chown" needs_chown: bool,
    }

    /// A secret.
    #[derive(Eq)]
    pub struct SecretFacts {
        /// Its id; empty when there is no such secret.
        "id" id: String,
        /// Its name.
        "name" name: String,
        /// Its text, for environment variables.
        "data" data: Option<String>,
    }

    /// An image that is mounted as a volume.
    #[derive(Eq)]
    pub struct ImageMount {
        /// Its id; empty when there is no such image.
        "id" id: String,
        /// Where it is mounted.
        "mountpoint" mountpoint: String,
    }
}

/// The empty object that image configurations use as a value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct ImageNothing;

impl Shape for ImageNothing {
    fn read(node: &Node<'_>, reader: &mut Reader) -> Option<Self> {
        match node {
            Node::Map(_) | Node::Null => Some(ImageNothing),
            other => reader.kind("an empty object", other),
        }
    }
}

impl serde::Serialize for ImageNothing {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap as _;
        to.serialize_map(Some(0))?.end()
    }
}

impl schemars::JsonSchema for ImageNothing {
    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Nothing")
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "object" })
    }
}
