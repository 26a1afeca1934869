//! The standing things of a view: images, containers and pods that "run", volumes, secrets, a network; and the facts that they are.

use crate::Fallible;
use crate::api::Api;
use crate::look::{at, list, number, pairs, shaped, text, texts};
use ocify::Facts;
use ocify::config::{DeviceText, Mount, NamedVolume};
use ocify::facts::{
    Answer, Dependency, Errno, Image, Infra, NetworkFacts, NetworkSubnet, Pod, SecretFacts, Table,
    Volume,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

/// Directory of a view.
pub(crate) const DIR: &str = "/mnt/live";

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:daemon:/usr/sbin:/bin/false\nalice:x:1000:1000:Alice:/home/alice:/bin/sh\n\
    bob:x:1001:100:Bob:/home/bob:/bin/sh\nnohome:x:1002:1002:::/bin/sh\nbig:x:200000:200000:Big:/home/big:/bin/sh\n1003:x:4003:4003:number:/home/num:/bin/sh\n";
const GROUP: &str = "root:x:0:root\ndaemon:x:1:\nwheel:x:10:alice,bob\nvideo:x:44:alice\nstaff:x:50:bob\nusers:x:100:\nalice:x:1000:\nbig:x:200000:big\n";

/// Trees of images: with accounts, with links in the way, with nothing at all.
const TREES: [&str; 3] = ["usual", "links", "bare"];

/// Name, tree and changes.
const IMAGES: [(&str, &str, &[&str]); 9] = [
    ("plain", "usual", &["CMD [\"sh\"]"]),
    (
        "full",
        "usual",
        &[
            "USER alice",
            "VOLUME /data",
            "VOLUME /var/lib/db",
            "ENTRYPOINT [\"/entry.sh\",\"arg with space\"]",
            "CMD [\"serve\"]",
            "ENV FOO=img",
            "ENV PATH=/custom/bin:/bin",
            "WORKDIR /srv/app",
            "STOPSIGNAL SIGUSR1",
            "LABEL a=b",
            "LABEL img=full",
            "EXPOSE 8080",
        ],
    ),
    ("number", "usual", &["USER 1234:5678", "WORKDIR /wd/made", "CMD [\"id\"]"]),
    ("links", "links", &["CMD [\"sh\"]", "VOLUME /run/vol", "VOLUME /tmp/../data/"]),
    ("systemd", "usual", &["CMD [\"/sbin/init\"]", "STOPSIGNAL 37"]),
    (
        "envs",
        "usual",
        &[
            "CMD [\"sh\"]",
            "ENV HOME=/custom",
            "ENV HOSTNAME=imghost",
            "ENV TERM=dumb",
            "ENV container=oci2",
            "ENV EMPTY=",
        ],
    ),
    ("caps", "usual", &["CMD [\"sh\"]", "LABEL io.containers.capabilities=SETUID,SETGID"]),
    ("nocommand", "bare", &[]),
    ("group", "usual", &["CMD [\"sh\"]", "USER alice:video"]),
];

/// What requests can name of the host, below [`DIR`]`/host`.
pub(crate) fn host_files() -> Fallible<()> {
    let host = Path::new(DIR).join("host");
    for made in [
        "dir/sub", "dir2", "etc", "up", "work", "ns", "devs", "logs", "nosuid", "noexec",
        "readonly", "chown",
    ] {
        fs::create_dir_all(host.join(made))?;
    }
    for (name, content) in [
        ("file", "data\n"),
        ("hosts", "10.0.0.9 custom\n"),
        (
            "etc/passwd",
            "root:x:0:0:root:/root:/bin/sh\ncarol:x:2000:2000:Carol:/home/carol:/bin/sh\n",
        ),
        ("etc/group", "root:x:0:\ncarol:x:2000:\nextra:x:2001:carol\n"),
        ("init", "#!/bin/true\n"),
        ("seccomp.json", SECCOMP),
    ] {
        fs::write(host.join(name), content)?;
    }
    fs::set_permissions(host.join("init"), fs::Permissions::from_mode(0o755))?;
    symlink("dir", host.join("link"))?;
    symlink("/nowhere", host.join("dangling"))?;
    symlink("/dev/null", host.join("devs/link"))?;
    for (name, content) in HOOKS {
        fs::write(Path::new(DIR).join("hooks.d").join(name), content)?;
    }
    for tree in TREES {
        plant(&Path::new(DIR).join("trees").join(tree), tree)?;
    }
    fs::create_dir_all(Path::new(DIR).join("runs"))?;
    fs::create_dir_all(Path::new(DIR).join("roots"))?;
    Ok(())
}

/// As root: mounts and nodes among them.
pub(crate) fn host_mounts() -> Fallible<()> {
    let host = format!("{DIR}/host");
    let run = crate::view::run;
    for name in ["net", "uts", "ipc", "pid", "user", "cgroup"] {
        fs::write(format!("{host}/ns/{name}"), "")?;
        run("mount", &["--bind", &format!("/proc/self/ns/{name}"), &format!("{host}/ns/{name}")])?;
    }
    run("mount", &["-t", "tmpfs", "-o", "nosuid,nodev,mode=1777", "t", &format!("{host}/nosuid")])?;
    run(
        "mount",
        &["-t", "tmpfs", "-o", "nosuid,nodev,noexec,mode=1777", "t", &format!("{host}/noexec")],
    )?;
    run("mount", &["--bind", &format!("{host}/dir2"), &format!("{host}/readonly")])?;
    run("mount", &["-o", "remount,bind,ro", &format!("{host}/readonly")])?;
    run("mknod", &[&format!("{host}/devs/null"), "c", "1", "3"])?;
    run("mknod", &[&format!("{host}/devs/block"), "b", "7", "9"])
}

const SECCOMP: &str = r#"{"defaultAction":"SCMP_ACT_ERRNO","defaultErrnoRet":1,"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
"syscalls":[{"names":["read","write","no_such_call"],"action":"SCMP_ACT_ALLOW","args":[]},
{"names":["mount","umount2"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"]}},
{"names":["chroot"],"action":"SCMP_ACT_ALLOW","args":[],"excludes":{"caps":["CAP_SYS_CHROOT"]}}]}"#;

const HOOKS: [(&str, &str); 3] = [
    (
        "10-always.json",
        r#"{"version":"1.0.0","hook":{"path":"/bin/true","args":["true","always"],"env":["A=1"],"timeout":7},"when":{"always":true},"stages":["prestart"]}"#,
    ),
    (
        "20-annotation.json",
        r#"{"version":"1.0.0","hook":{"path":"/bin/true","args":["true","anno"]},"when":{"annotations":{"^live\\.hook$":"^ye.*"}},"stages":["createRuntime","poststop"]}"#,
    ),
    (
        "30-bind.json",
        r#"{"version":"1.0.0","hook":{"path":"/bin/true"},"when":{"hasBindMounts":true,"commands":[".*/sleep$"]},"stages":["poststart"]}"#,
    ),
];

fn plant(dir: &Path, kind: &str) -> Fallible<()> {
    let usual = [
        "bin",
        "dev",
        "etc",
        "proc",
        "sys",
        "usr",
        "root",
        "home/alice",
        "sbin",
        "srv/app",
        "var/log",
    ];
    let made: &[&str] = if kind == "bare" { &["etc", "srv"] } else { &usual };
    for made in made {
        fs::create_dir_all(dir.join(made))?;
    }
    if kind == "bare" {
        return Ok(());
    }
    fs::write(dir.join("etc/passwd"), PASSWD)?;
    fs::write(dir.join("etc/group"), GROUP)?;
    fs::write(dir.join("sbin/init"), "#!/bin/sh\n")?;
    symlink("/srv/app", dir.join("srv/link"))?;
    symlink("/nowhere", dir.join("srv/dangling"))?;
    fs::write(dir.join("srv/file"), "x")?;
    if kind == "links" {
        for made in ["var/real_run", "private/tmp", "private/journal"] {
            fs::create_dir_all(dir.join(made))?;
        }
        symlink("var/real_run", dir.join("run"))?;
        symlink("/private/tmp", dir.join("tmp"))?;
        symlink("/run", dir.join("var/run"))?;
        symlink("../../private/journal", dir.join("var/log/journal"))?;
        symlink("../../../../etc", dir.join("escape"))?;
    } else {
        for made in ["run/lock", "tmp", "var/tmp"] {
            fs::create_dir_all(dir.join(made))?;
        }
        symlink("/run", dir.join("var/run"))?;
    }
    Ok(())
}

/// The directory that has the content of an image.
pub(crate) fn tree_of(image: &str) -> String {
    let tree =
        IMAGES.iter().find(|(name, _, _)| *name == image).map_or("usual", |(_, tree, _)| tree);
    format!("{DIR}/trees/{tree}")
}

/// A copy of a tree, for a request that names a root directory.
pub(crate) fn root_of(tree: &str, name: &str) -> Fallible<()> {
    crate::view::run("cp", &["-a", &format!("{DIR}/trees/{tree}"), &format!("{DIR}/roots/{name}")])
}

/// What stands, as facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) images: BTreeMap<String, Image>,
    pub(crate) ids: BTreeSet<String>,
    pub(crate) volumes: BTreeSet<String>,
    facts: Facts,
}

impl Standing {
    /// The containers that others can name, by name and by id.
    pub(crate) fn containers(&self) -> &Table<Dependency> {
        &self.facts.containers
    }

    /// Adds them to a host's facts.
    pub(crate) fn add_to(&self, facts: &mut Facts) {
        let known = self.facts.clone();
        facts.containers = known.containers;
        facts.pods = known.pods;
        facts.volumes = known.volumes;
        facts.secrets = known.secrets;
        facts.networks = known.networks;
        facts.images = known.images;
    }

    /// The network facts of a name.
    pub(crate) fn network(&self, name: &str) -> Option<&NetworkFacts> {
        self.facts.networks.get(name)
    }
}

fn form(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.".contains(&b);
    text.bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Makes everything.
pub(crate) fn make(api: &Api) -> Fallible<Standing> {
    let mut standing = Standing::default();
    images(api, &mut standing)?;
    for name in ["vol1", "vol2", "depvol", "podvol"] {
        let made =
            api.post("/volumes/create", &json!({ "Name": name }).to_string())?.expect("volume")?;
        volume(&mut standing, &made);
    }
    let tmpfs =
        json!({"Name": "voltmpfs", "Options": {"type": "tmpfs", "device": "tmpfs", "o": "nodev"}});
    if let Ok(made) = api.post("/volumes/create", &tmpfs.to_string())?.expect("volume") {
        volume(&mut standing, &made);
    }
    for (name, data) in [("sec1", "s3cret one"), ("sec2", "second\n")] {
        let made = api.post(&format!("/secrets/create?name={name}"), data)?.expect("secret")?;
        let told = SecretFacts {
            id: text(&made, "ID"),
            name: name.to_owned(),
            data: Some(data.to_owned()),
        };
        standing.facts.secrets.insert(told.id.clone(), told.clone());
        standing.facts.secrets.insert(name, told);
    }
    let net = json!({"name": "net2", "driver": "bridge", "dns_enabled": true, "subnets": [{"subnet": "10.77.0.0/24"}]});
    api.post("/networks/create", &net.to_string())?.expect("network")?;
    for network in api.read("/networks/json")?.expect("networks")?.as_array().into_iter().flatten()
    {
        let told = NetworkFacts {
            id: text(network, "id"),
            name: text(network, "name"),
            driver: text(network, "driver"),
            dns_enabled: at(network, "dns_enabled") == &Value::Bool(true),
            subnets: list(network, "subnets")
                .iter()
                .map(|s| NetworkSubnet::of(&text(s, "subnet")))
                .collect(),
            ..NetworkFacts::default()
        };
        standing.ids.insert(told.id.clone());
        standing.facts.networks.insert(told.id.clone(), told.clone());
        standing.facts.networks.insert(told.name.clone(), told);
    }
    for (name, runs, more) in containers() {
        container(api, &mut standing, name, runs, &more)?;
    }
    for (name, more) in pods() {
        pod(api, &mut standing, name, &more)?;
    }
    Ok(standing)
}

fn images(api: &Api, standing: &mut Standing) -> Fallible<()> {
    for tree in TREES {
        let done = Command::new("tar")
            .args([
                "--sort=name",
                "--mtime=@1600000000",
                "--owner=0",
                "--group=0",
                "--numeric-owner",
                "-C",
            ])
            .args([&format!("{DIR}/trees/{tree}"), "-cf", &format!("{DIR}/trees/{tree}.tar"), "."])
            .status()?;
        if !done.success() {
            return Err("tar failed".into());
        }
    }
    for (name, tree, changes) in IMAGES {
        let content = fs::read(format!("{DIR}/trees/{tree}.tar"))?;
        let mut query = String::new();
        for change in changes {
            query.push_str("&changes=");
            query.push_str(&form(change));
        }
        let path = format!("/images/import?reference=localhost%2F{name}%3Alatest{query}");
        api.send("POST", &path, "application/x-tar", &content)?.expect("import")?;
        let told = api.read(&format!("/images/localhost%2F{name}/json"))?.expect("image")?;
        let names = texts(&told, "RepoTags");
        let image = Image {
            id: text(&told, "Id"),
            resolved_name: names.first().cloned().unwrap_or_default(),
            names,
            config: shaped(at(&told, "Config"))?,
            annotations: pairs(&told, "Annotations"),
        };
        standing.ids.insert(image.id.clone());
        standing.images.insert(name.to_owned(), image);
    }
    Ok(())
}

fn volume(standing: &mut Standing, told: &Value) {
    let name = text(told, "Name");
    let facts = Volume {
        exists: true,
        mountpoint: text(told, "Mountpoint"),
        driver: text(told, "Driver"),
        options: pairs(told, "Options"),
        needs_copy_up: true,
        needs_chown: true,
    };
    standing.volumes.insert(name.clone());
    standing.facts.volumes.insert(name, facts);
}

/// Containers: name, whether it runs, more of the request.
fn containers() -> Vec<(&'static str, bool, Value)> {
    vec![
        ("dep-a", true, json!({})),
        ("dep-name", true, json!({"hostname": "dep-hostname"})),
        ("dep-stopped", false, json!({})),
        ("dep-private", true, json!({"ipcns": {"nsmode": "private"}})),
        ("dep-noipc", true, json!({"ipcns": {"nsmode": "none"}})),
        // While it stands, the bridges of both networks do.
        (
            "dep-bridge",
            true,
            json!({"netns": {"nsmode": "bridge"}, "Networks": {"podman": {}, "net2": {}}}),
        ),
        (
            "dep-volumes",
            false,
            json!({"mounts": [{"destination": "/bindvol", "type": "bind", "source": format!("{DIR}/host/dir"), "options": ["ro", "rbind"]}],
                "volumes": [{"Name": "depvol", "Dest": "/namedvol", "Options": ["nosuid"]}]}),
        ),
    ]
}

/// Pods: name, more of the request.
fn pods() -> Vec<(&'static str, Value)> {
    vec![
        ("pod-usual", json!({})),
        ("pod-name", json!({"hostname": "podhostname"})),
        ("pod-pid", json!({"shared_namespaces": ["pid"]})),
        ("pod-all", json!({"shared_namespaces": ["net", "ipc", "uts", "pid", "cgroup"]})),
        (
            "pod-volumes",
            json!({"mounts": [{"destination": "/podmnt", "type": "bind", "source": format!("{DIR}/host/dir"), "options": ["ro", "rbind"]}],
                "volumes": [{"Name": "podvol", "Dest": "/podvol"}]}),
        ),
    ]
}

fn with(base: Value, more: &Value) -> Value {
    let mut all = base;
    if let (Some(all), Some(more)) = (all.as_object_mut(), more.as_object()) {
        all.extend(more.clone());
    }
    all
}

fn container(
    api: &Api,
    standing: &mut Standing,
    name: &str,
    runs: bool,
    more: &Value,
) -> Fallible<()> {
    let base = json!({"name": name, "image": "localhost/plain", "command": ["sleep", "2000000"], "netns": {"nsmode": "none"}});
    let request = with(base, more);
    let id = text(&api.post("/containers/create", &request.to_string())?.expect(name)?, "Id");
    if runs {
        fs::write(format!("{DIR}/runs/{id}"), "")?;
        api.post(&format!("/containers/{id}/start"), "")?.expect(name)?;
    }
    let told = dependency(api, &id, &request)?;
    standing.ids.insert(id.clone());
    standing.facts.containers.insert(id, told.clone());
    standing.facts.containers.insert(name, told);
    Ok(())
}

/// A container: what `inspect` tells, and what it was made of.
fn dependency(api: &Api, id: &str, request: &Value) -> Fallible<Dependency> {
    let told = api.read(&format!("/containers/{id}/json"))?.expect("inspect")?;
    let state = at(&told, "State");
    let ipc = text(at(request, "ipcns"), "nsmode");
    let fixed = text(&told, "StaticDir");
    let info = api.read("/info")?.expect("info")?;
    let store = at(&info, "store");
    let volumes: Vec<NamedVolume> = list(request, "volumes")
        .iter()
        .map(|v| NamedVolume {
            name: text(v, "Name"),
            dest: text(v, "Dest"),
            // The options are completed when a container is made.
            options: if texts(v, "Options").is_empty() {
                ["rw", "rprivate", "nosuid", "nodev", "rbind"].map(str::to_owned).to_vec()
            } else {
                ["nosuid", "rw", "rprivate", "nodev", "rbind"].map(str::to_owned).to_vec()
            },
            is_anonymous: false,
        })
        .collect();
    let mounts: Vec<Mount> = list(request, "mounts")
        .iter()
        .map(|m| Mount {
            destination: text(m, "destination"),
            kind: text(m, "type"),
            source: text(m, "source"),
            options: Some(texts(m, "options").into_iter().chain(["rprivate".to_owned()]).collect()),
        })
        .collect();
    let no_shm = ipc == "none";
    let networked = text(at(request, "netns"), "nsmode") == "bridge";
    let mut dependency = Dependency {
        id: id.to_owned(),
        name: text(&told, "Name"),
        state: text(state, "Status"),
        pid: number(state, "Pid"),
        hostname: text(at(&told, "Config"), "Hostname"),
        pod: text(&told, "Pod"),
        shm_dir: if no_shm { String::new() } else { format!("{fixed}/shm") },
        no_shm,
        no_shm_share: ipc == "private",
        network_disabled: !networked,
        user: text(at(&told, "Config"), "User"),
        user_volumes: mounts
            .iter()
            .map(|m| m.destination.clone())
            .chain(volumes.iter().map(|v| v.dest.clone()))
            .collect(),
        mounts,
        named_volumes: volumes,
        ..Dependency::default()
    };
    if dependency.pid != 0 {
        let run = fixed.replace(&text(store, "graphRoot"), &text(store, "runRoot"));
        for (to, file) in [
            ("/etc/hosts", "hosts"),
            ("/etc/hostname", "hostname"),
            ("/run/.containerenv", ".containerenv"),
        ] {
            dependency.bind_mounts.insert(to.to_owned(), format!("{run}/{file}"));
        }
        if networked {
            dependency
                .bind_mounts
                .insert("/etc/resolv.conf".to_owned(), format!("{run}/resolv.conf"));
        }
        dependency.hosts = Some(match fs::read_to_string(format!("{run}/hosts")) {
            Ok(text) => Answer::Is(text),
            Err(_) => Answer::Error(Errno::ENOENT),
        });
        if !no_shm {
            dependency.bind_mounts.insert("/dev/shm".to_owned(), dependency.shm_dir.clone());
        }
    }
    Ok(dependency)
}

fn pod(api: &Api, standing: &mut Standing, name: &str, more: &Value) -> Fallible<()> {
    let request = with(json!({"name": name, "netns": {"nsmode": "none"}}), more);
    let id = text(&api.post("/pods/create", &request.to_string())?.expect(name)?, "Id");
    let told = api.read(&format!("/pods/{id}/json"))?.expect(name)?;
    let infra_id = text(&told, "InfraContainerID");
    fs::write(format!("{DIR}/runs/{infra_id}"), "")?;
    api.post(&format!("/pods/{id}/start"), "")?.expect(name)?;
    let container = dependency(api, &infra_id, &request)?;
    let inspected = api.read(&format!("/containers/{infra_id}/json"))?.expect("inspect")?;
    let host_config = at(&inspected, "HostConfig");
    let modes = [
        ("pid", "PidMode"),
        ("ipc", "IpcMode"),
        ("uts", "UTSMode"),
        ("net", "NetworkMode"),
        ("cgroup", "CgroupMode"),
        ("user", "UsernsMode"),
    ];
    let host_namespaces = modes
        .into_iter()
        .filter(|(word, key)| {
            let mode = text(host_config, key);
            mode == "host" || (*word == "user" && mode.is_empty())
        })
        .map(|(word, _)| word.to_owned())
        .collect();
    let facts = Pod {
        id: id.clone(),
        name: name.to_owned(),
        hostname: text(&told, "Hostname"),
        shared: texts(&told, "SharedNamespaces"),
        cgroup_path: text(&told, "CgroupPath"),
        running: true,
        infra: Some(Infra {
            host_namespaces,
            devices: Vec::<DeviceText>::new(),
            mounts: container.mounts.clone(),
            volumes: container.named_volumes.clone(),
            selinux_opts: vec!["disable".to_owned()],
            shm_size: at(host_config, "ShmSize").as_i64(),
            annotations: pairs(at(&inspected, "Config"), "Annotations"),
            container: container.clone(),
            ..Infra::default()
        }),
    };
    standing.ids.extend([id.clone(), infra_id.clone()]);
    standing.facts.containers.insert(infra_id, container.clone());
    standing.facts.containers.insert(container.name.clone(), container);
    standing.facts.pods.insert(id, facts.clone());
    standing.facts.pods.insert(name, facts);
    Ok(())
}
