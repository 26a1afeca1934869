//! Containers that know of one another are run for real by crun and runc: joined by name and id, listed, refused while they do not run, and
//! taken back in any order.

use crate::outside::{
    Scratch, asked, busybox, can, done, in_own_namespace, listing, prepare_cgroups,
};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const RUNTIMES: [&str; 2] = ["crun", "runc"];

/// Runs a case with each runtime that is there.
fn each_runtime(case: &str) {
    for runtime in RUNTIMES {
        if can(&["busybox", "unshare", "mount", runtime]) {
            in_own_namespace("run_joined::inside", case, runtime, 90);
        }
    }
}

#[test]
fn a_network_without_interfaces_is_joined() {
    each_runtime("none");
}

#[test]
fn a_network_is_joined_with_its_files() {
    if can(&["slirp4netns", "/dev/net/tun"]) {
        each_runtime("slirp4netns");
    }
}

#[test]
fn namespaces_of_all_other_kinds_are_joined() {
    each_runtime("namespaces");
}

#[test]
fn a_user_namespace_is_joined() {
    each_runtime("userns");
}

#[test]
fn volumes_are_taken_over() {
    each_runtime("volumes");
}

#[test]
fn a_container_is_known_from_its_preparation_to_its_end() {
    each_runtime("life");
}

#[test]
fn a_container_goes_before_those_that_joined_it() {
    each_runtime("order");
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    prepare_cgroups(&runtime);
    let place = Place::new(&runtime, &case);
    // The directory of network namespaces is made a shared mount for all of them, and stays one.
    fs::create_dir_all("/run/netns").unwrap();
    done(Command::new("mount").args(["--bind", "/run/netns", "/run/netns"]));
    done(Command::new("mount").args(["--make-rshared", "/run/netns"]));
    let before = place.listing();
    match case.as_str() {
        "none" => none(&place),
        "slirp4netns" => slirp4netns(&place),
        "namespaces" => namespaces(&place),
        "userns" => userns(&place),
        "volumes" => volumes(&place),
        "life" => life(&place),
        "order" => order(&place),
        other => panic!("there is no case {other}"),
    }
    assert_eq!(place.listed(), Vec::<Value>::new());
    let after = place.listing();
    let differs: Vec<&String> = before
        .iter()
        .filter(|one| !after.contains(one))
        .chain(after.iter().filter(|one| !before.contains(one)))
        .collect();
    assert!(differs.is_empty(), "{differs:#?}");
    assert!(!place.state.exists());
    place.has_no_process();
}

/// Root filesystems, a directory for what containers say, a directory for state.
struct Place {
    scratch: Scratch,
    state: PathBuf,
    runtime: String,
}

impl Place {
    fn new(runtime: &str, case: &str) -> Self {
        let scratch = Scratch::new(&format!("{case}-{runtime}"));
        for root in ["root", "shifted"] {
            busybox(&scratch.join(root));
        }
        for open in ["out", "data"] {
            fs::create_dir(scratch.join(open)).unwrap();
            fs::set_permissions(scratch.join(open), fs::Permissions::from_mode(0o777)).unwrap();
        }
        // A socket's path has at most 107 bytes.
        let state = scratch.join("s");
        Place { scratch, state, runtime: runtime.to_owned() }
    }

    /// A config with the limits that this process has: the kernel lets no more be set.
    fn config(&self, name: &str, text: &str) -> PathBuf {
        let limit = |resource| rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let (nofile, nproc) =
            (limit(rustix::process::Resource::Nofile), limit(rustix::process::Resource::Nproc));
        let rootfs = if text.contains("rootfs: ") {
            String::new()
        } else {
            format!("rootfs: {}\n", self.scratch.join("root").display())
        };
        let netns = if text.contains("netns: ") { "" } else { "netns: none\n" };
        let mounts = if text.contains("mounts: ") {
            String::new()
        } else {
            format!("mounts: ['type=bind,src={},dst=/out']\n", self.scratch.join("out").display())
        };
        let config = format!(
            "name: {name}\n{rootfs}r_limits: ['nofile=64:{nofile}', 'nproc=200:{nproc}']\n{netns}{mounts}{text}\n"
        );
        let path = self.scratch.join(&format!("{name}.yaml"));
        fs::write(&path, config).unwrap();
        path
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ocify"));
        command.args(args).arg("--state-dir").arg(&self.state);
        command
    }

    fn ocify(&self, args: &[&str]) -> Output {
        self.command(args).stdin(Stdio::null()).output().unwrap()
    }

    /// `run` and `prepare` choose the runtime and where volumes are.
    fn of_config(&self, word: &str, config: &Path) -> Command {
        let mut command = self.command(&[word]);
        command
            .arg(config)
            .args(["--runtime", &self.runtime])
            .arg("--volume-dir")
            .arg(self.scratch.join("volumes"))
            .stdin(Stdio::null());
        command
    }

    /// Runs a container to its end, which has to be a good one.
    #[track_caller]
    fn runs(&self, name: &str, text: &str) {
        good(&self.of_config("run", &self.config(name, text)).output().unwrap());
    }

    /// Says why a container is not run.
    #[track_caller]
    fn refused(&self, name: &str, text: &str) -> String {
        let output = self.of_config("run", &self.config(name, text)).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Starts a container that says that it is ready and then waits until it is told to stop. `first` is what it does before.
    fn waits(&self, name: &str, first: &str, text: &str) -> Waiting {
        let command = format!(
            "command: [sh, -c, '{first}; touch /out/{name}.ready; until [ -e /out/{name}.stop ]; do sleep 0.05; done']\n{text}"
        );
        let child = self.of_config("run", &self.config(name, &command)).spawn().unwrap();
        self.until(name, child)
    }

    fn until(&self, name: &str, child: Child) -> Waiting {
        let mut waiting =
            Waiting { child, stop: self.scratch.join("out").join(format!("{name}.stop")) };
        let (child, file) = (&mut waiting.child, format!("{name}.ready"));
        let begin = Instant::now();
        while !self.scratch.join("out").join(&file).exists() {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("it ends before there is {file}: {status}");
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "there is no {file}");
            std::thread::sleep(Duration::from_millis(10));
        }
        waiting
    }

    /// What a container wrote.
    fn said(&self, name: &str) -> String {
        fs::read_to_string(self.scratch.join("out").join(name))
            .unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    fn listed(&self) -> Vec<Value> {
        let output = self.ocify(&["list", "--json"]);
        good(&output);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The one container that is listed under a name.
    fn one(&self, name: &str) -> Value {
        let mut found = self.listed();
        found.retain(|one| one["name"] == name);
        assert_eq!(found.len(), 1, "{name}");
        found.remove(0)
    }

    /// What may not differ after all.
    fn listing(&self) -> Vec<String> {
        listing(&[&self.scratch.join("root"), &self.scratch.join("shifted"), &self.state])
    }

    /// No process has anything of this place on its command line.
    fn has_no_process(&self) {
        let own = std::process::id().to_string();
        for process in fs::read_dir("/proc").unwrap() {
            let process = process.unwrap();
            let line = fs::read(process.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            let ours = process.file_name().to_string_lossy() == *own;
            assert!(ours || !line.contains(self.state.to_str().unwrap()), "{line}");
        }
    }
}

/// A container that waits until it is told to stop; told when it is dropped, so that a test that fails leaves nothing behind.
struct Waiting {
    child: Child,
    stop: PathBuf,
}

impl Waiting {
    /// Tells it to stop, and gives its exit status.
    fn ends(&mut self) -> Option<i32> {
        fs::write(&self.stop, "").unwrap();
        self.child.wait().unwrap().code()
    }

    fn stops(mut self) {
        assert_eq!(self.ends(), Some(0));
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.ends();
        }
    }
}

#[track_caller]
fn good(output: &Output) {
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {words}", output.status);
}

/// The lines of a file that another does not have.
fn more(of: &str, than: &str) -> Vec<String> {
    of.lines().filter(|line| !than.lines().any(|known| known == *line)).map(str::to_owned).collect()
}

/// Without what comes by and by: addresses that a router tells, and for how long.
const LOOK: &str = "ip addr | grep -v -e valid_lft -e inet6 >/out/NAME.ip; readlink /proc/self/ns/net >/out/NAME.net; cat /etc/hosts >/out/NAME.hosts; cat /etc/resolv.conf >/out/NAME.resolv";

fn look(name: &str) -> String {
    LOOK.replace("NAME", name)
}

/// LP-BM-14: a container without a network makes its own hosts, and shares none.
fn none(place: &Place) {
    let first = place.waits("first", &look("first"), "");
    place.runs(
        "second",
        &format!("netns: container:first\ncommand: [sh, -c, '{}']", look("second")),
    );
    for file in ["ip", "net", "resolv"] {
        assert_eq!(place.said(&format!("second.{file}")), place.said(&format!("first.{file}")));
    }
    assert!(place.said("second.hosts").contains("second"), "{}", place.said("second.hosts"));
    assert!(!place.said("second.hosts").contains("first"), "{}", place.said("second.hosts"));
    first.stops();
}

/// LP-BM-11, LP-NET-50: one network and one set of files; whoever joined leaves them as they were, but for its name while it runs.
fn slirp4netns(place: &Place) {
    let first =
        place.waits("first", &look("first"), "netns: slirp4netns\nhostadd: ['other:10.0.0.9']");
    assert!(place.said("first.ip").contains("inet 10.0.2.100/24"), "{}", place.said("first.ip"));
    let state: Value = serde_json::from_str(
        &fs::read_to_string(
            Path::new(place.one("first")["directory"].as_str().unwrap()).join("state.json"),
        )
        .unwrap(),
    )
    .unwrap();
    let hosts = state["about"]["dependency"]["bind_mounts"]["/etc/hosts"].as_str().unwrap();
    let before = fs::read_to_string(hosts).unwrap();
    assert_eq!(before, place.said("first.hosts"));
    // By the beginning of its id as well, and a third that joins the one that joined: the files are those of the first.
    let id = place.one("first")["id"].as_str().unwrap().to_owned();
    let second = place.waits(
        "second",
        &look("second"),
        &format!("netns: 'container:{}'\nhostname: box", &id[..10]),
    );
    place
        .runs("third", &format!("netns: container:second\ncommand: [sh, -c, '{}']", look("third")));
    for name in ["second", "third"] {
        for file in ["ip", "net", "resolv"] {
            assert_eq!(place.said(&format!("{name}.{file}")), place.said(&format!("first.{file}")));
        }
    }
    assert_eq!(more(&place.said("second.hosts"), &before), ["127.0.0.1\tbox second"]);
    assert!(place.said("third.hosts").contains("127.0.0.1\tbox second\n"));
    assert!(place.said("third.hosts").contains(" third\n"), "{}", place.said("third.hosts"));
    assert_eq!(more(&fs::read_to_string(hosts).unwrap(), &before), ["127.0.0.1\tbox second"]);
    second.stops();
    assert_eq!(fs::read_to_string(hosts).unwrap(), before);
    // The network is the first one's, and is still there.
    assert_eq!(place.one("first")["state"], "running");
    place.runs(
        "fourth",
        &format!("netns: container:first\ncommand: [sh, -c, '{}']", look("fourth")),
    );
    assert_eq!(place.said("fourth.ip"), place.said("first.ip"));
    assert!(fs::read_to_string("/proc/self/mountinfo").unwrap().contains("/netns-"));
    first.stops();
    assert!(!fs::read_to_string("/proc/self/mountinfo").unwrap().contains("/netns-"));
}

const NAMESPACES: &str = "for ns in ipc pid uts cgroup; do echo $ns $(readlink /proc/self/ns/$ns); done >/out/NAME.ns; hostname >/out/NAME.hostname";

fn namespaces(place: &Place) {
    let say = |name: &str| NAMESPACES.replace("NAME", name);
    let first = place.waits(
        "first",
        &format!("{}; echo shared >/dev/shm/file", say("first")),
        "ipcns: shareable\nhostname: one\ncgroupns: private",
    );
    let shared = "cat /dev/shm/file >/out/second.shm; echo back >/dev/shm/back; tr '\\\\000' ' ' </proc/1/cmdline >/out/second.init";
    place.runs(
        "second",
        &format!(
            "ipcns: container:first\npidns: container:first\nutsns: container:first\ncgroupns: container:first\ncommand: [sh, -c, \"{}; {shared}\"]",
            say("second").replace('$', "\\u0024")
        ),
    );
    assert_eq!(place.said("second.ns"), place.said("first.ns"));
    assert_eq!(place.said("second.hostname").trim(), "one");
    assert_eq!(place.said("second.shm"), "shared\n");
    assert!(place.said("second.init").contains("first.ready"), "{}", place.said("second.init"));
    // Without any of them all are others.
    place.runs("third", &format!("ipcns: private\ncommand: [sh, -c, '{}']", say("third")));
    assert_eq!(more(&place.said("third.ns"), &place.said("first.ns")).len(), 4);
    // What is joined has to be shareable.
    let closed = place.waits("closed", "true", "ipcns: private");
    let words = place.refused("fourth", "ipcns: container:closed\ncommand: [true]");
    assert!(words.contains("E0310") || words.contains("shar"), "{words}");
    closed.stops();
    // The directory of /dev/shm is the first one's still.
    place.runs(
        "fifth",
        "ipcns: container:first\ncommand: [sh, -c, 'cat /dev/shm/back >/out/fifth.shm']",
    );
    assert_eq!(place.said("fifth.shm"), "back\n");
    first.stops();
}

fn userns(place: &Place) {
    let root = place.scratch.join("shifted");
    done(Command::new("chown").args(["-R", "100000:100000"]).arg(&root));
    let maps =
        "userns: private\nidmappings: {UIDMap: ['0:100000:65536'], GIDMap: ['0:100000:65536']}";
    let say = |name: &str| {
        format!(
            "cat /proc/self/uid_map >/out/{name}.map; readlink /proc/self/ns/user >/out/{name}.user; touch /out/{name}.file"
        )
    };
    let rootfs = format!("rootfs: {}", root.display());
    let first = place.waits("first", &say("first"), &format!("{maps}\n{rootfs}"));
    place.runs(
        "second",
        &format!("userns: container:first\n{rootfs}\ncommand: [sh, -c, '{}']", say("second")),
    );
    for file in ["map", "user"] {
        assert_eq!(place.said(&format!("second.{file}")), place.said(&format!("first.{file}")));
    }
    assert!(place.said("second.map").contains("100000"), "{}", place.said("second.map"));
    for name in ["first", "second"] {
        let file = fs::metadata(place.scratch.join("out").join(format!("{name}.file"))).unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::uid(&file), 100_000, "{name}");
    }
    first.stops();
}

fn volumes(place: &Place) {
    let (out, data) = (place.scratch.join("out"), place.scratch.join("data"));
    fs::write(data.join("file"), "of the host").unwrap();
    let mounts = format!(
        "mounts: ['type=bind,src={},dst=/out', 'type=bind,src={},dst=/data']\nvolumes: ['kept:/scratch']",
        out.display(),
        data.display()
    );
    let first = place.waits("first", "echo of the first >/scratch/file", &mounts);
    // Of a container that runs, and for reading only of one that has ended.
    let command = "command: [sh, -c, 'cat /data/file /scratch/file >/out/NAME.files; touch /scratch/NAME 2>/dev/null && echo written >>/out/NAME.files; true']";
    place.runs("second", &format!("volumes_from: [first]\n{}", command.replace("NAME", "second")));
    assert_eq!(place.said("second.files"), "of the hostof the first\nwritten\n");
    first.stops();
    let prepared = place
        .of_config("prepare", &place.config("third", &format!("command: [true]\n{mounts}")))
        .output()
        .unwrap();
    good(&prepared);
    place.runs("fourth", &format!("volumes_from: ['third:ro']\nread_write_tmpfs: false\nmounts: ['type=bind,src={},dst=/out']\n{}", out.display(), command.replace("NAME", "fourth")));
    assert_eq!(place.said("fourth.files"), "of the hostof the first\n");
    good(&place.ocify(&["cleanup", "third"]));
    assert!(place.scratch.join("volumes/kept/_data/second").exists());
}

/// Prepared, running, exited; refused meanwhile in Podman's words; found by name and id.
fn life(place: &Place) {
    assert_eq!(place.listed(), Vec::<Value>::new());
    let join = "netns: container:first\ncommand: [true]";
    let unknown = place.refused("second", join);
    assert!(
        unknown.contains("no container with name or ID \"first\" found: no such container"),
        "{unknown}"
    );
    let config = place.config(
        "first",
        "command: [sh, -c, 'touch /out/first.ready; until [ -e /out/first.stop ]; do sleep 0.05; done; exit 3']",
    );
    let prepared = place.of_config("prepare", &config).output().unwrap();
    good(&prepared);
    let one = place.one("first");
    let id = one["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (&one["state"], &one["pid"], &one["error"]),
        (&"prepared".into(), &Value::Null, &Value::Null)
    );
    assert_eq!(one["command"][0], "sh");
    assert_eq!(
        one["directory"].as_str().unwrap(),
        String::from_utf8(prepared.stdout).unwrap().trim()
    );
    assert_eq!(one["rootfs"].as_str().unwrap(), place.scratch.join("root").to_str().unwrap());
    let not_started = format!("are not started: {id}: container state improper");
    let words = place.refused("second", join);
    assert!(words.contains(&not_started), "{words}");
    assert!(words.contains("its namespaces cannot be joined: container is stopped"), "{words}");
    // A name is given once, and an id as well.
    let taken = place.refused("first", "command: [true]");
    assert!(
        taken.contains(&format!("the container name \"first\" is already in use by {id}")),
        "{taken}"
    );
    let same = place
        .of_config("run", &place.config("other", "command: [true]"))
        .args(["--id", &id])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&same.stderr).contains("holds the state of a container"));

    let mut first = place.until("first", place.command(&["start", "first"]).spawn().unwrap());
    let one = place.one("first");
    assert_eq!(one["state"], "running");
    let pid = one["pid"].as_u64().unwrap();
    let inside = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    assert!(inside.contains("first.ready"), "{inside}");
    let busy = place.ocify(&["cleanup", &id[..12]]);
    assert!(String::from_utf8_lossy(&busy.stderr).contains("is in use"), "{busy:?}");
    place.runs("second", &format!("netns: 'container:{id}'\ncommand: [true]"));
    assert_eq!(first.ends(), Some(3));

    assert_eq!(place.one("first")["state"], "exited");
    let words = place.refused("second", join);
    assert!(words.contains(&not_started), "{words}");
    good(&place.ocify(&["cleanup", &id[..12]]));
    let none = place.ocify(&["cleanup", "first"]);
    assert_eq!(none.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&none.stderr).contains("no container with name or ID \"first\"")
    );
}

/// A container that is cleaned up, or killed with all that joined its processes, leaves what these need to clean up.
fn order(place: &Place) {
    let mut first = place.waits("first", "true", "netns: none\nipcns: shareable");
    let second = place.waits(
        "second",
        "true",
        "netns: container:first\nipcns: container:first\nutsns: container:first",
    );
    let mut third = place.waits("third", "true", "pidns: container:first");
    // Its process is killed like the rest of its namespace; the runtime and the container of a killed process stay, and are cleaned up.
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    assert_eq!(place.one("first")["state"], "running");
    good(&place.ocify(&["cleanup", "first"]));
    assert_eq!(third.child.wait().unwrap().code(), Some(137));
    assert_eq!(place.listed().len(), 1);
    assert_eq!(place.one("second")["state"], "running");
    second.stops();
}
