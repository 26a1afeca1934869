//! Networks that are configured after the runtime made the container: with a user namespace of its own, on a bridge and by slirp4netns.

use crate::bridged::{AARDVARK, Container, Host, NETAVARK, page};
use crate::outside::{
    Scratch, again, asked, assert_unchanged, can, done, in_own_network, prepare_cgroups,
    prepare_network,
};
use ocify::linux::{
    CleanupError, RunError, cleanup, gather_with, prepare, reload_network, run, start,
};
use ocify::{Options, compile};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

const FORWARDER: &str = "/usr/lib/podman/rootlessport";

#[test]
fn a_bridge_is_configured_once_the_container_is_made() {
    each_runtime("bridge");
}

#[test]
fn slirp4netns_is_started_once_the_container_is_made() {
    each_runtime("slirp");
}

#[test]
fn what_is_prepared_is_started_by_another_process() {
    each_runtime("steps");
}

#[test]
fn networks_that_cannot_be_configured_leave_nothing() {
    each_runtime("fail");
}

#[test]
fn a_process_killed_between_making_and_starting_leaves_what_cleanup_takes_back() {
    each_runtime("killed");
}

fn each_runtime(case: &str) {
    for runtime in ["crun", "runc"] {
        let programs = [
            "busybox",
            "unshare",
            "mount",
            "ip",
            "iptables",
            "slirp4netns",
            "/dev/net/tun",
            FORWARDER,
            NETAVARK,
            AARDVARK,
            runtime,
        ];
        if can(&programs) {
            in_own_network("run_created::inside", case, runtime, 90);
        }
    }
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    if case == "sleeper" {
        return sleeper(&runtime);
    }
    prepare_cgroups(&runtime);
    prepare_network();
    // The directory of namespaces stays.
    fs::create_dir("/run/netns").unwrap();
    let host = Host::new(&runtime, &case);
    // It is that of the container's users.
    done(Command::new("chown").args(["-R", "100000:100000"]).arg(host.scratch.join("root")));
    match case.as_str() {
        "bridge" => bridge(&host),
        "slirp" => slirp(&host),
        "steps" => steps(&host),
        "fail" => failures(&host),
        "killed" => killed(&host),
        other => panic!("there is no case {other}"),
    }
    assert!(fs::read_dir("/run/netns").unwrap().next().is_none());
}

const USERNS: &str =
    "userns: private\nidmappings: {UIDMap: ['0:100000:65536'], GIDMap: ['0:100000:65536']}\n";
const SERVER: &str = "command: [sh, -c, 'trap \"exit 42\" TERM; ip addr >/out/ip; cat /etc/resolv.conf >/out/resolv; cat /etc/hosts >/out/hosts; cat /proc/self/uid_map >/out/uid_map; \
     mkdir -p /tmp/www; echo served >/tmp/www/index.html; httpd -p 80 -h /tmp/www; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done; exit 7']\n";
const BRIDGE: &str = "netns: bridge\nNetworks: {lan: {static_ips: [10.99.0.77]}}\nportmappings: ['127.0.0.1:18080:80', '18081:80']\n";

/// Does something while it runs, which ends with a code of its own.
fn meanwhile(
    container: &Container<'_>,
    run: impl FnOnce() -> Result<i32, RunError> + Send,
    then: impl FnOnce(),
) {
    std::thread::scope(|scope| {
        let running = scope.spawn(run);
        let begin = Instant::now();
        while !container.out.join("ready").exists() {
            if running.is_finished() || begin.elapsed() > Duration::from_secs(30) {
                fs::write(container.out.join("stop"), "").unwrap();
                panic!("the container does not start: {:?}", running.join());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(then));
        fs::write(container.out.join("stop"), "").unwrap();
        let ended = running.join().unwrap();
        done.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        assert_eq!(ended.unwrap(), 7);
        for name in ["ready", "stop"] {
            fs::remove_file(container.out.join(name)).unwrap();
        }
    });
}

/// What it is inside, and from outside.
fn is_reached(server: &Container<'_>) {
    let ip = server.said("ip");
    assert!(ip.contains("inet 10.99.0.77/24"), "{ip}");
    let resolv = server.said("resolv");
    let first = resolv.lines().find(|line| line.starts_with("nameserver"));
    assert_eq!(first, Some("nameserver 10.99.0.1"), "{resolv}");
    let id = &server.options.gather.id.clone().unwrap()[..12];
    let hosts = server.said("hosts");
    assert!(hosts.contains(&format!("10.99.0.77\t{id} box1")), "{hosts}");
    assert!(server.said("uid_map").contains("100000"), "{}", server.said("uid_map"));
    for address in ["127.0.0.1:18080", "127.0.0.1:18081", "10.99.0.77:80"] {
        assert_eq!(page(address).as_deref(), Some("served"), "{address}");
    }
}

fn bridge(host: &Host) {
    let before = host.listing();
    let server = host.container(1, &format!("{USERNS}{SERVER}{BRIDGE}"));
    meanwhile(
        &server,
        || run(&server.config, &server.options),
        || {
            is_reached(&server);
            // Its name is known to another container of the network.
            let client = host.container(
                2,
                &format!("{USERNS}netns: bridge\nNetworks: {{lan: {{}}}}\ncommand: [sh, -c, 'nslookup box1 >/out/found']\n"),
            );
            assert_eq!(run(&client.config, &client.options).unwrap(), 0);
            assert!(client.said("found").contains("10.99.0.77"), "{}", client.said("found"));
            for table in ["nat", "filter"] {
                done(Command::new("iptables").args(["-w", "-t", table, "-F"]));
            }
            drop(reload_network(&server.directory).unwrap());
            is_reached(&server);
            let record = fs::metadata(server.directory.join("compiled-from.json")).unwrap();
            assert_eq!(record.permissions().mode() & 0o777, 0o600);
        },
    );
    assert_unchanged(&before, &host.listing());
}

fn slirp(host: &Host) {
    let before = host.listing();
    // By the port forwarder, and by slirp4netns itself.
    for handler in ["rootlesskit", "slirp4netns"] {
        let server = host.container(
            1,
            &format!("{USERNS}{SERVER}netns: 'slirp4netns:port_handler={handler},cidr=10.41.0.0/24'\nportmappings: ['127.0.0.1:18080:80']\n"),
        );
        meanwhile(
            &server,
            || run(&server.config, &server.options),
            || {
                let (ip, hosts) = (server.said("ip"), server.said("hosts"));
                assert!(ip.contains("inet 10.41.0.100/24"), "{ip}");
                let id = &server.options.gather.id.clone().unwrap()[..12];
                assert!(hosts.contains(&format!("10.41.0.100\t{id} box1")), "{hosts}");
                assert_eq!(page("127.0.0.1:18080").as_deref(), Some("served"), "{handler}");
            },
        );
        assert_unchanged(&before, &host.listing());
    }
}

/// Prepared, started twice, cleaned up. A signal reaches the container.
fn steps(host: &Host) {
    let before = host.listing();
    let server = host.container(1, &format!("{USERNS}{SERVER}{BRIDGE}"));
    let facts = gather_with(&server.config, &server.options.gather).unwrap();
    let compiled = compile(&server.config, &facts, &Options::default()).unwrap();
    drop(prepare(&compiled, &facts, &server.options).unwrap());
    let state = || fs::read_to_string(server.directory.join("state.json")).unwrap();
    let prepared = state();
    meanwhile(&server, || start(&server.directory), || is_reached(&server));
    assert_eq!(state(), prepared);
    // It may have written into its root.
    let once = host.listing();
    meanwhile(&server, || start(&server.directory), || is_reached(&server));
    assert_unchanged(&once, &host.listing());
    assert_eq!(state(), prepared);
    std::thread::scope(|scope| {
        let running = scope.spawn(|| start(&server.directory));
        let begin = Instant::now();
        while !server.out.join("ready").exists() {
            assert!(begin.elapsed() < Duration::from_secs(20) && !running.is_finished());
            std::thread::sleep(Duration::from_millis(10));
        }
        let us = rustix::process::getpid();
        rustix::process::kill_process(us, rustix::process::Signal::TERM).unwrap();
        assert_eq!(running.join().unwrap().unwrap(), 42);
    });
    assert_unchanged(&once, &host.listing());
    cleanup(&server.directory).unwrap();
    cleanup(&server.directory).unwrap();
    assert_unchanged(&before, &host.listing());
}

fn failures(host: &Host) {
    let before = host.listing();
    let taken = TcpListener::bind("127.0.0.1:18080").unwrap();
    for handler in ["rootlesskit", "slirp4netns"] {
        let text = format!(
            "{USERNS}{SERVER}netns: 'slirp4netns:port_handler={handler}'\nportmappings: ['127.0.0.1:18080:80']\n"
        );
        let refused = host.container(1, &text).refused();
        assert!(refused.contains("127.0.0.1:18080"), "{refused}");
        assert_unchanged(&before, &host.listing());
    }
    drop(taken);
    // What netavark refuses.
    let bad = host.container(2, &format!("{USERNS}{SERVER}netns: bridge\nNetworks: {{lan: {{interface_name: a-name-that-is-too-long}}}}\n"));
    let refused = bad.refused();
    assert!(refused.contains("netavark"), "{refused}");
    assert_unchanged(&before, &host.listing());
    // What the runtime refuses to make.
    let bad = host.container(3, &format!("{USERNS}{BRIDGE}command: [no-such-program]\n"));
    let refused = run(&bad.config, &bad.options).unwrap_err();
    assert!(
        matches!(&refused, RunError::Runtime { message, .. } if message.contains("no-such-program")),
        "{refused:?}"
    );
    assert_unchanged(&before, &host.listing());
    // What it refuses to start: everything is configured by then.
    let runtime = host.scratch.join("runtime");
    let text = format!(
        "#!/bin/sh\nfor word; do if [ $word = start ]; then exit 3; fi; done\nexec {} \"$@\"\n",
        host.runtime
    );
    fs::write(&runtime, text).unwrap();
    fs::set_permissions(&runtime, fs::Permissions::from_mode(0o755)).unwrap();
    let mut bad = host.container(4, &format!("{USERNS}{BRIDGE}{SERVER}"));
    bad.options.gather.runtime = Some(runtime.to_str().unwrap().to_owned());
    let refused = run(&bad.config, &bad.options).unwrap_err();
    assert!(
        matches!(&refused, RunError::Runtime { message, .. } if message == "exit status: 3"),
        "{refused:?}"
    );
    assert_unchanged(&before, &host.listing());
    // No processes are left that this one would have to wait for.
    let waited = rustix::process::waitpid(None, rustix::process::WaitOptions::NOHANG);
    assert!(matches!(waited, Err(rustix::io::Errno::CHILD)), "{waited:?}");
}

fn sleeper(runtime: &str) {
    let at = PathBuf::from(std::env::var_os("OCIFY_E2E_AT").unwrap());
    let host = std::mem::ManuallyDrop::new(Host {
        scratch: Scratch::existing(&at),
        runtime: runtime.to_owned(),
    });
    let network = std::env::var("OCIFY_E2E_NETWORK").unwrap();
    let server = host.container(1, &format!("{USERNS}{SERVER}{network}"));
    fs::write(host.scratch.join("directory"), server.directory.to_str().unwrap()).unwrap();
    run(&server.config, &server.options).unwrap();
}

fn killed(host: &Host) {
    let before = host.listing();
    let slirp = "netns: slirp4netns\nportmappings: ['127.0.0.1:18080:80']\n";
    for network in [BRIDGE, slirp] {
        let steps = [
            "\"do\":\"run\"",
            "\"do\":\"bind_netns\"",
            if network == slirp {
                "\"do\":\"start_slirp4netns\""
            } else {
                "\"do\":\"network_setup\""
            },
            "\"do\":\"add_hosts\"",
        ];
        for (step, later) in steps.iter().flat_map(|step| [(step, 0), (step, 30)]) {
            let mut child = again("run_created::inside", "sleeper", &host.runtime)
                .env("OCIFY_E2E_AT", host.scratch.path())
                .env("OCIFY_E2E_NETWORK", network)
                .spawn()
                .unwrap();
            let begin = Instant::now();
            let directory = loop {
                let directory =
                    fs::read_to_string(host.scratch.join("directory")).unwrap_or_default();
                let state = fs::read_to_string(PathBuf::from(&directory).join("state.json"));
                if state.unwrap_or_default().contains(step) {
                    break PathBuf::from(directory);
                }
                assert!(begin.elapsed() < Duration::from_secs(20), "{step} is not taken");
                std::thread::sleep(Duration::from_millis(1));
            };
            std::thread::sleep(Duration::from_millis(later));
            child.kill().unwrap();
            child.wait().unwrap();
            // For a moment a process that it was about to start a program in may still hold the lock.
            while let Err(error) = cleanup(&directory) {
                // A network that was not set up is told once.
                let told = error.to_string().contains("taking the networks down");
                assert!(matches!(error, CleanupError::Busy { .. }) || told, "{step}: {error}");
                assert!(begin.elapsed() < Duration::from_secs(20), "{error}");
            }
            cleanup(&directory).unwrap();
            assert_unchanged(&before, &host.listing());
            assert!(fs::read_dir("/run/netns").unwrap().next().is_none(), "{step}");
            fs::remove_file(host.scratch.join("directory")).unwrap();
        }
    }
}
