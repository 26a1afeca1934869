//! Answers one question at a time: which probe it is for.

use super::engine;
use super::{
    GatherError, GatherOptions, Process, host_users, lsm, network, paths, read, rootfs, store,
};
use crate::config::Config;
use crate::facts::{Answer, FactKey, Facts};
use crate::linux::containers;
use crate::questions::Question;
use crate::security::seccomp::SeccompProfile;
use std::path::PathBuf;
use std::string::String;

/// What the probes need to know.
#[derive(Debug)]
pub(super) struct Answers {
    process: Process,
    /// The directory that answers for the root filesystem.
    root: String,
    secrets: Option<PathBuf>,
    /// How many ports may have to be found.
    ports: usize,
}

impl Answers {
    pub(super) fn new(
        config: &Config,
        options: &GatherOptions,
        process: Process,
        root: String,
    ) -> Self {
        let published = config.portmappings.iter().map(|port| usize::from(port.range.max(1)));
        let of_image = options.image.as_ref().map_or(0, |image| image.config.exposed_ports.len());
        let ports =
            published.fold(config.expose.len().saturating_add(of_image), usize::saturating_add);
        Answers { process, root, secrets: options.secret_dir.clone(), ports }
    }

    /// Finds a fact out and records it. What is recorded already is only asked for again when it did not say enough.
    ///
    /// # Errors
    ///
    /// [`GatherError::Unanswered`] when there is nothing more to say, and what cannot be recorded as an answer.
    pub(super) fn answer(
        &mut self,
        facts: &mut Facts,
        question: &Question,
    ) -> Result<(), GatherError> {
        let of = question.of.as_str();
        let unanswered = || GatherError::Unanswered { question: question.clone() };
        let elsewhere = |what| GatherError::Elsewhere {
            what,
            name: question.of.clone(),
            question: question.clone(),
        };
        let known = match question.key {
            FactKey::Path => match facts.paths.get_mut(of) {
                Some(path) if path.devices_below.is_none() => {
                    path.devices_below = Some(paths::devices_below(of));
                    return Ok(());
                }
                Some(_) => true,
                None => facts.paths.insert(of, paths::facts(of)).is_some(),
            },
            FactKey::File => facts.files.insert(of, read::text(of).into()).is_some(),
            FactKey::Seccomp => facts.seccomp.insert(of, seccomp(of)).is_some(),
            FactKey::RootfsPath => {
                let entry = rootfs::entry(&self.root, of)
                    .map_err(|errno| GatherError::File { path: PathBuf::from(of), errno })?;
                facts.rootfs.paths.insert(of, entry).is_some()
            }
            FactKey::Volume => {
                facts.volumes.insert(of, store::volume(&self.process.volumes, of)?).is_some()
            }
            FactKey::Secret => {
                facts.secrets.insert(of, store::secret(self.secrets.as_ref(), of)).is_some()
            }
            FactKey::Network => {
                let found = network::network(
                    of,
                    &facts.conf,
                    self.process.home().as_deref(),
                    self.process.rootless,
                );
                facts.networks.insert(of, found).is_some()
            }
            FactKey::HostUser => {
                facts.host_users.insert(of, host_users::user(of).unwrap_or_default()).is_some()
            }
            FactKey::HostGroup => {
                facts.host_groups.insert(of, host_users::group(of).unwrap_or_default()).is_some()
            }
            FactKey::Container => {
                let base = PathBuf::from(&self.process.base);
                let found = containers::dependency(&base, of)?;
                facts.containers.insert(of, found).is_some()
            }
            FactKey::Pod => return Err(elsewhere("pod")),
            FactKey::ImageMount => return Err(elsewhere("image")),
            _ => self.single(facts, question.key).ok_or_else(unanswered)?,
        };
        if known { Err(unanswered()) } else { Ok(()) }
    }

    /// Finds out a fact with one value; whether it was known already. `None` for those without a probe of their own.
    fn single(&self, facts: &mut Facts, key: FactKey) -> Option<bool> {
        let host = &mut facts.host;
        Some(match key {
            FactKey::RootfsPasswd => {
                facts.rootfs.passwd.replace(rootfs::text(&self.root, "/etc/passwd")).is_some()
            }
            FactKey::RootfsGroup => {
                facts.rootfs.group.replace(rootfs::text(&self.root, "/etc/group")).is_some()
            }
            FactKey::RootfsHosts => {
                facts.rootfs.hosts.replace(rootfs::text(&self.root, "/etc/hosts")).is_some()
            }
            FactKey::Devices => {
                host.devices.replace(super::devices::host(self.process.rootless)).is_some()
            }
            // An error in listing them is as good as none (LP-HOSTS-03).
            FactKey::Addresses => {
                host.addresses.replace(network::addresses().unwrap_or_default()).is_some()
            }
            FactKey::ThermalThrottle => {
                host.thermal_throttle.replace(super::procfs::thermal_throttle()).is_some()
            }
            FactKey::Interfaces => host.interfaces.replace(network::interfaces()).is_some(),
            FactKey::FreePorts => {
                host.free_ports.replace(network::free_ports(self.ports)).is_some()
            }
            FactKey::ApparmorProfiles => {
                host.apparmor_profiles.replace(lsm::apparmor_profiles()).is_some()
            }
            FactKey::Slirp4netns | FactKey::Slirp4netnsFeatures => {
                let (path, features) = engine::slirp4netns(&facts.conf, &self.process);
                let known = facts.engine.slirp4netns.replace(path).is_some();
                facts.engine.slirp4netns_features.replace(features).is_some() && known
            }
            _ => return None,
        })
    }
}

/// A seccomp profile, be it none.
fn seccomp(path: &str) -> Answer<SeccompProfile> {
    // SG-SECC-01: no path stands for the profile that is built in.
    if path.is_empty() {
        return Answer::Is(SeccompProfile::of_file(SeccompProfile::BUILT_IN));
    }
    match read::text(path) {
        Ok(text) => Answer::Is(SeccompProfile::of_file(text)),
        Err(errno) => Answer::Error(errno),
    }
}
