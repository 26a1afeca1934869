//! Tests of the generated files together, in Podman's order.

use super::super::trial::{Done, ID, host, mounted, run as trial};
use super::*;
use crate::config::Config;
use crate::draft::{Namespace, NamespaceKind, NetMode, SecretMount};
use crate::facts::{
    Answer, Dependency, Errno, Facts, FileKind, Interface, InterfaceAddress, NetworkFacts,
    NetworkOutcome, NetworkStatus, PathFacts,
};
use std::borrow::ToOwned as _;
use std::collections::BTreeMap;
use std::format;
use std::string::ToString as _;
use std::vec;

const HOST_HOSTS: &str = "127.0.0.1 localhost\n127.0.0.1 vm # the machine\n";
const HOST_DNS: &str = "nameserver 10.255.255.53\n";

fn facts() -> Facts {
    let mut facts = host();
    facts.files.insert("/etc/hosts", Answer::Is(HOST_HOSTS.into()));
    facts.files.insert("/etc/resolv.conf", Answer::Is(HOST_DNS.into()));
    facts.files.insert("/etc/netns/x/resolv.conf", Answer::Error(Errno::ENOENT));
    let file = PathFacts { kind: Some(Answer::Is(FileKind::File)), ..PathFacts::default() };
    facts.paths.insert("/usr/share/zoneinfo/UTC", file);
    facts
}

/// A network namespace entry with a path; `None` for the host's network.
fn netns<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, path: Option<&'a str>) {
    if let Some(path) = path {
        let (kind, path) = (NamespaceKind::Network, Cow::Borrowed(path));
        draft.spec.namespaces.push(cx, Rule::SgNet03, || Namespace { kind, path });
    }
}

/// A network, its interface, and that one's addresses and gateways.
type Attached<'n> = (&'n str, &'n str, &'n [(&'n str, &'n str)]);

/// What networks gave.
fn status(networks: &[Attached<'_>]) -> NetworkStatus {
    let mut status = NetworkStatus::default();
    for (network, interface, addresses) in networks {
        let address = |(ipnet, gateway): &(&str, &str)| InterfaceAddress {
            ipnet: (*ipnet).into(),
            gateway: (*gateway).into(),
        };
        let subnets = addresses.iter().map(address).collect();
        let interfaces = [(interface.to_string(), Interface { subnets, ..Interface::default() })];
        let outcome = NetworkOutcome {
            interfaces: interfaces.into_iter().collect(),
            ..NetworkOutcome::default()
        };
        status.networks.insert(network.to_string(), outcome);
    }
    status
}

fn bridge<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    draft.container.net_mode.set(cx, Rule::SgNet04, || NetMode::Bridge);
    draft.container.create_netns.set(cx, Rule::SgNet04, || true);
    netns(cx, draft, Some("/proc/9/ns/net"));
}

#[test]
fn the_golden_case() {
    // Section 4 of the reference.
    let config = Config { chroot_directories: vec!["/chr/".to_owned()], ..Config::default() };
    let mut facts = facts();
    facts.container.name = Some("n\"q".to_owned());
    facts.image = Some(crate::facts::Image { id: "abc".into(), ..crate::facts::Image::default() });
    let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
        draft.container.privileged.set(cx, Rule::OcGiven01, || true);
        draft.container.timezone.set(cx, Rule::SgLib08, || Cow::Borrowed("UTC"));
        draft.container.image_name.set(cx, Rule::SgImg03, || Cow::Borrowed("docker.io/x:1"));
        draft.working.from_image.set(cx, Rule::SgImg01, || true);
        for (name, target) in [("s1", ""), ("s2", "t/2"), ("s3", "/abs/3")] {
            let (name, target) = (Cow::Borrowed(name), Cow::Borrowed(target));
            let secret = SecretMount { name, target, ..SecretMount::default() };
            draft.container.secrets.push(cx, Rule::OcGiven01, || secret);
        }
        draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted("/host", "bind", "/"));
        let entry = Namespace { kind: NamespaceKind::Network, path: Cow::Borrowed("/run/netns/x") };
        draft.spec.namespaces.push(cx, Rule::SgNet03, || entry);
    };
    let done = trial(&config, &facts, prepare, &[run]);
    assert_eq!((done.said(), &done.missing), (vec![], &vec![]));
    assert_eq!(
        done.bound(),
        [
            "/abs/3 /static/secrets/s3",
            "/chr/etc/hosts /run/c/hosts",
            "/chr/etc/resolv.conf /run/c/resolv.conf",
            "/etc/hostname /run/c/hostname",
            "/etc/hosts /run/c/hosts",
            "/etc/localtime /run/c/localtime",
            "/etc/resolv.conf /run/c/resolv.conf",
            "/run/.containerenv /run/c/.containerenv",
            "/run/secrets /run/c/run/secrets",
            "/run/secrets/s1 /static/secrets/s1",
            "/run/secrets/t/2 /static/secrets/s2",
        ]
    );
    let env = ["engine=\"podman-4.3.1\"\nname=\"n\\\"q\"\nid=\"", ID].concat();
    let env =
        [&env, "\"\nimage=\"docker.io/x:1\"\nimageid=\"abc\"\nrootless=0\ngraphRootMounted=1"]
            .concat();
    assert_eq!(done.written("/run/c/.containerenv"), Some(&*env));
    assert_eq!(done.written("/run/c/hostname"), Some("aaaabbbbcccc"));
    assert_eq!(done.written("/run/c/resolv.conf"), Some(HOST_DNS));
    assert_eq!(done.written("/run/c/hosts"), Some("127.0.0.1\tlocalhost\n127.0.0.1\tvm\n"));
    // LP-BM-01: first of all, the directory.
    assert_eq!(done.draft.plan.first().map(|step| step.effect.word()), Some("chown"));
}

#[test]
fn without_a_network_there_is_no_resolv_conf() {
    // LP-BM-14, LP-HOSTS-01
    let (config, facts) = (Config::default(), facts());
    let done = trial(&config, &facts, |cx, draft| netns(cx, draft, Some("")), &[run]);
    assert!(done.bound().iter().all(|line| !line.contains("resolv")), "{:?}", done.bound());
    let hosts = "127.0.0.1\tlocalhost\n127.0.0.1\tvm\n127.0.0.1\taaaabbbbcccc name\n";
    assert_eq!(done.written("/run/c/hosts"), Some(hosts));
}

#[test]
fn the_images_files_may_stay() {
    // LP-BM-12
    let (config, facts) = (Config::default(), facts());
    for (image_resolv_conf, image_hosts) in [(true, false), (false, true), (true, true)] {
        let choice = HostsChoice { image_resolv_conf, image_hosts };
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.container.hosts.set(cx, Rule::SgNet07, || choice);
        };
        let bound = trial(&config, &facts, prepare, &[run]).bound();
        let has = |file: &str| bound.iter().any(|line| line.starts_with(file));
        assert_eq!(
            (has("/etc/resolv.conf "), has("/etc/hosts ")),
            (!image_resolv_conf, !image_hosts)
        );
    }
}

#[test]
fn the_files_of_the_networks_owner_are_shared() {
    // LP-BM-11: two links away.
    let (config, mut facts) = (Config::default(), facts());
    let files = |dir: &str| -> BTreeMap<String, String> {
        let file = |path: &str, name: &str| (path.to_owned(), [dir, name].concat());
        [file("/etc/hosts", "/hosts"), file("/etc/resolv.conf", "/resolv.conf")]
            .into_iter()
            .collect()
    };
    let owner = Dependency {
        id: "owner".into(),
        bind_mounts: files("/o"),
        hosts: Some(Answer::Is("127.0.0.1 name\n".to_owned())),
        ..Dependency::default()
    };
    facts.containers.insert("owner", owner);
    let middle = Dependency {
        id: "middle".into(),
        net_ns_ctr: "owner".into(),
        bind_mounts: files("/m"),
        ..Dependency::default()
    };
    let done = trial(&config, &facts, |cx, draft| prepare_net(cx, draft, &middle), &[run]);
    let bound = done.bound();
    assert!(bound.contains(&"/etc/hosts /o/hosts".to_owned()), "{bound:?}");
    assert!(bound.contains(&"/etc/resolv.conf /o/resolv.conf".to_owned()), "{bound:?}");
    // LP-HOSTS-20: the name that is there already is not added.
    assert_eq!(
        done.effects("add_hosts"),
        [r#"{"path":"/o/hosts","ip":"127.0.0.1","names":["aaaabbbbcccc"]}"#]
    );
}

fn prepare_net<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>, donor: &'a Dependency) {
    draft.container.shared_namespaces.net.set(cx, Rule::SgNet04, || Some(donor));
}

#[test]
fn a_circle_of_joined_networks_is_refused() {
    // LP-BM-11
    let (config, mut facts) = (Config::default(), facts());
    let link = |id: &str, next: &str| Dependency {
        id: id.into(),
        net_ns_ctr: next.into(),
        ..Dependency::default()
    };
    facts.containers.insert("a", link("a", "b"));
    facts.containers.insert("b", link("b", "a"));
    facts.containers.insert("gone", Dependency::default());
    let (circle, dangling) = (link("a", "b"), link("c", "gone"));
    for (donor, said) in [
        (&circle, "loop encountered while determining net namespace container"),
        (&dangling, "fetching dependency c: no such container"),
    ] {
        let done = trial(&config, &facts, |cx, draft| prepare_net(cx, draft, donor), &[run]);
        assert_eq!(done.said(), [said]);
    }
}

#[test]
fn what_an_earlier_start_made_is_kept() {
    // LP-BM-02, LP-BM-10
    let (config, mut facts) = (Config::default(), facts());
    let kept = ["/etc/hostname", "/run/.containerenv", "/etc/hosts"]
        .map(|file| (file.to_owned(), "/old".to_owned()));
    facts.container.bind_mounts = Some(kept.into_iter().collect());
    let done = trial(&config, &facts, |_, _| {}, &[run]);
    assert_eq!(
        done.bound(),
        [
            "/etc/hostname /old",
            "/etc/hosts /run/c/hosts",
            "/etc/resolv.conf /run/c/resolv.conf",
            "/run/.containerenv /old"
        ]
    );
}

#[test]
fn the_host_has_a_name_in_the_container() {
    // LP-HOSTS-03
    let hosts = |change: &dyn Fn(&mut Facts)| {
        let mut facts = facts();
        facts.host.addresses = Some(
            ["127.0.0.1", "fe80::1", "2001:db8::5", "192.0.2.7", "192.0.2.8"]
                .map(String::from)
                .to_vec(),
        );
        facts.container.network_status = Some(status(&[
            ("lan", "eth1", &[("192.168.9.2/24", "192.168.9.1")]),
            ("podman", "eth0", &[("fd00::2/64", "fd00::1"), ("10.88.0.2/16", "10.88.0.1")]),
        ]));
        let network = |driver: &str| NetworkFacts {
            id: "i".into(),
            driver: driver.into(),
            ..NetworkFacts::default()
        };
        facts.networks.insert("lan", network("macvlan"));
        facts.networks.insert("podman", network("bridge"));
        change(&mut facts);
        let config = Config::default();
        let done = trial(&config, &facts, bridge, &[run]);
        assert_eq!((done.said(), &done.missing), (vec![], &vec![]));
        let text = done.written("/run/c/hosts").unwrap_or_default();
        text.lines()
            .find_map(|line| line.strip_suffix("\thost.containers.internal"))
            .map(String::from)
    };
    let conf = |ip: &'static str| {
        move |facts: &mut Facts| facts.conf.containers.host_containers_internal_ip = Some(ip.into())
    };
    assert_eq!(hosts(&|_| {}).as_deref(), Some("10.88.0.1"));
    assert_eq!(hosts(&|facts| facts.host.rootless = Some(true)).as_deref(), Some("192.0.2.7"));
    assert_eq!(hosts(&conf("1.2.3.4")).as_deref(), Some("1.2.3.4"));
    assert_eq!(hosts(&conf("none")), None);
    assert_eq!(hosts(&|facts| facts.host.machine = Some("qemu".into())), None);
    assert_eq!(
        hosts(&|facts| facts.host.machine = Some("wsl".into())).as_deref(),
        Some("10.88.0.1")
    );
    let no_v4 = |facts: &mut Facts| {
        facts.container.network_status =
            Some(status(&[("podman", "eth0", &[("fd00::2/64", "fd00::1")])]));
    };
    assert_eq!(hosts(&no_v4).as_deref(), Some("fd00::1"));
    assert_eq!(hosts(&|facts| facts.container.network_status = None).as_deref(), Some("192.0.2.7"));
}

#[test]
fn a_bridged_container_has_a_line_for_each_address() {
    // LP-HOSTS-01
    let (config, mut facts) =
        (Config { hostadd: vec!["foo:1.2.3.4".to_owned()], ..Config::default() }, facts());
    facts.conf.containers.base_hosts_file = Some("none".to_owned());
    facts.conf.containers.host_containers_internal_ip = Some("none".to_owned());
    facts.container.network_status = Some(status(&[
        ("b", "eth1", &[("10.89.0.5/24", "")]),
        ("a", "eth0", &[("10.88.0.2/16", ""), ("fd00::2/64", "")]),
    ]));
    let done = trial(&config, &facts, bridge, &[run]);
    let hosts = "1.2.3.4\tfoo\n127.0.0.1\tlocalhost\n::1\tlocalhost\n10.88.0.2\taaaabbbbcccc name\nfd00::2\taaaabbbbcccc name\n10.89.0.5\taaaabbbbcccc name\n";
    assert_eq!(done.written("/run/c/hosts"), Some(hosts));
}

#[test]
fn hosts_that_cannot_be_made_are_refused() {
    // LP-HOSTS-02, LP-HOSTS-04
    let cases: [(&str, &str, &str); 4] = [
        (
            "x",
            "",
            "failed to create new hosts file: unable to parse host entry \"x\": incorrect format",
        ),
        (":1", "", "failed to create new hosts file: hostname in host entry \":1\" is empty"),
        ("a:1", "/base", "failed to create new hosts file: open /base: no such file or directory"),
        (
            "a:1",
            "image",
            "failed to create new hosts file: open /mp/etc/hosts: no such file or directory",
        ),
    ];
    for (added, base, said) in cases {
        let (config, mut facts) =
            (Config { hostadd: vec![added.to_owned()], ..Config::default() }, facts());
        facts.conf.containers.base_hosts_file = Some(base.to_owned());
        facts.files.insert("/base", Answer::Error(Errno::ENOENT));
        facts.rootfs.hosts = Some(Answer::Error(Errno::ENOENT));
        let said = format!("creating hosts file for container {ID}: {said}");
        assert_eq!(trial(&config, &facts, |_, _| {}, &[run]).said(), [said]);
    }
}

#[test]
fn resolv_conf_by_mode() {
    // LP-DNS-03, LP-RC: the tables of the room `files` have the rest.
    let slirp = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
        draft.container.net_mode.set(cx, Rule::SgNet04, || NetMode::Slirp4netns(""));
        draft.container.create_netns.set(cx, Rule::SgNet04, || true);
        let entry =
            Namespace { kind: NamespaceKind::Network, path: Cow::Borrowed("/proc/9/ns/net") };
        draft.spec.namespaces.push(cx, Rule::SgNet03, || entry);
    };
    let (mut config, mut facts) = (Config::default(), facts());
    let text = |done: &Done<'_>| done.written("/run/c/resolv.conf").map(String::from);
    assert_eq!(
        text(&trial(&config, &facts, slirp, &[run])).as_deref(),
        Some("nameserver 10.0.2.3\nnameserver 10.255.255.53\n")
    );
    let options = |options: &[&str]| {
        Some(
            [("slirp4netns".to_owned(), options.iter().map(|o| String::from(*o)).collect())]
                .into_iter()
                .collect(),
        )
    };
    config.network_options = options(&["cidr=192.168.5.0/24"]);
    assert_eq!(
        text(&trial(&config, &facts, slirp, &[run])).as_deref(),
        Some("nameserver 192.168.5.3\nnameserver 10.255.255.53\n")
    );
    // A namespace that is set up later has a subnet that nobody knows yet.
    let late = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
        draft.container.net_mode.set(cx, Rule::SgNet04, || NetMode::Slirp4netns(""));
        draft.container.create_netns.set(cx, Rule::SgNet04, || true);
        draft.container.post_configure_netns.set(cx, Rule::SgNet04, || true);
        let entry = Namespace { kind: NamespaceKind::Network, path: Cow::Borrowed("") };
        draft.spec.namespaces.push(cx, Rule::SgNet03, || entry);
    };
    assert_eq!(
        text(&trial(&config, &facts, late, &[run])).as_deref(),
        Some("nameserver 10.0.2.3\nnameserver 10.255.255.53\n")
    );
    // No room: a warning, and the hosts file is refused.
    config.network_options = options(&["cidr=10.1.1.0/31"]);
    let done = trial(&config, &facts, slirp, &[run]);
    assert_eq!(text(&done).as_deref(), Some(HOST_DNS));
    assert_eq!(done.draft.warnings.len(), 1);
    assert_eq!(done.said().len(), 1);
    config.network_options = options(&["bad"]);
    let said = trial(&config, &facts, slirp, &[resolv_conf::run]).said();
    let bad = "unknown option for slirp4netns: \"bad\"";
    assert_eq!(said, [format!("creating resolv.conf for container {ID}: {bad}")]);
    // Servers by hand, spelled as addresses are; the host's network needs no filter.
    config.dns_server = vec!["2001:DB8::1".to_owned()];
    config.network_options = None;
    facts.conf.containers.dns_servers = Some(vec!["9.9.9.9".to_owned()]);
    let done = trial(&config, &facts, |_, _| {}, &[run]);
    assert_eq!(text(&done).as_deref(), Some("nameserver 9.9.9.9\nnameserver 2001:db8::1\n"));
}

#[test]
fn a_local_resolver_gives_way_to_its_servers() {
    // LP-RC-02, LP-RC-03
    let (config, mut facts) = (Config::default(), facts());
    facts.files.insert("/etc/resolv.conf", Answer::Is("nameserver 127.0.0.53\n".to_owned()));
    facts
        .files
        .insert("/run/systemd/resolve/resolv.conf", Answer::Is("nameserver 1.1.1.1\n".to_owned()));
    facts
        .files
        .insert("/etc/netns/blue/resolv.conf", Answer::Is("nameserver 2.2.2.2\n".to_owned()));
    for (path, text) in [
        (None, "nameserver 127.0.0.53\n"),
        (Some("/proc/7/ns/net"), "nameserver 1.1.1.1\n"),
        (Some("/run/netns/blue"), "nameserver 2.2.2.2\n"),
    ] {
        let done = trial(&config, &facts, |cx, draft| netns(cx, draft, path), &[run]);
        assert_eq!(done.written("/run/c/resolv.conf"), Some(text), "{path:?}");
    }
}

#[test]
fn containerenv_gives_way_to_mounts() {
    // LP-CE-01
    let (config, facts) = (Config::default(), facts());
    for (destination, source, text) in [
        ("/x", "/data", Some("")),
        ("/x", "/var/lib/con", Some("graphRootMounted=1")),
        ("/run", "/data", None),
        ("/run/.containerenv", "/data", None),
    ] {
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.spec.mounts.push(cx, Rule::SgMnt01, || mounted(destination, "bind", source));
        };
        let done = trial(&config, &facts, prepare, &[run]);
        assert_eq!(done.written("/run/c/.containerenv"), text, "{destination}");
    }
}

#[test]
fn time_zones() {
    // LP-TZ-01, LP-TZ-02
    let (config, mut facts) = (Config::default(), facts());
    let kind = |kind| PathFacts { kind: Some(kind), ..PathFacts::default() };
    facts.paths.insert("/usr/share/zoneinfo/Europe/Paris", kind(Answer::Is(FileKind::File)));
    facts.paths.insert("/usr/share/zoneinfo/Europe", kind(Answer::Is(FileKind::Directory)));
    facts.paths.insert("/usr/share/zoneinfo/Mars", kind(Answer::Error(Errno::ENOENT)));
    facts.paths.insert("/usr/share/zoneinfo/Local", kind(Answer::Error(Errno::ENOENT)));
    facts.paths.insert("/etc/localtime", kind(Answer::Is(FileKind::File)));
    for (zone, copied, said) in [
        ("", None, None),
        ("Europe/Paris", Some("/usr/share/zoneinfo/Europe/Paris"), None),
        ("local", Some("/etc/localtime"), None),
        (
            "Europe",
            None,
            Some("setting timezone for container ID: invalid timezone: is a directory"),
        ),
        ("Mars", None, Some("finding timezone for container ID: unknown time zone Mars")),
        ("../x", None, Some("finding timezone for container ID: time: invalid location name")),
        (
            "Local",
            None,
            Some(
                "setting timezone for container ID: lstat /usr/share/zoneinfo/Local: no such file or directory",
            ),
        ),
    ] {
        let prepare = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
            draft.container.timezone.set(cx, Rule::SgLib08, || Cow::Borrowed(zone));
        };
        let done = trial(&config, &facts, prepare, &[timezone::run]);
        let said: Vec<_> = said.map(|said: &str| said.replace("ID", ID)).into_iter().collect();
        assert_eq!(done.said(), said, "{zone}");
        let from = done.effects("write_file").concat();
        assert_eq!(
            from.contains(&["{\"copy_of\":\"", copied.unwrap_or("-"), "\"}"].concat()),
            copied.is_some(),
            "{zone} {from}"
        );
    }
}

#[test]
fn subscriptions_and_fips() {
    // LP-SUB, LP-FIPS-01, LP-SEC-01
    let (config, mut facts) = (Config::default(), facts());
    facts.host.fips = Some(true);
    facts.rootfs.paths.insert(
        "/usr/share/crypto-policies/back-ends/FIPS",
        crate::facts::RootfsEntry { kind: "directory".into(), target: String::new() },
    );
    facts.container.subscriptions =
        Some(vec!["/etc/pki:/run/pki".to_owned(), "/usr/share/x".to_owned()]);
    let secret = |cx: &Cx<'_>, draft: &mut Draft<'_>| {
        let secret = SecretMount { name: Cow::Borrowed("s"), ..SecretMount::default() };
        draft.container.secrets.push(cx, Rule::OcGiven01, || secret);
    };
    let done = trial(&config, &facts, secret, &[subscriptions::run, secrets::run]);
    assert_eq!(
        done.bound(),
        [
            "/etc/crypto-policies/back-ends /mp/usr/share/crypto-policies/back-ends/FIPS",
            "/run/pki /run/c/run/pki",
            "/run/secrets /run/c/run/secrets",
            "/run/secrets/s /static/secrets/s",
            "/usr/share/x /run/c/usr/share/x",
        ]
    );
    assert_eq!(done.effects("make_dir").len(), 1);
    // A subscription below the directory makes it, and so it is not bound in.
    facts.host.fips = Some(false);
    facts.container.subscriptions = Some(vec!["/etc/pki:/run/secrets/pki".to_owned()]);
    let done = trial(&config, &facts, secret, &[subscriptions::run, secrets::run]);
    assert_eq!(
        done.bound(),
        ["/run/secrets/pki /run/c/run/secrets/pki", "/run/secrets/s /static/secrets/s"]
    );
}

#[test]
fn labels_are_set_last_and_shared() {
    // LP-FILE-01, LP-BM-13
    let (config, mut facts) = (Config::default(), facts());
    facts.host.selinux = Some(true);
    facts.container.mount_label = Some("m".to_owned());
    let done = trial(&config, &facts, |_, _| {}, &[run]);
    assert_eq!(
        done.effects("relabel"),
        ["/run/c/hosts", "/run/c/resolv.conf"].map(|path| {
            [r#"{"path":""#, path, r#"","label":"m","shared":true,"unless_labelled":false}"#]
                .concat()
        })
    );
}
