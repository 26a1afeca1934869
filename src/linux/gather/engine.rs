//! Asks for the engine's settings and programs: containers.conf and storage.conf, the runtime, helpers, hooks.

use super::{GatherError, GatherOptions, Process, read};
use crate::config::conf::{self, ConfError};
use crate::facts::{Answer, ContainersConf, Engine, Errno, RuntimeFeatures, SlirpFeatures, Table};
use crate::text::Node;
use rustix::fs::{Access, access};
use std::borrow::ToOwned;
use std::ffi::OsStr;
use std::format;
use std::fs::read_dir;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::string::String;
use std::vec::Vec;

/// The version whose semantics are compiled, as generated files name it.
const VERSION: &str = "4.3.1";

/// Runtimes in the order in which one is looked for.
const RUNTIMES: [&str; 2] = ["crun", "runc"];

/// Where a runtime is looked for besides the search path.
const RUNTIME_DIRECTORIES: [&str; 6] =
    ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/sbin", "/bin"];

/// Where helper programs are looked for before the search path.
const HELPER_DIRECTORIES: [&str; 4] = [
    "/usr/local/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/libexec/podman",
    "/usr/lib/podman",
];

/// Directories of hooks for want of a setting; the second is read after the first.
const HOOK_DIRECTORIES: [&str; 2] =
    ["/usr/share/containers/oci/hooks.d", "/etc/containers/oci/hooks.d"];

/// containers.conf, its files merged in Podman's order.
///
/// # Errors
///
/// A file that cannot be read, or settings that cannot be meant.
pub(super) fn conf(
    options: &GatherOptions,
    process: &Process,
) -> Result<ContainersConf, GatherError> {
    let only = options
        .containers_conf
        .clone()
        .or_else(|| process.variable("CONTAINERS_CONF").map(PathBuf::from));
    let files = match &only {
        Some(path) => Vec::from([path.clone()]),
        None => layers(Path::new("/"), process.settings().as_deref().filter(|_| process.rootless)),
    };
    let mut texts = Vec::new();
    for path in &files {
        match read::text(path) {
            Ok(text) => texts.push((path, text)),
            Err(Errno::ENOENT | Errno::ENOTDIR) if only.is_none() => {}
            Err(errno) => return Err(GatherError::File { path: path.clone(), errno }),
        }
    }
    let layers: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    let conf = conf::merge(&layers).map_err(|source| {
        let layer = match &source {
            ConfError::Syntax { layer, .. } | ConfError::Mistakes { layer, .. } => {
                texts.get(*layer)
            }
            _ => None,
        };
        GatherError::Conf { path: layer.map(|(path, _)| (*path).clone()), source }
    })?;
    match conf.containers.tz.as_deref() {
        Some(tz) if !is_zone(tz) => Err(GatherError::TimeZone { tz: tz.to_owned() }),
        _ => Ok(conf),
    }
}

/// The files of containers.conf, the lowest layer first; a user's own come last.
fn layers(root: &Path, user: Option<&Path>) -> Vec<PathBuf> {
    let mut files = Vec::from([root.join("usr/share/containers/containers.conf")]);
    for directory in
        [Some(root.join("etc/containers")), user.map(|settings| settings.join("containers"))]
            .into_iter()
            .flatten()
    {
        files.push(directory.join("containers.conf"));
        files.extend(with_extension(&directory.join("containers.conf.d"), &["conf"]));
    }
    files
}

/// The files of a directory with one of these extensions, by name.
fn with_extension(directory: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let entries = read_dir(directory).into_iter().flatten().flatten();
    let is = |path: &PathBuf| {
        path.extension().and_then(OsStr::to_str).is_some_and(|e| extensions.contains(&e))
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is).collect();
    files.sort_unstable();
    files
}

fn is_zone(tz: &str) -> bool {
    matches!(tz, "" | "local")
        || ["/usr/share/zoneinfo", "/etc/zoneinfo"]
            .iter()
            .any(|directory| Path::new(directory).join(tz).exists())
}

/// The engine apart from containers.conf.
pub(super) fn engine(
    options: &GatherOptions,
    process: &Process,
    conf: &ContainersConf,
    unified: bool,
) -> Engine {
    let storage = Storage::read(process);
    let helpers: Vec<PathBuf> = match &conf.engine.helper_binaries_dir {
        Some(directories) => directories.iter().map(PathBuf::from).collect(),
        None => HELPER_DIRECTORIES.iter().map(PathBuf::from).collect(),
    };
    let helper = |name: &str| Some(answer(find(name, &helpers, process)));
    let wanted = options
        .runtime
        .clone()
        .or_else(|| conf.engine.runtime.clone().filter(|name| !name.is_empty()));
    let oci_runtime = wanted
        .map(PathBuf::from)
        .or_else(|| runtime(None, conf, process))
        .map_or_else(|| "crun".to_owned(), |path| base(&path));
    let journal = || {
        ["/run/log/journal", "/var/log/journal"]
            .iter()
            .any(|at| access(*at, Access::READ_OK).is_ok())
    };
    let log_driver = if process.systemd && journal() { "journald" } else { "k8s-file" };
    Engine {
        version: Some(VERSION.to_owned()),
        graph_root: Some(storage.graph_root),
        graph_driver: Some(storage.driver),
        graph_options: Some(storage.options),
        run_root: Some(process.base.clone()),
        volume_path: Some(process.volumes.clone()),
        tmp_dir: Some(process.base.clone()),
        runtime_dir: Some(process.runtime_dir()),
        cgroup_manager: Some(cgroup_manager(options, process, conf, unified)),
        oci_runtime: Some(oci_runtime),
        runtime_features: None,
        log_driver: Some(log_driver.to_owned()),
        slirp4netns: None,
        slirp4netns_features: None,
        rootlessport: helper("rootlessport"),
        rootless_netns: process.rootless_in_storage.then(|| rootless_netns(process)),
        pasta: helper("pasta"),
        netavark: helper("netavark"),
        aardvark_dns: helper("aardvark-dns"),
        preserve_fds: None,
    }
}

/// LP-RNS-01: one for each directory in which containers are kept. Podman's digest of it is a name and nothing more; any other that is the same
/// each time will do.
fn rootless_netns(process: &Process) -> String {
    // FNV-1a.
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = process.base.bytes().fold(0xcbf2_9ce4_8422_2325_u64, mix);
    format!("{}/netns/rootless-netns-{hash:020x}", process.runtime_dir())
}

/// The cgroup manager after all fall-backs: systemd needs to be there, and a user of its own a bus.
fn cgroup_manager(
    options: &GatherOptions,
    process: &Process,
    conf: &ContainersConf,
    unified: bool,
) -> String {
    let built_in =
        if process.systemd && (!process.rootless || unified) { "systemd" } else { "cgroupfs" };
    let set = options
        .cgroup_manager
        .clone()
        .or_else(|| conf.engine.cgroup_manager.clone().filter(|manager| !manager.is_empty()));
    let manager = set.unwrap_or_else(|| built_in.to_owned());
    if manager == "systemd" && process.rootless && !process.has_bus() {
        "cgroupfs".to_owned()
    } else {
        manager
    }
}

/// The runtime's program: by path, by name as containers.conf knows it, or the first there is.
pub(crate) fn runtime(
    wanted: Option<&str>,
    conf: &ContainersConf,
    process: &Process,
) -> Option<PathBuf> {
    let directories: Vec<PathBuf> = RUNTIME_DIRECTORIES.iter().map(PathBuf::from).collect();
    let named = |name: &str| {
        let listed = conf
            .engine
            .runtimes
            .get(name)
            .into_iter()
            .flatten()
            .map(PathBuf::from)
            .find(|path| is_program(path));
        listed.or_else(|| find(name, &directories, process))
    };
    match wanted {
        Some(path) if path.contains('/') => {
            Some(PathBuf::from(path)).filter(|path| is_program(path))
        }
        Some(name) => named(name),
        None => RUNTIMES.into_iter().find_map(named),
    }
}

/// What a runtime says of itself: `ENOENT` for one that is not there, `EOPNOTSUPP` for one without that command, `EINVAL` for words that cannot
/// be read.
pub(super) fn runtime_features(program: Option<&Path>) -> Answer<RuntimeFeatures> {
    let Some(program) = program else { return Answer::Error(Errno::ENOENT) };
    let asked = Command::new(program).arg("features").stdin(Stdio::null()).output();
    match asked {
        Err(e) => Answer::Error(read::io_errno(&e)),
        Ok(told) if !told.status.success() => Answer::Error(Errno::EOPNOTSUPP),
        Ok(told) => RuntimeFeatures::from_json(&String::from_utf8_lossy(&told.stdout))
            .map_err(|_| Errno::EINVAL)
            .into(),
    }
}

/// slirp4netns and what it can do.
pub(super) fn slirp4netns(
    conf: &ContainersConf,
    process: &Process,
) -> (Answer<String>, SlirpFeatures) {
    let set = conf.engine.network_cmd_path.as_deref().filter(|path| !path.is_empty());
    let path = set.map(PathBuf::from).or_else(|| find("slirp4netns", &[], process));
    let help = path.as_ref().and_then(|path| {
        Command::new(path).arg("--help").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()
    });
    let features =
        help.map(|help| features(&String::from_utf8_lossy(&help.stdout))).unwrap_or_default();
    (answer(path), features)
}

fn features(help: &str) -> SlirpFeatures {
    let has = |option: &str| help.contains(option);
    SlirpFeatures {
        disable_host_loopback: has("--disable-host-loopback"),
        mtu: has("--mtu"),
        enable_sandbox: has("--enable-sandbox"),
        enable_seccomp: has("--enable-seccomp"),
        cidr: has("--cidr"),
        outbound_addr: has("--outbound-addr"),
        enable_ipv6: has("--enable-ipv6"),
    }
}

/// Hook files by path. Without a setting only root has any.
pub(super) fn hooks(conf: &ContainersConf, process: &Process) -> Table<String> {
    let directories: Vec<PathBuf> = match &conf.engine.hooks_dir {
        Some(directories) => directories.iter().map(PathBuf::from).collect(),
        None if process.rootless => Vec::new(),
        None => HOOK_DIRECTORIES.iter().map(PathBuf::from).collect(),
    };
    texts(&directories, &["json"])
}

/// CDI spec files by path.
pub(super) fn cdi() -> Table<String> {
    texts(&[PathBuf::from("/etc/cdi"), PathBuf::from("/var/run/cdi")], &["json", "yaml"])
}

/// The entries of mounts.conf whose source is there (LP-SUB-01): of one file, the first there is, a user's own first of all.
pub(super) fn subscriptions(conf: &ContainersConf, process: &Process) -> Vec<String> {
    let set = conf
        .engine
        .default_mounts_file
        .as_deref()
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    let user = process
        .home()
        .filter(|_| process.rootless)
        .map(|home| home.join(".config/containers/mounts.conf"));
    let system =
        ["/etc/containers/mounts.conf", "/usr/share/containers/mounts.conf"].map(PathBuf::from);
    let files =
        set.map_or_else(|| user.into_iter().chain(system).collect(), |path| Vec::from([path]));
    let text = files.into_iter().find_map(|path| read::text(path).ok()).unwrap_or_default();
    entries(&text)
        .filter(|entry| Path::new(entry.split(':').next().unwrap_or_default()).exists())
        .map(ToOwned::to_owned)
        .collect()
}

/// The lines of a mounts.conf that are entries: `source[:destination]`.
fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.trim().starts_with('/'))
}

/// Files by path, as text; what cannot be read or named is passed over, as Podman does with a link that leads nowhere.
fn texts(directories: &[PathBuf], extensions: &[&str]) -> Table<String> {
    let files = directories.iter().flat_map(|directory| with_extension(directory, extensions));
    files.filter_map(|path| Some((path.to_str()?.to_owned(), read::text(&path).ok()?))).collect()
}

fn find(name: &str, before: &[PathBuf], process: &Process) -> Option<PathBuf> {
    let path = process
        .variable("PATH")
        .unwrap_or("/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    let searched =
        path.split(':').filter(|directory| directory.starts_with('/')).map(PathBuf::from);
    before
        .iter()
        .cloned()
        .chain(searched)
        .map(|directory| directory.join(name))
        .find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

fn answer(path: Option<PathBuf>) -> Answer<String> {
    path.and_then(|path| path.into_os_string().into_string().ok()).ok_or(Errno::ENOENT).into()
}

fn base(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// What matters of storage.conf.
struct Storage {
    graph_root: String,
    driver: String,
    options: Vec<String>,
}

impl Storage {
    fn read(process: &Process) -> Self {
        let user = process
            .settings()
            .map(|settings| settings.join("containers/storage.conf"))
            .filter(|_| process.rootless);
        let given = process.variable("CONTAINERS_STORAGE_CONF").map(PathBuf::from);
        let system = ["/etc/containers/storage.conf", "/usr/share/containers/storage.conf"]
            .map(PathBuf::from);
        let text = given
            .into_iter()
            .chain(user)
            .chain(system)
            .find_map(|path| read::text(path).ok())
            .unwrap_or_default();
        Storage::parse(&text, &process.graph_root())
    }

    fn parse(text: &str, graph_root: &str) -> Self {
        let node: Node<'_> = toml::from_str(text).unwrap_or(Node::Null);
        let at = |keys: &[&str]| {
            let mut node = &node;
            for key in keys {
                let Node::Map(entries) = node else { return None };
                node = entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)?;
            }
            if let Node::Str(text) = node {
                Some(text.clone().into_owned()).filter(|text| !text.is_empty())
            } else {
                None
            }
        };
        let driver = at(&["storage", "driver"]).unwrap_or_else(|| "overlay".to_owned());
        let program = at(&["storage", "options", &driver, "mount_program"])
            .or_else(|| at(&["storage", "options", "mount_program"]));
        Storage {
            graph_root: at(&["storage", "graphroot"]).unwrap_or_else(|| graph_root.to_owned()),
            options: program
                .into_iter()
                .map(|program| format!("{driver}.mount_program={program}"))
                .collect(),
            driver,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::scratch::Scratch;
    use std::fs::{create_dir_all, write};

    #[test]
    fn files_are_layered_in_podmans_order() {
        let scratch = Scratch::new();
        let root = scratch.path();
        let user = root.join("home/.config");
        create_dir_all(root.join("etc/containers/containers.conf.d")).unwrap();
        create_dir_all(user.join("containers/containers.conf.d")).unwrap();
        for name in ["b.conf", "a.conf", "c.txt"] {
            write(root.join("etc/containers/containers.conf.d").join(name), "").unwrap();
        }
        write(user.join("containers/containers.conf.d/z.conf"), "").unwrap();
        let relative = |files: Vec<PathBuf>| {
            files
                .iter()
                .map(|f| f.strip_prefix(root).unwrap().to_str().unwrap().to_owned())
                .collect::<Vec<_>>()
        };
        let system = [
            "usr/share/containers/containers.conf",
            "etc/containers/containers.conf",
            "etc/containers/containers.conf.d/a.conf",
            "etc/containers/containers.conf.d/b.conf",
        ];
        assert_eq!(relative(layers(root, None)), system);
        let own = [
            "home/.config/containers/containers.conf",
            "home/.config/containers/containers.conf.d/z.conf",
        ];
        assert_eq!(relative(layers(root, Some(&user))), [&system[..], &own].concat());
    }

    #[test]
    fn subscriptions_are_of_the_file_that_is_set_and_of_what_is_there() {
        let scratch = Scratch::new();
        let file = scratch.path().join("mounts.conf");
        write(&file, "# comment\n/etc:/run/secrets\n/nowhere/at/all:/x\nrelative\n\n/dev\n")
            .unwrap();
        let mut conf = ContainersConf::default();
        conf.engine.default_mounts_file = Some(file.to_str().unwrap().to_owned());
        assert_eq!(subscriptions(&conf, &Process::default()), ["/etc:/run/secrets", "/dev"]);
    }

    #[test]
    fn storage_settings_are_read() {
        let text = "[storage]\ndriver = \"overlay\"\ngraphroot = \"/g\"\n[storage.options.overlay]\nmount_program = \"/usr/bin/fuse-overlayfs\"\n";
        let storage = Storage::parse(text, "/default");
        assert_eq!((storage.graph_root.as_str(), storage.driver.as_str()), ("/g", "overlay"));
        assert_eq!(storage.options, ["overlay.mount_program=/usr/bin/fuse-overlayfs"]);
        let storage = Storage::parse("not = toml = at all", "/default");
        assert_eq!((storage.graph_root.as_str(), storage.options.len()), ("/default", 0));
    }

    #[test]
    fn features_are_the_options_that_help_tells() {
        let found = features("  --mtu=MTU   specify MTU\n  --cidr=CIDR\n  --enable-sandbox\n");
        assert_eq!(
            found,
            SlirpFeatures {
                mtu: true,
                cidr: true,
                enable_sandbox: true,
                ..SlirpFeatures::default()
            }
        );
    }
}
