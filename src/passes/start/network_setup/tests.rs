//! Tests of the network's effects.

use super::super::trial::{Done, host, run as trial};
use super::*;
use crate::config::{Config, NetworkAttachment};
use crate::draft::BindMount;
use crate::facts::{
    Answer, Facts, Interface, InterfaceAddress, NetworkFacts, NetworkOutcome, NetworkStatus,
    NetworkSubnet,
};
use crate::network::ports::PortMapping;
use std::borrow::ToOwned as _;
use std::vec;

const ALL: SlirpFeatures = SlirpFeatures {
    disable_host_loopback: true,
    mtu: true,
    enable_sandbox: true,
    enable_seccomp: true,
    cidr: true,
    outbound_addr: true,
    enable_ipv6: true,
};

fn facts() -> Facts {
    let mut facts = host();
    facts.engine.slirp4netns = Some(Answer::Is("/usr/bin/slirp4netns".to_owned()));
    facts.engine.slirp4netns_features = Some(ALL);
    facts.host.interfaces = Some(vec!["lo".to_owned()]);
    let network = NetworkFacts {
        id: "i".into(),
        name: "podman".into(),
        driver: "bridge".into(),
        subnets: vec![NetworkSubnet::of("10.88.0.0/16")],
        ..NetworkFacts::default()
    };
    facts.networks.insert("podman", network);
    facts
}

fn with<'a>(
    config: &'a Config,
    facts: &'a Facts,
    mode: &NetMode<'a>,
    late: bool,
    ports: u16,
    pass: crate::passes::Pass,
) -> Done<'a> {
    let prepare = |cx: &Cx<'a>, draft: &mut Draft<'a>| {
        let container = &mut draft.container;
        container.create_netns.set(cx, Rule::SgNet04, || true);
        container.post_configure_netns.set(cx, Rule::SgNet04, || late);
        container.net_mode.set(cx, Rule::SgNet04, || mode.clone());
        let network = facts.networks.get("podman").unwrap();
        let asked = config.networks.get("podman");
        let attached = Attached { network, interface: Cow::Borrowed("eth0"), asked };
        container.networks.set(cx, Rule::SgNet05, || vec![attached]);
        let port = |host_port| PortMapping {
            host_ip: Cow::Borrowed("127.0.0.1"),
            container_port: 80,
            host_port,
            range: 1,
            protocol: Cow::Borrowed("tcp"),
        };
        container
            .ports
            .set(cx, Rule::SgPort06, || (0..ports).map(|n| port(n.saturating_add(8080))).collect());
        let (destination, source) = (Cow::Borrowed(HOSTS), Cow::Borrowed("/run/c/hosts"));
        draft.bind_mounts.push(cx, Rule::LpHosts06, || BindMount { destination, source });
    };
    trial(config, facts, prepare, &[pass])
}

fn given(options: &[&str]) -> Config {
    let options = options.iter().map(|option| String::from(*option)).collect();
    let all = [("slirp4netns".to_owned(), options)];
    Config { network_options: Some(all.into_iter().collect()), ..Config::default() }
}

const PORT: &str =
    r#"{"host_ip":"127.0.0.1","host_port":8080,"container_port":80,"range":1,"protocol":"tcp"}"#;

#[test]
fn slirp4netns_is_started_in_the_namespace() {
    // LP-NET-11, LP-SLIRP-04, LP-SLIRP-10
    let (config, facts) = (given(&[]), facts());
    let done = with(&config, &facts, &NetMode::Slirp4netns(""), false, 0, run);
    assert_eq!(
        done.effects("create_netns"),
        [r#"{"path":"/run/netns/netns-x","run_dir":"/run/netns"}"#]
    );
    let started = done.effects("start_slirp4netns").concat();
    let argv = r#""argv":["/usr/bin/slirp4netns","--disable-host-loopback","--mtu=65520","--enable-sandbox","--enable-seccomp","--enable-ipv6","-c","-e","3","-r","4","--netns-type=path","/run/netns/netns-x","tap0"]"#;
    assert!(started.contains(argv), "{started}");
    assert!(
        started.contains(r#""attach":"path","without_dad":true,"own_mount_namespace":true"#),
        "{started}"
    );
    assert_eq!(done.draft.plan.len(), 2);
}

#[test]
fn ports_go_by_the_handler() {
    // LP-SLIRP-14, LP-RLK-02
    let facts = facts();
    let config = given(&["cidr=10.1.0.0/24"]);
    let done = with(&config, &facts, &NetMode::Slirp4netns(""), false, 1, run);
    let child = [
        r#"{"program":"","container_id":"aaaabbbbccccddddeeeeffff00001111aaaabbbbccccddddeeeeffff00001111","tmp_dir":"/run/libpod","netns":"/run/netns/netns-x","child_ip":"10.1.0.100","ports":["#,
        PORT,
        r#"],"rootless_cni":false}"#,
    ]
    .concat();
    assert_eq!(done.effects("start_rootlessport"), [child]);
    let config = given(&["port_handler=slirp4netns"]);
    let done = with(&config, &facts, &NetMode::Slirp4netns(""), false, 1, run);
    let socket = ["/run/libpod/", super::super::trial::ID, ".net"].concat();
    assert_eq!(
        done.effects("slirp4netns_forward"),
        [[r#"{"socket":""#, &socket, r#"","ports":["#, PORT, "]}"].concat()]
    );
    assert!(
        done.effects("start_slirp4netns")
            .concat()
            .contains(&[r#""--api-socket",""#, &socket].concat())
    );
    assert!(done.effects("start_rootlessport").is_empty());
}

#[test]
fn what_slirp4netns_cannot_do_is_refused() {
    let cases: [(&[&str], &str); 5] = [
        (&["foo=1"], "unknown option for slirp4netns: \"foo=1\""),
        (&["mtu=67"], "invalid mtu \"67\""),
        (&["outbound_addr=eth9"], "invalid outbound_addr \"eth9\""),
        (&["outbound_addr=lo", "mtu=x"], "invalid mtu \"x\""),
        (
            &["outbound_addr6=::1", "enable_ipv6=false"],
            "enable_ipv6=true is required for outbound_addr6",
        ),
    ];
    for (options, said) in cases {
        let (config, facts) = (given(options), facts());
        assert_eq!(with(&config, &facts, &NetMode::Slirp4netns(""), false, 0, run).said(), [said]);
    }
    let mut old = facts();
    old.engine.slirp4netns_features = Some(SlirpFeatures::default());
    let config = given(&[]);
    assert_eq!(
        with(&config, &old, &NetMode::Slirp4netns(""), false, 0, run).said(),
        ["enable_ipv6 not supported"]
    );
    old.engine.slirp4netns = Some(Answer::Error(Errno::ENOENT));
    assert_eq!(with(&config, &old, &NetMode::Slirp4netns(""), false, 0, run).said().len(), 1);
}

#[test]
fn a_bridge_is_set_up_and_a_rootless_one_forwarded_to() {
    // LP-NET-15, LP-RLK-02, LP-RLK-06
    let (config, mut facts) = (Config::default(), facts());
    let setup = |done: &Done<'_>| done.effects("network_setup").concat();
    let done = with(&config, &facts, &NetMode::Bridge, false, 1, run);
    let told = r#""container_name":"name","networks":[{"network":{"id":"i","name":"podman","driver":"bridge","subnets":[{"subnet":"10.88.0.0/16"}]},"interface_name":"eth0","static_ips":[],"static_mac":"","aliases":["aaaabbbbcccc"]}],"ports":["#;
    assert!(setup(&done).contains(told), "{}", setup(&done));
    assert!(done.effects("start_rootlessport").is_empty());
    facts.host.rootless = Some(true);
    let subnets = ["fd00::2/64", "10.88.0.2/16"]
        .map(|ipnet| InterfaceAddress { ipnet: ipnet.into(), gateway: String::new() });
    let interface = Interface { subnets: subnets.to_vec(), ..Interface::default() };
    let outcome = NetworkOutcome {
        interfaces: [("eth0".to_owned(), interface)].into_iter().collect(),
        ..NetworkOutcome::default()
    };
    facts.container.network_status =
        Some(NetworkStatus { networks: [("podman".to_owned(), outcome)].into_iter().collect() });
    let done = with(&config, &facts, &NetMode::Bridge, false, 1, run);
    let child = [
        r#"{"program":"","container_id":"aaaabbbbccccddddeeeeffff00001111aaaabbbbccccddddeeeeffff00001111","tmp_dir":"/run/libpod","netns":"/run/netns/netns-x","child_ip":"10.88.0.2","ports":["#,
        PORT,
        r#"],"rootless_cni":true}"#,
    ]
    .concat();
    assert_eq!(done.effects("start_rootlessport"), [child]);
    // LP-NET-03
    facts.host.machine = Some("qemu".to_owned());
    let done = with(&config, &facts, &NetMode::Bridge, false, 1, run);
    assert!(setup(&done).contains(r#""host_ip":"""#), "{}", setup(&done));
}

#[test]
fn a_fixed_address_lies_in_its_network() {
    // LP-NET-17
    let facts = facts();
    for (name, ip, said) in [
        ("default", "10.88.4.4", None),
        (
            "podman",
            "10.99.0.1",
            Some("requested static ip 10.99.0.1 not in any subnet on network podman"),
        ),
    ] {
        let attachment =
            NetworkAttachment { static_ips: vec![ip.to_owned()], ..NetworkAttachment::default() };
        let config = Config {
            networks: [(name.to_owned(), attachment)].into_iter().collect(),
            ..Config::default()
        };
        let done = with(&config, &facts, &NetMode::Bridge, false, 0, run);
        assert_eq!(done.said(), said.into_iter().collect::<Vec<_>>());
    }
}

#[test]
fn a_late_namespace_is_configured_after_the_runtime() {
    // LP-NET-40
    let (config, facts) = (given(&["cidr=10.1.0.0/24"]), facts());
    assert!(with(&config, &facts, &NetMode::Slirp4netns(""), true, 0, run).draft.plan.is_empty());
    let done = with(&config, &facts, &NetMode::Slirp4netns(""), true, 0, after_create);
    let started = done.effects("start_slirp4netns").concat();
    assert!(started.contains(r#""-r","4","0","tap0"],"attach":"process""#), "{started}");
    assert_eq!(
        done.effects("add_hosts"),
        [r#"{"path":"/run/c/hosts","ip":"10.1.0.100","names":["aaaabbbbcccc","name"]}"#]
    );
    assert!(done.draft.plan.iter().all(|step| step.stage == Stage::Created));
    assert!(with(&config, &facts, &NetMode::Bridge, false, 0, after_create).draft.plan.is_empty());
}
