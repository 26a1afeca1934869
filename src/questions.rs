//! What has to be known: the facts that a config needs, by name.
//!
//! Some of it shows in the config alone ([`asked`]): the sources of its mounts, its devices, the containers it joins. The rest depends
//! on answers (a link inside the root filesystem leads to another path, a mount is found to need a secret), so a compilation that misses a
//! fact says which in [`Refused::missing`](crate::Refused::missing). Asking [`asked`] first saves rounds; it does not replace them.

use crate::config::{Config, Namespace};
use crate::device::spec;
use crate::facts::FactKey;
use alloc::{borrow::ToOwned, collections::BTreeSet, format, string::String, vec::Vec};
use core::fmt;

/// One fact that is needed.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Question {
    /// Which fact.
    pub key: FactKey,
    /// The key in its table, such as a path; empty for a fact with one value.
    pub of: String,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.of.is_empty() {
            f.write_str(self.key.path())
        } else {
            write!(f, "{}[{}]", self.key.path(), self.of)
        }
    }
}

/// What a config needs to know of its host: `linux::gather` answers it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Questions<'a> {
    /// The config that asks.
    pub config: &'a Config,
    /// The questions that show in it by itself; the answers can raise more.
    pub asked: Vec<Question>,
}

/// A config of which nothing can be asked.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuestionsError {
    /// There is no root filesystem to ask about.
    #[error("the config names neither an image nor a root directory: set `image` or `rootfs`")]
    NoRoot,
}

/// The questions of a config.
///
/// # Errors
///
/// [`QuestionsError::NoRoot`] when it has no root filesystem.
///
/// # Examples
///
/// ```
/// let config = ocify::parse("rootfs: /srv\nnetns: container:db\n")?;
/// let asked: Vec<String> = ocify::questions(&config)?.asked.iter().map(ToString::to_string).collect();
/// assert_eq!(asked, ["paths[/srv]", "containers[db]"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn questions(config: &Config) -> Result<Questions<'_>, QuestionsError> {
    if config.image.is_empty() && config.rootfs.is_empty() {
        return Err(QuestionsError::NoRoot);
    }
    Ok(Questions { config, asked: asked(config) })
}

/// The questions that show in the config by itself, in order and without repeats.
///
/// These are keys of tables: paths of the host that it names, and the containers, pods, volumes, secrets, networks, images and users of the
/// engine. Facts with one value are part of every record and are not listed, but for those that are dear to find out: the device nodes of a
/// privileged container, and free ports.
pub fn asked(config: &Config) -> Vec<Question> {
    let mut asked = Asked::default();
    asked.paths(config);
    asked.others(config);
    asked.engine(config);
    asked.0.into_iter().collect()
}

#[derive(Default)]
struct Asked(BTreeSet<Question>);

impl Asked {
    fn ask(&mut self, key: FactKey, of: &str) {
        self.0.insert(Question { key, of: of.to_owned() });
    }

    /// A path that does not depend on where the engine stands.
    fn path(&mut self, path: &str) {
        if path.starts_with('/') {
            self.ask(FactKey::Path, path);
        }
    }

    fn paths(&mut self, config: &Config) {
        self.path(&config.rootfs);
        self.path(&config.init_path);
        for mount in config.mounts.iter().filter(|m| m.kind == "bind" || m.kind.is_empty()) {
            self.path(&mount.source);
        }
        for overlay in &config.overlay_volumes {
            self.path(&overlay.source);
        }
        for device in &config.devices {
            self.path(spec::source(&device.path));
        }
        let throttled = [
            &config.throttle_read_bps,
            &config.throttle_write_bps,
            &config.throttle_read_iops,
            &config.throttle_write_iops,
        ];
        for path in
            throttled.into_iter().flat_map(|of| of.keys()).chain(config.weight_device.keys())
        {
            self.path(path);
        }
        if !matches!(config.timezone.as_str(), "" | "local") {
            self.path(&format!("/usr/share/zoneinfo/{}", config.timezone));
        }
        if !matches!(config.seccomp_profile_path.as_str(), "" | "unconfined") {
            self.ask(FactKey::Seccomp, &config.seccomp_profile_path);
        }
    }

    fn others(&mut self, config: &Config) {
        let namespaces: [&Namespace; 6] = [
            &config.pidns,
            &config.utsns,
            &config.ipcns,
            &config.userns,
            &config.cgroupns,
            &config.netns,
        ];
        for namespace in namespaces {
            match namespace.nsmode.as_str() {
                "path" => self.path(&namespace.value),
                "container" => self.ask(FactKey::Container, &namespace.value),
                _ => {}
            }
        }
        for name in &config.dependency_containers {
            self.ask(FactKey::Container, name);
        }
        for from in &config.volumes_from {
            self.ask(FactKey::Container, from.split(':').next().unwrap_or_default());
        }
        if !config.pod.is_empty() {
            self.ask(FactKey::Pod, &config.pod);
        }
    }

    fn engine(&mut self, config: &Config) {
        for volume in config.volumes.iter().filter(|v| !v.name.is_empty()) {
            self.ask(FactKey::Volume, &volume.name);
        }
        for secret in config.secrets.iter().map(|s| &s.source).chain(config.secret_env.values()) {
            self.ask(FactKey::Secret, secret);
        }
        for network in config.networks.keys().chain(&config.cni_networks) {
            self.ask(FactKey::Network, network);
        }
        for image in &config.image_volumes {
            self.ask(FactKey::ImageMount, &image.source);
        }
        for user in &config.hostusers {
            self.ask(FactKey::HostUser, user);
        }
        if config.privileged {
            self.ask(FactKey::Devices, "");
        }
        if config.publish_image_ports || config.portmappings.iter().any(|p| p.host_port == 0) {
            self.ask(FactKey::FreePorts, "");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use alloc::string::ToString;

    #[test]
    fn a_config_asks_for_what_it_names() {
        for (text, asked) in [
            ("rootfs: /r", &["paths[/r]"][..]),
            // Only what is bound from the host has a source there; a relative one depends on the engine's directory.
            (
                "mounts: ['type=bind,src=/a,dst=/b', 'type=tmpfs,dst=/t', 'type=bind,src=rel,dst=/c']",
                &["paths[/a]"],
            ),
            ("devices: ['/dev/fuse:/dev/f:rwm', 'vendor.com/class=name']", &["paths[/dev/fuse]"]),
            ("volumes: ['data:/d', '/x', '/h:/i']", &["paths[/h]", "volumes[data]"]),
            ("netns: 'container:a'\npidns: 'ns:/p'\nutsns: host", &["paths[/p]", "containers[a]"]),
            (
                "volumes_from: ['a:ro', b]\ndependencyContainers: [b, c]\npod: p",
                &["containers[a]", "containers[b]", "containers[c]", "pods[p]"],
            ),
            ("secrets: [{Source: s}]\nsecret_env: {A: t, B: s}", &["secrets[s]", "secrets[t]"]),
            (
                "Networks: {n: {}}\nimage_volumes: [{Source: i, Destination: /i}]\nhostusers: [u]",
                &["networks[n]", "images[i]", "host_users[u]"],
            ),
            ("privileged: true\nportmappings: ['80']", &["host.devices", "host.free_ports"]),
            (
                "timezone: Europe/Paris\nseccomp_profile_path: /s.json",
                &["paths[/usr/share/zoneinfo/Europe/Paris]", "seccomp[/s.json]"],
            ),
            ("timezone: local\nseccomp_profile_path: unconfined", &[]),
            ("throttleReadBpsDevice: {/dev/vda: {rate: 5}}", &["paths[/dev/vda]"]),
        ] {
            let mut found: Vec<String> =
                super::asked(&parse(text).unwrap()).iter().map(ToString::to_string).collect();
            found.sort_by_key(|q| asked.iter().position(|a| a == q));
            assert_eq!(found, asked, "{text}");
        }
    }
}
