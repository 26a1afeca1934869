//! Podman's port forwarder, in a network namespace that stands for the host: what is published is reached, what is taken is told, and nothing
//! is left, also after a kill.

use crate::bridged::{Host, page};
use crate::outside::{
    Scratch, again, asked, assert_unchanged, can, done, in_own_network, prepare_cgroups,
    prepare_network,
};
use ocify::linux::{CleanupError, cleanup, run};
use std::fs;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FORWARDER: &str = "/usr/lib/podman/rootlessport";

#[test]
fn ports_are_published_by_the_forwarder() {
    each_runtime("ports");
}

#[test]
fn a_port_that_is_taken_is_told_and_nothing_is_left() {
    each_runtime("taken");
}

#[test]
fn a_killed_process_leaves_a_forwarder_that_cleanup_ends() {
    each_runtime("killed");
}

fn each_runtime(case: &str) {
    for runtime in ["crun", "runc"] {
        let programs = [
            "busybox",
            "unshare",
            "nsenter",
            "mount",
            "ip",
            "iptables",
            "slirp4netns",
            "/dev/net/tun",
            FORWARDER,
            runtime,
        ];
        if can(&programs) {
            in_own_network("run_ports::inside", case, runtime, 60);
        }
    }
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    match case.as_str() {
        "echo" => return echo(),
        "sleeper" => return sleeper(&runtime),
        _ => {}
    }
    prepare_cgroups(&runtime);
    prepare_network();
    let host = Host::new(&runtime, &case);
    share_namespaces();
    match case.as_str() {
        "ports" => ports(&host),
        "taken" => taken(&host),
        "killed" => killed(&host),
        other => panic!("there is no case {other}"),
    }
}

/// The directory of namespaces is made a shared mount for all of them, and stays one.
fn share_namespaces() {
    fs::create_dir_all("/run/netns").unwrap();
    done(Command::new("mount").args(["--bind", "/run/netns", "/run/netns"]));
    done(Command::new("mount").args(["--make-rshared", "/run/netns"]));
}

const SERVER: &str = "command: [sh, -c, 'mkdir -p /www; echo served >/www/index.html; httpd -p 80 -h /www; httpd -p 81 -h /www; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n\
     netns: slirp4netns\nportmappings: ['127.0.0.1:18080:80', '18090-18091:80-81', '15353:53/udp']\n";

/// One datagram comes back, from inside of a namespace.
fn echo() {
    let socket = UdpSocket::bind("0.0.0.0:53").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut text = [0; 64];
    let (length, from) = socket.recv_from(&mut text).unwrap();
    socket.send_to(&text[..length], from).unwrap();
}

/// What comes back of a datagram to a published port.
fn echoed(netns: &Path, runtime: &str) -> String {
    let inner = again("run_ports::inside", "echo", runtime);
    let mut command = Command::new("nsenter");
    command
        .arg(format!("--net={}", netns.display()))
        .arg(std::env::current_exe().unwrap())
        .args(inner.get_args())
        .envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .stdin(Stdio::null());
    let mut child = command.spawn().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let begin = Instant::now();
    let mut text = [0; 64];
    // It takes a moment until it listens.
    let length = loop {
        assert!(begin.elapsed() < Duration::from_secs(20), "no datagram comes back");
        socket.send_to(b"hello", "127.0.0.1:15353").unwrap();
        if let Ok((length, _)) = socket.recv_from(&mut text) {
            break length;
        }
    };
    child.wait().unwrap();
    String::from_utf8(text[..length].to_vec()).unwrap()
}

fn namespace() -> PathBuf {
    let mut found = fs::read_dir("/run/netns").unwrap().map(|entry| entry.unwrap().path());
    found.next().unwrap()
}

/// TCP and UDP, a range, an address of the host.
fn ports(host: &Host) {
    let before = host.listing();
    let server = host.container(1, SERVER);
    server.meanwhile(|| {
        for port in [18080, 18090, 18091] {
            let address = format!("127.0.0.1:{port}");
            assert_eq!(page(&address).as_deref(), Some("served"), "{address}");
        }
        // One is published on a single address, the other on all of them.
        assert_eq!(page("127.0.0.2:18080"), None);
        assert_eq!(page("127.0.0.2:18090").as_deref(), Some("served"));
        assert_eq!(echoed(&namespace(), &host.runtime), "hello");
        // There is something to miss afterwards.
        assert!(host.listing().iter().any(|line| line.starts_with("rootlessport")));
    });
    assert_unchanged(&before, &host.listing());
    assert!(fs::read_dir("/run/netns").unwrap().next().is_none());
}

fn taken(host: &Host) {
    let before = host.listing();
    for address in ["127.0.0.1:18080", "0.0.0.0:18091"] {
        let listener = TcpListener::bind(address).unwrap();
        let refused = host.container(1, SERVER).refused();
        assert!(refused.contains("start_rootlessport"), "{refused}");
        let words = format!("listen tcp {address}: bind: address already in use");
        assert!(refused.contains(&words), "{refused}");
        drop(listener);
        assert_unchanged(&before, &host.listing());
    }
    assert!(fs::read_dir("/run/netns").unwrap().next().is_none());
}

/// Starts this program again, with a container that serves, and kills it once something is so.
fn kill_when(host: &Host, is_so: impl Fn() -> bool) {
    let mut child = again("run_ports::inside", "sleeper", &host.runtime)
        .env("OCIFY_E2E_AT", host.scratch.path())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < Duration::from_secs(20), "the container does not start");
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Cleans up what the killed process left. For a moment a process that it was about to start a program in may still hold the lock.
fn clean(host: &Host) {
    let directory = fs::read_to_string(host.scratch.join("directory")).unwrap();
    let begin = Instant::now();
    while let Err(error) = cleanup(directory.as_ref()) {
        assert!(matches!(error, CleanupError::Busy { .. }), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(5), "{error}");
    }
    cleanup(directory.as_ref()).unwrap();
    assert_eq!(page("127.0.0.1:18080"), None);
    assert!(fs::read_dir("/run/netns").unwrap().next().is_none());
}

fn sleeper(runtime: &str) {
    let at = PathBuf::from(std::env::var_os("OCIFY_E2E_AT").unwrap());
    let host = std::mem::ManuallyDrop::new(Host {
        scratch: Scratch::existing(&at),
        runtime: runtime.to_owned(),
    });
    let server = host.container(1, SERVER);
    fs::write(host.scratch.join("directory"), server.directory.to_str().unwrap()).unwrap();
    run(&server.config, &server.options).unwrap();
}

fn killed(host: &Host) {
    let before = host.listing();
    kill_when(host, || host.scratch.join("out1/ready").exists());
    // It goes on with the container.
    assert_eq!(page("127.0.0.1:18080").as_deref(), Some("served"));
    clean(host);
    assert_unchanged(&before, &host.listing());
    // While slirp4netns or the forwarder is being started, and shortly after.
    for program in ["slirp4netns", "rootlessport", "rootlessport-child"] {
        for later in [0, 5, 15] {
            kill_when(host, || {
                let line = |line: &String| line.split('\0').next().unwrap().ends_with(program);
                host.listing().iter().any(line)
            });
            std::thread::sleep(Duration::from_millis(later));
            clean(host);
            assert_unchanged(&before, &host.listing());
        }
    }
}
