//! Sends requests to Podman and to ocify, holds the outcomes against each other, and makes what differs small.

use crate::Fallible;
use crate::api::{Api, Down, Reply};
use crate::compare::{bound_files, differences};
use crate::fixtures::{DIR, Standing, root_of, tree_of};
use crate::look::{at, number, text};
use crate::view::View;
use ocify::config::{Config, Format, IdMapping, Parsing, parse_as};
use ocify::facts::{
    Answer, ContainerFacts, FactKey, Facts, ImageMount, Interface, InterfaceAddress, NetworkFacts,
    NetworkOutcome, NetworkStatus, Pod,
};
use ocify::linux::{GatherError, GatherOptions, complete, gather_with};
use ocify::problem::{Diagnostic, Problem};
use ocify::questions::Question;
use ocify::{Options, Profile};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

/// What became of a request.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Config {
        config: Value,
        files: BTreeMap<String, String>,
    },
    /// Podman's refusal, or all of ocify's.
    Refused {
        stage: &'static str,
        words: Vec<String>,
    },
}

impl Outcome {
    fn told(&self) -> String {
        match self {
            Outcome::Config { .. } => "a config".to_owned(),
            Outcome::Refused { stage, words } => {
                format!("refused at {stage}: {}", words.join(" | "))
            }
        }
    }
}

/// How the two outcomes compare.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    /// The same config.
    Configs,
    /// The same refusal.
    Refusals,
    /// Nothing to compare: something of the host failed.
    Aside(String),
    /// They differ, and where.
    Differ(Difference),
}

/// A difference.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    /// What kind it is: two of a kind probably have one cause.
    pub(crate) kind: String,
    pub(crate) podman: String,
    pub(crate) ocify: String,
    pub(crate) places: Vec<String>,
}

/// A view at work.
pub(crate) struct Bench {
    api: Api,
    standing: Standing,
    base: Facts,
    /// Below it each container has a directory that lasts.
    fixed: String,
    /// Below it each container has one until the host boots.
    passing: String,
    /// Where storage keeps layers.
    layers: String,
}

impl Bench {
    /// Makes what stands and gathers what the host is.
    pub(crate) fn new(view: View, standing: Standing, api: Api) -> Fallible<Self> {
        let config = ocify::parse("image: localhost/plain\nnetns: none")?;
        let info = api.read("/info")?.expect("info")?;
        let store = at(&info, "store");
        let (graph, run, driver) =
            (text(store, "graphRoot"), text(store, "runRoot"), text(store, "graphDriverName"));
        let mut base = gather_with(&config, &options(&standing, "localhost/plain"))?;
        base.rootfs = ocify::facts::Rootfs::default();
        base.paths = ocify::facts::Table::default();
        base.files = ocify::facts::Table::default();
        base.host_users = ocify::facts::Table::default();
        base.host_groups = ocify::facts::Table::default();
        base.image = None;
        base.host.devices = None;
        base.host.addresses = None;
        base.host.interfaces = None;
        base.engine.graph_root = Some(graph.clone());
        base.engine.graph_driver = Some(driver.clone());
        base.engine.run_root = Some(run.clone());
        base.engine.volume_path = Some(text(store, "volumePath"));
        base.engine.tmp_dir = Some(format!("{DIR}/tmp"));
        base.engine.oci_runtime = Some("crun".to_owned());
        service(view, &mut base)?;
        standing.add_to(&mut base);
        Ok(Bench {
            fixed: format!("{graph}/{driver}-containers"),
            passing: format!("{run}/{driver}-containers"),
            layers: format!("{graph}/{driver}"),
            api,
            standing,
            base,
        })
    }

    /// Sends one request both ways, again if the service goes down meanwhile: another request may be the cause.
    pub(crate) fn weigh(&self, request: &Value) -> Fallible<Verdict> {
        for _ in 0..3 {
            match self.weighed(request) {
                Err(error) if error.downcast_ref::<Down>().is_some() => self.up()?,
                other => return other,
            }
        }
        let ocify = self.compile(request, &request.to_string(), &Value::Null)?;
        Ok(match ocify {
            // A refusal stands in the place of a crash.
            Outcome::Refused { .. } => Verdict::Refusals,
            other @ Outcome::Config { .. } => Verdict::Differ(Difference {
                kind: "Podman crashes".to_owned(),
                podman: "the service goes down".to_owned(),
                ocify: other.told(),
                places: Vec::new(),
            }),
        })
    }

    /// Waits until the service answers again.
    fn up(&self) -> Fallible<()> {
        for _ in 0..200 {
            thread::sleep(Duration::from_millis(100));
            if self.api.read("/_ping").is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
        }
        Err("the service does not come up again".into())
    }

    fn weighed(&self, request: &Value) -> Fallible<Verdict> {
        let body = request.to_string();
        let root = text(request, "rootfs");
        let copy = root.strip_prefix(&format!("{DIR}/roots/")).map(str::to_owned);
        if let Some(name) = &copy {
            let _ = fs::remove_dir_all(&root);
            root_of(name.split('-').next().unwrap_or_default(), name)?;
        }
        let created = self.api.post("/containers/create", &body)?;
        let verdict = self.weigh_created(request, &body, &created);
        let id = text(&created.body, "Id");
        if created.status == 201 {
            self.api.delete(&format!("/containers/{id}?force=true&v=true"))?;
        }
        for volume in crate::look::list(request, "volumes") {
            let name = text(volume, "Name");
            if !name.is_empty()
                && !self.standing.volumes.contains(&name)
                && !name.contains(['/', '?', '%', ' ', '#', '\n'])
            {
                self.api.delete(&format!("/volumes/{name}?force=true"))?;
            }
        }
        if let Some(name) = &copy {
            let _ = fs::remove_dir_all(format!("{DIR}/roots/{name}"));
        }
        verdict
    }

    fn weigh_created(&self, request: &Value, body: &str, created: &Reply) -> Fallible<Verdict> {
        if created.status != 201 {
            let podman = Outcome::Refused { stage: "create", words: vec![created.message()] };
            let ocify = self.compile(request, body, &Value::Null)?;
            return Ok(verdict(&podman, &ocify, &self.standing.ids));
        }
        let id = text(&created.body, "Id");
        let started = self.api.post(&format!("/containers/{id}/init"), "")?;
        let inspected = self.api.read(&format!("/containers/{id}/json"))?;
        if inspected.status != 200 {
            // Removed by the engine, as the request asked for, or by another request's doing.
            return Ok(Verdict::Aside(format!(
                "not there to be inspected: {}",
                generic(&inspected.message())
            )));
        }
        let told = inspected.body;
        // The config is written right before the runtime is called: what fails behind it is the monitor's or the runtime's.
        let podman = if Path::new(&format!("{}/{id}/userdata/config.json", self.fixed)).exists() {
            self.written(&id)?
        } else {
            Outcome::Refused { stage: "init", words: vec![started.message()] }
        };
        let ocify = self.compile(request, body, &told)?;
        let mut ids = self.standing.ids.clone();
        ids.insert(id);
        Ok(verdict(&podman, &ocify, &ids))
    }

    /// What ocify makes of a request, with what Podman told of the container.
    fn compile(&self, request: &Value, body: &str, told: &Value) -> Fallible<Outcome> {
        let config = match parse_as(body, Format::Json, Parsing { api: true, ..Parsing::default() })
        {
            Ok(config) => config,
            Err(error) => {
                return Ok(Outcome::Refused {
                    stage: "create",
                    words: vec![format!("decode: {}", error.to_string())],
                });
            }
        };
        let mut facts = self.base.clone();
        let image = text(request, "image");
        let name = image.rsplit('/').next().unwrap_or_default();
        facts.image = self.standing.images.get(name).cloned();
        self.container(&mut facts, &config, told);
        let mut options = options(&self.standing, &image);
        if let Some(copy) = config.rootfs.strip_prefix(&format!("{DIR}/roots/")) {
            // Podman has added to the copy by now.
            let tree = copy.split('-').next().unwrap_or_default();
            options.rootfs = Some(format!("{DIR}/trees/{tree}").into());
        }
        for _ in 0..100 {
            match complete(&config, &mut facts, &options) {
                Ok(()) => break,
                Err(GatherError::Elsewhere { question, .. }) => self.answer(&mut facts, &question),
                Err(error) => return Err(format!("facts: {error}").into()),
            }
        }
        Ok(match ocify::compile(&config, &facts, &Options { profile: Profile::Podman43 }) {
            Ok(done) => Outcome::Config {
                config: serde_json::from_slice(&done.to_json())?,
                files: done
                    .generated_files()
                    .map(|(to, text)| (to.to_owned(), text.to_owned()))
                    .chain(done.copied_files().filter_map(|(to, from)| {
                        Some((
                            to.to_owned(),
                            String::from_utf8_lossy(&fs::read(from).ok()?).into_owned(),
                        ))
                    }))
                    .collect(),
            },
            Err(refused) => {
                let known = |d: &&Diagnostic| !matches!(d.problem, Problem::MissingFact { .. });
                let all: Vec<&Diagnostic> = refused.diagnostics.iter().filter(known).collect();
                let stage = all.first().map_or("create", |first| first.when.word());
                let at_stage = all.iter().filter(|d| d.when.word() == stage);
                Outcome::Refused { stage, words: at_stage.map(|d| d.problem.to_string()).collect() }
            }
        })
    }

    /// What is not there, and images, which lie where storage puts them.
    fn answer(&self, facts: &mut Facts, question: &Question) {
        let of = question.of.as_str();
        match question.key {
            FactKey::Container => {
                // The beginning of an id names a container, too, as long as no other begins so.
                let standing = self.standing.containers();
                let mut so = standing.iter().filter(|(id, _)| id.len() == 64 && id.starts_with(of));
                let found = so.next().filter(|_| !of.is_empty()).map(|(_, found)| found.clone());
                let found = if so.next().is_none() { found } else { None };
                drop(facts.containers.insert(of, found.unwrap_or_default()));
            }
            FactKey::Pod => drop(facts.pods.insert(of, Pod::default())),
            FactKey::Network => drop(facts.networks.insert(of, NetworkFacts::default())),
            FactKey::ImageMount => {
                let known = self.standing.images.get(of.rsplit('/').next().unwrap_or_default());
                let mount = known.map_or_else(ImageMount::default, |image| ImageMount {
                    id: image.id.clone(),
                    mountpoint: format!("{}/{}/merged", self.layers, "2b".repeat(32)),
                });
                facts.images.insert(of, mount);
            }
            _ => {}
        }
    }

    /// What Podman handed over: the config, and the files of its own that it binds.
    fn written(&self, id: &str) -> Fallible<Outcome> {
        let raw = fs::read(format!("{}/{id}/userdata/config.json", self.fixed))?;
        let config: Value = serde_json::from_slice(&raw)?;
        let files = bound_files(&config)
            .into_iter()
            // What a secret holds is the store's.
            .filter(|(_, source)| source.contains(id) && !source.contains("/userdata/secrets/"))
            .filter(|(_, source)| fs::metadata(source).is_ok_and(|m| m.is_file()))
            .filter_map(|(to, source)| {
                Some((to, String::from_utf8_lossy(&fs::read(source).ok()?).into_owned()))
            })
            .collect();
        Ok(Outcome::Config { config, files })
    }

    fn container(&self, facts: &mut Facts, config: &Config, told: &Value) {
        let id = match text(told, "Id") {
            id if id.is_empty() => "0c1f".repeat(16),
            id => id,
        };
        let name = match text(told, "Name") {
            name if !name.is_empty() => name,
            _ if config.name.is_empty() => "quiet_ocean".to_owned(),
            _ => config.name.clone(),
        };
        let fixed = format!("{}/{id}/userdata", self.fixed);
        let merged = text(at(at(told, "GraphDriver"), "Data"), "MergedDir");
        let network = at(told, "NetworkSettings");
        let key = text(network, "SandboxKey");
        let mapped = at(at(told, "HostConfig"), "IDMappings");
        let auto = config.idmappings.as_ref().is_some_and(|m| m.auto_userns)
            || config.userns.nsmode == "auto";
        let made = (0..64_u32).map(|n| format!("{n:02x}a7").repeat(16)).collect();
        facts.container = ContainerFacts {
            name: Some(name),
            created: Some(match text(told, "Created") {
                created if created.is_empty() => "2026-11-23T15:50:13.061523313Z".to_owned(),
                created => created,
            }),
            first_start: Some(true),
            static_dir: Some(fixed.clone()),
            bundle: Some(fixed),
            run_dir: Some(format!("{}/{id}/userdata", self.passing)),
            mountpoint: Some(if !config.rootfs.is_empty() {
                if config.rootfs_overlay {
                    format!("{}/{id}/rootfs/merge", self.passing)
                } else {
                    config.rootfs.clone()
                }
            } else if merged.is_empty() {
                format!("{}/{}/merged", self.layers, "1a".repeat(32))
            } else {
                merged
            }),
            netns_path: Some(if key.is_empty() {
                "/run/netns/netns-00c0ffee-0000-4000-8000-000000000001".to_owned()
            } else {
                key
            }),
            network_status: self.status(network),
            random_names: Some(made),
            auto_uid_map: auto.then(|| mappings(mapped, "UidMap")).flatten(),
            auto_gid_map: auto.then(|| mappings(mapped, "GidMap")).flatten(),
            subscriptions: facts.container.subscriptions.clone(),
            id: Some(id),
            ..ContainerFacts::default()
        };
    }

    /// What the networks gave, out of what `inspect` tells.
    fn status(&self, network: &Value) -> Option<NetworkStatus> {
        let networks = at(network, "Networks").as_object()?;
        let mut status = NetworkStatus::default();
        for (name, told) in networks {
            if text(told, "IPAddress").is_empty() {
                continue;
            }
            let gateway = text(told, "Gateway");
            let with_dns = self.standing.network(name).is_some_and(|n| n.dns_enabled);
            let interface = Interface {
                mac_address: text(told, "MacAddress"),
                subnets: vec![InterfaceAddress {
                    ipnet: format!("{}/{}", text(told, "IPAddress"), number(told, "IPPrefixLen")),
                    gateway: gateway.clone(),
                }],
            };
            status.networks.insert(
                name.clone(),
                NetworkOutcome {
                    interfaces: BTreeMap::from([("eth0".to_owned(), interface)]),
                    dns_server_ips: if with_dns { vec![gateway] } else { Vec::new() },
                    dns_search_domains: if with_dns {
                        vec!["dns.podman".to_owned()]
                    } else {
                        Vec::new()
                    },
                },
            );
        }
        (!status.networks.is_empty()).then_some(status)
    }
}

fn mappings(told: &Value, key: &str) -> Option<Vec<IdMapping>> {
    let range = |text: &str| {
        let mut numbers = text.split(':').map(|n| n.parse().unwrap_or_default());
        let mut next = || numbers.next().unwrap_or_default();
        IdMapping { container_id: next(), host_id: next(), size: next() }
    };
    let all: Vec<IdMapping> = crate::look::texts(told, key).iter().map(|t| range(t)).collect();
    (!all.is_empty()).then_some(all)
}

fn options(standing: &Standing, image: &str) -> GatherOptions {
    let name = image.rsplit('/').next().unwrap_or_default();
    GatherOptions {
        id: Some("0c1f".repeat(16)),
        volume_dir: Some(format!("{DIR}/volumes").into()),
        image: standing.images.get(name).cloned(),
        rootfs: standing.images.contains_key(name).then(|| tree_of(name).into()),
        profile: Profile::Podman43,
        ..GatherOptions::default()
    }
}

/// What the engine's own process knows: its environment and cgroup.
fn service(view: View, base: &mut Facts) -> Fallible<()> {
    for entry in fs::read_dir("/proc")? {
        let at = entry?.path();
        let command = fs::read(at.join("cmdline")).unwrap_or_default();
        let environment = fs::read(at.join("environ")).unwrap_or_default();
        let entries: Vec<String> = environment
            .split(|b| *b == 0)
            .map(|e| String::from_utf8_lossy(e).into_owned())
            .collect();
        let inside = entries.iter().any(|e| e.starts_with("_CONTAINERS_USERNS_CONFIGURED="));
        if !command.windows(14).any(|w| w == b"system\0service")
            || (view.rootless && !inside)
            || command.starts_with(b"setpriv")
        {
            continue;
        }
        base.host.own_cgroup = Some(Answer::Is(fs::read_to_string(at.join("cgroup"))?));
        base.host.environment = Some(
            entries
                .iter()
                .filter_map(|e| e.split_once('='))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect(),
        );
        return Ok(());
    }
    Err("the service's process is not found".into())
}

/// Words of Podman's and of programs that it calls when something of the host fails: storage, networks, the kernel.
const HOST: &[&str] = &[
    "failed to initialize journal",
    "failed to mount shm tmpfs",
    "failed to validate if host path is dangerous",
    "creating overlay mount to",
    "netavark",
    "aardvark",
    "slirp4netns failed",
    "creating container storage",
    "failed to mount overlay",
    "mounting storage for container",
    "Storage Driver",
    "not enough unused IDs",
    "no space left",
    "device or resource busy",
    "storage-opt is supported",
    "--storage-opt",
    "creating cgroup",
    "/sys/fs/cgroup/",
    "rootless netns",
    "address already in use",
    "cannot set up namespace",
    "lchown",
    "chowning",
    "idmapped",
    "potentially insufficient UIDs or GIDs",
    "mapped to host",
    "error opening file `/proc/self/fd",
];

fn verdict(podman: &Outcome, ocify: &Outcome, ids: &BTreeSet<String>) -> Verdict {
    let differ = |kind: String, places: Vec<String>| {
        Verdict::Differ(Difference { kind, podman: podman.told(), ocify: ocify.told(), places })
    };
    match (podman, ocify) {
        (
            Outcome::Config { config: a, files: a_files },
            Outcome::Config { config: b, files: b_files },
        ) => {
            let mut places = differences(a, b, ids);
            for (to, text) in a_files {
                match b_files.get(to) {
                    Some(other) if other == text => {}
                    Some(other) => {
                        places.push(format!("file {to}: Podman {text:?}, ocify {other:?}"));
                    }
                    None => places.push(format!("file {to}: only Podman has {text:?}")),
                }
            }
            match places.first() {
                None => Verdict::Configs,
                Some(first) => differ(kind_of(first), places),
            }
        }
        (Outcome::Refused { stage: a, words: x }, Outcome::Refused { stage: b, words: y }) => {
            let x = x.first().map_or("", String::as_str);
            // An answer of status 304 has no words. Of several refusals Podman often takes a random one first.
            let agree = |y: &String| {
                x.is_empty()
                    || same(x, y)
                    || (x.starts_with("decode()") && y.starts_with("decode: "))
            };
            if a == b && y.iter().any(agree) {
                Verdict::Refusals
            } else if let Some(host) = of_host(x) {
                Verdict::Aside(host)
            } else {
                let what = if a == b { "words" } else { "stage" };
                differ(format!("{what}: {}", generic(x)), Vec::new())
            }
        }
        (Outcome::Refused { words, .. }, Outcome::Config { .. }) => {
            let words = words.first().map_or("", String::as_str);
            match of_host(words) {
                Some(host) => Verdict::Aside(host),
                None => differ(format!("only Podman refuses: {}", generic(words)), Vec::new()),
            }
        }
        (Outcome::Config { .. }, Outcome::Refused { words, .. }) => differ(
            format!("only ocify refuses: {}", generic(words.first().map_or("", String::as_str))),
            Vec::new(),
        ),
    }
}

fn of_host(words: &str) -> Option<String> {
    HOST.iter().find(|known| words.contains(**known)).map(|known| (*known).to_owned())
}

/// Whether two refusals say the same: ids and made up names apart.
fn same(podman: &str, ocify: &str) -> bool {
    let plain = |text: &str| {
        text.split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| word.len() < 12 || !word.bytes().all(|b| b.is_ascii_hexdigit()))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    podman == ocify || plain(podman) == plain(ocify)
}

/// A text without what it is about: quoted values, numbers, paths.
fn generic(text: &str) -> String {
    let mut out = String::new();
    for word in text.split(' ').take(12) {
        let odd = word.contains(['"', '\'', '/', '`']) || word.bytes().any(|b| b.is_ascii_digit());
        out.push_str(if odd { "_" } else { word });
        out.push(' ');
    }
    out.trim_end().to_owned()
}

/// The place of a difference, without what is special to the request.
fn kind_of(place: &str) -> String {
    if place.starts_with("file ") {
        return place.split(": ").next().unwrap_or_default().to_owned();
    }
    let head: String = place
        .split(": ")
        .take(2)
        .map(|part| part.split(" has ").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(": ");
    head.split([',', '{']).next().unwrap_or_default().chars().take(80).collect()
}

/// Takes away from a request what a difference of that kind does not need.
pub(crate) fn shrunk(bench: &Bench, request: &Value, kind: &str) -> Fallible<(Value, Difference)> {
    let still = |candidate: &Value| -> Fallible<Option<Difference>> {
        match bench.weigh(candidate) {
            Ok(Verdict::Differ(difference)) if similar(&difference.kind, kind) => {
                Ok(Some(difference))
            }
            _ => Ok(None),
        }
    };
    let mut best = request.clone();
    let mut found = still(&best)?.ok_or("the difference did not show again")?;
    let mut budget = 150_u32;
    'again: loop {
        for candidate in smaller(&best) {
            budget = budget.saturating_sub(1);
            if budget == 0 {
                break 'again;
            }
            if let Some(difference) = still(&candidate)? {
                (best, found) = (candidate, difference);
                continue 'again;
            }
        }
        break;
    }
    Ok((best, found))
}

fn similar(a: &str, b: &str) -> bool {
    if a.starts_with("words") || a.starts_with("stage") || a.starts_with("only") {
        return a == b;
    }
    let head = |text: &str| text.split([':', '[']).next().unwrap_or_default().to_owned();
    head(a) == head(b)
}

/// Requests with one thing less, the larger things first.
fn smaller(value: &Value) -> Vec<Value> {
    let mut out = Vec::new();
    match value {
        Value::Object(map) => {
            for key in map.keys() {
                let mut less = map.clone();
                less.remove(key);
                out.push(Value::Object(less));
            }
            for (key, inner) in map {
                for small in smaller(inner) {
                    let mut less = map.clone();
                    less.insert(key.clone(), small);
                    out.push(Value::Object(less));
                }
            }
        }
        Value::Array(list) => {
            for i in 0..list.len() {
                let mut less = list.clone();
                less.remove(i);
                out.push(Value::Array(less));
            }
            for (i, inner) in list.iter().enumerate() {
                for small in smaller(inner) {
                    let mut less = list.clone();
                    if let Some(slot) = less.get_mut(i) {
                        *slot = small;
                    }
                    out.push(Value::Array(less));
                }
            }
        }
        _ => {}
    }
    out
}
