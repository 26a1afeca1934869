//! The containers of a comparison with other compilers, as they have them: each timed in a few rounds, a JSON line for each.
//!
//! `BENCH_DATA` names a directory with the containers (`small.json`, `typical.json`, `large.json`); `cargo bench --bench lib` prints
//! `{"bench":"lib/typical/seccomp/total","ns":[…],"allocs":…,"bytes":…}` for them. With `-- --inputs DIR` it writes them as this program's own
//! configs and facts instead, for runs of the whole program.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark prints, and ends where it cannot go on"
)]
#![expect(clippy::disallowed_methods, reason = "a benchmark has a clock and reads its inputs")]
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "numbers of a few digits, and JSON that this file made or knows"
)]

use ocify::config::{Format, parse};
use ocify::facts::{Answer, DeviceNode, FileKind, PathFacts, StatFs, facts_from_json};
use ocify::parts::security::seccomp::SeccompProfile;
use ocify::text::{json, yaml};
use ocify::{Config, Facts, Options, Profile, compile};
use serde_json::{Map, Value, json as value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

const OPTIONS: Options = Options { profile: Profile::Podman43 };
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(3);

/// The system's allocator, counted.
struct Counted;
static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: every call is handed on to the system's allocator as it came.
#[expect(unsafe_code, reason = "allocations are counted where they are made")]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(layout.size(), Relaxed);
        // SAFETY: the caller keeps to what `alloc` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to what `dealloc` asks for.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        CALLS.fetch_add(1, Relaxed);
        BYTES.fetch_add(size.saturating_sub(layout.size()), Relaxed);
        // SAFETY: the caller keeps to what `realloc` asks for.
        unsafe { System.realloc(at, layout, size) }
    }
}

/// A measurement: its name and what is measured.
type Case = (String, Box<dyn FnMut()>);

fn main() {
    let words: Vec<String> = env::args().collect();
    let data = env::var("BENCH_DATA").unwrap();
    if let Some(at) = words.iter().position(|word| word == "--inputs") {
        return inputs(&data, Path::new(&words[at + 1]));
    }
    let mut cases = Vec::new();
    for size in ["small", "typical", "large"] {
        let given: Value =
            serde_json::from_str(&fs::read_to_string(format!("{data}/{size}.json")).unwrap())
                .unwrap();
        for (section, seccomp) in [("seccomp", true), ("noseccomp", false)] {
            let request = request(&given, seccomp);
            let (config, facts) = leaked(&request);
            let name = |what: &str| format!("lib/{size}/{section}/{what}");
            cases.push((name("total"), total(config, facts)));
            let alone =
                move || drop(black_box(compile(black_box(config), facts, &OPTIONS)).unwrap());
            cases.push((name("compile"), Box::new(alone)));
            if seccomp {
                reading(size, &request, facts, &mut cases);
            }
        }
    }
    for n in [10, 100, 1000, 10_000] {
        for (axis, mounts, variables, ranges) in
            [("mounts", n, 0, 0), ("env", 0, n, 0), ("idmaps", 0, 0, n)]
        {
            let (config, facts) = leaked(&request(&many(mounts, variables, ranges), false));
            cases.push((format!("lib/scale/{axis}/{n}"), total(config, facts)));
        }
    }
    measure(&mut cases);
}

fn leaked(request: &Value) -> (&'static Config, &'static Facts) {
    let config = parse(&request.to_string()).unwrap();
    let facts = facts(&config);
    (Box::leak(Box::new(config)), Box::leak(Box::new(facts)))
}

/// Compiles and writes into a buffer that is used again.
fn total(config: &'static Config, facts: &'static Facts) -> Box<dyn FnMut()> {
    let mut out = Vec::new();
    Box::new(move || {
        out.clear();
        compile(black_box(config), black_box(facts), &OPTIONS).unwrap().write_json(&mut out);
        black_box(&out);
    })
}

/// What reading the text costs: into a tree, into a config, and with all that follows.
fn reading(size: &str, request: &Value, facts: &'static Facts, cases: &mut Vec<Case>) {
    let texts = [
        ("json", request.to_string(), Format::Json),
        ("yaml", serde_yaml::to_string(request).unwrap(), Format::Yaml),
    ];
    for (word, text, format) in texts {
        let text: &'static str = text.leak();
        let tree = move || match format {
            Format::Json => drop(black_box(json(black_box(text)).unwrap())),
            Format::Yaml => drop(black_box(yaml(black_box(text)).unwrap())),
        };
        cases.push((format!("lib/{size}/tree/{word}"), Box::new(tree)));
        let read = move || drop(black_box(parse(black_box(text)).unwrap()));
        cases.push((format!("lib/{size}/read/{word}"), Box::new(read)));
        let mut out = Vec::new();
        let whole = move || {
            out.clear();
            let config = parse(black_box(text)).unwrap();
            compile(&config, facts, &OPTIONS).unwrap().write_json(&mut out);
            black_box(&out);
        };
        cases.push((format!("lib/{size}/whole/{word}"), Box::new(whole)));
    }
}

/// Times the cases in turn, round after round, so that a slow spell of the machine falls on all of them.
fn measure(cases: &mut [Case]) {
    let mut rows = Vec::new();
    for (_, case) in cases.iter_mut() {
        case();
        case();
        let before = (CALLS.load(Relaxed), BYTES.load(Relaxed));
        case();
        let counted = (CALLS.load(Relaxed) - before.0, BYTES.load(Relaxed) - before.1);
        let (start, mut calls) = (Instant::now(), 0_u32);
        while start.elapsed() < ROUND {
            case();
            calls += 1;
        }
        rows.push((calls.max(1), counted, Vec::new()));
    }
    for _ in 0..ROUNDS {
        for ((_, case), (calls, _, times)) in cases.iter_mut().zip(&mut rows) {
            let start = Instant::now();
            for _ in 0..*calls {
                case();
            }
            times.push(format!("{:.1}", start.elapsed().as_secs_f64() * 1e9 / f64::from(*calls)));
        }
    }
    for ((name, _), (_, (allocs, bytes), times)) in cases.iter().zip(rows) {
        println!(
            "{{\"bench\":\"{name}\",\"ns\":[{}],\"allocs\":{allocs},\"bytes\":{bytes}}}",
            times.join(",")
        );
    }
}

/// The container as a create request: the same things said in other words.
fn request(given: &Value, seccomp: bool) -> Value {
    let user = &given["user"];
    let pairs = |of: &Value, key: &str| -> Vec<Value> {
        let id = |map: &Value| value!({"container_id": map["container"], "host_id": map["host"], "size": map["size"]});
        of[key].as_array().unwrap().iter().map(id).collect()
    };
    let mounts: Vec<Value> = given["mounts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mount| {
            value!({"destination": mount["target"], "type": mount["type"], "source": mount["source"], "options": mount["options"]})
        })
        .collect();
    let devices: Vec<Value> = given["devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| value!({"path": device["path"]}))
        .collect();
    let groups: Vec<String> =
        given["groups"].as_array().unwrap().iter().map(ToString::to_string).collect();
    let mut request = value!({
        "image": "localhost/bb",
        "hostname": given["hostname"],
        "command": given["args"],
        "work_dir": given["cwd"],
        "env": given["env"],
        "user": format!("{}:{}", user["uid"], user["gid"]),
        "groups": groups,
        "cap_add": given["cap_add"],
        "cap_drop": given["cap_drop"],
        "read_only_filesystem": given["read_only"],
        "no_new_privileges": given["no_new_privileges"],
        "mounts": mounts,
        "devices": devices,
        "sysctl": given["sysctl"],
        "annotations": given["annotations"],
        "r_limits": given["rlimits"],
        "resource_limits": {
            "memory": {"limit": given["memory"]},
            "cpu": {"shares": given["cpu_shares"], "quota": given["cpu_quota"], "period": given["cpu_period"]},
            "pids": {"limit": given["pids"]},
        },
        "oom_score_adj": given["oom_score_adj"],
        "cgroup_parent": "/bench",
        "netns": {"nsmode": "path", "value": given["netns"]},
    });
    let maps = pairs(given, "id_maps");
    if !maps.is_empty() {
        request["userns"] = value!({"nsmode": "private"});
        request["idmappings"] = value!({"UIDMap": maps, "GIDMap": maps});
    }
    if !seccomp {
        request["seccomp_profile_path"] = "unconfined".into();
    }
    request
}

/// A container like the small one with many of something.
fn many(mounts: usize, variables: usize, ranges: usize) -> Value {
    let env: Map<String, Value> = (0..variables)
        .map(|i| (format!("VAR_{i:05}"), format!("value-{i:05}-abcdefghijklmnopqrstuvwxyz").into()))
        .collect();
    let mounts: Vec<Value> = (0..mounts)
        .map(|i| {
            value!({
                "target": format!("/data/vol{i:05}"),
                "type": "bind",
                "source": format!("/srv/bench/vol{i:05}"),
                "options": ["ro", "nosuid", "nodev", "rbind", "rprivate"],
            })
        })
        .collect();
    let ranges: Vec<Value> =
        (0..ranges).map(|i| value!({"container": i, "host": 1000 + 2 * i, "size": 1})).collect();
    let id = if ranges.is_empty() { 100 } else { 0 };
    value!({
        "hostname": "web",
        "args": ["sh", "-c", "exec httpd -f -p 8080 -h /srv/www"],
        "cwd": "/bin",
        "env": env,
        "user": {"uid": id, "gid": id},
        "groups": if id == 0 { value!([]) } else { value!([20, 21]) },
        "cap_add": ["CAP_NET_ADMIN", "CAP_SYS_TIME", "CAP_SYS_PTRACE"],
        "cap_drop": ["CAP_CHOWN", "CAP_SETFCAP"],
        "read_only": true,
        "no_new_privileges": true,
        "mounts": mounts,
        "devices": [{"path": "/dev/fuse"}, {"path": "/dev/net/tun"}],
        "id_maps": ranges,
        "sysctl": {"net.ipv4.ip_forward": "1"},
        "annotations": {"com.example.x": "y", "org.opencontainers.image.stopSignal": "15", "io.container.manager": "bench"},
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 4096, "soft": 1024}, {"type": "RLIMIT_NPROC", "hard": 4096, "soft": 4096}],
        "memory": 512 << 20,
        "cpu_shares": 512,
        "cpu_quota": 150_000,
        "cpu_period": 100_000,
        "pids": 200,
        "oom_score_adj": 200,
        "netns": "/run/netns/web",
    })
}

/// A recorded cgroup v2 host, with the stock seccomp profile, the sources of the mounts and the devices.
fn facts(config: &Config) -> Facts {
    let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hosts/shared/bench.json");
    let mut facts = facts_from_json(&fs::read_to_string(host).unwrap()).unwrap();
    // What the hardened profile asks for besides.
    facts.host.thermal_throttle = Some(Vec::new());
    facts.engine.cgroup_manager = Some("cgroupfs".into());
    let profile = SeccompProfile::parse(SeccompProfile::BUILT_IN).unwrap();
    facts.seccomp.insert("/usr/share/containers/seccomp.json", Answer::Is(profile));
    let there = |kind| PathFacts {
        kind: Some(Answer::Is(kind)),
        statfs: Some(Answer::Is(StatFs::default())),
        ..PathFacts::default()
    };
    for mount in &config.mounts {
        facts.paths.insert(mount.source.as_str(), there(FileKind::Directory));
    }
    facts.paths.insert("/run/netns/web", there(FileKind::File));
    facts.files.insert("/etc/netns/web/resolv.conf", Answer::Is("nameserver 10.0.0.1\n".into()));
    for (path, minor) in [("/dev/fuse", 229), ("/dev/net/tun", 200)] {
        let node = DeviceNode {
            path: path.into(),
            kind: "c".into(),
            major: 10,
            minor,
            ..DeviceNode::default()
        };
        let known = PathFacts {
            real: Some(Answer::Is(path.into())),
            device: Some(Answer::Is(node)),
            ..there(FileKind::Special)
        };
        facts.paths.insert(path, known);
    }
    facts
}

/// Writes each container as a config in YAML and JSON, and its facts.
fn inputs(data: &str, dir: &Path) {
    fs::create_dir_all(dir).unwrap();
    for size in ["small", "typical", "large"] {
        let given = fs::read_to_string(format!("{data}/{size}.json")).unwrap();
        let request = request(&serde_json::from_str(&given).unwrap(), true);
        let facts = facts(&parse(&request.to_string()).unwrap());
        fs::write(dir.join(format!("{size}.yaml")), serde_yaml::to_string(&request).unwrap())
            .unwrap();
        fs::write(dir.join(format!("{size}.json")), request.to_string()).unwrap();
        let facts = serde_json::to_string(&facts).unwrap();
        fs::write(dir.join(format!("{size}-facts.json")), facts).unwrap();
    }
}
