//! A normal user's containers run as root's do, in the user's own namespace, and nothing is left of them or of that.

use crate::bridged::{AARDVARK, NETAVARK, page};
use crate::ground::say;
use crate::outside::{
    asked, can, done, in_own_namespace, in_own_network, prepare_cgroups, prepare_network, skip,
};
use crate::run_many::{Random, kills};
use crate::run_systemd::watch;
use crate::user::{User, end, own};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const NEEDED: [&str; 8] = [
    "busybox",
    "unshare",
    "mount",
    "setpriv",
    "newuidmap",
    "newgidmap",
    "/etc/subuid",
    "/etc/subgid",
];

/// Runs a case with each runtime that is there.
fn each_runtime(case: &str, programs: &[&str]) {
    for runtime in ["crun", "runc"] {
        if can(&[&NEEDED, programs, &[runtime]].concat()) {
            in_own_namespace("run_rootless::inside", case, runtime, 120);
        }
    }
}

#[test]
fn a_users_container_is_inside_what_it_should_be() {
    each_runtime("inside", &[]);
}

#[test]
fn a_users_container_has_a_user_namespace_of_its_own() {
    each_runtime("userns", &[]);
}

#[test]
fn overlays_and_volumes_work_for_a_user() {
    each_runtime("overlays", &[]);
}

#[test]
fn each_step_may_be_a_process_of_its_own() {
    each_runtime("steps", &[]);
}

#[test]
fn many_commands_enter_and_leave_at_once() {
    each_runtime("many", &[]);
}

#[test]
fn what_is_lacking_is_told() {
    each_runtime("lacking", &[]);
}

#[test]
fn slirp4netns_works_for_a_user() {
    each_runtime("slirp4netns", &["/usr/lib/podman/rootlessport", "slirp4netns", "/dev/net/tun"]);
}

#[test]
fn a_users_prepare_that_is_killed_leaves_what_cleanup_takes_back() {
    if can(&[&NEEDED[..], &["slirp4netns", "/dev/net/tun", "iptables", NETAVARK, AARDVARK, "runc"]]
        .concat())
    {
        in_own_namespace("run_rootless::inside", "killed", "runc", 400);
    }
}

#[test]
fn pasta_works_for_a_user() {
    for runtime in ["crun", "runc"] {
        if can(&[&NEEDED[..], &["pasta", "ip", "/dev/net/tun", runtime]].concat()) {
            in_own_network("run_rootless::inside", "pasta", runtime, 60);
        }
    }
}

#[test]
fn bridges_work_for_a_user() {
    each_runtime(
        "bridge",
        &[
            "/usr/lib/podman/rootlessport",
            "slirp4netns",
            "/dev/net/tun",
            "iptables",
            NETAVARK,
            AARDVARK,
        ],
    );
}

#[test]
fn a_delegated_cgroup_limits_a_users_container() {
    for view in ["cgroup-v1", "cgroup-v2"] {
        each_runtime(view, &[]);
    }
}

#[test]
fn systemd_reaches_running_for_a_user() {
    for view in ["systemd-v1", "systemd-v2"] {
        each_runtime(view, &["nsenter", "tar", "apt-cache", "dpkg-query", "/lib/systemd/systemd"]);
    }
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    match case.rsplit_once('-') {
        Some((_, "v2")) => {}
        // A user cannot write to the v2 tree beside v1.
        Some((_, "v1")) => prepare_cgroups("crun"),
        _ => prepare_cgroups(&runtime),
    }
    let mut user = User::new(&runtime);
    match case.as_str() {
        "inside" => in_a_container(&user),
        "userns" => userns(&user),
        "overlays" => overlays(&user),
        "steps" => steps(&user),
        "many" => many(&user),
        "lacking" => lacking(&user),
        "slirp4netns" => slirp4netns(&user),
        "bridge" => bridge(&user),
        "pasta" => pasta(&user),
        "killed" => killed(&user),
        "cgroup-v1" => limited_v1(&mut user),
        "cgroup-v2" => limited_v2(&mut user),
        "systemd-v1" => systemd(&mut user, "v1"),
        "systemd-v2" => systemd(&mut user, "v2"),
        other => panic!("there is no case {other}"),
    }
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn in_a_container(user: &User) {
    let before = user.before();
    let text = "hostname: box\ncommand: [sh, -c, 'id >/out/id; cat /proc/self/uid_map >/out/uid_map; cat /proc/self/gid_map >/out/gid_map; \
                hostname >/out/hostname; cat /etc/hosts >/out/hosts; cat /proc/self/mountinfo >/out/mountinfo; touch /dev/shm/x /root/x && rm /root/x; exit 7']\n";
    assert_eq!(user.run(text), (7, String::new()));
    let first = user.first.to_string();
    for (file, own) in [("uid_map", user.uid), ("gid_map", user.gid)] {
        assert_eq!(words(&user.said(file)), ["0", &own.to_string(), "1", "1", &first, "65536"]);
    }
    assert!(user.said("id").starts_with("uid=0(root) gid=0(root)"), "{}", user.said("id"));
    assert_eq!(user.said("hostname").trim(), "box");
    assert!(
        user.said("hosts").contains(" box") || user.said("hosts").contains("\tbox"),
        "{}",
        user.said("hosts")
    );
    for mount in [" / /proc ", " /dev/shm ", " /dev/pts ", " /etc/hosts ", " /out ", " /sys "] {
        assert!(
            user.said("mountinfo").contains(mount.trim_end()),
            "{mount}: {}",
            user.said("mountinfo")
        );
    }
    // What it wrote is the user's.
    assert_eq!(fs::metadata(user.at("out/id")).unwrap().uid(), user.uid);
    user.nothing_is_left(&before);

    // What asks this host is inside as well, and says what it is like there.
    let (code, facts) = user.ended(&["facts"]);
    let facts: serde_json::Value = serde_json::from_str(&facts).unwrap();
    assert_eq!(code, 0);
    assert_eq!(facts["host"]["uid_map"][1]["parent"], user.first);
    assert_eq!(
        (&facts["host"]["euid"], &facts["host"]["rootless_uid"]),
        (&0.into(), &user.uid.into())
    );
    assert_eq!(facts["host"]["sub_uids"], serde_json::json!([65536]));
    let environment = facts["host"]["environment"].to_string();
    assert!(!environment.contains("_OCIFY"), "{environment}");
    user.nothing_is_left(&before);
    // The host's own network is there with its files.
    let text = "netns: host\ncommand: [sh, -c, 'cat /etc/resolv.conf >/out/resolv']\n";
    assert_eq!(user.run(text), (0, String::new()));
    assert!(user.said("resolv").contains("nameserver"), "{}", user.said("resolv"));
    user.nothing_is_left(&before);
    // Without a run-time directory one is made, and taken away.
    let program = user.at("ocify");
    let temporary = format!("TMPDIR={}", user.at("h").display());
    let config = user.config("command: [sh, -c, 'exit 3']\n");
    let without = user
        .program("env")
        .args(["-u", "XDG_RUNTIME_DIR", &temporary])
        .arg(program)
        .args(["run", "--runtime", &asked().unwrap().1, &config])
        .output()
        .unwrap();
    assert_eq!(without.status.code(), Some(3), "{}", String::from_utf8_lossy(&without.stderr));
    let left = fs::read_dir(user.at("h")).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| name == "c.yaml"));
    user.nothing_is_left(&before);
    // Nothing is entered for what does not ask.
    for arguments in [&["schema", "plan"][..], &["explain", "E0402"], &["--help"]] {
        assert_eq!(user.ended(arguments).0, 0, "{arguments:?}");
    }
    user.nothing_is_left(&before);
}

fn userns(user: &User) {
    let before = user.before();
    let command = "command: [sh, -c, 'id -u >/out/id; cat /proc/self/uid_map >/out/uid_map; touch /out/mine']\n";
    assert_eq!(user.run(&format!("userns: keep-id\n{command}")), (0, String::new()));
    let uid = user.uid.to_string();
    assert_eq!(user.said("id").trim(), uid);
    // As many ids below the kept one as are set aside: the own one is above all of them, or among them.
    let map = user.said("uid_map");
    assert!(words(&map).chunks(3).any(|part| part[..2] == [&uid, "0"]), "{map}");
    assert_eq!(fs::metadata(user.at("out/mine")).unwrap().uid(), user.uid);
    user.nothing_is_left(&before);

    // One of the ids that are set aside is root: the root filesystem and what is written to have to be its own.
    own(&user.at("root"), user.first + 999, user.first + 999);
    own(&user.at("out"), user.first + 999, user.first + 999);
    own(&user.at("root/data/from_image"), user.first + 1500, user.first + 1500);
    let before = user.before();
    // SG-UNS-11: with a layer above it; a root directory as it is knows no mappings, and the volume would go to the user's own id.
    let maps = "rootfs_overlay: true\nuserns: private\nidmappings: {UIDMap: ['0:1000:2000'], GIDMap: ['0:1000:2000']}\nvolumes: ['v:/data:U', '/scratch']\n";
    let command = "command: [sh, -c, 'cat /proc/self/uid_map; ls /data; touch /data/more']\n";
    let (code, said) = user.run(&format!("{maps}{command}"));
    assert_eq!((code, words(&said)), (0, vec!["0", "1000", "2000", "from_image"]));
    // The image's file was another id's, and went to the container's user with the volume: 0 inside, 1000 in the user's own namespace.
    for file in ["h/v/v/_data/from_image", "h/v/v/_data/more"] {
        assert_eq!(fs::metadata(user.at(file)).unwrap().uid(), user.first + 999, "{file}");
    }
    done(Command::new("rm").arg("-r").arg(user.at("h/v")));
    // LP-INIT-03: the container's root may search the directories above the container's.
    let above = user.at("r");
    assert_eq!(fs::metadata(&above).unwrap().mode() & 0o777, 0o711);
    fs::set_permissions(above, fs::Permissions::from_mode(0o700)).unwrap();
    user.nothing_is_left(&before);
}

fn overlays(user: &User) {
    let source = user.at("h/source");
    fs::create_dir(&source).unwrap();
    fs::write(source.join("file"), "lower").unwrap();
    own(&source, user.uid, user.gid);
    let before = user.before();
    let overlay =
        format!("overlay_volumes: [{{destination: /home, source: {}}}]\n", source.display());
    let text = "rootfs_overlay: true\nvolumes: ['/data']\ncommand: [sh, -c, 'cat /home/file; ls /data; touch /home/new /etc/new /new /data/new && rm /home/file /bin/ls']\n";
    let (code, said) = user.run(&format!("{text}{overlay}"));
    assert_eq!((code, said.as_str()), (0, "lowerfrom_image\n"));
    assert_eq!(fs::read_dir(&source).unwrap().count(), 1);
    drop(fs::remove_dir(user.at("h/v")));
    user.nothing_is_left(&before);
}

fn steps(user: &User) {
    let before = user.before();
    let config = user.config(
        "command: [sh, -c, 'cat /etc/hostname; echo; df /dev/shm | grep -c shm; exit 5']\n",
    );
    let runtime = asked().unwrap().1;
    let (code, directory) = user.ended(&["prepare", "--runtime", &runtime, &config]);
    let directory = directory.trim();
    assert_eq!(code, 0, "{directory}");
    assert!(directory.starts_with(user.base().to_str().unwrap()), "{directory}");
    // What was mounted is there for the next process, and for none outside.
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap();
    assert!(!mounts.contains(directory), "{mounts}");
    let (_, list) = user.ended(&["list", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["state"]), (1, &"prepared".into()));
    let (code, said) = user.ended(&["start", list[0]["name"].as_str().unwrap()]);
    assert_eq!((code, words(&said).get(1)), (5, Some(&"1")), "{said}");
    for _ in 0..2 {
        assert_eq!(user.ended(&["cleanup", directory]), (0, String::new()));
        user.nothing_is_left(&before);
    }

    // A signal reaches the container, and its exit status comes back.
    let child = user.started(
        "command: [sh, -c, \"trap 'exit 42' TERM; touch /out/ready; while :; do sleep 0.05; done\"]\n",
    );
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(end(child), (42, String::new()));
    fs::remove_file(user.at("out/ready")).unwrap();
    user.nothing_is_left(&before);

    let sleeper = "command: [sh, -c, 'touch /out/ready; while :; do sleep 0.05; done']\n";
    let mut child = user.started(sleeper);
    let directory = fs::read_dir(user.base())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| !path.ends_with("rootless"))
        .unwrap();
    let directory = directory.to_str().unwrap();
    let (code, said) = user.ended(&["cleanup", directory]);
    assert!(code == 2 && said.contains("is in use"), "{said}");
    child.kill().unwrap();
    child.wait().unwrap();
    // The container goes on, and its namespace is there for who takes it back.
    assert!(user.base().join("rootless/pause.json").exists());
    for _ in 0..2 {
        assert_eq!(user.ended(&["cleanup", directory]), (0, String::new()));
        user.nothing_is_left(&before);
    }

    // A pause process that is gone is not missed by who comes next, nor by who cleans up.
    let (_, directory) = user.ended(&["prepare", "--runtime", &runtime, &config]);
    let written = fs::read_to_string(user.base().join("rootless/pause.json")).unwrap();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    done(Command::new("kill").args(["-9", &written["pause"]["pid"].to_string()]));
    assert_eq!(user.run("command: ['true']\n"), (0, String::new()));
    assert_eq!(user.ended(&["cleanup", directory.trim()]), (0, String::new()));
    user.nothing_is_left(&before);
}

/// None of them meets a namespace that another one is about to end.
fn many(user: &User) {
    let before = user.before();
    let runtime = asked().unwrap().1;
    let config = user.config("command: ['true']\n");
    let one = |number: usize| {
        let arguments: &[&str] = if number.is_multiple_of(3) {
            &["run", "--runtime", &runtime, &config]
        } else {
            &["compile", &config]
        };
        user.ended(arguments)
    };
    std::thread::scope(|scope| {
        let one = &one;
        let lanes: Vec<_> = (0..4)
            .map(|lane| scope.spawn(move || (0..9).map(|n| one(lane + n)).collect::<Vec<_>>()))
            .collect();
        for (code, said) in lanes.into_iter().flat_map(|lane| lane.join().unwrap()) {
            assert_eq!(code, 0, "{said}");
        }
    });
    user.nothing_is_left(&before);
}

fn lacking(user: &User) {
    let before = user.before();
    // A range with the own id in it.
    user.covers("/etc/subuid", &format!("ann:{}:10\n", user.uid - 5));
    let (code, said) = user.ended(&["facts"]);
    assert!(code == 2 && said.contains("includes the user UID"), "{said}");
    // No range at all: the own ids alone, and a word about it.
    user.set_aside("");
    let (code, said) = user.run("command: [cat, /proc/self/uid_map]\n");
    assert_eq!(code, 0, "{said}");
    assert_eq!(words(&said)[..3], ["0", &user.uid.to_string(), "1"], "{said}");
    assert!(
        said.contains("add a range for ann to /etc/subuid, add a range for ann to /etc/subgid"),
        "{said}"
    );
    user.nothing_is_left(&before);
    user.set_aside(&user.ranges());
    // No user namespaces: here in one that allows no further ones, as another of its ids.
    let script = format!(
        "echo 0 >/proc/sys/user/max_user_namespaces && mkdir -m 777 t && TMPDIR=$PWD/t setpriv --reuid 5 --clear-groups \
         env -u XDG_RUNTIME_DIR {} facts",
        user.at("ocify").display()
    );
    let mut inner = user.program("unshare");
    inner.args(["--map-root-user", "--map-auto", "sh", "-c", &script]).current_dir(user.at("out"));
    let refused = String::from_utf8_lossy(&inner.output().unwrap().stderr).into_owned();
    assert!(refused.contains("`sysctl user.max_user_namespaces=15000`"), "{refused}");
    assert_eq!(fs::read_dir(user.at("out/t")).unwrap().count(), 0);
    // Somebody else's directory.
    let (code, said) = user.ended(&["facts", "--state-dir", "/tmp/../sys/ocify"]);
    assert!(code == 2, "{said}");
    user.nothing_is_left(&before);
    let other = user.at("other");
    fs::create_dir(&other).unwrap();
    std::os::unix::fs::chown(&other, Some(user.first), None).unwrap();
    let (code, said) = user.ended(&["facts", "--state-dir", other.to_str().unwrap()]);
    assert!(code == 2 && said.contains("another user's"), "{said}");
}

fn slirp4netns(user: &User) {
    // The directory of namespaces stays for others, as root's does.
    fs::create_dir(user.at("r/netns")).unwrap();
    own(&user.at("r/netns"), user.uid, user.gid);
    let before = user.before();
    for handler in ["slirp4netns", "rootlesskit"] {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let text = format!(
            "netns: 'slirp4netns:port_handler={handler}'\nportmappings: ['127.0.0.1:{port}:80']\n\
         command: [sh, -c, 'ip addr >/out/ip; cat /etc/resolv.conf >/out/resolv; cat /etc/hosts >/out/hosts; echo served >/out/index.html; \
         httpd -p 80 -h /out; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n"
        );
        let child = user.started(&text);
        let mut page = String::new();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").unwrap();
        stream.read_to_string(&mut page).unwrap();
        assert!(fs::read_dir(user.at("r/netns")).unwrap().next().is_some());
        fs::write(user.at("out/stop"), "").unwrap();
        assert_eq!(end(child), (0, String::new()));
        assert!(page.ends_with("served\n"), "{page}");
        assert!(user.said("ip").contains("inet 10.0.2.100/24"), "{}", user.said("ip"));
        assert!(
            user.said("resolv").starts_with("nameserver 10.0.2.3\n"),
            "{}",
            user.said("resolv")
        );
        assert!(user.said("hosts").contains("10.0.2.100\t"), "{}", user.said("hosts"));
        user.nothing_is_left(&before);
        for name in ["ready", "stop"] {
            fs::remove_file(user.at("out").join(name)).unwrap();
        }
    }
}

/// A prepare with everything that a user's can have, the user's own namespace among it, killed at any moment.
fn killed(user: &User) {
    fs::create_dir(user.at("r/netns")).unwrap();
    own(&user.at("r/netns"), user.uid, user.gid);
    fs::create_dir(user.at("h/v")).unwrap();
    own(&user.at("h/v"), user.uid, user.gid);
    let before = user.before();
    let (times, mut random, mut ended) = (kills(30), Random(4), 0);
    for text in [
        "name: one\nnetns: bridge\nportmappings: ['127.0.0.1:0:80']\nrootfs_overlay: true\nvolumes: ['/data']\ncommand: [sh]\n",
        "name: one\nnetns: slirp4netns\nrootfs_overlay: true\nvolumes: ['/data']\ncommand: [sh]\n",
        "name: one\nnetns: none\nvolumes: ['/data']\ncommand: [sh]\n",
    ] {
        let (config, volumes) = (user.config(text), user.at("h/v"));
        let id = format!("{:064x}", std::process::id());
        let prepare = || {
            let arguments = [
                "prepare",
                "--runtime",
                "runc",
                "--id",
                &id,
                "--volume-dir",
                volumes.to_str().unwrap(),
                &config,
            ];
            user.ocify(&arguments).stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap()
        };
        let clean = || {
            let (code, said) = user.ended(&["cleanup", user.base().join(&id).to_str().unwrap()]);
            assert_eq!(code, 0, "{said}");
        };
        let begin = Instant::now();
        assert!(prepare().wait().unwrap().success());
        let whole = u64::try_from(begin.elapsed().as_micros()).unwrap();
        clean();
        user.nothing_is_left(&before);
        for _ in 0..times / 3 {
            let moment = Duration::from_micros(random.below(whole * 11 / 10));
            let mut child = prepare();
            std::thread::sleep(moment);
            ended += u64::from(child.try_wait().unwrap().is_some());
            child.kill().unwrap();
            child.wait().unwrap();
            clean();
            user.nothing_is_left(&before);
            clean();
            user.nothing_is_left(&before);
        }
    }
    say(&format!("{times} times killed, {ended} of them when it was done already"));
}

/// HD-NET-01: the address of this host, a port of it, and nothing left, also after a kill.
fn pasta(user: &User) {
    prepare_network();
    for args in [
        "link add net0 type bridge",
        "addr add 10.50.0.1/24 dev net0",
        "link set net0 up",
        "route add default via 10.50.0.2",
    ] {
        done(Command::new("ip").args(args.split(' ')));
    }
    fs::create_dir(user.at("r/netns")).unwrap();
    own(&user.at("r/netns"), user.uid, user.gid);
    let before = user.before();
    let text = "name: one\nnetns: pasta\nportmappings: ['10.50.0.1:18080:80']\ncommand: [sh, -c, 'ip addr >/out/ip; echo served >/dev/shm/index.html; \
                httpd -p 80 -h /dev/shm; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n";
    for kill in [false, true] {
        let mut child = user.started(text);
        assert!(user.said("ip").contains("inet 10.50.0.1/24"), "{}", user.said("ip"));
        assert_eq!(page("10.50.0.1:18080").as_deref(), Some("served"));
        if kill {
            child.kill().unwrap();
            child.wait().unwrap();
            let (code, said) = user.ended(&["cleanup", "one"]);
            assert_eq!(code, 0, "{said}");
        } else {
            fs::write(user.at("out/stop"), "").unwrap();
            assert_eq!(end(child), (0, String::new()));
        }
        user.nothing_is_left(&before);
        for file in ["ready", "stop"] {
            fs::remove_file(user.at("out").join(file)).unwrap_or(());
        }
    }
}

/// Two containers of a network of the user's, one of which finds the other by its name; what they share goes with the last of them, also when
/// the one that made it was killed.
fn bridge(user: &User) {
    let networks = user.at("h/.local/share/containers/storage/networks");
    fs::create_dir_all(&networks).unwrap();
    let network = serde_json::json!({
        "name": "lan", "id": "11".repeat(32), "driver": "bridge", "network_interface": "lan0",
        "subnets": [{"subnet": "10.99.0.0/24", "gateway": "10.99.0.1"}],
        "ipv6_enabled": false, "internal": false, "dns_enabled": true, "ipam_options": {"driver": "host-local"},
    });
    fs::write(networks.join("lan.json"), network.to_string()).unwrap();
    own(&user.at("h/.local"), user.uid, user.gid);
    fs::create_dir(user.at("r/netns")).unwrap();
    own(&user.at("r/netns"), user.uid, user.gid);
    let before = user.before();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = &*format!(
        "portmappings: ['127.0.0.1:{port}:80']\nname: one\nnetns: bridge\nNetworks: {{lan: {{}}}}\ncommand: [sh, -c, 'ip addr >/out/ip; cat /etc/resolv.conf >/out/resolv; \
                  cat /etc/hosts >/out/hosts; echo served >/dev/shm/index.html; httpd -p 80 -h /dev/shm; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n"
    );
    let client = "name: two\nnetns: bridge\nNetworks: {lan: {}}\ncommand: [sh, -c, 'nslookup one >/out/name || exit 1; \
                  printf \"GET /index.html HTTP/1.0\\r\\n\\r\\n\" | nc -w 5 10.99.0.2 80 >/out/page; route -n >/out/route']\n";
    for kill in [false, true] {
        let mut first = user.started(server);
        let mut page = String::new();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.write_all(b"GET /index.html HTTP/1.0\r\n\r\n").unwrap();
        stream.read_to_string(&mut page).unwrap();
        assert!(page.ends_with("served\n"), "{page}");
        assert!(user.said("ip").contains("inet 10.99.0.2/24"), "{}", user.said("ip"));
        let resolv = user.said("resolv");
        assert!(resolv.starts_with("search dns.podman\nnameserver 10.99.0.1\n"), "{resolv}");
        assert!(user.said("hosts").contains("10.99.0.2\t"), "{}", user.said("hosts"));
        for reloaded in [false, true] {
            if reloaded {
                assert_eq!(user.ended(&["reload-network", "one"]), (0, String::new()));
            }
            let (code, said) = user.run(client);
            assert_eq!(code, 0, "{said}");
            assert!(user.said("name").contains("10.99.0.2"), "{}", user.said("name"));
            assert!(user.said("page").ends_with("served\n"), "{}", user.said("page"));
        }
        assert!(user.said("route").contains("10.99.0.1"), "{}", user.said("route"));
        if kill {
            first.kill().unwrap();
            first.wait().unwrap();
            let (code, said) = user.ended(&["cleanup", "one"]);
            assert_eq!(code, 0, "{said}");
        } else {
            fs::write(user.at("out/stop"), "").unwrap();
            assert_eq!(end(first), (0, String::new()));
        }
        user.nothing_is_left(&before);
        for file in ["ready", "stop"] {
            fs::remove_file(user.at("out").join(file)).unwrap_or(());
        }
    }
}

/// SG-RES-11: the container of a user cannot have limits of its own on v1, but what the user was given limits it.
fn limited_v1(user: &mut User) {
    let Some(parent) = user.delegated("v1") else {
        return skip("this machine has no cgroup v1");
    };
    fs::write(format!("/sys/fs/cgroup/pids{parent}/pids.max"), "40").unwrap();
    let before = user.before();
    let text = "command: [sh, -c, 'cat /proc/self/cgroup >/out/cgroup; for i in $(seq 60); do sleep 1 & done; wait; echo all']\n";
    let (code, said) = user.run(&format!("cgroup_parent: {parent}\n{text}"));
    assert!(code != 0 && said.contains("fork") && !said.contains("all"), "{code} {said}");
    let cgroup = user.said("cgroup");
    assert!(
        cgroup.lines().filter(|line| line.contains(&format!("{parent}/libpod-"))).count() > 3,
        "{cgroup}"
    );
    user.nothing_is_left(&before);
    // LP-CG-20: without a parent the container stays in the cgroup of who starts it.
    assert_eq!(
        user.run("command: [sh, -c, 'cat /proc/self/cgroup >/out/cgroup']\n"),
        (0, String::new())
    );
    assert!(user.said("cgroup").contains(&format!("{parent}/leaf")), "{}", user.said("cgroup"));
    user.nothing_is_left(&before);
}

/// On v2 its own limits count. Only controllers that no v1 hierarchy has are there.
fn limited_v2(user: &mut User) {
    let Some(parent) = user.delegated("v2") else { return };
    let controllers = fs::read_to_string("/sys/fs/cgroup/cgroup.controllers").unwrap();
    let (controller, limit, file) = if words(&controllers).contains(&"pids") {
        ("pids", "pids: 40\n", "pids.max")
    } else if words(&controllers).contains(&"hugetlb") {
        (
            "hugetlb",
            "resource_limits: {hugepageLimits: [{pageSize: 2MB, limit: 4194304}]}\n",
            "hugetlb.2MB.max",
        )
    } else {
        return skip("this machine has neither pids nor hugetlb on cgroup v2");
    };
    for at in [
        "/sys/fs/cgroup".to_owned(),
        format!("/sys/fs/cgroup{}", parent.trim_end_matches("/user")),
        format!("/sys/fs/cgroup{parent}"),
    ] {
        fs::write(format!("{at}/cgroup.subtree_control"), format!("+{controller}")).unwrap();
    }
    let before = user.before();
    let text = format!(
        "cgroup_parent: {parent}\n{limit}command: [sh, -c, 'cat /proc/self/cgroup /sys/fs/cgroup/{file} >/out/limit']\n"
    );
    assert_eq!(user.run(&text), (0, String::new()));
    let wanted = if controller == "pids" { "40" } else { "4194304" };
    assert_eq!(user.said("limit").lines().last(), Some(wanted), "{}", user.said("limit"));
    user.nothing_is_left(&before);
}

/// The host's own systemd with what it needs, as the user's files.
fn systemd(user: &mut User, view: &str) {
    let packages = "apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
                    systemd dbus bash coreutils base-files libc-bin passwd | grep '^[a-z]' | sort -u";
    let files = format!(
        "for p in $({packages}); do dpkg-query -L $p 2>/dev/null; done | grep -v '^/usr/share/\\(doc\\|man\\|locale\\|info\\)' | sed 's|^/||' | grep . | sort -u"
    );
    let tar =
        format!("{files} | tar -C / -cf - --no-recursion --ignore-failed-read -T - 2>/dev/null");
    let unpack = "mkdir -p usr/bin usr/lib usr/lib64 usr/sbin && ln -s usr/bin usr/lib usr/lib64 usr/sbin . && tar -xpf - --keep-directory-symlink; \
                  mkdir -p proc sys dev run tmp root etc/systemd/system var/log/journal && rm -rf etc/systemd/system/* etc/fstab var/lib/dbus/machine-id && \
                  cp /etc/passwd /etc/group etc/ && : >etc/machine-id && ldconfig -r . && ln -s /lib/systemd/system/multi-user.target etc/systemd/system/default.target";
    let root = user.at("h/sys");
    fs::create_dir(&root).unwrap();
    own(&root, user.uid, user.gid);
    let mut packing = Command::new("sh").args(["-c", &tar]).stdout(Stdio::piped()).spawn().unwrap();
    done_with(
        user.program("unshare")
            .args(["--map-root-user", "--map-auto", "sh", "-c", unpack])
            .current_dir(&root),
        packing.stdout.take().unwrap(),
    );
    packing.wait().unwrap();
    let Some(parent) = user.delegated(view) else {
        return skip("this machine has no cgroup v1");
    };
    let before = user.before();
    let id = format!("{:064x}", std::process::id());
    let config = user.config(&format!(
        "rootfs: {}\nsystemd: always\ncgroup_parent: {parent}\ncommand: [/lib/systemd/systemd]\nenv: [container=podman]\n",
        root.display()
    ));
    let runtime = asked().unwrap().1;
    let user = &*user;
    std::thread::scope(|scope| {
        let running =
            scope.spawn(|| user.ended(&["run", "--id", &id, "--runtime", &runtime, &config]));
        let seen = watch(&id, &|arguments| user.call(&id, arguments), &|| running.is_finished());
        let ended = running.join().unwrap();
        seen.is_a_running_systemd(&id, &ended);
    });
    user.nothing_is_left(&before);
}

/// Runs a command that reads something and has to succeed.
fn done_with(command: &mut Command, input: std::process::ChildStdout) {
    let output = command.stdin(input).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
