//! Looks into JSON; what is not there is `null`, empty or 0.

use crate::Fallible;
use ocify::text::{Mode, Reader, Shape, json};
use serde_json::Value;
use std::collections::BTreeMap;

/// The value at a key.
pub(crate) fn at<'a>(value: &'a Value, key: &str) -> &'a Value {
    value.get(key).unwrap_or(&Value::Null)
}

/// The text at a key.
pub(crate) fn text(value: &Value, key: &str) -> String {
    at(value, key).as_str().unwrap_or_default().to_owned()
}

/// The number at a key.
pub(crate) fn number(value: &Value, key: &str) -> u32 {
    at(value, key).as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default()
}

/// The elements at a key.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    at(value, key).as_array().map_or(&[], Vec::as_slice)
}

/// The texts at a key.
pub(crate) fn texts(value: &Value, key: &str) -> Vec<String> {
    list(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The texts by key at a key.
pub(crate) fn pairs(value: &Value, key: &str) -> BTreeMap<String, String> {
    let entries = at(value, key).as_object().into_iter().flatten();
    entries.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

/// One of ocify's records out of JSON with the same keys; other keys are passed over.
pub(crate) fn shaped<T: Shape>(value: &Value) -> Fallible<T> {
    let text = value.to_string();
    let node = json(&text)?;
    Reader::whole(&node, Mode { api: false, lenient: true }).map_err(|mistakes| {
        let told: Vec<String> =
            mistakes.iter().map(|m| format!("{}: {}", m.path, m.kind)).collect();
        told.join("; ").into()
    })
}
