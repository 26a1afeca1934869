//! A compiled container is run for real by crun and runc: what it is inside agrees with its spec, and nothing of it is left.

use crate::outside::{
    Scratch, again, asked, busybox, can, done, in_own_namespace, listing, prepare_cgroups,
};
use ocify::linux::{GatherOptions, RunError, RunOptions, cleanup, gather_with, run, run_compiled};
use ocify::{Config, Options, Profile, compile, parse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const RUNTIMES: [&str; 2] = ["crun", "runc"];

/// Runs a case with each runtime that is there.
fn each_runtime(case: &str) {
    for runtime in RUNTIMES {
        if can(&["busybox", "unshare", "mount", runtime]) {
            in_own_namespace("run::inside", case, runtime, 60);
        }
    }
}

#[test]
fn a_container_is_inside_what_its_spec_says_and_nothing_is_left_of_it() {
    each_runtime("spec");
}

#[test]
fn nothing_is_left_when_the_runtime_fails_or_is_missing() {
    each_runtime("failures");
}

#[test]
fn a_killed_process_leaves_what_cleanup_takes_back() {
    each_runtime("killed");
}

#[test]
fn signals_are_forwarded_to_the_container() {
    each_runtime("signals");
}

#[test]
fn a_user_namespace_and_volumes_work() {
    each_runtime("userns");
}

#[test]
fn overlays_and_secrets_work() {
    each_runtime("overlays");
}

#[test]
fn slirp4netns_gives_a_network_and_forwards_a_port() {
    if can(&["slirp4netns", "/dev/net/tun"]) {
        each_runtime("slirp4netns");
    }
}

#[test]
fn what_is_not_supported_yet_is_refused_before_anything_is_done() {
    let scratch = Scratch::new("unsupported");
    let state = scratch.join("state");
    fs::create_dir(scratch.join("root")).unwrap();
    let options = RunOptions {
        gather: GatherOptions { state_dir: Some(state.clone()), ..GatherOptions::default() },
        progress: None,
    };
    let config = |text: &str| {
        parse(&format!("rootfs: {}\ncommand: [a]\n{text}", scratch.join("root").display())).unwrap()
    };
    let late = "userns: private\nidmappings: {UIDMap: ['0:100000:65536'], GIDMap: ['0:100000:65536']}\nnetns: private\nterminal: true";
    let refused = run(&config(late), &options).unwrap_err();
    let unsupported = |error: &RunError| matches!(error, RunError::Apply(ocify::linux::ApplyError::Unsupported(u)) if u.field == "terminal");
    assert!(unsupported(&refused), "{refused}");
    let image =
        run(&parse("image: alpine\nnetns: none").unwrap(), &options).unwrap_err().to_string();
    assert!(image.contains("alpine") && image.contains("rootfs: "), "{image}");
    assert!(!state.exists());
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    prepare_cgroups(&runtime);
    match case.as_str() {
        "spec" => spec(&runtime),
        "failures" => failures(&runtime),
        "killed" => killed(&runtime),
        "signals" => signals(&runtime),
        "userns" => userns(&runtime),
        "overlays" => overlays(&runtime),
        "slirp4netns" => slirp4netns(&runtime),
        "sleeper" => sleeper(&runtime),
        other => panic!("there is no case {other}"),
    }
}

/// A root filesystem, a directory for what the container says, a directory for state.
pub(crate) struct Place {
    pub(crate) scratch: Scratch,
    pub(crate) id: String,
    pub(crate) options: RunOptions,
}

impl Place {
    pub(crate) fn new(runtime: &str, case: &str) -> Self {
        // One of its own: cgroups are not in the mount namespace, and tests run side by side.
        let place = Place::at(
            Scratch::new(&format!("{case}-{runtime}")),
            format!("{:064x}", std::process::id()),
            runtime,
        );
        busybox(&place.scratch.join("root"));
        fs::create_dir(place.out()).unwrap();
        fs::set_permissions(place.out(), fs::Permissions::from_mode(0o777)).unwrap();
        place
    }

    pub(crate) fn at(scratch: Scratch, id: String, runtime: &str) -> Self {
        let gather = GatherOptions {
            id: Some(id.clone()),
            state_dir: Some(scratch.join("state/ocify")),
            volume_dir: Some(scratch.join("volumes")),
            runtime: Some(runtime.to_owned()),
            ..GatherOptions::default()
        };
        Place { scratch, id, options: RunOptions { gather, progress: None } }
    }

    pub(crate) fn out(&self) -> PathBuf {
        self.scratch.join("out")
    }

    /// A config on this root, with the limits that this process has: the kernel lets no more be set.
    pub(crate) fn config(&self, text: &str) -> Config {
        let limit = |resource| rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let (nofile, nproc) =
            (limit(rustix::process::Resource::Nofile), limit(rustix::process::Resource::Nproc));
        let root = self.scratch.join("root");
        let config = format!(
            "rootfs: {}\nr_limits: ['nofile=64:{nofile}', 'nproc=100:{nproc}']\nnetns: none\nmounts: ['type=bind,src={},dst=/out']\n{text}",
            root.display(),
            self.out().display()
        );
        parse(&config).unwrap_or_else(|e| panic!("{config}: {e:?}"))
    }

    /// What the container wrote.
    pub(crate) fn said(&self, name: &str) -> String {
        fs::read_to_string(self.out().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// What may not differ after a run.
    pub(crate) fn listing(&self) -> Vec<String> {
        listing(&[
            self.scratch.path().join("root").as_path(),
            &self.scratch.join("state"),
            &self.scratch.join("volumes"),
        ])
    }

    /// Neither a namespace nor slirp4netns is left of the container.
    pub(crate) fn has_no_network(&self) {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
        assert!(!mounts.contains("/netns-"), "{mounts}");
        for process in fs::read_dir("/proc").unwrap() {
            let line = fs::read(process.unwrap().path().join("cmdline")).unwrap_or_default();
            assert!(!String::from_utf8_lossy(&line).contains(&format!("{}.net", self.id)));
        }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.scratch.join("state/ocify").join(&self.id)
    }

    /// The container's own cgroup, in each hierarchy where it is there.
    pub(crate) fn cgroups(&self) -> Vec<PathBuf> {
        let hierarchies =
            fs::read_dir("/sys/fs/cgroup").unwrap().map(|entry| entry.unwrap().path());
        hierarchies
            .map(|path| path.join("libpod_parent").join(format!("libpod-{}", self.id)))
            .filter(|path| is_cgroup(path))
            .collect()
    }
}

/// Whether a path is a cgroup. crun writes plain files below what hides the v2 tree from it.
pub(crate) fn is_cgroup(path: &Path) -> bool {
    rustix::fs::statfs(path)
        .is_ok_and(|found| [0x0027_e0eb, 0x6367_7270].contains(&i128::from(found.f_type)))
}

const PROBE: &str = "cat /proc/self/mountinfo >/out/mountinfo; cat /proc/1/status >/out/status; tr '\\000' '\\n' </proc/1/environ >/out/environ; \
    id -G >/out/groups; hostname >/out/hostname; pwd >/out/cwd; cat /proc/1/limits >/out/limits; cat /proc/1/cgroup >/out/cgroup; \
    cat /etc/hosts >/out/hosts; ls -l /dev/shm >/out/shm; touch /dev/shm/x || exit 1; exit 7";

/// Mounts, host name, environment, ids, capabilities and limits, read inside, are what the spec says.
fn spec(runtime: &str) {
    let place = Place::new(runtime, "spec");
    let before = place.listing();
    let text = "hostname: box\nuser: ann\nwork_dir: /work\nname: probe\ncap_drop: [chown]\ncap_add: [net_admin]\nno_new_privileges: true\npids: 50\n\
                env: ['A=1', 'B=two words']\nshm_size: 5m\noom_score_adj: 1000\nhostadd: ['other:10.0.0.9']\n";
    let mut config = place.config(text);
    config.mounts.extend(parse("mounts: ['type=tmpfs,dst=/scratch,size=1m', 'type=bind,src=/etc,dst=/data,ro,nosuid,nodev']").unwrap().mounts);
    config.command = Some(["sh", "-c", PROBE].map(str::to_owned).into());
    let facts = gather_with(&config, &place.options.gather).unwrap();
    let compiled = compile(&config, &facts, &Options { profile: Profile::default() })
        .unwrap_or_else(|e| panic!("{e}: {:?}", e.diagnostics));
    let spec: Value = serde_json::from_slice(&compiled.to_json()).unwrap();
    assert_eq!(run_compiled(&compiled, &facts, &place.options).unwrap(), 7);

    mounts_agree(&spec, &place.said("mountinfo"));
    // LP-SHM-01
    let mountinfo = place.said("mountinfo");
    let shm = mountinfo.lines().find(|line| line.contains(" /dev/shm ")).unwrap();
    assert!(shm.contains(" - tmpfs shm ") && shm.contains("size=5120k"), "{shm}");
    for flag in ["nosuid", "nodev", "noexec"] {
        assert!(shm.contains(flag), "{shm}");
    }
    assert_eq!(place.said("hostname").trim(), spec["hostname"]);
    assert_eq!(place.said("cwd").trim(), spec["process"]["cwd"]);
    let inside: BTreeSet<String> = place.said("environ").lines().map(str::to_owned).collect();
    let wanted = strings(&spec["process"]["env"]);
    assert!(wanted.iter().all(|entry| inside.contains(entry)), "{wanted:?} {inside:?}");
    assert!(inside.contains("B=two words") && inside.contains("HOME=/home"));
    ids_and_capabilities_agree(&spec, &place.said("status"));
    let groups: BTreeSet<String> =
        place.said("groups").split_whitespace().map(str::to_owned).collect();
    let additional =
        spec["process"]["user"]["additionalGids"].as_array().unwrap().iter().map(Value::to_string);
    assert_eq!(groups, additional.chain([spec["process"]["user"]["gid"].to_string()]).collect());
    let limits = place.said("limits");
    for (kind, name) in [("RLIMIT_NOFILE", "Max open files"), ("RLIMIT_NPROC", "Max processes")] {
        let wanted = spec["process"]["rlimits"]
            .as_array()
            .unwrap()
            .iter()
            .find(|limit| limit["type"] == kind)
            .unwrap();
        let line = limits.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let found: Vec<&str> = line.split_whitespace().take(2).collect();
        assert_eq!(found, [wanted["soft"].to_string(), wanted["hard"].to_string()], "{kind}");
    }
    let cgroup = spec["linux"]["cgroupsPath"].as_str().unwrap();
    assert!(place.said("cgroup").lines().any(|line| line.ends_with(cgroup)), "{cgroup}");
    assert!(place.said("hosts").contains("10.0.0.9\tother"), "{}", place.said("hosts"));

    assert_eq!(place.listing(), before);
    assert_eq!(place.cgroups(), Vec::<PathBuf>::new());
}

fn strings(list: &Value) -> Vec<String> {
    list.as_array()
        .map(|list| list.iter().map(|item| item.as_str().unwrap().to_owned()).collect())
        .unwrap_or_default()
}

/// Every mount of the spec stands where it should, of its type and with its flags, and nothing else does but what a runtime adds.
fn mounts_agree(spec: &Value, mountinfo: &str) {
    let mut inside: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for line in mountinfo.lines() {
        let (mount, source) = line.split_once(" - ").unwrap();
        let mount: Vec<&str> = mount.split(' ').collect();
        let options = mount[5].split(',').map(str::to_owned).collect();
        inside.insert(mount[4].to_owned(), (source.split(' ').next().unwrap().to_owned(), options));
    }
    let mut wanted: BTreeSet<String> = BTreeSet::from(["/".to_owned()]);
    for mount in spec["mounts"].as_array().unwrap() {
        let destination = mount["destination"].as_str().unwrap();
        let (kind, options) = inside
            .get(destination)
            .unwrap_or_else(|| panic!("nothing at {destination}: {inside:#?}"));
        wanted.insert(destination.to_owned());
        match mount["type"].as_str() {
            // With cgroup v1 a tmpfs that holds the hierarchies, whose flags each runtime chooses.
            Some("cgroup") => continue,
            Some("bind") => {}
            other => assert_eq!(other, Some(kind.as_str()), "{destination}"),
        }
        for flag in ["ro", "nosuid", "nodev", "noexec"] {
            if strings(&mount["options"]).iter().any(|option| option == flag) {
                assert!(options.contains(flag), "{destination} without {flag}: {options:?}");
            }
        }
    }
    let hidden: Vec<String> = ["maskedPaths", "readonlyPaths"]
        .iter()
        .flat_map(|key| strings(&spec["linux"][key]))
        .collect();
    for found in inside.keys() {
        let below =
            wanted.iter().any(|at| at == found || (at != "/" && Path::new(found).starts_with(at)));
        assert!(below || hidden.contains(found), "{found} is mounted and the spec does not say so");
    }
}

/// Users, groups and capability sets of PID 1.
fn ids_and_capabilities_agree(spec: &Value, status: &str) {
    let field = |name: &str| {
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(":\t"))
            .unwrap()
            .to_owned()
    };
    let user = &spec["process"]["user"];
    for (name, id) in [("Uid", &user["uid"]), ("Gid", &user["gid"])] {
        let id = id.as_u64().unwrap();
        assert!(field(name).split('\t').all(|n| n.parse() == Ok(id)), "{name}: {}", field(name));
    }
    for (name, set) in [
        ("CapBnd", "bounding"),
        ("CapEff", "effective"),
        ("CapPrm", "permitted"),
        ("CapInh", "inheritable"),
        ("CapAmb", "ambient"),
    ] {
        let found = ocify::parts::security::caps::CapSet::from_hex(&field(name)).unwrap();
        assert_eq!(
            found.iter().collect::<Vec<_>>(),
            strings(&spec["process"]["capabilities"][set]),
            "{set}"
        );
    }
    assert_eq!(
        field("NoNewPrivs"),
        if spec["process"]["noNewPrivileges"] == true { "1" } else { "0" }
    );
    assert_eq!(field("Seccomp"), if spec["linux"]["seccomp"].is_null() { "0" } else { "2" });
}

fn failures(runtime: &str) {
    let mut place = Place::new(runtime, "failures");
    let before = place.listing();
    let refused =
        run(&place.config("command: [no-such-program]\nvolumes: ['/data']"), &place.options)
            .unwrap_err();
    assert!(
        matches!(&refused, RunError::Runtime { message, .. } if message.contains("no-such-program")),
        "{refused:?}"
    );
    assert_eq!(place.listing(), before);
    assert_eq!(place.cgroups(), Vec::<PathBuf>::new());
    // A program that is no runtime: it ends, and what it ends with is told.
    place.options.gather.runtime = Some("/bin/false".to_owned());
    assert_eq!(run(&place.config("command: [sh]"), &place.options).unwrap(), 1);
    assert_eq!(place.listing(), before);
    // A file that cannot be run at all.
    let script = place.scratch.join("script");
    fs::write(&script, "no program").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    place.options.gather.runtime = Some(script.to_str().unwrap().to_owned());
    assert!(matches!(
        run(&place.config("command: [sh]"), &place.options),
        Err(RunError::Spawn { .. })
    ));
    assert_eq!(place.listing(), before);
    place.options.gather.runtime = Some("no-such-runtime".to_owned());
    assert!(
        matches!(run(&place.config("command: [sh]"), &place.options), Err(RunError::NoRuntime { wanted: Some(name) }) if name == "no-such-runtime")
    );
    assert_eq!(place.listing(), before);
    // A step that fails: what is to be copied is not there any more.
    let config = place.config("command: [sh]\nsecrets: [{Source: none}]");
    assert!(matches!(run(&config, &place.options), Err(RunError::Refused(_))));
    assert_eq!(place.listing(), before);
}

/// Starts this program again, with a container that sleeps, and waits until it does.
fn start_sleeper(place: &Place, runtime: &str) -> Child {
    let child = again("run::inside", "sleeper", runtime)
        .env("OCIFY_E2E_AT", place.scratch.path())
        .env("OCIFY_E2E_ID", &place.id)
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !place.out().join("ready").exists() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the container does not start");
        std::thread::sleep(Duration::from_millis(10));
    }
    child
}

fn sleeper(runtime: &str) {
    let at = PathBuf::from(std::env::var_os("OCIFY_E2E_AT").unwrap());
    let place = std::mem::ManuallyDrop::new(Place::at(
        Scratch::existing(&at),
        std::env::var("OCIFY_E2E_ID").unwrap(),
        runtime,
    ));
    let config = place.config("command: [sh, -c, \"trap 'exit 42' TERM; touch /out/ready; while :; do sleep 0.05; done\"]");
    let code = run(&config, &place.options).unwrap();
    fs::write(place.out().join("code"), code.to_string()).unwrap();
}

fn killed(runtime: &str) {
    let place = Place::new(runtime, "killed");
    let before = place.listing();
    let mut child = start_sleeper(&place, runtime);
    assert!(matches!(cleanup(&place.directory()), Err(ocify::linux::CleanupError::Busy { .. })));
    child.kill().unwrap();
    child.wait().unwrap();
    // The container goes on, and its mounts are there.
    assert!(!place.cgroups().is_empty());
    assert_ne!(place.listing(), before);
    cleanup(&place.directory()).unwrap();
    cleanup(&place.directory()).unwrap();
    assert_eq!(place.listing(), before);
    assert_eq!(place.cgroups(), Vec::<PathBuf>::new());
}

fn signals(runtime: &str) {
    let place = Place::new(runtime, "signals");
    let before = place.listing();
    let mut child = start_sleeper(&place, runtime);
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(place.said("code"), "42");
    assert_eq!(place.listing(), before);
}

fn userns(runtime: &str) {
    let place = Place::new(runtime, "userns");
    done(Command::new("chown").args(["-R", "100000:100000"]).arg(place.scratch.join("root")));
    let text = "userns: private\nidmappings: {UIDMap: ['0:100000:65536'], GIDMap: ['0:100000:65536']}\nvolumes: ['kept:/data', '/scratch']\n\
                command: [sh, -c, 'cat /proc/self/uid_map >/out/uid_map; id -u >/out/uid; ls /data >/out/data; touch /data/more /scratch/x /dev/shm/x']";
    assert_eq!(run(&place.config(text), &place.options).unwrap(), 0);
    let map: Vec<String> = place.said("uid_map").split_whitespace().map(str::to_owned).collect();
    assert_eq!(
        (map, place.said("uid").trim()),
        (["0", "100000", "65536"].map(str::to_owned).to_vec(), "0")
    );
    // The image's content was copied into the new volume, which is kept; the nameless one went with the container.
    assert_eq!(place.said("data").trim(), "from_image");
    let volumes: Vec<_> = fs::read_dir(place.scratch.join("volumes"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(volumes, ["kept"]);
    assert!(place.scratch.join("volumes/kept/_data/more").exists());
    assert!(!place.scratch.join("state").exists());
}

/// Writes go to layers that are thrown away; a secret is a file and a variable; a read-only root still knows its user.
fn overlays(runtime: &str) {
    let mut place = Place::new(runtime, "overlays");
    let (secrets, source) = (place.scratch.join("secrets"), place.scratch.join("source"));
    for dir in [&secrets, &source] {
        fs::create_dir(dir).unwrap();
    }
    fs::write(secrets.join("word"), "hush").unwrap();
    fs::write(source.join("file"), "lower").unwrap();
    place.options.gather.secret_dir = Some(secrets);
    let before = place.listing();
    let overlay =
        format!("overlay_volumes: [{{destination: /home, source: {}}}]\n", source.display());
    let text = "rootfs_overlay: true\nsecrets: [{Source: word, UID: 1000, GID: 1001, Mode: 256}]\nsecret_env: {WORD: word}\n\
                command: [sh, -c, 'cat /home/file >/out/file; touch /home/new /etc/new /new; stat -c %u:%g:%a /run/secrets/word >/out/owner; \
                cat /run/secrets/word >/out/secret; echo $WORD >/out/variable']\n";
    assert_eq!(run(&place.config(&format!("{text}{overlay}")), &place.options).unwrap(), 0);
    assert_eq!(place.said("file"), "lower");
    assert_eq!(
        (place.said("secret").as_str(), place.said("variable").trim(), place.said("owner").trim()),
        ("hush", "hush", "1000:1001:400")
    );
    assert_eq!(fs::read_dir(&source).unwrap().count(), 1);
    assert_eq!(place.listing(), before);

    let text = "read_only_filesystem: true\nuser: '4242'\nwork_dir: /home\ncommand: [sh, -c, 'id >/out/id; touch /new || echo $? >/out/refused']\n";
    assert_eq!(run(&place.config(&format!("{text}{overlay}")), &place.options).unwrap(), 0);
    assert!(place.said("id").starts_with("uid=4242(4242) gid=0(root)"), "{}", place.said("id"));
    assert_eq!(place.said("refused").trim(), "1");
    assert_eq!(place.listing(), before);
}

/// The network is what its files say, the port answers on the host, and program and namespace go with the container; also when the port is
/// taken, which is found out after both are there.
fn slirp4netns(runtime: &str) {
    let mut place = Place::new(runtime, "net");
    // A socket's path has at most 107 bytes.
    let state = place.scratch.join("s");
    place.options.gather.state_dir = Some(state.clone());
    // The directory of namespaces is made a shared mount for all of them, and stays one.
    fs::create_dir_all("/run/netns").unwrap();
    done(Command::new("mount").args(["--bind", "/run/netns", "/run/netns"]));
    done(Command::new("mount").args(["--make-rshared", "/run/netns"]));
    let before = place.listing();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut config = place.config(
        "command: [sh, -c, 'ip addr >/out/ip; cat /etc/resolv.conf >/out/resolv; cat /etc/hosts >/out/hosts; echo served >/out/index.html; \
         httpd -p 80 -h /out; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']",
    );
    let network = format!(
        "netns: 'slirp4netns:port_handler=slirp4netns'\nportmappings: ['127.0.0.1:{port}:80']"
    );
    let network = parse(&network).unwrap();
    config.netns = network.netns;
    config.network_options = network.network_options;
    config.portmappings = network.portmappings;
    std::thread::scope(|scope| {
        let container = scope.spawn(|| run(&config, &place.options));
        let begin = Instant::now();
        while !place.out().join("ready").exists() {
            if container.is_finished() || begin.elapsed() > Duration::from_secs(20) {
                fs::write(place.out().join("stop"), "").unwrap();
                panic!("the container does not start: {:?}", container.join());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut page = String::new();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").unwrap();
        stream.read_to_string(&mut page).unwrap();
        fs::write(place.out().join("stop"), "").unwrap();
        assert!(page.ends_with("served\n"), "{page}");
        assert_eq!(container.join().unwrap().unwrap(), 0);
    });
    assert!(place.said("ip").contains("inet 10.0.2.100/24"), "{}", place.said("ip"));
    assert!(place.said("resolv").starts_with("nameserver 10.0.2.3\n"), "{}", place.said("resolv"));
    assert!(place.said("hosts").contains("10.0.2.100\t"), "{}", place.said("hosts"));
    place.has_no_network();
    assert!(!state.exists());
    assert_eq!(place.listing(), before);

    let _taken = TcpListener::bind(("127.0.0.1", port)).unwrap();
    let refused = chain(&run(&config, &place.options).unwrap_err());
    assert!(refused.contains("slirp4netns_forward"), "{refused}");
    assert!(refused.contains(&format!("127.0.0.1:{port}/tcp")), "{refused}");
    place.has_no_network();
    assert!(!state.exists());
    assert_eq!(place.listing(), before);
}

/// An error with all that it comes from.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
