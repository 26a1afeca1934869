//! Gives each place its value as JSON, as it stands in config.json.

use ocify::why::{Place, PlaceKind};
use serde_json::Value;
use std::collections::BTreeMap;

/// The values of places.
#[derive(Debug)]
pub(crate) struct Values(BTreeMap<String, Value>);

impl Values {
    /// The values of `places`, of which `spec` was written.
    pub(crate) fn new(places: &[Place], spec: &Value) -> Self {
        let mut next: BTreeMap<String, usize> = BTreeMap::new();
        let mut values = BTreeMap::new();
        for place in places {
            let value = match place.kind {
                PlaceKind::Spec => in_spec(place, spec, &mut next),
                PlaceKind::Absent => Some(Value::Null),
                PlaceKind::Stored | PlaceKind::Plan | PlaceKind::Warning => None,
            };
            let value = value.unwrap_or_else(|| of_text(&place.value));
            values.insert(place.name.clone(), value);
        }
        Values(values)
    }

    /// The value of a place.
    pub(crate) fn of(&self, place: &Place) -> &Value {
        self.0.get(&place.name).unwrap_or(&Value::Null)
    }

    /// A part of the value of a place, such as `.options[2]`; none where there is no such part.
    pub(crate) fn part(&self, place: &Place, part: &str) -> Option<&Value> {
        let steps = part.split(['.', '[', ']']).filter(|step| !step.is_empty());
        steps.into_iter().try_fold(self.of(place), |value, step| match value {
            Value::Array(items) => items.get(step.parse::<usize>().ok()?),
            _ => value.get(step),
        })
    }
}

/// A value that is written for reading only, as near to JSON as it comes.
fn of_text(text: &str) -> Value {
    match text {
        "unset" | "None" => Value::Null,
        _ => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    }
}

/// The elements of a list are places in their order; entries of a map have their key.
fn in_spec(place: &Place, spec: &Value, next: &mut BTreeMap<String, usize>) -> Option<Value> {
    let Some((list, key)) = place.name.split_once('[') else {
        return at(spec, &place.name).cloned();
    };
    let key = key.rsplit_once(']').map_or(key, |(key, _)| key);
    let list = match key.split_once(':') {
        Some((stage, _)) if list == "hooks" => format!("hooks.{stage}"),
        _ => list.to_owned(),
    };
    match at(spec, &list)? {
        Value::Object(map) => map.get(key).cloned(),
        Value::Array(items) => {
            let number = next.entry(list).or_default();
            let item = items.get(*number).cloned();
            *number = number.saturating_add(1);
            item
        }
        _ => None,
    }
}

/// What stands at a dotted name. The spec nests what a place holds once more in one case.
fn at<'v>(spec: &'v Value, name: &str) -> Option<&'v Value> {
    let found = name.split('.').try_fold(spec, |value, step| value.get(step))?;
    if name == "linux.resources.pids" { found.get("limit") } else { Some(found) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ocify::provenance::Because;
    use serde_json::json;

    #[test]
    fn values_are_those_of_the_spec() {
        let spec = json!({
            "process": { "cwd": "/", "env": ["A=1", "A=2"] },
            "mounts": [{ "destination": "/a", "options": ["ro"] }, { "destination": "/b" }],
            "annotations": { "x.y": "1" },
            "linux": { "resources": { "pids": { "limit": 5 } } },
        });
        let place = |name: &str, kind| Place {
            name: name.into(),
            value: "unset".into(),
            kind,
            because: Because::NOTHING,
        };
        let names = [
            "process.cwd",
            "process.env[A]",
            "process.env[A]#2",
            "mounts[/a]",
            "mounts[/b]",
            "annotations[x.y]",
            "linux.resources.pids",
        ];
        let mut places: Vec<Place> = names.iter().map(|n| place(n, PlaceKind::Spec)).collect();
        places.push(place("mounts[/c]", PlaceKind::Absent));
        let values = Values::new(&places, &spec);
        let all: Vec<&Value> = places.iter().map(|place| values.of(place)).collect();
        let wanted = [
            json!("/"),
            json!("A=1"),
            json!("A=2"),
            json!({ "destination": "/a", "options": ["ro"] }),
            json!({ "destination": "/b" }),
            json!("1"),
            json!(5),
            Value::Null,
        ];
        assert_eq!(all, wanted.iter().collect::<Vec<_>>());
        assert_eq!(values.part(&places[3], ".options[0]"), Some(&json!("ro")));
        assert_eq!(values.part(&places[3], ".options[1]"), None);
    }
}
