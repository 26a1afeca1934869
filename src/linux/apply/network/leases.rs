//! Keeps which address of which network is given to which container: one file for all containers, written under the networks' lock.

use crate::linux::apply::failed::{Attempt, Failed};
use crate::linux::apply::files::{self, Dress};
use crate::network::addresses::parse_ip;
use crate::network::leases::Range;
use rustix::io::Errno;
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::format;
use std::fs::{read, remove_file};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// The file's name in the networks' directory.
pub(super) const FILE: &str = "leases.json";

/// The given addresses of all networks.
#[derive(Debug, Default, serde::Deserialize, serde::Serialize)]
#[serde(default)]
pub(super) struct Leases {
    /// By name of the network, and by subnet.
    networks: BTreeMap<String, BTreeMap<String, OfSubnet>>,
}

/// The given addresses of a subnet.
#[derive(Debug, Default, serde::Deserialize, serde::Serialize)]
#[serde(default)]
struct OfSubnet {
    /// The one that was chosen last.
    last: Option<IpAddr>,
    /// Who has which.
    taken: BTreeMap<IpAddr, String>,
}

impl Leases {
    /// Reads what is given; nothing where the file is missing.
    pub(super) fn load(run_dir: &Path) -> Result<Self, Failed> {
        let path = run_dir.join(FILE);
        let bytes = match read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Leases::default()),
            other => other.map_err(Failed::io(Attempt::Look, &path))?,
        };
        serde_json::from_slice(&bytes).map_err(|e| Failed {
            note: Some(format!("{e}; remove it when no container has a network")),
            ..Failed::at(Attempt::Look, &path)(Errno::BADMSG)
        })
    }

    /// Writes it. When nothing is given any more the file goes, and everything begins anew.
    pub(super) fn save(&self, run_dir: &Path) -> Result<(), Failed> {
        let path = run_dir.join(FILE);
        if self.are_none() {
            return match remove_file(&path) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                    Err(Failed::io(Attempt::Remove, &path)(e))
                }
                _ => Ok(()),
            };
        }
        let bytes = serde_json::to_vec(self)
            .map_err(|_| Failed::at(Attempt::Write, &path)(Errno::INVAL))?;
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        files::write_bytes(&path, &bytes, Dress { mode: 0o600, uid, gid, label: "" })
    }

    /// Whether no address is given.
    pub(super) fn are_none(&self) -> bool {
        self.networks.values().flat_map(BTreeMap::values).all(|subnet| subnet.taken.is_empty())
    }

    /// Gives a container an address in each subnet of a network: a fixed one that was asked for, or the next free one.
    ///
    /// # Errors
    ///
    /// What is wrong: a fixed address that another container has, or no free one.
    pub(super) fn give(
        &mut self,
        network: &str,
        ranges: &[Range],
        fixed: &[String],
        id: &str,
    ) -> Result<Vec<IpAddr>, String> {
        let of_network = self.networks.entry(network.to_owned()).or_default();
        let mut given = Vec::new();
        for range in ranges {
            let name = format!("{}/{}", range.subnet.network(), range.subnet.prefix);
            let subnet = of_network.entry(name).or_default();
            let fixed = fixed.iter().filter_map(|text| parse_ip(text));
            let address = match fixed.into_iter().find(|ip| range.subnet.contains(*ip)) {
                Some(fixed) => match subnet.taken.get(&fixed) {
                    Some(other) if other != id => {
                        return Err(format!(
                            "requested ip address {fixed} is already allocated to container ID {other}"
                        ));
                    }
                    _ => fixed,
                },
                None => {
                    let free = range.free(subnet.last, |ip| subnet.taken.contains_key(&ip));
                    let free = free.ok_or_else(|| {
                        format!("failed to find free IP in range: {} - {}", range.first, range.last)
                    })?;
                    subnet.last = Some(free);
                    free
                }
            };
            subnet.taken.insert(address, id.to_owned());
            given.push(address);
        }
        Ok(given)
    }

    /// Whether an address of a network is given.
    pub(super) fn has(&self, network: &str) -> bool {
        let subnets = self.networks.get(network).into_iter().flat_map(BTreeMap::values);
        subnets.into_iter().any(|subnet| !subnet.taken.is_empty())
    }

    /// Takes back every address of a container.
    pub(super) fn release(&mut self, id: &str) {
        for subnet in self.networks.values_mut().flat_map(BTreeMap::values_mut) {
            subnet.taken.retain(|_, holder| holder != id);
        }
    }
}

/// The files of this room in the networks' directory.
pub(super) fn files_in(run_dir: &Path) -> [PathBuf; 2] {
    let file = run_dir.join(FILE);
    [files::beside(&file), file]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::NetworkSubnet;
    use crate::linux::scratch::Scratch;
    use std::string::ToString;

    #[test]
    fn two_containers_never_have_one_address() {
        let scratch = Scratch::new();
        let ranges: Vec<Range> = ["10.1.0.0/29", "fd00::/64"]
            .map(|subnet| Range::of(&NetworkSubnet::of(subnet)).unwrap())
            .into();
        let mut given = Vec::new();
        let give = |id: &str, fixed: &[&str]| {
            let mut leases = Leases::load(scratch.path()).unwrap();
            let fixed: Vec<String> = fixed.iter().map(ToString::to_string).collect();
            let given = leases.give("n", &ranges, &fixed, id);
            leases.save(scratch.path()).unwrap();
            given.map(|ips| ips.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        for id in ["a", "b", "c"] {
            given.push(give(id, &[]).unwrap());
        }
        assert_eq!(given, ["10.1.0.1 fd00::1", "10.1.0.2 fd00::2", "10.1.0.3 fd00::3"]);
        // Asked for again by who has it, and by another.
        assert_eq!(give("b", &["10.1.0.2", "fd00::2"]).unwrap(), "10.1.0.2 fd00::2");
        assert_eq!(
            give("d", &["10.1.0.2"]).unwrap_err(),
            "requested ip address 10.1.0.2 is already allocated to container ID b"
        );
        for id in ["a", "b", "c", "d"] {
            let mut leases = Leases::load(scratch.path()).unwrap();
            leases.release(id);
            leases.save(scratch.path()).unwrap();
        }
        assert!(files_in(scratch.path()).iter().all(|file| !file.exists()));
    }
}
