//! Makes facts of what was recorded about images, root directories, other containers and pods.

use crate::Fallible;
use crate::record::{Look, shaped};
use ocify::config::{DeviceText, ImageVolume, Mount, NamedVolume, OverlayVolume};
use ocify::facts::{Answer, Dependency, Engine, Errno, Image, Infra, Pod, Rootfs, RootfsEntry};
use serde_json::Value;
use std::collections::BTreeMap;

/// An image, as `podman image inspect` told of it.
pub(crate) fn image(recorded: &Value) -> Fallible<Image> {
    let names = recorded.texts_at("names");
    Ok(Image {
        id: recorded.owned_at("id"),
        resolved_name: names.first().cloned().unwrap_or_default(),
        names,
        config: shaped(recorded.at("config"))?,
        annotations: recorded.texts_by_key_at("annotations"),
    })
}

/// What lies in an image, or in the directory in its place.
pub(crate) fn rootfs(recorded: &Value) -> Rootfs {
    let text =
        |key: &str| Some(recorded.maybe_at(key).map_or(Answer::Error(Errno::ENOENT), Answer::Is));
    let entry = |told: &str| {
        let (letter, rest) = told.split_once(' ').unwrap_or((told, ""));
        match letter {
            "d" => RootfsEntry { kind: "directory".to_owned(), target: String::new() },
            "l" => RootfsEntry { kind: "link".to_owned(), target: rest.to_owned() },
            _ => RootfsEntry { kind: "file".to_owned(), target: String::new() },
        }
    };
    let tree = recorded
        .map_at("rootfs_tree")
        .filter_map(|(path, told)| Some((path.clone(), entry(told.as_str()?))));
    let root = ("/".to_owned(), entry("d 755"));
    // No image of the recorder's has an /etc/hosts.
    Rootfs {
        passwd: text("etc_passwd"),
        group: text("etc_group"),
        hosts: Some(Answer::Error(Errno::ENOENT)),
        paths: tree.chain([root]).collect(),
        complete: true,
    }
}

/// Another container: what `inspect` told, and its stored configuration.
pub(crate) fn dependency(recorded: &Value, engine: &Engine) -> Fallible<Dependency> {
    let config = recorded.at("libpod_config");
    let spec = config.at("spec");
    let network_disabled = network_disabled(config);
    let mut dependency = Dependency {
        id: recorded.owned_at("id"),
        name: recorded.owned_at("name"),
        state: recorded.owned_at("state"),
        pid: recorded.number_at("pid"),
        hostname: hostname(recorded.text_at("id"), spec.text_at("hostname")),
        pod: config.owned_at("pod"),
        namespace: config.owned_at("namespace"),
        shm_dir: config.owned_at("ShmDir"),
        no_shm: config.is_at("NoShm"),
        no_shm_share: config.is_at("NoShmShare") || config.is_at("NOShmShare"),
        net_ns_ctr: config.owned_at("netNsCtr"),
        network_disabled,
        uid_mappings: list(config.at("idMappingsOptions").at("UIDMap"))?,
        gid_mappings: list(config.at("idMappingsOptions").at("GIDMap"))?,
        auto_userns: config.at("idMappingsOptions").is_at("AutoUserNs"),
        process_label: config.owned_at("ProcessLabel"),
        user: config.owned_at("user"),
        user_volumes: config.texts_at("userVolumes"),
        mounts: list(spec.at("mounts"))?,
        named_volumes: config.list_at("namedVolumes").iter().map(named_volume).collect(),
        ..Dependency::default()
    };
    if dependency.pid != 0 {
        dependency.bind_mounts = bind_mounts(&dependency, engine);
    }
    Ok(dependency)
}

/// LP-MODEL-07; no recorded container joins the UTS namespace of another.
fn hostname(id: &str, given: &str) -> String {
    if given.is_empty() { id.get(..12).unwrap_or(id).to_owned() } else { given.to_owned() }
}

fn list<T: ocify::text::Shape>(recorded: &Value) -> Fallible<Vec<T>> {
    if recorded.is_null() { Ok(Vec::new()) } else { shaped(recorded) }
}

fn named_volume(recorded: &Value) -> NamedVolume {
    NamedVolume {
        name: recorded.owned_at("volumeName"),
        dest: recorded.owned_at("dest"),
        options: recorded.texts_at("options"),
        is_anonymous: recorded.is_at("isAnonymous"),
    }
}

/// LP-MODEL-09; no recorded container joins the network of another.
fn network_disabled(config: &Value) -> bool {
    if config.is_at("createNetNS") || config.is_at("postConfigureNetNS") {
        return false;
    }
    let namespaces = config.at("spec").at("linux").list_at("namespaces");
    namespaces
        .iter()
        .find(|n| n.text_at("type") == "network")
        .is_some_and(|n| n.text_at("path").is_empty())
}

/// The files that libpod makes for a container that was started lie in its directory below the run root.
fn bind_mounts(dependency: &Dependency, engine: &Engine) -> BTreeMap<String, String> {
    let root = engine.run_root.as_deref().unwrap_or_default();
    let driver = engine.graph_driver.as_deref().unwrap_or_default();
    let dir = format!("{root}/{driver}-containers/{}/userdata", dependency.id);
    let mut files: BTreeMap<String, String> = [
        ("/etc/hosts", "hosts"),
        ("/etc/hostname", "hostname"),
        ("/run/.containerenv", ".containerenv"),
    ]
    .into_iter()
    .map(|(to, file)| (to.to_owned(), format!("{dir}/{file}")))
    .collect();
    if !dependency.network_disabled {
        files.insert("/etc/resolv.conf".to_owned(), format!("{dir}/resolv.conf"));
    }
    if !dependency.no_shm {
        files.insert("/dev/shm".to_owned(), dependency.shm_dir.clone());
    }
    files
}

/// A pod and its infra container.
pub(crate) fn pod(recorded: &Value, engine: &Engine) -> Fallible<Pod> {
    let infra = recorded.at("infra");
    Ok(Pod {
        id: recorded.owned_at("id"),
        name: recorded.owned_at("name"),
        // `inspect` tells the host name that the pod was given; libpod falls back to the pod's name.
        hostname: recorded.owned_at("hostname"),
        shared: recorded.texts_at("shared"),
        cgroup_path: recorded.owned_at("cgroup_path"),
        running: infra.text_at("state") == "running",
        infra: if infra.is_null() { None } else { Some(infra_container(infra, engine)?) },
    })
}

/// SG-POD-01: the infra container's configuration, turned back into the form of a request.
fn infra_container(recorded: &Value, engine: &Engine) -> Fallible<Infra> {
    let container = dependency(recorded, engine)?;
    let config = recorded.at("libpod_config");
    let spec = config.at("spec");
    let namespaces = spec.at("linux").list_at("namespaces");
    let has = |kind: &str| namespaces.iter().any(|n| n.text_at("type") == kind);
    let kinds = [
        ("pid", "pid"),
        ("ipc", "ipc"),
        ("uts", "uts"),
        ("net", "network"),
        ("cgroup", "cgroup"),
        ("user", "user"),
    ];
    // A user mount is one whose destination is among the user volumes, in their order.
    let mounts: Vec<Mount> = container
        .user_volumes
        .iter()
        .filter_map(|dest| container.mounts.iter().find(|m| m.destination == *dest))
        .cloned()
        .collect();
    let devices: Vec<DeviceText> = config
        .list_at("device_host_src")
        .iter()
        .map(|d| DeviceText { path: d.owned_at("path") })
        .collect();
    Ok(Infra {
        host_namespaces: kinds
            .into_iter()
            .filter(|(_, kind)| !has(kind))
            .map(|(word, _)| word.to_owned())
            .collect(),
        host_device_list: devices,
        mounts,
        volumes: container.named_volumes.clone(),
        overlay_volumes: config
            .list_at("overlayVolumes")
            .iter()
            .map(|v| OverlayVolume {
                destination: v.owned_at("dest"),
                source: v.owned_at("source"),
                options: v.texts_at("options"),
            })
            .collect(),
        image_volumes: config
            .list_at("ctrImageVolumes")
            .iter()
            .map(|v| ImageVolume {
                source: v.owned_at("source"),
                destination: v.owned_at("dest"),
                read_write: v.is_at("rw"),
            })
            .collect(),
        selinux_opts: config.texts_at("labelopts"),
        shm_size: config.at("shmSize").as_i64(),
        annotations: spec.texts_by_key_at("annotations"),
        container,
        ..Infra::default()
    })
}
