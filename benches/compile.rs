//! What a compilation costs, against writing the finished spec out (S), in one run: only the ratios count.
//!
//! `cargo bench` prints a table of containers and one of growth; `cargo bench -- --json` prints a JSON line a measurement.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends where it cannot go on"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark has a clock and reads its fixtures")]
#![expect(clippy::arithmetic_side_effects, reason = "numbers of a few digits")]

use ocify::config::{Bytes, DeviceText, IdMapping, IdMappings, Mount, Namespace};
use ocify::facts::{
    Answer, DeviceNode, FileKind, ImageNothing, PathFacts, StatFs, facts_from_json,
};
use ocify::parts::security::seccomp::SeccompProfile;
use ocify::{Config, Facts, Options, Profile, compile};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const OPTIONS: Options = Options { profile: Profile::Podman43 };
/// How often a measurement is repeated; the fastest counts, for noise only adds.
const ROUNDS: u32 = 15;
/// How long one round takes.
const ROUND: Duration = Duration::from_millis(20);

fn main() {
    let json = std::env::args().any(|argument| argument == "--json");
    if !json {
        println!("container          |  compile | + write |       S | total/S | reasons | bytes");
    }
    for (name, mounts, variables) in [("small", 0, 0), ("typical", 20, 30), ("large", 500, 1000)] {
        for seccomp in [true, false] {
            let (config, facts) = with_facts(config(mounts, variables, seccomp));
            let row = measure(&config, &facts);
            let section = if seccomp { "seccomp" } else { "plain" };
            if json {
                println!(
                    "{{\"bench\":\"{name}/{section}\",\"compile_us\":{:.2},\"total_us\":{:.2},\"s_us\":{:.2}}}",
                    row.compile, row.total, row.serialise
                );
            } else {
                println!(
                    "{name:<8} {section:<9} | {:>6.2}µs | {:>5.2}µs | {:>5.2}µs | {:>7.2} | {:>7} | {}",
                    row.compile,
                    row.total,
                    row.serialise,
                    row.total / row.serialise,
                    row.reasons,
                    row.bytes
                );
            }
        }
    }
    growth(json);
}

/// A container with so many of something.
type Many = fn(usize) -> (Config, Facts);

/// Time over number, from 100 to 10,000, as the exponent of a power: 1 is linear.
fn growth(json: bool) {
    let axes: [(&str, Many); 7] = [
        ("mounts", |n| with_facts(config(n, 30, true))),
        ("variables", |n| with_facts(config(20, n, true))),
        ("id ranges", id_ranges),
        ("devices", devices),
        ("groups", groups),
        ("overrides", overrides),
        ("removals", removals),
    ];
    for (axis, many) in axes {
        let [none, few, full] = [0, 100, 10_000].map(|n| {
            let (config, facts) = many(n);
            measure(&config, &facts).total
        });
        let exponent = ((full - none) / (few - none)).log10() / 2.0;
        if json {
            println!("{{\"bench\":\"growth/{axis}\",\"exponent\":{exponent:.3}}}");
        } else {
            println!(
                "growth in {axis}: {few:.1} µs at 100, {full:.1} µs at 10,000: exponent {exponent:.2}"
            );
        }
    }
}

fn with_facts(config: Config) -> (Config, Facts) {
    let facts = facts(&config);
    (config, facts)
}

/// Ranges of a user namespace of its own.
fn id_ranges(n: usize) -> (Config, Facts) {
    // One range at least, or the namespace would be refused.
    let ranges = (0..u32::try_from(n).unwrap().max(1)).map(|i| IdMapping {
        container_id: i * 10,
        host_id: 100_000 + i * 20,
        size: 10,
    });
    let uid_map: Vec<IdMapping> = ranges.collect();
    let idmappings =
        Some(IdMappings { gid_map: uid_map.clone(), uid_map, ..IdMappings::default() });
    let userns = Namespace::mode("private");
    with_facts(Config { userns, idmappings, user: String::new(), ..config(0, 0, false) })
}

fn devices(n: usize) -> (Config, Facts) {
    let path = |i| format!("/dev/disk{i}");
    let devices = (0..n).map(|i| DeviceText { path: path(i) }).collect();
    let (config, mut facts) = with_facts(Config { devices, ..config(0, 0, false) });
    for i in 0..n {
        let minor = i64::try_from(i).unwrap();
        let (kind, major) = ("b".into(), 8);
        let node = DeviceNode { path: path(i), kind, major, minor, ..DeviceNode::default() };
        let known = PathFacts {
            kind: Some(Answer::Is(FileKind::Special)),
            real: Some(Answer::Is(path(i))),
            device: Some(Answer::Is(node)),
            ..PathFacts::default()
        };
        facts.paths.insert(path(i), known);
    }
    (config, facts)
}

/// Supplementary groups.
fn groups(n: usize) -> (Config, Facts) {
    let groups = (0..n).map(|i| (5000 + i).to_string()).collect();
    with_facts(Config { groups, ..config(0, 0, false) })
}

/// Mounts that each take the place of a volume of the image.
fn overrides(n: usize) -> (Config, Facts) {
    let (config, mut facts) = with_facts(config(n, 0, false));
    if let Some(image) = &mut facts.image {
        let places = config.mounts.iter().map(|mount| mount.destination.clone());
        image.config.volumes = places.map(|place| (place, ImageNothing)).collect();
    }
    (config, facts)
}

/// Variables of the image that are each taken out.
fn removals(n: usize) -> (Config, Facts) {
    let unsetenv = (0..n).map(|i| format!("GONE_{i}")).collect();
    let (config, mut facts) = with_facts(Config { unsetenv, ..config(0, 0, false) });
    if let Some(image) = &mut facts.image {
        image.config.env = (0..n).map(|i| format!("GONE_{i}=x")).collect();
    }
    (config, facts)
}

/// One container's costs, µs.
struct Row {
    compile: f64,
    total: f64,
    serialise: f64,
    reasons: usize,
    bytes: usize,
}

fn measure(config: &Config, facts: &Facts) -> Row {
    let compiled = compile(config, facts, &OPTIONS).unwrap();
    let spec = compiled.to_spec().unwrap();
    let mut out = compiled.to_json();
    let bytes = out.len();
    let reasons = compiled.trails().len();
    Row {
        serialise: fastest(&mut || drop(black_box(serde_json::to_vec(black_box(&spec)).unwrap()))),
        compile: fastest(&mut || {
            drop(black_box(compile(black_box(config), black_box(facts), &OPTIONS).unwrap()));
        }),
        total: fastest(&mut || {
            out.clear();
            compile(black_box(config), black_box(facts), &OPTIONS).unwrap().write_json(&mut out);
            black_box(&out);
        }),
        reasons,
        bytes,
    }
}

/// The fastest round's time for one call, µs.
fn fastest(work: &mut dyn FnMut()) -> f64 {
    work();
    let mut best = f64::INFINITY;
    for _ in 0..ROUNDS {
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < ROUND || calls == 0 {
            for _ in 0..8 {
                work();
            }
            calls += 8;
        }
        best = best.min(start.elapsed().as_secs_f64() * 1e6 / f64::from(calls));
    }
    best
}

fn words(of: &[&str]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}

fn config(mounts: usize, variables: usize, seccomp: bool) -> Config {
    Config {
        image: "localhost/bb".into(),
        hostname: "web".into(),
        netns: Namespace::mode("none"),
        command: Some(words(&["sh", "-c", "exec httpd -f -p 8080 -h /srv/www"])),
        env: (0..variables)
            .map(|i| (format!("VAR_{i:05}"), format!("value-{i:05}-abcdefghijklmnopqrstuvwxyz")))
            .collect(),
        user: "100:100".into(),
        groups: words(&["20", "21"]),
        cap_add: words(&["CAP_NET_ADMIN", "CAP_SYS_TIME", "CAP_SYS_PTRACE"]),
        cap_drop: words(&["CAP_CHOWN", "CAP_SETFCAP"]),
        no_new_privileges: true,
        read_only_filesystem: true,
        seccomp_profile_path: if seccomp { String::new() } else { "unconfined".into() },
        mounts: (0..mounts)
            .map(|i| Mount {
                destination: format!("/data/vol{i:05}"),
                kind: "bind".into(),
                source: format!("/srv/bench/vol{i:05}"),
                options: Some(words(&["ro", "nosuid", "nodev", "rbind", "rprivate"])),
            })
            .collect(),
        memory: Some(Bytes(512 << 20)),
        ..Config::default()
    }
}

/// A recorded cgroup v2 host, with the stock seccomp profile and the sources of the config's mounts.
fn facts(config: &Config) -> Facts {
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name))
            .unwrap()
    };
    let mut facts = facts_from_json(&read("hosts/shared/bench.json")).unwrap();
    let profile = SeccompProfile::parse(SeccompProfile::BUILT_IN).unwrap();
    facts.seccomp.insert("/usr/share/containers/seccomp.json", Answer::Is(profile));
    for mount in &config.mounts {
        let there = PathFacts {
            kind: Some(Answer::Is(FileKind::Directory)),
            statfs: Some(Answer::Is(StatFs::default())),
            ..PathFacts::default()
        };
        facts.paths.insert(mount.source.as_str(), there);
    }
    facts
}
