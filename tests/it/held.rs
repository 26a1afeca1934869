//! The laws as functions: the tests ask them of what they try, the fuzz targets of what they find.

use ocify::check::{Finding, FindingKind, security};
use ocify::why::Teller;
use ocify::{Compiled, Config, Facts, Options, Profile, compile};
use serde_json::Value;

pub(crate) fn profile(hardened: bool) -> Options {
    Options { profile: if hardened { Profile::Hardened } else { Profile::Podman43 } }
}

/// All that comes out of a compilation, as bytes.
pub(crate) fn outcome(config: &Config, facts: &Facts, options: Options) -> Vec<u8> {
    match compile(config, facts, &options) {
        Ok(compiled) => {
            let mut out = compiled.to_json();
            let plan = compiled.written_plan(config, facts);
            serde_json::to_writer(&mut out, &plan).unwrap();
            for place in compiled.places() {
                out.extend_from_slice(format!("\n{} = {}", place.name, place.value).as_bytes());
            }
            out
        }
        Err(refused) => format!("{refused}: {:?}", refused.diagnostics).into_bytes(),
    }
}

/// The findings `SEC-…` in what the hardened profile makes of it that nobody asked for.
pub(crate) fn weaknesses(config: &Config, facts: &Facts) -> Vec<Finding> {
    let Ok(compiled) = compile(config, facts, &profile(true)) else { return Vec::new() };
    let text = String::from_utf8(compiled.to_json()).unwrap();
    let mut found = security(&ocify::text::json(&text).unwrap());
    let teller = Teller::new(compiled.trails(), config, facts);
    let places = compiled.places();
    found.retain(|finding| {
        let asked = match finding.kind {
            FindingKind::PathsOpen | FindingKind::PathsWritable => {
                config.privileged || config.unmask.is_some()
            }
            FindingKind::KernelTree => config.privileged,
            // systemd as PID 1 has to write there, privileged asks for it, and root may unmask it.
            FindingKind::CgroupWritable => {
                config.privileged
                    || (config.unmask.is_some() && facts.host.rootless == Some(false))
                    || places.iter().any(|p| p.name == "container.systemd" && p.value == "true")
            }
            _ => false,
        };
        // The administrator's own settings are left alone.
        let of_conf = places.iter().filter(|place| place.name == finding.name).any(|place| {
            let told = teller.told(place.because);
            told.iter()
                .any(|told| told.name.starts_with("containers_conf.") && told.text != "not set")
        });
        !asked && !of_conf
    });
    found
}

/// Law 3: what is written, and what the crate `oci-spec` makes of it and writes again, in one form.
pub(crate) fn both_forms(compiled: &Compiled<'_>) -> Option<(Value, Value)> {
    // An rlimit or capability that the crate does not know is refused by it, not by Podman.
    let mut typed = serde_json::to_value(compiled.to_spec().ok()?).unwrap();
    let mut written: Value = serde_json::from_slice(&compiled.to_json()).unwrap();
    for tree in [&mut typed, &mut written] {
        same_form(tree);
    }
    Some((typed, written))
}

/// The crate keeps capabilities in a set without order, and writes out defaults that the bytes leave out.
pub(crate) fn same_form(spec: &mut Value) {
    if let Some(Value::Object(sets)) = spec.pointer_mut("/process/capabilities") {
        for set in sets.values_mut() {
            if let Value::Array(names) = set {
                names.sort_by_key(ToString::to_string);
                // Podman lets one be there twice.
                names.dedup();
            }
        }
    }
    without_defaults(spec);
}

fn without_defaults(tree: &mut Value) {
    match tree {
        Value::Object(map) => {
            map.values_mut().for_each(without_defaults);
            map.retain(|_, v| match v {
                Value::Null | Value::Bool(false) => false,
                Value::Array(items) => !items.is_empty(),
                Value::Object(map) => !map.is_empty(),
                Value::Bool(true) | Value::Number(_) | Value::String(_) => true,
            });
        }
        Value::Array(items) => items.iter_mut().for_each(without_defaults),
        _ => {}
    }
}

/// The outcome without its words: codes of refusals, or the names of all places with the kinds of the steps.
pub(crate) fn shape(config: &Config, facts: &Facts, options: Options) -> Vec<String> {
    let places = |compiled: &Compiled<'_>| {
        let mut all: Vec<String> = compiled
            .places()
            .into_iter()
            .map(|place| format!("{:?} {}", place.kind, place.name))
            .collect();
        all.extend(compiled.plan.steps().iter().map(|step| step.effect.word().to_owned()));
        all
    };
    match compile(config, facts, &options) {
        Ok(compiled) => places(&compiled),
        Err(refused) => {
            let mut all: Vec<String> =
                refused.diagnostics.iter().map(|d| d.problem.code().to_owned()).collect();
            all.extend(refused.missing.iter().map(ToString::to_string));
            all
        }
    }
}

/// Names in places are words too: what is hidden in the one is hidden in the other.
pub(crate) fn differs(a: &[String], b: &[String]) -> Option<String> {
    if a.len() != b.len() {
        let only = a.iter().filter(|line| !b.contains(line)).take(5).collect::<Vec<_>>();
        let new = b.iter().filter(|line| !a.contains(line)).take(5).collect::<Vec<_>>();
        return Some(format!("{} and {}: {only:?} {new:?}", a.len(), b.len()));
    }
    let new: Vec<&String> =
        b.iter().filter(|line| !a.contains(line) && !line.contains("redacted")).collect();
    (!new.is_empty()).then(|| format!("{new:?}"))
}

/// The tree as text, with the keys of every object in an order made of `state`.
pub(crate) fn shuffled(tree: &Value, state: &mut u64) -> String {
    match tree {
        Value::Object(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(k, v)| format!("{}:{}", Value::from(k.as_str()), shuffled(v, state)))
                .collect();
            for i in (1..entries.len()).rev() {
                *state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                let with = usize::try_from(*state >> 33).unwrap() % (i + 1);
                entries.swap(i, with);
            }
            format!("{{{}}}", entries.join(","))
        }
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shuffled(item, state)).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
