//! Law 1, for records: facts, what a runtime says of itself, and the state of a container, which another process may have written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ocify::digest;
use ocify::facts::{RuntimeFeatures, facts_from_json};
use ocify::linux::apply::State;

fuzz_target!(|text: &str| {
    if let Ok(facts) = facts_from_json(text) {
        let written = serde_json::to_string(&facts).unwrap();
        let again = facts_from_json(&written).unwrap_or_else(|e| panic!("{e:?}: {written}"));
        // Texts of other programs that stand as JSON in the record are read with their keys in another order.
        assert_eq!(digest::facts(&again), digest::facts(&facts), "{written}");
    }
    if let Ok(features) = RuntimeFeatures::from_json(text) {
        let _ = serde_json::to_string(&features).unwrap();
    }
    if let Ok(state) = serde_json::from_str::<State>(text) {
        let written = serde_json::to_string(&state).unwrap();
        let again: State = serde_json::from_str(&written).unwrap();
        assert_eq!(again, state, "{written}");
    }
});
