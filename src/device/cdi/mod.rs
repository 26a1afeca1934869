//! Finds devices by qualified name in CDI specs: which file wins, and which edits that means.

mod name;
mod node;
mod spec;

use alloc::borrow::ToOwned;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

pub use name::{QualifiedName, TooShort, qualified};
pub use node::{Filled, HostNode, NodeError};
pub use spec::{Device, DeviceNode, Edits, Hook, Mount, Spec, SpecError};

/// A file in a directory of CDI specs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpecFile<'a> {
    /// The directory's place: a device in a later directory wins (`/etc/cdi` 0, `/var/run/cdi` 1).
    pub priority: usize,
    /// The file's path.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// Requested devices of which at least one is in no spec; holds all of them, as Podman's message does.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("unresolvable CDI devices {}", .0.join(", "))]
pub struct Unresolvable(pub Vec<String>);

/// All devices that the CDI specs of a host define.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    specs: Vec<Spec>,
    /// By qualified name: which spec, which of its devices.
    devices: BTreeMap<String, (usize, usize)>,
    /// Files that are left out, and why.
    pub broken: Vec<(String, SpecError)>,
    /// Devices that two files of one directory define, and that nobody gets.
    pub conflicts: BTreeSet<String>,
}

/// Gathers the devices of all spec files; a file that is no good is left out.
///
/// Files without `.json` or `.yaml` at the end are none. `yaml` reads a text that is no JSON.
///
/// Source: CDI `pkg/cdi/cache.go`, `refresh`.
pub fn registry<'a>(
    files: impl IntoIterator<Item = SpecFile<'a>>,
    yaml: impl Fn(&str) -> Result<Spec, String>,
) -> Registry {
    // LP-CDI-01
    let mut files: Vec<SpecFile<'_>> = files
        .into_iter()
        .filter(|file| matches!(file.path.rsplit_once('.'), Some((_, "json" | "yaml"))))
        .collect();
    files.sort_by_key(|file| (file.priority, file.path));
    let mut registry = Registry::default();
    let mut priorities = Vec::new();
    for SpecFile { priority, path, text } in files {
        match spec::parse(text, &yaml) {
            Ok(spec) => {
                registry.add(spec, priority, &priorities);
                priorities.push(priority);
            }
            Err(error) => registry.broken.push((path.to_owned(), error)),
        }
    }
    // A conflict counts even where a directory of higher priority has the device too.
    for name in &registry.conflicts {
        registry.devices.remove(name);
    }
    registry
}

impl Registry {
    /// Adds a spec; `priorities` are those of the specs added before.
    fn add(&mut self, spec: Spec, priority: usize, priorities: &[usize]) {
        let at = self.specs.len();
        for (index, device) in spec.devices.iter().enumerate() {
            let name = [spec.kind.as_str(), "=", device.name.as_str()].concat();
            let earlier = self.devices.get(&name).and_then(|&(spec, _)| priorities.get(spec));
            if earlier == Some(&priority) {
                self.conflicts.insert(name);
            } else {
                // What was added before comes from a directory before this one.
                self.devices.insert(name, (at, index));
            }
        }
        self.specs.push(spec);
    }

    /// Gives the edits that requested devices mean, in order: those of a whole spec before those of its first device that is asked for.
    ///
    /// # Errors
    ///
    /// [`Unresolvable`] with all that was requested.
    ///
    /// Source: CDI `pkg/cdi/cache.go`, `InjectDevices`.
    pub fn resolve<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<&Edits>, Unresolvable> {
        // LP-CDI-02
        let mut used = BTreeSet::new();
        let mut edits = Vec::with_capacity(names.len().saturating_mul(2));
        for name in names {
            let found = self.devices.get(name.as_ref());
            let found = found.and_then(|&(at, index)| {
                self.specs.get(at).and_then(|spec| Some((at, spec, spec.devices.get(index)?)))
            });
            let Some((at, spec, device)) = found else {
                return Err(Unresolvable(
                    names.iter().map(|name| name.as_ref().to_string()).collect(),
                ));
            };
            if used.insert(at) {
                edits.push(&spec.container_edits);
            }
            edits.push(&device.container_edits);
        }
        Ok(edits)
    }

    /// Gives the qualified names of all devices, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.devices.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    /// The spec of the recorded cases.
    const VENDOR: &str = r#"{"cdiVersion": "0.3.0", "kind": "vendor.example/dev", "containerEdits": {"env": ["CDI_GLOBAL=1"]}, "devices": [
        {"name": "one", "containerEdits": {"env": ["CDI_ONE=1"],
            "deviceNodes": [{"path": "/dev/cdi0", "type": "c", "major": 1, "minor": 5, "permissions": "rw"}],
            "mounts": [{"hostPath": "/srv/dir", "containerPath": "/cdi/dir", "options": ["ro", "nosuid", "bind"]}],
            "hooks": [{"hookName": "createContainer", "path": "/bin/true", "args": ["true", "cdi"]}]}},
        {"name": "two", "containerEdits": {"env": ["CDI_TWO=2"]}}]}"#;

    fn no_yaml(_: &str) -> Result<Spec, String> {
        Err("no YAML here".into())
    }

    /// A spec with one variable for each device, so that its file shows in the result.
    fn marked(mark: &str, devices: &[&str]) -> String {
        let devices: Vec<String> = devices
            .iter()
            .map(|name| {
                format!(r#"{{"name":"{name}","containerEdits":{{"env":["{mark}={name}"]}}}}"#)
            })
            .collect();
        format!(r#"{{"cdiVersion":"0.5.0","kind":"ven/dev","devices":[{}]}}"#, devices.join(","))
    }

    fn env(edits: &[&Edits]) -> Vec<String> {
        edits.iter().flat_map(|edits| edits.env.iter().cloned()).collect()
    }

    #[test]
    fn the_recorded_devices_are_found() {
        let registry = registry(
            [SpecFile { priority: 0, path: "/etc/cdi/vendor.json", text: VENDOR }],
            no_yaml,
        );
        assert!(registry.broken.is_empty() && registry.conflicts.is_empty());
        assert_eq!(
            registry.names().collect::<Vec<_>>(),
            ["vendor.example/dev=one", "vendor.example/dev=two"]
        );
        let edits = registry.resolve(&["vendor.example/dev=one"]).unwrap();
        assert_eq!(env(&edits), ["CDI_GLOBAL=1", "CDI_ONE=1"]);
        let edits = edits[1];
        let node = DeviceNode {
            path: "/dev/cdi0".into(),
            kind: "c".into(),
            major: 1,
            minor: 5,
            permissions: "rw".into(),
            ..DeviceNode::default()
        };
        assert_eq!(edits.device_nodes, [node]);
        assert_eq!(
            (
                edits.mounts[0].host_path.as_str(),
                edits.mounts[0].container_path.as_str(),
                edits.mounts[0].options.len()
            ),
            ("/srv/dir", "/cdi/dir", 3)
        );
        assert_eq!(
            (
                edits.hooks[0].hook_name.as_str(),
                edits.hooks[0].path.as_str(),
                edits.hooks[0].timeout
            ),
            ("createContainer", "/bin/true", None)
        );
        // A spec's own edits come once.
        let both = registry
            .resolve(&[
                "vendor.example/dev=two",
                "vendor.example/dev=one",
                "vendor.example/dev=two",
            ])
            .unwrap();
        assert_eq!(env(&both), ["CDI_GLOBAL=1", "CDI_TWO=2", "CDI_ONE=1", "CDI_TWO=2"]);
    }

    #[test]
    fn what_is_not_found_is_refused_with_all_that_was_asked_for() {
        let registry = registry(
            [SpecFile { priority: 0, path: "/etc/cdi/vendor.json", text: VENDOR }],
            no_yaml,
        );
        let words = |names: &[&str]| registry.resolve(names).unwrap_err().to_string();
        assert_eq!(
            words(&["vendor.example/dev=nine"]),
            "unresolvable CDI devices vendor.example/dev=nine"
        );
        assert_eq!(
            words(&["vendor.example/dev=one", "a.b/c=d"]),
            "unresolvable CDI devices vendor.example/dev=one, a.b/c=d"
        );
    }

    #[test]
    fn later_directories_win_and_equals_conflict() {
        let (static_one, static_two, dynamic) =
            (marked("S1", &["a", "b", "x"]), marked("S2", &["b", "y"]), marked("D", &["a", "b"]));
        // The order in which files are given is of no account.
        let files = [
            SpecFile { priority: 1, path: "/var/run/cdi/d.yaml", text: &dynamic },
            SpecFile { priority: 0, path: "/etc/cdi/s2.json", text: &static_two },
            SpecFile { priority: 0, path: "/etc/cdi/s1.json", text: &static_one },
            SpecFile { priority: 0, path: "/etc/cdi/s1.json.bak", text: &static_one },
        ];
        let registry = registry(files, no_yaml);
        // The conflict over `b` below /etc/cdi also takes the one of /var/run/cdi away.
        assert_eq!(registry.names().collect::<Vec<_>>(), ["ven/dev=a", "ven/dev=x", "ven/dev=y"]);
        assert_eq!(registry.conflicts.iter().collect::<Vec<_>>(), ["ven/dev=b"]);
        assert_eq!(env(&registry.resolve(&["ven/dev=a", "ven/dev=x"]).unwrap()), ["D=a", "S1=x"]);
    }

    #[test]
    fn a_broken_file_is_left_out() {
        let good = marked("G", &["a"]);
        let files = [
            SpecFile { priority: 0, path: "/etc/cdi/bad.json", text: "{" },
            SpecFile {
                priority: 0,
                path: "/etc/cdi/old.json",
                text: r#"{"cdiVersion":"0.6.0","kind":"ven/dev","devices":[]}"#,
            },
            SpecFile { priority: 0, path: "/etc/cdi/good.json", text: &good },
        ];
        let registry = registry(files, no_yaml);
        let broken: Vec<String> =
            registry.broken.iter().map(|(path, error)| format!("{path}: {error}")).collect();
        assert_eq!(
            broken,
            [
                "/etc/cdi/bad.json: failed to unmarshal CDI Spec: no YAML here",
                "/etc/cdi/old.json: invalid version \"0.6.0\""
            ]
        );
        assert!(registry.resolve(&["ven/dev=a"]).is_ok());
    }

    #[test]
    fn yaml_is_read_where_json_is_none() {
        let file = SpecFile { priority: 0, path: "/etc/cdi/v.yaml", text: "cdiVersion: 0.5.0" };
        let registry = registry([file], |text| {
            assert_eq!(text, "cdiVersion: 0.5.0");
            serde_json::from_str(&marked("Y", &["a"])).map_err(|error| error.to_string())
        });
        assert_eq!(registry.names().collect::<Vec<_>>(), ["ven/dev=a"]);
    }
}
