//! Answers questions about this host: the facts that one config needs, as one record.
//!
//! What every compilation may ask and costs next to nothing to find out is always recorded. The rest is found out as it is asked for: first
//! what shows in the config, then what a compilation with the facts so far still misses, until it misses nothing. A fact that cannot be had is
//! recorded as the error it came back with.

mod answers;
mod cgroup;
mod devices;
pub(crate) mod engine;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzed;
pub(crate) mod host_users;
mod image;
pub(crate) mod lsm;
mod network;
mod paths;
pub(crate) mod process;
mod procfs;
pub(crate) mod random;
pub(crate) mod read;
mod rootfs;
pub(crate) mod store;
pub(crate) mod subid;

pub(crate) use process::Process;

use super::containers::DependencyError;
use crate::config::conf::ConfError;
use crate::config::{Config, IdMapping};
use crate::facts::{
    Answer, ContainerFacts, Errno, FORMAT_VERSION, Facts, Host, Image, RuntimeFeatures,
};
use crate::options::{Options, Profile};
use crate::questions::{Question, Questions, asked};
use answers::Answers;
use std::borrow::ToOwned;
use std::format;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

/// The most rounds of asking and answering: as many as a path can have links before the kernel gives up, and some.
const ROUNDS: usize = 300;

/// What is chosen for a container rather than found out.
#[derive(Clone, Debug, Default)]
pub struct GatherOptions {
    /// Its id, 64 hex digits; a random one for want of it.
    pub id: Option<String>,
    /// Its name; the config's for want of it, or one made of the id.
    pub name: Option<String>,
    /// Directory below which each container has one of its own; `/run/ocify`, or that of the user's run-time directory.
    pub state_dir: Option<PathBuf>,
    /// Directory of named volumes; `/var/lib/ocify/volumes`, or that of the user's data directory.
    pub volume_dir: Option<PathBuf>,
    /// Directory of secrets, one file each, by name. Without one there are no secrets.
    pub secret_dir: Option<PathBuf>,
    /// The root directory, in the place of the config's, or of the image's content.
    pub rootfs: Option<PathBuf>,
    /// The image's configuration, for a config that names an image.
    pub image: Option<Image>,
    /// The OCI runtime, by name or path; the first one found for want of it.
    pub runtime: Option<String>,
    /// `systemd` or `cgroupfs`; as containers.conf and the host have it for want of it.
    pub cgroup_manager: Option<String>,
    /// The only containers.conf that is read, as with `CONTAINERS_CONF`.
    pub containers_conf: Option<PathBuf>,
    /// Whose semantics the compilation follows: they decide what is asked.
    pub profile: Profile,
}

/// Facts that cannot be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatherError {
    /// An id that is none.
    #[error("container id `{id}` is not 64 hexadecimal digits")]
    Id {
        /// As given.
        id: String,
    },
    /// An image, which would have to be read from container storage.
    #[error(
        "image `{image}` cannot be read: images of container storage are not supported yet; unpack it and write `rootfs: /directory` in the place of `image`"
    )]
    Image {
        /// As the config names it.
        image: String,
    },
    /// Settings of the engine that cannot be meant.
    #[error("{}reading containers.conf", path.as_ref().map(|p| format!("{}: ", p.display())).unwrap_or_default())]
    Conf {
        /// The file, where it is known.
        path: Option<PathBuf>,
        /// What is wrong.
        source: ConfError,
    },
    /// A file of the engine's settings that cannot be read.
    #[error("reading {}: {errno}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The host's error.
        errno: Errno,
    },
    /// A time zone of containers.conf that there is not.
    #[error("`containers.tz` of containers.conf is `{tz}`, which is no time zone of this host")]
    TimeZone {
        /// As written.
        tz: String,
    },
    /// What is written down with a named volume cannot be used.
    #[error("{}: {why}", path.display())]
    Volume {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// No random bytes.
    #[error("asking the kernel for random bytes: {errno}")]
    Random {
        /// The host's error.
        errno: Errno,
    },
    /// A container that is named and cannot be told of.
    #[error(transparent)]
    Container(#[from] DependencyError),
    /// Something of another engine's store.
    #[error(
        "{what} `{name}` cannot be looked up: what another engine keeps is not read; record `{question}` in a facts file and compile with that"
    )]
    Elsewhere {
        /// What it is.
        what: &'static str,
        /// Its name, as the config has it.
        name: String,
        /// The fact that would be needed.
        question: Question,
    },
    /// A fact that has no probe, or whose answer did not satisfy.
    #[error("this host does not answer `{question}`")]
    Unanswered {
        /// The fact.
        question: Question,
    },
    /// Each answer led to a new question.
    #[error("the config still asks for more after {ROUNDS} rounds of answers")]
    Endless,
}

/// Gathers the facts that a config needs from this host: answers its questions, and those that the answers raise.
///
/// # Errors
///
/// As [`gather_with`].
///
/// # Examples
///
/// ```no_run
/// let config = ocify::parse("rootfs: /srv\nnetns: none\n")?;
/// let facts = ocify::linux::gather(&ocify::questions(&config)?)?;
/// std::fs::write("facts.json", serde_json::to_vec_pretty(&facts)?)?; // compiles anywhere
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gather(questions: &Questions<'_>) -> Result<Facts, GatherError> {
    gather_with(questions.config, &GatherOptions::default())
}

/// Gathers the facts that a config needs from this host, with what is chosen rather than found out.
///
/// # Errors
///
/// [`GatherError`]. An error of the host in finding a fact is no error here but the answer.
///
/// # Examples
///
/// ```no_run
/// use ocify::linux::{GatherOptions, gather_with};
///
/// let config = ocify::parse("rootfs: /srv\nnetns: none\n")?;
/// let options = GatherOptions { runtime: Some("crun".into()), ..GatherOptions::default() };
/// let facts = gather_with(&config, &options)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn gather_with(config: &Config, options: &GatherOptions) -> Result<Facts, GatherError> {
    let process = Process::new(options);
    let (mut answers, mut facts) = begin(config, options, process)?;
    for question in asked(config) {
        answers.answer(&mut facts, &question)?;
    }
    fill(config, options, &mut answers, &mut facts)?;
    Ok(facts)
}

/// Adds what a config still needs to facts that are known already, from whatever source: these stay as they are.
///
/// # Errors
///
/// As [`gather_with`].
pub fn complete(
    config: &Config,
    facts: &mut Facts,
    options: &GatherOptions,
) -> Result<(), GatherError> {
    let process = Process::new(options);
    let root = image::origin(config, options, &process, "")?.root;
    fill(config, options, &mut Answers::new(config, options, process, root), facts)
}

/// Asks the runtime what it can do, for `engine.runtime_features`: a process, so it is asked only by who wants to know.
///
/// # Errors
///
/// [`GatherError`] for a containers.conf that cannot be read. A runtime that is not there or cannot be asked is no error but the answer.
pub fn runtime_features(options: &GatherOptions) -> Result<Answer<RuntimeFeatures>, GatherError> {
    let process = Process::new(options);
    let conf = engine::conf(options, &process)?;
    let named = options.runtime.as_deref();
    let set = conf.engine.runtime.as_deref().filter(|name| !name.is_empty());
    let program = engine::runtime(named.or(set), &conf, &process);
    Ok(engine::runtime_features(program.as_deref()))
}

/// Answers what a compilation misses until it misses nothing.
fn fill(
    config: &Config,
    options: &GatherOptions,
    answers: &mut Answers,
    facts: &mut Facts,
) -> Result<(), GatherError> {
    for _ in 0..ROUNDS {
        let options = Options { profile: options.profile };
        let (missing, refused) = match crate::compile(config, facts, &options) {
            Err(refused) if !refused.missing.is_empty() => {
                let certain = !refused.wants_facts();
                (refused.missing, certain)
            }
            // A refusal is the compiler's to tell: the facts are complete.
            Ok(_) | Err(_) => return Ok(()),
        };
        for question in missing {
            match answers.answer(facts, &question) {
                // It is refused already; with all facts there might only be more to say about it.
                Err(_) if refused => return Ok(()),
                answered => answered?,
            }
        }
    }
    Err(GatherError::Endless)
}

/// The home directory of a user of the host, by name.
pub(crate) fn user_home(name: &str) -> Option<PathBuf> {
    host_users::user(name).map(|user| PathBuf::from(user.home))
}

/// The facts that are always recorded, and what is needed to find out the others.
fn begin(
    config: &Config,
    options: &GatherOptions,
    process: Process,
) -> Result<(Answers, Facts), GatherError> {
    let id = match &options.id {
        Some(id) if id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit()) => {
            id.to_ascii_lowercase()
        }
        Some(id) => return Err(GatherError::Id { id: id.clone() }),
        None => random_hex()?,
    };
    let conf = engine::conf(options, &process)?;
    let mut host = host(&process);
    // HD-MASK-02: asked in that profile alone, and there for all but privileged containers.
    if options.profile == Profile::Hardened {
        host.thermal_throttle = Some(procfs::thermal_throttle());
    }
    let unified = host.cgroup_unified.as_ref().is_some_and(|answer| answer.get() == Ok(&true));
    let origin = image::origin(config, options, &process, &id)?;
    let mut facts = Facts {
        format_version: FORMAT_VERSION.to_owned(),
        engine: engine::engine(options, &process, &conf, unified),
        container: container(config, options, &process, &id, &origin.mountpoint)?,
        image: origin.image,
        hooks: Some(engine::hooks(&conf, &process)),
        cdi: config.devices.iter().any(|device| !device.path.starts_with('/')).then(engine::cdi),
        host,
        conf,
        ..Facts::default()
    };
    facts.container.subscriptions = Some(engine::subscriptions(&facts.conf, &process));
    Ok((Answers::new(config, options, process, origin.root), facts))
}

fn random_hex() -> Result<String, GatherError> {
    random::hex().map_err(|errno| GatherError::Random { errno })
}

fn host(process: &Process) -> Host {
    let (uid, gid, login) = (process.rootless_uid(), process.rootless_gid(), process.login());
    let cgroup_unified = cgroup::unified();
    let unified = cgroup_unified.get() == Ok(&true);
    let own_cgroup = cgroup::own();
    let pid_max = procfs::pid_max();
    let uname = rustix::system::uname();
    let text = |text: &core::ffi::CStr| text.to_string_lossy().into_owned();
    Host {
        rootless: Some(process.rootless),
        rootless_in_storage: Some(process.rootless_in_storage),
        rootless_uid: Some(uid),
        rootless_gid: Some(gid),
        euid: Some(process.euid),
        arch: Some(go_arch(std::env::consts::ARCH).to_owned()),
        kernel: Some(text(uname.release())),
        cgroup_v1: (!unified).then(cgroup::v1),
        memory_swap: Some(if unified {
            cgroup::memory_swap(own_cgroup.get().map_or("", String::as_str))
        } else {
            crate::facts::MemorySwap::default()
        }),
        cgroup_unified: Some(cgroup_unified),
        own_cgroup: Some(own_cgroup),
        hostname: Some(Answer::Is(text(uname.nodename()))),
        uid_map: Some(procfs::id_map("/proc/self/uid_map")),
        gid_map: Some(procfs::id_map("/proc/self/gid_map")),
        sub_uids: Some(subid::sizes("/etc/subuid", &login, uid)),
        sub_gids: Some(subid::sizes("/etc/subgid", &login, uid)),
        bounding_capabilities: Some(
            process.status.bounding.iter().map(ToOwned::to_owned).collect(),
        ),
        ambient_capabilities: Some(process.status.ambient),
        rlimit_nofile: Some(procfs::rlimit_nofile()),
        rlimit_nproc: Some(procfs::rlimit_nproc(pid_max, process.may_raise_limits())),
        pid_max,
        environment: Some(process.environment.clone()),
        working_directory: Some(
            std::env::current_dir().map(|at| at.to_string_lossy().into_owned()).unwrap_or_default(),
        ),
        selinux: Some(lsm::selinux()),
        apparmor: Some(lsm::apparmor()),
        machine: read::text("/etc/containers/podman-machine")
            .ok()
            .map(|text| text.trim().to_owned()),
        cpus: std::thread::available_parallelism().ok().and_then(|n| u32::try_from(n.get()).ok()),
        fips: Some(Path::new("/etc/system-fips").exists()),
        systemd: Some(process.systemd),
        // Found out as they are asked for.
        thermal_throttle: None,
        apparmor_profiles: None,
        devices: None,
        addresses: None,
        interfaces: None,
        free_ports: None,
    }
}

/// Go's name of an architecture.
fn go_arch(rust: &str) -> &str {
    match rust {
        "x86_64" => "amd64",
        "x86" => "386",
        "aarch64" => "arm64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        "loongarch64" => "loong64",
        "mips64" if cfg!(target_endian = "little") => "mips64le",
        "mips" if cfg!(target_endian = "little") => "mipsle",
        other => other,
    }
}

fn container(
    config: &Config,
    options: &GatherOptions,
    process: &Process,
    id: &str,
    mountpoint: &str,
) -> Result<ContainerFacts, GatherError> {
    let own = format!("{}/{id}", process.base);
    let static_dir = format!("{own}/userdata");
    // One for each thing that may have no name of its own: volumes and overlays of the config, of its image, of containers.conf.
    let unnamed = [
        config.volumes.len(),
        config.mounts.len(),
        config.overlay_volumes.len(),
        config.image_volumes.len(),
        config.volumes_from.len(),
        16,
    ];
    let of_image = options.image.as_ref().map_or(0, |image| image.config.volumes.len());
    let count = unnamed.iter().fold(of_image, |sum, n| sum.saturating_add(*n));
    let random_names = (0..count).map(|_| random_hex()).collect::<Result<Vec<_>, _>>()?;
    let netns_dir = if process.rootless_in_storage {
        format!("{}/netns", process.runtime_dir())
    } else {
        "/run/netns".to_owned()
    };
    Ok(ContainerFacts {
        id: Some(id.to_owned()),
        name: Some(image::name(config, options, id)),
        created: Some(random::now()),
        first_start: Some(true),
        bundle: Some(static_dir.clone()),
        run_dir: Some(format!("{own}/run")),
        static_dir: Some(static_dir),
        mountpoint: Some(mountpoint.to_owned()),
        netns_path: Some(format!("{netns_dir}/{}", random::netns_name(&random_hex()?))),
        random_names: Some(random_names),
        notify_socket: process.variable("NOTIFY_SOCKET").map(ToOwned::to_owned),
        auto_userns_error: needs_allocation(config).then(|| {
            "id ranges of storage are not allocated yet: write `idmappings` with ranges".to_owned()
        }),
        ..ContainerFacts::default()
    })
}

/// Whether storage would have to choose the ids of the user namespace.
fn needs_allocation(config: &Config) -> bool {
    config
        .idmappings
        .as_ref()
        .is_some_and(|mappings| mappings.auto_userns && mappings.uid_map == Vec::<IdMapping>::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Answer, FactKey};
    use crate::linux::scratch::Scratch;
    use crate::parse;
    use std::string::ToString as _;

    #[test]
    fn what_is_always_recorded_is_what_the_kernel_says() {
        let scratch = Scratch::new();
        let options = GatherOptions {
            state_dir: Some(scratch.path().to_owned()),
            ..GatherOptions::default()
        };
        let config = parse("rootfs: /\nname: web\n").unwrap();
        let (_, facts) = begin(&config, &options, Process::new(&options)).unwrap();
        let id = facts.container.id.clone().unwrap();
        assert_eq!(facts.container.name.as_deref(), Some("web"));
        assert_eq!(
            facts.container.static_dir,
            Some(format!("{}/{id}/userdata", scratch.path().display()))
        );
        assert_eq!(facts.container.mountpoint.as_deref(), Some("/"));
        assert_eq!(facts.host.euid, Some(rustix::process::geteuid().as_raw()));
        assert!(
            facts
                .host
                .uid_map
                .as_ref()
                .is_some_and(|map| map.get().is_ok_and(|map| !map.is_empty()))
        );
        assert!(matches!(facts.host.cgroup_unified, Some(Answer::Is(_))));
        assert!(facts.host.bounding_capabilities.as_ref().is_some_and(|caps| caps.is_sorted()));
        // A record can be written down and read again.
        let text = serde_json::to_string(&facts).unwrap();
        assert_eq!(crate::facts::facts_from_json(&text).unwrap(), facts);
    }

    #[test]
    fn an_id_is_64_hex_digits() {
        let options = GatherOptions { id: Some("abc".to_owned()), ..GatherOptions::default() };
        assert!(
            matches!(gather_with(&Config::default(), &options), Err(GatherError::Id { id }) if id == "abc")
        );
    }

    #[test]
    fn questions_are_answered_from_the_host() {
        let scratch = Scratch::new();
        let at = scratch.path();
        std::fs::write(at.join("seccomp.json"), "{\"defaultAction\":\"SCMP_ACT_ALLOW\"}").unwrap();
        std::fs::write(at.join("broken.json"), "{").unwrap();
        let options = GatherOptions {
            state_dir: Some(at.join("state")),
            volume_dir: Some(at.join("volumes")),
            ..GatherOptions::default()
        };
        let config = parse("rootfs: /\n").unwrap();
        let (mut answers, mut facts) = begin(&config, &options, Process::new(&options)).unwrap();
        let mut ask =
            |key, of: &str| answers.answer(&mut facts, &Question { key, of: of.to_owned() });
        let text = |name: &str| at.join(name).to_str().unwrap().to_owned();
        ask(FactKey::Path, "/dev").unwrap();
        // Asked again: the devices below it are meant.
        ask(FactKey::Path, "/dev").unwrap();
        ask(FactKey::File, "/proc/self/comm").unwrap();
        ask(FactKey::File, "/nowhere").unwrap();
        ask(FactKey::Seccomp, &text("seccomp.json")).unwrap();
        ask(FactKey::Seccomp, "/nowhere").unwrap();
        ask(FactKey::Volume, "new").unwrap();
        ask(FactKey::HostUser, "0").unwrap();
        ask(FactKey::RootfsPath, "/etc").unwrap();
        ask(FactKey::Devices, "").unwrap();
        ask(FactKey::Slirp4netns, "").unwrap();
        ask(FactKey::Seccomp, &text("broken.json")).unwrap();
        ask(FactKey::Container, "db").unwrap();
        assert!(matches!(ask(FactKey::Pod, "db"), Err(GatherError::Elsewhere { what: "pod", .. })));
        // What is always recorded is never asked for; if it is, there is no answer.
        assert!(matches!(ask(FactKey::Id, ""), Err(GatherError::Unanswered { .. })));
        assert!(matches!(ask(FactKey::File, "/nowhere"), Err(GatherError::Unanswered { .. })));
        assert!(
            facts.paths.get("/dev").unwrap().devices_below.as_ref().is_some_and(|d| d
                .get()
                .unwrap()
                .get("null")
                .is_some())
        );
        assert_eq!(facts.files.get("/nowhere"), Some(&Answer::Error(Errno::ENOENT)));
        assert_eq!(facts.seccomp.get("/nowhere"), Some(&Answer::Error(Errno::ENOENT)));
        assert_eq!(facts.volumes.get("new").unwrap().mountpoint, text("volumes/new/_data"));
        assert_eq!(facts.host_users.get("0").unwrap().name, "root");
        assert_eq!(facts.rootfs.paths.get("/etc").unwrap().kind, "directory");
        assert!(facts.host.devices.as_ref().is_some_and(|d| d.get().is_ok()));
        // A container that there is not has no id; the compiler refuses it.
        assert_eq!(facts.containers.get("db"), Some(&crate::facts::Dependency::default()));
        let message = GatherError::Image { image: "x".to_owned() }.to_string();
        assert!(message.contains("rootfs: "), "{message}");
    }
}
