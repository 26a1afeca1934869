//! Bridges by netavark, in a network namespace that stands for the host: addresses, published ports, names, reload, and nothing left.

use crate::bridged::{AARDVARK, Host, NETAVARK, page};
use crate::outside::{
    asked, assert_unchanged, can, done, in_own_network, prepare_cgroups, prepare_network,
};
use ocify::linux::{ReloadError, list, reload_network, run};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

#[test]
fn containers_of_a_bridge_reach_each_other_and_are_reached() {
    each_runtime("bridge");
}

#[test]
fn the_default_bridge_is_there_without_a_file() {
    each_runtime("default");
}

#[test]
fn networks_that_cannot_be_set_up_leave_nothing() {
    each_runtime("failures");
}

#[test]
fn an_engine_of_a_hundred_lines_runs_containers() {
    let lines = include_str!("../../examples/engine.rs").lines().count();
    assert!(lines < 100, "{lines}");
    each_runtime("engine");
}

fn each_runtime(case: &str) {
    for runtime in ["crun", "runc"] {
        if can(&["busybox", "unshare", "mount", "ip", "iptables", NETAVARK, AARDVARK, runtime]) {
            in_own_network("run_bridge::inside", case, runtime, 90);
        }
    }
}

/// Runs the case that this process was started for, if it was.
#[test]
fn inside() {
    let Some((case, runtime)) = asked() else { return };
    prepare_cgroups(&runtime);
    prepare_network();
    let host = Host::new(&runtime, &case);
    match case.as_str() {
        "bridge" => bridge(&host),
        "default" => default_bridge(&host),
        "failures" => failures(&host),
        "engine" => engine(&host),
        other => panic!("there is no case {other}"),
    }
}

const SERVER: &str = "command: [sh, -c, 'ip addr show eth0 >/out/ip; cat /etc/resolv.conf >/out/resolv; cat /etc/hosts >/out/hosts; mkdir -p /www; \
     echo served >/www/index.html; httpd -p 80 -h /www; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n";

/// Two containers of one network: one is reached from the host by its published ports, from the other by its name; both still are after the
/// firewall was flushed and the network set up again.
fn bridge(host: &Host) {
    let before = host.listing();
    let server = host.container(
        1,
        &format!("{SERVER}netns: bridge\nNetworks: {{lan: {{static_ips: [10.99.0.77], static_mac: '02:00:00:00:00:77', aliases: [www]}}}}\nportmappings: ['127.0.0.1:18080:80', '18081:80']\n"),
    );
    server.meanwhile(|| {
        let ip = server.said("ip");
        assert!(ip.contains("inet 10.99.0.77/24") && ip.contains("inet6 fd99::2/64"), "{ip}");
        assert!(ip.contains("02:00:00:00:00:77"), "{ip}");
        let resolv = server.said("resolv");
        assert!(resolv.starts_with("search dns.podman\nnameserver 10.99.0.1\n"), "{resolv}");
        let hosts = server.said("hosts");
        let id = &server.options.gather.id.clone().unwrap()[..12];
        assert!(hosts.contains(&format!("10.99.0.77\t{id} box1")), "{hosts}");
        assert!(hosts.contains("10.99.0.1\thost.containers.internal"), "{hosts}");
        for address in ["127.0.0.1:18080", "127.0.0.1:18081", "10.99.0.77:80", "[fd99::2]:80"] {
            assert_eq!(page(address).as_deref(), Some("served"), "{address}");
        }
        let client = || {
            let names = format!("box1 www {id}");
            let client = host.container(
                2,
                &format!("netns: bridge\nNetworks: {{lan: {{}}}}\ncommand: [sh, -c, 'ip -4 addr show eth0 >/out/ip; for n in {names}; do nslookup $n >/out/$n || exit 1; done; printf \"GET /index.html HTTP/1.0\\r\\n\\r\\n\" | nc -w 5 10.99.0.77 80 >/out/page || exit 2']\n"),
            );
            assert_eq!(run(&client.config, &client.options).unwrap(), 0);
            // Addresses are given one after the other.
            let ip = client.said("ip");
            assert!(["10.99.0.2/24", "10.99.0.3/24"].iter().any(|it| ip.contains(it)), "{ip}");
            for name in names.split(' ') {
                // The program of this rootfs looks up nothing itself: it is linked statically.
                let found = client.said(name);
                assert!(found.contains("10.99.0.77") && found.contains("10.99.0.1"), "{found}");
            }
            assert!(client.said("page").ends_with("served\n"), "{}", client.said("page"));
        };
        client();
        for table in ["nat", "filter"] {
            done(Command::new("iptables").args(["-w", "-t", table, "-F"]));
        }
        assert_eq!(page("127.0.0.1:18080"), None);
        // That the rules were gone is told, and no failure.
        drop(reload_network(&server.directory).unwrap());
        for address in ["127.0.0.1:18080", "127.0.0.1:18081", "10.99.0.77:80"] {
            assert_eq!(page(address).as_deref(), Some("served"), "{address} after reload");
        }
        client();
        let rules = Command::new("iptables-save").output().unwrap();
        drop(reload_network(&server.directory).unwrap());
        assert_eq!(Command::new("iptables-save").output().unwrap().stdout.len(), rules.stdout.len());
    });
    assert!(matches!(reload_network(&server.directory), Err(ReloadError::NotPrepared { .. })));
    assert_unchanged(&before, &host.listing());
}

fn default_bridge(host: &Host) {
    let before = host.listing();
    let server = host.container(1, &format!("{SERVER}portmappings: ['127.0.0.1:18080:80']\n"));
    server.meanwhile(|| {
        assert!(server.said("ip").contains("inet 10.88.0.2/16"), "{}", server.said("ip"));
        // What is kept for all networks is no container.
        let listed = list(&host.scratch.join("state")).unwrap();
        let names: Vec<&str> = listed.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["box1"]);
        assert_eq!(page("127.0.0.1:18080").as_deref(), Some("served"));
    });
    let none = host.container(3, "netns: none\ncommand: [sh, -c, 'touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n");
    none.meanwhile(|| {
        assert!(matches!(reload_network(&none.directory), Err(ReloadError::NoNetwork { .. })));
    });
    assert_unchanged(&before, &host.listing());
}

fn failures(host: &Host) {
    let before = host.listing();
    // An address that another container has.
    let taken = "netns: bridge\nNetworks: {lan: {static_ips: [10.99.0.5]}}\n";
    let server = host.container(1, &format!("{SERVER}{taken}"));
    server.meanwhile(|| {
        let running = host.listing();
        let other = host.container(2, &format!("command: [sh]\n{taken}"));
        let refused = other.refused();
        let words = format!(
            "requested ip address 10.99.0.5 is already allocated to container ID {}",
            server.options.gather.id.clone().unwrap()
        );
        assert!(refused.contains("network_setup") && refused.contains(&words), "{refused}");
        assert_unchanged(&running, &host.listing());
        assert!(page("10.99.0.5:80").is_some());
    });
    assert_unchanged(&before, &host.listing());
    // What netavark refuses.
    let bad = host.container(3, "command: [sh]\nnetns: bridge\nNetworks: {lan: {interface_name: a-name-that-is-too-long}}\n");
    let refused = bad.refused();
    assert!(refused.contains("netavark"), "{refused}");
    assert_unchanged(&before, &host.listing());
}

/// The example, which uses the public library alone.
fn engine(host: &Host) {
    let before = host.listing();
    let program = PathBuf::from(env!("CARGO_BIN_EXE_ocify"));
    let program = program.with_file_name("examples").join("engine");
    let limit =
        rustix::process::getrlimit(rustix::process::Resource::Nofile).maximum.unwrap_or(u64::MAX);
    let config = host.scratch.join("config.yaml");
    let root = host.scratch.join("root");
    let text = |command: &str| {
        format!(
            "rootfs: {}\nr_limits: ['nofile=64:{limit}', 'nproc=100:100']\nrootfs_overlay: true\ncommand: [sh, -c, '{command}']\n",
            root.display()
        )
    };
    for (command, code, said) in [
        ("ip -4 addr show eth0 | grep -o 10.88.0.2; hostname >&2; exit 7", 7, "10.88.0.2\n"),
        ("exit 0", 0, ""),
    ] {
        fs::write(&config, text(command)).unwrap();
        let ran = Command::new(&program).arg(&config).arg(&host.runtime).output().unwrap();
        let words = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert_eq!(
            (ran.status.code(), &*String::from_utf8(ran.stdout).unwrap()),
            (Some(code), said),
            "{words}"
        );
        assert!(!std::path::Path::new("/run/ocify-engine").exists());
    }
    fs::write(&config, text("x").replace("command", "comand")).unwrap();
    let ran = Command::new(&program).arg(&config).arg(&host.runtime).output().unwrap();
    let words = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.code() == Some(2) && words.contains("did you mean `command`"), "{words}");
    assert_unchanged(&before, &host.listing());
}
