//! The spec as canonical JSON: the table of contents, one line per place, in the order of the OCI Go types.
//!
//! **Invariant:** a key of the spec is written here and nowhere else. Empty places are left out as Go's `omitempty` does, so that the bytes are
//! what Podman writes.

mod json;
mod limits;
mod places;

pub(crate) use places::{json_text, places};

use crate::draft::{EnvVar, HookDraft, HookStage, Mount, Process, Spec, Text};
use crate::idmap::IdMap;
use crate::provenance::Slot;
use crate::security::caps::CapList;
use json::Object;

/// The runtime-spec version that Podman 4.3 writes.
pub(crate) const OCI_VERSION: &str = "1.0.2-dev";

/// Writes a spec.
pub(crate) fn spec(spec: &Spec<'_>, out: &mut alloc::vec::Vec<u8>) {
    let mut o = Object::open(out);
    o.text("ociVersion", OCI_VERSION);
    o.object("process", |o| process(&spec.process, o));
    o.object("root", |o| {
        o.text("path", text(&spec.root_path).unwrap_or("rootfs"));
        o.flag("readonly", flag(&spec.root_readonly));
    });
    o.text_unless_empty("hostname", text(&spec.hostname).unwrap_or(""));
    o.list("mounts", spec.mounts.values(), |m, o| o.in_object(|o| mount(m, o)));
    hooks(spec, &mut o);
    o.pairs("annotations", spec.annotations.values().map(|a| (&*a.key, &*a.value)));
    o.object("linux", |o| linux(spec, o));
    o.close();
}

fn text<'t>(slot: &'t Slot<Text<'_>>) -> Option<&'t str> {
    slot.value().map(|t| &**t)
}

fn flag(slot: &Slot<bool>) -> bool {
    slot.value().copied().unwrap_or(false)
}

fn process(process: &Process<'_>, o: &mut Object<'_>) {
    o.flag("terminal", flag(&process.terminal));
    o.object("user", |o| {
        o.number("uid", process.uid.value().copied().unwrap_or(0));
        o.number("gid", process.gid.value().copied().unwrap_or(0));
        o.maybe_number("umask", process.umask.value().copied().flatten());
        o.list("additionalGids", process.additional_gids.values(), |gid, o| o.raw_number(*gid));
    });
    if let Some(args) = process.args.value() {
        o.texts("args", args.iter().map(|a| &**a));
    }
    o.list("env", process.env.values(), env);
    o.text("cwd", text(&process.cwd).unwrap_or("/"));
    o.object_unless_empty("capabilities", |o| {
        caps("bounding", &process.bounding, o);
        caps("effective", &process.effective, o);
        caps("inheritable", &process.inheritable, o);
        caps("permitted", &process.permitted, o);
        caps("ambient", &process.ambient, o);
    });
    o.list("rlimits", process.rlimits.values(), |r, o| {
        o.in_object(|o| {
            o.text("type", &r.kind);
            o.number("hard", r.hard);
            o.number("soft", r.soft);
        });
    });
    o.flag("noNewPrivileges", flag(&process.no_new_privileges));
    o.text_unless_empty("apparmorProfile", text(&process.apparmor_profile).unwrap_or(""));
    o.maybe_number("oomScoreAdj", process.oom_score_adj.value().copied().flatten());
    o.text_unless_empty("selinuxLabel", text(&process.selinux_label).unwrap_or(""));
}

fn env(var: &EnvVar<'_>, o: &mut Object<'_>) {
    o.raw_pair(&var.name, &var.value);
}

fn caps(key: &str, set: &Slot<CapList>, o: &mut Object<'_>) {
    if let Some(set) = set.value() {
        o.texts_unless_empty(key, set.iter());
    }
}

fn mount(mount: &Mount<'_>, o: &mut Object<'_>) {
    o.text("destination", &mount.destination);
    o.text_unless_empty("type", &mount.kind);
    o.text_unless_empty("source", &mount.source);
    o.texts_unless_empty("options", mount.options.iter().map(|t| &**t));
}

fn hooks(spec: &Spec<'_>, o: &mut Object<'_>) {
    // CDI devices bring hooks without a look at the section.
    if spec.has_hooks.value() != Some(&true) && spec.hooks.len() == 0 {
        return;
    }
    o.object("hooks", |o| {
        for stage in HookStage::ALL {
            if spec.hooks.values().any(|h| h.stage == stage) {
                o.list(stage.oci(), spec.hooks.values().filter(|h| h.stage == stage), |h, o| {
                    o.in_object(|o| hook(h, o));
                });
            }
        }
    });
}

fn hook(hook: &HookDraft<'_>, o: &mut Object<'_>) {
    o.text("path", &hook.path);
    o.texts_unless_empty("args", hook.args.iter().map(|t| &**t));
    o.texts_unless_empty("env", hook.env.iter().map(|t| &**t));
    o.maybe_number("timeout", hook.timeout);
}

fn linux(spec: &Spec<'_>, o: &mut Object<'_>) {
    id_mappings("uidMappings", &spec.uid_mappings, o);
    id_mappings("gidMappings", &spec.gid_mappings, o);
    o.pairs("sysctl", spec.sysctl.values().map(|s| (&*s.key, &*s.value)));
    // SG-RES-01: an object even where nothing is limited.
    o.object("resources", |o| limits::resources(&spec.resources, o));
    o.text_unless_empty("cgroupsPath", text(&spec.cgroups_path).unwrap_or(""));
    o.list("namespaces", spec.namespaces.values(), |n, o| {
        o.in_object(|o| {
            o.text("type", n.kind.oci());
            o.text_unless_empty("path", &n.path);
        });
    });
    o.list("devices", spec.devices.values(), |d, o| {
        o.in_object(|o| {
            o.text("path", &d.path);
            o.text("type", &d.kind);
            o.number("major", d.major);
            o.number("minor", d.minor);
            o.maybe_number("fileMode", d.file_mode);
            o.maybe_number("uid", d.uid);
            o.maybe_number("gid", d.gid);
        });
    });
    match spec.seccomp.value() {
        Some(crate::draft::SeccompChoice::Profile(selected)) => {
            o.raw("seccomp", |out| selected.write_json(out));
        }
        Some(crate::draft::SeccompChoice::Text(text)) => {
            o.raw("seccomp", |out| out.extend_from_slice(text.as_bytes()));
        }
        Some(crate::draft::SeccompChoice::None) | None => {}
    }
    o.text_unless_empty("rootfsPropagation", text(&spec.rootfs_propagation).unwrap_or(""));
    o.texts_unless_empty("maskedPaths", spec.masked_paths.values().map(|t| &**t));
    o.texts_unless_empty("readonlyPaths", spec.readonly_paths.values().map(|t| &**t));
    o.text_unless_empty("mountLabel", text(&spec.mount_label).unwrap_or(""));
    if let Some(Some(personality)) = spec.personality.value() {
        o.object("personality", |o| {
            o.text("domain", &personality.domain);
            o.texts_unless_empty("flags", personality.flags.iter().map(|f| &**f));
        });
    }
}

fn id_mappings(key: &str, maps: &Slot<alloc::borrow::Cow<'_, [IdMap]>>, o: &mut Object<'_>) {
    let Some(maps) = maps.value() else { return };
    o.list(key, maps.iter(), |m, o| {
        o.in_object(|o| {
            o.number("containerID", m.container_id);
            o.number("hostID", m.host_id);
            o.number("size", m.size);
        });
    });
}
