//! Redaction: what identifies somebody is gone, and the record compiles as before.

use crate::ground::{case, case_names, host_json, root};
use crate::held::{differs, shape};
use crate::mutate::{change, places};
use ocify::facts::{facts_from_json, redacted};
use ocify::schema::{SchemaName, schema};
use ocify::{Config, Options};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;

#[test]
fn every_case_compiles_to_the_same_places_without_its_words() {
    let mut wrong = Vec::new();
    for name in case_names() {
        let case = case(&name);
        let options = Options { profile: case.profile() };
        let hidden = redacted(&case.facts, &case.config);
        let (before, after) =
            (shape(&case.config, &case.facts, options), shape(&case.config, &hidden, options));
        if let Some(what) = differs(&before, &after) {
            wrong.push(format!("{name}: {what}"));
        }
        assert_eq!(redacted(&hidden, &case.config), hidden, "{name}: hidden again");
    }
    assert!(wrong.is_empty(), "{}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Changes of the facts by chance: `OCIFY_REDACT` says how many.
#[test]
fn a_changed_record_compiles_to_the_same_places_without_its_words() {
    let count: u32 = std::env::var("OCIFY_REDACT").map_or(300, |n| n.parse().unwrap());
    let mut seed: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut next = || {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        u32::try_from(seed >> 32).unwrap()
    };
    let cases: Vec<_> = case_names().iter().map(|name| case(name)).collect();
    let (mut wrong, mut compared) = (Vec::new(), 0);
    for _ in 0..count {
        let case = &cases[usize::try_from(next()).unwrap() % cases.len()];
        let mut tree = serde_json::to_value(&case.facts).unwrap();
        let all = places(&tree);
        let path = &all[usize::try_from(next()).unwrap() % all.len()];
        if change(&mut tree, path, next(), next()).is_none() {
            continue;
        }
        let Ok(facts) = facts_from_json(&tree.to_string()) else { continue };
        let options = Options { profile: case.profile() };
        let hidden = redacted(&facts, &case.config);
        compared += 1;
        let (before, after) =
            (shape(&case.config, &facts, options), shape(&case.config, &hidden, options));
        if let Some(what) = differs(&before, &after) {
            wrong.push(format!("{} {path:?}: {what}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {compared}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > count / 3, "{compared}");
}

/// A record in which every field is set, after the schema.
fn full(schema: &Value, root: &Value, deep: usize) -> Value {
    if let Some(Value::String(name)) = schema.get("$ref") {
        return full(root.pointer(&name[1..]).unwrap(), root, deep);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(parts)) = schema.get(key) {
            return full(&parts[0], root, deep);
        }
    }
    if let Some(Value::Array(words)) = schema.get("enum") {
        return words[0].clone();
    }
    let kind = match schema.get("type") {
        Some(Value::Array(kinds)) => kinds[0].as_str().unwrap(),
        Some(Value::String(kind)) => kind,
        _ => "null",
    };
    match kind {
        "string" => json!("w"),
        "integer" | "number" => json!(1),
        "boolean" => json!(true),
        "array" if deep < 12 => json!([full(&schema["items"], root, deep + 1)]),
        "object" if deep < 12 => {
            let mut object = serde_json::Map::new();
            if let Some(Value::Object(properties)) = schema.get("properties") {
                for (key, inside) in properties {
                    object.insert(key.clone(), full(inside, root, deep + 1));
                }
            }
            if let Some(inside @ Value::Object(_)) = schema.get("additionalProperties") {
                object.insert("key".into(), full(inside, root, deep + 1));
            }
            Value::Object(object)
        }
        _ => Value::Null,
    }
}

/// The tables of a record: maps whose keys are names or paths.
const TABLES: [&str; 17] = [
    "paths",
    "paths.*.devices_below",
    "files",
    "containers",
    "containers.*.bind_mounts",
    "container.bind_mounts",
    "container.network_status.networks",
    "container.network_status.networks.*.interfaces",
    "pods",
    "volumes",
    "secrets",
    "networks",
    "images",
    "host_users",
    "cdi",
    "hooks",
    "rootfs.paths",
];

/// The pointers to all texts, and the objects whose keys are free (`/KEY`).
fn texts(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => texts(&items[0], &format!("{at}/0"), found),
        Value::Object(map) => {
            for (key, inside) in map {
                texts(inside, &format!("{at}/{}", key.replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

/// How a text may be written at its place: a word alone, or where the place has a form, in that form.
fn forms(at: &str, mark: &str) -> Vec<String> {
    if at.ends_with("/passwd") {
        vec![format!("{mark}:x:1000:1000:{mark}:/home/{mark}:/bin/sh\n")]
    } else if at.ends_with("rootfs/group") {
        vec![format!("{mark}:x:1000:{mark}\n")]
    } else if at.ends_with("resolv.conf") {
        vec![format!("search {mark} corp.{mark}.example\nnameserver 10.0.0.1 ; {mark}\n")]
    } else if at.starts_with("/image/names")
        || at.ends_with("resolved_name")
        || at.ends_with("_image")
    {
        vec![
            format!("{mark}.example.com:5000/{mark}/app:1"),
            format!("{mark}.example/app@sha256:00"),
        ]
    } else if at.ends_with("options/key") {
        vec![
            format!("ro,username={mark},password={mark},addr={mark}"),
            format!("vers=3,user={mark}"),
        ]
    } else if at.ends_with("cdi/key") || at.ends_with("hooks/key") {
        vec![json!({ "containerEdits": { "env": [format!("A={mark}")] } }).to_string()]
    } else if at.ends_with("hosts") {
        vec![format!("192.168.0.9 {mark} {mark}.example.com # {mark}\n")]
    } else if ["Env/0", "env/0", "annotations/0"].iter().any(|end| at.ends_with(end)) {
        vec![format!("NAME={mark}")]
    } else {
        vec![mark.to_owned()]
    }
}

#[test]
fn a_marked_word_is_gone_from_every_fact_about_people() {
    const MARK: &str = "qmarkq";
    let schema = schema(SchemaName::Facts);
    let mut record = full(schema.as_value(), schema.as_value(), 0);
    record["format_version"] = json!("1.0");
    record["seccomp"] = json!({});
    // Entries for which the table of classes has a row of its own.
    record["files"] = json!({ "/etc/hosts": "w", "/etc/resolv.conf": "w" });
    record["host_groups"] = json!({ "1000": "w" });
    record["host_users"]["key"]["uid"] = json!(1000);
    record["image"]["config"]["ExposedPorts"] = json!({});
    // Facts that are one of a few words.
    for (at, word) in [
        ("/rootfs/paths/key/kind", "link"),
        ("/paths/key/device/type", "c"),
        ("/host/devices/0/type", "c"),
        ("/pods/key/shared/0", "net"),
        ("/pods/key/infra/host_namespaces/0", "net"),
    ] {
        *record.pointer_mut(at).unwrap() = json!(word);
    }
    facts_from_json(&record.to_string()).unwrap_or_else(|e| panic!("{e:?}"));
    let mut places = Vec::new();
    texts(&record, "", &mut places);
    let mut table = String::new();
    let gone = |at: &str, text: &str| {
        let mut planted = record.clone();
        *planted.pointer_mut(at).unwrap() = json!(text);
        let facts = facts_from_json(&planted.to_string()).ok()?;
        let shown = serde_json::to_string(&redacted(&facts, &Config::default())).unwrap();
        Some(!shown.contains(MARK))
    };
    for at in &places {
        let hidden = forms(at, MARK).iter().all(|text| gone(at, text) == Some(true));
        let in_home = gone(at, &format!("/home/{MARK}/x")) == Some(true);
        let public = gone(at, "203.0.113.7").is_some() && {
            let mut planted = record.clone();
            *planted.pointer_mut(at).unwrap() = json!("9.9.9.9");
            let facts = facts_from_json(&planted.to_string()).unwrap();
            !serde_json::to_string(&redacted(&facts, &Config::default()))
                .unwrap()
                .contains("9.9.9.9")
        };
        let told = match (hidden, in_home && public) {
            (true, _) => "hidden",
            (false, true) => "names, homes and addresses hidden",
            (false, false) => "kept",
        };
        writeln!(
            table,
            "{}\t{told}",
            at.trim_start_matches('/').replace('/', ".").replace("~1", "/")
        )
        .unwrap();
    }
    // The same of the keys of tables.
    for table_of in TABLES {
        let at = format!("/{}", table_of.replace('.', "/").replace('*', "key"));
        let with = |key: &str| {
            let mut planted = record.clone();
            let map = planted.pointer_mut(&at).unwrap().as_object_mut().unwrap();
            let value = map.values().next().unwrap().clone();
            map.insert(key.to_owned(), value);
            let facts =
                facts_from_json(&planted.to_string()).unwrap_or_else(|e| panic!("{at}: {e:?}"));
            !serde_json::to_string(&redacted(&facts, &Config::default())).unwrap().contains(MARK)
        };
        let told = match (with(MARK), with(&format!("/home/{MARK}/x"))) {
            (true, _) => "hidden",
            (false, true) => "names, homes and addresses hidden",
            (false, false) => "kept",
        };
        writeln!(table, "{table_of}.KEY\t{told}").unwrap();
    }
    let file = root().join("tests/it/redact.tsv");
    if std::env::var_os("OCIFY_WRITE_TABLES").is_some() {
        fs::write(&file, &table).unwrap();
    }
    assert_eq!(
        table,
        fs::read_to_string(file).unwrap_or_default(),
        "tests/it/redact.tsv says otherwise"
    );
}

#[test]
fn a_word_is_replaced_by_the_same_wherever_it_stands() {
    let mut record = host_json("fedora_rootless_v2");
    record["host"]["hostname"] = json!("alices-laptop.acme.example");
    record["host"]["environment"]["USER"] = json!("zelda");
    record["host"]["working_directory"] = json!("/home/zelda/src");
    record["files"]["/etc/hosts"] = json!(
        "127.0.0.1 localhost\n93.184.216.34 alices-laptop.acme.example alices-laptop # here\n"
    );
    record["files"]["/etc/resolv.conf"] = json!(
        "# by hand\nsearch acme.example corp.acme.example\nnameserver 93.184.216.53\nnameserver 10.0.0.1\n"
    );
    record["host"]["addresses"] =
        json!(["93.184.216.34", "192.168.1.5", "fe80::a8bb:ccff:fedd:eeff"]);
    let facts = facts_from_json(&record.to_string()).unwrap();
    let shown = serde_json::to_value(redacted(&facts, &Config::default())).unwrap();
    let hosts = shown["files"]["/etc/hosts"].as_str().unwrap();
    let name = shown["host"]["hostname"].as_str().unwrap();
    assert!(name.starts_with("redacted") && hosts.contains(&format!(" {name} ")), "{hosts}");
    assert!(hosts.starts_with("127.0.0.1 localhost\n198.18.216.34 "), "{hosts}");
    assert_eq!(shown["host"]["addresses"], json!(["198.18.216.34", "192.168.1.5", "fe80::e:1"]));
    let resolver = shown["files"]["/etc/resolv.conf"].as_str().unwrap();
    assert!(resolver.contains("nameserver 198.18.216.53\nnameserver 10.0.0.1\n"), "{resolver}");
    let user = shown["host"]["environment"]["USER"].as_str().unwrap();
    assert_eq!(shown["host"]["working_directory"], format!("/home/{user}/src"));
    let all = shown.to_string();
    for gone in ["alice", "acme", "zelda", "by hand", "93.184", "eeff"] {
        assert!(!all.contains(gone), "{gone} is in {all}");
    }
    // What the config says stays.
    let config = ocify::parse("rootfs: /home/zelda/src\ncommand: [sh]\n").unwrap();
    let shown = serde_json::to_value(redacted(&facts, &config)).unwrap();
    assert_eq!(shown["host"]["working_directory"], "/home/zelda/src");
    assert!(!shown.to_string().contains("acme"));
}
