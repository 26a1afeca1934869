//! Makes create requests up: plausible ones, with a hostile value here and there. A request is a function of a seed and a number.

use crate::fixtures::DIR;
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy as _, any};
use proptest::sample::{select, subsequence};
use proptest::strategy::{Union, ValueTree as _};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Map, Value, json};

type Made = BoxedStrategy<Value>;

/// A field of the request and how often, of a thousand, it is there.
struct Field {
    key: &'static str,
    weight: u32,
    value: Made,
}

/// Makes requests.
pub(crate) struct Maker {
    fields: Vec<Field>,
    origin: Made,
}

impl Maker {
    pub(crate) fn new() -> Self {
        Maker { fields: fields(), origin: origin() }
    }

    /// The request of a seed and a number.
    pub(crate) fn request(&self, seed: u64, number: u64) -> Value {
        let mut bytes = [0_u8; 32];
        for (to, from) in
            bytes.iter_mut().zip(seed.to_le_bytes().into_iter().chain(number.to_le_bytes()))
        {
            *to = from;
        }
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let mut made = |strategy: &Made| {
            strategy.new_tree(&mut runner).map_or(Value::Null, |tree| tree.current())
        };
        let mut request = match made(&self.origin) {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        // Some requests have few fields, some many.
        let scale = made(&select(vec![json!(300), json!(700), json!(1000), json!(2500)]).boxed());
        let scale = scale.as_u64().unwrap_or(1000);
        let dice = (0_u64..1_000_000).prop_map(|n| json!(n)).boxed();
        for field in &self.fields {
            let thrown = made(&dice).as_u64().unwrap_or_default();
            if thrown < u64::from(field.weight).saturating_mul(scale) {
                request.insert(field.key.to_owned(), made(&field.value));
            }
        }
        // Networks are slow to make: most requests do without.
        request.entry("netns").or_insert_with(|| json!({"nsmode": "none"}));
        finished(request, number)
    }
}

/// What depends on the number: names that may not be taken twice.
fn finished(mut request: Map<String, Value>, number: u64) -> Value {
    if let Some(Value::String(root)) = request.get_mut("rootfs")
        && let Some(tree) = root.strip_prefix("copy:")
    {
        *root = format!("{DIR}/roots/{tree}-{number}");
    }
    let text = Value::Object(request).to_string().replace("NUMBER", &number.to_string());
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

fn one(values: &[Value]) -> Made {
    select(values.to_vec()).boxed()
}

fn word(values: &'static [&'static str]) -> Made {
    select(values).prop_map(|text| json!(text)).boxed()
}

/// Below the view's directory of files.
fn host(values: &'static [&'static str]) -> Made {
    select(values).prop_map(|text| json!(text.replace('@', &format!("{DIR}/host")))).boxed()
}

fn truth() -> Made {
    any::<bool>().prop_map(|b| json!(b)).boxed()
}

/// Mostly the first kind.
fn mostly(usual: Made, rare: Made) -> Made {
    Union::new_weighted(vec![(9, usual), (1, rare)]).boxed()
}

fn either(all: Vec<Made>) -> Made {
    Union::new(all).boxed()
}

fn some(of: Made, least: usize, most: usize) -> Made {
    vec(of, least..=most).prop_map(Value::Array).boxed()
}

/// Some of a few values, each once, in any order.
fn several(values: &'static [&'static str], most: usize) -> Made {
    subsequence(values, 0..=most.min(values.len()))
        .prop_shuffle()
        .prop_map(|texts| json!(texts))
        .boxed()
}

fn object(fields: Vec<(&'static str, Made)>) -> Made {
    let (keys, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
    values
        .prop_map(move |values| {
            let present = keys.iter().zip(values).filter(|(_, value)| !value.is_null());
            Value::Object(present.map(|(key, value)| ((*key).to_owned(), value)).collect())
        })
        .boxed()
}

/// Often not there.
fn maybe(of: Made) -> Made {
    Union::new(vec![Just(Value::Null).boxed(), of]).boxed()
}

fn pairs(key: Made, value: Made, most: usize) -> Made {
    vec((key, value), 0..=most)
        .prop_map(|pairs| {
            let entry = |(k, v): (Value, Value)| (k.as_str().unwrap_or_default().to_owned(), v);
            Value::Object(pairs.into_iter().map(entry).collect())
        })
        .boxed()
}

/// Texts that a careless reader trips over.
fn hostile() -> Made {
    let long = "x".repeat(200);
    let fixed = [
        "", " ", "\n", "a\nb", "é", "%s", "..", "../..", "/", "//", "a b", "=", ":", "a:b:c:d",
        "\u{1}", "-1", "0", "NaN", "\"", "\\", "💣", "${X}", "$X", "a=b=c", ",",
    ];
    either(vec![
        select(fixed.to_vec()).prop_map(|text| json!(text)).boxed(),
        "[ -~]{0,12}".prop_map(|text| json!(text)).boxed(),
        one(&[json!(long)]),
    ])
}

fn hostile_number() -> Made {
    one(&[
        json!(-1),
        json!(0),
        json!(1),
        json!(i64::MAX),
        json!(i64::MIN),
        json!(65536),
        json!(u32::MAX),
    ])
}

fn number(values: &'static [i64]) -> Made {
    select(values).prop_map(|n| json!(n)).boxed()
}

fn origin() -> Made {
    let image = word(&[
        "localhost/plain",
        "localhost/plain",
        "localhost/plain",
        "localhost/full",
        "localhost/full",
        "localhost/number",
        "localhost/links",
        "localhost/systemd",
        "localhost/envs",
        "localhost/caps",
        "localhost/nocommand",
        "localhost/group",
    ]);
    let image = image.prop_map(|image| json!({ "image": image })).boxed();
    let root = (
        word(&[
            "copy:usual",
            "copy:usual",
            "copy:links",
            "copy:bare",
            "/nowhere/at/all",
            "relative",
        ]),
        maybe(truth()),
        maybe(one(&[json!(["sh"]), json!(["sleep", "1"])])),
    )
        .prop_map(|(root, overlay, command)| {
            let mut all = json!({ "rootfs": root });
            for (key, value) in [("rootfs_overlay", overlay), ("command", command)] {
                if let (false, Some(map)) = (value.is_null(), all.as_object_mut()) {
                    map.insert(key.to_owned(), value);
                }
            }
            all
        })
        .boxed();
    Union::new_weighted(vec![(92, image), (7, root), (1, Just(json!({})).boxed())]).boxed()
}

fn namespace(
    modes: &'static [&'static str],
    paths: &'static [&'static str],
    containers: &'static [&'static str],
) -> Made {
    let plain = select(modes).prop_map(|mode| json!({ "nsmode": mode })).boxed();
    let path = host(paths).prop_map(|path| json!({"nsmode": "path", "value": path})).boxed();
    let container =
        word(containers).prop_map(|name| json!({"nsmode": "container", "value": name})).boxed();
    let odd = (
        word(&[
            "bogus",
            "",
            "default",
            "slirp4netns",
            "pod",
            "Host",
            "keep-id",
            "auto",
            "path",
            "container",
        ]),
        hostile(),
    )
        .prop_map(|(mode, value)| json!({"nsmode": mode, "value": value}))
        .boxed();
    Union::new_weighted(vec![(12, plain), (3, path), (4, container), (1, odd)]).boxed()
}

const CONTAINERS: &[&str] = &[
    "dep-a",
    "dep-a",
    "dep-name",
    "dep-stopped",
    "dep-private",
    "dep-noipc",
    "dep-bridge",
    "dep-volumes",
    "nobody",
];

fn destination() -> Made {
    mostly(
        word(&[
            "/a",
            "/a/b",
            "/a/b/c",
            "/b",
            "/data",
            "/tmp",
            "/run",
            "/run/x",
            "/dev/x",
            "/etc/hosts",
            "/etc/passwd",
            "/proc/x",
            "/sys/fs/cgroup",
            "/dev/shm",
            "/mnt/é",
            "/var/lib/db",
            "/run/lock",
            "/var/run/y",
            "/etc/resolv.conf",
            "/srv/link/z",
            "/dev",
            "/dev/pts",
            "/var/log/journal",
            "/a/",
            "/a//b",
            "/a/../c",
            "/run/secrets",
        ]),
        either(vec![
            word(&["relative", "/", "", "/a:b", "/escape/q", "/proc", "/sys", "."]),
            hostile(),
        ]),
    )
}

const OPTIONS: &[&str] = &[
    "ro",
    "rw",
    "rbind",
    "bind",
    "private",
    "rprivate",
    "shared",
    "rshared",
    "slave",
    "rslave",
    "nosuid",
    "suid",
    "nodev",
    "dev",
    "noexec",
    "exec",
    "z",
    "Z",
    "U",
    "O",
    "idmap",
    "size=16m",
    "mode=1777",
    "tmpcopyup",
    "notmpcopyup",
    "unbindable",
    "relatime",
    "bogus",
    "copy",
    "nocopy",
    "noatime",
    "sync",
];

fn mount() -> Made {
    let source = host(&[
        "@/dir",
        "@/dir",
        "@/dir/sub",
        "@/file",
        "@/link",
        "@/nosuid",
        "@/noexec",
        "@/readonly",
        "@/nothing",
        "/proc",
        "@/dangling",
        "@/dir/../dir2",
        "relative",
        "",
    ]);
    let bind = object(vec![
        ("destination", destination()),
        ("type", word(&["bind", "bind", "bind", ""])),
        ("source", source),
        ("options", maybe(several(OPTIONS, 4))),
    ]);
    let tmpfs = object(vec![
        ("destination", destination()),
        ("type", word(&["tmpfs"])),
        ("source", maybe(word(&["tmpfs", "x"]))),
        (
            "options",
            maybe(several(
                &[
                    "ro",
                    "rw",
                    "size=16m",
                    "mode=1777",
                    "nosuid",
                    "exec",
                    "dev",
                    "tmpcopyup",
                    "notmpcopyup",
                    "noswap",
                    "nr_inodes=10",
                    "bogus",
                    "U",
                    "rprivate",
                    "shared",
                ],
                4,
            )),
        ),
    ]);
    let other = object(vec![
        ("destination", destination()),
        (
            "type",
            word(&[
                "devpts", "cgroup", "proc", "sysfs", "mqueue", "ramfs", "ext4", "bogus", "volume",
                "npipe",
            ]),
        ),
        ("source", word(&["devpts", "none", "", "proc"])),
        ("options", maybe(several(OPTIONS, 3))),
    ]);
    Union::new_weighted(vec![(6, bind), (3, tmpfs), (1, other)]).boxed()
}

fn volume() -> Made {
    object(vec![
        (
            "Name",
            mostly(
                word(&["vol1", "vol1", "vol2", "voltmpfs", "", "new-NUMBER"]),
                either(vec![word(&["bad name", "/abs"]), hostile()]),
            ),
        ),
        ("Dest", destination()),
        ("Options", maybe(several(OPTIONS, 3))),
        ("IsAnonymous", maybe(truth())),
    ])
}

fn id_maps() -> Made {
    let range = object(vec![
        ("container_id", number(&[0, 0, 0, 1, 1000, 65535, 100_000])),
        ("host_id", number(&[0, 1, 1000, 100_000, 500_000])),
        ("size", number(&[1, 1, 100, 1000, 65536, 0])),
    ]);
    object(vec![
        ("UIDMap", maybe(some(range.clone(), 0, 2))),
        ("GIDMap", maybe(some(range, 0, 2))),
        ("HostUIDMapping", maybe(truth())),
        ("HostGIDMapping", maybe(truth())),
    ])
}

fn resources() -> Made {
    let bytes =
        || mostly(number(&[4_194_304, 67_108_864, 536_870_912, 1_073_741_824]), hostile_number());
    let cpu = object(vec![
        ("shares", maybe(mostly(number(&[2, 512, 1024, 262_144]), number(&[0, 1])))),
        ("quota", maybe(mostly(number(&[50000, 100_000, -1]), number(&[0, 999])))),
        ("period", maybe(mostly(number(&[100_000, 50000]), number(&[0, 1, 2_000_000])))),
        ("realtimeRuntime", maybe(number(&[0, 950_000]))),
        ("realtimePeriod", maybe(number(&[0, 1_000_000]))),
        ("cpus", maybe(mostly(word(&["0", "0-1", ""]), word(&["7", "0-99", "x", "1-0"])))),
        ("mems", maybe(mostly(word(&["0", ""]), word(&["3", "x"])))),
    ]);
    let memory = object(vec![
        ("limit", maybe(bytes())),
        ("reservation", maybe(bytes())),
        ("swap", maybe(either(vec![bytes(), number(&[-1, 0])]))),
        ("kernel", maybe(bytes())),
        ("swappiness", maybe(number(&[0, 60, 100, 101]))),
        ("disableOOMKiller", maybe(truth())),
    ]);
    let block = object(vec![
        ("weight", maybe(number(&[10, 500, 1000, 5, 1001, 0]))),
        ("leafWeight", maybe(number(&[10, 500]))),
    ]);
    let huge = some(
        object(vec![
            ("pageSize", word(&["2MB", "1GB", "3MB", ""])),
            ("limit", number(&[0, 4_194_304])),
        ]),
        0,
        2,
    );
    let devices = some(
        object(vec![
            ("allow", truth()),
            ("type", maybe(word(&["a", "b", "c"]))),
            ("major", maybe(number(&[1, 10, -1]))),
            ("minor", maybe(number(&[3, 229, -1]))),
            ("access", maybe(word(&["rwm", "r", "x", ""]))),
        ]),
        0,
        2,
    );
    object(vec![
        ("cpu", maybe(cpu)),
        ("memory", maybe(memory)),
        ("pids", maybe(object(vec![("limit", number(&[100, 0, -1, 5, 4_194_304]))]))),
        ("blockIO", maybe(block)),
        ("hugepageLimits", maybe(huge)),
        ("devices", maybe(devices)),
        ("network", maybe(object(vec![("classID", number(&[0, 5]))]))),
        (
            "unified",
            maybe(pairs(
                word(&["memory.high", "cpu.weight", "bogus", "pids.max"]),
                word(&["1", "max", ""]),
                2,
            )),
        ),
        ("rdma", maybe(one(&[json!({"mlx5_1": {"hcaHandles": 3, "hcaObjects": 10}})]))),
    ])
}

fn throttle() -> Made {
    pairs(
        host(&["@/devs/block", "/dev/null", "/dev/vda", "@/file", "/nowhere", "/dev/zero"]),
        object(vec![("rate", number(&[0, 1, 1_048_576])), ("major", maybe(number(&[3])))]),
        2,
    )
}

fn capabilities() -> Made {
    mostly(
        several(
            &[
                "NET_ADMIN",
                "CAP_SYS_ADMIN",
                "chown",
                "cap_kill",
                "ALL",
                "all",
                "SYS_PTRACE",
                "NET_RAW",
                "MKNOD",
                "SETUID",
                "AUDIT_WRITE",
                "BPF",
                "CHECKPOINT_RESTORE",
            ],
            3,
        ),
        either(vec![
            several(&["BOGUS", "CAP_", "", "net_admin ", "CAP_CAP_CHOWN"], 2),
            some(hostile(), 1, 2),
        ]),
    )
}

fn health() -> Made {
    object(vec![
        (
            "Test",
            one(&[
                json!(["CMD", "true"]),
                json!(["CMD-SHELL", "exit 0"]),
                json!(["NONE"]),
                json!(["none"]),
                json!([]),
                json!(["true"]),
                json!([""]),
            ]),
        ),
        ("Interval", maybe(number(&[0, 30_000_000_000, -1, 1]))),
        ("Timeout", maybe(number(&[0, 30_000_000_000, -1, 999]))),
        ("Retries", maybe(number(&[0, 3, -1]))),
        ("StartPeriod", maybe(number(&[0, 5_000_000_000, -5]))),
    ])
}

fn ports() -> Made {
    some(
        object(vec![
            ("container_port", mostly(number(&[80, 443, 8080, 65535]), number(&[0]))),
            ("host_port", maybe(number(&[18080, 18443, 28080, 0]))),
            ("protocol", maybe(word(&["tcp", "udp", "sctp", "tcp,udp", "TCP", "icmp", ""]))),
            ("range", maybe(number(&[0, 1, 3]))),
            ("host_ip", maybe(word(&["127.0.0.1", "", "::1", "bogus", "0.0.0.0"]))),
        ]),
        0,
        2,
    )
}

fn network() -> Made {
    let mode = Union::new_weighted(vec![
        (
            3,
            namespace(
                &["none", "host", "private", "none", "host"],
                &["@/ns/net", "@/nothing"],
                CONTAINERS,
            ),
        ),
        (
            1,
            one(&[
                json!({"nsmode": "bridge"}),
                json!({"nsmode": "slirp4netns"}),
                json!({"nsmode": "slirp4netns", "value": "mtu=1400"}),
                json!({"nsmode": ""}),
                json!({}),
            ]),
        ),
    ]);
    mode.boxed()
}

fn attachments() -> Made {
    pairs(
        word(&["podman", "net2", "net2", "nonet"]),
        object(vec![
            (
                "static_ips",
                maybe(some(word(&["10.77.0.77", "10.77.0.78", "bogus", "10.1.1.1"]), 0, 1)),
            ),
            ("aliases", maybe(several(&["al1", "al2", ""], 2))),
            ("static_mac", maybe(word(&["02:00:00:00:00:05", "bogus"]))),
            ("interface_name", maybe(word(&["eth0", "net0", "eth5", ""]))),
        ]),
        2,
    )
}

fn text_pairs() -> Made {
    pairs(
        mostly(
            word(&[
                "A",
                "B",
                "FOO",
                "PATH",
                "HOME",
                "TERM",
                "container",
                "HOSTNAME",
                "a.b",
                "http_proxy",
                "X Y",
            ]),
            hostile(),
        ),
        mostly(word(&["1", "", "two words", "a=b", "$FOO", "é"]), hostile()),
        4,
    )
}

fn fields() -> Vec<Field> {
    let mut all = Vec::new();
    let mut field =
        |key: &'static str, weight: u32, value: Made| all.push(Field { key, weight, value });
    field(
        "name",
        60,
        mostly(
            word(&["live-NUMBER", "n.NUMBER_x", "NUMBER"]),
            either(vec![word(&["-live", "a b", "a/b"]), hostile()]),
        ),
    );
    field(
        "pod",
        60,
        mostly(
            word(&["pod-usual", "pod-name", "pod-pid", "pod-all", "pod-volumes"]),
            word(&["nopod"]),
        ),
    );
    field(
        "entrypoint",
        80,
        one(&[
            json!([]),
            json!([""]),
            json!(["/bin/sh", "-c"]),
            json!(["/sbin/init"]),
            json!(["a b"]),
            json!(["", "x"]),
            json!(null),
        ]),
    );
    field(
        "command",
        120,
        one(&[
            json!([]),
            json!(["sleep", "10"]),
            json!(["/sbin/init"]),
            json!(["sh", "-c", "echo $HOME"]),
            json!(["é", ""]),
            json!(["/usr/lib/systemd/systemd"]),
            json!([""]),
        ]),
    );
    field("env_host", 25, truth());
    field("httpproxy", 40, truth());
    field("env", 140, text_pairs());
    field("terminal", 60, truth());
    field("stdin", 30, truth());
    field("labels", 60, text_pairs());
    field(
        "annotations",
        60,
        pairs(
            mostly(
                word(&[
                    "a",
                    "live.hook",
                    "io.podman.annotations.init",
                    "run.oci.keep_original_groups",
                    "io.kubernetes.cri-o.TTY",
                    "io.container.manager",
                    "org.opencontainers.image.stopSignal",
                    "org.systemd.property.X",
                ]),
                hostile(),
            ),
            mostly(word(&["yes", "", "1", "TRUE"]), hostile()),
            3,
        ),
    );
    field("stop_signal", 30, mostly(number(&[9, 15, 2, 37]), hostile_number()));
    field("stop_timeout", 25, number(&[0, 10, 4_000_000]));
    field("timeout", 15, number(&[0, 10]));
    field(
        "log_configuration",
        30,
        object(vec![
            (
                "driver",
                word(&["k8s-file", "json-file", "none", "journald", "", "bogus", "passthrough"]),
            ),
            ("path", maybe(host(&["@/logs/l"]))),
            ("size", maybe(number(&[0, 1000, -1]))),
            ("options", maybe(pairs(word(&["tag", "x"]), word(&["{{.Name}}", "t"]), 2))),
        ]),
    );
    field(
        "restart_policy",
        20,
        word(&["no", "on-failure", "always", "unless-stopped", "", "bogus"]),
    );
    field("restart_tries", 15, number(&[0, 3]));
    field("systemd", 60, word(&["true", "false", "always", "", "bogus", "True"]));
    field("sdnotifyMode", 25, word(&["container", "conmon", "ignore", "", "bogus"]));
    field(
        "pidns",
        60,
        namespace(&["private", "host", "host", "pod", ""], &["@/ns/pid", "@/nothing"], CONTAINERS),
    );
    field(
        "utsns",
        60,
        namespace(&["private", "host", "host", "pod"], &["@/ns/uts", "@/nothing"], CONTAINERS),
    );
    field(
        "hostname",
        70,
        mostly(
            word(&["web", "a.b.c", "x"]),
            either(vec![word(&["-bad", "a_b", "UPPER"]), hostile()]),
        ),
    );
    field(
        "hostusers",
        25,
        one(&[
            json!(["live"]),
            json!(["root"]),
            json!(["14321"]),
            json!(["nobody"]),
            json!(["ghost"]),
            json!([]),
            json!(["daemon", "bin"]),
        ]),
    );
    field(
        "sysctl",
        60,
        pairs(
            mostly(
                word(&[
                    "net.ipv4.ip_forward",
                    "kernel.shmmax",
                    "kernel.msgmax",
                    "fs.mqueue.msg_max",
                    "net.core.somaxconn",
                    "kernel.domainname",
                    "user.max_user_namespaces",
                    "net.ipv4.ping_group_range",
                ]),
                either(vec![word(&["kernel.panic", "vm.swappiness", "net/ipv4/x"]), hostile()]),
            ),
            word(&["1", "0 0", ""]),
            2,
        ),
    );
    field("remove", 4, truth());
    field("containerCreateCommand", 10, one(&[json!(["podman", "create", "x"]), json!([])]));
    field(
        "timezone",
        40,
        mostly(
            word(&["UTC", "Europe/Paris", "local", "America/New_York"]),
            word(&["Bogus/Zone", "../../../etc/passwd", ""]),
        ),
    );
    field(
        "dependencyContainers",
        15,
        one(&[json!(["dep-a"]), json!(["nobody"]), json!([]), json!(["dep-stopped"])]),
    );
    field(
        "secret_env",
        25,
        pairs(word(&["SECRET", "A", "PATH"]), word(&["sec1", "sec2", "nosecret"]), 2),
    );
    field("init_container_type", 10, word(&["once", "always", "bogus"]));
    field(
        "personality",
        15,
        one(&[
            json!({"domain": "LINUX32"}),
            json!({"domain": "LINUX"}),
            json!({"domain": "BOGUS"}),
            json!({"domain": "LINUX", "flags": ["x"]}),
        ]),
    );
    field(
        "envmerge",
        25,
        several(&["A=${FOO}-x", "B=$PATH:/x", "C=plain", "D", "E=${X:-y}", "=", "F=$"], 3),
    );
    field("unsetenv", 25, several(&["FOO", "PATH", "TERM", "container", "HOME", "nothing"], 3));
    field("unsetenvall", 20, truth());
    field("manage_password", 25, truth());
    field(
        "passwd_entry",
        20,
        mostly(word(&["$USERNAME:x:$UID:$GID:$NAME:$HOME:/bin/x", "fixed:x:1:1:::"]), hostile()),
    );
    field("image_volume_mode", 30, word(&["anonymous", "tmpfs", "ignore", "", "bogus", "bind"]));
    field(
        "volumes_from",
        40,
        mostly(
            several(&["dep-volumes", "dep-a:ro", "dep-volumes:ro", "dep-volumes:rw,z"], 2),
            several(
                &["nobody", "dep-volumes:bogus", "dep-volumes:ro,rw", "dep-volumes:Z:x", ""],
                2,
            ),
        ),
    );
    field("init", 50, truth());
    field("init_path", 20, host(&["@/init", "/nowhere", "@/dir", ""]));
    field("mounts", 160, some(mount(), 0, 3));
    field("volumes", 90, some(volume(), 0, 2));
    field(
        "overlay_volumes",
        25,
        some(
            object(vec![
                ("destination", destination()),
                ("source", host(&["@/dir", "@/nothing", "@/dir2", "@/file", "relative"])),
                (
                    "options",
                    maybe(several(
                        &[
                            "ro",
                            "U",
                            "upperdir=/mnt/live/host/up",
                            "workdir=/mnt/live/host/work",
                            "bogus",
                        ],
                        3,
                    )),
                ),
            ]),
            0,
            2,
        ),
    );
    field(
        "image_volumes",
        20,
        some(
            object(vec![
                ("Source", word(&["localhost/full", "localhost/plain", "localhost/none"])),
                ("Destination", destination()),
                ("ReadWrite", maybe(truth())),
            ]),
            0,
            2,
        ),
    );
    field(
        "devices",
        70,
        some(
            object(vec![
                (
                    "path",
                    mostly(
                        host(&[
                            "/dev/null",
                            "/dev/zero:/dev/z",
                            "/dev/full:rm",
                            "/dev/fuse",
                            "@/devs/null:/dev/mine:r",
                            "@/devs/link",
                            "@/devs",
                            "@/devs/block:/dev/b",
                            "/dev/net/tun",
                            "/dev/null:/dev/n:rwm",
                        ]),
                        either(vec![
                            host(&[
                                "/dev/nothing",
                                "@/file",
                                "/dev/null:relative",
                                "/dev/null:/dev/x:q",
                                "vendor.example/dev=one",
                                "@/dir",
                            ]),
                            hostile(),
                        ]),
                    ),
                ),
                ("type", maybe(word(&["c"]))),
            ]),
            0,
            2,
        ),
    );
    field(
        "device_cgroup_rule",
        30,
        some(
            object(vec![
                ("allow", truth()),
                ("type", word(&["a", "b", "c", "u", ""])),
                ("major", maybe(number(&[1, 10, -1]))),
                ("minor", maybe(number(&[3, -1]))),
                ("access", maybe(word(&["rwm", "r", "", "x"]))),
            ]),
            0,
            2,
        ),
    );
    field("shm_size", 40, mostly(number(&[65536, 1_048_576, 67_108_864]), number(&[0, -1, 1])));
    field(
        "work_dir",
        50,
        mostly(
            word(&["/srv/app", "/", "/made/new", "/srv/link", "/root"]),
            either(vec![
                word(&["relative", "/srv/file", "/srv/dangling", "/srv/../x", ""]),
                hostile(),
            ]),
        ),
    );
    field("create_working_dir", 30, truth());
    field("storage_opts", 6, pairs(word(&["size"]), word(&["10m"]), 1));
    field(
        "secrets",
        40,
        some(
            object(vec![
                ("Source", word(&["sec1", "sec2", "nosecret"])),
                ("Target", maybe(word(&["t", "/abs/t", "a/b", "", "../x"]))),
                ("UID", maybe(number(&[0, 1000]))),
                ("GID", maybe(number(&[0, 1000]))),
                ("Mode", maybe(number(&[292, 256, 0]))),
            ]),
            0,
            2,
        ),
    );
    field("volatile", 10, truth());
    field("chroot_directories", 20, several(&["/chroot", "/srv/app", "relative"], 2));
    field("privileged", 60, truth());
    field(
        "user",
        120,
        mostly(
            word(&[
                "alice",
                "root",
                "0",
                "1000",
                "1000:1000",
                "alice:video",
                "bob",
                "nohome",
                "4242",
                ":50",
                "0:0",
                "1003",
                "big",
            ]),
            either(vec![
                word(&[
                    "ghost",
                    "alice:ghost",
                    "-1",
                    "4294967296",
                    "00",
                    "root:root:root",
                    ":",
                    "alice:",
                    "1000:staff",
                ]),
                hostile(),
            ]),
        ),
    );
    field(
        "groups",
        50,
        mostly(
            several(&["video", "50", "wheel", "1000", "4321"], 3),
            several(&["ghost", "keep-groups", "-1", "", "staff", "50"], 2),
        ),
    );
    field("cap_add", 90, capabilities());
    field("cap_drop", 80, capabilities());
    field(
        "selinux_opts",
        25,
        several(&["disable", "type:spc_t", "level:s0", "bogus", "nested"], 2),
    );
    field("apparmor_profile", 20, word(&["unconfined", "", "containers-default", "bogus"]));
    field("seccomp_policy", 20, word(&["default", "image", "", "bogus"]));
    field(
        "seccomp_profile_path",
        30,
        host(&["unconfined", "@/seccomp.json", "", "@/nothing", "@/dir"]),
    );
    field("no_new_privileges", 50, truth());
    field(
        "userns",
        60,
        mostly(
            one(&[
                json!({"nsmode": "host"}),
                json!({"nsmode": "private"}),
                json!({"nsmode": "keep-id"}),
                json!({"nsmode": "nomap"}),
                json!({"nsmode": "keep-id", "value": "uid=200,gid=210"}),
                json!({"nsmode": "auto"}),
            ]),
            namespace(&["host", "auto", "no-map", ""], &["@/ns/user", "@/nothing"], CONTAINERS),
        ),
    );
    field("idmappings", 40, id_maps());
    field("read_only_filesystem", 60, truth());
    field(
        "umask",
        30,
        mostly(
            word(&["0022", "0", "777", "027"]),
            either(vec![word(&["9", "00000000022", ""]), hostile()]),
        ),
    );
    field("procfs_opts", 20, several(&["nosuid", "hidepid=2", "ro", ""], 2));
    field("mask", 35, several(&["/a", "/proc/x", "relative", "/a/*", ""], 2));
    field(
        "unmask",
        45,
        several(
            &[
                "ALL",
                "/proc/*",
                "/proc/kcore:/proc/keys",
                "/sys/firmware",
                "all",
                "/sys/fs/cgroup",
                "/proc/sys",
                "[",
                "",
            ],
            2,
        ),
    );
    field(
        "cgroupns",
        40,
        namespace(&["private", "host", "host", "pod"], &["@/ns/cgroup", "@/nothing"], CONTAINERS),
    );
    field("cgroups_mode", 30, word(&["enabled", "disabled", "no-conmon", "", "bogus"]));
    field(
        "cgroup_parent",
        30,
        word(&["/parent", "parent", "/a/b", "machine.slice", "", "/a//b/", "a/../b"]),
    );
    field(
        "ipcns",
        60,
        namespace(
            &["private", "host", "none", "shareable", "pod"],
            &["@/ns/ipc", "@/nothing"],
            CONTAINERS,
        ),
    );
    field("netns", 160, network());
    field("portmappings", 25, ports());
    field("publish_image_ports", 12, truth());
    field(
        "expose",
        20,
        pairs(
            word(&["80", "90", "x", "0", "65536"]),
            word(&["tcp", "udp", "tcp,udp", "bogus", ""]),
            2,
        ),
    );
    field("Networks", 20, attachments());
    field("cni_networks", 8, several(&["podman", "net2", "nonet"], 2));
    field("use_image_resolve_conf", 25, truth());
    field(
        "dns_server",
        40,
        mostly(several(&["8.8.8.8", "1.1.1.1", "::1"], 3), several(&["bogus", "", "none"], 2)),
    );
    field(
        "dns_search",
        35,
        mostly(several(&["example.com", ".", "a.b"], 3), several(&["", "a b"], 2)),
    );
    field("dns_option", 30, several(&["ndots:2", "use-vc", "", "bogus"], 3));
    field("use_image_hosts", 35, truth());
    field(
        "hostadd",
        45,
        mostly(
            several(&["a:1.2.3.4", "b:::1", "host:host-gateway", "c;d:10.0.0.1"], 3),
            several(&["bad", ":1.2.3.4", "a:bogus", "a:", ""], 2),
        ),
    );
    field(
        "network_options",
        15,
        pairs(
            word(&["slirp4netns", "bogus"]),
            several(
                &[
                    "mtu=1400",
                    "cidr=10.9.0.0/24",
                    "allow_host_loopback=true",
                    "enable_ipv6=false",
                    "bogus=1",
                    "port_handler=slirp4netns",
                    "x",
                ],
                2,
            ),
            1,
        ),
    );
    field("resource_limits", 110, resources());
    field(
        "r_limits",
        60,
        some(
            object(vec![
                (
                    "type",
                    mostly(
                        word(&["nofile", "nproc", "core", "RLIMIT_NOFILE", "memlock", "NOFILE"]),
                        word(&["bogus", "", "RLIMIT_"]),
                    ),
                ),
                ("hard", number(&[1024, 4096, 0, 1_048_576])),
                ("soft", number(&[512, 1024, 0, 4097])),
            ]),
            0,
            2,
        ),
    );
    field("oom_score_adj", 40, mostly(number(&[0, 100, 1000, -500]), number(&[1001, -1001])));
    field(
        "weightDevice",
        12,
        pairs(
            host(&["@/devs/block", "/dev/null", "/nowhere", "@/file"]),
            object(vec![
                ("weight", maybe(number(&[10, 500, 5, 1001]))),
                ("leafWeight", maybe(number(&[10]))),
            ]),
            2,
        ),
    );
    field("throttleReadBpsDevice", 12, throttle());
    field("throttleWriteBpsDevice", 10, throttle());
    field("throttleReadIOPSDevice", 10, throttle());
    field("throttleWriteIOPSDevice", 10, throttle());
    field("unified", 8, pairs(word(&["memory.high"]), word(&["1"]), 1));
    field("cpu_period", 6, number(&[100_000]));
    field("cpu_quota", 6, number(&[50_000]));
    field("healthconfig", 25, health());
    field("health_check_on_failure_action", 12, number(&[0, 1, 2, 3, 4, 9]));
    field("conmon_pid_file", 8, host(&["@/logs/conmon.pid"]));
    field("raw_image_name", 10, word(&["plain", "docker.io/x/y:z"]));
    field("oci_runtime", 6, word(&["crun", "bogus"]));
    field("namespace", 5, word(&["ns"]));
    field("rootfs_propagation", 12, word(&["shared", "private", "bogus", ""]));
    field("devices_from", 5, several(&["dep-a"], 1));
    field("host_device_list", 6, some(object(vec![("path", word(&["/dev/null"]))]), 0, 1));
    field("unknown_field", 5, truth());
    all
}
