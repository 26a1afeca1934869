//! Runs the whole CREATE list over a request, for the tests of its passes.

use super::CREATE;
use crate::config::{Config, Format, Parsing, parse_as};
use crate::draft::Draft;
use crate::emit;
use crate::facts::{
    Answer, CgroupV1, Errno, Facts, FileKind, Image, NetworkFacts, PathFacts, StatFs,
};
use crate::options::Profile;
use crate::provenance::Cx;
use crate::security::caps::CapSet;
use crate::security::seccomp::SeccompProfile;
use serde_json::Value;
use std::string::{String, ToString};
use std::vec::Vec;

/// The id that the container gets.
pub(super) const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

/// The setting of the worked examples: root, cgroup v1, cgroupfs, no AppArmor, no SELinux, no `CAP_SYS_RESOURCE`; the image `bb`.
pub(super) fn facts() -> Facts {
    let mut facts = Facts::default();
    let host = &mut facts.host;
    host.rootless = Some(false);
    host.euid = Some(0);
    host.arch = Some("amd64".into());
    host.cgroup_unified = Some(Answer::Is(false));
    host.cgroup_v1 = Some(CgroupV1 { pids: true, memory: true, ..CgroupV1::default() });
    host.hostname = Some(Answer::Is("hosta".into()));
    let held = CapSet::ALL.without(CapSet::of(["CAP_SYS_RESOURCE"]));
    host.bounding_capabilities = Some(held.iter().map(Into::into).collect());
    host.ambient_capabilities = Some(true);
    host.pid_max = Some(32768);
    let limits = crate::facts::Limits { soft: 1_048_576, hard: 1_048_576 };
    (host.rlimit_nofile, host.rlimit_nproc) = (Some(limits), Some(limits));
    host.working_directory = Some("/".into());
    host.selinux = Some(false);
    host.apparmor = Some(false);
    facts.engine.cgroup_manager = Some("cgroupfs".into());
    facts.engine.oci_runtime = Some("crun".into());
    facts.engine.log_driver = Some("k8s-file".into());
    facts.engine.volume_path = Some("/v".into());
    facts.container.id = Some(ID.into());
    facts.container.name = Some("c".into());
    facts.container.static_dir = Some("/static".into());
    let mut image = Image {
        id: "1".repeat(64),
        names: ["bb".to_string()].into(),
        resolved_name: "bb".into(),
        ..Image::default()
    };
    image.config.cmd = Some(["/bin/sh".to_string()].into());
    facts.image = Some(image);
    facts.seccomp.insert(
        "",
        Answer::Is(SeccompProfile::parse("{\"defaultAction\":\"SCMP_ACT_ERRNO\"}").unwrap()),
    );
    for path in ["/etc/containers/seccomp.json", "/usr/share/containers/seccomp.json"] {
        facts.paths.insert(path, gone());
    }
    for path in ["/proc", "/sys", "/dev/mqueue"] {
        facts.paths.insert(path, there(FileKind::Directory));
    }
    for name in ["podman", "net2"] {
        facts.networks.insert(
            name,
            NetworkFacts { id: name.repeat(8), name: name.into(), ..NetworkFacts::default() },
        );
    }
    facts
}

/// The same for a user with the id 1001 and 65536 subordinate ids.
pub(super) fn rootless() -> Facts {
    let mut facts = facts();
    let host = &mut facts.host;
    host.rootless = Some(true);
    (host.rootless_uid, host.rootless_gid) = (Some(1001), Some(1001));
    (host.sub_uids, host.sub_gids) = (Some([65536].into()), Some([65536].into()));
    let ranges = [(0, 1001, 1), (1, 100_000, 65536)]
        .map(|(id, parent, count)| crate::facts::IdRangeText { id, parent, count });
    (host.uid_map, host.gid_map) =
        (Some(Answer::Is(ranges.into())), Some(Answer::Is(ranges.into())));
    facts
}

/// A path where nothing is.
pub(super) fn gone() -> PathFacts {
    PathFacts {
        kind: Some(Answer::Error(Errno::ENOENT)),
        statfs: Some(Answer::Error(Errno::ENOENT)),
        ..PathFacts::default()
    }
}

/// A path where something is.
pub(super) fn there(kind: FileKind) -> PathFacts {
    PathFacts {
        kind: Some(Answer::Is(kind)),
        statfs: Some(Answer::Is(StatFs::default())),
        ..PathFacts::default()
    }
}

/// Runs the list over a request, of which `image` is `bb` where nothing else is said, and looks at the draft.
pub(super) fn made<T>(request: &str, facts: &Facts, look: impl FnOnce(&Draft<'_>) -> T) -> T {
    let mut config: Config =
        parse_as(request, Format::Json, Parsing { api: true, ..Parsing::default() }).unwrap();
    if config.rootfs.is_empty() && config.image.is_empty() {
        config.image = "bb".into();
    }
    let cx = Cx::new(&config, facts, Profile::Podman43);
    let mut draft = Draft::default();
    for pass in CREATE {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    let seen = look(&draft);
    let (_, missing, _) = cx.finish();
    assert!(missing.is_empty(), "{request}: {missing:?}");
    seen
}

/// The base spec that a request makes.
pub(super) fn spec(request: &str, facts: &Facts) -> Value {
    made(request, facts, |draft| {
        assert!(draft.refusals.is_empty(), "{request}: {:?}", draft.refusals);
        let mut json = Vec::new();
        emit::spec(&draft.spec, &mut json);
        serde_json::from_slice(&json).unwrap()
    })
}

/// The first words with which a request is refused.
pub(super) fn refusal(request: &str, facts: &Facts) -> String {
    made(request, facts, |draft| {
        draft.refusals.first().map_or_else(String::new, |first| first.problem.to_string())
    })
}

/// Checks what some requests have at places of the base spec; `null` for what is not there.
pub(super) fn check(facts: &Facts, table: &[(&str, &str, &str)]) {
    for (request, pointer, wanted) in table {
        let spec = spec(request, facts);
        let wanted: Value = serde_json::from_str(wanted).unwrap();
        assert_eq!(spec.pointer(pointer).unwrap_or(&Value::Null), &wanted, "{request} {pointer}");
    }
}
