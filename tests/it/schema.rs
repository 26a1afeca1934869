//! Schemas: what is emitted fits OCI's, and what is given fits our own.

use crate::ground::{case, case_names, names, root, say, text};
use ocify::schema::{SchemaName, schema};
use ocify::{Options, compile};
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// OCI's schemas: `OCIFY_OCI_SCHEMA`, `../shared/oci-schema` beside or above the crate, or where Debian's package puts them.
pub(crate) fn oci_schemas() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("OCIFY_OCI_SCHEMA") {
        return Some(dir.into());
    }
    let above = root().ancestors().skip(1).take(3).map(|dir| dir.join("shared/oci-schema"));
    above.into_iter().find(|dir| dir.join("config-schema.json").is_file())
}

#[test]
fn every_spec_fits_the_schema_of_oci() {
    let Some(schemas) = oci_schemas() else {
        return say("SKIP: no OCI schemas; OCIFY_OCI_SCHEMA names their directory");
    };
    let mut specs = String::new();
    for name in case_names() {
        let case = case(&name);
        if let Ok(compiled) =
            compile(&case.config, &case.facts, &Options { profile: case.profile() })
        {
            let json = String::from_utf8(compiled.to_json()).unwrap();
            writeln!(specs, "{name}\t{json}").unwrap();
        }
    }
    hold_against_oci(&schemas, "specs", &specs);
}

/// Holds specs, one a line after its name and a tab, against OCI's schema.
pub(crate) fn hold_against_oci(schemas: &Path, what: &str, specs: &str) {
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{what}.tsv"));
    fs::write(&file, specs).unwrap();
    let checker = root().join("tests/it/oci_schema.py");
    let checked = match Command::new("python3").arg(checker).args([schemas, &file]).output() {
        Ok(checked) => checked,
        Err(e) => return say(&format!("SKIP: python3 cannot be run: {e}")),
    };
    let told = String::from_utf8_lossy(&checked.stdout).into_owned();
    let wrong: Vec<&str> = told.lines().filter(|line| !podmans_own(line)).collect();
    match checked.status.code() {
        Some(0 | 1) if wrong.is_empty() => {
            say(&format!("{} {what} fit the schema of OCI", specs.lines().count()));
        }
        Some(3) => {
            say(&format!("SKIP: {what} are not held against the schema of OCI: {}", told.trim()));
        }
        _ => panic!("{}{}", wrong.join("\n"), String::from_utf8_lossy(&checked.stderr)),
    }
}

/// Where Podman's own specs do not fit the schema, and runtimes take them nevertheless: a mode with the bits of the file type (SG-DEV-07,
/// LP-DEV-03), the recursive words of propagation (LP-PROP-01), which the schema does not list, and a limit that was written with its
/// prefix.
fn podmans_own(line: &str) -> bool {
    (line.contains("/fileMode: ") && line.ends_with("is greater than the maximum of 511"))
        || line.contains("/type: 'RLIMIT_RLIMIT_")
        || ["'rslave'", "'rshared'", "'rprivate'"]
            .iter()
            .any(|word| line.contains(&format!("/rootfsPropagation: {word} is not one of")))
}

/// A record read by the parser and refused by the schema, or the reverse, is a schema that lies. References and `anyOf` are what ours
/// are made of, so this much of a validator is enough to walk keys: whether each key of a fixture is in the schema's properties.
#[test]
fn every_key_of_every_fixture_is_in_our_schemas() {
    let (config, facts) = (schema(SchemaName::Config), schema(SchemaName::Facts));
    for name in case_names() {
        let case = case(&name);
        let mut lost = Vec::new();
        unknown_keys(
            &serde_json::to_value(&case.config).unwrap(),
            config.as_value(),
            config.as_value(),
            "config",
            &mut lost,
        );
        unknown_keys(
            &serde_json::to_value(&case.facts).unwrap(),
            facts.as_value(),
            facts.as_value(),
            "facts",
            &mut lost,
        );
        assert!(lost.is_empty(), "{name}: {lost:#?}");
    }
    for host in names(&root().join("fixtures/hosts")).iter().filter(|n| *n != "shared") {
        let tree: Value =
            serde_json::from_str(&text(&root().join("fixtures/hosts").join(host))).unwrap();
        let mut lost = Vec::new();
        unknown_keys(&tree, facts.as_value(), facts.as_value(), host, &mut lost);
        assert!(lost.is_empty(), "{host}: {lost:#?}");
    }
}

fn unknown_keys(tree: &Value, schema: &Value, root: &Value, at: &str, lost: &mut Vec<String>) {
    let schemas = alternatives(schema, root);
    match tree {
        Value::Object(map) => {
            for (key, inside) in map {
                let below: Vec<&Value> = schemas
                    .iter()
                    .filter_map(|s| {
                        let named = s.pointer("/properties").and_then(|p| p.get(key));
                        named.or_else(|| s.get("additionalProperties").filter(|a| a.is_object()))
                    })
                    .collect();
                let open = schemas.iter().any(|s| {
                    s.get("properties").is_none() && s.get("additionalProperties").is_none()
                });
                match below.first() {
                    Some(schema) => {
                        unknown_keys(inside, schema, root, &format!("{at}.{key}"), lost);
                    }
                    None if open => {}
                    None => lost.push(format!("{at}.{key}")),
                }
            }
        }
        Value::Array(items) => {
            let below = schemas.iter().find_map(|s| s.get("items"));
            for inside in items {
                if let Some(schema) = below {
                    unknown_keys(inside, schema, root, &format!("{at}[]"), lost);
                }
            }
        }
        _ => {}
    }
}

/// The schemas that one stands for: references followed, alternatives laid side by side.
fn alternatives<'s>(schema: &'s Value, root: &'s Value) -> Vec<&'s Value> {
    if let Some(Value::String(name)) = schema.get("$ref") {
        return alternatives(root.pointer(&name[1..]).unwrap(), root);
    }
    for key in ["anyOf", "oneOf", "allOf"] {
        if let Some(Value::Array(parts)) = schema.get(key) {
            return parts.iter().flat_map(|part| alternatives(part, root)).collect();
        }
    }
    vec![schema]
}
