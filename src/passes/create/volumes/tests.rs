//! Worked cases of VOL, from the examples of the behaviour pages.

use super::*;
use crate::Config;
use crate::config;
use crate::draft::{ImageVolumeMount, NsChoice, NsMode};
use crate::facts::{self, Answer, Dependency, Errno, Facts, FileKind, PathFacts};
use crate::options::Profile;
use crate::plan::PlanEffect;
use std::string::{String, ToString};
use std::vec::Vec;
use std::{format, vec};

/// What came of it, one thing a line.
#[derive(Debug, Default)]
struct Done {
    mounts: Vec<String>,
    volumes: Vec<String>,
    overlays: Vec<String>,
    user: Vec<String>,
    made: Vec<String>,
    said: Vec<String>,
    warned: Vec<String>,
}

fn texts(options: &[String]) -> Vec<Text<'_>> {
    options.iter().map(|o| Cow::Borrowed(o.as_str())).collect()
}

/// The request's lists as the pass over the pod leaves them.
fn inherit<'a>(cx: &Cx<'a>, draft: &mut Draft<'a>) {
    let working = &mut draft.working;
    let rule = Rule::OcGiven01;
    for m in cx.config().each(config::Field::Mounts, |c| &c.mounts) {
        cx.within(|| {
            let m = m.see(cx);
            working.request_mounts.push(cx, rule, || Mount {
                destination: Cow::Borrowed(&m.destination),
                kind: Cow::Borrowed(&m.kind),
                source: Cow::Borrowed(&m.source),
                options: texts(m.options.as_deref().unwrap_or_default()),
            });
        });
    }
    for v in cx.config().each(config::Field::Volumes, |c| &c.volumes) {
        cx.within(|| {
            let v = v.see(cx);
            working.request_volumes.push(cx, rule, || NamedVolumeMount {
                name: Cow::Borrowed(&v.name),
                dest: Cow::Borrowed(&v.dest),
                options: texts(&v.options),
                anonymous: v.is_anonymous,
            });
        });
    }
    for v in cx.config().each(config::Field::OverlayVolumes, |c| &c.overlay_volumes) {
        let v = v.see(cx);
        working.request_overlays.push(cx, rule, || Overlay {
            dest: Cow::Borrowed(&v.destination),
            source: Cow::Borrowed(&v.source),
            options: texts(&v.options),
        });
    }
    for v in cx.config().each(config::Field::ImageVolumes, |c| &c.image_volumes) {
        let v = v.see(cx);
        working.request_image_volumes.push(cx, rule, || ImageVolumeMount {
            source: Cow::Borrowed(&v.source),
            dest: Cow::Borrowed(&v.destination),
            read_write: v.read_write,
        });
    }
    let private = || NsChoice { mode: NsMode::Private, ..NsChoice::default() };
    working.pidns.set(cx, Rule::SgNs03, private);
    cx.end_pass();
}

fn run(config: &Config, facts: &Facts) -> Done {
    let cx = Cx::new(config, facts, Profile::Podman43);
    let mut draft = Draft::default();
    for pass in [inherit, gather, lists, options, create] {
        pass(&cx, &mut draft);
        cx.end_pass();
    }
    let made = |effect: &PlanEffect<'_>| match effect {
        PlanEffect::CreateVolume { name, anonymous, options, .. } => {
            format!("{name} {anonymous} {}", options.join(","))
        }
        other => format!("{other:?}"),
    };
    Done {
        mounts: (draft.working.user_mounts.values())
            .map(|m| format!("{} {} {} {}", m.destination, m.kind, m.source, m.options.join(",")))
            .collect(),
        volumes: (draft.container.named_volumes.values())
            .map(|v| format!("{} {} {}", v.dest, v.name, v.options.join(",")))
            .collect(),
        overlays: (draft.container.overlay_volumes.values())
            .map(|v| format!("{} {} {}", v.dest, v.source, v.options.join(",")))
            .collect(),
        user: draft.container.user_volumes.values().map(ToString::to_string).collect(),
        made: draft.plan.iter().map(|step| made(&step.effect)).collect(),
        said: draft.refusals.iter().map(|d| d.problem.to_string()).collect(),
        warned: draft.warnings.iter().map(|w| w.kind.to_string()).collect(),
    }
}

fn bind(destination: &str, source: &str, options: &[&str]) -> config::Mount {
    config::Mount {
        destination: destination.into(),
        kind: "bind".into(),
        source: source.into(),
        options: Some(options.iter().map(|o| (*o).into()).collect()),
    }
}

fn volume(name: &str, dest: &str) -> config::NamedVolume {
    config::NamedVolume { name: name.into(), dest: dest.into(), ..config::NamedVolume::default() }
}

fn over(source: &str, destination: &str) -> config::OverlayVolume {
    config::OverlayVolume {
        destination: destination.into(),
        source: source.into(),
        options: Vec::new(),
    }
}

fn host() -> Facts {
    let mut facts = Facts::default();
    facts.host.working_directory = Some("/engine/dir".into());
    facts.container.random_names = Some((0..4).map(|i| format!("r{i}")).collect());
    facts.paths.insert(
        "/usr/libexec/podman/catatonit",
        PathFacts { kind: Some(Answer::Is(FileKind::File)), ..PathFacts::default() },
    );
    for name in ["v1", "cvol", "named", "v"] {
        facts.volumes.insert(name, facts::Volume { exists: name != "v1", ..Default::default() });
    }
    facts
}

/// The image `full` of the pages.
fn full() -> (Config, Facts) {
    let mut facts = host();
    let mut image = facts::Image::default();
    image.config.volumes =
        ["/vol/x", "/data"].map(|v| (v.into(), facts::ImageNothing)).into_iter().collect();
    facts.image = Some(image);
    (Config { image: "full".into(), ..Config::default() }, facts)
}

fn donor() -> Dependency {
    Dependency {
        id: "d".repeat(64),
        user_volumes: vec!["/m".into(), "/v".into(), "/lost".into()],
        mounts: vec![
            bind("/m", "/srv/m", &["rw"]),
            bind("/not-the-users", "/x", &[]),
            config::Mount { kind: "tmpfs".into(), ..bind("/v", "tmpfs", &[]) },
        ],
        named_volumes: vec![volume("named", "/v/")],
        ..Dependency::default()
    }
}

const DEFAULTS: &str = "rw,rprivate,nosuid,nodev,rbind";
const OF_IMAGE: &str = "rprivate,rw,nodev,exec,nosuid,rbind";

#[test]
fn image_volumes_become_anonymous_volumes() {
    // E-02, SG-VOL-11
    let (config, facts) = full();
    let done = run(&config, &facts);
    assert_eq!(done.volumes, [format!("/data r0 {OF_IMAGE}"), format!("/vol/x r1 {OF_IMAGE}")]);
    assert_eq!(done.made, ["r0 true ", "r1 true "]);
    assert_eq!(done.user, ["/data", "/vol/x"]);
    assert_eq!((done.mounts.len(), done.said.len()), (0, 0));
}

#[test]
fn image_volumes_become_tmpfs_or_nothing() {
    // E-53
    let (config, facts) = full();
    let done = run(&Config { image_volume_mode: "TMPFS".into(), ..config.clone() }, &facts);
    assert_eq!(
        done.mounts,
        ["/data tmpfs tmpfs rprivate,rw,nodev,exec", "/vol/x tmpfs tmpfs rprivate,rw,nodev,exec"]
    );
    assert!(done.volumes.is_empty() && done.user.is_empty());
    for config in [
        Config { image_volume_mode: "ignore".into(), ..config.clone() },
        Config { rootfs: "/srv/r".into(), ..config },
    ] {
        let done = run(&config, &facts);
        assert!(done.volumes.is_empty() && done.mounts.is_empty());
    }
}

#[test]
fn a_request_mount_takes_an_image_volumes_place() {
    // E-52
    let (config, facts) = full();
    let config = Config { mounts: vec![bind("/data/", "/srv/a", &[])], ..config };
    let done = run(&config, &facts);
    assert_eq!(done.mounts, ["/data/ bind /srv/a "]);
    assert_eq!(done.volumes, [format!("/vol/x r0 {OF_IMAGE}")]);
    assert_eq!(done.user, ["/data/", "/vol/x"]);
}

#[test]
fn volumes_come_from_other_containers() {
    // E-75
    let mut facts = host();
    facts.containers.insert("donor", donor());
    let config = Config { volumes_from: vec!["donor:ro,z".into()], ..Config::default() };
    let done = run(&config, &facts);
    assert_eq!(done.mounts, ["/m bind /srv/m ro,z"]);
    assert_eq!(done.volumes, ["/v named ro,z,rprivate,nosuid,nodev,rbind"]);
    assert_eq!(done.user, ["/v"]);
    let lost = |place| {
        let id = "d".repeat(64);
        format!("Unable to match volume {place} from container {id} for volumes-from")
    };
    assert_eq!(done.warned, [lost("/v"), lost("/lost")]);
    // The request's go over them, of either kind.
    let config = Config {
        volumes_from: vec!["donor".into()],
        mounts: vec![bind("/v", "/srv/v", &[])],
        volumes: vec![volume("v", "/m")],
        ..Config::default()
    };
    let done = run(&config, &facts);
    assert_eq!(done.mounts, ["/v bind /srv/v "]);
    // The donor wrote its volume's place uncleaned, and so it stays.
    assert_eq!(done.volumes, [format!("/m v {DEFAULTS}"), format!("/v named {DEFAULTS}")]);
}

#[test]
fn volumes_from_is_checked() {
    // SG-VOL-05
    let mut facts = host();
    facts.containers.insert("donor", donor());
    facts.containers.insert("zz", Dependency::default());
    for (from, said) in [
        (
            "zz",
            "looking up container \"zz\" for volumes-from: no container with name or ID \"zz\" found: no such container",
        ),
        (
            "donor:Z",
            "invalid option \"Z\" specified - volumes from another container can only use z,ro,rw options",
        ),
        (
            "donor:",
            "invalid option \"\" specified - volumes from another container can only use z,ro,rw options",
        ),
        ("donor:z,z", "cannot set :z options more than once"),
        ("donor:ro,rw", "cannot set ro or rw options more than once"),
    ] {
        let config = Config { volumes_from: vec![from.into()], ..Config::default() };
        let done = run(&config, &facts);
        assert!(done.said.len() == 1 && done.said[0].starts_with(said), "{from}: {done:?}");
    }
}

#[test]
fn an_image_volume_and_a_donors_bind_conflict() {
    // Q-17
    let (config, mut facts) = full();
    let mut donor = donor();
    donor.user_volumes = vec!["/data".into()];
    donor.mounts = vec![bind("/data", "/srv/d", &[])];
    donor.named_volumes.clear();
    facts.containers.insert("donor", donor);
    let done = run(&Config { volumes_from: vec!["donor".into()], ..config }, &facts);
    assert_eq!(done.said, ["conflict at mount destination /data: duplicate mount destination"]);
}

#[test]
#[expect(clippy::large_stack_arrays, reason = "a table of whole configs")]
fn destinations_are_checked_and_compared() {
    let twice =
        "conflict in specified volumes - multiple volumes at \"/v\": duplicate mount destination";
    for (config, said) in [
        // E-51
        (
            Config {
                mounts: vec![bind("/x", "/a", &[]), bind("/x/", "/b", &[])],
                ..Config::default()
            },
            "\"/x\": duplicate mount destination",
        ),
        // Recorded: reject-vol-dup, reject-ovl-dup, reject-vol-relative.
        (
            Config { volumes: vec![volume("v", "/v"), volume("v1", "/v/")], ..Config::default() },
            twice,
        ),
        (
            Config {
                overlay_volumes: vec![over("/a", "/v"), over("/b", "/v")],
                ..Config::default()
            },
            twice,
        ),
        (
            Config { volumes: vec![volume("v1", "v")], ..Config::default() },
            "invalid container path \"v\", must be an absolute path",
        ),
        (
            Config { mounts: vec![bind("", "/a", &[])], ..Config::default() },
            "container directory cannot be empty",
        ),
        // E-54
        (
            Config {
                volumes: vec![volume("v1", "/v")],
                mounts: vec![bind("/v", "/a", &[])],
                ..Config::default()
            },
            "conflict at mount destination /v: duplicate mount destination",
        ),
    ] {
        assert_eq!(run(&config, &host()).said, [said]);
    }
    // Q-19
    let config = Config {
        overlay_volumes: vec![over("/o", "/x")],
        mounts: vec![bind("/x", "/a", &[])],
        ..Config::default()
    };
    let done = run(&config, &host());
    assert_eq!((done.overlays, done.said), (vec![String::from("/x /o ")], vec![]));
    assert_eq!(done.user, ["/x", "/x"]);
}

#[test]
fn sources_of_binds_are_absolute() {
    // SG-VOL-10, Q-20
    for (kind, source, wanted) in [
        ("bind", "/a/../b/", "/b"),
        ("bind", "c", "/engine/dir/c"),
        ("bind", "", "/engine/dir"),
        ("bind", "/", "/"),
        ("rbind", "../c", "../c"),
        ("tmpfs", "tmpfs", "tmpfs"),
    ] {
        let mount = config::Mount { kind: kind.into(), ..bind("/x", source, &[]) };
        let done = run(&Config { mounts: vec![mount], ..Config::default() }, &host());
        assert_eq!(done.mounts, [format!("/x {kind} {wanted} ")]);
    }
}

#[test]
fn containers_conf_adds_volumes() {
    // E-82
    let mut facts = host();
    let texts = ["/srv/a:/cv:ro", "cvol:/cn", "/anon", "/low:/ov:O"];
    facts.conf.containers.volumes = Some(texts.map(String::from).into());
    let done = run(&Config::default(), &facts);
    assert_eq!(done.mounts, ["/cv bind /srv/a ro"]);
    assert_eq!(done.volumes, [format!("/anon r0 {DEFAULTS}"), format!("/cn cvol {DEFAULTS}")]);
    assert_eq!(done.overlays, ["/ov /low O"]);
    assert_eq!(done.user, ["/anon", "/cn", "/ov"]);
    let wins = Config { mounts: vec![bind("/cv", "/srv/b", &[])], ..Config::default() };
    assert_eq!(run(&wins, &facts).mounts, ["/cv bind /srv/b "]);
    // Q-18
    let loses = Config { volumes: vec![volume("v", "/cv")], ..Config::default() };
    assert_eq!(
        run(&loses, &facts).said,
        ["conflict at mount destination /cv: duplicate mount destination"]
    );
    facts.conf.containers.volumes = Some(vec!["a:b:c:d".into()]);
    assert_eq!(
        run(&Config::default(), &facts).said,
        ["a:b:c:d: incorrect volume format, should be [host-dir:]ctr-dir[:option]"]
    );
}

#[test]
fn init_is_bound_where_it_can_be_pid_1() {
    // E-55, SG-INIT-01 to -03
    let init = || Config { init: true, ..Config::default() };
    let done = run(&init(), &host());
    assert_eq!(done.mounts, ["/run/podman-init bind /usr/libexec/podman/catatonit bind,ro"]);
    assert!(done.user.is_empty());
    let mut facts = host();
    facts.paths.insert(
        "/none",
        PathFacts { kind: Some(Answer::Error(Errno::ENOENT)), ..PathFacts::default() },
    );
    facts.conf.engine.init_path = Some(String::new());
    let taken = bind("/run/podman-init", "/a", &[]);
    for (config, said) in [
        (init(), "please specify a path to the container-init binary"),
        (
            Config {
                init_path: "/none".into(),
                systemd: config::SystemdWord("always".into()),
                ..init()
            },
            "cannot use container-init binary with systemd=always",
        ),
        (
            Config { init_path: "/none".into(), ..init() },
            "container-init binary not found on the host: stat /none: no such file or directory",
        ),
        (
            Config {
                init_path: "/usr/libexec/podman/catatonit".into(),
                mounts: vec![taken],
                ..init()
            },
            "a mount at /run/podman-init, where the init binary goes: duplicate mount destination",
        ),
    ] {
        assert_eq!(run(&config, &facts).said, [said]);
    }
}

#[test]
fn named_volumes_are_made_once_and_only_where_missing() {
    let mut twice = volume("v1", "/b");
    twice.options = vec!["volume-opt=type=tmpfs".into()];
    let config =
        Config { volumes: vec![twice, volume("v1", "/c"), volume("v", "/d")], ..Config::default() };
    let done = run(&config, &host());
    assert_eq!(done.made, ["v1 false type=tmpfs"]);
    let mut odd = volume("v1", "/b");
    odd.options = vec!["wat".into()];
    // Recorded: vol-unknown-opt, reject-vol-badname.
    for (volume, said) in [
        (
            config::NamedVolume { name: "vol1".into(), dest: "/v".into(), ..odd },
            "running container create option: processing options for named volume \"vol1\" mounted at \"/v\": unknown mount option \"wat\": invalid mount option",
        ),
        (
            volume("bad/name", "/v"),
            "creating named volume \"bad/name\": running volume create option: names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument",
        ),
    ] {
        let config = Config { volumes: vec![volume], ..Config::default() };
        assert_eq!(run(&config, &host()).said, [said]);
    }
}
