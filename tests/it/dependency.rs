//! What a compiled container is to others, and that others, told so, make of it what the rules say.

use crate::ground::{case, case_names, facts, host_json, merge};
use crate::shots::each;
use ocify::facts::Dependency;
use ocify::{Facts, Options, Profile, compile, parse};
use serde_json::{Value, json};

const OPTIONS: Options = Options { profile: Profile::Podman43 };

/// A host on which there is a container `db`.
fn host() -> Facts {
    let mut record = host_json("cpus_96");
    let db = json!({
        "id": "d".repeat(64), "name": "db", "state": "running", "pid": 4242, "hostname": "dbhost", "shm_dir": "/db/shm",
        "network_disabled": true, "bind_mounts": { "/etc/hosts": "/db/hosts" }, "hosts": "",
        "uid_mappings": [{ "container_id": 0, "host_id": 100_000, "size": 65536 }],
        "gid_mappings": [{ "container_id": 0, "host_id": 200_000, "size": 65536 }],
    });
    let paths = json!({
        "/srv": { "kind": "directory", "real": "/srv", "statfs": {} },
        "/run/netns/x": { "kind": "file", "real": "/run/netns/x" },
    });
    let files = json!({ "/etc/netns/x/resolv.conf": { "error": "ENOENT" } });
    merge(&mut record, json!({ "containers": { "db": db }, "paths": paths, "files": files }));
    facts("cpus_96", &record)
}

fn told(facts: &Facts, config: &str) -> Dependency {
    let config = parse(config).unwrap();
    let compiled = compile(&config, facts, &OPTIONS)
        .unwrap_or_else(|e| panic!("{:?} {:?}", e.diagnostics, e.missing));
    compiled.plan.as_dependency()
}

#[test]
fn a_container_is_to_others_what_the_rules_say() {
    let facts = host();
    let id = facts.container.id.clone().unwrap();
    let own_shm = format!("{}/shm", facts.container.static_dir.as_deref().unwrap());
    // Without a key the value is that of a record without it.
    let cases: [(&str, &str, Value); 13] = [
        // LP-MODEL-05, SG-IPC-07; LP-MODEL-07; LP-MODEL-09
        (
            "",
            "netns: none\nipcns: shareable",
            json!({ "shm_dir": own_shm, "network_disabled": true, "hostname": id[..12] }),
        ),
        ("SG-IPC-02", "netns: none\nipcns: private", json!({ "no_shm_share": true })),
        ("SG-IPC-02", "netns: none\nipcns: none", json!({ "no_shm": true, "shm_dir": "" })),
        ("SG-IPC-01", "netns: none\nipcns: host", json!({ "shm_dir": "/dev/shm" })),
        ("SG-IPC-03", "netns: none\nipcns: container:db", json!({ "shm_dir": "/db/shm" })),
        ("SG-HOST-02", "netns: none\nhostname: web", json!({ "hostname": "web" })),
        // The name of the host is no name of the container's.
        ("LP-MODEL-07", "netns: none\nutsns: host", json!({ "hostname": id[..12] })),
        ("LP-MODEL-07", "netns: none\nutsns: container:db", json!({ "hostname": "dbhost" })),
        ("LP-MODEL-09", "netns: host", json!({ "network_disabled": false, "net_ns_ctr": "" })),
        ("LP-MODEL-09", "netns: path:/run/netns/x", json!({ "network_disabled": false })),
        ("LP-MODEL-09", "netns: slirp4netns", json!({ "network_disabled": false })),
        (
            "LP-MODEL-09",
            "netns: container:db",
            json!({ "network_disabled": true, "net_ns_ctr": "d".repeat(64) }),
        ),
        (
            "SG-UNS-07",
            "netns: none\nuserns: container:db",
            json!({ "uid_mappings": [{ "host_id": 100_000, "size": 65536 }], "gid_mappings": [{ "host_id": 200_000, "size": 65536 }] }),
        ),
    ];
    for (rule, config, wanted) in cases {
        let found = told(&facts, &format!("image: localhost/web\nname: a\n{config}"));
        let record = serde_json::to_value(&found).unwrap();
        for (key, wanted) in wanted.as_object().unwrap() {
            let empty = match wanted {
                Value::Bool(_) => json!(false),
                Value::Array(_) => json!([]),
                _ => json!(""),
            };
            assert_eq!(record.get(key).unwrap_or(&empty), wanted, "{rule} {config}: {key}");
        }
        // Not known before it runs.
        assert_eq!((found.state.as_str(), found.pid, &found.hosts), ("", 0, &None));
        assert_eq!((&found.id, &found.name), (&id, facts.container.name.as_ref().unwrap()));
    }
}

/// SG-VOL-05: what another takes over is what create stored, not what start makes of it for the runtime: the options that relabel and chown
/// are still there, and what is generated is not.
#[test]
fn volumes_are_told_as_they_were_stored() {
    let facts = host();
    let found = told(
        &facts,
        "image: localhost/web\nnetns: none\nmounts: ['type=bind,src=/srv,dst=/data,z,ro']\nvolumes: ['kept:/kept:U']",
    );
    let data = found.mounts.iter().find(|mount| mount.destination == "/data").unwrap();
    assert_eq!((data.kind.as_str(), data.source.as_str()), ("bind", "/srv"));
    assert_eq!(data.options.as_deref().unwrap(), ["z", "ro", "rprivate", "rbind"]);
    let kept = &found.named_volumes[0];
    assert_eq!((kept.name.as_str(), kept.dest.as_str()), ("kept", "/kept"));
    assert!(kept.options.iter().any(|option| option == "U"), "{:?}", kept.options);
    assert!(found.mounts.iter().all(|mount| mount.destination != "/kept"));
    assert!(found.mounts.iter().any(|mount| mount.destination == "/proc"));
    assert!(found.mounts.iter().all(|mount| mount.destination != "/etc/hosts"));
    assert!(found.bind_mounts.contains_key("/etc/hosts"));
    for place in ["/data", "/kept"] {
        assert!(found.user_volumes.iter().any(|volume| volume == place), "{place}");
    }

    // Told to another, it is taken over whole.
    let mut again = host();
    again.containers.insert("first", Dependency { id: "f".repeat(64), ..found });
    let config = parse("image: localhost/web\nnetns: none\nvolumes_from: [first]").unwrap();
    let compiled =
        compile(&config, &again, &OPTIONS).unwrap_or_else(|e| panic!("{e} {:?}", e.missing));
    let second = compiled.plan.as_dependency();
    let data = second.mounts.iter().find(|mount| mount.destination == "/data").unwrap();
    assert_eq!(data.options.as_deref().unwrap(), ["z", "ro", "rprivate", "rbind"]);
    assert_eq!(
        (second.named_volumes[0].name.as_str(), second.named_volumes[0].dest.as_str()),
        ("kept", "/kept")
    );
}

/// Whatever is compiled can be told to others: as a fact it is written and read without a loss.
#[test]
fn every_compiled_case_can_be_told_to_others() {
    each(&case_names(), |name| {
        let case = case(name);
        let options = Options { profile: case.profile() };
        let Ok(compiled) = compile(&case.config, &case.facts, &options) else { return };
        let told = compiled.plan.as_dependency();
        let mut facts = case.facts.clone();
        facts.containers.insert("told", told.clone());
        let text = serde_json::to_string(&facts).unwrap();
        let again = ocify::facts::facts_from_json(&text).unwrap_or_else(|e| panic!("{e:?}"));
        assert_eq!(again.containers.get("told"), Some(&told), "{name}");
    });
}
