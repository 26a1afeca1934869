//! Tests each refusal of libpod, and that what is right passes.

use super::super::{command, defaults, labels, options as container_options, request};
use super::*;
use crate::config::{Config, Health, Log};
use crate::draft::{ImageVolumeMount, NamedVolumeMount, Namespace, Overlay};
use crate::facts::{Answer, Dependency, Facts, Image, PathFacts, Pod, SecretFacts};
use crate::options::Profile;
use std::borrow::Cow;
use std::string::{String, ToString as _};
use std::vec::Vec;

fn facts() -> Facts {
    let mut facts = Facts { image: Some(Image::default()), ..Facts::default() };
    facts.image.as_mut().unwrap().config.cmd = Some(["sh".into()].into());
    facts.host.rootless = Some(false);
    facts.host.cgroup_unified = Some(Answer::Is(true));
    facts.engine.log_driver = Some("k8s-file".into());
    facts.container.id = Some("own".into());
    facts.container.static_dir = Some("/static".into());
    facts.conf.containers.seccomp_profile = Some("unconfined".into());
    let path = |kind| PathFacts { kind: Some(kind), ..PathFacts::default() };
    facts.paths.insert("/srv/r", path(Answer::Is(FileKind::Directory)));
    facts.paths.insert("/nope", path(Answer::Error(Errno::ENOENT)));
    facts.paths.insert("/usr/share/zoneinfo/Europe/Paris", path(Answer::Is(FileKind::File)));
    facts.paths.insert("/usr/share/zoneinfo/Europe", path(Answer::Is(FileKind::Directory)));
    facts.paths.insert("/usr/share/zoneinfo/Bogus/Zone", path(Answer::Error(Errno::ENOENT)));
    facts.secrets.insert("none", SecretFacts::default());
    facts.containers.insert(
        "db",
        Dependency { id: "db".into(), state: "removing".into(), ..Dependency::default() },
    );
    facts.containers.insert("self", Dependency { id: "own".into(), ..Dependency::default() });
    facts.pods.insert("P", Pod { id: "p".into(), ..Pod::default() });
    facts
}

fn config() -> Config {
    Config { image: "bb".into(), ..Config::default() }
}

/// The refusals of a config, over a draft that was changed before the last checks.
fn refusals(config: &Config, change: impl for<'a> Fn(&Cx<'a>, &mut Draft<'a>)) -> Vec<String> {
    let facts = facts();
    let cx = Cx::new(config, &facts, Profile::Podman43);
    let mut draft = Draft::default();
    let before: [super::super::super::Pass; 7] = [
        request::run,
        image::find,
        image::health,
        image::stop_signal,
        labels::run,
        defaults::run,
        super::super::pod::inherit,
    ];
    let after: [super::super::super::Pass; 3] =
        [command::run, container_options::run, cgroup::mode];
    for pass in before.into_iter().chain(after).chain([options as super::super::super::Pass]) {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    let pid = cx.decide(Rule::OcDefault01, || Namespace {
        kind: NamespaceKind::Pid,
        path: Cow::Borrowed(""),
    });
    draft.spec.namespaces.put(&cx, pid);
    change(&cx, &mut draft);
    validate(&cx, &mut draft);
    draft.refusals.iter().map(|d| d.problem.to_string()).collect()
}

fn first(config: &Config) -> Option<String> {
    refusals(config, |_, _| ()).into_iter().next()
}

#[test]
fn options_that_cannot_be_stored_are_refused() {
    let c = config;
    let one = |text: &str| Vec::from([text.into()]);
    for (refusal, config) in [
        // SG-LIB-11, SG-LIB-08, SG-LIB-05
        (
            "stat /nope: no such file or directory",
            Config { image: String::new(), rootfs: "/nope".into(), command: Some(one("a")), ..c() },
        ),
        (
            "stat /usr/share/zoneinfo/Bogus/Zone: no such file or directory",
            Config { timezone: "Bogus/Zone".into(), ..c() },
        ),
        ("invalid timezone: is a directory", Config { timezone: "Europe/".into(), ..c() }),
        ("invalid umask string 9x: invalid argument", Config { umask: Some("9x".into()), ..c() }),
        (
            "invalid umask string 00022: invalid argument",
            Config { umask: Some("00022".into()), ..c() },
        ),
        // SG-LIB-09: E-80
        ("stop signal cannot be 0: invalid argument", Config { stop_signal: Some(0), ..c() }),
        (
            "stop signal cannot be greater than 64 (SIGRTMAX): invalid argument",
            Config { stop_signal: Some(65), ..c() },
        ),
        // SG-LIB-07: E-83
        (
            "invalid log driver: invalid argument",
            Config {
                log_configuration: Some(Log { driver: "syslog".into(), ..Log::default() }),
                ..c()
            },
        ),
        // SG-LIB-14, SG-LIB-06
        (
            "invalid cgroup mode \"bogus\": invalid argument",
            Config { cgroups_mode: "bogus".into(), ..c() },
        ),
        (
            "\"none\" is not a valid restart policy: invalid argument",
            Config { restart_policy: "none".into(), ..c() },
        ),
        (
            "no secret with name or id \"none\": no such secret",
            Config { secret_env: [("V", "none")].into_iter().collect(), ..c() },
        ),
        // SG-LIB-10
        (
            "cannot use container db as a dependency as it is being removed: container state improper",
            Config { dependency_containers: one("db"), ..c() },
        ),
        (
            "must specify another container: invalid argument",
            Config { dependency_containers: one("self"), ..c() },
        ),
        // SG-LIB-13, SG-LIB-03
        (
            "never is invalid init container type",
            Config { init_container_type: "never".into(), pod: "P".into(), ..c() },
        ),
        (
            "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument",
            Config { name: "-a".into(), ..c() },
        ),
        (
            "names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument",
            Config { name: "a/b".into(), ..c() },
        ),
    ] {
        assert_eq!(
            first(&config),
            Some(std::format!("running container create option: {refusal}")),
            "{refusal}"
        );
    }
}

#[test]
fn options_that_can_be_stored_pass() {
    let c = config;
    for config in [
        Config {
            image: String::new(),
            rootfs: "/srv/r".into(),
            command: Some(["a".into()].into()),
            ..c()
        },
        Config {
            timezone: "Europe/Paris".into(),
            umask: Some("7".into()),
            stop_signal: Some(64),
            restart_policy: "no".into(),
            ..c()
        },
        Config {
            timezone: "local".into(),
            umask: Some(String::new()),
            stop_signal: Some(-1),
            name: "0_a.B-".into(),
            ..c()
        },
        Config { init_container_type: "once".into(), pod: "P".into(), ..c() },
    ] {
        assert_eq!(first(&config), None);
    }
}

#[test]
fn the_whole_container_makes_sense() {
    let c = config;
    let labelled = |value| [(AUTO_UPDATE, value)].into_iter().collect();
    for (refusal, config) in [
        // SG-LIB-20
        (
            "must set root filesystem source to either image or rootfs: invalid argument",
            Config { image: String::new(), command: Some(["a".into()].into()), ..c() },
        ),
        // SG-CG-03: E-71, E-72
        (
            "cannot specify --cgroup-mode=split with a cgroup-parent: invalid argument",
            Config { cgroups_mode: "split".into(), cgroup_parent: "/x".into(), ..c() },
        ),
        (
            "cannot set cgroup parent if not creating cgroups: invalid argument",
            Config { cgroups_mode: "disabled".into(), cgroup_parent: "/x".into(), ..c() },
        ),
        // SG-LIB-22 to -24
        (
            "init containers must be created in a pod: invalid argument",
            Config { init_container_type: "once".into(), ..c() },
        ),
        (
            "cannot set on-failure action to kill without a health check",
            Config { health_check_on_failure_action: 2, ..c() },
        ),
        (
            "cannot set on-failure action to invalid without a health check",
            Config { health_check_on_failure_action: 1, ..c() },
        ),
        (
            "short name: auto updates require fully-qualified image reference: \"bb:1\"",
            Config { labels: labelled("registry"), raw_image_name: "bb:1".into(), ..c() },
        ),
        (
            "auto updates require the docker image transport but image is of transport \"dir\"",
            Config { labels: labelled("image"), raw_image_name: "dir:/x".into(), ..c() },
        ),
    ] {
        assert_eq!(first(&config).as_deref(), Some(refusal));
    }
    for config in [
        Config { labels: labelled("local"), raw_image_name: "bb".into(), ..c() },
        Config { labels: labelled("registry"), raw_image_name: "quay.io/x/bb".into(), ..c() },
        Config { health_check_on_failure_action: 2, healthconfig: Some(Health::default()), ..c() },
        Config { cgroups_mode: "disabled".into(), ..c() },
    ] {
        assert_eq!(first(&config), None);
    }
}

#[test]
fn without_cgroups_the_pid_namespace_is_the_containers_own() {
    // SG-CG-03
    let config = Config { cgroups_mode: "disabled".into(), ..config() };
    let host = refusals(&config, |cx, draft| draft.spec.namespaces.remove(cx, Rule::SgNs10, 0));
    assert_eq!(
        host,
        ["containers not creating Cgroups must create a private PID namespace: invalid argument"]
    );
    let path = refusals(&config, |cx, draft| {
        draft
            .spec
            .namespaces
            .amend(cx, Rule::SgNs10, 0, |n| Namespace { path: Cow::Borrowed("/x"), ..n.clone() });
    });
    assert_eq!(
        path,
        [
            "containers not creating Cgroups must create a private PID namespace - cannot use another: invalid argument"
        ]
    );
    let joined = refusals(&config, |cx, draft| {
        let donor = cx.facts().container("db");
        draft.container.shared_namespaces.pid.set(cx, Rule::SgNs20, || donor);
    });
    assert_eq!(
        joined,
        ["cannot join another container's PID namespace if not creating cgroups: invalid argument"]
    );
}

#[test]
fn two_volumes_cannot_be_at_one_place() {
    // SG-LIB-28
    let named =
        |dest| NamedVolumeMount { dest: Cow::Borrowed(dest), ..NamedVolumeMount::default() };
    let twice = refusals(&config(), |cx, draft| {
        draft.container.named_volumes.push(cx, Rule::SgVol11, || named("/o"));
        draft.container.overlay_volumes.push(cx, Rule::SgVol09, || Overlay {
            dest: Cow::Borrowed("/o"),
            ..Overlay::default()
        });
    });
    assert_eq!(twice, ["two volumes found with destination /o: invalid argument"]);
    let apart = refusals(&config(), |cx, draft| {
        draft.container.named_volumes.push(cx, Rule::SgVol11, || named("/o/"));
        draft.container.image_volumes.push(cx, Rule::SgVol09, || ImageVolumeMount {
            dest: Cow::Borrowed("/o"),
            ..ImageVolumeMount::default()
        });
    });
    assert_eq!(apart, [""; 0]);
}

#[test]
fn ids_need_a_user() {
    // SG-LIB-26, SG-LIB-21
    let refused =
        refusals(&config(), |cx, draft| draft.spec.process.gid.set(cx, Rule::SgUns05, || 5));
    assert_eq!(
        refused,
        [
            "please set User explicitly via WithUser() instead of in OCI spec directly: invalid argument"
        ]
    );
    let named = Config { user: "5".into(), ..config() };
    assert_eq!(
        refusals(&named, |cx, draft| draft.spec.process.gid.set(cx, Rule::SgUns05, || 5)),
        [""; 0]
    );
    let twice = refusals(&config(), |cx, draft| {
        draft.container.create_netns.set(cx, Rule::SgNet04, || true);
        let donor = cx.facts().container("db");
        draft.container.shared_namespaces.net.set(cx, Rule::SgNs20, || donor);
    });
    assert_eq!(
        twice,
        [
            "cannot both create a network namespace and join another container's network namespace: invalid argument"
        ]
    );
}
