//! Makes facts of what was recorded about paths of a host.

use crate::fixtures;
use crate::host::device;
use crate::record::Look;
use ocify::Facts;
use ocify::facts::{Answer, DeviceNode, Errno, FileKind, PathFacts, StatFs, Table};
use ocify::parts::security::seccomp::SeccompProfile;
use serde_json::Value;

/// Adds what is known of a path; what was known before it stays.
pub(crate) fn put(facts: &mut Facts, path: &str, new: PathFacts) {
    let Some(old) = facts.paths.get_mut(path) else {
        facts.paths.insert(path, new);
        return;
    };
    if old.kind.is_none() {
        (old.kind, old.uid, old.gid, old.mode) = (new.kind, new.uid, new.gid, new.mode);
        (old.rdev_major, old.rdev_minor) = (new.rdev_major, new.rdev_minor);
    }
    old.real = old.real.take().or(new.real);
    old.statfs = old.statfs.take().or(new.statfs);
    old.device = old.device.take().or(new.device);
    old.devices_below = old.devices_below.take().or(new.devices_below);
}

/// Nothing is there.
pub(crate) fn absent() -> PathFacts {
    PathFacts {
        kind: Some(Answer::Error(Errno::ENOENT)),
        real: Some(Answer::Error(Errno::ENOENT)),
        statfs: Some(Answer::Error(Errno::ENOENT)),
        device: Some(Answer::Error(Errno::ENOENT)),
        devices_below: Some(Answer::Error(Errno::ENOENT)),
        ..PathFacts::default()
    }
}

/// A directory of root's.
pub(crate) fn directory(path: &str) -> PathFacts {
    PathFacts { mode: 0o755, real: Some(Answer::Is(path.to_owned())), ..some(FileKind::Directory) }
}

/// A regular file of root's.
pub(crate) fn file(mode: u32) -> PathFacts {
    PathFacts { mode, ..some(FileKind::File) }
}

fn some(kind: FileKind) -> PathFacts {
    let below = if kind == FileKind::Directory {
        Answer::Is(Table::default())
    } else {
        Answer::Error(Errno::ENOTDIR)
    };
    PathFacts {
        kind: Some(Answer::Is(kind)),
        device: Some(Answer::Error(Errno::EINVAL)),
        devices_below: Some(below),
        ..PathFacts::default()
    }
}

/// A number in octal, with or without Python's prefix.
pub(crate) fn octal(text: &str) -> u32 {
    u32::from_str_radix(text.trim_start_matches("0o"), 8).unwrap_or_default()
}

fn kind_of(st_mode: u32) -> FileKind {
    match st_mode & 0o170_000 {
        0o040_000 => FileKind::Directory,
        0o100_000 => FileKind::File,
        _ => FileKind::Special,
    }
}

fn statfs(recorded: &Value) -> Option<Answer<StatFs>> {
    if recorded.is_null() {
        return None;
    }
    if !recorded.at("error").is_null() {
        return Some(Answer::Error(Errno::ENOENT));
    }
    let flags = recorded.texts_at("flags");
    let has = |name: &str| flags.iter().any(|f| f == name);
    Some(Answer::Is(StatFs {
        ro: has("ro"),
        nosuid: has("nosuid"),
        nodev: has("nodev"),
        noexec: has("noexec"),
    }))
}

/// What holds for every case on a host.
pub(crate) fn of_host(facts: &mut Facts, host: &Value) {
    let mounts = host.at("statfs");
    let dev = statfs(mounts.at("/dev"));
    for entry in host.list_at("dev") {
        let told = match device(entry) {
            Some(node) => PathFacts {
                statfs: dev.clone(),
                real: Some(Answer::Is(node.path.clone())),
                ..node_at(node)
            },
            None => PathFacts {
                device: Some(Answer::Error(Errno::EINVAL)),
                real: Some(Answer::Is(target(entry))),
                ..PathFacts::default()
            },
        };
        put(facts, entry.text_at("path"), told);
    }
    for (path, recorded) in host.map_at("statfs") {
        let kind =
            if recorded.at("error").is_null() { some(FileKind::Directory) } else { absent() };
        put(
            facts,
            path,
            PathFacts {
                mode: 0o755,
                statfs: statfs(recorded),
                real: Some(Answer::Is(path.clone())),
                devices_below: Some(Answer::Is(nodes_below(host, path))),
                ..kind
            },
        );
    }
    for (zone, there) in host.map_at("zoneinfo") {
        let path = format!("/usr/share/zoneinfo/{zone}");
        let told = if *there == Value::Bool(true) {
            PathFacts { real: Some(Answer::Is(path.clone())), ..file(0o644) }
        } else {
            absent()
        };
        put(facts, &path, told);
    }
    match host.maybe_at("etc_localtime") {
        Some(real) => {
            put(facts, &real, PathFacts { real: Some(Answer::Is(real.clone())), ..file(0o644) });
            put(facts, "/etc/localtime", PathFacts { real: Some(Answer::Is(real)), ..file(0o644) });
        }
        None => put(facts, "/etc/localtime", absent()),
    }
    fixtures::put(facts);
}

fn target(link: &Value) -> String {
    let to = link.text_at("link");
    if to.starts_with('/') { to.to_owned() } else { format!("/dev/{to}") }
}

/// A path that is a device node.
pub(crate) fn node_at(node: DeviceNode) -> PathFacts {
    PathFacts {
        uid: node.uid,
        gid: node.gid,
        mode: node.mode & 0o7777,
        rdev_major: node.major,
        rdev_minor: node.minor,
        device: Some(Answer::Is(node)),
        ..some_special()
    }
}

fn some_special() -> PathFacts {
    some(FileKind::Special)
}

fn nodes_below(host: &Value, dir: &str) -> Table<DeviceNode> {
    let below =
        |node: DeviceNode| Some((node.path.strip_prefix(dir)?.strip_prefix('/')?.to_owned(), node));
    host.list_at("dev").iter().filter_map(device).filter_map(below).collect()
}

/// Device nodes below a directory, by relative path, among the paths that are known.
pub(crate) fn known_nodes_below(facts: &Facts, dir: &str) -> Table<DeviceNode> {
    let below = |(path, told): (&str, &PathFacts)| {
        Some((
            path.strip_prefix(dir)?.strip_prefix('/')?.to_owned(),
            told.device.as_ref()?.get().ok()?.clone(),
        ))
    };
    facts.paths.iter().filter_map(below).collect()
}

/// What was recorded of the paths that a request names (`source_paths`).
pub(crate) fn of_request(facts: &mut Facts, sources: &Value) {
    for (path, told) in sources.as_object().into_iter().flatten() {
        if !told.at("error").is_null() {
            put(facts, path, absent());
            for text in [path.clone(), format!("{path}/passwd"), format!("{path}/group")] {
                facts.files.insert(text, Answer::Error(Errno::ENOENT));
            }
            facts.seccomp.insert(path.as_str(), Answer::Error(Errno::ENOENT));
            continue;
        }
        let st_mode = octal(told.text_at("mode"));
        let (uid, gid) = (told.number_at("uid"), told.number_at("gid"));
        let real = told.owned_at("real");
        let itself = real == *path;
        let mut known = PathFacts {
            uid,
            gid,
            mode: st_mode & 0o7777,
            real: Some(Answer::Is(real.clone())),
            statfs: statfs(told.at("statfs")),
            ..some(kind_of(st_mode))
        };
        if !told.at("listing").is_null() {
            known.devices_below = Some(Answer::Is(known_nodes_below(facts, &real)));
        }
        let dev = told.at("dev");
        if !dev.is_null() {
            let node = DeviceNode {
                path: real.clone(),
                kind: dev.owned_at("type"),
                major: dev.number_at("major"),
                minor: dev.number_at("minor"),
                mode: st_mode,
                uid,
                gid,
            };
            (known.rdev_major, known.rdev_minor) = (node.major, node.minor);
            known.device = Some(Answer::Is(node));
        }
        put(facts, &real, known.clone());
        if !itself {
            // lstat(2) sees the link.
            put(facts, path, PathFacts { device: Some(Answer::Error(Errno::EINVAL)), ..known });
        }
        if let Some(text) = told.maybe_at("text") {
            facts.seccomp.insert(path.as_str(), Answer::Is(SeccompProfile::of_file(text.as_str())));
            facts.files.insert(path.as_str(), Answer::Is(text));
        }
        if told.at("listing").is_array() {
            facts.files.insert(path.as_str(), Answer::Error(Errno::EISDIR));
        }
        for name in ["passwd", "group"] {
            if told.at("listing").is_array() {
                facts.files.insert(
                    format!("{path}/{name}"),
                    told.maybe_at(name).map_or(Answer::Error(Errno::ENOENT), Answer::Is),
                );
            }
        }
    }
}

/// What the runtime saw of the sources of mounts, for those that nothing else tells of.
pub(crate) fn of_mount_sources(facts: &mut Facts, sources: &Value) {
    for (path, told) in sources.as_object().into_iter().flatten() {
        if !told.at("error").is_null() || told.at("flags").is_null() {
            continue;
        }
        let flags: u32 = told.number_at("flags");
        let st_mode = octal(told.text_at("mode"));
        let has = |bit: u32| flags & bit != 0;
        let statfs = StatFs { ro: has(1), nosuid: has(2), nodev: has(4), noexec: has(8) };
        let known = PathFacts {
            uid: told.number_at("uid"),
            gid: told.number_at("gid"),
            mode: st_mode & 0o7777,
            real: Some(Answer::Is(path.clone())),
            statfs: Some(Answer::Is(statfs)),
            ..some(kind_of(st_mode))
        };
        put(facts, path, known);
    }
}

/// What can be told of a path that was not recorded: whether it lies on a recorded file system, and in a place that the engine or its
/// packages made. Anything else does not exist.
pub(crate) fn guess(facts: &mut Facts, path: &str) {
    let inside = |dir: Option<&String>| {
        dir.is_some_and(|dir| {
            path.strip_prefix(dir.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    let engine = &facts.engine;
    let own = [&engine.graph_root, &engine.run_root, &engine.volume_path, &engine.tmp_dir]
        .into_iter()
        .any(|dir| inside(dir.as_ref()));
    let known = if own {
        some(FileKind::Directory)
    } else if ["/bin/", "/usr/bin/", "/usr/sbin/", "/sbin/"].iter().any(|dir| path.starts_with(dir))
    {
        file(0o755)
    } else if is_region(path) {
        some(FileKind::Directory)
    } else if is_zone(path) {
        file(0o644)
    } else if facts
        .paths
        .get(path)
        .is_some_and(|p| p.kind.as_ref().is_some_and(|k| k.get().is_ok()))
    {
        PathFacts::default()
    } else {
        absent()
    };
    let statfs = if known.statfs.is_none() { above(facts, path) } else { None };
    put(
        facts,
        path,
        PathFacts {
            statfs: known.statfs.clone().or(statfs),
            real: known.real.clone().or(Some(Answer::Is(path.to_owned()))),
            ..known
        },
    );
}

/// The directories of the zone database.
const REGIONS: [&str; 11] = [
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Etc",
    "Europe",
    "Indian",
    "Pacific",
];

/// Whether a path is that of a region of time zones.
fn is_region(path: &str) -> bool {
    path.strip_prefix("/usr/share/zoneinfo/").is_some_and(|zone| REGIONS.contains(&zone))
}

/// Whether a path is a time zone's, going by its region: Debian has all that there are.
fn is_zone(path: &str) -> bool {
    let zone = path.strip_prefix("/usr/share/zoneinfo/").and_then(|zone| zone.split_once('/'));
    zone.is_some_and(|(region, city)| REGIONS.contains(&region) && !city.is_empty())
}

/// The flags of the file system that a path lies on, going by the directories above it.
fn above(facts: &Facts, path: &str) -> Option<Answer<StatFs>> {
    let mut dir = path;
    loop {
        dir = match dir.rsplit_once('/')?.0 {
            "" => "/",
            above => above,
        };
        if let Some(Answer::Is(flags)) = facts.paths.get(dir).and_then(|p| p.statfs.as_ref()) {
            return Some(Answer::Is(*flags));
        }
        if dir == "/" {
            return None;
        }
    }
}
