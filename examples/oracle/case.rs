//! One case: its facts put together, the request compiled, what came of it written down.

use crate::record::{Library, Look, read};
use crate::{Asked, Fallible, Outcome, fixtures, host, paths, storage};
use ocify::config::{Config, Format, Namespace, Parsing, parse_as};
use ocify::facts::{
    Answer, ContainerFacts, Dependency, Errno, FactKey, Facts, HostUser, ImageMount, NetworkFacts,
    Pod, SecretFacts, Volume, facts_from_json,
};
use ocify::plan::Effect;
use ocify::problem::Problem;
use ocify::questions::Question;
use ocify::{Compiled, Options, Profile, Refused, compile as compiled};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// How often facts that turn out to be needed are added.
const ROUNDS: usize = 8;

/// Compiles a case and writes the outcome; with it, what there is to say of it.
pub(crate) fn compile(
    asked: &Asked,
    library: &mut Library,
    mode: &str,
    case: &str,
) -> Fallible<(Outcome, Vec<String>)> {
    let to = asked.out.join(mode).join(case);
    fs::create_dir_all(&to)?;
    for stale in ["config.json", "reject.json", "files.json", "facts.json"] {
        match fs::remove_file(to.join(stale)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    let Prepared { facts, config, .. } = prepared(&asked.dir, library, mode, case)?;
    let config = match config {
        Ok(config) => config,
        Err(mistakes) => {
            reject(&to, "decode", "", &mistakes)?;
            return Ok((Outcome::Refused, Vec::new()));
        }
    };
    let options = Options { profile: Profile::Podman43 };
    let mut said = Vec::new();
    if asked.facts {
        let dump = serde_json::to_string_pretty(&facts)?;
        match facts_from_json(&dump) {
            // A seccomp profile keeps its text, whose spaces are not written.
            Ok(again) if serde_json::to_string_pretty(&again)? == dump => {}
            Ok(_) => said.push("the facts change when they are written and read".to_owned()),
            Err(error) => said.push(format!("the facts cannot be read again: {error:?}")),
        }
        fs::write(to.join("facts.json"), dump)?;
    }
    let (outcome, more) = finish(asked, &to, &config, &facts, options)?;
    said.extend(more);
    Ok((outcome, said))
}

/// A request and the facts that it is compiled with.
pub(crate) struct Prepared {
    /// The request as it was sent.
    pub(crate) text: String,
    /// The same, read; or why it cannot be.
    pub(crate) config: Result<Config, String>,
    pub(crate) facts: Facts,
}

/// Reads a case, and adds the facts that turn out to be needed.
pub(crate) fn prepared(
    dir: &Path,
    library: &mut Library,
    mode: &str,
    case: &str,
) -> Fallible<Prepared> {
    let from = dir.join(mode).join(case);
    let observed: Value = serde_json::from_str(&read(&from.join("observed.json"))?)?;
    let mut facts = facts(&observed, library)?;
    let text = read(&from.join("specgen.json"))?;
    let parsing = Parsing { api: true, ..Parsing::default() };
    let mut config = parse_as(&text, Format::Json, parsing).map_err(|error| error.to_string());
    let Ok(asked) = &mut config else { return Ok(Prepared { text, config, facts }) };
    if !observed.at("created_by").is_null() {
        // The recorded request is the remote client's; the local command line gives an empty list in the place of none.
        asked.r_limits.get_or_insert_default();
    }
    let options = Options { profile: Profile::Podman43 };
    for _ in 0..ROUNDS {
        match compiled(asked, &facts, &options) {
            Err(refused) if refused.wants_facts() => {
                let before = facts.clone();
                refused.missing.iter().for_each(|question| answer(&mut facts, question));
                if facts == before {
                    break;
                }
            }
            _ => break,
        }
    }
    Ok(Prepared { text, config, facts })
}

fn finish(
    asked: &Asked,
    to: &Path,
    config: &Config,
    facts: &Facts,
    options: Options,
) -> Fallible<(Outcome, Vec<String>)> {
    match compiled(config, facts, &options) {
        Ok(done) => {
            fs::write(to.join("config.json"), done.to_json())?;
            let mut files = files(&done);
            if !files.contains_key("/etc/hosts") {
                files.extend(shared(&done, config, facts, options));
            }
            if !files.is_empty() {
                fs::write(to.join("files.json"), serde_json::to_string(&files)?)?;
            }
            Ok((Outcome::Config, Vec::new()))
        }
        Err(refused) if refused.wants_facts() => {
            let missing: Vec<String> = refused.missing.iter().map(ToString::to_string).collect();
            reject(to, "facts", "E0101", &format!("missing facts: {}", missing.join(", ")))?;
            Ok((
                Outcome::Missing,
                if asked.verbose {
                    missing.into_iter().map(|m| format!("missing {m}")).collect()
                } else {
                    Vec::new()
                },
            ))
        }
        Err(refused) => {
            let (stage, code, message) = first(&refused);
            reject(to, stage, code, &message)?;
            Ok((
                Outcome::Refused,
                if asked.verbose {
                    vec![format!("{stage} {code} {}", message.replace('\n', " "))]
                } else {
                    Vec::new()
                },
            ))
        }
    }
}

fn first(refused: &Refused) -> (&'static str, &'static str, String) {
    match refused.diagnostics.first() {
        Some(first) => {
            (first.when.word(), Problem::code(&first.problem), first.problem.to_string())
        }
        None => ("create", "", "refused".to_owned()),
    }
}

fn reject(to: &Path, stage: &str, code: &str, message: &str) -> Fallible<()> {
    Ok(fs::write(
        to.join("reject.json"),
        json!({ "stage": stage, "code": code, "message": message }).to_string(),
    )?)
}

/// The generated files by destination. A copy of a file of the host (a time zone) is not recorded: this machine's stands for it, where it has one,
/// decoded as the recorder decodes text.
fn files(done: &Compiled<'_>) -> BTreeMap<String, String> {
    let copies = done.copied_files().filter_map(|(destination, from)| {
        let bytes = fs::read(from).ok()?;
        let text = String::from_utf8_lossy(&bytes).replace("\r\n", "\n").replace('\r', "\n");
        Some((destination.to_owned(), text))
    });
    let generated = done.generated_files().map(|(to, text)| (to.to_owned(), text.to_owned()));
    generated.chain(copies).collect()
}

/// The files of another container that are bound in with its network (LP-BM-11), which are not made by this one but may get a line more. Of
/// the recorded containers only those of the host's network have them, and theirs are what any container of the host's network gets.
fn shared(
    done: &Compiled<'_>,
    config: &Config,
    facts: &Facts,
    options: Options,
) -> BTreeMap<String, String> {
    let files = ["/etc/hosts", "/etc/resolv.conf"];
    let places = done.places();
    let mounted = |file: &str, source: &str| {
        places.iter().any(|place| {
            place.name == format!("mounts[{file}]")
                && place.value.split(' ').any(|word| word == source)
        })
    };
    let joined: Vec<(&str, &String)> = facts
        .containers
        .iter()
        .flat_map(|(_, other)| files.map(|file| Some((file, other.bind_mounts.get(file)?))))
        .flatten()
        .filter(|(file, source)| mounted(file, source))
        .collect();
    if joined.is_empty() {
        return BTreeMap::new();
    }
    let other = Config {
        image: config.image.clone(),
        rootfs: config.rootfs.clone(),
        netns: Namespace::mode("host"),
        command: Some(vec!["sh".to_owned()]),
        ..Config::default()
    };
    let Ok(other) = compiled(&other, facts, &options) else { return BTreeMap::new() };
    let mut texts: BTreeMap<String, String> = other
        .generated_files()
        .filter(|(file, _)| joined.iter().any(|(joined, _)| joined == file))
        .map(|(file, text)| (file.to_owned(), text.to_owned()))
        .collect();
    for step in done.plan.iter() {
        if let Effect::AddHosts { ip, names, .. } = &step.effect {
            let text = texts.entry("/etc/hosts".to_owned()).or_default();
            text.extend([ip, "\t", &names.join(" "), "\n"]);
        }
    }
    texts
}

fn facts(observed: &Value, library: &mut Library) -> Fallible<Facts> {
    let host = library.resolve(observed.at("host"))?;
    let key = observed.at("host").to_string();
    let base = match library.hosts.get(&key) {
        Some(known) => Rc::clone(known),
        None => {
            let made = Rc::new(host::facts(&host, library)?);
            library.hosts.insert(key, Rc::clone(&made));
            made
        }
    };
    let mut facts = (*base).clone();
    moment(&mut facts, observed);
    facts.container = container(observed, &facts)?;

    let image = library.resolve(observed.at("image"))?;
    let rootfs = library.resolve(observed.at("rootfs"))?;
    if !image.is_null() {
        facts.image = Some(storage::image(&image)?);
        facts.rootfs = storage::rootfs(&image);
    }
    if !rootfs.is_null() {
        facts.rootfs = storage::rootfs(&rootfs);
        let there = if rootfs.at("rootfs_tree").is_null() {
            paths::absent()
        } else {
            paths::directory(rootfs.text_at("path"))
        };
        paths::put(&mut facts, rootfs.text_at("path"), there);
    }
    for (_, recorded) in observed.map_at("dependencies") {
        let told = storage::dependency(&*library.resolve(recorded)?, &facts.engine)?;
        know(&mut facts, &told);
    }
    for (_, recorded) in observed.map_at("pods") {
        let told = storage::pod(&*library.resolve(recorded)?, &facts.engine)?;
        if let Some(infra) = &told.infra {
            know(&mut facts, &infra.container);
        }
        facts.pods.insert(told.id.clone(), told.clone());
        facts.pods.insert(told.name.clone(), told);
    }
    paths::of_request(&mut facts, observed.at("source_paths"));
    paths::of_mount_sources(&mut facts, observed.at("at_runtime_call").at("mount_sources"));
    fixtures::tree(&mut facts);
    Ok(facts)
}

/// A container by its name and by its id.
fn know(facts: &mut Facts, told: &Dependency) {
    facts.containers.insert(told.id.clone(), told.clone());
    facts.containers.insert(told.name.clone(), told.clone());
}

/// What differs between the cases on one host.
fn moment(facts: &mut Facts, observed: &Value) {
    if let Some(text) = observed.maybe_at("own_cgroup_before") {
        facts.host.own_cgroup = Some(Answer::Is(text));
    }
    let environment = facts.host.environment.get_or_insert_default();
    if !observed.at("created_by").is_null() {
        (facts.host.rlimit_nofile, facts.host.rlimit_nproc) =
            fixtures::limits_of_the_command_line();
    }
    environment.extend(observed.at("created_by").texts_by_key_at("env"));
    environment.extend(observed.texts_by_key_at("init_env"));
}

fn container(observed: &Value, facts: &Facts) -> Fallible<ContainerFacts> {
    let told = observed.at("container");
    let engine = &facts.engine;
    let driver = engine.graph_driver.as_deref().unwrap_or_default();
    let id = told.maybe_at("id").unwrap_or_else(|| "0c1f".repeat(16));
    let dir = |root: &Option<String>| {
        format!("{}/{driver}-containers/{id}/userdata", root.as_deref().unwrap_or_default())
    };
    let layer = layer(facts, "1a");
    let auto = observed.at("storage").at("auto_userns");
    let maps = |key: &str| {
        if auto.at(key).is_null() {
            Ok(None)
        } else {
            crate::record::shaped(auto.at(key)).map(Some)
        }
    };
    let status = observed.at("libpod_state").at("networkStatus");
    Ok(ContainerFacts {
        name: Some(told.maybe_at("name").unwrap_or_else(|| "quiet_ocean".to_owned())),
        created: Some(
            told.maybe_at("created").unwrap_or_else(|| "2026-11-23T15:50:13.061523313Z".to_owned()),
        ),
        static_dir: Some(told.maybe_at("static_dir").unwrap_or_else(|| dir(&engine.graph_root))),
        bundle: Some(told.maybe_at("bundle").unwrap_or_else(|| dir(&engine.graph_root))),
        run_dir: Some(told.maybe_at("run_dir").unwrap_or_else(|| dir(&engine.run_root))),
        mountpoint: Some(told.maybe_at("mountpoint").unwrap_or(layer)),
        netns_path: netns(observed, facts),
        network_status: if status.is_null() {
            None
        } else {
            Some(crate::record::shaped(&json!({ "networks": status }))?)
        },
        random_names: Some((0..64_u32).map(|n| format!("{n:02x}a7").repeat(16)).collect()),
        auto_uid_map: maps("uid_map")?,
        auto_gid_map: maps("gid_map")?,
        auto_userns_error: auto.maybe_at("error"),
        notify_socket: observed.at("created_by").at("env").maybe_at("NOTIFY_SOCKET"),
        id: Some(id),
        ..ContainerFacts::default()
    })
}

/// The namespace that was made; of a container that did not come to the runtime it was not recorded.
fn netns(observed: &Value, facts: &Facts) -> Option<String> {
    if observed.get("netns_path").is_some() {
        return observed.maybe_at("netns_path");
    }
    let dir = facts.engine.runtime_dir.as_deref().unwrap_or("/run");
    Some(format!("{dir}/netns/netns-00c0ffee-0000-4000-8000-000000000001"))
}

/// Where storage mounts a layer.
fn layer(facts: &Facts, byte: &str) -> String {
    let root = facts.engine.graph_root.as_deref().unwrap_or_default();
    let name = byte.repeat(32);
    match facts.engine.graph_driver.as_deref() {
        Some("overlay") => format!("{root}/overlay/{name}/merged"),
        other => format!("{root}/{}/dir/{name}", other.unwrap_or_default()),
    }
}

/// Answers a question that the record implies the answer of: what it lists whole, it lists; the rest is where the engine would put it.
fn answer(facts: &mut Facts, question: &Question) {
    let of = question.of.as_str();
    match question.key {
        FactKey::Path => paths::guess(facts, of),
        FactKey::File => drop(facts.files.insert(of, Answer::Error(Errno::ENOENT))),
        FactKey::Seccomp => drop(facts.seccomp.insert(of, Answer::Error(Errno::ENOENT))),
        FactKey::Container => {
            // An id may be cut short.
            let known = facts
                .containers
                .iter()
                .find(|(_, c)| !of.is_empty() && c.id.starts_with(of))
                .map(|(_, c)| c.clone());
            facts.containers.insert(of, known.unwrap_or_else(Dependency::default));
        }
        FactKey::Pod => {
            let known = facts
                .pods
                .iter()
                .find(|(_, p)| !of.is_empty() && p.id.starts_with(of))
                .map(|(_, p)| p.clone());
            facts.pods.insert(of, known.unwrap_or_else(Pod::default));
        }
        FactKey::Volume => {
            let path = facts.engine.volume_path.as_deref().unwrap_or_default();
            let mountpoint = format!("{path}/{of}/_data");
            facts.volumes.insert(
                of,
                Volume {
                    mountpoint,
                    driver: "local".to_owned(),
                    needs_copy_up: true,
                    needs_chown: true,
                    ..Volume::default()
                },
            );
        }
        FactKey::HostUser => drop(facts.host_users.insert(of, HostUser::default())),
        FactKey::HostGroup => drop(facts.host_groups.insert(of, String::new())),
        FactKey::Secret => drop(facts.secrets.insert(of, SecretFacts::default())),
        FactKey::Network => drop(facts.networks.insert(of, NetworkFacts::default())),
        FactKey::ImageMount => {
            let mountpoint = layer(facts, "2b");
            facts.images.insert(of, ImageMount { id: "2b".repeat(32), mountpoint });
        }
        _ => {}
    }
}
