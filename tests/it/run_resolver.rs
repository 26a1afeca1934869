//! Names are looked up, and IPv6 is there, through slirp4netns: its name server hands questions on to the host's.

use crate::bridged::{Host, page};
use crate::outside::{
    asked, assert_unchanged, can, done, in_own_network, prepare_cgroups, prepare_network,
};
use ocify::linux::run;
use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

#[test]
fn names_and_ipv6_by_slirp4netns() {
    case("slirp4netns", "slirp4netns");
}

#[test]
fn pasta_gives_the_hosts_addresses_names_and_ports() {
    case("pasta", "pasta");
}

fn case(name: &str, program: &str) {
    for runtime in ["crun", "runc"] {
        if can(&["busybox", "unshare", "mount", "ip", program, "/dev/net/tun", runtime]) {
            in_own_network("run_resolver::inside", name, runtime, 60);
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
    // A network with a name server of its own, which every program of this host asks.
    for args in [
        "link add net0 type bridge",
        "addr add 10.50.0.1/24 dev net0",
        "link set net0 up",
        "route add default via 10.50.0.2",
    ] {
        done(Command::new("ip").args(args.split(' ')));
    }
    let resolv_conf = host.scratch.join("resolv.conf");
    fs::write(&resolv_conf, "nameserver 10.50.0.1\n").unwrap();
    done(Command::new("mount").arg("--bind").arg(&resolv_conf).arg("/etc/resolv.conf"));
    let before = host.listing();
    let server = UdpSocket::bind("10.50.0.1:53").unwrap();
    server.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                answer(&server);
            }
        });
        let stopped = std::panic::catch_unwind(|| match &*case {
            "pasta" => pasta(&host),
            _ => names(&host),
        });
        stop.store(true, Ordering::Relaxed);
        stopped.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert_unchanged(&before, &host.listing());
    done(Command::new("umount").arg("/etc/resolv.conf"));
}

fn names(host: &Host) {
    let container = host.container(
            1,
            "netns: slirp4netns\ncommand: [sh, -c, 'cat /etc/resolv.conf >/out/resolv; nslookup -type=a name.example >/out/name; sleep 3; ip -6 addr show tap0 >/out/ip6; ip -6 route >>/out/ip6']\n",
        );
    assert_eq!(run(&container.config, &container.options).unwrap(), 0);
    assert!(container.said("resolv").starts_with("nameserver 10.0.2.3\n"));
    let name = container.said("name");
    assert!(name.contains("10.0.2.3") && name.contains("192.0.2.99"), "{name}");
    let ip6 = container.said("ip6");
    assert!(ip6.contains("inet6 fd00:") && ip6.contains("default via fe80::2"), "{ip6}");
}

/// HD-NET-01
fn pasta(host: &Host) {
    let container = host.container(
        1,
        "netns: pasta\nportmappings: ['10.50.0.1:18080:80']\ncommand: [sh, -c, 'cat /etc/resolv.conf >/out/resolv; cat /etc/hosts >/out/hosts; ip addr >/out/ip; \
         nslookup -type=a name.example >/out/name; echo served >/dev/shm/index.html; httpd -p 80 -h /dev/shm; touch /out/ready; until [ -e /out/stop ]; do sleep 0.05; done']\n",
    );
    container.meanwhile(|| {
        assert!(container.said("ip").contains("inet 10.50.0.1/24"), "{}", container.said("ip"));
        let resolv = container.said("resolv");
        assert!(resolv.starts_with("nameserver 169.254.1.1\n"), "{resolv}");
        assert!(container.said("hosts").contains("10.50.0.1\t"), "{}", container.said("hosts"));
        let name = container.said("name");
        assert!(name.contains("169.254.1.1") && name.contains("192.0.2.99"), "{name}");
        assert_eq!(page("10.50.0.1:18080").as_deref(), Some("served"));
    });
    let taken = std::net::TcpListener::bind("10.50.0.1:18080").unwrap();
    let refused = container.refused();
    assert!(refused.contains("start_pasta") && refused.contains("18080"), "{refused}");
    drop(taken);
}

/// Answers one question of any name with one address.
fn answer(server: &UdpSocket) {
    let mut question = [0; 512];
    let Ok((long, from)) = server.recv_from(&mut question) else { return };
    let mut reply = question[..long].to_vec();
    // An answer, recursion available, one record: the name by its place, type A, class IN, a minute, four bytes.
    reply[2..4].copy_from_slice(&[0x81, 0x80]);
    reply[6..12].copy_from_slice(&[0, 1, 0, 0, 0, 0]);
    reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 99]);
    server.send_to(&reply, from).unwrap();
}
