//! Every place of the result with its value and its reason: what `explain` and the laws walk over.

use super::json::quoted;
use crate::draft::Draft;
use crate::provenance::{Because, Keyed, List, Slot, shown};
use crate::why::{Place, PlaceKind};
use alloc::{format, string::String, string::ToString, vec::Vec};
use core::fmt::Debug;

/// All places, in the order of the spec, then what is absent, the stored configuration and the plan.
pub(crate) fn places(draft: &Draft<'_>) -> Vec<Place> {
    let mut w = Walk::default();
    let (spec, process) = (&draft.spec, &draft.spec.process);
    w.slot("process.terminal", &process.terminal);
    w.slot("process.user.uid", &process.uid);
    w.slot("process.user.gid", &process.gid);
    w.slot("process.user.umask", &process.umask);
    w.list(
        "process.user.additionalGids",
        &process.additional_gids,
        ToString::to_string,
        ToString::to_string,
    );
    w.slot("process.args", &process.args);
    w.list("process.env", &process.env, |v| v.name.to_string(), Keyed::shown);
    w.slot("process.cwd", &process.cwd);
    for (key, set) in [
        ("bounding", &process.bounding),
        ("effective", &process.effective),
        ("inheritable", &process.inheritable),
        ("permitted", &process.permitted),
        ("ambient", &process.ambient),
    ] {
        if let Some((set, because)) = set.open() {
            w.place(format!("process.capabilities.{key}"), names(set.iter()), because);
        }
    }
    w.list("process.rlimits", &process.rlimits, |r| r.kind.to_string(), Keyed::shown);
    w.slot("process.noNewPrivileges", &process.no_new_privileges);
    w.slot("process.apparmorProfile", &process.apparmor_profile);
    w.slot("process.oomScoreAdj", &process.oom_score_adj);
    w.slot("process.selinuxLabel", &process.selinux_label);
    w.slot("root.path", &spec.root_path);
    w.slot("root.readonly", &spec.root_readonly);
    w.slot("hostname", &spec.hostname);
    w.list("mounts", &spec.mounts, |m| m.destination.to_string(), Keyed::shown);
    w.slot("hooks", &spec.has_hooks);
    w.list(
        "hooks",
        &spec.hooks,
        |h| format!("{}:{}", h.stage.oci(), h.path),
        |h| format!("{:?}", h.args),
    );
    w.list("annotations", &spec.annotations, |a| a.key.to_string(), Keyed::shown);
    w.slot("linux.uidMappings", &spec.uid_mappings);
    w.slot("linux.gidMappings", &spec.gid_mappings);
    w.list("linux.sysctl", &spec.sysctl, |s| s.key.to_string(), Keyed::shown);
    let r = &spec.resources;
    w.list(
        "linux.resources.devices",
        &r.devices,
        |d| format!("{} {}:{}", d.kind.as_deref().unwrap_or("a"), star(d.major), star(d.minor)),
        |d| {
            format!(
                "{} {}",
                if d.allow { "allow" } else { "deny" },
                d.access.as_deref().unwrap_or("")
            )
        },
    );
    w.slot("linux.resources.memory", &r.memory);
    w.slot("linux.resources.cpu", &r.cpu);
    w.slot("linux.resources.pids", &r.pids);
    w.slot("linux.resources.blockIO", &r.block_io);
    w.slot("linux.resources.hugepageLimits", &r.hugepage_limits);
    w.slot("linux.resources.network", &r.network);
    w.slot("linux.resources.rdma", &r.rdma);
    w.slot("linux.resources.unified", &r.unified);
    w.slot("linux.cgroupsPath", &spec.cgroups_path);
    w.list("linux.namespaces", &spec.namespaces, |n| n.kind.oci().to_string(), Keyed::shown);
    w.list("linux.devices", &spec.devices, |d| d.path.to_string(), Keyed::shown);
    if let Some((seccomp, because)) = spec.seccomp.open() {
        let value = match seccomp {
            crate::draft::SeccompChoice::None => String::from("none"),
            crate::draft::SeccompChoice::Profile(selected) => {
                let mut out = Vec::new();
                selected.write_json(&mut out);
                String::from_utf8_lossy(&out).into_owned()
            }
            crate::draft::SeccompChoice::Text(text) => text.clone(),
        };
        w.place("linux.seccomp".into(), value, because);
    }
    w.slot("linux.rootfsPropagation", &spec.rootfs_propagation);
    w.list("linux.maskedPaths", &spec.masked_paths, ToString::to_string, |_| "masked".into());
    w.list("linux.readonlyPaths", &spec.readonly_paths, ToString::to_string, |_| {
        "read-only".into()
    });
    w.slot("linux.mountLabel", &spec.mount_label);
    w.slot("linux.personality", &spec.personality);
    stored(draft, &mut w);
    for (i, step) in draft.plan.iter().enumerate() {
        w.kind = PlaceKind::Plan;
        let value = serde_json::to_string(&step.effect).unwrap_or_default();
        w.place(format!("plan[{i}:{}]", step.effect.word()), value, step.because);
    }
    for (i, warning) in draft.warnings.iter().enumerate() {
        w.kind = PlaceKind::Warning;
        w.place(
            format!("warnings[{i}:{}]", warning.kind.code()),
            warning.kind.to_string(),
            warning.because,
        );
    }
    w.places
}

/// The stored configuration: not in the spec, but decided all the same.
fn stored(draft: &Draft<'_>, w: &mut Walk) {
    w.kind = PlaceKind::Stored;
    let c = &draft.container;
    w.list("container.labels", &c.labels, |a| a.key.to_string(), Keyed::shown);
    w.slot("container.user", &c.user);
    w.slot("container.groups", &c.groups);
    w.slot("container.systemd", &c.systemd);
    w.slot("container.stop_signal", &c.stop_signal);
    w.slot("container.stop_timeout", &c.stop_timeout);
    w.slot("container.privileged", &c.privileged);
    w.slot("container.mount_all_devices", &c.mount_all_devices);
    w.slot("container.net_mode", &c.net_mode);
    w.slot("container.create_netns", &c.create_netns);
    w.slot("container.post_configure_netns", &c.post_configure_netns);
    w.slot("container.networks", &c.networks);
    w.slot("container.ports", &c.ports);
    w.slot("container.shm", &c.shm);
    w.slot("container.shm_size", &c.shm_size);
    w.slot("container.id_mappings", &c.id_mappings);
    w.slot("container.add_current_user", &c.add_current_user);
    w.list("container.named_volumes", &c.named_volumes, |v| v.dest.to_string(), Keyed::shown);
    w.list("container.overlay_volumes", &c.overlay_volumes, |v| v.dest.to_string(), Keyed::shown);
    w.list("container.image_volumes", &c.image_volumes, |v| v.dest.to_string(), Keyed::shown);
    w.list("container.user_volumes", &c.user_volumes, ToString::to_string, |_| {
        "user volume".into()
    });
    w.slot("container.cgroups_mode", &c.cgroups_mode);
    w.slot("container.cgroup_parent", &c.cgroup_parent);
    w.slot("container.cgroup_manager", &c.cgroup_manager);
    w.slot("container.label_options", &c.label_options);
    w.list("container.secrets", &c.secrets, |s| s.name.to_string(), |s| format!("{s:?}"));
    w.slot("container.secret_env", &c.secret_env);
    w.slot("container.hosts", &c.hosts);
    w.slot("container.timezone", &c.timezone);
    w.slot("container.umask", &c.umask);
    w.slot("container.create_working_dir", &c.create_working_dir);
    w.slot("container.cdi_devices", &c.cdi_devices);
    w.slot("container.entrypoint", &c.entrypoint);
    w.slot("container.command", &c.command);
    w.slot("container.health", &c.health);
    w.slot("container.log_driver", &c.log_driver);
    w.slot("container.log_path", &c.log_path);
    w.slot("container.log_size", &c.log_size);
    w.slot("container.log_tag", &c.log_tag);
    w.slot("container.image_name", &c.image_name);
    w.slot("container.dependencies", &c.dependencies);
    w.slot("container.pod", &c.pod);
    w.slot("container.sdnotify_mode", &c.sdnotify_mode);
    w.slot("container.sdnotify_socket", &c.sdnotify_socket);
    w.list(
        "container.poststop_hooks",
        &c.poststop_hooks,
        |h| h.path.to_string(),
        |h| format!("{:?}", h.args),
    );
    w.list(
        "container.bind_mounts",
        &draft.bind_mounts,
        |b| b.destination.to_string(),
        Keyed::shown,
    );
}

#[derive(Default)]
struct Walk {
    places: Vec<Place>,
    kind: PlaceKind,
}

impl Walk {
    fn place(&mut self, name: String, value: String, because: Because) {
        self.places.push(Place { name, value, kind: self.kind, because });
    }

    fn slot<T: Debug>(&mut self, name: &str, slot: &Slot<T>) {
        if let Some((value, because)) = slot.open() {
            self.place(name.into(), shown(value), because);
        }
    }

    fn list<T>(
        &mut self,
        name: &str,
        list: &List<T>,
        key: impl Fn(&T) -> String,
        value: impl Fn(&T) -> String,
    ) {
        let mut before: alloc::collections::BTreeMap<String, usize> =
            alloc::collections::BTreeMap::new();
        for (item, because) in list.open() {
            let key = key(item);
            let nth = before.entry(key.clone()).or_default();
            *nth = nth.saturating_add(1);
            let place =
                if *nth == 1 { format!("{name}[{key}]") } else { format!("{name}[{key}]#{nth}") };
            self.place(place, value(item), because);
        }
        let kind = core::mem::replace(&mut self.kind, PlaceKind::Absent);
        // What came back and went again is not there for the last reason.
        let last: alloc::collections::BTreeMap<&str, usize> = list
            .removed()
            .iter()
            .zip(0..)
            .map(|(removed, at)| (removed.key.as_str(), at))
            .collect();
        for (removed, at) in list.removed().iter().zip(0..) {
            if !before.contains_key(&removed.key) && last.get(removed.key.as_str()) == Some(&at) {
                self.place(
                    format!("{name}[{}]", removed.key),
                    String::from("absent"),
                    removed.because,
                );
            }
        }
        self.kind = kind;
    }
}

/// A text in quotes.
pub(crate) fn json_text(text: &str) -> String {
    let mut out = Vec::new();
    quoted(text, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn names<'n>(names: impl Iterator<Item = &'n str>) -> String {
    names.collect::<Vec<_>>().join(" ")
}

fn star(number: Option<i64>) -> String {
    number.map_or_else(|| "*".into(), |n| n.to_string())
}
